"""Who may act for whom, in which role, until when; the offices of the exchange; keys for programs."""

from tongqu.exchange.members.mandates.keys import FreshKey, authenticate, issue_key
from tongqu.exchange.members.mandates.offices import (
    ADMINISTRATOR,
    BUYER,
    DATA_AUTHORITY,
    DATA_MERCHANT,
    EXCHANGE_ADMINISTRATOR,
    FINANCE,
    MEDIATOR,
    OFFICES,
    REGISTRAR,
    REGULATOR,
    REVIEWER,
    SUPPLIER,
)
from tongqu.exchange.members.mandates.procedure import API_KEY, MANDATE
from tongqu.exchange.members.mandates.queries import (
    Acting,
    KeyView,
    MandateView,
    NoMandate,
    acting,
    actor_for,
    keys_of,
    mandates_of,
    names_of,
)
from tongqu.exchange.members.roles import (
    OPERATOR_ROLES,
    ORGANISATION_ROLES,
    RESERVED_ROLES,
    ROLE_WORDS,
    SELLING_ROLES,
    Role,
)

__all__ = [
    "ADMINISTRATOR", "API_KEY", "BUYER", "DATA_AUTHORITY", "DATA_MERCHANT", "EXCHANGE_ADMINISTRATOR", "FINANCE",
    "MANDATE", "MEDIATOR", "OFFICES", "OPERATOR_ROLES", "ORGANISATION_ROLES", "REGISTRAR", "REGULATOR",
    "RESERVED_ROLES", "REVIEWER", "ROLE_WORDS", "SELLING_ROLES", "SUPPLIER", "Acting", "FreshKey", "KeyView",
    "MandateView",
    "NoMandate", "Role", "acting", "actor_for", "authenticate", "issue_key", "keys_of", "mandates_of", "names_of",
]  # fmt: skip

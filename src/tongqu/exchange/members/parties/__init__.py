"""Organisations and people, verified; groups of related parties; administrative divisions; industries."""

from tongqu.exchange.members.parties import credit_code, divisions, industries
from tongqu.exchange.members.parties.founding import FOUNDING_ROLES, appoint_administrator, found_exchange
from tongqu.exchange.members.parties.procedure import ADMISSION
from tongqu.exchange.members.parties.queries import (
    ControlView,
    OrganisationView,
    PersonView,
    by_credit_code,
    controls_of,
    directory,
    operator,
    organisation,
    organisations,
    person,
    related,
)

__all__ = [
    "ADMISSION", "FOUNDING_ROLES", "ControlView", "OrganisationView", "PersonView", "appoint_administrator", "by_credit_code",
    "controls_of", "credit_code", "directory", "divisions", "found_exchange", "industries", "operator", "organisation",
    "organisations", "person", "related",
]  # fmt: skip

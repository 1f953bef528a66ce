"""The offices other floors name in their tables, one for each role. Defined once, here."""

from __future__ import annotations

from tongqu.exchange.bedrock.procedures import Office
from tongqu.exchange.members.roles import Role


def _office(role: Role) -> Office:
    return Office(role.value, role.words)


SUPPLIER = _office(Role.SUPPLIER)
BUYER = _office(Role.BUYER)
DATA_MERCHANT = _office(Role.DATA_MERCHANT)
REGISTRAR = _office(Role.REGISTRAR)
PUBLIC_REGISTRAR = _office(Role.PUBLIC_REGISTRAR)
REVIEWER = _office(Role.REVIEWER)
FINANCE = _office(Role.FINANCE)
MEDIATOR = _office(Role.MEDIATOR)
REGULATOR = _office(Role.REGULATOR)
DATA_AUTHORITY = _office(Role.DATA_AUTHORITY)
EXCHANGE_ADMINISTRATOR = _office(Role.EXCHANGE_ADMINISTRATOR)
ADMINISTRATOR = _office(Role.ADMINISTRATOR)

OFFICES = (
    SUPPLIER,
    BUYER,
    DATA_MERCHANT,
    REGISTRAR,
    PUBLIC_REGISTRAR,
    REVIEWER,
    FINANCE,
    MEDIATOR,
    REGULATOR,
    DATA_AUTHORITY,
    EXCHANGE_ADMINISTRATOR,
    ADMINISTRATOR,
)

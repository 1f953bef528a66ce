"""The beginning: the organisation that operates the exchange, and its first administrator. Once, and on record."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tongqu.exchange.bedrock import keys
from tongqu.exchange.bedrock.procedures import HOUSE, Actor, Outcome, begin, perform
from tongqu.exchange.members import mandates
from tongqu.exchange.members.parties.procedure import ADMISSION

# The operator's offices. It registers rights only where it was named a registrar, which is asked for as any role is.
FOUNDING_ROLES = ("exchange_administrator", "finance", "reviewer")


def found_exchange(
    *, administrator: int, at: datetime, roles: tuple[str, ...] = FOUNDING_ROLES, **application: Any
) -> Outcome:
    """Makes the operator a member and `administrator` (a person's id) its administrator.

    `application` holds the fields of an admission but `roles`. Raises Refused when the exchange was founded before,
    when a selling role is named, or when the application itself is not in order. All of it, or nothing.
    """
    with transaction.atomic():
        keys.ensure("signatures")
        applied = begin(
            ADMISSION, by=Actor(person=administrator, via="command"), at=at, roles=list(roles), **application
        )
        return perform(ADMISSION, "found", applied.subject, by=HOUSE, at=at)


def appoint_administrator(*, organisation: int, person: int, at: datetime, days: int = 365, reason: str) -> Outcome:
    """Break-glass for an organisation whose last administrator is gone and no exchange administrator is left either.

    From the machine of the exchange only; the fact names the clock as its actor and the reason given.
    """
    return begin(
        mandates.MANDATE, by=HOUSE, at=at, person=person, organisation=organisation, roles=["administrator"],
        until_at=at + timedelta(days=days), reason=reason,
    )  # fmt: skip

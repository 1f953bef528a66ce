"""Gathers from a matter the plain picture that the rules judge."""

from __future__ import annotations

from typing import Any

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import HOUSE, Matter, Unknown, local_day, procedure, visible
from tongqu.exchange.members import parties
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.pledges import queries, rules
from tongqu.exchange.registry.pledges.models import Pledge


def _leaving(registration: int) -> bool:
    """Asked by name: what follows a registration looks down on pledges, not the other way round."""
    for name in ("right_transfer", "right_cancellation"):
        table = procedure(name)
        if visible(table, HOUSE).filter(registration=registration, state__in=table.open).exists():
            return True
    return False


def pledging(matter: Matter) -> rules.PledgeSeen:
    asked: Any = matter.inputs
    day, party = local_day(matter.at), int(matter.by.party or 0)
    try:
        queries.one_by_one(asked.registration)
        right = ownership.right(asked.registration)
    except Unknown:
        return rules.PledgeSeen(on=day, right_is_own=False)
    secured = parties.organisations([asked.secured], on=day).get(asked.secured)
    return rules.PledgeSeen(
        on=day, right_is_own=right.holder_id == party, right_stands=right.state == "registered", seized=right.frozen,
        leaving=_leaving(right.registration_id), secured_is_member=secured is not None and secured.id != party,
        secured_is_registrar=asked.secured == right.registrar_id, until_date=asked.until_date,
        papers_unknown=() if papers.paper_of(asked.paper, party) else (asked.paper[:8],),
    )  # fmt: skip


def standing(matter: Matter) -> rules.PledgeSeen:
    """The right at the moment at which the other side agrees: it may have been seized, or offered to somebody else."""
    row: Pledge = matter.subject
    queries.one_by_one(row.registration_id)
    right = ownership.right(row.registration_id)
    return rules.PledgeSeen(
        on=local_day(matter.at), right_is_own=right.holder_id == row.holder_id, right_stands=right.state == "registered",
        seized=right.frozen, leaving=_leaving(row.registration_id),
    )  # fmt: skip

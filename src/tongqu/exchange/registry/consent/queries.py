"""What a node is told of consents, what a delivery stands on, and what could not be taken. Frozen answers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.registry.consent.faults import FAULTS
from tongqu.exchange.registry.consent.kinds import GIVEN
from tongqu.exchange.registry.consent.models import (
    ConsentCount,
    ConsentFact,
    ConsentFault,
    ConsentNotice,
)
from tongqu.wire.consents import CHANGES_MAX, SETS_MAX, ConsentChanges, ConsentPart, ConsentSet, packed

FAULTS_PAGE_MAX = 500


@dataclass(frozen=True)
class FaultView:
    line: int
    code: str
    words: Words
    raw: str


# What a node is told.


def part_for(node_id: int, cursor: int, *, at: datetime) -> ConsentPart:
    """What changed for a node after the number it has; from the beginning where it has one that was never given."""
    last = ConsentCount.objects.filter(pk=node_id).values_list("last", flat=True).first() or 0
    after = cursor if cursor <= last else 0
    groups = _groups(node_id)
    rows: list[Any] = []
    if last > after:
        rows = list(
            ConsentFact.objects.filter(node_id=node_id, number__gt=after)
            .order_by("number")
            .values_list("number", "basis", "reference", "what")[:CHANGES_MAX]
        )
    upto = rows[-1][0] if rows else after
    word = {(basis, bytes(reference)): what == GIVEN for _, basis, reference, what in rows}
    given: dict[int, list[bytes]] = defaultdict(list)
    ended: dict[int, list[bytes]] = defaultdict(list)
    for (basis, reference), stands in word.items():
        (given if stands else ended)[basis].append(reference)
    changes = tuple(
        ConsentChanges(str(basis), packed(given[basis]), packed(ended[basis]))
        for basis in sorted({int(group.basis) for group in groups} & (set(given) | set(ended)))
    )
    fresh = int(law.figure("house.consent_fresh", on=local_day(at)).value)
    return ConsentPart(after, upto, upto >= last, fresh, groups, changes)


def _groups(node_id: int) -> tuple[ConsentSet, ...]:
    """Of each series the newest version in force; a version that follows takes the place of the one before at once."""
    rows = list(ConsentNotice.objects.filter(node_id=node_id, state="published").order_by("series", "-version"))
    newest = {row.series: row for row in reversed(rows)}
    codes = parties.organisations([row.receiver_id for row in newest.values()])
    return tuple(
        ConsentSet(
            str(row.basis), row.source, codes[row.receiver_id].credit_code, tuple(row.purposes), tuple(row.kinds)
        )
        for row in list(newest.values())[:SETS_MAX]  # no more are published for a node (`the_node_has_room_for_it`)
    )


# What could not be taken.


def faults(batch: int, *, after: int = 0, offset: int = 0, limit: int = FAULTS_PAGE_MAX) -> tuple[list[FaultView], int]:
    rows = ConsentFault.objects.filter(batch_id=batch)
    found = rows.filter(line__gt=after).order_by("line")[offset : offset + limit]
    return [FaultView(one.line, one.code, FAULTS[one.code], one.raw) for one in found], rows.count()

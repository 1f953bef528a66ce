"""What follows of itself around grants: they begin on their day, two-way ones begin together, and fall with what they stand on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, Procedure, Refused, begin, perform
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.grants.inputs import REASON_CHARS_MAX
from tongqu.exchange.registry.grants.models import LIVE, Grant
from tongqu.exchange.registry.grants.procedure import GRANT, MUTUAL_GRANT

OPEN = ("offered", *LIVE)
ABOVE_OVER = Words("上一级授权已终止", "the grant above has ended")
RIGHT_OVER = Words(
    "所依据的登记权利已终止或不再含经营权",
    "the registered right it stands on has ended, or no longer includes operation",
)
RESOURCE_GONE = Words("数据资源已撤出目录", "the resource is no longer catalogued")


def commence_due(fact: SequencedFact, at: datetime) -> None:
    """What was accepted on its first day or later begins at once."""
    row = Grant.objects.get(pk=fact.subject_id)
    if row.starts_at <= at:
        _try(GRANT, "commence", row.pk, fact, at)


def enter_both(fact: SequencedFact, at: datetime) -> None:
    """Both have agreed: the two grants begin together, or neither does. Where what one of them stands on has ended since,
    the two-way grant falls, and both sides read why: it would wait for ever otherwise."""
    pair, key = fact.subject_id, f"flow/{fact.position}/grant"
    try:
        with transaction.atomic():
            for side in ("gives", "receives"):
                begin(GRANT, "enter", by=HOUSE, at=at, key=f"{key}/{side}", pair=pair, side=side)
            perform(MUTUAL_GRANT, "enter", pair, by=HOUSE, at=at, key=f"{key}/enter")
    except Refused as refused:
        zh = "；".join(one.words.zh for one in refused.findings if one.blocks)
        en = "; ".join(one.words.en for one in refused.findings if one.blocks)
        perform(
            MUTUAL_GRANT, "fall", pair, by=HOUSE, at=at, key=f"{key}/fall", reason=f"{zh} / {en}"[:REASON_CHARS_MAX]
        )


def end_below(fact: SequencedFact, at: datetime) -> None:
    """Nobody keeps what was passed on by one who has it no longer."""
    _fall(Grant.objects.filter(parent=fact.subject_id), ABOVE_OVER, fact, at)


def fall_with_right(fact: SequencedFact, at: datetime) -> None:
    """A registration was cancelled, has lapsed, was handed over, or lost the right to operate."""
    right = ownership.right(fact.subject_id)
    if right.state != "registered" or "operation" not in right.rights:
        _fall(Grant.objects.filter(registration=fact.subject_id), RIGHT_OVER, fact, at)


def fall_with_resource(fact: SequencedFact, at: datetime) -> None:
    _fall(Grant.objects.filter(resource=fact.subject_id, parent=None), RESOURCE_GONE, fact, at)


def _fall(rows: QuerySet[Grant], why: Words, fact: SequencedFact, at: datetime) -> None:
    found = rows.filter(state__in=OPEN).order_by("pk")
    for pk in found.values_list("pk", flat=True):
        _try(GRANT, "fall", pk, fact, at, reason=f"{why.zh} / {why.en}")


def _try(table: Procedure, act: str, grant: int, fact: SequencedFact, at: datetime, **inputs: object) -> None:
    """Somebody may have ended it in the moment since; a hold only delays."""
    try:
        with transaction.atomic():
            perform(table, act, grant, by=HOUSE, at=at, key=f"flow/{fact.position}/grant/{grant}/{act}", **inputs)
    except NotNow:
        return

"""Reading what was taken over: certificates of other registrars that stand here before their holder has bound them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.handover.models import HandedRecord, TakenOver


@dataclass(frozen=True)
class Standing:
    """A certificate that another registrar handed over, by its code."""

    number: int
    state: str
    code: str
    name: str
    holder: str
    holder_code: str
    valid_to_at: datetime
    handed_by: str
    frozen: bool
    """Seized or under an authority's control when it was handed over: that goes with it, whether it is bound yet or not."""


@dataclass(frozen=True)
class RecordView:
    """A record of a bundle, for a list."""

    table: str
    number: int
    state: str
    codes: tuple[str, ...]


def standing(code: str) -> Standing | None:
    """The certificate of that code, when it was taken over and is not yet, or no longer, in the register."""
    row = TakenOver.objects.filter(code=code).select_related("take_over", "record").order_by("-pk").first()
    if row is None:
        return None
    return Standing(
        row.pk,
        row.state,
        row.code,
        row.name,
        row.holder_name,
        row.holder_code,
        row.valid_to_at,
        row.take_over.from_name,
        any(
            note["kind"] in ownership.FREEZING and note["lifted_at"] is None
            for note in row.record.content.get("notes", ())
        ),
    )


def records(take_over: int, *, first: int = 0, size: int = 20) -> tuple[tuple[RecordView, ...], int]:
    """What a bundle held, in its order, and how much that is."""
    rows = HandedRecord.objects.filter(take_over=take_over).order_by("pk")
    found = rows.values_list("table", "number", "state", "codes")[first : first + size]
    return tuple(RecordView(table, number, state, tuple(codes)) for table, number, state, codes in found), rows.count()

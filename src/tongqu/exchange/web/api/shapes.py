"""What the API answers with: JSON pictures of subjects, acts, facts and pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import BinaryField, Model
from ninja import Schema

from tongqu.exchange.bedrock.procedures import Outcome


class Said(Schema):
    zh: str
    en: str


class Done(Schema):
    """The door's answer to an act. `fact` is its number in the evidence; `repeated` when the key had been answered."""

    procedure: str
    subject: int
    act: str
    state: str
    fact: int
    data: dict[str, Any]
    advice: list[dict[str, str]]
    repeated: bool


class PossibleAct(Schema):
    name: str
    words: Said
    leads_to: Said
    mine: bool
    who: list[Said]


class Deadline(Schema):
    """`used` and `length` in `unit`; `provisional` when it counts in a year without a published arrangement."""

    name: str
    status: str
    due_at: datetime | None
    used: int
    length: int
    unit: str
    extended: int
    provisional: bool


class HoldOn(Schema):
    id: int
    ground: str
    cite: str
    placed_at: datetime


class Event(Schema):
    """One fact of the timeline. `position` is its place in the log, absent for the moment between commit and placing.

    Of a fact that is withheld from the reader, `actor` and `body` say no more than that somebody moved the subject.
    """

    fact: int
    position: int | None
    at: datetime
    act: str
    actor: dict[str, Any]
    body: dict[str, Any]


class Subject(Schema):
    procedure: str
    id: int
    title: str
    state: str
    state_words: Said
    begun_at: datetime
    changed_at: datetime
    fields: dict[str, Any]


class SubjectInFull(Subject):
    possible: list[PossibleAct]
    clocks: list[Deadline]
    holds: list[HoldOn]
    timeline: list[Event]
    timeline_total: int


class Page(Schema):
    """`total` counts everything that fits; `next` is the offset of the next page, absent on the last."""

    total: int
    offset: int
    limit: int
    next: int | None


class SubjectPage(Page):
    items: list[Subject]


class Timeline(Page):
    items: list[Event]


def page(items: Sequence[Any], *, total: int, offset: int, limit: int) -> dict[str, Any]:
    following = offset + limit
    return {
        "total": total, "offset": offset, "limit": limit, "next": following if following < total else None,
        "items": list(items),
    }  # fmt: skip


def done(outcome: Outcome) -> dict[str, Any]:
    return {**{name: getattr(outcome, name) for name in Done.model_fields}, "advice": [dict(a) for a in outcome.advice]}


_FRAME = {"id", "state", "begun_at", "changed_at"}
# Columns that no answer carries, not even to their owner: what opens a door, or could be tried against one.
KEPT_BACK = frozenset({"digest", "enrolment_digest", "sealed", "sealed_with", "password"})


def fields_of(row: Model) -> dict[str, Any]:
    """The subject's own columns as JSON values, without what is kept back."""
    return {
        field.attname: _plain(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.attname not in _FRAME and field.attname not in KEPT_BACK and not isinstance(field, BinaryField)
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value

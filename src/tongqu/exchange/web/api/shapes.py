"""What the API answers with: JSON pictures of subjects, acts, facts and pages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model
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
    name: str
    status: str
    due_at: datetime | None
    used: int
    length: int
    unit: str
    extended: int
    provisional: bool


class Event(Schema):
    """One fact of the timeline. `position` is its place in the log, absent for the moment between commit and placing."""

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
    holds: list[str]
    timeline: list[Event]


class SubjectPage(Schema):
    """`total` counts all that the caller may see; `next` is the offset of the next page, absent on the last."""

    total: int
    offset: int
    limit: int
    next: int | None
    items: list[Subject]


def done(outcome: Outcome) -> dict[str, Any]:
    return {**{name: getattr(outcome, name) for name in Done.model_fields}, "advice": [dict(a) for a in outcome.advice]}


_FRAME = {"id", "state", "begun_at", "changed_at"}


def fields_of(row: Model) -> dict[str, Any]:
    """The subject's own columns as JSON values. A model may name columns to keep back in `kept_back`."""
    kept_back = getattr(row, "kept_back", frozenset())
    return {
        field.attname: _plain(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.attname not in _FRAME and field.attname not in kept_back
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value

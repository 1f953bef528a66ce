"""Reading later registrations: what is under way about a right, what is publicised, one matter as its parties read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock.procedures import RunningClock, Unknown
from tongqu.exchange.registry.dealings.models import ENDS, Dealing, LateObjection, Opposition
from tongqu.exchange.registry.dealings.notices import NoticeFields

PAGE_SIZE_MAX = 100
PUBLICISED = ("publicity", "objection")


@dataclass(frozen=True)
class Notice:
    """One notice: its four fields, and the period in which anyone may object. Nothing else is public."""

    dealing_id: int
    kind: str
    fields: NoticeFields
    published_at: datetime
    until_at: datetime | None


@dataclass(frozen=True)
class Notices:
    total: int
    page: int
    size: int
    items: tuple[Notice, ...]


@dataclass(frozen=True)
class OppositionView:
    """An objection. The objector's contact is for the registrar and the authorities."""

    number: int
    person_id: int
    reason: str
    contact: str
    upheld: bool | None
    finding: str


@dataclass(frozen=True)
class Matter:
    """A matter about a right, for a list."""

    id: int
    kind: str
    state: str
    begun_at: datetime
    open: bool


def publicity(*, page: int = 1, size: int = 20) -> Notices:
    """Every notice of a later registration that stands, the newest first."""
    size, page = max(1, min(size, PAGE_SIZE_MAX)), max(1, page)
    rows = Dealing.objects.filter(state__in=PUBLICISED)
    found = list(rows.order_by("-published_at", "-pk")[(page - 1) * size : page * size])
    return Notices(rows.count(), page, size, tuple(_notices(found)))


def notice(dealing_id: int) -> Notice:
    """One standing notice. Raises Unknown for a matter that is not publicised now, whatever else it is."""
    for found in _notices(list(Dealing.objects.filter(pk=dealing_id, state__in=PUBLICISED))):
        return found
    raise Unknown(f"notice {dealing_id}")


def _notices(rows: list[Dealing]) -> list[Notice]:
    running = RunningClock.objects.filter(
        procedure__in=[f"right_{row.kind}" for row in rows], name="publicity", subject__in=[row.pk for row in rows],
        due_at__isnull=False,
    )  # fmt: skip
    ends = dict(running.values_list("subject", "due_at"))
    return [
        Notice(
            row.pk,
            row.kind,
            NoticeFields(**(row.publicised or {})),
            row.published_at or row.changed_at,
            ends.get(row.pk),
        )
        for row in rows
    ]


def oppositions(dealing_id: int) -> tuple[OppositionView, ...]:
    rows = Opposition.objects.filter(dealing=dealing_id).order_by("number")
    return tuple(
        OppositionView(row.number, row.person_id, row.reason, row.contact, row.upheld, row.finding) for row in rows
    )


def matters(registration: int) -> tuple[Matter, ...]:
    """What was asked for about a right since it was registered, the newest first."""
    rows = Dealing.objects.filter(registration=registration).order_by("-pk")[:PAGE_SIZE_MAX]
    return tuple(Matter(row.pk, row.kind, row.state, row.begun_at, row.state not in ENDS) for row in rows)


def open_of(registration: int, kind: str) -> list[int]:
    """Open matters of a kind about a right, by number."""
    rows = Dealing.objects.filter(registration=registration, kind=kind).exclude(state__in=ENDS)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def dealing(number: int) -> Any:
    """The row itself, for the steps of this module."""
    return Dealing.objects.get(pk=number)


def late_objection(number: int) -> Any:
    return LateObjection.objects.get(pk=number)

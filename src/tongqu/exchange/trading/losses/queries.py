"""What a lost ground reaches, line by line, and what is said against it. Frozen answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Actor
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.trading.losses import drawing
from tongqu.exchange.trading.losses.models import GroundLoss, LossAppeal, LossItem

OFFICES = frozenset({"reviewer", "regulator"})


@dataclass(frozen=True)
class LineView:
    id: int
    kind: str
    number: int
    name: str
    provider_id: int | None
    consumer_id: int | None
    path: tuple[str, ...]
    falls: bool
    why: Words
    spared_because: str


@dataclass(frozen=True)
class AppealView:
    id: int
    party_id: int
    text: str
    at: datetime
    upheld: bool | None
    finding: str


def lines(loss: int, by: Actor, *, first: int = 0, size: int = 50, kind: str = "") -> tuple[list[LineView], int]:
    """The lines that an actor may see (an office all, others their own), those that fall first, and how many there are."""
    rows = LossItem.objects.filter(loss=loss)
    if kind:
        rows = rows.filter(kind=kind)
    if not sees_every_line(by):
        rows = rows.filter(Q(provider=by.party) | Q(consumer=by.party)) if by.party is not None else rows.none()
    found = rows.order_by("-falls", "pk")[first : first + size]
    return [
        LineView(
            row.pk, row.kind, row.number, row.name, row.provider_id, row.consumer_id, tuple(row.path), row.falls,
            Words(row.why_zh, row.why_en), row.spared_because,
        )
        for row in found
    ], rows.count()  # fmt: skip


def appeals(loss: int, by: Actor) -> list[AppealView]:
    """What was said against it: for an office all, for others their own."""
    rows = LossAppeal.objects.filter(loss=loss)
    if not sees_every_line(by):
        rows = rows.filter(party=by.party)
    return [AppealView(row.pk, row.party_id, row.text, row.at, row.upheld, row.finding) for row in rows.order_by("pk")]


def sees_every_line(by: Actor) -> bool:
    """An office does; others see their own alone."""
    return by.kind == "clock" or bool(OFFICES & by.roles)


def open_on(ground: str) -> list[int]:
    """The handling that is open for a ground, if any."""
    return list(GroundLoss.objects.filter(ground=ground, state__in=("drawn", "confirmed")).values_list("pk", flat=True))


def reaches(ground: str, at: datetime) -> bool:
    """Whether more stands on a ground than what was granted from it: data, products, deals."""
    return any(line.kind != "grant" for line in drawing.draw(ground, at))

"""Reads errands: one with its tries, or all that are stuck. Bodies and seals are not shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongqu.exchange.bedrock.errands.models import STUCK, ErrandRow, ErrandTry


@dataclass(frozen=True)
class Try:
    """`answered` is the HTTP status, `error` a few words of our own; empty when the other side took it."""

    number: int
    at: datetime
    answered: int | None
    error: str


@dataclass(frozen=True)
class Errand:
    """`host` is where it goes; the rest of the address may hold a secret of the receiver and is left out."""

    id: int
    kind: str
    key: str
    host: str
    status: str
    asked_at: datetime
    due_at: datetime
    done_at: datetime | None
    tries: tuple[Try, ...]


def errand(key: str) -> Errand | None:
    """The errand of a key, with every try."""
    row = ErrandRow.objects.filter(key=key).first()
    return _seen([row])[0] if row else None


def stuck(limit: int = 100) -> list[Errand]:
    """Errands that nobody will try again unless a person says so, the oldest first."""
    return _seen(list(ErrandRow.objects.filter(status=STUCK).order_by("asked_at", "pk")[:limit]))


def _seen(rows: list[ErrandRow]) -> list[Errand]:
    tries: dict[int, list[Try]] = {row.pk: [] for row in rows}
    for made in ErrandTry.objects.filter(errand__in=rows).order_by("errand_id", "number"):
        tries[made.errand_id].append(Try(made.number, made.at, made.answered, made.error))
    return [
        Errand(
            row.pk,
            row.kind,
            row.key,
            _host(row.url),
            row.status,
            row.asked_at,
            row.due_at,
            row.done_at,
            tuple(tries[row.pk]),
        )
        for row in rows
    ]


def _host(url: str) -> str:
    return url.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]

"""Reading pledges: what stands on a right, in which order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from tongqu.exchange.members import parties
from tongqu.exchange.registry.pledges.models import Pledge


@dataclass(frozen=True)
class PledgeView:
    """One that stands. `place` is its order among the pledges that stand now: 1 is satisfied first; custody has none."""

    id: int
    registration_id: int
    kind: str
    holder_id: int
    secured_id: int
    secured: str
    amount_fen: int | None
    until_date: date | None
    stood_at: datetime
    place: int | None


def standing(registrations: Collection[int]) -> tuple[PledgeView, ...]:
    """What stands on these rights, by right and rank."""
    rows = list(
        Pledge.objects.filter(registration__in=registrations, state="standing").order_by("registration", "rank")
    )
    known = parties.organisations({row.secured_id for row in rows}) if rows else {}
    found, place = [], dict.fromkeys(registrations, 0)
    for row in rows:
        assert row.stood_at is not None
        if row.kind == "pledge":
            place[row.registration_id] += 1
        found.append(PledgeView(
            row.pk, row.registration_id, row.kind, row.holder_id, row.secured_id, known[row.secured_id].name,
            row.amount_fen, row.until_date, row.stood_at, place[row.registration_id] if row.kind == "pledge" else None,
        ))  # fmt: skip
    return tuple(found)


def burdened(registration: int) -> tuple[str, ...]:
    """Which kinds of burden stand on a right: `pledge`, `custody`, both or none."""
    rows = Pledge.objects.filter(registration=registration, state="standing").order_by("rank")
    return tuple(dict.fromkeys(rows.values_list("kind", flat=True)))


def one_by_one(registration: int) -> None:
    """Two matters about one right at one moment: the second waits until the first is done, and then sees it."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('dealing', %s))", [registration])

"""Notices as anyone may read them, and how many said what to them. Frozen answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.registry.consent.models import ConsentFact, ConsentNotice
from tongqu.exchange.registry.consent.rules import Told, covered

PAGE_MAX = 100


@dataclass(frozen=True)
class NoticeView:
    """A notice as anyone may read it."""

    id: int
    provider_id: int
    receiver_id: int
    node_id: int
    source: str
    name: str
    series: int
    version: int
    basis: int
    state: str
    purposes: tuple[str, ...]
    purpose_text: str
    method: str
    kinds: tuple[str, ...]
    necessity: str
    impact: str
    retention: str
    contact: str
    rights_way: str
    digest: str
    published_at: datetime
    ended_at: datetime | None
    has_minors_rules: bool


def view(row: ConsentNotice) -> NoticeView:
    assert row.published_at is not None
    return NoticeView(
        id=row.pk, provider_id=row.provider_id, receiver_id=row.receiver_id, node_id=row.node_id, source=row.source,
        name=row.name, series=row.series, version=row.version, basis=int(row.basis or 0), state=row.state,
        purposes=tuple(row.purposes), purpose_text=row.purpose_text, method=row.method, kinds=tuple(row.kinds),
        necessity=row.necessity, impact=row.impact, retention=row.retention, contact=row.contact, rights_way=row.rights_way,
        digest=row.digest, published_at=row.published_at, ended_at=row.ended_at,
        has_minors_rules=row.minors_rules is not None,
    )  # fmt: skip


def in_force(*, provider: int | None = None, offset: int = 0, limit: int = 50) -> tuple[list[NoticeView], int]:
    """Notices in force, the newest first, with how many there are: the list of receivers that the law asks for."""
    rows = ConsentNotice.objects.filter(state="published")
    if provider is not None:
        rows = rows.filter(provider_id=provider)
    found = rows.order_by("-published_at", "-pk")[offset : offset + min(limit, PAGE_MAX)]
    return [view(row) for row in found], rows.count()


def notice(number: int) -> NoticeView:
    """One that was published, in force or not. Raises Unknown."""
    row = ConsentNotice.objects.filter(pk=number, published_at__isnull=False).first()
    if row is None:
        raise Unknown(f"notice {number}")
    return view(row)


def versions(series: int) -> list[NoticeView]:
    rows = ConsentNotice.objects.filter(series=series, published_at__isnull=False).order_by("-version")
    return [view(row) for row in rows[:PAGE_MAX]]


def told_to(provider: int, receiver: int, node: int, source: str, purposes: list[str], kinds: list[str]) -> bool:
    """Whether notices in force tell the subjects that this receiver gets these kinds for each of these purposes."""
    rows = ConsentNotice.objects.filter(
        state="published", provider_id=provider, receiver_id=receiver, node_id=node, source=source
    )
    return covered([Told(frozenset(row.purposes), frozenset(row.kinds)) for row in rows], purposes, kinds)


def standing(basis: int) -> int:
    """How many consents to this basis stand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from (select distinct on (reference) what from registry_consent_fact where basis = %s"
            " order by reference, number desc) last where what = 'given'",
            [basis],
        )
        return int(cursor.fetchone()[0])


def said_of(basis: int) -> dict[str, int]:
    """How often what was said to this basis."""
    rows = ConsentFact.objects.filter(basis=basis).values("what").annotate(count=Count("pk"))
    return {row["what"]: row["count"] for row in rows}

"""Trusts as pages show them: to anyone, to the trustee, and to the person. Strangers are told of people in tens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count

from tongqu.exchange.bedrock.procedures import holds_on, procedure
from tongqu.exchange.members import parties
from tongqu.exchange.registry import consent
from tongqu.exchange.registry.trust.models import DataTrust, TrustMandate, TrustReport, TrustTerms
from tongqu.exchange.registry.trust.queries import TrustView, view_of

PAGE_MAX = 100
FEW = 10
"""Of fewer people no number is published, and of more none that tells one of them from the next."""


def takes_mandates(one: TrustView) -> bool:
    """In force, not frozen, and its trustee takes part now: whoever may not consent for more people is entrusted by no more."""
    return (
        one.state == "in_force"
        and not holds_on(procedure("data_trust"), one.id)
        and parties.organisation(one.trustee_id).admitted
    )


@dataclass(frozen=True)
class TermsView:
    """What was agreed, for whom it counts, and until when."""

    id: int
    trust_id: int
    state: str
    notice_id: int
    receiver_id: int
    basis: int
    purposes: tuple[str, ...]
    kinds: tuple[str, ...]
    basis_points: int
    conditions: str
    until_date: date
    agreed_at: datetime | None
    consented: bool


@dataclass(frozen=True)
class HeldMandate:
    """A mandate as its trustee sees it. Neither who gave it nor a part of the reference, which the provider knows, is here."""

    id: int
    state: str
    purposes: tuple[str, ...]
    kinds: tuple[str, ...]
    begun_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class ReportView:
    id: int
    trust_id: int
    number: int
    since: datetime
    until: datetime
    numbers: dict[str, object]
    account: str
    objections: int
    stopped: int
    published_at: datetime


@dataclass(frozen=True)
class ForMe:
    """What a trustee agreed on that touches one person, and whether the consent that counts is the trustee's."""

    terms: TermsView
    stands: bool
    by_trustee: bool
    what: str


def in_force(*, offset: int = 0, limit: int = 50) -> tuple[list[TrustView], int]:
    """Trusts in force, the newest first, with how many there are."""
    rows = DataTrust.objects.filter(state="in_force")
    found = rows.order_by("-approved_at", "-pk")[offset : offset + min(limit, PAGE_MAX)]
    return [view_of(row) for row in found], rows.count()


def for_source(node: int, source: str) -> list[TrustView]:
    """Trusts in force for this data: what a person may choose from."""
    rows = DataTrust.objects.filter(node_id=node, source=source, state="in_force").order_by("-approved_at")
    return [view_of(row) for row in rows[:PAGE_MAX]]


def held_by(trustee: int, *, limit: int) -> list[TrustView]:
    rows = DataTrust.objects.filter(trustee_id=trustee, state="in_force").order_by("-pk")
    return [view_of(row) for row in rows[:limit]]


def _terms(row: TrustTerms) -> TermsView:
    return TermsView(
        row.pk, row.trust_id, row.state, row.notice_id, row.receiver_id, row.basis, tuple(row.purposes), tuple(row.kinds),
        row.basis_points, row.conditions, row.until_date, row.agreed_at, row.consented_at is not None,
    )  # fmt: skip


def terms_of(trust: int, *, agreed_only: bool = False, offset: int = 0, limit: int = 50) -> tuple[list[TermsView], int]:
    rows = TrustTerms.objects.filter(trust_id=trust)
    if agreed_only:
        rows = rows.filter(state="agreed")
    return [_terms(row) for row in rows.order_by("-pk")[offset : offset + min(limit, PAGE_MAX)]], rows.count()


def terms_by(numbers: Sequence[int]) -> list[TermsView]:
    return [_terms(row) for row in TrustTerms.objects.filter(pk__in=numbers).order_by("pk")]


def standing(found: Sequence[TermsView]) -> dict[int, int]:
    """How many consents of the trustee's stand, by terms."""
    return consent.trusted.standing([one.basis for one in found], [one.id for one in found]) if found else {}


def mandates_held(trust: int, *, offset: int = 0, limit: int = 50) -> tuple[list[HeldMandate], int]:
    """The mandates of a trust, those in force and those that are over, the newest first."""
    rows = TrustMandate.objects.filter(trust_id=trust)
    found = (
        rows.order_by("-pk")
        .values_list("pk", "state", "purposes", "kinds", "begun_at", "ended_at")[
            offset : offset + min(limit, PAGE_MAX)
        ]
    )  # fmt: skip
    return [
        HeldMandate(pk, state, tuple(purposes), tuple(kinds), begun, ended)
        for pk, state, purposes, kinds, begun, ended in found
    ], rows.count()


def counts(trust: int) -> dict[str, int]:
    """Mandates by state."""
    rows = TrustMandate.objects.filter(trust_id=trust).values("state").annotate(many=Count("pk")).order_by()
    return {row["state"]: row["many"] for row in rows}


def reports(trusts: Sequence[int], *, limit: int = PAGE_MAX) -> list[ReportView]:
    """Published ones, the newest first."""
    rows = TrustReport.objects.filter(trust_id__in=trusts, state="published").order_by("-published_at")[:limit]
    return [
        ReportView(
            row.pk, row.trust_id, row.number, row.since, row.until, row.numbers, row.account, row.objections, row.stopped,
            row.published_at,
        )
        for row in rows
        if row.published_at is not None
    ]  # fmt: skip


def in_my_name(trusts: Sequence[int], reference: str) -> dict[int, list[ForMe]]:
    """By trust: terms agreed, and what counts for one reference."""
    rows = [_terms(row) for row in TrustTerms.objects.filter(trust_id__in=trusts, state="agreed").order_by("pk")]
    words = consent.trusted.under([one.basis for one in rows], reference) if rows else {}
    found: dict[int, list[ForMe]] = defaultdict(list)
    for one in rows:
        word = words.get(one.basis)
        what = word.what if word is not None else ""
        by = word is not None and word.channel == "trust"
        found[one.trust_id].append(ForMe(one, what == "given", by, what))
    return found

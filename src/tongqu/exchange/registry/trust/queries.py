"""What others may know of trusts, their mandates and the part of the proceeds that is due to them. Frozen answers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import F, Max, Q, Sum

from tongqu.exchange.bedrock import calendar
from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.registry.trust.models import DataTrust, TrustMandate, TrustTerms


@dataclass(frozen=True)
class TrustView:
    """A trust as anyone may read it."""

    id: int
    name: str
    state: str
    trustee_id: int
    provider_id: int
    node_id: int
    source: str
    purposes: tuple[str, ...]
    kinds: tuple[str, ...]
    deed: str
    fee_basis_points: int
    until_date: date
    begun_at: datetime
    approved_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class TrustCut:
    """The part of a provider's net proceeds that agreed terms take. `series` is the notice they are for, in all its versions;
    `agreed_at` when its trust was first in agreement for it."""

    terms: int
    trust: int
    trustee: int
    series: int
    basis_points: int
    agreed_at: datetime


def view_of(row: DataTrust) -> TrustView:
    return TrustView(
        row.pk, row.name, row.state, row.trustee_id, row.provider_id, row.node_id, row.source, tuple(row.purposes),
        tuple(row.kinds), row.deed, row.fee_basis_points, row.until_date, row.begun_at, row.approved_at, row.ended_at,
    )  # fmt: skip


def view(number: int) -> TrustView:
    """One that was approved, in force or over. Raises Unknown."""
    row = DataTrust.objects.filter(pk=number, approved_at__isnull=False).first()
    if row is None:
        raise Unknown(f"trust {number}")
    return view_of(row)


def divided_by(trustee: int | None, *, ended: bool = False) -> list[TrustView]:
    """Approved trusts whose money this trustee divides; with `ended`, also every other that is in force no more, or whose
    trustee is not admitted any more."""
    others = ~Q(state="in_force") | ~Q(trustee__state="admitted")
    whose = Q(trustee_id=trustee) | (others if ended else Q(pk__in=[]))
    return [view_of(row) for row in DataTrust.objects.filter(whose, approved_at__isnull=False).order_by("-pk")]


_STANDS = """
select distinct t.id from registry_trust_terms t where t.id = any(%s) and exists (
    select 1 from registry_consent_fact f
     where f.basis = t.basis and f.terms = t.id and f.what = 'given' and f.taken_at < %s
       and not exists (select 1 from registry_consent_fact later
                        where later.basis = f.basis and later.reference = f.reference and later.number > f.number
                          and later.taken_at < %s))
"""


def share_of(
    provider: int, receiver: int, node: int, source: str, purposes: Collection[str], *, since: date, until: date
) -> tuple[TrustCut, ...]:
    """The cuts of what this provider earns from this receiver by a use of these days, the last included: terms in force on any
    of them for which consents stood then, those agreed first first.

    What was withdrawn later changes nothing in it: whoever ends terms before the money is shared keeps nothing back by that. A
    trust takes its part once for a notice, however often its terms were renewed meanwhile: the largest that was agreed.
    """
    begins, ends = calendar.end_of(since - timedelta(days=1)), calendar.end_of(until)
    rows = (
        TrustTerms.objects.filter(
            provider_id=provider, receiver_id=receiver, node_id=node, source=source, purposes__overlap=list(purposes),
            agreed_at__lt=ends, until_at__gt=begins,
        )
        .filter(Q(ended_at__isnull=True) | Q(ended_at__gt=begins))
        .order_by("agreed_at", "pk")
        .annotate(series=F("notice__series"))
    )  # fmt: skip
    found = {row.pk: row for row in rows}
    if not found:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(_STANDS, [list(found), ends, begins])
        standing = {number for (number,) in cursor.fetchall()}
    cuts: dict[tuple[int, int], TrustCut] = {}
    for row in found.values():
        if row.pk in standing and row.agreed_at is not None:
            before = cuts.get((row.trust_id, row.series))
            if before is None or row.basis_points > before.basis_points:
                first = before.agreed_at if before is not None else row.agreed_at
                cuts[row.trust_id, row.series] = TrustCut(
                    row.pk, row.trust_id, row.trustee_id, row.series, row.basis_points, first
                )
    return tuple(cuts.values())


def promised(provider: int, node: int, source: str) -> int:
    """Basis points of what a provider earns with a source that agreed terms take at most, whoever the receiver is."""
    rows = TrustTerms.objects.filter(provider_id=provider, node_id=node, source=source, state="agreed")
    sums = rows.values("receiver_id").annotate(sum=Sum("basis_points")).order_by("-sum").values_list("sum", flat=True)
    return min(10_000, sums.first() or 0)


def mandates_at(trust: int, at: datetime, *, since: datetime | None = None) -> list[int]:
    """Numbers of the mandates in force at a moment; with `since`, of those in force at any moment from there to it.

    Each reference counts once, by the newest: nobody counts twice for having revoked a mandate and given it anew.
    """
    from_when = at if since is None else since
    rows = TrustMandate.objects.filter(trust_id=trust, begun_at__lte=at)
    rows = rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=from_when))
    newest = rows.values("link__reference").annotate(newest=Max("pk"))
    return list(newest.order_by("newest").values_list("newest", flat=True))


@dataclass(frozen=True)
class MandateView:
    """A mandate as the person who gave it sees it."""

    id: int
    trust: TrustView
    state: str
    link_id: int
    purposes: tuple[str, ...]
    kinds: tuple[str, ...]
    sensitive: tuple[str, ...]
    begun_at: datetime
    ended_at: datetime | None


def mandates_of(person: int) -> list[MandateView]:
    """What a person entrusted to whom, now and before; the newest first."""
    rows = TrustMandate.objects.filter(person_id=person).select_related("trust").order_by("-pk")
    return [
        MandateView(
            row.pk, view_of(row.trust), row.state, row.link_id, tuple(row.purposes), tuple(row.kinds), tuple(row.sensitive),
            row.begun_at, row.ended_at,
        )
        for row in rows
    ]  # fmt: skip

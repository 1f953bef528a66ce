"""Reading authorised operations: who operates what, for how long; selections; accounts; what was disclosed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Sum

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.rows import find
from tongqu.exchange.members import parties
from tongqu.exchange.registry.authorisation.models import (
    BidScore,
    OperationAgreement,
    OperationAssessment,
    OperationBid,
    OperationConcession,
    OperationDisclosure,
    OperationEntry,
    OperationPlan,
    OperatorSelection,
)

PAGE_SIZE_MAX = 100
LIVE = ("in_force", "exiting")


@dataclass(frozen=True)
class OperationView:
    """One agreement that was in force once, as anyone may read it."""

    id: int
    state: str
    name: str
    implementer_id: int
    operator_id: int
    implementer: str
    operator: str
    mode: str
    resources: tuple[int, ...]
    starts_date: date
    ends_date: date
    form: Mapping[str, Any]
    in_force_at: datetime | None


@dataclass(frozen=True)
class DisclosureView:
    """What one side published last; `rows` has the seven columns."""

    side: str
    discloser: str
    state: str
    times: int
    rows: Sequence[Mapping[str, Any]]
    usage: Mapping[str, Any] | None
    text: str
    published_at: datetime | None


@dataclass(frozen=True)
class SelectionView:
    """One selection as anyone may read it. `bids` is None until they were opened; no bidder is named before the award."""

    id: int
    state: str
    name: str
    implementer: str
    method: str
    requirements: str
    criteria: Sequence[Mapping[str, Any]]
    bids_until_at: datetime
    opened_at: datetime | None
    bids: int | None
    winner: str
    award: Mapping[str, Any] | None


@dataclass(frozen=True)
class BidView:
    id: int
    state: str
    bidder: str
    content: Mapping[str, Any] | None
    scores: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Accounts:
    """The separate accounts of an operation: sums by kind, and the latest lines of so many."""

    income_fen: int
    cost_fen: int
    expenditure_fen: int
    total: int
    lines: tuple[tuple[date, str, str, int], ...]


def operations(*, page: int = 1, size: int = 20) -> tuple[list[OperationView], int]:
    """Agreements that were in force, the newest first, and how many."""
    rows = OperationAgreement.objects.filter(in_force_at__isnull=False).select_related("selection__plan")
    size, page = max(1, min(size, PAGE_SIZE_MAX)), max(1, page)
    found = list(rows.order_by("-in_force_at", "-pk")[(page - 1) * size : page * size])
    return _operations(found), rows.count()


def operation(agreement_id: int) -> OperationView:
    """Raises Unknown for one that never was in force."""
    known = find(OperationAgreement, id=agreement_id)
    if known is None or known.in_force_at is None:
        raise Unknown(f"operation {agreement_id}")
    return _operations([OperationAgreement.objects.select_related("selection__plan").get(pk=known.pk)])[0]


def _operations(rows: list[OperationAgreement]) -> list[OperationView]:
    sides = parties.organisations({one for row in rows for one in (row.implementer_id, row.operator_id)})
    return [
        OperationView(
            row.pk, row.state, row.name, row.implementer_id, row.operator_id, sides[row.implementer_id].name,
            sides[row.operator_id].name, row.selection.plan.form["mode"], tuple(row.resources), row.starts_date,
            row.ends_date, row.form, row.in_force_at,
        )
        for row in rows
    ]  # fmt: skip


def operated_by(party: int) -> int | None:
    """The oldest agreement under which a party operates public data now, or is winding it up."""
    rows = OperationAgreement.objects.filter(operator=party, state__in=LIVE).order_by("pk")
    return rows.values_list("pk", flat=True).first()


def over(party: int, resource: int, *, but: int | None = None) -> bool:
    """Whether a party operated public data and does no longer: no agreement of its is in force (`but` this one). Of the agreements
    only those count that name the resource, where any does; what is made of public data is named in none."""
    rows = OperationAgreement.objects.filter(operator=party, in_force_at__isnull=False)
    naming = rows.filter(resources__contains=[resource])
    rows = naming if naming.exists() else rows
    return rows.exists() and not rows.filter(state="in_force").exclude(pk=but or 0).exists()


def in_scope(resource_id: int) -> bool:
    """Whether a resource is in the scope of an operation now."""
    return OperationAgreement.objects.filter(resources__contains=[resource_id], state__in=LIVE).exists()


def disclosures(agreement_id: int) -> tuple[DisclosureView, ...]:
    rows = list(OperationDisclosure.objects.filter(agreement=agreement_id).order_by("side"))
    sides = parties.organisations({row.discloser_id for row in rows})
    return tuple(
        DisclosureView(
            row.side,
            sides[row.discloser_id].name,
            row.state,
            row.times,
            tuple(row.rows),
            row.usage,
            row.text,
            row.published_at,
        )
        for row in rows
    )


def selections(*, page: int = 1, size: int = 20) -> tuple[list[SelectionView], int]:
    """Every selection, the newest first, and how many."""
    size, page = max(1, min(size, PAGE_SIZE_MAX)), max(1, page)
    rows = OperatorSelection.objects.order_by("-begun_at", "-pk")
    return _selections(list(rows[(page - 1) * size : page * size])), rows.count()


def selection(selection_id: int) -> SelectionView:
    """Raises Unknown."""
    row = find(OperatorSelection, id=selection_id)
    if row is None:
        raise Unknown(f"selection {selection_id}")
    return _selections([row])[0]


def _selections(rows: list[OperatorSelection]) -> list[SelectionView]:
    named = {one for row in rows for one in (row.implementer_id, row.winner_id) if one}
    sides = parties.organisations(named)
    return [
        SelectionView(
            row.pk, row.state, row.name, sides[row.implementer_id].name, row.method, row.requirements, row.criteria,
            row.bids_until_at, row.opened_at, row.bids, sides[row.winner_id].name if row.winner_id else "", row.award,
        )
        for row in rows
    ]  # fmt: skip


def bids(selection_id: int) -> tuple[BidView, ...]:
    """The bids that were opened, with their scores. Sealed ones are not there for anybody."""
    rows = list(
        OperationBid.objects.filter(selection=selection_id, state__in=("opened", "won", "lost", "void")).order_by("pk")
    )
    sides = parties.organisations({row.bidder_id for row in rows})
    scores: dict[int, list[tuple[str, int]]] = {}
    for one in BidScore.objects.filter(bid__in=[row.pk for row in rows]).order_by("pk"):
        scores.setdefault(one.bid_id, []).append((one.expert, one.total))
    return tuple(
        BidView(row.pk, row.state, sides[row.bidder_id].name, row.content, tuple(scores.get(row.pk, ())))
        for row in rows
    )


def accounts(agreement_id: int, *, lines: int = 20) -> Accounts:
    rows = OperationEntry.objects.filter(agreement=agreement_id)
    sums = {one["kind"]: int(one["fen"]) for one in rows.values("kind").annotate(fen=Sum("amount_fen"))}
    latest = tuple((one.booked_date, one.kind, one.text, one.amount_fen) for one in rows.order_by("-pk")[:lines])
    return Accounts(
        sums.get("income", 0), sums.get("cost", 0), sums.get("expenditure", 0), rows.count(), latest
    )  # fmt: skip


def assessments(agreement_id: int) -> tuple[tuple[int, str, str], ...]:
    rows = OperationAssessment.objects.filter(agreement=agreement_id).order_by("-year")
    return tuple((row.year, row.grade, row.text) for row in rows)


def concessions(agreement_id: int) -> tuple[tuple[int, str, str, date], ...]:
    """Granted concessions: number, scenario, developer, until."""
    rows = list(OperationConcession.objects.filter(agreement=agreement_id, state="granted").order_by("pk"))
    sides = parties.organisations({row.developer_id for row in rows})
    return tuple((row.pk, row.scenario, sides[row.developer_id].name, row.until_date) for row in rows)


def plans_of(party: int) -> tuple[tuple[int, str], ...]:
    """A body's filed plans for which no operator was chosen yet."""
    taken = OperatorSelection.objects.exclude(state="failed").values("plan")
    rows = OperationPlan.objects.filter(implementer=party, state="filed").exclude(pk__in=taken)
    return tuple(rows.order_by("-pk").values_list("pk", "name"))


def awarded_to_agree(party: int) -> tuple[tuple[int, str], ...]:
    taken = OperationAgreement.objects.exclude(state="dropped").values("selection")
    rows = OperatorSelection.objects.filter(implementer=party, state="awarded").exclude(pk__in=taken)
    return tuple(rows.order_by("-pk").values_list("pk", "name"))


def open_selections(party: int) -> tuple[tuple[int, str], ...]:
    """Selections in which a party may bid."""
    rows = OperatorSelection.objects.filter(state="announced").exclude(implementer=party).order_by("-pk")
    return tuple((row.pk, row.name) for row in rows if not row.invited or party in row.invited)


def open_agreements() -> tuple[tuple[int, str], ...]:
    return tuple(OperationAgreement.objects.filter(state="in_force").order_by("-pk").values_list("pk", "name"))

"""What is owed to be deleted, what was attested, and by which contract the use of the same data goes on. Frozen answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, Q, QuerySet, Subquery, When

from tongqu.exchange.bedrock.procedures import HOUSE, visible
from tongqu.exchange.bedrock.rows import find
from tongqu.exchange.trading import contracts, delivery, negotiation
from tongqu.exchange.trading.contracts import CONTRACT
from tongqu.exchange.trading.deletions.models import DeletionAttestation, DeletionDuty
from tongqu.exchange.trading.delivery import TRANSFER

CUT_SHORT = frozenset({"terminate", "end"})
"""Acts that end a contract, and the use with it, before its day."""


@dataclass(frozen=True)
class DutyView:
    """The duty of a contract; `carried_by` is the later contract under which the same data is still used."""

    id: int
    state: str
    contract_id: int
    consumer_id: int
    provider_id: int
    days: int
    ended_at: datetime
    use_ends_at: datetime
    carried_by: int | None
    due_at: datetime
    overdue_at: datetime | None


@dataclass(frozen=True)
class AttestationView:
    """One attestation: when, how, which copies, by whom; `late` where the period was over."""

    deleted_date: date
    methods: Sequence[str]
    systems: str
    media: str
    backups: str
    recipients: str
    kept: str
    person: str
    late: bool
    at: datetime


def duty_of(contract_id: int) -> DutyView | None:
    """The duty of a contract, once that has ended."""
    found = find(DeletionDuty, contract_id=contract_id)
    return None if found is None else _view(found)


def _view(row: DeletionDuty) -> DutyView:
    return DutyView(**{name: getattr(row, name) for name in DutyView.__dataclass_fields__ if name != "id"}, id=row.pk)


def attestations(duty_id: int) -> list[AttestationView]:
    """What the buyer attested, the latest first."""
    rows = DeletionAttestation.objects.filter(duty=duty_id).order_by("-pk")
    return [
        AttestationView(**{name: getattr(row, name) for name in AttestationView.__dataclass_fields__}) for row in rows
    ]


def unsettled() -> QuerySet[DeletionDuty]:
    """What is overdue, the longest first, then what the provider objects to, answered by another attestation or not: for the
    pages of who supervises."""
    objected = Q(state="objected") | Q(state="attested") & ~Q(objection="")
    return DeletionDuty.objects.filter(Q(state="overdue") | objected).order_by(
        Case(When(state="overdue", then=0), default=1), "overdue_at", "pk"
    )


def owed_after(contract_id: int, act: str, at: datetime) -> datetime | None:
    """When the use under a contract ended by that act, or will end, where its data is then to be deleted and no duty stands yet.

    A contract that was performed early may be used to the end of its period; one that was ended early, or whose ground
    fell, may not. What was never delivered needs no deletion.
    """
    made = contracts.contract(contract_id)
    if negotiation.agreed(made.text).policy.delete_within_days is None or duty_of(contract_id) is not None:
        return None
    delivered = delivery.transfer_of(contract_id)
    if delivered.permit is None:
        return None
    over = act in CUT_SHORT or delivered.withheld_by is not None
    return min(made.ends_at, at) if over else made.ends_at


def over_same_data(contract_id: int) -> list[int]:
    """Duties that are not attested yet, of other contracts by which the same buyer got the same data."""
    made = visible(CONTRACT, HOUSE).filter(pk=contract_id)
    rows = DeletionDuty.objects.filter(
        consumer=Subquery(made.values("consumer")), provider=Subquery(made.values("provider")),
        resource=Subquery(made.values("listing__resource")), state__in=("pending", "owed", "overdue"),
    ).exclude(contract=contract_id)  # fmt: skip
    return list(rows.order_by("pk").values_list("pk", flat=True))


def put_off_by(contract_id: int) -> list[int]:
    """Of those, the duties that this contract, now that it is used, puts off further than they stand."""
    ends_at = visible(CONTRACT, HOUSE).filter(pk=contract_id).values("ends_at")
    rows = DeletionDuty.objects.filter(pk__in=over_same_data(contract_id), use_ends_at__lt=Subquery(ends_at))
    return list(rows.order_by("pk").values_list("pk", flat=True))


def carrying(row: DeletionDuty, at: datetime) -> tuple[int, datetime] | None:
    """The contract under which the same buyer goes on using the same data in the same way the longest, and its end. It counts
    from the first use that the node stated on: a signature gives nobody back the use of what was to be deleted."""
    used = visible(TRANSFER, HOUSE).filter(calls__gt=0).values("contract")
    withheld = visible(TRANSFER, HOUSE).filter(withheld_by__isnull=False).values("contract")
    return (
        visible(CONTRACT, HOUSE)
        .filter(
            consumer=row.consumer_id, provider=row.provider_id, listing__resource=row.resource_id,
            in_force_at__lte=at, ends_at__gt=max(at, row.ended_at), **{"text__clauses__1-data__mode": row.mode},
        )
        .filter(pk__in=used)
        .exclude(pk=row.contract_id)
        .exclude(state="terminated")
        .exclude(state="performed", pk__in=withheld)
        .order_by("-ends_at", "pk")
        .values_list("pk", "ends_at")
        .first()
    )  # fmt: skip

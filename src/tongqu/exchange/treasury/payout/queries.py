"""What others may read of payouts. Frozen answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.treasury.payout.models import BankPayment, Payout


@dataclass(frozen=True)
class PayoutView:
    """A payout. Whole fen; `bank_reference` is empty until the bank has paid."""

    id: int
    state: str
    party_id: int
    fen: int
    account_name: str
    bank: str
    account: str
    bank_reference: str
    paid_date: date | None
    reason: str


def payout(payout_id: int) -> PayoutView:
    """Raises Unknown."""
    row = Payout.objects.filter(pk=payout_id).first()
    if row is None:
        raise Unknown(f"payout {payout_id}")
    return PayoutView(
        **{name: getattr(row, name) for name in PayoutView.__dataclass_fields__ if name != "id"}, id=row.pk
    )


def is_recorded(reference: str) -> bool:
    """Whether money went out under this reference of the bank's already. Of two who record one at one moment the second waits
    here, and then sees the first."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"bank-payment/{reference}"])
    return BankPayment.objects.filter(pk=reference).exists()


def record(reference: str) -> None:
    """Notes the reference, in the caller's transaction; the database refuses it a second time."""
    BankPayment.objects.create(pk=reference)

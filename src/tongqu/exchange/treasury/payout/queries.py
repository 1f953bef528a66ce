"""What others may read of payouts. Frozen answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.treasury.payout.models import Payout


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

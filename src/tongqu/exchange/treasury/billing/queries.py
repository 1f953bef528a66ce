"""What others may read of bills. Frozen answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.treasury.billing.models import Bill


@dataclass(frozen=True)
class BillView:
    """A bill with its statement lines. Micro-yuan are exact, fen are charged."""

    id: int
    state: str
    transfer_id: int
    contract_id: int
    consumer_id: int
    provider_id: int
    name: str
    price_kind: str
    units: int
    price_micro_yuan: int | None
    metered_micro_yuan: int
    carried_in_micro_yuan: int
    carried_out_micro_yuan: int
    fen: int
    lines: Sequence[dict[str, Any]]


def bill(bill_id: int) -> BillView:
    """Raises Unknown."""
    return _view(Bill.objects.filter(pk=bill_id).first(), f"bill {bill_id}")


def bill_of(transfer_id: int) -> BillView:
    """Raises Unknown."""
    return _view(Bill.objects.filter(transfer_id=transfer_id).first(), f"transfer {transfer_id}")


def _view(row: Bill | None, what: str) -> BillView:
    if row is None:
        raise Unknown(what)
    return BillView(**{name: getattr(row, name) for name in BillView.__dataclass_fields__ if name != "id"}, id=row.pk)

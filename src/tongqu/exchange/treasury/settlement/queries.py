"""What others may read of settlements. Frozen answers."""

from __future__ import annotations

from dataclasses import dataclass

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.treasury.settlement.models import Settlement


@dataclass(frozen=True)
class SettlementView:
    """Whole fen. `charged_fen` and `fee_fen` are None until release."""

    id: int
    state: str
    negotiation_id: int
    consumer_id: int
    provider_id: int
    total_fen: int
    charged_fen: int | None
    fee_fen: int | None
    name: str


def settlement(settlement_id: int) -> SettlementView:
    """Raises Unknown."""
    return _view(Settlement.objects.filter(pk=settlement_id).first(), f"settlement {settlement_id}")


def settlement_of(negotiation_id: int) -> SettlementView:
    """Raises Unknown."""
    return _view(Settlement.objects.filter(negotiation_id=negotiation_id).first(), f"negotiation {negotiation_id}")


def awaiting(consumer_id: int) -> list[SettlementView]:
    """Deals of a consumer that wait for money, the oldest first."""
    rows = Settlement.objects.filter(consumer_id=consumer_id, state="awaiting_funds").order_by("pk")
    return [_view(row, "") for row in rows]


def _view(row: Settlement | None, what: str) -> SettlementView:
    if row is None:
        raise Unknown(what)
    return SettlementView(**{name: getattr(row, name) for name in SettlementView.__dataclass_fields__ if name != "id"}, id=row.pk)

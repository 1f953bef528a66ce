"""Settlement: hold, release and refund of a deal's money."""

from tongqu.exchange.treasury.settlement.entries import available, proceeds
from tongqu.exchange.treasury.settlement.procedure import SETTLEMENT
from tongqu.exchange.treasury.settlement.queries import Fee, SettlementView, awaiting, fee, settlement, settlement_of

__all__ = [
    "SETTLEMENT", "Fee", "SettlementView", "available", "awaiting", "fee", "proceeds", "settlement", "settlement_of",
]  # fmt: skip

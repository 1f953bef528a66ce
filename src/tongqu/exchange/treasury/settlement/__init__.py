"""Settlement: hold, release and refund of a deal's money."""

from tongqu.exchange.treasury.settlement.entries import available, proceeds
from tongqu.exchange.treasury.settlement.procedure import SETTLEMENT
from tongqu.exchange.treasury.settlement.queries import SettlementView, awaiting, settlement, settlement_of

__all__ = ["SETTLEMENT", "SettlementView", "available", "awaiting", "proceeds", "settlement", "settlement_of"]

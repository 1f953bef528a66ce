"""Data assets of enterprises: inventory, cost ledger, recognition, disclosure, indicative values."""

from tongqu.exchange.registry.assets import printing as memos
from tongqu.exchange.registry.assets import queries as books
from tongqu.exchange.registry.assets import steps
from tongqu.exchange.registry.assets.entries import Carried
from tongqu.exchange.registry.assets.inputs import AssetClass, CostItem, Treatment, Way
from tongqu.exchange.registry.assets.printing import METHODS, NOT_BOOKED
from tongqu.exchange.registry.assets.procedure import (
    ASSET_RECOGNITION,
    COST_VALUATION,
    DATA_ASSET,
    INCOME_VALUATION,
    MARKET_VALUATION,
    PLATFORM_INVOICE,
    VALUATIONS,
)
from tongqu.exchange.registry.assets.queries import AssetView, Disclosure, Figures, Line, Lines

__all__ = [
    "ASSET_RECOGNITION", "COST_VALUATION", "DATA_ASSET", "INCOME_VALUATION", "MARKET_VALUATION", "METHODS", "NOT_BOOKED",
    "PLATFORM_INVOICE", "VALUATIONS", "AssetClass", "AssetView", "Carried", "CostItem", "Disclosure", "Figures", "Line",
    "Lines", "Treatment", "Way", "books", "memos", "steps",
]  # fmt: skip

"""Listings: products declared, reviewed and published."""

from tongqu.exchange.registry.catalogue import Purpose
from tongqu.exchange.trading.listings.declared import Declared
from tongqu.exchange.trading.listings.inputs import (
    DECLARED_USE,
    RAW,
    Charge,
    DataClass,
    Mode,
    Personal,
    total_fen,
)
from tongqu.exchange.trading.listings.procedure import LISTING
from tongqu.exchange.trading.listings.queries import (
    ListingView,
    affected,
    instruction_text,
    listing,
    offered,
    published,
    standing_holds,
)
from tongqu.exchange.trading.listings.rules import Basis, Venue, venue_basis
from tongqu.exchange.trading.listings.undeclared import OPERATION_OVER
from tongqu.exchange.trading.listings.usage import Terms

__all__ = [
    "DECLARED_USE", "LISTING", "OPERATION_OVER", "RAW", "Basis", "Charge", "DataClass", "Declared", "ListingView", "Mode", "Personal", "Purpose",
    "Terms", "Venue", "affected",
    "instruction_text", "listing",
    "offered", "published", "standing_holds", "total_fen", "venue_basis",
]  # fmt: skip

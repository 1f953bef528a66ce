"""Listings: products declared, reviewed and published."""

from tongqu.exchange.trading.listings.procedure import LISTING
from tongqu.exchange.trading.listings.queries import ListingView, listing, published, standing_holds
from tongqu.exchange.trading.listings.rules import Venue, venue_basis

__all__ = ["LISTING", "ListingView", "Venue", "listing", "published", "standing_holds", "venue_basis"]

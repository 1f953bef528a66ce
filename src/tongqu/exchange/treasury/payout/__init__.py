"""Payout: a party takes its money out to its own bank account; two people of finance stand between."""

from tongqu.exchange.treasury.payout.procedure import PAYOUT
from tongqu.exchange.treasury.payout.queries import PayoutView, is_recorded, payout, record

__all__ = ["PAYOUT", "PayoutView", "is_recorded", "payout", "record"]

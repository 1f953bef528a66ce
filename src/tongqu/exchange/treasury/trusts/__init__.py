"""Trusts' money: what terms take of proceeds is held, divided among mandates, and claimed by the persons who gave them."""

from tongqu.exchange.treasury.trusts.entries import Cut, cuts
from tongqu.exchange.treasury.trusts.procedure import TRUST_CLAIM, TRUST_DISTRIBUTION
from tongqu.exchange.treasury.trusts.queries import (
    TrustFigures,
    TrustFunds,
    TrustMoney,
    audit,
    figures,
    funds,
    money_of,
    to_divide,
)

__all__ = [
    "TRUST_CLAIM", "TRUST_DISTRIBUTION", "Cut", "TrustFigures", "TrustFunds", "TrustMoney", "audit", "cuts", "figures",
    "funds", "money_of", "to_divide",
]  # fmt: skip

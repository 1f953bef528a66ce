"""The tables of this floor, gathered for Django from its modules."""

from tongqu.exchange.treasury.billing.models import Bill, Residue
from tongqu.exchange.treasury.deposits.models import BankFault, Deposit
from tongqu.exchange.treasury.payout.models import BankPayment, Payout
from tongqu.exchange.treasury.settlement.models import Settlement
from tongqu.exchange.treasury.sharing.models import Distribution, SharePlan
from tongqu.exchange.treasury.trusts.models import TrustClaim, TrustDistribution, TrustEntitlement

__all__ = [
    "BankFault",
    "BankPayment",
    "Bill",
    "Deposit",
    "Distribution",
    "Payout",
    "Residue",
    "Settlement",
    "SharePlan",
    "TrustClaim",
    "TrustDistribution",
    "TrustEntitlement",
]

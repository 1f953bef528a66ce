"""The tables of this floor, gathered for Django from its modules."""

from tongqu.exchange.treasury.billing.models import Bill, Residue
from tongqu.exchange.treasury.deposits.models import BankFault, Deposit
from tongqu.exchange.treasury.payout.models import Payout
from tongqu.exchange.treasury.settlement.models import Settlement
from tongqu.exchange.treasury.sharing.models import Distribution, SharePlan

__all__ = ["BankFault", "Bill", "Deposit", "Distribution", "Payout", "Residue", "Settlement", "SharePlan"]

"""Billing: statements become bills, rounded once, the residue carried."""

from tongqu.exchange.treasury.billing.entries import Charge, by_call, fixed
from tongqu.exchange.treasury.billing.procedure import BILL
from tongqu.exchange.treasury.billing.queries import BillView, bill, bill_of

__all__ = ["BILL", "BillView", "Charge", "bill", "bill_of", "by_call", "fixed"]

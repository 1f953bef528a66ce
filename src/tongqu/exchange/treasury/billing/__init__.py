"""Billing: statements become bills, rounded once, the residue carried."""

from tongqu.exchange.treasury.billing.entries import Charge, by_call, fixed
from tongqu.exchange.treasury.billing.procedure import BILL
from tongqu.exchange.treasury.billing.queries import BillView, Breakdown, bill, bill_of, breakdown

__all__ = ["BILL", "BillView", "Breakdown", "Charge", "bill", "bill_of", "breakdown", "by_call", "fixed"]

"""Sharing: proceeds to those who contributed, by agreed basis points; the odd fen has an owner."""

from tongqu.exchange.treasury.sharing.procedure import DISTRIBUTION, SHARE_PLAN
from tongqu.exchange.treasury.sharing.queries import DistributionView, distribution_of, plan_before, plan_in_force

__all__ = ["DISTRIBUTION", "SHARE_PLAN", "DistributionView", "distribution_of", "plan_before", "plan_in_force"]

"""Pledges of registered rights and rights in custody: two-sided, ranked by time, and frozen against transfer while they stand."""

from tongqu.exchange.registry.pledges.procedure import RIGHT_PLEDGE
from tongqu.exchange.registry.pledges.queries import PledgeView, burdened, one_by_one, standing

__all__ = ["RIGHT_PLEDGE", "PledgeView", "burdened", "one_by_one", "standing"]

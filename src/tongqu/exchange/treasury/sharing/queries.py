"""What others may read of shares. Frozen answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tongqu.exchange.treasury.sharing.models import Distribution, SharePlan


@dataclass(frozen=True)
class DistributionView:
    """One release shared out; `parts` sum to `fen`."""

    id: int
    settlement_id: int
    provider_id: int
    plan_id: int | None
    fen: int
    parts: Sequence[dict[str, Any]]


def distribution_of(settlement_id: int) -> DistributionView | None:
    row = Distribution.objects.filter(settlement_id=settlement_id).first()
    if row is None:
        return None
    return DistributionView(row.pk, settlement_id, row.provider_id, row.plan_id, row.fen, row.parts)


def plan_in_force(listing_id: int) -> Sequence[dict[str, Any]]:
    """The shares of a product's plan, or none."""
    row = SharePlan.objects.filter(listing_id=listing_id, state="in_force").first()
    return row.shares if row else []


def plan_before(plan_id: int) -> int | None:
    """The plan in force that this one would replace."""
    row = SharePlan.objects.get(pk=plan_id)
    return SharePlan.objects.filter(listing_id=row.listing_id, state="in_force").values_list("pk", flat=True).first()

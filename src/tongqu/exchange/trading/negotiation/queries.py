"""What others may read of negotiations. Frozen answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.trading.negotiation.models import Negotiation


@dataclass(frozen=True)
class NegotiationView:
    """A negotiation: the terms on the table, and the signed text once there is one."""

    id: int
    state: str
    consumer_id: int
    provider_id: int
    listing_id: int
    terms: Mapping[str, Any]
    rounds: int
    text: Mapping[str, Any] | None
    text_digest: str
    provider_signature: Mapping[str, Any] | None
    consumer_signature: Mapping[str, Any] | None


def negotiation(negotiation_id: int) -> NegotiationView:
    """Raises Unknown."""
    row = Negotiation.objects.filter(pk=negotiation_id).first()
    if row is None:
        raise Unknown(f"negotiation {negotiation_id}")
    return NegotiationView(
        **{name: getattr(row, name) for name in NegotiationView.__dataclass_fields__ if name != "id"}, id=row.pk
    )

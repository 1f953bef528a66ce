"""Who may open the data of a share request: the two departments alone, and the requester only while its use lasts."""

from __future__ import annotations

from tongqu.exchange.bedrock.procedures import Actor
from tongqu.exchange.registry.provision.models import ShareRequest

USING = frozenset({"provided", "questioned", "in_use", "renewing"})


def opens(request: ShareRequest, by: Actor) -> bool:
    """Offices see that and how data was provided; the data is not theirs."""
    if by.party is None:
        return False
    return by.party == request.provider_id or (by.party == request.requester_id and request.state in USING)

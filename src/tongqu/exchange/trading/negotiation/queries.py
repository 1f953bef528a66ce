"""What others may read of negotiations. Frozen answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.questions import Question, query
from tongqu.exchange.bedrock.rows import finding
from tongqu.exchange.trading import listings
from tongqu.exchange.trading.negotiation.acts import published, text_of, within
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


def text_to_sign(negotiation_id: int) -> Mapping[str, Any]:
    """The agreement that the next signature is for: fixed once the provider has signed, before that what it would sign.

    Sign its canonical bytes. Raises Unknown for a negotiation without terms that could be signed now.
    """
    row = Negotiation.objects.filter(pk=negotiation_id).first()
    if row is None or (row.text is None and row.state not in {"requested", "accepted"}):
        raise Unknown(f"negotiation {negotiation_id}/text")
    return row.text if row.text is not None else text_of(row)


def text_for(negotiation_id: int, party: int | None) -> Mapping[str, Any] | None:
    """The text to sign as a party that sees the negotiation may read it: until the provider has signed, the provider alone."""
    row = Negotiation.objects.filter(pk=negotiation_id).first()
    if row is None or (row.text is None and party != row.provider_id):
        return None
    try:
        return text_to_sign(negotiation_id)
    except Unknown:
        return None


def house_agrees(negotiation_id: int) -> bool:
    """Whether the house is about to agree for the provider: an instruction that stood at the request covers its terms."""
    row = Negotiation.objects.filter(pk=negotiation_id, state="requested", rounds=1).first()
    if row is None:
        return False
    product = listings.listing(row.listing_id)
    if product.standing is None or not within(row.terms, published(product)):
        return False
    since = datetime.fromisoformat(product.standing["signature"]["at"])
    return since <= row.begun_at and listings.standing_holds(product)


@query
def negotiation(negotiation_id: int) -> Question[NegotiationView]:
    """Raises Unknown."""
    return finding(Negotiation, id=negotiation_id).then(lambda row: _view(row, negotiation_id))


def _view(row: Negotiation | None, negotiation_id: int) -> NegotiationView:
    if row is None:
        raise Unknown(f"negotiation {negotiation_id}")
    return NegotiationView(
        **{name: getattr(row, name) for name in NegotiationView.__dataclass_fields__ if name != "id"}, id=row.pk
    )

"""The steps of a negotiation: terms go back and forth, then one text is fixed and signed by both."""

from __future__ import annotations

from typing import Any

from tongqu.exchange.bedrock.procedures import Done, Matter, NeedsSecondFactor, local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import credentials, parties
from tongqu.exchange.registry import ownership
from tongqu.exchange.trading import listings
from tongqu.exchange.trading.negotiation import agreement
from tongqu.exchange.trading.negotiation.models import Negotiation
from tongqu.exchange.trading.negotiation.rules import Deal
from tongqu.wire.canonical import canonical, digest


def request(matter: Matter) -> Done:
    """The consumer asks for a published product, on its terms or on others."""
    product = listings.listing(matter.inputs.listing)
    row: Negotiation = matter.subject
    row.consumer_id, row.provider_id, row.listing_id = matter.by.party, product.provider_id, product.id
    row.terms = _merged(_published(product), matter.inputs)
    return Done({"listing": product.id, "terms": row.terms, "as_published": _within(row.terms, _published(product))})


def table(matter: Matter) -> Done:
    """A new offer or counter-offer replaces the terms on the table."""
    row: Negotiation = matter.subject
    row.terms = _merged(row.terms, matter.inputs)
    row.rounds += 1
    return Done({"terms": row.terms, "round": row.rounds})


def agree(matter: Matter) -> Done:
    """Fixes the text and signs it for the provider: by its own key, its kept key, or its standing instruction."""
    row: Negotiation = matter.subject
    row.text = _text(row, matter)
    row.text_digest = digest(row.text)
    if matter.by.kind == "clock":
        product = listings.listing(row.listing_id)
        assert product.standing is not None
        row.provider_signature = {"standing": dict(product.standing)}
    else:
        row.provider_signature = _signed(row.text, matter)
    return Done({"text": row.text_digest, "total_fen": row.terms["total_fen"], "provider_signature": row.provider_signature})


def verify(matter: Matter) -> Done:
    """The consumer's signature on the same text. Raises credentials.BadSignature when the text was changed."""
    row: Negotiation = matter.subject
    if digest(row.text) != row.text_digest:
        raise credentials.BadSignature(Words("协议文本与提供方签署时不同", "The text is not the one the provider signed"))
    row.consumer_signature = _signed(row.text, matter)
    return Done({"text": row.text_digest, "total_fen": row.terms["total_fen"], "consumer_signature": row.consumer_signature})


def give_reason(matter: Matter) -> Done:
    matter.subject.ended_reason = matter.inputs.reason
    return Done()


def lapse(matter: Matter) -> Done:
    matter.subject.ended_reason = "期限内未答复 / no answer in time"
    return Done()


def seen(matter: Matter) -> Deal:
    """The deal as the rules judge it, with the terms this act would put on the table."""
    row: Negotiation = matter.subject
    if matter.act == "begin":
        product = listings.listing(matter.inputs.listing)
        consumer_id, terms = matter.by.party, _merged(_published(product), matter.inputs)
    else:
        product = listings.listing(row.listing_id)
        consumer_id, terms = row.consumer_id, _merged(row.terms, matter.inputs)
    consumer, provider = parties.organisation(consumer_id), parties.organisation(product.provider_id)
    right = ownership.right(product.registration_id) if product.registration_id else None
    asked_price = getattr(matter.inputs, "price_fen", None), getattr(matter.inputs, "price_micro_yuan", None)
    return Deal(
        on=local_day(matter.at),
        product_on_sale=product.state == "published",
        self_deal=consumer_id == product.provider_id,
        related=consumer_id != product.provider_id and parties.related(consumer_id, product.provider_id),
        identities_verified=consumer.state == "admitted" and provider.state == "admitted",
        purposes_asked=frozenset(terms["purposes"]),
        purposes_permitted=frozenset(product.terms["purposes"]),
        right_valid=right is None or right.valid_at(matter.at),
        price_kind_fits=(asked_price[0] is None or product.price_kind == "fixed")
        and (asked_price[1] is None or product.price_kind == "call"),
        public_price_ceiling_fen=None,
        total_fen=terms["total_fen"],
    )


def _published(product: listings.ListingView) -> dict[str, Any]:
    return {
        **product.terms,
        "name": product.name,
        "price_kind": product.price_kind,
        "price_micro_yuan": product.price_micro_yuan,
        "price_fen": product.price_fen,
        "total_fen": product.total_fen,
    }


def _within(terms: dict[str, Any], published: dict[str, Any]) -> bool:
    """Whether the terms ask for no more than is published, at the published price: a standing instruction covers them."""
    return (
        set(terms["purposes"]) <= set(published["purposes"])
        and terms["calls_max"] <= published["calls_max"]
        and terms["period_days"] <= published["period_days"]
        and all(terms[name] == published[name] for name in ("price_kind", "price_micro_yuan", "price_fen"))
    )


def _merged(terms: dict[str, Any], inputs: Any) -> dict[str, Any]:
    """The terms with what the inputs name replaced, and the total that follows."""
    merged = dict(terms)
    for name in ("purposes", "calls_max", "period_days", "price_micro_yuan", "price_fen"):
        value = getattr(inputs, name, None)
        if value is not None:
            merged[name] = [p.value for p in value] if name == "purposes" else value
    if getattr(inputs, "note", ""):
        merged["note"] = inputs.note
    if merged["price_kind"] == "call":
        merged["total_fen"] = -(-int(merged["price_micro_yuan"]) * int(merged["calls_max"]) // 10_000)
    else:
        merged["total_fen"] = int(merged["price_fen"])
    return merged


def _text(row: Negotiation, matter: Matter) -> dict[str, Any]:
    product = listings.listing(row.listing_id)
    consumer, provider = parties.organisation(row.consumer_id), parties.organisation(row.provider_id)
    right = ownership.right(product.registration_id) if product.registration_id else None
    basis = listings.venue_basis(
        listings.Venue(
            on=local_day(matter.at), venue="on-exchange", public_data=product.public_data,
            personal=product.personal in {"general", "sensitive"}, buyer_kind=consumer.kind, simple_clear=right is not None,
        )
    )
    return agreement.text(
        negotiation=row.pk,
        parties={
            "consumer": {"id": consumer.id, "name": consumer.name, "credit_code": consumer.credit_code},
            "provider": {"id": provider.id, "name": provider.name, "credit_code": provider.credit_code},
        },
        product={
            "listing": product.id, "name": product.name, "mode": product.mode, "resource": product.resource_id,
            "registration": right.code if right else None, "source": product.source_statement,
            "data_class": product.data_class, "personal": product.personal,
        },
        terms=row.terms,
        venue=[[strength, cite, words.zh] for strength, cite, words in basis],
        related=parties.related(row.consumer_id, row.provider_id),
        at=matter.at,
    )


def _signed(text: dict[str, Any], matter: Matter) -> dict[str, Any]:
    message = canonical(text)
    if matter.inputs.signature:
        return credentials.check_own(matter.by.party, message, matter.inputs.signature, at=matter.at).plain()
    if not matter.by.second_factor:
        raise NeedsSecondFactor()
    return credentials.sign(message, matter.by, at=matter.at).plain()

"""The steps of a negotiation: terms go back and forth, then one text is fixed and signed by both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import Done, Matter, NeedsSecondFactor, local_day
from tongqu.exchange.bedrock.questions import answers
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import credentials, parties
from tongqu.exchange.registry import authorisation, grading, ownership
from tongqu.exchange.trading import listings
from tongqu.exchange.trading.listings import total_fen
from tongqu.exchange.trading.negotiation import agreement
from tongqu.exchange.trading.negotiation.models import Negotiation
from tongqu.exchange.trading.negotiation.rules import Deal
from tongqu.wire.canonical import canonical, digest
from tongqu.wire.constraints import CallsAtMost, ForDays, ForPurposes, RequestsAMinute
from tongqu.wire.policy import differences

# Acts after the provider's signature, and the states of a product whose sale somebody else has stopped.
SIGNED = frozenset({"verify", "finalize"})
STOPPED = frozenset({"suspended", "blocked"})


def request(matter: Matter) -> Done:
    """The consumer asks for a published product, on its terms or on others."""
    product = matter.known.product
    row: Negotiation = matter.subject
    row.consumer_id, row.provider_id, row.listing_id = int(matter.by.party or 0), product.provider_id, product.id
    row.terms_before = published(product)
    row.terms = _merged(row.terms_before, matter.inputs)
    return Done({"listing": product.id, "terms": row.terms, "as_published": within(row.terms, published(product))})


def table(matter: Matter) -> Done:
    """A new offer or counter-offer replaces the terms on the table."""
    row: Negotiation = matter.subject
    row.terms_before, row.terms = row.terms, _merged(row.terms, matter.inputs)
    row.rounds += 1
    return Done({"terms": row.terms, "round": row.rounds})


def agree(matter: Matter) -> Done:
    """Fixes the text and signs it for the provider: by its own key, its kept key, or its standing instruction."""
    row: Negotiation = matter.subject
    row.text = text_of(row, matter.known)
    row.text_digest = digest(row.text)
    if matter.by.kind == "clock":
        standing = matter.known.product.standing
        assert standing is not None  # a rule of this act asks for it
        row.provider_signature = {"standing": dict(standing)}
    else:
        row.provider_signature = _signed(row.text, matter)
    return Done(
        {"text": row.text_digest, "total_fen": row.terms["total_fen"], "provider_signature": row.provider_signature}
    )


def verify(matter: Matter) -> Done:
    """The consumer's signature on the same text. Raises credentials.BadSignature when the text was changed."""
    row: Negotiation = matter.subject
    assert row.text is not None
    if digest(row.text) != row.text_digest:
        raise credentials.BadSignature(
            Words("协议文本与提供方签署时不同", "The text is not the one the provider signed")
        )
    row.consumer_signature = _signed(row.text, matter)
    return Done(
        {"text": row.text_digest, "total_fen": row.terms["total_fen"], "consumer_signature": row.consumer_signature}
    )


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
        consumer_id, terms = matter.by.party or 0, _merged(published(product), matter.inputs)
    else:
        product = listings.listing(row.listing_id)
        consumer_id, terms = row.consumer_id, _merged(row.terms, matter.inputs)
    matter.known = ground = _ground(product, consumer_id, local_day(matter.at))
    standing = matter.by.kind == "clock" and matter.act == "agree"
    asked_price = getattr(matter.inputs, "price_fen", None), getattr(matter.inputs, "price_micro_yuan", None)
    return Deal(
        on=ground.on,
        product_on_sale=product.state not in STOPPED if matter.act in SIGNED else product.state == "published",
        self_deal=consumer_id == product.provider_id,
        related=consumer_id != product.provider_id and ground.consumer.related_to(ground.provider),
        identities_verified=ground.consumer.state == "admitted" and ground.provider.state == "admitted",
        purposes_asked=frozenset(terms["purposes"]),
        purposes_permitted=frozenset(product.terms["purposes"]),
        right_valid=ground.right is None or ground.right.valid_at(matter.at),
        price_kind_fits=(asked_price[0] is None or product.price_kind == "fixed")
        and (asked_price[1] is None or product.price_kind == "call"),
        class_permits=listings.Declared(
            product.mode, product.personal, consented=bool(product.terms.get("consent_kinds"))
        ).permitted(ground.graded, on=ground.on),
        total_fen=terms["total_fen"],
        loosened=_loosened(terms, published(product), product.mode),
        regions_unknown=tuple(
            code for code in terms.get("regions", ()) if parties.divisions.division(code, on=ground.on) is None
        ),
        recipients_wrong=tuple(code for code in terms.get("recipients", ()) if not _is_credit_code(code)),
        recipients_too_many=len(terms.get("recipients", ())) > int(product.terms.get("recipients_max", 0)),
        redevelops=_redevelops(product, ground, terms),
        by_standing_instruction=standing,
        standing_covers=not standing or (within(terms, published(product)) and listings.standing_holds(product)),
    )


def _redevelops(product: listings.ListingView, ground: Ground, terms: dict[str, Any]) -> tuple[str, ...]:
    """Who of the consumer and its recipients belongs to the group of the operator whose public-data product this is."""
    if not product.public_data:
        return ()
    joined = ground.provider.joined | {ground.provider.credit_code}
    found = [ground.consumer.name] if ground.consumer.related_to(ground.provider) else []
    found += [code for code in terms.get("recipients", ()) if code in joined]
    return tuple(found) if found and authorisation.operated_by(product.provider_id) is not None else ()


NEGOTIABLE = frozenset(kind.LEFT for kind in (ForPurposes, CallsAtMost, ForDays, RequestsAMinute))
"""Quantities, which the provider may grant beyond what it published; and purposes, which have a rule of their own."""


def _loosened(terms: dict[str, Any], offered: dict[str, Any], mode: str) -> tuple[Words, ...]:
    """What of the offer's conditions the terms would loosen: those that the provider set for whoever buys."""
    before, after = (agreement.offer(each, mode=mode) for each in (offered, terms))
    return tuple(
        Words(each.was.zh, each.was.en)
        for each in differences(before, after, agreement.NAMES)
        if each.direction != "tighter" and each.was is not None and each.term not in NEGOTIABLE
    )


def _is_credit_code(code: str) -> bool:
    try:
        parties.credit_code.checked(code)
    except parties.credit_code.BadCreditCode:
        return False
    return True


@dataclass(frozen=True)
class Ground:
    """What a deal stands on, as read for a day: the product, its parties, the right behind it, the grading of its data."""

    on: date
    product: listings.ListingView
    consumer: parties.OrganisationView
    provider: parties.OrganisationView
    right: ownership.RightView | None
    graded: grading.GradingView | None


def _ground(product: listings.ListingView, consumer_id: int, on: date) -> Ground:
    both = parties.organisations.asked({consumer_id, product.provider_id}, on=on)
    of = grading.in_force.asked(product.resource_id)
    if product.registration_id:
        known, graded, right = answers(both, of, ownership.right.asked(product.registration_id))
    else:
        (known, graded), right = answers(both, of), None
    return Ground(on, product, known[consumer_id], known[product.provider_id], right, graded)


def published(product: listings.ListingView) -> dict[str, Any]:
    return {
        **product.terms,
        "name": product.name,
        "price_kind": product.price_kind,
        "price_micro_yuan": product.price_micro_yuan,
        "price_fen": product.price_fen,
        "total_fen": product.total_fen,
    }


BEYOND_THE_FORM = ("regions", "recipients", "group_min", "delete_within_days")
"""What a negotiation can change besides purposes, quantities and price."""


def within(terms: dict[str, Any], published: dict[str, Any]) -> bool:
    """Whether the terms ask for no more than is published, at the published price: a standing instruction covers them.

    A note is a wish that somebody must read, so nobody agreed to it in advance.
    """
    return (
        not terms.get("note")
        and set(terms["purposes"]) <= set(published["purposes"])
        and terms["calls_max"] <= published["calls_max"]
        and terms["period_days"] <= published["period_days"]
        and all(terms.get(name) == published.get(name) for name in BEYOND_THE_FORM)
        and all(terms[name] == published[name] for name in ("price_kind", "price_micro_yuan", "price_fen"))
    )


def _merged(terms: dict[str, Any], inputs: Any) -> dict[str, Any]:
    """The terms with what the inputs name replaced, and the total that follows."""
    merged = dict(terms)
    for name in ("purposes", "calls_max", "period_days", "price_micro_yuan", "price_fen"):
        value = getattr(inputs, name, None)
        if value is not None:
            merged[name] = list(dict.fromkeys(p.value for p in value)) if name == "purposes" else value
    if recipients := getattr(inputs, "recipients", ()):
        merged["recipients"] = list(dict.fromkeys(code.upper() for code in recipients))
    for name in ("regions", "group_min", "delete_within_days"):
        if value := getattr(inputs, name, None):
            merged[name] = value
    if getattr(inputs, "note", ""):
        merged["note"] = inputs.note
    if merged["price_kind"] == "call":
        merged["total_fen"] = total_fen(int(merged["calls_max"]), int(merged["price_micro_yuan"]))
    else:
        merged["total_fen"] = int(merged["price_fen"])
    return merged


def text_of(row: Negotiation, known: Ground | None = None) -> dict[str, Any]:
    """The agreement on the terms on the table. It follows from them alone, so who signs with an own key knows it before.

    `known` spares reading what was read already, when it was for the day on which the terms came on the table.
    """
    on = local_day(row.changed_at)
    if known is None or known.on != on:
        known = _ground(listings.listing(row.listing_id), row.consumer_id, on)
    product, consumer, provider, right = known.product, known.consumer, known.provider, known.right
    basis = listings.venue_basis(
        listings.Venue(
            on=on, venue="on-exchange", public_data=product.public_data,
            personal=product.personal in {"general", "sensitive"}, buyer_kind=consumer.kind, simple_clear=right is not None,
        )
    )  # fmt: skip
    return agreement.text(
        negotiation=row.pk,
        between={
            "consumer": {"id": consumer.id, "name": consumer.name, "credit_code": consumer.credit_code},
            "provider": {"id": provider.id, "name": provider.name, "credit_code": provider.credit_code},
        },
        product={
            "listing": product.id, "name": product.name, "mode": product.mode, "resource": product.resource_id,
            "registration": right.code if right else None, "source": product.source_statement,
            "data_class": product.data_class, "personal": product.personal,
        },
        terms=row.terms,
        venue=[agreement.venue_entry(one.strength, one.cite, one.words, one.mark) for one in basis],
        template_mark=law.cite(agreement.TEMPLATE_CITE).label,
        related=consumer.related_to(provider),
        tabled_at=row.changed_at,
    )  # fmt: skip


def _signed(text: dict[str, Any], matter: Matter) -> dict[str, Any]:
    message = canonical(text)
    if matter.inputs.signature:
        return credentials.check_own(matter.by.party or 0, message, matter.inputs.signature, at=matter.at).plain()
    if not matter.by.second_factor:
        raise NeedsSecondFactor()
    return credentials.sign(message, matter.by, at=matter.at).plain()

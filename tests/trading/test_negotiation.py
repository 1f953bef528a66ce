"""A deal being made: who may sign what, when the ground under it goes, and money that must not be left behind."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from tests.registry.conftest import day
from tests.trading.dealing import DATASET, Market
from tongqu.exchange.bedrock import evidence, ledger
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import (
    HOUSE,
    NeedsSecondFactor,
    NotNow,
    NotYours,
    Refused,
    Unknown,
    begin,
    follow_flow,
    lift_hold,
    perform,
    place_hold,
)
from tongqu.exchange.flow import FLOW, READER
from tongqu.exchange.members import credentials
from tongqu.exchange.members.models import Mandate, Organisation
from tongqu.exchange.members.parties import ADMISSION
from tongqu.exchange.registry.models import Encumbrance
from tongqu.exchange.trading import listings, negotiation
from tongqu.exchange.trading.listings.models import Listing
from tongqu.exchange.trading.negotiation import NEGOTIATION
from tongqu.exchange.trading.negotiation.models import Negotiation
from tongqu.exchange.treasury import deposits, settlement
from tongqu.exchange.treasury.deposits import DEPOSIT
from tongqu.exchange.treasury.deposits.models import Deposit
from tongqu.exchange.treasury.settlement import SETTLEMENT
from tongqu.wire.canonical import canonical, digest
from tongqu.wire.seals import Ed25519Signer

pytestmark = pytest.mark.django_db


def cites(refused: Refused) -> set[str]:
    return {finding.rule for finding in refused.findings if finding.blocks}


def own_key(market: Market, name: str) -> Ed25519Signer:
    """A key of the party's own, and a mandate of its person, whom the key is of."""
    actor, signer = market.actor(name), Ed25519Signer.generate()
    assert actor.person is not None
    assert actor.party is not None
    Mandate.objects.create(
        state="in_force", begun_at=day(2026, 1, 5), changed_at=day(2026, 1, 5), person_id=actor.person,
        organisation_id=actor.party, roles=sorted(actor.roles), since_at=day(2026, 1, 5), until_at=day(2027, 1, 5),
    )  # fmt: skip
    text = credentials.possession_text(person=actor.person, organisation=actor.party, public=signer.public_bytes)
    credentials.register_own_key(
        by=actor, at=market.now, public=base64.b64encode(signer.public_bytes).decode(),
        proof=base64.b64encode(signer.sign(text)).decode(),
    )  # fmt: skip
    return signer


# Terms go back and forth.


def test_a_counter_offer_is_agreed_and_signed_by_both(market: Market) -> None:
    product = market.listed(DATASET)
    deal = market.ask(product, price_fen=90_000)
    market.talk("offer", deal, "supplier", price_fen=110_000)
    market.talk("counter", deal, price_fen=100_000, purposes=["risk-management", "research", "research"])
    market.talk("agree", deal, "supplier")
    market.talk("verify", deal)
    made = market.deal(deal)
    assert (made.state, made.rounds, made.terms["total_fen"]) == ("verified", 3, 100_000)
    assert made.terms["purposes"] == ["risk-management", "research"]
    for signature in (made.provider_signature, made.consumer_signature):
        credentials.verify(canonical(made.text), credentials.Signature.of(dict(signature or {})))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"purposes": ["energy-saving"]}, "purpose_is_stated"),
        ({"purposes": []}, "purpose_is_stated"),
        ({"price_fen": 100}, "price_kind_fits"),
        ({"calls_max": 10**9, "price_micro_yuan": 10**12}, "total_is_bounded"),
        ({"calls_max": 10**9, "price_micro_yuan": 10**6 + 1}, "total_is_bounded"),
    ],
)
def test_what_may_not_be_asked_for(market: Market, changes: dict[str, Any], rule: str) -> None:
    product = market.listed()
    with pytest.raises(Refused) as refused:
        market.ask(product, **changes)
    assert rule in cites(refused.value)
    assert Negotiation.objects.count() == 0


def test_an_offer_is_bounded_like_a_request(market: Market) -> None:
    deal = market.ask(market.listed(), calls_max=10**9)
    with pytest.raises(Refused) as refused:
        market.talk("offer", deal, "supplier", price_micro_yuan=10**12)
    assert cites(refused.value) == {"total_is_bounded"}
    with pytest.raises(BadInput):
        market.talk("offer", deal, "supplier", price_micro_yuan=-1)


def test_nobody_buys_from_itself(market: Market) -> None:
    Organisation.objects.filter(pk=market.party("supplier")).update(roles=["supplier", "buyer"])
    product = market.listed()
    with pytest.raises(Refused) as refused:
        begin(NEGOTIATION, by=market.actor("supplier", "buyer"), at=market.now, listing=product, purposes=["research"])
    assert cites(refused.value) == {"not_with_oneself"}


def test_a_stranger_in_the_right_role_signs_nothing(market: Market) -> None:
    deal = market.ask(market.listed())
    for by in ("rival", "grid"):
        with pytest.raises(NotYours):
            market.talk("agree", deal, by)
    market.talk("agree", deal, "supplier")
    for by in ("grid", "supplier"):
        with pytest.raises(NotYours):
            market.talk("verify", deal, by)


# Standing instructions.


def test_published_terms_are_agreed_at_once(market: Market) -> None:
    product = market.listed(standing=True)
    deal = market.deal(market.ask(product, calls_max=10, period_days=1))
    assert deal.state == "agreed"
    assert deal.provider_signature == {"standing": dict(market.product(product).standing or {})}


@pytest.mark.parametrize(
    "changes", [{"note": "含一次更新"}, {"calls_max": 1_001}, {"price_micro_yuan": 8_499}, {"period_days": 91}]
)
def test_more_than_the_published_terms_waits_for_the_provider(market: Market, changes: dict[str, Any]) -> None:
    """A note is a wish that somebody must read."""
    assert market.deal(market.ask(market.listed(standing=True), **changes)).state == "requested"


def test_an_instruction_recalled_before_the_house_took_it_up_agrees_to_nothing(market: Market) -> None:
    product = market.listed(standing=True)
    deal = begin(NEGOTIATION, by=market.actor("buyer"), at=market.now, listing=product, purposes=["research"]).subject
    perform(listings.LISTING, "recall", product, by=market.supplier, at=market.now)
    market.settle()
    assert market.deal(deal).state == "requested"
    with pytest.raises(Refused) as refused:
        perform(NEGOTIATION, "agree", deal, by=HOUSE, at=market.now)
    assert "standing_instruction_covers" in cites(refused.value)


def test_an_instruction_for_a_new_price_does_not_cover_the_old_one(market: Market) -> None:
    product = market.listed(standing=True)
    deal = begin(NEGOTIATION, by=market.actor("buyer"), at=market.now, listing=product, purposes=["research"]).subject
    supplier = market.actor("supplier")
    perform(listings.LISTING, "reprice", product, by=supplier, at=market.now, price_micro_yuan=9_000)
    perform(listings.LISTING, "instruct", product, by=supplier, at=market.now)
    market.settle()
    assert market.deal(deal).state == "requested"


# Signatures.


def test_a_kept_key_needs_the_second_factor_and_an_own_key_does_not(market: Market) -> None:
    deal = market.ask(market.listed())
    plain = market.actor("supplier", second_factor=False)
    with pytest.raises(NeedsSecondFactor):
        perform(NEGOTIATION, "agree", deal, by=plain, at=market.now)
    signer = own_key(market, "supplier")
    text = negotiation.text_to_sign(deal)
    market.later(minutes=7)  # who signs with an own key takes its time: the text must not depend on it
    signature = base64.b64encode(signer.sign(canonical(text))).decode()
    perform(NEGOTIATION, "agree", deal, by=plain, at=market.now, signature=signature)
    made = market.deal(deal)
    assert made.text == text
    assert made.text_digest == digest(text)
    assert (made.provider_signature or {})["kept_by"] == "party"


def test_a_signature_over_another_text_is_refused(market: Market) -> None:
    deal = market.ask(market.listed())
    signer = own_key(market, "supplier")
    text = {**negotiation.text_to_sign(deal), "negotiation": deal + 1}
    with pytest.raises(credentials.BadSignature):
        market.talk("agree", deal, "supplier", signature=base64.b64encode(signer.sign(canonical(text))).decode())
    assert market.deal(deal).state == "requested"


def test_a_text_changed_between_the_signatures_is_not_signed(market: Market) -> None:
    deal = market.ask(market.listed())
    market.talk("agree", deal, "supplier")
    row = Negotiation.objects.get(pk=deal)
    assert row.text is not None
    row.text["clauses"]["7-acceptance"]["inspection_days"] = 0
    Negotiation.objects.filter(pk=deal).update(text=row.text)
    with pytest.raises(credentials.BadSignature):
        market.talk("verify", deal)


def test_what_can_be_signed_is_shown_only_when_it_can(market: Market) -> None:
    deal = market.ask(market.listed())
    assert negotiation.text_to_sign(deal)["clauses"]["6-price"]["at_most_fen"] == 850
    market.talk("offer", deal, "supplier", price_micro_yuan=10_000)
    with pytest.raises(Unknown):
        negotiation.text_to_sign(deal)
    with pytest.raises(Unknown):
        negotiation.text_to_sign(10**9)


# What the text says.


def test_the_text_carries_the_note_the_marks_and_the_relation(market: Market) -> None:
    market.relate("mother", "supplier", day(2026, 1, 5))
    product = market.listed()
    deal = begin(
        NEGOTIATION, by=market.actor("mother"), at=market.now, listing=product, purposes=["research"], note="含一次更新"
    )
    assert "related_parties_are_flagged" in {advice["rule"] for advice in deal.advice}
    market.talk("agree", deal.subject, "supplier")
    text = market.deal(deal.subject).text or {}
    assert text["note"] == "含一次更新"
    assert text["related_parties"] is True
    assert "二手" in text["template_mark"]["zh"]
    marks = {one["cite"]: one["mark"] for one in text["venue"]}
    assert marks["SEED:10"] is None
    assert "二手" in marks["HB-TRADE"]["zh"]
    assert "8-protection" not in text["clauses"]


def test_a_relation_counts_on_the_day_of_the_deal_and_not_of_the_reading(market: Market) -> None:
    product = market.listed()
    market.relate("mother", "supplier", market.now + timedelta(days=1))
    deal = market.ask(product, "mother")
    market.talk("agree", deal, "supplier")
    assert (market.deal(deal).text or {})["related_parties"] is False


def test_personal_information_brings_the_duties_of_protection(market: Market) -> None:
    resource, registration = market.right()
    market.assessed(resource)
    deal = market.ask(market.on_sale(resource, registration, personal="general"))
    clause = negotiation.text_to_sign(deal)["clauses"]["8-protection"]
    assert (clause["cite"], clause["records_kept_years"]) == ("NDR:12", 3)


# The ground goes away on the way.


def seize(market: Market, product: int) -> None:
    market.act("note", int(market.product(product).registration_id or 0), market.now, kind="seized", text="法院查封")
    market.settle()


def test_a_right_frozen_after_the_first_signature_stops_the_second(market: Market) -> None:
    product = market.listed(standing=True)
    deal = market.ask(product)
    assert market.deal(deal).state == "agreed"
    seize(market, product)
    with pytest.raises(Refused) as refused:
        market.talk("verify", deal)
    assert cites(refused.value) == {"right_is_in_force", "product_is_on_sale"}


def test_a_right_frozen_while_money_is_awaited_ends_the_deal_and_holds_nothing(market: Market) -> None:
    product = market.listed(standing=True)
    deal = market.signed(product)
    assert market.claim(deal).state == "awaiting_funds"
    seize(market, product)
    market.pay_in("buyer", 100)
    assert market.deal(deal).state == "terminated"
    assert market.claim(deal).state == "refunded"
    assert market.money("buyer") == (10_000, 0)
    market.audited()


def test_a_provider_may_pause_its_product_without_taking_back_its_signature(market: Market) -> None:
    product = market.listed(standing=True)
    market.pay_in("buyer", 100)
    deal = market.ask(product)
    market.list("pause", product)
    market.talk("verify", deal)
    assert market.deal(deal).state == "finalized"


def test_no_money_is_held_for_a_suspended_party_until_it_is_back(market: Market) -> None:
    deal = market.signed(market.listed(standing=True))
    market.do(ADMISSION, "suspend", market.party("buyer"), "exchange", reason="资料过期")
    found = market.import_file(
        market.bank_lines(f"R1,2026-09-07,示例付款人,6222,100.00,{market.parties['buyer'].credit_code}")
    )
    assert (found.credited, found.unmatched) == (0, 1)  # a suspended party's money is for finance to place
    line = Deposit.objects.get()
    perform(
        DEPOSIT, "assign", line.pk, by=market.finance(), at=market.now, party=market.party("buyer"), reason="核对回单"
    )
    market.settle()
    assert market.claim(deal).state == "awaiting_funds"
    market.do(ADMISSION, "resume", market.party("buyer"), "exchange", reason="已更新")
    assert market.deal(deal).state == "finalized"


# Money is never left behind.


def test_a_deal_without_money_lapses_and_leaves_no_claim(market: Market) -> None:
    deal = market.signed(market.listed(standing=True))
    market.later(days=10)
    assert market.deal(deal).state == "terminated"
    assert market.claim(deal).state == "cancelled"
    market.pay_in("buyer", 100)
    assert market.money("buyer") == (10_000, 0)
    market.audited()


def test_a_deal_ended_before_the_house_opened_its_claim_leaves_nothing(market: Market) -> None:
    product = market.listed(standing=True)
    market.pay_in("buyer", 100)
    deal = market.ask(product)
    buyer = market.actor("buyer")
    perform(NEGOTIATION, "verify", deal, by=buyer, at=market.now)
    perform(NEGOTIATION, "terminate", deal, by=buyer, at=market.now, reason="改变主意")
    market.settle()
    assert market.money("buyer") == (10_000, 0)
    assert market.claim(deal).state == "cancelled"
    market.audited()


def test_a_deal_ended_between_hold_and_contract_gets_its_money_back(market: Market) -> None:
    product = market.listed(standing=True)
    market.pay_in("buyer", 100)
    deal = market.ask(product)
    buyer = market.actor("buyer")
    perform(NEGOTIATION, "verify", deal, by=buyer, at=market.now)
    while _claim(deal) != "held":
        assert step(market)
    perform(NEGOTIATION, "terminate", deal, by=buyer, at=market.now, reason="改变主意")
    market.settle()
    assert market.deal(deal).state == "terminated"
    assert market.claim(deal).state == "refunded"
    assert market.money("buyer") == (10_000, 0)
    market.audited()


def test_a_deal_under_a_hold_waits_and_goes_on_after_it(market: Market) -> None:
    product = market.listed(standing=True)
    deal = market.signed(product)
    hold = place_hold(NEGOTIATION, deal, by=market.actor("regulator"), at=market.now, ground="核查")
    market.settle()
    market.pay_in("buyer", 100)
    assert market.deal(deal).state == "verified"
    lift_hold(hold, by=market.actor("regulator"), at=market.now, reason="核查结束", table=NEGOTIATION)
    market.settle()
    assert market.deal(deal).state == "finalized"
    market.audited()


def step(market: Market) -> bool:
    """The keeper takes the next fact alone."""
    evidence.integrate(limit=100)
    return follow_flow(READER, FLOW, at=market.now, limit=1) > 0


MOVES = ("verify", "terminate", "pay", "step", "step", "lapse", "seize", "reserve")


@with_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.sampled_from(MOVES), min_size=3, max_size=12))
def test_however_it_goes_no_money_stays_held_without_a_contract(market: Market, moves: list[str]) -> None:
    """Parties, clocks, deposits and the keeper's own steps in any order: then the keeper catches up."""
    product = _product(market)
    name = f"buyer{len(market.parties)}"
    market.join(name, ("buyer",), f"91420100MB{len(market.parties):07d}")
    deal, paid = market.ask(product, name), 0
    assert market.deal(deal).state == "agreed"
    for move in moves:
        paid += move == "pay"
        _attempt(market, move, product, deal, name, paid)
    market.settle()
    state, claim, (free, held) = market.deal(deal).state, _claim(deal), market.money(name)
    assert market.stuck() == []
    assert ledger.audit() == []
    assert free + held == paid * 10_000
    assert (claim, held) in {
        "terminated": {(None, 0), ("cancelled", 0), ("refunded", 0)},
        "finalized": {("held", 850)},
        "verified": {("awaiting_funds", 0)} if not paid else set(),
        "agreed": {(None, 0)},
    }[state]


def _product(market: Market) -> int:
    """One product for all examples, on sale again whatever befell it in the one before."""
    if Listing.objects.count() == 0:
        return market.listed(standing=True)
    row = Listing.objects.get()
    for note in Encumbrance.objects.filter(lifted_at__isnull=True).values_list("pk", flat=True):
        market.act("lift_note", int(row.registration_id or 0), market.now, note=note, reason="解除")
    market.settle()
    if market.product(row.pk).state == "paused":
        market.list("unpause", row.pk)
    return int(row.pk)


def _claim(deal: int) -> str | None:
    try:
        return settlement.settlement_of(deal).state
    except Unknown:
        return None


def _attempt(market: Market, move: str, product: int, deal: int, name: str, paid: int) -> None:
    buyer, at = market.actor(name), market.now
    try:
        with transaction.atomic():
            if move == "verify":
                perform(NEGOTIATION, "verify", deal, by=buyer, at=at)
            elif move == "terminate":
                perform(NEGOTIATION, "terminate", deal, by=buyer, at=at, reason="改变主意")
            elif move == "lapse":
                perform(NEGOTIATION, "lapse", deal, by=HOUSE, at=at)
            elif move == "reserve" and _claim(deal) is not None:
                perform(SETTLEMENT, "reserve", market.claim(deal).id, by=HOUSE, at=at)
            elif move == "pay":
                line = f"P{deal}-{paid},2026-09-07,示例付款人,6222,100.00,{market.parties[name].credit_code}"
                deposits.import_bank_file(market.bank_lines(line), name="a.csv", by=market.finance(), at=at)
            elif move == "seize":
                market.act("note", int(market.product(product).registration_id or 0), at, kind="seized", text="查封")
    except (NotNow, Refused, ledger.Overdraft):
        return
    if move == "step":
        step(market)

"""A delivery under holds and suspensions: nobody loses the time or the right that the contract gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.trading.dealing import Market
from tongqu.exchange.bedrock.procedures import HOUSE, NotYours, Refused, lift_hold, perform, place_hold
from tongqu.exchange.trading import delivery
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.negotiation import NEGOTIATION

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(market: Market) -> int:
    """A deal with its delivery under way, paid for."""
    product = market.listed(standing=True)
    market.pay_in("buyer", 1_000)
    return market.signed(product)


def under_inspection(market: Market, deal: int) -> int:
    market.metered(deal, 10)
    transfer = market.transfer(deal).id
    market.do(TRANSFER, "stop", transfer, "buyer")
    perform(TRANSFER, "complete", transfer, by=HOUSE, at=market.now)
    return transfer


def test_a_hold_in_the_inspection_period_does_not_accept_for_the_buyer(market: Market, deal: int) -> None:
    transfer = under_inspection(market, deal)
    hold = place_hold(TRANSFER, transfer, by=market.actor("regulator"), at=market.now, ground="示例检查")
    market.later(days=20)
    lift_hold(hold, by=market.actor("regulator"), at=market.now, reason="示例解除", table=TRANSFER)
    market.later(hours=1)
    assert delivery.transfer(transfer).state == "completed"
    market.do(TRANSFER, "object", transfer, "buyer", reason="样本与约定不符")
    assert delivery.transfer(transfer).state == "objected"


def test_a_hold_on_a_funded_deal_only_delays_it(market: Market) -> None:
    """The step that waited is taken when the hold is lifted, not overtaken by the period for funding."""
    product = market.listed(standing=True)
    deal = market.ask(product)
    market.pay_in("buyer", 1_000)
    perform(NEGOTIATION, "verify", deal, by=market.actor("buyer"), at=market.now)
    hold = place_hold(NEGOTIATION, deal, by=market.actor("regulator"), at=market.now, ground="示例检查")
    market.later(days=60)
    assert market.deal(deal).state == "verified"
    assert market.claim(deal).state == "held"
    lift_hold(hold, by=market.actor("regulator"), at=market.now, reason="示例解除", table=NEGOTIATION)
    market.later(minutes=1)
    assert market.deal(deal).state == "finalized"


def test_a_suspended_buyer_still_guards_what_it_has_paid_for(market: Market, deal: int) -> None:
    transfer = under_inspection(market, deal)
    buyer = market.actor("buyer")
    suspended = replace(buyer, roles=frozenset(), dormant=buyer.roles)
    with pytest.raises(NotYours):
        perform(
            TRANSFER,
            "object",
            transfer,
            by=replace(suspended, dormant=frozenset()),
            at=market.now,
            reason="样本与约定不符",
        )
    perform(TRANSFER, "object", transfer, by=suspended, at=market.now, reason="样本与约定不符")
    assert delivery.transfer(transfer).state == "objected"


def test_a_provider_does_not_resume_what_the_regulator_suspended(market: Market, deal: int) -> None:
    transfer = market.transfer(deal).id
    market.do(TRANSFER, "suspend", transfer, "regulator", reason="示例检查")
    with pytest.raises(Refused) as refused:
        market.do(TRANSFER, "resume", transfer, "supplier")
    assert [finding.rule for finding in refused.value.findings if not finding.complies] == [
        "what_others_suspended_stays"
    ]
    market.do(TRANSFER, "resume", transfer, "regulator")
    market.do(TRANSFER, "suspend", transfer, "supplier", reason="节点维护")
    market.do(TRANSFER, "resume", transfer, "supplier")
    assert delivery.transfer(transfer).state == "started"


def test_a_freeze_that_comes_after_its_hold_was_lifted_freezes_nothing(market: Market, deal: int) -> None:
    transfer, regulator = market.transfer(deal).id, market.actor("regulator")
    hold = place_hold(TRANSFER, transfer, by=regulator, at=market.now, ground="示例检查")
    lift_hold(hold, by=regulator, at=market.now + timedelta(seconds=1), reason="示例解除", table=TRANSFER)
    market.now += timedelta(seconds=2)
    market.settle()
    found, _, _ = delivery.permits_since(market.transfer(deal).node_id, 0, 10)
    assert [permit["body"]["status"] for permit in found] == ["active"]

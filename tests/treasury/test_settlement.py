"""The escrow of a deal: held when both have signed, paid after acceptance, the rest returned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.dealing import Market
from tongqu.exchange.bedrock import law, ledger
from tongqu.exchange.bedrock.ledger import Move, Post, Void
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, NotYours, Refused, lift_hold, perform, place_hold
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.treasury import settlement
from tongqu.exchange.treasury.settlement import SETTLEMENT, entries
from tongqu.exchange.treasury.settlement import acts as settlement_acts
from tongqu.exchange.treasury.settlement.rules import (
    Charging,
    Holding,
    charge_is_within_the_hold,
    deal_awaits_its_money,
)

# Entries, without a database.


@given(total=st.integers(1, 10**11), share=st.integers(0, 10**11), points=st.integers(0, 10_000))
def test_fee_and_proceeds_are_the_charge_to_the_fen(total: int, share: int, points: int) -> None:
    charged = min(total, share)
    made = entries.release(
        "deal/1", consumer=1, provider=2, total_fen=total, charged_fen=charged, fee_basis_points=points
    )
    (entry,) = made
    if charged == 0:
        assert entry == Void("deal/1", "nothing charged")
        return
    assert isinstance(entry, Post)
    assert sum(move.fen for move in entry.moves) == charged
    fees = [move.fen for move in entry.moves if move.target == entries.FEES]
    assert sum(fees) == charged * points // 10_000
    assert all(move.fen > 0 and move.source == "party/1/available" for move in entry.moves)


def test_a_free_deal_moves_nothing() -> None:
    assert entries.hold("deal/1", consumer=1, provider=2, total_fen=0) == ()
    assert entries.release("deal/1", consumer=1, provider=2, total_fen=0, charged_fen=0, fee_basis_points=0) == ()
    assert entries.refund("deal/1", total_fen=0) == ()


def test_the_whole_charge_as_fee_leaves_no_move_of_nothing() -> None:
    (post,) = entries.release("deal/1", consumer=1, provider=2, total_fen=5, charged_fen=5, fee_basis_points=10_000)
    assert isinstance(post, Post)
    assert post.moves == (Move("party/1/available", entries.FEES, 5, "exchange fee"),)


def test_money_is_held_for_a_deal_that_stands() -> None:
    assert deal_awaits_its_money(Holding(True, True)).complies
    assert not deal_awaits_its_money(Holding(False, True)).complies
    assert not deal_awaits_its_money(Holding(True, False)).complies


def test_no_more_is_charged_than_is_held() -> None:
    assert charge_is_within_the_hold(Charging(850, 850)).complies
    assert not charge_is_within_the_hold(Charging(850, 851)).complies


# With the books.


@pytest.mark.django_db
class TestMoney:
    @pytest.fixture
    def product(self, market: Market) -> int:
        return market.listed(standing=True)

    def test_the_most_it_can_cost_is_held_and_the_rest_comes_back(self, market: Market, product: int) -> None:
        market.pay_in("buyer", 100)
        deal = market.signed(product)
        assert market.money("buyer") == (10_000 - 850, 850)
        market.used_and_accepted(deal, 10)
        assert market.claim(deal).state == "released"
        assert market.money("buyer") == (10_000 - 8, 0)
        assert market.money("supplier") == (8, 0)
        market.audited()

    def test_one_fen_short_waits_and_one_fen_more_makes_the_contract(self, market: Market, product: int) -> None:
        market.pay_in("buyer", 8)
        deal = market.signed(product)
        assert (market.claim(deal).state, market.deal(deal).state) == ("awaiting_funds", "verified")
        market.import_file(market.bank_lines(f"F1,2026-09-07,示例,6222,0.49,{market.parties['buyer'].credit_code}"))
        assert market.claim(deal).state == "awaiting_funds"
        market.import_file(market.bank_lines(f"F2,2026-09-07,示例,6222,0.01,{market.parties['buyer'].credit_code}"))
        assert (market.claim(deal).state, market.deal(deal).state) == ("held", "finalized")
        assert market.money("buyer") == (0, 850)

    def test_money_that_comes_serves_the_oldest_deal_first(self, market: Market, product: int) -> None:
        deals = [market.signed(product) for _ in range(3)]
        market.pay_in("buyer", 18)
        assert [market.claim(deal).state for deal in deals] == ["held", "held", "awaiting_funds"]

    def test_a_free_product_is_a_deal_like_any_other(self, market: Market) -> None:
        deal = market.signed(market.listed(standing=True, price_micro_yuan=0))
        assert market.deal(deal).state == "finalized"
        market.used_and_accepted(deal, 10)
        assert market.claim(deal).state == "released"
        assert ledger.balance("party/1/available").posted == 0
        market.audited()

    def test_nothing_used_is_nothing_charged(self, market: Market, product: int) -> None:
        market.pay_in("buyer", 100)
        deal = market.signed(product)
        market.used_and_accepted(deal, 0)
        assert (market.claim(deal).state, market.claim(deal).charged_fen) == ("released", 0)
        assert market.money("buyer") == (10_000, 0)
        market.audited()

    def test_nobody_but_the_house_moves_it(self, market: Market, product: int) -> None:
        market.pay_in("buyer", 100)
        claim = market.claim(market.signed(product)).id
        for by in (market.actor("buyer"), market.actor("supplier"), market.finance()):
            with pytest.raises(NotYours):
                perform(SETTLEMENT, "refund", claim, by=by, at=market.now)

    def test_it_is_paid_or_refunded_once(self, market: Market, product: int) -> None:
        market.pay_in("buyer", 100)
        deal = market.signed(product)
        market.used_and_accepted(deal, 10)
        with pytest.raises(NotNow):
            perform(SETTLEMENT, "refund", market.claim(deal).id, by=HOUSE, at=market.now)
        with pytest.raises(NotNow):
            perform(SETTLEMENT, "release", market.claim(deal).id, by=HOUSE, at=market.now, charged_fen=1, bill=1)

    def test_a_charge_beyond_the_hold_is_refused_and_raised(self, market: Market, product: int) -> None:
        market.pay_in("buyer", 100)
        deal = market.signed(product)
        with pytest.raises(Refused):
            perform(SETTLEMENT, "release", market.claim(deal).id, by=HOUSE, at=market.now, charged_fen=851, bill=1)
        assert market.claim(deal).state == "held"
        assert market.money("buyer") == (10_000 - 850, 850)

    def test_nothing_is_held_for_a_negotiation_that_ended(self, market: Market, product: int) -> None:
        deal = market.signed(product)
        market.talk("terminate", deal, reason="改变主意")
        assert market.claim(deal).state == "cancelled"
        with pytest.raises(NotNow):
            perform(SETTLEMENT, "reserve", market.claim(deal).id, by=HOUSE, at=market.now)

    def test_a_hold_on_the_money_delays_its_payment_and_does_not_lose_it(self, market: Market, product: int) -> None:
        market.pay_in("buyer", 100)
        deal = market.signed(product)
        regulator = market.actor("regulator")
        hold = place_hold(SETTLEMENT, market.claim(deal).id, by=regulator, at=market.now, ground="核查资金来源")
        market.used_and_accepted(deal, 10)
        assert market.claim(deal).state == "held"
        lift_hold(hold, by=regulator, at=market.now, reason="核查结束", table=SETTLEMENT)
        market.settle()
        assert market.claim(deal).state == "released"
        market.audited()

    def test_an_objection_upheld_returns_everything(self, market: Market, product: int) -> None:
        market.pay_in("buyer", 100)
        deal = market.signed(product)
        market.metered(deal, 100)
        transfer = market.transfer(deal).id
        market.do(TRANSFER, "stop", transfer, "buyer")
        perform(TRANSFER, "complete", transfer, by=HOUSE, at=market.now)
        market.do(TRANSFER, "object", transfer, "buyer", reason="答案与说明不一致")
        market.do(TRANSFER, "uphold", transfer, "exchange", reason="核对属实")
        assert (market.claim(deal).state, market.contract(deal).state) == ("refunded", "terminated")
        assert market.money("buyer") == (10_000, 0)


# The fee.


@pytest.mark.django_db
def test_the_fee_is_the_one_of_the_day_on_which_both_had_signed(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decree between signature and payment does not reach back; a fee that is set is taken from the proceeds."""
    known = law.figure

    def decreed(points: int) -> Any:
        def figure(key: str, **on: Any) -> law.Figure:
            found = known(key, **on)
            return replace(found, value=points) if key == "house.exchange_fee" else found

        return figure

    product = market.listed(standing=True)
    market.pay_in("buyer", 100)
    monkeypatch.setattr(settlement_acts.law, "figure", decreed(250))
    deal = market.signed(product)
    monkeypatch.setattr(settlement_acts.law, "figure", decreed(5_000))
    market.used_and_accepted(deal, 1_000)
    paid = market.claim(deal)
    assert (paid.charged_fen, paid.fee_basis_points, paid.fee_fen) == (850, 250, 21)
    assert market.money("supplier") == (829, 0)
    assert ledger.balance(entries.FEES).posted == 21
    market.audited()


def test_the_fee_is_zero_by_default_and_says_whose_figure_it_is() -> None:
    from tests.trading.dealing import NOW

    fee = settlement.fee(on=NOW.date())
    assert fee.basis_points == 0
    assert fee.mark is not None
    assert "本所设定" in fee.mark.zh

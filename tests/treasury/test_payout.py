"""Taking money out: reserved at the request, paid by two people, free again otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.trading.dealing import Market
from tongqu.exchange.bedrock import ledger
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import (
    CASE,
    Actor,
    Alarm,
    Held,
    NeedsReview,
    NeedsSecondFactor,
    NotNow,
    NotYours,
    Refused,
    Unknown,
    begin,
    perform,
    place_hold,
    see,
)
from tongqu.exchange.bedrock.procedures.models import Case
from tongqu.exchange.members.parties import ADMISSION
from tongqu.exchange.treasury import payout
from tongqu.exchange.treasury.payout import PAYOUT

pytestmark = pytest.mark.django_db
ACCOUNT = {"bank": "示例银行武汉分行", "account": "6222000011112222"}


@pytest.fixture
def rich(market: Market) -> Market:
    market.pay_in("buyer", 100)
    return market


def ask(market: Market, fen: int = 4_000, by: Actor | None = None, **changes: Any) -> int:
    asked = ACCOUNT | {"fen": fen} | changes
    return begin(PAYOUT, by=by or market.actor("buyer"), at=market.now, **asked).subject


def act(market: Market, name: str, number: int, by: Actor, **inputs: Any) -> None:
    perform(PAYOUT, name, number, by=by, at=market.now, **inputs)
    market.settle()


def paid(market: Market, number: int, by: Actor, reference: str = "BANK-1", **changes: Any) -> None:
    act(market, "pay", number, by, **({"bank_reference": reference, "paid_date": market.now.date()} | changes))


def test_money_is_reserved_approved_by_one_and_paid_by_another(rich: Market) -> None:
    number = ask(rich)
    assert rich.money("buyer") == (6_000, 4_000)
    act(rich, "approve", number, rich.finance("checker"))
    paid(rich, number, rich.finance("cashier"))
    done = payout.payout(number)
    assert (done.state, done.account_name, done.bank_reference) == ("paid", "示例buyer有限公司", "BANK-1")
    assert rich.money("buyer") == (6_000, 0)
    assert ledger.balance("bank/clearing").posted == -6_000
    rich.audited()


def test_nobody_pays_alone(rich: Market) -> None:
    number = ask(rich)
    act(rich, "approve", number, rich.finance("checker"))
    with pytest.raises(Refused) as refused:
        paid(rich, number, rich.finance("checker"))
    assert [f.rule for f in refused.value.findings if f.blocks] == ["nobody_pays_alone"]
    assert rich.money("buyer") == (6_000, 4_000)


def test_who_asked_does_not_approve(rich: Market) -> None:
    """A person may act for the member and for the exchange."""
    number = ask(rich, by=rich.actor("buyer", person="checker"))
    for name in ("approve",):
        with pytest.raises(Refused):
            act(rich, name, number, rich.finance("checker"))
    act(rich, "approve", number, rich.finance("cashier"))
    with pytest.raises(Refused):
        paid(rich, number, rich.finance("checker"))


def test_what_is_not_there_cannot_be_taken_out_nor_twice(rich: Market) -> None:
    with pytest.raises(ledger.Overdraft):
        ask(rich, 10_001)
    ask(rich, 10_000)
    with pytest.raises(ledger.Overdraft):
        ask(rich, 1)
    assert rich.money("buyer") == (0, 10_000)


def test_money_held_for_a_deal_cannot_be_taken_out(rich: Market) -> None:
    rich.signed(rich.listed(standing=True))
    with pytest.raises(ledger.Overdraft):
        ask(rich, 10_000 - 849)
    ask(rich, 10_000 - 850)
    assert rich.money("buyer") == (0, 10_000)


@pytest.mark.parametrize(("act_name", "who"), [("refuse", "exchange"), ("cancel", "buyer")])
def test_what_is_not_paid_is_free_again_and_serves_a_waiting_deal(rich: Market, act_name: str, who: str) -> None:
    number = ask(rich, 10_000)
    deal = rich.signed(rich.listed(standing=True))
    assert rich.claim(deal).state == "awaiting_funds"
    by = rich.finance() if who == "exchange" else rich.actor("buyer")
    act(rich, act_name, number, by, reason="户名不符")
    assert rich.claim(deal).state == "held"
    assert rich.money("buyer") == (10_000 - 850, 850)
    with pytest.raises(NotNow):
        act(rich, "approve", number, rich.finance())
    rich.audited()


def test_once_approved_only_finance_stops_it(rich: Market) -> None:
    number = ask(rich)
    act(rich, "approve", number, rich.finance("checker"))
    with pytest.raises(NotNow):
        act(rich, "cancel", number, rich.actor("buyer"), reason="改变主意")
    act(rich, "refuse", number, rich.finance("cashier"), reason="银行退票")
    assert rich.money("buyer") == (10_000, 0)


def test_a_bank_payment_is_recorded_once_and_on_a_day_that_can_be(rich: Market) -> None:
    first, second = ask(rich), ask(rich)
    for number in (first, second):
        act(rich, "approve", number, rich.finance("checker"))
    for day in (rich.now + timedelta(days=1), rich.now - timedelta(days=1)):
        with pytest.raises(Refused):
            paid(rich, first, rich.finance("cashier"), paid_date=day.date())
    paid(rich, first, rich.finance("cashier"), "BANK-7")
    with pytest.raises(Refused) as refused:
        paid(rich, second, rich.finance("cashier"), "BANK-7")
    assert [f.rule for f in refused.value.findings if f.blocks] == ["bank_payment_is_new"]


def test_it_takes_the_second_factor_and_the_partys_own_people(rich: Market) -> None:
    with pytest.raises(NeedsSecondFactor):
        ask(rich, by=rich.actor("buyer", second_factor=False))
    number = ask(rich)
    with pytest.raises(NotYours):
        act(rich, "cancel", number, rich.actor("rival"), reason="不是我的")
    with pytest.raises(NotYours):
        act(rich, "approve", number, rich.actor("buyer"))
    with pytest.raises(Unknown):
        see(PAYOUT, number, rich.actor("rival"))
    assert see(PAYOUT, number, rich.actor("buyer")).pk == number
    with pytest.raises(Unknown):
        payout.payout(10**9)


@pytest.mark.parametrize(
    "changes", [{"fen": 0}, {"fen": -1}, {"fen": 10**16}, {"account": "62 22"}, {"account": "1"}, {"bank": ""}]
)
def test_numbers_that_cannot_be_are_named(rich: Market, changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        ask(rich, **changes)


def test_a_suspended_members_money_needs_a_person(rich: Market) -> None:
    rich.become("buyer", "suspended")
    by = rich.actor("buyer", "administrator")
    with pytest.raises(NeedsReview) as asked:
        ask(rich, by=by)
    rich.do(CASE, "allow", asked.value.case_id, "exchange", reason="与监管部门核实，余款可退")
    assert rich.money("buyer") == (10_000, 0)
    ask(rich, by=by)
    assert rich.money("buyer") == (6_000, 4_000)


def test_a_hold_stops_it(rich: Market) -> None:
    number = ask(rich)
    place_hold(PAYOUT, number, by=rich.actor("regulator"), at=rich.now, ground="核查资金去向")
    with pytest.raises(Held):
        act(rich, "approve", number, rich.finance())


def test_one_that_waits_too_long_raises_an_alarm(rich: Market) -> None:
    ask(rich)
    rich.later(days=6)
    assert Alarm.objects.filter(procedure="payout").count() == 1


def leave(market: Market, name: str) -> None:
    perform(
        ADMISSION, "leave", market.party(name), by=market.actor(name, "administrator"), at=market.now, reason="业务调整"
    )


def test_a_member_leaves_once_its_deals_are_done_and_its_money_is_out(rich: Market) -> None:
    deal = rich.signed(rich.listed(standing=True))
    with pytest.raises(Refused) as refused:
        leave(rich, "buyer")
    assert "100.00" in refused.value.words.zh
    assert "交付 1 件" in refused.value.words.zh
    rich.used_and_accepted(deal, 100)
    number = ask(rich, rich.money("buyer")[0])
    with pytest.raises(Refused):
        leave(rich, "buyer")
    act(rich, "approve", number, rich.finance("checker"))
    paid(rich, number, rich.finance("cashier"))
    leave(rich, "buyer")
    rich.audited()


def test_what_comes_in_after_a_member_left_is_paid_out_by_finance(rich: Market) -> None:
    rich.become("buyer", "left")
    with pytest.raises(Refused):
        ask(rich, by=rich.actor("supplier"), party=rich.party("buyer"))
    number = ask(rich, 10_000, by=rich.finance("clerk"), party=rich.party("buyer"))
    act(rich, "approve", number, rich.finance("checker"))
    paid(rich, number, rich.finance("cashier"))
    assert payout.payout(number).account_name == "示例buyer有限公司"
    assert rich.money("buyer") == (0, 0)


def test_nobody_asks_for_the_money_of_a_member_that_is_suspended(rich: Market) -> None:
    """Not even with the exchange's consent: a case would show the wrong question."""
    rich.become("buyer", "suspended")
    for by in (rich.actor("supplier"), rich.finance("clerk")):
        with pytest.raises(Refused):
            ask(rich, by=by, party=rich.party("buyer"))
    assert not Case.objects.filter(about="payout").exists()
    with pytest.raises(NeedsReview) as review:
        ask(rich, by=rich.actor("buyer"))
    case = Case.objects.get(pk=review.value.case_id)
    assert (case.asked["fen"], case.asked["account"]) == (4_000, ACCOUNT["account"])


def test_finance_does_not_take_out_the_money_of_a_member_that_is_here(rich: Market) -> None:
    with pytest.raises(Refused):
        ask(rich, by=rich.finance(), party=rich.party("buyer"))
    assert rich.money("buyer") == (10_000, 0)

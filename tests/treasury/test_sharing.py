"""Proceeds to those who contributed: every fen has an owner, and everyone named has agreed."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.dealing import NOW, Market
from tongqu.exchange.bedrock import ledger
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.ledger import Move
from tongqu.exchange.bedrock.procedures import NotNow, NotYours, Refused, Unknown, begin, perform, see
from tongqu.exchange.members.models import Organisation
from tongqu.exchange.treasury import sharing
from tongqu.exchange.treasury.sharing import DISTRIBUTION, SHARE_PLAN
from tongqu.exchange.treasury.sharing.entries import moves, parts


@st.composite
def plans(draw: st.DrawFn) -> list[dict[str, Any]]:
    count = draw(st.integers(1, 50))
    cuts = sorted(draw(st.sets(st.integers(1, 9_999), min_size=count - 1, max_size=count - 1)))
    points = [b - a for a, b in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    return [{"party": number + 1, "basis_points": share, "ground": "示例"} for number, share in enumerate(points)]


@given(fen=st.integers(0, 10**11), plan=plans())
def test_the_parts_are_the_whole_and_only_the_first_gets_the_odd_fen(fen: int, plan: list[dict[str, Any]]) -> None:
    divided = parts(fen, plan)
    assert sum(part["fen"] for part in divided) == fen
    exact = [fen * share["basis_points"] // 10_000 for share in plan]
    assert [part["fen"] for part in divided[1:]] == exact[1:]
    assert exact[0] <= divided[0]["fen"] < exact[0] + len(plan)


@pytest.mark.django_db
def test_ten_thousand_random_splits_leave_nothing_behind() -> None:
    """In the books: what came into the provider's proceeds went out of them, to the fen."""
    dice, entries, came = random.Random(20_260_907), [], 0
    for _ in range(10_000):
        fen, count = dice.choice([1, 2, 3, 99, dice.randrange(1, 10**7)]), dice.randrange(1, 9)
        cuts = sorted(dice.sample(range(1, 10_000), count - 1))
        plan = [
            {"party": number + 1, "basis_points": b - a, "ground": ""}
            for number, (a, b) in enumerate(zip([0, *cuts], [*cuts, 10_000], strict=True))
        ]
        came += fen
        entries += moves(77, parts(fen, plan))
    ledger.post([Move("bank/clearing", "party/77/proceeds", came)], at=NOW, fact_id=None)
    for start in range(0, len(entries), 2_000):
        ledger.post(entries[start : start + 2_000], at=NOW, fact_id=None)
    assert ledger.balance("party/77/proceeds").posted == 0
    assert sum(account.posted for account in ledger.balances("party/")) == came
    assert ledger.audit() == []


# Plans.


def share(market: Market, name: str, points: int) -> dict[str, Any]:
    return {"party": market.party(name), "basis_points": points, "ground": "数据来源"}


def propose(market: Market, product: int, *shares: dict[str, Any], by: str = "supplier") -> int:
    plan = begin(SHARE_PLAN, by=market.actor(by), at=market.now, listing=product, shares=list(shares)).subject
    market.settle()
    return plan


def state(market: Market, plan: int) -> str:
    return str(see(SHARE_PLAN, plan, market.finance()).state)


@pytest.mark.django_db
class TestPlans:
    @pytest.fixture
    def product(self, market: Market) -> int:
        market.pay_in("buyer", 100)
        return market.listed(standing=True)

    def sold(self, market: Market, product: int, calls: int = 1_000) -> int:
        deal = market.signed(product)
        market.used_and_accepted(deal, calls)
        return deal

    def test_a_plan_works_once_everyone_named_has_agreed(self, market: Market, product: int) -> None:
        plan = propose(market, product, share(market, "supplier", 7_000), share(market, "grid", 3_000))
        assert state(market, plan) == "proposed"
        self.sold(market, product)
        assert market.money("supplier") == (850, 0)  # not agreed yet: all of it is the provider's
        market.do(SHARE_PLAN, "agree", plan, "grid")
        assert state(market, plan) == "in_force"
        self.sold(market, product, 137)  # 116 fen
        assert market.money("supplier") == (850 + 82, 0)
        assert market.money("grid") == (34, 0)
        market.audited()

    def test_a_holder_that_only_buys_agrees_too(self, market: Market, product: int) -> None:
        plan = propose(market, product, share(market, "supplier", 5_000), share(market, "buyer", 5_000))
        market.do(SHARE_PLAN, "agree", plan, "buyer")
        assert state(market, plan) == "in_force"

    def test_a_new_plan_replaces_the_old_one(self, market: Market, product: int) -> None:
        first = propose(market, product, share(market, "supplier", 10_000))
        assert state(market, first) == "in_force"
        second = propose(market, product, share(market, "supplier", 5_000), share(market, "grid", 5_000))
        assert [state(market, plan) for plan in (first, second)] == ["in_force", "proposed"]
        market.do(SHARE_PLAN, "agree", second, "grid")
        assert [state(market, plan) for plan in (first, second)] == ["replaced", "in_force"]
        assert [one["basis_points"] for one in sharing.plan_in_force(product)] == [5_000, 5_000]

    def test_nobody_is_left_out_of_a_product_without_agreeing(self, market: Market, product: int) -> None:
        first = propose(market, product, share(market, "supplier", 7_000), share(market, "grid", 3_000))
        market.do(SHARE_PLAN, "agree", first, "grid")
        alone = propose(market, product, share(market, "supplier", 10_000))
        assert [state(market, plan) for plan in (first, alone)] == ["in_force", "proposed"]
        assert see(SHARE_PLAN, alone, market.actor("grid")).pk == alone
        with pytest.raises(Refused):
            market.do(SHARE_PLAN, "agree", alone, "supplier")
        market.do(SHARE_PLAN, "agree", alone, "grid")
        assert [state(market, plan) for plan in (first, alone)] == ["replaced", "in_force"]

    def test_a_plan_proposed_before_another_took_effect_asks_those_of_the_other_too(
        self, market: Market, product: int
    ) -> None:
        slow = propose(market, product, share(market, "supplier", 5_000), share(market, "buyer", 5_000))
        quick = propose(market, product, share(market, "supplier", 7_000), share(market, "grid", 3_000))
        market.do(SHARE_PLAN, "agree", quick, "grid")
        market.do(SHARE_PLAN, "agree", slow, "buyer")
        assert [state(market, plan) for plan in (quick, slow)] == ["in_force", "proposed"]
        market.do(SHARE_PLAN, "agree", slow, "grid")
        assert [state(market, plan) for plan in (quick, slow)] == ["replaced", "in_force"]

    def test_who_has_left_has_no_say_and_stops_nothing(self, market: Market, product: int) -> None:
        first = propose(market, product, share(market, "supplier", 7_000), share(market, "grid", 3_000))
        market.do(SHARE_PLAN, "agree", first, "grid")
        second = propose(market, product, share(market, "supplier", 5_000), share(market, "buyer", 5_000))
        market.become("grid", "left")
        market.do(SHARE_PLAN, "agree", second, "buyer")
        assert [state(market, plan) for plan in (first, second)] == ["replaced", "in_force"]
        assert market.stuck() == []

    def test_a_plan_withdrawn_before_the_house_took_it_up_leaves_the_old_one(
        self, market: Market, product: int
    ) -> None:
        first = propose(market, product, share(market, "supplier", 10_000))
        second = propose(market, product, share(market, "supplier", 5_000), share(market, "grid", 5_000))
        perform(SHARE_PLAN, "agree", second, by=market.actor("grid"), at=market.now)
        perform(SHARE_PLAN, "withdraw", second, by=market.actor("supplier"), at=market.now, reason="比例有误")
        market.settle()
        assert [state(market, plan) for plan in (first, second)] == ["in_force", "withdrawn"]
        market.audited()

    def test_who_agreed_and_was_suspended_afterwards_still_agreed(self, market: Market, product: int) -> None:
        plan = propose(market, product, share(market, "grid", 5_000), share(market, "buyer", 5_000))
        market.do(SHARE_PLAN, "agree", plan, "grid")
        market.become("grid", "suspended")
        with pytest.raises(Refused):  # nobody agrees to a plan with a party that is away
            market.do(SHARE_PLAN, "agree", plan, "buyer")
        market.become("grid", "admitted")
        perform(SHARE_PLAN, "agree", plan, by=market.actor("buyer"), at=market.now)
        market.become("grid", "suspended")
        market.settle()
        assert state(market, plan) == "in_force"
        market.audited()

    def test_nobody_speaks_for_another(self, market: Market, product: int) -> None:
        with pytest.raises(Refused):
            propose(market, product, share(market, "rival", 10_000), by="rival")
        plan = propose(market, product, share(market, "supplier", 5_000), share(market, "grid", 5_000))
        with pytest.raises(Refused):
            market.do(SHARE_PLAN, "agree", plan, "rival")
        with pytest.raises(Refused):
            market.do(SHARE_PLAN, "agree", plan, "supplier")  # its proposal was its agreement
        with pytest.raises(NotYours):
            market.do(SHARE_PLAN, "withdraw", plan, "grid", reason="不同意")
        market.do(SHARE_PLAN, "agree", plan, "grid")
        with pytest.raises(NotNow):
            market.do(SHARE_PLAN, "agree", plan, "grid")

    def test_a_party_that_is_no_member_shares_in_nothing(self, market: Market, product: int) -> None:
        Organisation.objects.filter(pk=market.party("grid")).update(state="applied")
        with pytest.raises(Refused):
            propose(market, product, share(market, "supplier", 5_000), share(market, "grid", 5_000))

    @pytest.mark.parametrize("points", [(5_000, 4_999), (10_000, 1), (10_000, 0), (9_999, 2)])
    def test_shares_sum_to_the_whole(self, market: Market, product: int, points: tuple[int, int]) -> None:
        with pytest.raises(BadInput):
            propose(market, product, share(market, "supplier", points[0]), share(market, "grid", points[1]))

    def test_a_party_is_named_once(self, market: Market, product: int) -> None:
        with pytest.raises(BadInput):
            propose(market, product, share(market, "supplier", 5_000), share(market, "supplier", 5_000))

    def test_holders_see_the_plan_and_what_they_got_and_strangers_neither(self, market: Market, product: int) -> None:
        plan = propose(market, product, share(market, "supplier", 5_000), share(market, "grid", 5_000))
        market.do(SHARE_PLAN, "agree", plan, "grid")
        shared = sharing.distribution_of(market.claim(self.sold(market, product)).id)
        assert shared is not None
        assert see(SHARE_PLAN, plan, market.actor("grid")).pk == plan
        assert see(DISTRIBUTION, shared.id, market.actor("grid")).pk == shared.id
        for table, subject in ((SHARE_PLAN, plan), (DISTRIBUTION, shared.id)):
            with pytest.raises(Unknown):
                see(table, subject, market.actor("rival"))

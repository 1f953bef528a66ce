"""A ground is lost: what stands on it is listed before anything ends, reviewed, carried out, appealed against and closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.trading.dealing import REGISTERED, Market
from tongqu.exchange.bedrock.procedures import (
    HOUSE,
    Alarm,
    NotYours,
    Refused,
    Unknown,
    begin,
    perform,
    possible,
    see,
)
from tongqu.exchange.registry import grants, lineage
from tongqu.exchange.registry.grants import GRANT
from tongqu.exchange.registry.lineage import DERIVATION
from tongqu.exchange.registry.models import Grant
from tongqu.exchange.trading import losses
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.losses import GROUND_LOSS
from tongqu.exchange.trading.models import GroundLoss, LossItem, Permit

pytestmark = pytest.mark.django_db


def blocked(refused: Any) -> list[str]:
    return [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks]


class Standing:
    """The rival's data, granted to the supplier, whose derived product the buyer uses."""

    def __init__(self, market: Market) -> None:
        self.market = market
        market.join("reviewer", ("reviewer",), "91420100MA0000016")
        self.source = market.catalogued(REGISTERED, "rival", name="示例来源数据", source="meters")
        self.made = market.catalogued(REGISTERED, name="示例衍生数据")
        self.grant = self.granted()

    def granted(self, until: date = date(2027, 9, 6), **changes: Any) -> int:
        market = self.market
        asked = {
            "grantee": market.party("supplier"), "ground": f"resource:{self.source}", "kind": "use", "derives": True,
            "purposes": ["risk-management", "research"], "starts_date": market.now.date(), "until_date": until, "fee": "免费",
            "notice_days": 30, "revocation": "连续两期未付费",
        } | changes  # fmt: skip
        made = begin(GRANT, by=market.actor("rival"), at=market.now, **asked).subject
        market.settle()
        market.do(GRANT, "accept", made, "supplier")
        return made

    def derived(self, *more: int, confirm: bool = True) -> int:
        market = self.market
        made = begin(
            DERIVATION, by=market.supplier, at=market.now, resource=self.made, changed="聚合为评分，不含原始记录", valued="可用于授信",
            grounds=[{"ground": f"grant:{one}"} for one in (self.grant, *more)], method="清洗、聚合、评分三步加工",
        ).subject  # fmt: skip
        market.settle()
        if confirm:
            market.do(DERIVATION, "confirm", made, "reviewer", finding="依据与加工方法相符")
        return made

    def sold(self) -> tuple[int, int]:
        """A product on sale and a delivery that runs."""
        product = self.market.on_sale(self.made, None)
        self.market.pay_in("buyer", 1_000)
        return product, self.market.signed(product)

    def notice(self) -> int:
        self.market.do(GRANT, "give_notice", self.grant, "rival", ground="breach", reason="连续两期未付费")
        return self.loss().pk

    def loss(self) -> GroundLoss:
        return GroundLoss.objects.order_by("-pk").first()  # type: ignore[return-value]

    def confirm(self, loss: int) -> None:
        self.market.do(GROUND_LOSS, "confirm", loss, "reviewer", finding="清单与路径核对无误")

    def lines(self, by: str = "reviewer") -> list[tuple[str, bool]]:
        found, _ = losses.lines(self.loss().pk, self.market.actor(by))
        return sorted((one.kind, one.falls) for one in found)

    def permit(self, deal: int) -> str:
        return str(Permit.objects.get(transfer=self.market.transfer(deal).id).status)


@pytest.fixture
def standing(market: Market) -> Standing:
    return Standing(market)


def test_a_derived_product_is_offered_once_its_grounds_are_confirmed_and_no_further_than_they_reach(
    standing: Standing,
) -> None:
    market, made = standing.market, standing.derived(confirm=False)
    product = market.draft(standing.made, None)
    with pytest.raises(Refused) as refused:
        market.list("submit", product)
    assert blocked(refused) == ["derived_product_stands_on_its_grounds"]
    market.do(DERIVATION, "confirm", made, "reviewer", finding="依据与加工方法相符")
    wide = market.draft(standing.made, None, purposes=["research", "planning"])
    with pytest.raises(Refused) as refused:
        market.list("submit", wide)
    assert blocked(refused) == ["derived_product_stands_on_its_grounds"]
    market.list("submit", product)
    assert market.product(product).state == "submitted"


def test_nothing_ends_before_the_list_was_reviewed_and_the_day_has_come(standing: Standing) -> None:
    market = standing.market
    standing.derived()
    product, deal = standing.sold()
    market.ask(product, "grid")
    loss = standing.notice()
    assert standing.lines() == [("listing", True), ("negotiation", True), ("resource", True), ("transfer", True)]
    row = LossItem.objects.get(loss=loss, kind="transfer")
    assert row.path == [
        f"grant:{standing.grant}",
        f"resource:{standing.made}",
        f"listing:{product}",
        f"transfer:{row.number}",
    ]
    assert (market.product(product).state, standing.permit(deal)) == ("published", "active")
    standing.confirm(loss)
    market.later(days=29)
    assert (market.product(product).state, standing.permit(deal)) == ("published", "active")
    offered = market.ask(product, "grid")
    market.later(days=2)
    assert standing.loss().state == "carried_out"
    assert Grant.objects.get(pk=standing.grant).state == "revoked"
    assert (market.product(product).state, standing.permit(deal)) == ("blocked", "suspended")
    assert market.transfer(deal).state == "suspended"
    assert market.deal(offered).state == "requested"  # it cannot be agreed to any more
    with pytest.raises(Refused):
        market.talk("agree", offered, "supplier")
    for who in ("supplier", "exchange"):
        with pytest.raises(Refused) as refused:
            market.do(TRANSFER, "resume", market.transfer(deal).id, who)
        assert "a_lost_ground_lets_it_go_on" in blocked(refused)
    market.later(days=20)
    assert standing.loss().state == "closed"
    assert market.transfer(deal).state in {"completing", "completed", "accepted"}
    assert standing.permit(deal) == "revoked"
    market.audited()


def test_unreviewed_it_waits_and_tells_so(standing: Standing) -> None:
    market = standing.market
    standing.derived()
    product, deal = standing.sold()
    loss = standing.notice()
    market.later(days=31)
    assert (standing.loss().state, Grant.objects.get(pk=standing.grant).state) == ("drawn", "noticed")
    assert (market.product(product).state, standing.permit(deal)) == ("published", "active")
    assert Alarm.objects.filter(procedure="ground_loss", subject=loss, cleared_at=None).exists()
    standing.confirm(loss)
    market.later(minutes=1)
    assert (standing.loss().state, standing.permit(deal)) == ("carried_out", "suspended")


def test_the_database_lets_nothing_fall_unconfirmed(standing: Standing) -> None:
    standing.derived()
    loss = standing.notice()
    with pytest.raises(IntegrityError), transaction.atomic():
        GroundLoss.objects.filter(pk=loss).update(state="carried_out")


def test_what_has_changed_since_is_drawn_anew_before_it_is_confirmed(standing: Standing) -> None:
    market = standing.market
    standing.derived()
    product, _ = standing.sold()
    loss = standing.notice()
    market.ask(product, "grid")
    with pytest.raises(Refused) as refused:
        standing.confirm(loss)
    assert blocked(refused) == ["the_list_is_as_it_is_now"]
    market.do(GROUND_LOSS, "redraw", loss, "reviewer")
    standing.confirm(loss)
    assert standing.loss().state == "confirmed"


def test_another_ground_carries_it(standing: Standing) -> None:
    """Two grants for the one source: the second carries the product when the first is revoked."""
    market = standing.market
    second = standing.granted()
    standing.derived(second)
    product, deal = standing.sold()
    standing.notice()
    assert all(not falls for _, falls in standing.lines())
    assert standing.loss().state == "confirmed"  # nothing falls, so there is nothing to review
    market.later(days=31)
    assert Grant.objects.get(pk=standing.grant).state == "revoked"
    assert (market.product(product).state, standing.permit(deal)) == ("published", "active")


def test_a_ground_added_in_the_meantime_carries_it_too(standing: Standing) -> None:
    market = standing.market
    made = standing.derived()
    product, deal = standing.sold()
    standing.confirm(standing.notice())
    second = standing.granted()
    market.do(DERIVATION, "add_ground", made, "supplier", ground=f"grant:{second}")
    market.later(days=31)
    assert (market.product(product).state, standing.permit(deal)) == ("published", "active")


def test_a_ground_added_afterwards_gives_back_what_was_withheld(standing: Standing) -> None:
    market = standing.market
    made = standing.derived()
    product, deal = standing.sold()
    standing.confirm(standing.notice())
    market.later(days=31)
    assert standing.permit(deal) == "suspended"
    second = standing.granted()
    market.do(DERIVATION, "add_ground", made, "supplier", ground=f"grant:{second}")
    assert (market.product(product).state, standing.permit(deal)) == ("paused", "active")


def test_a_notice_that_is_taken_back_drops_the_list(standing: Standing) -> None:
    market = standing.market
    standing.derived()
    standing.confirm(standing.notice())
    market.do(GRANT, "take_back", standing.grant, "rival")
    assert standing.loss().state == "dropped"
    market.later(days=31)
    assert Grant.objects.get(pk=standing.grant).state == "in_force"


def test_giving_a_grant_up_is_reviewed_as_well(standing: Standing) -> None:
    market = standing.market
    standing.derived()
    _, deal = standing.sold()
    market.do(GRANT, "surrender", standing.grant, "supplier", reason="业务停止")
    assert standing.loss().cause == "surrender"
    assert standing.permit(deal) == "active"
    standing.confirm(standing.loss().pk)
    market.later(minutes=1)
    assert (Grant.objects.get(pk=standing.grant).state, standing.permit(deal)) == ("surrendered", "suspended")


def test_a_grant_that_ends_by_its_term_is_listed_thirty_days_before(standing: Standing) -> None:
    market = standing.market
    standing.grant = standing.granted(until=market.now.date() + timedelta(days=60))
    standing.derived()
    product, deal = standing.sold()
    market.later(days=29)
    assert not GroundLoss.objects.exists()
    market.later(days=2)
    assert (standing.loss().cause, standing.loss().state) == ("expiry", "drawn")
    standing.confirm(standing.loss().pk)
    market.later(days=31)
    assert (Grant.objects.get(pk=standing.grant).state, market.product(product).state) == ("expired", "blocked")
    assert standing.permit(deal) == "suspended"


def test_a_registration_that_is_seized_or_ended_reaches_what_was_granted_from_it(standing: Standing) -> None:
    """The chain's root is gone: sales stop at once, deliveries after the review."""
    from tongqu.exchange.registry.catalogue import RESOURCE

    market = standing.market
    standing.derived()
    product, deal = standing.sold()
    market.do(RESOURCE, "withdraw", standing.source, "rival", reason="停止提供")
    assert Grant.objects.get(pk=standing.grant).state == "fallen"
    assert (market.product(product).state, standing.permit(deal)) == ("blocked", "active")
    row = standing.loss()
    assert (row.ground, row.cause, row.state) == (f"resource:{standing.source}", "resource", "drawn")
    standing.confirm(row.pk)
    market.later(minutes=1)
    assert standing.permit(deal) == "suspended"


# Both sides are told, and may appeal.


def test_the_affected_see_their_own_lines_and_appeal(standing: Standing) -> None:
    market = standing.market
    standing.derived()
    _, deal = standing.sold()
    loss = standing.notice()
    for name in ("rival", "supplier", "buyer"):
        assert see(GROUND_LOSS, loss, market.actor(name)).pk == loss
    with pytest.raises(Unknown):
        see(GROUND_LOSS, loss, market.actor("grid"))
    assert standing.lines("buyer") == [("transfer", True)]
    assert standing.lines("rival") == []
    assert standing.lines("grid") == []
    # To a stranger a loss of others answers as a number that was never given, and nobody is offered what does not concern it.
    answers = []
    for number in (loss, loss + 1_000):
        with pytest.raises(Unknown) as unknown:
            market.do(GROUND_LOSS, "appeal", number, "grid", text="我们也想申诉一下")
        answers.append(unknown.value.words.zh.replace(str(number), "N"))
    assert answers[0] == answers[1]
    with pytest.raises(NotYours):  # an office sees it, and has nothing at stake
        market.do(GROUND_LOSS, "appeal", loss, "reviewer", text="我们也想申诉一下")
    row = see(GROUND_LOSS, loss, HOUSE)
    offered = {
        name: any(one.mine and one.act.name == "appeal" for one in possible(GROUND_LOSS, row, market.actor(name)))
        for name in ("buyer", "grid", "reviewer")
    }
    assert offered == {"buyer": True, "grid": False, "reviewer": False}
    market.do(GROUND_LOSS, "appeal", loss, "buyer", text="我方已按合同付费，请保留使用")
    with pytest.raises(Refused):
        market.do(GROUND_LOSS, "appeal", loss, "buyer", text="我方再次申诉，请保留使用")
    (mine,) = losses.appeals(loss, market.actor("buyer"))
    assert losses.appeals(loss, market.actor("supplier")) == []
    standing.confirm(loss)
    market.later(days=31)
    assert standing.permit(deal) == "suspended"
    with pytest.raises(Refused) as refused:  # it is not closed over an open appeal
        perform(GROUND_LOSS, "close", loss, by=HOUSE, at=market.now)
    assert blocked(refused) == ["every_appeal_is_decided"]
    with pytest.raises(NotYours):
        market.do(GROUND_LOSS, "decide", loss, "buyer", appeal=mine.id, upheld=True, finding="自己决定")
    market.do(GROUND_LOSS, "decide", loss, "reviewer", appeal=mine.id, upheld=True, finding="买方善意且另有依据")
    row = LossItem.objects.get(loss=loss, kind="transfer")
    assert row.spared_because == "买方善意且另有依据"
    assert (market.transfer(deal).state, standing.permit(deal)) == ("started", "active")
    market.later(days=20)
    assert (standing.loss().state, standing.permit(deal)) == ("closed", "active")


def test_a_reviewer_spares_deliveries_and_nothing_else(standing: Standing) -> None:
    market = standing.market
    standing.derived()
    product, deal = standing.sold()
    loss = standing.notice()
    listed = LossItem.objects.get(loss=loss, kind="listing")
    with pytest.raises(Refused) as refused:
        market.do(GROUND_LOSS, "spare", loss, "reviewer", items=[listed.pk], reason="不应停售")
    assert blocked(refused) == ["what_is_spared_is_listed"]
    line = LossItem.objects.get(loss=loss, kind="transfer")
    market.do(GROUND_LOSS, "spare", loss, "reviewer", items=[line.pk], reason="合同另有约定，可用至期满")
    standing.confirm(loss)
    market.later(days=31)
    assert (market.product(product).state, standing.permit(deal)) == ("blocked", "active")


def test_no_reviewer_spares_or_decides_for_itself(standing: Standing) -> None:
    market = standing.market
    standing.derived()
    standing.sold()
    loss = standing.notice()
    market.do(GROUND_LOSS, "appeal", loss, "buyer", text="我方已按合同付费，请保留使用")
    (mine,) = losses.appeals(loss, market.actor("buyer"))
    item = LossItem.objects.get(loss=loss, kind="transfer").pk
    for who in ("buyer", "supplier", "rival"):
        judge = replace(market.actor(who), roles=frozenset({"reviewer"}))
        for act, inputs in (
            ("spare", {"items": [item], "reason": "本单位的交付不受影响"}),
            ("decide", {"appeal": mine.id, "upheld": True, "finding": "自己的申诉自己决定"}),
        ):
            with pytest.raises(Refused) as refused:
                perform(GROUND_LOSS, act, loss, by=judge, at=market.now, **inputs)
            assert blocked(refused) == ["nobody_confirms_in_its_own_matter"], (who, act)


def test_nobody_confirms_in_its_own_matter_and_only_the_house_carries_out(standing: Standing) -> None:
    market = standing.market
    standing.derived()
    loss = standing.notice()
    GroundLoss.objects.filter(pk=loss).update(taker=market.party("reviewer"))
    with pytest.raises(Refused) as refused:
        standing.confirm(loss)
    assert blocked(refused) == ["nobody_confirms_in_its_own_matter"]
    for who in ("supplier", "rival", "reviewer"):
        with pytest.raises((NotYours, Unknown)):
            market.do(GROUND_LOSS, "pass_over", loss, who)
    with pytest.raises((NotYours, Unknown)):
        begin(
            GROUND_LOSS, by=market.actor("rival"), at=market.now, ground=f"grant:{standing.grant}", cause="revocation", effective_at=market.now
        )  # fmt: skip


def test_a_chain_of_three_and_two_levels_of_derived_data_fall_together(standing: Standing) -> None:
    market = standing.market
    standing.derived()
    product, _ = standing.sold()
    again = market.catalogued(market.now, name="示例二次衍生", source="meters")
    second = begin(
        DERIVATION, by=market.supplier, at=market.now, resource=again, grounds=[{"ground": f"resource:{standing.made}"}],
        changed="再聚合为指数", valued="供规划使用", method="按行业加权后合成景气指数",
    ).subject  # fmt: skip
    market.settle()
    market.do(DERIVATION, "confirm", second, "reviewer", finding="依据与加工方法相符")
    below = market.on_sale(again, None, name="示例二次衍生核验")
    standing.confirm(standing.notice())
    market.later(days=31)
    assert [market.product(one).state for one in (product, below)] == ["blocked", "blocked"]
    assert [one.source for one in lineage.lacks(again, market.now)] == [standing.source]
    assert not grants.stands(standing.grant, market.now)
    assert not market.stuck()

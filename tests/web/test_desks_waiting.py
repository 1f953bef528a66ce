"""Who is waited for: not by a clock of somebody else's, not under a hold, not for the second step of a two-person rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from tests.web.market import NOW, Market, form_key
from tongqu.exchange.bedrock.procedures import CLOCK, all_procedures, begin, holds_on
from tongqu.exchange.members import mandates
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.trading.negotiation import NEGOTIATION
from tongqu.exchange.treasury.payout import PAYOUT
from tongqu.exchange.web.desks import works


def payout(market: Market, by: str = "buyer", **asked: Any) -> int:
    market.fund(by, "500.00")
    made = begin(
        PAYOUT, by=market.actor(by), at=market.now, fen=10_000, bank="示例银行武汉分行", account="62220001", **asked
    )
    market.settle()
    return made.subject


def second_of_finance(market: Market) -> Client:
    person = market.person("cashier")
    market.begin(
        mandates.MANDATE, "exchange", person=person.pk, roles=["finance"], until_at=market.now + timedelta(days=90)
    )
    market.parties["cashier"] = market.parties["exchange"]
    return market.client("cashier")


def test_nobody_is_told_to_withdraw_because_the_time_of_somebody_else_runs(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    draft = market.application("seller")
    paid = payout(market)
    product = market.product("rival")
    market.act(LISTING, "pause", product, "rival")
    for key in ("seller", "buyer"):
        page = market.client(key).get("/desk").text
        assert "现在没有等您办理的" in page
        assert "撤回" not in page
    # The acts themselves stay where the matter is.
    assert 'value="withdraw"' in market.client("seller").get(f"/desk/ownership/{draft}").text
    assert 'value="cancel"' in market.client("buyer").get(f"/desk/payout/{paid}").text
    # What leads back to the usual way waits; leaving does not.
    page = market.client("rival").get("/desk").text
    assert f"/desk/listing/{product}" in page
    assert "下架" not in page


def test_who_took_a_step_of_a_payout_is_not_asked_for_the_next(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    second = second_of_finance(market)
    made = payout(market)
    first, address = market.client("exchange"), f"/desk/payout/{made}"
    assert address in first.get("/desk").text
    done = first.post(address, {"_act": "approve", "_key": form_key(first.get(address).text, "approve")}, follow=True)
    assert "下一步由另一名结算员办理：登记银行付款。" in done.text
    assert "下一步仍由您办理" not in done.text
    page = first.get(address).text
    assert 'value="pay"' not in page
    assert "等待另一名结算员：登记银行付款" in page
    assert address not in first.get("/desk").text
    assert address in second.get("/desk").text
    assert 'value="pay"' in second.get(address).text
    assert "another person of finance" in market.client("exchange", "en").get(address).text


def test_what_is_on_hold_says_so_and_offers_only_what_passes(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"))
    right = market.publicised("rival")
    seller, regulator = market.client("seller"), market.client("authority")
    for name, pk in (("negotiation", deal), ("ownership", right)):
        address = f"/desk/{name}/{pk}"
        key = form_key(regulator.get(address).text, "_hold")
        regulator.post(address, {"_act": "_hold", "_key": key, "ground": "涉嫌价格操纵"})
    assert holds_on(NEGOTIATION, deal)
    assert holds_on(OWNERSHIP, right)
    page = seller.get(f"/desk/negotiation/{deal}").text
    assert '<span class="tq-tag bad">已冻结</span>' in page
    assert "该事项已被冻结：涉嫌价格操纵" in page
    assert 'name="_act"' not in page
    assert f"/desk/negotiation/{deal}" not in seller.get("/desk").text
    # The registrar's note passes under a hold; the withdrawal does not, and the office keeps its own forms.
    page = market.client("registrar").get(f"/desk/ownership/{right}").text
    assert 'value="note"' in page
    assert 'value="withdraw"' not in market.client("rival").get(f"/desk/ownership/{right}").text
    assert 'value="_lift"' in regulator.get(f"/desk/negotiation/{deal}").text
    assert "On hold" in market.client("seller", "en").get(f"/desk/negotiation/{deal}").text


def test_what_comes_by_itself_is_promised_only_where_something_comes(market: Market) -> None:
    market.at(NOW - timedelta(days=30))
    product = market.product("seller")
    deal = market.deal(product)
    market.act(NEGOTIATION, "agree", deal, "seller")
    market.act(NEGOTIATION, "verify", deal, "buyer")
    watching = market.client("authority")
    assert "接下来由系统按期办理" in watching.get(f"/desk/negotiation/{deal}").text
    right = market.publicised("rival")
    market.at(NOW - timedelta(days=1))
    page = watching.get(f"/desk/ownership/{right}").text
    assert "现在没有要办的事。" in page
    assert "接下来由系统按期办理" not in page
    seller, address = market.client("seller"), f"/desk/listing/{product}"
    market.act(LISTING, "pause", product, "seller")
    back = {"_act": "unpause", "_key": form_key(seller.get(address).text, "unpause")}
    assert "现在没有要办的事。" in seller.post(address, back, follow=True).text


def test_only_what_can_be_begun_is_offered(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    admission, money = "/desk/admission/new", "/desk/payout/new"
    for key in ("seller", "registrar", "authority"):
        page = market.client(key).get("/desk").text
        assert admission not in page
        assert money not in page
    market.person("newcomer")
    assert admission in market.client("newcomer").get("/desk").text
    market.fund("seller", "500.00")
    seller, finance = market.client("seller"), market.client("exchange")
    assert money in seller.get("/desk").text
    assert money in seller.get("/desk/account").text
    assert "代办单位" not in seller.get(money).text
    assert money in finance.get("/desk").text
    assert "代办单位" in finance.get(money).text


def test_what_may_be_begun_stands_under_the_heading_of_its_work_and_is_found_by_name(market: Market) -> None:
    seller = market.client("seller")
    page = seller.get("/desk").text
    begin_part = page[page.index('id="begin"') :]
    for heading in ("编目与供给", "产权登记", "企业授权与来源", "个人信息", "数据资产", "交易", "资金"):
        assert f"<h3>{heading}</h3>" in begin_part, heading
    assert begin_part.index("编目与供给") < begin_part.index("企业授权与来源") < begin_part.index("数据资产")
    assert begin_part.index("/desk/grant/new") > begin_part.index("企业授权与来源")
    found = seller.get("/desk", {"find": "双向"}).text
    found = found[found.index('id="begin"') :]
    assert "/desk/mutual_grant/new" in found
    assert "/desk/ownership/new" not in found
    assert "/desk/mutual_grant/new" in seller.get("/desk", {"find": "two-way"}).text  # in either language
    assert "没有名称相符的事项" in seller.get("/desk", {"find": "<b>xyz"}).text
    assert "<b>xyz" not in seller.get("/desk", {"find": "<b>xyz"}).text


def test_every_procedure_that_people_begin_belongs_to_a_work() -> None:
    begun = [table for table in all_procedures() if table.begins.by != (CLOCK,)]
    assert [table.name for table in begun if works.work_of(table) == works.OTHERS] == []

"""Pages of authorised operation: what anyone reads of it, what only its parties do, and that a sealed bid shows nothing."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.web.market import NOW, Market
from tests.web.test_public_data import registered, words_of
from tongqu.exchange.members.models import Organisation
from tongqu.exchange.registry.authorisation import (
    OPERATION_AGREEMENT,
    OPERATION_BID,
    OPERATION_DISCLOSURE,
    OPERATION_PLAN,
    OPERATOR_SELECTION,
)
from tongqu.exchange.registry.models import OperationBid, OperationDisclosure, PublicRegistration

pytestmark = pytest.mark.django_db
KEY = "一把足够长的投标密钥-20261124"
EARLIER = NOW - timedelta(days=40)


@pytest.fixture
def body(market: Market) -> Market:
    """The seller is a public institution here, with a resource that is registered."""
    registered(market)
    Organisation.objects.filter(pk=market.parties["seller"]).update(kind="public_institution")
    market.now = NOW
    return market


def resource_of(market: Market) -> int:
    return int(PublicRegistration.objects.get(applicant=market.parties["seller"]).resource_id)


def called(market: Market, at: Any = EARLIER) -> int:
    """A filed plan and a negotiation with one candidate, whose bids close in twenty days."""
    market.now = at
    day, paper = at.date(), market.paper("纪要", "seller")
    plan = market.begin(
        OPERATION_PLAN, "seller", name="示例站点授权运营方案", need="需求稳定，风险可控，成效可期", conditions="有安全能力和运营团队的单位",
        mode="whole", resources=[resource_of(market)], data_text="全部站点", until_date=date(2031, 1, 1), course="半年建成，逐年评价，退出移交",
        products=["站点核验"], accounting="单独核算", security="数据不出域", duties="依协议约定", supervision="年度考核",
    )  # fmt: skip
    market.act(
        OPERATION_PLAN, "decide", plan, "seller", meeting="示例会议", decided_date=day, conclusion="同意", minutes=paper
    )
    market.act(
        OPERATION_PLAN, "approve", plan, "seller", government="示例政府", number="1 号", approved_date=day, paper=paper
    )
    market.act(OPERATION_PLAN, "file", plan, "authority", number="备 1")
    made = market.begin(
        OPERATOR_SELECTION, "seller", plan=plan, name="示例站点运营机构选择", method="negotiation", requirements="按方案条件提供运营方案",
        criteria=[{"name": "方案", "points": 100}], invited=[market.parties["rival"]], exception=paper,
        bids_until_date=day + timedelta(days=20),
    )  # fmt: skip
    market.now = NOW
    return made


def bid(market: Market, selection: int, at: Any = EARLIER) -> int:
    market.now = at
    made = market.begin(
        OPERATION_BID,
        "rival",
        selection=selection,
        bid_key=KEY,
        offer_fen=7_654_321,
        proposal="只有自己知道的方案",
        promises="只有自己知道的承诺",
    )
    market.now = NOW
    return made


def operating(market: Market) -> int:
    selection = called(market)
    made = bid(market, selection)
    market.at(NOW)
    market.act(OPERATOR_SELECTION, "open", selection, "seller")
    market.act(OPERATION_BID, "unseal", made, "rival", bid_key=KEY)
    for number in range(3):
        market.act(OPERATOR_SELECTION, "score", selection, "seller", bid=made, expert=f"专家{number}",
                   points=[{"criterion": "方案", "points": 90 + number}])  # fmt: skip
    market.act(
        OPERATOR_SELECTION,
        "award",
        selection,
        "seller",
        bid=made,
        report=market.paper("报告", "seller"),
        reason="唯一且合格",
    )
    agreement = market.begin(
        OPERATION_AGREEMENT, "seller", selection=selection, name="示例站点授权运营协议", resources=[resource_of(market)],
        starts_date=NOW.date(), ends_date=date(2029, 11, 23), products=["站点核验"], product_rules="逐项审核", platform="示例平台",
        assets="归实施机构", disclosure="半年披露", accounting="单独核算", ceiling_fen=50, ceiling_unit="次", security="应急预案",
        assessment="每年评价", breach="按约承担", disputes="仲裁", changes="书面变更",
    )  # fmt: skip
    market.act(OPERATION_AGREEMENT, "propose", agreement, "seller")
    market.act(OPERATION_AGREEMENT, "sign", agreement, "rival")
    market.act(OPERATION_AGREEMENT, "countersign", agreement, "seller")
    market.act(OPERATION_AGREEMENT, "file", agreement, "authority", number="备 2")
    market.act(OPERATION_AGREEMENT, "bring_into_force", agreement, "seller")
    return agreement


def test_anyone_reads_the_announcement_and_no_count_of_bids(body: Market, client: Client) -> None:
    selection = called(body, NOW)
    bid(body, selection, NOW)
    page = words_of(client.get(f"/operations/selections/{selection}").text)
    assert "按方案条件提供运营方案" in page
    assert "投标份数" not in page
    assert "示例轨道" not in page
    assert f"/operations/selections/{selection}" in client.get("/operations/selections").text


def test_the_desk_of_nobody_but_the_bidder_shows_a_sealed_bid(body: Market) -> None:
    selection = called(body, NOW)
    made = bid(body, selection, NOW)
    for name in ("seller", "authority", "exchange", "buyer"):
        assert body.client(name).get(f"/desk/operation_bid/{made}").status_code == 404, name
        assert "只有自己知道" not in body.client(name).get(f"/desk/operator_selection/{selection}").text
    page = words_of(body.client("rival").get(f"/desk/operation_bid/{made}").text)
    assert "已封存" in page
    assert "只有自己知道的方案" not in page  # not even to itself: the key is not kept
    assert "投标份数" not in words_of(body.client("seller").get(f"/desk/operator_selection/{selection}").text)


def test_a_bid_goes_in_by_the_form_and_its_key_comes_back_in_no_page(body: Market) -> None:
    selection = called(body, NOW)
    rival = body.client("rival")
    address = f"/desk/operation_bid/new?selection={selection}"
    page = rival.get(address).text
    key = re.search(r'name="_key" value="([^"]+)"', page)
    assert key, words_of(page)
    answers = {"selection": selection, "offer_fen": "76543.21", "proposal": "只有自己知道的方案", "promises": ""}
    short = rival.post(address, {"_act": "begin", "_key": key[1], **answers, "bid_key": "太短"})
    assert "太短" not in short.text
    assert not OperationBid.objects.exists()
    sent = rival.post(address, {"_act": "begin", "_key": key[1], **answers, "bid_key": KEY})
    assert sent.status_code == 302, words_of(sent.text)
    assert OperationBid.objects.get().content is None


def test_the_operation_shows_seven_columns_of_each_side(body: Market, client: Client) -> None:
    agreement = operating(body)
    page = words_of(client.get(f"/operations/{agreement}").text)
    assert "还没有披露" in page
    row = OperationDisclosure.objects.get(agreement=agreement, side="operator")
    body.act(OPERATION_DISCLOSURE, "publish", row.pk, "rival", text="本期没有新产品")
    page = words_of(client.get(f"/operations/{agreement}").text)
    for column in (
        "已授权资源名称",
        "登记完成情况",
        "授权运营方式",
        "上限收费标准",
        "运营机构名称",
        "授权期限",
        "披露时间",
    ):
        assert column in page
    for shown in ("示例码-0001", "整体授权", "¥ 0.50", "示例轨道有限公司", "2029-11-23", "本期没有新产品"):
        assert shown in page, shown
    english = client.get(f"/operations/{agreement}", headers={"cookie": "language=en"}).text
    assert "Authorised resource" in english
    for odd in ("/operations/999999", "/operations/99999999999999999999", "/operations/selections/999999"):
        assert client.get(odd).status_code == 404
    for odd in ("/operations?page=99999", "/operations/selections?page=x"):
        assert client.get(odd).status_code == 200


def test_the_pages_cost_so_many_statements(
    body: Market, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    agreement = operating(body)
    client.get("/operations")
    with django_assert_num_queries(4):
        assert client.get("/operations").status_code == 200
    with django_assert_num_queries(4):
        assert client.get("/operations/selections").status_code == 200
    with django_assert_num_queries(13):
        assert client.get(f"/operations/{agreement}").status_code == 200


def test_desks_tell_it_in_words_of_both_languages(body: Market) -> None:
    agreement = operating(body)
    made = OperationBid.objects.get().pk
    pages = [
        ("operation_agreement", agreement),
        ("operation_bid", made),
        ("operator_selection", OperationBid.objects.get().selection_id),
    ]
    for table, pk in pages:
        for language in ("zh-hans", "en"):
            page = body.client("seller", language).get(f"/desk/{table}/{pk}").text
            bare = re.sub(r'(?:name|value|id|for|href|action|data-[a-z]+)="[^"]*"', "", words_of(page))
            for raw in ("offer_fen", "open_tender", "negotiation'", "whole'", "in_force", "{&#x27;", "None"):
                assert raw not in bare, (table, raw)
    assert "76,543.21" in body.client("seller").get(f"/desk/operation_bid/{made}").text


def test_the_separate_accounts_stand_on_the_agreement_and_not_in_public(body: Market, client: Client) -> None:
    agreement = operating(body)
    body.act(
        OPERATION_AGREEMENT,
        "book",
        agreement,
        "rival",
        kind="cost",
        amount_fen=12_345,
        booked_date=NOW.date(),
        text="示例成本摘要",
    )
    assert "123.45" in body.client("seller").get(f"/desk/operation_agreement/{agreement}").text
    assert "示例成本摘要" not in client.get(f"/operations/{agreement}").text
    assert body.client("buyer").get(f"/desk/operation_agreement/{agreement}").status_code == 404

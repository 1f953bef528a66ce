"""Pages of public-data registration: four fields and no more, objections by name, the register, desks without raw words."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.web.market import NOW, Market, code, form_key
from tongqu.exchange.bedrock.procedures import Actor, begin, perform
from tongqu.exchange.members import parties
from tongqu.exchange.registry import publicdata
from tongqu.exchange.registry.models import PublicRegistration

pytestmark = pytest.mark.django_db
FIRST = publicdata.PUBLIC_REGISTRATION


def institute(market: Market) -> None:
    """A designated institution joins, as a registrar of public data."""
    person = market.person("institute")
    asked = market.particulars("示例数据登记院", "12420000MB00000P0", ["public_registrar"])
    made = begin(parties.ADMISSION, by=Actor(person=person.pk), at=market.now, **asked | {"kind": "public_institution"})
    market.parties["institute"] = made.subject
    perform(parties.ADMISSION, "check", made.subject, by=market.actor("exchange"), at=market.now)
    perform(
        parties.ADMISSION, "admit", made.subject, by=market.actor("exchange"), at=market.now,
        checks=["identity", "address", "contact", "licence"], method="document", reference="示例记录",
    )  # fmt: skip


def content(market: Market, by: str = "seller", **changes: Any) -> dict[str, Any]:
    return {
        "contact_name": "示例联系人甲", "contact_phone": "027-12345678", "contact_address": "武汉市示例路1号",
        "identity_paper": market.paper("身份", by), "commitment_paper": market.paper("承诺", by), "source": "service",
        "source_text": "提供公共服务产生", "source_papers": [market.paper("来源", by)], "data_name": "示例轨道站点数据",
        "summary": "线路与站点", "access": "authorised", "frequency": "year", "time_from_date": date(2018, 1, 1),
        "records": 300, "volume_bytes": 30_000, "storage": "示例平台", "evidence_by": "house", "products": ["站点核验"],
        "scenarios": ["商业选址"], "risk_by": "示例评估中心", "risk_date": date(2026, 9, 1), "risk_text": "风险可控",
        "risk_paper": market.paper("评估", by),
    } | changes  # fmt: skip


def applied(market: Market, by: str = "seller", **changes: Any) -> int:
    if "institute" not in market.parties:
        institute(market)
    resource = market.resource(by, kind="public_institution", name=f"{by}轨道站点")
    asked = {"registrar": market.parties["institute"], "resource": resource} | content(market, by) | changes
    return market.begin(FIRST, by, **asked)


def publicised(market: Market, by: str = "seller", **changes: Any) -> int:
    market.now = NOW - timedelta(days=1)
    made = applied(market, by, **changes)
    market.act(FIRST, "accept", made, "institute")
    market.act(FIRST, "publicise", made, "institute", note="材料齐全，形式符合")
    market.now = NOW
    return made


def registered(market: Market, code: str = "示例码-0001", **changes: Any) -> int:
    market.now = NOW - timedelta(days=40)
    made = applied(market, **changes)
    market.act(FIRST, "accept", made, "institute")
    market.act(FIRST, "publicise", made, "institute", note="材料齐全，形式符合")
    market.at(NOW - timedelta(days=10))
    market.act(FIRST, "assign", made, "institute", code=code)
    market.now = NOW
    return made


def words_of(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", page.partition("<main")[2])


def test_a_notice_has_four_fields_and_nothing_else(market: Market, client: Client) -> None:
    made = publicised(market)
    assert f"/public-data/notices/public_registration/{made}" in client.get("/public-data/notices").text
    page = words_of(client.get(f"/public-data/notices/public_registration/{made}").text)
    for shown in ("示例银行有限公司", "首次登记", "示例轨道站点数据", "线路与站点"):
        assert shown in page
    for hidden in ("示例联系人甲", "027-12345678", "商业选址", "示例评估中心", "提供公共服务产生"):
        assert hidden not in page
    assert client.get(f"/public-data/notices/ownership/{made}").status_code == 404
    assert client.get(f"/public-data/notices/public_change/{made}").status_code == 404
    assert client.get("/public-data/notices/public_registration/99999999999999999999").status_code == 404


def test_what_is_not_in_publicity_has_no_notice_and_no_record(market: Market, client: Client) -> None:
    made = applied(market)
    assert client.get(f"/public-data/notices/public_registration/{made}").status_code == 404
    assert client.get(f"/public-data/{made}").status_code == 404


def test_an_objection_is_made_on_the_notice_with_evidence_of_ones_own(market: Market, client: Client) -> None:
    made = publicised(market)
    address = f"/public-data/notices/public_registration/{made}"
    assert client.post(address, {}).status_code == 302
    rival = market.client("rival")
    answers = {"reason": "权属不清，请核实", "contact": "027-7654321", "code": code()}
    key = form_key(rival.get(address).text, "object")
    without = rival.post(address, {"_act": "object", "_key": key, **answers})
    assert without.status_code != 302
    key = form_key(rival.get(address).text, "object")
    sent = rival.post(
        address, {"_act": "object", "_key": key, **answers, "code": code(2), "evidence": market.paper("证据", "rival")}
    )
    assert sent.status_code == 302, words_of(sent.text)
    assert PublicRegistration.objects.get(pk=made).state == "objection"
    assert "异议核实中" in client.get("/public-data/notices").text
    page = words_of(market.client("seller").get(f"/desk/public_registration/{made}").text)
    assert "实名异议人" in page
    assert "027-7654321" not in page
    assert "027-7654321" in words_of(market.client("institute").get(f"/desk/public_registration/{made}").text)


def test_the_register_shows_the_code_as_it_came_and_until_when_it_is_valid(market: Market, client: Client) -> None:
    made = registered(market)
    page = words_of(client.get("/public-data?q=轨道").text)
    assert "示例码-0001" in page
    assert "已登记" in page
    page = words_of(client.get(f"/public-data/{made}").text)
    assert "示例码-0001" in page
    assert "2029-11-14" in page, page
    assert "没有找到" in client.get("/public-data?q=没有这样的").text
    for odd in ("?page=99999999", "?page=x", "?what=nothing"):
        assert client.get(f"/public-data{odd}").status_code == 200


def test_the_pages_cost_the_same_however_many_there_are(
    market: Market, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publicised(market)
    publicised(market, "rival")
    client.get("/public-data")
    with django_assert_num_queries(6):
        assert client.get("/public-data/notices").status_code == 200
    with django_assert_num_queries(5):
        assert client.get("/public-data").status_code == 200


def test_the_desk_leads_through_it_in_both_languages_without_raw_words(market: Market) -> None:
    made = applied(market)
    for language, accept in (("zh-hans", "受理"), ("en", "Accept")):
        page = market.client("institute", language).get(f"/desk/public_registration/{made}").text
        assert accept in page
        for raw in ("public_registration.", "authorised", "evidence_by", "not_applied", "{&#x27;", "house"):
            assert raw not in re.sub(r'(?:name|value|id|for|href|action|data-[a-z]+)="[^"]*"', "", words_of(page)), raw


def test_a_registration_leads_its_holder_to_what_may_be_done_and_others_to_a_correction(market: Market) -> None:
    made = registered(market)
    page = market.client("seller").get(f"/desk/public_registration/{made}").text
    for name in ("public_change", "public_correction", "public_renewal", "public_cancellation"):
        assert f"/desk/{name}/new?registration={made}" in page
    new = market.client("seller").get(f"/desk/public_change/new?registration={made}").text
    assert "线路与站点" in new  # the content that stands is there, so that only the change is typed
    public = market.client("buyer").get(f"/public-data/{made}").text
    assert f"/desk/public_correction/new?registration={made}" in public
    form = market.client("buyer").get(f"/desk/public_correction/new?registration={made}").text
    assert "示例轨道站点数据" in form
    strange = market.client("buyer").get("/desk/public_correction/new?registration=999999999").text
    assert "示例轨道站点数据" not in strange


def test_the_contents_of_anothers_registration_do_not_fill_a_form(market: Market) -> None:
    made = registered(market)
    page = market.client("rival").get(f"/desk/public_change/new?registration={made}").text
    assert "商业选址" not in page

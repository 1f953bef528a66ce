"""Anyone reads standards, sources, catalogues by region and the supply list; who works with them finds words, no codes."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from tests.web.market import NOW, Market, form_key
from tongqu.exchange.bedrock.procedures import CASE, NeedsReview, NotYours, begin
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.elements import ELEMENT, SOURCE_CLAIM, SOURCE_CONFLICT
from tongqu.exchange.registry.models import Catalog as CatalogRow
from tongqu.exchange.registry.models import (
    Conflict,
    Entry,
    Harvest,
    ResourceVersion,
    SupplyEntry,
    SurveyAnswer,
    Vacancy,
)
from tongqu.exchange.registry.survey import SUPPLY_ENTRY, SURVEY, SURVEY_ANSWER

STANDARD = {
    "identifier": "HBDE0001", "name": "证件编号", "aliases": ["ID"], "definition": "证件上的编号", "type": "text", "length_max": 4,
    "codes": [], "scope": "unified", "standard": "示例标准",
}  # fmt: skip
DATA_SET = {
    "name": "门店客流", "description": "每日进店人次", "industry": "F52", "kind": "enterprise", "records": 1_000, "cycle": "day",
    "willing": "trade", "public": True,
}  # fmt: skip
CONTACT = {"contact_name": "王经理", "contact_phone": "027-55550000"}


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def standard(market: Market, **changes: Any) -> int:
    made = market.begin(ELEMENT, "authority", **(STANDARD | changes))
    market.act(ELEMENT, "adopt", made, "authority")
    return made


def claim(market: Market, owner: str, element: int, **changes: Any) -> int:
    resource = changes.pop("resource", None) or market.resource(owner, kind="public_institution")
    asked = {
        "element": element,
        "resource": resource,
        "item": "ID",
        "role": "source",
        "region": "420106",
        "ground": "章程",
    }
    return market.begin(SOURCE_CLAIM, owner, **(asked | changes))


def test_the_list_and_the_page_of_a_standard(
    market: Market, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    element = standard(market)
    claim(market, "seller", element)
    client.get("/elements")  # what every page has is kept for a while
    with django_assert_num_queries(5):
        page = client.get("/elements?q=证件").text
    assert "HBDE0001" in page
    assert "没有找到" in client.get("/elements?q=没有这个").text
    with django_assert_num_queries(10):
        page = text_of(client.get("/elements/HBDE0001?region=420106").text)
    assert "湖北省武汉市武昌区： 示例银行有限公司" in page
    assert "首次申报" in page
    assert "文本" in page
    for address in ("/elements/HBDE0001?version=9", "/elements/HBDE0001?version=x", "/elements/nothing"):
        assert client.get(address).status_code == 404
    for address in ("/elements?page=0", "/elements?page=999", "/elements/HBDE0001?sources=99&users=-1&region=999999"):
        assert client.get(address).status_code == 200


def test_the_page_of_a_resource_shows_standard_source_and_findings(market: Market, client: Client) -> None:
    element = standard(market)
    resource = market.resource("seller", kind="public_institution")
    claim(market, "seller", element, resource=resource)
    page = text_of(client.get(f"/resources/{resource}").text)
    assert "数据元标准与数源" in page
    assert "权威数源" in page
    assert "实测最长 5 字，标准最长 4 字" in page


def test_an_update_makes_a_version_that_can_be_read_in_words(market: Market, client: Client) -> None:
    resource = market.resource("seller")
    row = catalogue.resource(resource)
    entry = {
        "name": row.name, "kind": row.kind, "class_code": row.class_code, "class_name": "主题", "group_name": "金融", "heading_name": "信用",
        "abstract": "授信额度与逾期，已补充", "format": row.format, "items": [{"name": "ID", "type": "text"}, {"name": "late", "type": "whole"}],
        "sharing": "none", "opening": "closed", "cycle": "week", "node": row.node_id, "source": row.source,
    }  # fmt: skip
    market.act(catalogue.RESOURCE, "update", resource, "seller", **entry)
    market.act(catalogue.RESOURCE, "update", resource, "seller", **entry)
    assert [one.number for one in catalogue.versions_of(resource).page()] == [2, 1]
    page = text_of(client.get(f"/resources/{resource}?version=1").text)
    assert "更新周期：“每月” → “每周”" in page
    assert "信息项“late”的类型：“是否” → “整数”" in page
    assert "第 1 版的内容" in page
    assert "授信额度与下月是否逾期" in page
    english = Client()
    english.cookies["language"] = "en"
    assert "The type of item “late”" in english.get(f"/resources/{resource}").content.decode()
    assert client.get(f"/resources/{resource}?version=77").status_code == 200


def test_a_page_reads_ten_versions_and_the_one_before_them_however_many_there_are(
    market: Market, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = market.resource("seller")
    first = ResourceVersion.objects.get(resource=resource)
    ResourceVersion.objects.bulk_create(
        ResourceVersion(
            resource_id=resource, number=number, at=NOW, content=first.content | {"abstract": f"摘要{number}"}
        )
        for number in range(2, 61)
    )
    read: list[int] = []
    kept = ResourceVersion.from_db.__func__  # type: ignore[attr-defined]

    def counted(cls: Any, db: Any, names: Any, values: Any) -> Any:
        read.append(1)
        return kept(cls, db, names, values)

    monkeypatch.setattr(ResourceVersion, "from_db", classmethod(counted))
    client.get(f"/resources/{resource}")
    taken = []
    for asked in ("", "?versions=6", "?versions=99", "?version=3", "?version=60", "?version=x", "?versions=-1"):
        read.clear()
        with CaptureQueriesContext(connection) as statements:
            page = client.get(f"/resources/{resource}{asked}")
        assert page.status_code == 200
        assert len(read) <= 13
        taken.append(len(statements))
    assert max(taken) - min(taken) <= 2
    page = text_of(client.get(f"/resources/{resource}").text)
    assert "第 60 版" in page
    assert "“摘要50” → “摘要51”" in page
    assert "摘要49" not in page
    assert "共 60 条" in page
    last = text_of(client.get(f"/resources/{resource}?versions=6").text)
    assert "“摘要9” → “摘要10”" in last
    assert "摘要3" in text_of(client.get(f"/resources/{resource}?version=3").text)
    holder = text_of(market.client("seller").get(f"/desk/resource/{resource}?versions=6").content.decode())
    assert "“摘要9” → “摘要10”" in holder


def test_a_place_is_asked_by_code_or_name_and_what_is_none_is_told(market: Market, client: Client) -> None:
    claim(market, "seller", standard(market))
    for asked in ("420106", "武汉市武昌区", "湖北武汉武昌"):
        assert "湖北省武汉市武昌区： " in text_of(client.get("/elements/HBDE0001", {"region": asked}).text)
    assert "还没有权威数源" in text_of(client.get("/elements/HBDE0001", {"region": "420500"}).text)
    for asked in ("999999", "42010", "某地", "<script>"):
        page = client.get("/elements/HBDE0001", {"region": asked})
        assert "不是区划代码或地名" in text_of(page.text)
        assert "<script>”" not in page.text
    assert "不止一处" in text_of(client.get("/elements/HBDE0001", {"region": "鼓楼区"}).text)
    assert "421023 是原监利县，今属湖北省荆州市监利市" in text_of(
        client.get("/elements/HBDE0001", {"region": "421023"}).text
    )
    assert "不是区划代码" not in client.get("/elements/HBDE0001").text


def test_a_suggested_link_is_confirmed_by_a_person(market: Market) -> None:
    standard(market)
    resource = market.resource("seller", kind="public_institution")
    seller = market.client("seller")
    page = seller.get(f"/desk/resource/{resource}").content.decode()
    found = re.search(r'href="(/desk/source_claim/new\?[^"]+item=ID[^"]*)"', page)
    assert found
    form = seller.get(found[1].replace("&amp;", "&")).content.decode()
    key = form_key(form, "begin")
    element = re.search(r'<option value="(\d+)" selected>证件编号', form)
    assert element
    sent = {
        "_act": "begin",
        "_key": key,
        "element": element[1],
        "resource": str(resource),
        "item": "ID",
        "role": "user",
    }
    answer = seller.post("/desk/source_claim/new", sent, follow=True)
    assert answer.status_code == 200
    assert "使用方" in answer.content.decode()
    assert "可关联的数据元" not in seller.get(f"/desk/resource/{resource}").content.decode()


def test_a_dispute_is_stated_decided_and_read_by_its_parties_alone(market: Market) -> None:
    element = standard(market)
    claim(market, "seller", element)
    claim(market, "rival", element)
    case = Conflict.objects.get().pk
    assert market.client("buyer").get(f"/desk/source_conflict/{case}").status_code == 404
    for side, first_missing in (("seller", True), ("rival", False)):
        page = market.client(side).get(f"/desk/source_conflict/{case}").content.decode()
        told = text_of(page)
        assert "现在等谁" in told
        assert (
            "现有数源方的陈述 申报方的陈述" in re.sub(r"示例\S+ ", "", told.split("现在等谁")[1][:200])
        ) == first_missing
        assert re.search(r"期限（含当日） 20\d\d-\d\d-\d\d(?! \d\d:)", told)
        sent = {"_act": "state", "_key": form_key(page, "state"), "statement": f"{side}之依据"}
        assert market.client(side).post(f"/desk/source_conflict/{case}", sent).status_code == 302
    market.settle()
    assert "数源争议" in market.client("authority").get("/desk").content.decode()
    steward = market.client("authority")
    page = steward.get(f"/desk/source_conflict/{case}").content.decode()
    assert "seller之依据" in page
    assert "数据主管部门 裁决" in text_of(page)
    sent = {"_act": "decide", "_key": form_key(page, "decide"), "outcome": "challenger", "reason": "职责在后者"}
    assert steward.post(f"/desk/source_conflict/{case}", sent).status_code == 302
    page = text_of(steward.get(f"/desk/source_conflict/{case}").content.decode())
    assert "改由申报方为数源" in page
    for raw in ("challenger", "incumbent", "unified", "{", "None"):
        assert raw not in page
    desk = market.client("seller").get("/desk").content.decode()
    assert "陈述理由" not in desk


def test_a_claim_beyond_ones_division_is_a_case_on_the_data_authoritys_desk_alone(market: Market) -> None:
    element = standard(market)
    resource = market.resource("seller", kind="public_institution")
    asked = {
        "element": element,
        "resource": resource,
        "item": "ID",
        "role": "source",
        "region": "420000",
        "ground": "章程",
    }
    with pytest.raises(NeedsReview) as shut:
        begin(SOURCE_CLAIM, by=market.actor("seller"), at=market.now, **asked)
    case = shut.value.case_id
    assert "人工审查件" not in text_of(market.client("registrar").get("/desk").content.decode()).split("全部事项")[0]
    steward = market.client("authority")
    assert "人工审查件" in steward.get("/desk").content.decode()
    page = text_of(steward.get(f"/desk/case/{case}").content.decode())
    for said in ("证件编号（HBDE0001 第1版）", "seller违约记录", "湖北省（420000）", "申报的地区超出本单位所在地"):
        assert said in page
    with pytest.raises(NotYours):
        market.act(CASE, "allow", case, "exchange", reason="不归我管")
    market.act(CASE, "allow", case, "authority", reason="省级职责")
    begin(SOURCE_CLAIM, by=market.actor("seller"), at=market.now, **asked)
    with pytest.raises(NeedsReview):
        begin(
            SOURCE_CLAIM,
            by=market.actor("rival"),
            at=market.now,
            **(asked | {"resource": market.resource("rival", kind="public_institution")}),
        )


def test_a_vacancy_offers_all_links_of_public_data_and_no_others(market: Market) -> None:
    element = standard(market)
    source = claim(market, "seller", element)
    public = claim(market, "rival", element, role="user", region="", ground="")
    own = market.resource("rival", kind="enterprise", name="自有记录")
    private = claim(market, "rival", element, resource=own, role="user", region="", ground="")
    market.act(SOURCE_CLAIM, "withdraw", source, "seller", reason="职责已移交")
    market.settle()
    page = market.client("authority").get(f"/desk/source_vacancy/{Vacancy.objects.get().pk}").text
    assert f'<option value="{public}"' in page
    assert f'<option value="{private}"' not in page


def test_every_page_of_an_element_is_in_words(market: Market) -> None:
    element = standard(market)
    made = claim(market, "seller", element)
    steward = market.client("authority")
    for address in (
        f"/desk/element/{element}",
        f"/desk/source_claim/{made}",
        "/desk/element",
        "/desk/element/new?identifier=HBDE0001",
    ):
        page = text_of(steward.get(address).content.decode())
        for raw in ("by_territory", "in_force", "None", "[]", "{'"):
            assert raw not in page, (address, raw)


# Catalogues by region.


@pytest.fixture
def harvested(market: Market) -> None:
    made = Harvest.objects.create(state="finished", begun_at=NOW, changed_at=NOW, file="0" * 64, name="示例")
    for number, (region, named) in enumerate([("420000", "420100"), ("420600", ""), ("", "")]):
        row = CatalogRow.objects.create(key=f"c{number}", name=f"示例目录{number}", region=region)
        Entry.objects.create(
            catalog=row, key="1", title="示例", region=named, opening="open", cycle="day", digest="", likeness=str(number), harvest=made,
            changed_at=NOW,
        )  # fmt: skip
    cache.clear()


def test_the_tree_leads_from_the_province_to_the_holder(
    market: Market, harvested: None, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    market.resource("seller")
    client.get("/catalogues?region=420100")  # counted once a minute for everybody
    with django_assert_num_queries(5):
        page = client.get("/catalogues").text
    told = text_of(page)
    assert "湖北省" in told
    assert "示例银行有限公司" in told
    assert re.search(r"武汉市 420100 1 1", told)
    assert re.search(r"襄阳市 420600 0 1", told)
    assert 'href="/catalogues?region=420100"' in page
    below = text_of(client.get("/catalogues?region=420106").text)
    assert "全国 湖北省 武汉市 武昌区" in below.replace("›", "").replace("/", "").replace("  ", " ")
    nation = text_of(client.get("/catalogues?region=000000").text)
    assert "另有 1 条目录未写明地区" in nation
    assert (
        "共 1 " in text_of(client.get("/resources?region=420000").text)
        or "示例银行" in client.get("/resources?region=420000").text
    )
    assert "示例银行" not in client.get("/resources?region=420600").text


def test_the_tiles_shade_what_was_chosen_and_say_it_in_text(market: Market, harvested: None, client: Client) -> None:
    page = client.get("/catalogues?of=entries").text
    assert re.search(
        r'class="in s7" href="/catalogues\?region=420100">武汉<b class="num">1</b><span class="sr">条目录', page
    )
    assert page.count('<li class="c') == 17
    assert 'class="legend"' in page


def test_an_abolished_county_is_shown_under_its_successor(market: Market, client: Client) -> None:
    resource = market.resource("seller")
    from tongqu.exchange.members.models import Organisation

    Organisation.objects.filter(pk=market.parties["seller"]).update(region="421023")
    cache.clear()
    page = client.get("/catalogues?region=421023").text
    assert "监利县（421023）" in page
    assert "/catalogues?region=421088" in page
    assert "示例银行有限公司" in client.get("/catalogues?region=421088").text
    assert catalogue.resource(resource).name in client.get("/resources?region=421088").text
    for address in ("999999", "42010", "x", "４２０１００"):
        assert client.get(f"/catalogues?region={address}").status_code == 404


# Surveys and the supply list.


def test_a_survey_asks_is_answered_by_form_and_fills_the_list(market: Market, client: Client) -> None:
    steward = market.client("authority")
    page = steward.get("/desk/survey/new").content.decode()
    sent = {
        "_act": "begin",
        "_key": form_key(page, "begin"),
        "name": "2026年企业数据资源调查",
        "purpose": "摸清家底",
        "kinds": ["private"],
        "industries": ["F"],
    }
    assert steward.post("/desk/survey/new", sent).status_code == 302
    from tongqu.exchange.registry.models import Survey

    one = Survey.objects.get()
    market.act(SURVEY, "launch", one.pk, "authority", closes_date=date(2026, 12, 15))
    answer = SurveyAnswer.objects.get(respondent=market.parties["buyer"])
    buyer = market.client("buyer")
    assert "待答复" in buyer.get("/desk").content.decode() or "答复" in buyer.get("/desk").content.decode()
    page = buyer.get(f"/desk/survey_answer/{answer.pk}").content.decode()
    sent = {
        "_act": "answer",
        "_key": form_key(page, "answer"),
        "contact_name": "王经理",
        "contact_phone": "027-55550000",
    } | {f"data_sets-0-{name}": "1" if value is True else str(value) for name, value in DATA_SET.items()}
    assert buyer.post(f"/desk/survey_answer/{answer.pk}", sent).status_code == 302
    page = buyer.get(f"/desk/survey_answer/{answer.pk}").content.decode()
    assert 'value="门店客流"' in page
    assert market.client("rival").get(f"/desk/survey_answer/{answer.pk}").status_code == 404
    told = text_of(steward.get(f"/desk/survey/{one.pk}").content.decode())
    assert re.search(r"已答复 1 ", told)
    assert "截止（含当日） 2026-12-15 " in told
    market.at(NOW + timedelta(days=30))
    entry = SupplyEntry.objects.get()
    assert (entry.state, entry.answer_id) == ("listed", answer.pk)
    page = client.get("/supply").text
    assert "门店客流" in page
    assert "调查登记" in page
    told = client.get(f"/supply/{entry.pk}").text
    assert "批发和零售业 · 零售业" in told
    for private in ("王经理", "55550000"):
        assert private not in page + told


def test_the_supply_list_counts_filters_and_pages(
    market: Market, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    market.resource("seller")
    for number in range(3):
        market.begin(SUPPLY_ENTRY, "buyer", **(DATA_SET | CONTACT | {"name": f"客流{number}", "public": number != 2}))
    market.begin(
        SUPPLY_ENTRY, "rival", **(DATA_SET | CONTACT | {"name": "轨道客流", "industry": "G53", "willing": "share"})
    )
    client.get("/supply?q=x")
    with django_assert_num_queries(3):
        page = text_of(client.get("/supply").text)
    assert "共 4 项" in page
    assert "客流2" not in page
    assert re.search(r"批发和零售业 2", page)
    assert re.search(r"未写明 1", page)
    assert "共 1 项" in text_of(client.get("/supply?section=G").text)
    assert "共 3 项" in text_of(client.get("/supply?q=客流").text)
    assert "共 1 项" in text_of(client.get("/supply?source=resource").text)
    for asked in ("q=" + "数" * 500, "page=0", "page=99999999", "kind=nothing", "q=%25_'", "willing=" + "x" * 999):
        assert client.get(f"/supply?{asked}").status_code == 200
    answer = client.get("/supply.csv?q=客流")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row[0], row[2], row[-1]) for row in rows[1:]] == [("420100", "F", "2"), ("420100", "G", "1")]


def test_an_entry_that_was_catalogued_stands_once_and_lends_its_industry(market: Market, client: Client) -> None:
    resource = market.resource("seller")
    made = market.begin(SUPPLY_ENTRY, "seller", **(DATA_SET | CONTACT | {"industry": "J66"}))
    other = market.begin(SUPPLY_ENTRY, "rival", **(DATA_SET | CONTACT))
    market.act(SUPPLY_ENTRY, "join", made, "seller", resource=resource)
    page = text_of(client.get("/supply?section=J").text)
    assert "共 1 项" in page
    assert "违约记录" in page
    assert f"/resources/{resource}" in client.get(f"/supply/{made}").text
    assert client.get(f"/supply/{other + 1}").status_code == 404
    market.act(catalogue.RESOURCE, "withdraw", resource, "seller", reason="停用")
    assert "门店客流" in client.get("/supply?section=J").text


def test_what_the_rule_does_not_let_pass_waits_for_a_person_and_is_not_shown(market: Market, client: Client) -> None:
    made = market.begin(SUPPLY_ENTRY, "buyer", **(DATA_SET | CONTACT | {"description": "致电 13812345678 索取"}))
    assert SupplyEntry.objects.get(pk=made).state == "declared"
    assert client.get(f"/supply/{made}").status_code == 404
    steward = market.client("authority")
    assert "门店客流" in steward.get("/desk").content.decode()
    market.act(SUPPLY_ENTRY, "give_back", made, "authority", reason="请去掉电话")
    page = market.client("buyer").get(f"/desk/supply_entry/{made}").content.decode()
    assert "请去掉电话" in page
    assert 'name="answer"' not in market.client("buyer").get("/desk/supply_entry/new").content.decode()
    market.act(SUPPLY_ENTRY, "change", made, "buyer", **(DATA_SET | CONTACT))
    assert client.get(f"/supply/{made}").status_code == 200


def test_programs_read_the_same_without_a_key(market: Market, client: Client) -> None:
    element = standard(market)
    claim(market, "seller", element)
    market.begin(SUPPLY_ENTRY, "buyer", **(DATA_SET | CONTACT))
    listed = client.get("/api/elements?words=证件").json()
    assert (listed["total"], listed["items"][0]["identifier"]) == (1, "HBDE0001")
    one = client.get("/api/elements/HBDE0001?region=420106").json()
    assert (one["source"]["holder"], one["versions"], one["sources_total"]) == ("示例银行有限公司", [1], 1)
    assert client.get("/api/elements/HBDE0001?region=420200").json()["source"] is None
    assert client.get("/api/elements/nothing").status_code == 404
    supply = client.get("/api/supply?willing=trade")
    assert (supply.json()["total"], supply.json()["facets"]["section"]) == (1, [{"value": "F", "count": 1}])
    assert "王经理" not in supply.content.decode()
    for asked in ("limit=0", "limit=1000", "offset=-1", "section=" + "x" * 200):
        assert client.get(f"/api/supply?{asked}").status_code == 422


def test_english_pages_have_no_chinese_of_ours(market: Market, harvested: None) -> None:
    standard(market)
    english = Client()
    english.cookies["language"] = "en"
    assert "One standard for each element" in english.get("/elements").content.decode()
    assert "By section of industry" not in english.get("/supply").content.decode()
    assert "The cities of Hubei" in english.get("/catalogues").content.decode()
    assert SURVEY_ANSWER.words.en == "Answer to a survey"
    assert SOURCE_CONFLICT.words.en == "Dispute about a source"

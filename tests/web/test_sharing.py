"""A department asks on a page, its provider answers on one, a city receives its rows; what of it everybody may know."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from tests.web.market import MEMBERS, NOW, Market, form_key
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import HOUSE, begin, perform
from tongqu.exchange.members import mandates, nodes, parties
from tongqu.exchange.members.parties import credit_code
from tongqu.exchange.registry import catalogue, flowback, provision
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.flowback import EDITION, SUBSCRIPTION
from tongqu.exchange.registry.models import Edition, ShareRequest, Subscription
from tongqu.exchange.registry.provision import SHARE_REQUEST
from tongqu.wire.source import Column, ColumnProfile, Profile, SourceDeclaration, Title

DEPARTMENTS = {
    "health": ("示例卫健委", "11420000MB00000H0", ["supplier", "buyer"]),
    "civil": ("示例民政厅", "11420000MB00000C0", ["buyer"]),
    "city": ("示例市卫健委", "11420100MB00000C1", ["buyer"]),
}
DESK = 8
ELEMENTS = ("date", "city_code", "confirmed")


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def province(market: Market, monkeypatch: pytest.MonkeyPatch) -> Market:
    """Three departments beside the members, and a resource that a node has measured."""
    market.now = NOW - timedelta(days=30)
    for key, (name, first, roles) in DEPARTMENTS.items():
        applied = begin(
            parties.ADMISSION, by=_person(market, key), at=market.now,
            **(market.particulars(name, first, roles) | {"name": name, "kind": "department"}),
        )  # fmt: skip
        market.parties[key] = applied.subject
        perform(parties.ADMISSION, "check", applied.subject, by=market.actor("exchange"), at=market.now)
        perform(
            parties.ADMISSION, "admit", applied.subject, by=market.actor("exchange"), at=market.now,
            checks=["identity", "address", "contact", "licence"], method="document", reference="示例记录",
        )  # fmt: skip
    market.settle()
    return market


def _person(market: Market, key: str) -> Any:
    from tongqu.exchange.bedrock.procedures import Actor

    return Actor(person=market.person(key).pk)


@pytest.fixture
def resource(province: Market) -> int:
    return catalogued(province, "conditional")


def catalogued(market: Market, sharing: str) -> int:
    from tongqu.exchange.members.models import Node

    at = market.now
    node = Node.objects.create(
        state="active", begun_at=at, changed_at=at, provider_id=market.parties["health"], name="health-node",
        public_key="ab" * 32, registered_at=at,
    )  # fmt: skip
    declared = SourceDeclaration(
        source="daily", title=Title("逐日", "daily"), format="csv", source_version="a" * 64, bytes=1_000, rows=20,
        columns=tuple(Column(name, "text") for name in ELEMENTS), key_column=None, modes=("dataset",), questions=(),
        loaded_at=at,
    )  # fmt: skip
    perform(nodes.NODE, "declare", node.pk, by=HOUSE, at=at, sources=[declared.to_json()])
    made = market.begin(
        RESOURCE, "health", name="分市州疫情逐日数据", kind="government", class_code="306012", class_name="主题",
        group_name="卫生", heading_name="疫情", abstract="各市州逐日确诊人数", format="spreadsheet",
        items=[{"name": name, "type": "text"} for name in ELEMENTS], sharing=sharing,
        sharing_condition="用于本地区防控" if sharing == "conditional" else "", opening="closed", cycle="day", node=node.pk,
        source="daily",
    )  # fmt: skip
    market.act(RESOURCE, "measure", made, "health")
    task = nodes.tasks.ask_profile(node.pk, "daily", at=at)
    columns = tuple(ColumnProfile(name, "text", 0, 5, "a", "b", None, None, False) for name in ELEMENTS)
    measured = Profile(
        source="daily", source_version="a" * 64, rows=20, columns=columns, small_counts=5, measured_at=at
    )
    perform(nodes.NODE, "measured", node.pk, by=HOUSE, at=at, task=int(task), profile=measured.to_json())
    market.settle()
    assert catalogue.resource(made).state == "catalogued"
    return made


def asked(resource: int, **changes: Any) -> dict[str, Any]:
    return {
        "resource": resource, "matter": "救助资格核对", "ground_kind": "duty", "ground": "三定规定第三条", "items": ["date", "confirmed"],
        "ground_items": ["date", "confirmed"], "mode": "file", "frequency": "month", "until_date": "2027-06-30",
        "safeguards": "专人专机，日志留存", "contact_name": "示例联系人", "contact_phone": "027-12345678",
    } | changes  # fmt: skip


def file_of(market: Market, text: str = "date,confirmed\n2026-10-01,3\n", by: str = "health") -> str:
    return papers.keep(text.encode(), name="data.csv", at=market.now, by=market.parties[by]).sha256


def used(market: Market, resource: int) -> int:
    request = market.begin(SHARE_REQUEST, "civil", **asked(resource))
    market.act(SHARE_REQUEST, "accept", request, "health")
    market.act(SHARE_REQUEST, "provide", request, "health", way="file", version="2026-10", file=file_of(market))
    market.act(SHARE_REQUEST, "confirm", request, "civil")
    return request


def test_the_resources_page_shows_the_way_in_or_says_what_stands_in_it(
    province: Market, resource: int, client: Client
) -> None:
    for key, says, way in (
        ("civil", "有条件共享：用于本地区防控", True),
        ("seller", "政务数据共享限于党政机关和事业单位", False),
        ("health", "这是贵单位的资源", False),
    ):
        page = province.client(key).get(f"/resources/{resource}").text
        assert says in text_of(page)
        assert (f"/desk/share_request/new?resource={resource}" in page) is way
    assert "部门登录并代表单位后" in text_of(client.get(f"/resources/{resource}").text)


def test_a_department_asks_on_a_page_by_ticking_elements(province: Market, resource: int) -> None:
    civil = province.client("civil")
    page = civil.get(f"/desk/share_request/new?resource={resource}").text
    assert "有条件共享：由提供部门在期限内答复" in text_of(page)
    assert 'type="checkbox"' in page
    sent = {**asked(resource, ground_items=["date"]), "_key": form_key(page, "begin")}
    answer = civil.post(f"/desk/share_request/new?resource={resource}", sent, follow=True)
    assert "依据没有写明需要：confirmed" in text_of(answer.text)
    row = ShareRequest.objects.get()
    assert (row.state, row.items, row.over_asked) == ("asked", ["date", "confirmed"], ["confirmed"])
    told = text_of(province.client("health").get(f"/desk/share_request/{row.pk}").text)
    assert "依据没有写明的信息项" in told
    assert "待核实" in told  # the text of the regulations was not read, and every page says so
    assert "condition" not in told


def test_without_a_named_resource_one_is_chosen_and_elements_are_typed(province: Market, resource: int) -> None:
    civil = province.client("civil")
    page = civil.get("/desk/share_request/new").text
    assert "分市州疫情逐日数据" in page
    sent = {
        **asked(resource),
        "items": "date\nconfirmed",
        "ground_items": "date\nconfirmed",
        "_key": form_key(page, "begin"),
    }
    civil.post("/desk/share_request/new", sent)
    assert ShareRequest.objects.get().items == ["date", "confirmed"]


def test_what_the_rules_refuse_stands_above_the_form_with_what_would_mend_it(province: Market, resource: int) -> None:
    seller = province.client("seller")
    page = seller.get(f"/desk/share_request/new?resource={resource}").text
    answer = seller.post(
        f"/desk/share_request/new?resource={resource}",
        {**asked(resource), "_key": form_key(page, "begin")},
        follow=True,
    )
    assert answer.status_code == 409
    assert "政务数据共享限于党政机关和履行公共职能的事业单位" in text_of(answer.text)
    assert "企业请查看在售产品" in text_of(answer.text)


def test_it_waits_on_the_providers_desk_and_every_state_reads_well(province: Market, resource: int) -> None:
    request = province.begin(SHARE_REQUEST, "civil", **asked(resource))
    health = province.client("health")
    assert "救助资格核对" in health.get("/desk?procedure=share_request").text
    province.act(
        SHARE_REQUEST, "refuse", request, "health", kind="condition", provision="目录共享条件", reason="不用于防控"
    )
    told = text_of(province.client("civil").get(f"/desk/share_request/{request}").text)
    assert "不符合共享条件" in told
    assert "condition" not in told
    assert "救助资格核对" in province.client("civil").get("/desk?procedure=share_request").text
    province.act(SHARE_REQUEST, "appeal", request, "civil", reason="属于防控工作")
    assert "救助资格核对" in province.client("authority").get("/desk?procedure=share_request").text
    province.act(SHARE_REQUEST, "order", request, "authority", finding="应当共享", provision="条例第二十条")
    province.act(SHARE_REQUEST, "provide", request, "health", way="file", version="2026-10", file=file_of(province))
    province.act(SHARE_REQUEST, "question", request, "civil", doubt="wrong", text="数字不一致")
    province.act(SHARE_REQUEST, "answer_question", request, "health", corrected=False, finding="核实无误")
    province.act(SHARE_REQUEST, "confirm", request, "civil")
    province.act(SHARE_REQUEST, "ask_consent", request, "civil", use="登记统计产品")
    assert "救助资格核对" in health.get("/desk?procedure=share_request").text
    province.act(SHARE_REQUEST, "consent", request, "health", scope="同意用于统计产品")
    assert "救助资格核对" not in health.get("/desk?procedure=share_request").text
    for language in ("zh-hans", "en"):
        for key in ("civil", "health", "authority"):
            page = province.client(key, language).get(f"/desk/share_request/{request}").text
            assert not re.search(r"in_use|no_duty|None|\{'|share25", text_of(page)), key


def test_the_two_departments_open_the_file_and_nobody_else(province: Market, resource: int, client: Client) -> None:
    request = used(province, resource)
    file = ShareRequest.objects.get().provided["file"]
    address = f"/desk/share_request/{request}/paper/{file}"
    for key, status in (("civil", 200), ("health", 200), ("authority", 404), ("city", 404), ("buyer", 404)):
        assert province.client(key).get(address).status_code == status, key
    assert client.get(address).status_code == 302
    assert address in province.client("civil").get(f"/desk/share_request/{request}").text
    assert address not in province.client("authority").get(f"/desk/share_request/{request}").text
    province.act(SHARE_REQUEST, "stop", request, "civil", reason="工作完成")
    assert province.client("civil").get(address).status_code == 404


def test_a_city_subscribes_on_a_page_and_opens_its_own_rows(province: Market, resource: int) -> None:
    city = province.client("city")
    page = city.get(f"/desk/subscription/new?resource={resource}").text
    assert '<option value="420100"' in page
    assert page.index('value="city_code"') < page.index('value="confirmed"')
    sent = {
        "resource": resource, "territory": "420100", "column": "city_code", "cycle": "month", "ground": "本市防控",
        "contact_name": "示例", "contact_phone": "027-12345678", "_key": form_key(page, "begin"),
    }  # fmt: skip
    city.post(f"/desk/subscription/new?resource={resource}", sent)
    number, province.now = Subscription.objects.get().pk, NOW
    province.act(SUBSCRIPTION, "agree", number, "health")
    file = file_of(province, "date,city_code,confirmed\n2026-10-01,420100,3\n2026-10-01,420500,4\n")
    edition = province.begin(EDITION, "health", resource=resource, version="2026年10月", file=file)
    assert flowback.divide(edition, now=lambda: province.now) == "delivered"
    told = city.get(f"/desk/subscription/{number}").text
    assert "湖北省武汉市（420100）" in text_of(told)
    assert "2026年10月" in told
    (portion,), _ = flowback.portions(subscription=number)
    answer = city.get(f"/desk/subscription/{number}/paper/{portion.file}")
    assert answer.content.decode() == "date,city_code,confirmed\n2026-10-01,420100,3\n"
    assert province.client("authority").get(f"/desk/subscription/{number}/paper/{portion.file}").status_code == 404
    assert city.get(f"/desk/edition/{edition}").status_code == 404
    whole = text_of(province.client("health").get(f"/desk/edition/{edition}").text)
    assert "没有订阅的区划" in whole
    assert "湖北省宜昌市" in whole
    assert Edition.objects.get().unclaimed == 1


def test_who_was_missed_and_what_mends_it_stands_on_both_pages_and_the_provider_mends_it_there(
    province: Market, resource: int
) -> None:
    wanted = {
        "resource": resource, "cycle": "month", "ground": "本市防控", "contact_name": "示例",
        "contact_phone": "027-12345678",
    }  # fmt: skip
    missed = province.begin(SUBSCRIPTION, "city", territory="420100", column="confirmed", **wanted)
    served = province.begin(SUBSCRIPTION, "city", territory="420102", column="city_code", **wanted)
    province.now = NOW
    for one in (missed, served):
        province.act(SUBSCRIPTION, "agree", one, "health")
    file = file_of(province, "date,city_code\n2026-10-01,420100\n2026-10-01,420102\n")
    edition = province.begin(EDITION, "health", resource=resource, version="2026年10月", file=file)
    assert flowback.divide(edition, now=lambda: province.now) == "partial"
    province.settle()
    for key, address, heading in (
        ("city", f"/desk/subscription/{missed}", "没有收到的版本"),
        ("health", f"/desk/subscription/{missed}", "没有收到的版本"),
        ("health", f"/desk/edition/{edition}", "没有收到的订阅"),
    ):
        told = text_of(province.client(key).get(address).text)
        assert heading in told, (key, address)
        assert "原因和补正办法" in told
        assert "文件第 1 行没有约定的区划列“confirmed”" in told
        assert "文件的列：date、city_code。" in told
        in_english = text_of(province.client(key, "en").get(address).text)
        assert "Line 1 of the file lacks the agreed column “confirmed”" in in_english
        assert "The file has: date, city_code." in in_english
        assert not re.search(r"no_column|name_column|pass_over|finish_in_part|None|\{'|\['", told + in_english)
    assert "没有收到的版本" not in text_of(province.client("city").get(f"/desk/subscription/{served}").text)
    assert province.client("city").get(f"/desk/edition/{edition}").status_code == 404
    health = province.client("health")
    assert f"/desk/edition/{edition}" in health.get("/desk?procedure=edition").text
    assert "为没有收到的订阅补交文件" in text_of(health.get(f"/desk/edition/{edition}").text)
    page = health.get(f"/desk/subscription/{missed}").text
    assert '<option value="city_code"' in page
    assert '<option value="confirmed"' not in page
    assert "改用另一区划列" not in text_of(province.client("city").get(f"/desk/subscription/{missed}").text)
    sent = {"_act": "name_column", "column": "city_code", "_key": form_key(page, "name_column")}
    assert health.post(f"/desk/subscription/{missed}", sent).status_code == 302
    assert Subscription.objects.get(pk=missed).column == "city_code"
    province.settle()
    assert "补发中" in text_of(health.get(f"/desk/edition/{edition}").text)
    assert flowback.divide(edition, now=lambda: province.now) == "delivered"
    (portion,), _ = flowback.portions(subscription=missed)
    city = province.client("city")
    answer = city.get(f"/desk/subscription/{missed}/paper/{portion.file}")
    assert answer.content.decode() == "date,city_code\n2026-10-01,420100\n2026-10-01,420102\n"
    for client, address in ((city, f"/desk/subscription/{missed}"), (health, f"/desk/edition/{edition}")):
        assert "原因和补正办法" not in text_of(client.get(address).text)


def test_a_supplement_that_goes_back_and_an_edition_left_at_that_say_so(province: Market, resource: int) -> None:
    wanted = {
        "resource": resource, "cycle": "month", "ground": "本市防控", "contact_name": "示例",
        "contact_phone": "027-12345678",
    }  # fmt: skip
    missed = province.begin(SUBSCRIPTION, "city", territory="420100", column="confirmed", **wanted)
    served = province.begin(SUBSCRIPTION, "city", territory="420102", column="city_code", **wanted)
    province.now = NOW
    for one in (missed, served):
        province.act(SUBSCRIPTION, "agree", one, "health")
    file = file_of(province, "date,city_code,confirmed\n2026-10-01,420102,3\n")
    edition = province.begin(EDITION, "health", resource=resource, version="2026年10月", file=file)
    assert flowback.divide(edition, now=lambda: province.now) == "partial"
    assert "没有一行是可识别的区划代码" in text_of(province.client("city").get(f"/desk/subscription/{missed}").text)
    province.act(EDITION, "supplement", edition, "health", file=file_of(province, "a,a\n"))
    assert flowback.divide(edition, now=lambda: province.now) == "partial"
    health = province.client("health")
    told = text_of(health.get(f"/desk/edition/{edition}").text)
    assert "补交的文件没有分发" in told
    assert "第 1 行的列名“a”重复" in told
    province.act(EDITION, "close", edition, "health", reason="下一版本将改正")
    assert "下一版本将改正" in text_of(health.get(f"/desk/edition/{edition}").text)
    assert "提供部门不再补交这一版本" in text_of(province.client("city").get(f"/desk/subscription/{missed}").text)


def test_the_pages_of_a_missed_subscription_and_edition_take_the_same_statements_however_many_were_missed(
    province: Market, resource: int
) -> None:
    wanted = {
        "resource": resource, "cycle": "month", "ground": "本市防控", "contact_name": "示例",
        "contact_phone": "027-12345678",
    }  # fmt: skip
    made = [
        province.begin(SUBSCRIPTION, "city", territory=code, column=column, **wanted)
        for code, column in (("420100", "city_code"), ("420102", "confirmed"), ("420103", "confirmed"))
    ]
    province.now = NOW
    for one in made[:2]:
        province.act(SUBSCRIPTION, "agree", one, "health")
    file = file_of(province, "date,city_code\n2026-10-01,420100\n")
    editions = []
    for month in ("10", "11"):
        edition = province.begin(EDITION, "health", resource=resource, version=month, file=file)
        assert flowback.divide(edition, now=lambda: province.now) == "partial"
        editions.append(edition)
        if month == "10":
            province.act(SUBSCRIPTION, "agree", made[2], "health")
    health = province.client("health")
    counted = []
    for edition in editions:
        health.get(f"/desk/edition/{edition}")
        with CaptureQueriesContext(connection) as caught:
            assert health.get(f"/desk/edition/{edition}").status_code == 200
        counted.append(len(caught))
    assert counted[0] == counted[1]


# Figures.


def test_anyone_reads_the_aggregates_and_where_the_periods_come_from(
    province: Market, resource: int, client: Client
) -> None:
    assert "还没有共享申请" in text_of(client.get("/sharing").text)
    used(province, resource)
    page = text_of(client.get("/sharing").text)
    assert "100.0%" in page
    assert "示例卫健委" in page
    assert "救助资格核对" not in page
    assert "示例民政厅" not in page  # who asked is for the authorities
    assert "待核实" in page
    client.cookies["language"] = "en"
    assert "Answered in time" in text_of(client.get("/sharing").text)


def test_the_authorities_see_each_department_and_what_is_overdue(province: Market, resource: int) -> None:
    request = province.begin(SHARE_REQUEST, "civil", **asked(resource))
    province.at(NOW - timedelta(days=2))
    assert ShareRequest.objects.get(pk=request).state == "escalated"
    authority = province.client("authority")
    page = authority.get("/desk/sharing").text
    assert f"/desk/share_request/{request}" in page
    assert "示例卫健委（省级）" in text_of(page)
    assert "示例民政厅（省级）" in text_of(authority.get("/desk/sharing?as=requester").text)
    for key in ("civil", "health", "seller", "exchange"):
        assert province.client(key).get("/desk/sharing").status_code == 404
    for asked_badly in ("page=0", "page=999", "page=x", "late=-1", "late=99", "as=<b>"):
        assert authority.get(f"/desk/sharing?{asked_badly}").status_code == 200


def test_the_pages_take_few_statements_however_much_was_asked(
    province: Market, resource: int, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        province.begin(SHARE_REQUEST, "civil", **asked(resource, matter=f"第{number}件事"))
    client.get("/sharing")
    with django_assert_num_queries(5):
        client.get("/sharing")
    with django_assert_num_queries(5):
        client.get("/sharing?page=2")
    authority = province.client("authority")
    authority.get("/desk/sharing")
    with django_assert_num_queries(DESK):
        authority.get("/desk/sharing")


def test_a_program_reads_the_same_figures(province: Market, resource: int, client: Client) -> None:
    used(province, resource)
    told = client.get("/api/sharing/figures").json()
    assert (told["whole"]["requests"], told["whole"]["answered_in_time_share"]) == (1, 100.0)
    assert told["by_level"]["province"]["provided"] == 1
    assert told["flow_back"]["subscriptions"] == 0
    assert client.get("/api/sharing/parties").status_code == 401
    assert provision.figures().whole.requests == 1
    for key, status in (("authority", 200), ("civil", 403)):
        issued = mandates.issue_key(
            by=province.actor(key), at=NOW, name="示例程序", roles=DEPARTMENTS.get(key, MEMBERS.get(key, ("", "", [])))[2],
            until_at=NOW + timedelta(days=30),
        )  # fmt: skip
        answer = client.get("/api/sharing/parties?side=requester", headers={"Authorization": f"Bearer {issued.secret}"})
        assert answer.status_code == status, answer.content
        if status == 200:
            assert [one["name"] for one in answer.json()["items"]] == ["示例民政厅"]


assert set(DEPARTMENTS).isdisjoint(MEMBERS)
assert credit_code.division("11420100MB00000C1X") == "420100"

"""Pages of what was measured: six indicators with numbers and date, reports before and after; nothing raw, no stranger in."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.web.market import Market, form_key
from tongqu.exchange.bedrock.procedures import HOUSE, perform
from tongqu.exchange.members import nodes
from tongqu.exchange.members.nodes.models import Node, NodeTask
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.deidentification import DEIDENTIFICATION
from tongqu.exchange.registry.models import QualityCheck
from tongqu.exchange.registry.quality import QUALITY_CHECK
from tongqu.exchange.trading.models import Listing
from tongqu.wire.measures import (
    BANDS,
    Band,
    DeidentificationMeasured,
    Hiding,
    QualityMeasured,
    RuleMeasured,
    SensitiveMeasured,
    Step,
)
from tongqu.wire.sync import WORKS

RULES = [
    {"check": "required", "column": "ID"},
    {"check": "codes", "column": "late", "values": ["0", "1"]},
    {"check": "expression", "column": "late", "expression": "(?=x)"},
]
RAW = ("quality-measured", "rule-measured", "expression-unknown", "required", "standing", "None", "basis_points")


def answered(market: Market, told: QualityMeasured | DeidentificationMeasured) -> None:
    task = NodeTask.objects.get(answered_at=None)
    inputs = {task.work: told.to_json()}
    perform(nodes.NODE, "examined", task.node_id, by=HOUSE, at=market.now, task=task.pk, **inputs)
    market.settle()


def resource(market: Market, **changes: Any) -> int:
    made = market.resource("seller", **changes)
    Node.objects.filter(pk=catalogue.resource(made).node_id).update(works=list(WORKS))
    return made


def checked(market: Market, made: int, failed: int = 12) -> int:
    check = market.begin(QUALITY_CHECK, "seller", resource=made, rules=RULES)
    rules = (
        RuleMeasured("r1", 8_996, failed, failed),
        RuleMeasured("r2", 8_984, 1, 4),
        RuleMeasured("r3", None, None, None, "expression-unknown"),
    )
    answered(market, QualityMeasured("credit", "a" * 64, 8_996, rules, 5, market.now))
    return check


def hiding(k: int, unique: int | None) -> Hiding:
    bands = tuple(Band(least, most, unique if least == 1 else 100) for least, most in BANDS)
    return Hiding(600, 60, k, unique, -(-10_000 // k), 1_000, bands, (SensitiveMeasured("late", False, 2, 1_234),))


def reported(market: Market, made: int, **changes: Any) -> int:
    quasi = [{"column": "ID", "how": "prefix", "size": "4"}, {"column": "ID", "how": "prefix", "size": "2"}]
    report = market.begin(DEIDENTIFICATION, "seller", resource=made, quasi=quasi, sensitive=["late"])
    told = DeidentificationMeasured(
        "credit", "a" * 64, 8_996, hiding(1, 100), hiding(6, 0), (Step("prefix", chars=2),), 0, True, 2, 5, market.now
    )
    answered(market, replace(told, **changes))
    return report


def quality_part(page: str) -> str:
    return page.split('id="quality"')[1].split("</section>")[0]


def test_everyone_sees_the_six_indicators_with_numbers_and_date(market: Market, client: Client) -> None:
    made = resource(market)
    address = f"/resources/{made}"
    assert "持有方还没有请节点测量质量" in client.get(address).text
    checked(market, made)
    shown = quality_part(client.get(address).text)
    for words in (
        "规范性",
        "完整性",
        "准确性",
        "一致性",
        "时效性",
        "可访问性",
        "未测",
        "99.86%",
        "至少 99.95%",
        "1 – 4",
    ):
        assert words in shown, words
    assert "正则表达式不能识别" in shown
    assert "data-chart" in shown
    assert "GB/T 36344-2018" in shown
    assert "本所设定" in shown
    assert [raw for raw in RAW if raw in shown.split("<script")[0] + shown.split("</script>")[1]] == []
    english = Client()
    english.cookies["language"] = "en"
    assert "At least 99.95%" in quality_part(english.get(address).text)


def test_history_and_changed_data_are_shown(market: Market, client: Client) -> None:
    made = resource(market)
    checked(market, made)
    market.now += timedelta(hours=1)
    checked(market, made, failed=4_498)
    shown = quality_part(client.get(f"/resources/{made}").text)
    assert "历次测量" in shown
    assert "50.00%" in shown
    assert "99.86%" in shown
    assert "同一版本" in shown
    QualityCheck.objects.filter(state="standing").update(source_version="b" * 64)
    assert "数据已换版本" in quality_part(client.get(f"/resources/{made}").text)


def test_the_page_costs_the_same_however_much_was_measured(
    market: Market, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made = resource(market)
    client.get(f"/resources/{made}")
    with django_assert_num_queries(11):
        client.get(f"/resources/{made}")
    for hours in range(3):
        market.now += timedelta(hours=hours)
        checked(market, made)
        market.act(DEIDENTIFICATION, "confirm", reported(market, made), "authority", opinion="准标识符已列全。")
    client.get(f"/resources/{made}")  # so that the head of the log is kept again, however long that took
    with django_assert_num_queries(11):
        client.get(f"/resources/{made}")


def test_a_holder_states_rules_on_a_form_and_finds_them_again(market: Market) -> None:
    made = resource(market)
    client = market.client("seller")
    assert f"/desk/quality_check/new?resource={made}" in client.get(f"/desk/resource/{made}").text
    page = client.get(f"/desk/quality_check/new?resource={made}").text
    sent = {
        "_act": "begin", "_key": form_key(page, "begin"), "resource": str(made), "rules-0-check": "unique",
        "rules-0-column": "ID", "rules-0-others": "late\n", "rules-1-check": "form", "rules-1-column": "ID",
        "rules-1-form": "id_card",
    }  # fmt: skip
    answer = client.post("/desk/quality_check/new", sent)
    assert answer.status_code == 302, answer.text
    (check,) = QualityCheck.objects.all()
    assert [(rule["check"], rule["column"], rule["others"], rule["form"]) for rule in check.rules] == [
        ("unique", "ID", ["late"], None), ("form", "ID", [], "id_card"),
    ]  # fmt: skip
    again = client.get(f"/desk/quality_check/new?resource={made}").text
    assert 'name="rules-1-column"' in again
    shown = client.get(f"/desk/quality_check/{check.pk}").text
    assert "节点测量中" in shown


def test_what_is_wrong_with_a_rule_stands_beside_it(market: Market) -> None:
    made = resource(market)
    client = market.client("seller")
    assert "请先选择数据资源" in client.get("/desk/quality_check/new").text
    page = client.get(f"/desk/quality_check/new?resource={made}").text
    sent = {
        "_act": "begin",
        "_key": form_key(page, "begin"),
        "resource": str(made),
        "rules-0-check": "range",
        "rules-0-column": "ID",
    }
    answer = client.post("/desk/quality_check/new", sent)
    assert "缺少或多余：上下限" in answer.text
    assert not QualityCheck.objects.exists()


def test_a_report_is_reviewed_on_the_desk_and_public_once_confirmed(market: Market, client: Client) -> None:
    made = resource(market, personal=True)
    report = reported(market, made)
    public = f"/resources/{made}/reports/{report}"
    assert client.get(public).status_code == 404
    assert client.get(f"{public}/pdf").status_code == 404
    desk = market.client("authority").get(f"/desk/deidentification/{report}").text
    for words in (
        "最小等价类 k",
        "独一无二的记录",
        "前 2 位",
        "late：l（取值最少）",
        "0.123",
        "达到 k ≥ 5",
        "本所设定",
    ):
        assert words in desk, words
    assert '"how"' not in desk
    market.act(DEIDENTIFICATION, "confirm", report, "authority", opinion="准标识符已列全。")
    page = client.get(public)
    assert page.status_code == 200
    assert "准标识符已列全。" in page.text
    assert "已确认" in page.text
    assert public in client.get(f"/resources/{made}").text
    pdf = client.get(f"{public}/pdf")
    assert (pdf.status_code, pdf["Content-Type"], pdf.content[:4]) == (200, "application/pdf", b"%PDF")
    assert market.client("seller").get(f"/desk/deidentification/{report}/pdf").content == pdf.content
    market.act(DEIDENTIFICATION, "revoke", report, "authority", reason="漏列一个准标识符")
    revoked = client.get(public).text
    for words in ("已撤销", "漏列一个准标识符", "准标识符已列全。"):
        assert words in revoked, words
    assert public not in client.get(f"/resources/{made}").text


def test_a_buyer_sees_the_indicators_beside_the_product(market: Market, client: Client) -> None:
    made = resource(market)
    product = market.product("seller", resource=made)
    assert "规范性" not in client.get(f"/products/{product}").text
    checked(market, made)
    shown = client.get(f"/products/{product}").text
    assert "至少 99.95%" in shown
    assert f"/resources/{made}#quality" in shown
    assert "时效性" not in shown  # not measured, so nothing is claimed


def test_what_is_not_told_is_said_to_be_withheld(market: Market) -> None:
    report = reported(market, resource(market), before=hiding(1, None), suppressed=None)
    shown = market.client("seller").get(f"/desk/deidentification/{report}").text
    assert shown.count("未告知（数量过小）") == 2


@pytest.mark.parametrize("table", [QUALITY_CHECK, DEIDENTIFICATION], ids=lambda table: table.name)
def test_strangers_find_neither_page_nor_paper(market: Market, table: Any) -> None:
    made = resource(market)
    subject = checked(market, made) if table is QUALITY_CHECK else reported(market, made)
    for who in ("rival", "buyer"):
        client = market.client(who)
        assert client.get(f"/desk/{table.name}/{subject}").status_code == 404
        assert client.get(f"/desk/deidentification/{subject}/pdf").status_code == 404
    assert Client().get(f"/desk/deidentification/{subject}/pdf").status_code == 302
    assert Client().get(f"/resources/{made + 1_000}/reports/{subject}").status_code == 404


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 99_999_999_999_999_999_999])
def test_a_number_that_no_row_can_have_is_not_found(market: Market, client: Client, number: int) -> None:
    for address in (
        f"/resources/{number}",
        f"/resources/{number}.ttl",
        f"/resources/{number}/reports/1",
        f"/resources/1/reports/{number}",
        f"/products/{number}",
        f"/notices/{number}",
        f"/supply/{number}",
        f"/entries/{number}",
        f"/api/resources/{number}",
    ):
        assert client.get(address).status_code == 404, address


def test_all_products_of_a_resource_are_on_its_page(
    market: Market, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = market.product()
    sold = Listing.objects.get(pk=first).resource_id
    second = market.product(resource=sold, name="客户违约再核验")
    assert "其余" not in client.get(f"/resources/{sold}").text
    monkeypatch.setattr("tongqu.exchange.web.portal.pages.ON_SALE_FIRST", 1)
    page = client.get(f"/resources/{sold}").text
    assert "其余 1 个" in page
    assert [page.count(f'href="/products/{one}"') for one in (first, second)] == [1, 1]


# Rules on the form, and what a newer check leaves out.


def test_a_rule_asks_what_its_kind_needs_of_the_columns_there_are(market: Market) -> None:
    made = resource(market)
    checked(market, made)
    page = market.client("seller").get(f"/desk/quality_check/new?resource={made}").text
    lines = page.split('class="row-line"')[1:]
    assert len(lines) == len(RULES)
    shown = [set(re.findall(r'data-answers="([^"]*)"(?! hidden)', line)) for line in lines]
    assert shown == [set(), {"codes"}, {"expression"}]
    columns = re.findall(r'<select[^>]*name="rules-0-column".*?</select>', page, re.DOTALL)[0]
    assert set(re.findall(r'<option value="([^"]+)"', columns)) >= {"ID", "late"}
    assert "“late”取自代码表：0、1" in page
    english = market.client("seller", "en").get(f"/desk/quality_check/new?resource={made}").text
    assert "“late” is one of: 0, 1" in english


def test_what_was_typed_for_another_kind_is_not_sent_again(market: Market) -> None:
    """A reader without scripts changes the kind and asks for a line more: the form comes back with what it needs now."""
    made = resource(market)
    client = market.client("seller")
    address = f"/desk/quality_check/new?resource={made}"
    sent = {
        "_act": "begin", "_key": form_key(client.get(address).text, "begin"), "resource": str(made), "_more": "rules",
        "rules-0-check": "required", "rules-0-column": "ID", "rules-0-low": "5",
    }  # fmt: skip
    page = client.post(address, sent).text
    assert not re.search(r'name="rules-0-low"[^>]*value="5"|value="5"[^>]*name="rules-0-low"', page)
    assert "“ID”每行都填写" in page


@pytest.mark.parametrize("number", ["0", "x", "9" * 30, "-1", "１"])
def test_a_form_for_no_resource_of_ones_own_begins_with_the_choice(market: Market, number: str) -> None:
    made = resource(market)
    for asked in (number, str(made)):
        page = market.client("rival").get("/desk/quality_check/new", {"resource": asked}).text
        assert "请先选择数据资源" in page
        assert "late" not in page


def test_fewer_rules_are_asked_about_and_the_public_page_keeps_the_last_score(market: Market, client: Client) -> None:
    made = resource(market)
    checked(market, made)
    seller, address = market.client("seller"), f"/desk/quality_check/new?resource={made}"
    sent = {
        "_act": "begin", "_key": form_key(seller.get(address).text, "begin"), "resource": str(made),
        "rules-0-check": "required", "rules-0-column": "ID",
    }  # fmt: skip
    answer = seller.post(address, sent)
    assert answer.status_code == 409
    assert "省去了现行测量检查的 2 条规则：“late”取自代码表：0、1；“late”整格符合表达式 (?=x)" in answer.text
    assert QualityCheck.objects.count() == 1
    again = sent | {"_key": form_key(answer.text, "begin"), "fewer": "1"}
    assert seller.post(address, again).status_code == 302
    market.now += timedelta(days=2)
    one = (RuleMeasured("r1", 8_996, 0, 0),)
    answered(market, QualityMeasured("credit", "a" * 64, 8_996, one, 5, market.now))
    shown = quality_part(client.get(f"/resources/{made}").text)
    first, last = (f"{market.now - timedelta(days=n):%Y-%m-%d}" for n in (2, 0))
    (conformity,) = (row for row in shown.split("<tr>") if "规范性" in row and "条规则" in row)
    (completeness,) = (row for row in shown.split("<tr>") if "完整性" in row and "条规则" in row)
    assert all(words in conformity for words in ("至少 99.95%", first, "2 条规则，测得 1 条", "最近一次测量未查"))
    assert all(words in completeness for words in ("100.00%", last, "1 条规则"))
    assert "最近一次测量未查" not in completeness


# A large class does not hide what everybody in it shares.


def test_one_sensitive_value_in_a_class_warns_on_every_page(market: Market, client: Client) -> None:
    made = resource(market, personal=True)
    flat = replace(hiding(6, 0), sensitive=(SensitiveMeasured("late", False, 1, 1_234),))
    report = reported(market, made, after=flat)
    desk = market.client("authority").get(f"/desk/deidentification/{report}").text
    market.act(DEIDENTIFICATION, "confirm", report, "authority", opinion="只用于汇总研究，可以接受。")
    public = client.get(f"/resources/{made}/reports/{report}").text
    for page in (desk, public):
        assert "敏感取值单一（l = 1）" in page
        assert "知道某人在这一类，就知道他的取值" in page
        assert "有的类只有一种取值" in page


def test_two_values_in_each_class_warn_of_nothing(market: Market) -> None:
    report = reported(market, resource(market, personal=True))
    page = market.client("authority").get(f"/desk/deidentification/{report}").text
    assert "达到 k ≥ 5" in page
    assert "l = 1" not in page.split("<main")[1].split("_act")[0]


def test_no_chart_draws_a_result_in_the_colour_of_what_is_wrong() -> None:
    script = Path("src/tongqu/exchange/web/static/web/charts.js").read_text("utf-8")
    css = Path("src/tongqu/exchange/web/static/web/theme.css").read_text("utf-8")
    colours = re.findall(r"#[0-9a-f]{6}", re.findall(r"COLOURS = \[(.*?)\]", script)[0])
    wrong = set(re.findall(r"--zhu(?:-deep)?: (#[0-9a-f]{6})", css))
    assert len(set(colours)) >= 4
    assert wrong
    assert not wrong & set(colours)


def test_types_that_were_declared_stand_beside_those_measured(market: Market, client: Client) -> None:
    made = resource(market, items=[{"name": "ID", "type": "text"}, {"name": "late", "type": "flag"}])
    entry = catalogue.resource(made)
    measured = {one["name"]: one["type"] for one in (entry.profile or {})["columns"]}
    page = client.get(f"/resources/{made}").text
    assert "申报类型" in page
    assert "实测类型" in page
    differing = [one.name for one in entry.elements if measured.get(one.name, one.type) != one.type]
    assert page.count("与申报不同") == len(differing)

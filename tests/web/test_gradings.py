"""Gradings on pages: the form with suggestions beside the elements, what the public reads, what the steward sees."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.grading import HARMS, grade, proposal
from tests.web.market import NOW, Market
from tests.web.test_desks_stories import send
from tongqu.exchange.members.models import Organisation
from tongqu.exchange.registry import grading
from tongqu.exchange.registry.catalogue.models import Resource
from tongqu.exchange.registry.grading import GRADING, OBJECTS
from tongqu.exchange.registry.grading.models import Grading
from tongqu.exchange.trading import listings

pytestmark = pytest.mark.django_db


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def answers(kinds: dict[str, str], **changes: Any) -> dict[str, Any]:
    """The form as a holder fills it in."""
    lines = {
        f"elements-{i}-{part}": value
        for i, (name, kind) in enumerate(kinds.items())
        for part, value in (("name", name), ("kind", kind))
    }
    reasons = {f"{name}_reason": "逐项评估后的判断" for name in OBJECTS}
    return {"industry": "J66", "business": "信贷客户数据", **HARMS, **reasons, **lines, **changes}


@pytest.fixture
def opened(market: Market) -> tuple[int, int]:
    """A catalogued resource, not graded, of whose keys half look like identity numbers."""
    market.at(NOW - timedelta(days=1))
    resource = market.resource("seller", graded=False)
    row = Resource.objects.get(pk=resource)
    row.profile["columns"][0]["patterns"] = [{"pattern": "id_card", "rows": 4_498}]
    row.save()
    market.now = NOW
    pk = grading.preparing(resource)
    assert pk is not None
    return resource, pk


def test_the_form_has_every_element_with_what_is_suggested_beside_it(market: Market, opened: tuple[int, int]) -> None:
    _, pk = opened
    page = market.client("seller").get(f"/desk/grading/{pk}").text
    assert 'value="ID"' in page
    assert 'value="late"' in page
    assert "建议：证件或个人编号（按名称：不指向个人或组织（100%）；数据中：身份证号 4,498 行）" in text_of(page)
    assert re.search(r'<option value="id_number" selected>', page)
    assert "J66 金融业 · 货币金融服务" in page
    assert "级别" not in re.findall(r"<label[^>]*>([^<]*)</label>", page)


def test_a_few_rows_are_told_as_a_few(market: Market, opened: tuple[int, int]) -> None:
    resource, pk = opened
    row = Resource.objects.get(pk=resource)
    row.profile["columns"][0]["patterns"] = [{"pattern": "id_card", "rows": None}]
    row.save()
    assert "数据中：身份证号 少量行）" in text_of(market.client("seller").get(f"/desk/grading/{pk}").text)


def test_a_form_with_two_thousand_elements_is_read(market: Market, opened: tuple[int, int]) -> None:
    """Refused in words, not by a bare 400: each element has several fields."""
    _, pk = opened
    many = answers({f"列{n}": "none" for n in range(2_000)})
    sent = send(market.client("seller"), f"/desk/grading/{pk}", "propose", **many)
    assert "资源中没有：列0" in text_of(sent.text)


def test_from_the_form_to_the_public_page_where_somebody_decides_otherwise(
    market: Market, opened: tuple[int, int]
) -> None:
    resource, pk = opened
    seller, reviewer, anyone = market.client("seller"), market.client("exchange"), Client()
    assert "还没有生效的分类分级" in anyone.get(f"/resources/{resource}").text
    sent = send(
        seller, f"/desk/grading/{pk}", "propose", **answers({"ID": "none", "late": "account"}, person="general")
    )
    assert sent.status_code in {200, 302, 303}
    market.settle()
    assert "待办 1 件" in text_of(reviewer.get("/desk").text)
    page = text_of(reviewer.get(f"/desk/grading/{pk}").text)
    assert "有 1 项与建议不同" in page
    assert "看不准" in page
    assert "金融账户（敏感）" in page
    assert "逐项评估后的判断" in page
    assert "含敏感个人信息" in page
    assert "矩阵据二手资料，待核原文" in page
    confirmed = send(reviewer, f"/desk/grading/{pk}", "confirm", note="与资源内容相符")
    assert confirmed.status_code in {200, 302, 303}
    market.settle()
    public = text_of(anyone.get(f"/resources/{resource}").text)
    assert "级别 一般数据" in public
    assert "J66 金融业 · 货币金融服务（待核实）" in public
    assert "2026-11-24" in public
    assert "逐项评估后的判断" not in public
    assert "与资源内容相符" not in public


def test_what_was_wrong_stands_above_the_form_with_all_that_was_typed(market: Market, opened: tuple[int, int]) -> None:
    _, pk = opened
    answer = send(
        market.client("seller"), f"/desk/grading/{pk}", "propose", **answers({"ID": "id_number"}, business="特别的业务")
    )
    assert answer.status_code == 409
    page = text_of(answer.text)
    assert "未标注：late" in page
    assert "却判断对个人权益不危害" in page
    assert "特别的业务" in answer.text


def test_a_regrading_begins_with_what_was_decided_and_says_what_is_in_force(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    resource = market.resource("seller")
    market.now = NOW
    pk = market.begin(GRADING, "seller", resource=resource, why="correction", note="业务分类更正")
    page = market.client("seller").get(f"/desk/grading/{pk}").text
    assert '<option value="J66" selected>' in page
    assert "用户用电数据" in page
    assert "现行定级" in text_of(page)
    assert "更正定级" in text_of(page)


def test_nothing_raw_is_on_the_pages_in_either_language(market: Market, opened: tuple[int, int]) -> None:
    resource, pk = opened
    market.act(
        GRADING, "propose", pk, "seller", **proposal(["ID", "late"], kinds={"late": "health"}, level="important")
    )
    for language in ("zh-hans", "en"):
        client = market.client("exchange", language)
        for address in (
            f"/desk/grading/{pk}",
            "/desk/gradings",
            "/desk/gradings/before_office",
            f"/resources/{resource}",
        ):
            said = text_of(client.get(address).text.split("<main", 1)[1].split("<script", 1)[0])
            assert not re.search(
                r"\b(id_number|national_security|especially_serious|business_critical|before_office|in_force)\b", said
            ), said
    assert "Important data" in text_of(market.client("exchange", "en").get(f"/desk/grading/{pk}").text)


def test_the_steward_sees_what_is_ungraded_and_others_have_no_such_page(
    market: Market, opened: tuple[int, int]
) -> None:
    resource, pk = opened
    market.at(NOW - timedelta(hours=1))
    graded = market.resource("rival")
    market.now = NOW
    page = market.client("authority").get("/desk/gradings").text
    assert "未定级 1" in text_of(page)
    assert "定级生效 1" in text_of(page)
    assert f'href="/resources/{resource}"' in page
    assert f'href="/desk/grading/{pk}"' in page
    assert f'href="/resources/{graded}"' in market.client("exchange").get("/desk/gradings/in_force").text
    for stranger in ("seller", "buyer", "registrar"):
        assert market.client(stranger).get("/desk/gradings").status_code == 404
    assert Client().get("/desk/gradings").status_code in {302, 404}
    assert market.client("authority").get("/desk/gradings/everything").status_code == 404
    for asked in ("99999999", "-1", "x"):
        assert "未定级 1" in text_of(market.client("authority").get("/desk/gradings", {"page": asked}).text)


def test_the_list_says_which_ungraded_resources_have_products_on_sale(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    product = market.product()
    resource = listings.listing(product).resource_id
    Grading.objects.filter(resource_id=resource).delete()
    market.now = NOW
    page = market.client("authority").get("/desk/gradings").text
    (line,) = [one for one in page.split("<tr") if f'href="/resources/{resource}"' in one]
    assert re.search(r"<td[^>]*>\s*1\s*</td>", re.sub(r"</?(?!td|/td)\w+[^>]*>", "", line))


def test_that_a_grading_is_due_is_public(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    resource = market.resource("seller")
    market.now = NOW
    assert "待重新定级" not in Client().get(f"/resources/{resource}").text
    Grading.objects.filter(resource_id=resource).update(state="due", due_ground="elements")
    assert "状态 待重新定级" in text_of(Client().get(f"/resources/{resource}").text)


def test_what_nobody_opened_is_listed_too(market: Market, opened: tuple[int, int]) -> None:
    """Resources that were catalogued before gradings were asked for."""
    _, pk = opened
    Grading.objects.filter(pk=pk).delete()
    assert "持有方尚未发起" in market.client("authority").get("/desk/gradings").text


def test_a_list_takes_few_statements_however_long_it_is(
    market: Market, opened: tuple[int, int], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = market.client("authority")
    client.get("/desk/gradings")
    with django_assert_max_num_queries(12) as few:
        client.get("/desk/gradings")
    market.at(NOW - timedelta(hours=1))
    for owner in ("rival", "seller"):
        market.resource(owner, graded=False, name=f"{owner}另一项数据")
    market.now = NOW
    with django_assert_max_num_queries(12) as many:
        assert "未定级 3" in text_of(client.get("/desk/gradings").text)
    assert len(many.captured_queries) == len(few.captured_queries)


def test_a_rival_sees_neither_the_grading_nor_its_reasons(market: Market, opened: tuple[int, int]) -> None:
    resource, _ = opened
    pk = grade(
        resource, holder=market.actor("seller"), office=market.actor("exchange"), at=market.now, settle=lambda at: market.settle(),
        industry="J66",
    )  # fmt: skip
    for stranger in ("rival", "buyer"):
        client = market.client(stranger)
        assert client.get(f"/desk/grading/{pk}").status_code == 404
        assert client.get(f"/api/grading/{pk}").status_code in {401, 403, 404}
        assert "逐项评估" not in client.get(f"/resources/{resource}").text


def test_the_listing_form_does_not_ask_for_a_class_and_refuses_with_what_mends_it(
    market: Market, opened: tuple[int, int]
) -> None:
    resource, _ = opened
    client = market.client("seller")
    assert 'name="data_class"' not in client.get("/desk/listing/new").text
    with pytest.raises(Exception, match="no grading in force"):
        market.product("seller", resource=resource)


def test_what_is_unclear_is_left_for_a_person_to_choose(market: Market, opened: tuple[int, int]) -> None:
    _, pk = opened
    page = market.client("seller").get(f"/desk/grading/{pk}").text
    assert _chosen(page) == {"ID": "id_number", "late": ""}
    assert "看不准，请选择（" in text_of(page)


def _chosen(page: str) -> dict[str, str]:
    """What stands in the kind of each element."""
    names = dict(re.findall(r'value="([^"]*)" id="[^"]*elements-(\d)-name"', page))
    names = {number: name for name, number in names.items()}
    selects = re.findall(r'<select[^>]*elements-(\d)-kind"[^>]*>(.*?)</select>', page, re.DOTALL)
    found = {number: re.findall(r'value="([^"]*)" selected', options) for number, options in selects}
    return {names[number]: (values or [""])[0] for number, values in found.items()}


def test_a_fault_names_the_element_it_is_of(market: Market, opened: tuple[int, int]) -> None:
    _, pk = opened
    sent = answers({"ID": "none", "late": ""}, industry="")
    page = text_of(send(market.client("seller"), f"/desk/grading/{pk}", "propose", **sent).text)
    assert "有 2 处需要改正，已在表中标出：行业分类；信息项标注“late”" in page


@pytest.mark.parametrize(
    ("kind", "who", "not_who"),
    [
        ("department", "由数据主管部门办理：确认公共数据定级", "审查员"),
        ("enterprise", "下一步由交易场所审查员办理：确认定级", "数据主管部门办理"),
    ],
)
def test_who_is_next_is_whose_office_it_is(
    market: Market, opened: tuple[int, int], kind: str, who: str, not_who: str
) -> None:
    """Public data goes to the data authority: neither the word after the act nor the stepper sends it elsewhere."""
    _, pk = opened
    Organisation.objects.filter(pk=market.parties["seller"]).update(kind=kind)
    seller = market.client("seller")
    send(seller, f"/desk/grading/{pk}", "propose", **answers({"ID": "none", "late": "none"}))
    page = seller.get(f"/desk/grading/{pk}").text
    told = text_of(page.split("<main", 1)[1].split("<h2", 1)[0])
    assert who in told
    assert not_who not in told.split("<ol")[0]
    steps = text_of(re.findall(r'<ol class="tq-steps">.*?</ol>', page, re.DOTALL)[0])
    assert ("待数据主管部门确认" in steps) is (kind == "department")
    market.settle()
    reviewer, authority = (market.client(one).get(f"/desk/grading/{pk}").text for one in ("exchange", "authority"))
    assert ('value="confirm"' in reviewer) is (kind == "enterprise")
    assert ('value="approve"' in authority) is (kind == "department")


def test_a_resource_is_counted_once_however_it_stands(market: Market, opened: tuple[int, int]) -> None:
    resource, pk = opened
    graded = market.resource("rival")
    assert grading.standing("ungraded", limit=0)[1] == {"ungraded": 1, "due": 0, "before_office": 0, "in_force": 1}
    market.act(GRADING, "propose", pk, "seller", **proposal(["ID", "late"]))
    assert grading.standing("ungraded", limit=0)[1] == {"ungraded": 0, "due": 0, "before_office": 1, "in_force": 1}
    assert [one.resource_id for one in grading.standing("before_office")[0]] == [resource]
    Grading.objects.filter(resource_id=graded).update(state="due")
    again = market.begin(GRADING, "rival", resource=graded, why="correction", note="更正业务分类")
    assert grading.standing("due", limit=0)[1] == {"ungraded": 0, "due": 1, "before_office": 1, "in_force": 0}
    market.act(GRADING, "propose", again, "rival", **proposal(["ID", "late"]))
    assert grading.standing("due", limit=0)[1] == {"ungraded": 0, "due": 0, "before_office": 2, "in_force": 0}

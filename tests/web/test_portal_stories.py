"""The portal as stories: what anyone may read, what stays private, and what a certificate, a notice and the log answer."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.web.market import NOW, Market, form_key
from tongqu.exchange.bedrock import evidence, papers
from tongqu.exchange.bedrock.procedures import Refusal, all_procedures
from tongqu.exchange.members import parties
from tongqu.exchange.members.models import Organisation
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.web.portal import figures, house
from tongqu.wire import merkle

PDF = b"%PDF-1.7\n"


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


# Home.


def test_home_counts_what_stands_and_keeps_related_deals_apart(market: Market, client: Client) -> None:
    market.at(NOW - timedelta(days=30))
    right = market.registered("seller")
    market.now = NOW - timedelta(days=2)
    market.product("seller", registration=right, resource=ownership.right(right).resource_id)
    market.application("rival", name_content="站点")
    found = figures.market(NOW)
    assert (found.certificates, found.products, found.deals) == (1, 1, 0)
    assert found.registration_days is not None
    page = text_of(client.get("/").text)
    assert "有效产权凭证 1" in page
    assert "在售产品 1" in page
    assert "法定 10 个工作日" in page


def test_what_is_refused_is_counted_and_explained(market: Market, client: Client) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"))
    buyer = market.client("buyer")
    answer = buyer.post(f"/desk/negotiation/{deal}", {"_act": "offer", "_key": "page/1", "price_micro_yuan": "0.01"})
    assert answer.status_code == 409
    page = text_of(client.get("/").text)
    # A refusal inside the transaction of a test leaves no row; the share is stated all the same.
    assert re.search(r"未予办理 \d+ 件（\d+\.\d%）", page)


def test_why_acts_were_refused_is_told_by_rules_and_never_in_the_words_given(market: Market, client: Client) -> None:
    """The words may name a party, or the ground of a regulator's hold."""
    for code, rules in (("held", []), ("refused", ["venue", "nobody_pays_alone"])):
        Refusal.objects.create(at=NOW, procedure="transfer", act="stop", code=code, reasons=["接到举报"], rules=rules)
    page = client.get("/").text
    for told in ("事项已被冻结", "申请、复核、付款由不同的人办理"):
        assert told in page
    assert "接到举报" not in page


def test_home_asks_little_of_the_database(
    market: Market, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    market.at(NOW - timedelta(days=1))
    market.publicised("seller")
    cache.clear()
    with django_assert_max_num_queries(30):
        client.get("/")
    with django_assert_max_num_queries(16):
        client.get("/")


# Products and the catalogue.


def test_a_buyer_finds_a_product_and_is_answered(market: Market, client: Client) -> None:
    market.at(NOW - timedelta(days=30))
    right = market.registered("seller")
    market.now = NOW - timedelta(days=2)
    product = market.product("seller", registration=right, resource=ownership.right(right).resource_id)
    assert f"/products/{product}" in client.get("/products", {"q": "逾期 核验"}).text
    assert "没有找到" in client.get("/products", {"q": "月球"}).text
    assert f"/products/{product}" not in client.get("/products", {"mode": "dataset"}).text
    page = text_of(client.get(f"/products/{product}").text)
    for answer in (
        "下月是否逾期", "送一个“ID”", "无记录 / 是 / 否", "只可用于：风险管理、研究分析。", "业务中采集生成，编号已匿名。", "由节点实测", "8,996",
        "¥ 0.0085 / 次", "示例银行有限公司", "预登记凭证", "申请购买",
    ):  # fmt: skip
        assert answer in page


def test_buying_begins_with_a_sign_in_and_the_product_in_the_form(market: Market, client: Client) -> None:
    market.at(NOW - timedelta(days=1))
    product = market.product("seller")
    address = f"/desk/negotiation/new?listing={product}"
    assert address in client.get(f"/products/{product}").text
    assert client.get(address).headers["Location"].startswith("/account/login/")
    buyer = market.client("buyer")
    page = buyer.get(address).text
    assert f'<option value="{product}" selected>' in page
    answer = buyer.post(
        "/desk/negotiation/new",
        {"_act": "begin", "_key": form_key(page, "begin"), "listing": product, "purposes": ["risk-management"]},
    )
    assert answer.status_code == 302
    assert "只可用于：风险管理。" in buyer.get(answer.headers["Location"]).text
    # Who sells is led to its product instead.
    assert "这是贵单位的产品" in market.client("seller").get(f"/products/{product}").text
    # The form shows what is published, and asks for nothing that does not fit it.
    assert "最多调用 1,000 次" in page
    assert page.count('name="purposes"') == 2
    assert 'name="price_micro_yuan"' in page
    assert 'name="price_fen"' not in page
    # Whoever may not buy is told who may, and not led to a page that is not found.
    assert address in buyer.get(f"/products/{product}").text
    shown = market.client("registrar").get(f"/products/{product}").text
    assert address not in shown
    assert "须有买方角色" in shown


def test_a_product_that_is_not_on_sale_is_not_public(market: Market, client: Client) -> None:
    market.at(NOW - timedelta(days=1))
    product = market.product("seller")
    market.act(LISTING, "withdraw", product, "seller", reason="不再提供")
    assert client.get(f"/products/{product}").status_code == 404
    assert client.get("/products/999999").status_code == 404


def test_the_catalogue_is_found_by_words_and_by_division(market: Market, client: Client) -> None:
    market.at(NOW - timedelta(days=1))
    entry = market.resource("seller")
    assert f"/resources/{entry}" in client.get("/resources", {"region": "420100"}).text
    assert f"/resources/{entry}" not in client.get("/resources", {"region": "420200"}).text
    assert f"/resources/{entry}" in client.get("/resources", {"q": "违约", "region": "4201' or 1=1"}).text
    page = text_of(client.get(f"/resources/{entry}").text)
    assert "实时" not in page
    assert "每月" in page
    assert "8,996" in page


# Notices.


def test_a_notice_shows_its_four_fields_and_nothing_else(market: Market, client: Client) -> None:
    market.at(NOW - timedelta(days=1))
    made = market.publicised("seller")
    assert f"/notices/{made}" in client.get("/notices").text
    page = text_of(client.get(f"/notices/{made}").text)
    for shown in (
        "示例银行有限公司",
        "2025年示例市银行客户违约表格数据",
        "授信额度与下月是否逾期",
        "不得转售",
        "公示只有这四项",
    ):
        assert shown in page
    for private in ("027-87654321", "示例法人", "示例联系人", "样例.pdf", "与材料一致"):
        assert private not in page


def test_only_what_is_in_publicity_has_a_notice(market: Market, client: Client) -> None:
    market.at(NOW - timedelta(days=1))
    applied = market.application("seller")
    assert client.get(f"/notices/{applied}").status_code == 404
    assert client.get("/notices/999999").status_code == 404


def test_an_objection_is_made_by_name_with_evidence_and_stops_the_publicity(market: Market, client: Client) -> None:
    market.at(NOW - timedelta(days=1))
    made = market.publicised("seller")
    address = f"/notices/{made}"
    assert client.post(address, {"_act": "object", "reason": "异议"}).headers["Location"].startswith("/account/login/")
    market.person("citizen")
    citizen = market.client("citizen")
    page = citizen.get(address).text
    form = {"_act": "object", "_key": form_key(page, "object"), "reason": "这是我的数据", "contact": "13800000000"}
    without = citizen.post(address, form)
    assert without.status_code == 409
    assert "至少 1 项" in without.text
    assert "这是我的数据" in without.text
    for _ in range(2):
        sent = citizen.post(address, form | {"evidence": SimpleUploadedFile("证据.pdf", PDF + b"x")}, follow=True)
        assert "异议已收到" in sent.text
        assert "暂停：正在调查异议" in sent.text
    assert len(ownership.dossier(made).objections) == 1
    assert "13800000000" not in client.get(address).text
    assert "示例citizen" in market.client("registrar").get(f"/desk/ownership/{made}").text


# Certificates.


def test_a_certificate_is_answered_from_the_evidence(market: Market, client: Client) -> None:
    market.at(NOW - timedelta(days=30))
    made = market.registered("seller")
    issued = ownership.certificate_of(made)
    assert issued is not None
    page = text_of(client.get(f"/verify/{issued.code}").text)
    assert "凭证真实、有效" in page
    assert "不是国家数据产权登记凭证" in page
    assert issued.content_digest in page
    # The QR code on the paper leads here, and so does the form.
    assert client.get(f"/certificates/{issued.code}").headers["Location"] == f"/verify/{issued.code}"
    assert client.get("/verify", {"code": f" {issued.code.lower()} "}).headers["Location"] == f"/verify/{issued.code}"


def test_a_shown_file_is_compared_byte_for_byte(market: Market, client: Client) -> None:
    market.at(NOW - timedelta(days=30))
    issued = ownership.certificate_of(market.registered("seller"))
    assert issued is not None
    printed = papers.content(issued.paper)
    assert client.get(f"/verify/{issued.code}/file").content == printed
    same = client.post(f"/verify/{issued.code}", {"file": SimpleUploadedFile("a.pdf", printed)})
    assert "逐字节一致" in same.text
    changed = client.post(f"/verify/{issued.code}", {"file": SimpleUploadedFile("a.pdf", printed + b" ")})
    assert "不能采信" in changed.text
    assert "所示文件与核发的凭证文件不同" in changed.text


@pytest.mark.parametrize("code", ["YD4201260900001", "x", "../../etc/passwd", "<script>", "%00", "Y" * 300])
def test_an_unknown_code_is_said_to_be_unknown(client: Client, db: None, code: str) -> None:
    answer = client.get("/verify", {"code": code})
    assert answer.status_code == 404
    assert "没有这个编号" in answer.text
    assert "<script>" not in answer.text.replace('<script src="', "")


# The house shown to anyone.


def test_rules_are_those_in_force_on_the_day_asked_for(client: Client, db: None) -> None:
    today, before = client.get("/rules", {"on": "2026-11-24"}).text, client.get("/rules", {"on": "2022-01-01"}).text
    assert "《数据产权登记工作指引（试行）》" in today
    assert "《数据产权登记工作指引（试行）》第" not in before.split("数值")[0]
    assert "本所设定，可调整" in today
    for odd in ("yesterday", "0001-01-01", "9999-12-31", "2026-02-30"):
        assert client.get("/rules", {"on": odd}).status_code == 200


def test_every_procedure_is_drawn(client: Client, db: None) -> None:
    page = client.get("/procedures").text
    for table in all_procedures():
        assert f'href="/procedures/{table.name}"' in page
        shown = client.get(f"/procedures/{table.name}")
        assert shown.status_code == 200
        assert table.label(table.starts).zh in shown.text
    assert client.get("/procedures/nothing").status_code == 404


def test_the_log_is_served_for_others_to_check(market: Market, client: Client) -> None:
    market.at(NOW - timedelta(days=1))
    newest = evidence.checkpoint()
    assert newest is not None
    note = client.get("/log/checkpoint")
    assert note.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert note.text == newest.note
    assert "immutable" not in note.headers["Cache-Control"]
    assert client.get("/log/key").text.strip() == newest.key
    assert f"tongqu verify tongqu-proof-42.json --key {newest.key}" in text_of(client.get("/log").text)
    width = newest.size % 256
    tile = client.get(
        f"/log/tile/0/000.p/{width}" if newest.size < 256 else f"/log/tile/0/{newest.size // 256:03d}.p/{width}"
    )
    assert tile.headers["Content-Type"] == "application/octet-stream"
    assert "immutable" in tile.headers["Cache-Control"]
    if newest.size < 256:
        leaves = [tile.content[i : i + 32] for i in range(0, len(tile.content), 32)]
        assert merkle.root(len(leaves), merkle.in_memory(leaves)) == newest.root
    for odd in ("tile/0/999", "tile/x/000", "nothing", "../settings"):
        assert client.get(f"/log/{odd}").status_code in {404, 400}
    assert newest.root.hex()[:8] in client.get("/log").text


def test_open_data_comes_with_its_hash(client: Client, db: None) -> None:
    page = client.get("/open-data").text
    file = client.get("/open-data/divisions.csv")
    assert hashlib.sha256(file.content).hexdigest() in page
    assert "420106,武昌区,county,420100," in file.content.decode()


def test_the_divisions_are_made_once_for_each_edition_whatever_day_is_asked(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    house._divisions.cache_clear()
    asked: list[Any] = []
    children = parties.divisions.children
    monkeypatch.setattr(parties.divisions, "children", lambda code, on: asked.append(on) or children(code, on=on))
    answers = {
        day: client.get("/open-data/divisions.csv", {"on": day}).content
        for day in ("2001-01-01", "2020-01-01", "2022-12-31", "2023-01-01", "2026-11-01", "2026-11-02", "2099-01-01")
    }
    assert set(asked) == {parties.divisions.FIRST, parties.divisions.SECOND}
    assert asked.count(parties.divisions.SECOND) < 1_000
    assert answers["2001-01-01"] == answers["2022-12-31"] != answers["2023-01-01"] == answers["2099-01-01"]


NUL_ADDRESSES = [
    "/?x=%00", "/products?q=%00", "/resources?q=%00", "/resources?region=%00", "/notices?page=%00", "/verify?code=%00",
    "/verify/%00", "/verify/a%00b/file", "/procedures/%00", "/log/tile/%00", "/rules?on=%00", "/account/login/?next=%00",
    "/desk?x=%00",
]  # fmt: skip


@pytest.mark.parametrize("address", NUL_ADDRESSES)
def test_a_character_that_nothing_can_keep_is_refused_in_words(db: None, client: Client, address: str) -> None:
    answer: Any = client.get(address)
    assert (answer.status_code, "空字符" in answer.text, "nul-character" in answer.text) == (400, True, True)
    client.cookies["language"] = "en"
    assert "U+0000" in client.get(address).text


def test_it_is_refused_in_forms_and_cookies_too(db: None, client: Client) -> None:
    form = {"login": "a\x00b", "password": "x"}
    assert client.post("/account/login/", form).status_code == 400
    assert client.post("/account/login/", {"log\x00in": "a"}).status_code == 400
    client.cookies["sessionid"] = "a\x00b"
    assert client.get("/products").status_code == 400
    assert client.get("/api/products").json()["code"] == "nul-character"


def test_names_of_members_are_text_on_public_pages(market: Market, client: Client) -> None:
    market.at(NOW - timedelta(days=1))
    product, made = market.product("seller"), market.publicised("rival", name_content="站点")
    for key in ("seller", "rival"):
        Organisation.objects.filter(pk=market.parties[key]).update(
            name="<script>alert(1)</script>", short_name="<i>x</i>"
        )
    for address in ("/", "/products", f"/products/{product}", "/notices", f"/notices/{made}", "/resources"):
        page = client.get(address).text
        assert "<script>alert" not in page
        assert "<i>x</i>" not in page


def test_the_public_pages_are_whole_in_english(market: Market, client: Client) -> None:
    market.at(NOW - timedelta(days=1))
    product = market.product("seller")
    client.cookies["language"] = "en"
    assert "Certificates in force" in client.get("/").text
    page = text_of(client.get(f"/products/{product}").text)
    for words in (
        "What do I send and get",
        "Use only for: Risk management, Research.",
        "¥ 0.0085 a call",
        "Not registered; reviewed by the exchange",
    ):
        assert words in page
    for address in ("/products", "/resources", "/notices", "/verify", "/rules", "/procedures", "/log", "/open-data"):
        answer: Any = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["Content-Language"] == "en"


def test_a_registration_in_publicity_is_not_on_the_desk_of_the_public(market: Market, client: Client) -> None:
    market.at(NOW - timedelta(days=1))
    made = market.publicised("seller")
    market.person("citizen")
    assert market.client("citizen").get(f"/desk/ownership/{made}").status_code == 404
    assert market.act(OWNERSHIP, "withdraw", made, "seller", reason="撤回").state == "withdrawn"
    assert client.get(f"/notices/{made}").status_code == 404

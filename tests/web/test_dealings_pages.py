"""What follows a registration, on pages: begun by its holder, decided by its registrar, read by anyone while it is publicised."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.web.market import NOW, Market, code, form_key
from tongqu.exchange.bedrock.procedures import HOUSE, Procedure, see
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.dealings import (
    LATE_OBJECTION,
    RIGHT_CANCELLATION,
    RIGHT_CHANGE,
    RIGHT_REVOCATION,
    RIGHT_TRANSFER,
)

RAW = ("right_change", "registered_address", "right_transfer", "holder_name", "revocation", "dealing")


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def right(market: Market) -> int:
    market.at(NOW - timedelta(days=30))
    made = market.registered("seller")
    market.now = NOW - timedelta(minutes=1)
    return made


def changed(market: Market, right: int) -> int:
    return market.begin(
        RIGHT_CHANGE, "seller", registration=right, reason="迁址", papers=[market.paper("迁址证明", "seller")],
        changes=[{"item": "registered_address", "after": "示例路 9 号"}, {"item": "frequency", "after": "week"}],
    )  # fmt: skip


def publicised(market: Market, table: Procedure, number: int) -> None:
    market.act(table, "accept", number, "registrar")
    paper = market.paper("审查记录", "registrar")
    for head in ("description", "source", "ownership"):
        market.act(
            table, "find", number, "registrar", head=head, passes=True, finding="与材料一致", evidence=[paper]
        )  # fmt: skip
    market.act(table, "publicise", number, "registrar")


def test_who_holds_a_right_is_led_to_what_may_follow_and_its_registrar_to_its_own(market: Market, right: int) -> None:
    address = f"/desk/ownership/{right}"
    page = market.client("seller").get(address).text
    for kind in ("right_transfer", "right_change", "right_cancellation"):
        assert f'href="/desk/{kind}/new?registration={right}"' in page
    assert "2031-05-14 至 2031-11-13 可以申请" in page
    assert "right_renewal/new" not in page
    assert "right_revocation" not in page
    page = market.client("registrar").get(address).text
    assert f'href="/desk/right_revocation/new?registration={right}"' in page
    assert "right_transfer/new" not in page
    assert market.client("rival").get(address).status_code == 404
    changed(market, right)
    page = market.client("seller").get(address).text
    assert "right_transfer/new" not in page  # one matter at a time
    assert "数据产权变更登记" in text_of(page)


def test_a_change_is_asked_for_on_a_page_and_shown_before_and_after(market: Market, right: int) -> None:
    client = market.client("seller")
    address = f"/desk/right_change/new?registration={right}"
    page = client.get(address).text
    assert "注册地址" in page
    sent = {
        "_act": "begin", "_key": form_key(page, "begin"), "registration": str(right), "changes-0-item": "registered_address",
        "changes-0-after": "示例路 9 号", "reason": "迁址", "papers": market.paper("迁址证明", "seller"),
        "contact_name": "", "contact_phone": "", "contact_address": "", "no_publicity_reason": "",
    }  # fmt: skip
    answer = client.post("/desk/right_change/new", sent)
    assert answer.status_code == 302, text_of(answer.text)
    shown = text_of(market.client("registrar").get(answer["Location"]).text)
    assert "变更前 变更后" in shown
    assert "注册地址" in shown
    assert "示例路 9 号" in shown
    assert not [word for word in RAW if word in shown]


def test_what_may_not_change_is_refused_on_the_page_with_its_article(market: Market, right: int) -> None:
    client = market.client("seller")
    page = client.get(f"/desk/right_change/new?registration={right}").text
    sent = {
        "_act": "begin", "_key": form_key(page, "begin"), "registration": str(right), "changes-0-item": "source_kind",
        "changes-0-after": "derived", "reason": "来源变化", "papers": market.paper("x", "seller"),
    }  # fmt: skip
    answer = client.post("/desk/right_change/new", sent)
    assert answer.status_code == 409
    said = text_of(answer.text)
    assert "数据来源改变的，须重新办理初次登记" in said
    assert "第三十五条" in said


def test_a_transfer_is_signed_on_the_page_by_the_receiver(market: Market, right: int) -> None:
    number = market.begin(
        RIGHT_TRANSFER, "seller", registration=right, receiver=market.parties["rival"], nothing_kept=True,
        rights=sorted(ownership.right(right).rights), contract=market.paper("转让合同", "seller"),
    )  # fmt: skip
    assert market.client("buyer").get(f"/desk/right_transfer/{number}").status_code == 404
    client, address = market.client("rival"), f"/desk/right_transfer/{number}"
    page = client.get(address).text
    assert "待受让方共同申请" in page
    sent = {
        "_act": "join", "_key": form_key(page, "join"), "applicant_type": "legal_person", "legal_representative": "示例",
        "established_date": "2015-05-05", "registered_address": "示例路 2 号", "business_scope": "轨道运营",
        "subsistence": "subsisting", "contact_name": "示例", "contact_phone": "027-00000000", "contact_address": "示例路 2 号",
        "identity_paper": market.paper("执照", "rival"), "business_until_date": "",
    }  # fmt: skip
    assert client.post(address, sent).status_code == 409  # unsigned
    answer = client.post(address, sent | {"_key": "page/2", "_code": code()})
    assert answer.status_code == 302, text_of(answer.text)
    assert see(RIGHT_TRANSFER, number, HOUSE).state == "applied"


def test_notices_of_both_kinds_are_listed_apart_with_four_fields_each(
    market: Market, right: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    number = changed(market, right)
    publicised(market, RIGHT_CHANGE, number)
    with django_assert_max_num_queries(25):
        first = client.get("/notices")
    assert "转让、变更、续期、注销 1" in text_of(first.text)
    with django_assert_max_num_queries(25):
        page = client.get("/notices?kind=later")
    assert "数据产权变更登记" in text_of(page.text)
    assert f'href="/notices/later/{number}"' in page.text
    with django_assert_max_num_queries(25):
        one = client.get(f"/notices/later/{number}")
    shown = text_of(one.text)
    assert "变更登记：变更注册地址、更新频率" in shown
    assert "示例路 9 号" not in shown  # what it becomes is no field of a notice
    assert client.get(f"/notices/later/{number + 1}").status_code == 404
    told = client.get("/api/notices/later").json()
    assert (told["total"], told["items"][0]["procedure"], told["items"][0]["subject"]) == (1, "right_change", number)


def test_an_objection_to_a_later_notice_is_made_on_its_page_and_its_maker_kept_from_the_holder(
    market: Market, right: int
) -> None:
    number = changed(market, right)
    publicised(market, RIGHT_CHANGE, number)
    client, address = market.client("buyer"), f"/notices/later/{number}"
    key = form_key(client.get(address).text, "object")
    evidence = market.paper("异议证据", "buyer")
    sent = {"_act": "object", "_key": key, "reason": "地址与事实不符", "contact": "13900000000", "evidence": evidence}
    assert client.post(address, sent).status_code == 302
    market.settle()
    holder = market.client("seller").get(f"/desk/right_change/{number}").text
    assert "地址与事实不符" in holder
    assert "13900000000" not in holder
    assert "示例小微金融" not in holder
    registrar = market.client("registrar").get(f"/desk/right_change/{number}").text
    assert "13900000000" in registrar


def test_the_desk_of_the_registrar_waits_for_the_next_step_of_each_kind(market: Market, right: int) -> None:
    number = changed(market, right)
    assert f"/desk/right_change/{number}" in market.client("registrar").get("/desk").text
    market.act(RIGHT_CHANGE, "accept", number, "registrar")
    assert f"/desk/right_change/{number}" in market.client("registrar").get("/desk").text  # its heads are to be found
    assert f"/desk/right_change/{number}" not in market.client("seller").get("/desk").text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_notice_of_cancellation_and_the_late_objection_are_read_by_their_parties(
    market: Market, right: int, language: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    number = market.begin(
        RIGHT_REVOCATION, "registrar", registration=right, ground="law", reason="查明登记材料不实",
        papers=[market.paper("查明记录", "registrar")],
    )  # fmt: skip
    client = market.client("seller", language)
    with django_assert_max_num_queries(45):
        page = client.get(f"/desk/right_revocation/{number}").text
    assert ("拟注销登记告知书" if language == "zh-hans" else "Notice of intended cancellation") in page
    assert not [word for word in RAW if word in text_of(page)]
    late = market.begin(
        LATE_OBJECTION, "rival", code=str(ownership.right(right).code), claim="该数据系我方采集", contact="13900000000",
        evidence=[market.paper("证据", "rival")],
    )  # fmt: skip
    with django_assert_max_num_queries(45):
        page = client.get(f"/desk/late_objection/{late}").text
    assert "该数据系我方采集" in page
    assert "13900000000" not in page
    assert market.client("buyer").get(f"/desk/late_objection/{late}").status_code == 404


def test_a_replaced_certificate_leads_to_the_one_that_counts(market: Market, right: int, client: Client) -> None:
    old = str(ownership.right(right).code)
    market.now = NOW - timedelta(days=20)
    number = changed(market, right)
    publicised(market, RIGHT_CHANGE, number)
    market.at(NOW)
    new = str(ownership.right(right).code)
    assert new != old
    page = client.get(f"/verify/{old}").text
    assert "不能采信" in page
    assert f'href="/verify/{new}"' in page
    assert client.get(f"/api/certificates/{old}").json()["replaced_by"] == new
    assert "凭证真实、有效" in client.get(f"/verify/{new}").text


def test_a_cancelled_right_takes_its_products_off_sale(market: Market, right: int) -> None:
    from tongqu.exchange.trading import listings

    product = market.product("seller", registration=right, resource=ownership.right(right).resource_id)
    assert listings.listing(product).state == "published"
    market.now = NOW - timedelta(days=20)
    number = market.begin(RIGHT_CANCELLATION, "seller", registration=right, ground="request", reason="业务停止")
    publicised(market, RIGHT_CANCELLATION, number)
    market.at(NOW)
    assert ownership.right(right).state == "cancelled"
    assert listings.listing(product).state != "published"


# Credentials.


def upload(document: Any) -> dict[str, Any]:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return {"file": SimpleUploadedFile("credential.json", content, "application/json")}


def test_anyone_fetches_a_credential_and_has_it_checked(market: Market, right: int, client: Client) -> None:
    number = str(ownership.right(right).code)
    answer = client.get(f"/credentials/{number}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/vc")
    document = json.loads(answer.content)
    did = json.loads(client.get("/.well-known/did.json").content)
    assert document["issuer"] == did["id"]
    for entry in document["credentialStatus"]:
        path = entry["statusListCredential"].split("//", 1)[1].split("/", 1)[1]
        told = json.loads(client.get(f"/{path}").content)
        assert told["credentialSubject"]["statusPurpose"] == entry["statusPurpose"]
    good = client.post("/verify/credential", upload(document))
    assert (good.status_code, "签名无误，凭证有效" in good.text) == (200, True)
    document["credentialSubject"]["dataName"] += "二"
    bad = client.post("/verify/credential", upload(document))
    assert (bad.status_code, "签名与内容不符" in bad.text) == (422, True)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b"{}", b'{"credentialStatus": [1]}']
)
def test_what_is_no_credential_is_told(market: Market, client: Client, content: bytes) -> None:
    assert client.post("/verify/credential", upload(content)).status_code == 422
    assert client.post("/verify/credential").status_code == 422


@pytest.mark.parametrize(
    "path", ["/credentials/YD4202099120001", "/credentials/x", "/credentials/status/refresh/0",
             "/credentials/status/revocation/99999999999"]
)  # fmt: skip
def test_credentials_that_never_were_are_not_found(market: Market, client: Client, path: str) -> None:
    assert client.get(path).status_code == 404

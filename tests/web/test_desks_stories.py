"""The desks as stories: who is waited for, what may be done, what is refused, and what a stranger never learns."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.web.market import NOW, Market, code, form_key
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.procedures import HOUSE, all_procedures, holds_on, perform, visible
from tongqu.exchange.members import mandates
from tongqu.exchange.members.models import ApiKey, Organisation
from tongqu.exchange.members.parties import ADMISSION
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.trading import contracts, delivery, negotiation
from tongqu.exchange.trading.delivery.models import Statement
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.trading.negotiation import NEGOTIATION
from tongqu.exchange.treasury import billing, deposits
from tongqu.exchange.web.desks import subject
from tongqu.wire import canonical, proofs
from tongqu.wire.permit import token_digest

PDF = b"%PDF-1.7\n"


def send(client: Client, address: str, act: str, key: str | None = None, **answers: Any) -> Any:
    """Fills in the form of an act as its page shows it, and sends it."""
    key = key or form_key(client.get(address).text, act)
    return client.post(address, {"_act": act, "_key": key, **answers})


def state_of(negotiated: int) -> str:
    return negotiation.negotiation(negotiated).state


# Who is waited for.


def test_a_desk_shows_what_waits_by_deadline_and_nothing_else(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    first, second = market.application("seller"), market.application("rival", name_content="站点")
    market.act(OWNERSHIP, "accept", second, "registrar")
    market.now = NOW
    page = market.client("registrar").get("/desk").text
    assert "待办 2 件" in page
    # Acceptance is due sooner than completion.
    assert page.index(f"/desk/ownership/{first}") < page.index(f"/desk/ownership/{second}")
    assert "受理 / 一次性告知补正" in page
    assert "逾期未告知，视为受理" in page
    # The applicants wait: nothing is theirs to do.
    assert "现在没有等您办理的" in market.client("seller").get("/desk").text


def test_counts_are_links_and_filters_hold(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    market.application("seller")
    market.deal(market.product("rival"), "seller")
    client = market.client("rival")
    page = client.get("/desk").text
    assert "/desk?near=rest" in page
    assert "合同协商" in client.get("/desk?procedure=negotiation").text
    assert "这里没有待办" in client.get("/desk?near=today").text
    assert client.get("/desk?procedure=nothing&near=never").status_code == 200


def test_a_desk_asks_the_database_the_same_number_of_times_however_much_waits(
    market: Market, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    market.at(NOW - timedelta(days=1))
    product = market.product("seller")
    client = market.client("seller")
    market.deal(product)
    client.get("/desk")  # the choice of organisation is in the session from here on
    with django_assert_max_num_queries(22) as few:
        client.get("/desk")
    for _ in range(15):
        market.deal(product)
    with django_assert_max_num_queries(22) as many:
        page = client.get("/desk")
    assert "待办 16 件" in page.text
    assert len(many.captured_queries) == len(few.captured_queries)


@pytest.mark.parametrize("asked", ["99999999", "999999999999999999999", "-1", "0", "x", "1e9", "٣"])
def test_a_page_number_from_anywhere_stays_inside_the_list(market: Market, asked: str) -> None:
    market.at(NOW - timedelta(days=1))
    market.deal(market.product("seller"))
    client = market.client("seller")
    for address in ("/desk", "/desk/negotiation", "/desk/account"):
        assert client.get(address, {"page": asked}).status_code == 200
    assert client.get("/products", {"page": asked}).status_code == 200


def test_every_procedure_has_a_list_for_every_party(market: Market) -> None:
    for key in market.parties:
        client = market.client(key)
        for table in all_procedures():
            assert client.get(f"/desk/{table.name}").status_code == 200


def test_a_procedure_that_does_not_exist_is_not_found(market: Market) -> None:
    client = market.client("seller")
    for address in ("/desk/nothing", "/desk/nothing/1", "/desk/nothing/new", "/desk/negotiation/999999999999999999"):
        assert client.get(address).status_code == 404


# For whom one acts.


def test_without_a_sign_in_every_desk_leads_to_it_and_back(client: Client, db: None) -> None:
    for address in ("/desk", "/desk/keys", "/desk/negotiation/1", "/desk/proof/1"):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/account/login/?next=")


def test_a_person_without_a_mandate_may_apply_for_admission_and_sees_nothing_else(market: Market) -> None:
    market.person("newcomer")
    client = market.client("newcomer")
    assert "您还没有代表任何单位" in client.get("/desk").text
    assert 'href="/my-data"' in client.get("/desk").text
    assert client.get("/desk/admission/new").status_code == 200
    assert client.get("/desk/account").headers["Location"] == "/desk/acting"
    assert client.get(f"/desk/admission/{market.parties['seller']}").status_code == 404


def test_who_has_two_mandates_chooses_and_acts_for_that_one_alone(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"))
    market.begin(
        mandates.MANDATE,
        "rival",
        person=market.people["seller"].pk,
        roles=["supplier"],
        until_at=NOW + timedelta(days=9),
    )
    client = market.client("seller")
    assert client.get("/desk").headers["Location"] == "/desk/acting"
    assert client.post("/desk/acting", {"organisation": market.parties["buyer"]}).status_code == 404
    client.post("/desk/acting", {"organisation": market.parties["rival"]})
    assert client.get(f"/desk/negotiation/{deal}").status_code == 404
    client.post("/desk/acting", {"organisation": market.parties["seller"], "next": "//elsewhere.example"})
    assert client.get(f"/desk/negotiation/{deal}").status_code == 200


def test_a_mandate_that_ended_while_the_page_was_open_stops_the_act(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"))
    client = market.client("seller")
    page = client.get(f"/desk/negotiation/{deal}").text
    key = form_key(page, "terminate")
    own = mandates.mandates_of(market.parties["seller"])[0]
    market.begin(
        mandates.MANDATE,
        "seller",
        person=market.person("second").pk,
        roles=["administrator"],
        until_at=NOW + timedelta(days=9),
    )
    perform(mandates.MANDATE, "revoke", own.id, by=market.actor("exchange"), at=market.now, reason="离职")
    answer = send(client, f"/desk/negotiation/{deal}", "terminate", key, reason="不卖了")
    assert answer.status_code == 404
    assert state_of(deal) == "requested"


# What may be done.


def test_a_page_says_what_it_is_where_it_stands_and_what_each_choice_leads_to(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"))
    page = market.client("seller").get(f"/desk/negotiation/{deal}").text
    assert "客户下月逾期核验" in page
    assert "只可用于：风险管理。" in page
    assert "之后：提供方已签" in page
    assert "还有 4 个工作日" in page
    assert "到期未办：逾期终止" in page
    assert page.count("btn-zhu") == 1


def test_whoever_has_nothing_to_do_sees_who_has(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    made = market.application("seller")
    page = market.client("authority").get(f"/desk/ownership/{made}").text
    assert "等待登记机构：受理" in page


def test_the_right_role_of_a_stranger_is_still_a_stranger(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"))
    stranger = market.client("rival")
    address = f"/desk/negotiation/{deal}"
    assert stranger.get(address).status_code == 404
    assert send(stranger, address, "agree", "page/x").status_code == 404
    assert state_of(deal) == "requested"


def test_an_act_of_the_other_side_is_refused_with_who_may(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"))
    answer = send(market.client("buyer"), f"/desk/negotiation/{deal}", "offer", "page/1", price_micro_yuan="0.01")
    assert answer.status_code == 409
    assert "您的单位不是这一事项的办理方" in answer.text
    assert state_of(deal) == "requested"


def test_an_act_out_of_turn_says_what_is_possible_now(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"))
    answer = send(market.client("buyer"), f"/desk/negotiation/{deal}", "verify", "page/1")
    assert answer.status_code == 409
    assert "现在不能“核对并签署”" in answer.text


def test_an_act_that_the_table_lacks_is_not_found(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"))
    client = market.client("seller")
    assert send(client, f"/desk/negotiation/{deal}", "begin", "page/1").status_code == 404
    assert send(client, f"/desk/negotiation/{deal}", "__class__", "page/1").status_code == 404


def test_a_form_sent_twice_is_one_act(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"))
    client = market.client("seller")
    address = f"/desk/negotiation/{deal}"
    key = form_key(client.get(address).text, "offer")
    for _ in range(2):
        answer = send(client, address, "offer", key, price_micro_yuan="0.01", calls_max="800")
        assert answer.status_code == 302
    assert [f.act for f in evidence.facts_of("negotiation", deal)].count("offer") == 1
    assert negotiation.negotiation(deal).terms["price_micro_yuan"] == 10_000
    # The same form with other content is another request, and says so.
    again = send(client, address, "offer", key, price_micro_yuan="0.02")
    assert again.status_code == 409
    assert "已用于不同的内容" in again.text


def test_what_cannot_be_read_is_marked_and_what_was_typed_stays(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"))
    answer = send(
        market.client("seller"),
        f"/desk/negotiation/{deal}",
        "offer",
        price_micro_yuan="1.23456789",
        calls_max="700",
        note="优惠价",
    )
    assert answer.status_code == 409
    assert "最多 6 位小数" in answer.text
    assert 'value="1.23456789"' in answer.text
    assert "优惠价" in answer.text
    assert "有 1 处需要改正" in answer.text


def test_what_a_rule_refuses_of_one_answer_stands_beside_it_too(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"))
    answer = send(market.client("seller"), f"/desk/negotiation/{deal}", "offer", price_fen="100.00")
    assert answer.status_code == 409
    fault = re.search(r'<span class="fault" id="id_negotiation-offer_price_fen_fault">([^<]+)</span>', answer.text)
    assert fault
    assert "报价方式与产品的计价方式不同" in fault[1]
    assert (
        answer.text.count("报价方式与产品的计价方式不同") == 3
    )  # above the form, with its article, and beside either price
    field = re.search(r'<input[^>]*id="id_negotiation-offer_price_fen"[^>]*>', answer.text)
    assert field
    assert 'aria-invalid="true"' in field[0]
    assert "id_negotiation-offer_price_fen_fault" in field[0]


def test_a_refusal_lists_every_reason_with_its_article_and_what_would_mend_it(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    resource = market.resource("seller")
    product = market.begin(
        LISTING,
        "seller",
        resource=resource,
        name="缺承诺的产品",
        mode="dataset",
        summary="没有作出承诺的产品说明。",
        source_statement="在业务办理中采集生成。",
        commitments=["quality"],
        price_kind="fixed",
        price_fen=100,
        purposes=["research"],
    )
    answer = send(market.client("seller"), f"/desk/listing/{product}", "submit")
    assert answer.status_code == 409
    assert "没有说明数据来源或没有作出来源合法的承诺" in answer.text
    assert "《数据安全法》第三十三条" in answer.text
    assert "逐项作出承诺" in answer.text


# The second factor.


def signed_by_provider(market: Market) -> int:
    market.fund("buyer", "100.00")
    deal = market.deal(market.product("seller", standing=True))
    assert state_of(deal) == "agreed"
    return deal


def test_a_signature_needs_the_second_factor_and_it_counts_for_one_request(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = signed_by_provider(market)
    client, address = market.client("buyer"), f"/desk/negotiation/{deal}"
    without = send(client, address, "verify")
    assert without.status_code == 409
    assert "需要第二重验证" in without.text
    wrong = send(client, address, "verify", _code="000000")
    assert "动态验证码不对" in wrong.text
    assert state_of(deal) == "agreed"
    right = send(client, address, "verify", _code=code())
    assert right.status_code == 302
    market.settle()
    assert state_of(deal) == "finalized"
    assert negotiation.negotiation(deal).consumer_signature["kept_by"] == "exchange"  # type: ignore[index]


def test_whoever_signs_reads_the_whole_text_above_the_form(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"), note="每季度核对一次")
    address = f"/desk/negotiation/{deal}"
    digest_of = canonical.digest(negotiation.text_to_sign(deal))
    # The provider reads it before it agrees; the buyer what the provider signed.
    assert "将签署的文本" not in market.client("buyer").get(address).text
    assert market.client("buyer").get(f"{address}/text/pdf").status_code == 404
    provider = market.client("seller").get(address).text
    market.act(NEGOTIATION, "agree", deal, "seller")
    buyer = market.client("buyer").get(address).text
    for page, act in ((provider, "agree"), (buyer, "verify")):
        assert page.index("将签署的文本") < page.index(f'id="act-{act}"')
        for said in (digest_of, "2　数据产权安排", "7　验收", "每季度核对一次", "编号参照示范文本 GF-2025-2615"):
            assert said in page, said
    assert market.client("buyer").get(f"{address}/text/pdf").content.startswith(b"%PDF-")
    assert market.client("rival").get(f"{address}/text/pdf").status_code == 404
    assert "Rights in the data" in market.client("buyer", "en").get(address).text


def test_who_asks_within_a_standing_instruction_waits_for_the_house_alone(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    product = market.product("seller", standing=True)
    client, address = market.client("buyer"), f"/desk/negotiation/new?listing={product}"
    asked = send(client, address, "begin", listing=product, purposes=["research"])
    page = client.get(asked.headers["Location"]).text
    assert "系统将按长期成交指令同意" in page
    assert "等待系统：按长期成交指令同意" in page
    assert "等待提供方" not in page


def test_a_code_is_good_once(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    product = market.product("seller", standing=True)
    first, second = market.deal(product), market.deal(product)
    client, shown = market.client("buyer"), code()
    assert send(client, f"/desk/negotiation/{first}", "verify", _code=shown).status_code == 302
    assert "已经用过" in send(client, f"/desk/negotiation/{second}", "verify", _code=shown).text
    assert state_of(second) == "agreed"


def test_codes_cannot_be_guessed_at_leisure(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = signed_by_provider(market)
    client, address = market.client("buyer"), f"/desk/negotiation/{deal}"
    for number in range(5):
        send(client, address, "verify", _code=f"{number:06d}")
    assert "验证码输错次数过多" in send(client, address, "verify", _code=code()).text
    assert state_of(deal) == "agreed"


def test_who_has_no_second_factor_is_led_to_set_one_up(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = signed_by_provider(market)
    market.people["buyer"].authenticator_set.all().delete()  # type: ignore[attr-defined]
    client, address = market.client("buyer"), f"/desk/negotiation/{deal}"
    assert "/account/mfa/" in client.get(address).text
    assert "还没有启用两步验证" in send(client, address, "verify", _code="123456").text


def test_the_call_token_is_shown_once_and_only_its_digest_is_kept(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = signed_by_provider(market)
    market.act(NEGOTIATION, "verify", deal, "buyer")
    transfer = delivery.transfer_of(contracts.contract_of(deal).id).id
    client, address = market.client("buyer"), f"/desk/transfer/{transfer}"
    page = client.get(address).text
    token = re.search(r'name="token_sha256" value="(tq_[^"]+)"', page)
    assert token
    # How it is called stands on the page of the buyer alone, without the token.
    permit = delivery.transfer(transfer).permit
    for said in (
        "怎么用",
        "https://node.example/v1/verify",
        f"&quot;permit&quot;: &quot;{permit}&quot;",
        f"tongqu trade call {deal} ",
    ):
        assert said in page, said
    assert "怎么用" not in market.client("seller").get(address).text
    key = form_key(page, "collect")
    for _ in range(2):
        shown = send(client, address, "collect", key, token_sha256=token[1])
        assert shown.status_code == 200
        assert token[1] in shown.text
        assert "no-store" in shown.headers["Cache-Control"]
    facts = [f for f in evidence.facts_of("transfer", transfer) if f.act == "collect"]
    assert [f.body["inputs"]["token_sha256"] for f in facts] == [token_digest(token[1])]
    assert token[1] not in client.get(address).text
    weak = send(client, address, "collect", token_sha256="short")
    assert weak.status_code == 409


def test_a_hold_whose_request_died_is_placed_by_the_same_form_sent_again(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.at(NOW - timedelta(days=1))
    deal = signed_by_provider(market)
    regulator, address = market.client("authority"), f"/desk/negotiation/{deal}"
    regulator.raise_request_exception = False
    key = form_key(regulator.get(address).text, "_hold")
    with monkeypatch.context() as broken:
        broken.setattr(subject, "place_hold", _dies)
        assert send(regulator, address, "_hold", key, ground="涉嫌价格操纵").status_code == 500
    for _ in range(2):
        assert send(regulator, address, "_hold", key, ground="涉嫌价格操纵").status_code == 302
    assert len(holds_on(NEGOTIATION, deal)) == 1


def _dies(*_: Any, **__: Any) -> None:
    raise ConnectionError("the database has gone")


@pytest.mark.parametrize("provider", ["²", "一", "-1", "9" * 30, "x"])
def test_a_number_that_is_none_enrols_no_node_and_breaks_no_page(market: Market, provider: str) -> None:
    client = market.client("exchange")
    form = {
        "_act": "begin",
        "_key": form_key(client.get("/desk/nodes").text, "begin"),
        "name": "节点",
        "provider": provider,
    }
    assert client.post("/desk/nodes", form).status_code in {200, 409}


def test_a_long_delivery_tells_what_happened_last_and_its_metering_in_one_line(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = signed_by_provider(market)
    market.act(NEGOTIATION, "verify", deal, "buyer")
    transfer = delivery.transfer_of(contracts.contract_of(deal).id).id
    metered = evidence.NewFact(NOW, "transfer", "meter", transfer, {"kind": "clock"}, {"inputs": {}, "data": {}})
    for _ in range(600):
        evidence.append(metered)
    market.act(delivery.TRANSFER, "stop", transfer, "buyer")
    client, address = market.client("buyer"), f"/desk/transfer/{transfer}"
    page = client.get(address).text
    assert "连续 600 次" in page
    assert "结束使用" in page[page.index("经过") : page.index("连续 600 次")]
    assert "共 603 次办理" in page
    for _ in range(60):
        evidence.append(metered)
        evidence.append(replace(metered, act="overdue"))
    newest, earlier = client.get(address).text, client.get(address, {"page": "3"}).text
    assert "连续 600 次" not in newest
    assert "?page=2" in newest
    assert "连续 600 次" in earlier
    assert "提出交付" in earlier


def test_a_bill_shows_its_statements_in_pages_and_says_when_one_was_changed(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = signed_by_provider(market)
    market.act(NEGOTIATION, "verify", deal, "buyer")
    transfer = delivery.transfer_of(contracts.contract_of(deal).id).id
    Statement.objects.bulk_create(
        Statement(
            transfer_id=transfer, number=n, digest=f"{n:064x}", from_sequence=n, to_sequence=n, calls=0, units=0,
            sealed={}, received_at=NOW,
        )
        for n in range(1, 121)
    )  # fmt: skip
    market.act(delivery.TRANSFER, "stop", transfer, "buyer")
    perform(delivery.TRANSFER, "complete", transfer, by=HOUSE, at=market.now)
    market.act(delivery.TRANSFER, "accept", transfer, "buyer")
    market.settle()
    bill = billing.bill_of(transfer)
    client = market.client("buyer")
    for address in (f"/desk/bill/{bill.id}", f"/desk/transfer/{transfer}"):
        first, last = client.get(address).text, client.get(address, {"statements": "3"}).text
        assert "第 1 份" in first
        assert "第 51 份" not in first
        assert "?statements=3" in first
        assert "第 120 份" in last
    assert "120 份结算单的摘要" in client.get(f"/desk/bill/{bill.id}").text
    Statement.objects.filter(transfer_id=transfer, number=60).delete()
    assert "与账单不符" in client.get(f"/desk/bill/{bill.id}").text


# Papers and proofs.


def test_a_paper_opens_for_those_who_see_its_subject_and_for_nobody_else(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    made = market.application("seller")
    digest = ownership.dossier(made).form["sample_paper"]
    address = f"/desk/ownership/{made}/paper/{digest}"
    for key in ("seller", "registrar", "authority"):
        answer = market.client(key).get(address)
        assert answer.status_code == 200
        assert answer.content.startswith(b"%PDF")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    for key in ("buyer", "rival", "exchange"):
        assert market.client(key).get(address).status_code == 404


def test_naming_somebody_elses_paper_opens_nothing(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    secret = market.paper("银行内部材料", "seller")
    address = f"/desk/admission/{market.parties['rival']}"
    client = market.client("rival")
    answer = send(client, address, "update", answer="补充材料", papers=secret)
    assert answer.status_code == 409
    assert "不是贵单位提交的材料" in answer.text
    # Even if it came in by another door, the page does not serve it.
    market.act(ADMISSION, "update", market.parties["rival"], "rival", answer="补充材料", papers=[secret])
    assert client.get(f"{address}/paper/{secret}").status_code == 404
    assert client.get(f"{address}/paper/{'0' * 64}").status_code == 404


def test_a_proof_is_for_those_who_see_its_subject_and_holds_offline(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"))
    fact = evidence.facts_of("negotiation", deal)[0]
    for key in ("seller", "buyer", "authority"):
        answer = market.client(key).get(f"/desk/proof/{fact.id}")
        assert answer.status_code == 200
        proven = proofs.verify_proof(json.loads(answer.content))
        assert proven.envelope["procedure"] == "negotiation"
    for key in ("rival", "registrar"):
        assert market.client(key).get(f"/desk/proof/{fact.id}").status_code == 404
    assert market.client("seller").get("/desk/proof/999999").status_code == 404


def test_an_objector_is_known_to_the_registrar_and_hidden_from_the_applicant(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    made = market.publicised("seller")
    paper = market.paper("异议证据", "rival")
    market.act(OWNERSHIP, "object", made, "rival", reason="这些数据有我方权利", evidence=[paper], contact="13800000000")
    fact = next(f for f in evidence.facts_of("ownership", made) if f.act == "object")
    seller, registrar = market.client("seller"), market.client("registrar")
    page = seller.get(f"/desk/ownership/{made}").text
    assert "这些数据有我方权利" in page
    assert "实名异议人" in page
    assert "13800000000" not in page
    assert "示例轨道" not in page
    assert seller.get(f"/desk/ownership/{made}/paper/{paper}").status_code == 404
    assert seller.get(f"/desk/proof/{fact.id}").status_code == 404
    assert "13800000000" in registrar.get(f"/desk/ownership/{made}").text
    assert registrar.get(f"/desk/ownership/{made}/paper/{paper}").status_code == 200
    assert registrar.get(f"/desk/proof/{fact.id}").status_code == 200


# Forms with lists and files.


def application_form(market: Market, resource: int) -> dict[str, Any]:
    """Form F1 as a browser sends it."""
    asked = market.form(resource, "seller")
    form: dict[str, Any] = {k: v for k, v in asked.items() if k not in {"evidence", "identity_paper", "sample_paper"}}
    return form | {
        "evidence-0-kind": "lawful_acquisition",
        "evidence-0-note": "采集台账",
        "evidence-0-paper": SimpleUploadedFile("台账.pdf", PDF + b"a"),
        "identity_paper": SimpleUploadedFile("执照.pdf", PDF + b"b"),
        "sample_paper": SimpleUploadedFile("样例.pdf", PDF + b"c"),
    }


def test_form_f1_goes_through_with_its_papers_and_lists(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    client, resource = market.client("seller"), market.resource("seller")
    page = client.get("/desk/ownership/new").text
    assert "示例登记中心有限公司" in page
    answer = client.post(
        "/desk/ownership/new", {"_act": "begin", "_key": form_key(page, "begin"), **application_form(market, resource)}
    )
    assert answer.status_code == 302, re.findall(r'class="fault"[^>]*>([^<]+)', answer.text)
    made = int(answer.headers["Location"].rsplit("/", 1)[1])
    shown = client.get(f"/desk/ownership/{made}").text
    assert "台账.pdf" in shown
    assert "采集生成" in shown
    assert "lawful_acquisition" not in shown


def test_a_further_line_keeps_what_was_typed_and_what_was_uploaded(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    client, resource = market.client("seller"), market.resource("seller")
    key = form_key(client.get("/desk/ownership/new").text, "begin")
    form = application_form(market, resource) | {"_act": "begin", "_key": key, "_more": "evidence"}
    page = client.post("/desk/ownership/new", form)
    assert page.status_code == 200
    assert 'name="evidence-1-kind"' in page.text
    assert "已有：台账.pdf" in page.text
    assert "采集台账" in page.text
    assert not visible(OWNERSHIP, HOUSE).exists()


def test_a_file_that_is_not_what_it_says_is_refused_at_its_question(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    client, resource = market.client("seller"), market.resource("seller")
    key = form_key(client.get("/desk/ownership/new").text, "begin")
    form = application_form(market, resource) | {"identity_paper": SimpleUploadedFile("执照.pdf", b"<html>")}
    answer = client.post("/desk/ownership/new", {"_act": "begin", "_key": key, **form})
    assert answer.status_code == 409
    assert "文件内容与类型不符" in answer.text


def test_a_reviewer_picks_from_the_papers_of_the_file(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    made = market.application("seller")
    market.act(OWNERSHIP, "accept", made, "registrar")
    client, address = market.client("registrar"), f"/desk/ownership/{made}"
    assert "数据样例：样例.pdf" in client.get(address).text
    paper = ownership.dossier(made).form["sample_paper"]
    unsure = send(client, address, "find", head="source", finding="来源合法", evidence=paper)
    assert "必须填写" in unsure.text  # neither passed nor failed
    passed = send(client, address, "find", head="source", passes="1", finding="来源合法", evidence=paper)
    assert passed.status_code == 302
    assert ownership.dossier(made).heads[0].passes


def test_markup_in_a_name_is_text(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    Organisation.objects.filter(pk=market.parties["buyer"]).update(
        short_name="<script>alert(1)</script>", name='"><img src=x onerror=alert(2)>'
    )
    deal = market.deal(market.product("seller"), note="<b onclick=alert(3)>议价</b>")
    seller = market.client("seller")
    for address in (
        "/desk",
        "/desk/negotiation",
        f"/desk/negotiation/{deal}",
        f"/desk/admission/{market.parties['seller']}",
    ):
        page = seller.get(address).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b onclick" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in seller.get("/desk").text


def test_a_form_without_its_token_is_refused(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"))
    client = Client(enforce_csrf_checks=True)
    client.force_login(market.people["seller"])
    answer = client.post(f"/desk/negotiation/{deal}", {"_act": "terminate", "_key": "page/1", "reason": "不卖了"})
    assert answer.status_code == 403
    assert state_of(deal) == "requested"


# Pages of their own.


def test_an_api_key_is_shown_once_and_a_second_submit_makes_no_second(market: Market) -> None:
    client = market.client("seller")
    form = {
        "_act": "api_key",
        "_key": form_key(client.get("/desk/keys").text, "api_key"),
        "name": "对接程序",
        "roles": ["supplier"],
        "until_at": "2027-01-01T00:00",
        "_code": code(),
    }
    made = client.post("/desk/keys", form)
    assert made.status_code == 200, made.text
    secret = re.search(r"tq_[0-9a-z]{10}_[A-Za-z0-9_-]{43}", made.text)
    assert secret
    assert "no-store" in made.headers["Cache-Control"]
    assert client.post("/desk/keys", form).status_code == 302
    assert ApiKey.objects.count() == 1
    assert secret[0] not in client.get("/desk/keys").text


def test_a_key_without_the_second_factor_or_beyond_ones_roles_is_not_made(market: Market) -> None:
    client = market.client("buyer")
    form = {"_act": "api_key", "name": "程序", "roles": ["supplier"], "until_at": "2027-01-01T00:00"}
    without = client.post("/desk/keys", form | {"_key": form_key(client.get("/desk/keys").text, "api_key")})
    assert "需要第二重验证" in without.text
    beyond = client.post(
        "/desk/keys", form | {"_key": form_key(client.get("/desk/keys").text, "api_key"), "_code": code()}
    )
    assert beyond.status_code == 409
    assert not ApiKey.objects.exists()


def test_a_node_is_enrolled_with_a_key_shown_once(market: Market) -> None:
    client = market.client("seller")
    form = {
        "_act": "begin",
        "_key": form_key(client.get("/desk/nodes").text, "begin"),
        "name": "机房节点",
        "address": "",
    }
    made = client.post("/desk/nodes", form)
    assert re.search(r"tn_[A-Za-z0-9_-]{40,}", made.text)
    assert client.post("/desk/nodes", form).status_code == 302
    assert client.get("/desk/nodes").text.count("机房节点") >= 1
    assert market.client("buyer").get("/desk/nodes").status_code == 404


def test_finance_imports_a_statement_and_is_told_of_every_line(market: Market) -> None:
    code_of = Organisation.objects.get(pk=market.parties["buyer"]).credit_code
    text = f"流水号,日期,付款人,付款账号,金额,附言\nA1,2026-11-20,甲,6222,100.00,{code_of}\nA2,2026-11-20,乙,6222,5.00,无\nA3,2026-11-20,丙,6222,一元,错\n"
    client = market.client("exchange")
    for expected in ((1, 1, 0, 1), (0, 0, 2, 1)):
        page = client.post("/desk/bank", {"file": SimpleUploadedFile("bank.csv", text.encode(), "text/csv")})
        figures = tuple(int(n) for n in re.findall(r'class="v">(\d+)', page.text))
        assert figures == expected
        assert "一元" in page.text
    bad = client.post("/desk/bank", {"file": SimpleUploadedFile("bank.csv", b"a,b\n1,2\n", "text/csv")})
    assert bad.status_code == 409
    assert "缺少列" in bad.text
    assert market.client("seller").get("/desk/bank").status_code == 404


def test_an_account_is_its_owners_alone_and_comes_as_csv_and_pdf(market: Market) -> None:
    market.fund("buyer", "1234.56")
    client = market.client("buyer")
    page = client.get("/desk/account?since=2026-09-01&until=2026-11-24")
    assert "¥ 1,234.56" in page.text
    assert "入金" in page.text
    assert "1234.56" in client.get("/desk/account?since=2026-09-01&format=csv").content.decode("utf-8-sig")
    assert client.get("/desk/account?since=2026-09-01&format=pdf").content.startswith(b"%PDF")
    assert "¥ 1,234.56" not in market.client("seller").get("/desk/account?since=2026-09-01").text
    assert client.get("/desk/account?since=yesterday&until=9999-99-99").status_code == 200


def test_the_regulator_freezes_and_frees_and_others_cannot(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"))
    address = f"/desk/negotiation/{deal}"
    regulator, seller = market.client("authority"), market.client("seller")
    open_form = form_key(seller.get(address).text, "offer")
    key = form_key(regulator.get(address).text, "_hold")
    for _ in range(2):
        assert send(regulator, address, "_hold", key, ground="涉嫌价格操纵", cite="").status_code == 302
    assert len(holds_on(NEGOTIATION, deal)) == 1
    page = seller.get(address).text
    assert "涉嫌价格操纵" in page
    assert 'value="_hold"' not in page
    refused = send(seller, address, "offer", open_form, price_micro_yuan="0.01")
    assert "已被冻结" in refused.text
    assert send(seller, address, "_hold", "page/9", ground="我也冻结").status_code == 409
    hold = holds_on(NEGOTIATION, deal)[0].pk
    assert send(seller, address, "_lift", "page/8", hold=hold, ground="解除").status_code == 409
    assert "涉嫌价格操纵" in regulator.get("/desk/oversight/holds").text
    assert send(regulator, address, "_lift", "page/7", hold=hold, ground="已查清").status_code == 302
    assert holds_on(NEGOTIATION, deal) == []


def test_oversight_lists_refusals_with_their_reasons_for_its_offices_only(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    send(
        market.client("buyer"),
        f"/desk/negotiation/{market.deal(market.product('seller'))}",
        "offer",
        "page/1",
        price_micro_yuan="0.01",
    )
    for which in ("alarms", "holds", "refusals", "stuck", "errands", "taken-back"):
        assert market.client("authority").get(f"/desk/oversight/{which}").status_code == 200
    assert market.client("authority").get("/desk/oversight/nothing").status_code == 404
    for key in ("seller", "buyer", "registrar"):
        assert market.client(key).get("/desk/oversight").status_code == 404


def test_english_says_it_in_english(market: Market) -> None:
    market.at(NOW - timedelta(days=1))
    deal = market.deal(market.product("seller"))
    client = market.client("seller", "en")
    page = client.get(f"/desk/negotiation/{deal}").text
    for words in ("What you may do now", "Agree and sign", "4 working days left", "Use only for: Risk management."):
        assert words in page
    assert "1 on your desk" in client.get("/desk").text
    done = client.post(
        f"/desk/negotiation/{deal}",
        {"_act": "terminate", "_key": form_key(page, "terminate"), "reason": "changed my mind"},
        follow=True,
    )
    assert "Done: Terminate." in done.text


def test_what_ran_into_its_alarm_stays_first_on_the_desk(market: Market) -> None:
    market.at(NOW - timedelta(days=40))
    old = market.begin(
        deposits.DEPOSIT,
        "exchange",
        reference="OLD1",
        booked_date="2026-10-10",
        payer="示例个体户",
        fen=8_800,
        paper=market.paper("对账单", None),
    )
    market.at(NOW - timedelta(days=1))
    market.begin(
        deposits.DEPOSIT,
        "exchange",
        reference="NEW1",
        booked_date="2026-11-20",
        payer="示例个体户",
        fen=100,
        paper=market.paper("对账单", None),
    )
    client = market.client("exchange")
    page = client.get("/desk").text
    assert page.index("OLD1") < page.index("NEW1")
    assert "已逾期" in page
    assert "今天到期或逾期 1" in page
    assert "已到期" in client.get(f"/desk/deposit/{old}").text

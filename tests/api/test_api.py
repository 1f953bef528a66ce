"""What a program meets at the API: answers, refusals with every reason, pages, proofs, papers, limits."""

from __future__ import annotations

import base64
import io
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.test import Client

from tests.api.town import Caller, NodeAtHand, Town, now, settle
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.procedures import CLOCK, all_procedures, perform
from tongqu.exchange.members import mandates
from tongqu.exchange.trading import contracts, delivery
from tongqu.exchange.trading.delivery.models import Statement
from tongqu.exchange.web.api import api, limits, shapes
from tongqu.wire.canonical import canonical, digest
from tongqu.wire.proofs import verify_proof

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\nexample"


@pytest.fixture
def node(town: Town) -> NodeAtHand:
    return town.node_with_source()


@pytest.fixture
def listing(town: Town, node: NodeAtHand) -> int:
    return town.published(town.catalogued(node))


@pytest.fixture
def transfer(town: Town, listing: int) -> int:
    town.pays_in(town.buyer, 100)
    return delivery.transfer_of(contracts.contract_of(town.deal(listing)).id).id


def _refused(response: Any, status: int, code: str) -> Any:
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json"), response.content
    told = response.json()
    assert (told["code"], told["status"], told["type"]) == (code, status, f"/errors/{code}")
    for name in ("title", "title_zh", "mend", "mend_zh"):
        assert told[name], name
    return told


# Who calls.


@pytest.mark.parametrize("key", [None, "", "tq_0123456789_" + "A" * 43, "nonsense", "tq_\x7f"])
def test_without_a_key_that_opens_nothing_but_the_public_part_answers(town: Town, key: str | None) -> None:
    response = Caller(key).get("/me")
    _refused(response, 401, "unauthenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")
    for path in ("/products", "/procedures", "/notices", "/rules", "/figures", "/calendar/2026"):
        assert Caller(None).get(path).status_code == 200, path


def test_a_session_is_no_key(town: Town) -> None:
    from tongqu.exchange.members.models import Person

    client = Client()
    client.force_login(Person.objects.get(pk=town.buyer.person))
    assert client.get("/api/me").status_code == 401


def test_a_party_sees_its_signature_keys_however_many_they_are(town: Town) -> None:
    caller = town.http(town.stranger)
    for count in range(1, 4):
        town.own_key(town.stranger)
        told = caller.get("/signature-keys")
        assert (told.status_code, len(told.json())) == (200, count)


def test_a_key_acts_for_its_party_within_its_roles_and_ends_with_its_revocation(town: Town) -> None:
    by = town.actor(town.stranger, second_factor=True)
    made = mandates.issue_key(by=by, at=now(), name="读取", roles=["buyer"], until_at=now() + timedelta(days=1))
    caller = Caller(made.secret)
    me = caller.get("/me").json()
    assert (me["party"], me["roles"], me["key"]) == (town.stranger.id, ["buyer"], made.prefix)
    _refused(
        caller.post("/node", {"name": "node", "digest": "a" * 64, "until_at": "2027-01-01T00:00:00Z"}), 403, "not-yours"
    )
    revoked = caller.post(f"/api_key/{made.id}/revoke", {"reason": "不再使用"})
    assert revoked.status_code == 200, revoked.content
    assert caller.get("/me").status_code == 401


def test_a_key_is_never_a_second_factor(town: Town) -> None:
    body = {"keeper": "exchange"}
    _refused(town.http(town.buyer).post("/signature_key", body), 403, "second-factor")


# Acts.


def test_a_request_is_made_once_however_often_it_is_sent(town: Town, listing: int) -> None:
    buyer = town.http(town.buyer)
    body = {"listing": listing, "purposes": ["research"]}
    first = buyer.post("/negotiation", body, idempotency_key="order-1")
    again = buyer.post("/negotiation", body, idempotency_key="order-1")
    assert first.status_code == again.status_code == 201
    assert (first.json()["repeated"], again.json()["repeated"]) == (False, True)
    assert first.json()["subject"] == again.json()["subject"]
    other = buyer.post("/negotiation", {**body, "calls_max": 5}, idempotency_key="order-1")
    _refused(other, 409, "key-reused")
    assert buyer.get("/negotiation").json()["total"] == 1


def test_every_fault_of_the_input_is_named_at_once(town: Town) -> None:
    body = {"listing": 0, "purposes": ["nonsense"], "calls_max": "many", "surprise": 1}
    told = _refused(town.http(town.buyer).post("/negotiation", body), 422, "bad-input")
    fields = {reason["field"] for reason in told["reasons"]}
    assert fields == {"listing", "purposes.0", "calls_max", "surprise"}
    assert all(reason["zh"] and reason["en"] for reason in told["reasons"])


@pytest.mark.parametrize(
    "raw", [b"{", b"\xff", b'{"listing": NaN}', b'{"a": 1, "a": 2}', b"[" * 100_000, b'{"listing": 1e999}']
)
def test_a_body_that_is_not_json_is_refused(town: Town, raw: bytes) -> None:
    _refused(town.http(town.buyer).post("/negotiation", raw=raw), 400, "unreadable")


@pytest.mark.parametrize(
    ("field", "value"),
    [("note", "a\x00b"), ("note", "\ud800"), ("calls_max", 2**70), ("listing", 2**60), ("listing", True), ("note", [])],
)
def test_what_no_fact_can_keep_is_a_fault_of_the_input(town: Town, listing: int, field: str, value: Any) -> None:
    body = json.dumps({"listing": listing, "purposes": ["research"], field: value}).encode()
    response = town.http(town.buyer).post("/negotiation", raw=body)
    assert response.status_code in (404, 422), response.content


def test_a_refusal_by_rules_carries_every_finding_with_its_citation(town: Town, listing: int) -> None:
    body = {"listing": listing, "purposes": ["public-service"], "price_fen": 100}
    told = _refused(town.http(town.stranger).post("/negotiation", body), 422, "refused")
    assert {reason["rule"] for reason in told["reasons"]} >= {"purpose_is_stated", "price_kind_fits"}
    assert all(reason["cite"] and reason["strength"] for reason in told["reasons"])


def test_an_act_out_of_turn_and_a_strangers_act_are_told_apart_only_for_who_may_see(town: Town, transfer: int) -> None:
    _refused(town.http(town.buyer).post(f"/transfer/{transfer}/accept"), 409, "not-now")
    _refused(town.http(town.supplier).post(f"/transfer/{transfer}/accept"), 409, "not-now")
    _refused(
        town.http(town.supplier).post(f"/transfer/{transfer}/collect", {"token_sha256": "a" * 64}), 403, "not-yours"
    )
    _refused(town.http(town.stranger).post(f"/transfer/{transfer}/stop"), 404, "unknown")
    _refused(town.http(town.stranger).post("/transfer/99999999/stop"), 404, "unknown")


def test_what_the_clock_alone_does_has_no_address(town: Town, transfer: int) -> None:
    response = town.http(town.operator).post(f"/transfer/{transfer}/complete")
    assert response.status_code == 404
    documented = api.get_openapi_schema(path_prefix="api/")["paths"]
    for table in all_procedures():
        for act in table.acts:
            assert (f"/api/{table.name}/{{id}}/{act.name}" in documented) == (act.by != (CLOCK,))


def test_a_method_that_an_address_does_not_take_is_a_problem_too(town: Town) -> None:
    response = Client().delete("/api/products")
    _refused(response, 405, "method-not-allowed")
    assert response["Allow"] == "GET"
    _refused(Client().get("/api/nothing/here"), 404, "not-found")


def test_an_objection_is_open_to_anyone_known_by_name_though_the_file_is_not(town: Town, node: NodeAtHand) -> None:
    """The act reaches the door for who may not see the registration; its state answers, not its existence."""
    registration = town.applied_for_right(town.catalogued(node))
    stranger = town.http(town.stranger)
    assert stranger.get(f"/ownership/{registration}").status_code == 404
    body = {"reason": "这是我方的数据", "evidence": ["a" * 64], "contact": "027-12345678"}
    assert stranger.post(f"/ownership/{registration}/object", body).status_code in (404, 409)


# Reading.


def test_lists_come_in_pages_with_their_total(town: Town, listing: int) -> None:
    for _ in range(5):
        town.http(town.buyer).post("/negotiation", {"listing": listing, "purposes": ["research"]})
    page = town.http(town.buyer).get("/negotiation", limit=2, offset=2).json()
    assert (page["total"], page["offset"], page["limit"], page["next"], len(page["items"])) == (5, 2, 2, 4, 2)
    last = town.http(town.buyer).get("/negotiation", limit=2, offset=4).json()
    assert (last["next"], len(last["items"])) == (None, 1)
    assert town.http(town.supplier).get("/negotiation").json()["total"] == 5
    assert town.http(town.stranger).get("/negotiation").json() == {
        "total": 0, "offset": 0, "limit": 50, "next": None, "items": [],
    }  # fmt: skip
    requested = town.http(town.buyer).get("/negotiation", state="requested").json()
    assert requested["total"] == 5
    _refused(town.http(town.buyer).get("/negotiation", state="nonsense"), 422, "bad-input")
    _refused(town.http(town.buyer).get("/negotiation", limit=201), 422, "bad-input")


def test_a_subject_shows_what_may_be_done_its_deadlines_and_its_story(town: Town, transfer: int) -> None:
    seen = town.http(town.buyer).get(f"/transfer/{transfer}").json()
    mine = {act["name"] for act in seen["possible"] if act["mine"]}
    assert mine == {"collect", "name_key", "note_drift", "stop"}
    assert [clock["name"] for clock in seen["clocks"]] == ["use"]
    assert [event["act"] for event in seen["timeline"]] == ["begin", "start"]
    assert all(event["position"] is not None for event in seen["timeline"])


def test_no_answer_carries_what_opens_a_door() -> None:
    """Columns that look like secrets are kept back, whatever table they are in."""
    for table in all_procedures():
        for field in apps.get_model(table.model)._meta.concrete_fields:
            secret = isinstance(field, models.BinaryField) or any(
                word in field.attname for word in ("secret", "password", "sealed", "enrolment_digest")
            )
            if secret:
                kept = field.attname in shapes.KEPT_BACK or isinstance(field, models.BinaryField)
                assert kept or field.attname in {"enrolment_until_at", "unsealed_at"}, f"{table.name}.{field.attname}"


def test_keys_and_nodes_are_shown_without_their_digests(town: Town, node: NodeAtHand) -> None:
    keys = town.http(town.supplier).get("/api_key").json()["items"]
    assert keys
    assert not {"digest"} & set(keys[0]["fields"])
    shown = town.http(town.supplier).get(f"/node/{node.id}").json()
    assert "enrolment_digest" not in shown["fields"]
    assert "public_key" in shown["fields"]


def test_a_product_page_has_price_terms_and_provider(town: Town, listing: int) -> None:
    page = Caller(None).get("/products", words="逾期").json()
    assert [item["id"] for item in page["items"]] == [listing]
    assert Caller(None).get("/products", words="没有这样的产品").json()["total"] == 0
    shown = Caller(None).get(f"/products/{listing}").json()
    assert (shown["price_micro_yuan"], shown["total_fen"], shown["provider"]) == (5_000, 500, town.supplier.id)
    assert (page["items"][0]["charge"], shown["charge"]) == ("asked", "asked")
    assert shown["sentences"][0]["zh"].startswith("只可用于")
    perform_pause = town.http(town.supplier).post(f"/listing/{listing}/pause")
    assert perform_pause.status_code == 200
    _refused(Caller(None).get(f"/products/{listing}"), 404, "unknown")


def test_procedures_are_served_as_tables_with_their_picture(db: None) -> None:
    shown = Caller(None).get("/procedures/negotiation").json()
    assert shown["starts"] == "requested"
    assert "finalized" in shown["ends"]
    assert {act["name"] for act in shown["acts"]} >= {"offer", "agree", "verify"}
    assert shown["mermaid"].startswith("stateDiagram-v2")
    assert {seat["name"] for seat in shown["seats"]} == {"consumer", "provider"}
    assert len(Caller(None).get("/procedures").json()) == len(all_procedures())
    _refused(Caller(None).get("/procedures/nothing"), 404, "unknown")


def test_rules_figures_and_days_are_those_of_the_day_asked_for(db: None) -> None:
    before = {rule["name"] for text in Caller(None).get("/rules", on="2026-07-02").json() for rule in text["rules"]}
    after = {rule["name"] for text in Caller(None).get("/rules", on="2026-07-03").json() for rule in text["rules"]}
    assert "right_is_in_force" in after - before
    assert any(figure["key"] == "house.exchange_fee" for figure in Caller(None).get("/figures").json())
    year = Caller(None).get("/calendar/2026").json()
    days = {day["day"]: day["working"] for day in year["exceptions"]}
    assert days["2026-10-01"] is False
    assert year["provisional"] is False
    assert Caller(None).get("/calendar/2099").json()["provisional"] is True


# Money.


def test_a_party_reads_its_balance_and_the_moves_behind_it(town: Town, transfer: int) -> None:
    buyer = town.http(town.buyer)
    account = buyer.get("/accounts/me").json()
    assert (account["balance_fen"], account["held_fen"], account["available_fen"]) == (10_000, 500, 9_500)
    statement = buyer.get("/accounts/me/statement").json()
    assert statement["total"] == 1
    assert [(line["fen"], line["balance"]) for line in statement["items"]] == [(10_000, 10_000)]
    later = (now() + timedelta(days=1)).isoformat()
    assert buyer.get("/accounts/me/statement", since=later).json()["total"] == 0
    _refused(buyer.get("/accounts/me/statement", since="2026-01-01T00:00:00"), 422, "bad-input")


def test_finance_imports_a_bank_statement_and_nobody_else(town: Town) -> None:
    from tongqu.exchange.members import parties

    code = parties.organisation(town.buyer.id).credit_code
    text = f"流水号,日期,付款人,付款账号,金额,附言\nR1,2026-11-23,示例,6222,12.34,{code}\nR2,2026-11-23,示例,6222,x,\n"

    def file() -> io.BytesIO:
        content = io.BytesIO(text.encode())
        content.name = "bank.csv"
        return content

    finance = town.http(town.operator)
    first = finance.upload("/deposit/import", file())
    assert first.status_code == 201, first.content
    assert (first.json()["credited"], first.json()["repeated"]) == (1, 0)
    assert [fault["row"] for fault in first.json()["faults"]] == [3]
    assert finance.upload("/deposit/import", file()).json()["repeated"] == 1
    _refused(town.http(town.buyer).upload("/deposit/import", file()), 403, "not-yours")
    empty = io.BytesIO(b"a,b\n")
    empty.name = "bank.csv"
    _refused(finance.upload("/deposit/import", empty), 422, "bad-bank-file")


def test_a_bank_line_given_twice_by_hand_is_a_conflict_and_no_failure(town: Town) -> None:
    body = {"reference": "R9", "booked_date": "2026-11-23", "payer": "示例", "fen": 100, "paper": "a" * 64}
    finance = town.http(town.operator)
    assert finance.post("/deposit", body).status_code == 201
    _refused(finance.post("/deposit", body), 409, "conflict")


# Proofs and papers.


def test_a_proof_verifies_offline_and_is_given_to_who_may_see_the_subject(town: Town, transfer: int) -> None:
    fact = town.http(town.buyer).get(f"/transfer/{transfer}").json()["timeline"][-1]["fact"]
    proof = town.http(town.buyer).get(f"/proofs/{fact}").json()
    log = Caller(None).get("/log").json()
    verified = verify_proof(proof, log["key"])
    assert verified.trusted
    assert verified.envelope["procedure"] == "transfer"
    assert town.http(town.operator).get(f"/proofs/{fact}").status_code == 200
    _refused(town.http(town.stranger).get(f"/proofs/{fact}"), 404, "unknown")
    _refused(town.http(town.buyer).get("/proofs/999999999"), 404, "unknown")


def test_a_fact_that_has_no_place_yet_says_so(town: Town, listing: int) -> None:
    made = town.http(town.buyer).post("/negotiation", {"listing": listing, "purposes": ["research"]}).json()
    told = _refused(town.http(town.buyer).get(f"/proofs/{made['fact']}"), 409, "not-sequenced")
    assert str(made["fact"]) in told["title"]
    evidence.integrate(limit=2_000)
    assert town.http(town.buyer).get(f"/proofs/{made['fact']}").status_code == 200


def _file(content: bytes, name: str) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def test_a_paper_is_given_back_to_its_owner_and_hidden_from_others(town: Town) -> None:
    kept = town.http(town.buyer).upload("/papers", _file(PDF, "evidence.pdf"))
    assert kept.status_code == 201, kept.content
    sha256 = kept.json()["sha256"]
    given = town.http(town.buyer).get(f"/papers/{sha256}")
    assert (given.content, given["Content-Type"]) == (PDF, "application/pdf")
    assert given["Content-Disposition"].startswith("attachment")
    assert given["X-Content-Type-Options"] == "nosniff"
    _refused(town.http(town.stranger).get(f"/papers/{sha256}"), 404, "unknown")


def test_a_paper_named_in_an_objection_is_shown_to_the_parties_of_that_delivery(town: Town, transfer: int) -> None:
    sha256 = town.http(town.buyer).upload("/papers", _file(PDF, "evidence.pdf")).json()["sha256"]
    perform(delivery.TRANSFER, "stop", transfer, by=town.actor(town.buyer), at=now())
    perform(delivery.TRANSFER, "complete", transfer, by=_house(), at=now())
    body = {"reason": "数据与约定不符", "paper": sha256}
    assert town.http(town.buyer).post(f"/transfer/{transfer}/object", body).status_code == 200
    where = {"procedure": "transfer", "subject": transfer}
    assert town.http(town.supplier).get(f"/papers/{sha256}", **where).content == PDF
    _refused(town.http(town.supplier).get(f"/papers/{sha256}"), 404, "unknown")
    _refused(town.http(town.stranger).get(f"/papers/{sha256}", **where), 404, "unknown")


def test_a_delivery_of_many_months_shows_how_it_ended(town: Town, transfer: int) -> None:
    """Some thousand statements between the beginning and the objection hide neither it nor its evidence."""
    for _ in range(600):
        _meter(transfer)
    sha256 = town.http(town.buyer).upload("/papers", _file(PDF, "evidence.pdf")).json()["sha256"]
    perform(delivery.TRANSFER, "stop", transfer, by=town.actor(town.buyer), at=now())
    perform(delivery.TRANSFER, "complete", transfer, by=_house(), at=now())
    town.http(town.buyer).post(f"/transfer/{transfer}/object", {"reason": "数据与约定不符", "paper": sha256})
    seen = town.http(town.supplier).get(f"/transfer/{transfer}").json()
    assert (len(seen["timeline"]), seen["timeline_total"]) == (100, 605)
    assert [event["act"] for event in seen["timeline"][-4:]] == ["meter", "stop", "complete", "object"]
    first = town.http(town.supplier).get(f"/transfer/{transfer}/timeline", limit=200).json()
    assert [event["act"] for event in first["items"][:3]] == ["begin", "start", "meter"]
    assert (first["total"], first["next"]) == (605, 200)
    last = town.http(town.supplier).get(f"/transfer/{transfer}/timeline", limit=200, offset=600).json()
    assert (last["next"], last["items"][-1]["act"]) == (None, "object")
    where = {"procedure": "transfer", "subject": transfer}
    assert town.http(town.supplier).get(f"/papers/{sha256}", **where).content == PDF


def _meter(transfer: int) -> None:
    """What a statement leaves in the evidence, without the statement."""
    told = evidence.NewFact(now(), "transfer", "meter", transfer, {"kind": "clock"}, {"inputs": {}, "data": {}})
    evidence.append(told)


def test_naming_the_hash_of_anothers_paper_in_ones_own_act_opens_nothing(town: Town, transfer: int) -> None:
    secret = town.http(town.stranger).upload("/papers", _file(PDF + b"secret", "secret.pdf")).json()["sha256"]
    perform(delivery.TRANSFER, "stop", transfer, by=town.actor(town.buyer), at=now())
    perform(delivery.TRANSFER, "complete", transfer, by=_house(), at=now())
    body = {"reason": "数据与约定不符", "paper": secret}
    town.http(town.buyer).post(f"/transfer/{transfer}/object", body)
    where = {"procedure": "transfer", "subject": transfer}
    _refused(town.http(town.buyer).get(f"/papers/{secret}", **where), 404, "unknown")
    _refused(town.http(town.supplier).get(f"/papers/{secret}", **where), 404, "unknown")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"MZ", "run.exe", "paper-kind"),
        (b"not a pdf", "a.pdf", "paper-content"),
        (PDF + b"x" * 2_000, "a.pdf", "paper-size"),
    ],
)
def test_papers_are_checked_on_the_way_in(town: Town, settings: Any, content: bytes, name: str, code: str) -> None:
    settings.PAPER_BYTES_MAX = 1_000
    _refused(town.http(town.buyer).upload("/papers", _file(content, name)), 422, code)
    _refused(town.http(town.buyer).post("/papers"), 422, "bad-input")


def _house() -> Any:
    from tongqu.exchange.bedrock.procedures import HOUSE

    return HOUSE


# For a buyer's program.


def test_the_text_to_sign_is_for_the_parties_and_its_digest_fits(town: Town, listing: int) -> None:
    asked = town.http(town.buyer).post("/negotiation", {"listing": listing, "purposes": ["research"]}).json()["subject"]
    _refused(town.http(town.buyer).get(f"/negotiation/{asked}/text"), 404, "unknown")
    settle()
    shown = town.http(town.buyer).get(f"/negotiation/{asked}/text").json()
    assert shown["state"] == "agreed"
    assert digest(shown["text"]) == shown["digest"]
    _refused(town.http(town.stranger).get(f"/negotiation/{asked}/text"), 404, "unknown")


def test_a_provider_with_an_own_key_is_shown_the_text_before_it_signs(town: Town, listing: int) -> None:
    asked = (
        town.http(town.buyer)
        .post("/negotiation", {"listing": listing, "purposes": ["research"], "note": "含一次更新"})
        .json()["subject"]
    )
    settle()
    signer = town.own_key(town.supplier)
    shown = town.http(town.supplier).get(f"/negotiation/{asked}/text").json()
    assert shown["state"] == "requested"
    signature = base64.b64encode(signer.sign(canonical(shown["text"]))).decode()
    agreed = town.http(town.supplier).post(f"/negotiation/{asked}/agree", {"signature": signature})
    assert agreed.status_code == 200, agreed.json()
    assert town.http(town.buyer).get(f"/negotiation/{asked}/text").json()["digest"] == shown["digest"]


def test_the_address_tells_where_and_what_to_call_and_no_token(town: Town, node: NodeAtHand, transfer: int) -> None:
    shown = town.http(town.buyer).get(f"/transfer/{transfer}/address").json()
    assert shown["address"] == "http://node.example:8700"
    assert shown["node_public_key"] == node.signer.public_bytes.hex()
    assert (shown["question"], shown["purposes"], shown["mode"]) == ("arrears", ["research"], "verification")
    assert shown["permit"].startswith("P-")
    assert "token" not in json.dumps(shown)
    _refused(town.http(town.stranger).get(f"/transfer/{transfer}/address"), 404, "unknown")
    _refused(town.http(town.stranger).get(f"/transfer/{transfer}/statements"), 404, "unknown")


def test_the_statements_of_months_come_in_pages(town: Town, transfer: int) -> None:
    Statement.objects.bulk_create(
        Statement(
            transfer_id=transfer, number=n, digest=f"{n:064x}", from_sequence=n, to_sequence=n, calls=1, units=1,
            sealed={}, received_at=now(),
        )
        for n in range(1, 451)
    )  # fmt: skip
    buyer, seen, offset = town.http(town.buyer), [], 0
    while offset is not None:
        page = buyer.get(f"/transfer/{transfer}/statements", offset=offset, limit=200).json()
        assert (page["total"], len(page["node_public_key"])) == (450, 64)
        seen += [one["number"] for one in page["statements"]]
        offset = page["next"]
    assert seen == list(range(1, 451))


# Limits.


def test_who_calls_too_often_is_told_when_to_come_back(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.PER_KEY, "a_minute", 5)
    buyer, other = town.http(town.buyer), town.http(town.supplier)
    answers = [buyer.get("/me") for _ in range(7)]
    assert [answer.status_code for answer in answers[:5]] == [200] * 5
    assert 1 <= int(answers[6]["Retry-After"]) <= 60
    _refused(answers[6], 429, "too-many")
    assert other.get("/me").status_code == 200


def test_an_address_that_tries_many_keys_is_stopped(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.REFUSED_KEYS, "a_minute", 3)
    answers = [Caller("tq_0123456789_" + "A" * 43).get("/me") for _ in range(5)]
    assert [answer.status_code for answer in answers[:3]] == [401] * 3
    _refused(answers[4], 429, "too-many")
    assert int(answers[4]["Retry-After"]) >= 1


def test_workers_share_one_count(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker's calls count: what it told the cache is seen by this one."""
    one, two = (limits.Limit("shared", 20, lambda request: "tq_someone") for _ in range(2))
    allowed = [limit.allow_request(None) for _ in range(15) for limit in (one, two)]  # type: ignore[arg-type]
    assert allowed[:20] == [True] * 20
    assert allowed[-1] is False


# The description.


def test_the_description_gives_each_request_its_own_shape_and_errors_their_kind() -> None:
    described = api.get_openapi_schema(path_prefix="api/")
    assert described["openapi"].startswith("3.1")
    shapes_of = described["components"]["schemas"]
    assert set(shapes_of["negotiation_terminate_Reason"]["properties"]) == {"reason"}
    assert "zh" in shapes_of["Reason"]["properties"]
    for path in described["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"]


def test_no_two_operations_have_one_id() -> None:
    """Programs made from the description name what they call by it."""
    paths = api.get_openapi_schema(path_prefix="api/")["paths"]
    ids = Counter(operation["operationId"] for ways in paths.values() for operation in ways.values())
    assert len(ids) > 100
    assert [name for name, count in ids.items() if count > 1] == []


def test_the_description_is_served(db: None) -> None:
    served = Client().get("/api/openapi.json")
    assert served.status_code == 200
    assert served.json()["info"]["title"].startswith("Tongqu")
    assert Client().get("/api/docs").status_code == 200


def test_no_act_asks_for_a_name_that_the_door_itself_uses() -> None:
    for table in all_procedures():
        for entry in (*table.acts, table.begins):
            if entry.by != (CLOCK,):
                assert not {"by", "at", "key"} & set(entry.asks.model_fields), f"{table.name}.{entry.name}"

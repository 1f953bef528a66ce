"""What the command says and what it keeps: when a node refuses half way, when a receipt is missing, when a step comes too early."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from tongqu.client import calls, command, market
from tongqu.client.receipts import ReceiptBook
from tongqu.wire.message import seal_message
from tongqu.wire.receipt import (
    Answer,
    CountAnswer,
    Receipt,
    answer_digest,
    call_salt,
    count_answer,
    request_digest,
    verification_answer,
)
from tongqu.wire.seals import Ed25519Signer

AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
VERSION = "ab" * 32
REASON = {
    "code": "purpose-not-permitted",
    "constraint": "purpose",
    "words": {"zh": "许可不包括该用途。", "en": "The permit does not cover this purpose."},
    "mend": {"zh": "请按合同约定的用途调用。", "en": "Call for a purpose of the contract."},
}
LIMIT = {
    "code": "quota-used",
    "constraint": "count",
    "words": {"zh": "调用次数已用完。", "en": "The calls of the contract are used up."},
    "mend": {"zh": "请续订。", "en": "Buy more."},
}


def refusal(*reasons: dict[str, Any], status: int = 403) -> httpx.Response:
    """As a node's door writes it."""
    first = reasons[0]
    body = {
        "type": f"urn:tongqu:problem:{first['code']}", "title": first["words"]["en"], "status": status,
        "code": first["code"], "detail": f"{first['words']['zh']} {first['words']['en']}", "reasons": list(reasons),
    }  # fmt: skip
    return httpx.Response(status, json=body)


class Street:
    """An exchange and a node, as the command meets them: trade 1 is delivered as transfer 9, and its receipts are chained."""

    def __init__(self, trades: Path) -> None:
        self.signer = Ed25519Signer.generate()
        self.trades = trades
        self.least: int | None = None
        self.counts = False
        self.refuses: Callable[[int], httpx.Response | None] = lambda call: None
        self.asked: list[dict[str, Any]] = []
        self.receipts: list[dict[str, Any]] = []
        self.begins(1, transfer=9)

    def begins(self, number: int, *, transfer: int | None) -> Path:
        """The folder of a trade; one that was delivered has its token."""
        folder = self.trades / str(number)
        folder.mkdir(parents=True)
        kept = {"listing": 3, "negotiation": number, "contract": transfer and 5, "transfer": transfer}
        for name, content in (("trade.json", json.dumps(kept)), *([("token", "tq_token")] if transfer else [])):
            (folder / name).write_text(content)
            (folder / name).chmod(0o600)
        return folder

    @property
    def book(self) -> ReceiptBook:
        return ReceiptBook(self.trades / "1" / "receipts.jsonl")

    def __call__(self, request: httpx.Request) -> httpx.Response:
        doors = {"exchange.example": self._exchange, "node.example": self._node}
        return doors[request.url.host](request)

    def _exchange(self, request: httpx.Request) -> httpx.Response:
        key = self.signer.public_bytes.hex()
        question = {"id": "arrears", "least": self.least}
        told: dict[str, Any] = {
            "/api/transfer/9/address": {
                "permit": "P-1", "contract": "HT-1", "node": "1", "address": "http://node.example",
                "node_public_key": key, "node_keys": [], "question": "arrears", "purposes": ["research"],
                "source_version": None, "mode": "verification",
            },
            "/api/transfer/9/permit": {"permit": {"body": {"question": question}}},
        }  # fmt: skip
        return httpx.Response(200, json=told[request.url.path])

    def _node(self, request: httpx.Request) -> httpx.Response:
        return {"/v1/verify": self._verify, "/v1/keys": lambda _: httpx.Response(200, json={"keys": []})}[
            request.url.path
        ](request)

    def _verify(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.asked.append(body)
        refused = self.refuses(len(self.asked))
        if refused is not None:
            return refused
        call, keys = request.headers["Tongqu-Call"], body["keys"]
        salt = call_salt(b"s", "HT-1", call)
        answers = ["yes" if key.endswith("1") else "no" for key in keys]
        counts = {"unknown": 0, "yes": answers.count("yes"), "no": answers.count("no")}
        told = count_answer(counts, 5, VERSION) if self.counts else verification_answer(answers, VERSION)
        sealed = self.meters(call, len(keys), request_digest(body, salt), answer_digest(told, salt))
        answer = (
            CountAnswer(call, "arrears", counts, 5, VERSION, salt, sealed)
            if self.counts
            else Answer(call, "arrears", tuple(answers), VERSION, salt, sealed)
        )
        return httpx.Response(200, json=answer.to_json())

    def meters(self, call: str, keys: int, asked: str = "cd" * 32, told: str = "ef" * 32) -> dict[str, Any]:
        """The receipt of one more call, chained to the one before it."""
        sequence = len(self.receipts) + 1
        previous = Receipt.from_json(self.receipts[-1]["body"]).digest if self.receipts else None
        receipt = Receipt(
            node="1", contract="HT-1", permit="P-1", permit_revision=1, sequence=sequence, previous=previous, call=call,
            mode="verification", source="credit", source_version=VERSION, purpose="research", request_digest=asked,
            answer_digest=told, calls=keys, units=keys, at=AT + timedelta(minutes=sequence),
        )  # fmt: skip
        self.receipts.append(seal_message(receipt, self.signer))
        return self.receipts[-1]


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Street:
    monkeypatch.setenv("TONGQU_URL", "http://exchange.example")
    monkeypatch.setenv("TONGQU_API_KEY", "tq_0123456789_" + "A" * 43)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "200")
    there = Street(tmp_path / "config" / "tongqu" / "trades")
    for module in (market, calls):
        monkeypatch.setattr(module, "http_client", lambda: httpx.Client(transport=httpx.MockTransport(there)))
    return there


def run(*words: str | Path, code: int = 0) -> tuple[str, str]:
    """What the command says, and what it complains of."""
    result = CliRunner().invoke(command.build(str(words[0])), [str(word) for word in words])
    assert result.exit_code == code, f"{words}: {result.output} {result.stderr} {result.exception!r}"
    return result.stdout, result.stderr


def test_a_nodes_refusal_is_said_in_both_languages_with_what_mends_it(street: Street) -> None:
    street.refuses = lambda call: refusal(REASON, LIMIT)
    _, complaint = run("trade", "call", "1", "001", code=1)
    assert complaint.splitlines() == [
        "✗ 许可不包括该用途。（purpose-not-permitted）",
        "  The permit does not cover this purpose. (403)",
        "  → 请按合同约定的用途调用。 · Call for a purpose of the contract.",
        "  - 调用次数已用完。 · The calls of the contract are used up.",
        "  → 请续订。 · Buy more.",
    ]


def test_an_exchanges_refusal_is_said_with_its_field_its_citation_and_what_mends_it(street: Street) -> None:
    body = {
        "code": "refused", "title": "Rules refuse", "title_zh": "不符合规则", "mend": "Mend it.", "mend_zh": "请更正。",
        "reasons": [
            {"zh": "用途不明", "en": "No purpose", "cite": "数据条例第一条", "mend_zh": "写明用途", "mend_en": "State one"},
            {"zh": "太多", "en": "Too many", "field": "calls_max"},
        ],
    }  # fmt: skip
    street.refuses = lambda call: httpx.Response(422, json=body)
    _, complaint = run("trade", "call", "1", "001", code=1)
    assert complaint.splitlines() == [
        "✗ 不符合规则（refused）",
        "  Rules refuse (422)",
        "  - 数据条例第一条 用途不明 · No purpose",
        "  → 写明用途 · State one",
        "  - calls_max 太多 · Too many",
        "  → 请更正。 · Mend it.",
    ]


def test_who_gives_no_reason_is_said_to_give_none(street: Street) -> None:
    street.refuses = lambda call: httpx.Response(502, text="<html>")
    _, complaint = run("trade", "call", "1", "001", code=1)
    assert complaint.splitlines() == ["✗ 对方没有说明理由（http-502）", "  No reason was given (502)"]


# What the question gives.


@pytest.mark.parametrize(("word", "least", "right"), [("count", None, "trade call"), ("call", 5, "trade count")])
def test_a_question_that_gives_no_such_answer_is_not_asked(
    street: Street, tmp_path: Path, word: str, least: int | None, right: str
) -> None:
    street.least = least
    keys = tmp_path / "keys.txt"
    keys.write_text("001\n002\n")
    given = [keys] if word == "count" else ["--file", keys]
    _, complaint = run("trade", word, "1", *given, code=1)
    assert complaint.count(right) == 2  # once in each language
    assert street.asked == []


def test_counts_are_told(street: Street, tmp_path: Path) -> None:
    street.least, street.counts = 5, True
    (tmp_path / "keys.txt").write_text("001\n002\n011\n")
    assert run("trade", "count", "1", tmp_path / "keys.txt")[0].splitlines() == ["unknown\t0", "yes\t2", "no\t1"]
    assert list(street.book.receipts()) == street.receipts


def test_an_answer_that_cannot_be_read_was_billed_so_its_receipt_is_kept(street: Street) -> None:
    street.counts = True
    _, complaint = run("trade", "call", "1", "001", code=1)
    assert "answer-unreadable" in complaint
    assert list(street.book.receipts()) == street.receipts

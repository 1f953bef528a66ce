"""What the command says and what it keeps: when a node refuses half way, when a receipt is missing, when a step comes too early."""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import FileIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from tongqu.client import batches, calls, command, market
from tongqu.client.receipts import ReceiptBook
from tongqu.wire.canonical import digest
from tongqu.wire.message import seal_message
from tongqu.wire.query import QueryAnswer, query_answer
from tongqu.wire.receipt import (
    Answer,
    CountAnswer,
    Receipt,
    answer_digest,
    call_salt,
    count_answer,
    dataset_answer,
    dataset_request,
    marked_answer,
    request_digest,
    verification_answer,
)
from tongqu.wire.restored import STRIDE, Restored
from tongqu.wire.seals import Ed25519Signer
from tongqu.wire.statement import Statement, root_of

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
        self.content, self.version = b"id,name\n", VERSION
        self.refuses: Callable[[int], httpx.Response | None] = lambda call: None
        self.loses: Callable[[int], bool] = lambda call: False
        self.negotiated = {"state": "agreed", "state_words": {"zh": "待买方签署", "en": "To be signed by the buyer"}}
        self.asked: list[dict[str, Any]] = []
        self.products: list[dict[str, Any]] = []
        self.receipts: list[dict[str, Any]] = []
        self.lost: set[str] = set()
        self.marks: dict[int, dict[str, Any]] = {}
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
        if (request.method, request.url.path) == ("POST", "/api/negotiation"):
            done = {"procedure": "negotiation", "subject": 7, "act": "begin", "state": "requested", "fact": 12}
            return httpx.Response(201, json=done)
        key = self.signer.public_bytes.hex()
        question = {"id": "arrears", "least": self.least}
        negotiation = {"procedure": "negotiation", "id": 7, "title": "核验", **self.negotiated}
        text = {"negotiation": 7, "clauses": {"6-price": {"at_most_fen": 123_470}}}
        told: dict[str, Any] = {
            "/api/proofs/12": {"index": 34},
            "/api/products": {"items": self.products, "next": None},
            "/api/negotiation/7": {**negotiation, "fields": {"listing_id": 3, "terms": {"total_fen": 123_470}}},
            "/api/negotiation/7/text": {
                "text": text, "digest": digest(text), "total_fen": 123_470, "sentences": [{"zh": "只可用于研究", "en": "For research"}],
            },
            "/api/transfer/9/address": {
                "permit": "P-1", "contract": "HT-1", "node": "1", "address": "http://node.example",
                "node_public_key": key, "node_keys": [], "question": "arrears", "purposes": ["research"],
                "source_version": None, "mode": "verification",
            },
            "/api/transfer/9/permit": {"permit": {"body": {"question": question}}},
            "/api/transfer/9/statements": {
                "statements": self.statements, "next": None, "node_public_key": key, "node_keys": [],
            },
        }  # fmt: skip
        return httpx.Response(200, json=told[request.url.path])

    def _node(self, request: httpx.Request) -> httpx.Response:
        doors = {
            "/v1/verify": self._verify, "/v1/query": self._query, "/v1/receipts": self._receipts,
            "/v1/datasets/P-1": self._dataset, "/v1/keys": lambda _: httpx.Response(200, json={"keys": []}),
        }  # fmt: skip
        if request.url.path.startswith("/v1/receipts/"):
            return self._story(int(request.url.path.rsplit("/", 1)[1]))
        return doors[request.url.path](request)

    def _story(self, sequence: int) -> httpx.Response:
        near = {one["body"]["sequence"]: one for one in self.receipts}
        before = self.marks.get(sequence) or near.get(sequence - 1)
        return httpx.Response(200, json={"receipt": near[sequence], "before": before})

    def _dataset(self, request: httpx.Request) -> httpx.Response:
        call = request.headers["Tongqu-Call"]
        salt, sha256 = call_salt(b"s", "HT-1", call), hashlib.sha256(self.content).hexdigest()
        size = len(self.content)
        told = dataset_answer(sha256, size) if sha256 == self.version else marked_answer(self.version, size, sha256)
        asked = request_digest(dataset_request("P-1", request.url.params["purpose"]), salt)
        sealed = self.meters(call, 1, asked, answer_digest(told, salt), mode="dataset", source_version=self.version)
        headers = {
            "Tongqu-Receipt": base64.b64encode(json.dumps(sealed).encode()).decode(), "Tongqu-Salt": salt,
            "ETag": f'"{sha256}"', "Tongqu-Version": self.version,
        }  # fmt: skip
        return httpx.Response(200, content=self.content, headers=headers)

    def _receipts(self, request: httpx.Request) -> httpx.Response:
        after, limit = (int(request.url.params[name]) for name in ("after", "limit"))
        some = [one for one in self.receipts if one["body"]["sequence"] > after][:limit]
        following = some[-1]["body"]["sequence"] if len(some) == limit else None
        return httpx.Response(200, json={"contract": "HT-1", "receipts": some, "next": following})

    @property
    def statements(self) -> list[dict[str, Any]]:
        """One, over all receipts; none, where nothing was called."""
        if not self.receipts:
            return []
        held = [Receipt.from_json(one["body"]) for one in self.receipts]
        calls = {"verification": sum(one.calls for one in held)}
        statement = Statement(
            node="1", contract="HT-1", number=1, previous=None, from_sequence=1, to_sequence=len(held), count=len(held),
            calls=calls, units=calls, first_at=held[0].at, last_at=held[-1].at, root=root_of([one.leaf for one in held]),
            made_at=held[-1].at,
        )  # fmt: skip
        told = {"number": 1, "from_sequence": 1, "to_sequence": len(held)}
        return [{**told, "sealed": seal_message(statement, self.signer)}]

    def _query(self, request: httpx.Request) -> httpx.Response:
        """Three pages of two rows each; the cursor is the number of the next."""
        body = json.loads(request.content)
        self.asked.append(body)
        refused = self.refuses(len(self.asked))
        if refused is not None:
            return refused
        call, page = request.headers["Tongqu-Call"], int(body["cursor"] or 1)
        salt = call_salt(b"s", "HT-1", call)
        rows, following = [[f"武汉{page}", page], [f"襄阳{page}", None]], str(page + 1) if page < 3 else None
        told = query_answer(["city", "load"], rows, following, VERSION, limited=False)
        sealed = self.meters(call, 1, request_digest(body, salt), answer_digest(told, salt))
        answer = QueryAnswer(
            call, "arrears", ("city", "load"), tuple(map(tuple, rows)), following, False, VERSION, salt, sealed
        )
        return httpx.Response(200, json=answer.to_json())

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
        if self.loses(len(self.asked)):
            self.lost.add(call)
            raise httpx.ReadError("the line went dead")
        again = {"Tongqu-Repeated": "true"} if call in self.lost else {}
        return httpx.Response(200, json=answer.to_json(), headers=again)

    def meters(
        self, call: str, keys: int, asked: str = "cd" * 32, told: str = "ef" * 32, mode: str = "verification",
        source_version: str = VERSION,
    ) -> dict[str, Any]:  # fmt: skip
        """The receipt of one more call, chained to the one before it; of a call that came before, the one it had."""
        for sealed in self.receipts:
            if sealed["body"]["call"] == call:
                return sealed
        sequence = len(self.receipts) + 1
        previous = Receipt.from_json(self.receipts[-1]["body"]).digest if self.receipts else None
        receipt = Receipt(
            node="1", contract="HT-1", permit="P-1", permit_revision=1, sequence=sequence, previous=previous, call=call,
            mode=mode, source="credit", source_version=source_version, purpose="research", request_digest=asked,
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
    assert "（answer-unreadable）：回答的格式不正确。" in complaint
    assert "answer-unreadable: The answer is not well formed." in complaint
    assert list(street.book.receipts()) == street.receipts


# Half way.


def test_what_was_answered_before_a_refusal_is_not_lost_and_is_gone_on_with(street: Street, tmp_path: Path) -> None:
    keys, out = tmp_path / "keys.txt", tmp_path / "answers.csv"
    keys.write_text("\n".join(["001", "002", "003", "004", "011", "012"]))
    street.refuses = lambda call: refusal(LIMIT) if call == 3 else None
    asks = ("trade", "call", "1", "--file", keys, "--batch", "2", "--out", out)
    _, complaint = run(*asks, code=1)
    assert out.read_text().splitlines() == ["key,answer", "001,yes", "002,no", "003,no", "004,no"]
    assert "共 6 个，已答 4 个，停在第 5 个" in complaint
    assert "4 of 6 are answered" in complaint
    assert complaint.count("--after 4") == 2
    told, _ = run(*asks, "--after", "4")
    assert "2 个回答写入" in told
    assert out.read_text().splitlines()[3:] == ["003,no", "004,no", "011,yes", "012,no"]
    assert [one["keys"] for one in street.asked] == [["001", "002"], ["003", "004"], ["011", "012"], ["011", "012"]]
    assert list(street.book.receipts()) == street.receipts


def test_on_the_terminal_too_each_batch_is_shown_before_the_next_is_asked(street: Street) -> None:
    street.refuses = lambda call: refusal(LIMIT) if call == 2 else None
    told, complaint = run("trade", "call", "1", "001", "002", "003", "--batch", "2", code=1)
    assert told.splitlines() == ["001\tyes", "002\tno"]
    assert "--after 2" in complaint


def test_a_refusal_of_the_first_batch_leaves_the_answers_of_before(street: Street, tmp_path: Path) -> None:
    out = tmp_path / "answers.csv"
    run("trade", "call", "1", "001", "--out", out)
    street.refuses = lambda call: refusal(LIMIT)
    _, complaint = run("trade", "call", "1", "002", "--out", out, code=1)
    assert out.read_text().splitlines() == ["key,answer", "001,yes"]
    assert "--after" not in complaint
    street.refuses = lambda call: None
    run("trade", "call", "1", "002", "--out", out)
    assert out.read_text().splitlines() == ["key,answer", "002,no"]


def test_pages_that_came_before_a_refusal_are_kept_and_gone_on_with(street: Street, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    street.refuses = lambda call: refusal(LIMIT) if call == 3 else None
    _, complaint = run("trade", "query", "1", "--pages", "9", "--out", out, code=1)
    assert out.read_text().splitlines() == ["city,load", "武汉1,1", "襄阳1,", "武汉2,2", "襄阳2,"]
    assert complaint.count("--cursor=3") == 2
    run("trade", "query", "1", "--cursor=3", "--out", out)
    assert out.read_text().splitlines()[3:] == ["武汉2,2", "襄阳2,", "武汉3,3", "襄阳3,"]
    assert len(street.receipts) == 3


def test_a_query_that_has_more_pages_says_how_to_go_on(street: Street) -> None:
    told, complaint = run("trade", "query", "1")
    assert told.splitlines() == ["city\tload", "武汉1\t1", "襄阳1\t"]
    assert complaint.count("--cursor=2") == 2
    told, complaint = run("trade", "query", "1", "--cursor=2", "--pages", "2")
    assert told.splitlines() == ["武汉2\t2", "襄阳2\t", "武汉3\t3", "襄阳3\t"]
    assert complaint == ""


@pytest.mark.parametrize("lost", ["on the line", "behind a gateway"])
def test_a_batch_whose_answer_was_lost_is_gone_on_with_and_billed_once(
    street: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setattr(calls, "TRIES_MAX", 1)
    street.loses = lambda call: call == 2
    if lost == "behind a gateway":
        through = street._verify
        monkeypatch.setattr(street, "_verify", lambda request: _or_gateway(through, request))
    asks = ("trade", "call", "1", "001", "002", "003", "004", "--batch", "2", "--out", tmp_path / "answers.csv")
    _, complaint = run(*asks, code=1)
    assert "--after 2" in complaint
    assert len(street.receipts) == 2
    run(*asks, "--after", "2")
    assert (tmp_path / "answers.csv").read_text().splitlines()[1:] == ["001,yes", "002,no", "003,no", "004,no"]
    assert list(street.book.receipts()) == street.receipts
    assert len(street.receipts) == 2
    run("trade", "call", "1", "003", "004")  # asked for afresh, it is another call
    assert len(street.receipts) == 3


def _or_gateway(through: Callable[[httpx.Request], httpx.Response], request: httpx.Request) -> httpx.Response:
    try:
        return through(request)
    except httpx.ReadError:
        return httpx.Response(502, text="<html>")


def test_answers_that_could_not_be_written_come_again_and_are_billed_once(street: Street, tmp_path: Path) -> None:
    asks = ("trade", "call", "1", "001", "002", "003", "--batch", "2", "--out")
    _, complaint = run(*asks, "/dev/full", code=1)
    assert "文件 /dev/full 无法读写" in complaint
    assert len(street.receipts) == 1
    run(*asks, tmp_path / "answers.csv")
    assert (tmp_path / "answers.csv").read_text().splitlines() == ["key,answer", "001,yes", "002,no", "003,no"]
    assert [receipt["body"]["calls"] for receipt in street.receipts] == [2, 1]
    assert list(street.book.receipts()) == street.receipts  # the first stands there twice


def test_a_command_that_is_killed_between_the_receipt_and_the_answers_gets_them_again(
    street: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    asks = ("trade", "query", "1", "--out", tmp_path / "rows.csv")
    with monkeypatch.context() as patched:
        patched.setattr(batches, "_whole", killed)
        with pytest.raises(Killed):
            CliRunner().invoke(command.build("trade"), [str(word) for word in asks], catch_exceptions=False)
    assert len(street.receipts) == 1
    run(*asks)
    assert (tmp_path / "rows.csv").read_text().splitlines() == ["city,load", "武汉1,1", "襄阳1,"]
    assert len(street.receipts) == 1


def test_rows_that_do_not_fit_on_the_disk_whole_do_not_go_in_at_all(
    street: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "answers.csv"
    asks = ("trade", "call", "1", "001", "002", "003", "004", "--batch", "2", "--out", out)

    class Small(FileIO):
        def write(self, content: Any) -> int:
            room = 30 - self.tell()
            if room <= 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(bytes(content)[:room])

    opened = Path.open
    with monkeypatch.context() as patched:
        patched.setattr(
            Path,
            "open",
            lambda path, mode="r", *a, **k: Small(path, "ab") if path == out else opened(path, mode, *a, **k),
        )
        _, complaint = run(*asks, code=1)
    assert "--after 2" in complaint
    assert out.read_text().splitlines() == ["key,answer", "001,yes", "002,no"]
    run(*asks, "--after", "2")
    assert out.read_text().splitlines() == ["key,answer", "001,yes", "002,no", "003,no", "004,no"]
    assert len(street.receipts) == 2


def test_an_answer_of_long_ago_is_not_taken_for_todays(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "TRIES_MAX", 1)
    street.loses = lambda call: call == 1
    run("trade", "call", "1", "001", code=1)
    told, advice = run("trade", "call", "1", "001", "--batch", "1")
    assert told == "001\tyes\n"
    assert "有 1 次调用此前已发出而未得到回答" in advice
    assert "the answer of that time (2026-11-23" in advice
    assert len(street.receipts) == 1
    assert run("trade", "call", "1", "001") == ("001\tyes\n", "")
    assert len(street.receipts) == 2


def test_a_call_that_took_too_long_is_taken_up_again(street: Street) -> None:
    """The node may have billed it: its refusal asks for the same call key."""
    slow = {**REASON, "code": "too-slow"}
    street.loses = lambda call: call == 1
    through = street._node

    def late(request: httpx.Request) -> httpx.Response:
        try:
            return through(request)
        except httpx.ReadError:
            return refusal(slow, status=408)

    street._node = late  # type: ignore[method-assign]
    run("trade", "call", "1", "001", code=1)
    run("trade", "call", "1", "001")
    assert len(street.receipts) == 1


def test_a_refused_request_leaves_no_call_behind(street: Street) -> None:
    street.refuses = lambda call: refusal(LIMIT)
    run("trade", "call", "1", "001", code=1)
    assert sorted(path.name for path in (street.trades / "1").iterdir()) == ["token", "trade.json"]


# Receipts that the buyer lacks.


@pytest.fixture
def elsewhere(street: Street) -> Street:
    """Six calls: the first and the fourth by the command, the others by another program."""
    for at in range(1, 7):
        if at in {1, 4}:
            run("trade", "call", "1", "001")
        else:
            street.meters(str(uuid.uuid4()), 1)
    return street


def test_receipts_of_calls_made_elsewhere_are_fetched_and_then_all_agree(
    elsewhere: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "RECEIPTS_PAGE", 2)
    _, complaint = run("receipts", "check", "1", code=1)
    assert complaint.count("（receipt-missing）") == 4
    assert complaint.count("tongqu receipts fetch 1") == 2  # what mends it, in both languages
    _, complaint = run("trade", "accept", "1", code=1)
    assert "tongqu receipts fetch 1" in complaint
    told, _ = run("receipts", "fetch", "1")
    assert [line.split("：")[0] for line in told.splitlines()[:-1]] == ["回执 2", "回执 3", "回执 5", "回执 6"]
    assert "已补取 4 份" in told
    assert "6 份回执与 1 份结算单一致" in run("receipts", "check", "1")[0]
    assert "没有缺少的回执" in run("receipts", "fetch", "1")[0]
    assert elsewhere.book.path.stat().st_mode & 0o777 == 0o600


def test_of_a_trade_without_any_receipt_all_are_fetched(street: Street) -> None:
    street.meters(str(uuid.uuid4()), 3)
    assert "已补取 1 份" in run("receipts", "fetch", "1")[0]
    assert list(street.book.receipts()) == street.receipts


def _by_another(street: Street) -> None:
    street.receipts[2] = seal_message(Receipt.from_json(street.receipts[2]["body"]), Ed25519Signer.generate())


def _changed(street: Street, at: int, **changes: Any) -> None:
    receipt = replace(Receipt.from_json(street.receipts[at]["body"]), **changes)
    street.receipts[at] = seal_message(receipt, street.signer)


@pytest.mark.parametrize(
    ("code", "twist"),
    [
        ("receipt-seal", _by_another),
        ("other-receipt", lambda street: _changed(street, 2, contract="HT-2")),
        ("chain-broken", lambda street: _changed(street, 1, units=0)),
        ("sequence-twice", lambda street: _changed(street, 3, units=0)),
        ("other-receipt", lambda street: _changed(street, 5, sequence=2)),
    ],
)
def test_what_does_not_hold_is_not_fetched(elsewhere: Street, code: str, twist: Callable[[Street], None]) -> None:
    kept = elsewhere.book.path.read_bytes()
    twist(elsewhere)
    _, complaint = run("receipts", "fetch", "1", code=1)
    assert code in complaint
    assert elsewhere.book.path.read_bytes() == kept


def _restored(street: Street, *, held_to: int, marked: bool = True, contract: str = "HT-1") -> None:
    """The node was restored with its receipts up to a number, and went on behind a gap with one more call."""
    street.receipts = street.receipts[:held_to]
    last = Receipt.from_json(street.receipts[-1]["body"])
    mark = Restored(
        node="1", contract=contract, permit="P-1", held_to=held_to, held=last.digest, stated_to=0, statements=0,
        resumes_after=STRIDE, calls=0, backup_at=AT, at=AT + timedelta(hours=1),
    )  # fmt: skip
    after = replace(last, sequence=STRIDE + 1, previous=mark.digest, call=str(uuid.uuid4()), at=AT + timedelta(hours=2))
    street.receipts.append(seal_message(after, street.signer))
    if marked:
        street.marks[STRIDE + 1] = seal_message(mark, street.signer)


def test_a_gap_that_the_node_signed_when_it_was_restored_is_gone_over(elsewhere: Street) -> None:
    _restored(elsewhere, held_to=3)
    told, _ = run("receipts", "fetch", "1")  # the buyer holds the fourth, too, which the node has lost
    assert [line.split("：")[0] for line in told.splitlines()[:-1]] == ["回执 2", "回执 3", f"回执 {STRIDE + 1}"]
    assert "没有缺少的回执" in run("receipts", "fetch", "1")[0]


def _elsewhere_ended(street: Street) -> None:
    """What follows the gap names the end of another chain."""
    _restored(street, held_to=3)
    _changed(street, 3, previous="0" * 64)


@pytest.mark.parametrize(
    "twist",
    [
        lambda street: _restored(street, held_to=3, marked=False),
        lambda street: _restored(street, held_to=3, contract="HT-2"),
        lambda street: street.receipts.pop(1),
        _elsewhere_ended,
    ],
)
def test_a_gap_that_nobody_signed_is_not_gone_over(elsewhere: Street, twist: Callable[[Street], None]) -> None:
    kept = elsewhere.book.path.read_bytes()
    twist(elsewhere)
    _, complaint = run("receipts", "fetch", "1", code=1)
    assert "chain-broken" in complaint
    assert elsewhere.book.path.read_bytes() == kept


# The agreement.


def test_what_the_request_and_the_text_say_to_type_can_be_typed(street: Street) -> None:
    asked, _ = run("trade", "request", "3", "--purpose", "research")
    shown, _ = run("trade", "show", "7")
    for said in (asked, shown):
        assert said.count("tongqu trade sign 7 --at-most 1234.70") == 2
        assert said.count("最高 ¥ 1,234.70") == said.count("at most ¥ 1,234.70") == 1
    assert asked.count("tongqu trade show 7") == 2


def test_an_agreement_that_costs_too_much_is_said_in_yuan_in_both_languages(street: Street) -> None:
    run("trade", "request", "3")
    run("keys", "new")
    _, complaint = run("trade", "sign", "7", "--at-most", "1000", code=1)
    assert complaint.splitlines() == [
        "✗ 没有签署：合同最高 ¥ 1,234.70，超过愿付的 ¥ 1,000.00。",
        "  Nothing was signed: The agreement may cost ¥ 1,234.70, more than ¥ 1,000.00.",
    ]


# What comes too early, and what is not there.


def test_a_call_before_the_delivery_was_collected_names_the_step(street: Street) -> None:
    street.begins(2, transfer=None)
    _, complaint = run("trade", "call", "2", "001", code=1)
    assert complaint.count("tongqu trade collect 2") == 2


def test_a_trade_collected_on_another_machine_is_collected_here_first(street: Street) -> None:
    (street.trades / "1" / "token").unlink()
    _, complaint = run("trade", "call", "1", "001", code=1)
    assert complaint.count("tongqu trade collect 1") == 2


@pytest.mark.parametrize("words", [("call", "1", "--file"), ("count", "1"), ("score", "1", "--rows")])
def test_a_file_that_is_missing_is_named(street: Street, words: tuple[str, ...]) -> None:
    _, complaint = run("trade", *words, "missing.txt", code=1)
    assert complaint.splitlines() == ["✗ 没有文件 missing.txt。", "  There is no missing.txt."]


def test_a_file_that_cannot_be_read_or_written_is_named_before_anything_is_asked(
    street: Street, tmp_path: Path
) -> None:
    _, complaint = run("trade", "call", "1", "--file", tmp_path, code=1)
    assert f"文件 {tmp_path} 无法读写" in complaint
    keys = tmp_path / "keys.txt"
    keys.write_bytes("江城一号".encode("gbk"))
    _, complaint = run("trade", "call", "1", "--file", keys, code=1)
    assert "请另存为 UTF-8" in complaint
    run("trade", "call", "1", "001", "--out", tmp_path / "none" / "answers.csv", code=1)
    assert street.asked == []


def test_the_mark_that_a_spreadsheet_writes_is_no_part_of_the_first_key(street: Street, tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text("001\n", "utf-8-sig")
    assert run("trade", "call", "1", "--file", tmp_path / "keys.txt")[0] == "001\tyes\n"


# The data set.


def test_a_marked_copy_is_called_so_and_given_its_own_hash(street: Street, tmp_path: Path) -> None:
    target = tmp_path / "data.csv"
    told, _ = run("trade", "download", "1", target)
    own = hashlib.sha256(target.read_bytes()).hexdigest()
    assert "为本合同加了水印的副本" in told
    assert "this contract's own marked copy" in told
    assert told.count(own) == told.count(street.version) == 2


def test_the_agreed_version_itself_is_called_so(street: Street, tmp_path: Path) -> None:
    street.version = hashlib.sha256(street.content).hexdigest()
    told, _ = run("trade", "download", "1", tmp_path / "data.csv")
    assert f"就是合同约定的版本，SHA-256 {street.version}" in told
    assert "水印" not in told


# How it is said.


def test_the_names_of_products_are_whole_on_a_narrow_terminal(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    street.products = [
        {
            "id": 12, "name": f"示例省企业社会保险缴纳情况核验（含历史月份，{end}）", "mode": "verification",
            "provider_name": "示例省人力资源和社会保障数据服务有限责任公司", "price_kind": "metered", "charge": "asked",
            "price_micro_yuan": 120_000, "purposes": ["research", "[普惠]金融风险评估"],
        }
        for end in ("按法人", "按自然人")
    ]  # fmt: skip
    told, _ = run("products")
    cells = [[cell for cell in re.split(" {2,}", line.strip()) if not cell.isdigit()] for line in told.splitlines()]
    named = "".join(cell[0] for cell in cells if cell)
    for one in street.products:
        assert one["name"] + one["provider_name"] in named
    assert "核验" in told
    assert "verification" in told
    assert "[普惠]" in told
    assert "共 2 项 · 2 products" in told
    assert "…" not in told


def test_that_nothing_is_on_sale_is_said(street: Street) -> None:
    assert run("products") == ("共 0 项 · 0 products\n", "")


def test_where_a_trade_stands_is_said_in_words(street: Street) -> None:
    street.begins(7, transfer=None)
    street.negotiated = {
        "state": "requested",
        "state_words": {"zh": "待提供方签署", "en": "To be signed by the provider"},
    }
    _, complaint = run("trade", "show", "7", "--seconds", "0", code=1)
    assert complaint.splitlines() == [
        "✗ 还没有到这一步（现在：待提供方签署），可稍后再试。",
        "  Not there yet (now: To be signed by the provider). Go on later.",
    ]


WRONG = {
    "trade show": ("缺少参数 number。", "Missing argument 'number'.", "tongqu trade show --help"),
    "trade show one": ("参数 number 的值不合要求。", "valid integer", "tongqu trade show --help"),
    "trade call 1 --batch 0": ("参数 --batch 的值不合要求。", "greater than or equal to 1", "tongqu trade call --help"),
    "trade call 1 --batch": ("选项 --batch 用法不对。", "requires an argument", ""),
    "products --cheap": ("没有选项 --cheap。", "No such option", "tongqu products --help"),
    "trade sell": ("没有这样的命令或写法。", "No such command 'sell'.", "tongqu trade --help"),
    "sell": ("没有这样的命令或写法。", "No such command 'sell'.", "tongqu --help"),
}


@pytest.mark.parametrize("typed", WRONG)
def test_what_is_typed_wrongly_is_said_in_both_languages(
    typed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["tongqu", *typed.split()])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 2
    zh, en, *where = capsys.readouterr().err.splitlines()
    said_zh, said_en, asked = WRONG[typed]
    assert zh == f"✗ {said_zh}"
    assert said_en in en
    assert where == ([f"  → 用法见 {asked} · see {asked}"] if asked else [])


def test_a_group_without_a_command_lists_its_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["tongqu", "receipts"])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 2
    assert "acknowledge" in capsys.readouterr().err


def test_the_exit_code_of_a_refusal_is_that_of_the_command(
    street: Street, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    street.refuses = lambda call: refusal(REASON)
    monkeypatch.setattr("sys.argv", ["tongqu", "trade", "call", "1", "001"])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 1
    monkeypatch.setattr("sys.argv", ["tongqu", "products"])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 0

"""The client by itself: where it finds its key, how it asks again, what it does not believe, what it does offline."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from tongqu.client import access, command, signing
from tongqu.client.calls import BadAnswer, Node, Permit
from tongqu.client.market import Market, Problem, Unreachable
from tongqu.client.receipts import ReceiptBook, compare
from tongqu.wire import merkle, notes, proofs
from tongqu.wire.message import seal_message
from tongqu.wire.receipt import (
    Answer,
    Receipt,
    answer_digest,
    call_salt,
    request_digest,
    verification_answer,
    verification_request,
)
from tongqu.wire.seals import Ed25519Signer

AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
KEY = "tq_0123456789_" + "A" * 43


@pytest.fixture(autouse=True)
def a_home_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("TONGQU_URL", "TONGQU_API_KEY", "TONGQU_SIGNATURE_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "tongqu"


# The key.


def _settings(folder: Path, text: str, mode: int = 0o600) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text(text)
    (folder / "config.toml").chmod(mode)


def test_the_environment_comes_before_the_file(a_home_of_its_own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _settings(a_home_of_its_own, f'url = "https://kept.example/"\napi_key = "{KEY}"\n')
    assert access.find() == access.Access("https://kept.example", KEY)
    monkeypatch.setenv("TONGQU_URL", "https://named.example")
    assert access.find().url == "https://named.example"


def test_a_key_that_others_can_read_is_not_used(a_home_of_its_own: Path) -> None:
    _settings(a_home_of_its_own, f'api_key = "{KEY}"\n', 0o644)
    with pytest.raises(access.NoAccess) as refused:
        access.find()
    assert refused.value.code == "file-open-to-others"


@pytest.mark.parametrize(
    ("url", "code"), [("ftp://x", "bad-url"), ("nonsense", "bad-url"), ("https://x.example", "no-key")]
)
def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, url: str, code: str) -> None:
    monkeypatch.setenv("TONGQU_URL", url)
    with pytest.raises(access.NoAccess) as refused:
        access.find()
    assert refused.value.code == code


def test_a_key_is_in_no_text_that_a_program_might_print() -> None:
    assert KEY not in repr(access.Access("https://x.example", KEY))
    assert KEY not in repr(Market("https://x.example", KEY))
    assert "secret-token" not in repr(_permit(Ed25519Signer.generate()))


def test_no_command_takes_a_key_as_an_argument() -> None:
    for name in command.COMMANDS:
        told = CliRunner().invoke(command.build(name), [name, "--help"]).output
        assert "--api-key" not in told
        assert "--token" not in told


def test_a_signature_key_is_private_and_never_overwritten(a_home_of_its_own: Path) -> None:
    made = signing.make(signing.place())
    path = a_home_of_its_own / "signature.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    assert signing.load(path).public_bytes == made.public_bytes
    with pytest.raises(FileExistsError):
        signing.make(path)
    path.chmod(0o640)
    with pytest.raises(access.NoAccess):
        signing.load(path)


# Asking again.


def _market(answers: list[Any]) -> tuple[Market, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        one = answers.pop(0)
        if isinstance(one, Exception):
            raise one
        return one  # type: ignore[no-any-return]

    return Market(
        "https://x.example", KEY, http=httpx.Client(transport=httpx.MockTransport(answer)), pause=lambda s: None
    ), asked


DONE = {"procedure": "negotiation", "subject": 7, "act": "begin", "state": "requested", "fact": 1, "data": {}, "advice": [],
        "repeated": False, "new_field": 1}  # fmt: skip


def test_a_lost_answer_is_asked_for_again_with_the_same_key() -> None:
    lost = httpx.ReadError("gone")
    market, asked = _market([lost, lost, httpx.Response(201, json=DONE)])
    assert market.begin("negotiation", listing=1).subject == 7
    keys = {request.headers["Idempotency-Key"] for request in asked}
    assert len(asked) == 3
    assert len(keys) == 1


def test_an_exchange_that_asks_to_wait_is_waited_for() -> None:
    busy = httpx.Response(429, json={"code": "too-many"}, headers={"Retry-After": "3"})
    waited: list[float] = []
    market, _ = _market([busy, httpx.Response(200, json={"party": 1})])
    market.pause = waited.append
    assert market.me() == {"party": 1}
    assert waited == [3.0]


def test_it_gives_up_after_a_few_tries() -> None:
    market, asked = _market([httpx.ConnectError("no")] * 9)
    with pytest.raises(Unreachable):
        market.me()
    assert len(asked) == 5


def test_a_refusal_keeps_its_code_and_every_reason() -> None:
    body = {"code": "refused", "title": "Rules refuse", "title_zh": "不符合规则", "mend": "m", "mend_zh": "改",
            "reasons": [{"zh": "一", "en": "one"}, {"zh": "二", "en": "two"}]}  # fmt: skip
    market, _ = _market([httpx.Response(422, json=body), httpx.Response(502, text="<html>")])
    with pytest.raises(Problem) as refused:
        market.me()
    assert (refused.value.code, len(refused.value.reasons)) == ("refused", 2)
    with pytest.raises(Problem) as strange:
        market.me()
    assert strange.value.code == "http-502"


def test_pages_are_read_to_the_last() -> None:
    def page(item: int, following: int | None) -> httpx.Response:
        subject = {"procedure": "listing", "id": item, "title": "t", "state": "published", "fields": {}}
        return httpx.Response(200, json={"items": [subject], "next": following})

    market, asked = _market([page(3, 200), page(2, 400), page(1, None)])
    assert [subject.id for subject in market.list("listing")] == [3, 2, 1]
    assert [request.url.params["offset"] for request in asked] == ["0", "200", "400"]


# What is not believed.


def _permit(signer: Ed25519Signer) -> Permit:
    return Permit(
        id="P-1", contract="HT-1", node="1", address="http://node.example", node_public_key=signer.public_bytes,
        token="secret-token", use="arrears", purposes=("research",),
    )  # fmt: skip


class ANode:
    """Answers one call as a node does, with what a test twists."""

    def __init__(self) -> None:
        self.signer = Ed25519Signer.generate()
        self.twist: Callable[[Receipt], Receipt] = lambda receipt: receipt
        self.answers = ["yes"]
        self.told: list[str] | None = None
        self.before: list[httpx.Response] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.before:
            return self.before.pop(0)
        call, body = request.headers["Tongqu-Call"], json.loads(request.content)
        salt, version = call_salt(b"s", "HT-1", call), "ab" * 32
        asked = verification_request("P-1", "research", "arrears", body["keys"])
        receipt = self.twist(
            Receipt(
                node="1", contract="HT-1", permit="P-1", permit_revision=1, sequence=1, previous=None, call=call,
                mode="verification", source="credit", source_version=version, purpose="research",
                request_digest=request_digest(asked, salt),
                answer_digest=answer_digest(verification_answer(self.answers, version), salt), calls=1, units=1, at=AT,
            )
        )  # fmt: skip
        sealed = seal_message(receipt, self.signer)
        return httpx.Response(
            200, json=Answer(call, "arrears", tuple(self.told or self.answers), version, salt, sealed).to_json()
        )


@pytest.fixture
def node(tmp_path: Path) -> tuple[ANode, Node]:
    there = ANode()
    client = httpx.Client(transport=httpx.MockTransport(there))
    return there, Node(
        _permit(there.signer), ReceiptBook(tmp_path / "receipts.jsonl"), http=client, pause=lambda s: None
    )


def test_an_answer_is_kept_with_its_receipt(node: tuple[ANode, Node]) -> None:
    _, buyer = node
    assert buyer.verify("001") == "yes"
    assert len(list(buyer.book.receipts())) == 1
    assert buyer.book.path.stat().st_mode & 0o777 == 0o600


def test_a_fresh_token_that_the_node_has_not_heard_of_is_tried_again(node: tuple[ANode, Node]) -> None:
    there, buyer = node
    there.before = [httpx.Response(401, json={"code": "permit-or-token-wrong"})] * 3
    assert buyer.verify("001") == "yes"


def test_an_answer_that_its_receipt_does_not_cover_is_not_believed(node: tuple[ANode, Node]) -> None:
    there, buyer = node
    there.told = ["no"]
    with pytest.raises(BadAnswer) as refused:
        buyer.verify("001")
    assert refused.value.code == "answer-differs"
    assert len(list(buyer.book.receipts())) == 1  # it will be billed, and this is what the buyer can show


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"contract": "HT-2"}, "other-receipt"),
        ({"call": str(uuid.UUID(int=1))}, "other-receipt"),
        ({"request_digest": "cd" * 32}, "request-differs"),
    ],
)
def test_a_receipt_of_something_else_is_not_taken(node: tuple[ANode, Node], change: dict[str, Any], code: str) -> None:
    there, buyer = node
    there.twist = lambda receipt: replace(receipt, **change)
    with pytest.raises(BadAnswer) as refused:
        buyer.verify("001")
    assert refused.value.code == code
    assert list(buyer.book.receipts()) == []


def test_a_receipt_sealed_by_another_is_not_taken(node: tuple[ANode, Node]) -> None:
    there, buyer = node
    there.signer = Ed25519Signer.generate()
    with pytest.raises(BadAnswer) as refused:
        buyer.verify("001")
    assert refused.value.code == "receipt-seal"


def test_a_line_that_a_crash_cut_short_is_passed_over(tmp_path: Path) -> None:
    book = ReceiptBook(tmp_path / "receipts.jsonl")
    book.keep({"body": {"sequence": 1}}, salt="s")
    with book.path.open("a") as file:
        file.write('{"receipt": {"bo')
    assert len(list(book.receipts())) == 1
    assert compare([], list(book.receipts()), b"").unstated == 1


def test_a_line_that_a_crash_cut_short_does_not_swallow_the_next_receipt(tmp_path: Path) -> None:
    book = ReceiptBook(tmp_path / "receipts.jsonl")
    book.keep({"body": {"sequence": 1}}, salt="s")
    with book.path.open("ab") as file:
        file.write('{"receipt": {"body": {"purpose": "信'.encode()[:-1])
    book.keep({"body": {"sequence": 2}}, salt="s")
    book.keep({"body": {"sequence": 3}}, salt="s")
    assert [receipt["body"]["sequence"] for receipt in book.receipts()] == [1, 2, 3]


# Offline.


@pytest.fixture
def proof_file(tmp_path: Path) -> tuple[Path, str]:
    signer = Ed25519Signer.generate()
    key = notes.note_key("exchange.example/log", signer.public_bytes)
    envelope = {"v": 1, "at": "2026-11-23T04:00:00.000000Z", "procedure": "negotiation", "act": "verify", "subject": "7",
                "actor": {"kind": "clock"}, "body": {"to": "verified"}}  # fmt: skip
    entry = proofs.salted(b"s" * 32, proofs.canonical(envelope))
    root = merkle.root(1, merkle.in_memory([merkle.leaf_hash(entry)]))
    note = notes.sign_checkpoint(notes.Checkpoint("exchange.example/log", 1, root), signer)
    document = proofs.proof(envelope=envelope, salt=b"s" * 32, index=0, path=[], checkpoint=note, key=key.vkey)
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(document))
    return path, key.vkey


def _verify(*words: str) -> subprocess.CompletedProcess[str]:
    """In a process that cannot import Django, a database, a web client or the exchange."""
    code = (
        "import sys\n"
        "class No:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in {'django', 'psycopg', 'httpx', 'ninja', 'duckdb'}"
        " or name.startswith('tongqu.exchange') or name.startswith('tongqu.node'):\n"
        "            raise ImportError(f'{name} is not for this command')\n"
        "sys.meta_path.insert(0, No())\n"
        "from tongqu.client.command import main\n"
        f"sys.argv = {['tongqu', 'verify', *words]!r}\n"
        "main()\n"
    )
    source = str(Path(__file__).parents[2] / "src")
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60,
        env={"PYTHONPATH": source, "PATH": "", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip


def test_a_proof_is_checked_without_django_database_or_network(proof_file: tuple[Path, str]) -> None:
    path, key = proof_file
    told = _verify(str(path), "--key", key)
    assert told.returncode == 0, told.stderr
    assert "证明成立 · The proof holds" in told.stdout
    assert "negotiation.verify" in told.stdout


def test_without_a_trusted_key_it_says_what_that_proves(proof_file: tuple[Path, str]) -> None:
    told = _verify(str(proof_file[0]))
    assert told.returncode == 0
    assert "no trusted key was given" in told.stdout


def test_a_changed_proof_and_another_log_are_named(proof_file: tuple[Path, str]) -> None:
    path, _ = proof_file
    other = notes.note_key("other.example/log", Ed25519Signer.generate().public_bytes).vkey
    told = _verify(str(path), "--key", other)
    assert (told.returncode, "unknown-key" in told.stderr) == (1, True)
    document = json.loads(path.read_text())
    document["envelope"]["body"]["to"] = "finalized"
    path.write_text(json.dumps(document))
    told = _verify(str(path))
    assert (told.returncode, "body-changed" in told.stderr) == (1, True)
    path.write_text("{")
    assert _verify(str(path)).returncode == 1
    assert _verify(str(path) + ".none").returncode == 1


# On the exchange's machine.


@pytest.mark.django_db
def test_the_books_are_exported_and_audited(tmp_path: Path) -> None:
    out = tmp_path / "books.beancount"
    told = CliRunner().invoke(command.build("export"), ["export", "beancount", str(out), "--since", "2026-01-01"])
    assert told.exit_code == 0, told.output
    assert 'option "operating_currency" "CNY"' in out.read_text()
    wrong = CliRunner().invoke(command.build("export"), ["export", "beancount", str(out), "--since", "soon"])
    assert wrong.exit_code == 2
    assert CliRunner().invoke(command.build("audit"), ["audit"]).exit_code == 0


def test_values_of_a_query_are_text_flags_and_lists() -> None:
    from tongqu.client.buying import asked_values

    asked = asked_values(["city=420100", "load=a,b", "insured=true", 'word="true"', "since=2026-01-01", "sign=a=b"])
    assert asked == {
        "city": "420100", "load": ["a", "b"], "insured": True, "word": "true", "since": "2026-01-01", "sign": "a=b",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("charge", "said"),
    [("asked", "¥ 0.002 / 次 · call"), ("found", "¥ 0.002 / 查得 · found"), ("rows", "¥ 0.002 / 行 · row")],
)
def test_a_price_says_what_it_is_for(charge: str, said: str) -> None:
    from tongqu.client.buying import price

    assert price({"price_kind": "call", "price_micro_yuan": 2_000, "charge": charge}) == said
    assert price({"price_kind": "fixed", "price_fen": 120_000, "charge": charge}) == "¥ 1,200.00"


def test_a_chance_too_small_for_a_number_is_not_said_to_be_none() -> None:
    from tongqu.client.tracing import bounded

    assert (bounded(0.0).zh, bounded(0.0).en) == ("低于 1e-300", "below 1e-300")
    assert (bounded(2.5e-9).zh, bounded(2.5e-9).en) == ("不超过 2.5e-09", "at most 2.5e-09")

"""After the calls: the buyer acknowledges, audits by sampling, and exports one call's story that verifies offline."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.client.conftest import House
from tongqu.client import command
from tongqu.client.auditing import NothingToAcknowledge
from tongqu.client.market import Market, Problem
from tongqu.client.trade import Trade
from tongqu.wire.proofs import verify_proof
from tongqu.wire.receipt import verification_answer, verification_request
from tongqu.wire.seals import Ed25519Signer
from tongqu.wire.story import BadStory, Keys, verify_story

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def _used(house: House, folder: Path) -> Trade:
    market = Market(house.url, house.town.key(house.town.buyer))
    signer = house.town.own_key(house.town.buyer)
    trade = Trade.request(market, signer, listing=house.verification, purposes=["research"], folder=folder)
    trade.sign(at_most_fen=10_000)
    node = trade.collect()
    for key in ("001", "002", "003", "005"):
        node.verify(key)
    return trade


def _not_holding(document: dict[str, Any], keys: Keys = Keys()) -> set[str]:  # noqa: B008 -- frozen
    return {step.code for step in verify_story(document, keys) if step.holds is False}


def test_acknowledged_audited_and_told_to_a_court(house: House, tmp_path: Path) -> None:
    trade = _used(house, tmp_path / "trade")
    assert trade.acknowledge() == 4
    assert trade.acknowledge() == 4
    trade.stop()
    assert trade.check().agrees

    [audited] = trade.audit(size=3)
    assert audited.holds
    assert (audited.count, len(audited.drawn)) == (4, 3)
    assert trade.audit(size=3)[0].drawn == audited.drawn  # anybody draws the same
    assert trade.audit(size=99)[0].would_have_found == 1

    line = next(
        one
        for one in map(json.loads, trade.book.path.read_text().splitlines())
        if one["receipt"]["body"]["sequence"] == 2
    )
    body = line["receipt"]["body"]
    disclosed = {
        "salt": line["salt"],
        "request": verification_request(body["permit"], "research", "arrears", ["002"]),
        "answer": verification_answer(["no"], body["source_version"]),
    }
    told = trade.story(2, disclosed=disclosed)
    trusted = Keys(
        bytes.fromhex(told["exchange_public_key"]),
        bytes.fromhex(told["node_public_key"]),
        trade.market.get("/log")["key"],
    )
    assert [(step.code, step.holds) for step in verify_story(told, trusted)] == [
        (code, True)
        for code in (
            "contract", "permit", "policy", "receipt", "neighbours", "within-policy", "disclosed", "statement",
            "acknowledgement", "facts", "signed", "metered",
        )
    ]  # fmt: skip
    assert {verify_proof(one).envelope["act"] for one in told["facts"]} == {"agree", "verify", "meter"}

    first = trade.story(1)  # the buyer signed the fourth: the two between lead there
    assert [one["sequence"] for one in first["chain"]] == [3, 4]
    assert "acknowledgement" in {step.code for step in verify_story(first, trusted) if step.holds}
    torn, forked = deepcopy(first), deepcopy(first)
    torn["chain"] = first["chain"][:1]
    assert "acknowledgement" in {step.code for step in verify_story(torn, trusted) if step.holds is None}
    forked["chain"][0]["units"] = 0
    assert "acknowledgement" in _not_holding(forked, trusted)

    bare = trade.story(1)
    assert {step.code for step in verify_story(bare) if step.holds is None} == {"disclosed"}
    assert line["salt"] not in json.dumps(bare)

    stranger = Ed25519Signer.generate()
    assert "receipt" in _not_holding(told, Keys(node=stranger.public_bytes))
    assert "permit" in _not_holding(told, Keys(exchange=stranger.public_bytes))
    assert "facts" in _not_holding(told, Keys(log="example.org/log+00000000+AAAA"))
    for where, code in (
        (("contract", "text", "note"), "contract"),
        (("permit", "body", "calls_max"), "permit"),
        (("receipt", "body", "units"), "receipt"),
        (("before", "body", "units"), "neighbours"),
        (("after", "body", "previous"), "neighbours"),
        (("disclosed", "answer", "answers"), "disclosed"),
        (("statement", "body", "count"), "statement"),
        (("path", 0), "statement"),
        (("acknowledgement", "body", "sequence"), "acknowledgement"),
        (("facts", 0, "envelope", "at"), "facts"),
    ):
        broken = deepcopy(told)
        inner: Any = broken
        for step in where[:-1]:
            inner = inner[step]
        inner[where[-1]] = 7
        assert code in _not_holding(broken), where
    looser = deepcopy(told)
    looser["contract"]["text"]["policy"]["prohibition"] = []
    assert {"contract", "policy"} <= _not_holding(looser)
    for missing in ({**told, "facts": told["facts"][:1]}, {**told, "facts": told["facts"][:2]}):
        assert _not_holding(missing) & {"signed", "metered"}
    for wrong in (None, [], {}, {**told, "more": 1}, {**told, "node_public_key": "x"}):
        with pytest.raises(BadStory):
            verify_story(wrong)


def test_a_receipt_that_the_buyer_never_had_is_found_and_not_acknowledged(house: House, tmp_path: Path) -> None:
    trade = _used(house, tmp_path / "trade")
    lines = trade.book.path.read_text().splitlines()
    trade.book.path.write_text("\n".join(lines[:2] + lines[3:]) + "\n")
    assert trade.acknowledge() == 2  # as far as the chain is whole
    trade.stop()
    [audited] = trade.audit(size=4)
    assert [(one.sequence, one.code) for one in audited.found] == [(3, "not-ours")]
    with pytest.raises(Problem) as unknown:
        trade.story(5)
    assert unknown.value.code == "receipt-unknown"
    trade.book.path.write_text(lines[1] + "\n")
    with pytest.raises(NothingToAcknowledge):
        trade.acknowledge()


def test_the_commands_say_it_in_words(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGQU_URL", house.url)
    monkeypatch.setenv("TONGQU_API_KEY", house.town.key(house.town.buyer))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "200")
    trade = _used(house, tmp_path / "once")
    number = str(trade.kept.negotiation)
    kept = tmp_path / "config" / "tongqu" / "trades"
    kept.mkdir(parents=True)
    trade.folder.rename(kept / number)

    def run(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(command.build(words[0]), list(words))
        assert result.exit_code == code, f"{words}: {result.output} {result.stderr} {result.exception!r}"
        return result.output + result.stderr

    assert "已确认至第 4 份回执" in run("receipts", "acknowledge", number)
    run("trade", "stop", number)
    assert "全部相符" in run("receipts", "audit", number, "--size", "2")
    story = tmp_path / "story.json"
    run("receipts", "story", number, "2", str(story))
    assert "✓ 许可的使用策略就是合同签署的策略" in run("verify", str(story))
    text = story.read_text("utf-8")
    story.write_text(text.replace('"units": 1', '"units": 0'), "utf-8")
    assert "调用过程不成立" in run("verify", str(story), code=1)

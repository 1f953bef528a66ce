"""A buyer's program makes whole trades: over real HTTP, with its own key, at a node that is a process of its own."""

from __future__ import annotations

import base64
import stat
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from tests.api.town import now
from tests.client.conftest import House
from tests.node.world import ROWS
from tongqu.client import calls, command, signing
from tongqu.client.market import Market, Problem
from tongqu.client.trade import NotAgreed, Trade
from tongqu.exchange.members import credentials
from tongqu.wire.proofs import verify_proof

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def _signed(house: House, listing: int, folder: Path) -> Trade:
    market = Market(house.url, house.town.key(house.town.buyer))
    trade = Trade.request(
        market, house.town.own_key(house.town.buyer), listing=listing, purposes=["research"], folder=folder
    )
    trade.sign(at_most_fen=10_000)
    return trade


def test_verification_from_request_to_bill_with_every_step_provable(house: House, tmp_path: Path) -> None:
    trade = _signed(house, house.verification, tmp_path / "trade")
    node = trade.collect()
    assert node.verify("001") == "yes"
    assert dict(node.verify_many(["002", "003", "005", "nobody"], batch=3)) == {
        "002": "no", "003": "yes", "005": "unknown", "nobody": "unknown",
    }  # fmt: skip
    assert trade.stop().fields["calls"] == 5
    checked = trade.check()
    assert checked.agrees
    assert (checked.receipts, checked.unstated) == (3, 0)
    trade.accept()
    bill = trade.bill()
    assert (bill.fields["units"], bill.fields["metered_micro_yuan"], bill.fields["fen"]) == (5, 25_000, 2)
    key = trade.market.get("/log")["key"]
    proofs = trade.proofs()
    acts = [f"{verify_proof(p, key).envelope['procedure']}.{p['envelope']['act']}" for p in proofs]
    assert acts[:2] == ["negotiation.begin", "negotiation.agree"]
    assert {"negotiation.verify", "contract.begin", "transfer.collect", "transfer.meter", "transfer.accept"} <= set(
        acts
    )
    for secret in ("token", "receipts.jsonl", "trade.json"):
        assert stat.S_IMODE((tmp_path / "trade" / secret).stat().st_mode) == 0o600


def test_a_statement_that_bills_more_than_the_buyer_holds_receipts_for_is_found(house: House, tmp_path: Path) -> None:
    trade = _signed(house, house.verification, tmp_path / "trade")
    node = trade.collect()
    node.verify("001")
    node.verify("002")
    lines = trade.book.path.read_text().splitlines()
    trade.book.path.write_text(lines[0] + "\n")
    trade.stop()
    found = trade.check()
    assert not found.agrees
    assert {one.code for _, one in found.disagreements} >= {"receipt-missing", "root-differs"}
    # The call was the buyer's own after all: the node still has its receipt, also when the use has ended.
    assert [receipt.sequence for receipt in trade.fetch_receipts()] == [2]
    assert trade.check().agrees


def test_a_data_set_goes_on_where_it_stopped_and_is_billed_once(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "CHUNK_BYTES", 16)
    trade = _signed(house, house.dataset, tmp_path / "trade")
    node = trade.collect()
    target = tmp_path / "credit.csv"

    def breaks(done: int, total: int) -> None:
        if done >= 48:
            raise httpx.ReadError("the line went dead")

    monkeypatch.setattr(calls, "TRIES_MAX", 1)
    with pytest.raises(calls.Unreachable):
        node.download(target, progress=breaks)
    assert not target.exists()
    assert (tmp_path / "credit.csv.part").stat().st_size == 48
    seen: list[tuple[int, int]] = []
    node.download(target, progress=lambda done, total: seen.append((done, total)))
    assert target.read_text() == "\n".join(ROWS) + "\n"
    assert seen[0][0] == 64
    assert seen[-1][0] == seen[-1][1] == target.stat().st_size
    assert not (tmp_path / "credit.csv.part").exists()
    assert trade.stop().fields["calls"] == 1
    assert trade.check().agrees
    trade.accept()
    bill = trade.bill()
    assert bill.fields["fen"] == 1_200
    assert trade.made_from(bill)
    assert not trade.made_from(replace(bill, fields={**bill.fields, "statements_root": "0" * 64}))


def test_nothing_is_signed_that_costs_more_than_one_will_pay(house: House, tmp_path: Path) -> None:
    market = Market(house.url, house.town.key(house.town.buyer))
    signer = house.town.own_key(house.town.buyer)
    trade = Trade.request(market, signer, listing=house.dataset, purposes=["research"], folder=tmp_path / "trade")
    with pytest.raises(NotAgreed):
        trade.sign(at_most_fen=1_199)
    assert market.one("negotiation", trade.kept.negotiation).state == "agreed"


def test_a_key_that_is_not_registered_signs_nothing(house: House, tmp_path: Path) -> None:
    market = Market(house.url, house.town.key(house.town.buyer))
    stranger = signing.make(tmp_path / "other.pem")
    trade = Trade.request(market, stranger, listing=house.dataset, purposes=["research"], folder=tmp_path / "trade")
    with pytest.raises(Problem) as refused:
        trade.sign()
    assert refused.value.code == "bad-signature"


def test_the_command_makes_the_same_trade(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGQU_URL", house.url)
    monkeypatch.setenv("TONGQU_API_KEY", house.town.key(house.town.buyer))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(command.build(words[0]), list(words))
        assert result.exit_code == code, f"{words}: {result.output} {result.stderr} {result.exception!r}"
        return result.output

    assert "示例逾期核验" in run("products", "逾期")
    run("keys", "new")
    run("keys", "new", code=1)
    shown = run("keys", "show")
    assert "请在工作台" in shown
    key = signing.load(tmp_path / "config" / "tongqu" / "signature.pem")
    buyer = house.town.actor(house.town.buyer, second_factor=True)
    credentials.register_own_key(
        by=buyer, at=now(),
        public=base64.b64encode(key.public_bytes).decode(),
        proof=signing.proof(key, person=house.town.buyer.person, party=house.town.buyer.id),
    )  # fmt: skip
    assert "已登记" in run("keys", "show")
    number = run("trade", "request", str(house.verification), "--purpose", "research").split("，")[0].split()[-1]
    assert "只可用于" in run("trade", "show", number)
    run("trade", "sign", number, "--at-most", "0.01", code=1)
    run("trade", "sign", number, "--at-most", "5")
    # A trade that was begun by pages has no folder yet: the command makes it.
    (tmp_path / "config" / "tongqu" / "trades" / number / "trade.json").unlink()
    run("trade", "collect", number)
    assert run("trade", "call", number, "001").strip().splitlines()[-1] == "001\tyes"
    keys = tmp_path / "keys.txt"
    keys.write_text("002\n003\n")
    run("trade", "call", number, "--file", str(keys), "--out", str(tmp_path / "answers.csv"))
    assert (tmp_path / "answers.csv").read_text().splitlines() == ["key,answer", "002,no", "003,yes"]
    run("trade", "stop", number)
    assert "一致" in run("receipts", "check", number)
    place = run("trade", "accept", number).split("存证 ")[1].split()[0]
    run("prove", place, "--out", str(tmp_path / "accepted.json"))  # the number is the one that pages show
    assert "transfer.accept" in run("verify", str(tmp_path / "accepted.json"))
    assert "3 个计费单位" in run("trade", "bill", number)
    run("trade", "proofs", number, str(tmp_path / "proofs"))
    files = sorted((tmp_path / "proofs").iterdir())
    assert len(files) > 8
    vkey = Market(house.url).get("/log")["key"]
    for file in files:
        assert "证明成立" in run("verify", str(file), "--key", vkey)
    story = Market(house.url, house.town.key(house.town.buyer)).one("negotiation", int(number)).timeline
    run("prove", str(story[0]["position"]), "--out", str(tmp_path / "one.json"))
    assert "证明成立" in run("verify", str(tmp_path / "one.json"), "--key", vkey)
    run("prove", "999999999", code=1)

"""kill -9 of exchange, keeper and node while trades run over HTTP: nothing is lost, nothing is doubled, every trade ends.

Thirty strokes at points that a seed chooses. The buyer only does what any client does: it asks again with the same key.
"""

from __future__ import annotations

import base64
import json
import os
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import override_settings

from tests.crash.house import House, Killer, database_url, standing, stubbornly, until
from tests.journeys.market import database, drop, run_sql
from tongqu.client.calls import Node, Permit
from tongqu.client.market import Market
from tongqu.client.receipts import ReceiptBook, compare
from tongqu.exchange.bedrock import evidence, ledger
from tongqu.exchange.bedrock.procedures import StuckStep
from tongqu.exchange.trading import contracts, delivery
from tongqu.exchange.treasury import billing, settlement, sharing
from tongqu.wire.canonical import canonical, digest
from tongqu.wire.permit import new_token, token_digest
from tongqu.wire.proofs import verify_proof
from tongqu.wire.seals import Ed25519Signer

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("TONGQU_CRASH_SEED", "20261123"))
TRADES, CALLS, STRIKES = 6, 12, 30
STEPS_OF_A_TRADE = 6 + CALLS
PRICE_MICRO_YUAN = 8_500


@pytest.fixture
def house(django_db_setup: None, django_db_blocker: Any, tmp_path: Path) -> Iterator[House]:
    from django.db import connection

    with django_db_blocker.unblock():
        name = f"{connection.settings_dict['NAME']}_crash_{os.getpid()}"
        drop(name)
        run_sql(f'create database "{name}"')
        try:
            with standing(tmp_path, database_url(name)) as found:
                yield found
        finally:
            drop(name)


class Purchase:
    """One trade of the stubborn buyer. Every request has its key before it is first sent."""

    def __init__(self, number: int, card: dict[str, Any], folder: Path, killer: Killer) -> None:
        self.number, self.killer = number, killer
        self.dataset = number % 3 == 2
        self.listing = card["products"]["dataset" if self.dataset else "verification"]
        self.purpose = "research"
        self.market = Market(card["exchange"], card["api_key"])
        self.signer = Ed25519Signer.from_seed(bytes.fromhex(card["signing_seed"]))
        self.book = ReceiptBook(folder / f"receipts-{number}.jsonl")
        self.file = folder / f"data-{number}.csv"
        self.answered: dict[str, str] = {}

    def act(self, act: str, procedure: str, subject: int, **inputs: Any) -> None:
        self.killer.before(f"{self.number} {act}")
        key = f"{self.number}/{act}"
        stubbornly(lambda: self.market.act(procedure, subject, act, idempotency_key=key, **inputs))

    def go(self) -> None:
        self.killer.before(f"{self.number} request")
        asked = stubbornly(
            lambda: self.market.begin(
                "negotiation", idempotency_key=f"{self.number}/request", listing=self.listing, purposes=[self.purpose]
            )
        )
        self.negotiation = asked.subject
        text = until("the agreement", self.agreed)
        assert digest(text["text"]) == text["digest"]
        signature = base64.b64encode(self.signer.sign(canonical(text["text"]))).decode()
        self.act("verify", "negotiation", self.negotiation, signature=signature)
        self.contract = until("the contract", lambda: self.first("contract", "negotiation_id", self.negotiation))
        self.transfer = until("the delivery", lambda: self.first("transfer", "contract_id", self.contract, "started"))
        token = new_token()
        self.act("collect", "transfer", self.transfer, token_sha256=token_digest(token))
        self.use(token)
        if self.dataset:
            self.killer.before(f"{self.number} last statement")  # its one download ends the use
        else:
            self.act("stop", "transfer", self.transfer)
        until("the last statement", lambda: self.first("transfer", "contract_id", self.contract, "completed"))
        self.act("accept", "transfer", self.transfer)
        self.killer.before(f"{self.number} bill")
        self.bill = until("the bill", lambda: self.first("bill", "transfer_id", self.transfer, "settled"))

    def agreed(self) -> dict[str, Any] | None:
        one = self.market.one("negotiation", self.negotiation)
        return self.market.get(f"/negotiation/{self.negotiation}/text") if one.state == "agreed" else None

    def first(self, procedure: str, column: str, value: int, state: str | None = None) -> int | None:
        return next((s.id for s in self.market.list(procedure, state=state) if s.fields[column] == value), None)

    def use(self, token: str) -> None:
        told = stubbornly(lambda: self.market.get(f"/transfer/{self.transfer}/address"))
        permit = Permit(
            id=told["permit"], contract=told["contract"], node=told["node"], address=told["address"],
            node_public_key=bytes.fromhex(told["node_public_key"]), token=token, use=told["question"],
            purposes=(self.purpose,),
        )  # fmt: skip
        for number in range(CALLS):
            self.killer.before(f"{self.number} call {number}")
            if not self.dataset:
                call, key = str(uuid.UUID(int=self.number << 32 | number)), str(10 + number)
                # A fresh client each time: whoever is killed takes his connections with him.
                self.answered[call] = stubbornly(lambda k=key, c=call: Node(permit, self.book).verify(k, call=c))  # type: ignore[misc]
            elif number == 0:
                # A copy marked for this contract: the client holds its bytes to the hash in the receipt.
                found = stubbornly(lambda: Node(permit, self.book).download(self.file))
                assert found.receipt.source_version == told["source_version"]
                assert self.file.stat().st_size > 0

    def receipts(self) -> list[dict[str, Any]]:
        """Each once: a call asked again brings the very same receipt again."""
        held: dict[str, dict[str, Any]] = {}
        for receipt in self.book.receipts():
            assert held.setdefault(receipt["body"]["call"], receipt) == receipt
        return list(held.values())


def at_rest(house: House) -> None:
    """Every fact has its place, every step was taken."""

    def settled() -> bool | None:
        return True if evidence.waiting() == 0 and not StuckStep.objects.filter(solved_at=None).exists() else None

    ends = time.monotonic() + 120
    while settled() is None:
        assert time.monotonic() < ends, list(StuckStep.objects.filter(solved_at=None).values()) or house.log("keeper")
        time.sleep(0.2)


def test_thirty_kills_lose_nothing_and_double_nothing(house: House, django_db_blocker: Any) -> None:
    card = json.loads((house.places.var / "demo" / "card.json").read_text())["buyer"]
    killer = Killer(house, SEED, STRIKES, TRADES * STEPS_OF_A_TRADE)
    name = urlsplit(house.places.database_url).path.removeprefix("/")
    with override_settings(KEYS_ROOT=house.places.keys), database(name):
        buyer = stubbornly(lambda: Market(card["exchange"], card["api_key"]).me())["party"]
        before = ledger.balance(settlement.available(buyer))

    trades = [Purchase(number, card, house.places.var, killer) for number in range(TRADES)]
    for trade in trades:
        trade.go()
    killer.rest()
    house.wait_until_working()
    assert Counter(who for who, _ in house.killed) == Counter(
        dict.fromkeys(("exchange", "keeper", "node"), STRIKES // 3)
    )

    with override_settings(KEYS_ROOT=house.places.keys), database(name):
        at_rest(house)
        for trade in trades:
            finished_once(trade, house)
        after = ledger.balance(settlement.available(buyer))
        spent = sum(billing.bill(trade.bill).fen for trade in trades)
        assert (before.posted - after.posted, after.held) == (spent, before.held)
        assert ledger.audit() == []
        assert evidence.audit() == []


def finished_once(trade: Purchase, house: House) -> None:
    """What was answered is billed, what was billed is paid, what was paid is shared: each once, each proven."""
    bill, done = billing.bill(trade.bill), delivery.transfer(trade.transfer)
    assert (bill.state, done.state, contracts.contract(trade.contract).state) == ("settled", "accepted", "performed")

    statements, receipts = delivery.statements(trade.transfer), trade.receipts()
    checked = compare([vars(s) for s in statements], receipts, _node_key(trade))
    assert (checked.disagreements, checked.unstated) == ([], 0)
    acknowledged = 1 if trade.dataset else len(trade.answered)
    assert len(receipts) == acknowledged == bill.units == done.calls
    assert [s.number for s in statements] == list(range(1, len(statements) + 1))
    if trade.dataset:
        assert bill.fen == 120_000
    else:
        assert acknowledged == CALLS
        assert bill.metered_micro_yuan == PRICE_MICRO_YUAN * CALLS
        assert bill.fen * 10_000 + bill.carried_out_micro_yuan == bill.metered_micro_yuan + bill.carried_in_micro_yuan

    paid = settlement.settlement_of(trade.negotiation)
    assert (paid.state, paid.charged_fen) == ("released", bill.fen)
    shared = sharing.distribution_of(paid.id)
    assert shared is not None
    assert sum(part["fen"] for part in shared.parts) == bill.fen - (paid.fee_fen or 0)

    of_it = {("negotiation", trade.negotiation), ("contract", trade.contract), ("transfer", trade.transfer),
             ("settlement", paid.id), ("bill", bill.id), ("distribution", shared.id)}  # fmt: skip
    facts = [f for f in evidence.follow(after=-1, limit=100_000) if (f.procedure, f.subject_id) in of_it]
    taken = Counter(f"{f.procedure}.{f.act}" for f in facts)
    assert taken.pop("transfer.meter") == len(statements)
    assert set(taken.values()) == {1}, taken
    for fact in facts:
        assert verify_proof(evidence.prove(fact.id)).envelope["act"] == fact.act


def _node_key(trade: Purchase) -> bytes:
    from tongqu.exchange.members import nodes

    return nodes.node(delivery.transfer(trade.transfer).node_id).public_key

"""kill -9 among concurrent callers: every receipt a caller got is kept, none is doubled, and the node goes on."""

from __future__ import annotations

import contextlib
import json
import random
import threading
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.node.processes import NodeProcess, exchange_over_http
from tests.node.world import TOKEN, FakeExchange, codes, verification_permit
from tongqu.node.keeper import wall_clock
from tongqu.wire.receipt import Receipt
from tongqu.wire.statement import check_receipts

HEADERS = {"Authorization": f"Bearer {TOKEN}"}
BODY = {"permit": "permit-1", "purpose": "信贷审批", "question": "arrears"}


class Callers:
    """Many buyers' threads that call until the node is gone. `answered`: call → receipt; `asked`: every call sent."""

    def __init__(self, url: str, count: int) -> None:
        self.url = url
        self.asked: dict[str, dict[str, Any]] = {}
        self.answered: dict[str, dict[str, Any]] = {}
        self._enough = threading.Event()
        self._wanted = 0
        self._lock = threading.Lock()
        self.threads = [threading.Thread(target=self._call_on, args=(n,), daemon=True) for n in range(count)]

    def _call_on(self, seed: int) -> None:
        chosen = random.Random(seed)
        with httpx.Client(base_url=self.url, timeout=20) as buyer, contextlib.suppress(httpx.HTTPError):
            while True:
                call, body = str(uuid.uuid4()), {**BODY, "key": chosen.choice(["001", "002", "005", "nobody"])}
                self.asked[call] = body
                answer = buyer.post("/v1/verify", json=body, headers={**HEADERS, "Tongqu-Call": call})
                if answer.status_code != 200:
                    return
                with self._lock:
                    self.answered[call] = answer.json()
                    if len(self.answered) >= self._wanted:
                        self._enough.set()

    def until(self, wanted: int) -> None:
        self._wanted = wanted
        for thread in self.threads:
            thread.start()
        assert self._enough.wait(60)

    def join(self) -> None:
        for thread in self.threads:
            thread.join(30)


def _all_receipts(url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        answer = httpx.get(
            f"{url}/v1/receipts",
            params={"permit": "permit-1", "after": after, "limit": 1000},
            headers=HEADERS,
            timeout=20,
        ).json()
        found += answer["receipts"]
        after = answer["next"]
    return found


@pytest.mark.slow
def test_every_receipt_that_was_handed_out_is_there_after_a_kill(tmp_path: Path) -> None:
    exchange = FakeExchange(wall_clock)
    with exchange_over_http(exchange) as url:
        node = NodeProcess(tmp_path, url)
        node.enrol()
        now = wall_clock()
        exchange.issue(verification_permit(not_before=now - timedelta(days=1), not_after=now + timedelta(days=1)))
        node.start()
        answered: dict[str, dict[str, Any]] = {}
        asked: dict[str, dict[str, Any]] = {}
        for round_number, wanted in enumerate((1, 37, 180)):
            callers = Callers(node.url, 12)
            callers.until(wanted)
            node.kill()
            callers.join()
            answered |= callers.answered
            asked |= callers.asked
            node.start()
            held = _all_receipts(node.url)
            by_call = {sealed["body"]["call"]: sealed for sealed in held}
            assert len(by_call) == len(held), f"round {round_number}: a call was metered twice"
            assert [sealed["body"]["sequence"] for sealed in held] == list(range(1, len(held) + 1))
            for call, answer in answered.items():
                assert by_call[call] == answer["receipt"], f"round {round_number}: a receipt was lost"
            assert set(by_call) <= set(asked)
        _retry_all(node, asked, answered)
        _statements_agree(exchange, node)
        assert node.stop() == 0


def _retry_all(node: NodeProcess, asked: dict[str, Any], answered: dict[str, Any]) -> None:
    """Whoever had no answer asks again with the same key; whoever had one gets the same."""
    with httpx.Client(base_url=node.url, timeout=20) as buyer:
        for call, body in asked.items():
            answer = buyer.post("/v1/verify", json=body, headers={**HEADERS, "Tongqu-Call": call})
            assert answer.status_code == 200, answer.text
            assert call not in answered or answer.json() == answered[call]
    held = _all_receipts(node.url)
    assert sorted(sealed["body"]["call"] for sealed in held) == sorted(asked)
    before: Receipt | None = None
    for sealed in held:
        receipt = Receipt.from_json(sealed["body"])
        assert receipt.previous == (before.digest if before else None)
        before = receipt


def _statements_agree(exchange: FakeExchange, node: NodeProcess) -> None:
    held = _all_receipts(node.url)
    waiting = threading.Event()
    for _ in range(300):
        if exchange.statements and max(each.to_sequence for each in exchange.statements) == len(held):
            break
        waiting.wait(0.1)
    assert exchange.node_key is not None
    for sealed, told in zip(exchange.sealed_statements, exchange.statements, strict=True):
        covered = held[told.from_sequence - 1 : told.to_sequence]
        assert check_receipts(sealed, covered, exchange.node_key) == []
    assert sum(told.count for told in exchange.statements) == len(held)
    assert sum(told.units["verification"] for told in exchange.statements) == len(held)


@pytest.mark.slow
def test_a_revocation_stops_a_running_node_and_a_restart_keeps_it(tmp_path: Path) -> None:
    exchange = FakeExchange(wall_clock)
    with exchange_over_http(exchange) as url:
        node = NodeProcess(tmp_path, url)
        node.enrol()
        now = wall_clock()
        period = {"not_before": now - timedelta(days=1), "not_after": now + timedelta(days=1)}
        exchange.issue(verification_permit(**period))
        node.start()

        def ask() -> httpx.Response:
            headers = {**HEADERS, "Tongqu-Call": str(uuid.uuid4())}
            return httpx.post(f"{node.url}/v1/verify", json={**BODY, "key": "001"}, headers=headers, timeout=20)

        assert ask().status_code == 200
        heard = len(exchange.requests)
        exchange.issue(verification_permit(revision=2, status="revoked", **period))
        waiting = threading.Event()
        while len(exchange.requests) < heard + 2:  # the second sync shows that the first answer was taken
            waiting.wait(0.02)
        assert codes(ask()) == ["permit-revoked"]
        exchange.reachable = False
        node.kill()
        node.start_without_waiting()
        node.wait_until_answering()
        assert codes(ask())[0] == "permit-revoked"
        assert json.loads(httpx.get(f"{node.url}/health").content)["working"] is False
        assert node.stop() == 0

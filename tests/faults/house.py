"""What the fault tests share: nodes whose processes can be found and killed, buyers who retry, and what must hold afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.node.processes import NodeProcess
from tests.node.world import CANARIES, FakeExchange, verification_permit
from tongqu.node.clock import wall_clock
from tongqu.wire.permit import Permit, token_digest
from tongqu.wire.receipt import Receipt
from tongqu.wire.statement import check_receipts

KEYS = ["001", "002", CANARIES[1], "nobody"]
NO_ANSWER = {408, 429, 500, 502, 503}
"""After these a buyer asks again under the same key."""


def token_of(contract: str) -> str:
    return "tq_" + f"{contract:x<43}"


def permit_for(contract: str, **changes: Any) -> Permit:
    now = wall_clock()
    values: dict[str, Any] = {
        "id": f"permit-of-{contract}",
        "contract": contract,
        "token_sha256": token_digest(token_of(contract)),
        "not_before": now - timedelta(days=1),
        "not_after": now + timedelta(days=1),
    }
    return verification_permit(**{**values, **changes})


SECONDS_MAX = 300
"""How long anything is waited for: a loaded machine is slow, which is not what is tested."""


class House(NodeProcess):
    """A node of several workers."""

    def wait_until(self, found: Callable[[], bool], seconds: float = SECONDS_MAX) -> None:
        super().wait_until(found, seconds)

    def __init__(self, folder: Path, exchange_url: str, *, workers: int = 1, settings: str = "") -> None:
        super().__init__(folder, exchange_url)
        self.set("[serve]", f"[serve]\nworkers = {workers}")
        self.set("[node]", f'[node]\nlog_level = "debug"\n{settings}')
        self.workers = workers

    def set(self, old: str, new: str) -> None:
        text = self.config.read_text(encoding="utf-8")
        assert old in text
        self.config.write_text(text.replace(old, new), encoding="utf-8")

    def reshard(self, workers: int) -> None:
        self.set(f"workers = {self.workers}\n", f"workers = {workers}\n")
        self.workers = workers

    def worker_pids(self) -> dict[int, int]:
        """Which process is which worker."""
        assert self.process is not None
        found = {}
        with contextlib.suppress(OSError):
            for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if b"tongqu.node.workers.child" in words:
                    found[int(json.loads(words[words.index(b"tongqu.node.workers.child") + 1])["worker"])] = int(pid)
        return found

    def kill_worker(self, worker: int) -> None:
        pid = self.worker_pids()[worker]
        os.kill(pid, signal.SIGKILL)
        self.wait_until(lambda: self.worker_pids().get(worker, pid) != pid)

    def kill(self) -> None:
        """The process and, as a machine that loses its power would, every worker."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)  # or it would start one while the others are being killed
        workers = self.worker_pids().values()
        super().kill()
        for pid in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(Path(f"/proc/{pid}/exe").exists() for pid in workers):
            time.sleep(0.01)


@contextlib.contextmanager
def running(house: House) -> Iterator[House]:
    """Started, and gone at the end whatever happens."""
    try:
        house.start()
        yield house
    finally:
        if house.process is not None and house.process.poll() is None:
            house.kill()


class Buyers:
    """Threads that call one contract, each call under its own key, and the same key again until there is an answer."""

    def __init__(self, url: str, contract: str, count: int, *, seed: int = 0, retries: bool = True) -> None:
        self.contract = contract
        self.asked: dict[str, dict[str, Any]] = {}
        self.answered: dict[str, dict[str, Any]] = {}
        self.refused: dict[str, list[str]] = {}
        self._url = url
        self._retries = retries
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._buy, args=(seed * 1_000 + n,), daemon=True) for n in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def _buy(self, seed: int) -> None:
        chosen = random.Random(seed)
        with httpx.Client(base_url=self._url, timeout=20) as buyer:
            while not self._over.is_set():
                call = str(uuid.UUID(int=chosen.getrandbits(128), version=4))
                body = {"permit": f"permit-of-{self.contract}", "purpose": "信贷审批", "question": "arrears"}
                body["key"] = chosen.choice(KEYS)
                self.asked[call] = body
                if not self._ask(buyer, call, body):
                    return

    def _ask(self, buyer: httpx.Client, call: str, body: dict[str, Any]) -> bool:
        """Whether to go on calling."""
        while True:
            answer = ask_once(buyer, self.contract, call, body)
            if answer is None or answer.status_code in NO_ANSWER:
                if not self._retries or self._over.is_set():
                    return False
                time.sleep(0.02)
                continue
            with self._lock:
                if answer.status_code == 200:
                    self.answered[call] = answer.json()
                    return True
                self.refused[call] = [reason["code"] for reason in answer.json()["reasons"]]
                return False

    def until(self, found: Callable[[], bool], seconds: float = SECONDS_MAX) -> None:
        ends = time.monotonic() + seconds
        while not found():
            assert time.monotonic() < ends, f"{len(self.answered)} answered, {self.refused}"
            time.sleep(0.005)

    @property
    def are_done(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def until_done_or(self, found: Callable[[], bool]) -> None:
        self.until(lambda: found() or self.are_done)

    def until_answered(self, wanted: int) -> None:
        self.until(lambda: len(self.answered) >= wanted)

    def stop(self) -> None:
        self._over.set()
        self.join()

    def join(self, seconds: float = SECONDS_MAX) -> None:
        ends = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))
            assert not thread.is_alive()


def ask_once(buyer: httpx.Client, contract: str, call: str, body: dict[str, Any]) -> httpx.Response | None:
    """The answer, or None when none came."""
    headers = {"Authorization": f"Bearer {token_of(contract)}", "Tongqu-Call": call}
    try:
        return buyer.post("/v1/verify", json=body, headers=headers)
    except httpx.HTTPError:
        return None


def ask_fresh(url: str, contract: str, key: str = CANARIES[1]) -> httpx.Response:
    """One call under a new key, of one that no refusal may repeat."""
    body = {"permit": f"permit-of-{contract}", "purpose": "信贷审批", "question": "arrears", "key": key}
    with httpx.Client(base_url=url, timeout=30) as buyer:
        answer = ask_once(buyer, contract, str(uuid.uuid4()), body)
    assert answer is not None
    return answer


def health_of(url: str) -> dict[str, Any]:
    told: dict[str, Any] = httpx.get(f"{url}/health", timeout=30).json()
    return told


def receipts_of(url: str, contract: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        answer = httpx.get(
            f"{url}/v1/receipts",
            params={"permit": f"permit-of-{contract}", "after": after, "limit": 1000},
            headers={"Authorization": f"Bearer {token_of(contract)}"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        found += answer.json()["receipts"]
        after = answer.json()["next"]
    return found


def holds_together(held: list[dict[str, Any]], asked: Any, answered: dict[str, dict[str, Any]]) -> None:
    """Nothing acknowledged lost, nothing billed twice or unasked, the chain unbroken, its moments in order."""
    before: Receipt | None = None
    for sequence, sealed in enumerate(held, 1):
        receipt = Receipt.from_json(sealed["body"])
        assert receipt.sequence == sequence
        assert receipt.previous == (before.digest if before else None)
        assert before is None or receipt.at >= before.at
        before = receipt
    by_call = {sealed["body"]["call"]: sealed for sealed in held}
    assert len(by_call) == len(held), "a call was billed twice"
    assert set(by_call) <= set(asked), "a call was billed that nobody made"
    lost = [call for call, answer in answered.items() if by_call.get(call) != answer["receipt"]]
    assert not lost, "a receipt that was handed out is lost"


def stated_in_full(
    exchange: FakeExchange, contract: str, held: list[dict[str, Any]], seconds: float = SECONDS_MAX
) -> None:
    """Waits for the last statement; then all of them together say exactly what the receipts say."""
    assert exchange.node_key is not None
    ends = time.monotonic() + seconds

    def told() -> list[int]:
        return [at for at, each in enumerate(list(exchange.statements)) if each.contract == contract]

    while max((exchange.statements[at].to_sequence for at in told()), default=0) < len(held):
        assert time.monotonic() < ends, [exchange.statements[at].to_sequence for at in told()]
        time.sleep(0.05)
    reached = 0
    for at in sorted(told(), key=lambda at: exchange.statements[at].number):
        statement = exchange.statements[at]
        assert statement.from_sequence == reached + 1
        covered = held[statement.from_sequence - 1 : statement.to_sequence]
        assert check_receipts(exchange.sealed_statements[at], covered, exchange.node_key) == []
        reached = statement.to_sequence
    assert reached == len(held)
    assert sum(exchange.statements[at].units["verification"] for at in told()) == len(held)

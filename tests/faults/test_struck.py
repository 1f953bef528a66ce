"""kill -9 at fifty points: named ones in journal, index, statement and sync, and seeded instants under load on two workers.

One node and one exchange live through all of it. After each: nothing acknowledged lost, nothing billed twice, the chain whole.
At the end the statements say what the receipts say.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from tests.faults.house import Buyers, House, holds_together, permit_for, receipts_of, running, stated_in_full
from tests.faults.strikes import AT_THE_START, NAMES
from tests.node.processes import exchange_over_http
from tests.node.world import FakeExchange
from tongqu.node.clock import wall_clock

pytestmark = [pytest.mark.faults, pytest.mark.slow]
NAMED, INSTANTS, SEED = 42, 8, int(os.environ.get("TONGQU_FAULT_SEED", "20261128"))
CONTRACT = "contract-1"
FILE_BYTES_MAX = 40_000
ROOT = Path(__file__).parents[2]


class _Forked:
    """A node that the zygote made, in the place of a `Popen`."""

    def __init__(self, zygote: subprocess.Popen[str], asked: list[Any]) -> None:
        self._zygote = zygote
        self._code: int | None = None
        self.pid = self._say(asked)

    def end(self) -> None:
        """Kills it, if it lives."""
        if self.poll() is None:
            self.send_signal(signal.SIGKILL)
            self.wait()

    def _say(self, asked: list[Any]) -> int:
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write(json.dumps(asked) + "\n")
        self._zygote.stdin.flush()
        return int(self._zygote.stdout.readline())

    def poll(self) -> int | None:
        if self._code is None and _is_over(self.pid):
            self.wait()
        return self._code

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self, _seconds: float | None = None) -> int:
        if self._code is None:
            self._code = self._say([self.pid])
        return self._code


def _is_over(pid: int) -> bool:
    """A process that has ended and waits to be asked for its code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


class Struck(House):
    """A node of one worker that dies at a point of its own."""

    def __init__(self, folder: Path, exchange_url: str, zygote: subprocess.Popen[str]) -> None:
        super().__init__(folder, exchange_url)
        self._zygote = zygote
        self.point: str | None = None
        self.hits = 0

    def start_without_waiting(self) -> None:
        if self.process is not None:
            self.process.end()  # type: ignore[attr-defined]
        asked = [str(self.config), str(self.log), self.point, self.hits, FILE_BYTES_MAX]
        self.process = _Forked(self._zygote, asked)  # type: ignore[assignment]

    def is_dead(self) -> bool:
        assert self.process is not None
        return self.process.poll() is not None


@contextmanager
def _zygote() -> Iterator[subprocess.Popen[str]]:
    path = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    command = [sys.executable, "-m", "tests.faults.zygote"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **path}, cwd=ROOT
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            _closed(pipe)


def _closed(pipe: IO[str] | None) -> None:
    assert pipe is not None
    pipe.close()


@contextmanager
def _struck(folder: Path, url: str, zygote: subprocess.Popen[str]) -> Iterator[Struck]:
    house = Struck(folder, url, zygote)
    try:
        yield house
    finally:
        if house.process is not None:
            house.process.end()  # type: ignore[attr-defined]


class _Book:
    """What the buyers asked and got in all lives together."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        self.answered: dict[str, Any] = {}
        self.seeds = itertools.count(1)

    def add(self, buyers: Buyers) -> None:
        self.asked |= buyers.asked
        self.answered |= buyers.answered


def test_struck_at_fifty_points_it_loses_nothing_and_bills_nothing_twice(tmp_path: Path) -> None:
    drawn, exchange, book = random.Random(SEED), FakeExchange(wall_clock), _Book()
    with exchange_over_http(exchange) as url, _zygote() as zygote, _struck(tmp_path, url, zygote) as house:
        house.enrol()
        exchange.issue(permit_for(CONTRACT))
        for number in range(NAMED):
            house.point = NAMES[number % len(NAMES)]
            house.hits = 1 + drawn.randrange(30 if house.point.startswith(("journal", "meter")) else 2)
            if house.point == AT_THE_START:  # it comes once in a life
                house.hits = 1
            _one_life(house, exchange, book, number)
        house.point = None
        with running(house):
            held = receipts_of(house.url, CONTRACT)
            holds_together(held, book.asked, book.answered)
            stated_in_full(exchange, CONTRACT, held)
            assert house.stop() == 0
        _at_seeded_instants(tmp_path, url, exchange, book, drawn)
    assert len(book.answered) > NAMED


def _one_life(house: Struck, exchange: FakeExchange, book: _Book, number: int) -> None:
    """Started, called, struck. What was acknowledged before is looked at as soon as it answers, if it lives so long."""
    house.start_without_waiting()
    house_died = f"{house.point}, {house.hits}"
    seen = None
    while not house.is_dead():
        try:
            working = httpx.get(f"{house.url}/health", timeout=5).status_code == 200
            if working and seen is None:
                seen = receipts_of(house.url, CONTRACT)
                holds_together(seen, book.asked, book.answered)
        except (httpx.HTTPError, AssertionError):
            if not house.is_dead():
                time.sleep(0.02)
            continue
        if working:
            if house.point is not None and house.point.startswith("sync"):
                exchange.issue(permit_for(f"other-{number}", revision=1))
            buyers = Buyers(house.url, CONTRACT, 6, seed=next(book.seeds), retries=False)
            buyers.until_done_or(house.is_dead)
            buyers.stop()
            book.add(buyers)
    assert house.process is not None
    assert house.process.wait() == -9, f"{house_died}: {house.log.read_text()[-2000:]}"


def _at_seeded_instants(folder: Path, url: str, exchange: FakeExchange, book: _Book, drawn: random.Random) -> None:
    """Two workers in the place of the one: one of them, or all and the process that watches, at any moment."""
    house = House(folder, url, workers=2)
    for number in range(INSTANTS // 4):
        with running(house):
            holds_together(receipts_of(house.url, CONTRACT), book.asked, book.answered)
            buyers = Buyers(house.url, CONTRACT, 12, seed=500 + number)
            for _ in range(3):
                wanted = len(buyers.answered) + 1 + drawn.randrange(60)
                buyers.until_answered(wanted)
                time.sleep(drawn.random() / 50)
                house.kill_worker(drawn.randrange(2))
            buyers.until_answered(len(buyers.answered) + 1 + drawn.randrange(60))
            house.kill()
            buyers.stop()
            book.add(buyers)
    with running(house):
        held = receipts_of(house.url, CONTRACT)
        holds_together(held, book.asked, book.answered)
        stated_in_full(exchange, CONTRACT, held)
        assert house.stop() == 0

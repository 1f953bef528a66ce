"""The network between exchange and node is cut and healed, by network namespaces: two lines, one to each."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.house import (
    Buyers,
    House,
    ask_fresh,
    health_of,
    holds_together,
    permit_for,
    receipts_of,
    running,
    stated_in_full,
)
from tests.node.processes import exchange_over_http
from tests.node.world import FakeExchange, codes
from tongqu.node.clock import wall_clock

pytestmark = [pytest.mark.faults, pytest.mark.slow]
CONTRACT = "contract-1"
BUYERS, EXCHANGE = "10.213.71", "10.213.72"


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextlib.contextmanager
def _apart() -> Iterator[tuple[str, str]]:
    """A namespace for the node, and the name of the line between it and the exchange."""
    name = f"tq{os.getpid() % 100_000}"
    try:
        try:
            _ip("netns", "add", name)
            for line, net in (("b", BUYERS), ("x", EXCHANGE)):
                here, there = f"{name}{line}0", f"{name}{line}1"
                _ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
                _ip("addr", "add", f"{net}.1/30", "dev", here)
                _ip("link", "set", here, "up")
                _ip("-n", name, "addr", "add", f"{net}.2/30", "dev", there)
                _ip("-n", name, "link", "set", there, "up")
            _ip("-n", name, "link", "set", "lo", "up")
        except (OSError, subprocess.CalledProcessError) as error:  # also root, in a container without rights
            told = error.stderr.decode().strip() if isinstance(error, subprocess.CalledProcessError) else error
            pytest.skip(f"no network namespaces here: {told}")
        yield name, f"{name}x0"
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


class _Apart(House):
    """A node in a namespace of its own."""

    def __init__(self, folder: Path, exchange_url: str, namespace: str) -> None:
        super().__init__(folder, exchange_url)
        self._namespace = namespace
        self.set("[serve]", f'[serve]\nhost = "{BUYERS}.2"')
        self.url = f"http://{BUYERS}.2:{self.port}"

    def start_without_waiting(self) -> None:
        source = str(Path(__file__).parents[2] / "src")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self._namespace, sys.executable, "-c", self.code()],
                stderr=log, stdout=log, env={**os.environ, "PYTHONPATH": source},
            )  # fmt: skip


def test_a_cut_line_to_the_exchange_ends_the_lease_and_heals_without_loss(tmp_path: Path) -> None:
    exchange = FakeExchange(wall_clock)
    exchange.lease_seconds = 6
    with _apart() as (namespace, line), exchange_over_http(exchange, f"{EXCHANGE}.1") as url:
        house = _Apart(tmp_path, url, namespace)
        house.enrol()
        exchange.issue(permit_for(CONTRACT))
        for ended in ("ended-1", "ended-2"):
            exchange.issue(permit_for(ended))
        with running(house):
            buyers = Buyers(house.url, CONTRACT, 4)
            for ended in ("ended-1", "ended-2"):
                buyers.until_answered(len(buyers.answered) + 10)
                _cut_and_healed(house, exchange, line, ended)
            buyers.until_answered(len(buyers.answered) + 10)
            buyers.stop()
            held = receipts_of(house.url, CONTRACT)
            holds_together(held, buyers.asked, buyers.answered)
            stated_in_full(exchange, CONTRACT, held)
            assert house.stop() == 0


def _cut_and_healed(house: _Apart, exchange: FakeExchange, line: str, ended: str) -> None:
    """What was revoked meanwhile is known as soon as the line is back."""
    assert ask_fresh(house.url, ended).status_code == 200
    _ip("link", "set", line, "down")
    house.wait_until(lambda: health_of(house.url)["sync_fault"] == "exchange-unreachable")
    house.wait_until(lambda: ask_fresh(house.url, ended).status_code == 503)
    assert "lease-ended" in codes(ask_fresh(house.url, ended))
    exchange.issue(permit_for(ended, revision=2, status="revoked"))
    _ip("link", "set", line, "up")
    house.wait_until_working()
    house.wait_until(lambda: codes(ask_fresh(house.url, ended)) == ["permit-revoked"])

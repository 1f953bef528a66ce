"""A real file system that fills up: calls are refused before a receipt could be lost, and taken again when there is room."""

from __future__ import annotations

import contextlib
import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.house import (
    Buyers,
    House,
    ask_once,
    health_of,
    holds_together,
    permit_for,
    receipts_of,
    running,
    stated_in_full,
)
from tests.node.processes import exchange_over_http
from tests.node.world import CANARIES, FakeExchange, codes
from tongqu.node.clock import wall_clock

pytestmark = [pytest.mark.faults, pytest.mark.slow]
CONTRACT = "contract-1"
SIZE, KEEP = 24 * 1024**2, 4 * 1024**2


@contextlib.contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    """A file system of its own in memory. Where that may not be mounted, as in a container without rights, the test is skipped."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no right to mount a file system here: {mounted.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(file: Path, leave: int) -> None:
    """Takes up all but so much, or all there is."""
    seen = os.statvfs(file.parent)
    size = seen.f_bavail * seen.f_frsize - leave
    with file.open("ab") as filler, contextlib.suppress(OSError):
        filler.write(b"x" * max(0, size))
        filler.flush()


def _refused_for_want_of_room(url: str, buyers: Buyers) -> bool:
    """Asks once more. What is answered before the node has seen how full its disk is counts as any other call."""
    call = str(uuid.uuid4())
    body = {"permit": f"permit-of-{CONTRACT}", "purpose": "信贷审批", "question": "arrears", "key": CANARIES[1]}
    with httpx.Client(base_url=url, timeout=20) as buyer:
        answer = ask_once(buyer, CONTRACT, call, body)
    assert answer is not None
    if answer.status_code == 200:
        buyers.asked[call], buyers.answered[call] = body, answer.json()
    return answer.status_code == 503 and codes(answer) == ["disk-full"]


def test_a_disk_that_fills_up_loses_and_bills_nothing(tmp_path: Path) -> None:
    exchange, filler = FakeExchange(wall_clock), tmp_path / "state" / "others"
    with _small_disk(tmp_path / "state"), exchange_over_http(exchange) as url:
        house = House(tmp_path, url, settings=f"disk_keep_bytes = {KEEP}")
        house.enrol()
        exchange.issue(permit_for(CONTRACT))
        with running(house):
            buyers = Buyers(house.url, CONTRACT, 4)
            buyers.until_answered(20)
            _fill(filler, KEEP // 2)
            house.wait_until(lambda: _refused_for_want_of_room(house.url, buyers))
            held = receipts_of(house.url, CONTRACT)
            refused = (
                str(uuid.uuid4()),
                {"permit": f"permit-of-{CONTRACT}", "purpose": "信贷审批", "question": "arrears", "key": CANARIES[1]},
            )
            with httpx.Client(base_url=house.url, timeout=20) as buyer:
                for _ in range(3):
                    answer = ask_once(buyer, CONTRACT, *refused)
                    assert answer is not None
                    assert codes(answer) == ["disk-full"]
                repeated = ask_once(
                    buyer, CONTRACT, *next((c, b) for c, b in buyers.asked.items() if c in buyers.answered)
                )
                assert repeated is not None
                assert repeated.status_code == 200  # what was billed is answered again: that needs no room
            assert receipts_of(house.url, CONTRACT) == held
            assert (health_of(house.url)["disk"], health_of(house.url)["working"]) == ("full", False)
            # Others take the last byte too: what is counted is stated all the same, and the node stops in order.
            _fill(filler, 0)
            house.wait_until(lambda: not (tmp_path / "state" / "laid-by").exists())
            stated_in_full(exchange, CONTRACT, held)
            assert house.stop() == 0
            house.start_without_waiting()
            house.wait_until_answering()
            house.wait_until(lambda: _refused_for_want_of_room(house.url, buyers))
            assert receipts_of(house.url, CONTRACT) == held
            filler.unlink()
            house.wait_until_working()
            with httpx.Client(base_url=house.url, timeout=20) as buyer:
                answer = ask_once(buyer, CONTRACT, *refused)
                assert answer is not None
                assert answer.status_code == 200
            buyers.asked[refused[0]] = refused[1]
            buyers.answered[refused[0]] = answer.json()
            buyers.until_answered(len(buyers.answered) + 5)
            buyers.stop()
            held = receipts_of(house.url, CONTRACT)
            holds_together(held, buyers.asked, buyers.answered)
            stated_in_full(exchange, CONTRACT, held)
            assert (tmp_path / "state" / "laid-by").stat().st_size == KEEP // 4
            assert house.stop() == 0

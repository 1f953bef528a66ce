"""Several workers are one node: quotas and rates are exact, chains unbroken, whoever is killed and however many there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.house import Buyers, House, ask_once, holds_together, permit_for, receipts_of, running, stated_in_full
from tests.node.processes import exchange_over_http
from tests.node.world import FakeExchange
from tongqu.node.clock import wall_clock
from tongqu.node.meters import worker_of
from tongqu.wire.receipt import Receipt

pytestmark = [pytest.mark.faults, pytest.mark.slow]
QUOTA, RATE = 1_000, 40


def _contracts(workers: int) -> list[str]:
    """One contract for each worker."""
    names = (f"contract-{n}" for n in range(1_000))
    found: dict[int, str] = {}
    while len(found) < workers:
        name = next(names)
        found.setdefault(worker_of(name, workers), name)
    return [found[worker] for worker in range(workers)]


@pytest.mark.parametrize("workers", [2, 3])
def test_a_quota_of_a_thousand_is_a_thousand_whoever_is_killed(tmp_path: Path, workers: int) -> None:
    exchange, contracts = FakeExchange(wall_clock), _contracts(workers)
    quota, rated = contracts[-1], contracts[0]
    with exchange_over_http(exchange) as url:
        house = House(tmp_path, url, workers=workers)
        house.enrol()
        exchange.issue(permit_for(quota, calls_max=QUOTA))
        exchange.issue(permit_for(rated, rate_per_minute=RATE))
        with running(house):
            many = Buyers(house.url, quota, 64)
            few = Buyers(house.url, rated, 6, seed=9)
            many.until_answered(QUOTA // 4)
            few.until_answered(RATE // 4)
            house.kill_worker(workers - 1)  # which keeps the quota
            many.until_answered(QUOTA // 2)
            house.kill_worker(0)  # which keeps the rate, and speaks with the exchange
            many.join()
            few.until(lambda: len(few.answered) >= RATE)
            few.stop()
            house.wait_until_working()
            held = {name: receipts_of(house.url, name) for name in (quota, rated)}
            assert len(held[quota]) == len(many.answered) == QUOTA
            # A worker that was just started again says, besides, that it still reads its source.
            assert {codes[0] for codes in many.refused.values()} == {"calls-exhausted"}
            assert {code for codes in many.refused.values() for code in codes[1:]} <= {"source-being-read"}
            holds_together(held[quota], many.asked, many.answered)
            holds_together(held[rated], few.asked, few.answered)
            _within_the_rate(held[rated])
            for name in (quota, rated):
                stated_in_full(exchange, name, held[name])
            assert house.stop() == 0
        _goes_on_with_other_numbers(house, quota, held[quota], many)


def _within_the_rate(held: list[dict[str, Any]]) -> None:
    moments = [Receipt.from_json(sealed["body"]).at for sealed in held]
    assert len(moments) >= RATE
    for at in range(len(moments) - RATE):
        assert (moments[at + RATE] - moments[at]).total_seconds() >= 60


def _goes_on_with_other_numbers(house: House, contract: str, held: list[dict[str, Any]], buyers: Buyers) -> None:
    """One worker, then others again: the same receipts, nothing left of the quota, the same answer to the same key."""
    call, body = next((call, body) for call, body in buyers.asked.items() if call in buyers.answered)
    for workers in (1, 2) if house.workers == 3 else (1,):
        house.reshard(workers)
        with running(house):
            assert receipts_of(house.url, contract) == held
            with httpx.Client(base_url=house.url, timeout=20) as buyer:
                again = ask_once(buyer, contract, call, body)
                assert again is not None
                assert again.json() == buyers.answered[call]
                other = ask_once(buyer, contract, "00000000-0000-4000-8000-000000000001", body)
                assert other is not None
                assert [reason["code"] for reason in other.json()["reasons"]] == ["calls-exhausted"]
            assert house.stop() == 0

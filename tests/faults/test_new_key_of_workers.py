"""Keys change while several workers serve: each follows at once, no seal is refused, and what comes under a new key is believed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.faults.house import Buyers, House, ask_fresh, permit_for, receipts_of, running, token_of
from tests.node.processes import exchange_over_http
from tests.node.world import FakeExchange
from tongqu.client.auditing import unbroken
from tongqu.node.clock import wall_clock
from tongqu.node.meters import worker_of
from tongqu.node.owner import ask
from tongqu.wire.new_key import follow
from tongqu.wire.receipt import Receipt
from tongqu.wire.seals import key_id

pytestmark = [pytest.mark.faults, pytest.mark.slow]

ONE, OTHER = "contract-1", "contract-3"
OVERLAP = timedelta(seconds=30)
"""A loaded machine is slow; five minutes are allowed."""


def test_every_worker_goes_over_to_the_new_key_while_it_is_called(tmp_path: Path) -> None:
    assert [worker_of(name, 2) for name in (ONE, OTHER)] == [0, 1]
    exchange = FakeExchange(wall_clock)
    with exchange_over_http(exchange) as url:
        house = House(tmp_path, url, workers=2)
        house.enrol()
        assert exchange.node_key is not None
        first = exchange.node_key
        for name in (ONE, OTHER):
            exchange.issue(permit_for(name))
        with running(house):
            buyers = [Buyers(house.url, name, 2, seed=n) for n, name in enumerate((ONE, OTHER))]
            for each in buyers:
                each.until_answered(20)
            new = ask(tmp_path / "state", "new-key")["announced"]

            def is_new(buyer: Buyers) -> bool:
                with buyer._lock:
                    return any(answer["receipt"]["seal"]["key"] == new for answer in buyer.answered.values())

            for each in buyers:
                each.until(lambda each=each: is_new(each))  # type: ignore[misc]
            for each in buyers:
                each.stop()
            for name in (ONE, OTHER):
                assert ask_fresh(house.url, name).json()["receipt"]["seal"]["key"] == new
                held = receipts_of(house.url, name)
                assert unbroken(held, exchange.keys, name).sequence == len(held)
                late = [Receipt.from_json(each["body"]).at for each in held if each["seal"]["key"] == key_id(first)][-1]
                until = exchange.keys.keys[0].until
                assert until is not None
                assert late < until + OVERLAP
                # The exchange opens each statement with the key of its time: an old one would not be taken.
                house.wait_until(
                    lambda name=name, held=held: any(  # type: ignore[misc]
                        (one.contract, one.to_sequence) == (name, len(held)) for one in list(exchange.statements)
                    )
                )
                for _ in range(4):  # whichever worker is asked leads a buyer to the new key
                    told = httpx.get(
                        f"{house.url}/v1/keys", headers={"Authorization": f"Bearer {token_of(name)}"}, timeout=30
                    ).json()
                    assert key_id(follow(first, told["keys"], exchange.node).keys[-1].public_bytes) == new
                last = [one for one in exchange.sealed_statements if one["body"]["contract"] == name][-1]
                assert last["seal"]["key"] == new
            house.kill_worker(1)
            house.wait_until_working()
            assert ask_fresh(house.url, OTHER).json()["receipt"]["seal"]["key"] == new
            assert house.stop() == 0


def test_what_the_exchange_seals_with_a_new_key_is_believed_by_every_worker(tmp_path: Path) -> None:
    exchange = FakeExchange(wall_clock)
    with exchange_over_http(exchange) as url:
        house = House(tmp_path, url, workers=2)
        house.enrol()
        for name in (ONE, OTHER):
            exchange.issue(permit_for(name))
        with running(house):
            assert [ask_fresh(house.url, name).status_code for name in (ONE, OTHER)] == [200, 200]
            exchange.change_key()
            fresh = [f"contract-{n}" for n in range(10, 18)]
            assert {worker_of(name, 2) for name in fresh} == {0, 1}
            for name in fresh:
                exchange.issue(permit_for(name))
            for name in fresh:
                house.wait_until(lambda name=name: ask_fresh(house.url, name).status_code == 200)  # type: ignore[misc]
            assert [ask_fresh(house.url, name).status_code for name in (ONE, OTHER)] == [200, 200]
            assert httpx.get(f"{house.url}/health", timeout=30).json()["working"] is True
            assert house.stop() == 0

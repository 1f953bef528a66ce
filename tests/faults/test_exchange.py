"""An exchange that is down, slow or lying: the node serves while its lease lasts, believes no lie, and goes on by itself."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

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
from tongqu.wire.lease import Lease
from tongqu.wire.message import seal_message
from tongqu.wire.seals import Ed25519Signer
from tongqu.wire.sync import SyncReply

pytestmark = [pytest.mark.faults, pytest.mark.slow]
CONTRACT = "contract-1"


def _fault(house: House, wanted: str | None) -> None:
    house.wait_until(lambda: health_of(house.url)["sync_fault"] == wanted)


def test_down_slow_and_lying_in_turn(tmp_path: Path) -> None:
    exchange = FakeExchange(wall_clock)
    exchange.lease_seconds = 8
    with exchange_over_http(exchange) as url:
        house = House(tmp_path, url)
        house.enrol()
        exchange.issue(permit_for(CONTRACT))
        with running(house):
            buyers = Buyers(house.url, CONTRACT, 2)
            buyers.until_answered(5)
            _down(house, exchange, buyers)
            _slow(house, exchange)
            _lying(house, exchange)
            buyers.until_answered(len(buyers.answered) + 5)
            buyers.stop()
            held = receipts_of(house.url, CONTRACT)
            holds_together(held, buyers.asked, buyers.answered | _others(held, buyers))
            stated_in_full(exchange, CONTRACT, held)
            assert house.stop() == 0


def _others(held: list[dict[str, Any]], buyers: Buyers) -> dict[str, Any]:
    """The single calls that this test made besides."""
    buyers.asked |= {sealed["body"]["call"]: {} for sealed in held}
    return {}


def _down(house: House, exchange: FakeExchange, buyers: Buyers) -> None:
    """The lease lasts on; then nothing is answered nor billed, and what was stated meanwhile is told when it is up again."""
    exchange.reachable = False
    _fault(house, "exchange-unreachable")
    house.wait_until(lambda: ask_fresh(house.url, CONTRACT).status_code == 503)
    assert codes(ask_fresh(house.url, CONTRACT)) == ["lease-ended"]
    before, held = len(exchange.statements), len(receipts_of(house.url, CONTRACT))
    assert len(receipts_of(house.url, CONTRACT)) == held
    exchange.reachable = True
    _fault(house, None)
    house.wait_until(lambda: len(exchange.statements) > before)
    buyers.until_answered(len(buyers.answered) + 5)


def _slow(house: House, exchange: FakeExchange) -> None:
    """An answer that comes too late is none; calls do not wait for it."""
    honest = exchange.twist

    def late(reply: SyncReply) -> Any:
        time.sleep(6)
        return honest(reply)

    exchange.twist = late
    _fault(house, "exchange-unreachable")
    assert ask_fresh(house.url, CONTRACT).status_code == 200
    exchange.twist = honest
    _fault(house, None)


def _lying(house: House, exchange: FakeExchange) -> None:
    honest, kept = exchange.twist, [exchange.sent[0]]
    # Another's seal, and an answer that was given before: neither is believed.
    stranger = Ed25519Signer.generate()
    exchange.twist = lambda reply: seal_message(reply, stranger)
    _fault(house, "reply-not-believed")
    told: list[Any] = []
    exchange.twist = lambda reply: told.append(honest(reply)) or told[0]
    _fault(house, "not-my-answer")
    exchange.twist = honest
    _fault(house, None)
    # The permit that a revocation followed, once more; one for another node; one that somebody else sealed.
    exchange.issue(permit_for("gone"))
    exchange.issue(permit_for("gone", revision=2, status="revoked"))
    house.wait_until(lambda: codes_of(house, "gone") == ["permit-revoked"])
    exchange.issue(permit_for("gone"))
    exchange.issue(permit_for("elsewhere", node="node-2"))
    exchange.issue(permit_for("forged"), stranger)
    _heard(house, exchange)
    assert codes_of(house, "gone") == ["permit-revoked"]
    assert codes_of(house, "elsewhere") == ["permit-or-token-wrong"]
    assert codes_of(house, "forged") == ["permit-or-token-wrong"]
    assert kept
    # A lease of long ago, and one for another node: neither prolongs anything.
    for lease in (
        Lease(exchange.node, wall_clock() - timedelta(days=2), wall_clock() - timedelta(days=1)),
        Lease("node-2", wall_clock(), wall_clock() + timedelta(days=1)),
    ):
        exchange.twist = lambda reply, lease=lease: honest(replace(reply, lease=seal_message(lease, exchange.signer)))
        house.wait_until(lambda: ask_fresh(house.url, CONTRACT).status_code == 503)
        assert codes(ask_fresh(house.url, CONTRACT)) == ["lease-ended"]
        exchange.twist = honest
        house.wait_until(lambda: ask_fresh(house.url, CONTRACT).status_code == 200)


def codes_of(house: House, contract: str) -> list[str]:
    answer = ask_fresh(house.url, contract)
    return [] if answer.status_code == 200 else codes(answer)


def _heard(house: House, exchange: FakeExchange) -> None:
    """Until the node took what was issued: it has asked again since."""
    heard = len(exchange.requests)
    house.wait_until(lambda: len(exchange.requests) > heard + 2)

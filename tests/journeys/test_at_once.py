"""Two people, or two processes, at one moment: one wins, the other is told, and the money knows only one of them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from tests.journeys.market import Market
from tongqu.exchange import keeper
from tongqu.exchange.bedrock.procedures import RunningClock, Shut, perform, tick
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.negotiation import NEGOTIATION
from tongqu.exchange.treasury.billing.models import Bill
from tongqu.exchange.treasury.settlement.models import Settlement
from tongqu.exchange.treasury.sharing.models import Distribution

pytestmark = pytest.mark.slow


def at_once(*works: Callable[[], Any]) -> list[str]:
    """What each said: `done`, the code of its refusal, or what went wrong."""
    start, said = threading.Barrier(len(works)), [""] * len(works)

    def run(number: int, work: Callable[[], Any]) -> None:
        start.wait()
        try:
            work()
            said[number] = "done"
        except Shut as shut:
            said[number] = shut.code
        except Exception as error:
            said[number] = repr(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return said


def a_round_of_the_keeper(now: datetime) -> None:
    keeper.place_and_follow(now)
    keeper.settle_clocks(now)


def inspected(market: Market) -> Any:
    use = market.use(market.ask("verification", "lender", purposes=["risk-management"]), "lender")
    use.calls(4)
    use.stop()
    return use


def test_of_four_acceptances_one_counts(market: Market) -> None:
    use, by, now = inspected(market), market.town.actor("lender"), market.town.now
    said = at_once(*[lambda: perform(TRANSFER, "accept", use.transfer, by=by, at=now)] * 4)
    assert Counter(said) == {"done": 1, "not-now": 3}
    market.town.settle()
    assert (Bill.objects.count(), Distribution.objects.count()) == (1, 1)
    assert market.money("lender") == (2_000_000 - 3, 0)
    market.audited()


def test_accepting_and_objecting_at_once_ends_in_one_of_the_two(market: Market) -> None:
    use, by, now = inspected(market), market.town.actor("lender"), market.town.now
    said = at_once(
        lambda: perform(TRANSFER, "accept", use.transfer, by=by, at=now),
        lambda: perform(TRANSFER, "object", use.transfer, by=by, at=now, reason="回答与合同约定不符"),
    )
    assert Counter(said) == {"done": 1, "not-now": 1}
    market.town.settle()
    assert (use.state, market.settlement(use.deal).state) in {("accepted", "released"), ("objected", "held")}
    market.audited()


def test_the_buyer_and_silence_at_the_last_moment_accept_once(market: Market) -> None:
    use = inspected(market)
    last = RunningClock.objects.get(procedure="transfer", subject=use.transfer, name="inspection").due_at
    assert last is not None
    by = market.town.actor("lender")
    said = at_once(lambda: perform(TRANSFER, "accept", use.transfer, by=by, at=last), *[lambda: tick(last)] * 2)
    assert set(said) <= {"done", "not-now"}
    market.town.at(last)
    market.town.settle()
    assert (use.state, Bill.objects.count()) == ("accepted", 1)
    market.audited()


def test_signing_and_ending_at_once_leave_no_money_behind(market: Market) -> None:
    deal, now = market.ask("verification", "lender", purposes=["risk-management"]), market.town.now
    buyer, seller = market.town.actor("lender", second_factor=True), market.town.actor("bank")
    said = at_once(
        lambda: perform(NEGOTIATION, "verify", deal, by=buyer, at=now),
        lambda: perform(NEGOTIATION, "terminate", deal, by=seller, at=now, reason="暂停供应"),
        lambda: a_round_of_the_keeper(now),
    )
    assert "done" in said[:2]
    assert not [word for word in said if "(" in word], said
    market.town.settle()
    held = 850 if market.deal(deal).state == "finalized" else 0
    assert market.money("lender") == (2_000_000 - held, held)
    market.audited()


def test_three_keepers_at_once_do_everything_once(market: Market) -> None:
    now = market.town.now
    deals = [market.ask("verification", "lender", purposes=["risk-management"]) for _ in range(4)]
    for deal in deals:
        perform(NEGOTIATION, "verify", deal, by=market.town.actor("lender", second_factor=True), at=now)

    def keep() -> None:
        for _ in range(25):
            a_round_of_the_keeper(now)

    said = at_once(keep, keep, keep)
    assert said == ["done"] * 3
    market.town.settle()
    assert Counter(Settlement.objects.values_list("state", flat=True)) == {"held": 4}
    assert market.money("lender") == (2_000_000 - 4 * 850, 4 * 850)
    market.audited()


def test_two_deals_on_money_for_one_hold_it_for_one(market: Market) -> None:
    """Two keepers, one balance: the database lets only one of the two deals have it."""
    deals = [market.ask("dataset", "grid", purposes=["research"]) for _ in range(2)]  # 1,200 yuan each; grid has 1,500
    for deal in deals:
        perform(NEGOTIATION, "verify", deal, by=market.town.actor("grid", second_factor=True), at=market.town.now)
    now = market.town.now
    assert at_once(*[lambda: [a_round_of_the_keeper(now) for _ in range(10)]] * 2) == ["done"] * 2
    market.town.settle()
    assert Counter(Settlement.objects.values_list("state", flat=True)) == {"held": 1, "awaiting_funds": 1}
    assert market.money("grid") == (30_000, 120_000)
    market.audited()

"""The books under many writers: real processes on PostgreSQL, and random histories."""

from __future__ import annotations

import multiprocessing
import os
import random
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from tongqu.exchange.bedrock import ledger
from tongqu.exchange.bedrock.ledger import Expire, Hold, Move, Post, Reverse, Void

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def _try_hold(database: dict[str, Any], number: int, start: Any, answers: Any) -> None:
    """In a process of its own: waits for the others, then tries to hold everything."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tongqu.exchange.settings"
    import django

    django.setup()
    from django.db import connections

    connections["default"].settings_dict.update(database)
    start.wait()
    try:
        with transaction.atomic():
            ledger.post([Hold(f"deal/{number}", "party/7/available", "party/8/proceeds", 100)], at=NOON, fact_id=None)
        answers.put("held")
    except ledger.Overdraft:
        answers.put("overdraft")
    except Exception as error:
        answers.put(repr(error))


def _pay_fee(database: dict[str, Any], number: int, start: Any, answers: Any) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tongqu.exchange.settings"
    import django

    django.setup()
    from django.db import connections

    connections["default"].settings_dict.update(database)
    start.wait()
    try:
        for turn in range(20):
            one, other = ("party/7/available", "party/8/proceeds")[:: 1 if (number + turn) % 2 else -1]
            with transaction.atomic():
                moves = [Move(one, other, 1), Move(other, one, 1), Move(one, "exchange/fees", 1)]
                ledger.post(moves, at=NOON, fact_id=None)
        answers.put("paid")
    except Exception as error:
        answers.put(repr(error))


def _mix(database: dict[str, Any], number: int, start: Any, answers: Any) -> None:
    """Batches of moves, holds and reversals over a few accounts, popular ones among them, named in any order."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tongqu.exchange.settings"
    import django

    django.setup()
    from django.db import connections

    connections["default"].settings_dict.update(database)
    chance, made = random.Random(number), list[int]()
    accounts = ["party/7/available", "party/8/proceeds", "exchange/fees", "exchange/other"]
    start.wait()
    try:
        for turn in range(150):
            batch: list[ledger.Entry] = [Move(*chance.sample(accounts, 2), 1) for _ in range(chance.randint(1, 3))]
            batch += [Reverse(made.pop(chance.randrange(len(made)))) for _ in range(2) if made]
            name = f"mixed/{number}/{turn}"
            source, target = chance.sample(accounts, 2)
            chance.shuffle(batch)
            with transaction.atomic():
                made += ledger.post([*batch, Hold(name, source, target, 5)], at=NOON, fact_id=None)
            with transaction.atomic():
                ledger.post([Post(name, (Move(source, target, 3),))], at=NOON, fact_id=None)
        answers.put("done")
    except Exception as error:
        answers.put(repr(error))


def _together(work: Any, workers: int) -> list[str]:
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(workers), context.Queue()
    database = {key: connection.settings_dict[key] for key in ("NAME", "HOST", "PORT", "USER", "PASSWORD")}
    processes = [context.Process(target=work, args=(database, n, start, answers)) for n in range(workers)]
    for process in processes:
        process.start()
    said = [answers.get(timeout=120) for _ in processes]
    for process in processes:
        process.join(timeout=30)
    return said


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_holds_on_a_balance_for_one_exactly_one_succeeds() -> None:
    ledger.post([Move("bank/clearing", "party/7/available", 100)], at=NOON, fact_id=None)
    said = _together(_try_hold, 6)
    assert sorted(said) == ["held", *["overdraft"] * 5]
    assert ledger.audit() == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_opposite_moves_at_once_neither_deadlock_nor_lose_a_fen() -> None:
    ledger.post(
        [Move("bank/clearing", "party/7/available", 1_000), Move("bank/clearing", "party/8/proceeds", 1_000)],
        at=NOON,
        fact_id=None,
    )
    assert _together(_pay_fee, 4) == ["paid"] * 4
    assert ledger.balance("exchange/fees").available == 80
    assert ledger.audit() == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_mixed_batches_at_once_never_deadlock() -> None:
    for path in ("party/7/available", "party/8/proceeds", "exchange/fees", "exchange/other"):
        ledger.post([Move("bank/clearing", path, 100_000)], at=NOON, fact_id=None)
    assert _together(_mix, 4) == ["done"] * 4
    assert ledger.audit() == []


@pytest.mark.django_db(transaction=True)
def test_credits_to_a_popular_account_do_not_wait_for_each_other() -> None:
    """One connection has credited the fees and not committed; others on other stripes pass it by."""
    ledger.post([Move("bank/clearing", f"party/{n}/available", 10) for n in range(9)], at=NOON, fact_id=None)
    ledger.post([Move("bank/clearing", "exchange/fees", 1)], at=NOON, fact_id=None)
    passed, waited, stripes = list[int](), list[int](), set[int]()
    done = threading.Event()
    ready = threading.Barrier(2)

    def credit(party: int, wait: bool) -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("set local lock_timeout = '300ms'")
                cursor.execute("select bedrock_stripe()")
                stripe = cursor.fetchone()[0]
                ledger.post([Move(f"party/{party}/available", "exchange/fees", 1)], at=NOON, fact_id=None)
                if wait:
                    stripes.add(stripe)
                    ready.wait()
                    done.wait(timeout=30)
            passed.append(stripe)
        except OperationalError:
            waited.append(stripe)
        finally:
            connection.close()

    first = threading.Thread(target=credit, args=(0, True))
    first.start()
    ready.wait()
    others = [threading.Thread(target=credit, args=(n, False)) for n in range(1, 9)]
    for other in others:
        other.start()
    for other in others:
        other.join()
    done.set()
    first.join()
    assert set(waited) <= stripes
    assert len(passed) >= 5
    assert ledger.balance("exchange/fees").available == 1 + len(passed)


PARTIES = [f"party/{n}/available" for n in range(4)]
PAYERS = [*PARTIES, "exchange/fees"]


class Books(RuleBasedStateMachine):
    """Random entries in random order against a model of plain dictionaries."""

    holds = Bundle("holds")
    moves = Bundle("moves")

    @initialize()
    def open_books(self) -> None:
        self.outer = transaction.atomic()
        self.outer.__enter__()
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from bedrock_hold")
            self.number = cursor.fetchone()[0]
        self.start = {path: ledger.balance(path) for path in PAYERS}
        self.posted = {path: funds.posted for path, funds in self.start.items()}
        self.held = {path: funds.held for path, funds in self.start.items()}

    def teardown(self) -> None:
        if hasattr(self, "outer"):
            transaction.set_rollback(True)
            self.outer.__exit__(None, None, None)

    def post(self, *entries: ledger.Entry) -> tuple[int, ...] | None:
        try:
            with transaction.atomic():
                return ledger.post(entries, at=NOON, fact_id=None)
        except ledger.Overdraft:
            return None

    @rule(party=st.sampled_from(PARTIES), fen=st.integers(1, 10**6))
    def deposit(self, party: str, fen: int) -> None:
        assert self.post(Move("bank/clearing", party, fen))
        self.posted[party] += fen

    @rule(target=moves, source=st.sampled_from(PAYERS), to=st.sampled_from(PAYERS), fen=st.integers(1, 10**6))
    def move(self, source: str, to: str, fen: int) -> tuple[int, str, str, int] | None:
        if source == to:
            return None
        done = self.post(Move(source, to, fen))
        assert (done is not None) == (self.posted[source] - self.held[source] >= fen)
        if done is None:
            return None
        self.posted[source] -= fen
        self.posted[to] += fen
        return done[0], source, to, fen

    @rule(move=consumes(moves))
    def reverse(self, move: tuple[int, str, str, int] | None) -> None:
        if move is None:
            return
        number, source, to, fen = move
        done = self.post(Reverse(number))
        assert (done is not None) == (self.posted[to] - self.held[to] >= fen)
        if done is not None:
            self.posted[source] += fen
            self.posted[to] -= fen

    @rule(target=holds, source=st.sampled_from(PARTIES), fen=st.integers(1, 10**6))
    def hold(self, source: str, fen: int) -> tuple[str, str, int] | None:
        self.number += 1
        name = f"random/{self.number}"
        done = self.post(Hold(name, source, "exchange/fees", fen))
        assert (done is not None) == (self.posted[source] - self.held[source] >= fen)
        if done is None:
            return None
        self.held[source] += fen
        return name, source, fen

    @rule(hold=consumes(holds), part=st.integers(0, 100), otherwise=st.sampled_from([Void, Expire, Post]))
    def end(self, hold: tuple[str, str, int] | None, part: int, otherwise: type[Void | Expire | Post]) -> None:
        if hold is None:
            return
        name, source, fen = hold
        paid = fen * part // 100
        done = self.post(Post(name, (Move(source, "exchange/fees", paid),)) if paid else otherwise(name))
        assert done is not None
        self.held[source] -= fen
        self.posted[source] -= paid
        self.posted["exchange/fees"] += paid

    @invariant()
    def books_agree(self) -> None:
        if hasattr(self, "posted"):
            for path, posted in self.posted.items():
                funds = ledger.balance(path)
                assert (funds.posted, funds.held) == (posted, self.held[path])
                assert funds.available >= 0
            assert ledger.audit() == []


@pytest.mark.slow
@pytest.mark.django_db
def test_random_histories_never_unbalance_the_books() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

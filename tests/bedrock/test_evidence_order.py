"""One order for what many do at once: nothing is skipped, nothing is placed twice, nothing comes in behind a reader."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

import tongqu
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.evidence import NewFact, integrator

AT = datetime(2026, 3, 1, tzinfo=UTC)


def fact(subject_id: int, n: int = 0) -> NewFact:
    return NewFact(AT, "negotiation", "offer", subject_id, {"kind": "clock"}, {"n": n})


class Clerk:
    """Somebody with a connection of their own, who may take time between an act and its commit."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._atomic: Any = None

    def _do(self, what: Callable[..., Any], *values: Any) -> Any:
        return self._thread.submit(what, *values).result(timeout=30)

    def act(self, subject_id: int) -> int:
        def run() -> int:
            if self._atomic is None:
                self._atomic = transaction.atomic()
                self._atomic.__enter__()
            return evidence.append(fact(subject_id))

        return int(self._do(run))

    def commit(self) -> None:
        self._do(lambda: self._atomic.__exit__(None, None, None))
        self._atomic = None

    def think_again(self) -> None:
        self._do(lambda: self._atomic.__exit__(ValueError, ValueError("no"), None))
        self._atomic = None

    def leave(self) -> None:
        self._do(lambda: connection.close())  # its own connection: the name means another one in each thread
        self._thread.shutdown()


@pytest.mark.django_db(transaction=True)
def test_who_commits_late_comes_late_and_is_not_skipped() -> None:
    slow, quick = Clerk(), Clerk()
    try:
        first = slow.act(1)
        second = quick.act(2)
        quick.commit()
        assert first < second
        assert evidence.integrate() == 1
        assert [kept.id for kept in evidence.follow(-1, 10)] == [second]
        slow.commit()
        assert evidence.integrate() == 1
        assert [kept.id for kept in evidence.follow(0, 10)] == [first]
    finally:
        slow.leave()
        quick.leave()
    assert evidence.audit() == []


@pytest.mark.django_db(transaction=True)
@effort(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_the_order_of_commits_every_fact_has_one_place(data: st.DataObject) -> None:
    before = evidence.checkpoint()
    start = before.size if before else 0
    clerks = [Clerk() for _ in range(3)]
    open_: dict[int, list[int]] = {}
    kept: list[int] = []
    try:
        for _ in range(data.draw(st.integers(4, 20))):
            who = data.draw(st.integers(0, 2))
            step = data.draw(st.sampled_from(["act", "act", "commit", "think again", "integrate"]))
            if step == "act":
                open_.setdefault(who, []).append(clerks[who].act(who))
            elif step == "integrate":
                evidence.integrate(limit=data.draw(st.integers(1, 5)))
            elif who in open_:
                acts = open_.pop(who)
                if step == "commit":
                    clerks[who].commit()
                    kept += acts
                else:
                    clerks[who].think_again()
        for who, acts in open_.items():
            clerks[who].commit()
            kept += acts
        while evidence.integrate():
            pass
    finally:
        for clerk in clerks:
            clerk.leave()
    placed = evidence.follow(start - 1, 1000)
    assert [one.position for one in placed] == list(range(start, start + len(kept)))
    assert sorted(one.id for one in placed) == sorted(kept)
    for who in range(3):  # one clerk's acts follow each other, so their order is that of the log
        own = [one.id for one in placed if one.subject_id == who]
        assert own == sorted(own)
    assert evidence.audit() == []


@pytest.mark.django_db(transaction=True)
def test_the_second_integrator_stands_back() -> None:
    with transaction.atomic():
        evidence.append(fact(1))
    found: list[int] = []

    def other() -> None:
        found.append(evidence.integrate())
        connection.close()

    with transaction.atomic():
        assert integrator._alone()
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(timeout=30)
    assert found == [0]
    assert evidence.integrate() == 1


@pytest.mark.django_db(transaction=True)
def test_many_act_many_integrate_and_a_reader_follows() -> None:
    """Four clerks with random delays and second thoughts, two integrators, one reader with a cursor."""
    committed: set[int] = set()
    done = threading.Event()
    seen: list[tuple[int, int]] = []
    troubles: list[BaseException] = []

    def work(run: Callable[[], None]) -> None:
        try:
            run()
        except BaseException as error:
            troubles.append(error)
        finally:
            connection.close()

    def clerk(number: int) -> None:
        chance = random.Random(number)
        for n in range(40):
            try:
                with transaction.atomic():
                    ids = [evidence.append(fact(number, n)) for _ in range(chance.randint(1, 3))]
                    time.sleep(chance.random() * 0.01)
                    if chance.random() < 0.2:
                        raise LookupError
            except LookupError:
                continue
            committed.update(ids)

    def integrating() -> None:
        while not done.is_set():
            evidence.integrate(limit=7)

    def reading() -> None:
        after = -1
        while True:
            last = done.is_set()
            page = evidence.follow(after, 10)
            seen.extend((one.position, one.id) for one in page)
            after = page[-1].position if page else after
            if last and not page:
                return

    clerks = [threading.Thread(target=work, args=(lambda n=n: clerk(n),)) for n in range(4)]
    others = [threading.Thread(target=work, args=(run,)) for run in (integrating, integrating, reading)]
    for thread in clerks + others:
        thread.start()
    for thread in clerks:
        thread.join(timeout=60)
    deadline = time.monotonic() + 30
    while evidence.waiting() and time.monotonic() < deadline:
        time.sleep(0.01)
    done.set()
    for thread in others:
        thread.join(timeout=60)
    assert troubles == []
    assert [position for position, _ in seen] == list(range(len(committed)))
    assert {fact_id for _, fact_id in seen} == committed
    assert evidence.audit() == []


_LOOP = """
import django; django.setup()
from tongqu.exchange.bedrock import evidence
print("ready", flush=True)
while True:
    evidence.integrate(limit=3)
"""


def _until_it_has_placed_more_than(size: int) -> None:
    deadline = time.monotonic() + 60
    while (signed := evidence.checkpoint()) is None or signed.size <= size:
        assert time.monotonic() < deadline, "nothing was placed"
        time.sleep(0.01)


def _until_the_server_has_noticed() -> None:
    """The killed client's last statement may still run, and even commit: wait until nobody else is connected."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                   AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""
            )
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.01)
    raise AssertionError("another client is still connected")


@pytest.mark.django_db(transaction=True)
def test_an_integrator_killed_anywhere_leaves_a_whole_log() -> None:
    with transaction.atomic():
        for n in range(2000):
            evidence.append(fact(n))
    database = settings.DATABASES["default"]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tongqu.exchange.settings",
        "PYTHONPATH": str(Path(tongqu.__file__).parents[1]),
        "TONGQU_KEYS": str(settings.KEYS_ROOT),
        "DATABASE_URL": (
            f"postgresql://{database['USER']}:{database['PASSWORD']}@/{connection.settings_dict['NAME']}"
            f"?host={database['HOST']}&port={database['PORT']}"
        ),
    }
    chance, sizes = random.Random(20260301), [0]
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", _LOOP], env=environment, stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        _until_it_has_placed_more_than(sizes[-1])
        time.sleep(chance.random() * 0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        _until_the_server_has_noticed()
        signed = evidence.checkpoint()
        assert signed is not None
        assert signed.size + evidence.waiting() == 2000
        assert evidence.audit() == []
        sizes.append(signed.size)
    assert sizes[-1] > sizes[0]
    while evidence.integrate():
        pass
    assert [one.subject_id for one in evidence.follow(-1, 3000)] == list(range(2000))
    assert evidence.audit() == []

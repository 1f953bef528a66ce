"""Nobody who reads, and nothing that breaks off, makes the index tell of less than stands in it."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node.test_index import AN_EARLIER_SHAPE, carry_in, filled, given, keys, told
from tests.node.world import World, verification_permit
from tongqu.node.meters.index import Index
from tongqu.node.meters.journal import Place


@contextlib.contextmanager
def another_thread_reads(index: Index) -> Iterator[None]:
    """Between two rows of what it reads, as a statement's or a story's thread is again and again."""
    begun, goes_on = threading.Event(), threading.Event()

    def read() -> None:
        rows = index._reader.connection.execute("SELECT last FROM blocks UNION ALL SELECT 1 UNION ALL SELECT 2")
        rows.fetchone()
        begun.set()
        goes_on.wait(30)
        rows.fetchall()

    thread = threading.Thread(target=read)
    thread.start()
    assert begun.wait(30)
    try:
        yield
    finally:
        goes_on.set()
        thread.join()


def test_a_key_is_found_while_another_thread_reads(tmp_path: Path) -> None:
    old, new = keys(2)
    index = filled(tmp_path / "index.db", [("a", 1, old)])
    with another_thread_reads(index):
        index.add(told([(Place(2, 0, 0), given("a", 2, new))]))
        assert index.place_of_call("a", new) == Place(2, 0, 0)
    index.close()


def test_keys_are_found_while_another_thread_reads_and_they_are_carried(tmp_path: Path) -> None:
    (old,) = keys(1)
    index = filled(tmp_path / "index.db", [("a", 1, old)])
    with another_thread_reads(index):
        carry_in(index)
        assert index.place_of_call("a", old) == Place(1, 0, 0)
    index.close()


@pytest.mark.anyio
async def test_a_retry_is_billed_once_while_another_thread_reads(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        meter, call = world.keeper.meter, str(uuid.uuid4())
        with another_thread_reads(meter.index):
            first = (await world.ask("001", call=call)).json()
            await meter.catch_up()
            assert (await world.ask("001", call=call)).json() == first
        assert len(await world.receipts()) == 1


@pytest.mark.anyio
async def test_no_number_is_stated_twice_while_another_thread_reads(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        meter = world.keeper.meter
        await world.ask("001")
        await meter.catch_up()
        with another_thread_reads(meter.index):
            first = await meter.state("contract-1", world.keeper.now())
            await world.ask("001")
            second = await meter.state("contract-1", world.keeper.now())
        assert first is not None
        assert second is not None
        assert (first.number, second.number) == (1, 2)


@pytest.mark.anyio
async def test_an_index_of_an_earlier_shape_is_made_anew_though_that_broke_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        call = str(uuid.uuid4())
        first = (await world.ask("001", call=call)).json()
        await world.restart()
        with contextlib.closing(sqlite3.connect(tmp_path / "state" / "index.db")) as earlier:
            earlier.executescript(AN_EARLIER_SHAPE)

        def breaks_off(_: Index) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        with monkeypatch.context() as patch:
            patch.setattr(Index, "forget", breaks_off)
            with pytest.raises(sqlite3.OperationalError):
                await world.restart()
        await world.restart()
        assert (await world.ask("001", call=call)).json() == first


STOPS_AMID_READING = """
import sys, threading, time
from pathlib import Path
from tongqu.node.meters.index import Index
from tongqu.node.meters.readers import Readers

for at in range(40):
    index = Index(Path(sys.argv[1]) / "index.db")
    ended = []

    def read():
        try:
            while True:
                index._reader.rows("SELECT value FROM json_each('[1,2,3,4,5,6,7,8,9]')")
        except Exception as error:
            ended.append(type(error).__name__)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for each in threads:
        each.start()
    time.sleep(0.002)
    index.close()
    for each in threads:
        each.join()
    assert ended == ["ProgrammingError"] * 3, ended
"""


def test_an_index_that_is_closed_while_threads_read_tells_them_so(tmp_path: Path) -> None:
    """In a process of its own: to close what is in use would end it."""
    done = subprocess.run(
        [sys.executable, "-c", STOPS_AMID_READING, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.returncode, done.stderr)


def test_of_two_that_write_one_index_neither_loses_keys_of_the_other(tmp_path: Path) -> None:
    """As for a moment, when a journal is mended: the new meter is open, and the old one is not closed yet."""
    first, second, third = keys(3)
    one = filled(tmp_path / "index.db", [("a", 1, first)])
    other = Index(tmp_path / "index.db")
    other.add(told([(Place(2, 0, 0), given("a", 2, second))]))
    one.add(told([(Place(3, 0, 0), given("a", 3, third))]))
    carry_in(one)
    one.close()
    other.close()
    index = Index(tmp_path / "index.db")
    found = [index.place_of_call("a", call) for call in (first, second, third)]
    assert found == [Place(1, 0, 0), Place(2, 0, 0), Place(3, 0, 0)]
    index.close()


def test_what_two_write_and_carry_in_is_counted_once(tmp_path: Path) -> None:
    one = filled(tmp_path / "index.db", [("a", 1, keys(1)[0])])
    other = Index(tmp_path / "index.db")
    other.add(told([(Place(2, 0, 0), given("a", 2, keys(1)[0]))]))
    carry_in(other)
    one.add(told([(Place(3, 0, 0), given("a", 3, keys(1)[0]))]))
    for each in (one, other):
        assert (each.used(), each.heads()["a"].sequence) == ({"permit-of-a": 6}, 3)
        carry_in(each)
        assert (each.used(), each.heads()["a"].sequence) == ({"permit-of-a": 6}, 3)
        assert each.places_after("a", 0, 9) == [Place(1, 0, 0), Place(2, 0, 0), Place(3, 0, 0)]
    one.close()
    other.close()


def test_a_key_that_another_wrote_is_no_longer_surely_new(tmp_path: Path) -> None:
    one, other = Index(tmp_path / "index.db"), Index(tmp_path / "index.db")
    one.learn()
    first, second = keys(2)
    other.add(told([(Place(2, 0, 0), given("a", 1, first))]))
    one.add(told([(Place(3, 0, 0), given("a", 2, second))]))
    assert not one.surely_new("a", first)
    assert one.surely_new("a", keys(1)[0])
    one.close()
    other.close()


def test_a_round_that_is_refused_again_and_again_takes_no_more_memory(tmp_path: Path) -> None:
    index, seen = filled(tmp_path / "index.db", [("a", 1, keys(1)[0])]), []
    more = told((Place(2, n, 0), given("b", n + 1, call)) for n, call in enumerate(keys(50)))
    note = index._seen.add
    index._seen.add = lambda told: seen.append(len(told)) or note(told)  # type: ignore[method-assign, func-returns-value]

    def refused() -> None:
        raise sqlite3.OperationalError("database or disk is full")

    for _ in range(20):
        with pytest.raises(sqlite3.OperationalError):
            index.add(more, pause=refused)
        assert index._keys.waiting == 1
    index.add(more)
    assert (index._keys.waiting, seen) == (51, [50])
    index.close()


def test_keys_are_learnt_once(tmp_path: Path) -> None:
    filled(tmp_path / "index.db", [("a", n, call) for n, call in enumerate(keys(30), 1)]).close()
    index, learnt = Index(tmp_path / "index.db"), []
    note = index._seen.add
    index._seen.add = lambda told: learnt.extend(told) or note(told)  # type: ignore[method-assign, func-returns-value]
    index.add(told((Place(2, n, 0), given("a", 31 + n, call)) for n, call in enumerate(keys(20))))
    while index.learning:
        index.learn()
    assert len(learnt) == len(set(learnt)) == 50
    index.close()


def test_an_earlier_version_does_not_take_this_index_for_its_own(tmp_path: Path) -> None:
    """It looks up to where an index reaches in the table `reached`; where that says the end, it would read nothing and count from one."""
    index = filled(tmp_path / "index.db", [("a", 1, keys(1)[0])])
    assert index._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'reached'").fetchone() is None
    assert index.reached() == Place(1, 0, 0)
    index.close()


@pytest.mark.anyio
async def test_no_acknowledgements_wait_for_nothing(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        meter = world.keeper.meter
        async with meter._writing:  # something is being moved
            assert await meter.settle(()) == []

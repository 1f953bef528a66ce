"""The index gives back every call as it was taken in, finds it by its key, and is made anew from an earlier shape."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import sqlite3
import threading
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given as given_of
from hypothesis import settings
from hypothesis import strategies as st

from tests.node.world import NOON, World, verification_permit
from tongqu.node.meters import blocks, callkeys
from tongqu.node.meters import meter as meters
from tongqu.node.meters import round as rounds
from tongqu.node.meters.index import Index
from tongqu.node.meters.journal import Place
from tongqu.node.meters.round import Round
from tongqu.node.receipts import Given

AN_EARLIER_SHAPE = "DROP TABLE blocks; CREATE TABLE calls (contract TEXT, sequence INTEGER); PRAGMA user_version = 0;"


def given(contract: str, sequence: int, call: str, at: datetime = NOON, permit: str | None = None) -> Given:
    permit = permit or f"permit-of-{contract}"
    content = b"%d" % sequence
    digest = hashlib.sha256(content).hexdigest()
    return Given(contract, sequence, call, permit, at, "verification", 2, 1, None, content, digest)


def told(calls: Iterable[tuple[Place, Given]]) -> Round:
    made = Round()
    for place, each in calls:
        made.call(place, each, leaf(each))
    return made


def leaf(of: Given) -> bytes:
    """It may end with a zero."""
    return of.content.rjust(31, b"-") + b"\0"


def filled(file: Path, calls: list[tuple[str, int, str]]) -> Index:
    index = Index(file)
    index.add(told((Place(1, at, 0), given(*call)) for at, call in enumerate(calls)))
    return index


def carry_in(index: Index) -> None:
    """As when much has gathered."""
    with index._db:
        index._db.execute("BEGIN IMMEDIATE")
        index._carry_in(lambda: None)
    index._is_carried_in()


def keys(many: int) -> list[str]:
    return [str(uuid.uuid4()) for _ in range(many)]


def test_a_call_key_is_found_in_its_own_contract(tmp_path: Path) -> None:
    same, other = keys(2)
    index = filled(tmp_path / "index.db", [("a", 1, same), ("b", 1, same), ("a", 2, other)])
    assert index.place_of_call("a", same) == Place(1, 0, 0)
    assert index.place_of_call("b", same) == Place(1, 1, 0)
    assert index.place_of_call("a", other) == Place(1, 2, 0)
    assert index.place_of_call("b", other) is None
    index.close()


def test_keys_that_share_a_hash_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (callkeys, rounds):
        monkeypatch.setattr(module, "key_hash", lambda *_: 7)
    x, y, z = keys(3)
    calls = [("a", 1, x), ("a", 2, y), ("b", 1, x), ("b", 2, z)]
    index = filled(tmp_path / "index.db", calls)
    for _ in range(2):
        found = [index.place_of_call(contract, call) for contract, _, call in calls]
        assert found == [Place(1, n, 0) for n in range(4)]
        assert index.place_of_call("a", z) is None
        carry_in(index)
    index.close()


def test_keys_wait_in_memory_are_carried_into_their_tree_and_outlive_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callkeys, "CARRIED_AT", 600)
    calls = [("a", n + 1, call) for n, call in enumerate(keys(1_250))]
    index, file = Index(tmp_path / "index.db"), tmp_path / "index.db"

    def all_found() -> bool:
        return [index.place_of_call("a", call) for _, _, call in calls] == [Place(1, n, 0) for n in range(1_250)]

    for first in range(0, 1_250, 250):
        entries = [(Place(1, n, 0), given(*calls[n])) for n in range(first, first + 250)]
        index.add(told(entries))
    assert index._keys.waiting == 500  # the last two rounds
    assert index._db.execute("SELECT count(*) FROM keys").fetchone() == (750,)
    assert all_found()
    index._db.close()  # as if it were killed
    index._reader.close()
    index = Index(file)
    assert index._keys.waiting == 500
    assert all_found()
    index.close()


def test_what_breaks_off_while_keys_are_carried_leaves_them_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callkeys, "CARRIED_AT", 600)
    calls = [("a", n + 1, call) for n, call in enumerate(keys(1_000))]
    index = filled(tmp_path / "index.db", calls[:550])
    more = told((Place(1, 550 + n, 0), given(*call)) for n, call in enumerate(calls[550:]))

    def breaks_off() -> None:
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        index.add(more, pause=breaks_off)
    assert [index.place_of_call("a", call) for _, _, call in calls[:550]] == [Place(1, n, 0) for n in range(550)]
    assert index.place_of_call(*calls[550][::2]) is None
    index.add(more)
    assert [index.place_of_call("a", call) for _, _, call in calls] == [Place(1, n, 0) for n in range(1_000)]
    index.close()


def test_all_or_none_of_a_round_stand_and_the_same_round_may_come_again(tmp_path: Path) -> None:
    calls = [(f"c{n}", 1, call) for n, call in enumerate(keys(1_601))]
    index, pauses = Index(tmp_path / "index.db"), []
    entries = [(Place(1, at, 0), given(*call)) for at, call in enumerate(calls)]
    made = told(entries)

    def breaks_off() -> None:
        pauses.append(index.heads())
        if len(pauses) == 10:
            raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        index.add(made, pause=breaks_off)
    assert (index.heads(), index.place_of_call(*calls[0][::2])) == ({}, None)
    index.add(made)
    assert len(index.heads()) == 1_601
    assert [index.place_of_call(contract, call) for contract, _, call in calls] == [place for place, _ in entries]
    index.close()


def test_a_number_that_stands_there_is_not_taken_in_again(tmp_path: Path) -> None:
    index = filled(tmp_path / "index.db", [("a", n, call) for n, call in enumerate(keys(10), 1)])
    for first, last in ((10, 12), (3, 4), (1, 20)):
        again = told(
            (Place(2, n, 0), given("a", n, call)) for n, call in zip(range(first, last), keys(20), strict=False)
        )
        with pytest.raises(sqlite3.IntegrityError):
            index.add(again)
    assert index.heads()["a"].sequence == 10
    index.close()


@settings(max_examples=40, deadline=None)
@given_of(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("pq"), st.integers(0, 3)), min_size=1, max_size=120),
    st.integers(1, 40),
    st.integers(1, 7),
)
def test_calls_come_back_as_they_were_taken_in(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[str, str, int]], at_once: int, block: int
) -> None:
    """Whatever the rounds, the gaps and the permits between: nothing is lost, doubled or out of its order."""
    numbers, entries = {"a": 0, "b": 0}, []
    for at, (contract, permit, gap) in enumerate(drawn):
        numbers[contract] += 1 + (gap if gap > 2 else 0)
        moment = NOON + timedelta(seconds=at)
        entries.append((Place(1, at, at % 5), given(contract, numbers[contract], str(uuid.uuid4()), moment, permit)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK_CALLS_MAX", block)
        index = Index(tmp_path_factory.mktemp("index") / "index.db")
        for first in range(0, len(entries), at_once):
            index.add(told(entries[first : first + at_once]))
    for contract in "ab":
        own = [(place, each) for place, each in entries if each.contract == contract]
        for after in (0, 1, numbers[contract] // 2, numbers[contract]):
            wanted = [(place, each) for place, each in own if each.sequence > after]
            assert index.places_after(contract, after, 1_000) == [place for place, _ in wanted]
            assert index.places_after(contract, after, 3) == [place for place, _ in wanted[:3]]
            for limit in (1_000, 3):
                counted = index.counted_after(contract, after, limit)
                numbers_of = [n for one in counted for n in range(one.first, one.first + len(one.leaves))]
                assert numbers_of == [each.sequence for _, each in wanted[:limit]]
                assert sum(one.calls for one in counted) == 2 * sum(one.units for one in counted) == 2 * len(numbers_of)
                assert [leaf for one in counted for leaf in one.leaves] == [leaf(each) for _, each in wanted[:limit]]
                moments = {each.sequence: each.at for _, each in wanted}
                for one in counted:
                    assert (one.first_at, one.last_at) == (
                        moments[one.first],
                        moments[one.first + len(one.leaves) - 1],
                    )
            assert index._blocks.calls_until(contract, after) == 2 * (len(own) - len(wanted))
        for number in range(numbers[contract] + 2):
            assert index.moment_of(contract, number) == next((e.at for _, e in own if e.sequence == number), None)
        for place, each in own:
            assert index.place_of_call(contract, each.call) == place
    for since in (NOON - timedelta(seconds=1), NOON + timedelta(seconds=len(drawn) // 2)):
        told_of = index.requests_since(since)
        for permit in "pq":
            lately = [each.at for _, each in entries if each.permit == permit and each.at > since]
            assert sorted(told_of.get(permit, [])) == lately
    index.close()


@pytest.mark.anyio
async def test_an_index_with_a_row_for_each_call_is_made_anew(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        call = str(uuid.uuid4())
        first = (await world.ask("001", call=call)).json()
        await world.ask("002")
        await world.restart()
        await world.keeper.meter.catch_up()
        with contextlib.closing(sqlite3.connect(tmp_path / "state" / "index.db")) as earlier:
            earlier.executescript(AN_EARLIER_SHAPE)
        await world.restart()
        assert (await world.ask("001", call=call)).json() == first
        assert [one["body"]["sequence"] for one in await world.receipts()] == [1, 2]
        tables = world.keeper.meter.index._db.execute("SELECT name FROM sqlite_master WHERE name = 'calls'")
        assert tables.fetchall() == []


def test_the_last_minute_of_each_permit_is_told_oldest_first(tmp_path: Path) -> None:
    index, moments = Index(tmp_path / "index.db"), [NOON + timedelta(seconds=n) for n in range(4)]
    entries = [
        (Place(1, n, 0), given("a", n + 1, call, at)) for n, (at, call) in enumerate(zip(moments, keys(4), strict=True))
    ]
    index.add(told([*entries, (Place(1, 9, 0), given("b", 1, keys(1)[0], NOON - timedelta(hours=1)))]))
    assert index.requests_since(moments[1]) == {"permit-of-a": moments[2:]}
    assert index.requests_since(moments[3]) == {}
    index.close()


@pytest.mark.anyio
async def test_a_few_calls_wait_a_second_for_others_and_not_for_whoever_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meters, "INDEX_SECONDS_MOST", 3_600.0)
    monkeypatch.setattr(meters, "INDEX_ENTRIES_LEAST", 3)
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        meter = world.keeper.meter
        await meter.catch_up()
        for _ in range(2):
            await world.ask("001")
        await meter.keep_up()
        assert meter.index.heads() == {}
        assert len(await world.receipts()) == 2  # who asks sees all
        for _ in range(3):
            await world.ask("001")
        await meter.keep_up()
        assert meter.index.heads()["contract-1"].sequence == 5


@pytest.mark.anyio
async def test_whoever_asks_does_not_wait_for_pauses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that makes hour-long pauses is at its end as soon as somebody wants to read."""
    monkeypatch.setattr(meters, "PAUSE_SECONDS", 3_600.0)
    monkeypatch.setattr(meters, "INDEX_ENTRIES_LEAST", 1)
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        meter, begun = world.keeper.meter, threading.Event()
        add = meter.index._add_calls

        def begins(*given: object) -> object:
            begun.set()
            return add(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(meter.index, "_add_calls", begins)
        await world.ask("001")
        slow = asyncio.create_task(meter.keep_up())
        assert await asyncio.to_thread(begun.wait, 30)
        async with asyncio.timeout(30):
            assert len(await world.receipts()) == 1
            await slow

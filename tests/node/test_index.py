"""The index finds a call by its key and a permit's last minute, whatever it was made of, and is brought up from an earlier shape."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.node.world import NOON, World, verification_permit
from tongqu.node.meters import index as indexes
from tongqu.node.meters import meter as meters
from tongqu.node.meters.index import Index, Line
from tongqu.node.meters.journal import Place
from tongqu.node.receipts import Given


def line(contract: str, sequence: int, call: str, at: datetime = NOON) -> Line:
    given = Given(contract, sequence, call, f"permit-of-{contract}", at, "verification", 1, 1, None, b"%d" % sequence)
    return Line.of(given, b"leaf")


def filled(file: Path, calls: list[tuple[str, int, str]]) -> Index:
    index = Index(file)
    index.add([(Place(1, at, 0), line(*call)) for at, call in enumerate(calls)])
    return index


def test_a_call_key_is_found_in_its_own_contract(tmp_path: Path) -> None:
    same, other = str(uuid.uuid4()), str(uuid.uuid4())
    index = filled(tmp_path / "index.db", [("a", 1, same), ("b", 1, same), ("a", 2, other)])
    assert index.place_of_call("a", same) == Place(1, 0, 0)
    assert index.place_of_call("b", same) == Place(1, 1, 0)
    assert index.place_of_call("a", other) == Place(1, 2, 0)
    assert index.place_of_call("b", other) is None
    index.close()


def test_keys_that_share_a_hash_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "key_hash", lambda *_: 7)
    calls = [("a", 1, "x"), ("a", 2, "y"), ("b", 1, "x"), ("b", 2, "z")]
    index = filled(tmp_path / "index.db", calls)
    assert [index.place_of_call(contract, call) for contract, _, call in calls] == [Place(1, n, 0) for n in range(4)]
    assert index.place_of_call("a", "z") is None
    index.close()


def test_many_calls_are_taken_in_by_pieces_and_all_or_none_stand(tmp_path: Path) -> None:
    calls = [("a", n + 1, str(uuid.uuid4())) for n in range(1_234)]
    index, pauses = Index(tmp_path / "index.db"), []
    entries = [(Place(1, at, 0), line(*call)) for at, call in enumerate(calls)]

    def breaks_off() -> None:
        pauses.append(index.heads())
        if len(pauses) == 10:
            raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        index.add(entries, pause=breaks_off)
    assert (index.heads(), index.place_of_call(*calls[0][::2])) == ({}, None)
    index.add(entries)
    assert [head.sequence for head in index.heads().values()] == [1_234]
    assert [index.place_of_call("a", call) for _, _, call in calls] == [place for place, _ in entries]
    index.close()


def test_an_index_with_its_keys_in_a_tree_of_texts_is_brought_up(tmp_path: Path) -> None:
    calls = [("a", 1, str(uuid.uuid4())), ("a", 2, str(uuid.uuid4())), ("b", 1, str(uuid.uuid4()))]
    filled(tmp_path / "index.db", calls).close()
    with contextlib.closing(sqlite3.connect(tmp_path / "index.db")) as earlier:
        earlier.executescript(
            "DROP TABLE keys; CREATE UNIQUE INDEX calls_by_key ON calls (contract, call);"
            "CREATE INDEX calls_by_moment ON calls (at_us, permit);"
        )
    index = Index(tmp_path / "index.db")
    assert [index.place_of_call(contract, call) for contract, _, call in calls] == [Place(1, n, 0) for n in range(3)]
    index.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "index.db")) as now:
        assert now.execute("SELECT name FROM sqlite_master WHERE name LIKE 'calls_by%'").fetchall() == []
    Index(tmp_path / "index.db").close()


def test_the_last_minute_of_each_permit_is_told_oldest_first(tmp_path: Path) -> None:
    index, moments = Index(tmp_path / "index.db"), [NOON + timedelta(seconds=n) for n in range(4)]
    entries = [(Place(1, n, 0), line("a", n + 1, str(n), at)) for n, at in enumerate(moments)]
    index.add([*entries, (Place(1, 9, 0), line("b", 1, "0", NOON - timedelta(hours=1)))])
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
        add = meter.index._add_some

        def told(*given: object) -> None:
            begun.set()
            add(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(meter.index, "_add_some", told)
        await world.ask("001")
        slow = asyncio.create_task(meter.keep_up())
        assert await asyncio.to_thread(begun.wait, 30)
        async with asyncio.timeout(30):
            assert len(await world.receipts()) == 1
            await slow

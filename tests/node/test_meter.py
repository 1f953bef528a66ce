"""What the meter does behind the calls: gathering, sealing, indexing, and being stopped amid them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import sqlite3
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.node.test_journal import frames_read
from tests.node.world import NOON, receipts_of, verification_permit
from tongqu.node.meters import Journal, JournalBroken, Meter
from tongqu.node.meters.evidence import Evidence, in_passing
from tongqu.node.meters.index import CallEntry
from tongqu.node.meters.trees import Trees
from tongqu.node.receipts import Asked
from tongqu.wire import merkle
from tongqu.wire.acknowledgement import Acknowledgement
from tongqu.wire.canonical import digest
from tongqu.wire.message import seal_message
from tongqu.wire.receipt import quick_bytes
from tongqu.wire.seals import TREE_LEAVES_MAX, Ed25519Signer

pytestmark = pytest.mark.anyio

PERMIT = verification_permit()
CONTRACT = PERMIT.contract


def _meter(folder: Path) -> Meter:
    return Meter(folder, node="node-1", signer=Ed25519Signer.generate(), now=NOON)


def _call(number: int) -> str:
    return str(uuid.UUID(int=number))


def _asked(number: int, purpose: str = "信贷审批") -> Asked:
    return Asked(_call(number), purpose, "0" * 64, "1" * 64, "2" * 64, calls=1, units=1)


async def _answered(meter: Meter, *numbers: int) -> None:
    pending = [meter.record(PERMIT, _asked(number), "AA==", NOON) for number in numbers]
    await asyncio.gather(*(each.settled() for each in pending))


async def test_what_was_gathered_a_moment_before_the_stop_is_on_the_disk(tmp_path: Path) -> None:
    meter = _meter(tmp_path)
    await _answered(meter, 1, 2)  # together: the next ones are waited for a moment
    pending = meter.record(PERMIT, _asked(3), "AA==", NOON)
    waits = asyncio.create_task(pending.settled())
    await meter.close()
    await waits
    again = _meter(tmp_path)
    assert again.head(CONTRACT).sequence == 3
    await again.close()


async def test_a_stop_amid_the_indexing_adds_nothing_twice_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = _meter(tmp_path)
    await _answered(meter, *range(10))
    begun, goes_on, add = threading.Event(), threading.Event(), meter.index.add

    def slowly(*entries: Any, **more: Any) -> None:
        begun.set()
        goes_on.wait(10)
        add(*entries, **more)

    monkeypatch.setattr(meter.index, "add", slowly)
    indexing = asyncio.create_task(meter.catch_up())
    await asyncio.to_thread(begun.wait, 10)
    indexing.cancel()
    await asyncio.sleep(0)
    goes_on.set()
    with contextlib.suppress(asyncio.CancelledError):
        await indexing
    await meter.catch_up()  # would fail at the first call that stands there already
    found = await receipts_of(meter, CONTRACT, 0, 100)
    assert [receipt["body"]["call"] for receipt in found] == [_call(number) for number in range(10)]
    await meter.close()


async def test_a_stop_amid_an_indexing_that_fails_is_a_stop_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = _meter(tmp_path)
    await _answered(meter, 1, 2)
    begun, goes_on = threading.Event(), threading.Event()

    def full(*_entries: Any, **_more: Any) -> None:
        begun.set()
        goes_on.wait(10)
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as without_room:
        without_room.setattr(meter.index, "add", full)
        indexing = asyncio.create_task(meter.catch_up())
        await asyncio.to_thread(begun.wait, 10)
        indexing.cancel()
        await asyncio.sleep(0)
        goes_on.set()
        with pytest.raises(asyncio.CancelledError):  # a fault in its place would have the work go on after the stop
            await indexing
        with pytest.raises(sqlite3.OperationalError):
            await meter.catch_up()
    assert len(await receipts_of(meter, CONTRACT, 0, 100)) == 2
    await meter.close()


async def test_who_is_told_twice_to_stop_amid_the_indexing_leaves_nothing_to_be_added_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = _meter(tmp_path)
    await _answered(meter, 1, 2)
    begun, goes_on, add = threading.Event(), threading.Event(), meter.index.add

    def slowly(*entries: Any, **more: Any) -> None:
        begun.set()
        goes_on.wait(10)
        add(*entries, **more)

    monkeypatch.setattr(meter.index, "add", slowly)
    indexing = asyncio.create_task(meter.catch_up())
    await asyncio.to_thread(begun.wait, 10)
    for _ in range(2):
        indexing.cancel()
        await asyncio.sleep(0)
    goes_on.set()
    with contextlib.suppress(asyncio.CancelledError):
        await indexing
    assert len(await receipts_of(meter, CONTRACT, 0, 100)) == 2
    await meter.close()


async def test_more_than_one_seal_has_room_for_is_written_at_the_stop(tmp_path: Path) -> None:
    meter, count = _meter(tmp_path), 2 * TREE_LEAVES_MAX + 1
    pending = [meter.record(PERMIT, _asked(number), "AA==", NOON) for number in range(count)]
    await meter.close()
    await asyncio.gather(*(each.settled() for each in pending))
    again = _meter(tmp_path)
    assert again.head(CONTRACT).sequence == count
    await again.close()


async def test_a_seal_that_cannot_be_made_leaves_no_caller_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = _meter(tmp_path)

    def lost(_signer: Ed25519Signer, _message: bytes) -> bytes:
        raise MemoryError

    with monkeypatch.context() as without_key:
        without_key.setattr(Ed25519Signer, "sign", lost)
        with pytest.raises(JournalBroken):
            await _answered(meter, 1)
    assert meter.broken == "MemoryError"
    with pytest.raises(JournalBroken):
        meter.record(PERMIT, _asked(2), "AA==", NOON)
    await meter.close()
    again = _meter(tmp_path)
    assert again.head(CONTRACT).sequence == 0
    await again.close()


async def test_a_call_key_is_new_until_it_was_used_and_never_after(tmp_path: Path) -> None:
    meter = _meter(tmp_path)
    assert meter.is_new(CONTRACT, _call(1))
    pending = meter.record(PERMIT, _asked(1), "AA==", NOON)
    assert not meter.is_new(CONTRACT, _call(1))  # not on the disk yet
    await pending.settled()
    await meter.catch_up()
    assert not meter.is_new(CONTRACT, _call(1))
    await meter.close()
    again = _meter(tmp_path)
    assert not again.is_new(CONTRACT, _call(1))
    assert await again.find(CONTRACT, _call(1)) is not None
    await again.close()


async def test_what_was_handed_over_first_stands_first_also_where_the_disk_has_become_quick_meanwhile(
    tmp_path: Path,
) -> None:
    """One call is with the journal's thread, another is gathered behind it, and the meter closes."""
    meter = _meter(tmp_path)
    meter.journal._slow_until = math.inf
    first = asyncio.ensure_future(meter.record(PERMIT, _asked(1), "AA==", NOON).settled())
    while not meter._under_way:
        await asyncio.sleep(0)
    second = asyncio.ensure_future(meter.record(PERMIT, _asked(2), "AA==", NOON).settled())
    meter.journal._slow_until = 0.0
    while not meter.journal.is_quick:
        threading.Event().wait(0.001)  # the loop is busy with something else until the first is on the disk
    await meter.close()
    await asyncio.gather(first, second)
    again = _meter(tmp_path)
    assert again.head(CONTRACT).sequence == 2
    assert [place for place, _ in again.journal.entries()] == again.index.places_after(CONTRACT, 0, 9)
    await again.close()


async def test_an_index_that_fails_is_left_alone_for_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tongqu.node.meters.meter.INDEX_ENTRIES_LEAST", 1)
    meter, tries = _meter(tmp_path), []
    await _answered(meter, 1)

    def locked(*_: Any, **__: Any) -> None:
        tries.append(1)
        raise sqlite3.OperationalError("database is locked")

    with monkeypatch.context() as index:
        index.setattr(meter.index, "add", locked)
        with pytest.raises(sqlite3.OperationalError):
            await meter.keep_up()
        for _ in range(5):
            await meter.keep_up()
    assert len(tries) == 1
    await meter.catch_up()
    assert meter.index.heads()[CONTRACT].sequence == 1
    await meter.close()


async def _one_after_the_other(meter: Meter, first: int, count: int) -> None:
    """Each comes three turns of the loop after the one before it."""
    pending = []
    for number in range(first, first + count):
        pending.append(meter.record(PERMIT, _asked(number), "AA==", NOON))
        for _ in range(3):
            await asyncio.sleep(0)
    await asyncio.gather(*(each.settled() for each in pending))


async def test_calls_that_come_together_again_share_a_frame_and_one_alone_waits_for_them_but_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Journal, "is_quick", True)  # however busy this machine is
    meter = _meter(tmp_path)
    await _answered(meter, *range(8))
    await _one_after_the_other(meter, 8, 8)  # as many as before, but not at once: the first waits for the eighth
    assert meter.journal.frames == 2
    waits = asyncio.ensure_future(meter.record(PERMIT, _asked(16), "AA==", NOON).settled())
    turns = 0
    while not waits.done():
        turns += 1
        await asyncio.sleep(0)
    assert 40 <= turns < 50
    for number in range(17, 24):  # fewer are thought of with each
        await _answered(meter, number)
    assert meter.journal.frames == 10
    await _one_after_the_other(meter, 24, 2)  # nobody came together for a while: neither waits
    assert meter.journal.frames == 12
    await meter.close()


async def test_a_page_of_receipts_reads_each_frame_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Journal, "is_quick", True)  # however busy this machine is
    meter = _meter(tmp_path)
    await _answered(meter, *range(50))
    await _answered(meter, *range(50, 100))
    assert meter.journal.frames == 2
    read = frames_read(monkeypatch)
    found = await receipts_of(meter, CONTRACT, 10, 80)
    assert [one["body"]["call"] for one in found] == [_call(number) for number in range(10, 90)]
    assert len(read) == 2
    await meter.close()


async def test_a_page_is_the_receipts_as_they_were_sealed(tmp_path: Path) -> None:
    """Also those of a journal from before they were written once for all; and no other contract's, whatever the index says."""
    meter, other = _meter(tmp_path), verification_permit(id="permit-9", contract="contract-9")
    cunning = ('","answers":"AA=="}', '"},"seal":{}},"answers":"', '"contract":"contract-9",', "\\", "信贷审批")
    calls = [meter.record(PERMIT, _asked(n, purpose), "AA==", NOON) for n, purpose in enumerate(cunning)]
    written = [(await call.settled()).written for call in calls]
    page = await meter.receipts(CONTRACT, 0, 5)
    assert page == (b"[%b]" % b",".join(written), 5)
    assert (await meter.receipts(CONTRACT, 2, 5)) == (b"[%b]" % b",".join(written[2:]), None)
    assert await meter.receipts("contract-9", 0, 5) == (b"[]", None)
    assert json.loads(page.written)[1]["body"]["purpose"] == cunning[1]
    old = {"receipt": json.loads(written[1]), "answers": "AA=="}
    assert CallEntry.receipt_in(json.dumps(old, ensure_ascii=False).encode()) == written[1]
    assert [CallEntry.body_in(one) for one in written] == [quick_bytes(json.loads(one)["body"]) for one in written]
    await meter.record(other, _asked(9), "AA==", NOON).settled()
    await meter.catch_up()
    places = meter.index.places_after("contract-9", 0, 1)
    meter.index.places_after = lambda *_asked: places  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="another contract"):
        await meter.receipts(CONTRACT, 0, 5)
    await meter.close()


def test_what_is_read_for_nothing_leaves_half_the_time_to_the_calls() -> None:
    def works() -> int:
        while time.thread_time() < until:
            pass
        return 7

    began, until = time.perf_counter(), time.thread_time() + 0.05
    assert in_passing(works) == 7
    assert time.perf_counter() - began >= 0.1


async def test_the_way_of_a_receipt_is_the_same_whether_its_tree_was_kept_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = _meter(tmp_path)
    for first in range(1, 1_201, 400):
        await _answered(meter, *range(first, first + 400))
    await meter.catch_up()
    leaves = [leaf for each in meter.index.counted_after(CONTRACT, 0, 1_200) for leaf in each.leaves]
    trees, counted_after, read = Trees(meter.index), meter.index.counted_after, list[int]()
    for first, count in ((1, 1), (1, 64), (3, 63), (2, 65), (17, 1_130)):
        of_tree = leaves[first - 1 : first - 1 + count]
        for at in {0, count // 2, count - 1}:
            way = merkle.inclusion_proof(at, count, merkle.in_memory(of_tree))
            assert trees.way(CONTRACT, first, count, first + at) == way

    def noted(contract: str, sequence: int, limit: int) -> Any:
        read.append(limit)
        return counted_after(contract, sequence, limit)

    monkeypatch.setattr(meter.index, "counted_after", noted)
    trees.way(CONTRACT, 17, 1_130, 600)
    assert sum(read) < 128
    await meter.close()


async def test_a_receipt_is_proved_with_three_looks_at_the_journal_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its neighbours stand in two frames, and those up to the buyer's acknowledgement in the second of them."""
    monkeypatch.setattr(Journal, "is_quick", True)
    meter = _meter(tmp_path)
    await _answered(meter, *range(50))
    await _answered(meter, *range(50, 100))
    (last,) = await receipts_of(meter, CONTRACT, 99, 1)
    told = Acknowledgement("node-1", CONTRACT, 100, digest(last["body"]), NOON)
    assert await meter.acknowledge(told, seal_message(told, Ed25519Signer.generate())) == 100
    read = frames_read(monkeypatch)
    story = json.loads(await meter.story(CONTRACT, 50) or b"null")
    assert [story[name]["body"]["sequence"] for name in ("before", "receipt", "after")] == [49, 50, 51]
    assert [body["sequence"] for body in story["chain"]] == list(range(52, 101))
    assert len(read) == 3
    await meter.close()


async def test_a_call_key_that_comes_again_is_read_off_the_loop_and_a_new_one_waits_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter, read = _meter(tmp_path), []
    await _answered(meter, 1)
    await meter.catch_up()
    entries_at = Journal.entries_at

    def noted(journal: Journal, places: Any) -> Any:
        read.append(threading.current_thread())
        return entries_at(journal, places)

    monkeypatch.setattr(Journal, "entries_at", noted)
    found = await meter.find(CONTRACT, _call(1))
    assert found is not None
    assert found.envelope["body"]["call"] == _call(1)
    assert threading.current_thread() not in read
    assert len(read) == 1
    with pytest.raises(StopIteration) as ended:
        meter.find(CONTRACT, _call(2)).send(None)
    assert ended.value.value is None
    await meter.close()


async def test_pages_that_take_their_time_keep_nothing_else_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight pages of one contract: one is read, and a page of another contract, a call that comes again, an acknowledgement and a
    statement wait for none of them."""
    other = verification_permit(id="permit-9", contract="contract-9")
    meter, begun, goes_on = _meter(tmp_path), threading.Semaphore(0), threading.Event()
    await _answered(meter, 1)
    await meter.record(other, _asked(2), "AA==", NOON).settled()
    (first,) = await receipts_of(meter, CONTRACT, 0, 1)
    page = Evidence._page

    def held(evidence: Evidence, contract: str, after: int, limit: int) -> Any:
        if limit == 1_000:
            begun.release()
            assert goes_on.wait(60)
        return page(evidence, contract, after, limit)

    monkeypatch.setattr(Evidence, "_page", held)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    pages = [asyncio.create_task(receipts_of(meter, CONTRACT, 0, 1_000)) for _ in range(8)]
    while not begun.acquire(blocking=False):
        await asyncio.sleep(0.01)
    try:
        async with asyncio.timeout(30):
            assert len(await receipts_of(meter, "contract-9", 0, 10)) == 1
            assert await meter.story("contract-9", 1) is not None
            assert await meter.find(CONTRACT, _call(1)) is not None
            told = Acknowledgement("node-1", CONTRACT, 1, digest(first["body"]), NOON)
            assert await meter.acknowledge(told, seal_message(told, Ed25519Signer.generate())) == 1
            assert await meter.state(CONTRACT, NOON) is not None
        assert not begun.acquire(blocking=False)
    finally:
        goes_on.set()
    assert [len(each) for each in await asyncio.gather(*pages)] == [1] * 8
    await meter.close()


async def test_a_meter_that_is_closed_waits_for_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meter, begun, goes_on = _meter(tmp_path), threading.Event(), threading.Event()
    await _answered(meter, 1)
    page = Evidence._page

    def held(*told: Any) -> Any:
        begun.set()
        assert goes_on.wait(60)
        return page(*told)

    monkeypatch.setattr(Evidence, "_page", held)
    reads = asyncio.create_task(receipts_of(meter, CONTRACT, 0, 10))
    while not begun.is_set():
        await asyncio.sleep(0.01)
    try:
        await asyncio.wait_for(meter.close(), 30)
    finally:
        goes_on.set()
    with pytest.raises(sqlite3.ProgrammingError):
        await reads

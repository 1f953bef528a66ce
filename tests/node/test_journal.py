"""The journal loses nothing that was told and keeps nothing that was not, wherever it is cut."""

from __future__ import annotations

import asyncio
import errno
import math
import os
import shutil
import sqlite3
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.node.world import NOON, World, codes, verification_permit
from tongqu.node.meters import Journal, JournalBroken, JournalDamaged
from tongqu.node.meters.journal import HEADER, Place, frame_of, payload_at


def write(journal: Journal, *entries: bytes) -> list[Place]:
    """Submits and waits, as the meter does without a loop."""
    told: list[tuple[Any, Place]] = []
    failed: list[JournalBroken] = []
    done = threading.Event()

    def committed(tickets: list[tuple[Any, Place]], broken: JournalBroken | None) -> None:
        told.extend(tickets)
        if broken:
            failed.append(broken)
        if len(told) == len(entries):
            done.set()

    journal.submit([None] * len(entries), lambda: entries, committed)
    assert done.wait(10)
    if failed:
        raise failed[0]
    return [place for _, place in told]


def frames_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with each frame that is read and checked from now on."""
    read, whole = [], payload_at

    def counted(data: bytes, offset: int) -> bytes | None:
        read.append(offset)
        return whole(data, offset)

    monkeypatch.setattr("tongqu.node.meters.journal.payload_at", counted)
    return read


def read(folder: Path) -> list[bytes]:
    journal = Journal(folder)
    try:
        return [entry for _, entry in journal.entries()]
    finally:
        journal.close()


def test_what_was_written_is_read_again_in_order_and_by_its_place(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    places = [*write(journal, b"one", b"two"), *write(journal, b"three")]
    assert [journal.entry(place) for place in places] == [b"one", b"two", b"three"]
    assert [entry for _, entry in journal.entries(places[0])] == [b"two", b"three"]
    journal.close()
    assert read(tmp_path) == [b"one", b"two", b"three"]


def test_entries_are_read_in_the_order_of_their_places_and_each_frame_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    first, second = write(journal, b"1", b"2", b"3"), write(journal, b"4", b"5")
    read = frames_read(monkeypatch)
    asked = [second[1], first[2], first[0], second[1], second[0]]
    assert journal.entries_at(asked) == [b"5", b"3", b"1", b"5", b"4"]
    assert len(read) == 2
    assert journal.entries_at([]) == []
    with pytest.raises(JournalDamaged):
        journal.entries_at([first[0], Place(second[0].file, second[0].offset + 1)])
    journal.close()


def test_small_frames_that_stand_together_are_read_together_and_large_ones_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, pread, looks = Journal(tmp_path), os.pread, list[int]()
    entries = [b"%d" % n * (700 if n % 50 else 90_000) for n in range(200)]
    places = [write(journal, entry)[0] for entry in entries]

    def noted(handle: int, size: int, offset: int) -> bytes:
        looks.append(offset)
        return pread(handle, size, offset)

    monkeypatch.setattr(os, "pread", noted)
    assert journal.entries_at(places) == entries
    assert len(looks) < 30
    assert journal.entries_at(places[::-7]) == entries[::-7]
    journal.close()


def test_a_frame_torn_at_any_byte_is_cut_off_and_the_rest_kept(tmp_path: Path) -> None:
    told = frame_of([b"told-1", b"told-2"])
    torn = frame_of([b"never told " * 3])
    for length in range(len(torn)):
        folder = tmp_path / str(length)
        folder.mkdir()
        (folder / "journal-00000001.log").write_bytes(told + torn[:length])
        journal = Journal(folder)
        assert journal.cut_bytes == len(torn[:length].rstrip(b"\0"))  # zeros may have been laid out before
        write(journal, b"after")
        journal.close()
        assert read(folder) == [b"told-1", b"told-2", b"after"], f"torn at byte {length}"


def test_a_tail_of_zeros_or_rubbish_is_cut_off_too(tmp_path: Path) -> None:
    for name, tail in (("zeros", bytes(5000)), ("rubbish", b"TQJ1" * 50), ("other", frame_of([b"x"])[:-1] + b"y")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "journal-00000001.log").write_bytes(frame_of([b"told"]) + tail)
        assert read(folder) == [b"told"]


def test_one_changed_byte_in_what_was_told_is_found_and_named(tmp_path: Path) -> None:
    first, second = frame_of([b"told-1"]), frame_of([b"told-2"])
    for at in range(len(first)):
        folder = tmp_path / str(at)
        folder.mkdir()
        data = bytearray(first + second)
        data[at] ^= 0x40
        (folder / "journal-00000001.log").write_bytes(data)
        with pytest.raises(JournalDamaged) as caught:
            Journal(folder)
        assert "journal-00000001.log" in caught.value.words.en


def test_many_callers_share_one_synchronisation(tmp_path: Path) -> None:
    gate, calls = threading.Event(), []

    def slow_disk(handle: int) -> None:
        calls.append(handle)
        gate.wait(10)
        os.fdatasync(handle)

    journal = Journal(tmp_path, synchronise=slow_disk)
    done = threading.Semaphore(0)

    def committed(tickets: list[tuple[Any, Place]], _broken: JournalBroken | None) -> None:
        for _ in tickets:
            done.release()

    for n in range(101):
        journal.submit([n], lambda n=n: [b"%d" % n], committed)
    gate.set()
    for _ in range(101):
        assert done.acquire(timeout=10)
    assert len(calls) <= 3
    journal.close()


def test_a_quick_disk_is_waited_for_on_the_spot_and_one_that_is_slow_is_not(tmp_path: Path) -> None:
    threads = []

    def disk(handle: int) -> None:
        threads.append(threading.current_thread().name)
        os.fdatasync(handle)

    journal, told = Journal(tmp_path, synchronise=disk), []
    journal.write([1], lambda: [b"here"], lambda tickets, broken: told.extend(tickets))
    write(journal, b"there")
    assert ([ticket for ticket, _ in told], threads) == ([1], [threading.current_thread().name, "journal"])

    def is_quick_after(*took: float) -> bool:
        for each in took:
            journal._slow_until = 0.0  # its time is over, and it is tried
            journal._judge(each)
        return journal.is_quick

    journal._took.clear()
    assert is_quick_after(0.0003)
    assert is_quick_after(*[0.0003] * 4, *[0.01] * 4)  # now and then every disk is slow
    assert not is_quick_after(0.01)
    assert not is_quick_after(0.0003)  # each second one is tried, until most were quick
    assert is_quick_after(*[0.0003] * 5)
    for stood_still in (0.3, 3.0):
        began = time.monotonic()
        assert not is_quick_after(stood_still)
        assert journal._slow_until >= began + 50 * stood_still
    journal.close()
    with pytest.raises(JournalBroken):
        journal.write([None], lambda: [b"later"], lambda *_: None)
    assert read(tmp_path) == [b"here", b"there"]


def test_nothing_is_written_before_what_was_submitted_before_it(tmp_path: Path) -> None:
    free, journal = threading.Event(), Journal(tmp_path)
    assert journal.is_quick
    journal.submit([1], lambda: [b"one"] if free.wait(30) else [], lambda *_: None)
    assert not journal.is_quick
    with pytest.raises(RuntimeError, match="before"):
        journal.write([2], lambda: [b"two"], lambda *_: None)
    free.set()
    while journal._in_hand:
        free.wait(0.01)
    journal.write([2], lambda: [b"two"], lambda *_: None)
    journal.close()
    assert read(tmp_path) == [b"one", b"two"]


def test_who_writes_while_the_journal_closes_is_on_the_disk_or_is_told_so(tmp_path: Path) -> None:
    for n in range(20):
        begun, told = threading.Event(), list[JournalBroken | None]()

        def disk(handle: int, begun: threading.Event = begun) -> None:
            begun.set()
            os.fdatasync(handle)
            threading.Event().wait(0.002)

        journal = Journal(tmp_path / str(n), synchronise=disk)
        other = threading.Thread(
            target=journal.write, args=([1], lambda: [b"one"], lambda _, broken, told=told: told.append(broken))
        )
        other.start()
        assert begun.wait(10)
        journal.close()
        other.join()
        assert (told, read(tmp_path / str(n))) == ([None], [b"one"])


def test_whoever_cannot_hear_of_a_frame_makes_it_no_less_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path)

    def gone(*_: Any) -> None:
        raise RuntimeError("Event loop is closed")

    journal.write([1], lambda: [b"one"], gone)
    journal.submit([2], lambda: [b"two"], gone)
    while journal._in_hand:
        threading.Event().wait(0.01)
    assert journal.broken is None
    journal.close()
    journal.close()
    assert read(tmp_path) == [b"one", b"two"]


def test_a_journal_that_could_not_cut_off_what_failed_tries_again_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    journal = Journal(tmp_path)
    write(journal, b"told")
    monkeypatch.setattr(journal, "_synchronise", failing)
    with monkeypatch.context() as disk:
        disk.setattr("tongqu.node.meters.journal.os.ftruncate", lambda *_: failing(0))
        with pytest.raises(JournalBroken):
            write(journal, b"not told")
    journal.close()
    assert read(tmp_path) == [b"told"]


def test_a_broken_journal_cuts_off_nothing_of_the_one_that_was_opened_after_it(tmp_path: Path) -> None:
    full = threading.Event()

    def disk(handle: int) -> None:
        if full.is_set():
            raise OSError(errno.EIO, "Input/output error")
        os.fdatasync(handle)

    broken = Journal(tmp_path, synchronise=disk)
    write(broken, b"told")
    full.set()
    with pytest.raises(JournalBroken):
        write(broken, b"not told")
    broken.rewind()
    after = Journal(tmp_path)
    write(after, b"told after it")
    broken.close()
    write(after, b"and more")
    after.close()
    assert read(tmp_path) == [b"told", b"told after it", b"and more"]


def test_what_is_laid_out_ahead_is_nobodys_entry_and_no_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal as it stands while it is written to, or after its machine lost its power."""
    journal, copy = Journal(tmp_path / "journal"), tmp_path / "copy"
    write(journal, b"one")
    write(journal, b"two")
    assert [entry for _, entry in journal.entries()] == [b"one", b"two"]
    shutil.copytree(journal.folder, copy)
    file = copy / "journal-00000001.log"
    assert file.stat().st_size > 100_000
    assert not file.read_bytes().rstrip(b"\0").endswith(b"\0")
    found = Journal(copy)
    assert (found.cut_bytes, [entry for _, entry in found.entries()]) == (0, [b"one", b"two"])
    write(found, b"three")
    found.close()
    assert file.read_bytes() == frame_of([b"one"]) + frame_of([b"two"]) + frame_of([b"three"])
    monkeypatch.setattr("tongqu.node.meters.journal.FILE_BYTES_MAX", 1)
    write(journal, b"in the next file")
    full = journal.folder / "journal-00000001.log"
    assert full.read_bytes() == frame_of([b"one"]) + frame_of([b"two"])  # only a last file has zeros behind it
    journal.close()


def test_where_there_is_no_room_to_lay_anything_out_frames_are_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = os.pwrite

    def scant(handle: int, content: bytes, at: int) -> int:
        if at > 10_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return written(handle, content[: 10_000 - at], at)

    monkeypatch.setattr("tongqu.node.meters.journal.os.pwrite", scant)
    journal = Journal(tmp_path)
    for n in range(9):
        write(journal, b"%d" % n * 1_000)
        assert (tmp_path / "journal-00000001.log").stat().st_size == (n + 1) * (1_000 + HEADER.size)
    journal.close()
    assert read(tmp_path) == [b"%d" % n * 1_000 for n in range(9)]


def test_a_disk_that_refuses_tells_nobody_and_leaves_nothing(tmp_path: Path) -> None:
    full = threading.Event()

    def disk(handle: int) -> None:
        if full.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        os.fdatasync(handle)

    journal = Journal(tmp_path, synchronise=disk)
    write(journal, b"told")
    full.set()
    with pytest.raises(JournalBroken):
        write(journal, b"not told")
    with pytest.raises(JournalBroken):
        journal.submit([None], lambda: [b"later"], lambda *_: None)
    journal.close()
    assert read(tmp_path) == [b"told"]


def test_a_second_file_follows_when_the_first_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tongqu.node.meters.journal.FILE_BYTES_MAX", 3 * (HEADER.size + 10))
    journal = Journal(tmp_path)
    for n in range(10):
        write(journal, b"entry-%04d" % n)
    journal.close()
    assert len(list(tmp_path.glob("journal-*.log"))) == 4
    assert read(tmp_path) == [b"entry-%04d" % n for n in range(10)]


@pytest.mark.anyio
async def test_the_index_is_made_again_from_the_journal(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(calls_max=5))
        await asyncio.gather(*(world.ask("001") for _ in range(5)))
        before = await world.receipts()
        await world.keeper.state_all()
        await world.keeper.stop()
        for file in (tmp_path / "state").glob("index.db*"):
            file.unlink()
        world.keeper = world._open()
        await world.ready()
        assert await world.receipts() == before
        assert codes(await world.ask("001")) == ["calls-exhausted"]
        assert world.keeper.meter.unstated() == []


@pytest.mark.anyio
async def test_a_half_written_last_call_never_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await world.ask("001")
        await world.keeper.meter.catch_up()
        file = tmp_path / "state" / "journal" / "journal-00000001.log"
        whole = world.keeper.meter.journal._size
        await world.ask("002")  # its frame is torn below, as if the machine had stopped before it was told
        with monkeypatch.context() as stopped:
            stopped.setattr(world.keeper.meter.index, "add", lambda *_, **__: None)
            await world.keeper.stop()
        os.truncate(file, whole + 40)
        world.keeper = world._open()
        await world.ready()
        assert len(await world.receipts()) == 1
        assert (await world.ask("002")).json()["receipt"]["body"]["sequence"] == 2


@pytest.mark.anyio
async def test_a_node_that_cannot_write_does_not_answer_and_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(calls_max=3))
        assert (await world.ask("001")).status_code == 200

        def full(_handle: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(world.keeper.meter.journal, "_synchronise", full)
        refused = await world.ask("001")
        assert (refused.status_code, codes(refused)) == (503, ["journal-unwritable"])
        assert codes(await world.ask("001")) == ["journal-unwritable"]
        async with world.buyer as buyer:
            assert (await buyer.get("/health")).json()["journal"] == "unwritable"
        await world.keeper.mend()
        body = (await world.ask("001")).json()["receipt"]["body"]
        assert body["sequence"] == 2
        assert world.keeper.meter.usage("permit-1", NOON).calls == 2


@pytest.mark.anyio
async def test_what_is_answered_while_the_broken_journal_is_put_away_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        assert (await world.ask("001")).status_code == 200

        def failing(_handle: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

        broken = world.keeper.meter
        monkeypatch.setattr(broken.journal, "_synchronise", failing)
        assert codes(await world.ask("001")) == ["journal-unwritable"]
        close, answered = broken.close, list[int]()

        async def late() -> None:
            answered.append((await world.ask("002")).status_code)
            await close()
            answered.append((await world.ask("003")).status_code)

        monkeypatch.setattr(broken, "close", late)
        await world.keeper.mend()
        assert answered == [200, 200]
        await world.restart()
        assert [receipt["body"]["sequence"] for receipt in await world.receipts()] == [1, 2, 3]


@pytest.mark.anyio
async def test_what_the_broken_journal_had_last_is_taken_in_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its thread wrote a frame and said so; before that was heard the next one failed and the journal was opened anew."""
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        broken = world.keeper.meter
        await broken.catch_up()
        assert (await world.ask("001")).status_code == 200

        def failing(_handle: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(broken.journal, "_synchronise", failing)
        assert codes(await world.ask("001")) == ["journal-unwritable"]

        async def not_heard_yet() -> None:
            pass

        with monkeypatch.context() as early, capture_logs() as logs:
            early.setattr(broken, "catch_up", not_heard_yet)
            close = broken.close

            async def heard_of() -> None:
                early.undo()
                await close()

            early.setattr(broken, "close", heard_of)
            await world.keeper.mend()
        assert [one["event"] for one in logs if one["log_level"] == "error"] == []
        assert (await world.ask("002")).json()["receipt"]["body"]["sequence"] == 2
        assert [receipt["body"]["sequence"] for receipt in await world.receipts()] == [1, 2]


@pytest.mark.anyio
async def test_who_goes_away_while_the_disk_is_at_work_takes_nobody_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        journal, free = world.keeper.meter.journal, threading.Event()
        synchronise = journal._synchronise

        def slow(handle: int) -> None:
            free.wait(60)
            synchronise(handle)

        monkeypatch.setattr(journal, "_synchronise", slow)
        monkeypatch.setattr(journal, "_slow_until", math.inf)
        call = str(uuid.uuid4())
        gone, same, other = (
            asyncio.create_task(world.ask(*asked[:1], call=asked[1]))
            for asked in (("001", call), ("001", call), ("002", None))
        )
        stated = asyncio.create_task(world.keeper.meter.state("contract-1", NOON))
        while sum(len(pending.waiting) for pending in world.keeper.meter._recent.values()) < 3:  # all wait for the disk
            await asyncio.sleep(0.01)
        gone.cancel()
        stated.cancel()
        free.set()
        first, second = await same, await other
        assert (first.status_code, second.status_code) == (200, 200)
        assert [first.headers["tongqu-repeated"], len(await world.receipts())] == ["true", 2]
        assert (await world.ask("001")).status_code == 200


@pytest.mark.anyio
async def test_a_next_file_that_cannot_be_opened_harms_no_other_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The handle of the full file must not become a dead number: whatever is opened next would be cut in its place."""
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        assert (await world.ask("001")).status_code == 200
        monkeypatch.setattr("tongqu.node.meters.journal.FILE_BYTES_MAX", 1)
        opened, next_file = os.open, tmp_path / "state" / "journal" / "journal-00000002.log"

        def too_many(path: Any, *how: Any, **more: Any) -> int:
            if Path(path) == next_file:
                raise OSError(errno.EMFILE, "Too many open files")
            return opened(path, *how, **more)

        with monkeypatch.context() as system:
            system.setattr("tongqu.node.meters.journal.os.open", too_many)
            assert codes(await world.ask("001")) == ["journal-unwritable"]
        others = [(tmp_path / f"other-{n}").open("wb+") for n in range(8)]  # one of them takes the lowest free number
        for other in others:
            other.write(b"x" * 100_000)
            other.flush()
        await world.keeper.mend()
        assert [os.fstat(other.fileno()).st_size for other in others] == [100_000] * 8
        assert world.keeper.meter.broken is None
        assert (await world.ask("002")).json()["receipt"]["body"]["sequence"] == 2
        assert next_file.exists()
        await world.restart()
        assert [receipt["body"]["sequence"] for receipt in await world.receipts()] == [1, 2]
        for other in others:
            other.close()


def test_a_folder_that_cannot_be_synchronised_leaves_no_handle_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tongqu.node.meters.journal.FILE_BYTES_MAX", 1)
    journal = Journal(tmp_path)
    write(journal, b"one")
    before = set(os.listdir("/proc/self/fd"))

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("tongqu.node.meters.journal.os.fsync", full)
        with pytest.raises(JournalBroken):
            write(journal, b"not told")
    assert set(os.listdir("/proc/self/fd")) == before
    journal.rewind()
    journal.close()
    assert read(tmp_path) == [b"one"]


@pytest.mark.anyio
async def test_a_node_that_tries_to_recover_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())

        def full(_handle: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        def damaged(*_: Any) -> int:
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr(world.keeper.meter.journal, "_synchronise", full)
        assert codes(await world.ask("001")) == ["journal-unwritable"]
        with monkeypatch.context() as disk:
            disk.setattr("tongqu.node.meters.index.Index.catch_up", damaged)
            await world.keeper.mend()
            before = len(os.listdir("/proc/self/fd"))
            threads = [each.name for each in threading.enumerate()].count("journal")
            for _ in range(8):
                await world.keeper.mend()
            assert len(os.listdir("/proc/self/fd")) < before + 8
            assert [each.name for each in threading.enumerate()].count("journal") == threads
        await world.keeper.mend()
        assert (await world.ask("001")).status_code == 200

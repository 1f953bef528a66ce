"""The calls of a contract as the index keeps them: run by run, those of one permit that follow each other packed into one row.

A row for each call would take the database as much work as the whole of the call's judging takes; a contract that is busy has
some hundred calls to a row.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np

from tongqu.node.meters.ends import End, Ends
from tongqu.node.meters.journal import Place
from tongqu.node.meters.readers import Readers
from tongqu.node.meters.rows import Rows
from tongqu.node.receipts import Counted, Given

SCHEMA = """
CREATE TABLE blocks (
    id INTEGER PRIMARY KEY, contract TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, permit TEXT NOT NULL,
    mode TEXT NOT NULL, calls INTEGER NOT NULL, until_us INTEGER NOT NULL, digest BLOB NOT NULL, packed BLOB NOT NULL);
"""
BLOCK_CALLS_MAX = 500
BLOCKS_AT_ONCE = 100
"""Are read of all: six megabytes, where each is full."""

SEQUENCE_MAX = 2**63 - 1
"""SQLite's largest whole number: a path may hold any."""

_ADD = Rows("INSERT INTO blocks VALUES", "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
_TWICE = """
SELECT 1 FROM blocks AS new WHERE new.id > ? AND new.last >= (
    SELECT other.first FROM ends CROSS JOIN blocks AS other ON other.id = ends.block
    WHERE ends.contract = new.contract AND ends.last >= new.first ORDER BY ends.last LIMIT 1)
LIMIT 1
"""
_CALLS_UNTIL = """
SELECT coalesce(sum(calls), 0), coalesce(max(ends_now.last), 0) FROM ends_now JOIN blocks ON id = block
WHERE ends_now.contract = ? AND ends_now.last <= ?
"""
_BLOCK_AFTER = """
SELECT contract, permit, mode, first, packed FROM blocks
WHERE id = (SELECT block FROM ends_now WHERE contract = ? AND last > ? ORDER BY last LIMIT 1)
"""

_PACKED = struct.Struct("<qQQIQQ32s36s")
"""Moment in µs; file, offset and line of the journal; calls and units; the receipt's leaf and the call key."""

_COLUMNS = np.dtype(
    [
        ("at_us", "<i8"), ("file", "<u8"), ("offset", "<u8"), ("line", "<u4"), ("calls", "<u8"), ("units", "<u8"),
        ("leaf", "V32"), ("call", "V36"),
    ]
)  # fmt: skip
"""The same."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds_of(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def moment_at(at_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at_us)


class Kept(NamedTuple):
    """A call as it was taken in."""

    contract: str
    sequence: int
    permit: str
    mode: str
    at_us: int
    place: Place
    calls: int
    units: int
    leaf: bytes
    call: str


class Run:
    """Calls of one contract and one permit, without a gap; the last of them whole."""

    __slots__ = ("calls", "count", "first", "last", "mode", "packed", "permit", "until_us")

    def __init__(self, first: Given) -> None:
        self.permit, self.mode, self.first = first.permit, first.mode, first.sequence
        self.last = first
        self.count = self.calls = self.until_us = 0
        self.packed = bytearray()

    def add(self, given: Given, place: Place, leaf: bytes) -> bool:
        """Whether it goes on with this call."""
        _, sequence, call, permit, at, mode, calls, units, _, _, _ = (
            given  # at once: one by one it takes longer than to pack them
        )
        count = self.count
        if self.first + count != sequence or self.permit != permit or self.mode != mode or count == BLOCK_CALLS_MAX:
            return False
        at_us = microseconds_of(at)
        self.packed += _PACKED.pack(at_us, *place, calls, units, leaf, call.encode())
        self.last = given
        self.count = count + 1
        self.calls += calls
        self.until_us = max(self.until_us, at_us)
        return True


class Blocks:
    """The table of packed runs, over a connection that writes and those that read; and where the runs of each contract end."""

    def __init__(self, writer: sqlite3.Connection, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers
        self.ends = Ends(writer, readers)

    def write(self, runs: Sequence[Run], pause: Callable[[], object]) -> list[tuple[str, End]]:
        """Within the transaction of whoever calls, who keeps the ends once that is committed. Raises sqlite3.IntegrityError where
        a number stands here already."""
        before = self.last_id()
        ended = [(run.last.contract, End(run.last.sequence, run.first, id)) for id, run in enumerate(runs, before + 1)]
        rows = [
            (
                id, run.last.contract, run.first, run.last.sequence, run.permit, run.mode, run.calls, run.until_us,
                bytes.fromhex(run.last.digest), run.packed,
            )
            for id, run in enumerate(runs, before + 1)
        ]  # fmt: skip
        _ADD.put(self._writer, rows, pause)
        if self.ends.overlap(ended) or self._writer.execute(_TWICE, (before,)).fetchone():
            raise sqlite3.IntegrityError("a receipt that is to be taken in stands in the index already")
        return ended

    def last_id(self) -> int:
        """The newest block's, as far as this connection has written; 0 when there is none."""
        return int(self._writer.execute("SELECT coalesce(max(id), 0) FROM blocks").fetchone()[0])

    def since(self, block: int) -> Iterator[tuple[End, list[Kept]]]:
        """The blocks that were written after that one, each with its calls."""
        while rows := self._writer.execute(
            "SELECT last, id, contract, permit, mode, first, packed FROM blocks WHERE id > ? ORDER BY id LIMIT ?",
            (block, BLOCKS_AT_ONCE),
        ).fetchall():
            for row in rows:
                last, block, first = row[0], row[1], row[5]
                yield End(last, first, block), _unpacked(*row[2:])

    def after(self, contract: str, sequence: int) -> Iterator[Kept]:
        """The calls of a contract with numbers above this one, in their order."""
        while row := self._block_after(contract, sequence):
            yield from (each for each in _unpacked(*row[1:]) if each.sequence > sequence)
            sequence = row[0]

    def _block_after(self, contract: str, sequence: int) -> Any:
        """The end of the first block that has numbers above this one, and what `_unpacked` takes of it."""
        block = self.ends.after(contract, min(sequence, SEQUENCE_MAX))
        if block is None:
            return None
        return self._readers.mine.row(
            "SELECT last, contract, permit, mode, first, packed FROM blocks WHERE id = ?", (block,)
        )

    def counted_after(self, contract: str, sequence: int, limit: int) -> list[Counted]:
        """What a statement needs of these calls, at most `limit`. It is asked of fifty thousand at once, while calls wait for
        Python's lock: so column by column."""
        found: list[Counted] = []
        while limit > 0 and (row := self._block_after(contract, sequence)):
            last, _, _, mode, first, packed = row
            first = max(first, sequence + 1)
            rows = np.frombuffer(packed, _COLUMNS)[first - last - 1 :][:limit]
            calls, units = int(rows["calls"].sum()), int(rows["units"].sum())
            begins, ends = moment_at(int(rows["at_us"][0])), moment_at(int(rows["at_us"][-1]))
            found.append(Counted(first, mode, calls, units, begins, ends, rows["leaf"].tolist()))
            limit -= len(rows)
            sequence = last
        return found

    def lately(self, contract: str, after_us: int) -> Iterator[Kept]:
        """The calls of a contract after a moment, newest first: along a chain moments only grow."""
        last = SEQUENCE_MAX
        while (block := self.ends.until(contract, last)) is not None:
            row = self._readers.mine.row(
                "SELECT first, until_us, contract, permit, mode, first, packed FROM blocks WHERE id = ?", (block,)
            )
            if row[1] <= after_us:
                return
            yield from (each for each in reversed(_unpacked(*row[2:])) if each.at_us > after_us)
            last = row[0] - 1

    def of(self, contract: str, sequence: int) -> Kept | None:
        """One call; None while it is not here."""
        row = self._block_after(contract, sequence - 1)
        if row is None or row[4] > sequence:
            return None
        _, _, permit, mode, first, packed = row
        at = (sequence - first) * _PACKED.size
        return _unpacked(contract, permit, mode, sequence, packed[at : at + _PACKED.size])[0]

    def calls_until(self, contract: str, sequence: int) -> int:
        """How many keys the calls of a contract asked, up to a number, as far as this connection has written."""
        whole, reached = self._writer.execute(_CALLS_UNTIL, (contract, sequence)).fetchone()
        row = self._writer.execute(_BLOCK_AFTER, (contract, reached)).fetchone()
        rest = [] if row is None else [each.calls for each in _unpacked(*row) if each.sequence <= sequence]
        return int(whole) + sum(rest)


def _unpacked(contract: str, permit: str, mode: str, first: int, packed: bytes) -> list[Kept]:
    return [
        Kept(
            contract, sequence, permit, mode, at_us, Place(file, offset, line), calls, units, leaf,
            call.decode(),
        )
        for sequence, (at_us, file, offset, line, calls, units, leaf, call) in enumerate(_PACKED.iter_unpack(packed), first)
    ]  # fmt: skip

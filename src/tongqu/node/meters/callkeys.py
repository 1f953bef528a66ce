"""Which receipt a call key got, however long ago.

Call keys come in no order, so that each has another place in their tree, which is written by pages. They wait in memory until
there are many, and are then carried into the tree in its own order, so that they share the pages and most of the way to
them. What waits is not lost with the process: it is made again from the blocks, which tell up to where it was carried in.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence

import numpy as np

from tongqu.node.meters.blocks import Blocks, Kept
from tongqu.node.meters.readers import Readers
from tongqu.node.meters.rows import Rows

SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (hash INTEGER NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (hash, sequence)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS carried (one INTEGER PRIMARY KEY CHECK (one = 1), block INTEGER NOT NULL);
"""
CARRIED_AT = 1 << 16
"""So many keys wait at the most: a megabyte."""

_AT_ONCE = 250
_ADD = Rows("INSERT OR IGNORE INTO keys VALUES", "(?, ?)", at_once=_AT_ONCE)


def key_hash(contract: str, call: str) -> int:
    """Where a call key is looked for. Two keys may have the same; nobody can find many that have."""
    return int.from_bytes(hashlib.blake2b(f"{contract}\n{call}".encode(), digest_size=8).digest(), signed=True)


class CallKeys:
    """Filled on one thread at a time; asked on any."""

    def __init__(self, writer: sqlite3.Connection, readers: Readers, blocks: Blocks) -> None:
        self._writer = writer
        self._readers = readers
        self._blocks = blocks
        writer.executescript(SCHEMA)
        self.begin()

    def begin(self) -> None:
        """With what the blocks have and the tree has not."""
        self._hashes, self._sequences = np.empty(CARRIED_AT, np.int64), np.empty(CARRIED_AT, np.int64)
        self._waiting = 0
        row = self._writer.execute("SELECT block FROM carried").fetchone()
        self.upto = 0 if row is None else int(row[0])
        """The last block whose keys are here."""
        self.follow()

    def follow(self) -> None:
        """Takes in the keys of blocks that were not written by way of this object."""
        if self._blocks.last_id() > self.upto:
            for block, kept in self._blocks.since(self.upto):
                self.add([key_hash(each.contract, each.call) for each in kept], [each.sequence for each in kept])
                self.upto = block

    def has_room_for(self, keys: int) -> bool:
        return self._waiting + keys <= CARRIED_AT

    def add(self, hashes: Sequence[int], sequences: Sequence[int]) -> None:
        """Of each receipt the hash of its key, and its number. It may be told one that came to nothing: it is compared with its
        block before it is believed."""
        end = self._waiting + len(hashes)
        if end > len(self._hashes):
            more = np.empty(end, np.int64)
            self._hashes, self._sequences = (
                np.concatenate((self._hashes, more)),
                np.concatenate((self._sequences, more)),
            )
        self._hashes[self._waiting : end] = hashes
        self._sequences[self._waiting : end] = sequences
        self._waiting = end

    def carry_in(self, pause: Callable[[], object]) -> None:
        """All that wait, in a transaction of their own. `pause` is called between pieces of the work."""
        hashes, sequences = self._hashes[: self._waiting], self._sequences[: self._waiting]
        order = np.argsort(hashes)
        rows = np.column_stack((hashes[order], sequences[order]))
        with self._writer:
            self._writer.execute("BEGIN IMMEDIATE")
            for first in range(0, len(rows), _AT_ONCE):  # all at once, Python's lock would be held for the whole list
                _ADD.put(self._writer, rows[first : first + _AT_ONCE].tolist(), pause)
            self._writer.execute("INSERT OR REPLACE INTO carried VALUES (1, ?)", (self.upto,))
        # Whoever asks looks here first and then into the tree, so that nothing is ever in neither.
        self._waiting = 0

    def find(self, contract: str, call: str) -> Kept | None:
        """The call that had this key, if there was one."""
        wanted, waiting = key_hash(contract, call), self._waiting
        found = self._sequences[:waiting][self._hashes[:waiting] == wanted].tolist()
        found += [row[0] for row in self._readers.mine.rows("SELECT sequence FROM keys WHERE hash = ?", (wanted,))]
        for sequence in found:
            kept = self._blocks.of(contract, sequence)
            if kept is not None and kept.call == call:
                return kept
        return None

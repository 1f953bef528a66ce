"""Which receipt a call key got, however long ago.

Call keys come in no order, so that each has another place in their tree, which is written by pages. They wait in memory until
there are many, and are then carried into the tree in its own order, so that they share the pages and most of the way to
them. What waits is not lost with the process: it is made again from the blocks after the one up to which all was carried in.
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
CREATE TABLE keys (hash INTEGER NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (hash, sequence)) WITHOUT ROWID;
"""
CARRIED_AT = 1 << 17
"""So many keys and a round wait at the most: two megabytes; and where each is a contract's only one, 25 MB of ends of runs."""

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
        self._hashes, self._sequences = np.empty(CARRIED_AT, np.int64), np.empty(CARRIED_AT, np.int64)
        self.waiting = 0

    @property
    def full(self) -> bool:
        """Whether so many wait that it is time to carry them in."""
        return self.waiting >= CARRIED_AT

    def add(self, hashes: Sequence[int], sequences: Sequence[int]) -> None:
        """Of each receipt the hash of its key, and its number. It may be told one that came to nothing: it is compared with its
        block before it is believed."""
        end = self.waiting + len(hashes)
        if end > len(self._hashes):
            more = np.empty(end, np.int64)
            self._hashes, self._sequences = (
                np.concatenate((self._hashes, more)),
                np.concatenate((self._sequences, more)),
            )
        self._hashes[self.waiting : end] = hashes
        self._sequences[self.waiting : end] = sequences
        self.waiting = end

    def add_kept(self, kept: Sequence[Kept]) -> None:
        """As they stand in a block."""
        self.add([key_hash(each.contract, each.call) for each in kept], [each.sequence for each in kept])

    def carry_in(self, pause: Callable[[], object]) -> None:
        """All that wait, within the transaction of whoever calls, who drops them then. `pause` is called between pieces of the
        work."""
        hashes, sequences = self._hashes[: self.waiting], self._sequences[: self.waiting]
        order = np.argsort(hashes)
        rows = np.column_stack((hashes[order], sequences[order]))
        for first in range(0, len(rows), _AT_ONCE):  # all at once, Python's lock would be held for the whole list
            _ADD.put(self._writer, rows[first : first + _AT_ONCE].tolist(), pause)

    def drop(self, *, to: int = 0) -> None:
        """All but so many, which stand in the tree or came to nothing. Whoever asks looks here first and then there, so that nothing
        is ever in neither."""
        self.waiting = to

    def find(self, contract: str, call: str) -> Kept | None:
        """The call that had this key, if there was one."""
        wanted, waiting = key_hash(contract, call), self.waiting
        found = self._sequences[:waiting][self._hashes[:waiting] == wanted].tolist()
        found += [row[0] for row in self._readers.mine.rows("SELECT sequence FROM keys WHERE hash = ?", (wanted,))]
        for sequence in found:
            kept = self._blocks.of(contract, sequence)
            if kept is not None and kept.call == call:
                return kept
        return None

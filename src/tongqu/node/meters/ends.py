"""Where the runs of each contract end, by which they are found.

As call keys do, ends wait in memory and are carried into their tree in its order: of many contracts each has another place there,
and to change a page for each would take as long as the whole of the call's judging. What waits is made again from the blocks.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from typing import NamedTuple

from tongqu.node.meters.readers import Readers

CARRIED = "(SELECT coalesce(max(block), 0) FROM carried)"
"""Up to which block all stands in its trees: ends, keys, heads of chains, what permits have used."""

SCHEMA = f"""
CREATE TABLE carried (one INTEGER PRIMARY KEY CHECK (one = 1), block INTEGER NOT NULL);
CREATE TABLE ends (contract TEXT NOT NULL, last INTEGER NOT NULL, block INTEGER NOT NULL, PRIMARY KEY (contract, last)) WITHOUT ROWID;
CREATE VIEW ends_now AS SELECT contract, last, block FROM ends UNION ALL SELECT contract, last, id FROM blocks WHERE id > {CARRIED};
"""  # noqa: S608 -- a constant
_CARRY_IN = (
    "INSERT OR IGNORE INTO ends SELECT contract, last, id FROM blocks WHERE id > ? AND id <= ? ORDER BY contract, last"
)


class End(NamedTuple):
    """The last number of a run, its first, and the block that holds it."""

    last: int
    first: int
    block: int


def _overlaps(known: list[End], end: End) -> bool:
    at = bisect_left(known, (end.first,))
    return known[at].first <= end.last


class Ends:
    """Filled on one thread at a time; asked on any."""

    def __init__(self, writer: sqlite3.Connection, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers
        self._waiting: dict[str, list[End]] = {}

    def keep(self, ended: Iterable[tuple[str, End]]) -> None:
        """Of blocks that are committed."""
        for contract, end in ended:
            known = self._waiting.get(contract)
            if known is None:
                self._waiting[contract] = [end]
            elif known[-1] < end:
                known.append(end)
            else:  # when all is read anew, in no particular order; whoever is reading the list goes on with it as it was
                self._waiting[contract] = sorted({*known, end})

    def overlap(self, ended: Iterable[tuple[str, End]]) -> bool:
        """Whether numbers of these stand in each other or in one that waits."""
        fresh: dict[str, list[End]] = {}
        for contract, end in ended:
            for known in (self._waiting.get(contract), fresh.get(contract)):
                if known is not None and known[-1].last >= end.first and _overlaps(known, end):
                    return True
            if contract in fresh:
                insort(fresh[contract], end)
            else:
                fresh[contract] = [end]
        return False

    def carry_in(self, after: int, upto: int) -> None:
        """Those of the blocks after one up to another, within the transaction of whoever calls."""
        self._writer.execute(_CARRY_IN, (after, upto))

    def drop(self) -> None:
        """What waited stands in the tree, or is no more."""
        self._waiting = {}

    # Whoever asks looks into memory first and then into the tree: what is carried in meanwhile is in one of them.

    def after(self, contract: str, sequence: int) -> int | None:
        """The first block that has numbers above this one."""
        waiting = self._waiting.get(contract, ())
        at = bisect_right(waiting, (sequence, sequence + 1))
        found = [waiting[at]] if at < len(waiting) else []
        row = self._readers.mine.row(
            "SELECT last, 0, block FROM ends WHERE contract = ? AND last > ? ORDER BY last LIMIT 1",
            (contract, sequence),
        )
        found += [] if row is None else [End(*row)]
        return min(found).block if found else None

    def until(self, contract: str, last: int) -> int | None:
        """The last block that ends with this number or before it."""
        waiting = self._waiting.get(contract, ())
        at = bisect_right(waiting, (last, last + 1))
        found = [waiting[at - 1]] if at else []
        row = self._readers.mine.row(
            "SELECT last, 0, block FROM ends WHERE contract = ? AND last <= ? ORDER BY last DESC LIMIT 1",
            (contract, last),
        )
        found += [] if row is None else [End(*row)]
        return max(found).block if found else None

"""What a contract has probed so far: keys that were not there, and the batches it had counted. On disk before the answer.

Keys stand here as 64-bit keyed hashes, under a secret of the node, so the file names nobody.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tongqu.node.modes.counting import TooMany, TooNear

COUNTED_MAX = 500
"""Different batches that one contract may have counted: each is compared with all before it."""

Hashes = npt.NDArray[np.int64]


class Probes:
    """One for a node; may be used by several threads."""

    def __init__(self, file: Path, secret: bytes) -> None:
        self._secret = hashlib.blake2b(secret, digest_size=32, person=b"tongqu probes").digest()
        self._lock = threading.Lock()
        self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE IF NOT EXISTS missed (contract TEXT, hash INTEGER, PRIMARY KEY (contract, hash)) WITHOUT ROWID;"
            "CREATE TABLE IF NOT EXISTS batches (contract TEXT, batch BLOB, size INTEGER, present BLOB,"
            " PRIMARY KEY (contract, batch)) WITHOUT ROWID;"
        )
        self._missed: dict[str, int] = dict(
            self._db.execute("SELECT contract, count(*) FROM missed GROUP BY contract").fetchall()
        )

    def hashes(self, keys: Iterable[str]) -> Hashes:
        """Sorted, each once."""
        made = b"".join(hashlib.blake2b(key.encode(), digest_size=8, key=self._secret).digest() for key in keys)
        return np.unique(np.frombuffer(made, dtype=np.int64))

    def missed(self, contract: str) -> int:
        """How many different keys the contract asked for that are not there."""
        return self._missed.get(contract, 0)

    def note_missed(self, contract: str, keys: Iterable[str], most: int) -> bool:
        """Notes the keys that were not there; False, and nothing is noted, when so many had been missed before. Asking and
        noting are one step: of many batches that come at once, one passes the limit."""
        rows = [(contract, int(each)) for each in self.hashes(keys)]
        with self._lock:
            if self.missed(contract) >= most:
                return False
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                before = self._db.total_changes
                self._db.executemany("INSERT OR IGNORE INTO missed VALUES (?, ?)", rows)
                added = self._db.total_changes - before
            self._missed[contract] = self.missed(contract) + added
        return True

    def admit(self, contract: str, keys: Iterable[str], present: Iterable[str], least: int) -> None:
        """Notes a batch that is to be counted. The very same batch may come again. Raises TooNear, TooMany.

        Two batches are near when few of those who are *there* are in one and not in the other, however many keys of nobody
        fill them up: what the two counts differ by would tell of those few. Whatever is asked of them counts as one.
        """
        batch = hashlib.sha256(self.hashes(keys).tobytes()).digest()
        there = self.hashes(present)
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            known = "SELECT 1 FROM batches WHERE contract = ? AND batch = ?"
            if self._db.execute(known, (contract, batch)).fetchone() is not None:
                return
            near = "SELECT present FROM batches WHERE contract = ? AND size BETWEEN ? AND ?"
            for (before,) in self._db.execute(near, (contract, len(there) - least + 1, len(there) + least - 1)):
                if len(np.setxor1d(there, np.frombuffer(before, dtype=np.int64), assume_unique=True)) < least:
                    raise TooNear
            count = "SELECT count(*) FROM batches WHERE contract = ?"
            if self._db.execute(count, (contract,)).fetchone()[0] >= COUNTED_MAX:
                raise TooMany
            self._db.execute("INSERT INTO batches VALUES (?, ?, ?, ?)", (contract, batch, len(there), there.tobytes()))

    def forget(self, contracts: Collection[str]) -> None:
        """Drops what these contracts probed: they are long over."""
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            for table in ("missed", "batches"):
                known = {row[0] for row in self._db.execute(f"SELECT DISTINCT contract FROM {table}")}  # noqa: S608
                gone = [(contract,) for contract in known.intersection(contracts)]
                self._db.executemany(f"DELETE FROM {table} WHERE contract = ?", gone)  # noqa: S608
        for contract in contracts:
            self._missed.pop(contract, None)

    def close(self) -> None:
        self._db.close()

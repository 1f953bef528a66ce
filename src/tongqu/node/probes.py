"""What a contract has probed so far: keys that were not there, and the batches it had counted. On disk before the answer.

Keys stand here as 64-bit keyed hashes, under a secret of the node, so the file names nobody.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tongqu.node.modes.counting import TooMany, TooNear

COUNTED_MAX = 500
"""Different batches that one contract may have counted by one question: each is compared with all before it."""

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
            "CREATE TABLE IF NOT EXISTS counted (contract TEXT, question TEXT, size INTEGER, hashes BLOB,"
            " PRIMARY KEY (contract, question, size, hashes)) WITHOUT ROWID;"
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

    def admit(self, contract: str, question: str, keys: Iterable[str], least: int) -> None:
        """Notes a batch that is to be counted. The very same batch may come again. Raises TooNear, TooMany."""
        batch = self.hashes(keys)
        content = batch.tobytes()
        named = (contract, question)
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            near = "SELECT hashes FROM counted WHERE contract = ? AND question = ? AND size BETWEEN ? AND ?"
            for (before,) in self._db.execute(near, (*named, len(batch) - least + 1, len(batch) + least - 1)):
                if before == content:
                    return
                if len(np.setxor1d(batch, np.frombuffer(before, dtype=np.int64), assume_unique=True)) < least:
                    raise TooNear
            count = "SELECT count(*) FROM counted WHERE contract = ? AND question = ?"
            if self._db.execute(count, named).fetchone()[0] >= COUNTED_MAX:
                raise TooMany
            self._db.execute("INSERT INTO counted VALUES (?, ?, ?, ?)", (*named, len(batch), content))

    def close(self) -> None:
        self._db.close()

"""How often one contract may ask almost the same of a model: different inputs in one cell of the inputs' space are counted.

A cell is a tenth of each feature's range, and one value of each category. To follow a boundary, or to take a slope, one has
to ask many inputs side by side: that is what this stops. It does not stop a copy being trained from inputs that lie far
apart; the number of calls, the rate and the decimals of a score bound that. What was asked is kept as keyed digests only,
on disk before the model is run, so that a restart forgets nothing.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tongqu.node.scoring.worker import Rows
from tongqu.wire.scoring import CATEGORY, Scoring

CELLS_A_FEATURE = 10


class Near:
    """One small database for a node."""

    def __init__(self, file: Path) -> None:
        self._turn = threading.Lock()
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        self._db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS secret (only INTEGER PRIMARY KEY CHECK (only = 1), value BLOB NOT NULL)"
        )
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS near (contract TEXT, cell BLOB, input BLOB, PRIMARY KEY (contract, cell, input)) "
            "WITHOUT ROWID"
        )
        self._db.execute("INSERT OR IGNORE INTO secret VALUES (1, ?)", (os.urandom(32),))
        self._secret: bytes = self._db.execute("SELECT value FROM secret").fetchone()[0]

    def admit(self, contract: str, scoring: Scoring, rows: Rows) -> bool:
        """Counts these inputs, all of them or none; False when one cell would hold more than the scoring allows. What was
        asked before counts once. Raises sqlite3.Error when it cannot be kept."""
        assert scoring.near_max is not None
        asked = {
            (self._digest(scoring, cell.tobytes()), self._digest(scoring, row.tobytes()))
            for cell, row in zip(cells(scoring, rows), rows, strict=True)
        }
        with self._turn:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany(
                    "INSERT OR IGNORE INTO near VALUES (?, ?, ?)", ((contract, cell, row) for cell, row in asked)
                )
                count = "SELECT count(*) FROM near WHERE contract = ? AND cell = ?"
                touched = {cell for cell, _ in asked}
                held = (self._db.execute(count, (contract, cell)).fetchone()[0] for cell in touched)
                fits = all(number <= scoring.near_max for number in held)
                self._db.execute("COMMIT" if fits else "ROLLBACK")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        return fits

    def _digest(self, scoring: Scoring, content: bytes) -> bytes:
        return hashlib.blake2b(scoring.model_sha256.encode() + content, key=self._secret, digest_size=16).digest()

    def forget(self, contracts: set[str]) -> None:
        """Drops what was counted for contracts other than these: their permits have ended."""
        with self._turn:
            for (contract,) in self._db.execute("SELECT DISTINCT contract FROM near").fetchall():
                if contract not in contracts:
                    self._db.execute("DELETE FROM near WHERE contract = ?", (contract,))

    def close(self) -> None:
        self._db.close()


def cells(scoring: Scoring, rows: Rows) -> npt.NDArray[np.int32]:
    """The cell of each row: for each feature which tenth of its range, which category, or -1 where there is no value."""
    found = np.empty(rows.shape, dtype=np.int32)
    for place, feature in enumerate(scoring.features):
        values = rows[:, place].astype(np.float64)
        if feature.type != CATEGORY:
            low, high = float(feature.minimum or 0), float(feature.maximum or 1)
            values = np.minimum(np.floor((values - low) / (high - low) * CELLS_A_FEATURE), CELLS_A_FEATURE - 1)
        found[:, place] = np.where(np.isnan(values), -1, np.nan_to_num(values)).astype(np.int32)
    return found

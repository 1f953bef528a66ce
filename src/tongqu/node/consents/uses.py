"""Whose data was used when, for whom and for what: the node's own record by reference, told to the subject and to nobody else."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tongqu.node.consents.asking import UsedFor
from tongqu.node.faults import NodeFault
from tongqu.wire.consents import USES_MAX, SubjectPass, Use, UsesOrder, UsesTold
from tongqu.wire.message import BadMessage, open_sealed, seal_message
from tongqu.wire.seals import BadSeal, KeyRing, Signer
from tongqu.wire.words import Words

PASS_HOURS = 24
"""A pass is taken to the exchange within this time; what it opened there stays open."""

_SCHEMA = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
CREATE TABLE IF NOT EXISTS uses (
    source TEXT NOT NULL, reference BLOB NOT NULL, day TEXT NOT NULL, contract TEXT NOT NULL, receiver TEXT NOT NULL,
    purpose TEXT NOT NULL, mode TEXT NOT NULL, calls INTEGER NOT NULL, receipt INTEGER NOT NULL,
    PRIMARY KEY (source, reference, day, contract, receiver, purpose, mode)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS begun (one INTEGER PRIMARY KEY CHECK (one = 1), at TEXT NOT NULL);
"""


class UseBook:
    """One SQLite file beside the journal. What it has was metered and receipted as well; by itself it bills nothing."""

    def __init__(self, file: Path, now: datetime) -> None:
        self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=10)
        self._db.executescript(_SCHEMA)
        self._lock = threading.Lock()
        """Calls write on threads of their own, over one connection."""
        self._db.execute("INSERT OR IGNORE INTO begun VALUES (1, ?)", (now.isoformat(),))

    def note(self, of_call: UsedFor, references: Sequence[bytes]) -> None:
        """One use of each. Raises sqlite3.Error when it cannot be written: then nothing is told."""
        told = of_call
        rows = [
            (told.source, each, told.day, told.contract, told.receiver, told.purpose, told.mode) for each in references
        ]
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT INTO uses VALUES (?, ?, ?, ?, ?, ?, ?, 1, 0) ON CONFLICT DO UPDATE SET calls = calls + 1", rows
            )

    def receipted(self, of_call: UsedFor, references: Sequence[bytes], receipt: int) -> None:
        """The receipt of a use that was noted. Raises sqlite3.Error."""
        told = of_call
        rows = [
            (receipt, told.source, each, told.day, told.contract, told.receiver, told.purpose, told.mode)
            for each in references
        ]
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "UPDATE uses SET receipt = max(receipt, ?) WHERE source = ? AND reference = ? AND day = ? AND contract = ? "
                "AND receiver = ? AND purpose = ? AND mode = ?",
                rows,
            )

    def of(self, source: str, reference: bytes) -> UsesTold:
        """What is known of one subject, the newest first."""
        with self._lock:
            (since,) = self._db.execute("SELECT at FROM begun").fetchone()
            (total,) = self._db.execute(
                "SELECT count(*) FROM uses WHERE source = ? AND reference = ?", (source, reference)
            ).fetchone()
            rows = self._db.execute(
                "SELECT day, contract, receiver, purpose, mode, calls, receipt FROM uses WHERE source = ? AND reference = ? "
                "ORDER BY day DESC, contract, receiver, purpose, mode LIMIT ?",
                (source, reference, USES_MAX),
            ).fetchall()
        uses = tuple(Use(*row) for row in rows)
        return UsesTold(source, reference.hex(), datetime.fromisoformat(since), int(total), uses)

    def told(self, order: UsesOrder, node: str, own_keys: KeyRing) -> UsesTold:
        """For a pass that this node sealed, and for no other: the exchange cannot ask about whoever it likes. Raises NodeFault."""
        try:
            vouched = open_sealed(SubjectPass, order.vouched, own_keys)
        except (BadSeal, BadMessage):
            raise _not_vouched() from None
        if (vouched.node, vouched.source) != (node, order.source):
            raise _not_vouched()
        return self.of(vouched.source, bytes.fromhex(vouched.reference))

    def close(self) -> None:
        self._db.close()


def _not_vouched() -> NodeFault:
    return NodeFault(
        "pass-not-ours",
        Words("本人凭证不是本节点签发的。", "The pass is not one that this node sealed."),
        Words("请由数据提供方重新核实身份并签发。", "Have the provider identify the person and seal a new one."),
    )


def vouch(node: str, source: str, reference: bytes, account: str, signer: Signer, now: datetime) -> dict[str, Any]:
    """A pass for a person whom the node's owner has identified, for one account of the exchange."""
    until = now + timedelta(hours=PASS_HOURS)
    return seal_message(SubjectPass(node, source, reference.hex(), account, now, until), signer)

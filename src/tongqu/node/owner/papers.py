"""What a state folder says by itself, whether its node runs or not: permits and their quotas, statements, sizes.

Everything is opened for reading only, beside the running node. Each worker's index may be some seconds behind its journal.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tongqu.node.faults import NodeFault
from tongqu.node.meters import JournalDamaged, Layout
from tongqu.node.meters.index import SHAPE, index_name
from tongqu.node.meters.layout import read_layout
from tongqu.node.state import Identity, StateFolder
from tongqu.wire.message import BadMessage, open_sealed
from tongqu.wire.permit import ACTIVE, REVOKED, SUSPENDED, Permit
from tongqu.wire.seals import BadSeal
from tongqu.wire.statement import Statement

STATEMENTS_SHOWN = 50
NOT_BEGUN, ENDED, USED_UP = "not-begun", "ended", "used-up"
STANDINGS = (ACTIVE, SUSPENDED, NOT_BEGUN, REVOKED, USED_UP, ENDED)
"""In the order of what their owner looks for first."""


@dataclass(frozen=True)
class Product:
    """What a contract may use here. `standing` is the permit's status, or that its calls are used up, or that its period has not
    begun or has ended; `used` is not known while the index is still to be made."""

    permit: Permit
    standing: str
    used: int | None

    @property
    def left(self) -> int | None:
        return None if self.used is None else max(0, self.permit.calls_max - self.used)


@dataclass(frozen=True)
class Stated:
    """A statement, and what the exchange said to it: nothing yet, `taken`, or a code of refusal."""

    statement: Statement
    settled: str | None


@dataclass(frozen=True)
class Sizes:
    """Bytes of the journal and of all else in the folder, and what is left on its disk."""

    journal: int
    journal_files: int
    whole: int
    disk_free: int
    disk: int


def identity(state: Path) -> Identity | None:
    """Who the node is; None before it is enrolled."""
    try:
        return StateFolder.at(state).identity()
    except NodeFault:
        return None


@contextmanager
def _reading(file: Path) -> Iterator[sqlite3.Connection | None]:
    try:
        db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    except sqlite3.Error:
        yield None
        return
    with closing(db):
        yield db


def indexes(state: Path) -> list[Path]:
    """The index of each worker. One that is still to be made, for this version or for the workers that there are now, says
    nothing yet."""
    try:
        layout = read_layout(state / "journal")
    except JournalDamaged:
        return []
    files = [state / index_name(worker) for worker in range(layout.workers)]
    files = [file for file in files if not file.exists() or _rows(file, "PRAGMA user_version") == [(SHAPE,)]]
    return files if layout.number == 0 else [file for file in files if _made_for(file, layout)]


def _used(state: Path) -> dict[str, int] | None:
    """By permit; None while some index is still to be made."""
    try:
        workers = read_layout(state / "journal").workers
    except JournalDamaged:
        return None
    return dict(_of_all(state, "SELECT permit, calls FROM used_now")) if len(indexes(state)) == workers else None


def _made_for(file: Path, layout: Layout) -> bool:
    rows: list[tuple[int]] = _rows(file, "SELECT layout FROM taken_in")
    return rows == [(layout.number,)]


def _rows(file: Path, asked: str, *values: object) -> list[Any]:
    with _reading(file) as db:
        try:
            return [] if db is None else db.execute(asked, values).fetchall()
        except sqlite3.Error:
            return []


def _of_all(state: Path, asked: str, *values: object) -> list[Any]:
    """The rows of all workers' indexes; each holds its own contracts and no other's."""
    return [row for file in indexes(state) for row in _rows(file, asked, *values)]


def permits(state: Path) -> list[Permit]:
    """The permits whose seal is the exchange's."""
    who = identity(state)
    if who is None:
        return []
    rows = _rows(state / "book.db", "SELECT sealed FROM permits")
    found = []
    for (sealed,) in rows:
        try:
            found.append(open_sealed(Permit, json.loads(sealed), who.exchange_public_key))
        except (BadSeal, BadMessage):
            continue
    return found


def products(state: Path, now: datetime) -> list[Product]:
    """Every permit with what it used, by what becomes of it, then by contract."""
    of_all = _used(state)
    found = []
    for permit in permits(state):
        used = None if of_all is None else of_all.get(permit.id, 0)
        found.append(Product(permit, standing(permit, used, now), used))
    return sorted(found, key=lambda each: (STANDINGS.index(each.standing), each.permit.contract, each.permit.id))


def standing(permit: Permit, used: int | None, now: datetime) -> str:
    """The exchange revokes the permit of every contract that ends, so `revoked` is said only of one that had time and calls
    left."""
    if permit.status == SUSPENDED:
        return SUSPENDED
    if used is not None and used >= permit.calls_max:
        return USED_UP
    if now >= permit.not_after:
        return ENDED
    if permit.status == REVOKED:
        return REVOKED
    return ACTIVE if now >= permit.not_before else NOT_BEGUN


def statements(state: Path, limit: int = STATEMENTS_SHOWN) -> list[Stated]:
    """The last statements that were made, the newest first."""
    rows = _of_all(
        state,
        "SELECT sealed, settled FROM statements ORDER BY json_extract(sealed, '$.body.made_at') DESC LIMIT ?",
        limit,
    )
    found = [Stated(Statement.from_json(json.loads(sealed)["body"]), settled) for sealed, settled in rows]
    return sorted(found, key=lambda each: each.statement.made_at, reverse=True)[:limit]


def statement_counts(state: Path) -> dict[str, int]:
    """How many statements were taken, wait for the exchange's word, and were refused."""
    told = {"taken": 0, "waiting": 0, "refused": 0}
    rows = _of_all(
        state,
        "SELECT CASE WHEN settled IS NULL THEN 'waiting' WHEN settled = 'taken' THEN 'taken' ELSE 'refused' END,"
        " COUNT(*) FROM statements GROUP BY 1",
    )
    for what, count in rows:
        told[what] += count
    return told


def sizes(state: Path) -> Sizes:
    """Sizes by now; a file that goes meanwhile counts nothing."""
    journal, files, whole = 0, 0, 0
    for folder, _, names in os.walk(state):
        for name in names:
            try:
                size = (Path(folder) / name).stat().st_size
            except OSError:
                continue
            whole += size
            if name.startswith("journal-") and name.endswith(".log"):
                journal, files = journal + size, files + 1
    disk = shutil.disk_usage(state if state.exists() else state.parent)
    return Sizes(journal, files, whole, disk.free, disk.total)

"""How many calls were answered and refused in each hour: for the owner's eye, never for a bill.

Taken from the counters that Prometheus reads, every few seconds, so that no call pays for it. What a killed node had not
yet written down, some seconds, is missing here; receipts and statements are kept elsewhere and miss nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tongqu.node.gauges import Gauges

NAME = "tally.db"
KEPT = timedelta(days=90)
ANSWERED, REFUSED, REPEATED = "answered", "refused", "repeated"

_SCHEMA = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=2000;
CREATE TABLE IF NOT EXISTS hours (
    hour INTEGER NOT NULL, what TEXT NOT NULL, which TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (hour, what, which)) WITHOUT ROWID;
"""

Counts = dict[tuple[str, str], int]


def counted(gauges: Gauges) -> Counts:
    """What the counters say now, by what became of the call, and by its mode or the code of its refusal."""
    found = {(ANSWERED, mode): count for mode, count in gauges.calls.by_mode().items()}
    found[REPEATED, ""] = gauges.calls.repeated
    for family in gauges.refused.collect():
        for sample in family.samples:
            if sample.name.endswith("_total"):
                found[REFUSED, sample.labels["code"]] = int(sample.value)
    return found


class Tally:
    """One for a running node; several processes may write to one file."""

    def __init__(self, state: Path, gauges: Gauges) -> None:
        self._gauges = gauges
        self._told: Counts = {}
        self._db = sqlite3.connect(state / NAME, isolation_level=None, check_same_thread=False)
        self._db.executescript(_SCHEMA)

    def note(self, now: datetime) -> None:
        """Writes down what was counted since the last time, under the hour of now."""
        counts = counted(self._gauges)
        fresh = [(key, count - self._told.get(key, 0)) for key, count in counts.items()]
        rows = [(_hour(now), *key, count) for key, count in fresh if count > 0]
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT INTO hours VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count", rows
            )
            self._db.execute("DELETE FROM hours WHERE hour < ?", (_hour(now - KEPT),))
        self._told = counts

    def close(self) -> None:
        self._db.close()


def _hour(at: datetime) -> int:
    return int(at.timestamp()) // 3600


def hours(state: Path, *, since: datetime) -> dict[datetime, Mapping[tuple[str, str], int]]:
    """For each hour since then, the counts by what and which. Empty where a node never wrote any."""
    try:
        with closing(sqlite3.connect(f"file:{state / NAME}?mode=ro", uri=True)) as db:
            rows = db.execute("SELECT hour, what, which, count FROM hours WHERE hour >= ?", (_hour(since),)).fetchall()
    except sqlite3.Error:
        return {}
    found: dict[datetime, dict[tuple[str, str], int]] = {}
    for hour, what, which, count in rows:
        found.setdefault(datetime.fromtimestamp(hour * 3600, UTC), {})[what, which] = count
    return dict(found)

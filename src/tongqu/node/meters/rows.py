"""Many rows in one statement: SQLite works them off without Python's lock, which each row of `executemany` takes anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence


class Rows:
    """The statement is `begins`, a row, perhaps others, `ends`."""

    def __init__(self, begins: str, row: str, ends: str = "", *, at_once: int = 150) -> None:
        self._at_once = at_once
        self._one = f"{begins} {row} {ends}"
        self._many = f"{begins} {','.join([row] * at_once)} {ends}"

    def put(
        self,
        db: sqlite3.Connection,
        rows: Sequence[Sequence[str | int | bytes | bytearray]],
        pause: Callable[[], object],
    ) -> None:
        """`pause` is called after each statement of many."""
        for first in range(0, len(rows), self._at_once):
            part = rows[first : first + self._at_once]
            if len(part) == self._at_once:
                db.execute(self._many, [value for row in part for value in row])
                pause()
            else:
                db.executemany(self._one, part)

"""A connection for each thread that reads.

While somebody stands between two rows of what he reads, SQLite shows all that is asked over his connection as it was when he began.
A call key that was taken in meanwhile would not be found by whoever shares it, and be billed a second time.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Reader:
    """One thread's. It is closed on another, so that both take turns: to close what is in use ends the process."""

    def __init__(self, file: Path) -> None:
        self.connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._using = threading.Lock()
        self._closed = False
        try:
            self.connection.execute("PRAGMA query_only=ON")
        except BaseException:
            self.connection.close()
            raise

    def rows(self, asked: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[Any]:
        """All of them, so that nobody stands between two. Raises sqlite3.ProgrammingError when it was closed."""
        with self._using:
            if self._closed:
                raise sqlite3.ProgrammingError("the index is closed")
            return self.connection.execute(asked, values).fetchall()

    def row(self, asked: str, values: Sequence[Any] | dict[str, Any] = ()) -> Any:
        """The first, or None."""
        found = self.rows(asked, values)
        return found[0] if found else None

    def close(self) -> None:
        with self._using:
            self._closed = True
            self.connection.close()


class Readers:
    """Of one file. Whoever reads does so on the event loop's thread or on one of its few helpers."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._of_thread = threading.local()
        self._open: list[Reader] = []
        self._opening = threading.Lock()
        self._closed = False

    @property
    def mine(self) -> Reader:
        """This thread's. Raises sqlite3.ProgrammingError when all were closed."""
        found: Reader | None = getattr(self._of_thread, "reader", None)
        return self._opened() if found is None else found

    def _opened(self) -> Reader:
        with self._opening:
            if self._closed:
                raise sqlite3.ProgrammingError("the index is closed")
            made = Reader(self._file)
            self._open.append(made)
        self._of_thread.reader = made
        return made

    def close(self) -> None:
        with self._opening:
            self._closed = True
            for each in self._open:
                each.close()

"""A connection for each thread that reads.

While somebody stands between two rows of what he reads, SQLite shows all that is asked over his connection as it was when he began.
A call key that was taken in meanwhile would not be found by whoever shares it, and be billed a second time.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path


class Readers:
    """Of one file. Threads come and go; their connections stand until `close`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._of_thread = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._opening = threading.Lock()
        self._closed = False

    @property
    def mine(self) -> sqlite3.Connection:
        """This thread's. Raises sqlite3.ProgrammingError when all were closed."""
        found: sqlite3.Connection | None = getattr(self._of_thread, "connection", None)
        return self._opened() if found is None else found

    def _opened(self) -> sqlite3.Connection:
        with self._opening:
            if self._closed:
                raise sqlite3.ProgrammingError("the index is closed")
            made = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)
            self._open.append(made)
        made.execute("PRAGMA query_only=ON")
        self._of_thread.connection = made
        return made

    def close(self) -> None:
        with self._opening:
            self._closed = True
            for each in self._open:
                each.close()

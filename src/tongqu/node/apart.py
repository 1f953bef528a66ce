"""Answers that are too large for the journal, each in a file of its own, for as long as a buyer may still ask again.

A file is named by the digest that the receipt has of its answer, and stands on the disk before the call is counted. Then it
is enough to look at the name: a file without a receipt is never given to anybody, and a receipt whose file is gone is
answered with the word that it is.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

APART = "apart"
"""What the journal keeps of such an answer: that it stands here."""


class Apart:
    """The folder `apart/` of a node's state."""

    def __init__(self, folder: Path, *, keep: timedelta) -> None:
        self._folder = folder
        self._keep = keep

    def keep(self, digest: str, content: bytes) -> None:
        """Raises OSError; then the call is neither answered nor counted."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        fresh = self._folder / f"{digest}.{os.urandom(8).hex()}.new"  # the same call may come twice at once
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, self._folder / digest)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def of(self, digest: str) -> bytes | None:
        with suppress(OSError):
            return (self._folder / digest).read_bytes()
        return None

    def tidy(self, now: datetime) -> int:
        """Removes what is older than answers are kept. Returns how many were."""
        before, dropped = (now - self._keep).timestamp(), 0
        with suppress(FileNotFoundError):
            for file in self._folder.iterdir():
                if file.stat().st_mtime < before:
                    file.unlink(missing_ok=True)
                    dropped += 1
        return dropped

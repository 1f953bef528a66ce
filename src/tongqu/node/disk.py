"""Whether there is room to keep receipts, and some laid by for what must be written when there is none.

Calls are refused while less than `keep` is free: what was counted can then still be stated, indexed and closed in order.
Should others fill the disk to its last byte, a file that was laid by is given up, and that is room enough.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

LAID_BY_SHARE = 4
"""The file laid by takes this part of what is kept free."""

HEALED_SHARE = 4
"""Calls are taken again once this part more than what is kept free is there, so that it does not go to and fro."""


class Disk:
    """Of the state folder. `look` costs one question to the system; one worker lays by, all look."""

    def __init__(self, folder: Path, *, keep: int, lays_by: bool = True) -> None:
        self._folder = folder
        self._file = folder / "laid-by"
        self._keep = keep
        self._lays_by = lays_by
        self.free = 0
        self.full = False
        self.look()

    def look(self) -> bool:
        """Whether it has become full, or has room again, since."""
        self.free = self._free()
        if self._lays_by:
            self._lay_by()
        wanted = self._keep + self._keep // HEALED_SHARE if self.full else self._keep
        was, self.full = self.full, self.free < wanted
        return was != self.full

    def _free(self) -> int:
        seen = os.statvfs(self._folder)
        return seen.f_bavail * seen.f_frsize

    def _lay_by(self) -> None:
        size = self._keep // LAID_BY_SHARE
        if self.free < size:
            self.give_up()
        elif self.free >= self._keep + 2 * size and not self._file.exists():
            try:
                handle = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600)
                try:
                    os.posix_fallocate(handle, 0, size)
                finally:
                    os.close(handle)
            except OSError:
                self.give_up()
            self.free = self._free()

    def give_up(self) -> None:
        """Makes room of what was laid by."""
        with contextlib.suppress(OSError):
            self._file.unlink()
        self.free = self._free()

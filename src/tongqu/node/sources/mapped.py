"""Files of numbers and texts that are mapped into memory: the system holds of them what is used, and several processes share it.

What is mapped counts as memory of the process as long as it is there, although the system may take it back at any time. So
when more is mapped than `RESIDENT_MAX`, pages are given back now and then: they stay in the system's cache.
"""

from __future__ import annotations

import mmap
import os
import weakref
from pathlib import Path
from typing import Literal

RESIDENT_MAX = 320 << 20
"""Of all mapped files together, libraries included."""

LOOKUPS = 512
"""Between two looks at how much is resident: each brings in a few pages with their neighbours."""

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Maps:
    """Every mapped file of this process. `crowded`: whether they could pass the bound."""

    def __init__(self) -> None:
        self.crowded = False
        self._open: weakref.WeakSet[Mapped] = weakref.WeakSet()
        self._since = 0

    def note(self, mapped: Mapped) -> None:
        self._open.add(mapped)
        self.crowded = sum(each.size for each in self._open) > RESIDENT_MAX // 2

    def give_back(self) -> None:
        """Of all: what was worked through once need not stand in memory; it stays in the system's cache."""
        for each in list(self._open):
            each.give_back()

    def touched(self, lookups: int) -> None:
        """Called where `crowded`, with how many look-ups were made."""
        self._since += lookups
        if self._since >= LOOKUPS:
            self._since = 0
            if _resident() > RESIDENT_MAX:
                self.give_back()


class Mapped:
    """One file, read only. An empty one has nothing to map."""

    def __init__(self, file: Path) -> None:
        handle = os.open(file, os.O_RDONLY)
        try:
            self.size = os.fstat(handle).st_size
            self.memory = mmap.mmap(handle, self.size, access=mmap.ACCESS_READ) if self.size else b""
        finally:
            os.close(handle)
        if isinstance(self.memory, mmap.mmap):
            self.memory.madvise(mmap.MADV_RANDOM)
        MAPS.note(self)

    def view(self, form: Literal["Q", "q", "B"]) -> memoryview[int]:
        return memoryview(self.memory).cast(form)

    def give_back(self) -> None:
        if isinstance(self.memory, mmap.mmap):
            self.memory.madvise(mmap.MADV_DONTNEED)


MAPS = Maps()


def _resident() -> int:
    with open("/proc/self/statm", "rb") as told:
        return int(told.read().split()[2]) * _PAGE

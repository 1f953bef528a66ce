"""Files of numbers and texts that are mapped into memory: the system holds of them what is used, and several processes share it.

What is mapped counts as memory of the process as long as it is there, although the system may take it back at any time. So
when more is mapped than `RESIDENT_MAX`, pages are given back now and then: they stay in the system's cache. One place that
is read may bring in two megabytes, for newer systems map a large folio of their cache whole. So many places are gone to from
the beginning of the files to their end, and after each stretch it is asked how much is there.
"""

from __future__ import annotations

import mmap
import os
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

RESIDENT_MAX = 320 << 20
"""Of all mapped files together, libraries included."""

STRETCH = 128 << 20
"""The most that is brought in between two looks at how much is resident."""

FOLIO = 2 << 20
"""The most that one place brings in."""

Places = npt.NDArray[np.int64]

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Maps:
    """Every mapped file of this process. `crowded`: whether they could pass the bound. Sources are loaded on one thread while
    calls are answered on another."""

    def __init__(self) -> None:
        self.crowded = False
        self._changing = threading.Lock()
        self._open: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()  # an array that looks into one keeps it
        self._brought = 0

    def note(self, memory: mmap.mmap) -> None:
        with self._changing:
            self._open.add(memory)
            self.crowded = sum(len(each) for each in self._open) > RESIDENT_MAX // 2

    def give_back(self) -> None:
        """Of all: what was worked through once need not stand in memory; it stays in the system's cache."""
        with self._changing:
            for each in self._open:
                each.madvise(mmap.MADV_DONTNEED)

    def touched(self, places: int) -> None:
        """Told of so many places that were gone to."""
        if not self.crowded:
            return
        self._brought += places * FOLIO
        if self._brought >= STRETCH:
            self._brought = 0
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
            MAPS.note(self.memory)

    def view(self, form: Literal["Q", "q", "B"]) -> memoryview[int]:
        return memoryview(self.memory).cast(form)


MAPS = Maps()


def in_stretches(order: npt.NDArray[Any], size: int, files: int = 1) -> Iterator[Places]:
    """Which places to go to at once, of all that are asked for, in files of that size together: in their `order` there, and
    so few between two looks that they do not reach further, or may bring in a folio of their own in each file."""
    by = np.argsort(order)
    step = max(1, len(by) * STRETCH // max(1, size), STRETCH // (FOLIO * files))
    for low in range(0, len(by), step):
        part = by[low : low + step]
        yield part
        MAPS.touched(len(part) * files)


def picked(values: npt.NDArray[Any], places: Places) -> npt.NDArray[Any]:
    """`values[places]` of what is mapped."""
    if not MAPS.crowded:
        return values[places]
    if values.nbytes <= STRETCH:  # whole, if it comes to that
        MAPS.touched(min(len(places), -(-values.nbytes // FOLIO)))
        return values[places]
    found = np.empty((len(places), *values.shape[1:]), values.dtype)
    for part in in_stretches(places, values.nbytes):
        found[part] = values[places[part]]
    return found


def among(asked: npt.NDArray[Any], known: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which of these stand in an array that is sorted, and may be mapped."""
    found = np.zeros(len(asked), dtype=np.bool_)
    if not len(known):
        return found
    # A search goes to a folio of its own with each halving, until what is left is one.
    folios = -(-known.nbytes // FOLIO)
    steps = folios.bit_length()
    if not MAPS.crowded or known.nbytes <= STRETCH:
        MAPS.touched(min(len(asked) * steps, folios))
        return np.asarray(known[_places(asked, known)] == asked)
    for part in in_stretches(asked, known.nbytes, steps):
        found[part] = known[_places(asked[part], known)] == asked[part]
    return found


def _places(asked: npt.NDArray[Any], known: npt.NDArray[Any]) -> Places:
    return np.minimum(np.searchsorted(known, asked), len(known) - 1)


def _resident() -> int:
    with open("/proc/self/statm", "rb") as told:
        return int(told.read().split()[2]) * _PAGE

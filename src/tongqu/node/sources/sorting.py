"""Entries by their hash, sorted outside memory into four files, and found there again.

Entries come in any number and leave in runs, each sorted; then the hashes are divided into stretches of about equal size,
and each stretch is gathered from all runs, sorted and written. So memory is bounded by a run, and every file is read and
written from its beginning to its end.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tongqu.node.mapped import MAPS, Mapped, in_stretches
from tongqu.node.sources.hashing import Hashes

Positions = npt.NDArray[np.int64]

RUN_ROWS = 1_000_000
RUN_BYTES = 48 << 20
"""Of the keys in a run; hashes and row numbers come to it."""

SAMPLE = 1_024
BUCKET_ROWS = 32
"""Entries for each place of the table that says where to begin to search, in the mean."""

IN_A_ROW = 16_384
"""Contents that are read between two looks at how much is resident."""

FILES = ("hashes", "order", "ends", "content", "starts")
LOOKED_INTO = ("starts", "hashes", "ends", "content")
"""Of a look-up."""


class Twins(Exception):
    """Two entries have the same content."""


class Sorter:
    """`add` entries in any order, then `finish`. Raises Twins on the way."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs: list[_Run] = []
        self._waiting: list[tuple[Hashes, Positions, pa.Array]] = []
        self._rows = self._bytes = 0

    def add(self, hashes: Hashes, rows: Positions, contents: pa.Array) -> None:
        """Of a large binary array without nulls."""
        size = contents.nbytes
        if self._waiting and (self._rows + len(rows) > RUN_ROWS or self._bytes + size > RUN_BYTES):
            self._runs.append(self._run())
        self._waiting.append((hashes, rows, contents))
        self._rows, self._bytes = self._rows + len(rows), self._bytes + size

    def _run(self) -> _Run:
        hashes, rows, contents = _sorted(self._waiting)
        self._waiting, self._rows, self._bytes = [], 0, 0
        return _Run.written(self._folder / f"run-{len(self._runs)}", hashes, rows, contents)

    def finish(self) -> None:
        """Writes the files into the folder, durably, and removes the runs."""
        with ExitStack() as open_files:
            out = _Out(self._folder, open_files, len(self))
            if not self._runs:
                if self._waiting:
                    out.write(*_sorted(self._waiting))
            else:
                if self._waiting:
                    self._runs.append(self._run())
                for stretch in self._stretches():
                    out.write(*_sorted(stretch))
            out.finish()
        for run in self._runs:
            run.remove()

    def __len__(self) -> int:
        return sum(run.rows for run in self._runs) + self._rows

    def _stretches(self) -> Iterator[list[tuple[Hashes, Positions, pa.Array]]]:
        samples = np.sort(np.concatenate([run.samples for run in self._runs]))
        size = sum(run.bytes for run in self._runs)
        many = max(1, -(-len(self) // RUN_ROWS), -(-size // RUN_BYTES))
        bounds = np.unique(samples[(np.arange(1, many) * len(samples)) // many])
        cuts = [run.cuts(bounds) for run in self._runs]
        for at in range(len(bounds) + 1):
            pieces = [run.read(cut[at], cut[at + 1]) for run, cut in zip(self._runs, cuts, strict=True)]
            if pieces := [piece for piece in pieces if len(piece[0])]:
                yield pieces


def _sorted(pieces: list[tuple[Hashes, Positions, pa.Array]]) -> tuple[Hashes, Positions, pa.Array]:
    hashes = np.concatenate([piece[0] for piece in pieces])
    by = np.argsort(hashes, kind="stable")
    hashes = hashes[by]
    contents = pa.concat_arrays([piece[2] for piece in pieces]).take(pa.array(by))
    _refuse_twins(hashes, contents)
    return hashes, np.concatenate([piece[1] for piece in pieces])[by], contents


def _refuse_twins(hashes: Hashes, contents: pa.Array) -> None:
    same = np.flatnonzero(hashes[1:] == hashes[:-1])
    if not len(same):
        return
    if pc.any(pc.equal(contents.take(pa.array(same)), contents.take(pa.array(same + 1)))).as_py():
        raise Twins
    for run in np.unique(hashes[same]):  # different contents of one hash: twins need not be neighbours
        low, high = np.searchsorted(hashes, run, "left"), np.searchsorted(hashes, run, "right")
        if len(contents.slice(low, high - low).unique()) < high - low:
            raise Twins


def _parts(contents: pa.Array) -> tuple[npt.NDArray[np.int64], memoryview]:
    """Where each begins and ends, from 0, and all of them one after the other."""
    _, ends, letters = contents.buffers()
    offsets = np.frombuffer(ends, np.int64, len(contents) + 1, contents.offset * 8)
    content = memoryview(letters if letters is not None else b"")[int(offsets[0]) : int(offsets[-1])]
    return offsets - offsets[0], content


def _texts(offsets: npt.NDArray[np.int64], content: bytes) -> pa.Array:
    return pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(content)]
    )


class _Run:
    """Sorted entries in a file: hashes, rows, where each content begins, contents."""

    def __init__(self, file: Path, rows: int, size: int, samples: Hashes) -> None:
        self.file, self.rows, self.bytes, self.samples = file, rows, size, samples

    @classmethod
    def written(cls, file: Path, hashes: Hashes, rows: Positions, contents: pa.Array) -> _Run:
        offsets, content = _parts(contents)
        with file.open("xb") as out:
            for each in (hashes, rows, offsets):
                each.tofile(out)
            out.write(content)
        return cls(file, len(hashes), len(content), hashes[::SAMPLE].copy())

    def cuts(self, bounds: Hashes) -> list[int]:
        hashes = np.fromfile(self.file, np.uint64, self.rows)
        return [0, *np.searchsorted(hashes, bounds, "left").tolist(), self.rows]

    def read(self, low: int, high: int) -> tuple[Hashes, Positions, pa.Array]:
        many, wide = high - low, self.rows * 8
        hashes = np.fromfile(self.file, np.uint64, many, offset=low * 8)
        rows = np.fromfile(self.file, np.int64, many, offset=wide + low * 8)
        offsets = np.fromfile(self.file, np.int64, many + 1, offset=2 * wide + low * 8)
        with self.file.open("rb") as source:
            source.seek(3 * wide + 8 + int(offsets[0]))
            content = source.read(int(offsets[-1] - offsets[0]))
        return hashes, rows, _texts(offsets - offsets[0], content)

    def remove(self) -> None:
        self.file.unlink()


class _Out:
    def __init__(self, folder: Path, open_files: ExitStack, rows: int) -> None:
        def opened(name: str) -> int:
            return os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

        self._files = {name: open_files.enter_context(os.fdopen(opened(name), "wb")) for name in FILES}
        self._end = 0
        bits = max(1, (rows // BUCKET_ROWS).bit_length())
        self._shift, self._counts = 64 - bits, np.zeros((1 << bits) + 1, np.int64)
        np.zeros(1, np.int64).tofile(self._files["ends"])

    def write(self, hashes: Hashes, rows: Positions, contents: pa.Array) -> None:
        offsets, content = _parts(contents)
        hashes.tofile(self._files["hashes"])
        rows.tofile(self._files["order"])
        (offsets[1:] + self._end).tofile(self._files["ends"])
        self._files["content"].write(content)
        self._end += int(offsets[-1])
        buckets, counts = np.unique(hashes >> np.uint64(self._shift), return_counts=True)
        self._counts[buckets.astype(np.int64) + 1] += counts

    def finish(self) -> None:
        np.cumsum(self._counts).tofile(self._files["starts"])
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())


class Sorted:
    """The files of a folder, opened to find entries in. Safe for several threads."""

    def __init__(self, folder: Path) -> None:
        self._maps = {name: Mapped(folder / name) for name in FILES}
        self._hashes, self._starts = self._maps["hashes"].view("Q"), self._maps["starts"].view("q")
        self._ends, self._content = self._maps["ends"].view("q"), self._maps["content"].view("B")
        self._shift = 64 - ((len(self._starts) - 1).bit_length() - 1)
        self._all = np.frombuffer(self._maps["hashes"].memory, np.uint64)
        self._begins = np.frombuffer(self._maps["starts"].memory, np.int64)
        self._size = sum(self._maps[name].size for name in LOOKED_INTO)
        self.order: Positions = np.frombuffer(self._maps["order"].memory, np.int64)
        self._contents = pa.LargeBinaryArray.from_buffers(
            pa.large_binary(),
            len(self._all),
            [None, pa.py_buffer(self._maps["ends"].memory), pa.py_buffer(self._maps["content"].memory)],
        )

    def __len__(self) -> int:
        return len(self._all)

    def content(self, position: int) -> bytes:
        """Cut out of the file's own memory: an Arrow scalar would take several times as long."""
        return bytes(self._content[self._ends[position] : self._ends[position + 1]])

    def contents(self, positions: Positions) -> list[bytes | None]:
        """The content of each, in the order asked; None for -1."""
        found: list[bytes | None] = [None] * len(positions)
        there = np.flatnonzero(positions >= 0)
        for part in in_stretches(positions[there], self._size, len(LOOKED_INTO)):
            chosen = there[part]
            for at, position in zip(chosen.tolist(), positions[chosen].tolist(), strict=True):
                found[at] = self.content(position)
        return found

    def every_content(self) -> Iterator[bytes]:
        """In order."""
        for low in range(0, len(self), IN_A_ROW):
            yield from map(self.content, range(low, min(low + IN_A_ROW, len(self))))
            MAPS.touched(IN_A_ROW)

    def find(self, hashed: int, content: bytes) -> int:
        """The position of one entry, or -1."""
        hashes, starts, ends, bucket = self._hashes, self._starts, self._ends, hashed >> self._shift
        high = starts[bucket + 1]
        at = bisect_left(hashes, hashed, starts[bucket], high)
        while at < high and hashes[at] == hashed:
            if self._content[ends[at] : ends[at + 1]] == content:
                break
            at += 1
        else:
            at = -1
        MAPS.touched(len(LOOKED_INTO) + 1)  # and what is looked up by the position
        return at

    def find_many(self, hashes: Hashes, contents: pa.Array) -> Positions:
        """The position of each, or -1, in the order asked."""
        if not len(self):
            return np.full(len(hashes), -1, dtype=np.int64)
        if not MAPS.crowded:
            return self._found(hashes, contents)
        found = np.empty(len(hashes), dtype=np.int64)
        for part in in_stretches(hashes, self._size, len(LOOKED_INTO)):
            found[part] = self._found(hashes[part], contents.take(pa.array(part)))
        return found

    def _found(self, hashes: Hashes, contents: pa.Array) -> Positions:
        at = np.minimum(self._from(hashes), len(self._all) - 1)
        near = self._all[at] == hashes
        same = pc.equal(self._contents.take(pa.array(at)), contents).to_numpy(zero_copy_only=False)
        found = np.where(near & same, at, -1)
        for odd in np.flatnonzero(near & ~same):  # a neighbour shares the hash: look at each of them
            found[odd] = self.find(int(hashes[odd]), contents[int(odd)].as_py())
        return found

    def _from(self, hashes: Hashes) -> Positions:
        """Where the first entry stands that is not below each hash: from the table to its few entries, halved for all at
        once. A search through all entries would touch a page for each of its first steps."""
        bucket = (hashes >> np.uint64(self._shift)).astype(np.int64)
        low, high = self._begins[bucket], self._begins[bucket + 1]
        last = len(self._all) - 1
        for _ in range(int((high - low).max()).bit_length()):
            middle = (low + high) >> 1
            below = (self._all[np.minimum(middle, last)] < hashes) & (low < high)
            low = np.where(below, middle + 1, low)
            high = np.where(below, high, middle)
        return low

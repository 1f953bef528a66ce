"""Finds a row by its key: sorted 64-bit keyed hashes to search, the keys themselves to be sure, in files that are mapped.

Some 25 bytes a key and the key itself, on the disk; in memory stands what is used. The index of a version is made once and
opened again at each start. The hash only narrows the search: an answer is given only for the key itself, since answers are
billed.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from tongqu.node.mapped import MAPS, picked
from tongqu.node.sources.hashing import Hashes, KeyedHash
from tongqu.node.sources.kept import Rows
from tongqu.node.sources.sorting import Positions, Sorted, Sorter, Twins
from tongqu.node.sources.tables import source_fault
from tongqu.node.state import write_durably
from tongqu.wire.keyed import keyed_hash

NOTE = "index.json"
_FORM = 1
_CHUNK = 65_536


class KeyIndex:
    """Positions are those of the *sorted* order; `order` says which row stands there."""

    def __init__(self, folder: Path, hashing: KeyedHash) -> None:
        self.folder = folder
        self._hashing = hashing
        self._of = hashing.of
        self._sorted = Sorted(folder)
        self._find = self._sorted.find
        self.order: Positions = self._sorted.order

    def __len__(self) -> int:
        return len(self._sorted)

    def texts(self, positions: Positions) -> list[str | None]:
        """The key at each position, in the order asked; None for -1."""
        return [None if each is None else each.decode() for each in self._sorted.contents(positions)]

    def find(self, key: str) -> int:
        """The position of one key, or -1."""
        try:
            content = key.encode()
        except UnicodeEncodeError:  # half a character is in no text
            return -1
        return self._find(self._of(content), content)

    def find_many(self, keys: list[str]) -> Positions:
        """The position of each key, or -1, in the order asked."""
        if len(keys) == 1:
            return np.array([self.find(keys[0])], dtype=np.int64)
        try:
            asked = pa.array(keys, pa.large_string()).view(pa.large_binary())
        except UnicodeEncodeError:
            asked = pa.array([key.encode("utf-8", "surrogatepass") for key in keys], pa.large_binary())
        return self._sorted.find_many(self._hashing.of_many(asked), asked)

    def blinded(self, agreed: bytes) -> BlindedIndex:
        """The same positions by the blinded keys of one contract."""
        return BlindedIndex(self._sorted.every_content(), agreed, self.folder)


class BlindedIndex:
    """Positions by HMAC-SHA-256, searched by its first eight bytes and compared whole. Its files have no names: they are
    gone with it."""

    def __init__(self, keys: Iterator[bytes], agreed: bytes, folder: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="blinded-", dir=folder) as name:
            sorter = Sorter(Path(name))
            for first, made in _by_chunks(keyed_hash(agreed, key) for key in keys):
                sorter.add(_first_eight(made), np.arange(first, first + len(made)), made)
            sorter.finish()
            pa.default_memory_pool().release_unused()
            MAPS.give_back()
            self._sorted = Sorted(Path(name))

    def find_many(self, keys: list[str]) -> Positions:
        """The position of each blinded key (64 hexadecimal characters), or -1, in the order asked."""
        asked = pa.array([bytes.fromhex(key) for key in keys], pa.large_binary())
        at = self._sorted.find_many(_first_eight(asked), asked)
        return np.where(at >= 0, picked(self._sorted.order, at), -1) if len(self._sorted) else at


def _by_chunks(contents: Iterator[bytes]) -> Iterator[tuple[int, pa.Array]]:
    waiting: list[bytes] = []
    first = 0
    for each in contents:
        waiting.append(each)
        if len(waiting) == _CHUNK:
            yield first, pa.array(waiting, pa.large_binary())
            first += len(waiting)
            waiting = []
    if waiting:
        yield first, pa.array(waiting, pa.large_binary())


def _first_eight(digests: pa.Array) -> Hashes:
    whole = np.frombuffer(digests.buffers()[2] or b"", np.uint64).reshape(-1, 4)
    return whole[:, 0].copy()


def index_of(source: str, rows: Rows, key: str, folder: Path, hashing: KeyedHash, *, reading: str = "") -> KeyIndex:
    """The index in the folder, made now unless it stands there already, of the same rows read the same way. Raises
    SourceFault."""
    told = {"form": _FORM, "key": key, "hash": hashing.mark, "rows": rows.rows, "reading": reading}
    said = json.dumps(told).encode()
    if _read(folder / NOTE) != said:
        _made_whole(folder, lambda fresh: _make(source, rows, key, fresh, hashing, said))
    return KeyIndex(folder, hashing)


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _made_whole(folder: Path, make: Callable[[Path], None]) -> None:
    """The folder gets its name once all of it is on the disk."""
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700, parents=True)
    try:
        make(fresh)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _make(source: str, rows: Rows, key: str, folder: Path, hashing: KeyedHash, said: bytes) -> None:
    sorter, first = Sorter(folder), 0
    try:
        for batch in rows.batches([key]):
            cells = batch.column(0).cast(pa.large_string()).view(pa.large_binary())
            there = first + np.flatnonzero(cells.is_valid().to_numpy(zero_copy_only=False))
            keys = cells.drop_null() if len(there) < len(cells) else cells
            sorter.add(hashing.of_many(keys), there, keys)
            first += len(cells)
        sorter.finish()
    except Twins:
        raise source_fault(
            "key-not-unique",
            f"数据源 {source} 的键列有重复值。",
            f"Source {source} has repeated values in its key column.",
            "核验须以唯一的列为键, 请更换键列或去重。",
            "Verification needs a unique key: choose another column or remove the repetitions.",
        ) from None
    write_durably(folder / NOTE, said)

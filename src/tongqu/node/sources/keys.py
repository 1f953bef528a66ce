"""Finds a row by its key: sorted 64-bit hashes to search, the keys themselves to be sure. About 40 bytes a key.

The hash is Python's own, which is seeded anew in every process, so nobody outside can choose keys that collide. It only
narrows the search: an answer is given only for the key itself, since answers are billed.
"""

from __future__ import annotations

import hmac

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tongqu.node.sources.tables import source_fault

Positions = npt.NDArray[np.int64]
_CHUNK = 100_000


class KeyIndex:
    """Positions are those of the *sorted* order; `order` says which row of the table stands there."""

    def __init__(self, source: str, keys: pa.ChunkedArray) -> None:
        keys = keys.cast(pa.large_string())
        hashes = _hashes(keys)
        present = np.flatnonzero(keys.is_valid().to_numpy())
        self.order: Positions = present[np.argsort(hashes[present], kind="stable")]
        self._hashes = hashes[self.order]
        self._keys = pa.concat_arrays(keys.take(pa.array(self.order)).chunks) if len(self.order) else None
        self._texts = _texts_of(self._keys) if self._keys is not None else None
        self._refuse_twins(source)

    def __len__(self) -> int:
        return len(self._hashes)

    def _refuse_twins(self, source: str) -> None:
        same = np.flatnonzero(self._hashes[1:] == self._hashes[:-1])
        runs = {int(self._hashes[at]) for at in same}
        for run in runs:
            low, high = (
                np.searchsorted(self._hashes, [run], "left")[0],
                np.searchsorted(self._hashes, [run], "right")[0],
            )
            texts = [self._text(at) for at in range(low, high)]
            if len(set(texts)) != len(texts):
                raise source_fault(
                    "key-not-unique",
                    f"数据源 {source} 的键列有重复值。",
                    f"Source {source} has repeated values in its key column.",
                    "核验须以唯一的列为键, 请更换键列或去重。",
                    "Verification needs a unique key: choose another column or remove the repetitions.",
                )

    def _text(self, position: int) -> str:
        return self._bytes(position).decode()

    def _bytes(self, position: int) -> bytes:
        """A key in UTF-8, cut out of the array's own memory: an Arrow scalar would take several times as long."""
        assert self._texts is not None
        ends, content = self._texts
        return bytes(content[ends[position] : ends[position + 1]])

    def blinded(self, agreed: bytes) -> BlindedIndex:
        """The same positions by the blinded keys of one contract."""
        return BlindedIndex([self._bytes(at) for at in range(len(self))], agreed)

    def text(self, position: int) -> str:
        return self._text(position)

    def find(self, key: str) -> int:
        """The position of one key, or -1."""
        hashes, wanted = self._hashes, hash(key)
        at = int(hashes.searchsorted(wanted))
        while at < len(hashes) and hashes[at] == wanted:
            if self._bytes(at) == key.encode():
                return at
            at += 1
        return -1

    def find_many(self, keys: list[str]) -> Positions:
        """The position of each key, or -1, in the order asked."""
        if len(keys) == 1:
            return np.array([self.find(keys[0])], dtype=np.int64)
        if self._keys is None:
            return np.full(len(keys), -1, dtype=np.int64)
        wanted = np.fromiter((hash(key) for key in keys), dtype=np.int64, count=len(keys))
        at = np.minimum(np.searchsorted(self._hashes, wanted), len(self._hashes) - 1)
        near = self._hashes[at] == wanted
        same = pc.equal(self._keys.take(pa.array(at)), pa.array(keys, pa.large_string()))
        found = np.where(near & same.to_numpy(zero_copy_only=False), at, -1).astype(np.int64)
        for odd in np.flatnonzero(near & (found < 0)):  # a neighbour shares the hash: look at each of them
            found[odd] = self.find(keys[odd])
        return found


class BlindedIndex:
    """Positions by HMAC-SHA-256: sorted by their first eight bytes, and all 32 compared. 40 bytes a key."""

    def __init__(self, keys: list[bytes], agreed: bytes) -> None:
        made = b"".join(hmac.digest(agreed, key, "sha256") for key in keys)
        digests = np.frombuffer(made, dtype=np.uint64).reshape(-1, 4)
        self._order: Positions = np.argsort(digests[:, 0], kind="stable")
        self._digests = digests[self._order]

    def find_many(self, keys: list[str]) -> Positions:
        """The position of each blinded key (64 hexadecimal characters), or -1, in the order asked."""
        wanted = np.frombuffer(bytes.fromhex("".join(keys)), dtype=np.uint64).reshape(-1, 4)
        low = np.searchsorted(self._digests[:, 0], wanted[:, 0], "left")
        high = np.searchsorted(self._digests[:, 0], wanted[:, 0], "right")
        found = np.full(len(keys), -1, dtype=np.int64)
        for at in np.flatnonzero(high > low):
            same = (self._digests[low[at] : high[at]] == wanted[at]).all(axis=1)
            if same.any():
                found[at] = self._order[low[at] + int(np.argmax(same))]
        return found


def _texts_of(keys: pa.LargeStringArray) -> tuple[memoryview, memoryview]:
    """Where each text begins and ends, and all the texts: views of the array's buffers."""
    _, ends, content = keys.buffers()
    offsets = memoryview(ends).cast("q")[keys.offset : keys.offset + len(keys) + 1]
    return offsets, memoryview(content if content is not None else b"")


def _hashes(keys: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    parts = []
    for start in range(0, len(keys), _CHUNK):
        piece = keys.slice(start, _CHUNK).to_pylist()
        parts.append(np.fromiter((hash(key) for key in piece), dtype=np.int64, count=len(piece)))
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

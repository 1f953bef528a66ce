"""A hash of 64 bits under a secret: the key as one large number, modulo a secret prime (Karp and Rabin), then spread.

Two different keys of n bytes have the same hash only where the prime, one of some 2^49, divides their difference, and at
most n / 7 of them do. So nobody who does not know the node's secret can choose keys that collide, and the same keys have
the same hash after a restart. It narrows a search and is told to nobody; it proves nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Hashes = npt.NDArray[np.uint64]

BITS = 56
"""Of the prime: a byte more fits into 64."""

LENGTHS_MAX = 64
"""So many lengths of keys are worked through at once, each by columns; of more, each key by itself."""

_MASK = (1 << 64) - 1
_WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


class KeyedHash:
    """One for a node's secret."""

    def __init__(self, secret: bytes) -> None:
        self.prime = _prime(secret)
        self.factor = _drawn(secret, "factor", 0) | 1
        self.mark = hmac.digest(secret, b"tongqu key index mark", "sha256").hex()
        """Says whether an index was made with the same secret, and nothing of it."""

    def of(self, content: bytes) -> int:
        return int.from_bytes(b"\x01" + content, "big") % self.prime * self.factor & _MASK

    def of_many(self, texts: pa.Array) -> Hashes:
        """Of a large text or binary array without nulls. The same as `of`, a column of bytes at a time."""
        _, ends, content = texts.buffers()
        offsets = (
            np.frombuffer(ends, np.int64, len(texts) + 1, texts.offset * 8) if len(texts) else np.zeros(1, np.int64)
        )
        letters = np.frombuffer(content if content is not None else b"", np.uint8)
        sizes = np.diff(offsets)
        hashes = np.ones(len(texts), np.uint64)
        if not len(texts):
            return hashes
        if int(sizes.min()) == int(sizes.max()):
            size = int(sizes[0])
            block = letters[offsets[0] : offsets[0] + size * len(texts)].reshape(len(texts), size)
            for at in range(size):
                self._fold(hashes, block[:, at])
        elif len(lengths := np.unique(sizes)) <= LENGTHS_MAX:
            for size in lengths.tolist():
                rows = np.flatnonzero(sizes == size)
                part, starts = np.ones(len(rows), np.uint64), offsets[rows]
                for at in range(size):
                    self._fold(part, letters[starts + at])
                hashes[rows] = part
        else:
            whole, bounds = memoryview(content), offsets.tolist()
            made = (
                int.from_bytes(b"\x01" + whole[low:high], "big") % self.prime
                for low, high in itertools.pairwise(bounds)
            )
            hashes = np.fromiter(made, np.uint64, len(texts))
        hashes *= np.uint64(self.factor)
        return hashes

    def _fold(self, hashes: Hashes, letters: npt.NDArray[np.uint8]) -> None:
        """One more byte of each, in place: a division by one number is quicker than a remainder."""
        prime = np.uint64(self.prime)
        hashes <<= np.uint64(8)
        hashes |= letters
        rest = hashes // prime
        rest *= prime
        hashes -= rest


def _drawn(secret: bytes, what: str, number: int) -> int:
    return int.from_bytes(hmac.digest(secret, f"tongqu key index {what} {number}".encode(), hashlib.sha256)[:8], "big")


def _prime(secret: bytes) -> int:
    number = 0
    while True:
        drawn = _drawn(secret, "prime", number) >> (64 - BITS) | 1 << (BITS - 1) | 1
        if _is_prime(drawn):
            return drawn
        number += 1


def _is_prime(number: int) -> bool:
    """Miller and Rabin, with witnesses that leave no doubt below 2^64."""
    if number < 2:
        return False
    for small in _WITNESSES:
        if number % small == 0:
            return number == small
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(pow(witness, odd, number), number, twos) for witness in _WITNESSES)


def _passes(power: int, number: int, twos: int) -> bool:
    if power == 1:
        return True
    for _ in range(twos):
        if power == number - 1:
            return True
        power = power * power % number
    return False

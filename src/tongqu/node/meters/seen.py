"""Says of most new call keys, without asking the disk, that they were never used.

Bits that are set for every key that was used (Bloom): one that is not set is certain, and then nothing has to be looked up;
set ones prove nothing, and the index is asked. Two bytes a key, in rooms that double, so that nothing is set anew as keys grow.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FIRST_KEYS = 1 << 16
KEYS_MAX = 1 << 25
"""With so many one more room is opened, and no other: of twice as many it knows nothing. 128 MB are enough for it."""

_BITS_A_KEY = 16
_PROBES = range(4)


def seen_hash(contract: str, call: str) -> int:
    """By which call keys are spread: another one in each process."""
    return hash((contract, call))


class Seen:
    """Filled on one thread at a time; asked on any."""

    def __init__(self) -> None:
        self.whole = False
        """Whether every key that was used is in: before that nothing is certain."""
        self._rooms = [bytearray(FIRST_KEYS * _BITS_A_KEY // 8)]
        self._left = FIRST_KEYS
        self._keys = 0

    def add(self, keys: Sequence[int]) -> None:
        """By their `seen_hash`. Many at once: for each by itself Python's lock would be held several times as long."""
        taken = 0
        while taken < len(keys):
            if not self._left:
                self._next_room()
            if self._left < 0:
                return
            part = keys[taken : taken + self._left]
            self._set(part)
            self._left -= len(part)
            taken += len(part)

    def _next_room(self) -> None:
        self._keys += len(self._rooms[-1]) * 8 // _BITS_A_KEY
        if self._keys >= KEYS_MAX:
            self.whole, self._rooms, self._left = False, [], -1
        else:
            self._left = 2 * len(self._rooms[-1]) * 8 // _BITS_A_KEY
            self._rooms.append(bytearray(2 * len(self._rooms[-1])))

    def _set(self, keys: Sequence[int]) -> None:
        room = np.frombuffer(self._rooms[-1], dtype=np.uint8)  # what it sets is set in the room
        hashed = np.array(keys, dtype=np.int64)
        mask, step = np.int64(len(room) * 8 - 1), hashed >> 32 | 1
        for _ in _PROBES:
            at = hashed & mask
            np.bitwise_or.at(room, at >> 3, np.left_shift(1, at & 7).astype(np.uint8))
            hashed = hashed + step  # beyond 64 bits it begins anew, which the mask does not see

    def surely_new(self, contract: str, call: str) -> bool:
        rooms = self._rooms  # before it is asked whether they are whole: another thread may throw them away
        if not self.whole:
            return False
        first = seen_hash(contract, call)
        step = first >> 32 | 1
        for room in rooms:
            mask, hashed = len(room) * 8 - 1, first
            for _ in _PROBES:
                at = hashed & mask
                if not room[at >> 3] >> (at & 7) & 1:
                    break
                hashed += step
            else:
                return False
        return True

    def all_in(self) -> None:
        self.whole = self._left >= 0

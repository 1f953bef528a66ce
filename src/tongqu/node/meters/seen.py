"""Says of most new call keys, without asking the disk, that they were never used.

Bits that are set for every key that was used (Bloom): one that is not set is certain, and then nothing has to be looked up;
set ones prove nothing, and the index is asked. Two bytes a key, in rooms that double, so that nothing is set anew as keys grow.
"""

from __future__ import annotations

FIRST_KEYS = 1 << 16
KEYS_MAX = 1 << 25
"""Of more it knows nothing: 64 MB are enough for it."""

_BITS_A_KEY = 16
_PROBES = range(4)


class Seen:
    """Filled on one thread at a time; asked on any. Keys are spread by a hash that is another in each process."""

    def __init__(self) -> None:
        self.whole = False
        """Whether every key that was used is in: before that nothing is certain."""
        self._rooms = [bytearray(FIRST_KEYS * _BITS_A_KEY // 8)]
        self._left = FIRST_KEYS
        self._keys = 0

    def add(self, contract: str, call: str) -> None:
        if not self._left:
            self._keys += len(self._rooms[-1]) * 8 // _BITS_A_KEY
            if self._keys >= KEYS_MAX:
                self.whole, self._rooms, self._left = False, [], -1
            else:
                self._left = 2 * len(self._rooms[-1]) * 8 // _BITS_A_KEY
                self._rooms.append(bytearray(2 * len(self._rooms[-1])))
        if self._left < 0:
            return
        self._left -= 1
        room, hashed = self._rooms[-1], hash((contract, call))
        mask, step = len(room) * 8 - 1, hashed >> 32 | 1
        for _ in _PROBES:
            at = hashed & mask
            room[at >> 3] |= 1 << (at & 7)
            hashed += step

    def surely_new(self, contract: str, call: str) -> bool:
        rooms = self._rooms  # before it is asked whether they are whole: another thread may throw them away
        if not self.whole:
            return False
        first = hash((contract, call))
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

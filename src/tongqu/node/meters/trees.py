"""The trees of statements, for whoever asks for the way of one receipt after the other to the root."""

from __future__ import annotations

from functools import lru_cache

from tongqu.node.meters.index import Index
from tongqu.wire import merkle

LOWER = 6
"""So many storeys of a tree are made of the leaves each time: at most 64 of them for each hash."""

TREES_KEPT = 64


class Trees:
    """Keeps the upper storeys of the trees that were last asked for: what a statement covers does not change. It is asked on
    several threads, and whoever folds fifty thousand leaves keeps Python's lock from the calls."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._upper = lru_cache(TREES_KEPT)(self._folded)

    def way(self, contract: str, first: int, count: int, sequence: int) -> list[bytes]:
        """Of the receipt with this number, in a statement over `count` receipts from the number `first`."""
        upper = self._upper(contract, first, count)

        def read(height: int, index: int) -> bytes:
            if height < LOWER:
                return merkle.fold(self._leaves(contract, first + (index << height), 1 << height))
            above = height - LOWER
            return merkle.fold(upper[index << above : (index + 1) << above])

        return merkle.inclusion_proof(sequence - first, count, read)

    def _folded(self, contract: str, first: int, count: int) -> list[bytes]:
        leaves, size = self._leaves(contract, first, count), 1 << LOWER
        return [merkle.fold(leaves[at : at + size]) for at in range(0, count - size + 1, size)]

    def _leaves(self, contract: str, first: int, count: int) -> list[bytes]:
        return [leaf for each in self._index.counted_after(contract, first - 1, count) for leaf in each.leaves]

"""The Merkle tree of RFC 6962 (SHA-256): hashes, roots, proofs of inclusion and consistency, and their verification.

The functions that build a proof do not hold a tree. They ask a reader for the hash of a *complete* subtree, named by
its height and its index at that height, so the same code serves a list in memory, a table of tiles and files fetched
from `/log/tile/`. A proof needs O(log n) such subtrees.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence

# (height, index) -> the hash over leaves [index * 2**height, (index + 1) * 2**height), all of which exist.
Subtree = Callable[[int, int], bytes]

EMPTY_ROOT = hashlib.sha256(b"").digest()


class BadPath(ValueError):
    """The path of hashes does not lead from what is claimed to the root. Do not believe the claim."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry (RFC 6962, 2.1): the prefix keeps a leaf from passing for a node."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two children (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbouring subtrees of one height; their number is a power of two."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def in_memory(leaf_hashes: Sequence[bytes]) -> Subtree:
    """A reader over a list of leaf hashes: for tests and small trees."""

    def read(height: int, index: int) -> bytes:
        return fold(leaf_hashes[index << height : (index + 1) << height])

    return read


def subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The fewest complete subtrees (height, index) that cover leaves [start, end), from left to right.

    `start` must be a multiple of the largest power of two that fits in the range, as it is wherever RFC 6962 splits.
    """
    while start < end:
        height = (end - start).bit_length() - 1
        yield height, start >> height
        start += 1 << height


def _range_root(start: int, end: int, read: Subtree) -> bytes:
    pieces = [read(height, index) for height, index in subtrees(start, end)]
    root_hash = pieces.pop()
    while pieces:
        root_hash = node_hash(pieces.pop(), root_hash)
    return root_hash


def root(size: int, read: Subtree) -> bytes:
    """The Merkle tree hash of the first `size` leaves."""
    return _range_root(0, size, read) if size else EMPTY_ROOT


def folding(leaf_hashes: Sequence[bytes], at_once: int = 256) -> Generator[None, None, bytes]:
    """The Merkle tree hash of all these leaves, in pieces of `at_once` (a power of two): after each it may be left alone for a
    while. What it returns is `root(len(leaf_hashes), in_memory(leaf_hashes))`."""
    height, folded = at_once.bit_length() - 1, list[bytes]()
    for first in range(0, len(leaf_hashes) - at_once + 1, at_once):
        folded.append(fold(leaf_hashes[first : first + at_once]))
        yield

    def read(above: int, index: int) -> bytes:
        row, above = (folded, above - height) if above >= height else (leaf_hashes, above)
        return fold(row[index << above : (index + 1) << above])

    return root(len(leaf_hashes), read)


def _split(size: int) -> int:
    """The largest power of two below `size` (RFC 6962, 2.1)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, read: Subtree) -> list[bytes]:
    """The path from leaf `index` to the root of the first `size` leaves (RFC 6962, 2.1.1), lowest hash first."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_root(middle, end, read))
            end = middle
        else:
            path.append(_range_root(start, middle, read))
            start = middle
    return path[::-1]


def paths(leaf_hashes: Sequence[bytes]) -> tuple[bytes, list[bytes]]:
    """The root over all these leaves, and for each its path to it, hashes end to end: all at once, for a tree that is small
    and proved whole. The same as `root` and `inclusion_proof`, which ask for one at a time."""
    rows = [list(leaf_hashes)]
    while len(row := rows[-1]) > 1:
        odd = [row[-1]] if len(row) & 1 else []
        rows.append([node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)] + odd)
    found = [b""]
    for row in reversed(rows[:-1]):  # below each: what stands beside it, and then the way of the one above
        ways = found
        found = [row[at ^ 1] + ways[at >> 1] if at ^ 1 < len(row) else ways[at >> 1] for at in range(len(row))]
    return rows[-1][0], found


def consistency_proof(old: int, new: int, read: Subtree) -> list[bytes]:
    """The hashes that show a tree of `old` leaves to be the beginning of one of `new` (RFC 6962, 2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} cannot begin a tree of {new}")
    if old in (0, new):
        return []
    path: list[bytes] = []
    start, end = 0, new
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range_root(middle, end, read))
            end = middle
        else:
            path.append(_range_root(start, middle, read))
            start = middle
    if start:  # otherwise the old root itself is the remaining hash, and the verifier has it
        path.append(_range_root(start, end, read))
    return path[::-1]


def root_by_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """The root that the path leads to (RFC 9162, 2.1.3.2). Raises BadPath when its length cannot fit."""
    if not 0 <= index < size:
        raise BadPath(f"leaf {index} is not in a tree of {size}")
    position, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise BadPath("the path is too long")
        if position & 1 or position == last:
            found = node_hash(step, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = node_hash(found, step)
        position, last = position >> 1, last >> 1
    if last:
        raise BadPath("the path is too short")
    return found


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], root_hash: bytes) -> None:
    """Raises BadPath unless the path leads from the leaf hash at `index` to the root of a tree of `size`."""
    if root_by_inclusion(index, size, leaf, path) != root_hash:
        raise BadPath("the path leads to another root")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """Raises BadPath unless the path shows `old_root` to be the beginning of `new_root` (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new:
        raise BadPath(f"a tree of {old} cannot begin a tree of {new}")
    if old in (0, new):
        if path:
            raise BadPath("the path is too long")
        if (old == new and old_root != new_root) or (old == 0 and old_root != EMPTY_ROOT):
            raise BadPath("the path leads to another root")
        return
    _climb(old, new, old_root, new_root, path)


def _climb(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not steps:
        raise BadPath("the path is too short")
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    found_old = found_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise BadPath("the path is too long")
        if position & 1 or position == last:
            found_old, found_new = node_hash(step, found_old), node_hash(step, found_new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found_new = node_hash(found_new, step)
        position, last = position >> 1, last >> 1
    if last:
        raise BadPath("the path is too short")
    if found_old != old_root or found_new != new_root:
        raise BadPath("the path leads to another root")

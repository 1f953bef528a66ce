"""How a log is published as files: C2SP tlog-tiles. Names of tiles, bundles of entries, and reading a tree from tiles.

A tile of level L holds up to 256 neighbouring hashes of height 8·L. Full tiles never change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tongqu.wire.merkle import EMPTY_ROOT, Subtree, fold, node_hash, subtrees

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH_BYTES = 32
LEVEL_MAX = 63
# Far above any log, and low enough for a 64-bit position.
INDEX_MAX = 2**54

_PATH = re.compile(r"(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)


class BadTile(ValueError):
    """The path names no tile, or the bytes are not those of one. Answer "not found", or distrust the log."""


@dataclass(frozen=True)
class Tile:
    """One file of the log. `level` None is a bundle of entries; `width` is the number of hashes or entries in it."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The path below `/tile/`: `0/x001/x234/067.p/8`."""
        groups = [f"{self.index % 1000:03d}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"{level}/{'/'.join(groups)}{partial}"

    @property
    def full(self) -> bool:
        return self.width == WIDTH


def parse(path: str) -> Tile:
    """The tile that a path below `/tile/` names. Only the one canonical spelling is accepted. Raises BadTile."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise BadTile(f"not the path of a tile: {path!r}")
    level, index, width = found.groups()
    tile = Tile(
        level=None if level == "entries" else int(level),
        index=int(index.replace("/", "").replace("x", "")),
        width=int(width) if width else WIDTH,
    )
    # The comparison refuses what the pattern lets through: needless `x000/` groups and `.p/256`.
    if tile.path != path or tile.width > WIDTH or (tile.level or 0) > LEVEL_MAX or tile.index > INDEX_MAX:
        raise BadTile(f"not the path of a tile: {path!r}")
    return tile


def width_at(level: int, index: int, size: int) -> int:
    """How many hashes tile (level, index) holds in a tree of `size` leaves: 0 to 256."""
    return max(0, min(WIDTH, (size >> (HEIGHT * level)) - index * WIDTH))


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries as one file: each behind its length in two big-endian bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises BadTile when the lengths do not add up."""
    entries, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise BadTile("the bundle of entries is cut short")
        entries.append(data[at + 2 : end])
        at = end
    return entries


def hashes(data: bytes) -> list[bytes]:
    """The hashes of a tile's bytes. Raises BadTile when they are not whole."""
    if len(data) % HASH_BYTES:
        raise BadTile("a tile holds whole hashes")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def subtree_reader(fetch: Callable[[Tile], bytes], size: int) -> Subtree:
    """Reads complete subtrees of a tree of `size` leaves from its tiles; each tile is fetched once."""
    kept: dict[tuple[int, int], list[bytes]] = {}

    def read(height: int, index: int) -> bytes:
        level, above = divmod(height, HEIGHT)
        start = index << above
        at = (level, start >> HEIGHT)
        if at not in kept:
            kept[at] = hashes(fetch(Tile(*at, width_at(*at, size))))
        within = start & (WIDTH - 1)
        return fold(kept[at][within : within + (1 << above)])

    return read


@dataclass(frozen=True)
class FullTile:
    """A tile that has just become full: its 256 hashes, and the root over them, which goes into the level above."""

    level: int
    index: int
    hashes: list[bytes]
    root: bytes


@dataclass
class Edge:
    """The right edge of a growing tree: at each level the hashes that no full tile holds yet.

    It is all that is needed to append and to know the root; a tree of a thousand million leaves has four rows.
    """

    size: int = 0
    rows: list[list[bytes]] = field(default_factory=list)

    @classmethod
    def load(cls, fetch: Callable[[Tile], bytes], size: int) -> Edge:
        """The edge of a stored tree of `size` leaves."""
        rows: list[list[bytes]] = []
        while size >> (HEIGHT * len(rows)):
            level = len(rows)
            index, width = divmod(size >> (HEIGHT * level), WIDTH)
            rows.append(hashes(fetch(Tile(level, index, width))) if width else [])
        return cls(size, rows)

    def append(self, leaf_hashes: Iterable[bytes]) -> list[FullTile]:
        """Lay further leaves; the tiles that became full, lowest level first at each step."""
        filled: list[FullTile] = []
        for leaf in leaf_hashes:
            self.size += 1
            self._lay(0, leaf, filled)
        return filled

    def _lay(self, level: int, value: bytes, filled: list[FullTile]) -> None:
        if level == len(self.rows):
            self.rows.append([])
        row = self.rows[level]
        row.append(value)
        if len(row) == WIDTH:
            tile = FullTile(level, (self.size >> (HEIGHT * (level + 1))) - 1, row, fold(row))
            self.rows[level] = []
            filled.append(tile)
            self._lay(level + 1, tile.root, filled)

    def root(self) -> bytes:
        """The Merkle tree hash of all leaves laid so far."""
        found: bytes | None = None
        for row in self.rows:
            for height, index in reversed(list(subtrees(0, len(row)))):
                piece = fold(row[index << height : (index + 1) << height])
                found = piece if found is None else node_hash(piece, found)
        return EMPTY_ROOT if found is None else found

"""The log as files: names of tiles as C2SP tlog-tiles spells them, and the tree grown and read by tiles."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongqu.wire import merkle, tiles
from tongqu.wire.tiles import BadTile, Edge, Tile


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("0/x001/x234/067", Tile(0, 1234067)),  # the example of the specification
        ("0/000", Tile(0, 0)),
        ("1/000.p/17", Tile(1, 0, 17)),
        ("63/999", Tile(63, 999)),
        ("0/x001/000.p/255", Tile(0, 1000, 255)),
        ("entries/x001/x234/067.p/8", Tile(None, 1234067, 8)),
    ],
)
def test_a_tile_has_one_name(path: str, tile: Tile) -> None:
    assert tiles.parse(path) == tile
    assert tile.path == path


@pytest.mark.parametrize(
    "path",
    [
        "", "0", "0/", "0/0", "0/0000", "0/1000", "00/000", "64/000", "0/x000/001", "0/x001", "0/001/002", "-1/000",
        "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000.p/", "0/000/p/1", "entry/000", "0/000\n", "0/../000",
        "0/٠٠١", "0/x" + "999/x" * 9 + "999/999",
    ],
)  # fmt: skip
def test_no_other_spelling_names_a_tile(path: str) -> None:
    with pytest.raises(BadTile):
        tiles.parse(path)


@given(st.one_of(st.none(), st.integers(0, 63)), st.integers(0, tiles.INDEX_MAX), st.integers(1, 256))
def test_every_tile_is_found_by_its_name(level: int | None, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert tiles.parse(tile.path) == tile


def test_the_tiles_of_a_tree_of_seventy_thousand() -> None:
    """The example of the specification: 273 full tiles and one of 112; one full and one of 17; one of 1."""
    size = 70_000
    assert [tiles.width_at(0, n, size) for n in (0, 272, 273, 274)] == [256, 256, 112, 0]
    assert [tiles.width_at(1, n, size) for n in (0, 1, 2)] == [256, 17, 0]
    assert [tiles.width_at(2, n, size) for n in (0, 1)] == [1, 0]
    assert tiles.width_at(3, 0, size) == 0


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_back_its_entries(entries: list[bytes]) -> None:
    data = tiles.bundle(entries)
    assert tiles.unbundle(data) == entries
    if data:
        with pytest.raises(BadTile):
            tiles.unbundle(data[:-1])


class _Shelf:
    """A log's tiles, kept as the exchange keeps them: full ones, and the edge."""

    def __init__(self) -> None:
        self.edge = Edge()
        self.leaves: list[bytes] = []
        self.full: dict[tuple[int, int], tiles.FullTile] = {}

    def grow(self, count: int) -> None:
        new = [hashlib.sha256(b"%d" % n).digest() for n in range(len(self.leaves), len(self.leaves) + count)]
        self.leaves += new
        self.full |= {(tile.level, tile.index): tile for tile in self.edge.append(new)}

    def fetch(self, tile: Tile) -> bytes:
        assert tile.level is not None
        if tile.full:
            return b"".join(self.full[tile.level, tile.index].hashes)
        start = tile.index * 256
        if tile.level == 0:
            return b"".join(self.leaves[start : start + tile.width])
        return b"".join(self.full[tile.level - 1, n].root for n in range(start, start + tile.width))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 700), min_size=1, max_size=5), st.data())
def test_a_tree_grown_by_tiles_is_the_tree(batches: list[int], data: st.DataObject) -> None:
    shelf, sizes = _Shelf(), []
    for count in batches:
        shelf.grow(count)
        sizes.append(shelf.edge.size)
        assert Edge.load(shelf.fetch, shelf.edge.size).root() == shelf.edge.root()
    size = sizes[-1]
    plain, tiled = merkle.in_memory(shelf.leaves), tiles.subtree_reader(shelf.fetch, size)
    root = merkle.root(size, plain)
    assert shelf.edge.root() == root == merkle.root(size, tiled)
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_proof(index, size, tiled)
    assert path == merkle.inclusion_proof(index, size, plain)
    for old in sizes:
        proof = merkle.consistency_proof(old, size, tiled)
        merkle.verify_consistency(old, size, merkle.root(old, plain), root, proof)


def test_a_tree_of_more_than_one_full_tile_of_tiles() -> None:
    """65,536 leaves fill a tile of level 1, and the edge starts again empty on two levels."""
    shelf = _Shelf()
    shelf.grow(65_536)
    assert shelf.edge.rows[:2] == [[], []]
    assert (1, 0) in shelf.full
    assert Edge.load(shelf.fetch, 65_536).root() == shelf.edge.root()
    shelf.grow(3)
    assert merkle.root(65_539, tiles.subtree_reader(shelf.fetch, 65_539)) == shelf.edge.root()

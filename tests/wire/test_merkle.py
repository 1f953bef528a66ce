"""The Merkle tree against the reference vectors of Certificate Transparency and against another implementation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from tongqu.wire import merkle
from tongqu.wire.merkle import BadPath

# The eight leaves and the roots over the first 0..8 of them: certificate-transparency's merkle_tree_test, published
# again by transparency-dev/merkle.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (6, 7): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}

HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]
READ = merkle.in_memory(HASHES)


def _bytes(path: list[str]) -> list[bytes]:
    return [bytes.fromhex(step) for step in path]


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots(size: int) -> None:
    assert merkle.root(size, READ).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_the_published_inclusion_paths(index: int, size: int) -> None:
    path = merkle.inclusion_proof(index, size, READ)
    assert [step.hex() for step in path] == INCLUSION[index, size]
    merkle.verify_inclusion(index, size, HASHES[index], path, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_the_published_consistency_paths(old: int, new: int) -> None:
    path = merkle.consistency_proof(old, new, READ)
    assert [step.hex() for step in path] == CONSISTENCY[old, new]
    merkle.verify_consistency(old, new, bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new]), path)


def _trees(size: int) -> tuple[merkle.Subtree, list[bytes], InmemoryTree]:
    entries = [f"entry {n}".encode() for n in range(size)]
    hashes = [merkle.leaf_hash(entry) for entry in entries]
    return merkle.in_memory(hashes), hashes, InmemoryTree.init_from_entries(entries)


@given(st.data())
def test_another_implementation_finds_the_same_roots_and_paths(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    read, hashes, other = _trees(size)
    assert merkle.root(size, read) == other.get_root(size)
    path = merkle.inclusion_proof(index, size, read)
    assert path == other.prove_inclusion(index + 1, size).path[1:]
    merkle.verify_inclusion(index, size, hashes[index], path, other.get_root(size))


@given(st.integers(0, 300), st.sampled_from([1, 2, 8, 64]))
def test_a_root_that_is_made_in_pieces_is_the_root(size: int, at_once: int) -> None:
    leaves = [merkle.leaf_hash(b"%d" % n) for n in range(size)]
    folding = merkle.folding(leaves, at_once)
    for _ in range(size // at_once):
        next(folding)
    with pytest.raises(StopIteration) as ended:
        next(folding)
    assert ended.value.value == merkle.root(size, merkle.in_memory(leaves))


@given(st.data())
def test_every_tree_is_the_beginning_of_every_later_one(data: st.DataObject) -> None:
    new = data.draw(st.integers(0, 70))
    old = data.draw(st.integers(0, new))
    read, _, other = _trees(max(new, 1))
    roots = [other.get_root(size) if size else merkle.EMPTY_ROOT for size in (old, new)]
    merkle.verify_consistency(old, new, roots[0], roots[1], merkle.consistency_proof(old, new, read))


@given(st.data())
def test_a_changed_path_proves_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 70))
    index = data.draw(st.integers(0, size - 1))
    read, hashes, _ = _trees(size)
    path = merkle.inclusion_proof(index, size, read)
    at = data.draw(st.integers(0, len(path) - 1))
    changed = [*path[:at], bytes([path[at][0] ^ 1]) + path[at][1:], *path[at + 1 :]]
    for wrong in (changed, path[:at] + path[at + 1 :], [*path, path[at]]):
        with pytest.raises(BadPath):
            merkle.verify_inclusion(index, size, hashes[index], wrong, merkle.root(size, read))
    with pytest.raises(BadPath):
        merkle.verify_inclusion((index + 1) % size, size, hashes[index], path, merkle.root(size, read))


@given(st.data())
def test_a_rewritten_past_is_not_the_beginning_of_anything(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 70))
    old = data.draw(st.integers(1, new))
    read, hashes, _ = _trees(new)
    path = merkle.consistency_proof(old, new, read)
    at = data.draw(st.integers(0, old - 1))
    rewritten = merkle.in_memory([*hashes[:at], merkle.leaf_hash(b"another story"), *hashes[at + 1 :]])
    with pytest.raises(BadPath):
        merkle.verify_consistency(old, new, merkle.root(old, rewritten), merkle.root(new, read), path)
    for wrong in ([*path, bytes(32)], path[:-1] if path else [bytes(32)]):
        with pytest.raises(BadPath):
            merkle.verify_consistency(old, new, merkle.root(old, read), merkle.root(new, read), wrong)


def test_a_place_outside_the_tree_has_no_proof() -> None:
    with pytest.raises(ValueError, match="leaf 8"):
        merkle.inclusion_proof(8, 8, READ)
    with pytest.raises(ValueError, match="cannot begin"):
        merkle.consistency_proof(8, 7, READ)
    with pytest.raises(BadPath):
        merkle.verify_inclusion(8, 8, HASHES[0], [], bytes.fromhex(ROOTS[8]))
    with pytest.raises(BadPath):
        merkle.verify_consistency(8, 7, bytes(32), bytes(32), [])
    with pytest.raises(BadPath):
        merkle.verify_consistency(0, 0, bytes(32), bytes(32), [])

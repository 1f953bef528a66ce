"""A seal holds for one body and no other, whether it was made alone or with others under one signature."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.wire import merkle
from tongqu.wire.canonical import canonical
from tongqu.wire.seals import TREE_LEAVES_MAX, BadSeal, Ed25519Signer, check, seal, seals_of

SIGNER = Ed25519Signer.from_seed(b"s" * 32)


def sealed(count: int) -> list[tuple[dict[str, Any], dict[str, str]]]:
    bodies = [{"n": n} for n in range(count)]
    contents = [canonical(body) for body in bodies]
    made = seals_of(contents, [merkle.leaf_hash(each) for each in contents], SIGNER)
    return [(body, json.loads(each)) for body, each in zip(bodies, made, strict=True)]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13, 100, TREE_LEAVES_MAX])
def test_each_of_a_handful_stands_alone(count: int) -> None:
    for body, its in sealed(count):
        check(body, its, SIGNER.public_bytes)


def test_one_alone_has_the_plain_seal() -> None:
    ((body, its),) = sealed(1)
    assert its == seal(body, SIGNER)


def test_more_than_a_tree_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        sealed(TREE_LEAVES_MAX + 1)


@pytest.mark.parametrize(
    "bend",
    [
        {"leaf": "1/5"},
        {"leaf": "0/6"},
        {"leaf": "0/4"},
        {"leaf": "5/5"},
        {"leaf": "00/5"},
        {"leaf": "0/0"},
        {"leaf": "9999/9999"},
        {"leaf": ""},
        {"path": ""},
        {"path": base64.b64encode(b"x" * 31).decode()},
        {"path": base64.b64encode(b"x" * 96).decode()},
        {"path": "not base64"},
        {"sig": ""},
        {"key": "0" * 16},
        {"alg": "Ed25519"},
        {"alg": "none"},
    ],
)
def test_a_bent_seal_holds_nothing(bend: dict[str, str]) -> None:
    body, its = sealed(5)[0]
    check(body, its, SIGNER.public_bytes)
    with pytest.raises(BadSeal):
        check(body, {**its, **bend}, SIGNER.public_bytes)


def test_a_seal_of_another_body_or_another_key_does_not_hold() -> None:
    (one, its), (other, _), *_ = sealed(7)
    with pytest.raises(BadSeal):
        check(other, its, SIGNER.public_bytes)
    with pytest.raises(BadSeal):
        check(one, its, Ed25519Signer.generate().public_bytes)


def test_the_signature_of_a_root_is_no_signature_of_a_body() -> None:
    """What is signed for a tree begins with words of its own, so that nobody passes a root, or an inner hash, for a body."""
    (body, its), *_ = sealed(2)
    with pytest.raises(BadSeal):
        check(body, {"alg": "Ed25519", "key": its["key"], "sig": its["sig"]}, SIGNER.public_bytes)
    alone = seal(body, SIGNER)
    with pytest.raises(BadSeal):
        check(body, {**alone, "alg": "Ed25519-tree", "leaf": "0/1", "path": ""}, SIGNER.public_bytes)


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=70))
def test_all_paths_at_once_are_those_of_the_tree(entries: list[bytes]) -> None:
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    read, size = merkle.in_memory(leaves), len(leaves)
    root, paths = merkle.paths(leaves)
    assert root == merkle.root(size, read)
    assert paths == [b"".join(merkle.inclusion_proof(at, size, read)) for at in range(size)]


def test_leaves_of_other_bodies_are_not_sealed() -> None:
    with pytest.raises(ValueError, match="1 leaves of 2 bodies"):
        seals_of([b"{}", b"{}"], [merkle.leaf_hash(b"{}")], SIGNER)

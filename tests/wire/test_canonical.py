"""One byte sequence for one value: RFC 8785's order of keys, and what has no canonical form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.wire.canonical import NotCanonical, canonical

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=12,
)


def test_keys_stand_in_the_order_of_their_utf_16_units_as_the_rfc_shows() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    ordered = list(json.loads(canonical(dict.fromkeys(keys, 0))))
    assert ordered == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_there_is_no_space_and_chinese_stays_as_it_is() -> None:
    assert canonical({"b": [1, None, True], "a": "数据", "": {}}) == '{"":{},"a":"数据","b":[1,null,true]}'.encode()


@given(VALUES)
def test_reading_the_bytes_gives_the_value_and_the_same_bytes_again(value: Any) -> None:
    once = canonical(value)
    assert json.loads(once) == value
    assert canonical(json.loads(once)) == once


@given(st.dictionaries(TEXT, st.integers(0, 9), max_size=8))
def test_the_order_in_which_keys_came_makes_no_difference(value: dict[str, int]) -> None:
    assert canonical(value) == canonical(dict(reversed(value.items())))
    found = list(json.loads(canonical(value)))
    assert found == sorted(value, key=lambda key: key.encode("utf-16-be"))


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        {"a": 0.5},
        [float("nan")],
        {1: "a"},
        {None: 1},
        {True: 1},
        {"a": {2: 1}},
        2**53 + 1,
        {"a": b"x"},
        {"a": {1}},
    ],
    ids=repr,
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)

"""What a mask shows of a cell, and what it never shows."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.node.modes.cursor import Cursors, Place
from tongqu.node.modes.masks import HIDDEN, mask_of, plain
from tongqu.wire.query import Returned
from tongqu.wire.title import Title

TITLE = Title("列", "Column")


def shown(value: object, mask: str, key: bytes = b"k" * 32, column: str = "c", **more: object) -> object:
    return mask_of(Returned(column, TITLE, mask, **more), key)(value)  # type: ignore[arg-type]


@given(st.text(max_size=60), st.integers(1, 20), st.sampled_from(["first", "last"]))
def test_ends_show_so_many_characters_and_never_the_whole(text: str, chars: int, mask: str) -> None:
    told = shown(text, mask, chars=chars)
    assert isinstance(told, str)
    left = told.replace(HIDDEN, "", 1) if mask == "last" else told[: -len(HIDDEN)]
    assert left == ("" if len(text) <= chars else text[:chars] if mask == "first" else text[-chars:])


@given(st.text(min_size=1), st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_hash_is_the_same_for_one_key_and_column_only(text: str, one: bytes, other: bytes) -> None:
    assert shown(text, "hash", one) == shown(text, "hash", one)
    assert (shown(text, "hash", one) == shown(text, "hash", other)) == (one == other)
    assert shown(text, "hash", one) != shown(text, "hash", one, column="d")


@pytest.mark.parametrize(
    ("value", "told"),
    [(-1, "<0"), (0, "[0,10.5)"), (Decimal("10.49"), "[0,10.5)"), (10.5, ">=10.5"), (10**20, ">=10.5"), (None, None)],
)
def test_a_band_includes_its_lower_edge(value: object, told: str | None) -> None:
    assert shown(value, "band", edges=("0", "10.5")) == told
    assert shown(float("nan"), "band", edges=("0", "10.5")) is None


def test_years_and_what_is_removed() -> None:
    assert shown(date(2026, 3, 1), "year") == 2026
    assert shown(datetime(2026, 3, 1, 9), "year") == 2026
    assert shown("2026", "year") is None
    assert shown("anything", "removed") is None


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (2**53, 2**53),
        (2**53 + 1, str(2**53 + 1)),
        (Decimal("1.500"), "1.5"),
        (Decimal("1E+3"), "1000"),
        (0.1, "0.1"),
        (float("inf"), None),
        (date(2026, 3, 1), "2026-03-01"),
        (True, True),
        (None, None),
    ],
)
def test_cells_are_told_unrounded(value: object, cell: object) -> None:
    assert plain(value) == cell


@given(st.binary(max_size=80), st.binary(max_size=40))
def test_a_cursor_opens_for_its_own_question_and_for_no_other(other: bytes, about: bytes) -> None:
    cursors, place = Cursors(b"s" * 32), Place("a" * 64, 7, 100)
    sealed = cursors.seal(place, about)
    assert cursors.open(sealed, about) == place
    assert cursors.open(sealed, about + b"x") is None
    assert Cursors(b"t" * 32).open(sealed, about) is None
    assert cursors.open(other.hex(), about) is None

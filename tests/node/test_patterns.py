"""Patterns in values: what is right is found, what has one wrong digit is not, and what leaves is a count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.node.rows import Given
from tongqu.node.sources import patterns
from tongqu.node.sources.patterns import as_text, count_patterns, matches
from tongqu.node.sources.profile import measure
from tongqu.wire.source import PATTERNS, ColumnProfile, PatternFound

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
PROVINCES = ["11", "31", "42", "44", "54", "65", "81", "82", "83"]


def id_card(province: str, county: int, born: date, order: int) -> str:
    body = f"{province}{county:04d}{born:%Y%m%d}{order:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def credit_code(body: str) -> str:
    return body + CREDIT[-sum(CREDIT.index(c) * pow(3, at, 31) for at, c in enumerate(body)) % 31]


def bank_card(body: str) -> str:
    digits = [int(d) for d in body]
    twice = [d * 2 - 9 * (d > 4) if at % 2 == 0 else d for at, d in enumerate(reversed(digits))]
    return body + str(-sum(twice) % 10)


ids = st.builds(
    id_card,
    st.sampled_from(PROVINCES),
    st.integers(0, 9_999),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)
codes = st.builds(
    lambda head, province, region, rest: credit_code(f"{head}{province}{region:04d}{rest}"),
    st.sampled_from(["11", "12", "51", "91", "92", "93", "Y1"]),
    st.sampled_from(["10", *PROVINCES]),
    st.integers(0, 9_999),
    st.text(CREDIT, min_size=9, max_size=9),
)
cards = st.one_of(
    st.builds(lambda rest: bank_card("62" + rest), st.text("0123456789", min_size=13, max_size=16)),
    st.builds(lambda rest: bank_card("4" + rest), st.text("0123456789", min_size=14, max_size=14)),
)


def has(text: str, pattern: str) -> bool:
    return bool(matches(as_text(pa.array([text])), pattern, TODAY)[0])


def one_changed(text: str, at: int, by: int) -> str:
    """The text with the digit at that place made another."""
    places = [place for place, letter in enumerate(text) if letter.isdigit()]
    place = places[at % len(places)]
    return text[:place] + str((int(text[place]) + 1 + by % 9) % 10) + text[place + 1 :]


@settings(deadline=None)
@given(told=ids, at=st.integers(0, 50), by=st.integers(0, 8), around=st.sampled_from(["{}", " {} ", "身份证{}。"]))
def test_every_identity_number_is_found_and_none_with_one_changed_digit(
    told: str, at: int, by: int, around: str
) -> None:
    assert has(around.format(told), "id_card")
    assert has(around.format(told.lower()), "id_card")
    assert not has(around.format(one_changed(told, at, by)), "id_card")
    assert not has(told + "0", "id_card")


@given(told=st.lists(ids, min_size=200, max_size=200))
@settings(max_examples=5, deadline=None)
def test_a_column_of_identity_numbers_is_no_column_of_credit_codes(told: list[str]) -> None:
    """Both have eighteen places; one identity number in thirty-one has by chance the check of a credit code."""
    assert count_patterns(pa.chunked_array([told]).chunks, TODAY)[0] == {"id_card": 200}


@settings(deadline=None)
@given(told=codes, at=st.integers(0, 50), by=st.integers(0, 8))
def test_every_credit_code_is_found_and_none_with_one_changed_digit(told: str, at: int, by: int) -> None:
    if has(told, "id_card"):
        return
    assert has(told, "credit_code")
    assert not has(one_changed(told, at, by), "credit_code")


@settings(deadline=None)
@given(told=cards, at=st.integers(0, 50), by=st.integers(0, 8))
def test_every_bank_card_is_found_and_none_with_one_changed_digit(told: str, at: int, by: int) -> None:
    if has(told, "id_card"):
        assert not has(told, "bank_card")
        return
    assert has(told, "bank_card")
    assert has(" ".join(told[place : place + 4] for place in range(0, len(told), 4)), "bank_card")
    assert not has(one_changed(told, at, by), "bank_card")


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        (
            "id_card",
            [
                "420105491231002",
                "420105 491231 002",
                "110101 19900101 1018",
                "1101-0119-9001-0110-18",
                "１１０１０１１９９００１０１１０１８",
            ],
            ["420105491331002", "990105491231002", "42010549123100", "110101  19900101 1018"],
        ),
        (
            "mobile",
            ["13812345678", "+86 138-1234-5678", "电话13812345678", "008613812345678", "１３８１２３４５６７８"],
            ["12812345678", "138123456789", "1381234567"],
        ),
        (
            "phone",
            [
                "027-87654321",
                "0086 027-87654321",
                "（０２７）８７６５４３２１",
                "(0719)8654321",
                "010-62345678转12",
                "400-800-1234",
            ],
            ["87654321", "127-87654321"],
        ),
        ("plate", ["鄂A12345", "鄂A·F1234", "鄂AD12345", "京A12345D", "粤Z1234港"], ["鄂I12345", "鄂A1234", "A12345"]),
        ("email", ["a.b+c@mail.example.com", "写信到 x@y.cn"], ["a@b", "@example.com", "a b.com"]),
        ("passport", ["E12345678", "EA1234567", "G12345678"], ["EI1234567", "E1234567", "Z12345678"]),
        ("ip", ["192.168.0.1", "fe80::1", "2001:db8:0:0:0:0:0:1"], ["256.1.1.1", "1.2.3", "12:30"]),
        (
            "address",
            ["武汉市洪山区珞喻路1037号", "定兴县开放西路北侧、兴达街东侧", "湖北省恩施州巴东县野三关镇葛藤山村3组"],
            ["武汉市江汉路小学", "示例市道路工程有限公司", "湖北省", "路边"],
        ),
    ],
)
def test_what_looks_like_it_is_found_and_what_does_not_is_not(pattern: str, right: list[str], wrong: list[str]) -> None:
    assert [text for text in right if not has(text, pattern)] == []
    assert [text for text in wrong if has(text, pattern)] == []


def test_a_column_holds_names_when_most_of_it_does() -> None:
    names, places = ["王伟", "欧阳修", "李小明", "买买提·艾力"], ["武汉市", "黄石市", "江汉路", "高新区", "张家口"]
    assert count_patterns(pa.chunked_array([names]).chunks, TODAY)[0] == {"person_name": 4}
    assert count_patterns(pa.chunked_array([places]).chunks, TODAY)[0] == {}
    assert "person_name" not in count_patterns(pa.chunked_array([["王伟", *places]]).chunks, TODAY)[0]


def test_numbers_without_quotes_are_looked_at_too() -> None:
    assert count_patterns(pa.chunked_array([pa.array([13_812_345_678, 7, None])]).chunks, TODAY) == ({"mobile": 1}, 2)


@pytest.mark.parametrize(
    ("cells", "filled"),
    [
        (pa.array([13_812_345_678.0, 0.5, float("inf"), None]), 3),
        (pa.array([Decimal("13812345678"), Decimal(7)], pa.decimal128(20, 0)), 2),
        (pa.array([Decimal("13812345678.00"), Decimal("0.5")], pa.decimal128(20, 2)), 2),
    ],
)
def test_whole_numbers_are_looked_at_however_they_are_kept(cells: pa.Array, filled: int) -> None:
    assert count_patterns(pa.chunked_array([cells]).chunks, TODAY) == ({"mobile": 1}, filled)


def test_numbers_that_look_like_somebody_have_no_exact_extreme() -> None:
    table = pa.table({"c": [13_812_345_678.0] * 20 + [1.0] * 20})
    (column,) = measure(Given(table), source="s", source_version="a" * 64, key=None, small_counts=5, now=NOW).columns
    assert column.patterns == (PatternFound("mobile", 20),)
    assert (column.maximum, column.guarded) == ("14000000000", True)


def test_slices_and_chunks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SLICE_ROWS", 3)
    column = pa.chunked_array([["13812345678"] * 7, ["x", None, ""], ["13812345679"] * 4])
    assert count_patterns(column.chunks, TODAY) == ({"mobile": 11}, 12)


def test_a_hostile_cell_costs_what_its_beginning_costs() -> None:
    cell = "a" * 2_000_000 + "@"
    assert count_patterns(pa.chunked_array([[cell, "１" * 500, "\ud7ff" * 10]]).chunks, TODAY)[0] == {}


# -- what leaves -------------------------------------------------------------------------------------------------------


def told(cells: list[str | None], guard: int = 5) -> ColumnProfile:
    table = pa.table({"c": pa.array(cells, pa.string())})
    (column,) = measure(
        Given(table), source="s", source_version="a" * 64, key=None, small_counts=guard, now=NOW
    ).columns
    return column


@pytest.mark.parametrize(
    ("count", "rows"), [(1, None), (4, None), (5, 5), (9, 9), (15, 15), (16, 15), (19, 15), (20, 20)]
)
def test_few_are_told_without_their_number_and_nearly_all_as_a_lower_bound(count: int, rows: int | None) -> None:
    cells: list[str | None] = ["13812345678"] * count + ["x"] * (20 - count)
    assert told(cells).patterns == (PatternFound("mobile", rows),)


def test_empty_cells_do_not_help_to_count_the_rest() -> None:
    """998 filled, 997 of them numbers: the one that is not stays hidden, whatever is known of the empty ones."""
    cells: list[str | None] = ["13812345678"] * 97 + ["x"] + [None] * 900
    assert told(cells).patterns == (PatternFound("mobile", 93),)


def test_a_profile_of_an_older_node_is_understood_and_keeps_its_digest() -> None:
    older = told(["x"] * 20)
    body = older.to_json()
    assert "patterns" not in body
    assert ColumnProfile.from_json(body) == older
    found = told(["13812345678"] * 20)
    assert ColumnProfile.from_json(found.to_json()).patterns == (PatternFound("mobile", 20),)
    assert {one.pattern for one in found.patterns} <= set(PATTERNS)


def test_a_day_that_has_not_come_makes_no_identity_number() -> None:
    assert not has(id_card("42", 106, TODAY + timedelta(days=1), 1), "id_card")

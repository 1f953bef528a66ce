"""Typed rules checked where the data stands: each allowed, failed and unfit; counts under the guard."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.node.rows import Given
from tongqu.node.sources.counts import Span, at_least, at_least_of_all, told_of
from tongqu.node.sources.quality import Before, check_quality, is_too_near
from tongqu.wire.measures import QualityMeasured, QualityOrder, QualityRule, RuleMeasured
from tongqu.wire.message import BadMessage

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def checked(table: pa.Table, *rules: QualityRule, guard: int = 1) -> tuple[RuleMeasured, ...]:
    told = check_quality(Given(table), rules, source="s", source_version="a" * 64, small_counts=guard, now=NOW)
    assert QualityMeasured.from_json(told.to_json()) == told
    return told.rules


def rule(check: str, *columns: str, **more: Any) -> QualityRule:
    return QualityRule(id="r1", check=check, columns=columns or ("c",), **more)


def counts(cells: Any, one: QualityRule) -> tuple[int | None, int | None] | str:
    (told,) = checked(pa.table({"c": cells}), one)
    if told.fault:
        return told.fault
    assert told.failed_least == told.failed_most
    return told.checked, told.failed_least


DAYS = pa.array([date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 4), None])


@pytest.mark.parametrize(
    ("cells", "one", "expected"),
    [
        (["a", " ", "", None], rule("required"), (4, 3)),
        ([1.5, float("nan"), None], rule("required"), (3, 2)),
        (["13812345678", "1381234567", None], rule("form", form="mobile"), (2, 1)),
        ([13812345678.0, 1.5], rule("form", form="mobile"), (2, 1)),
        ([True], rule("form", form="mobile"), "rule-unfit"),
        (["13812345678", "  "], rule("form", form="mobile"), (1, 0)),
        (["划拨", " ", ""], rule("codes", values=("划拨",)), (1, 0)),
        (["zzz", "abc"], rule("expression", expression="zzz)|(?:a"), "expression-unknown"),
        (pa.array([date(2099, 1, 1), date(2026, 1, 1)]), rule("fresh", cycle="month"), (1, 1)),
        (pa.array([date(2099, 1, 1), date(2026, 11, 23)]), rule("fresh", cycle="day"), (1, 0)),
        (pa.array([date(2099, 1, 1)]), rule("fresh", cycle="day"), (1, 1)),
        (["420100", "4201", "x420100", None], rule("expression", expression="[0-9]{6}"), (3, 2)),
        ([420100, 4201], rule("expression", expression="[0-9]{6}|x"), (2, 1)),
        (["a"], rule("expression", expression="(?=a)a"), "expression-unknown"),
        (["a"], rule("expression", expression="(a"), "expression-unknown"),
        (["划拨", "出让", "送"], rule("codes", values=("划拨", "出让")), (3, 1)),
        ([1, 2, 3, None], rule("codes", values=("1", "2")), (3, 1)),
        ([1, 2, 3, None], rule("range", low="2", high="3"), (3, 1)),
        ([1, 2, 3, None], rule("range", low="1.5"), (3, 1)),
        ([0.5, float("inf"), float("nan")], rule("range", high="1"), (2, 1)),
        (pa.array([Decimal("1.10"), Decimal("9.99")]), rule("range", high="9.98"), (2, 1)),
        (DAYS, rule("range", low="2026-01-02", high="2026-01-04"), (3, 1)),
        (pa.array([datetime(2026, 1, 4, 23, 59)]), rule("range", high="2026-01-04"), (1, 0)),
        ([1, 2], rule("range", low="2026-01-02"), "rule-unfit"),
        (["a"], rule("range", low="1"), "rule-unfit"),
        (["a", "a", "b", None, None], rule("unique"), (3, 2)),
        (["a", "a", "b", "", "", " ", "　", "\x1c"], rule("unique"), (3, 2)),
        (DAYS, rule("gapless", cycle="day"), (4, 1)),
        (DAYS, rule("gapless", cycle="month"), (1, 0)),
        (pa.array([date(1, 1, 1), date(2026, 1, 1)]), rule("gapless", cycle="day"), "too-many-periods"),
        (pa.array([date(2026, 11, 20), date(2026, 11, 24), date(9999, 1, 1)]), rule("gapless", cycle="day"), (5, 3)),
        (pa.array([date(2026, 11, 24), date(2026, 11, 25)]), rule("gapless", cycle="day"), (1, 0)),
        (pa.array([date(2099, 1, 1)]), rule("gapless", cycle="day"), (None, None)),
        (DAYS, rule("fresh", cycle="year"), (1, 0)),
        (DAYS, rule("fresh", cycle="month"), (1, 1)),
        (["2026-01-01"], rule("fresh", cycle="day"), "rule-unfit"),
        ([1], rule("required", "absent"), "column-missing"),
    ],
)
def test_each_rule_counts_what_it_looked_at_and_what_failed(cells: Any, one: QualityRule, expected: Any) -> None:
    assert counts(cells, one) == expected


def test_one_rule_that_cannot_be_checked_keeps_no_other_from_it() -> None:
    table = pa.table({"a": [1, 5, 9], "b": [2, 4, None], "t": ["x", "y", "z"]})
    rules = (rule("order", "a", "t"), rule("order", "a", "b"), rule("unique", "a", "b"))
    told = checked(table, *(QualityRule(**{**vars(one), "id": f"r{at}"}) for at, one in enumerate(rules)))
    assert [(one.checked, one.failed_most, one.fault) for one in told] == [
        (None, None, "rule-unfit"),
        (2, 1, None),
        (2, 0, None),
    ]


@pytest.mark.parametrize("all_are_few", [True, False])
@pytest.mark.parametrize("guard", [3, 5, 7])
def test_whatever_is_told_fits_tables_with_every_few(guard: int, all_are_few: bool) -> None:
    """Of every table up to some size: whoever knows the number of rows and the way of telling cannot say which few it was."""
    for rows in range(1, 4 * guard + 3):
        fits = defaultdict[Any, set[tuple[int, ...]]](set)
        for count in range(rows + 1):
            for bad in range(count + 1):
                told = told_of(bad, count, at_least(count, rows, guard), guard, all_are_few=all_are_few)
                assert told is None or told[1][0] <= bad
                fits[told].add((rows - count, bad, count - bad))
        _every_few_fits(fits, min(guard, rows + 1))


@pytest.mark.parametrize(("guard", "rules"), [(3, 2), (3, 3), (3, 4), (5, 2), (5, 3), (7, 2), (7, 3)])
def test_what_is_told_or_withheld_of_rules_one_after_the_other_fits_tables_with_every_few(
    guard: int, rules: int
) -> None:
    """Of every table of two to four guards' rows: what several rules of one column told, and how many are empty beside them."""
    for rows in range(2 * guard, 4 * guard + 1, 1 if rules < 4 and guard < 7 else guard):
        fits = defaultdict[Any, set[tuple[int, ...]]](set)
        for count in range(rows + 1):
            empty = rows - count
            required = told_of(empty, rows, rows, guard, all_are_few=False)
            looked_at = at_least(count, rows, guard)
            told = [told_of(bad, count, looked_at, guard, all_are_few=True) for bad in range(count + 1)]
            for failed in product(range(count + 1), repeat=rules):
                before: dict[str, Span] = {}
                view: list[Any] = [required]
                for at, bad in enumerate(failed):
                    one = told[bad]
                    is_near = one is not None and is_too_near(f"r{at}", one[1], guard, before)
                    view.append("too-near" if is_near else one)
                fits[tuple(view)].add((empty, *failed, *(count - bad for bad in failed)))
        _every_few_fits(fits, guard)


@pytest.mark.parametrize("guard", [3, 5])
def test_what_is_told_of_two_columns_together_fits_tables_with_every_few(guard: int) -> None:
    """A column that lacks many cells is told of as it is. How many rows have both must not say how few the other lacks."""
    for rows in range(2 * guard, 4 * guard + 1, 1 if guard < 5 else guard):
        fits = defaultdict[Any, set[tuple[int, ...]]](set)
        for one, other, neither in product(range(rows + 1), repeat=3):
            both = rows - one - other - neither
            if both < 0:
                continue
            alone = [told_of_column(rows, empty, guard) for empty in (one + neither, other + neither)]
            looked_at = at_least_of_all({0: both, 1: one, 2: other, 3: neither}, 2, guard)
            for bad in range(both + 1):
                told = told_of(bad, both, looked_at, guard, all_are_few=False)
                fits[*alone, told].add((one + neither, other + neither, bad, both - bad))
        _every_few_fits(fits, guard)


def told_of_column(rows: int, empty: int, guard: int) -> tuple[Any, Any]:
    """What a rule that every cell fits tells, and `required`."""
    filled = rows - empty
    return (
        told_of(0, filled, at_least(filled, rows, guard), guard, all_are_few=True),
        told_of(empty, rows, rows, guard, all_are_few=False),
    )


def test_pairs_of_columns_do_not_say_how_few_cells_one_of_them_lacks() -> None:
    def told(few: int) -> list[tuple[int | None, int | None]]:
        begun = pa.array([None] * 20 + [1] * 180, pa.int64())
        ended = pa.array([2] * (200 - few) + [None] * few, pa.int64())
        rules = (rule("order", "a", "b"), rule("unique", "a", "b"), rule("range", "b", low="1"), rule("unique", "a"))
        answers = checked(
            pa.table({"a": begun, "b": ended}), *(replace(r, id=f"r{at}") for at, r in enumerate(rules)), guard=5
        )
        return [(one.checked, one.failed_least) for one in answers]

    assert [told(few) for few in range(1, 5)] == [[(175, 0), (175, 171), (195, 0), (180, 180)]] * 4


def _every_few_fits(fits: dict[Any, set[tuple[int, ...]]], many: int) -> None:
    """Each hidden number, of all that tell the same: where one few of it is possible, every other is."""
    few = set(range(1, many))
    for view, tables in fits.items():
        for numbers in map(set, zip(*tables, strict=True)):
            assert few <= numbers or few.isdisjoint(numbers), (view, numbers)


@settings(deadline=None)
@given(
    failed=st.integers(0, 40),
    filled=st.integers(0, 40),
    empty=st.integers(0, 40),
    guard=st.sampled_from([1, *range(3, 13)]),
)
@example(failed=2, filled=4, empty=1, guard=3)
def test_no_count_of_few_rows_is_told(failed: int, filled: int, empty: int, guard: int) -> None:
    """What is told fits many tables: nobody can say that exactly so few rows failed, passed or were empty."""
    failed = min(failed, filled)
    cells = ["bad"] * failed + ["1"] * (filled - failed) + [None] * empty
    (told,) = checked(
        pa.table({"c": pa.array(cells, pa.string())}), rule("expression", expression="[0-9]+"), guard=guard
    )
    few = range(1, guard)
    if filled < max(guard, 1):
        assert told.checked is None
        return
    if empty in few:
        assert told.checked is None or told.checked == filled + empty - guard
    if told.checked is None or told.failed_least is None or told.failed_most is None:
        assert filled + empty - guard < guard
        return
    exact = told.failed_least == told.failed_most
    if failed in few:
        assert not exact or told.checked <= 1
        assert told.failed_least <= failed
    if filled - failed < guard and guard > 1:  # that none passed is told like few
        assert not exact or told.checked < filled
    if failed not in few and filled - failed >= guard - (guard == 1) and empty not in few:
        assert (told.checked, told.failed_least, told.failed_most) == (filled, failed, failed)


def test_every_rule_of_a_column_takes_the_same_cells_for_empty() -> None:
    """Else the rows that one looked at and another did not would say how few are blank."""
    spaces = [each for each in map(chr, range(0x3100)) if pc.utf8_trim_whitespace(pa.scalar(each)).as_py() == ""]
    cells = [*spaces, None, "", "a", "b", "\u200b", "\ufeff"]  # the last two are seen by nobody, but are no spaces
    filled = 4
    assert counts(cells, rule("unique")) == (filled, 0)
    assert counts(cells, rule("expression", expression="(?s).*")) == (filled, 0)
    assert counts(cells, rule("required")) == (len(cells), len(cells) - filled)


CITIZENS = [f"11010119900101{at:04d}" for at in range(500)]


@pytest.mark.parametrize(
    "searched", [rule("codes", values=("x",)), rule("range", low="1"), rule("expression", expression="1.*")]
)
def test_the_key_column_is_not_searched(searched: QualityRule) -> None:
    told = check_quality(
        Given(pa.table({"c": CITIZENS})), (searched, replace(searched, columns=("d",))), source="s", source_version="a" * 64,
        small_counts=5, now=NOW, key="c",
    )  # fmt: skip
    assert [one.fault for one in told.rules] == ["key-column", "column-missing"]


def test_two_counts_do_not_say_whether_a_person_is_there() -> None:
    """Of 1,000 numbers 500 are known. Were 500 and 499 told, the one more would be known to be among them."""
    table = pa.table({"c": CITIZENS + [f"99{at:04d}" for at in range(500)]})
    known = rule("codes", values=tuple(CITIZENS[:-1]))
    one_more, stranger = (replace(known, id=name, values=(*known.values, more)) for name, more in
                          (("r2", CITIZENS[-1]), ("r3", "110101199001019999")))  # fmt: skip
    far, same = rule("codes", values=tuple(CITIZENS[:250])), replace(known, values=known.values[::-1])
    before: Before = {}

    def ask(*rules: QualityRule) -> list[tuple[int | None, str | None]]:
        told = check_quality(
            Given(table), rules, source="s", source_version="a" * 64, small_counts=5, now=NOW, before=before
        ).rules
        return [(one.failed_most, one.fault) for one in told]

    assert ask(known, one_more, stranger) == [(501, None), (None, "too-near"), (None, "too-near")]
    assert ask(one_more, far, same) == [(None, "too-near"), (750, None), (501, None)]  # in another order as well


def test_which_rule_is_withheld_does_not_say_how_few_failed_another() -> None:
    """One to four say what nobody may know; six to eight say what everybody knows. Those alone would be a ruler for the few."""

    def told(few: int, *asked: str) -> list[tuple[int | None, int | None, str | None]]:
        cells = ["secret"] * few + ["a"] * 6 + ["b"] * 7 + ["c"] * 8 + ["d"] * 9 + ["e"] * (204 - few)
        rules = [
            QualityRule(id=one, check="codes", columns=("c",), values=tuple({*"abcde", "secret"} - {one}))
            for one in asked
        ]
        return [
            (one.failed_least, one.failed_most, one.fault) for one in checked(pa.table({"c": cells}), *rules, guard=5)
        ]

    withheld = (None, None, "too-near")
    for few in range(1, 5):
        assert told(few, "secret", *"abcd") == [(1, 4, None), withheld, withheld, withheld, (9, 9, None)]
        assert told(few, "b", "secret", "c") == [(7, 7, None), withheld, withheld]


def test_where_nothing_can_be_told_of_a_column_nothing_is_called_too_near() -> None:
    """Else a column of four cells would say of any two rules whether somebody failed both."""
    cells = pa.array([*"abcd", *[None] * 96], pa.string())
    told = checked(
        pa.table({"c": cells}), rule("codes", values=("a",)), QualityRule("r2", "codes", ("c",), values=("b",)), guard=5
    )
    assert [(one.checked, one.fault) for one in told] == [(None, None)] * 2


def test_that_nobody_passed_is_told_like_few() -> None:
    table = pa.table({"c": CITIZENS})
    told = [checked(table, rule("codes", values=values), guard=5)[0] for values in (("stranger",), (CITIZENS[7],))]
    assert told[0] == told[1]
    assert (told[0].failed_least, told[0].failed_most) == (496, 500)


@pytest.mark.parametrize(
    "wrong",
    [
        {"check": "form"}, {"check": "expression"}, {"check": "codes"}, {"check": "range"}, {"check": "fresh"},
        {"check": "required", "columns": ["a", "b"]}, {"check": "order"}, {"check": "required", "expression": "x"},
        {"check": "required", "low": "1"}, {"check": "expression", "expression": "x" * 201}, {"check": "sql"},
        {"check": "range", "low": "1; drop table x"},
    ],
)  # fmt: skip
def test_a_rule_that_contradicts_itself_is_no_message(wrong: dict[str, Any]) -> None:
    body = {**rule("required").to_json(), **wrong}
    with pytest.raises(BadMessage):
        QualityOrder.from_json({"kind": "quality-order", "version": 1, "source": "s", "rules": [body]})

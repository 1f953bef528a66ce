"""Typed rules checked where the data stands: each allowed, failed and unfit; counts under the guard."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.node.rows import Given
from tongqu.node.sources.counts import at_least, span
from tongqu.node.sources.quality import Before, check_quality
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
def test_whatever_is_told_fits_tables_with_other_few(guard: int, all_are_few: bool) -> None:
    """Of every table up to some size: whoever knows the number of rows and the way of telling cannot say which few it was."""
    for rows in range(1, 4 * guard + 3):
        fits = defaultdict[tuple[int, int, int], set[tuple[int, int]]](set)
        for count in range(guard, rows + 1):
            told = at_least(count, rows, guard)
            for bad in range(count + 1) if told >= guard else ():
                fits[told, *span(bad, count, told, guard, all_are_few=all_are_few)].add((count, bad))
        for (_, least, _), tables in fits.items():
            few = range(1, guard)
            for each in ({rows - n for n, _ in tables}, {bad for _, bad in tables}, {n - bad for n, bad in tables}):
                assert len(each) > 1 or each.isdisjoint(few), (rows, tables)
            assert all(least <= bad for _, bad in tables)


@settings(deadline=None)
@given(failed=st.integers(0, 40), filled=st.integers(0, 40), empty=st.integers(0, 40), guard=st.integers(1, 12))
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

"""Checks typed rules on a table and answers with counts. Arrow computes; expressions are RE2, linear in the text.

A rule that cannot be checked (no such column, a column of another kind, an expression that RE2 does not know) is answered
with its fault, and the others are checked all the same.

Whoever asks chooses what a cell is compared with, so two counts that differ by one row would say whether a value is there:
no such rule looks at the key column; one whose count lies within the guard of another rule's on the same column is withheld
(`too-near`); and that no cell passed is told like few. What remains is said in docs/guides/quality.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tongqu.node.sources.counts import at_least, span
from tongqu.node.sources.patterns import SLICE_ROWS, as_text, can_have_patterns, matches
from tongqu.node.sources.tables import local_day, type_word
from tongqu.wire import measures
from tongqu.wire.measures import QualityMeasured, QualityRule, RuleMeasured

DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
PERIODS_MAX = 100_000
"""Between the first and the last day; a year that was mistyped must not make an endless calendar."""

BY_CELL = (measures.FORM, *measures.SEARCHES)
"""Checks that look at each cell of one column."""

Counted = tuple[int, int]  # looked at, failed
Before = dict[str, dict[str, int]]
"""By column and digest of a rule, how many rows failed it, as far as told of this version."""


class _Unfit(Exception):
    """The rule cannot be checked on this table; the text is the fault's code."""


def check_quality(
    table: pa.Table,
    rules: tuple[QualityRule, ...],
    *,
    source: str,
    source_version: str,
    small_counts: int,
    now: datetime,
    key: str | None = None,
    before: Before | None = None,
) -> QualityMeasured:
    """Every rule in its order. `before` is added to."""
    told_before: Before = {} if before is None else before
    return QualityMeasured(
        source=source,
        source_version=source_version,
        rows=table.num_rows,
        rules=tuple(_told(table, rule, small_counts, now, key, told_before) for rule in rules),
        small_counts=small_counts,
        measured_at=now,
    )


def _told(
    table: pa.Table, rule: QualityRule, guard: int, now: datetime, key: str | None, before: Before
) -> RuleMeasured:
    try:
        if rule.check in measures.SEARCHES and key in rule.columns:
            raise _Unfit("key-column")
        columns = [_column(table, name) for name in rule.columns]
        checked, failed = _CHECKS[rule.check](rule, columns, now)
        if rule.check in BY_CELL:
            _refuse_near(rule, failed, guard, before.setdefault(rule.columns[0], {}))
    except _Unfit as unfit:
        return RuleMeasured(rule.id, None, None, None, str(unfit))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ArithmeticError, ValueError):
        return RuleMeasured(rule.id, None, None, None, "rule-unfit")
    if rule.check in (
        measures.FRESH,
        measures.GAPLESS,
    ):  # these count periods, behind which rows do not stand one by one
        return RuleMeasured(rule.id, checked, failed, failed) if checked else RuleMeasured(rule.id, None, None, None)
    if checked < guard:
        return RuleMeasured(rule.id, None, None, None)
    told = at_least(checked, table.num_rows, guard)
    least, most = span(failed, checked, guard)
    if rule.check in BY_CELL and checked - failed < guard:
        least, most = max(0, checked - guard + 1), checked
    return (
        RuleMeasured(rule.id, told, min(least, told), min(most, told))
        if told
        else RuleMeasured(rule.id, None, None, None)
    )


def _refuse_near(rule: QualityRule, failed: int, guard: int, before: dict[str, int]) -> None:
    """That no row failed stands beside whatever was told; the same rule again tells nothing new."""
    asked = replace(rule, id="r", values=tuple(sorted(rule.values))).digest
    if not failed or asked in before:
        return
    if any(abs(failed - other) < guard for other in before.values()) and guard > 1:
        raise _Unfit("too-near")
    before[asked] = failed


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        raise _Unfit("column-missing")
    cells = table.column(name)
    if type_word(cells.type) == "other":
        raise _Unfit("rule-unfit")
    if pa.types.is_floating(cells.type):
        cells = pc.if_else(pc.is_nan(cells), pa.scalar(None, cells.type), cells)
    return cells


def _required(rule: QualityRule, columns: list[pa.ChunkedArray], now: datetime) -> Counted:
    filled = columns[0].drop_null()
    blank = 0
    if type_word(filled.type) == "text":
        blank = _true(pc.equal(pc.utf8_trim_whitespace(filled), ""))
    return len(columns[0]), columns[0].null_count + blank


def _form(rule: QualityRule, columns: list[pa.ChunkedArray], now: datetime) -> Counted:
    assert rule.form is not None
    if not can_have_patterns(columns[0].type):
        raise _Unfit("rule-unfit")
    form = rule.form
    return _by_slices(columns[0], lambda cells: np.count_nonzero(matches(cells, form, local_day(now))))


def _expression(rule: QualityRule, columns: list[pa.ChunkedArray], now: datetime) -> Counted:
    whole = f"^(?:{rule.expression})$"
    try:
        for alone in (rule.expression, whole):  # an expression that closes our bracket is none by itself
            pc.match_substring_regex(pa.array([""]), alone)
    except pa.ArrowInvalid:
        raise _Unfit("expression-unknown") from None
    return _by_slices(columns[0], lambda cells: _true(pc.match_substring_regex(cells, whole)), capitals=False)


def _codes(rule: QualityRule, columns: list[pa.ChunkedArray], now: datetime) -> Counted:
    allowed = pa.array(rule.values, pa.large_string())
    return _by_slices(columns[0], lambda cells: _true(pc.is_in(cells, allowed)), capitals=False)


def _by_slices(column: pa.ChunkedArray, right: Callable[[pa.Array], Any], *, capitals: bool = True) -> Counted:
    """A cell of spaces alone is as empty as one without."""
    checked = failed = 0
    for chunk in column.chunks:
        for start in range(0, len(chunk), SLICE_ROWS):
            cells = chunk.slice(start, SLICE_ROWS).drop_null()
            cells = as_text(cells) if capitals else cells.cast(pa.large_string())
            cells = cells.filter(pc.not_equal(pc.utf8_trim_whitespace(cells), ""))
            checked += len(cells)
            failed += len(cells) - int(right(cells))
    return checked, failed


def _range(rule: QualityRule, columns: list[pa.ChunkedArray], now: datetime) -> Counted:
    filled = columns[0].drop_null()
    cells = _comparable(filled, type_word(filled.type))
    outside = np.zeros(len(filled), dtype=bool)
    for bound, compare in ((rule.low, pc.less), (rule.high, pc.greater)):
        if bound is not None:
            beyond = compare(cells, _bound(bound, cells.type))
            outside |= np.asarray(beyond.to_numpy(zero_copy_only=False), dtype=bool)
    return len(filled), int(np.count_nonzero(outside))


def _comparable(cells: pa.ChunkedArray, word: str) -> pa.ChunkedArray:
    if word == "whole" or pa.types.is_decimal(cells.type):
        return cells.cast(pa.decimal128(38, 12))
    if word in ("date", "moment"):
        return cells.cast(pa.date32(), safe=False)
    if word == "number":
        return cells.cast(pa.float64())
    raise _Unfit("rule-unfit")


def _bound(text: str, kind: pa.DataType) -> pa.Scalar:
    """Raises ValueError or ArithmeticError for a bound of another kind than the column."""
    if pa.types.is_date(kind):
        return pa.scalar(date.fromisoformat(text))
    number = Decimal(text)
    return pa.scalar(number, kind) if pa.types.is_decimal(kind) else pa.scalar(float(number))


def _unique(rule: QualityRule, columns: list[pa.ChunkedArray], now: datetime) -> Counted:
    """A row fails when another is the same in all of these columns; rows with an empty one are not looked at."""
    keys = pa.table(dict(zip(map(str, range(len(columns))), columns, strict=True))).drop_null()
    if not keys.num_rows:
        return 0, 0
    counted = keys.append_column("one", pa.array(np.ones(keys.num_rows, dtype=np.int64)))
    sizes = counted.group_by(keys.column_names, use_threads=False).aggregate([("one", "sum")]).column("one_sum")
    return keys.num_rows, int(pc.sum(sizes.filter(pc.greater(sizes, 1))).as_py() or 0)


def _order(rule: QualityRule, columns: list[pa.ChunkedArray], now: datetime) -> Counted:
    both = pa.table({"a": columns[0], "b": columns[1]}).drop_null()
    words = {type_word(column.type) for column in columns}
    if not (words <= {"whole", "number"} or words in ({"date"}, {"moment"})):
        raise _Unfit("rule-unfit")
    return both.num_rows, _true(pc.greater(both.column("a"), both.column("b")))


def _days(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if type_word(column.type) not in ("date", "moment"):
        raise _Unfit("rule-unfit")
    return column.drop_null().cast(pa.date32(), safe=False)


def _fresh(rule: QualityRule, columns: list[pa.ChunkedArray], now: datetime) -> Counted:
    """A day that is yet to come says nothing of how fresh the data is."""
    days, today = _days(columns[0]), local_day(now)
    if not len(days):
        return 0, 0
    newest = pc.max(days.filter(pc.less_equal(days, pa.scalar(today, days.type)))).as_py()
    assert rule.cycle is not None
    return 1, int(newest is None or (today - newest).days > DAYS[rule.cycle])


def _gapless(rule: QualityRule, columns: list[pa.ChunkedArray], now: datetime) -> Counted:
    """Up to today: what is planned for days yet to come is no period that the data has or lacks."""
    days, today = pc.unique(_days(columns[0])), local_day(now)
    days = days.filter(pc.less_equal(days, pa.scalar(today, days.type)))
    if not len(days):
        return 0, 0
    assert rule.cycle is not None
    there = {_period(day, rule.cycle) for day in days.to_pylist()}
    periods = max(there) - min(there) + 1
    if periods > PERIODS_MAX:
        raise _Unfit("too-many-periods")
    return periods, periods - len(there)


def _period(day: date, cycle: str) -> int:
    """The number of the day's period, counted on."""
    months = day.year * 12 + day.month - 1
    return {
        "day": day.toordinal(), "week": (day.toordinal() - 1) // 7, "month": months, "quarter": months // 3, "year": day.year,
    }[cycle]  # fmt: skip


def _true(flags: Any) -> int:
    return int(pc.sum(flags).as_py() or 0)


_CHECKS: dict[str, Callable[[QualityRule, list[pa.ChunkedArray], datetime], Counted]] = {
    measures.REQUIRED: _required,
    measures.FORM: _form,
    measures.EXPRESSION: _expression,
    measures.CODES: _codes,
    measures.RANGE: _range,
    measures.UNIQUE: _unique,
    measures.ORDER: _order,
    measures.FRESH: _fresh,
    measures.GAPLESS: _gapless,
}

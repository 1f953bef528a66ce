"""Checks typed rules on rows, a batch at a time, and answers with counts. Arrow computes; expressions are RE2, linear in the text.

A rule that cannot be checked (no such column, a column of another kind, an expression that RE2 does not know) is answered
with its fault, and the others are checked all the same.

Whoever asks chooses what a cell is compared with, so two counts that differ by one row would say whether a value is there:
no such rule looks at the key column; one whose count may lie within the guard of another rule's on the same column is withheld
(`too-near`); and that no cell passed is told like few. Whether it may is decided by what is told of both, never by a number that
is not: else what is withheld would tell it. What remains is said in docs/guides/quality.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tongqu.node.sources.counts import Span, at_least, at_least_of_all, near, told_of
from tongqu.node.sources.kept import Rows
from tongqu.node.sources.patterns import SLICE_ROWS, as_text, can_have_patterns, matches
from tongqu.node.sources.spilling import building, seen
from tongqu.node.sources.tables import local_day, type_word
from tongqu.wire import measures
from tongqu.wire.measures import QualityMeasured, QualityRule, RuleMeasured

DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
PERIODS_MAX = 100_000
"""Between the first and the last day; a year that was mistyped must not make an endless calendar."""

BY_CELL = (measures.FORM, *measures.SEARCHES)
"""Checks that look at each cell of one column."""

BY_ROW = (measures.UNIQUE, measures.ORDER)
"""Checks that look at the rows in which all of their columns are filled."""

BLANK = r"[\s\x0b\x1c-\x1f\x85\p{Z}]*"
"""What Arrow trims away as spaces, for DuckDB, whose own `trim` knows one space alone."""

Counted = tuple[int, int]  # looked at, failed
Before = dict[str, dict[str, Span]]
"""By column and digest of a rule, between which numbers those that failed it were told to lie, of this version."""


class _Unfit(Exception):
    """The rule cannot be checked on this table; the text is the fault's code."""


@dataclass(frozen=True)
class _Cells:
    """The cells of a rule's columns, a batch at a time; what is no number is an empty cell, and so are spaces alone."""

    rows: Rows
    names: tuple[str, ...]
    folder: Path | None

    @property
    def kinds(self) -> list[pa.DataType]:
        return [self.rows.schema.field(name).type for name in self.names]

    @property
    def words(self) -> list[str]:
        return [type_word(kind) for kind in self.kinds]

    def batches(self) -> Iterator[list[pa.Array]]:
        """One at least, so that a rule that does not fit is found where there are no rows."""
        yield [pa.array([], kind) for kind in self.kinds]
        for batch in self.rows.batches(list(dict.fromkeys(self.names))):
            yield [_cleared(batch.column(name)) for name in self.names]

    def first(self) -> Iterator[pa.Array]:
        for cells, *_ in self.batches():
            yield cells


def _cleared(cells: pa.Array) -> pa.Array:
    if pa.types.is_floating(cells.type):
        empty = pc.is_nan(cells)
    elif type_word(cells.type) == "text":
        empty = pc.equal(pc.utf8_trim_whitespace(cells), "")
    else:
        return cells
    return pc.if_else(empty, pa.scalar(None, cells.type), cells)


def check_quality(
    rows: Rows,
    rules: tuple[QualityRule, ...],
    *,
    source: str,
    source_version: str,
    small_counts: int,
    now: datetime,
    key: str | None = None,
    before: Before | None = None,
    folder: Path | None = None,
) -> QualityMeasured:
    """Every rule in its order. `before` is added to; `folder` is for what does not fit into memory."""
    told_before: Before = {} if before is None else before
    return QualityMeasured(
        source=source,
        source_version=source_version,
        rows=rows.rows,
        rules=tuple(_told(rows, rule, small_counts, now, key, told_before, folder) for rule in rules),
        small_counts=small_counts,
        measured_at=now,
    )


def _told(
    rows: Rows, rule: QualityRule, guard: int, now: datetime, key: str | None, before: Before, folder: Path | None
) -> RuleMeasured:
    try:
        if rule.check in measures.SEARCHES and key in rule.columns:
            raise _Unfit("key-column")
        for name in rule.columns:
            _check_column(rows.schema, name)
        cells = _Cells(rows, tuple(rule.columns), folder)
        checked, failed = _CHECKS[rule.check](rule, cells, now)
    except _Unfit as unfit:
        return RuleMeasured(rule.id, None, None, None, str(unfit))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ArithmeticError, ValueError, duckdb.Error):
        return RuleMeasured(rule.id, None, None, None, "rule-unfit")
    if rule.check in (
        measures.FRESH,
        measures.GAPLESS,
    ):  # these count periods, behind which rows do not stand one by one
        return RuleMeasured(rule.id, checked, failed, failed) if checked else RuleMeasured(rule.id, None, None, None)
    looked_at = _filled(cells, guard) if rule.check in BY_ROW else at_least(checked, rows.rows, guard)
    told = told_of(failed, checked, looked_at, guard, all_are_few=rule.check in BY_CELL)
    if told is None:
        return RuleMeasured(rule.id, None, None, None)
    looked_at, between = told
    if rule.check in BY_CELL and is_too_near(_asked(rule), between, guard, before.setdefault(rule.columns[0], {})):
        return RuleMeasured(rule.id, None, None, None, "too-near")
    return RuleMeasured(rule.id, looked_at, *between)


def _filled(cells: _Cells, guard: int) -> int:
    """Of how many rows is told that a rule over these columns looked at them."""
    many = len(cells.names)
    empty: Counter[int] = Counter()
    for batch in cells.batches():
        lacks = sum(np.asarray(column.is_null()).astype(np.int64) << at for at, column in enumerate(batch))
        empty.update(dict(enumerate(np.bincount(lacks, minlength=1 << many).tolist())))
    return at_least_of_all(empty, many, guard)


def _asked(rule: QualityRule) -> str:
    """The same for rules that ask the same."""
    return replace(rule, id="r", values=tuple(sorted(rule.values))).digest


def is_too_near(asked: str, between: Span, guard: int, before: dict[str, Span]) -> bool:
    """Of one column; what is not is noted in `before`. That no row failed stands beside whatever was told; the same rule again
    tells nothing new."""
    if between == (0, 0) or asked in before:
        return False
    if any(near(between, other, guard) for other in before.values()):
        return True
    before[asked] = between
    return False


def _check_column(schema: pa.Schema, name: str) -> None:
    if name not in schema.names:
        raise _Unfit("column-missing")
    if type_word(schema.field(name).type) == "other":
        raise _Unfit("rule-unfit")


def _required(rule: QualityRule, cells: _Cells, now: datetime) -> Counted:
    return cells.rows.rows, sum(column.null_count for column in cells.first())


def _form(rule: QualityRule, cells: _Cells, now: datetime) -> Counted:
    assert rule.form is not None
    if not can_have_patterns(cells.kinds[0]):
        raise _Unfit("rule-unfit")
    form = rule.form
    return _by_slices(cells, lambda found: np.count_nonzero(matches(found, form, local_day(now))))


def _expression(rule: QualityRule, cells: _Cells, now: datetime) -> Counted:
    whole = f"^(?:{rule.expression})$"
    try:
        for alone in (rule.expression, whole):  # an expression that closes our bracket is none by itself
            pc.match_substring_regex(pa.array([""]), alone)
    except pa.ArrowInvalid:
        raise _Unfit("expression-unknown") from None
    return _by_slices(cells, lambda found: _true(pc.match_substring_regex(found, whole)), capitals=False)


def _codes(rule: QualityRule, cells: _Cells, now: datetime) -> Counted:
    allowed = pa.array(rule.values, pa.large_string())
    return _by_slices(cells, lambda found: _true(pc.is_in(found, allowed)), capitals=False)


def _by_slices(cells: _Cells, right: Callable[[pa.Array], Any], *, capitals: bool = True) -> Counted:
    checked = failed = 0
    for chunk in cells.first():
        for start in range(0, len(chunk), SLICE_ROWS):
            found = chunk.slice(start, SLICE_ROWS).drop_null()
            found = as_text(found) if capitals else found.cast(pa.large_string())
            checked += len(found)
            failed += len(found) - int(right(found))
    return checked, failed


def _range(rule: QualityRule, cells: _Cells, now: datetime) -> Counted:
    checked = failed = 0
    for column in cells.first():
        filled = column.drop_null()
        compared = _comparable(filled, type_word(filled.type))
        outside = np.zeros(len(filled), dtype=bool)
        for bound, compare in ((rule.low, pc.less), (rule.high, pc.greater)):
            if bound is not None:
                beyond = compare(compared, _bound(bound, compared.type))
                outside |= np.asarray(beyond.to_numpy(zero_copy_only=False), dtype=bool)
        checked, failed = checked + len(filled), failed + int(np.count_nonzero(outside))
    return checked, failed


def _comparable(cells: pa.Array, word: str) -> pa.Array:
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


def _unique(rule: QualityRule, cells: _Cells, now: datetime) -> Counted:
    """A row fails when another is the same in all of these columns; rows with an empty one are not looked at."""
    names = [f"c{at}" for at in range(len(cells.names))]
    tests = [f"{name} IS NOT NULL" for name in names]
    tests += [f"NOT isnan({name})" for name, kind in zip(names, cells.kinds, strict=True) if pa.types.is_floating(kind)]
    tests += [
        f"NOT regexp_full_match({name}, '{BLANK}')"
        for name, word in zip(names, cells.words, strict=True)
        if word == "text"
    ]
    with building(folder=cells.folder) as engine:
        found = engine.execute(
            "SELECT coalesce(sum(many), 0), coalesce(sum(many) FILTER (many > 1), 0) FROM "  # noqa: S608 - numbers for names
            f"(SELECT count(*) AS many FROM ({seen(cells.rows, cells.names)}) WHERE {' AND '.join(tests)} "
            f"GROUP BY {', '.join(names)})"
        ).fetchone()
    assert found is not None
    return int(found[0]), int(found[1])


def _order(rule: QualityRule, cells: _Cells, now: datetime) -> Counted:
    words = set(cells.words)
    if not (words <= {"whole", "number"} or words in ({"date"}, {"moment"})):
        raise _Unfit("rule-unfit")
    checked = failed = 0
    for one, other in cells.batches():
        both = pa.table({"a": one, "b": other}).drop_null()
        checked, failed = checked + both.num_rows, failed + _true(pc.greater(both.column("a"), both.column("b")))
    return checked, failed


def _days(cells: _Cells) -> Iterator[pa.Array]:
    if cells.words[0] not in ("date", "moment"):
        raise _Unfit("rule-unfit")
    for column in cells.first():
        yield column.drop_null().cast(pa.date32(), safe=False)


def _fresh(rule: QualityRule, cells: _Cells, now: datetime) -> Counted:
    """A day that is yet to come says nothing of how fresh the data is."""
    today, some, newest = local_day(now), False, None
    for days in _days(cells):
        some |= len(days) > 0
        found = pc.max(days.filter(pc.less_equal(days, pa.scalar(today, days.type)))).as_py()
        newest = found if newest is None else newest if found is None else max(newest, found)
    if not some:
        return 0, 0
    assert rule.cycle is not None
    return 1, int(newest is None or (today - newest).days > DAYS[rule.cycle])


def _gapless(rule: QualityRule, cells: _Cells, now: datetime) -> Counted:
    """Up to today: what is planned for days yet to come is no period that the data has or lacks."""
    assert rule.cycle is not None
    today = local_day(now)
    there: set[int] = set()
    for days in _days(cells):
        past = pc.unique(days.filter(pc.less_equal(days, pa.scalar(today, days.type))))
        there |= {_period(day, rule.cycle) for day in past.to_pylist()}
    if not there:
        return 0, 0
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


_CHECKS: dict[str, Callable[[QualityRule, _Cells, datetime], Counted]] = {
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

"""Measures the rows where they stand, a batch at a time. Numbers about the data leave, the data does not.

The guard: a count from 1 to `small_counts` - 1 is not told, nor one that leaves so few of the rows uncounted; an extreme
that fewer than `small_counts` rows share is told as a bound beyond it, never as itself (numbers to two figures, whole
ones at least to the ten; days to the month), and so is any extreme of numbers that have a pattern, and any moment; the key
column has no range; of text only lengths are told; a table with fewer rows than the guard has no ranges at all. Patterns
are told as counts, under the same guard; that one was found in few rows is told without the count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tongqu.node.sources.counts import found, guarded_count
from tongqu.node.sources.kept import Rows
from tongqu.node.sources.patterns import can_have_patterns, count_patterns
from tongqu.node.sources.spilling import building, seen
from tongqu.node.sources.tables import local_day, type_word
from tongqu.wire.source import ColumnProfile, PatternFound, Profile


def measure(
    rows: Rows,
    *,
    source: str,
    source_version: str,
    key: str | None,
    small_counts: int,
    now: datetime,
    folder: Path | None = None,
) -> Profile:
    """The profile of one version, a column at a time; `folder` is for what does not fit into memory."""
    with building(folder=folder) as engine:
        columns = tuple(
            _column(rows, name, engine, is_key=name == key, guard=small_counts, today=local_day(now))
            for name in rows.schema.names
        )
    return Profile(
        source=source,
        source_version=source_version,
        rows=rows.rows,
        columns=columns,
        small_counts=small_counts,
        measured_at=now,
    )


@dataclass
class _Seen:
    """What one pass over a column tells of it."""

    nulls: int = 0
    least: Any = None
    most: Any = None
    shortest: int | None = None
    longest: int | None = None

    def add(self, cells: pa.Array, word: str) -> None:
        self.nulls += cells.null_count
        if word in ("whole", "number", "date", "moment"):
            found = pc.min_max(cells).as_py()
            self.least, self.most = _lesser(self.least, found["min"]), _greater(self.most, found["max"])
        elif word == "text":
            found = pc.min_max(pc.utf8_length(cells)).as_py()
            self.shortest, self.longest = _lesser(self.shortest, found["min"]), _greater(self.longest, found["max"])


def _lesser(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else min(one, other)


def _greater(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else max(one, other)


def _cells(rows: Rows, name: str) -> Iterator[pa.Array]:
    """What is no number is an empty cell."""
    for batch in rows.batches([name]):
        cells = batch.column(0)
        if pa.types.is_floating(cells.type):
            cells = pc.if_else(pc.is_nan(cells), pa.scalar(None, cells.type), cells)
        yield cells


def _column(
    rows: Rows, name: str, engine: duckdb.DuckDBPyConnection, *, is_key: bool, guard: int, today: date
) -> ColumnProfile:
    kind = rows.schema.field(name).type
    word, told = type_word(kind), _Seen()
    for cells in _cells(rows, name):
        told.add(cells, word)
    distinct = _distinct(rows, name, engine) if word != "other" else None
    counts = [guarded_count(count, rows.rows, guard) for count in (told.nulls, distinct)]
    guarded = any(was for _, was in counts)
    patterns = _patterns(rows, name, guard, today)
    told_if = rows.rows + 1 if patterns else guard  # however many share a telephone number, it is not told
    low = high = shortest = longest = None
    enough = rows.rows - told.nulls >= guard
    if enough and not is_key and word in ("whole", "number", "date", "moment"):
        sharing = _sharing(rows, name, (told.least, told.most))
        low, low_rounded = _extreme(told.least, sharing[0], told_if, down=True)
        high, high_rounded = _extreme(told.most, sharing[1], told_if, down=False)
        guarded = guarded or low_rounded or high_rounded
    elif enough and word == "text":
        shortest, longest = told.shortest, told.longest
    else:
        guarded = guarded or is_key or not enough
    return ColumnProfile(name, word, counts[0][0], counts[1][0], low, high, shortest, longest, guarded, patterns)


def _distinct(rows: Rows, name: str, engine: duckdb.DuckDBPyConnection) -> int:
    """How many different values, exactly, however many there are. What is no number is an empty cell."""
    kind = rows.schema.field(name).type
    there = "c0 IS NOT NULL AND NOT isnan(c0)" if pa.types.is_floating(kind) else "c0 IS NOT NULL"
    found = engine.execute(
        f"SELECT count(*) FROM (SELECT DISTINCT c0 FROM ({seen(rows, [name])}) WHERE {there})"  # noqa: S608
    ).fetchone()
    assert found is not None
    return int(found[0])


def _patterns(rows: Rows, name: str, guard: int, today: date) -> tuple[PatternFound, ...]:
    if not can_have_patterns(rows.schema.field(name).type):
        return ()
    counts, filled = count_patterns(_cells(rows, name), today)
    return tuple(PatternFound(pattern, found(count, filled, rows.rows, guard)) for pattern, count in counts.items())


def _sharing(rows: Rows, name: str, values: tuple[Any, Any]) -> list[int]:
    """How many rows have each of the values."""
    counts = [0, 0]
    for cells in _cells(rows, name):
        for at, value in enumerate(values):
            if value is not None:
                counts[at] += pc.sum(pc.equal(cells, pa.scalar(value, cells.type))).as_py() or 0
    return counts


def _extreme(value: Any, sharing: int, guard: int, *, down: bool) -> tuple[str | None, bool]:
    if value is None:
        return None, False
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return None, True
    # One person's rows repeat a moment of that person, so a moment is never told itself, however many rows have it.
    if sharing >= guard and not isinstance(value, datetime):
        return _text(value), False
    if isinstance(value, datetime | date):
        day = value.date() if isinstance(value, datetime) else value
        month = _month_before(day) if down else _month_after(day)
        return None if month is None else month.isoformat(), True
    return _text(_beyond(Decimal(str(value)), down=down)), True


def _month_before(day: date) -> date | None:
    """The first of a month before the day; None where the calendar ends."""
    if day.day > 1:
        return day.replace(day=1)
    return None if day == date.min else (day - timedelta(days=1)).replace(day=1)


def _month_after(day: date) -> date | None:
    """The first of the month after the day; None where the calendar ends, as a column's 9999-12-31 for "never" does."""
    if (day.year, day.month) == (date.max.year, 12):
        return None
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _beyond(value: Decimal, *, down: bool) -> Decimal:
    """A round number past the value, to two figures. The step is at least ten of the value's own last place: were 98
    told for a greatest age of 97, everybody could count back."""
    last_place = min(0, _exponent(value.normalize()))
    step = Decimal(1).scaleb(max(value.adjusted() - 1, last_place + 1) if value else last_place + 1)
    steps = value / step
    whole = steps.to_integral_value(ROUND_CEILING) - 1 if down else steps.to_integral_value(ROUND_FLOOR) + 1
    return whole * step


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)  # not a number, and endless, were set aside before
    return exponent


def _text(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    return format(number.normalize(), "f")[:60]

"""How well people are hidden in a table: classes of records that look the same, before and after columns are made coarser.

A record is one person with one combination of the columns that may single her out; without a column that tells people
apart, each row is one person. Columns become whole numbers once a step; classes are then found by sorting numbers, so that
the search through combinations of steps never touches a value again. Everything is deterministic.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tongqu.node.sources.counts import at_least
from tongqu.node.sources.kept import Rows
from tongqu.node.sources.tables import SourceFault, source_fault, type_word
from tongqu.wire import measures
from tongqu.wire.measures import (
    BANDS,
    BASIS_POINTS,
    ROWS_MAX,
    SEARCH_MAX,
    Band,
    DeidentificationMeasured,
    DeidentificationOrder,
    Hiding,
    SensitiveMeasured,
    Step,
)

Codes = npt.NDArray[Any]
"""Whole numbers: of four bytes where they stand for all rows, of eight where they are reckoned with."""

CELLS_MAX = 100_000_000
"""Codes that stand in memory at once: rows times columns, steps counted as columns."""

COLUMN_BYTES_MAX = 256 << 20
"""Of a column's cells, while its codes are made."""


@dataclass(frozen=True)
class _People:
    """Records as numbers: for each quasi-identifier its codes after each step, and as it is; who; the sensitive values."""

    person: Codes
    raw: list[Codes]
    steps: list[list[Codes]]
    sensitive: list[tuple[str, bool, Codes]]


def measure_hiding(
    rows: Rows, order: DeidentificationOrder, *, source_version: str, small_counts: int, now: datetime
) -> DeidentificationMeasured:
    """Before, and after the steps of least loss. Raises SourceFault when the order does not fit the rows."""
    people = _people(rows, order)
    chosen, tried, reached = _search(_each_once(people), order)
    before = _classes(people.person, people.raw)
    after = _classes(people.person, [steps[at] for steps, at in zip(people.steps, chosen, strict=True)])
    kept = after.sizes[after.of_record] >= order.k
    left_out = int(np.count_nonzero(~kept))
    share = -(-left_out * BASIS_POINTS // len(kept)) if len(kept) else 0
    return DeidentificationMeasured(
        source=order.source,
        source_version=source_version,
        rows=rows.rows,
        before=_hiding(before, np.ones(len(before.of_record), dtype=bool), people, small_counts),
        after=_hiding(after, kept, people, small_counts),
        applied=tuple(quasi.steps[at] for quasi, at in zip(order.quasi, chosen, strict=True)),
        suppressed=None if left_out in range(1, small_counts) else share,
        reached=reached,
        tried=tried,
        small_counts=small_counts,
        measured_at=now,
    )


def _people(rows: Rows, order: DeidentificationOrder) -> _People:
    names = [quasi.column for quasi in order.quasi] + list(order.sensitive) + ([order.person] if order.person else [])
    if missing := [name for name in names if name not in rows.schema.names]:
        raise _unfit(
            order.source, "column-missing", f"没有 {len(missing)} 个所列的列", f"lacks {len(missing)} of its columns"
        )
    if rows.rows > ROWS_MAX:
        raise _unfit(order.source, "too-many-records", "行数超过测量上限", "has more rows than can be measured")
    if rows.rows * (len(names) + sum(len(quasi.steps) for quasi in order.quasi)) > CELLS_MAX:
        raise _unfit(
            order.source, "search-too-large", "的列与步骤超过上限", "is too large for so many columns and steps"
        )
    raw: list[Codes] = []
    steps: list[list[Codes]] = []
    try:
        person = _who(rows, order)
        for quasi in order.quasi:
            cells = _whole(rows, quasi.column, order)
            raw.append(_codes(cells))
            steps.append([_stepped(cells, step) for step in quasi.steps])
        sensitive = [_sensitive(_whole(rows, name, order), name) for name in order.sensitive]
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ArithmeticError, ValueError):
        raise _unfit(
            order.source, "step-unfit", "某一泛化步骤与列的类型不符", "has a column that a step does not fit"
        ) from None
    return _People(person, raw, steps, sensitive)


def _whole(rows: Rows, name: str, order: DeidentificationOrder) -> pa.ChunkedArray:
    """All cells of one column, which stand in memory while their codes are made."""
    chunks: list[pa.Array] = []
    size = 0
    for batch in rows.batches([name]):
        size += batch.nbytes
        if size > COLUMN_BYTES_MAX:
            raise _unfit(order.source, "too-many-records", "有一列的内容过大", "has a column that is too large")
        chunks.append(batch.column(0))
    return pa.chunked_array(chunks, rows.schema.field(name).type)


def _each_once(people: _People) -> _People:
    """One row for each person and combination: however often a person is measured, the search takes no longer."""
    rows = np.unique(_joined([people.person, *people.raw]), return_index=True)[1]
    raw, steps = [codes[rows] for codes in people.raw], [[codes[rows] for codes in one] for one in people.steps]
    return _People(people.person[rows], raw, steps, [])


def _unfit(source: str, code: str, zh: str, en: str) -> SourceFault:
    return source_fault(
        code,
        f"数据源 {source} {zh}。",
        f"Source {source} {en}.",
        "请核对去标识化申请。",
        "Check the order against the source.",
    )


def _who(rows: Rows, order: DeidentificationOrder) -> Codes:
    """A number for each person; a row that does not say whose it is counts as one person more."""
    if order.person is None:
        return np.arange(rows.rows, dtype=np.int64)
    cells = _whole(rows, order.person, order)
    codes = _codes(cells).astype(np.int64)
    unnamed = np.asarray(cells.is_null().to_numpy(), dtype=bool)
    return np.where(unnamed, int(codes.max(initial=0)) + 1 + np.arange(len(codes)), codes)


def _codes(cells: pa.ChunkedArray) -> Codes:
    """A number for each value, an empty cell a value like others."""
    if type_word(cells.type) == "other":
        cells = cells.cast(pa.large_string())
    encoded = pc.dictionary_encode(cells, null_encoding="encode").combine_chunks()
    indices = encoded.indices if isinstance(encoded, pa.DictionaryArray) else encoded.chunk(0).indices
    return np.asarray(indices.to_numpy(zero_copy_only=False), dtype=np.int32)


def _stepped(cells: pa.ChunkedArray, step: Step) -> Codes:
    return _codes(_STEPS[step.how](cells, step))


def _period(cells: pa.ChunkedArray, step: Step) -> pa.ChunkedArray:
    assert step.cycle is not None
    if type_word(cells.type) not in ("date", "moment"):
        raise ValueError
    return pc.floor_temporal(cells, 1, unit=step.cycle)


def _interval(cells: pa.ChunkedArray, step: Step) -> pa.ChunkedArray:
    assert step.width is not None
    if type_word(cells.type) not in ("whole", "number"):
        raise ValueError
    return pc.floor(pc.divide(cells.cast(pa.float64()), float(step.width)))


def _prefix(cells: pa.ChunkedArray, step: Step) -> pa.ChunkedArray:
    return pc.utf8_slice_codeunits(cells.cast(pa.large_string()), 0, step.chars)


def _drop(cells: pa.ChunkedArray, step: Step) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(np.zeros(len(cells), dtype=np.int8))])


_STEPS: dict[str, Callable[[pa.ChunkedArray, Step], pa.ChunkedArray]] = {
    measures.KEEP: lambda cells, step: cells,
    measures.PERIOD: _period,
    measures.INTERVAL: _interval,
    measures.PREFIX: _prefix,
    measures.DROP: _drop,
}


def _sensitive(cells: pa.ChunkedArray, name: str) -> tuple[str, bool, Codes]:
    """Ranks for numbers, so that their distance counts; else any number for each value."""
    if type_word(cells.type) not in ("whole", "number"):
        return name, False, _codes(cells)
    values = np.asarray(cells.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)  # an empty cell stands last
    return name, True, np.asarray(np.unique(values, return_inverse=True)[1].reshape(-1), dtype=np.int32)


# -- classes -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Classes:
    """Records by their class: `row` is a row that shows the record, `of_record` its class, `sizes` persons in a class,
    `class_of_row` the class of each row."""

    of_record: Codes
    sizes: Codes
    class_of_row: Codes


def _joined(columns: Sequence[Codes]) -> Codes:
    """One number for each combination; packed anew after each column, so that it never overflows."""
    joined = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        width = int(column.max(initial=0)) + 1
        joined = np.unique(joined * width + column, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return joined


def _classes(person: Codes, columns: Sequence[Codes]) -> _Classes:
    of_row = _joined(columns)
    many = int(of_row.max(initial=-1)) + 1
    records = np.unique(person * max(1, many) + of_row)
    of_record = records % max(1, many)
    return _Classes(of_record, np.bincount(of_record, minlength=many).astype(np.int64), of_row)


def _search(people: _People, order: DeidentificationOrder) -> tuple[tuple[int, ...], int, bool]:
    """The combination of steps with the least loss that keeps within the order; if none does, the one that leaves out
    the fewest. Loss is the mean of how far each column has gone along its steps; the order of equals is fixed."""
    levels = [len(quasi.steps) for quasi in order.quasi]
    ranked = sorted(itertools.product(*map(range, levels)), key=lambda at: (_loss(at, levels), at))
    if len(people.person) * len(ranked) > SEARCH_MAX:
        raise _unfit(order.source, "search-too-large", "的搜索范围超过上限", "is too large for so many combinations")
    fewest: tuple[int, tuple[int, ...]] | None = None
    for tried, at in enumerate(ranked, start=1):
        classes = _classes(people.person, [steps[one] for steps, one in zip(people.steps, at, strict=True)])
        small = int(classes.sizes[classes.sizes < order.k].sum())
        if small * BASIS_POINTS <= order.suppressed_most * len(classes.of_record):
            return at, tried, True
        if fewest is None or small < fewest[0]:
            fewest = small, at
    assert fewest is not None
    return fewest[1], len(ranked), False


def _loss(at: tuple[int, ...], levels: list[int]) -> float:
    return sum(one / (level - 1) for one, level in zip(at, levels, strict=True) if level > 1)


def _hiding(classes: _Classes, kept: npt.NDArray[np.bool_], people: _People, guard: int) -> Hiding:
    size = classes.sizes[classes.of_record][kept]
    sizes = classes.sizes[np.unique(classes.of_record[kept])]
    records, whole = len(size), len(kept)
    told = at_least(records, whole, guard)
    k = int(sizes.min()) if len(sizes) else 0
    bands = tuple(_bands(size, guard, few_left_out=told != records))
    return Hiding(
        records=told,
        classes=len(sizes) if told == records else None,
        k=k,
        unique=bands[0].records,
        risk_most=-(-BASIS_POINTS // k) if k else 0,
        risk_mean=-(-len(sizes) * BASIS_POINTS // records) if records else 0,
        bands=bands,
        sensitive=tuple(_spread(classes, people, kept, *one) for one in people.sensitive) if records else (),
    )


def _few(count: int, guard: int) -> int | None:
    return None if count in range(1, guard) else count


def _bands(size: Codes, guard: int, *, few_left_out: bool) -> list[Band]:
    """Where only one band is withheld it could be counted back from the others, so the smallest of them goes too. Where few
    records are left out, all bands together would say how many: two are withheld."""
    counts = [int(np.count_nonzero((size >= least) & (size <= (most or size.max(initial=0))))) for least, most in BANDS]
    told = [_few(count, guard) for count in counts]
    shown = sorted((at for at, count in enumerate(told) if count), key=lambda at: counts[at])
    if few_left_out or told.count(None) == 1:
        for at in shown[: max(0, 2 - told.count(None))]:
            told[at] = None
    return [Band(least, most, count) for (least, most), count in zip(BANDS, told, strict=True)]


def _spread(
    classes: _Classes, people: _People, kept: npt.NDArray[np.bool_], name: str, ordered: bool, values: Codes
) -> SensitiveMeasured:
    """l and t over the classes that are kept: each value of a record in its class counts once."""
    many, width = len(classes.sizes), int(values.max(initial=0)) + 1
    here = np.zeros(many, dtype=bool)
    here[classes.of_record[kept]] = True
    triple = np.unique(_joined([people.person, classes.class_of_row, values]), return_index=True)[1]
    triple = triple[here[classes.class_of_row[triple]]]
    of_class, value = classes.class_of_row[triple], values[triple]
    cells, counts = np.unique(of_class * width + value, return_counts=True)
    of_cell, at = cells // width, cells % width
    distinct = np.bincount(of_cell, minlength=many)[here]
    share = counts / np.bincount(of_cell, weights=counts, minlength=many)[of_cell]
    distance = _distance(of_cell, at, share, np.bincount(value, minlength=width) / len(value), ordered=ordered)
    return SensitiveMeasured(
        column=name,
        ordered=ordered,
        l=int(distinct.min()),
        t=min(BASIS_POINTS, ceil(round(distance * BASIS_POINTS, 6))),
    )


def _distance(
    of_cell: Codes, value: Codes, share: npt.NDArray[np.float64], whole: npt.NDArray[np.float64], *, ordered: bool
) -> float:
    """The greatest earth mover's distance of a class's values from all of them. One pass over the cells (class, value) that
    occur, so neither memory nor time grows with classes times values."""
    starts = np.diff(of_cell, prepend=-1) != 0
    number = np.cumsum(starts) - 1
    if not ordered or len(whole) < 2:
        apart = np.abs(share - whole[value]) - whole[value]  # what a class lacks counts in full: the rest of the whole
        return float((1 + np.bincount(number, weights=apart)).max() / 2)
    there = np.cumsum(share)
    there -= np.repeat((there - share)[starts], np.bincount(number))  # the share of the class up to this value
    ends = np.where(np.append(starts[1:], True), len(whole), np.append(value[1:], 0))
    up_to, summed = np.cumsum(whole), np.append(0, np.cumsum(np.cumsum(whole)))
    moved = _gap(there, value, ends, up_to, summed)
    moved[starts] += summed[value[starts]]  # before its first value a class has nothing, the whole has something
    return float(np.bincount(number, weights=moved).max() / (len(whole) - 1))


def _gap(
    level: npt.NDArray[np.float64],
    start: Codes,
    end: Codes,
    up_to: npt.NDArray[np.float64],
    summed: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """The sum of |level - up_to[i]| for start <= i < end; `up_to` rises, `summed` are its sums."""
    cross = np.clip(np.searchsorted(up_to, level), start, end)
    below = level * (cross - start) - (summed[cross] - summed[start])
    above = (summed[end] - summed[cross]) - level * (end - cross)
    return np.asarray(below + above, dtype=np.float64)

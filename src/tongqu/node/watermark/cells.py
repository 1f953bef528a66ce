"""The cells of one column: how they are written, how they are moved, and how far a cell stands from another. Pure.

A number in a text file is moved in its own last decimals and written as its column writes numbers; one in a typed file
stays of its type. What does not look like the column's other cells is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tongqu.node.watermark.signs import Signs
from tongqu.wire.watermark import MarkedColumn

DECIMALS_MAX = 9
DIGITS_MAX = 18
"""So many digits fit a 64-bit whole number."""

MOMENTS = tuple(
    day + between + clock
    for clock in ("%H:%M:%S", "%H:%M")
    for between in (" ", "T")
    for day in ("%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y")
)

Numbers = npt.NDArray[np.float64]


class Unmarkable(Exception):
    """The column cannot be moved as declared: `why` is one of no-column, too-fine, no-moments, other-type."""

    def __init__(self, column: str, why: str) -> None:
        self.column, self.why = column, why
        super().__init__(f"{column}: {why}")


@dataclass(frozen=True)
class Grain:
    """How a column's cells are written: numbers with `decimals` places, without zeros at their end when `trimmed`;
    moments in `form`. `step` is how far a cell is moved: units of the last place, or seconds."""

    step: int
    decimals: int = 0
    trimmed: bool = False
    form: str | None = None


# -- how a column is written -----------------------------------------------------------------------------------------


def grain_of(column: MarkedColumn, chunks: Iterable[pa.Array]) -> Grain:
    """Looks through a whole column, piece by piece. Raises Unmarkable."""
    if column.pairs:
        return Grain(step=1)
    if column.seconds is not None:
        return _moments(column, chunks)
    decimals, padded, any_point = 0, False, False
    for chunk in chunks:
        kind = chunk.type
        if _is_text(kind) or pa.types.is_decimal(kind) or pa.types.is_integer(kind):
            found = _fractions(chunk)
            if found is not None:
                any_point, decimals, padded = True, max(decimals, found[0]), padded or found[1]
        elif pa.types.is_floating(kind):
            decimals = max(decimals, _float_decimals(chunk))
        else:
            raise Unmarkable(column.name, "other-type")
    assert column.tolerance is not None
    step = int(Decimal(column.tolerance).scaleb(decimals))
    if step < 1:
        raise Unmarkable(column.name, "too-fine")
    return Grain(step, decimals, trimmed=any_point and not padded)


def _moments(column: MarkedColumn, chunks: Iterable[pa.Array]) -> Grain:
    assert column.seconds is not None
    forms: set[str] | None = None
    for chunk in chunks:
        if pa.types.is_timestamp(chunk.type):
            return Grain(column.seconds)
        if not _is_text(chunk.type):
            raise Unmarkable(column.name, "other-type")
        some = chunk.drop_null()[:1_000]
        if not len(some):
            continue
        fitting = {form for form in MOMENTS if pc.strptime(some, form, "s", error_is_null=True).null_count == 0}
        forms = fitting if forms is None else forms & fitting
    if not forms:
        raise Unmarkable(column.name, "no-moments")
    form = next(form for form in MOMENTS if form in forms)
    step = column.seconds if form.endswith("%S") else column.seconds // 60 * 60
    if step < 1:
        raise Unmarkable(column.name, "too-fine")
    return Grain(step, form=form)


def _fractions(chunk: pa.Array) -> tuple[int, bool] | None:
    """The most decimals, and whether any number ends with a zero behind its point; None without a point."""
    if pa.types.is_integer(chunk.type):
        return None
    if pa.types.is_decimal(chunk.type):
        return chunk.type.scale, True
    parts = pc.extract_regex(chunk, rf"^-?[0-9]{{1,{DIGITS_MAX}}}\.(?P<f>[0-9]{{1,{DECIMALS_MAX}}})$")
    found = pc.struct_field(parts, "f").drop_null()
    if not len(found):
        return None
    return pc.max(pc.utf8_length(found)).as_py(), bool(pc.any(pc.ends_with(found, "0")).as_py())


def _float_decimals(chunk: pa.Array) -> int:
    values = chunk.drop_null().to_numpy(zero_copy_only=False).astype(np.float64)
    values = values[np.isfinite(values) & (np.abs(values) < 10**DIGITS_MAX)]
    slack = 1e-9 if pa.types.is_float64(chunk.type) else 1e-5
    for decimals in range(DECIMALS_MAX):
        if np.all(
            np.abs(np.round(values, decimals) - values) <= slack * np.maximum(1, np.abs(values)) * 10.0**-decimals
        ):
            return decimals
    return DECIMALS_MAX


# -- moving ------------------------------------------------------------------------------------------------------------


def moved(column: MarkedColumn, grain: Grain, cells: pa.Array, ways: Signs) -> pa.Array:
    """The cells after the mark. As many, of the same type; what cannot be moved stays as it is."""
    kind = cells.type
    if column.pairs:
        return _paired(column, cells, ways)
    if column.seconds is not None:
        return _shifted_moments(grain, cells, ways)
    if _is_text(kind):
        return _moved_texts(grain, cells, ways)
    if pa.types.is_decimal(kind):
        return _moved_texts(grain, cells.cast(pa.string()), ways).cast(kind)
    missing = np.asarray(cells.is_null())
    if pa.types.is_integer(kind):
        before = cells.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        after, changes = _step(before, ways, grain.step)
        limits = np.iinfo(kind.to_pandas_dtype())
        changes &= (after <= limits.max) & (after >= limits.min) & ~missing
        return pa.array(np.where(changes, after, before).astype(kind.to_pandas_dtype()), kind, mask=missing)
    numbers = cells.fill_null(0).to_numpy(zero_copy_only=False)
    units = np.where(np.isfinite(numbers), numbers, 0).astype(np.float64) * 10.0**grain.decimals
    _, changes = _step(np.round(np.clip(units, -(2.0**62), 2.0**62)).astype(np.int64), ways, grain.step)
    changes &= np.isfinite(numbers) & ~missing & (np.abs(units) < 2.0**52)
    shifted = np.round(
        numbers.astype(np.float64) + ways.astype(np.float64) * grain.step / 10.0**grain.decimals, grain.decimals
    )
    return pa.array(np.where(changes, shifted, numbers).astype(numbers.dtype), kind, mask=missing)


def _step(units: npt.NDArray[np.int64], ways: Signs, step: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The units after the step, and where it may be taken: a zero stays, and none becomes zero or changes its sign."""
    after = units + ways.astype(np.int64) * step
    return after, (ways != 0) & (units != 0) & (np.sign(after) == np.sign(units))


def _moved_texts(grain: Grain, cells: pa.Array, ways: Signs) -> pa.Array:
    k = grain.decimals
    whole = DIGITS_MAX - 1 - k
    point = rf"(?:\.(?P<f>[0-9]{{1,{k}}}))?" if k else ""
    parts = pc.extract_regex(cells, rf"^(?P<s>-?)(?P<w>0|[1-9][0-9]{{0,{whole - 1}}}){point}$")
    plain = np.asarray(parts.is_valid())
    digits = pc.struct_field(parts, "w")
    if k:
        rest = pc.utf8_rpad(pc.fill_null(pc.struct_field(parts, "f"), ""), k, "0")
        digits = pc.binary_join_element_wise(digits, rest, "")
    units = digits.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    negative = np.asarray(pc.fill_null(pc.equal(pc.struct_field(parts, "s"), "-"), False))
    before = np.where(negative, -units, units)
    after, changes = _step(before, ways, grain.step)
    changes &= plain
    return pc.if_else(pa.array(changes), _written(np.abs(after), after < 0, grain), cells)


def _written(units: npt.NDArray[np.int64], negative: npt.NDArray[np.bool_], grain: Grain) -> pa.Array:
    k = grain.decimals
    texts = pa.array(units).cast(pa.string())
    if k:
        texts = pc.utf8_lpad(texts, k + 1, "0")
        texts = pc.binary_join_element_wise(
            pc.utf8_slice_codeunits(texts, 0, -k), pc.utf8_slice_codeunits(texts, -k), "."
        )
        if grain.trimmed:
            texts = pc.replace_substring_regex(texts, r"\.?0*$", "")
    return pc.binary_join_element_wise(pc.if_else(pa.array(negative), "-", ""), texts, "")


def _shifted_moments(grain: Grain, cells: pa.Array, ways: Signs) -> pa.Array:
    if grain.form is None:
        unit = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[cells.type.unit]
        numbers = cells.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        shifted = pa.array(numbers + ways.astype(np.int64) * grain.step * unit, mask=np.asarray(cells.is_null()))
        return shifted.cast(cells.type)
    moments = pc.strptime(cells, grain.form, "s", error_is_null=True)
    same = pc.fill_null(pc.equal(pc.strftime(moments, grain.form), cells), False)  # `1/2/2024` stays as it is
    seconds = moments.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False) + ways.astype(np.int64) * grain.step
    changed = pc.strftime(pa.array(seconds).cast(pa.timestamp("s")), grain.form)
    return pc.if_else(pc.and_(same, pa.array(ways != 0)), changed.cast(cells.type), cells)


def _paired(column: MarkedColumn, cells: pa.Array, ways: Signs) -> pa.Array:
    ones = pa.array([pair.one for pair in column.pairs])
    others = pa.array([pair.other for pair in column.pairs])
    texts = cells.cast(pa.string())
    at = pc.coalesce(pc.index_in(texts, ones), pc.index_in(texts, others))
    changed = pc.if_else(pa.array(ways > 0), others.take(at), ones.take(at))
    return pc.if_else(pc.and_(at.is_valid(), pa.array(ways != 0)), changed, texts).cast(cells.type)


# -- comparing ---------------------------------------------------------------------------------------------------------


def positions(column: MarkedColumn, cells: pa.Array) -> Numbers:
    """Where each cell stands: a number, a moment in seconds, or -1 and +1 for the two of a pair; NaN for all else."""
    if column.pairs:
        texts = cells.cast(pa.string())
        ones = pc.is_in(texts, pa.array([pair.one for pair in column.pairs]))
        others = pc.is_in(texts, pa.array([pair.other for pair in column.pairs]))
        return np.where(np.asarray(ones), -1.0, np.where(np.asarray(others), 1.0, np.nan))
    return moment_numbers(cells) if column.seconds is not None else numbers_of(cells)


def distance_unit(column: MarkedColumn, grain: Grain) -> float:
    if column.pairs:
        return 1.0
    return float(grain.step) if column.seconds is not None else grain.step / 10.0**grain.decimals


def numbers_of(cells: pa.Array) -> Numbers:
    kind = cells.type
    if _is_text(kind):
        texts = pc.replace_substring(pc.utf8_trim_whitespace(cells), ",", "")
        number = pc.match_substring_regex(texts, r"^[-+]?[0-9]{1,18}(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,2})?$")
        texts = pc.if_else(number, pc.utf8_ltrim(texts, "+"), pa.scalar(None, texts.type))
        return _floats(texts.cast(pa.float64()))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _floats(cells.cast(pa.float64()))
    return np.full(len(cells), np.nan)


def moment_numbers(cells: pa.Array) -> Numbers:
    kind = cells.type
    if pa.types.is_timestamp(kind):
        return _floats(cells.cast(pa.timestamp("s"), safe=False).cast(pa.int64()).cast(pa.float64()))
    if not _is_text(kind):
        return np.full(len(cells), np.nan)
    texts = pc.replace_substring_regex(pc.utf8_trim_whitespace(cells), r"(\.0+)?Z?$", "")
    found: Any = None
    for form in MOMENTS:
        seconds = pc.strptime(texts, form, "s", error_is_null=True).cast(pa.int64())
        found = seconds if found is None else pc.coalesce(found, seconds)
    return _floats(found.cast(pa.float64()))


def _floats(cells: pa.Array) -> Numbers:
    return np.array(cells.fill_null(np.nan).to_numpy(zero_copy_only=False), dtype=np.float64)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))

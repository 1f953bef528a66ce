"""Works out, when a version of a source is loaded, every group that its reports can tell of: a call then touches no row.

Nothing is added up as floating numbers, whose sum would hang on the order of the rows: decimals are added as decimals, and a
floating cell is split into three whole numbers (its whole part and twice forty bits behind the point, exact to 2^-80), which
are added as such. So any engine, with any number of executors, finds the same figure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import ibis
import ibis.expr.types as ir

from tongqu.node.engines.columns import DATE, MOMENT, OTHER, TEXT, Columns, Kind, NoColumn, columns_of
from tongqu.node.engines.engine import Engine, Parts, Unfit
from tongqu.node.engines.statements import Bound
from tongqu.node.reports.groups import EMPTY, GROUPS_MAX, Cell, Group, Groups, UnfitForm
from tongqu.wire.report_form import COUNT, MONTH, QUARTER, SUM, Figure, ReportForm, Section

SCALE = 2.0**40
FLOAT_BOUND = 2.0**62
DIGITS = 28
"""Of a decimal that is added up: ten thousand million of them stay within 38."""


def work_out(engine: Engine, parts: Parts, form: ReportForm) -> Groups:
    """Raises UnfitForm, EngineLost."""
    sections = [_section(engine, parts, form, section) for section in form.sections]
    periods = sorted({period for section in sections for period in section})
    return {period: tuple(tuple(section.get(period, ())) for section in sections) for period in periods}


def _section(engine: Engine, parts: Parts, form: ReportForm, section: Section) -> dict[str, list[Group]]:
    months = [form.month_column] if form.month_column is not None else []
    figures = list(dict.fromkeys(figure.column for figure in section.figures if figure.column is not None))
    others = list(dict.fromkeys(each.by for each in form.sections if each.by != section.by))
    try:
        columns = columns_of(parts.schema, [form.period_column, *months, section.by, *others, *figures])
    except NoColumn as missing:
        raise UnfitForm(str(missing)) from None
    _refuse_unfit(form, figures, columns.kinds)

    def build(seen: ir.Table, bound: Bound) -> ir.Table:
        return _grouped(seen, form, section, figures, others, columns, bound)

    try:
        table = engine.gathered(parts, columns, build, GROUPS_MAX + 1)
        if table.num_rows > GROUPS_MAX:
            raise UnfitForm(section.by)
        found: dict[tuple[str, str], _Sums] = {}
        for row in table.to_pylist():
            period = _period(form, row["year"], row["month"])
            if period is not None:
                sums = _Sums(
                    row["rows"],
                    {name: _Added.of(row, at) for at, name in enumerate(figures)},
                    {name: _within(row, at) for at, name in enumerate(others)},
                )
                name = _named(row["by"])
                before = found.get((period, name))
                found[period, name] = sums if before is None else before + sums
    except (Unfit, ValueError, OverflowError, ArithmeticError) as error:
        raise error if isinstance(error, UnfitForm) else UnfitForm(section.by) from None
    told: dict[str, list[Group]] = {}
    for (period, name), sums in sorted(found.items()):
        told.setdefault(period, []).append(
            Group(
                name,
                sums.rows,
                tuple(sums.cell(figure) for figure in section.figures),
                tuple(sums.within.get(each.by) for each in form.sections),
            )
        )
    return told


def _refuse_unfit(form: ReportForm, figures: Sequence[str], kinds: Mapping[str, Kind]) -> None:
    if form.month_column is None and kinds[form.period_column].word not in (DATE, MOMENT):
        raise UnfitForm(form.period_column)
    for name in (form.period_column, form.month_column, *(each.by for each in form.sections)):
        if name is not None and kinds[name].word == OTHER:
            raise UnfitForm(name)
    for name in figures:
        if not kinds[name].is_number:
            raise UnfitForm(name)


# -- what the engine adds up ---------------------------------------------------------------------------------------------


def _grouped(
    seen: ir.Table,
    form: ReportForm,
    section: Section,
    figures: Sequence[str],
    others: Sequence[str],
    columns: Columns,
    bound: Bound,
) -> ir.Table:
    places, kinds = columns.places, columns.kinds
    period, by = seen[places[form.period_column]], seen[places[section.by]]
    if form.month_column is None:
        year, month = period.year(), period.month()
    else:
        year, month = period, seen[places[form.month_column]]
    keys = {"year": year, "month": month, "by": _empty_named(by, kinds[section.by])}
    cells = {f"x{at}": seen[places[name]] for at, name in enumerate(figures)}
    cells |= {f"o{at}": _empty_named(seen[places[name]], kinds[name]) for at, name in enumerate(others)}
    added: dict[str, Any] = {}
    rows = seen.select(**keys, **cells)
    rows = rows.filter(rows.year.notnull(), rows.month.notnull())
    for at, name in enumerate(figures):
        kind = kinds[name]
        fits, exact = (_decimal if kind.is_exact else _float)(rows[f"x{at}"], kind, bound)
        added |= {f"n{at}": rows[f"x{at}"].count(), f"f{at}": fits.sum()}
        added |= {f"{word}{at}": value for word, value in exact.items()}
    for at in range(len(others)):
        other = rows[f"o{at}"]
        added |= {f"l{at}": other.min(), f"g{at}": other.max(), f"e{at}": other.isnull().cast("int64").sum()}
    return rows.group_by("year", "month", "by").agg(rows=rows.count(), **added)


def _empty_named(cell: Any, kind: Kind) -> Any:
    """A text may be what a group without a value is called by: then both are one group."""
    return cell.fill_null(EMPTY) if kind.word == TEXT else cell


def _decimal(cell: Any, kind: Kind, bound: Bound) -> tuple[Any, dict[str, Any]]:
    wide = f"decimal(38, {kind.scale})"
    cell = cell.cast(wide)
    if kind.precision > DIGITS:
        beyond = _most(kind.scale)
        most, least = bound(beyond, wide), bound(-beyond, wide)
        cell = ((cell < most) & (cell > least)).ifelse(cell, ibis.null(wide))
    size = (cell < bound(Decimal(0), wide)).ifelse(-cell, cell).cast(wide)
    return cell.notnull().cast("int64"), {"s": cell.sum(), "a": size.sum(), "m": size.max()}


def _most(scale: int) -> Decimal:
    """Written out: an engine may not know what an exponent means."""
    return Decimal(f"{Decimal(1).scaleb(DIGITS - scale):f}")


def _float(cell: Any, _kind: Kind, bound: Bound) -> tuple[Any, dict[str, Any]]:
    cell = (cell.abs() < bound(FLOAT_BOUND, "float64")).ifelse(cell, ibis.null("float64"))
    size, scale = cell.abs(), bound(SCALE, "float64")
    made = {"m": size.max()}
    for word, number in (("s", cell), ("a", size)):
        left = number
        for place in range(3):
            whole = left.floor()
            made[f"{word}{place}_"] = whole.cast("decimal(38, 0)").sum()
            left = (left - whole.cast("float64")) * scale
    return cell.notnull().cast("int64"), made


# -- what is made of it ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Added:
    """A column of a group: how many cells are filled, how many of them were added up, their sum, the sum of their sizes and
    the greatest size; `floating` numbers are told as what is nearest to them."""

    filled: int
    fitting: int
    total: Fraction
    sizes: Fraction
    greatest: Fraction
    floating: bool

    @classmethod
    def of(cls, row: Mapping[str, Any], at: int) -> _Added:
        floating = f"s0_{at}" in row
        greatest = Fraction(row[f"m{at}"] or 0)
        if floating:
            total, sizes = (
                sum((Fraction(row[f"{word}{place}_{at}"] or 0) / 2 ** (40 * place) for place in range(3)), Fraction(0))
                for word in ("s", "a")
            )
        else:
            total, sizes = Fraction(row[f"s{at}"] or 0), Fraction(row[f"a{at}"] or 0)
        return cls(row[f"n{at}"], row[f"f{at}"] or 0, total, sizes, greatest, floating)

    def __add__(self, other: _Added) -> _Added:
        return _Added(
            self.filled + other.filled, self.fitting + other.fitting, self.total + other.total,
            self.sizes + other.sizes, max(self.greatest, other.greatest), self.floating,
        )  # fmt: skip

    def cell(self, figure: str) -> Cell:
        """Nothing is told of a column in which a cell is no number, or one beyond all bounds."""
        share = self.greatest / self.sizes if self.sizes else Fraction(0)
        if not self.filled or self.fitting < self.filled:
            return Cell(None, self.filled, share)
        value = self.total if figure == SUM else self.total / self.filled
        return Cell(Fraction(Decimal(repr(float(value)))) if self.floating else value, self.filled, share)


def _within(row: Mapping[str, Any], at: int) -> str | None:
    """The one group by another column in which all rows of a group are, by the least and the greatest of its values."""
    least, greatest, empty = row[f"l{at}"], row[f"g{at}"], row[f"e{at}"]
    if empty:
        return EMPTY if empty == row["rows"] else None
    return _named(least) if _named(least) == _named(greatest) else None


@dataclass(frozen=True)
class _Sums:
    rows: int
    columns: Mapping[str, _Added]
    within: Mapping[str, str | None]

    def __add__(self, other: _Sums) -> _Sums:
        """Two values of a column may have one name in a report."""
        columns = {name: added + other.columns[name] for name, added in self.columns.items()}
        within = {name: one if one == other.within[name] else None for name, one in self.within.items()}
        return _Sums(self.rows + other.rows, columns, within)

    def cell(self, figure: Figure) -> Cell:
        if figure.figure == COUNT or figure.column is None:
            return Cell(Fraction(self.rows), self.rows)
        return self.columns[figure.column].cell(figure.figure)


def _period(form: ReportForm, year: Any, month: Any) -> str | None:
    """A row's period as buyers write it; None where its year or month is no number. Raises ValueError, OverflowError."""
    if any(isinstance(each, float) and not math.isfinite(each) for each in (year, month)):
        return None
    numbers = Decimal(str(year)), Decimal(str(month))
    if any(number != number.to_integral_value() for number in numbers):
        raise ValueError("no whole number")
    y, m = (int(number) for number in numbers)
    if form.period == MONTH:
        return f"{y:04d}-{m:02d}"
    return f"{y:04d}-Q{(m + 2) // 3}" if form.period == QUARTER else f"{y:04d}"


def _named(value: Any) -> str:
    """A group's name in a report."""
    if value is None:
        return EMPTY
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return str(value).rstrip("0") if value.microsecond else str(value)
    return value.isoformat() if isinstance(value, date) else str(value)

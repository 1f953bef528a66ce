"""Works out, when a version of a source is loaded, every group that its reports can tell of: a call then touches no row.

What is kept is small, whatever the size of the source: one line for each period, section and group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from tongqu.wire.report_form import COUNT, MONTH, QUARTER, SUM, Figure, ReportForm, Section

GROUPS_MAX = 200_000
EMPTY = "—"
"""Stands for a cell without a value."""


class UnfitForm(ValueError):
    """A column is missing or of another type, or there would be too many groups."""


@dataclass(frozen=True)
class Cell:
    """A figure of one group: its value, how many rows stand behind it, and which share the largest of them has."""

    value: float | None
    rows: int
    largest_share: float = 0.0


@dataclass(frozen=True)
class Group:
    """`name` is the value that the rows of a group have in common."""

    name: str
    rows: int
    cells: tuple[Cell, ...]


Groups = dict[str, tuple[tuple[Group, ...], ...]]
"""By period; then for each section of the form."""


def work_out(table: pa.Table, form: ReportForm) -> Groups:
    """Raises UnfitForm."""
    with duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": False}) as engine:
        return _gathered([_section(engine, table, form, section) for section in form.sections])


def _gathered(sections: Sequence[dict[str, list[Group]]]) -> Groups:
    periods = sorted({period for section in sections for period in section})
    return {period: tuple(tuple(section.get(period, ())) for section in sections) for period in periods}


def _section(
    engine: duckdb.DuckDBPyConnection, table: pa.Table, form: ReportForm, section: Section
) -> dict[str, list[Group]]:
    figures = [figure.column for figure in section.figures if figure.column is not None]
    wanted = list(
        dict.fromkeys([form.period_column, *([form.month_column] if form.month_column else []), section.by, *figures])
    )
    if missing := [name for name in wanted if name not in table.column_names]:
        raise UnfitForm(missing[0])
    place = {name: f"c{at}" for at, name in enumerate(wanted)}
    engine.register("seen", table.select(wanted).rename_columns(list(place.values())))
    cells = ", ".join(_cells(figure, place) for figure in section.figures)
    sql = (
        f"SELECT {_period(table, form, place)} AS period, coalesce(CAST({place[section.by]} AS VARCHAR), '{EMPTY}'), "  # noqa: S608
        f"count(*), {cells} FROM seen GROUP BY 1, 2 HAVING period IS NOT NULL ORDER BY 1, 2 LIMIT {GROUPS_MAX + 1}"
    )
    try:
        rows = engine.execute(sql).fetchall()
    except duckdb.Error:
        raise UnfitForm(section.by) from None
    finally:
        engine.unregister("seen")
    if len(rows) > GROUPS_MAX:
        raise UnfitForm(section.by)
    found: dict[str, list[Group]] = {}
    for period, name, count, *told in rows:
        found.setdefault(str(period), []).append(
            Group(str(name), count, tuple(_cell(told[at : at + 3]) for at in range(0, len(told), 3)))
        )
    return found


def _cell(told: Sequence[float | int | None]) -> Cell:
    value, rows, largest = told
    return Cell(None if value is None else float(value), int(rows or 0), float(largest or 0.0))


def _cells(figure: Figure, place: dict[str, str]) -> str:
    if figure.figure == COUNT:
        return "count(*), count(*), 0"
    column = f"CAST({place[figure.column or '']} AS DOUBLE)"
    what = "sum" if figure.figure == SUM else "avg"
    return f"{what}({column}), count({column}), max(abs({column})) / nullif(sum(abs({column})), 0)"


def _period(table: pa.Table, form: ReportForm, place: dict[str, str]) -> str:
    """SQL for the period of a row, as buyers write it."""
    column = place[form.period_column]
    if form.month_column is not None:
        year, month = f"CAST({column} AS INTEGER)", f"CAST({place[form.month_column]} AS INTEGER)"
    elif pa.types.is_date(kind := table.schema.field(form.period_column).type) or pa.types.is_timestamp(kind):
        year, month = f"year({column})", f"month({column})"
    else:
        raise UnfitForm(form.period_column)
    if form.period == MONTH:
        return f"format('{{:04d}}-{{:02d}}', {year}, {month})"
    if form.period == QUARTER:
        return f"format('{{:04d}}-Q{{:d}}', {year}, ({month} + 2) // 3)"
    return f"format('{{:04d}}', {year})"

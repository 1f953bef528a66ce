"""A declared query made ready for one version: its columns laid down by the engine, which then only reads them.

What a buyer sends reaches an engine as bound values only; what stands in the text of a statement comes from here. Columns bear
numbers in it (`c0`, `c1`), so no name of the data stands in a statement either.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tongqu.node.engines import Columns, Engine, Kind, NoColumn, Pages, Unfit, columns_of, layout_of
from tongqu.node.modes.filtered import Compared, Filtered, TooHeavy
from tongqu.node.sources.kept import Kept
from tongqu.node.sources.tables import SourceFault, source_fault
from tongqu.wire.query import BAND, NUMBER, YEAR, Condition, Query

_FITS = {
    "text": ("text",),
    "whole": ("whole", "decimal", "float"),
    "number": ("whole", "decimal", "float"),
    "date": ("date",),
    "flag": ("flag",),
}
"""Which kinds of a column a parameter's type is compared with."""


class QueryEngine:
    """One query on one version. `read` may be called by several threads at once."""

    def __init__(self, query: Query, version: str, columns: Columns, pages: Pages, seconds: float) -> None:
        self.query = query
        self.source_version = version
        self._kinds = columns.kinds
        self._pages = pages
        self._seconds = seconds

    def read(self, wanted: Filtered, seconds: float | None = None) -> list[tuple[Any, ...]]:
        """Rows in the query's order: their place first, then the returned columns, unmasked. Raises TooHeavy, EngineLost."""
        return self._pages.read(wanted, self._seconds if seconds is None else seconds)

    def fixed(self, condition: Condition) -> Compared:
        """A comparison of the owner's, whose values were written as text. Raises KeyError, ValueError."""
        kind = self._kinds[condition.column]
        return Compared(condition.column, condition.compare, tuple(_typed(value, kind) for value in condition.values))


def _typed(value: str, kind: Kind) -> Any:
    """A written value as the column's kind has it. Raises KeyError, ValueError."""
    if kind.is_number:
        if not re.fullmatch(NUMBER, value, re.ASCII):
            raise ValueError("not a number")
        return Decimal(value)
    if kind.word == "date":
        return date.fromisoformat(value)
    if kind.word == "flag":
        return {"true": True, "false": False}[value]
    if kind.word != "text":
        raise ValueError("nothing to compare with")
    return value


def prepare(engine: Engine, kept: Kept, query: Query, folder: Path, seconds: float) -> QueryEngine:
    """Has the rows laid down, unless they are already. Raises SourceFault when the query does not fit the columns, EngineLost."""
    columns = _fitting(kept, query)
    name = _name(kept.version, query)
    try:
        laid = engine.lay(kept, layout_of(query, columns), name, folder)
    except Unfit:
        raise _unfit(
            kept.source, query, "所用的列有引擎不认识的类型", "a column is of a type the engine does not know"
        ) from None
    pages = Pages(query, columns, laid, dialect=engine.dialect, held=engine.held_name(name))
    made = QueryEngine(query, kept.version, columns, pages, seconds)
    _check_fixed(kept.source, made)
    return made


def _name(version: str, query: Query) -> str:
    return f"{version}-{query.digest}"


def drop_others(engine: Engine, folder: Path, kept: Sequence[QueryEngine]) -> None:
    """Removes what other versions' queries read."""
    engine.drop_others(folder, [_name(each.source_version, each.query) for each in kept])


def _fitting(kept: Kept, query: Query) -> Columns:
    source = kept.source
    try:
        columns = columns_of(kept.schema, query.used)
    except NoColumn as missing:
        raise _unfit(source, query, f"没有列 {missing}", f"there is no column {missing}") from None
    kinds = columns.kinds
    for each in query.parameters:
        if kinds[each.column].word not in _FITS[each.type]:
            zh, en = f"参数 {each.name} 与列的类型不符", f"parameter {each.name} does not fit its column's type"
            raise _unfit(source, query, zh, en)
    for column in query.columns:
        kind = kinds[column.column]
        if (column.mask == BAND and not kind.is_number) or (
            column.mask == YEAR and kind.word not in ("date", "moment")
        ):
            zh, en = f"列 {column.column} 不能这样遮盖", f"column {column.column} cannot be masked so"
            raise _unfit(source, query, zh, en)
    return columns


def _check_fixed(source: str, engine: QueryEngine) -> None:
    """Each condition of the owner's is tried once. That a first answer takes long says nothing of whether it fits."""
    query = engine.query
    for condition in [*query.where, *(each for rows in query.rows for each in rows.where)]:
        try:
            compared = engine.fixed(condition)
            engine.read(Filtered((compared,), after=0, rows=1))
        except TooHeavy:
            continue
        except (KeyError, ValueError, ArithmeticError, TypeError, AttributeError):
            zh = f"条件的取值与列 {condition.column} 的类型不符"
            raise _unfit(source, query, zh, f"a condition does not fit column {condition.column}") from None


def _unfit(source: str, query: Query, zh: str, en: str) -> SourceFault:
    return source_fault(
        "query-unfit",
        f"数据源 {source} 无法回答查询 {query.id}: {zh}。",
        f"Source {source} cannot answer query {query.id}: {en}.",
        "请核对 node.toml 中该查询的列、参数与条件。",
        "Check the query's columns, parameters and conditions in node.toml.",
    )

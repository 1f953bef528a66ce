"""A declared query made ready for one version: its columns in a DuckDB file of its own, which is then only read.

The engine sees nothing but that file: no other file, no network, no extension, no setting, so much memory and time. What a
buyer sends reaches it as bound values only; what stands in the text of a statement comes from here. Columns bear numbers in
it (`c0`, `c1`), so no name of the data stands in a statement either.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from tongqu.node.modes.filtered import Compared, Filtered, TooHeavy
from tongqu.node.sources.tables import SourceFault, source_fault, type_word
from tongqu.wire.query import BAND, EQUAL, IN, NUMBER, STARTS, YEAR, Condition, Query

SECONDS_MAX = 5.0
MEMORY = "256MB"
BUILD_MEMORY = "1GB"
THREADS = 2

_SIGNS = {EQUAL: "=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_EXACT = "DECIMAL(38, 12)"
_FITS = {
    "text": ("text",),
    "whole": ("whole", "number"),
    "number": ("whole", "number"),
    "date": ("date",),
    "flag": ("flag",),
}
"""Which types of a column a parameter's type is compared with."""


class QueryEngine:
    """One query on one version. `read` may be called by several threads at once."""

    def __init__(self, query: Query, version: str, file: Path, kinds: dict[str, str]) -> None:
        self.query = query
        self.source_version = version
        self._kinds = kinds
        self._places = {name: f"c{at}" for at, name in enumerate(query.used)}
        self._engine = duckdb.connect(
            str(file),
            read_only=True,
            config={
                "threads": THREADS,
                "memory_limit": MEMORY,
                "max_temp_directory_size": "0KB",
                "enable_external_access": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "lock_configuration": True,
            },
        )

    def read(self, wanted: Filtered, seconds: float = SECONDS_MAX) -> list[tuple[Any, ...]]:
        """Rows in the query's order: their place first, then the returned columns, unmasked. Raises TooHeavy."""
        tests, values = ["place > ?"], [wanted.after]
        for each in wanted.compared:
            test, bound = self._test(each)
            tests.append(test)
            values.extend(bound)
        returned = ", ".join(self._places[each.column] for each in self.query.columns)
        statement = f"SELECT place, {returned} FROM held WHERE {' AND '.join(tests)} ORDER BY place LIMIT ?"  # noqa: S608
        with self._cursor(seconds) as cursor:
            return cursor.execute(statement, [*values, wanted.rows]).fetchall()

    def _test(self, each: Compared) -> tuple[str, list[Any]]:
        place, kind = self._places[each.column], self._kinds[each.column]
        cell, value = _sides(place, kind, each.values)
        if each.compare == STARTS:
            test = f"starts_with({cell}, {value})"
        elif each.compare == IN:
            test = f"{cell} IN ({', '.join([value] * len(each.values))})"
        else:
            test = f"{cell} {_SIGNS[each.compare]} {value}"
        return f"{test} AND NOT isnan({cell})" if kind == "float" else test, list(each.values)

    def fixed(self, condition: Condition) -> Compared:
        """A comparison of the owner's, whose values were written as text."""
        kind = self._kinds[condition.column]
        return Compared(condition.column, condition.compare, tuple(_typed(value, kind) for value in condition.values))

    @contextmanager
    def _cursor(self, seconds: float) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor, done, ends = self._engine.cursor(), threading.Event(), time.monotonic() + seconds

        def stop() -> None:
            cursor.interrupt()
            while not done.wait(0.05):  # an interruption before the engine has begun is forgotten by it
                cursor.interrupt()

        alarm = threading.Timer(seconds, stop)
        alarm.daemon = True
        alarm.start()
        try:
            yield cursor
            if time.monotonic() > ends:  # it was done before it heard of it: late all the same, on every machine
                raise TooHeavy
        except (duckdb.InterruptException, duckdb.OutOfMemoryException):
            raise TooHeavy from None
        finally:
            done.set()
            alarm.cancel()
            cursor.close()


def _sides(place: str, kind: str, values: Sequence[Any]) -> tuple[str, str]:
    """The cell and the value as they are compared: whole numbers as they are, decimals exactly, floats as floats."""
    if kind == "whole" and all(isinstance(value, int) for value in values):
        return place, "CAST(? AS BIGINT)"
    if kind in ("whole", "decimal"):
        return f"CAST({place} AS {_EXACT})", f"CAST(? AS {_EXACT})"
    if kind == "float":
        return place, "CAST(? AS DOUBLE)"
    return place, {"text": "CAST(? AS VARCHAR)", "date": "CAST(? AS DATE)", "flag": "CAST(? AS BOOLEAN)"}[kind]


def _typed(value: str, kind: str) -> Any:
    """A written value as the column's type has it. Raises ValueError."""
    if kind in ("whole", "decimal", "float"):
        if not re.fullmatch(NUMBER, value):
            raise ValueError("not a number")
        return int(value) if kind == "whole" and "." not in value else Decimal(value)
    if kind == "date":
        return date.fromisoformat(value)
    if kind == "flag":
        return {"true": True, "false": False}[value]
    return value


def _kind(found: pa.DataType) -> str:
    """What decides how a column is compared."""
    if pa.types.is_decimal(found):
        return "decimal"
    return "float" if pa.types.is_floating(found) else type_word(found)


def prepare(source: str, table: pa.Table, query: Query, version: str, folder: Path) -> QueryEngine:
    """Builds the file, unless it stands already, and opens it. Raises SourceFault when the query does not fit the columns."""
    kinds = _fitting(source, table, query)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{version}-{query.digest}.duckdb"
    if not file.exists():
        _build(table, query, file)
    engine = QueryEngine(query, version, file, kinds)
    _check_fixed(source, engine)
    return engine


def drop_others(folder: Path, kept: Sequence[QueryEngine]) -> None:
    """Removes the files of other versions. One that is still open is read to its end."""
    names = {f"{each.source_version}-{each.query.digest}.duckdb" for each in kept}
    with suppress(FileNotFoundError):
        for file in folder.iterdir():
            if file.name not in names:
                file.unlink(missing_ok=True)


def _build(table: pa.Table, query: Query, file: Path) -> None:
    """Rows get their place by the query's order and lie by what every call must name, so that few blocks are read."""
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    columns = table.select(list(query.used)).rename_columns([f"c{at}" for at in range(len(query.used))])
    columns = columns.append_column("line", pa.array(np.arange(table.num_rows)))
    places = {name: f"c{at}" for at, name in enumerate(query.used)}
    order = [f"{places[each.column]} {'DESC' if each.descending else 'ASC'} NULLS LAST" for each in query.order]
    looked_up = [places[each.column] for each in query.parameters if each.required and each.compare == EQUAL]
    lie = ", ".join([*dict.fromkeys(looked_up), "place"])
    with duckdb.connect(str(fresh), config={"threads": THREADS, "memory_limit": BUILD_MEMORY}) as engine:
        engine.register("given", columns)
        engine.execute(
            f"CREATE TABLE held AS SELECT * EXCLUDE (line) FROM (SELECT *, row_number() OVER (ORDER BY "  # noqa: S608
            f"{', '.join([*order, 'line'])}) AS place FROM given) ORDER BY {lie}"
        )
        engine.unregister("given")
    os.chmod(fresh, 0o400)
    os.replace(fresh, file)


def _fitting(source: str, table: pa.Table, query: Query) -> dict[str, str]:
    schema = {field.name: field.type for field in table.schema}
    if missing := [name for name in query.used if name not in schema]:
        raise _unfit(source, query, f"没有列 {missing[0]}", f"there is no column {missing[0]}")
    words = {name: type_word(schema[name]) for name in query.used}
    for each in query.parameters:
        if words[each.column] not in _FITS[each.type]:
            zh, en = f"参数 {each.name} 与列的类型不符", f"parameter {each.name} does not fit its column's type"
            raise _unfit(source, query, zh, en)
    for column in query.columns:
        numbers, dates = words[column.column] in ("whole", "number"), words[column.column] in ("date", "moment")
        if (column.mask == BAND and not numbers) or (column.mask == YEAR and not dates):
            zh, en = f"列 {column.column} 不能这样遮盖", f"column {column.column} cannot be masked so"
            raise _unfit(source, query, zh, en)
    return {name: _kind(schema[name]) for name in query.used}


def _check_fixed(source: str, engine: QueryEngine) -> None:
    query = engine.query
    for condition in [*query.where, *(each for rows in query.rows for each in rows.where)]:
        try:
            compared = engine.fixed(condition)
            engine.read(Filtered((compared,), after=0, rows=1))
        except (KeyError, ValueError, ArithmeticError, duckdb.Error, TooHeavy):
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

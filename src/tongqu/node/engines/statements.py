"""Writes an Ibis expression as the SQL of an engine, with names for values: what is compared with never stands in the text.

An expression is compiled once for each shape that a declared use can take and run as often as it is asked: compiling costs some
milliseconds, which is more than an answer does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.datashape as ds
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.config import Config, options

from tongqu.node.engines.columns import Columns

DUCKDB, SPARK = "duckdb", "spark"
SEEN = "seen"
"""What an expression calls the rows it is over; each engine puts its own view in the place."""

PART, LINE = "part", "line"
"""Which file a row stands in and where: their order is the order of the source."""


class _Pyspark(Config):  # type: ignore[misc]
    """What Ibis registers when its own Spark backend is loaded, which needs pandas; only the text is wanted here."""

    treat_nan_as_null: bool = False


if options.pyspark is None:
    options.pyspark = _Pyspark()


class _Given(ops.Value):  # type: ignore[misc]
    """A value that the statement has a name for. Ibis's own parameters would be written out when it is compiled."""

    name: str
    dtype: dt.DataType
    shape = ds.scalar


@dataclass
class Bound:
    """The values of an expression under the names they have in its text."""

    values: dict[str, Any] = field(default_factory=dict)

    def __call__(self, value: Any, typed: str) -> Any:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return _Given(name, dt.dtype(typed)).to_expr()


class _Naming:
    """Writes the name of a value, and as what it is to be taken."""

    def visit__Given(self, op: Any, *, name: str, dtype: Any) -> sge.Expression:  # noqa: N802 - Ibis's own manner
        mapper = self.type_mapper  # type: ignore[attr-defined]
        return sge.Cast(this=sge.Placeholder(this=name), to=mapper.from_ibis(dtype))


class _Duck(_Naming, DuckDBCompiler):  # type: ignore[misc]
    pass


class _Spark(_Naming, PySparkCompiler):  # type: ignore[misc]
    pass


_COMPILERS: dict[str, Any] = {DUCKDB: _Duck(), SPARK: _Spark()}


def written(expression: ir.Table, dialect: str, *, rows_max: str | None = None) -> str:
    """The statement in an engine's own SQL; `rows_max` is the name of the value that bounds its rows."""
    compiler = _COMPILERS[dialect]
    tree = compiler.to_sqlglot(expression)
    if rows_max is not None:
        tree = tree.limit(sge.Cast(this=sge.Placeholder(this=rows_max), to=sge.DataType.build("INT")))
    return str(tree.sql(dialect=compiler.dialect))


def rows_of(columns: Columns, *, name: str = SEEN, **others: str) -> ir.Table:
    """The rows as an expression: `c0`, `c1`, … and what else stands beside them."""
    kinds, places = columns.kinds, columns.places
    return ibis.table({**{places[each]: kinds[each].typed for each in columns.names}, **others}, name=name)

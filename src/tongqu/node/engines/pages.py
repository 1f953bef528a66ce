"""A declared query as an engine answers it: its rows laid down in the query's order, then a page of those that fit.

Every row has its place in that order: empty cells last, floating numbers that are none above all others, text by code points,
equal rows as in the source. One statement is written for each combination of comparisons, and kept; values go beside it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from tongqu.node.engines.codes import holds
from tongqu.node.engines.columns import FLOAT, WHOLE, Columns
from tongqu.node.engines.comparing import Fitted, fitted
from tongqu.node.engines.engine import Laid, Layout
from tongqu.node.engines.statements import Bound, rows_of, written
from tongqu.node.modes.filtered import Filtered
from tongqu.wire.query import EQUAL, IN, Query

STATEMENTS_KEPT = 200
PLACE = "place"


def layout_of(query: Query, columns: Columns) -> Layout:
    looked_up = [each.column for each in query.parameters if each.required and each.compare == EQUAL]
    return Layout(
        columns,
        tuple((columns.places[each.column], each.descending) for each in query.order),
        tuple(columns.places[each] for each in dict.fromkeys(looked_up)),
    )


def sort_keys(seen: Any, layout: Layout) -> list[Any]:
    """The order of a query, down to the line of the source."""
    keys = []
    for place, descending in layout.order:
        cell = seen[place]
        keys.append(cell.desc(nulls_first=False) if descending else cell.asc(nulls_first=False))
    return [*keys, seen.part.asc(nulls_first=False), seen.line.asc(nulls_first=False)]


class Pages:
    """Reads pages of one query on one version. May be used by several threads at once."""

    def __init__(self, query: Query, columns: Columns, laid: Laid, *, dialect: str, held: str) -> None:
        self._columns, self._laid, self._dialect, self._held = columns, laid, dialect, held
        self._returned = [columns.places[each.column] for each in query.columns]
        kinds = [columns.kinds[each.column] for each in query.columns]
        self._wide = {at for at, kind in enumerate(kinds, start=1) if kind.word == WHOLE and kind.precision}
        self._written: OrderedDict[tuple[tuple[str, str, int], ...], str] = OrderedDict()
        self._turn = threading.Lock()

    def read(self, wanted: Filtered, seconds: float) -> list[tuple[Any, ...]]:
        """Rows in the query's order: their place first, then the returned columns. Raises TooHeavy, EngineLost."""
        kinds = self._columns.kinds
        tests = [(each.column, fitted(kinds[each.column], each.compare, each.values)) for each in wanted.compared]
        if not all(test.values for _, test in tests):
            return []
        tests = [(column, _padded(test)) for column, test in tests]
        values = [value for _, test in tests for value in test.values]
        bound = {f"p{at}": value for at, value in enumerate([wanted.after, *values, wanted.rows])}
        return [self._plain(row) for row in self._laid.read(self._statement(tests), bound, seconds)]

    def _plain(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """Whole numbers as such, also those that an engine keeps as decimals."""
        if not self._wide:
            return row
        return tuple(int(cell) if at in self._wide and cell is not None else cell for at, cell in enumerate(row))

    def _statement(self, tests: Sequence[tuple[str, Fitted]]) -> str:
        shape = tuple((column, test.compare, len(test.values)) for column, test in tests)
        with self._turn:
            if shape in self._written:
                self._written.move_to_end(shape)
                return self._written[shape]
        statement = self._write(shape)
        with self._turn:
            self._written[shape] = statement
            if len(self._written) > STATEMENTS_KEPT:
                self._written.popitem(last=False)
        return statement

    def _write(self, shape: Sequence[tuple[str, str, int]]) -> str:
        bound = Bound()
        held = rows_of(self._columns, name=self._held, **{PLACE: "int64"})
        conditions = [held[PLACE] > bound(0, "int64")]
        for column, compare, count in shape:
            cell, kind = held[self._columns.places[column]], self._columns.kinds[column]
            given = [bound(None, kind.typed) for _ in range(count)]
            conditions.append(holds(cell, compare, given))
            if kind.word == FLOAT:
                conditions.append(~cell.isnan())
        page = held.filter(*conditions).order_by(PLACE)
        page = page.select(PLACE, **{f"a{at}": page[place] for at, place in enumerate(self._returned)})
        return written(page, self._dialect, rows_max=f"p{len(bound.values)}")


def _padded(test: Fitted) -> Fitted:
    """Lists of some lengths only, so that few statements do for all."""
    if test.compare != IN:
        return test
    length = 1 << (len(test.values) - 1).bit_length()
    return Fitted(IN, test.values + test.values[-1:] * (length - len(test.values)))

"""Works out declared questions for every row, once, when a version is loaded: one byte a row.

A call then finds its answer by its place and asks no engine. Whole numbers and decimals are compared exactly, floating numbers
as floating numbers, text by code points; an empty cell, or a floating number that is none, is `unknown`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from tongqu.node.engines.columns import DATE, FLAG, FLOAT, TEXT, Kind, NoColumn, columns_of
from tongqu.node.engines.comparing import LT, fitted
from tongqu.node.engines.engine import Engine, Parts
from tongqu.node.engines.statements import Bound
from tongqu.wire.query import EQUAL, IN, STARTS
from tongqu.wire.source import BANDS, DECIMAL, Question

Codes = npt.NDArray[np.uint8]

AT_ONCE = 16
"""So many questions are answered by one reading of the rows."""


class UnfitQuestion(ValueError):
    """The question cannot be asked of its column: why, in both languages."""

    def __init__(self, question: Question, zh: str, en: str) -> None:
        self.question, self.zh, self.en = question, zh, en
        super().__init__(question.id)


def work_out(engine: Engine, parts: Parts, rows: int, questions: Sequence[Question]) -> dict[str, Codes]:
    """The answer code of each row (0 unknown) by question. Raises UnfitQuestion, Unfit, EngineLost."""
    found = {question.id: np.zeros(rows, dtype=np.uint8) for question in questions}
    for at in range(0, len(questions), AT_ONCE):
        _some(engine, parts, questions[at : at + AT_ONCE], found)
    return found


def _some(engine: Engine, parts: Parts, questions: Sequence[Question], found: Mapping[str, Codes]) -> None:
    for question in questions:
        try:
            columns_of(parts.schema, [question.column])
        except NoColumn:
            raise UnfitQuestion(question, "没有所需的列", "its column is missing") from None
    columns = columns_of(parts.schema, [question.column for question in questions])
    told = [values_of(question, columns.kinds[question.column]) for question in questions]

    def build(seen: ir.Table, bound: Bound) -> ir.Table:
        made = {
            f"q{at}": _code(
                question, seen[columns.places[question.column]], columns.kinds[question.column], values, bound
            )
            for at, (question, values) in enumerate(zip(questions, told, strict=True))
        }
        return seen.mutate(**made)[[*(name for name in ("part", "line") if name in seen.columns), *made]]

    for positions, batch in engine.each_row(parts, columns, build):
        for at, question in enumerate(questions):
            found[question.id][positions] = batch.column(f"q{at}").to_numpy(zero_copy_only=False)


def _code(question: Question, cell: Any, kind: Kind, values: Sequence[Any], bound: Bound) -> Any:
    unknown = cell.isnull() | cell.isnan() if kind.word == FLOAT else cell.isnull()
    if question.answer == BANDS:
        below = [
            (compared(cell, kind, LT, [edge], bound), code)
            for code, edge in enumerate(values, start=1)
            if fitted(kind, LT, [edge]).values
        ]
        code = ibis.cases((unknown, 0), *below, else_=len(values) + 1)
    else:
        assert question.operator is not None
        yes, no = (2, 1) if question.operator == "ne" else (1, 2)
        holds = compared(cell, kind, EQUAL if question.operator == "ne" else question.operator, values, bound)
        code = ibis.cases((unknown, 0), (holds, yes), else_=no)
    return code.cast("int16")


def compared(cell: Any, kind: Kind, compare: str, values: Sequence[Any], bound: Bound) -> Any:
    """Whether the comparison holds of a cell that is not empty."""
    test = fitted(kind, compare, values)
    if not test.values:
        return ibis.literal(False)
    given = [bound(value, kind.typed) for value in test.values]
    return holds(cell, test.compare, given)


def holds(cell: Any, compare: str, given: Sequence[Any]) -> Any:
    """The comparison itself, the same in every use."""
    if compare == IN:
        return cell.isin(given)
    (value,) = given
    if compare == STARTS:
        return cell.startswith(value)
    if compare == EQUAL:
        return cell == value
    return {"lt": cell.__lt__, "le": cell.__le__, "gt": cell.__gt__, "ge": cell.__ge__}[compare](value)


def values_of(question: Question, kind: Kind) -> list[Any]:
    """What the question compares with, as the column's kind. Raises UnfitQuestion."""
    if question.answer == BANDS:
        if not kind.is_number:
            raise UnfitQuestion(question, "分档只适用于数值列", "bands need a column of numbers")
        return [Decimal(edge) for edge in question.edges]
    return [_value(question, kind, value) for value in question.values]


def _value(question: Question, kind: Kind, value: str) -> Any:
    if kind.is_number and re.fullmatch(DECIMAL, value, re.ASCII):
        return Decimal(value)
    if kind.word == TEXT and question.operator in ("eq", "ne", "in"):
        return value
    if kind.word == FLAG and value in ("true", "false") and question.operator in ("eq", "ne"):
        return value == "true"
    if kind.word == DATE:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    zh, en = f"取值与列类型 ({kind.word}) 不符", f"a value does not fit the column's type ({kind.word})"
    raise UnfitQuestion(question, zh, en)

"""Works out a declared question for every row, once, at load: one byte a row. DuckDB compares, by the column's type.

Whole and decimal numbers are compared exactly (as decimals), floating numbers as floating numbers, text as text.
"""

from __future__ import annotations

import re
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from tongqu.node.modes.verification import Codes
from tongqu.node.sources.tables import SourceFault, source_fault, type_word
from tongqu.wire.source import BANDS, DECIMAL, Question

_SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_EXACT = "DECIMAL(38, 12)"


def work_out(source: str, table: pa.Table, question: Question) -> Codes:
    """The answer code of each row (0 unknown). Raises SourceFault when the column is missing or of another type."""
    if question.column not in table.column_names:
        raise _unfit(source, question, "没有所需的列", "its column is missing")
    kind = table.schema.field(question.column).type
    sql = _bands(source, question, kind) if question.answer == BANDS else _yes_no(source, question, kind)
    column = table.select([question.column]).rename_columns(["cell"])
    with duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": False}) as engine:
        engine.register("rows", column)
        try:
            codes = engine.execute(f"SELECT ({sql})::UTINYINT AS code FROM rows").fetchnumpy()["code"]  # noqa: S608
        except duckdb.Error:
            raise _unfit(source, question, "数值超出可比较的范围", "a value cannot be compared") from None
    return np.asarray(codes, dtype=np.uint8)


def _unfit(source: str, question: Question, zh: str, en: str) -> SourceFault:
    return source_fault(
        "question-unfit",
        f"数据源 {source} 无法回答问题 {question.id}: {zh}。",
        f"Source {source} cannot answer question {question.id}: {en}.",
        "请核对 node.toml 中该问题的列与取值。",
        "Check the question's column and values in node.toml.",
    )


def _unknown(kind: pa.DataType) -> str:
    return "cell IS NULL OR isnan(cell)" if pa.types.is_floating(kind) else "cell IS NULL"


def _number(text: str, kind: pa.DataType) -> str:
    return f"CAST('{text}' AS {'DOUBLE' if pa.types.is_floating(kind) else _EXACT})"


def _cell(kind: pa.DataType) -> str:
    return f"CAST(cell AS {_EXACT})" if pa.types.is_integer(kind) or pa.types.is_decimal(kind) else "cell"


def _bands(source: str, question: Question, kind: pa.DataType) -> str:
    if type_word(kind) not in ("whole", "number"):
        raise _unfit(source, question, "分档只适用于数值列", "bands need a column of numbers")
    below = " ".join(
        f"WHEN {_cell(kind)} < {_number(edge, kind)} THEN {code}" for code, edge in enumerate(question.edges, start=1)
    )
    return f"CASE WHEN {_unknown(kind)} THEN 0 {below} ELSE {len(question.edges) + 1} END"


def _yes_no(source: str, question: Question, kind: pa.DataType) -> str:
    values = [_literal(source, question, kind, value) for value in question.values]
    assert question.operator is not None
    compared = f"IN ({', '.join(values)})" if question.operator == "in" else f"{_SIGNS[question.operator]} {values[0]}"
    return f"CASE WHEN {_unknown(kind)} THEN 0 WHEN {_cell(kind)} {compared} THEN 1 ELSE 2 END"


def _literal(source: str, question: Question, kind: pa.DataType, value: str) -> str:
    word = type_word(kind)
    if word in ("whole", "number") and re.fullmatch(DECIMAL, value):
        return _number(value, kind)
    if word == "text" and question.operator in ("eq", "ne", "in"):
        return "'" + value.replace("'", "''") + "'"
    if word == "flag" and value in ("true", "false") and question.operator in ("eq", "ne"):
        return value.upper()
    if word == "date":
        try:
            return f"DATE '{date.fromisoformat(value).isoformat()}'"
        except ValueError:
            pass
    raise _unfit(source, question, f"取值与列类型 ({word}) 不符", f"a value does not fit the column's type ({word})")

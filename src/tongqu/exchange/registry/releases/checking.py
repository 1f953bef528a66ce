"""Whether a file is what the catalogue says of its resource: the same elements, of their types, nobody named. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.releases import personal
from tongqu.exchange.registry.releases.tables import CELL_CHARACTERS_MAX, BadTable, Fault, read

FAULTS_MAX = 50
ROWS_MAX = 20_000_000
_WHOLE = re.compile(r"[+-]?\d{1,30}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
_FLAGS = frozenset({"0", "1", "true", "false", "是", "否", "yes", "no", "y", "n", "t", "f"})
TYPES = {
    "text": Words("文本", "text"), "whole": Words("整数", "a whole number"), "number": Words("数值", "a number"),
    "date": Words("日期", "a date"), "moment": Words("时刻", "a moment"), "flag": Words("是否", "yes or no"),
    "other": Words("其他", "other"),
}  # fmt: skip


@dataclass
class Column:
    """What was found in one column."""

    name: str
    type: str
    nulls: int = 0
    strange: int = 0
    strange_line: int = 0
    strange_value: str = ""
    identities: int = 0
    mobiles: int = 0


@dataclass(frozen=True)
class Verdict:
    """`faults` empty: the file may be released."""

    rows: int
    columns: tuple[Column, ...]
    faults: tuple[Fault, ...] = field(default=())


def check(content: bytes, format_: str, elements: Mapping[str, str], *, names_persons: bool) -> Verdict:
    """`elements`: name to type, as catalogued. `names_persons`: the entry says that it concerns personal information."""
    faults: list[Fault] = []
    rows, columns = 0, list[Column]()
    try:
        table = read(content, format_)
        faults += _named_otherwise(table.columns, elements)
        columns = [Column(name, elements.get(name, "other")) for name in table.columns]
        for line, row in enumerate(table.rows, table.first_line):
            rows += 1
            if rows > ROWS_MAX:
                raise BadTable(
                    f"超过 {ROWS_MAX:,} 行", f"More than {ROWS_MAX:,} rows", "请拆分后分别编目。",
                    "Split it into resources of their own.",
                )  # fmt: skip
            for column, value in zip(columns, row, strict=True):
                _look(column, value, line)
    except BadTable as bad:
        faults.append(bad.fault)
    else:
        if not rows:
            faults.append(
                Fault(Words("文件没有数据行", "The file has no rows"), Words("请检查文件。", "Check the file."))
            )
    faults += [fault for column in columns for fault in _judged(column, rows, names_persons)]
    return Verdict(rows, tuple(columns), tuple(faults[:FAULTS_MAX]))


def _named_otherwise(columns: tuple[str, ...], elements: Mapping[str, str]) -> list[Fault]:
    missing = [name for name in elements if name not in columns]
    strange = [name for name in columns if name not in elements]
    found = []
    for names, zh, en in (
        (missing, "缺少目录写明的信息项", "Elements of the entry that the file lacks"),
        (strange, "目录没有的列", "Columns that the entry does not have"),
    ):
        if names:
            listed = "、".join(name[:40] for name in names[:10]) + ("…" if len(names) > 10 else "")
            found.append(
                Fault(
                    Words(f"{zh}：{listed}", f"{en}: {listed}"),
                    Words("请使列名与目录的信息项一致，或先更新目录。", "Make them agree, or update the entry first."),
                )
            )
    return found


def _look(column: Column, value: Any, line: int) -> None:
    if value is None or value == "":
        column.nulls += 1
        return
    if isinstance(value, str):
        text = value.strip()
        if len(text) in {18, 11, 13, 14, 15} and text[-1] in "0123456789Xx":
            column.identities += personal.is_identity_number(text)
            column.mobiles += personal.is_mobile_number(text)
        fits = len(text) <= CELL_CHARACTERS_MAX and _text_fits(column.type, text)
    else:
        if isinstance(value, int) and 10**10 <= value < 10**18:
            column.identities += personal.is_identity_number(str(value))
            column.mobiles += personal.is_mobile_number(str(value))
        fits = _value_fits(column.type, value)
    if not fits:
        column.strange += 1
        if not column.strange_line:
            column.strange_line, column.strange_value = line, str(value)[:40]


def _value_fits(type_: str, value: Any) -> bool:
    if isinstance(value, (dict, list, tuple, set, bytes)):
        return False
    if type_ in {"text", "other"}:
        return True
    if type_ == "flag":
        return isinstance(value, bool) or value in {0, 1}
    if type_ in {"date", "moment"}:
        return isinstance(value, datetime) or (isinstance(value, date) and type_ == "date")
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return False
    return type_ == "number" or value == int(value)


@lru_cache(maxsize=65_536)
def _text_fits(type_: str, text: str) -> bool:
    match type_:
        case "whole":
            return bool(_WHOLE.fullmatch(text))
        case "number":
            return bool(_NUMBER.fullmatch(text))
        case "flag":
            return text.lower() in _FLAGS
        case "date":
            return _is_day(text)
        case "moment":
            return _is_moment(text)
    return True


def _is_day(text: str) -> bool:
    found = _DAY.fullmatch(text)
    try:
        return bool(found and date(int(found[1]), int(found[2]), int(found[3])))
    except ValueError:
        return False


def _is_moment(text: str) -> bool:
    try:
        return bool(datetime.fromisoformat(text.replace("/", "-")))
    except ValueError:
        return False


def _judged(column: Column, rows: int, names_persons: bool) -> list[Fault]:
    found = []
    if column.strange:
        type_ = TYPES.get(column.type, TYPES["other"])
        where = f"{column.strange_line}"
        found.append(
            Fault(
                Words(
                    f"“{column.name}”有 {column.strange:,} 个值不是{type_.zh}，如第 {where} 行“{column.strange_value}”",
                    f"{column.name}: {column.strange:,} values are not {type_.en}, such as {column.strange_value} in line {where}",
                ),
                Words("请更正这些值，或更新目录里的数据类型。", "Correct them, or update the type in the entry."),
            )
        )
    values = rows - column.nulls
    looks_personal = (
        personal.names_a_person(column.name)
        or column.identities > 0
        or (values > 0 and column.mobiles / values >= personal.MOBILE_SHARE)
    )
    if looks_personal and not names_persons:
        found.append(
            Fault(
                Words(
                    f"“{column.name}”像是个人信息，而目录写明不涉及个人信息",
                    f"{column.name} looks like personal information, of which the entry says there is none",
                ),
                Words("请去掉这一列。", "Leave the column out."),
            )
        )
    return found

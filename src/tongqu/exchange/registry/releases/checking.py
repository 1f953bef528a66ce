"""Whether a file is what the catalogue says of its resource: the same elements, of their types, nobody named. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
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
REMEMBERED_CHARACTERS_MAX = 64
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
    likely: int = 0
    mobiles: int = 0


@dataclass(frozen=True)
class Verdict:
    """`faults` empty: the file may be released."""

    rows: int
    columns: tuple[Column, ...]
    faults: tuple[Fault, ...] = field(default=())


def check(content: bytes, format_: str, elements: Mapping[str, str]) -> Verdict:
    """`elements`: name to type, as catalogued."""
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
    faults += [fault for column in columns for fault in _judged(column, rows)]
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
        found = personal.signs(text)
        fits = len(text) <= CELL_CHARACTERS_MAX and _judge_of(text)(column.type, text)
    else:
        found = _signs_of(value)
        fits = _value_fits(column.type, value)
    column.identities += found.identity
    column.likely += found.likely
    column.mobiles += found.mobile
    if not fits:
        column.strange += 1
        if not column.strange_line:
            # What may be somebody's number is counted and never quoted.
            column.strange_line, column.strange_value = line, "" if any(found) else str(value)[:40]


def _signs_of(value: Any) -> personal.Signs:
    if isinstance(value, (dict, list, tuple, set, bytes)):
        return personal.signs(str(value)[: personal.LOOKED_AT_CHARACTERS])
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return personal.NONE
    return personal.NONE if isinstance(value, Decimal) and not value.is_finite() else personal.signs_of_number(value)


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
    return type_ == "number" or isinstance(value, int) or (math.isfinite(value) and value == int(value))


def _judge_of(text: str) -> Callable[[str, str], bool]:
    """What is short comes again and is remembered; what is long would fill the memory."""
    return _text_fits if len(text) <= REMEMBERED_CHARACTERS_MAX else _text_fits.__wrapped__


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


def _judged(column: Column, rows: int) -> list[Fault]:
    found = []
    reasons = _of_persons(column, rows - column.nulls)
    if column.strange:
        type_ = TYPES.get(column.type, TYPES["other"])
        where = f"{column.strange_line}"
        shown = "" if reasons else column.strange_value
        found.append(
            Fault(
                Words(
                    f"“{column.name}”有 {column.strange:,} 个值不是{type_.zh}，如第 {where} 行"
                    + (f"“{shown}”" if shown else ""),
                    f"{column.name}: {column.strange:,} values are not {type_.en}, such as "
                    + (f"{shown} in line {where}" if shown else f"that in line {where}"),
                ),
                Words("请更正这些值，或更新目录里的数据类型。", "Correct them, or update the type in the entry."),
            )
        )
    if reasons:
        zh, en = "、".join(one.zh for one in reasons), ", ".join(one.en for one in reasons)
        found.append(
            Fault(
                Words(
                    f"“{column.name}”像是个人信息（{zh}），涉及个人信息的不开放发布",
                    f"{column.name} looks like personal information ({en}), which is not released openly",
                ),
                Words("请去掉这一列。", "Leave the column out."),
            )
        )
    return found


def _of_persons(column: Column, values: int) -> list[Words]:
    """What speaks for a column of persons, in numbers."""
    found = []
    if personal.names_a_person(column.name):
        found.append(Words("列名", "by its name"))
    if column.identities:
        found.append(Words(f"身份证号 {column.identities:,} 个", f"identity numbers: {column.identities:,}"))
    if values > 0 and column.likely / values >= personal.LIKELY_SHARE:
        found.append(Words(f"疑似身份证号 {column.likely:,} 个", f"likely identity numbers: {column.likely:,}"))
    if values > 0 and column.mobiles / values >= personal.MOBILE_SHARE:
        found.append(Words(f"手机号 {column.mobiles:,} 个", f"mobile numbers: {column.mobiles:,}"))
    return found

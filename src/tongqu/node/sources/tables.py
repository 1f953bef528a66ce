"""What all sources have in common: their faults and the words for their types.

No message of this file repeats a value of the data.
"""

from __future__ import annotations

import errno
import unicodedata
from datetime import date, datetime, timedelta, timezone

import pyarrow as pa

from tongqu.node.faults import NodeFault
from tongqu.wire.source import Column
from tongqu.wire.words import Words

_HERE = timezone(timedelta(hours=8))


class SourceFault(NodeFault):
    """The source cannot be served as it is. The version before it, if any, stays."""


def source_fault(code: str, zh: str, en: str, mend_zh: str, mend_en: str) -> SourceFault:
    """Names of files and columns are others' text: what steers a terminal, or is no text, is shown as its code."""
    return SourceFault(code, Words(_shown(zh), _shown(en)), Words(_shown(mend_zh), _shown(mend_en)))


_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _shown(text: str) -> str:
    return "".join(f"\\u{ord(each):04x}" if unicodedata.category(each) in _UNSHOWN else each for each in text)


def unreadable(source: str, error: Exception) -> SourceFault:
    """What stands for any failure of a library or the disk. Only its kind is told: its text may repeat a row. That memory
    was too little says nothing of the file, so it is told as what it is."""
    if isinstance(error, MemoryError):
        return no_room(source)
    return source_fault(
        "source-unreadable",
        f"数据源 {source} 无法读取 ({_kind(error)})。",
        f"Source {source} cannot be read ({_kind(error)}).",
        "请检查文件是否存在、完整, 编码与格式是否与配置一致, 磁盘是否有空间。",
        "Check that the file is there and whole, that encoding and kind are as configured, and that the disk has room.",
    )


def no_room(source: str) -> SourceFault:
    return source_fault(
        "no-room-to-work",
        f"数据源 {source} 的数据处理不下: 计算引擎的内存或溢出磁盘空间不足。",
        f"Source {source} could not be worked through: the engine's memory, or the disk it spills to, was not enough.",
        "请为状态目录腾出磁盘空间; 若空间充足仍出现, 请减少查询返回的列或每行的长度。数据与声明本身无误。",
        "Free disk space where the state folder stands; if there is plenty, let the query return fewer or shorter columns. "
        "Nothing is wrong with the data or with what is declared.",
    )


def _kind(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    name = errno.errorcode.get(number) if number is not None else None
    return f"{type(error).__name__} {name}" if name else type(error).__name__


def local_day(now: datetime) -> date:
    return now.astimezone(_HERE).date()


def column_types(schema: pa.Schema) -> tuple[Column, ...]:
    return tuple(Column(field.name, type_word(field.type)) for field in schema)


def type_word(kind: pa.DataType) -> str:
    """Arrow's type as the wire says it."""
    tests = (
        (pa.types.is_boolean, "flag"),
        (pa.types.is_integer, "whole"),
        (pa.types.is_floating, "number"),
        (pa.types.is_decimal, "number"),
        (pa.types.is_date, "date"),
        (pa.types.is_timestamp, "moment"),
        (pa.types.is_string, "text"),
        (pa.types.is_large_string, "text"),
    )
    return next((word for test, word in tests if test(kind)), "other")

"""A released file as a table: its columns, then its rows one after the other, in bounded memory. Pure.

Nothing that a file names is ever fetched, no formula is computed, no macro run.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tongqu.exchange.bedrock.values import Words

FORMATS = {
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/json": "json",
    "application/vnd.apache.parquet": "parquet",
}
"""Kinds of paper that are tables, and what the format of a release is called."""

COLUMNS_MAX = 1_000
CELL_CHARACTERS_MAX = 100_000
LINE_CHARACTERS_MAX = 2_000_000
JSON_BYTES_MAX = 20_000_000  # parsed, it takes twenty times as much
UNPACKED_BYTES_MAX = 300_000_000
BATCH = 4_096


@dataclass(frozen=True)
class Fault:
    """One thing that stands against a file, and what would mend it."""

    words: Words
    mend: Words


class BadTable(ValueError):
    """The file cannot be read as a table."""

    def __init__(self, zh: str, en: str, mend_zh: str, mend_en: str) -> None:
        self.fault = Fault(Words(zh, en), Words(mend_zh, mend_en))
        super().__init__(en)


@dataclass(frozen=True)
class Table:
    """`rows` are read as they come; the first has the number 2 where a line of names stands above. Raise BadTable."""

    columns: tuple[str, ...]
    rows: Iterator[Sequence[Any]]
    first_line: int = 2


def read(content: bytes, format_: str) -> Table:
    """Raises BadTable, at once or while the rows are read."""
    readers: dict[str, Callable[[bytes], Table]] = {"csv": _csv, "xlsx": _xlsx, "json": _json, "parquet": _parquet}
    table = readers[format_](content)
    _named(table.columns)
    return table


def _named(columns: Sequence[str]) -> None:
    if not columns or len(columns) > COLUMNS_MAX:
        raise BadTable(
            f"文件有 {len(columns)} 列，须为 1 至 {COLUMNS_MAX} 列", f"The file has {len(columns)} columns of 1 to {COLUMNS_MAX}",
            "请核对首行列名。", "Check the names in the first line.",
        )  # fmt: skip
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if "" in columns or twice:
        names = "、".join(name[:40] for name in twice[:5]) or "空列名"
        raise BadTable(
            f"列名重复或为空：{names}", f"Columns named twice or not at all: {names}",
            "请给每一列一个不同的名称。", "Give each column a name of its own.",
        )  # fmt: skip


def _csv(content: bytes) -> Table:
    text = _text(content)
    first = text.readline(LINE_CHARACTERS_MAX)
    delimiter = max(",\t;", key=first.count)
    text.seek(0)
    lines = iter(partial(text.readline, LINE_CHARACTERS_MAX), "")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        columns = tuple(name.strip().removeprefix("\ufeff") for name in next(reader, []))
    except csv.Error as error:
        raise _unreadable(error) from error
    return Table(columns, _csv_rows(reader, len(columns)))


def _csv_rows(reader: Any, width: int) -> Iterator[Sequence[Any]]:
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _unreadable(error, reader.line_num) from error
        if not row:
            continue
        if len(row) != width:
            raise BadTable(
                f"第 {reader.line_num} 行有 {len(row)} 个值，首行有 {width} 列",
                f"Line {reader.line_num} has {len(row)} values for {width} columns",
                "含分隔符的值请加引号。", "Quote values that contain the separator.",
            )  # fmt: skip
        yield row


def _text(content: bytes) -> io.TextIOWrapper:
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            for start in range(0, len(content), 1 << 20):
                decoder.decode(content[start : start + (1 << 20)])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="")
    raise BadTable(
        "文件编码既不是 UTF-8，也不是 GB18030", "The file is neither UTF-8 nor GB18030",
        "请另存为 UTF-8 编码。", "Save it as UTF-8.",
    )  # fmt: skip


def _unreadable(error: Exception, line: int = 1) -> BadTable:
    return BadTable(
        f"第 {line} 行起无法读取（{str(error)[:80]}）", f"It cannot be read from line {line} on ({str(error)[:80]})",
        "请检查文件能否打开。", "Check that the file opens.",
    )  # fmt: skip


def _xlsx(content: bytes) -> Table:
    """The first sheet, values only."""
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(one.file_size for one in archive.infolist())
        if unpacked > UNPACKED_BYTES_MAX:
            raise BadTable(
                f"Excel 文件展开后超过 {UNPACKED_BYTES_MAX // 10**6} MB",
                f"Unpacked, the workbook is larger than {UNPACKED_BYTES_MAX // 10**6} MB",
                "请改用 CSV 或 Parquet。", "Use CSV or Parquet.",
            )  # fmt: skip
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its own size is not believed
        rows = sheet.iter_rows(values_only=True)
        head = next(rows, ())
    except BadTable:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part makes it raise
        raise _unreadable(error) from error
    columns = tuple("" if name is None else str(name).strip() for name in head)
    while columns and not columns[-1]:
        columns = columns[:-1]
    return Table(columns, _xlsx_rows(rows, len(columns)))


def _xlsx_rows(rows: Any, width: int) -> Iterator[Sequence[Any]]:
    line = 1
    while True:
        line += 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except Exception as error:
            raise _unreadable(error, line) from error
        if all(value is None for value in row):
            continue
        if any(value is not None for value in row[width:]):
            raise BadTable(
                f"第 {line} 行的值超出首行的列", f"Line {line} has values beyond the columns of the first line",
                "请给每一列写上列名。", "Name every column.",
            )  # fmt: skip
        yield [*row[:width], *[None] * (width - len(row))]


def _json(content: bytes) -> Table:
    """A list of objects with the same names."""
    if len(content) > JSON_BYTES_MAX:
        raise BadTable(
            f"JSON 超过 {JSON_BYTES_MAX // 10**6} MB", f"The JSON is larger than {JSON_BYTES_MAX // 10**6} MB",
            "请改用 CSV 或 Parquet。", "Use CSV or Parquet.",
        )  # fmt: skip
    try:
        told = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _unreadable(error) from error
    if not isinstance(told, list) or not told or not all(isinstance(row, dict) for row in told):
        raise BadTable(
            "JSON 不是由对象组成的列表", "The JSON is not a list of objects",
            "每行写成一个对象，全部放在一个列表里。", "Write each row as an object, all in one list.",
        )  # fmt: skip
    columns = tuple(str(name).strip() for name in told[0])
    for number, row in enumerate(told, 1):
        if row.keys() != told[0].keys():
            raise BadTable(
                f"第 {number} 个对象的名称与第一个不同", f"Object {number} has other names than the first",
                "没有值的写 null。", "Write null where there is no value.",
            )  # fmt: skip
    return Table(columns, (list(row.values()) for row in _in_order(told)), first_line=1)


def _in_order(told: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    names = list(told[0])
    return ({name: row[name] for name in names} for row in told)


def _parquet(content: bytes) -> Table:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise BadTable(
            "本交易所未安装 Parquet 读取组件", "This exchange has no reader for Parquet",
            "请改用 CSV 或 Excel，或请运营方安装 node 组件。", "Use CSV or Excel, or ask the operator to install the node extra.",
        ) from None  # fmt: skip
    try:
        file = parquet.ParquetFile(pyarrow.BufferReader(content))
        unpacked = sum(
            file.metadata.row_group(number).total_byte_size for number in range(file.metadata.num_row_groups)
        )
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise _unreadable(error) from error
    if unpacked > UNPACKED_BYTES_MAX:
        raise BadTable(
            f"Parquet 展开后超过 {UNPACKED_BYTES_MAX // 10**6} MB",
            f"Unpacked, the file is larger than {UNPACKED_BYTES_MAX // 10**6} MB",
            "请拆分后分别编目。", "Split it into resources of their own.",
        )  # fmt: skip
    return Table(tuple(file.schema_arrow.names), _parquet_rows(file, pyarrow.ArrowException), first_line=1)


def _parquet_rows(file: Any, broken: type[Exception]) -> Iterator[Sequence[Any]]:
    try:
        for batch in file.iter_batches(batch_size=BATCH):
            columns = [column.to_pylist() for column in batch.columns]
            yield from (list(row) for row in zip(*columns, strict=True))
    except (broken, OSError, ValueError) as error:
        raise _unreadable(error) from error

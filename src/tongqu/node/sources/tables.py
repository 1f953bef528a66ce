"""Reads a file into an Arrow table: CSV, Parquet, Excel, and a PostgreSQL table by way of a CSV snapshot.

The key column is always text, exactly as written: an identity number keeps its leading zeros. No message of this file
repeats a value of the data.
"""

from __future__ import annotations

import errno
import os
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from tongqu.node.config import SourceConfig, secret_from
from tongqu.node.faults import NodeFault
from tongqu.wire.source import Column
from tongqu.wire.words import Words

_HERE = timezone(timedelta(hours=8))


class SourceFault(NodeFault):
    """The source cannot be served as it is. The version before it, if any, stays."""


def source_fault(code: str, zh: str, en: str, mend_zh: str, mend_en: str) -> SourceFault:
    return SourceFault(code, Words(zh, en), Words(mend_zh, mend_en))


def unreadable(source: str, error: Exception) -> SourceFault:
    """What stands for any failure of a library or the disk. Only its kind is told: its text may repeat a row."""
    return source_fault(
        "source-unreadable",
        f"数据源 {source} 无法读取 ({_kind(error)})。",
        f"Source {source} cannot be read ({_kind(error)}).",
        "请检查文件是否存在、完整, 编码与格式是否与配置一致, 磁盘是否有空间。",
        "Check that the file is there and whole, that encoding and kind are as configured, and that the disk has room.",
    )


def _kind(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    name = errno.errorcode.get(number) if number is not None else None
    return f"{type(error).__name__} {name}" if name else type(error).__name__


def read_table(config: SourceConfig, file: Path) -> pa.Table:
    """The whole table of one version. Raises SourceFault.

    What a damaged file makes its library raise is not known beforehand, so everything counts.
    """
    readers = {"csv": _csv, "parquet": _parquet, "excel": _excel, "postgresql": _csv}
    try:
        table = readers[config.format](config, file)
        table = table.rename_columns([name.strip() for name in table.column_names])
        _refuse_bad_columns(config, table)
        return _plain(table if config.key is None else _key_as_text(config, table))
    except SourceFault:
        raise
    except Exception as error:
        raise unreadable(config.id, error) from None


def _plain(table: pa.Table) -> pa.Table:
    """Values in place of a dictionary of them, and the clock time here of moments with a zone: what is looked at for
    patterns and days is not to hang on how a file keeps it."""
    for at, field in enumerate(table.schema):
        cells = table.column(at)
        if pa.types.is_dictionary(cells.type):
            cells = cells.cast(cells.type.value_type)
        if pa.types.is_timestamp(cells.type) and cells.type.tz is not None:
            cells = pc.local_timestamp(cells.cast(pa.timestamp(cells.type.unit, tz="+08:00")))
        table = table.set_column(at, field.name, cells)
    return table


def local_day(now: datetime) -> date:
    return now.astimezone(_HERE).date()


def _refuse_bad_columns(config: SourceConfig, table: pa.Table) -> None:
    names = table.column_names
    if len(set(names)) != len(names) or not all(names) or any(len(name) > 200 for name in names):
        raise source_fault(
            "bad-columns",
            f"数据源 {config.id} 的列名为空、重复或过长。",
            f"Source {config.id} has empty, repeated or overlong column names.",
            "请修正表头。",
            "Correct its header.",
        )


def _key_as_text(config: SourceConfig, table: pa.Table) -> pa.Table:
    assert config.key is not None
    if config.key not in table.column_names:
        raise source_fault(
            "no-key-column",
            f"数据源 {config.id} 没有列 {config.key}。",
            f"Source {config.id} has no column {config.key}.",
            "请检查 node.toml 中的 key。",
            "Check `key` in node.toml.",
        )
    at = table.column_names.index(config.key)
    return table.set_column(at, config.key, table.column(at).cast(pa.large_string()))


def _csv(config: SourceConfig, file: Path) -> pa.Table:
    reading = pa.csv.ReadOptions(encoding=config.encoding, use_threads=False)
    parsing = pa.csv.ParseOptions(newlines_in_values=True)
    with pa.csv.open_csv(file, read_options=reading, parse_options=parsing) as beginning:
        text_columns = {name: pa.string() for name in beginning.schema.names if name.strip() == config.key}
    table = pa.csv.read_csv(
        file,
        read_options=reading,
        parse_options=parsing,
        convert_options=pa.csv.ConvertOptions(
            column_types=text_columns, strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=False
        ),
    )
    if any(pa.types.is_binary(field.type) for field in table.schema):  # what is not text in this encoding
        raise UnicodeError
    return table


def _parquet(config: SourceConfig, file: Path) -> pa.Table:
    return pa.parquet.read_table(file)


def _excel(config: SourceConfig, file: Path) -> pa.Table:
    import openpyxl

    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    try:
        sheet = book[config.sheet] if config.sheet else book.worksheets[0]
        rows = list(sheet.iter_rows(values_only=True))
    except KeyError as error:
        raise ValueError("no such sheet") from error
    finally:
        book.close()
    if not rows:
        raise ValueError("empty sheet")
    names = ["" if name is None else str(name).strip() for name in rows[0]]
    columns = [[_cell(row[at]) if at < len(row) else None for row in rows[1:]] for at in range(len(names))]
    made = [_excel_column(values, as_text=name == config.key) for name, values in zip(names, columns, strict=True)]
    return pa.Table.from_arrays(made, names=names)


def _cell(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def _excel_column(values: list[Any], *, as_text: bool) -> pa.Array:
    kinds = {type(value) for value in values if value is not None}
    if as_text or (len(kinds) > 1 and not kinds <= {int, float}):
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    if kinds == {int, float}:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    return pa.array(values, pa.string() if not kinds else None)


def snapshot_postgresql(config: SourceConfig, file: Path) -> None:
    """Copies the table, ordered by its key, into a CSV file: one consistent snapshot with a hash of its own."""
    import psycopg
    from psycopg import sql

    assert config.dsn_env is not None
    assert config.table is not None
    parts = [sql.Identifier(part) for part in config.table.split(".")]
    order = sql.SQL(" ORDER BY {}").format(sql.Identifier(config.key)) if config.key else sql.SQL("")
    query = sql.SQL("COPY (SELECT * FROM {}{}) TO STDOUT (FORMAT csv, HEADER, ENCODING 'UTF8')").format(
        sql.SQL(".").join(parts), order
    )
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with (
            os.fdopen(handle, "wb") as out,
            psycopg.connect(secret_from(config.dsn_env), connect_timeout=10) as connection,
        ):
            connection.read_only = True
            with connection.cursor() as cursor, cursor.copy(query) as copy:
                for block in copy:
                    out.write(block)
    except psycopg.Error as error:
        raise source_fault(
            "database-unreachable",
            f"数据源 {config.id} 的数据库读取失败 ({error.sqlstate or type(error).__name__})。",
            f"The database of source {config.id} could not be read ({error.sqlstate or type(error).__name__}).",
            "请检查连接串、网络与读取权限。",
            "Check the connection string, the network and the right to read.",
        ) from None


def column_types(table: pa.Table) -> tuple[Column, ...]:
    return tuple(Column(field.name, type_word(field.type)) for field in table.schema)


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

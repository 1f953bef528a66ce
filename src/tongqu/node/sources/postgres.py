"""A PostgreSQL table or view, read from a replica: one snapshot of one moment, with the types that the database says.

The snapshot is a CSV file in the state folder, written by COPY in one repeatable-read, read-only transaction. With a
`cursor`, a column that only grows, later snapshots add a segment with what is new; every so many times, and whenever the
rows below the cursor are not as many as before, the whole is read. No message of this file repeats a value of the data.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, LiteralString

import psycopg
import pyarrow as pa
import pyarrow.csv
from psycopg import sql

from tongqu.node.config import SourceConfig, secret_from
from tongqu.node.sources.pieces import Piece
from tongqu.node.sources.streams import BLOCK_BYTES
from tongqu.node.sources.tables import SourceFault, source_fault
from tongqu.node.state import write_durably

TRIES = 4
AGAIN = frozenset({"40001", "40P01", "57P01", "57P02", "57P03"})
"""A replica that applies what the primary did ends statements in its way, and sessions when it restarts: tried again."""

TOO_SLOW = frozenset({"57014", "55P03", "25P03", "57P05"})
SETTINGS = {
    "TimeZone": "Asia/Shanghai", "DateStyle": "ISO, YMD", "IntervalStyle": "iso_8601", "bytea_output": "hex",
    "extra_float_digits": "1", "client_encoding": "UTF8", "lock_timeout": "10s", "jit": "off",
}  # fmt: skip
DIGITS_MAX = 38

_TYPES: dict[int, pa.DataType] = {
    16: pa.bool_(), 20: pa.int64(), 21: pa.int64(), 23: pa.int64(), 26: pa.int64(), 700: pa.float64(), 701: pa.float64(),
    1082: pa.date32(), 1114: pa.timestamp("us"), 1184: pa.timestamp("us", "UTC"),
}  # fmt: skip
_NUMERIC = 1700
_DAYS = frozenset({1082, 1114, 1184})
_GROWS: dict[int, LiteralString] = {
    20: "bigint", 21: "smallint", 23: "integer", 1082: "date", 1114: "timestamp", 1184: "timestamptz", _NUMERIC: "numeric",
}  # fmt: skip
"""What a cursor may be."""

_NOTE = "snapshot.json"


@dataclass(frozen=True)
class Segment:
    """A stretch of the snapshot in a file of its own; only the first begins with a header."""

    name: str
    bytes: int
    sha256: str
    rows: int


@dataclass(frozen=True)
class Snapshot:
    """What stands in the folder. `columns` are names and types; `last` is the cursor's greatest value, as text."""

    folder: Path
    columns: tuple[tuple[str, str], ...]
    segments: tuple[Segment, ...]
    last: str | None
    since_whole: int
    read_bytes: int = 0
    """What the database sent for the newest of it."""

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([(name, _type_of(kind)) for name, kind in self.columns])

    @property
    def bytes(self) -> int:
        return sum(segment.bytes for segment in self.segments)

    def files(self) -> list[Path]:
        return [self.folder / segment.name for segment in self.segments]

    def version(self) -> str:
        """The SHA-256 of the whole: of the file that is handed out."""
        told = hashlib.sha256()
        for file in self.files():
            with file.open("rb") as source:
                while block := source.read(1 << 20):
                    told.update(block)
        return told.hexdigest()

    def write_to(self, out: BinaryIO) -> None:
        for file in self.files():
            with file.open("rb") as source:
                shutil.copyfileobj(source, out, 1 << 20)

    def pieces(self, key: str | None) -> list[Piece]:
        """The segments, to be taken in: those that were before are not read again."""
        schema = self.schema if key is None else _key_as_text(self.schema, key)
        return [
            Piece(
                name=segment.name, sha256=segment.sha256, size=segment.bytes, seen=(segment.bytes,), given=(),
                shape=partial(_same, schema), read=partial(self._rows, at, segment.name),
            )
            for at, segment in enumerate(self.segments)
        ]  # fmt: skip

    def _rows(self, at: int, name: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        if self.segments[at].bytes == 0:
            return
        written = [column for column, _ in self.columns]
        text = {field.name for field in schema if pa.types.is_large_string(field.type)}  # the key
        own = {
            raw.strip(): pa.string() if raw.strip() in text else kind
            for raw, kind in zip(written, self.schema.types, strict=True)
        }
        with pa.csv.open_csv(
            self.folder / name,
            read_options=pa.csv.ReadOptions(
                use_threads=False, block_size=BLOCK_BYTES, column_names=None if at == 0 else written
            ),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True),
            convert_options=pa.csv.ConvertOptions(
                column_types={raw: own[raw.strip()] for raw in written}, strings_can_be_null=True, null_values=[""],
                quoted_strings_can_be_null=False, true_values=["t"], false_values=["f"],
            ),
        ) as reader:  # fmt: skip
            for batch in reader:
                yield batch.rename_columns([raw.strip() for raw in written]).select(schema.names)


def _same(schema: pa.Schema) -> pa.Schema:
    return schema


def _key_as_text(schema: pa.Schema, key: str) -> pa.Schema:
    return pa.schema([(f.name, pa.string() if f.name.strip() == key else f.type) for f in schema])


def snapshot_in(folder: Path) -> Snapshot | None:
    """The snapshot that stands whole in the folder."""
    try:
        told = json.loads((folder / _NOTE).read_bytes())
        found = Snapshot(
            folder=folder,
            columns=tuple((name, kind) for name, kind in told["columns"]),
            segments=tuple(Segment(**each) for each in told["segments"]),
            last=told["last"],
            since_whole=told["since_whole"],
        )
        whole = all((folder / each.name).stat().st_size == each.bytes for each in found.segments)
        return found if whole and found.segments else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def refresh(config: SourceConfig, folder: Path) -> Snapshot:
    """The table as it is now. Raises SourceFault; what stood in the folder before stands then still."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = snapshot_in(folder)
    for turn in range(1, TRIES + 1):
        try:
            return _refresh(config, folder, before)
        except psycopg.Error as error:
            if error.sqlstate not in AGAIN or turn == TRIES:
                raise _unreadable(config, error) from None
            time.sleep(0.2 * 2**turn)
    raise AssertionError("not reached")


def _refresh(config: SourceConfig, folder: Path, before: Snapshot | None) -> Snapshot:
    assert config.dsn_env is not None
    with psycopg.connect(
        secret_from(config.dsn_env), connect_timeout=10, keepalives_idle=30, keepalives_interval=10, keepalives_count=3
    ) as connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction(), connection.cursor() as cursor:
            reading = _Reading(config, cursor)
            reading.settle()
            columns = reading.columns()
            if before is not None and before.columns == columns and reading.may_add_to(before):
                made = reading.added(folder, before)
            else:
                made = reading.whole(folder, columns)
    kept = {segment.name for segment in made.segments}
    told = {
        "columns": [list(each) for each in made.columns], "segments": [asdict(each) for each in made.segments],
        "last": made.last, "since_whole": made.since_whole,
    }  # fmt: skip
    write_durably(folder / _NOTE, json.dumps(told).encode())
    for file in folder.iterdir():
        if file.name not in kept and file.name != _NOTE:
            file.unlink(missing_ok=True)
    return made


class _Reading:
    """One transaction on the database."""

    def __init__(self, config: SourceConfig, cursor: psycopg.Cursor[Any]) -> None:
        assert config.table is not None
        self._config, self._cursor = config, cursor
        self._table = sql.SQL(".").join([sql.Identifier(part) for part in config.table.split(".")])
        self._cursor_type: LiteralString = ""
        self._cells: list[sql.Composable] = []
        """What is selected of each column."""

    def settle(self) -> None:
        """How values are written, and for how long at most anything may run. Set for this transaction only."""
        limit = f"{self._config.statement_seconds}s"
        for name, value in {
            **SETTINGS,
            "statement_timeout": limit,
            "idle_in_transaction_session_timeout": limit,
        }.items():
            self._cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        if self._config.replica and not self._one("SELECT pg_is_in_recovery()"):
            raise source_fault(
                "not-a-replica",
                f"数据源 {self._config.id} 连接的不是只读副本。",
                f"The database of source {self._config.id} is no read replica.",
                "请改用副本的连接串, 或去掉 replica = true。",
                "Use the replica's connection string, or remove `replica = true`.",
            )

    def _one(self, query: LiteralString | sql.Composed, given: list[Any] | None = None) -> Any:
        row = self._cursor.execute(query, given).fetchone()
        return row[0] if row is not None else None

    def columns(self) -> tuple[tuple[str, str], ...]:
        """Names and types as the database says. A numeric without precision gets what its values need."""
        self._cursor.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(self._table))
        described = list(self._cursor.description or ())
        found = []
        self._cells = []
        for column in described:
            if column.name == self._config.cursor:
                self._note_cursor(column)
            kind = self._numeric(column) if column.type_code == _NUMERIC else _TYPES.get(column.type_code, pa.string())
            found.append((column.name, str(kind)))
            self._cells.append(_cell(column, kind))
        if self._config.cursor is not None and not self._cursor_type:
            raise self._unfit_cursor()
        return tuple(found)

    def _numeric(self, column: psycopg.Column) -> pa.DataType:
        if column.precision is not None and column.precision <= DIGITS_MAX:
            scale = column.scale or 0
            if 0 <= scale <= column.precision:
                return pa.decimal128(column.precision, scale)
        name = sql.Identifier(column.name)
        self._cursor.execute(
            sql.SQL(
                "SELECT coalesce(max(scale({0})), 0), coalesce(max(length(trunc(abs({0}))::text)), 1)"
                " FROM {1} WHERE {0}::text NOT IN ('NaN', 'Infinity', '-Infinity')"
            ).format(name, self._table)
        )
        scale, digits = self._cursor.fetchone() or (0, 1)
        if digits + scale > DIGITS_MAX:
            return pa.string()  # as it is written, to the last digit
        return pa.decimal128(DIGITS_MAX, scale)

    def _note_cursor(self, column: psycopg.Column) -> None:
        if column.type_code not in _GROWS:
            raise self._unfit_cursor()
        self._cursor_type = _GROWS[column.type_code]

    def _unfit_cursor(self) -> SourceFault:
        return source_fault(
            "cursor-unfit",
            f"数据源 {self._config.id} 的 cursor 列不存在、有空值, 或不是整数、小数、日期、时间。",
            f"The cursor of source {self._config.id} is missing, empty somewhere, or neither a number nor a time.",
            "请换用只增不减、不为空的列, 或去掉 cursor。",
            "Name a column that only grows and is never empty, or remove `cursor`.",
        )

    def may_add_to(self, before: Snapshot) -> bool:
        """Whether what is new can be read alone: not too often in a row, and as many rows stand below as were read."""
        if self._config.cursor is None or before.last is None or before.since_whole + 1 >= self._config.full_every:
            return False
        held = sum(segment.rows for segment in before.segments)
        below = sql.SQL("SELECT count(*) FROM {} WHERE {} <= CAST(%s AS {})").format(
            self._table, sql.Identifier(self._config.cursor), sql.SQL(self._cursor_type)
        )
        return self._one(below, [before.last]) == held and not self._empty_cursors()

    def _empty_cursors(self) -> bool:
        assert self._config.cursor is not None
        found = self._one(
            sql.SQL("SELECT EXISTS (SELECT 1 FROM {} WHERE {} IS NULL)").format(
                self._table, sql.Identifier(self._config.cursor)
            )
        )
        return bool(found)

    def whole(self, folder: Path, columns: tuple[tuple[str, str], ...]) -> Snapshot:
        if self._config.cursor is not None and self._empty_cursors():
            raise self._unfit_cursor()
        segment = self._copied(folder, sql.SQL(""), "HEADER", [])
        return Snapshot(folder, columns, (segment,), self._greatest(), 0, segment.bytes)

    def added(self, folder: Path, before: Snapshot) -> Snapshot:
        assert self._config.cursor is not None
        above = sql.SQL(" WHERE {} > CAST({} AS {})").format(
            sql.Identifier(self._config.cursor), sql.Literal(before.last),
            sql.SQL(self._cursor_type),
        )  # fmt: skip
        segment = self._copied(folder, above, "HEADER false", [each.name for each in before.segments])
        segments = before.segments if segment.bytes == 0 else (*before.segments, segment)
        last = self._greatest() if segment.rows else before.last
        return Snapshot(folder, before.columns, segments, last, before.since_whole + 1, segment.bytes)

    def _greatest(self) -> str | None:
        if self._config.cursor is None:
            return None
        name = sql.Identifier(self._config.cursor)
        found = self._one(sql.SQL("SELECT max({})::text FROM {}").format(name, self._table))
        return None if found is None else str(found)

    def _copied(self, folder: Path, where: sql.Composable, header: LiteralString, taken: list[str]) -> Segment:
        order = [sql.Identifier(name) for name in dict.fromkeys((self._config.cursor, self._config.key)) if name]
        by = sql.SQL(" ORDER BY ") + sql.SQL(", ").join(order) if order else sql.SQL("")
        query = sql.SQL("COPY (SELECT {} FROM {}{}{}) TO STDOUT (FORMAT csv, {}, ENCODING 'UTF8')").format(
            sql.SQL(", ").join(self._cells), self._table, where, by, sql.SQL(header)
        )
        number = max([int(name[8:13]) for name in taken], default=-1) + 1
        name = f"segment-{number:05}-{time.time_ns():x}.csv"
        told, size = hashlib.sha256(), 0
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            with self._cursor.copy(query) as copy:
                for block in copy:
                    out.write(block)
                    told.update(block)
                    size += len(block)
            out.flush()
            os.fsync(out.fileno())
        return Segment(name, size, told.hexdigest(), max(0, self._cursor.rowcount))


def _cell(column: psycopg.Column, kind: pa.DataType) -> sql.Composable:
    """A column as it is selected: what is no number, and no day of the calendar, is an empty cell."""
    name = sql.Identifier(column.name)
    if pa.types.is_decimal(kind):
        test = sql.SQL("{}::text NOT IN ('NaN', 'Infinity', '-Infinity')").format(name)
    elif column.type_code in _DAYS:
        test = sql.SQL("{0} >= '0001-01-01' AND {0} < '10000-01-01'").format(name)
    else:
        return name
    return sql.SQL("CASE WHEN {0} THEN {1} END AS {1}").format(test, name)


def _unreadable(config: SourceConfig, error: psycopg.Error) -> SourceFault:
    code = error.sqlstate or type(error).__name__
    if error.sqlstate in TOO_SLOW:
        return source_fault(
            "database-too-slow",
            f"数据源 {config.id} 的查询没有在 {config.statement_seconds} 秒内完成 ({code})。",
            f"The query of source {config.id} was not done within {config.statement_seconds} seconds ({code}).",
            "请为表或视图建索引、缩小范围, 或调高 statement_seconds。",
            "Index or narrow the table or view, or raise `statement_seconds`.",
        )
    return source_fault(
        "database-unreachable",
        f"数据源 {config.id} 的数据库读取失败 ({code})。",
        f"The database of source {config.id} could not be read ({code}).",
        "请检查连接串、网络与读取权限。",
        "Check the connection string, the network and the right to read.",
    )


def _type_of(text: str) -> pa.DataType:
    if text.startswith("decimal128("):
        precision, scale = text[11:-1].split(",")
        return pa.decimal128(int(precision), int(scale))
    known = {str(kind): kind for kind in (*_TYPES.values(), pa.string())}
    return known[text]

"""What an owner's file holds, as a stream of record batches: CSV, Parquet, Excel. Memory is bounded by the batch.

Types are those of the whole file, not of its beginning: a CSV or an Excel file is looked through once before it is read. No
message of this file repeats a value of the data.
"""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from tongqu.node.config import SourceConfig
from tongqu.node.sources.encodings import looks_like, refuse_wrong, undecodable, wrong
from tongqu.node.sources.kept import BATCH_BYTES, BATCH_ROWS, opened
from tongqu.node.sources.tables import SourceFault, source_fault

BLOCK_BYTES = 8 << 20
SHEETS_TOLD = 20
FIRST_ROWS = 1, 32, 1_024

SHEET_ROWS_MAX = 1_048_576
"""Of a sheet; no program writes more, and a row that says it is the thousand millionth would be waited for."""

WORDS_BYTES_MAX = 256 << 20
"""Of the text that the cells of a workbook share, unpacked: it is held in memory."""

PACKED_BYTES, PACKED_TIMES = 64 << 20, 200
"""A part of a workbook that is larger unpacked, and by more than so many times, was made to fill the memory."""

_KINDS = (
    pa.null(),
    pa.int64(),
    pa.bool_(),
    pa.date32(),
    pa.time32("s"),
    pa.timestamp("s"),
    pa.timestamp("ns"),
    pa.float64(),
    pa.string(),
)
"""What a column of a CSV file may be, in the order in which Arrow tries it."""

_WHOLE, _FLOAT = 1, 7


@dataclass(frozen=True)
class Stream:
    """`batches` may be gone through once; each has the schema."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


def stream_of(config: SourceConfig, file: Path) -> Stream:
    """Raises whatever a damaged file makes its library raise, at once or on the way."""
    return _STREAMS[config.format](config, file)


# -- CSV ---------------------------------------------------------------------------------------------------------------


def _csv(config: SourceConfig, file: Path) -> Stream:
    kinds = csv_kinds(config, file)
    with _as_encoded(config, file):
        reader = _csv_opened(config, file, kinds)
    return Stream(reader.schema, _csv_batches(config, file, reader))


def csv_kinds(config: SourceConfig, file: Path) -> dict[str, pa.DataType]:
    """The columns of the whole file, by their names as written. Raises SourceFault where it is in another encoding."""
    refuse_wrong(config.id, file, config.encoding)
    with _as_encoded(config, file):
        with _csv_opened(config, file, {}) as beginning:
            names = beginning.schema.names
        return _csv_kinds(config, file, names)


def csv_rows(config: SourceConfig, file: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows in these columns, whose names have no spaces around them."""
    with _as_encoded(config, file):
        with _csv_opened(config, file, {}) as beginning:
            written = {name.strip(): name for name in beginning.schema.names}
        kinds = {written[field.name]: _written_kind(field.type) for field in schema}
        reader = _csv_opened(config, file, kinds)
    for batch in _csv_batches(config, file, reader):
        yield batch.select([written[name] for name in schema.names]).rename_columns(schema.names)


def _written_kind(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_large_string(kind) else kind


@contextmanager
def _as_encoded(config: SourceConfig, file: Path) -> Iterator[None]:
    """Names the encoding where bytes are no text in it, wherever in the file that is."""
    try:
        yield
    except (pa.ArrowException, UnicodeError) as error:
        if not undecodable(error):
            raise
        with file.open("rb") as text:
            looks = looks_like(text.read(BLOCK_BYTES), whole=False)
        raise wrong(config.id, config.encoding, None if looks in ("ascii", config.encoding) else looks) from None


def _csv_batches(config: SourceConfig, file: Path, reader: pa.csv.CSVStreamingReader) -> Iterator[pa.RecordBatch]:
    with _as_encoded(config, file), reader:
        yield from reader


def _csv_opened(config: SourceConfig, file: Path, kinds: dict[str, pa.DataType]) -> pa.csv.CSVStreamingReader:
    return pa.csv.open_csv(
        file,
        read_options=pa.csv.ReadOptions(encoding=config.encoding, use_threads=False, block_size=BLOCK_BYTES),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True, delimiter=config.delimiter),
        convert_options=pa.csv.ConvertOptions(
            column_types=kinds, strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=False
        ),
    )


def _csv_kinds(config: SourceConfig, file: Path, names: list[str]) -> dict[str, pa.DataType]:
    """The first kind in the order that every cell of a column fits; the key is text."""
    text = len(_KINDS) - 1
    at = {name: text if name.strip() == config.key else 0 for name in names}
    unsure = True
    while unsure:  # a kind that only a later block asked for has not been tried on the blocks before
        unsure = False
        with _csv_opened(config, file, dict.fromkeys(names, pa.string())) as batches:
            for number, batch in enumerate(batches):
                for place, name in enumerate(names):
                    was = at[name]
                    if was < text:
                        cells = _joined(batch.column(place).drop_null())
                        while at[name] < text and not _csv_fits(cells, _KINDS[at[name]]):
                            at[name] += 1
                    known = (was, _FLOAT if was == _WHOLE else was, text)  # what is a whole number is a number, too
                    unsure |= number > 0 and was > 0 and at[name] not in known
    return {name: _KINDS[each] for name, each in at.items()}


def _joined(cells: pa.Array) -> pa.Buffer | None:
    """A file of one column; None when a cell says that it is text: a quoted nothing, a comma, a quote, a line's end."""
    if not len(cells):
        return pa.py_buffer(b"")
    if pc.min(pc.binary_length(cells)).as_py() == 0:
        return None
    whole = pa.LargeListArray.from_arrays(pa.array([0, len(cells)], pa.int64()), cells.cast(pa.large_string()))
    joined = bytes(pc.binary_join(whole, pa.scalar("\n", pa.large_string()))[0].as_buffer())
    if b'"' in joined or b"," in joined or b"\r" in joined or joined.count(b"\n") != len(cells) - 1:
        return None
    return pa.py_buffer(joined)


def _csv_fits(cells: pa.Buffer | None, kind: pa.DataType) -> bool:
    """Whether Arrow reads all of them as this kind."""
    if cells is None:
        return bool(pa.types.is_string(kind))
    if pa.types.is_null(kind) or not cells.size:
        return bool(cells.size == 0)
    try:
        pa.csv.read_csv(
            pa.BufferReader(cells),
            read_options=pa.csv.ReadOptions(column_names=["cell"], use_threads=False, block_size=cells.size + 1),
            convert_options=pa.csv.ConvertOptions(column_types={"cell": kind}, null_values=[]),
        )
    except pa.ArrowInvalid:
        return False
    return True


# -- Parquet -----------------------------------------------------------------------------------------------------------


def _parquet(config: SourceConfig, file: Path) -> Stream:
    with opened(file) as source:
        schema = source.schema_arrow.remove_metadata()
        size = _batch_rows(file)
    return Stream(schema, _parquet_batches(file, size))


def parquet_shape(file: Path) -> pa.Schema:
    with opened(file) as source:
        return source.schema_arrow.remove_metadata()


def parquet_rows(file: Path, schema: pa.Schema, *, lacking: bool = False) -> Iterator[pa.RecordBatch]:
    """The rows in these columns, whose names have no spaces around them; `lacking` says that a column which the file has
    not is empty there."""
    written = {name.strip(): name for name in parquet_shape(file).names}
    for batch in _parquet_batches(file, _batch_rows(file)):
        cells = [
            batch.column(written[field.name])
            if field.name in written or not lacking
            else pa.nulls(batch.num_rows, field.type)
            for field in schema
        ]
        yield pa.RecordBatch.from_arrays(cells, names=schema.names)


def _parquet_batches(file: Path, size: int) -> Iterator[pa.RecordBatch]:
    with opened(file) as source:
        for batch in source.iter_batches(batch_size=size, use_threads=False):
            yield batch.replace_schema_metadata(None)


def _batch_rows(file: Path) -> int:
    """So many rows that a batch is not too large: by what the first rows take, and by what the file says of all."""
    with opened(file) as source:
        first = None
        for rows in FIRST_ROWS:  # a few kilobytes of a file may be gigabytes of rows
            if first is None or first.nbytes * rows <= BATCH_BYTES * max(1, first.num_rows):
                first = next(source.iter_batches(batch_size=rows, use_threads=False), first)
        groups = [source.metadata.row_group(at) for at in range(source.metadata.num_row_groups)]
        said = sum(group.total_byte_size for group in groups) // max(1, source.metadata.num_rows)
    seen = first.nbytes // first.num_rows if first is not None and first.num_rows else 0
    return int(max(1, min(BATCH_ROWS, BATCH_BYTES // max(1, said, seen))))


# -- Excel -------------------------------------------------------------------------------------------------------------

_EXCEL_KINDS: dict[type, pa.DataType] = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    str: pa.string(),
    datetime.datetime: pa.timestamp("us"),
    datetime.date: pa.date32(),
    datetime.time: pa.time64("us"),
    datetime.timedelta: pa.duration("us"),
}


def _excel(config: SourceConfig, file: Path) -> Stream:
    rows = _excel_rows(config, file)
    names = ["" if name is None else str(name).strip() for name in next(rows, ())]
    if not names:
        raise ValueError("empty sheet")
    seen: list[set[type]] = [set() for _ in names]
    for row in rows:
        for at, value in enumerate(row):
            if value is not None:
                if at >= len(names):
                    raise _no_heading(config.id)
                seen[at].add(_excel_type(_cell(value)))
    kinds = [_excel_kind(each, as_text=name == config.key) for each, name in zip(seen, names, strict=True)]
    schema = pa.schema(list(zip(names, kinds, strict=True)))
    return Stream(schema, _excel_batches(config, file, schema))


def _excel_type(value: Any) -> type:
    """A workbook keeps a day as the midnight of that day: a column of midnights alone is one of days."""
    midnight = isinstance(value, datetime.datetime) and value.time() == datetime.time()
    return datetime.date if midnight else type(value)


def _excel_kind(seen: set[type], *, as_text: bool) -> pa.DataType:
    """Text where a column has several kinds of values."""
    if as_text or not seen:
        return pa.string()
    if seen == {int, float}:
        return pa.float64()
    if seen == {datetime.date, datetime.datetime}:
        return pa.timestamp("us")
    return _EXCEL_KINDS.get(next(iter(seen)), pa.string()) if len(seen) == 1 else pa.string()


def _excel_batches(config: SourceConfig, file: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    rows = _excel_rows(config, file)
    next(rows)
    waiting: list[list[Any]] = [[] for _ in schema]
    makers = [_excel_maker(field.type) for field in schema]
    for row in rows:
        for at, make in enumerate(makers):
            value = row[at] if at < len(row) else None
            waiting[at].append(None if value is None else make(_cell(value)))
        if len(waiting[0]) == BATCH_ROWS // 8:
            yield _excel_batch(waiting, schema)
            waiting = [[] for _ in schema]
    if waiting[0]:
        yield _excel_batch(waiting, schema)


def _excel_maker(kind: pa.DataType) -> Callable[[Any], Any]:
    if pa.types.is_string(kind):
        return str
    if pa.types.is_date(kind):
        return lambda value: value.date() if isinstance(value, datetime.datetime) else value
    return float if pa.types.is_floating(kind) else lambda value: value


def _excel_batch(columns: list[list[Any]], schema: pa.Schema) -> pa.RecordBatch:
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _excel_rows(config: SourceConfig, file: Path) -> Iterator[tuple[Any, ...]]:
    import openpyxl

    _refuse_bomb(config.id, file)
    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    try:
        wanted = config.sheets or ((config.sheet,) if config.sheet else (book.worksheets[0].title,))
        if missing := [name for name in wanted if name not in book.sheetnames]:
            raise _no_sheet(config.id, missing[0], book.sheetnames)
        header: tuple[Any, ...] | None = None
        for name in wanted:
            sheet = book[name]
            sheet.reset_dimensions()  # what a workbook says of its size is often wrong: rows beyond it would be left out
            rows = _bounded(config.id, sheet.iter_rows(values_only=True))
            own = next(rows, ())
            if header is None:
                yield own
            elif [_heading(cell) for cell in own] != [_heading(cell) for cell in header]:
                raise _other_heading(config.id, name, wanted[0])
            header = own if header is None else header
            yield from rows
    finally:
        book.close()


def _bounded(source: str, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for number, row in enumerate(rows):
        if number >= SHEET_ROWS_MAX:
            raise _too_large(source)
        yield row


def _refuse_bomb(source: str, file: Path) -> None:
    """By what the archive says of its parts, which is also the most that is read of them."""
    with zipfile.ZipFile(file) as archive:
        for part in archive.infolist():
            times = part.file_size // max(1, part.compress_size)
            packed = part.file_size > PACKED_BYTES and times > PACKED_TIMES
            whole = not part.filename.startswith("xl/worksheets/")  # sheets are read row by row, the rest at once
            if packed or (whole and part.file_size > WORDS_BYTES_MAX):
                raise _too_large(source)


def _too_large(source: str) -> SourceFault:
    return source_fault(
        "workbook-too-large",
        f"数据源 {source} 的工作簿展开后过大。",
        f"The workbook of source {source} is too large once unpacked.",
        f"每表至多 {SHEET_ROWS_MAX:,} 行, 文字合计至多 {WORDS_BYTES_MAX >> 20} MB; 更大的请改用 CSV 或 Parquet。",
        f"A sheet has {SHEET_ROWS_MAX:,} rows at most, its text {WORDS_BYTES_MAX >> 20} MB; use CSV or Parquet for more.",
    )


def _no_heading(source: str) -> SourceFault:
    return source_fault(
        "bad-columns",
        f"数据源 {source} 的工作表有数据列没有表头。",
        f"A sheet of source {source} has data in a column without a heading.",
        "请补上表头, 或移走表外的内容。",
        "Give it a heading, or move away what stands beside the table.",
    )


def _heading(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _no_sheet(source: str, name: str, there: list[str]) -> SourceFault:
    named = "、".join(there[:SHEETS_TOLD])
    return source_fault(
        "sheet-missing",
        f"数据源 {source} 的工作簿里没有工作表“{name}”, 有: {named}。",
        f"The workbook of source {source} has no sheet “{name}”; it has: {named}.",
        "请核对 node.toml 中的 sheet 或 sheets。",
        "Check `sheet` or `sheets` in node.toml.",
    )


def _other_heading(source: str, name: str, first: str) -> SourceFault:
    return source_fault(
        "files-differ",
        f"数据源 {source} 的工作表“{name}”与“{first}”的表头不一致。",
        f"Sheet “{name}” of source {source} has another header than “{first}”.",
        "请使各工作表的表头一致。",
        "Give all sheets the same header.",
    )


def _cell(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


_STREAMS: dict[str, Callable[[SourceConfig, Path], Stream]] = {
    "csv": _csv,
    "parquet": _parquet,
    "excel": _excel,
    "postgresql": _csv,
}

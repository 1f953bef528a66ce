"""Writes a copy of a CSV or Parquet file, marked or in Parquet parts, block by block: memory stays flat however large.

The same file, mark and key give the same bytes.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from tongqu.node.watermark.cells import Grain, Unmarkable, grain_of, moved
from tongqu.node.watermark.signs import signs
from tongqu.wire.watermark import MarkedColumn, Watermark

FILE, PARQUET = "file", "parquet"
BLOCK_BYTES = 8 << 20
BATCH_ROWS = 65_536
PART_ROWS = 1_000_000
GROUP_ROWS = 131_072
GROUP_BYTES = 32 << 20
"""A row group ends where either is reached: wide rows are fewer."""

BATCH_BYTES = 8 << 20
READ_BYTES = 1 << 20
"""What is read of a Parquet column at a time: without it the whole column of a row group stands in memory."""


@dataclass(frozen=True)
class Mark:
    """What to mark with: the declaration, and the key of the contract's copy."""

    watermark: Watermark
    key: bytes


class _Sink(Protocol):
    def write_batch(self, batch: pa.RecordBatch) -> None: ...
    def close(self) -> None: ...


Opened = Callable[[str], BinaryIO]
"""Opens a fresh file of the copy by its name."""


def write_copy(
    file: Path,
    *,
    format: str,
    encoding: str,
    form: str,
    mark: Mark | None,
    opened: Opened,
    text_columns: tuple[str, ...],
    delimiter: str = ",",
) -> int:
    """Writes the whole copy and returns its number of rows. `form` FILE: one file of the source's own format, named
    `data`; PARQUET: `part-0.parquet` and so on. Raises Unmarkable, and whatever a damaged file makes its library raise."""
    as_text = form == FILE
    read = partial(_blocks, file, format, encoding, as_text, text_columns, delimiter)
    blocks = read()
    schema = next(blocks)
    assert isinstance(schema, pa.Schema)
    grains = _grains(read, schema, mark) if mark else []
    rows = 0
    sink: _Sink | None = None
    part = part_rows = 0
    for batch in blocks:
        assert isinstance(batch, pa.RecordBatch)
        marked = _marked(batch, grains, mark, rows) if mark else batch
        start = 0
        while start < marked.num_rows:
            if sink is None:
                name = "data" if form == FILE else f"part-{part}.parquet"
                sink, part_rows = _sink(opened(name), format if form == FILE else PARQUET, schema, encoding), 0
                part += 1
            take = marked.num_rows - start if form == FILE else min(marked.num_rows - start, PART_ROWS - part_rows)
            sink.write_batch(marked.slice(start, take))
            start, part_rows = start + take, part_rows + take
            if form == PARQUET and part_rows == PART_ROWS:
                sink.close()
                sink = None
        rows += marked.num_rows
    if sink is None and part == 0:
        sink = _sink(
            opened("data" if form == FILE else "part-0.parquet"), format if form == FILE else PARQUET, schema, encoding
        )
    if sink is not None:
        sink.close()
    return rows


def _blocks(
    file: Path, format: str, encoding: str, as_text: bool, text_columns: tuple[str, ...], delimiter: str
) -> Iterator[pa.Schema | pa.RecordBatch]:
    """The schema, then every batch. A CSV file that stays one is read as text, so that what is not marked stays exact."""
    if format == PARQUET:
        with pq.ParquetFile(file, buffer_size=READ_BYTES, pre_buffer=False) as source:
            yield source.schema_arrow
            yield from source.iter_batches(batch_size=_batch_rows(file), use_threads=False)
        return
    reading = pa.csv.ReadOptions(encoding=encoding, use_threads=False, block_size=BLOCK_BYTES)
    parsing = pa.csv.ParseOptions(newlines_in_values=True, delimiter=delimiter)
    with pa.csv.open_csv(file, read_options=reading, parse_options=parsing) as beginning:
        names = beginning.schema.names
    texts = names if as_text else [name for name in names if name.strip() in text_columns]
    types = dict.fromkeys(texts, pa.string()) if as_text else {**_types(file, reading, parsing, texts)}
    converting = pa.csv.ConvertOptions(
        column_types=types, strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=False
    )
    with pa.csv.open_csv(file, read_options=reading, parse_options=parsing, convert_options=converting) as source:
        yield source.schema
        yield from source


def _batch_rows(file: Path) -> int:
    """Half as many rows, and again, until the first of them would make no batch that is too large."""
    with pq.ParquetFile(file, buffer_size=READ_BYTES, pre_buffer=False) as source:
        first = next(source.iter_batches(batch_size=1_024, use_threads=False), None)
        said = sum(source.metadata.row_group(at).total_byte_size for at in range(source.metadata.num_row_groups))
        row = max(said // max(1, source.metadata.num_rows), first.nbytes // max(1, first.num_rows) if first else 0)
    rows = BATCH_ROWS
    while rows > 1 and rows * row > BATCH_BYTES:
        rows //= 2
    return rows


def _types(
    file: Path, reading: pa.csv.ReadOptions, parsing: pa.csv.ParseOptions, texts: list[str]
) -> dict[str, pa.DataType]:
    """The narrowest type that every block of a column fits: a first block alone does not say that 1.5 follows 1."""
    text = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(texts, pa.string()), strings_can_be_null=True, null_values=[""],
        quoted_strings_can_be_null=False,
    )  # fmt: skip
    found: dict[str, pa.DataType] = {}
    every = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(pa.csv.open_csv(file, read_options=reading, parse_options=parsing).schema.names,
                                   pa.string()),
        strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=False,
    )  # fmt: skip
    with pa.csv.open_csv(file, read_options=reading, parse_options=parsing, convert_options=text) as first:
        found = {field.name: field.type for field in first.schema}
    with pa.csv.open_csv(file, read_options=reading, parse_options=parsing, convert_options=every) as source:
        for batch in source:
            for name in list(found):
                while not _fits(batch.column(name), found[name]):
                    found[name] = _wider(found[name])
    return {name: pa.string() if pa.types.is_null(kind) else kind for name, kind in found.items()}


def _fits(cells: pa.Array, kind: pa.DataType) -> bool:
    if pa.types.is_string(kind):
        return True
    if pa.types.is_null(kind):
        return bool(cells.null_count == len(cells))
    try:
        cells.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    return True


def _wider(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_null(kind):
        return pa.int64()
    return pa.float64() if pa.types.is_integer(kind) else pa.string()


def _grains(again: Callable[[], Iterator[pa.Schema | pa.RecordBatch]], schema: pa.Schema, mark: Mark) -> list[
    tuple[int, MarkedColumn, Grain]
]:  # fmt: skip
    """One pass over the file for every marked column: how it is written."""
    names = [name.strip() for name in schema.names]
    found = []
    for column in mark.watermark.columns:
        if column.name not in names:
            raise Unmarkable(column.name, "no-column")
        at = names.index(column.name)
        batches = again()
        next(batches)
        found.append((at, column, grain_of(column, (batch.column(at) for batch in batches))))
    return found


def _marked(
    batch: pa.RecordBatch, grains: list[tuple[int, MarkedColumn, Grain]], mark: Mark | None, first: int
) -> pa.RecordBatch:
    assert mark is not None
    columns = list(batch.columns)
    for at, column, grain in grains:
        ways = signs(mark.key, column.name, first, batch.num_rows, mark.watermark.percent)
        columns[at] = moved(column, grain, columns[at], ways).cast(batch.schema.field(at).type)
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _sink(out: BinaryIO, format: str, schema: pa.Schema, encoding: str) -> _Sink:
    return _ParquetSink(out, schema) if format == PARQUET else _CsvSink(out, schema, encoding)


class _ParquetSink:
    def __init__(self, out: BinaryIO, schema: pa.Schema) -> None:
        self._stack = ExitStack()
        self._stack.enter_context(out)
        self._writer = self._stack.enter_context(pq.ParquetWriter(out, schema, compression="snappy"))
        self._waiting: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0
        self._schema = schema

    def write_batch(self, batch: pa.RecordBatch) -> None:
        self._waiting.append(batch)
        self._rows, self._bytes = self._rows + batch.num_rows, self._bytes + batch.nbytes
        if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._write()

    def _write(self) -> None:
        self._writer.write_table(pa.Table.from_batches(self._waiting, self._schema), row_group_size=GROUP_ROWS)
        self._waiting = []
        self._rows = self._bytes = 0

    def close(self) -> None:
        if self._waiting:
            self._write()
        self._stack.close()


class _CsvSink:
    """In the file's own encoding; quotes stand where they are needed, and an empty text is told from a missing one."""

    def __init__(self, out: BinaryIO, schema: pa.Schema, encoding: str) -> None:
        self._out = out
        self._encoding = "utf-8" if codecs.lookup(encoding).name in ("utf-8", "utf-8-sig") else encoding
        self._write(pa.RecordBatch.from_arrays([pa.array([name]) for name in schema.names], names=schema.names))

    def write_batch(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows:
            self._write(batch)

    def _write(self, batch: pa.RecordBatch) -> None:
        cells = [_quoted(column.cast(pa.large_string())) for column in batch.columns]
        comma, end = pa.scalar(",", pa.large_string()), pa.scalar("\n", pa.large_string())
        lines = pc.binary_join_element_wise(*cells, comma) if len(cells) > 1 else cells[0]
        whole = pa.LargeListArray.from_arrays(pa.array([0, len(lines)], pa.int64()), lines)
        text = pc.binary_join(whole, end)[0].as_py() + "\n"
        self._out.write(text.encode(self._encoding))

    def close(self) -> None:
        self._out.close()


def _quoted(cells: pa.Array) -> pa.Array:
    needs = pc.or_(pc.match_substring_regex(cells, '[",\r\n]'), pc.equal(cells, ""))
    quote = pa.scalar('"', pa.large_string())
    inside = pc.replace_substring(cells, '"', '""')
    none = pa.scalar("", pa.large_string())
    return pc.fill_null(pc.if_else(needs, pc.binary_join_element_wise(quote, inside, quote, none), cells), "")

"""Takes a version of a source in: a stream of record batches becomes plain Parquet parts in the state folder, once.

A version stands whole or not at all: parts and note are written into a folder beside it, made durable, and then given the
version's name.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import unicodedata
from collections.abc import Callable, Collection, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tongqu.node.config import SourceConfig
from tongqu.node.sources.kept import NOTE, Kept, read_kept
from tongqu.node.sources.streams import Stream, stream_of
from tongqu.node.sources.tables import SourceFault, source_fault, unreadable
from tongqu.node.state import write_durably
from tongqu.wire.source import COLUMNS_MAX

GROUP_BYTES = 64 << 20
"""Of a row group, decoded."""

PART_GROUPS = 16
LEFT_SECONDS = 3_600
"""How long a version stays after another has taken its place, for what still reads it."""

_FORM = 1
NEW, _OLD = ".new", ".old"


def take_in(
    config: SourceConfig,
    file: Path,
    version: str,
    size: int,
    folder: Path,
    *,
    still: Callable[[], object] | None = None,
) -> Kept:
    """The version as it is kept, made now if it is not there yet. `still` is asked before it gets its name, and raises when
    the file has become another meanwhile. Raises SourceFault.

    What a damaged file makes its library raise is not known beforehand, so everything counts.
    """
    place, reading = folder / config.id / version, how_read(config)
    kept = read_kept(place, config.id, version, reading=reading, key=config.key)
    if kept is not None:
        return kept
    fresh = place.with_name(version + NEW)
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700, parents=True)
        told = _write(config, stream_of(config, file), fresh)
        write_durably(fresh / NOTE, json.dumps({"reading": reading, "size": size, **told}).encode())
        if still is not None:
            still()
        put_in_place(fresh, place)
    except SourceFault:
        raise
    except Exception as error:
        raise unreadable(config.id, error) from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        pa.default_memory_pool().release_unused()
    kept = read_kept(place, config.id, version, reading=reading, key=config.key)
    if kept is None:
        raise unreadable(config.id, OSError("what was kept is not there"))
    return kept


def kept_version(config: SourceConfig, version: str, folder: Path) -> Kept | None:
    """A version that is kept whole, as it is to be read now."""
    return read_kept(folder / config.id / version, config.id, version, reading=how_read(config), key=config.key)


def how_read(config: SourceConfig) -> str:
    """What decides how a file becomes parts: when it changes, they are made again."""
    said = [_FORM, config.format, config.encoding, config.sheet, config.key, *config.how]
    return hashlib.sha256(json.dumps(said, default=list).encode()).hexdigest()


def put_in_place(fresh: Path, place: Path) -> None:
    old = place.with_name(place.name + _OLD)
    shutil.rmtree(old, ignore_errors=True)
    with suppress(FileNotFoundError):
        os.replace(place, old)
    os.replace(fresh, place)
    shutil.rmtree(old, ignore_errors=True)
    handle = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def drop_kept(folder: Path, source: str, keep: Collection[str]) -> int:
    """Removes versions of a source that are not to be kept and were not used for an hour. Returns how many."""
    dropped = 0
    with suppress(FileNotFoundError):
        for place in (folder / source).iterdir():
            if place.name not in keep and place.stat().st_mtime < time.time() - LEFT_SECONDS:
                shutil.rmtree(place, ignore_errors=True)
                dropped += 1
    return dropped


def left(folder: Path, source: str, version: str) -> None:
    """Notes that another version has taken this one's place."""
    with suppress(OSError):
        os.utime(folder / source / version)


# -- plain -------------------------------------------------------------------------------------------------------------


def plain_schema(config: SourceConfig, schema: pa.Schema) -> pa.Schema:
    """The columns as they are kept. Raises SourceFault where their names are no good or the key is not among them."""
    names = [name.strip() for name in schema.names]
    if not 0 < len(names) <= COLUMNS_MAX or len(set(names)) != len(names) or not all(map(_can_be_told, names)):
        raise source_fault(
            "bad-columns",
            f"数据源 {config.id} 没有列或超过 {COLUMNS_MAX:,} 列, 或者列名为空、重复、过长、含控制字符。",
            f"Source {config.id} has no columns or more than {COLUMNS_MAX:,}, or names that are empty, repeated, overlong or hold control characters.",
            "请修正表头。",
            "Correct its header.",
        )
    if config.key is not None and config.key not in names:
        raise source_fault(
            "no-key-column",
            f"数据源 {config.id} 没有列 {config.key}。",
            f"Source {config.id} has no column {config.key}.",
            "请检查 node.toml 中的 key。",
            "Check `key` in node.toml.",
        )
    return pa.schema(
        (name, pa.large_string() if name == config.key else _plain_type(found.type))
        for name, found in zip(names, schema, strict=True)
    )


def _can_be_told(name: str) -> bool:
    """Whether a column can be declared by this name: the exchange keeps no control character, and a terminal obeys them."""
    return 0 < len(name) <= 200 and not any(
        unicodedata.category(each) in ("Cc", "Cs") and each not in "\t\r\n" for each in name
    )


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.timestamp(kind.unit) if pa.types.is_timestamp(kind) else kind


def plain(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Values in place of a dictionary of them, and the clock time here of moments with a zone: what is looked at for
    patterns and days is not to hang on how a file keeps it."""
    return pa.RecordBatch.from_arrays(
        [_plain_cells(cells, found.type) for cells, found in zip(batch.columns, schema, strict=True)], schema=schema
    )


def _plain_cells(cells: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    if pa.types.is_timestamp(cells.type) and cells.type.tz is not None:
        cells = pc.local_timestamp(cells.cast(pa.timestamp(cells.type.unit, tz="+08:00")))
    return cells if cells.type == kind else cells.cast(kind)


# -- parts -------------------------------------------------------------------------------------------------------------


def _write(config: SourceConfig, stream: Stream, folder: Path) -> dict[str, Any]:
    schema = plain_schema(config, stream.schema)
    parts = Parts(folder, schema)
    with parts, closing(ahead(in_groups(stream.batches))) as batches:
        for batch in batches:
            parts.add(plain(batch, schema))
    return parts.note()


def ahead(batches: Iterator[pa.RecordBatch]) -> Generator[pa.RecordBatch]:
    """The same batches, the next one being read on a thread beside while this one is used."""
    with ThreadPoolExecutor(1, thread_name_prefix="reading") as beside:
        coming = beside.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = beside.submit(next, batches, None)
            yield batch


def in_groups(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """None so large that a row group would be."""
    for batch in batches:
        count = -(-batch.nbytes // GROUP_BYTES)
        step = max(1, -(-batch.num_rows // max(1, count)))
        for start in range(0, batch.num_rows, step):
            yield batch.slice(start, step)


def _worth_a_dictionary(schema: pa.Schema) -> list[str]:
    """Columns whose values may come again. One of keys or of measurements is begun for nothing: it costs half of writing."""
    return [
        field.name
        for field in schema
        if not (
            pa.types.is_floating(field.type) or pa.types.is_decimal(field.type) or pa.types.is_large_string(field.type)
        )
    ]


@dataclass
class Parts:
    """Gathers batches until they make a row group, and row groups until they make a part."""

    folder: Path
    schema: pa.Schema
    first: int = 0
    """The number of the first part."""
    memory: int = 0
    """What all rows take, decoded."""
    _files: list[tuple[str, int]] = field(default_factory=list)
    _waiting: list[pa.RecordBatch] = field(default_factory=list)
    _waiting_bytes: int = 0
    _groups: int = 0
    _rows: int = 0
    _out: BinaryIO | None = None
    _writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Parts:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            if self._waiting or not self._files:
                self._write_group()
            self._end_part()
        elif self._out is not None:
            self._out.close()

    def add(self, batch: pa.RecordBatch) -> None:
        if not batch.num_rows:
            return
        size = batch.nbytes
        if self._waiting and self._waiting_bytes + size > GROUP_BYTES:
            self._write_group()
        self._waiting.append(batch)
        self._waiting_bytes += size
        self.memory += size

    def _write_group(self) -> None:
        if self._writer is None:
            file = self.folder / f"part-{self.first + len(self._files):05}.parquet"
            self._out = os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
            self._writer = pq.ParquetWriter(
                self._out, self.schema, compression="snappy", use_dictionary=_worth_a_dictionary(self.schema)
            )
            self._files.append((file.name, 0))
        table = pa.Table.from_batches(self._waiting, self.schema)
        self._writer.write_table(table, row_group_size=max(1, table.num_rows))
        name, rows = self._files[-1]
        self._files[-1] = name, rows + table.num_rows
        self._waiting, self._waiting_bytes = [], 0
        self._groups += 1
        if self._groups == PART_GROUPS:
            self._end_part()

    def _end_part(self) -> None:
        if self._writer is None or self._out is None:
            return
        self._writer.close()
        self._out.flush()
        os.fsync(self._out.fileno())
        os.fchmod(self._out.fileno(), 0o400)
        self._out.close()
        self._writer, self._out, self._groups = None, None, 0

    def note(self) -> dict[str, Any]:
        rows = sum(count for _, count in self._files)
        parts = [
            {"name": name, "rows": count, "bytes": (self.folder / name).stat().st_size} for name, count in self._files
        ]
        return {"parts": parts, "row_bytes": -(-self.memory // max(1, rows))}

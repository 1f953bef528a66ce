"""One version of a source as the node keeps it: plain Parquet parts that are only read, a batch at a time.

Whatever kind of file the owner has, what is behind it looks the same here: column names without spaces around them, the
key as text exactly as written, values in place of dictionaries, moments as the clock shows them here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq

NOTE = "kept.json"
BATCH_ROWS = 65_536
BATCH_BYTES = 16 << 20
"""Of one batch, decoded, as far as rows are alike."""

READ_BYTES = 1 << 20
"""What is read of a column at a time: without it the whole column of a row group stands in memory."""


class Rows(Protocol):
    """Rows in their order, a batch at a time, as often as wanted; and the Parquet files they stand in."""

    @property
    def schema(self) -> pa.Schema: ...

    @property
    def rows(self) -> int: ...

    @property
    def files(self) -> Sequence[Path]: ...

    def batches(self, columns: Sequence[str] | None = None, rows_max: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]: ...


@dataclass(frozen=True)
class Kept:
    """`version` is the SHA-256 of what the owner has, `size` its bytes; `row_bytes` what a row takes in memory, in the
    mean; `key` the column that is looked up."""

    source: str
    version: str
    size: int
    files: tuple[Path, ...]
    schema: pa.Schema
    rows: int
    key: str | None
    row_bytes: int = 0
    reading: str = ""
    """Says how the owner's file was read: what is made of the rows is made again where this is another."""

    def batches(self, columns: Sequence[str] | None = None, rows_max: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        """In the order of the rows. Memory is bounded by the batch, not by the parts."""
        names = list(self.schema.names if columns is None else columns)
        size = max(1, min(rows_max, BATCH_BYTES // max(1, self.row_bytes)))
        for file in self.files:
            with opened(file) as part:
                for batch in part.iter_batches(batch_size=size, columns=names, use_threads=False):
                    yield batch.select(names).replace_schema_metadata(None)

    def dataset(self) -> pyarrow.dataset.Dataset:
        """All parts, for an engine that reads Parquet by itself."""
        return pyarrow.dataset.dataset([str(file) for file in self.files], schema=self.schema, format="parquet")

    @property
    def bytes(self) -> int:
        """What all rows take in memory, about."""
        return self.row_bytes * self.rows


def opened(file: Path) -> pq.ParquetFile:
    """A Parquet file of which no more is read than is asked for."""
    return pq.ParquetFile(file, buffer_size=READ_BYTES, pre_buffer=False)


def read_kept(folder: Path, source: str, version: str, *, reading: str, key: str | None) -> Kept | None:
    """The version that stands in the folder, whole and read as it is to be read now; None when there is none."""
    try:
        note = json.loads((folder / NOTE).read_bytes())
        if note["reading"] != reading:
            return None
        files = tuple(folder / part["name"] for part in note["parts"])
        if any(file.stat().st_size != part["bytes"] for file, part in zip(files, note["parts"], strict=True)):
            return None
        return Kept(
            source=source,
            version=version,
            size=note["size"],
            files=files,
            schema=pq.read_schema(files[0]).remove_metadata(),
            rows=sum(part["rows"] for part in note["parts"]),
            key=key,
            row_bytes=note["row_bytes"],
            reading=reading,
        )
    except (OSError, ValueError, KeyError, IndexError, pa.ArrowInvalid):
        return None

"""A table as rows that are read in batches or from files, for what reads rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq


@dataclass
class Given:
    """A table as rows, in several batches, so that what crosses batches is seen."""

    table: pa.Table
    step: int | None = None

    @property
    def schema(self) -> pa.Schema:
        return self.table.schema

    @property
    def rows(self) -> int:
        return int(self.table.num_rows)

    @property
    def files(self) -> list[Path]:
        """Two parts, with small row groups."""
        half = -(-self.rows // 2)
        parts = [self.table, self.table] if half == 0 else [self.table.slice(0, half), self.table.slice(half)]
        files = [Path(self._folder.name) / f"part-{at:05}.parquet" for at in range(2)]
        for file, part in zip(files, parts, strict=True):
            if not file.exists():
                pq.write_table(part, file, row_group_size=max(1, half // 2))
        return files

    @cached_property
    def _folder(self) -> TemporaryDirectory[str]:
        return TemporaryDirectory(prefix="tongqu-rows-")

    def batches(self, columns: Sequence[str] | None = None, rows_max: int = 65_536) -> Iterator[pa.RecordBatch]:
        chosen = self.table if columns is None else self.table.select(list(columns))
        step = self.step or max(3, self.rows // 5)
        return iter(chosen.combine_chunks().to_batches(max_chunksize=min(step, rows_max)))

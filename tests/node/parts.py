"""A table as a version that is kept: Parquet parts in a folder."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tongqu.node.sources.kept import Kept


def parted(
    folder: Path, table: pa.Table, *, key: str | None = None, version: str = "a" * 64, part_rows: int = 1 << 20
) -> Kept:
    """The rows in parts of so many."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for at in range(0, max(1, table.num_rows), part_rows):
        files.append(folder / f"part-{len(files):05d}.parquet")
        pq.write_table(table.slice(at, part_rows), files[-1])
    return Kept("credit", version, 1, tuple(files), pq.read_schema(files[0]).remove_metadata(), table.num_rows, key)

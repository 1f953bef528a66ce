"""DuckDB for work on all rows: so much memory, and what does not fit goes by way of a folder that is removed afterwards.

It reads the parts by itself: batches that were handed to it would stand in memory beside what it counts.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tongqu.node.engines.engine import NoRoom
from tongqu.node.sources.kept import Rows

MEMORY = "192MB"
SPILL_SHARE = 0.8
"""Of the disk's free space, at the most."""


@contextmanager
def building(*, folder: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """One thread, so that sums come out the same each time. `folder` is where the folder is made."""
    with tempfile.TemporaryDirectory(prefix="spill-", dir=folder) as spill:
        room = int(shutil.disk_usage(spill).free * SPILL_SHARE)
        settings: dict[str, str | bool | int | float | list[str]] = {
            "threads": 1,
            "memory_limit": MEMORY,
            "temp_directory": spill,
            "max_temp_directory_size": f"{room >> 20}MiB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(":memory:", config=settings) as engine:
            try:
                yield engine
            except duckdb.OutOfMemoryException:  # of the folder, too
                raise NoRoom from None


def seen(rows: Rows, columns: Sequence[str]) -> str:
    """SQL for the rows: columns by the names `c0`, `c1`, …, so that no name of the data stands in a statement."""
    numbers = {name: f"f{at}" for at, name in enumerate(rows.schema.names)}
    cells = ", ".join(f"{numbers[name]} AS c{at}" for at, name in enumerate(columns))
    files = ", ".join(f"'{_quoted(file)}'" for file in rows.files)
    return f"SELECT {cells} FROM read_parquet([{files}]) AS given({', '.join(numbers.values())})"  # noqa: S608 - numbers, own paths


def _quoted(file: Path) -> str:
    """A path as it stands between single quotes."""
    return str(file).replace("'", "''")

"""DuckDB in this process: reads the parts of a version when it is loaded, and for each query one file that is only read.

What calls reach is the file of their query and nothing else: no other file, no network, no extension, no setting, so much memory
and time. What reads the parts sees the folder they lie in and a folder to spill into.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from tongqu.node.engines.columns import FLOAT, MOMENT, WHOLE, Columns
from tongqu.node.engines.engine import Build, Laid, Layout, NoRoom, Parts, Positions, Unfit
from tongqu.node.engines.pages import PLACE, sort_keys
from tongqu.node.engines.statements import DUCKDB, LINE, PART, SEEN, Bound, rows_of, written
from tongqu.node.modes.filtered import TooHeavy

MEMORY = "256MB"
BUILD_MEMORY = "320MB"
"""For one thread. What of a sort does not fit goes by way of the disk."""

BUILD_THREADS = 1
SPILL_MAX = "1TB"
THREADS = 2
BATCH_ROWS = 65_536
HELD = "held"

_LOCKED = {"autoinstall_known_extensions": False, "autoload_known_extensions": False, "lock_configuration": True}


class DuckEngine:
    """One setting, no process. `spill` is a folder for what does not fit into memory while a version is loaded."""

    dialect = DUCKDB

    def __init__(self, spill: Path) -> None:
        self._spill = spill

    def each_row(
        self, parts: Parts, columns: Columns, build: Build
    ) -> Iterator[tuple[Positions | slice, pa.RecordBatch]]:
        at = 0
        for file in parts.files:
            with self._reading(parts, columns, [file]) as engine:
                bound = Bound()
                statement = written(build(rows_of(columns), bound), DUCKDB)
                reader = engine.execute(statement, bound.values).to_arrow_reader(BATCH_ROWS)
                for batch in reader:
                    yield slice(at, at + batch.num_rows), batch
                    at += batch.num_rows

    def gathered(self, parts: Parts, columns: Columns, build: Build, rows_max: int) -> pa.Table:
        with self._reading(parts, columns, parts.files) as engine:
            bound = Bound()
            statement = written(build(rows_of(columns), bound).limit(rows_max), DUCKDB)
            return engine.execute(statement, bound.values).to_arrow_table()

    def lay(self, parts: Parts, layout: Layout, name: str, folder: Path) -> Laid:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / f"{name}.duckdb"
        if not file.exists():
            self._build(parts, layout, file)
        return _Held(file)

    def _build(self, parts: Parts, layout: Layout, file: Path) -> None:
        """Rows lie by what every call must name, so that few blocks are read, and among equals of these in the query's order;
        a row's place is its number. That is the query's order wherever it is seen: a call names one value of each of these.
        The sorting goes by way of the disk, once; what it gives is numbered and written as it comes."""
        fresh = file.with_name(file.name + ".new")
        fresh.unlink(missing_ok=True)
        seen = rows_of(layout.columns, **{PART: "int64", LINE: "int64"})
        lie = [seen[place].asc(nulls_first=False) for place in layout.looked_up]
        ordered = written(seen.order_by([*lie, *sort_keys(seen, layout)]).drop(PART, LINE), DUCKDB)
        try:
            with self._reading(parts, layout.columns, parts.files, store=fresh, lined=True) as engine:
                engine.execute(
                    f"CREATE TABLE store.{HELD} AS SELECT *, row_number() OVER () AS {PLACE} FROM ({ordered})"  # noqa: S608
                )
                engine.execute("DETACH store")
            os.chmod(fresh, 0o400)
            os.replace(fresh, file)
        finally:
            fresh.unlink(missing_ok=True)

    def held_name(self, name: str) -> str:
        return HELD

    def drop_others(self, folder: Path, names: Sequence[str]) -> None:
        kept = {f"{name}.duckdb" for name in names}
        with suppress(FileNotFoundError):
            for file in folder.iterdir():
                if file.name not in kept:
                    shutil.rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing stays open but what is read, which goes with its reader."""

    @contextmanager
    def _reading(
        self,
        parts: Parts,
        columns: Columns,
        files: Sequence[Path],
        *,
        store: Path | None = None,
        lined: bool = False,
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        self._spill.mkdir(mode=0o700, parents=True, exist_ok=True)
        spill = tempfile.mkdtemp(dir=self._spill)
        engine = duckdb.connect(
            ":memory:",
            config={"threads": BUILD_THREADS, "memory_limit": BUILD_MEMORY, "temp_directory": spill,
                    "max_temp_directory_size": SPILL_MAX, "allow_community_extensions": False},
        )  # fmt: skip
        try:
            if store is not None:
                engine.execute(f"ATTACH {_text(store)} AS store")
            folders = ", ".join(sorted({_text(file.parent) for file in files}))
            engine.execute(f"SET allowed_directories = [{folders}]")
            engine.execute("SET enable_external_access = false")
            for setting, value in _LOCKED.items():
                engine.execute(f"SET {setting} = {str(value).lower()}")
            engine.execute(f"CREATE TEMP VIEW {SEEN} AS {_seen(parts, columns, files, lined=lined)}")
            yield engine
        except duckdb.OutOfMemoryException:  # of the folder to spill into, too
            raise NoRoom from None
        except duckdb.Error as error:
            raise Unfit(type(error).__name__) from None
        finally:
            engine.close()
            shutil.rmtree(spill, ignore_errors=True)


def _seen(parts: Parts, columns: Columns, files: Sequence[Path], *, lined: bool) -> str:
    """The rows under numbers for names, each cell as the kind it is."""
    numbers = {field.name: f"f{at}" for at, field in enumerate(parts.schema)}
    cells = [
        f"{_cell(numbers[name], found)} AS {place}"
        for (name, place), found in zip(columns.places.items(), columns.types, strict=True)
    ]
    # The number of a file: its name beside every row would be most of what is sorted.
    beside = f", CAST(file_index AS BIGINT) AS {PART}, file_row_number AS {LINE}" if lined else ""
    listed = ", ".join(_text(file) for file in files)
    return (
        f"SELECT {', '.join(cells)}{beside} "  # noqa: S608 - numbers and the node's own paths
        f"FROM read_parquet([{listed}], filename = false) AS given({', '.join(numbers.values())})"
    )


def _cell(place: str, found: pa.DataType) -> str:
    kind = Columns((place,), (found,)).kinds[place]
    if kind.word == WHOLE:
        return f"CAST({place} AS {'DECIMAL(20, 0)' if kind.precision else 'BIGINT'})"
    if kind.word == FLOAT:  # minus nought is nought: what is kept of it would hang on how DuckDB packs a block
        return f"CASE WHEN {place} = 0 THEN CAST(0 AS DOUBLE) ELSE CAST({place} AS DOUBLE) END"
    if kind.word == MOMENT and found.unit == "ns":  # to the microsecond before, also before 1970
        nanos = f"epoch_ns({place})"
        return f"make_timestamp(({nanos} - ({nanos} % 1000 + 1000) % 1000) // 1000)"
    if kind.word == MOMENT:
        return f"CAST({place} AS TIMESTAMP)"
    return place


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


class _Held:
    """The file of one query, opened to be read."""

    def __init__(self, file: Path) -> None:
        self._engine = duckdb.connect(
            str(file),
            read_only=True,
            config={
                "threads": THREADS,
                "memory_limit": MEMORY,
                "max_temp_directory_size": "0KB",
                "enable_external_access": False,
                **_LOCKED,
            },
        )

    def read(self, statement: str, values: dict[str, Any], seconds: float) -> list[tuple[Any, ...]]:
        with self._cursor(seconds) as cursor:
            return cursor.execute(statement, values).fetchall()

    @contextmanager
    def _cursor(self, seconds: float) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor, done, ends = self._engine.cursor(), threading.Event(), time.monotonic() + seconds

        def stop() -> None:
            cursor.interrupt()
            while not done.wait(0.05):  # an interruption before the engine has begun is forgotten by it
                cursor.interrupt()

        alarm = threading.Timer(seconds, stop)
        alarm.daemon = True
        alarm.start()
        try:
            yield cursor
            if time.monotonic() > ends:  # it was done before it heard of it: late all the same, on every machine
                raise TooHeavy
        except (duckdb.InterruptException, duckdb.OutOfMemoryException):
            raise TooHeavy from None
        finally:
            done.set()
            alarm.cancel()
            cursor.close()

"""Spark: the same expressions, run by executors in processes of their own.

Spark stands in one process with all it starts (`worker`); the node asks over a pipe (`process`). Rows laid down for a query are
Parquet files in the state folder, and so is what is worked out row by row, which the node then reads in batches.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tongqu.node.engines.columns import FLOAT, MOMENT, OTHER, WHOLE, Columns, kind_of
from tongqu.node.engines.engine import Build, Laid, Layout, Parts, Positions, Unfit
from tongqu.node.engines.pages import PLACE, sort_keys
from tongqu.node.engines.spark.process import SparkProcess
from tongqu.node.engines.statements import LINE, PART, SEEN, SPARK, Bound, rows_of, written
from tongqu.node.modes.filtered import EngineLost

LOAD_SECONDS_MAX = 3_600
"""What one statement over all rows may take while a version is loaded."""

BATCH_ROWS = 65_536
PARTITIONS = 4
DONE = "_SUCCESS"
"""Spark's own sign that all files of a folder are whole."""


class SparkEngine:
    """`folder` is Spark's alone: what stands in it is thrown away at each start."""

    dialect = SPARK

    def __init__(self, folder: Path, *, master: str, memory_mb: int, java: str = "") -> None:
        """`java` are more options of its Java processes."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._process = SparkProcess(folder, master=master, memory_mb=memory_mb, partitions=PARTITIONS, java=java)
        self._turn = threading.Lock()
        self._made = 0

    def each_row(
        self, parts: Parts, columns: Columns, build: Build
    ) -> Iterator[tuple[Positions | slice, pa.RecordBatch]]:
        bound, view = Bound(), self._view(parts, columns, lined=True)
        seen = rows_of(columns, name=view["name"], **{PART: "string", LINE: "int64"})
        statement = written(build(seen, bound), SPARK)
        begins, at = {}, 0
        for file in parts.files:
            begins[file.name], at = at, at + pq.read_metadata(file).num_rows
        made = self._folder / "made" / view["name"]
        try:
            self._process.ask(
                statement,
                bound.values,
                [view],
                seconds=LOAD_SECONDS_MAX,
                write={"path": str(made), "place": None, "lie": []},
            )
            seen_rows = 0
            for file in sorted(made.glob("*.parquet")):
                with pq.ParquetFile(file) as part:
                    for batch in part.iter_batches(BATCH_ROWS):
                        yield _positions(batch, begins), batch
                        seen_rows += batch.num_rows
            if seen_rows != at:
                raise Unfit("rows are missing")
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def gathered(self, parts: Parts, columns: Columns, build: Build, rows_max: int) -> pa.Table:
        bound, view = Bound(), self._view(parts, columns, lined=False)
        statement = written(build(rows_of(columns, name=view["name"]), bound).limit(rows_max), SPARK)
        return _table(self._process.ask(statement, bound.values, [view], seconds=LOAD_SECONDS_MAX))

    def lay(self, parts: Parts, layout: Layout, name: str, folder: Path) -> Laid:
        if OTHER in {kind.word for kind in layout.columns.kinds.values()}:
            raise Unfit(OTHER)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        laid = folder / f"{name}.rows"
        if not (laid / DONE).exists():
            self._lay(parts, layout, laid)
        held = Columns((*layout.columns.places.values(), PLACE), (*map(_held_type, layout.columns.types), pa.int64()))
        files = tuple(sorted(laid.glob("*.parquet")))
        view = _view(self.held_name(name), files, held, lined=False, places=held.names)
        return _Held(self._process, view)

    def _lay(self, parts: Parts, layout: Layout, laid: Path) -> None:
        fresh = laid.with_name(laid.name + ".new")
        view = self._view(parts, layout.columns, lined=True)
        seen = rows_of(layout.columns, name=view["name"], **{PART: "string", LINE: "int64"})
        statement = written(seen.order_by(sort_keys(seen, layout)).drop(PART, LINE), SPARK)
        write = {"path": str(fresh), "place": PLACE, "lie": list(layout.looked_up)}
        self._process.ask(statement, {}, [view], seconds=LOAD_SECONDS_MAX, write=write)
        for file in fresh.glob("*.parquet"):
            os.chmod(file, 0o400)
        shutil.rmtree(laid, ignore_errors=True)
        os.replace(fresh, laid)

    def held_name(self, name: str) -> str:
        return f"held_{sha256(name.encode()).hexdigest()[:24]}"

    def drop_others(self, folder: Path, names: Sequence[str]) -> None:
        kept = {f"{name}.rows" for name in names}
        with suppress(FileNotFoundError):
            for file in folder.iterdir():
                if file.name not in kept:
                    shutil.rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)

    def close(self) -> None:
        self._process.close()

    def _view(self, parts: Parts, columns: Columns, *, lined: bool) -> dict[str, Any]:
        if list(parts.files) != sorted(parts.files) or len({file.parent for file in parts.files}) != 1:
            raise ValueError("the order of the parts is not that of their names")
        with self._turn:
            self._made += 1
            name = f"{SEEN}_{self._made}"
        return _view(name, parts.files, columns, lined=lined, places=tuple(columns.places.values()))


class _Held:
    """Rows laid down for one query; a process that was started anew is told of them with the question."""

    def __init__(self, process: SparkProcess, view: Mapping[str, Any]) -> None:
        self._process, self._rows = process, view

    def read(self, statement: str, values: dict[str, Any], seconds: float) -> list[tuple[Any, ...]]:
        try:
            table = _table(self._process.ask(statement, values, [self._rows], seconds=seconds))
        except Unfit:  # the statement fits, it was tried when the version was loaded: what failed is Spark
            raise EngineLost from None
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _positions(batch: pa.RecordBatch, begins: Mapping[str, int]) -> Positions:
    names = batch.column(batch.schema.get_field_index(PART)).dictionary_encode()
    first = np.array([begins[name] for name in names.dictionary.to_pylist()], dtype=np.int64)
    lines = batch.column(batch.schema.get_field_index(LINE)).to_numpy()
    return np.asarray(first[names.indices.to_numpy()] + lines, dtype=np.int64)


def _table(content: bytes) -> pa.Table:
    with pa.ipc.open_stream(content) as stream:
        return stream.read_all()


# -- columns as Spark reads them ---------------------------------------------------------------------------------------------


def _view(name: str, files: Sequence[Path], columns: Columns, *, lined: bool, places: Sequence[str]) -> dict[str, Any]:
    fields = [
        {"name": column, "type": _spark_type(found), "nullable": True, "metadata": {}}
        for column, found in zip(columns.names, columns.types, strict=True)
    ]
    cells = [
        f"{_cell(f'f{at}', found)} AS {place}"
        for at, (place, found) in enumerate(zip(places, columns.types, strict=True))
    ]
    return {
        "name": name, "files": [file.absolute().as_uri() for file in files], "lined": lined,
        "schema": {"type": "struct", "fields": fields}, "cells": [*cells, *([PART, LINE] if lined else [])],
    }  # fmt: skip


_WIDTHS = {
    pa.int8(): "byte", pa.int16(): "short", pa.int32(): "integer", pa.int64(): "long",
    pa.uint8(): "short", pa.uint16(): "integer", pa.uint32(): "long", pa.uint64(): "decimal(20,0)",
    pa.float32(): "float", pa.float64(): "double", pa.bool_(): "boolean",
}  # fmt: skip
_WORDS = {"text": "string", "date": "date"}


def _spark_type(found: pa.DataType) -> str:
    """Raises Unfit for what Spark has no word for."""
    if found in _WIDTHS:
        return _WIDTHS[found]
    kind = kind_of(found)
    if kind.word == MOMENT:
        return "long" if found.unit == "ns" else "timestamp_ntz"
    if kind.precision:
        return f"decimal({kind.precision},{kind.scale})"
    if kind.word not in _WORDS:
        raise Unfit(kind.word)
    return _WORDS[kind.word]


def _cell(place: str, found: pa.DataType) -> str:
    kind = kind_of(found)
    if kind.word == WHOLE and not kind.precision:
        return f"CAST({place} AS BIGINT)"
    if kind.word == FLOAT:
        return f"CASE WHEN {place} = 0 THEN CAST(0 AS DOUBLE) ELSE CAST({place} AS DOUBLE) END"
    if kind.word == MOMENT and found.unit == "ns":  # to the microsecond before, also before 1970
        return f"CAST(timestamp_micros(({place} - ({place} % 1000 + 1000) % 1000) DIV 1000) AS TIMESTAMP_NTZ)"
    return place


def _held_type(found: pa.DataType) -> pa.DataType:
    """What stands in the rows that were laid down for a query."""
    kind = kind_of(found)
    if kind.word == WHOLE:
        return pa.decimal128(20, 0) if kind.precision else pa.int64()
    return {FLOAT: pa.float64(), MOMENT: pa.timestamp("us")}.get(kind.word, found)

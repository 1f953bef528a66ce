"""Looks at a data file once and proposes how to declare it: which column is the key, and what might be asked.

A proposal is for a person to read and change. It is made of the columns' names, types and counts; columns that look like
something personal are proposed for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tongqu.node.config import SourceConfig
from tongqu.node.faults import NodeFault
from tongqu.node.sources.patterns import can_have_patterns, count_patterns
from tongqu.node.sources.streams import stream_of
from tongqu.node.sources.tables import SourceFault, column_types, local_day, unreadable
from tongqu.node.sources.taking_in import plain, plain_schema
from tongqu.wire.title import Title
from tongqu.wire.words import Words

KINDS = {".csv": "csv", ".txt": "csv", ".parquet": "parquet", ".pq": "parquet", ".xlsx": "excel"}
ENCODINGS = ("utf-8", "gb18030")
SAMPLE_ROWS = 20_000
FEW_VALUES = 2
QUESTIONS_PROPOSED = 5
PERSONAL_SHARE = 0.05
KEY_NAMES = re.compile(r"(^id$|_id$|^id_|编号|证号|代码|号码|^no$|code$|^key$)", re.IGNORECASE)
YES_VALUES = ("1", "是", "Y", "y", "yes", "Yes", "YES", "true", "True", "有", "T")


@dataclass(frozen=True)
class Asked:
    """A question that the file could answer."""

    id: str
    column: str
    values: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """What a file seems to be. `keys` are the columns that could be the key, the likeliest first."""

    kind: str
    encoding: str
    rows: int
    columns: tuple[tuple[str, str], ...]
    keys: tuple[str, ...]
    personal: tuple[str, ...]
    questions: tuple[Asked, ...]


def look(file: Path, *, sheet: str | None = None) -> Proposal:
    """Reads the whole file once. Raises NodeFault."""
    kind = KINDS.get(file.suffix.lower())
    if kind is None:
        raise NodeFault(
            "kind-unknown",
            Words(f"{file.name} 的类型不认识。", f"The kind of {file.name} is not known."),
            Words(
                "可用 .csv、.parquet、.xlsx; 数据库请手写 node.toml。",
                "Give .csv, .parquet or .xlsx; declare a database by hand.",
            ),
        )
    table, encoding = _read(file, kind, sheet)
    types = tuple((column.name, column.type) for column in column_types(table.schema))
    personal = _personal(table)
    keys = _keys(table)
    left_out = {*keys[:1], *(name for name in keys if KEY_NAMES.search(name)), *personal}
    return Proposal(kind, encoding, table.num_rows, types, keys, personal, _questions(table, types, left_out))


def _read(file: Path, kind: str, sheet: str | None) -> tuple[pa.Table, str]:
    failed: NodeFault | None = None
    for encoding in ENCODINGS if kind == "csv" else ENCODINGS[:1]:
        try:
            return read_whole(_as_source(file, kind, encoding, sheet), file), encoding
        except NodeFault as fault:
            failed = failed or fault
    assert failed is not None
    raise failed


def read_whole(source: SourceConfig, file: Path) -> pa.Table:
    """All of a file, as the node would keep it. Raises SourceFault: what a damaged file makes its library raise is not known
    beforehand, so everything counts."""
    with _readable(source):
        stream = stream_of(source, file)
        schema = plain_schema(source, stream.schema)
        return pa.Table.from_batches((plain(batch, schema) for batch in stream.batches), schema)


def rows_of(source: SourceConfig, file: Path) -> int:
    """How many rows a file has, read through a batch at a time. Raises SourceFault."""
    with _readable(source):
        stream = stream_of(source, file)
        plain_schema(source, stream.schema)
        return sum(batch.num_rows for batch in stream.batches)


@contextmanager
def _readable(source: SourceConfig) -> Iterator[None]:
    try:
        yield
    except SourceFault:
        raise
    except Exception as error:
        raise unreadable(source.id, error) from None


def _as_source(file: Path, kind: str, encoding: str, sheet: str | None) -> SourceConfig:
    return SourceConfig(
        id=file.stem, title=Title(file.stem, file.stem), format=kind, path=file, dsn_env=None, table=None, sheet=sheet,
        encoding=encoding, key=None, modes=(), questions=(), refresh_seconds=3600, holder=None,
    )  # fmt: skip


def _keys(table: pa.Table) -> tuple[str, ...]:
    """Columns that are filled and different in every row, of text or whole numbers; those called like a key come first."""
    found = []
    for at, field in enumerate(table.schema):
        cells = table.column(at)
        whole = (
            pa.types.is_integer(field.type) or pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        )
        if whole and table.num_rows and not cells.null_count and pc.count_distinct(cells).as_py() == table.num_rows:
            found.append(field.name)
    return tuple(sorted(found, key=lambda name: (KEY_NAMES.search(name) is None, table.column_names.index(name))))


def _personal(table: pa.Table) -> tuple[str, ...]:
    """Columns in which a twentieth of a sample looks like an identity number, a telephone, a name and the like."""
    sample, today = table.slice(0, SAMPLE_ROWS), local_day(datetime.now(UTC))
    found = []
    for at, field in enumerate(sample.schema):
        if not can_have_patterns(field.type):
            continue
        counts, filled = count_patterns(sample.column(at).chunks, today)
        if filled and any(count > PERSONAL_SHARE * filled for count in counts.values()):
            found.append(field.name)
    return tuple(found)


def _questions(table: pa.Table, types: Sequence[tuple[str, str]], left_out: set[str]) -> tuple[Asked, ...]:
    found: list[Asked] = []
    for at, (name, kind) in enumerate(types):
        if name in left_out or len(found) == QUESTIONS_PROPOSED:
            continue
        cells = table.column(at).drop_null()
        values = pc.unique(cells).to_pylist() if len(cells) else []
        identifier = f"q{len(found) + 1}"
        if len(values) == FEW_VALUES:
            found.append(Asked(identifier, name, values=(_yes_of(values),)))
        elif kind in {"whole", "number"} and (edges := _edges(cells)):
            found.append(Asked(identifier, name, edges=edges))
    return tuple(found)


def _yes_of(values: Sequence[Any]) -> str:
    """Which of two values a yes stands for: one that says so, else the greater."""
    written = [_written(value) for value in values]
    return next((value for value in YES_VALUES if value in written), max(written))


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _edges(cells: pa.ChunkedArray) -> tuple[str, ...]:
    """Quartiles, rounded to one figure, so that no edge is anybody's own number."""
    try:
        quartiles = pc.quantile(cells.cast(pa.float64()), q=[0.25, 0.5, 0.75]).to_pylist()
    except pa.ArrowInvalid:  # so large that they are names rather than numbers
        return ()
    edges = sorted({_one_figure(value) for value in quartiles if value is not None})
    return tuple(format(edge, "f") for edge in edges) if len(edges) > 1 else ()


def _one_figure(value: float) -> Decimal:
    number = Decimal(repr(value))
    return (
        Decimal(0)
        if not number
        else round(number, -number.adjusted()).quantize(Decimal(10) ** min(0, number.adjusted()))
    )

"""Whose copy a leaked file is, at the node that gave it: reads the node's own folder, changes nothing in it.

It needs what the node had: its key, its permits, and the pinned version the copy was made of.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from tongqu.node.config import NodeConfig, SourceConfig, read_config
from tongqu.node.faults import NodeFault
from tongqu.node.sources.streams import SHEET_ROWS_MAX, stream_of
from tongqu.node.sources.tables import unreadable
from tongqu.node.sources.taking_in import plain, plain_schema
from tongqu.node.state import StateFolder
from tongqu.node.watermark import Suspect, Trial, Verdict, judge, try_version
from tongqu.node.watermark.signs import contract_key
from tongqu.wire.message import BadMessage, open_sealed
from tongqu.wire.permit import Permit
from tongqu.wire.seals import BadSeal
from tongqu.wire.words import Words

ROWS_MAX = 500_000
"""More rows of a leaked file are not looked at: a part of them, evenly drawn, says as much."""


def trace(config_path: Path | str, leaked_path: Path, *, source: str | None = None) -> Verdict:
    """The verdict over every marked source of the node, or the one named. Raises NodeFault."""
    config = read_config(config_path)
    marked = [each for each in config.sources if each.watermark and source in (None, each.id)]
    if not marked:
        raise NodeFault(
            "nothing-marked",
            Words("节点配置中没有加水印的数据源。", "No source of this node is marked."),
            Words("请检查 --source 与 node.toml。", "Check --source and node.toml."),
        )
    leaked = _sample(_leaked(leaked_path))
    secret = StateFolder(config.state).secrets().watermark
    trials: list[Trial] = []
    for each in marked:
        trials += _trials(config, each, leaked, secret)
    return judge(trials, leaked.num_rows)


def _trials(config: NodeConfig, source: SourceConfig, leaked: pa.Table, secret: bytes) -> Iterator[Trial]:
    assert source.watermark is not None
    contracts: dict[str, set[str]] = {}
    for permit in _permits(config):
        if permit.marked and permit.source == source.id and permit.source_version:
            contracts.setdefault(permit.source_version, set()).add(permit.contract)
    for version, names in sorted(contracts.items()):
        file = config.state / "blobs" / source.id / version
        if not file.is_file():
            continue
        suspects = [
            Suspect(name, contract_key(secret, contract=name, source=source.id, version=version))
            for name in sorted(names)
        ]
        yield try_version(
            _original(source, file), leaked, version=version, watermark=source.watermark, key=source.key,
            suspects=suspects,
        )  # fmt: skip


def _original(source: SourceConfig, file: Path) -> pa.Table:
    """As the copy was made of it: a text file as text."""
    if source.format == "parquet":
        stream, config = stream_of(source, file), replace(source, key=None)
        schema = plain_schema(config, stream.schema)
        return pa.Table.from_batches((plain(batch, schema) for batch in stream.batches), schema)
    reading = pa.csv.ReadOptions(encoding=source.encoding)
    parsing = pa.csv.ParseOptions(newlines_in_values=True)
    return _texts(file, reading, parsing)


def _permits(config: NodeConfig) -> list[Permit]:
    identity = StateFolder(config.state).identity()
    found = []
    with closing(sqlite3.connect(f"file:{config.state / 'book.db'}?mode=ro", uri=True)) as book:
        for (sealed,) in book.execute("SELECT sealed FROM permits"):
            try:
                found.append(open_sealed(Permit, json.loads(sealed), identity.exchange_public_key))
            except (BadSeal, BadMessage):
                continue
    return found


def _leaked(file: Path) -> pa.Table:
    """A CSV (comma, semicolon or tab; UTF-8 or GB 18030), Parquet or Excel file. Raises NodeFault."""
    try:
        if file.suffix.lower() in (".parquet", ".pq"):
            table = pq.read_table(file)
        elif file.suffix.lower() in (".xlsx", ".xlsm"):
            table = _sheet(file)
        else:
            table = _text(file)
    except Exception as error:
        raise unreadable(file.name, error) from None
    return table.rename_columns([name.strip() for name in table.column_names])


def _text(file: Path) -> pa.Table:
    with file.open("rb") as source:
        beginning = source.read(1 << 16)
    try:
        beginning[: max(1, len(beginning) - 4)].decode("utf-8")
        encoding = "utf-8"
    except UnicodeDecodeError as error:
        encoding = "utf-8" if error.start > len(beginning) - 8 else "gb18030"
    header = beginning.partition(b"\n")[0]
    delimiter = max((",", ";", "\t"), key=lambda each: header.count(each.encode()))
    reading = pa.csv.ReadOptions(encoding=encoding)
    return _texts(file, reading, pa.csv.ParseOptions(newlines_in_values=True, delimiter=delimiter))


def _texts(file: Path, reading: pa.csv.ReadOptions, parsing: pa.csv.ParseOptions) -> pa.Table:
    with pa.csv.open_csv(file, read_options=reading, parse_options=parsing) as beginning:
        names = beginning.schema.names
    converting = pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)
    table = pa.csv.read_csv(file, read_options=reading, parse_options=parsing, convert_options=converting)
    return table.rename_columns([name.strip() for name in names])


def _sheet(file: Path) -> pa.Table:
    import openpyxl

    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a leaked file says of its own size is not believed
        rows: list[tuple[Any, ...]] = list(islice(sheet.iter_rows(values_only=True), SHEET_ROWS_MAX))
    finally:
        book.close()
    names = ["" if name is None else str(name) for name in rows[0]]
    columns = [
        pa.array([None if at >= len(row) or row[at] is None else str(row[at]) for row in rows[1:]], pa.string())
        for at in range(len(names))
    ]
    return pa.Table.from_arrays(columns, names=names)


def _sample(table: pa.Table) -> pa.Table:
    if table.num_rows <= ROWS_MAX:
        return table
    return table.take(pa.array(np.linspace(0, table.num_rows - 1, ROWS_MAX).astype(np.int64)))

"""A source that is made of many files: what each of them is, and how they become the parts of one version.

A piece that is as it was is not read again: its parts are links to those of the version before. Which pieces a version
holds, and the hash of each, stands beside the parts, so that the version's own hash says exactly what is in it.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from tongqu.node.config import SourceConfig
from tongqu.node.sources.kept import NOTE, Kept, opened, read_kept
from tongqu.node.sources.tables import SourceFault, source_fault, unreadable
from tongqu.node.sources.taking_in import NEW, Parts, how_read, in_groups, plain, plain_schema, put_in_place
from tongqu.node.state import write_durably
from tongqu.wire.canonical import digest

Given = tuple[tuple[str, str | None], ...]
"""What a file's place says of its rows: names of columns and their values as text, in order."""

Pin = Callable[[Kept], tuple[str, int]]
"""Makes the file that is handed out of the parts; its hash and size."""


@dataclass(frozen=True)
class Piece:
    """One file. `name` and `sha256` stand in the version; `seen` is what told that it is as it was (size, times)."""

    name: str
    sha256: str
    size: int
    seen: tuple[int, ...]
    given: Given
    shape: Callable[[], pa.Schema]
    """The columns in the file itself; where they are guessed from text, the narrowest that fit."""
    read: Callable[[pa.Schema], Iterator[pa.RecordBatch]]
    """The file's rows in these columns."""


@dataclass(frozen=True)
class Noted:
    """What a version noted of its pieces, by name."""

    folder: Path
    pieces: Mapping[str, Mapping[str, Any]]
    reading: str

    def piece(self, name: str) -> Mapping[str, Any]:
        return self.pieces.get(name, {})

    def hash_of(self, name: str, seen: Sequence[int]) -> str | None:
        """The hash of a file that looks as it did."""
        told = self.piece(name)
        return str(told["sha256"]) if told and list(told["seen"]) == list(seen) else None

    def shape_of(self, name: str, sha256: str) -> pa.Schema | None:
        told = self.piece(name)
        return _schema_of(told["shape"]) if told and told["sha256"] == sha256 else None


NOTHING = Noted(Path(), {}, "")


def manifest(pieces: Iterable[Piece], *said: str) -> str:
    """The hash that says exactly what a version holds: which files of which content under which names."""
    return digest({"said": list(said), "pieces": [[piece.name, piece.sha256] for piece in pieces]})


def noted(folder: Path, config: SourceConfig, version: str | None) -> Noted:
    """What is noted of the pieces of a version that is kept; of nothing when there is none, or it was read otherwise."""
    try:
        place = folder / config.id / (version or "")
        note = json.loads((place / NOTE).read_bytes())
        if version is None or note["reading"] != how_read(config):
            return NOTHING
        columns = note["columns"]
        pieces = {
            piece["name"]: {**piece, "shape": columns[piece["shape"]], "kept": columns[piece["kept"]]}
            for piece in note["pieces"]
        }
        return Noted(place, pieces, note["reading"])
    except (OSError, ValueError, LookupError, TypeError):
        return NOTHING


def kept_as(folder: Path, config: SourceConfig, manifested: str) -> str | None:
    """The version that is kept of exactly these pieces, whatever it is called."""
    try:
        places = sorted((folder / config.id).iterdir())
    except FileNotFoundError:
        return None
    for place in places:
        try:
            if json.loads((place / NOTE).read_bytes())["manifest"] == manifested:
                return place.name
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def take_pieces(
    config: SourceConfig,
    pieces: Sequence[Piece],
    columns: pa.Schema,
    folder: Path,
    known: Noted,
    *,
    manifested: str,
    pin: Pin | None = None,
    named: str | None = None,
) -> Kept:
    """The version that these pieces make, in these columns. Raises SourceFault.

    With `pin` the version is called by the hash of the file that is handed out; without it as it is `named`, or by its
    manifest.
    """
    reading, fresh = how_read(config), folder / config.id / (manifested + NEW)
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700, parents=True)
        schema = plain_schema(config, columns)
        note = _write(pieces, schema, fresh, known)
        size = sum(piece.size for piece in pieces)
        note |= {"reading": reading, "size": size, "manifest": manifested}
        write_durably(fresh / NOTE, json.dumps(note).encode())
        version = named or manifested
        if pin is not None:
            made = read_kept(fresh, config.id, manifested, reading=reading, key=config.key)
            assert made is not None
            version, size = pin(made)
            write_durably(fresh / NOTE, json.dumps(note | {"size": size}).encode())
        put_in_place(fresh, folder / config.id / version)
    except SourceFault:
        raise
    except Exception as error:
        raise unreadable(config.id, error) from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        pa.default_memory_pool().release_unused()
    kept = read_kept(folder / config.id / version, config.id, version, reading=reading, key=config.key)
    if kept is None:
        raise unreadable(config.id, OSError("what was kept is not there"))
    return kept


def _write(pieces: Sequence[Piece], schema: pa.Schema, fresh: Path, known: Noted) -> dict[str, Any]:
    """The parts of every piece, in order: new ones, or links to those of the version before."""
    notes: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    total = 0
    plainly = _text_of(schema)
    columns = {plainly: 0}  # each written once: of ten thousand files most have the same
    for piece in pieces:
        was = known.piece(piece.name)
        if _is_as_it_was(piece, was, plainly):
            made = [
                _linked(known.folder / part["name"], fresh, len(parts) + at, part)
                for at, part in enumerate(was["parts"])
            ]
            memory = int(was["bytes"])
        else:
            with Parts(fresh, schema, first=len(parts)) as writing:
                for batch in in_groups(piece.read(_own(piece, schema))):
                    writing.add(plain(_with_given(piece, batch, schema), schema))
            told = writing.note()
            made, memory = told["parts"], writing.memory
        notes.append(
            {
                "name": piece.name, "sha256": piece.sha256, "size": piece.size, "seen": list(piece.seen),
                "given": [list(each) for each in piece.given], "shape": columns.setdefault(_text_of(piece.shape()), len(columns)), "kept": 0,
                "parts": made, "bytes": memory,
            }
        )  # fmt: skip
        parts += made
        total += memory
    if not parts:
        with Parts(fresh, schema) as writing:
            pass
        parts = writing.note()["parts"]
    rows = sum(part["rows"] for part in parts)
    return {"parts": parts, "pieces": notes, "columns": list(columns), "row_bytes": -(-total // max(1, rows))}


def _is_as_it_was(piece: Piece, was: Mapping[str, Any], schema: str) -> bool:
    return bool(was) and (was["sha256"], was["kept"], [tuple(each) for each in was["given"]]) == (
        piece.sha256,
        schema,
        list(piece.given),
    )


def _linked(file: Path, folder: Path, number: int, part: Mapping[str, Any]) -> dict[str, Any]:
    name = f"part-{number:05}.parquet"
    os.link(file, folder / name, follow_symlinks=False)
    return {**part, "name": name}


def _own(piece: Piece, schema: pa.Schema) -> pa.Schema:
    """The columns to be read from the file itself."""
    given = {name for name, _ in piece.given}
    return pa.schema([field for field in schema if field.name not in given])


def _with_given(piece: Piece, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The rows with the values that the file's place gives them; the columns in the schema's order."""
    given = dict(piece.given)
    cells = [
        _constant(given[field.name], field.type, batch.num_rows) if field.name in given else batch.column(field.name)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(cells, names=schema.names)


def _constant(value: str | None, kind: pa.DataType, rows: int) -> pa.Array:
    if value is None:
        return pa.nulls(rows, kind)
    return pa.repeat(pa.scalar(value, pa.string()).cast(kind), rows)


def _text_of(schema: pa.Schema) -> str:
    return base64.b64encode(schema.remove_metadata().serialize().to_pybytes()).decode()


def _schema_of(text: str) -> pa.Schema:
    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text)))


# -- columns -----------------------------------------------------------------------------------------------------------


def joined(config: SourceConfig, pieces: Sequence[Piece], given: pa.Schema, *, guessed: bool) -> pa.Schema:
    """The columns that all files have together; what their places give stands last. Raises SourceFault for a file whose
    columns are not those of the others: which of them is right, its owner must say. Where types are `guessed` from text,
    what fits no other type is text."""
    if not pieces:
        raise source_fault(
            "folder-empty",
            f"数据源 {config.id} 的文件夹里没有数据文件。",
            f"The folder of source {config.id} holds no file of data.",
            "请核对 path 与 files。",
            "Check `path` and `files`.",
        )
    first = _trimmed(pieces[0].shape())
    kinds = {field.name: field.type for field in first}
    if len(kinds) != len(first):
        plain_schema(config, first)  # raises: one of two columns of a name would be left out
    for piece in pieces[1:]:
        shape = _trimmed(piece.shape())
        if set(shape.names) != set(kinds) or len(shape.names) != len(kinds):
            raise FilesDiffer(config.id, piece.name, pieces[0].name, shape, first, given.names)
        for field in shape:
            kind = _common(kinds[field.name], field.type) or (pa.string() if guessed else None)
            if kind is None:
                raise FilesDiffer(config.id, piece.name, pieces[0].name, shape, first, given.names)
            kinds[field.name] = kind
    if clash := sorted(set(kinds) & set(given.names)):
        raise source_fault(
            "partition-in-file",
            f"数据源 {config.id} 的列 {clash[0]} 既在文件里, 又是分区。",
            f"Column {clash[0]} of source {config.id} is in its files and a partition as well.",
            "请去掉其一, 或为分区另取名称。",
            "Remove one of the two, or call the partition something else.",
        )
    return pa.schema([*kinds.items(), *given])


class FilesDiffer(SourceFault):
    """A file of a folder has other columns than the first. `columns` are its own, `given` what their places give."""

    def __init__(
        self, source: str, name: str, other: str, columns: pa.Schema, others: pa.Schema, given: Sequence[str]
    ) -> None:
        fault = source_fault(
            "files-differ",
            f"数据源 {source} 的文件 {name} 与 {other} 的列不一致。",
            f"File {name} of source {source} has other columns than {other}.",
            "请使文件夹内各文件的列名与类型一致。",
            "Give all files of the folder the same columns and types.",
        )
        super().__init__(fault.code, fault.words, fault.mend)
        self.columns, self.others, self.given = columns, others, frozenset(given)


def _trimmed(schema: pa.Schema) -> pa.Schema:
    return pa.schema([pa.field(field.name.strip(), field.type) for field in schema])


def _common(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    """The type that holds the values of both without loss of meaning; None where there is none."""
    kinds = {one, other}
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    if all(pa.types.is_integer(kind) for kind in kinds):
        return pa.int64() if all(kind.bit_width < 64 or pa.types.is_signed_integer(kind) for kind in kinds) else None
    if all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds):
        return pa.float64()
    if all(pa.types.is_string(kind) or pa.types.is_large_string(kind) for kind in kinds):
        return pa.large_string()
    if all(pa.types.is_decimal(kind) for kind in kinds):
        scale = max(one.scale, other.scale)
        digits = max(one.precision - one.scale, other.precision - other.scale) + scale
        return pa.decimal128(digits, scale) if digits <= 38 else None
    if all(pa.types.is_timestamp(kind) for kind in kinds) and one.tz == other.tz:
        return max(one, other, key=lambda kind: ("s", "ms", "us", "ns").index(kind.unit))
    return None


# -- the file that is handed out ------------------------------------------------------------------------------------------


def write_whole(kept: Kept, out: BinaryIO) -> None:
    """All rows in one Parquet file: what a data set made of many files is handed out as."""
    with pq.ParquetWriter(out, kept.schema, compression="zstd") as writer:
        for part in kept.files:
            with opened(part) as source:
                for group in range(source.num_row_groups):
                    writer.write_table(source.read_row_group(group, use_threads=False).cast(kept.schema))

"""A folder of partitions: Parquet or CSV files below it, whose places give columns (`day=2026-01-01/…`, or plain).

Nothing outside the folder is read: a link inside it is refused, and every file is opened step by step below the folder's
own handle. What others write meanwhile is waited for. Hidden files and those that are being written by name are no data.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa

from tongqu.node.config import SourceConfig
from tongqu.node.sources.pieces import Given, Noted, Piece
from tongqu.node.sources.streams import csv_kinds, csv_rows, parquet_rows, parquet_shape
from tongqu.node.sources.tables import SourceFault, source_fault

DEPTH_MAX = 16
STILL_SECONDS = 2.0
"""A file that changed later than this is taken to be still written, unless two looks in a row found it the same."""

NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_HIDDEN = ("_", ".")
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".inprogress", ".swp", "~")
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_KINDS = {"text": pa.string(), "whole": pa.int64(), "date": pa.date32()}
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Found:
    """A file as it stands in the folder: its place below it, and what tells that it is as it was."""

    name: str
    seen: tuple[int, ...]

    @property
    def size(self) -> int:
        return self.seen[0]

    @property
    def changed(self) -> float:
        return self.seen[1] / 1e9


def found_in(config: SourceConfig, root: Path) -> list[Found]:
    """Every file of data, in the order of names. Raises SourceFault, also when there are too many."""
    found: list[Found] = []
    try:
        handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        raise _missing(config.id) from None
    try:
        _walk(config, handle, "", 0, found, [0])
    finally:
        os.close(handle)
    return sorted(found, key=lambda each: each.name)


def _walk(config: SourceConfig, handle: int, below: str, depth: int, found: list[Found], entries: list[int]) -> None:
    with os.scandir(handle) as listed:
        for entry in listed:
            entries[0] += 1
            if entries[0] > 2 * config.files_max:
                raise _too_many(config)
            name = entry.name
            if name.startswith(_HIDDEN) or name.lower().endswith(_UNFINISHED):
                continue
            place = f"{below}{name}"
            if entry.is_symlink():
                raise _link(config.id, place)
            if entry.is_dir(follow_symlinks=False):
                _walk_into(config, handle, name, place, depth, found, entries)
                continue
            _take(config, entry, place, found)


def _walk_into(
    config: SourceConfig, handle: int, name: str, place: str, depth: int, found: list[Found], entries: list[int]
) -> None:
    if depth + 1 > DEPTH_MAX:
        raise _too_deep(config.id)
    try:
        inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle)
    except FileNotFoundError:
        raise changing(config.id) from None
    except OSError:
        raise _link(config.id, place) from None
    try:
        _walk(config, inner, place + "/", depth + 1, found, entries)
    finally:
        os.close(inner)


def _take(config: SourceConfig, entry: os.DirEntry[str], place: str, found: list[Found]) -> None:
    try:
        seen = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        raise changing(config.id) from None
    if not _is_text(entry.name):
        raise source_fault(
            "file-unfit",
            f"数据源 {config.id} 的文件夹里有名称不是 UTF-8 的文件: {place}。",
            f"The folder of source {config.id} holds a file whose name is no UTF-8: {place}.",
            "请改名或移走。",
            "Give it another name, or move it away.",
        )
    if not stat.S_ISREG(seen.st_mode) or not entry.name.lower().endswith("." + config.files):
        raise source_fault(
            "file-unfit",
            f"数据源 {config.id} 的文件夹里有不是 {config.files} 的文件: {place}。",
            f"The folder of source {config.id} holds what is no {config.files} file: {place}.",
            "请移走它; 名称以 _ 或 . 开头的文件不当作数据。",
            "Move it away; files whose names begin with _ or . are no data.",
        )
    found.append(Found(place, seen_of(seen)))
    if len(found) > config.files_max:
        raise _too_many(config)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def seen_of(seen: os.stat_result) -> tuple[int, ...]:
    return seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino


def refuse_unstill(config: SourceConfig, found: Sequence[Found], before: Sequence[Found] | None) -> None:
    """Raises SourceFault while a file may still be written."""
    if found and list(found) != before and max(each.changed for each in found) > time.time() - STILL_SECONDS:
        raise changing(config.id)


def pieces_of(config: SourceConfig, root: Path, found: Sequence[Found], known: Noted) -> list[Piece]:
    """What the files are, read only where they look other than before."""
    given = _given(config, found)
    return [_piece(config, root, each, given[each.name], known) for each in found]


def _piece(config: SourceConfig, root: Path, each: Found, given: Given, known: Noted) -> Piece:
    sha256 = known.hash_of(each.name, each.seen)
    if sha256 is None:
        with opened_in(config.id, root, each) as file:
            sha256 = _hash(file)
    shape = known.shape_of(each.name, sha256)
    if shape is None:
        with opened_in(config.id, root, each) as file:
            shape = parquet_shape(file) if config.files == "parquet" else pa.schema(csv_kinds(config, file))
    return Piece(
        name=each.name, sha256=sha256, size=each.size, seen=each.seen, given=given, shape=partial(_same, shape),
        read=partial(_rows, config, root, each),
    )  # fmt: skip


def _same(shape: pa.Schema) -> pa.Schema:
    return shape


def _rows(config: SourceConfig, root: Path, each: Found, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    with opened_in(config.id, root, each) as file:
        yield from parquet_rows(file, schema) if config.files == "parquet" else csv_rows(config, file, schema)


@contextmanager
def opened_in(source: str, root: Path, each: Found) -> Iterator[Path]:
    """A name under which the file can be opened as often as wanted, and which is this very file whatever happens to its
    place; that it is as it was seen is asked before and after. Raises SourceFault."""
    steps = each.name.split("/")
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for at, step in enumerate(steps):
            kind = os.O_DIRECTORY if at < len(steps) - 1 else 0
            if step in ("", ".", ".."):
                raise _link(source, each.name)
            try:
                inner = os.open(step, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | kind, dir_fd=handle)
            except FileNotFoundError:
                raise changing(source) from None
            except PermissionError:
                raise
            except OSError:
                raise _link(source, each.name) from None
            os.close(handle)
            handle = inner
        _as_seen(source, handle, each)
        yield Path(f"/dev/fd/{handle}")
        _as_seen(source, handle, each)
    finally:
        os.close(handle)


def _as_seen(source: str, handle: int, each: Found) -> None:
    if seen_of(os.fstat(handle)) != each.seen:
        raise changing(source)


def _hash(file: Path) -> str:
    told = hashlib.sha256()
    with file.open("rb") as source:
        while block := source.read(_BLOCK):
            told.update(block)
    return told.hexdigest()


# -- what the places give ----------------------------------------------------------------------------------------------


def _given(config: SourceConfig, found: Sequence[Found]) -> dict[str, Given]:
    """The columns that the folders on the way to a file give, the same for all. Raises SourceFault."""
    declared = [name for name, _ in config.partitions]
    told: dict[str, Given] = {}
    first: list[str] | None = None
    for each in found:
        folders = each.name.split("/")[:-1]
        hive = [folder.partition("=") for folder in folders]
        if folders and all(equals and name for name, equals, _ in hive):
            values: Given = tuple((unquote(name), _hive_value(value)) for name, _, value in hive)
        elif len(folders) == len(declared) and not any(equals for _, equals, _ in hive):
            values = tuple(zip(declared, folders, strict=True))
        elif not folders and not declared:
            values = ()
        else:
            raise _unlike(config.id, each.name)
        names = [name for name, _ in values]
        first = names if first is None else first
        if names != first or len(set(names)) != len(names) or (declared and sorted(declared) != sorted(names)):
            raise _unlike(config.id, each.name)
        told[each.name] = values
    return told


def _hive_value(value: str) -> str | None:
    return None if value == NO_VALUE else unquote(value)


def given_schema(config: SourceConfig, pieces: Sequence[Piece]) -> pa.Schema:
    """Their types: as declared, or whole numbers where all are, days where all are, else text. Raises SourceFault."""
    declared = dict(config.partitions)
    fields = []
    for at, (name, _) in enumerate(pieces[0].given if pieces else ()):
        values = [piece.given[at][1] for piece in pieces]
        kind = declared.get(name) or _kind_of([value for value in values if value is not None])
        if not all(value is None or _fits(value, kind) for value in values):
            raise source_fault(
                "partition-unfit",
                f"数据源 {config.id} 的分区 {name} 有不是 {kind} 的值。",
                f"A value of partition {name} of source {config.id} is no {kind}.",
                "请核对文件夹名称与 partitions。",
                "Check the names of the folders and `partitions`.",
            )
        fields.append((name, _KINDS[kind]))
    return pa.schema(fields)


def _kind_of(values: Sequence[str]) -> str:
    for kind in ("whole", "date"):
        if values and all(_fits(value, kind) for value in values):
            return kind
    return "text"


def _fits(value: str, kind: str) -> bool:
    if kind == "whole":
        return _WHOLE.fullmatch(value) is not None and value != "-0"
    if kind == "date":
        try:
            return date.fromisoformat(value).isoformat() == value
        except ValueError:
            return False
    return True


# -- faults ------------------------------------------------------------------------------------------------------------


def changing(source: str) -> SourceFault:
    return source_fault(
        "source-changing",
        f"数据源 {source} 正在被写入。",
        f"Source {source} is being written.",
        "写完后节点会自动重新读取。",
        "The node reads it again by itself once it is still.",
    )


def _missing(source: str) -> SourceFault:
    return source_fault(
        "source-missing",
        f"数据源 {source} 的文件夹不存在或不可读。",
        f"The folder of source {source} is missing or cannot be read.",
        "请检查路径与权限。",
        "Check its path and permissions.",
    )


def _link(source: str, place: str) -> SourceFault:
    return source_fault(
        "link-in-folder",
        f"数据源 {source} 的文件夹里有链接: {place}。",
        f"The folder of source {source} holds a link: {place}.",
        "文件夹里只放文件与文件夹; 请以文件代替链接。",
        "Keep files and folders in it only: put the file itself in place of the link.",
    )


def _too_many(config: SourceConfig) -> SourceFault:
    return source_fault(
        "too-many-files",
        f"数据源 {config.id} 的文件夹里超过 {config.files_max:,} 个文件。",
        f"The folder of source {config.id} holds more than {config.files_max:,} files.",
        "请合并小文件, 或调高 files_max (至多 100,000)。",
        "Join small files together, or raise `files_max` (100,000 at most).",
    )


def _too_deep(source: str) -> SourceFault:
    return source_fault(
        "folder-too-deep",
        f"数据源 {source} 的文件夹超过 {DEPTH_MAX} 层。",
        f"The folder of source {source} is more than {DEPTH_MAX} levels deep.",
        "请减少层数。",
        "Use fewer levels.",
    )


def _unlike(source: str, place: str) -> SourceFault:
    return source_fault(
        "partition-unlike",
        f"数据源 {source} 的文件 {place} 所在的分区与其他文件或 partitions 不一致。",
        f"File {place} of source {source} does not stand in partitions like the others, or like `partitions`.",
        "请使各文件的分区层次一致; 不写成 名称=值 的, 在 partitions 中写明名称。",
        "Give all files the same levels; name those that are not written as name=value under `partitions`.",
    )

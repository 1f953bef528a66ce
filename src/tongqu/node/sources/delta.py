"""A Delta table on disk, as its log says it stands: which files, of which columns. The log is read by `deltalake`.

A table that needs what we do not do (deletion vectors, renamed columns, a newer reader) is refused by the name of what it
needs: read without it, it would be other rows. Every file that the log names must stand inside the table's folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from tongqu.node.config import SourceConfig
from tongqu.node.sources.folders import Found, _hash, changing, opened_in, seen_of
from tongqu.node.sources.pieces import Given, Noted, Piece
from tongqu.node.sources.streams import parquet_rows
from tongqu.node.sources.tables import SourceFault, source_fault

READS_UP_TO = 3
LOG_FILES_MAX = 100_000
KNOWN_FEATURES = frozenset({"timestampNtz", "v2Checkpoint", "vacuumProtocolCheck"})
"""Features of a reader that change nothing in how the files are read."""


def log_of(config: SourceConfig, root: Path) -> list[Found]:
    """The files of the table's log: as long as they are as they were, so is the table. Raises SourceFault."""
    found = []
    try:
        handle = os.open(root / "_delta_log", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        raise _no_table(config.id) from None
    try:
        with os.scandir(handle) as listed:
            for entry in listed:
                if entry.is_file(follow_symlinks=False):
                    found.append(Found(entry.name, seen_of(entry.stat(follow_symlinks=False))))
                if len(found) > LOG_FILES_MAX:
                    raise _too_long(config.id)
    finally:
        os.close(handle)
    return sorted(found, key=lambda each: each.name)


class DeltaNow:
    """The table at its newest version."""

    def __init__(self, config: SourceConfig, root: Path) -> None:
        import deltalake

        self.config, self.root = config, root
        try:
            table = deltalake.DeltaTable(str(root))
        except deltalake.exceptions.TableNotFoundError:
            raise _no_table(config.id) from None
        except deltalake.exceptions.DeltaError as error:
            if named := _feature_in(str(error)):
                raise _needs(config.id, [named]) from None
            raise
        self._refuse_what_we_cannot(table)
        self.version, self.id = int(table.version()), str(table.metadata().id)
        self.schema = pa.schema(table.schema().to_arrow())
        self.partitions = tuple(table.metadata().partition_columns)
        actions = pa.table(table.get_add_actions(flatten=False)).select(
            [name for name in ("path", "partition") if self.partitions or name == "path"]
        )
        if actions.num_rows > config.files_max:
            raise source_fault(
                "too-many-files",
                f"数据源 {config.id} 的表由超过 {config.files_max:,} 个文件组成。",
                f"The table of source {config.id} is made of more than {config.files_max:,} files.",
                "请先合并 (OPTIMIZE), 或调高 files_max (至多 100,000)。",
                "Compact it (OPTIMIZE) first, or raise `files_max` (100,000 at most).",
            )
        self._actions = sorted(actions.to_pylist(), key=lambda each: str(each["path"]))

    @property
    def said(self) -> tuple[str, str, str]:
        """What stands in the version beside the files: the table and which of its versions this is."""
        return "delta", self.id, str(self.version)

    def pieces(self, known: Noted) -> list[Piece]:
        """A file of a Delta table is never changed once it is written; what is new is read."""
        return [self._piece(action, known) for action in self._actions]

    @property
    def given(self) -> pa.Schema:
        return pa.schema([self.schema.field(name) for name in self.partitions])

    def columns_now(self) -> pa.Schema:
        """As the log declares them, in the files first and then by their place."""
        own = [field for field in self.schema if field.name not in self.partitions]
        return pa.schema([*own, *self.given])

    def _piece(self, action: dict[str, Any], known: Noted) -> Piece:
        found = self._found(unquote(str(action["path"])))
        sha256 = known.hash_of(found.name, found.seen)
        if sha256 is None:
            with opened_in(self.config.id, self.root, found) as file:
                sha256 = _hash(file)
        told = action.get("partition") or {}
        given: Given = tuple((name, _as_text(told.get(name))) for name in self.partitions)
        own = pa.schema([field for field in self.schema if field.name not in self.partitions])
        return Piece(
            name=found.name, sha256=sha256, size=found.size, seen=found.seen, given=given, shape=lambda: own,
            read=partial(self._rows, found),
        )  # fmt: skip

    def _rows(self, found: Found, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        with opened_in(self.config.id, self.root, found) as file:
            yield from parquet_rows(file, schema, lacking=True)

    def _found(self, place: str) -> Found:
        """The file, which must be a plain one below the table's folder. Raises SourceFault."""
        steps = place.split("/")
        if "://" in place or place.startswith(("/", "file:")) or any(step in ("", ".", "..") for step in steps):
            raise _outside(self.config.id)
        try:
            seen = os.lstat(self.root / place)
        except OSError:
            raise changing(self.config.id) from None
        return Found(place, seen_of(seen))

    def _refuse_what_we_cannot(self, table: Any) -> None:
        protocol, settings = table.protocol(), table.metadata().configuration
        needed = set(protocol.reader_features or ()) - KNOWN_FEATURES
        mapping = settings.get("delta.columnMapping.mode", "none")
        if mapping == "none":
            needed.discard("columnMapping")
        else:
            needed.add("columnMapping")
        if protocol.min_reader_version > READS_UP_TO:
            needed.add(f"minReaderVersion {protocol.min_reader_version}")
        if needed:
            raise _needs(self.config.id, sorted(needed))


def _feature_in(said: str) -> str | None:
    """What the library's refusal names; the rest of its text is not told."""
    found = re.search(r"[Ff]eature '(\w{1,60})'", said)
    return found[1] if found else "columnMapping" if "Column mapping" in said else None


def _needs(source: str, features: Sequence[str]) -> SourceFault:
    names = ", ".join(features)
    return source_fault(
        "delta-feature",
        f"数据源 {source} 的 Delta 表用到节点不支持的特性: {names}。",
        f"The Delta table of source {source} uses what this node does not read: {names}.",
        "请提供不含这些特性的表 (如 REORG TABLE … APPLY (PURGE) 后关闭)。",
        "Provide it without (such as by REORG TABLE … APPLY (PURGE), then dropping the feature).",
    )


def _as_text(value: Any) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _too_long(source: str) -> SourceFault:
    return source_fault(
        "too-many-files",
        f"数据源 {source} 的 Delta 日志超过 {LOG_FILES_MAX:,} 个文件。",
        f"The Delta log of source {source} holds more than {LOG_FILES_MAX:,} files.",
        "请建立检查点并清理过期日志。",
        "Make a checkpoint, and clean up the log.",
    )


def _no_table(source: str) -> SourceFault:
    return source_fault(
        "source-missing",
        f"数据源 {source} 的路径不是 Delta 表。",
        f"The path of source {source} is no Delta table.",
        "请核对 path, 其下应有 _delta_log。",
        "Check `path`: there should be a _delta_log below it.",
    )


def _outside(source: str) -> SourceFault:
    return source_fault(
        "delta-outside",
        f"数据源 {source} 的 Delta 日志指向表文件夹以外的文件。",
        f"The Delta log of source {source} names a file outside the table's folder.",
        "请把数据文件放回表内 (浅克隆的表请改用深克隆)。",
        "Keep the files inside the table (make a deep clone of a shallow one).",
    )

"""Looks whether sources made of many files, and tables of a database, have become another version, and takes it in.

A folder and a Delta table are looked at with every look, a database when it is due. What looks as it did is not read.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from tongqu.node.config import SourceConfig
from tongqu.node.sources.delta import DeltaNow, log_of
from tongqu.node.sources.drifting import Baselines, Looked
from tongqu.node.sources.folders import Found, found_in, given_schema, pieces_of, refuse_unstill
from tongqu.node.sources.kept import Kept
from tongqu.node.sources.pieces import (
    FilesDiffer,
    Noted,
    Piece,
    joined,
    kept_as,
    manifest,
    noted,
    take_pieces,
    write_whole,
)
from tongqu.node.sources.postgres import Snapshot, refresh
from tongqu.node.sources.tables import column_types
from tongqu.node.sources.taking_in import kept_version, plain_schema
from tongqu.wire.source import DATASET, SourceDeclaration

FOLDER = "folder"
RETRY = timedelta(seconds=30)
"""After a table could not be copied; a file is looked at again with the next look."""

REST = 20
"""A folder is not looked through for more than a part of the time: of 21 seconds one."""

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Arrived:
    """What a look found: another version, or (None) that the source is as it is served."""

    kept: Kept | None


class Arrivals:
    """One for a node; used on the thread that looks."""

    def __init__(self, state: Path, baselines: Baselines, looked: Looked) -> None:
        self._state = state
        self._kept = state / "kept"
        self._blobs = state / "blobs"
        self._snapshots = state / "snapshots"
        self._baselines, self._looked = baselines, looked
        self._listed: dict[str, list[Found]] = {}
        self._rest: dict[str, float] = {}
        self._due_at: dict[str, datetime] = {}
        self._served: dict[str, tuple[Found, ...]] = {}

    # -- a table of a database -----------------------------------------------------------------------------------------

    def table(self, config: SourceConfig, held: SourceDeclaration | None, now: datetime) -> Arrived | None:
        """None while it is not due. Raises SourceFault."""
        due = self._due_at.get(config.id)
        if due is not None and now < due:
            return None
        every = timedelta(seconds=config.refresh_seconds)
        self._due_at[config.id] = now + min(every, RETRY)  # stands if what follows fails
        snapshot = refresh(config, self._snapshots / config.id)
        self._due_at[config.id] = now + every
        version = snapshot.version()
        if self._looked.before(config.id, (version, snapshot.columns)):
            return None
        columns = column_types(plain_schema(config, snapshot.schema))
        if held is not None and (held.source_version, held.columns) == (version, columns):
            return Arrived(None)
        self._baselines.refuse_changed(config, columns)
        kept = kept_version(config, version, self._kept)
        if kept is not None and column_types(kept.schema) == columns and self._is_pinned(config, version):
            return Arrived(kept)
        if kept is not None:  # the same text in other types: what was worked out of it is worked out anew
            for made in (self._state / "keys" / config.id / version, self._state / "queries" / config.id):
                shutil.rmtree(made, ignore_errors=True)
        pieces = snapshot.pieces(config.key)
        pin = partial(self._pin_snapshot, config, snapshot) if DATASET in config.modes else None
        known = noted(self._kept, config, self._last(config, held))
        return Arrived(
            take_pieces(config, pieces, snapshot.schema, self._kept, known, manifested=manifest(pieces, version), pin=pin,
                        named=version)
        )  # fmt: skip

    # -- many files ----------------------------------------------------------------------------------------------------

    def many(self, config: SourceConfig, held: SourceDeclaration | None, *, failed: bool) -> Arrived | None:
        """None while nothing is to be seen. `failed`: the look before found a fault. Raises SourceFault."""
        assert config.path is not None
        if time.monotonic() < self._rest.get(config.id, 0.0):
            return None
        began = time.monotonic()
        try:
            seen = found_in(config, config.path) if config.format == FOLDER else log_of(config, config.path)
        finally:
            ended = time.monotonic()
            self._rest[config.id] = ended + REST * (ended - began)
        before, self._listed[config.id] = self._listed.get(config.id), seen
        if self._looked.before(config.id, tuple(seen)) or (not failed and self._served.get(config.id) == tuple(seen)):
            return None
        if config.format == FOLDER:  # what a log names was whole before it was named
            refuse_unstill(config, seen, before)
        known = noted(self._kept, config, self._last(config, held))
        pieces, manifested, columns = self._pieces(config, config.path, seen, known)
        name = kept_as(self._kept, config, manifested)
        if held is None or name != held.source_version:
            schema = self._columns_of(config, columns)
            self._baselines.refuse_changed(config, column_types(plain_schema(config, schema)))
            kept = (
                kept_version(config, name, self._kept) if name is not None and self._is_pinned(config, name) else None
            )
            if kept is None:
                pin = partial(self._pin_whole, config) if DATASET in config.modes else None
                kept = take_pieces(config, pieces, schema, self._kept, known, manifested=manifested, pin=pin)
        else:
            kept = None
        self._served[config.id] = tuple(seen)
        return Arrived(kept)

    def _pieces(
        self, config: SourceConfig, root: Path, seen: Sequence[Found], known: Noted
    ) -> tuple[list[Piece], str, Callable[[], pa.Schema]]:
        """What it is made of, the hash that says so, and how its columns are found."""
        if config.format == FOLDER:
            pieces = pieces_of(config, root, seen, known)
            given = given_schema(config, pieces)
            return (
                pieces,
                manifest(pieces, FOLDER, config.files),
                partial(joined, config, pieces, given, guessed=config.files == "csv"),
            )
        table = DeltaNow(config, root)
        pieces = table.pieces(known)
        return pieces, manifest(pieces, *table.said), table.columns_now

    def _columns_of(self, config: SourceConfig, columns: Callable[[], pa.Schema]) -> pa.Schema:
        """The columns of all files. Where a file has others than before, that is what changed, and is told as such."""
        try:
            return columns()
        except FilesDiffer as fault:
            taken = self._baselines.of(config.id)
            if taken is not None:
                given = [column for column in taken.columns if column.name in fault.given]
                for odd in (fault.columns, fault.others):
                    self._baselines.refuse_changed(config, [*column_types(odd), *given])
            raise

    # -- what is handed out --------------------------------------------------------------------------------------------

    def _last(self, config: SourceConfig, held: SourceDeclaration | None) -> str | None:
        """The version whose parts may be linked to."""
        taken = self._baselines.of(config.id)
        return held.source_version if held is not None else taken.version if taken is not None else None

    def _is_pinned(self, config: SourceConfig, version: str) -> bool:
        return DATASET not in config.modes or (self._blobs / config.id / version).exists()

    def _pin_snapshot(self, config: SourceConfig, snapshot: Snapshot, _kept: Kept) -> tuple[str, int]:
        return self._pinned(config, snapshot.write_to)

    def _pin_whole(self, config: SourceConfig, kept: Kept) -> tuple[str, int]:
        return self._pinned(config, partial(write_whole, kept))

    def _pinned(self, config: SourceConfig, write: Callable[[BinaryIO], None]) -> tuple[str, int]:
        """A file of our own making, under its hash."""
        folder = self._blobs / config.id
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = folder / "new"
        handle = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w+b") as out:
            write(out)
            out.flush()
            os.fsync(out.fileno())
            told, size = hashlib.sha256(), out.tell()
            out.seek(0)
            while block := out.read(_BLOCK):
                told.update(block)
        os.chmod(fresh, 0o400)
        os.replace(fresh, folder / told.hexdigest())
        return told.hexdigest(), size

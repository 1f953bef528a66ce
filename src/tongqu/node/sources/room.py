"""All sources of a node, as they stand now: which version is current, what it can answer, which files are pinned.

A file is known by its SHA-256. When it changes it is a new version; the old one goes on serving until the new one is
whole and loaded, and for good if the new one cannot be read. A source that allows datasets is copied once for each
version into `blobs/`, so that what a contract pinned can be fetched, byte for byte, whatever becomes of the file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tongqu.node.config import SourceConfig
from tongqu.node.copies import FILE, PARQUET, Copy, CopyKey, CopyRoom, Part, is_regular
from tongqu.node.faults import NodeFault
from tongqu.node.modes.verification import Codes
from tongqu.node.permits import Offer
from tongqu.node.probes import Probes
from tongqu.node.scoring.features import Scorable
from tongqu.node.scoring.near import Near
from tongqu.node.scoring.runner import Runner
from tongqu.node.sources.hiding import measure_hiding
from tongqu.node.sources.keys import KeyIndex
from tongqu.node.sources.models import lookup, started
from tongqu.node.sources.profile import measure
from tongqu.node.sources.quality import Before, check_quality
from tongqu.node.sources.queries import drop_others, prepare
from tongqu.node.sources.questions import work_out
from tongqu.node.sources.reports import grouped
from tongqu.node.sources.tables import (
    SourceFault,
    column_types,
    read_table,
    snapshot_postgresql,
    source_fault,
    unreadable,
)
from tongqu.node.state import write_durably
from tongqu.wire.measures import DeidentificationMeasured, DeidentificationOrder, QualityMeasured, QualityOrder
from tongqu.wire.message import moment_text
from tongqu.wire.scoring import FROM_SOURCE
from tongqu.wire.source import API, DATASET, MODEL, REPORT, VERIFICATION, Column, Profile, SourceDeclaration
from tongqu.wire.sync import DEIDENTIFICATION, QUALITY

KEEP = timedelta(days=30)
RETRY = timedelta(seconds=30)
"""After a table could not be copied; a file is looked at again with the next look."""

ORDERS_MAX = 100
"""Different measurements of one version, counted since the node started."""

SCORERS = 2
"""Threads that wait for models; each model has one process, whose calls wait for each other."""

_BLOCK = 1 << 20
Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Held:
    """One version of a source, ready to answer."""

    declaration: SourceDeclaration
    keys: KeyIndex | None
    codes: dict[str, Codes]
    offer: Offer
    scorable: dict[str, Scorable] = field(default_factory=dict)
    ready: dict[tuple[str, str], Any] = field(default_factory=dict)
    """What other modes made ready, by mode and declared use."""


class SourceRoom:
    """`held` is read by calls; `look` is run on another thread, one at a time, and swaps whole versions in."""

    def __init__(
        self,
        configs: Collection[SourceConfig],
        state: Path,
        probes: Probes | None = None,
        *,
        secret: bytes = b"",
        copies_bytes_max: int = 2**50,
    ) -> None:
        self.copies = CopyRoom(configs, state, secret=secret, bytes_max=copies_bytes_max)
        self._parquet_rows: dict[str, int] = {}
        self.configs = {config.id: config for config in configs}
        self.held: dict[str, Held] = {}
        self.probes = probes
        self.faults: dict[str, NodeFault] = {}
        self._state = state
        self._ordered: dict[tuple[str, str], set[str]] = {}
        self._counted: dict[tuple[str, str], Before] = {}
        self._stamps: dict[str, Stamp] = {}
        self._due_at: dict[str, datetime] = {}
        self.runners: dict[tuple[str, str], Runner] = {}
        self.scorers = ThreadPoolExecutor(SCORERS, thread_name_prefix="scorer")
        self._near: Near | None = None

    @property
    def near(self) -> Near:
        """What was asked of models side by side; opened when a model first asks for it."""
        if self._near is None:
            self._near = Near(self._state / "near.db")
        return self._near

    @property
    def scores_rows(self) -> bool:
        """Whether a model here is asked by rows of features."""
        return any(scoring.near_max is not None for config in self.configs.values() for scoring in config.scorings)

    def close(self) -> None:
        """Ends the models' processes."""
        self.scorers.shutdown(cancel_futures=True)
        for runner in self.runners.values():
            runner.close()
        if self._near is not None:
            self._near.close()

    def blob(self, source: str, version: str) -> Path:
        """The pinned file of a version; exists only while the version is held for datasets."""
        return self._state / "blobs" / source / version

    def copy(self, key: CopyKey) -> Copy | None:
        """What is handed out for this key; None while it is still to be made, which is asked for by that."""
        config = self.configs.get(key.source)
        as_it_is = key.form == FILE or (config is not None and config.format == PARQUET)
        if key.contract is None and as_it_is:
            return self._blob_as_copy(key)
        copy = self.copies.get(key)
        if copy is None:
            self.copies.want(key)
        else:
            self.copies.used(key)
        return copy

    def _blob_as_copy(self, key: CopyKey) -> Copy | None:
        file = self.blob(key.source, key.version)
        if not is_regular(file):
            return None
        rows = self._parquet_rows.get(key.version, 0)
        if key.form == PARQUET and not rows:
            rows = self._parquet_rows[key.version] = pq.read_metadata(file).num_rows
        return Copy((Part(file, file.stat().st_size, key.version, rows),))

    def copy_failed(self, key: CopyKey) -> bool:
        return key in self.copies.failed

    # -- noticing change ---------------------------------------------------------------------------------------------

    def look(self, now: datetime) -> list[str]:
        """Loads every source that is new or has changed. Returns the ids whose version is another than before.

        Whatever goes wrong with one source is its own fault and keeps no other from being looked at.
        """
        changed = []
        for config in self.configs.values():
            try:
                if self._look_at(config, now):
                    changed.append(config.id)
            except NodeFault as fault:
                self.faults[config.id] = fault
            except Exception as error:
                self.faults[config.id] = unreadable(config.id, error)
        return changed

    def _look_at(self, config: SourceConfig, now: datetime) -> bool:
        if config.path is None:
            return self._look_at_table(config, now)
        if config.id in self.faults:  # what failed is tried again even when the file looks the same
            self._stamps.pop(config.id, None)
        stamp = _stamp(config, config.path)
        if self._stamps.get(config.id) == stamp:
            return False
        fresh = self._fresh(config, config.path, now)
        if _stamp(config, config.path) != stamp:
            raise _changing(config.id)
        self._stamps[config.id] = stamp
        return self._swap(config, fresh)

    def _look_at_table(self, config: SourceConfig, now: datetime) -> bool:
        due = self._due_at.get(config.id)
        if due is not None and now < due:
            return False
        refresh = timedelta(seconds=config.refresh_seconds)
        self._due_at[config.id] = now + min(refresh, RETRY)  # stands if what follows fails
        folder = self._state / "snapshots"
        folder.mkdir(mode=0o700, exist_ok=True)
        fresh = folder / f"{config.id}.csv.new"
        snapshot_postgresql(config, fresh)
        os.replace(fresh, folder / f"{config.id}.csv")
        is_other = self._swap(config, self._fresh(config, folder / f"{config.id}.csv", now))
        self._due_at[config.id] = now + refresh
        return is_other

    def _swap(self, config: SourceConfig, fresh: Held | None) -> bool:
        self.faults.pop(config.id, None)
        if fresh is not None:
            self.held[config.id] = fresh
        return fresh is not None

    def _fresh(self, config: SourceConfig, file: Path, now: datetime) -> Held | None:
        """The version that the file is now, loaded; None when it is the one already held."""
        version, size = self._pin(config, file) if DATASET in config.modes else _sha256(config, file)
        held = self.held.get(config.id)
        if held is not None and held.declaration.source_version == version:
            return None
        read = self.blob(config.id, version) if DATASET in config.modes else file
        return self._load(config, read, version, size, now)

    def _pin(self, config: SourceConfig, file: Path) -> tuple[str, int]:
        folder = self._state / "blobs" / config.id
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = folder / "new"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as copy:
            version, size = _sha256(config, file, copy.write)
            copy.flush()
            os.fsync(copy.fileno())
        os.chmod(fresh, 0o400)
        os.replace(fresh, folder / version)
        return version, size

    def _load(self, config: SourceConfig, file: Path, version: str, size: int, now: datetime) -> Held:
        table = read_table(config, file)
        self._refuse_drift(config, column_types(table))
        keys: KeyIndex | None = None
        codes: dict[str, Codes] = {}
        scorable: dict[str, Scorable] = {}
        if config.key is not None and (VERIFICATION in config.modes or (MODEL in config.modes and config.by_key)):
            keys = KeyIndex(config.id, table.column(config.key))
        if VERIFICATION in config.modes:
            assert keys is not None
            for question in config.questions:
                codes[question.id] = work_out(config.id, table, question)[keys.order]
        if MODEL in config.modes:
            for scoring in config.scorings:
                if scoring.features_from == FROM_SOURCE:
                    assert keys is not None
                    scorable[scoring.id] = lookup(config.id, scoring, table, keys.order)
                if (config.id, scoring.id) not in self.runners:
                    self.runners[config.id, scoring.id] = started(config, scoring)
        declaration = SourceDeclaration(
            source=config.id,
            title=config.title,
            format=config.format,
            source_version=version,
            bytes=size,
            rows=table.num_rows,
            columns=column_types(table),
            key_column=config.key,
            modes=config.modes,
            questions=config.questions,
            loaded_at=now,
            holder=config.holder,
            queries=config.queries,
            scorings=config.scorings,
            reports=config.reports,
            cards=config.cards,
            watermark=config.watermark,
        )
        if DATASET in config.modes:
            self._note_version(config.id, version, size, table.num_rows, now)
        marked = config.watermark is not None
        offer = Offer(config.modes, config.uses, self._versions(config, version), marked)
        return Held(declaration, keys, codes, offer, scorable, self._made_ready(config, table, version))

    def _made_ready(self, config: SourceConfig, table: pa.Table, version: str) -> dict[tuple[str, str], Any]:
        ready: dict[tuple[str, str], Any] = {}
        if API in config.modes:
            folder = self._state / "queries" / config.id
            engines = [prepare(config.id, table, query, version, folder) for query in config.queries]
            drop_others(folder, engines)
            ready |= {(API, engine.query.id): engine for engine in engines}
        if REPORT in config.modes:
            ready |= {(REPORT, form.id): grouped(config.id, table, form) for form in config.reports}
        return ready

    def _note_version(self, source: str, version: str, size: int, rows: int, now: datetime) -> None:
        """What the list of versions says of this one, beside its file; the first moment it was seen stays."""
        note = self.blob(source, version).with_suffix(".json")
        if not note.exists():
            told = {"version": version, "bytes": size, "rows": rows, "loaded_at": moment_text(now)}
            write_durably(note, json.dumps(told).encode())

    def versions(self, source: str) -> list[dict[str, Any]]:
        """Every version that is pinned here, the newest first: hash, size, rows and when it was first seen."""
        held = self.held.get(source)
        found = []
        for version in held.offer.versions if held else ():
            with suppress(OSError, ValueError):
                found.append(json.loads(self.blob(source, version).with_suffix(".json").read_bytes()))
        return sorted(found, key=lambda each: str(each["loaded_at"]), reverse=True)

    def _refuse_drift(self, config: SourceConfig, columns: Collection[Column]) -> None:
        """A question or a query keeps its meaning from version to version only while its columns keep their types."""
        held = self.held.get(config.id)
        before = {column.name: column.type for column in held.declaration.columns} if held else {}
        now = {column.name: column.type for column in columns}
        watched = [question.column for question in config.questions]
        watched += [column for query in config.queries for column in query.used]
        for column in dict.fromkeys(watched):
            was, is_now = before.get(column), now.get(column)
            numbers = {was, is_now} <= {"whole", "number"}  # a column of 1 and 1.5 is a column of numbers
            if was is not None and is_now is not None and was != is_now and not numbers:
                raise source_fault(
                    "column-type-changed",
                    f"数据源 {config.id} 的列 {column} 类型由 {was} 变为 {is_now}。",
                    f"Column {column} of source {config.id} changed its type from {was} to {is_now}.",
                    "请更正文件; 若确需变更类型, 请核对问题定义后重启节点。",
                    "Correct the file; if the change is meant, check the questions and restart the node.",
                )

    def _versions(self, config: SourceConfig, current: str) -> frozenset[str]:
        if DATASET not in config.modes:
            return frozenset({current})
        files = (self._state / "blobs" / config.id).iterdir()
        return frozenset({current, *(file.name for file in files if len(file.name) == 64)})

    # -- asking ----------------------------------------------------------------------------------------------------

    def offer(self, source: str, mode: str) -> Offer | None:
        """What the source offers in this mode: a question is answered from the current version only, a dataset from
        any version that is pinned here."""
        held = self.held.get(source)
        if held is None:
            return None
        if mode == DATASET:
            return held.offer
        current = frozenset({held.declaration.source_version})
        return held.offer if held.offer.versions == current else replace(held.offer, versions=current)

    def is_loading(self, source: str) -> bool:
        """Whether the source is declared, and neither held nor known to be at fault yet."""
        return source in self.configs and source not in self.held and source not in self.faults

    def profile(self, source: str, small_counts: int, now: datetime) -> Profile:
        """Measures the current version. Raises NodeFault, also when there is no such source."""
        table, version, key = self._current(source)
        return measure(table, source=source, source_version=version, key=key, small_counts=small_counts, now=now)

    def quality(self, order: QualityOrder, small_counts: int, now: datetime) -> QualityMeasured:
        """Checks the rules on the current version. Raises NodeFault."""
        table, version, key = self._current(order.source)
        self._allow(QUALITY, order, version)
        return check_quality(
            table, order.rules, source=order.source, source_version=version, small_counts=small_counts, now=now,
            key=key, before=self._counted.setdefault((order.source, version), {}),
        )  # fmt: skip

    def hiding(self, order: DeidentificationOrder, small_counts: int, now: datetime) -> DeidentificationMeasured:
        """How well people are hidden in the current version. Raises NodeFault."""
        table, version, _ = self._current(order.source)
        self._allow(DEIDENTIFICATION, order, version)
        return measure_hiding(table, order, source_version=version, small_counts=small_counts, now=now)

    def _allow(self, work: str, order: QualityOrder | DeidentificationOrder, version: str) -> None:
        """What the owner lets be measured, and not without end: from ever new counts of one version single rows could be
        worked out, however few of them are told. The same order again tells nothing new."""
        if work not in self.configs[order.source].measures:
            raise source_fault(
                "measure-not-allowed",
                f"数据源 {order.source} 的节点配置不允许这项测量。",
                f"The settings of source {order.source} do not allow this to be measured.",
                "请由数据源的管理者在 node.toml 的 measures 中写明。",
                "Let the source's owner name it under `measures` in node.toml.",
            )
        known = self._ordered.setdefault((order.source, version), set())
        if order.digest not in known and len(known) >= ORDERS_MAX:
            raise source_fault(
                "too-many-orders",
                f"数据源 {order.source} 的这一版本已测量过 {ORDERS_MAX} 种要求。",
                f"This version of source {order.source} was measured in {ORDERS_MAX} ways already.",
                "请等待数据更新，或重复已有的测量要求。",
                "Wait for the next version, or ask for what was asked before.",
            )
        known.add(order.digest)

    def _current(self, source: str) -> tuple[pa.Table, str, str | None]:
        """The current version as a table, its hash, and its key column; read anew, and only while it is what was declared."""
        held, config = self.held.get(source), self.configs.get(source)
        if held is None or config is None:
            raise self.faults.get(source) or source_fault(
                "source-unknown",
                "节点上没有该数据源。",
                "The node has no such source.",
                "请核对编号。",
                "Check its id.",
            )
        version = held.declaration.source_version
        if DATASET in config.modes:
            file = self.blob(source, version)
        elif config.path is None:
            file = self._state / "snapshots" / f"{source}.csv"
        else:
            file = config.path
        if _sha256(config, file)[0] != version:
            raise _changing(source)
        return read_table(config, file), version, config.key

    def drop_versions(self, pinned: Collection[tuple[str, str]], now: datetime) -> int:
        """Removes pinned files older than `KEEP` that are neither current nor named by a permit that still runs.

        The delay lets a contract that was agreed on a version be signed after the file has changed. Run it on the
        thread that runs `look`. Returns how many were removed.
        """
        dropped = 0
        for source, held in list(self.held.items()):
            keep = {held.declaration.source_version, *(version for name, version in pinned if name == source)}
            for version in held.offer.versions - keep:
                file = self.blob(source, version)
                if file.stat().st_mtime > (now - KEEP).timestamp():
                    keep.add(version)
                    continue
                file.unlink()
                file.with_suffix(".json").unlink(missing_ok=True)
                dropped += 1
            offer = replace(held.offer, versions=held.offer.versions & frozenset(keep))
            self.held[source] = replace(held, offer=offer)
        return dropped


def _changing(source: str) -> SourceFault:
    return source_fault(
        "source-changing",
        f"数据源 {source} 正在被写入。",
        f"Source {source} is being written.",
        "写完后节点会自动重新读取。",
        "The node reads it again by itself once it is still.",
    )


def _stamp(config: SourceConfig, file: Path) -> Stamp:
    try:
        seen = file.stat()
    except OSError:
        raise _gone(config) from None
    return seen.st_mtime_ns, seen.st_size, seen.st_ino


def _gone(config: SourceConfig) -> SourceFault:
    return source_fault(
        "source-missing",
        f"数据源 {config.id} 的文件不存在或不可读。",
        f"The file of source {config.id} is missing or cannot be read.",
        "请检查路径与权限。",
        "Check its path and permissions.",
    )


def _sha256(config: SourceConfig, file: Path, copy: Callable[[bytes], Any] | None = None) -> tuple[str, int]:
    told = hashlib.sha256()
    size = 0
    try:
        with file.open("rb") as source:
            while block := source.read(_BLOCK):
                told.update(block)
                size += len(block)
                if copy is not None:
                    copy(block)
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise _gone(config) from None
    return told.hexdigest(), size

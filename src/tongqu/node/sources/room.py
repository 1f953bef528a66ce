"""All sources of a node, as they stand now: which version is current, what it can answer, which files are pinned.

A file is known by its SHA-256. When it changes it is a new version; the old one goes on serving until the new one is
whole and loaded, and for good if the new one cannot be read. A source that allows datasets is copied once for each
version into `blobs/`, so that what a contract pinned can be fetched, byte for byte, whatever becomes of the file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tongqu.node.alone import alone
from tongqu.node.config import MANY_FILES, SourceConfig
from tongqu.node.copies import FILE, PARQUET, Copy, CopyKey, CopyRoom, Part, is_regular
from tongqu.node.engines import DuckEngine, Engine
from tongqu.node.faults import NodeFault
from tongqu.node.mapped import MAPS
from tongqu.node.modes.filtered import EngineLost
from tongqu.node.modes.verification import Codes
from tongqu.node.permits import Offer
from tongqu.node.probes import Probes
from tongqu.node.scoring.features import Scorable
from tongqu.node.scoring.near import Near
from tongqu.node.scoring.runner import Runner
from tongqu.node.sources.arriving import Arrivals
from tongqu.node.sources.drifting import Baselines, Looked
from tongqu.node.sources.hashing import KeyedHash
from tongqu.node.sources.hiding import measure_hiding
from tongqu.node.sources.kept import Kept
from tongqu.node.sources.keys import KeyIndex, index_of
from tongqu.node.sources.lookups import codes_by_key
from tongqu.node.sources.models import lookup, started
from tongqu.node.sources.profile import measure
from tongqu.node.sources.quality import Before, check_quality
from tongqu.node.sources.queries import drop_others, prepare
from tongqu.node.sources.questions import work_out
from tongqu.node.sources.reports import grouped
from tongqu.node.sources.tables import (
    SourceFault,
    column_types,
    no_room,
    source_fault,
    unreadable,
)
from tongqu.node.sources.taking_in import drop_kept, kept_version, left, take_in
from tongqu.node.state import write_durably
from tongqu.wire.measures import DeidentificationMeasured, DeidentificationOrder, QualityMeasured, QualityOrder
from tongqu.wire.message import moment_text
from tongqu.wire.scoring import FROM_SOURCE
from tongqu.wire.source import API, DATASET, MODEL, REPORT, VERIFICATION, Profile, SourceDeclaration
from tongqu.wire.sync import DEIDENTIFICATION, QUALITY

KEEP = timedelta(days=30)

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
    kept: Kept | None = None
    """Its rows."""


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
        leads: bool = True,
        engine: Engine | None = None,
        seconds: float = 5.0,
    ) -> None:
        self._leads = leads
        self._engine = DuckEngine(state / "spill") if engine is None else engine
        self._seconds = seconds
        self.copies = CopyRoom(configs, state, secret=secret, bytes_max=copies_bytes_max)
        self._parquet_rows: dict[str, int] = {}
        self.configs = {config.id: config for config in configs}
        self.held: dict[str, Held] = {}
        self.probes = probes
        self.faults: dict[str, NodeFault] = {}
        self._state = state
        self._kept, self._keys = state / "kept", state / "keys"
        self._hashing = KeyedHash(secret)
        self._ordered: dict[tuple[str, str], set[str]] = {}
        self._counted: dict[tuple[str, str], Before] = {}
        self._stamps: dict[str, object] = {}
        self.baselines = Baselines(state / "columns")
        self._looked = Looked()
        self._arrivals = Arrivals(state, self.baselines, self._looked)
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
        """Ends the models' processes and the engine's."""
        self.scorers.shutdown(cancel_futures=True)
        for runner in self.runners.values():
            runner.close()
        self._engine.close()
        if self._near is not None:
            self._near.close()

    def blob(self, source: str, version: str) -> Path:
        """The pinned file of a version; exists only while the version is held for datasets."""
        return self._state / "blobs" / source / version

    def copy(self, key: CopyKey) -> Copy | None:
        """What is handed out for this key; None while it is still to be made, which is asked for by that."""
        config = self.configs.get(key.source)
        as_it_is = key.form == FILE or (config is not None and config.parquet)
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

        Whatever goes wrong with one source is its own fault and keeps no other from being looked at. Of several workers one
        looks at a time, so that what is kept of a version is written once.
        """
        with alone(self._state / "lock-sources"):
            return self._look(now)

    def _look(self, now: datetime) -> list[str]:
        changed = []
        for config in self.configs.values():
            try:
                if self._look_at(config, now):
                    changed.append(config.id)
            except NodeFault as fault:
                self.faults[config.id] = fault
            except EngineLost:
                self.faults[config.id] = _engine_lost(config.id)
            except Exception as error:
                self.faults[config.id] = unreadable(config.id, error)
        return changed

    def _look_at(self, config: SourceConfig, now: datetime) -> bool:
        """Data whose columns changed leaves the version before in place, after a restart, too; it is not read again until
        it is other data. Only one worker of a node reads the data; the others follow it."""
        if not self._leads:
            return self._follow(config, now)
        try:
            return self._look_at_data(config, now)
        except SourceFault as fault:
            drift = self.baselines.differs(config, fault, now)
            if drift is None:
                raise
            self._looked.ends(config.id)
            self._restore(config, now)
            held = self.held.get(config.id)
            if held is not None and held.declaration.drift != drift:
                offer = replace(held.offer, changed=drift.told() if drift.refuses else None)
                self.held[config.id] = replace(held, declaration=replace(held.declaration, drift=drift), offer=offer)
            raise

    def _follow(self, config: SourceConfig, now: datetime) -> bool:
        """What the worker that reads has taken, from what is kept of it."""
        taken, held = self.baselines.again(config.id), self.held.get(config.id)
        if taken is None:
            return False  # it is being taken for the first time
        served = None if held is None else (held.declaration.source_version, held.declaration.columns)
        is_other = served != (taken.version, taken.columns)  # the same text may be in other types
        if held is None or is_other:
            kept = kept_version(config, taken.version, self._kept)
            if kept is None:
                return False  # it has gone already; the next look finds the one after it
            held = self._load(config, kept, now)
        if held.declaration.drift != taken.drift:
            told = taken.drift.told() if taken.drift is not None and taken.drift.refuses else None
            declaration = replace(held.declaration, drift=taken.drift)
            held = replace(held, declaration=declaration, offer=replace(held.offer, changed=told))
        self.held[config.id] = held
        self.faults.pop(config.id, None)
        return is_other

    def _restore(self, config: SourceConfig, now: datetime) -> None:
        """The version that was served last, from what is kept of it."""
        taken = self.baselines.of(config.id)
        if config.id in self.held or taken is None:
            return
        kept = kept_version(config, taken.version, self._kept)
        if kept is not None:
            self.held[config.id] = self._load(config, kept, now)

    def _look_at_data(self, config: SourceConfig, now: datetime) -> bool:
        if config.path is None or config.format in MANY_FILES:
            held, failed = self.held.get(config.id), config.id in self.faults
            told = None if held is None else held.declaration
            arrived = (
                self._arrivals.table(config, told, now)
                if config.path is None
                else self._arrivals.many(config, told, failed=failed)
            )
            if arrived is None:
                return False
            return self._swap(config, None if arrived.kept is None else self._load(config, arrived.kept, now))
        if config.id in self.faults:  # what failed is tried again even when the file looks the same
            self._stamps.pop(config.id, None)
        stamp = _stamp(config, config.path)
        if self._stamps.get(config.id) == stamp or self._looked.before(config.id, stamp):
            return False
        path = config.path

        def still() -> None:
            if _stamp(config, path) != stamp:
                raise _changing(config.id)

        fresh = self._fresh(config, path, now, still)
        still()
        self._stamps[config.id] = stamp
        return self._swap(config, fresh)

    def _swap(self, config: SourceConfig, fresh: Held | None) -> bool:
        self.faults.pop(config.id, None)
        self._looked.forget(config.id)
        if fresh is not None:
            if (before := self.held.get(config.id)) is not None:
                for folder in (self._kept, self._keys):
                    left(folder, config.id, before.declaration.source_version)
            self.held[config.id] = fresh
        held = self.held.get(config.id)
        if held is not None:
            if held.declaration.drift is not None:  # the very version that is served came back
                offer = replace(held.offer, changed=None)
                held = replace(held, declaration=replace(held.declaration, drift=None), offer=offer)
                self.held[config.id] = held
            self.baselines.taken(config.id, held.declaration.source_version, held.declaration.columns)
        return fresh is not None

    def _fresh(
        self, config: SourceConfig, file: Path, now: datetime, still: Callable[[], object] | None = None
    ) -> Held | None:
        """The version that the file is now, loaded; None when it is the one already held."""
        version, size = self._pin(config, file) if DATASET in config.modes else _sha256(config, file)
        held = self.held.get(config.id)
        if held is not None and held.declaration.source_version == version:
            return None
        read = self.blob(config.id, version) if DATASET in config.modes else file
        kept = take_in(config, read, version, size, self._kept, still=still)
        self.baselines.refuse_changed(config, column_types(kept.schema))
        return self._load(config, kept, now)

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

    def _load(self, config: SourceConfig, kept: Kept, now: datetime) -> Held:
        version, size = kept.version, kept.size
        keys: KeyIndex | None = None
        codes: dict[str, Codes] = {}
        scorable: dict[str, Scorable] = {}
        if config.key is not None and (VERIFICATION in config.modes or (MODEL in config.modes and config.by_key)):
            keys = index_of(
                config.id, kept, config.key, self._keys / config.id / version, self._hashing, reading=kept.reading
            )
        if VERIFICATION in config.modes:
            assert keys is not None
            worked_out = work_out(self._engine, kept, config.questions)
            for question in config.questions:
                codes[question.id] = codes_by_key(keys, question.digest, worked_out(question))
        if MODEL in config.modes:
            for scoring in config.scorings:
                if scoring.features_from == FROM_SOURCE:
                    assert keys is not None
                    scorable[scoring.id] = lookup(config.id, scoring, kept, keys)
                if (config.id, scoring.id) not in self.runners:
                    self.runners[config.id, scoring.id] = started(config, scoring)
        MAPS.give_back()  # before an engine takes its share
        declaration = SourceDeclaration(
            source=config.id,
            title=config.title,
            format=config.format,
            source_version=version,
            bytes=size,
            rows=kept.rows,
            columns=column_types(kept.schema),
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
            self._note_version(config.id, version, size, kept.rows, now)
        marked = config.watermark is not None
        offer = Offer(config.modes, config.uses, self._versions(config, version), marked)
        return Held(declaration, keys, codes, offer, scorable, self._made_ready(config, kept), kept)

    def _made_ready(self, config: SourceConfig, kept: Kept) -> dict[tuple[str, str], Any]:
        ready: dict[tuple[str, str], Any] = {}
        if API in config.modes:
            folder = self._state / "queries" / config.id
            queries = [prepare(self._engine, kept, query, folder, self._seconds) for query in config.queries]
            drop_others(self._engine, folder, queries)
            ready |= {(API, each.query.id): each for each in queries}
        if REPORT in config.modes:
            ready |= {(REPORT, form.id): grouped(self._engine, kept, form) for form in config.reports}
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
        kept = self._current(source)
        with _told_of_room(source):
            return measure(
                kept, source=source, source_version=kept.version, key=kept.key, small_counts=small_counts, now=now,
                folder=self._state,
            )  # fmt: skip

    def quality(self, order: QualityOrder, small_counts: int, now: datetime) -> QualityMeasured:
        """Checks the rules on the current version. Raises NodeFault."""
        kept = self._current(order.source)
        self._allow(QUALITY, order, kept.version)
        with _told_of_room(order.source):
            return check_quality(
                kept, order.rules, source=order.source, source_version=kept.version, small_counts=small_counts, now=now,
                key=kept.key, before=self._counted.setdefault((order.source, kept.version), {}), folder=self._state,
            )  # fmt: skip

    def hiding(self, order: DeidentificationOrder, small_counts: int, now: datetime) -> DeidentificationMeasured:
        """How well people are hidden in the current version. Raises NodeFault."""
        kept = self._current(order.source)
        self._allow(DEIDENTIFICATION, order, kept.version)
        with _told_of_room(order.source):
            return measure_hiding(kept, order, source_version=kept.version, small_counts=small_counts, now=now)

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

    def _current(self, source: str) -> Kept:
        """The rows of the current version."""
        held, config = self.held.get(source), self.configs.get(source)
        if held is None or config is None:
            raise self.faults.get(source) or source_fault(
                "source-unknown",
                "节点上没有该数据源。",
                "The node has no such source.",
                "请核对编号。",
                "Check its id.",
            )
        assert held.kept is not None
        return held.kept

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
                with suppress(FileNotFoundError):  # another worker was first
                    if file.stat().st_mtime > (now - KEEP).timestamp():
                        keep.add(version)
                        continue
                file.unlink(missing_ok=True)
                file.with_suffix(".json").unlink(missing_ok=True)
                dropped += 1
            offer = replace(held.offer, versions=held.offer.versions & frozenset(keep))
            self.held[source] = replace(held, offer=offer)
            for folder in (self._kept, self._keys):
                drop_kept(folder, source, {held.declaration.source_version})
        return dropped


@contextmanager
def _told_of_room(source: str) -> Iterator[None]:
    try:
        yield
    except MemoryError:
        raise no_room(source) from None


def _engine_lost(source: str) -> SourceFault:
    return source_fault(
        "engine-lost",
        f"数据源 {source} 装载时计算引擎中断。",
        f"The engine ended while source {source} was being loaded.",
        "节点会自动再试; 若持续出现, 请检查 Java 17、[engine] 的内存与磁盘空间。",
        "The node tries again by itself; if it stays, check Java 17, the memory of [engine] and the room on the disk.",
    )


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

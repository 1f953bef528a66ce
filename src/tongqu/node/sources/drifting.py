"""Whether newer data still has the columns that what is declared stands on, and what has changed where it has not.

What a source's columns were when it was last taken stands in the state folder, so a restart accepts nothing by itself: the
owner does, by the twelve characters that name the new columns (`columns_accepted` in `node.toml`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tongqu.node.config import PAUSE, SourceConfig
from tongqu.node.sources.tables import SourceFault, source_fault
from tongqu.node.state import write_durably
from tongqu.wire.drift import ADDED, GONE, REPEATED, RETYPED, ColumnChange, Drift
from tongqu.wire.message import BadMessage
from tongqu.wire.query import Query
from tongqu.wire.report_form import ReportForm
from tongqu.wire.scoring import FROM_SOURCE, Scoring
from tongqu.wire.source import DATASET, DECLARED, Column, Question, Use

_NUMBERS = frozenset({"whole", "number"})
TOLD = 3


class ColumnsChanged(SourceFault):
    """Newer data has other columns than what is declared needs. The version before stays."""

    def __init__(self, source: str, changes: Sequence[ColumnChange], columns: str) -> None:
        said = [change.words for change in changes[:TOLD]]
        more = len(changes) - len(said)
        zh = "；".join(words.zh for words in said) + (f"；另有 {more} 处" if more else "")
        en = "; ".join(words.en for words in said) + (f"; and {more} more" if more else "")
        fault = source_fault(
            "columns-changed",
            f"数据源 {source} 的新数据与申报的列不一致: {zh}。",
            f"The newest data of source {source} has other columns: {en}.",
            f'请更正数据; 确为有意变更的, 写 columns_accepted = "{columns}" 并重启节点。',
            f'Correct the data; if the change is meant, write columns_accepted = "{columns}" and restart the node.',
        )
        super().__init__(fault.code, fault.words, fault.mend)
        self.changes, self.columns = tuple(changes), columns


def fingerprint(columns: Iterable[Column]) -> str:
    """Twelve characters for names and types, in whatever order they stand."""
    told = sorted((column.name, column.type) for column in columns)
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:12]


def needed(config: SourceConfig) -> dict[str, list[str]]:
    """The columns that declared uses stand on, and which uses those are."""
    found: dict[str, list[str]] = {}
    for mode, field in DECLARED.items():
        if mode in config.modes:
            for use in getattr(config, field):
                for column in _columns_of(use):
                    found.setdefault(column, []).append(f"{mode}/{use.id}")
    if config.key is not None:
        found.setdefault(config.key, [])
    return found


def _columns_of(use: Use) -> list[str]:
    if isinstance(use, Question):
        named: Iterable[str | None] = [use.key_column, use.column]
    elif isinstance(use, Query):
        named = use.used
    elif isinstance(use, Scoring):
        named = [use.key_column, *(each.name for each in use.features)] if use.features_from == FROM_SOURCE else []
    else:
        named = _columns_of_report(use)
    return list(dict.fromkeys(name for name in named if name))


def _columns_of_report(form: ReportForm) -> list[str | None]:
    figures = [figure.column for section in form.sections for figure in section.figures]
    return [form.period_column, form.month_column, *(section.by for section in form.sections), *figures]


def changes(config: SourceConfig, was: Mapping[str, str], now: Sequence[Column]) -> list[ColumnChange]:
    """What is no longer as what is declared needs it; a data set is declared with all its columns."""
    uses, current = needed(config), {column.name: column.type for column in now}
    whole = DATASET in config.modes
    watched = [name for name in was if whole or name in uses]
    found = []
    for name in watched:
        if name not in current:
            found.append(ColumnChange(name, GONE, was=was[name], uses=_some(uses.get(name, ()))))
        elif not _alike(was[name], current[name], by_use=name in uses):
            found.append(ColumnChange(name, RETYPED, was=was[name], now=current[name], uses=_some(uses.get(name, ()))))
    if whole:
        found += [ColumnChange(name, ADDED, now=kind) for name, kind in current.items() if name not in was]
    return found


def _some(uses: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(uses))[:1_000]


def _alike(was: str, now: str, *, by_use: bool) -> bool:
    """A column of 1 and 1.5 is one of numbers; one that is empty throughout, which no use stands on, is of any type."""
    return was == now or {was, now} <= _NUMBERS or (not by_use and "other" in (was, now))


@dataclass(frozen=True)
class Taken:
    """How a source stood when it was last taken, and what differs since."""

    version: str
    columns: tuple[Column, ...]
    drift: Drift | None = None


class Baselines:
    """What is noted of each source, one small file a source."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Taken | None] = {}

    def of(self, source: str) -> Taken | None:
        if source not in self._known:
            self._known[source] = self._read(source)
        return self._known[source]

    def again(self, source: str) -> Taken | None:
        """As another process may have written it meanwhile."""
        self._known.pop(source, None)
        return self.of(source)

    def _read(self, source: str) -> Taken | None:
        try:
            told = json.loads((self._folder / f"{source}.json").read_bytes())
            drift = None if told["drift"] is None else Drift.from_json(told["drift"])
            return Taken(told["version"], tuple(Column(name, kind) for name, kind in told["columns"]), drift)
        except (OSError, ValueError, KeyError, TypeError, BadMessage):
            return None

    def _write(self, source: str, taken: Taken) -> None:
        if self.of(source) == taken:
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        told = {
            "version": taken.version,
            "columns": [[column.name, column.type] for column in taken.columns],
            "drift": None if taken.drift is None else taken.drift.to_json(),
        }
        write_durably(self._folder / f"{source}.json", json.dumps(told, ensure_ascii=False).encode())
        self._known[source] = taken

    def refuse_changed(self, config: SourceConfig, columns: Sequence[Column]) -> None:
        """Raises ColumnsChanged where these columns are not what is declared, and its owner did not say that they are meant."""
        before = self.of(config.id)
        if before is None or config.columns_accepted == fingerprint(columns):
            return
        was = {column.name: column.type for column in before.columns}
        if found := changes(config, was, columns):
            raise ColumnsChanged(config.id, found, fingerprint(columns))

    def taken(self, source: str, version: str, columns: Sequence[Column]) -> None:
        """A version was taken: nothing differs any longer."""
        self._write(source, Taken(version, tuple(columns)))

    def differs(self, config: SourceConfig, fault: SourceFault, now: datetime) -> Drift | None:
        """What this fault tells of the columns, from the moment on when it was first seen; None where it tells nothing."""
        before, told = self.of(config.id), self._changes(config, fault)
        if before is None or told is None:
            return None
        found, columns = told
        refuses = config.on_drift == PAUSE
        drift = before.drift
        if drift is None or (drift.changes, drift.columns, drift.refuses) != (found, columns, refuses):
            since = now if drift is None else drift.since
            drift = Drift(since=since, changes=found, columns=columns, refuses=refuses)
            self._write(config.id, Taken(before.version, before.columns, drift))
        return drift

    def _changes(self, config: SourceConfig, fault: SourceFault) -> tuple[tuple[ColumnChange, ...], str] | None:
        before = self.of(config.id)
        if before is None:
            return None
        if isinstance(fault, ColumnsChanged):
            return fault.changes, fault.columns
        columns, uses = fingerprint(before.columns), _some(needed(config).get(config.key or "", ()))
        if fault.code == "key-not-unique" and config.key is not None:
            return (ColumnChange(config.key, REPEATED, uses=uses),), columns
        if fault.code == "no-key-column" and config.key is not None:
            was = next((column.type for column in before.columns if column.name == config.key), "text")
            return (ColumnChange(config.key, GONE, was=was, uses=uses),), columns
        return None


class Looked:
    """Which data was found to have other columns, by how it looked then: it is not read again until it looks otherwise."""

    def __init__(self) -> None:
        self._now: dict[str, object] = {}
        self._odd: dict[str, object] = {}

    def before(self, source: str, looks: object) -> bool:
        """Whether this very data was found so already; notes what is being looked at."""
        self._now[source] = looks
        return source in self._odd and self._odd[source] == looks

    def ends(self, source: str) -> None:
        """What was looked at has other columns."""
        self._odd[source] = self._now.get(source)

    def forget(self, source: str) -> None:
        self._odd.pop(source, None)

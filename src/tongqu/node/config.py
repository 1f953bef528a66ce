"""Reads `node.toml`: where the exchange is, where state is kept, what is served and which questions are allowed.

The file is the owner's own consent: a permit of the exchange can ask only what is declared here.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tongqu.node.faults import NodeFault
from tongqu.node.networks import BadNetworks, Networks
from tongqu.wire.drift import FINGERPRINT
from tongqu.wire.message import BadMessage, Faults, Message, dressed
from tongqu.wire.model_card import ModelCard
from tongqu.wire.query import Query
from tongqu.wire.report_form import ReportForm
from tongqu.wire.scoring import FROM_SOURCE, SKOPS, Scoring
from tongqu.wire.source import (
    CREDIT_CODE,
    DATASET,
    DECLARED,
    FORMATS,
    MODES,
    VERIFICATION,
    Question,
    SourceDeclaration,
    Use,
)
from tongqu.wire.sync import DEIDENTIFICATION, QUALITY, Register, SyncRequest
from tongqu.wire.title import Title
from tongqu.wire.watermark import MarkedColumn, Watermark
from tongqu.wire.words import Words

T = TypeVar("T")
M = TypeVar("M", bound=Message)

MEASURES = (QUALITY, DEIDENTIFICATION)
FILES = ("parquet", "csv")
PARTITION_TYPES = ("text", "whole", "date")
KEEP, PAUSE = "keep", "pause"
MANY_FILES = frozenset({"folder", "delta"})
"""Kinds of sources that are made of many files."""

DUCKDB, SPARK = "duckdb", "spark"
ENGINES = (DUCKDB, SPARK)

CARD_BYTES_MAX = 1024 * 1024
WORKERS_MAX = 64
READER_SECONDS_MAX, GRACE_SECONDS = 60, 10
"""Unless node.toml says otherwise."""

LOG_LEVELS = ("debug", "info", "warning", "error")
SCHEMES = ("http", "https")
HOST = re.compile(r"(?!(.*\.)?[0-9]+\.?$)[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)*\.?")
"""Labels of letters and digits in any script, the last of them no number: that would be an IP address mistyped."""


@dataclass(frozen=True)
class ModelConfig:
    """What a node alone knows of a model: its file, which types of it are trusted beyond the harmless ones (skops only), and
    what its process may use for one call."""

    path: Path
    trusted: tuple[str, ...]
    memory_mb: int
    seconds: int


@dataclass(frozen=True)
class SourceConfig:
    """One `[[sources]]` entry. `path` for files; `dsn_env` (the name of an environment variable) and `table` for
    PostgreSQL. `key` is the column that verification looks up. `holder` is whose data it is, by credit code. `measures`
    is what the exchange may have measured beyond the profile."""

    id: str
    title: Title
    format: str
    path: Path | None
    dsn_env: str | None
    table: str | None
    sheet: str | None
    encoding: str
    key: str | None
    modes: tuple[str, ...]
    questions: tuple[Question, ...]
    refresh_seconds: int
    holder: str | None
    measures: tuple[str, ...] = MEASURES
    queries: tuple[Query, ...] = ()
    scorings: tuple[Scoring, ...] = ()
    reports: tuple[ReportForm, ...] = ()
    watermark: Watermark | None = None
    cards: tuple[ModelCard, ...] = ()
    models: Mapping[str, ModelConfig] = field(default_factory=dict)
    """By the scoring's id."""
    delimiter: str = ","
    sheets: tuple[str, ...] = ()
    """Sheets of a workbook that are read one below the other; else `sheet`, or its first."""
    files: str = "parquet"
    """What a folder holds."""
    files_max: int = 10_000
    partitions: tuple[tuple[str, str | None], ...] = ()
    """Names and types of the columns that the folders inside give; by themselves where they are called `name=value`."""
    on_drift: str = KEEP
    columns_accepted: str | None = None
    cursor: str | None = None
    """A column of a table that only grows: between whole readings, only what is above its last value is read."""
    full_every: int = 24
    statement_seconds: int = 600
    replica: bool = False
    """Whether the database must be a read replica."""

    @property
    def how(self) -> tuple[object, ...]:
        """What decides how a file becomes rows, beyond its kind, encoding, sheet and key; nothing where all is as usual."""
        told = (self.delimiter, self.sheets, self.files, self.partitions, self.cursor)
        return () if told == (",", (), "parquet", (), None) else told

    @property
    def parquet(self) -> bool:
        """Whether what is handed out of it is a Parquet file as it stands."""
        return self.format == "parquet" or self.format in MANY_FILES

    @property
    def by_key(self) -> bool:
        """Whether a model takes its features from this source."""
        return any(scoring.features_from == FROM_SOURCE for scoring in self.scorings)

    @property
    def uses(self) -> dict[tuple[str, str], Use]:
        """Every declared use by its mode and id."""
        return {(mode, use.id): use for mode, field in DECLARED.items() for use in getattr(self, field)}


@dataclass(frozen=True)
class EngineConfig:
    """`[engine]`: what works out questions, queries and reports. `memory_mb` is of the driver and of each executor, and with
    `master` for Spark alone; `seconds` is what one page of a query may take."""

    kind: str
    master: str
    memory_mb: int
    seconds: float


@dataclass(frozen=True)
class NodeConfig:
    """A whole `node.toml`. Paths are resolved against the file's folder.

    `reader_seconds_max`: of whom no byte was taken for so long the connection is ended, with what it holds. `grace_seconds`: so
    long what is under way may take when the node is to stop; what is left then is cut off.
    """

    name: str
    state: Path
    exchange: str
    address: str | None
    proxy: str | None
    sync_seconds: float
    statement_seconds: float
    watch_seconds: float
    small_counts: int
    answer_hours: float
    copies_bytes_max: int
    disk_keep_bytes: int
    host: str
    port: int
    body_bytes_max: int
    body_seconds_max: float
    request_seconds_max: float
    requests_waiting_max: int
    reader_seconds_max: float
    grace_seconds: float
    workers: int
    log_level: str
    sources: tuple[SourceConfig, ...]
    networks: Networks
    engine: EngineConfig
    traces: str | None = None
    """Where spans of calls are sent, if they are."""


class _Table:
    """Reads one TOML table, notes all that is wrong with it, and remembers which entries nobody asked for."""

    def __init__(self, values: object, where: str) -> None:
        if not isinstance(values, dict):
            raise _bad(where, "应为一个表", "must be a table")
        self.values: dict[str, Any] = dict(values)
        self.where = where
        self.wrong: list[NodeFault] = []

    def refuse(self, key: str, zh: str, en: str) -> None:
        self.wrong.append(_bad(f"{self.where}.{key}", zh, en))

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.pop(key, default)
        if not isinstance(value, str) or not value:
            self.refuse(key, "缺少文本值", "needs a text value")
            return default or ""
        return value

    def maybe(self, key: str, read: Callable[[str], str] | None = None) -> str | None:
        return (read or self.text)(key) if key in self.values else None

    def url(self, key: str) -> str:
        value = self.text(key)
        if value and not _is_url(value):
            self.refuse(
                key,
                "应为以 http:// 或 https:// 开头的完整网址",
                "must begin with http:// or https:// and be a whole address",
            )
        return value

    def number(self, key: str, default: float, least: float, most: float) -> float:
        value = self.values.pop(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.refuse(key, f"应在 {least} 与 {most} 之间", f"must be between {least} and {most}")
            return default
        return value

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        value = self.number(key, default, least, most)
        if value != int(value):
            self.refuse(key, f"应为 {least} 至 {most} 的整数", f"must be a whole number between {least} and {most}")
        return int(value)

    def flag(self, key: str) -> bool:
        value = self.values.pop(key, False)
        if not isinstance(value, bool):
            self.refuse(key, "应为 true 或 false", "must be true or false")
            return False
        return value

    def title(self) -> Title:
        value = self.values.pop("title", None)
        return self.part(
            lambda: _checked(lambda: Title.from_json(dressed(Title, value)), f"{self.where}.title")
        ) or Title("", "")

    def part(self, read: Callable[[], T]) -> T | None:
        """What is read inside; None where that is wrong, which is noted beside the rest."""
        try:
            return read()
        except NodeFault as fault:
            self.wrong.append(fault)
            return None

    def parts(self, key: str, read: Callable[[object, str], T]) -> list[T]:
        """Each row of a list, by its place."""
        found = (self.part(partial(read, row, f"{self.where}.{key}[{at}]")) for at, row in enumerate(self.rows(key)))
        return [each for each in found if each is not None]

    def texts(self, key: str, zh: str, en: str) -> tuple[str, ...]:
        """A list of texts, none of them empty."""
        value = self.rows(key)
        if all(isinstance(each, str) and each for each in value):
            return tuple(value)
        self.refuse(key, zh, en)
        return ()

    def rows(self, key: str) -> list[Any]:
        value = self.values.pop(key, [])
        if not isinstance(value, list):
            self.refuse(key, "应为列表", "must be a list")
            return []
        return value

    def sound(self) -> None:
        """Raises NodeFault with all that was wrong so far."""
        if self.wrong:
            raise _together(self.wrong)

    def done(self) -> None:
        """As `sound`, with what nobody asked for: of a misspelt setting the wrong name is told beside the missing one."""
        for key in self.values:
            self.refuse(key, "不是已知的设置项", "is not a known setting")
        self.sound()


def _is_url(value: str) -> bool:
    """Whether it can be called at all: what cannot fails at the start, or with every call."""
    try:
        told = urlsplit(value)
        return (
            value.isprintable()
            and " " not in value
            and told.scheme in SCHEMES
            and _is_host(told.hostname or "")
            and told.port != 0
        )
    except ValueError:
        return False


def _is_host(value: str) -> bool:
    """An IP address, or a name that is none mistyped."""
    try:
        ip_address(value)
    except ValueError:
        return HOST.fullmatch(value) is not None
    return True


def _fits(kind: type[Message], field: str, value: object) -> bool:
    """Whether a message can carry it: one that cannot is refused with every sync."""
    faults = Faults()
    kind.FIELDS[field].read(value, field, faults)
    return not faults.found


def _together(wrong: Sequence[NodeFault]) -> NodeFault:
    """All of them as one."""
    words = Words("".join(each.words.zh for each in wrong), " ".join(each.words.en for each in wrong))
    return NodeFault("bad-config", words, wrong[0].mend)


def _bad(where: str, zh: str, en: str) -> NodeFault:
    return NodeFault(
        "bad-config",
        Words(f"配置项 {where} {zh}。", f"Setting {where} {en}."),
        Words("请对照文档 docs/guides/node.md 修改 node.toml。", "Correct node.toml; see docs/guides/node.md."),
    )


def read_config(path: Path | str) -> NodeConfig:
    """The settings in the file. Raises NodeFault with the setting's name."""
    path = Path(path).resolve()
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NodeFault(
            "no-config",
            Words(f"读不到配置文件 {path}。", f"The configuration file {path} cannot be read."),
            Words("请检查路径与权限。", "Check the path and its permissions."),
        ) from error
    except (ValueError, RecursionError) as error:
        raise NodeFault(
            "bad-config",
            Words(f"{path} 不是有效的 TOML 文件。", f"{path} is not valid TOML: {error}."),
            Words("请修正语法。", "Correct its syntax."),
        ) from error
    return _config(values, path.parent)


def _config(values: Mapping[str, Any], folder: Path) -> NodeConfig:
    top = _Table(values, "node.toml")
    told: dict[str, Any] = {}
    for each in (_node, _serve, _sources, _networks, _engine):
        told |= top.part(partial(each, top, folder)) or {}
    top.done()
    return NodeConfig(**told)


def _node(top: _Table, folder: Path) -> dict[str, Any]:
    node = _Table(top.values.pop("node", {}), "node")
    told = {
        "name": node.text("name"),
        "state": folder / node.text("state", "state"),
        "exchange": node.url("exchange").rstrip("/"),
        "address": node.maybe("address", node.url),
        "proxy": node.maybe("proxy", node.url),
        "traces": node.maybe("traces", node.url),
        "sync_seconds": node.number("sync_seconds", 1, 0.05, 30),
        "statement_seconds": node.number("statement_seconds", 60, 0.05, 86_400),
        "watch_seconds": node.number("watch_seconds", 2, 0.05, 3_600),
        "small_counts": node.whole("small_counts", 5, 1, 10_000),
        "answer_hours": node.number("answer_hours", 72, 1, 24 * 366),
        "copies_bytes_max": node.whole("copies_bytes_max", 100 * 1024**3, 1024**2, 2**50),
        "disk_keep_bytes": node.whole("disk_keep_bytes", 64 * 1024**2, 1024**2, 2**50),
        "log_level": node.text("log_level", "info"),
    }
    if told["log_level"] not in LOG_LEVELS:
        node.refuse("log_level", "应为 debug、info、warning 或 error", "must be debug, info, warning or error")
    if told["name"] and not _fits(Register, "name", told["name"]):
        node.refuse("name", "至多 200 字", "may have 200 characters at most")
    if not _fits(SyncRequest, "address", told["address"]):
        node.refuse("address", "至多 300 个字符", "may have 300 characters at most")
    node.done()
    return told


def _serve(top: _Table, _: Path) -> dict[str, Any]:
    serve = _Table(top.values.pop("serve", {}), "serve")
    told = {
        "host": serve.text("host", "127.0.0.1"),
        "port": serve.whole("port", 8700, 1, 65_535),
        "body_bytes_max": serve.whole("body_bytes_max", 4 * 1024 * 1024, 1_024, 64 * 1024 * 1024),
        "body_seconds_max": serve.number("body_seconds_max", 10, 0.1, 600),
        "request_seconds_max": serve.number("request_seconds_max", 30, 0.1, 600),
        "requests_waiting_max": serve.whole("requests_waiting_max", 1_024, 16, 100_000),
        "reader_seconds_max": serve.number("reader_seconds_max", READER_SECONDS_MAX, 1, 3_600),
        "grace_seconds": serve.number("grace_seconds", GRACE_SECONDS, 0.1, 600),
        "workers": serve.whole("workers", 1, 1, WORKERS_MAX),
    }
    if not _is_host(str(told["host"])):
        serve.refuse(
            "host",
            "应为 IP 地址或主机名, IPv6 地址不加方括号",
            "must be an IP address, without brackets, or the name of a host",
        )
    serve.done()
    return told


def _sources(top: _Table, folder: Path) -> dict[str, Any]:
    rows = enumerate(top.rows("sources"))
    found = [top.part(partial(_source, row, folder, f"sources[{at}]")) for at, row in rows]
    sources = [source for source in found if source is not None]
    for name, times in Counter(source.id for source in sources).items():
        if times > 1:
            top.wrong.append(_bad(f"sources.{name}", "重复", "is declared twice"))
    return {"sources": tuple(sources)}


def _engine(top: _Table, _: Path) -> dict[str, Any]:
    """`[engine]`: DuckDB without it. Spark runs on this machine alone: in one process, or with executors in others."""
    table = _Table(top.values.pop("engine", {}), "engine")
    kind = table.text("kind", DUCKDB)
    if kind not in ENGINES:
        raise _bad("engine.kind", f"应为 {'、'.join(ENGINES)} 之一", f"must be one of {', '.join(ENGINES)}")
    seconds, master, memory = 5, "", 0
    if kind == SPARK:
        seconds, master = 20, table.text("master", "local-cluster[2,1,1024]")
        memory = table.whole("memory_mb", 1_024, 512, 1_048_576)
        found = re.fullmatch(
            r"local\[[1-9][0-9]{0,2}\]|local-cluster\[[1-9][0-9]?,[1-9][0-9]?,([1-9][0-9]{2,6})\]", master
        )
        if found is None or memory > int(found[1] or memory):
            raise _bad(
                "engine.master",
                "应为 local[核数] 或 local-cluster[进程数,核数,内存 MB], 且内存不小于 memory_mb",
                "must be local[cores] or local-cluster[processes,cores,MB], with at least memory_mb",
            )
    engine = EngineConfig(kind, master, memory, table.number("seconds", seconds, 0.1, 600))
    table.done()
    return {"engine": engine}


def _networks(top: _Table, _: Path) -> dict[str, Any]:
    """`[networks]`: a region's code and the ranges of addresses that stand there."""
    value = top.values.pop("networks", {})
    if not isinstance(value, dict) or not all(isinstance(ranges, list) for ranges in value.values()):
        raise _bad("networks", "应为地域代码到地址段列表的表", "must be a table of region codes to lists of ranges")
    try:
        return {"networks": Networks(value)}
    except BadNetworks as error:
        raise _bad("networks", "含无效的地域代码或地址段", "has a code or a range that is none") from error


def _source(row: object, folder: Path, where: str) -> SourceConfig:
    table = _Table(row, where)
    shape = table.text("kind")
    if shape not in FORMATS:  # what else it may have depends on that
        raise _bad(f"{where}.kind", f"应为 {'、'.join(FORMATS)} 之一", f"must be one of {', '.join(FORMATS)}")
    key = table.maybe("key")
    if not _fits(SourceDeclaration, "key_column", key):
        table.refuse("key", "至多 200 字", "may have 200 characters at most")
    scored = table.parts("scorings", partial(_scoring, folder, key))
    source = SourceConfig(
        id=table.text("id"),
        title=table.title(),
        format=shape,
        path=None if shape == "postgresql" else folder / table.text("path"),
        dsn_env=table.text("dsn_env") if shape == "postgresql" else None,
        table=table.text("table") if shape == "postgresql" else None,
        sheet=table.maybe("sheet") if shape == "excel" else None,
        encoding=table.text("encoding", "utf-8") if shape in ("csv", "folder") else "utf-8",
        key=key,
        modes=tuple(table.rows("modes")),
        questions=_questions(table, key),
        queries=tuple(table.parts("queries", partial(_use, Query, {}))),
        scorings=tuple(scoring for scoring, _, _ in scored),
        cards=tuple(card for _, card, _ in scored),
        models={scoring.id: model for scoring, _, model in scored},
        reports=tuple(table.parts("reports", partial(_use, ReportForm, {}))),
        watermark=table.part(partial(_watermark, table)),
        refresh_seconds=table.whole("refresh_seconds", 3_600, 1, 86_400 * 31),
        holder=table.maybe("holder"),
        measures=tuple(table.rows("measures")) if "measures" in table.values else MEASURES,
        on_drift=table.text("on_drift", KEEP),
        columns_accepted=table.maybe("columns_accepted"),
        **_of_its_kind(table, shape),
    )
    _check_each(source, table)
    table.done()
    _check_together(source, table)  # of settings that are sound, each for itself
    table.sound()
    return source


def _questions(table: _Table, key: str | None) -> tuple[Question, ...]:
    if key is None and table.values.pop("questions", []):
        table.refuse("key", "缺少, 而 questions 须有键列", "is missing, and `questions` need a key column")
    return tuple(table.parts("questions", partial(_use, Question, {"key_column": key})))


def _check_each(source: SourceConfig, table: _Table) -> None:
    if source.id and not _fits(SourceDeclaration, "source", source.id):
        # The exchange is told of it with every sync, and files in the state folder are called by it.
        table.refuse(
            "id",
            "应由字母、数字和 . _ : - 组成, 以字母或数字开头, 至多 100 个字符",
            "must be letters, digits and any of . _ : -, begin with a letter or a digit, and be 100 characters at most",
        )
    if source.on_drift not in (KEEP, PAUSE):
        table.refuse("on_drift", f"应为 {KEEP} 或 {PAUSE}", f"must be {KEEP} or {PAUSE}")
    if source.columns_accepted is not None and not re.fullmatch(FINGERPRINT, source.columns_accepted):
        table.refuse("columns_accepted", "应为 12 位十六进制", "must be 12 hexadecimal characters")
    if not source.modes or not _fits(SourceDeclaration, "modes", list(source.modes)):
        table.refuse(
            "modes",
            f"应含 {'、'.join(MODES)} 中的一项或几项, 不重复",
            f"must list one or more of {', '.join(MODES)}, each once",
        )
    if any(measure not in MEASURES for measure in source.measures):
        table.refuse("measures", f"只能含 {'、'.join(MEASURES)}", f"may list {', '.join(MEASURES)}")
    if source.holder is not None and not re.fullmatch(CREDIT_CODE, source.holder):
        table.refuse("holder", "应为 18 位统一社会信用代码", "must be a unified social credit code of 18 characters")
    if not _is_encoding(source.encoding):
        table.refuse("encoding", "不是已知的编码", "is not a known encoding")


def _check_together(source: SourceConfig, table: _Table) -> None:
    if VERIFICATION in source.modes and (source.key is None or not source.questions):
        table.refuse("key", "核验需要 key 与 questions", "verification needs `key` and `questions`")
    for mode, uses in DECLARED.items():
        names = [use.id for use in getattr(source, uses)]
        if mode in source.modes and not names:
            table.refuse(uses, f"为空, 而 modes 含 {mode}", f"is empty while `modes` lists {mode}")
        if len(set(names)) != len(names):
            table.refuse(uses, "编号重复", "repeat an id")
    if source.watermark is None:
        return
    if DATASET not in source.modes or source.delimiter != "," or source.format in {"excel", *MANY_FILES}:
        table.refuse("watermark", "只用于 CSV、Parquet、PostgreSQL 的数据集", "is for data sets of text or Parquet")
    if source.key in {column.name for column in source.watermark.columns}:
        table.refuse("watermark", "不得改动键列", "must leave the key column alone")


def _of_its_kind(table: _Table, shape: str) -> dict[str, Any]:
    """The settings that only one kind of source has; of another they are unknown."""
    told: dict[str, Any] = {}
    if shape == "folder":
        told["files"] = table.text("files", "parquet")
        if told["files"] not in FILES:
            table.refuse("files", f"应为 {'、'.join(FILES)} 之一", f"must be one of {', '.join(FILES)}")
        told["partitions"] = _partitions(table)
    if shape in MANY_FILES:
        told["files_max"] = table.whole("files_max", 10_000, 1, 100_000)
    if shape == "csv" or told.get("files") == "csv":
        told["delimiter"] = table.text("delimiter", ",")
        if len(told["delimiter"]) != 1 or told["delimiter"] in '"\r\n' or not told["delimiter"].isascii():
            table.refuse("delimiter", "应为一个分隔字符", "must be one character")
    if shape == "excel":
        told["sheets"] = table.texts("sheets", "应为工作表名称的列表", "must be a list of names of sheets")
    if shape == "postgresql":
        told["cursor"] = table.maybe("cursor")
        told["full_every"] = table.whole("full_every", 24, 1, 100_000)
        told["statement_seconds"] = table.whole("statement_seconds", 600, 1, 86_400)
        told["replica"] = table.flag("replica")
    return told


def _partitions(table: _Table) -> tuple[tuple[str, str | None], ...]:
    """`partitions = ["year", { name = "day", type = "date" }]`."""
    found = table.parts("partitions", _partition)
    if len({name for name, _ in found}) != len(found):
        table.refuse("partitions", "名称重复", "repeat a name")
    return tuple(found)


def _partition(row: object, where: str) -> tuple[str, str | None]:
    told = _Table({"name": row} if isinstance(row, str) else row, where)
    name, kind = told.text("name"), told.maybe("type")
    if kind not in (None, *PARTITION_TYPES):
        told.refuse("type", f"应为 {'、'.join(PARTITION_TYPES)}", f"must be {', '.join(PARTITION_TYPES)}")
    told.done()
    return name, kind


def _is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
    except (LookupError, ValueError):
        return False
    return True


def _use(kind: type[M], given: Mapping[str, str | None], row: object, where: str) -> M:
    """A use that the owner declares for a source; `given` is what the source itself says."""
    if not isinstance(row, dict):
        raise _bad(where, "应为一个表", "must be a table")
    return _checked(partial(kind.from_json, dressed(kind, {**given, **row})), where)


def _scoring(folder: Path, key: str | None, row: object, where: str) -> tuple[Scoring, ModelCard, ModelConfig]:
    """A scoring, the card that its digest is of, and where the model is. The file itself is read when it is loaded."""
    told = _Table(row, where)
    model = ModelConfig(
        path=folder / told.text("model"),
        trusted=told.texts("trusted", "应为类型名的列表", "must be a list of names of types"),
        memory_mb=told.whole("memory_mb", 512, 16, 65_536),
        seconds=told.whole("seconds", 10, 1, 300),
    )
    card_file = folder / told.text("card")
    told.sound()
    card = _card(card_file, f"{where}.card")
    by_key = told.values.get("features_from") == FROM_SOURCE
    body = {"card_sha256": card.digest, "key_column": key if by_key else None, **told.values}
    body["features"] = [
        {"required": True, **each} if isinstance(each, dict) else each for each in told.rows("features")
    ]
    scoring = _checked(partial(Scoring.from_json, dressed(Scoring, body)), where)
    if scoring.format != SKOPS and model.trusted:
        raise _bad(f"{where}.trusted", "只用于 skops", "is for skops only")
    return scoring, card, model


def _card(file: Path, where: str) -> ModelCard:
    try:
        content = file.read_bytes()[: CARD_BYTES_MAX + 1]
        told = json.loads(content) if len(content) <= CARD_BYTES_MAX else None
    except (OSError, ValueError, RecursionError):
        raise _bad(where, "读不到或不是有效的 JSON 文件", "cannot be read, or is not valid JSON") from None
    return _checked(lambda: ModelCard.from_json(dressed(ModelCard, told)), where)


def _watermark(table: _Table) -> Watermark | None:
    """`watermark = {columns = [{name, tolerance | seconds | pairs}], percent}`: how a data set's copies are marked."""
    if "watermark" not in table.values:
        return None
    value, place = table.values.pop("watermark"), f"{table.where}.watermark"
    if not isinstance(value, dict) or not isinstance(value.get("columns"), list):
        raise _bad(place, "应为含 columns 的表", "must be a table with `columns`")
    columns = []
    for at, row in enumerate(value["columns"]):
        if not isinstance(row, dict):
            raise _bad(f"{place}.columns[{at}]", "应为一个表", "must be a table")
        pairs = row.get("pairs", [])
        if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
            raise _bad(f"{place}.columns[{at}].pairs", "应为两项一组的列表", "must list pairs of two writings")
        told = [{"kind": "pair", "version": 1, "one": one, "other": other} for one, other in pairs]
        column = {"kind": MarkedColumn.KIND, "version": 1, "tolerance": None, "seconds": None, **row, "pairs": told}
        if isinstance(column["tolerance"], int | float) and not isinstance(column["tolerance"], bool):
            column["tolerance"] = format(Decimal(str(column["tolerance"])), "f")
        columns.append(column)
    body = {"kind": Watermark.KIND, "version": 1, "percent": 50, **value, "columns": columns}
    return _checked(partial(Watermark.from_json, body), place)


def _checked(read: Callable[[], T], where: str) -> T:
    try:
        return read()
    except BadMessage as error:
        faults = [
            _bad(where + one.path[len(error.kind) :], f"有误 ({one.words.zh})", f"is wrong ({one.words.en})")
            for one in error.faults
        ]
        raise _together(faults) from error


def secret_from(env_name: str) -> str:
    """The value of an environment variable; its name may be shown, its value never."""
    value = os.environ.get(env_name)
    if not value:
        raise NodeFault(
            "no-dsn",
            Words(f"环境变量 {env_name} 未设置。", f"The environment variable {env_name} is not set."),
            Words("请设置为数据库连接串后重启节点。", "Set it to the database's connection string and restart."),
        )
    return value

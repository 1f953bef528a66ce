"""`[[sources]]`: what a node serves of each source, and what may be asked of it. Nothing can be asked that is not declared here."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from tongqu.node.config.table import Table, bad, checked, fits
from tongqu.wire.drift import FINGERPRINT
from tongqu.wire.message import Message, dressed
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
from tongqu.wire.sync import DEIDENTIFICATION, QUALITY
from tongqu.wire.title import Title
from tongqu.wire.watermark import MarkedColumn, Watermark

M = TypeVar("M", bound=Message)

MEASURES = (QUALITY, DEIDENTIFICATION)
FILES = ("parquet", "csv")
PARTITION_TYPES = ("text", "whole", "date")
KEEP, PAUSE = "keep", "pause"
MANY_FILES = frozenset({"folder", "delta"})
"""Kinds of sources that are made of many files."""
CARD_BYTES_MAX = 1024 * 1024


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


def source_of(row: object, folder: Path, where: str) -> SourceConfig:
    table = Table(row, where)
    shape = table.text("kind")
    if shape not in FORMATS:  # what else it may have depends on that
        raise bad(f"{where}.kind", f"应为 {'、'.join(FORMATS)} 之一", f"must be one of {', '.join(FORMATS)}")
    key = table.maybe("key")
    if not fits(SourceDeclaration, "key_column", key):
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


def _questions(table: Table, key: str | None) -> tuple[Question, ...]:
    if key is None and table.values.pop("questions", []):
        table.refuse("key", "缺少, 而 questions 须有键列", "is missing, and `questions` need a key column")
    return tuple(table.parts("questions", partial(_use, Question, {"key_column": key})))


def _check_each(source: SourceConfig, table: Table) -> None:
    if source.id and not fits(SourceDeclaration, "source", source.id):
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
    if not source.modes or not fits(SourceDeclaration, "modes", list(source.modes)):
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


def _check_together(source: SourceConfig, table: Table) -> None:
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


def _of_its_kind(table: Table, shape: str) -> dict[str, Any]:
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


def _partitions(table: Table) -> tuple[tuple[str, str | None], ...]:
    """`partitions = ["year", { name = "day", type = "date" }]`."""
    found = table.parts("partitions", _partition)
    if len({name for name, _ in found}) != len(found):
        table.refuse("partitions", "名称重复", "repeat a name")
    return tuple(found)


def _partition(row: object, where: str) -> tuple[str, str | None]:
    told = Table({"name": row} if isinstance(row, str) else row, where)
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
        raise bad(where, "应为一个表", "must be a table")
    return checked(partial(kind.from_json, dressed(kind, {**given, **row})), where)


def _scoring(folder: Path, key: str | None, row: object, where: str) -> tuple[Scoring, ModelCard, ModelConfig]:
    """A scoring, the card that its digest is of, and where the model is. The file itself is read when it is loaded."""
    told = Table(row, where)
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
    scoring = checked(partial(Scoring.from_json, dressed(Scoring, body)), where)
    if scoring.format != SKOPS and model.trusted:
        raise bad(f"{where}.trusted", "只用于 skops", "is for skops only")
    return scoring, card, model


def _card(file: Path, where: str) -> ModelCard:
    try:
        content = file.read_bytes()[: CARD_BYTES_MAX + 1]
        told = json.loads(content) if len(content) <= CARD_BYTES_MAX else None
    except (OSError, ValueError, RecursionError):
        raise bad(where, "读不到或不是有效的 JSON 文件", "cannot be read, or is not valid JSON") from None
    return checked(lambda: ModelCard.from_json(dressed(ModelCard, told)), where)


def _watermark(table: Table) -> Watermark | None:
    """`watermark = {columns = [{name, tolerance | seconds | pairs}], percent}`: how a data set's copies are marked."""
    if "watermark" not in table.values:
        return None
    value, place = table.values.pop("watermark"), f"{table.where}.watermark"
    if not isinstance(value, dict) or not isinstance(value.get("columns"), list):
        raise bad(place, "应为含 columns 的表", "must be a table with `columns`")
    columns = []
    for at, row in enumerate(value["columns"]):
        if not isinstance(row, dict):
            raise bad(f"{place}.columns[{at}]", "应为一个表", "must be a table")
        pairs = row.get("pairs", [])
        if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
            raise bad(f"{place}.columns[{at}].pairs", "应为两项一组的列表", "must list pairs of two writings")
        told = [{"kind": "pair", "version": 1, "one": one, "other": other} for one, other in pairs]
        column = {"kind": MarkedColumn.KIND, "version": 1, "tolerance": None, "seconds": None, **row, "pairs": told}
        if isinstance(column["tolerance"], int | float) and not isinstance(column["tolerance"], bool):
            column["tolerance"] = format(Decimal(str(column["tolerance"])), "f")
        columns.append(column)
    body = {"kind": Watermark.KIND, "version": 1, "percent": 50, **value, "columns": columns}
    return checked(partial(Watermark.from_json, body), place)

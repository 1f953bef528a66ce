"""What a node tells of its sources: the declaration, the questions its owner allows, and the measured profile.

A declaration never holds a raw value. A profile holds counts, ranges of numbers and dates, lengths of text, and how many
rows look like an identity number and the like; counts below `small_counts` are not told (null), and an extreme that
fewer rows share is rounded outward to two figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import ClassVar

from tongqu.wire.drift import TYPES, Drift
from tongqu.wire.message import (
    Message,
    Shape,
    flag,
    hex_digest,
    list_of,
    message,
    moment,
    name,
    one_of,
    optional,
    spare,
    text,
    whole,
)
from tongqu.wire.model_card import ModelCard
from tongqu.wire.query import Query
from tongqu.wire.report_form import ReportForm
from tongqu.wire.scoring import Scoring
from tongqu.wire.title import Title
from tongqu.wire.watermark import Watermark

VERIFICATION = "verification"
DATASET = "dataset"
API = "api"
MODEL = "model"
REPORT = "report"
MODES = (VERIFICATION, DATASET, API, MODEL, REPORT)

DECLARED = {VERIFICATION: "questions", API: "queries", MODEL: "scorings", REPORT: "reports"}
"""Where a source keeps the uses that its owner declares for a mode; a data set is handed out as it is and has none."""

FORMATS = ("csv", "parquet", "excel", "postgresql", "folder", "delta")

YES_NO = "yes_no"
BANDS = "bands"
OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "in")

YES, NO, UNKNOWN = "yes", "no", "unknown"

PATTERNS = (
    "id_card",
    "credit_code",
    "mobile",
    "phone",
    "bank_card",
    "plate",
    "email",
    "address",
    "person_name",
    "passport",
    "ip",
)

CREDIT_CODE = r"[0-9A-HJ-NPQRTUWXY]{18}"
DECIMAL = r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?"


COLUMNS_MAX = 2_000
"""Of a source; one with more cannot be declared."""


@dataclass(frozen=True)
class Question(Message):
    """What a buyer may ask of one row: yes/no by one comparison, or the band its number falls in.

    `yes_no`: `operator` and `values` (one value, or up to 100 for `in`); the answer is yes, no or unknown.
    `bands`: `edges`, rising decimals as text; n edges make n + 1 half-open bands, each including its lower edge.
    An unknown key and an empty cell are both answered `unknown`, so that absence tells nothing more.

    Guards, each as its owner wants it: with `least`, a batch is told only how many of its keys have which answer, and no
    number behind which fewer stand; `blinded` says that keys may, or must, come blinded; `misses_max` is how many
    different keys that are not there one contract may ask for.
    """

    KIND: ClassVar[str] = "question"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "id": name(),
        "title": message(Title),
        "key_column": text(most=200),
        "column": text(most=200),
        "answer": one_of(YES_NO, BANDS),
        "operator": optional(one_of(*OPERATORS)),
        "values": list_of(text(least=0, most=200), most=100, distinct=True),
        "edges": list_of(text(most=32, pattern=DECIMAL), most=100),
        "least": spare(optional(whole(2, 1_000))),
        "blinded": spare(optional(one_of("allowed", "required"))),
        "misses_max": spare(optional(whole(1, 10_000_000))),
    }

    id: str
    title: Title
    key_column: str
    column: str
    answer: str
    operator: str | None = None
    values: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    least: int | None = None
    blinded: str | None = None
    misses_max: int | None = None

    @property
    def guarded(self) -> bool:
        return self.least is not None or self.blinded is not None or self.misses_max is not None

    def contradictions(self) -> list[str]:
        """`least` needs `misses_max`: else batches could be filled up with keys of nobody without end."""
        unbounded = ["misses_max"] if self.least is not None and self.misses_max is None else []
        return [*self._form(), *unbounded]

    def _form(self) -> list[str]:
        if self.answer == BANDS:
            found = [field for field, filled in (("operator", self.operator), ("values", self.values)) if filled]
            numbers = [Decimal(edge) for edge in self.edges]
            rising = all(low < high for low, high in pairwise(numbers))
            return found if numbers and rising else [*found, "edges"]
        found = ["edges"] if self.edges else []
        if self.operator is None:
            return [*found, "operator"]
        if not self.values or (self.operator != "in" and len(self.values) != 1):
            return [*found, "values"]
        return found

    @property
    def answers(self) -> tuple[str, ...]:
        """Every answer this question can have, `unknown` first. Bands from the lowest up: `<10`, `[10,20)`, `>=20`."""
        if self.answer == YES_NO:
            return (UNKNOWN, YES, NO)
        inner = (f"[{low},{high})" for low, high in pairwise(self.edges))
        return (UNKNOWN, f"<{self.edges[0]}", *inner, f">={self.edges[-1]}")


Use = Question | Query | Scoring | ReportForm
"""What an owner declares, a permit carries word for word, and the policy compares."""


@dataclass(frozen=True)
class Column(Message):
    """A column's name and type: text, whole, number, date, moment, flag or other."""

    KIND: ClassVar[str] = "column"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "name": text(most=200),
        "type": one_of(*TYPES),
    }

    name: str
    type: str


@dataclass(frozen=True)
class SourceDeclaration(Message):
    """What stands at the node and how its owner lets it be used. `source_version` is the SHA-256 of the file.

    `holder` is the unified social credit code of whose data it is: told at a node that serves several. `watermark` says
    which columns of a dataset's copies are marked, and within which tolerance. `drift` says that newer data has other columns
    than this version and was not taken; the version named here is the one before it.
    """

    KIND: ClassVar[str] = "source"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "source": name(),
        "title": message(Title),
        "format": one_of(*FORMATS),
        "source_version": hex_digest(),
        "bytes": whole(),
        "rows": whole(),
        "columns": list_of(message(Column), least=1, most=COLUMNS_MAX),
        "key_column": optional(text(most=200)),
        "modes": list_of(one_of(*MODES), most=len(MODES), distinct=True),
        "questions": list_of(message(Question), most=200),
        "loaded_at": moment(),
        "holder": optional(text(least=18, most=18, pattern=CREDIT_CODE)),
        "queries": spare(list_of(message(Query), most=200)),
        "scorings": spare(list_of(message(Scoring), most=200)),
        "reports": spare(list_of(message(ReportForm), most=200)),
        "cards": spare(list_of(message(ModelCard), most=200)),
        "watermark": spare(optional(message(Watermark))),
        "drift": spare(optional(message(Drift))),
    }

    source: str
    title: Title
    format: str
    source_version: str
    bytes: int
    rows: int
    columns: tuple[Column, ...]
    key_column: str | None
    modes: tuple[str, ...]
    questions: tuple[Question, ...]
    loaded_at: datetime
    holder: str | None = None
    queries: tuple[Query, ...] = ()
    scorings: tuple[Scoring, ...] = ()
    reports: tuple[ReportForm, ...] = ()
    cards: tuple[ModelCard, ...] = ()
    watermark: Watermark | None = None
    drift: Drift | None = None

    def contradictions(self) -> list[str]:
        return ["watermark"] if self.watermark is not None and DATASET not in self.modes else []

    def card(self, scoring: Scoring) -> ModelCard | None:
        """The card that a scoring names."""
        return next((card for card in self.cards if card.digest == scoring.card_sha256), None)

    def uses(self, mode: str) -> tuple[Use, ...]:
        """What its owner declares for this mode; nothing for a mode that needs no declaration."""
        return tuple(getattr(self, DECLARED[mode])) if mode in DECLARED else ()

    def use(self, mode: str, wanted: str) -> Use | None:
        return next((use for use in self.uses(mode) if use.id == wanted), None)


@dataclass(frozen=True)
class PatternFound(Message):
    """How many rows of a column look like something. What was not found is not told at all.

    `rows` null: found, in fewer rows than `small_counts`. Where so few rows of the column do not match, `rows` is rounded
    down to `small_counts` less than the column has.
    """

    KIND: ClassVar[str] = "pattern-found"
    FIELDS: ClassVar[Mapping[str, Shape]] = {"pattern": one_of(*PATTERNS), "rows": optional(whole(1))}

    pattern: str
    rows: int | None


@dataclass(frozen=True)
class ColumnProfile(Message):
    """Measured on one column. Null means not told or not applicable; `minimum`/`maximum` are decimals or dates as text.

    `guarded` says that something was withheld or rounded because fewer than `small_counts` rows stand behind it.
    `patterns`, at most one of a kind, is left out where nothing was found, as older nodes do that never looked.
    """

    KIND: ClassVar[str] = "column-profile"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "name": text(most=200),
        "type": one_of(*TYPES),
        "nulls": optional(whole()),
        "distinct": optional(whole()),
        "minimum": optional(text(most=60)),
        "maximum": optional(text(most=60)),
        "length_min": optional(whole()),
        "length_max": optional(whole()),
        "guarded": flag(),
        "patterns": spare(list_of(message(PatternFound), most=len(PATTERNS))),
    }

    name: str
    type: str
    nulls: int | None
    distinct: int | None
    minimum: str | None
    maximum: str | None
    length_min: int | None
    length_max: int | None
    guarded: bool
    patterns: tuple[PatternFound, ...] = ()

    def contradictions(self) -> list[str]:
        names = [found.pattern for found in self.patterns]
        return ["patterns"] if len(set(names)) < len(names) else []


@dataclass(frozen=True)
class Profile(Message):
    """Quality and shape of one version of a source, measured where it stands."""

    KIND: ClassVar[str] = "profile"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "source": name(),
        "source_version": hex_digest(),
        "rows": whole(),
        "columns": list_of(message(ColumnProfile), most=COLUMNS_MAX),
        "small_counts": whole(1, 10_000),
        "measured_at": moment(),
    }

    source: str
    source_version: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    small_counts: int
    measured_at: datetime

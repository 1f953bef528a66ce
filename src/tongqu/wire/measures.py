"""What a node is asked to measure of a source beyond its profile, and what it answers: quality and de-identification.

What is asked are typed rules and steps, never a program; what is answered are whole numbers and codes, never a value.
Shares are in basis points. Counts below `small_counts` are told as a span or not at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

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
    text,
    whole,
)
from tongqu.wire.source import DECIMAL, PATTERNS

RULES_MAX = 100
RULE_COLUMNS_MAX = 8
CODES_MAX = 2_000
EXPRESSION_CHARS_MAX = 200

REQUIRED, FORM, EXPRESSION, CODES, RANGE = "required", "form", "expression", "codes", "range"
UNIQUE, ORDER, FRESH, GAPLESS = "unique", "order", "fresh", "gapless"
CHECKS = (REQUIRED, FORM, EXPRESSION, CODES, RANGE, UNIQUE, ORDER, FRESH, GAPLESS)
CYCLES = ("day", "week", "month", "quarter", "year")
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

QUASI_MAX = 8
SENSITIVE_MAX = 8
LEVELS_MAX = 8
COMBINATIONS_MAX = 2_000
ROWS_MAX = 5_000_000
SEARCH_MAX = 200_000_000
"""Records times combinations that a node tries at most."""

KEEP, PERIOD, INTERVAL, PREFIX, DROP = "keep", "period", "interval", "prefix", "drop"
STEPS = (KEEP, PERIOD, INTERVAL, PREFIX, DROP)
BASIS_POINTS = 10_000
BANDS = ((1, 1), (2, 4), (5, 9), (10, 19), (20, 49), (50, None))
"""Sizes of classes as they are told: how many records stand in classes of one, of two to four, and so on."""


@dataclass(frozen=True)
class QualityRule(Message):
    """One rule about the rows of a source. An empty cell fails `required` only; other rules look at filled cells.

    `required`: filled, and not by spaces alone. `form`: one of the known patterns. `expression`: the whole cell fits (RE2).
    `codes`: one of `values`. `range`: from `low` to `high`, both included; decimals or days. `unique`: no other row has
    the same in these columns. `order`: the first column is not after (greater than) the second. `fresh`: the newest day is
    no older than one `cycle`. `gapless`: each `cycle` between the first and the last day has a row.
    """

    KIND: ClassVar[str] = "quality-rule"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "id": name(),
        "check": one_of(*CHECKS),
        "columns": list_of(text(most=200), least=1, most=RULE_COLUMNS_MAX, distinct=True),
        "form": optional(one_of(*PATTERNS)),
        "expression": optional(text(most=EXPRESSION_CHARS_MAX)),
        "values": list_of(text(most=200), most=CODES_MAX, distinct=True),
        "low": optional(text(most=32, pattern=rf"{DECIMAL}|{DAY}")),
        "high": optional(text(most=32, pattern=rf"{DECIMAL}|{DAY}")),
        "cycle": optional(one_of(*CYCLES)),
    }

    id: str
    check: str
    columns: tuple[str, ...]
    form: str | None = None
    expression: str | None = None
    values: tuple[str, ...] = ()
    low: str | None = None
    high: str | None = None
    cycle: str | None = None

    def contradictions(self) -> list[str]:
        many = {UNIQUE: range(1, RULE_COLUMNS_MAX + 1), ORDER: range(2, 3)}.get(self.check, range(1, 2))
        needed = {
            "form": self.check == FORM,
            "expression": self.check == EXPRESSION,
            "values": self.check == CODES,
            "cycle": self.check in (FRESH, GAPLESS),
        }
        found = [field for field, wanted in needed.items() if bool(getattr(self, field)) != wanted]
        if (self.low is not None or self.high is not None) != (self.check == RANGE):
            found.append("low")
        return found if len(self.columns) in many else [*found, "columns"]


@dataclass(frozen=True)
class QualityOrder(Message):
    """Asks a node to check these rules on the current version of a source."""

    KIND: ClassVar[str] = "quality-order"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "source": name(),
        "rules": list_of(message(QualityRule), least=1, most=RULES_MAX),
    }

    source: str
    rules: tuple[QualityRule, ...]

    def contradictions(self) -> list[str]:
        return ["rules"] if len({rule.id for rule in self.rules}) < len(self.rules) else []


@dataclass(frozen=True)
class RuleMeasured(Message):
    """How many rows a rule looked at, and between how many and how many failed: equal numbers unless few stand behind.

    All null: fewer than `small_counts` rows could be looked at, or `fault` says why the rule could not be checked.
    """

    KIND: ClassVar[str] = "rule-measured"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "id": name(),
        "checked": optional(whole(1)),
        "failed_least": optional(whole()),
        "failed_most": optional(whole()),
        "fault": optional(name()),
    }

    id: str
    checked: int | None
    failed_least: int | None
    failed_most: int | None
    fault: str | None = None

    def contradictions(self) -> list[str]:
        told = (self.checked, self.failed_least, self.failed_most)
        if None in told:
            return [] if told == (None, None, None) else ["checked"]
        checked, least, most = (int(one or 0) for one in told)
        return [] if self.fault is None and least <= most <= checked else ["failed_most"]


@dataclass(frozen=True)
class QualityMeasured(Message):
    """The counts of a `QualityOrder`, one entry a rule and in its order."""

    KIND: ClassVar[str] = "quality-measured"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "source": name(),
        "source_version": hex_digest(),
        "rows": whole(),
        "rules": list_of(message(RuleMeasured), least=1, most=RULES_MAX),
        "small_counts": whole(1, 10_000),
        "measured_at": moment(),
    }

    source: str
    source_version: str
    rows: int
    rules: tuple[RuleMeasured, ...]
    small_counts: int
    measured_at: datetime


@dataclass(frozen=True)
class Step(Message):
    """How a column is made coarser: `period` of days to a cycle, `interval` of numbers, `prefix` of text, `drop`, `keep`."""

    KIND: ClassVar[str] = "generalisation-step"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "how": one_of(*STEPS),
        "cycle": optional(one_of(*CYCLES)),
        "width": optional(text(most=32, pattern=DECIMAL)),
        "chars": optional(whole(1, 100)),
    }

    how: str
    cycle: str | None = None
    width: str | None = None
    chars: int | None = None

    def contradictions(self) -> list[str]:
        needed = {"cycle": PERIOD, "width": INTERVAL, "chars": PREFIX}
        found = [field for field, how in needed.items() if (getattr(self, field) is not None) != (self.how == how)]
        return found if self.width is None or float(self.width) > 0 else [*found, "width"]


@dataclass(frozen=True)
class QuasiIdentifier(Message):
    """A column that may single a person out, and its steps from the finest to the coarsest."""

    KIND: ClassVar[str] = "quasi-identifier"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "column": text(most=200),
        "steps": list_of(message(Step), least=1, most=LEVELS_MAX),
    }

    column: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class DeidentificationOrder(Message):
    """Asks how well people are hidden in a source as it is, and made coarser.

    `person`: the column that tells people apart where one has several rows; none: each row is one person. With one step a
    column they are applied; with more, the combination of least loss is searched that brings every class to `k`, leaving
    out at most `suppressed_most` of the records (basis points). Records in classes below `k` are left out either way.
    """

    KIND: ClassVar[str] = "deidentification-order"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "source": name(),
        "person": optional(text(most=200)),
        "quasi": list_of(message(QuasiIdentifier), least=1, most=QUASI_MAX),
        "sensitive": list_of(text(most=200), most=SENSITIVE_MAX, distinct=True),
        "k": whole(1, 1_000),
        "suppressed_most": whole(0, BASIS_POINTS),
    }

    source: str
    person: str | None
    quasi: tuple[QuasiIdentifier, ...]
    sensitive: tuple[str, ...]
    k: int
    suppressed_most: int

    def contradictions(self) -> list[str]:
        columns = [quasi.column for quasi in self.quasi]
        if len(set(columns)) < len(columns) or self.person in columns or self.combinations > COMBINATIONS_MAX:
            return ["quasi"]
        return ["sensitive"] if set(self.sensitive) & {*columns, self.person} else []

    @property
    def combinations(self) -> int:
        return math.prod(len(quasi.steps) for quasi in self.quasi)


@dataclass(frozen=True)
class Band(Message):
    """Records in classes of so many; null where fewer than `small_counts`, or where such a number could be counted back.
    `most` null: and above."""

    KIND: ClassVar[str] = "class-band"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "least": whole(1),
        "most": optional(whole(1)),
        "records": optional(whole()),
    }

    least: int
    most: int | None
    records: int | None


@dataclass(frozen=True)
class SensitiveMeasured(Message):
    """Of a sensitive column: the fewest different values in a class (l), the greatest distance of a class from all (t)."""

    KIND: ClassVar[str] = "sensitive-measured"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "column": text(most=200),
        "ordered": flag(),
        "l": whole(),
        "t": whole(0, BASIS_POINTS),
    }

    column: str
    ordered: bool
    l: int  # noqa: E741 - as the literature calls it
    t: int


@dataclass(frozen=True)
class Hiding(Message):
    """How well people are hidden in one form of the data. `k` 0: no record is left.

    `unique` are the records that are alone in their class, null where the band is. `risk_most` is 1/k, `risk_mean` the mean
    over the records of 1/(size of the class), both in basis points, rounded up. `records` is rounded down where few are
    left out; then `classes` is not told.
    """

    KIND: ClassVar[str] = "hiding"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "records": whole(),
        "classes": optional(whole()),
        "k": whole(),
        "unique": optional(whole()),
        "risk_most": whole(0, BASIS_POINTS),
        "risk_mean": whole(0, BASIS_POINTS),
        "bands": list_of(message(Band), most=len(BANDS)),
        "sensitive": list_of(message(SensitiveMeasured), most=SENSITIVE_MAX),
    }

    records: int
    classes: int | None
    k: int
    unique: int | None
    risk_most: int
    risk_mean: int
    bands: tuple[Band, ...]
    sensitive: tuple[SensitiveMeasured, ...]


@dataclass(frozen=True)
class DeidentificationMeasured(Message):
    """Before and after. `applied` are the steps taken, one a column of the order; `reached`: within the order's limits.

    `suppressed` is the share of records left out, in basis points rounded up; null where they are few.
    """

    KIND: ClassVar[str] = "deidentification-measured"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "source": name(),
        "source_version": hex_digest(),
        "rows": whole(),
        "before": message(Hiding),
        "after": message(Hiding),
        "applied": list_of(message(Step), least=1, most=QUASI_MAX),
        "suppressed": optional(whole(0, BASIS_POINTS)),
        "reached": flag(),
        "tried": whole(1),
        "small_counts": whole(1, 10_000),
        "measured_at": moment(),
    }

    source: str
    source_version: str
    rows: int
    before: Hiding
    after: Hiding
    applied: tuple[Step, ...]
    suppressed: int | None
    reached: bool
    tried: int
    small_counts: int
    measured_at: datetime

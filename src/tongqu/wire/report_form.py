"""A report that a provider declares and a buyer has filled for one period (mode `report`): sections of text, tables, charts.

Tables are filled from groups of rows; what stands for fewer rows than `group_min` is not told. A period is one whole unit
(a month, a quarter, a year), never a span of the buyer's choosing: two reports then never differ by a few rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tongqu.wire.message import Message, Shape, list_of, message, name, one_of, optional, text, whole
from tongqu.wire.title import Title

MONTH, QUARTER, YEAR = "month", "quarter", "year"
COUNT, SUM, MEAN = "count", "sum", "mean"
BARS, LINE, PLAIN = "bars", "line", "plain"

_PERIODS = {
    MONTH: re.compile(r"[1-9][0-9]{3}-(0[1-9]|1[0-2])"),
    QUARTER: re.compile(r"[1-9][0-9]{3}-Q[1-4]"),
    YEAR: re.compile(r"[1-9][0-9]{3}"),
}


@dataclass(frozen=True)
class Figure(Message):
    """A column of a report's table: how many rows, or a sum or mean of a column, rounded to `digits` decimals; `digits`
    below zero rounds to tens, hundreds …"""

    KIND: ClassVar[str] = "report-figure"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "title": message(Title),
        "figure": one_of(COUNT, SUM, MEAN),
        "column": optional(text(most=200)),
        "digits": whole(-6, 6),
    }

    title: Title
    figure: str
    column: str | None = None
    digits: int = 0

    def contradictions(self) -> list[str]:
        return [] if (self.figure == COUNT) == (self.column is None) else ["column"]


@dataclass(frozen=True)
class Section(Message):
    """A heading, a text, and a table by the values of one column. The first figure is drawn. `rows_max` groups are told,
    the largest by the first figure first, or in their own order for a line."""

    KIND: ClassVar[str] = "report-section"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "title": message(Title),
        "text": message(Title),
        "by": text(most=200),
        "by_title": message(Title),
        "figures": list_of(message(Figure), least=1, most=6),
        "chart": one_of(BARS, LINE, PLAIN),
        "rows_max": whole(1, 200),
    }

    title: Title
    text: Title
    by: str
    by_title: Title
    figures: tuple[Figure, ...]
    chart: str = BARS
    rows_max: int = 50


@dataclass(frozen=True)
class ReportForm(Message):
    """What the provider's node declares and the permit repeats word for word. `period_column` holds dates or moments; or years,
    where `month_column` holds the months."""

    KIND: ClassVar[str] = "report-form"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "id": name(),
        "title": message(Title),
        "period": one_of(MONTH, QUARTER, YEAR),
        "period_column": text(most=200),
        "month_column": optional(text(most=200)),
        "group_min": whole(2, 10_000),
        "sections": list_of(message(Section), least=1, most=20),
        "about": message(Title),
    }

    id: str
    title: Title
    period: str
    period_column: str
    month_column: str | None
    group_min: int
    sections: tuple[Section, ...]
    about: Title

    def is_period(self, value: str) -> bool:
        """Whether the text names one period of this form: `2020-03`, `2020-Q1` or `2020`."""
        return bool(_PERIODS[self.period].fullmatch(value))

    @property
    def period_form(self) -> str:
        """What a period of this form looks like, for whoever asks in another way."""
        return {MONTH: "2020-03", QUARTER: "2020-Q1", YEAR: "2020"}[self.period]

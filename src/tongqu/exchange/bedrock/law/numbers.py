"""Figures: numbers and short texts that change by decree, each value with its day, its source and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field, StrictInt, StrictStr

from tongqu.exchange.bedrock.law.certainty import Certainty
from tongqu.exchange.bedrock.law.citations import Citation
from tongqu.exchange.bedrock.law.files import Entry, Said, check_order, in_force
from tongqu.exchange.bedrock.values import Words

Unit = Literal[
    "working_days", "natural_days", "months", "years", "hours", "minutes", "seconds", "characters", "basis_points",
    "fen", "people", "times", "count", "octets", "yes_no", "pattern", "text",
]  # fmt: skip
_TEXTUAL = {"pattern", "text"}


class UnknownFigure(LookupError):
    """No figure has that key, or none is in force that day. Add it to law/figures with its source."""


class Value(Entry):
    """One value of a figure in its period. `cite` names the source; an operator's own value also who approved it."""

    since: date
    until: date | None = None
    value: StrictInt | StrictStr
    cite: str
    certainty: Certainty = Field(strict=False)
    approved_by: str = ""


class Dated(Entry):
    """A figure as its file writes it."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")
    unit: Unit
    note: Said
    values: tuple[Value, ...] = Field(min_length=1)

    def check(self) -> None:
        """Refuses overlapping periods and a value of the wrong kind for its unit."""
        check_order(f"figure {self.key}", [(v.since, v.until) for v in self.values])
        for value in self.values:
            if isinstance(value.value, str) != (self.unit in _TEXTUAL):
                raise ValueError(f"figure {self.key}: {value.value!r} is no value in {self.unit}")
            if isinstance(value.value, int) and value.value < 0:
                raise ValueError(f"figure {self.key}: {value.value} is below zero")

    def on(self, day: date) -> Value | None:
        return next((v for v in self.values if in_force(v.since, v.until, day)), None)


@dataclass(frozen=True)
class Figure:
    """A figure on one day. `since` is the first day of this value, `until` the first day without it."""

    key: str
    value: int | str
    unit: str
    source: Citation
    certainty: Certainty
    since: date
    until: date | None
    note: Words
    approved_by: str = ""

    @property
    def label(self) -> Words | None:
        """The mark that must stand beside the value; nothing when the text was read."""
        return self.certainty.label

    @property
    def number(self) -> int:
        """The value as a whole number. Raises TypeError for a figure that is a text."""
        if isinstance(self.value, str):
            raise TypeError(f"figure {self.key} is a text")
        return self.value

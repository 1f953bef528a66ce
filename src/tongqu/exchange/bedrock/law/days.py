"""Dated days of law/calendar: which days are off, which weekend days are worked. The calendar module counts with them.

Three kinds of file. `arrangement`: the State Council's whole notice for a year, which ends its being provisional.
`amendment`: single days changed by a later text. `statutory`: holidays by statute, for a year without an arrangement.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, StrictInt

from tongqu.exchange.bedrock.law.certainty import Certainty
from tongqu.exchange.bedrock.law.files import BadLaw, Entry, Said


class SetDay(Entry):
    """One day that is not what its weekday says."""

    day: date
    what: Literal["off", "working"]
    reason: Said


class Arrangement(Entry):
    """One file of law/calendar. `announced` is the day the text was made known; among equals the later one wins."""

    key: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    kind: Literal["arrangement", "amendment", "statutory"]
    year: StrictInt
    announced: date
    cite: str
    source: Said
    certainty: Certainty = Field(strict=False)
    days: tuple[SetDay, ...] = Field(min_length=1)
    approved_by: str = ""

    def check(self) -> None:
        """Refuses a day said twice or far from its year (an arrangement may reach into the years beside it)."""
        said = [one.day for one in self.days]
        if len(set(said)) != len(said):
            raise BadLaw(f"calendar {self.key}: a day is said twice")
        reach = 0 if self.kind == "statutory" else 1
        if any(abs(day.year - self.year) > reach for day in said):
            raise BadLaw(f"calendar {self.key}: a day lies outside {self.year}")

"""Which days are worked, year by year: the kept library, overlaid by the dated files of law/calendar."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from chinese_calendar import constants as kept

from tongqu.exchange.bedrock.law import Arrangement
from tongqu.exchange.bedrock.values import Words

_FIXED_BY_STATUTE = {
    (1, 1): Words("元旦", "New Year's Day"),
    (5, 1): Words("劳动节", "Labour Day"),
    (5, 2): Words("劳动节", "Labour Day"),
    (10, 1): Words("国庆节", "National Day"),
    (10, 2): Words("国庆节", "National Day"),
    (10, 3): Words("国庆节", "National Day"),
}
_NAMES = {
    "New Year's Day": "元旦", "Spring Festival": "春节", "Tomb-sweeping Day": "清明节", "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节", "Mid-autumn Festival": "中秋节", "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}  # fmt: skip
_WEEKEND = Words("周末", "weekend")
_WORKED = Words("调休上班", "worked in exchange for a holiday")
SATURDAY = 5


@dataclass(frozen=True)
class Year:
    """One year's days that differ from the week: `off` and `worked`, each with its reason."""

    year: int
    provisional: bool
    off: Mapping[date, Words]
    worked: Mapping[date, Words]

    @cached_property
    def edition(self) -> str:
        """Twelve characters that change whenever an answer about this year may change."""
        days = [f"-{day}" for day in sorted(self.off)] + [f"+{day}" for day in sorted(self.worked)]
        return hashlib.sha256(f"{self.year} {self.provisional} {' '.join(days)}".encode()).hexdigest()[:12]

    def works(self, day: date) -> bool:
        return day in self.worked or (day not in self.off and day.weekday() < SATURDAY)

    def reason(self, day: date) -> Words | None:
        """Why the day is off or, on a weekend, worked; None for a plain working day."""
        if day in self.worked:
            return self.worked[day]
        return self.off.get(day) or (_WEEKEND if day.weekday() >= SATURDAY else None)


@dataclass(frozen=True)
class Days:
    """Every year, read from the library and the files. Pure: made by `over`, never changed."""

    arrangements: tuple[Arrangement, ...]
    _years: dict[int, Year] = field(default_factory=dict, repr=False, compare=False)

    def year(self, year: int) -> Year:
        if year not in self._years:
            self._years[year] = self._made(year)
        return self._years[year]

    def _made(self, year: int) -> Year:
        arranged = any(one.kind == "arrangement" and one.year == year for one in self.arrangements)
        provisional = not arranged and year not in _KEPT_YEARS
        off, worked = _by_statute(year, self.arrangements) if provisional else _as_kept(year)
        if arranged:
            off, worked = {}, {}
        for one in self.arrangements:
            for entry in one.days:
                if one.kind != "statutory" and entry.day.year == year:
                    off.pop(entry.day, None)
                    worked.pop(entry.day, None)
                    (off if entry.what == "off" else worked)[entry.day] = entry.reason.words
        return Year(year, provisional, off, worked)


def _as_kept(year: int) -> tuple[dict[date, Words], dict[date, Words]]:
    off = {day: _named(name) for day, name in kept.holidays.items() if day.year == year}
    return off, {day: _WORKED for day in kept.workdays if day.year == year}


def _named(name: str) -> Words:
    return Words(_NAMES.get(name, name), name)


def _by_statute(year: int, arrangements: Iterable[Arrangement]) -> tuple[dict[date, Words], dict[date, Words]]:
    """Holidays that the statute fixes by date, and the lunar ones as far as the files know them. No day is worked."""
    off = {date(year, month, day): words for (month, day), words in _FIXED_BY_STATUTE.items()}
    for one in arrangements:
        if one.kind == "statutory" and one.year == year:
            off |= {entry.day: entry.reason.words for entry in one.days if entry.what == "off"}
    return off, {}


def _kept_years() -> frozenset[int]:
    return frozenset({day.year for day in kept.holidays} & {day.year for day in kept.workdays})


_KEPT_YEARS = _kept_years()


def tomorrow(day: date) -> date:
    return day + timedelta(days=1)

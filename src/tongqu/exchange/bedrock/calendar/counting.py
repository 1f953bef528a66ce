"""Counting days as the law counts them. Pure: a `Calendar` is made of files, a `Deadline` says if it is provisional.

The day of the event is not counted (期间开始的当日不计入): one working day from Monday is Tuesday.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tongqu.exchange.bedrock.calendar.arrangements import Days, Year, tomorrow
from tongqu.exchange.bedrock.law import Arrangement
from tongqu.exchange.bedrock.values import Words

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Deadline:
    """The last day on which something may be done. `provisional`: it looked at a year without an arrangement."""

    day: date
    provisional: bool


@dataclass(frozen=True)
class Day:
    """One day: whether it is worked and why not (or, on a weekend, why so)."""

    day: date
    working: bool
    reason: Words | None
    provisional: bool


@dataclass(frozen=True)
class Calendar:
    """The State Council's working days over given files. All days are local days of Asia/Shanghai."""

    days: Days

    def year(self, year: int) -> Year:
        return self.days.year(year)

    def provisional(self, year: int) -> bool:
        """Whether no arrangement of that year is known: weekends and statutory holidays only."""
        return self.year(year).provisional

    def edition(self, year: int) -> str:
        """A fingerprint of the year's days; when it changes, deadlines that touch the year must be counted anew."""
        return self.year(year).edition

    def is_working(self, day: date) -> bool:
        return self.year(day.year).works(day)

    def day(self, day: date) -> Day:
        known = self.year(day.year)
        return Day(day, known.works(day), known.reason(day), known.provisional)

    def add_working_days(self, day: date, n: int) -> Deadline:
        """The n-th working day after `day`; for n = 0 `day` itself, worked or not. Raises ValueError below zero."""
        _not_below_zero(n)
        last, left = day, n
        while left:
            last += ONE_DAY
            left -= self.is_working(last)
        return self._counted(day, last)

    def subtract_working_days(self, day: date, n: int) -> Deadline:
        """The n-th working day before `day`: the latest day to act when n working days' notice is due."""
        _not_below_zero(n)
        first, left = day, n
        while left:
            first -= ONE_DAY
            left -= self.is_working(first)
        return Deadline(first, self._touches(first, day - ONE_DAY))

    def working_days_between(self, a: date, b: date) -> int:
        """Working days after `a` up to and including `b`; the inverse of adding. Raises ValueError when b < a."""
        if b < a:
            raise ValueError(f"{b} is before {a}")
        return sum(self.is_working(a + timedelta(days=n)) for n in range(1, (b - a).days + 1))

    def first_working_day(self, day: date) -> Deadline:
        """`day` itself when it is worked, otherwise the next working day."""
        last = day
        while not self.is_working(last):
            last += ONE_DAY
        return self._counted(day - ONE_DAY, last)

    def add_natural_days(self, day: date, n: int, *, rolls: bool) -> Deadline:
        """`n` days after `day`. With `rolls`, a last day that is off moves to the next working day."""
        _not_below_zero(n)
        last = day + timedelta(days=n)
        return self._rolled(last, rolls=rolls and n > 0)

    def add_months(self, day: date, n: int, *, rolls: bool = False) -> Deadline:
        """The same day n months on, or the last day of a shorter month (31 January + 1 = 28 or 29 February)."""
        _not_below_zero(n)
        return self._rolled(shift_months(day, n), rolls=rolls and n > 0)

    def _rolled(self, last: date, *, rolls: bool) -> Deadline:
        return self.first_working_day(last) if rolls else Deadline(last, provisional=False)

    def _counted(self, after: date, last: date) -> Deadline:
        """The deadline when the days after `after` up to `last` were looked at."""
        return Deadline(last, self._touches(tomorrow(after), last))

    def _touches(self, first: date, last: date) -> bool:
        """Whether a day from `first` to `last`, both included, lies in a provisional year."""
        return first <= last and any(self.provisional(year) for year in range(first.year, last.year + 1))


def over(arrangements: tuple[Arrangement, ...]) -> Calendar:
    """A calendar over these files, the earliest first: later ones win."""
    return Calendar(Days(arrangements))


def shift_months(day: date, n: int) -> date:
    """The same day n months later (or earlier, below zero), clamped to the end of the month."""
    months = day.year * 12 + day.month - 1 + n
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def end_of(day: date) -> datetime:
    """The moment a deadline on that day expires: 24:00 local time. `at < end_of(day)` is still in time."""
    return datetime.combine(day + ONE_DAY, time.min, SHANGHAI)


def local_day(at: datetime) -> date:
    """The day in Asia/Shanghai of a moment. Raises ValueError for a moment without a zone."""
    if at.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return at.astimezone(SHANGHAI).date()


def _not_below_zero(n: int) -> None:
    if n < 0:
        raise ValueError(f"{n} days: count forwards, or use subtract_working_days")

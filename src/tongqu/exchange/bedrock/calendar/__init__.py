"""Working days of the State Council with make-up days, natural days and months, as the law counts them. No Django.

Day 0 is the day of the event and is not counted. A year without a published arrangement is provisional, and every
`Deadline` that looked at one says so. `edition(year)` changes when the year's days change: then recount the clocks.
"""

from __future__ import annotations

from datetime import date
from functools import cache

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.calendar.counting import Calendar, Day, Deadline, end_of, local_day, over, shift_months


@cache
def _calendar() -> Calendar:
    return over(law.arrangements())


def reload() -> None:
    """Forgets the calendar and the law, so that files that have arrived since are read at the next question."""
    law.reload()
    _calendar.cache_clear()


def provisional(year: int) -> bool:
    """Whether no arrangement of that year is known yet: weekends and statutory holidays only."""
    return _calendar().provisional(year)


def edition(year: int) -> str:
    """Twelve characters that change when the year's days change."""
    return _calendar().edition(year)


def is_working(day: date) -> bool:
    """Whether the day is worked. `look_at(day)` also says why and whether that is provisional."""
    return _calendar().is_working(day)


def look_at(day: date) -> Day:
    """The day with its reason and whether the answer is provisional."""
    return _calendar().day(day)


def add_working_days(day: date, n: int) -> Deadline:
    """The n-th working day after the day of the event."""
    return _calendar().add_working_days(day, n)


def subtract_working_days(day: date, n: int) -> Deadline:
    """The n-th working day before `day`."""
    return _calendar().subtract_working_days(day, n)


def working_days_between(a: date, b: date) -> int:
    """Working days after `a` up to and including `b`."""
    return _calendar().working_days_between(a, b)


def first_working_day(day: date) -> Deadline:
    """`day` when it is worked, otherwise the next working day."""
    return _calendar().first_working_day(day)


def add_natural_days(day: date, n: int, *, rolls: bool | None = None) -> Deadline:
    """`n` natural days after the day of the event.

    A last day that is off moves to the next working day when `rolls` is true; left out, the figure
    `calendar.last_day_rolls` of that day decides (Civil Code art. 203 from memory: to be verified).
    """
    if rolls is None:
        rolls = law.figure("calendar.last_day_rolls", on=day).value == 1
    return _calendar().add_natural_days(day, n, rolls=rolls)


def add_months(day: date, n: int, *, rolls: bool = False) -> Deadline:
    """The same day n months on, clamped to the end of the month. A term of validity does not roll."""
    return _calendar().add_months(day, n, rolls=rolls)


__all__ = [
    "Calendar", "Day", "Deadline", "add_months", "add_natural_days", "add_working_days", "edition", "end_of",
    "first_working_day", "is_working", "local_day", "look_at", "over", "provisional", "reload", "shift_months",
    "subtract_working_days", "working_days_between",
]  # fmt: skip

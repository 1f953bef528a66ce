"""When the next edition is due: one cycle on, and some days of grace. The day itself still counts."""

from __future__ import annotations

from datetime import date, datetime

from tongqu.exchange.bedrock import calendar, law

DAYS = {"day": 1, "week": 7}
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def next_due(cycle: str, since: date) -> datetime | None:
    """The moment from which the next edition is late; None where no cycle was agreed."""
    day = due_date(cycle, since)
    return calendar.end_of(day) if day else None


def due_date(cycle: str, since: date) -> date | None:
    grace = int(law.figure("house.flowback_grace", on=since).value)
    if cycle in DAYS:
        return calendar.add_natural_days(since, DAYS[cycle] + grace, rolls=False).day
    if cycle in MONTHS:
        return calendar.add_natural_days(calendar.add_months(since, MONTHS[cycle]).day, grace, rolls=False).day
    return None

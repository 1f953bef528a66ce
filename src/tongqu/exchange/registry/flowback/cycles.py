"""When the next edition is due: one cycle on, and some days of grace. The day itself still counts."""

from __future__ import annotations

from datetime import date, datetime

from tongqu.exchange.bedrock import calendar, law

DAYS = {"day": 1, "week": 7}
# Without a cycle of its own something is expected within a year, so that no subscription is forgotten.
MONTHS = {"month": 1, "quarter": 3, "year": 12, "on_demand": 12}


def next_due(cycle: str, since: date) -> datetime:
    """The moment from which the next edition is late."""
    return calendar.end_of(due_date(cycle, since))


def due_date(cycle: str, since: date) -> date:
    """The last day on which the next edition is in time."""
    grace = int(law.figure("house.flowback_grace", on=since).value)
    if cycle in DAYS:
        return calendar.add_natural_days(since, DAYS[cycle] + grace, rolls=False).day
    return calendar.add_natural_days(calendar.add_months(since, MONTHS[cycle]).day, grace, rolls=False).day

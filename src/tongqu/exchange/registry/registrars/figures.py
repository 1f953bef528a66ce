"""A registrar's year in figures, counted from the log: whoever counts them again, whenever, finds the same."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

from tongqu.exchange.bedrock import calendar, evidence
from tongqu.exchange.bedrock.procedures import CLOCK, HOUSE, visible
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.dealings import BY_KIND, LATE_OBJECTION
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.wire.canonical import digest

AT_ONCE = 5_000

# Key, words, table, the acts that are counted.
COUNTED: tuple[tuple[str, Words, str, tuple[str, ...]], ...] = (
    ("applied", Words("初次登记申请", "Applications for first registration"), "ownership", ("begin",)),
    ("accepted", Words("受理", "Accepted"), "ownership", ("accept",)),
    ("accepted_by_silence", Words("逾期视为受理", "Accepted by silence"), "ownership", ("accept_by_silence",)),
    ("refused", Words("不予登记", "Refused"), "ownership", ("refuse", "uphold")),
    ("withdrawn", Words("撤回", "Withdrawn"), "ownership", ("withdraw",)),
    ("objections", Words("公示期异议", "Objections in publicity"), "ownership", ("object",)),
    ("certificates", Words("核发凭证", "Certificates issued"), "ownership", ("issue", "reissue")),
    ("transfers", Words("转让登记", "Transfers entered"), "right_transfer", ("enter",)),
    ("changes", Words("变更登记", "Changes entered"), "right_change", ("enter",)),
    ("renewals", Words("续期登记", "Renewals entered"), "right_renewal", ("enter",)),
    ("cancellations", Words("注销登记", "Cancellations entered"), "ownership", ("cancel",)),
    ("lapsed", Words("到期失效", "Lapsed"), "ownership", ("lapse",)),
    ("notes", Words("记载限制事项", "Encumbrances noted"), "ownership", ("note",)),
    ("late_objections", Words("登记后异议", "Objections after registration"), "late_objection", ("begin",)),
)  # fmt: skip
TABLES = (OWNERSHIP, LATE_OBJECTION, *BY_KIND.values())
"""All that changes what a register says; the yearly figures count some of it."""
IN_FORCE = Words("年末有效凭证", "In force at the end of the year")
_BEGAN, _ENDED = ("issue",), ("lapse", "hand_over", "cancel")


def bounds(year: int) -> tuple[datetime, datetime]:
    """The year from its first moment to the first of the next."""
    return calendar.end_of(date(year - 1, 12, 31)), calendar.end_of(date(year, 12, 31))


def of_year(registrar: int, year: int) -> dict[str, int]:
    """Every figure of the year, and how many certificates were in force at its end."""
    since, until = bounds(year)
    subjects = _subjects(registrar)
    tables = {table: _tally(table, numbers, since, until) for table, numbers in subjects.items()}
    found = {key: sum(tables[table][act] for act in acts) for key, _, table, acts in COUNTED}
    ever = _tally("ownership", subjects["ownership"], None, until)
    return found | {"in_force": sum(ever[act] for act in _BEGAN) - sum(ever[act] for act in _ENDED)}


def done_by_people(registrar: int, since: datetime, until: datetime) -> int:
    """What people did with its matters since a moment: registered, noted, decided. What the house does by its clocks is left out."""
    total = 0
    for name, numbers in _subjects(registrar).items():
        table = next(one for one in TABLES if one.name == name)
        by_people = {act.name for act in table.acts if act.by != (CLOCK,)} | {"begin"}
        counted = _tally(name, numbers, since, until)
        total += sum(many for act, many in counted.items() if act in by_people)
    return total


def _subjects(registrar: int) -> dict[str, list[int]]:
    """The matters of a registrar by table; what was registered elsewhere is not its work."""
    found = {table.name: visible(table, HOUSE).filter(registrar_id=registrar) for table in TABLES}
    found["ownership"] = found["ownership"].filter(elsewhere__isnull=True)
    return {name: list(rows.values_list("pk", flat=True)) for name, rows in found.items()}


def _tally(table: str, numbers: list[int], since: datetime | None, until: datetime) -> Counter[str]:
    counted: Counter[str] = Counter()
    for first in range(0, len(numbers), AT_ONCE):
        counted.update(evidence.tally(table, numbers[first : first + AT_ONCE], since=since, until=until))
    return counted


def digest_of(figures: dict[str, Any]) -> str:
    return digest(figures)

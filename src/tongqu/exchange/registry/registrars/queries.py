"""Reading registrars' reports and exits; opening the reports that a year's end makes due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock.procedures import HOUSE, begin, local_day, visible
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.registry.registrars import figures
from tongqu.exchange.registry.registrars.models import RegistrarExit, RegistrarReport
from tongqu.exchange.registry.registrars.procedure import REGISTRAR_REPORT

FIRST_YEAR = 2026


@dataclass(frozen=True)
class Leaving:
    """An exit that was announced and has not been refused or withdrawn."""

    registrar: str
    exit_at: datetime
    successor: str
    state: str


def open_reports(at: datetime) -> int:
    """The report of the year that has ended, for every registrar that had registered anything by then; how many are new."""
    year = local_day(at).year - 1
    if year < FIRST_YEAR:
        return 0
    _, until = figures.bounds(year)
    known = RegistrarReport.objects.filter(year=year).values_list("registrar_id", flat=True)
    owing = visible(OWNERSHIP, HOUSE).filter(begun_at__lt=until, elsewhere__isnull=True).exclude(registrar_id__in=known)
    registrars = sorted(set(owing.values_list("registrar_id", flat=True).distinct()))
    for registrar in registrars:
        begin(
            REGISTRAR_REPORT,
            by=HOUSE,
            at=at,
            key=f"registrar_report/{registrar}/{year}",
            registrar=registrar,
            year=year,
        )
    return len(registrars)


def lines_of(report: Any) -> list[tuple[Words, int]]:
    """The figures of a report in their order, in words."""
    return [(words, report.figures[key]) for key, words, _, _ in figures.COUNTED] + [
        (figures.IN_FORCE, report.figures["in_force"])
    ]


def agrees(report: Any) -> bool:
    """Whether the log still gives the figures that the report states."""
    return figures.digest_of(figures.of_year(report.registrar_id, report.year)) == str(report.digest)


def leaving() -> tuple[Leaving, ...]:
    """Announced exits, for the public; the nearest first."""
    rows = list(RegistrarExit.objects.exclude(state__in=["refused", "withdrawn"]).order_by("exit_at", "pk")[:100])
    known = parties.organisations([row.registrar_id for row in rows]) if rows else {}
    return tuple(Leaving(known[row.registrar_id].name, row.exit_at, row.successor, row.state) for row in rows)

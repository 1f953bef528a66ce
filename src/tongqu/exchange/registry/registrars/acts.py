"""The steps of a registrar's own matters."""

from __future__ import annotations

from datetime import date
from typing import Any

from tongqu.exchange.bedrock import calendar, papers
from tongqu.exchange.bedrock.procedures import HOUSE, Done, Matter, local_day, visible
from tongqu.exchange.registry import handover
from tongqu.exchange.registry.dealings import BY_KIND, LATE_OBJECTION
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.registry.registrars import figures
from tongqu.exchange.registry.registrars.rules import ChangeSeen, DossierSeen, ExitSeen, HandOverSeen

REPORT_DUE, PASS_ON_DUE = (3, 31), (4, 30)
STANDING = ("registered", "recognised", "stopped", "evidenced")


def seen_dossier(matter: Matter) -> DossierSeen:
    asked = matter.inputs
    return DossierSeen(
        local_day(matter.at), asked.kind.value, asked.capital_fen, asked.since_date,
        tuple(one.since_date for one in asked.reviewers), asked.protection_until_date, asked.clean,
    )  # fmt: skip


def submit_dossier(matter: Matter) -> Done:
    row, asked = matter.subject, matter.inputs
    row.registrar_id = row.registrar_id or int(matter.by.party or 0)
    row.form = asked.model_dump(mode="json")
    row.expires_at = calendar.end_of(asked.protection_until_date)
    return Done({"expires_at": row.expires_at.isoformat()})


def give_opinion(matter: Matter) -> Done:
    matter.subject.opinion = matter.inputs.opinion
    return Done()


def open_year(matter: Matter) -> Done:
    """The year is over: its figures stand, and the report is due by 31 March (art. 11)."""
    row, asked = matter.subject, matter.inputs
    row.registrar_id, row.year = asked.registrar, asked.year
    row.due_at = calendar.end_of(date(asked.year + 1, *REPORT_DUE))
    row.pass_on_by_at = calendar.end_of(date(asked.year + 1, *PASS_ON_DUE))
    return _count(row)


def count_again(matter: Matter) -> Done:
    return _count(matter.subject)


def _count(row: Any) -> Done:
    row.figures = figures.of_year(row.registrar_id, row.year)
    row.digest = figures.digest_of(row.figures)
    return Done({"figures": row.figures, "digest": row.digest})


def file_report(matter: Matter) -> Done:
    row = matter.subject
    row.account, row.filed_at = matter.inputs.account, matter.at
    return _count(row)


def seen_change(matter: Matter) -> ChangeSeen:
    return ChangeSeen(local_day(matter.at), matter.inputs.effective_date)


def report_change(matter: Matter) -> Done:
    row, asked = matter.subject, matter.inputs
    row.registrar_id, row.items = int(matter.by.party or 0), [one.value for one in asked.items]
    row.effective_date, row.reason, row.papers = asked.effective_date, asked.reason, list(asked.papers)
    return Done({"items": row.items})


def note_update(matter: Matter) -> Done:
    matter.subject.updated = matter.inputs.updated
    return Done()


def seen_exit(matter: Matter) -> ExitSeen:
    return ExitSeen(local_day(matter.at), matter.inputs.exit_date)


def announce_exit(matter: Matter) -> Done:
    row, asked = matter.subject, matter.inputs
    row.registrar_id, row.exit_at = int(matter.by.party or 0), calendar.end_of(asked.exit_date)
    row.successor, row.reason, row.plan = asked.successor, asked.reason, asked.plan
    return Done({"exit_date": asked.exit_date.isoformat(), "successor": row.successor})


def note_report(matter: Matter) -> Done:
    matter.subject.report_number = matter.inputs.report_number
    return Done()


def seen_hand_over(matter: Matter) -> HandOverSeen:
    registrar, asked = matter.subject.registrar_id, matter.inputs
    known = papers.paper_of(asked.receipt, matter.by.party) is not None
    made_at = handover.written.made_at(asked.bundle, registrar)
    done_since = figures.done_by_people(registrar, made_at, matter.at) if made_at is not None else 0
    return HandOverSeen(
        left_open(registrar), receipt_unknown=not known, bundle_unknown=made_at is None, done_since=done_since
    )


def hand_over(matter: Matter) -> Done:
    row, asked = matter.subject, matter.inputs
    row.bundle, row.receipt = asked.bundle, asked.receipt
    return Done({"bundle": row.bundle})


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()


def left_open(registrar: int) -> int:
    """Applications and later matters that nobody has decided."""
    tables = [(OWNERSHIP, STANDING), (LATE_OBJECTION, ()), *((table, ()) for table in BY_KIND.values())]
    return sum(
        visible(table, HOUSE).filter(registrar_id=registrar).exclude(state__in=[*table.ends, *standing]).count()
        for table, standing in tables
    )

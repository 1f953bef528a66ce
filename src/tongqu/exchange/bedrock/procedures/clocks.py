"""Deadlines of subjects: start, pause and go on with the states; end in an act or an alarm.

Days are counted as the calendar counts them; the day of the event is not counted. A pause on day p keeps the days up to
and including p as used; on return at day r the rest is counted from the day after r. So only the days between count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from tongqu.exchange.bedrock import calendar, law, rows, statements
from tongqu.exchange.bedrock.procedures.models import Alarm, RunningClock, SubjectHold
from tongqu.exchange.bedrock.procedures.refusals import AlreadyExtended
from tongqu.exchange.bedrock.procedures.table import Act, Clock, Length, Procedure, all_procedures
from tongqu.exchange.bedrock.questions import Question
from tongqu.exchange.bedrock.values import Words

SHANGHAI = ZoneInfo("Asia/Shanghai")
READER = "clock"  # under which failing clocks are set aside


def local_day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def days_of(length: Length, subject: Any, on: date) -> int:
    """The length in its own unit on that day. Figures are read from law/figures."""
    if length.fixed is not None:
        return length.fixed
    if length.figure is not None:
        return int(law.figure(length.figure, on=on).value)
    return int(getattr(subject, str(length.column)))


def _deadline(unit: str, since: date, left: int) -> tuple[datetime, bool]:
    """When `left` units after the day `since` have passed, and whether a provisional year was touched."""
    if unit == "working_days":
        deadline = calendar.add_working_days(since, max(left, 0))
    elif unit == "after_workdays":
        deadline = calendar.add_working_days(since, max(left, 0) + 1)
        return calendar.end_of(deadline.day - timedelta(days=1)), deadline.provisional
    elif unit == "natural_days":
        deadline = calendar.add_natural_days(since, max(left, 0))
    else:
        deadline = calendar.add_months(since, max(left, 0))
    return calendar.end_of(deadline.day), deadline.provisional


def _edition(since: date, due_at: datetime) -> str:
    return ",".join(calendar.edition(year) for year in range(since.year, local_day(due_at).year + 1))[:64]


def _run(row: RunningClock, at: datetime) -> None:
    row.status, row.started_at = RunningClock.RUNNING, at
    if row.unit == "until":
        row.due_at = calendar.end_of(local_day(at + timedelta(seconds=row.length)))
        return
    row.due_at, row.provisional = _deadline(row.unit, local_day(at), row.length + row.extended - row.used)
    row.edition = _edition(local_day(at), row.due_at)


def _pause(row: RunningClock, at: datetime) -> None:
    since, until = local_day(row.started_at), local_day(at)
    if row.unit in {"working_days", "after_workdays"}:
        row.used += calendar.working_days_between(since, until)
    elif row.unit == "natural_days":
        row.used += (until - since).days
    elif row.unit == "until" and row.due_at is not None:  # its length is the seconds that are left
        row.length = max(0, int((row.due_at - at).total_seconds()))
    row.status, row.due_at = RunningClock.PAUSED, None


def _touches(clock: Clock, was: str | None, now: str, act: Act | None) -> bool:
    runs, ran = now in clock.runs_in, was in clock.runs_in
    leads = act is None or act.to is not None or clock.length.unit == "until"
    return runs != ran or (clock.afresh and runs and leads)


def locking(table: Procedure, subject_id: int) -> Question[list[RunningClock]]:
    """A subject's clocks for this transaction alone; the door asks for them with what it reads of the subject."""
    return rows.locking(RunningClock, order="name", procedure=table.name, subject=subject_id)


def moved(
    table: Procedure,
    subject: Any,
    was: str | None,
    now: str,
    act: Act | None,
    inputs: Any,
    at: datetime,
    found: Callable[[], list[RunningClock]],
) -> None:
    """Brings the subject's clocks, as `locking` found them, in step with its new state. What it writes is put off."""
    touched = [
        clock
        for clock in table.clocks
        if _touches(clock, was, now, act) or (act is not None and act.extends == clock.name)
    ]
    if not touched:
        return
    known = {row.name: row for row in found()}
    for clock in touched:
        _step(table, clock, known.get(clock.name), subject, was, now, act, inputs, at)


def _step(
    table: Procedure,
    clock: Clock,
    row: RunningClock | None,
    subject: Any,
    was: str | None,
    now: str,
    act: Act | None,
    inputs: Any,
    at: datetime,
) -> None:
    if act is not None and act.extends == clock.name and row is not None:
        _extend(clock, row, subject, inputs, at)
        rows.change(row, by=statements.later)
        return
    if now in clock.runs_in:
        if row is not None and was in clock.runs_in and _same_date(clock, row, subject):
            return  # it has its date, and what a hold has added to it
        if row is None or clock.afresh:
            fresh = row or RunningClock(procedure=table.name, subject=subject.pk, name=clock.name)
            _start(fresh, clock, subject, at)
            rows.add_later(fresh) if row is None else rows.change(fresh, by=statements.later)
        elif row.status == RunningClock.PAUSED:
            _run(row, at)
            rows.change(row, by=statements.later)
    elif row is not None and row.status == RunningClock.RUNNING:
        _pause(row, at)
        if now in table.ends:
            row.status = RunningClock.DONE
        rows.change(row, by=statements.later)


def _same_date(clock: Clock, row: RunningClock, subject: Any) -> bool:
    return clock.length.unit == "until" and row.edition == _dated(clock, subject)


def _dated(clock: Clock, subject: Any) -> str:
    """The moment that a clock's column names, as the clock notes it: the same before it is in the table and as read from there."""
    moment = getattr(subject, str(clock.length.column))
    return moment.astimezone(UTC).isoformat() if moment else ""


def stand_still(table: Procedure, subject_id: int, at: datetime) -> None:
    """A hold takes no side: days during which nobody may act count against nobody. Fixed dates still come."""
    waits = {clock.name for clock in table.clocks if clock.waits}
    for row in _running(table, subject_id, RunningClock.RUNNING):
        if row.name in waits:
            _pause(row, at)
            rows.change(row)


def go_on(table: Procedure, subject: Any, at: datetime) -> None:
    """The last hold is lifted: what was left of each period is counted from here."""
    runs = {clock.name for clock in table.clocks if clock.waits and subject.state in clock.runs_in}
    for row in _running(table, subject.pk, RunningClock.PAUSED):
        if row.name in runs:
            _run(row, at)
            rows.change(row)


def _running(table: Procedure, subject_id: int, status: str) -> list[RunningClock]:
    return rows.lock_every(RunningClock, order="name", procedure=table.name, subject=subject_id, status=status)


def _start(row: RunningClock, clock: Clock, subject: Any, at: datetime) -> None:
    row.unit, row.used, row.extended = clock.length.unit, 0, 0
    if clock.length.unit == "until":
        row.length, row.status, row.started_at = 0, RunningClock.RUNNING, at
        row.due_at, row.edition = getattr(subject, str(clock.length.column)), _dated(clock, subject)
        return
    row.length = days_of(clock.length, subject, local_day(at))
    _run(row, at)


def _extend(clock: Clock, row: RunningClock, subject: Any, inputs: Any, at: datetime) -> None:
    """Inputs of an extending act carry `days` and `reason`."""
    assert clock.most is not None
    most = days_of(clock.most, subject, local_day(at))
    if row.extended:
        raise AlreadyExtended(Words("期限已经延长过一次", "The period was extended once already"))
    if not 1 <= inputs.days <= most:
        raise AlreadyExtended(
            Words(f"延长 {inputs.days} 日超出范围（1 至 {most} 日）", f"{inputs.days} days is outside 1 to {most}")
        )
    row.extended, row.extension_reason = inputs.days, inputs.reason
    since = local_day(row.started_at)
    row.due_at, row.provisional = _deadline(row.unit, since, row.length + row.extended - row.used)
    row.edition = _edition(since, row.due_at)


def due(at: datetime, limit: int = 100) -> list[RunningClock]:
    """Running clocks whose time has come, the earliest first; without subjects under a hold, unless the clock's act goes on
    under it, and without those that failed a moment ago."""
    go_on_held = [
        f"{table.name}.{clock.name}"
        for table in all_procedures()
        for clock in table.clocks
        if clock.then is not None and table.act(clock.then).under_hold
    ]
    return list(
        RunningClock.objects.filter(status=RunningClock.RUNNING, due_at__lte=at)
        .extra(
            where=[
                "(not exists (select 1 from bedrock_hold_on_subject h where h.procedure = bedrock_clock.procedure"
                " and h.subject = bedrock_clock.subject and h.lifted_at is null)"
                " or bedrock_clock.procedure || '.' || bedrock_clock.name = any(%s))",
                "not exists (select 1 from bedrock_stuck_step s where s.reader = %s and s.position = bedrock_clock.id"
                " and s.solved_at is null and s.next_at > %s)",
            ],
            params=[go_on_held, READER, at],
        )
        .order_by("due_at", "id")[:limit]
    )


def of(table: Procedure, subject_id: int) -> list[RunningClock]:
    """Every clock of a subject, running ones first."""
    return list(RunningClock.objects.filter(procedure=table.name, subject=subject_id).order_by("status", "due_at"))


def recompute(at: datetime) -> int:
    """Counts running clocks anew whose calendar has changed since (a year's arrangement was published), and begins those that
    a new version brought. Returns how many."""
    changed = begin_missing(at)
    running = RunningClock.objects.filter(status=RunningClock.RUNNING).exclude(unit="until")
    for row in running.iterator(chunk_size=500):
        since = local_day(row.started_at)
        due_at, provisional = _deadline(row.unit, since, row.length + row.extended - row.used)
        edition = _edition(since, due_at)
        if (due_at, provisional, edition) != (row.due_at, row.provisional, row.edition):
            changed += RunningClock.objects.filter(pk=row.pk, status=RunningClock.RUNNING, due_at=row.due_at).update(
                due_at=due_at, provisional=provisional, edition=edition
            )
    return changed


def begin_missing(at: datetime, limit: int = 500) -> int:
    """Begins, from now on, the clocks that a later version gave to states in which subjects stood already.

    What is on hold begins when that is lifted. Returns how many began; the rest begins with the next round.
    """
    begun = 0
    for table in all_procedures():
        for clock in table.clocks:
            begun += _begin_missing(table, clock, at, limit - begun)
    return begun


def _begin_missing(table: Procedure, clock: Clock, at: datetime, limit: int) -> int:
    if clock.length.unit == "until":  # its moment is the subject's own and was never asked for
        return 0
    has_one = RunningClock.objects.filter(procedure=table.name, subject=OuterRef("pk"), name=clock.name)
    held = SubjectHold.objects.filter(procedure=table.name, subject=OuterRef("pk"), lifted_at__isnull=True)
    lacking = apps.get_model(table.model)._default_manager.filter(
        ~Exists(has_one), ~Exists(held), state__in=clock.runs_in, **table.where
    )
    with transaction.atomic():
        subjects = list(lacking.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[: max(limit, 0)])
        fresh = [RunningClock(procedure=table.name, subject=one.pk, name=clock.name) for one in subjects]
        for row, subject in zip(fresh, subjects, strict=True):
            _start(row, clock, subject, at)
        # A subject that moved on while its row was waited for has its clock already.
        RunningClock.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def warn_provisional(at: datetime) -> int:
    """Raises one alarm for each year without a published arrangement on which a running clock relies; clears it when
    the arrangement has arrived."""
    for key in Alarm.objects.filter(kind="calendar", cleared_at=None).values_list("key", flat=True):
        if not calendar.provisional(int(key.rpartition("/")[2])):
            clear_alarm(key, at)
    years: set[int] = set()
    for started, due in RunningClock.objects.filter(status=RunningClock.RUNNING, provisional=True).values_list(
        "started_at", "due_at"
    ):
        if due is not None:
            years |= set(range(local_day(started).year, local_day(due).year + 1))
    alarms = (
        (
            "calendar",
            f"calendar/{year}",
            Words(
                f"{year} 年放假安排尚未载入，期限按周末和法定节日暂计",
                f"No holiday arrangement for {year} yet: deadlines are provisional (weekends and statutory holidays only)",
            ),
        )
        for year in sorted(years)
        if calendar.provisional(year)
    )
    return raise_alarms(alarms, at)


def raise_alarms(
    alarms: Iterable[tuple[str, str, Words]], at: datetime, procedure: str = "", subject: int | None = None
) -> int:
    """Records alarms of (kind, key, words); a key that is known is not raised again. Returns how many are new."""
    new = 0
    for kind, key, words in alarms:
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into bedrock_alarm (kind, key, procedure, subject, zh, en, raised_at)"
                " values (%s, %s, %s, %s, %s, %s, %s) on conflict (key) do nothing",
                [kind, key, procedure, subject, words.zh, words.en, at],
            )
            new += cursor.rowcount
    return new


def clear_alarm(key: str, at: datetime) -> None:
    Alarm.objects.filter(key=key, cleared_at__isnull=True).update(cleared_at=at)

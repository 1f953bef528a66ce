"""Time passes: clocks that are due perform their act or raise their alarm, each in a transaction of its own."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction

from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.procedures import clocks
from tongqu.exchange.bedrock.procedures.actors import HOUSE
from tongqu.exchange.bedrock.procedures.door import lock_subject, perform
from tongqu.exchange.bedrock.procedures.following import TRIES_MAX, keep_failure
from tongqu.exchange.bedrock.procedures.models import RunningClock, StuckStep
from tongqu.exchange.bedrock.procedures.refusals import NeedsReview, NotNow, Refused, Unknown
from tongqu.exchange.bedrock.procedures.table import Clock, Procedure, procedure
from tongqu.exchange.bedrock.values import Words

AGAIN_SECONDS = 300


def tick(at: datetime, limit: int = 100) -> int:
    """Settles up to `limit` clocks that are due. Returns how many. Safe to run in several processes.

    A clock whose act fails is tried again with growing pauses and never given up; it keeps no other from ending.
    """
    return sum(_settle_apart(row, at) for row in clocks.due(at, limit))


def _settle_apart(row: RunningClock, at: datetime) -> int:
    try:
        return _settle(row, at)
    except (Refused, NeedsReview) as shut:
        _told(row, shut, at)
        return 0
    except Exception as error:  # whatever it is, the clocks behind it must still end
        _set_aside(row, error, at)
        return 0


def _set_aside(row: RunningClock, error: Exception, at: datetime) -> None:
    stuck = keep_failure(clocks.READER, _named(row), row.pk, error, at)
    if stuck.next_at is None:
        stuck.next_at = at + timedelta(seconds=AGAIN_SECONDS)
        stuck.save(update_fields=["next_at"])
    if stuck.tries == TRIES_MAX:
        clocks.raise_alarms(
            [("stuck-clock", _alarm_key(row), Words(
                f"期限 {_named(row)}（事项 {row.subject}）到期后多次办理失败，需要人工处理：{stuck.error[:200]}",
                f"Clock {_named(row)} of {row.subject} is due but fails repeatedly and needs a person: {stuck.error[:200]}",
            ))],
            at, row.procedure, row.subject,
        )  # fmt: skip


def _named(row: RunningClock) -> str:
    return f"{row.procedure}.{row.name}"


def _alarm_key(row: RunningClock) -> str:
    return f"stuck-clock/{row.pk}/{row.due_at.isoformat() if row.due_at else ''}"


def _settle(row: RunningClock, at: datetime) -> int:
    table = procedure(row.procedure)
    clock = next((c for c in table.clocks if c.name == row.name), None)
    with transaction.atomic():
        # The subject before its clock, as every act does: the other order waits for an act that waits for us.
        with suppress(Unknown):
            lock_subject(table, row.subject)
        mine = (
            RunningClock.objects.select_for_update()
            .filter(pk=row.pk, status=RunningClock.RUNNING, due_at=row.due_at)
            .first()
        )
        if mine is None:
            return 0
        mine.status = RunningClock.DONE
        mine.save(update_fields=["status"])
        if StuckStep.objects.filter(reader=clocks.READER, position=mine.pk, solved_at=None).update(solved_at=at):
            clocks.clear_alarm(_alarm_key(mine), at)
        if clock is None or clock.then is None:
            _alarm(table, clock, mine, at)
            return 1
        review: NeedsReview | None = None
        try:
            with suppress(NotNow, Unknown):
                perform(table, clock.then, mine.subject, by=HOUSE, at=at, key=f"clock/{mine.pk}/{_due(mine)}")
        except NeedsReview as asked:  # its case is kept; the clock waits for the answer
            review, mine.status = asked, RunningClock.RUNNING
            mine.save(update_fields=["status"])
    if review is not None:
        raise review
    return 1


def _told(row: RunningClock, shut: Refused | NeedsReview, at: datetime) -> None:
    """The rules stop the clock's act: people are told, and it is tried again until they have mended what stops it."""
    table = procedure(row.procedure)
    with transaction.atomic():
        _alarm(table, next((c for c in table.clocks if c.name == row.name), None), row, at, shut.words)
        stuck = keep_failure(clocks.READER, _named(row), row.pk, shut, at)
        stuck.next_at = at + timedelta(seconds=AGAIN_SECONDS)
        stuck.save(update_fields=["next_at"])


def _due(row: RunningClock) -> str:
    return row.due_at.isoformat() if row.due_at else ""


def _alarm(table: Procedure, clock: Clock | None, row: RunningClock, at: datetime, why: Words | None = None) -> None:
    name = clock.words if clock else Words(row.name, row.name)
    words = Words(
        f"{table.words.zh} {row.subject}：{name.zh}已到期" + (f"；{why.zh}" if why else ""),
        f"{table.words.en} {row.subject}: {name.en} has passed" + (f"; {why.en}" if why else ""),
    )
    key = f"clock/{row.pk}/{_due(row)}"
    if clocks.raise_alarms([("overdue", key, words)], at, table.name, row.subject):
        evidence.append(
            evidence.NewFact(
                at=at,
                procedure=table.name,
                act="overdue",
                subject_id=row.subject,
                actor=HOUSE.plain(),
                body={"clock": row.name, "due_at": _due(row)},
            )
        )

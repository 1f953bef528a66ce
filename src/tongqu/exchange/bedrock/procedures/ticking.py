"""Time passes: clocks that are due perform their act or raise their alarm, each in a transaction of its own."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.procedures import clocks
from tongqu.exchange.bedrock.procedures.actors import HOUSE
from tongqu.exchange.bedrock.procedures.door import perform
from tongqu.exchange.bedrock.procedures.models import RunningClock
from tongqu.exchange.bedrock.procedures.refusals import NeedsReview, NotNow, Refused, Unknown
from tongqu.exchange.bedrock.procedures.table import Clock, Procedure, procedure
from tongqu.exchange.bedrock.values import Words


def tick(at: datetime, limit: int = 100) -> int:
    """Settles up to `limit` clocks that are due. Returns how many. Safe to run in several processes."""
    return sum(_settle(row, at) for row in clocks.due(at, limit))


def _settle(row: RunningClock, at: datetime) -> int:
    table = procedure(row.procedure)
    clock = next((c for c in table.clocks if c.name == row.name), None)
    with transaction.atomic():
        mine = (
            RunningClock.objects.select_for_update(skip_locked=True)
            .filter(pk=row.pk, status=RunningClock.RUNNING, due_at=row.due_at)
            .first()
        )
        if mine is None:
            return 0
        mine.status = RunningClock.DONE
        mine.save(update_fields=["status"])
        if clock is None or clock.then is None:
            _alarm(table, clock, mine, at)
            return 1
        try:
            with transaction.atomic():
                perform(
                    table, clock.then, mine.subject, by=HOUSE, at=at, key=f"clock/{mine.pk}/{_due(mine)}"
                )
        except (NotNow, Unknown):
            return 1
        except (Refused, NeedsReview) as shut:
            _alarm(table, clock, mine, at, shut.words)
        return 1


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

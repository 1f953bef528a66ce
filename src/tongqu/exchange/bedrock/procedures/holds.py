"""Holds: an office freezes a subject, on a ground that it names, until it is lifted. Both are facts of the log."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock import evidence, rows
from tongqu.exchange.bedrock.procedures import clocks
from tongqu.exchange.bedrock.procedures.actors import Actor
from tongqu.exchange.bedrock.procedures.door import lock_subject
from tongqu.exchange.bedrock.procedures.models import StuckStep, SubjectHold
from tongqu.exchange.bedrock.procedures.refusals import NotYours, Unknown
from tongqu.exchange.bedrock.procedures.table import Procedure
from tongqu.exchange.bedrock.questions import Question, query
from tongqu.exchange.bedrock.values import Words


def place_hold(table: Procedure, subject: int, *, by: Actor, at: datetime, ground: str, cite: str = "") -> int:
    """Freezes the subject and its periods; returns the hold's number. Raises NotYours unless the table lets the actor's office,
    or the house, hold it."""
    with transaction.atomic():
        lock_subject(table, subject)
        _check_office(table, by, at)
        clocks.stand_still(table, subject, at)
        hold = SubjectHold.objects.create(
            procedure=table.name, subject=subject, ground=ground, cite=cite, placed_at=at, placed_by_party=by.party
        )
        _fact(table, subject, "hold", by, at, {"hold": hold.pk, "ground": ground, "cite": cite})
        return int(hold.pk)


def lift_hold(hold: int, *, by: Actor, at: datetime, reason: str, table: Procedure) -> None:
    """Ends a hold. The party that placed it, or another holder of the office, may lift it.

    With the last one the periods go on, and steps that waited for it are taken at once, before any clock ends.
    """
    with transaction.atomic():
        row = (
            SubjectHold.objects.select_for_update()
            .filter(pk=hold, procedure=table.name, lifted_at__isnull=True)
            .first()
        )
        if row is None:
            raise Unknown(f"hold {hold}")
        subject = lock_subject(table, row.subject)
        _check_office(table, by, at)
        row.lifted_at, row.lifted_because = at, reason
        row.save(update_fields=["lifted_at", "lifted_because"])
        if not holds_on(table, row.subject):
            clocks.go_on(table, subject, at)
            StuckStep.objects.filter(held=True, solved_at__isnull=True).update(next_at=at)
        _fact(table, row.subject, "lift", by, at, {"hold": hold, "reason": reason})


@query
def holds_on(table: Procedure, subject: int) -> Question[list[SubjectHold]]:
    return rows.asking_every(SubjectHold, procedure=table.name, subject=subject, lifted_at__isnull=True)


def _check_office(table: Procedure, by: Actor, at: datetime) -> None:
    if by.kind == "clock" and table.house_holds:
        return
    current = by.mandate is None or by.mandate.covers(at)
    if by.kind == "clock" or not current or not any(office.role in by.roles for office in table.held_by):
        raise NotYours(
            Words("无权冻结或解除冻结这一事项", "You may not place or lift a hold here"),
            [o.words for o in table.held_by],
        )


def _fact(table: Procedure, subject: int, act: str, by: Actor, at: datetime, body: dict[str, object]) -> None:
    evidence.append(
        evidence.NewFact(at=at, procedure=table.name, act=act, subject_id=subject, actor=by.plain(), body=body)
    )

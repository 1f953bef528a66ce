"""What happens next: a reader of the evidence log takes each fact's steps once. A step and the cursor move together."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.procedures import clocks
from tongqu.exchange.bedrock.procedures.models import FlowCursor, StuckStep
from tongqu.exchange.bedrock.procedures.refusals import Held
from tongqu.exchange.bedrock.values import Words

Step = Callable[[evidence.SequencedFact, datetime], None]
Flow = Mapping[str, Sequence[Step]]

TRIES_MAX = 8
HELD_SECONDS = 60


def follow_flow(reader: str, flow: Flow, *, at: datetime, limit: int = 200) -> int:
    """Takes the steps of up to `limit` facts. Returns how many facts were passed; 0 when another runner holds the cursor.

    A step that fails is written down and tried again later by itself (`retry_stuck`), so one bad fact stops nothing else.
    """
    FlowCursor.objects.get_or_create(reader=reader, defaults={"moved_at": at})
    passed = 0
    while passed < limit:
        taken = _take_some(reader, flow, at, min(50, limit - passed))
        passed += taken
        if taken == 0:
            break
    return passed


def _take_some(reader: str, flow: Flow, at: datetime, limit: int) -> int:
    with transaction.atomic():
        cursor = FlowCursor.objects.select_for_update(skip_locked=True).filter(reader=reader).first()
        if cursor is None:
            return 0
        facts = evidence.follow(after=cursor.position, limit=limit)
        for fact in facts:
            for step in flow.get(f"{fact.procedure}.{fact.act}", ()):
                _take(reader, step, fact, at)
        if facts:
            cursor.position, cursor.moved_at = facts[-1].position, at
            cursor.save()
        return len(facts)


def _take(reader: str, step: Step, fact: evidence.SequencedFact, at: datetime) -> None:
    try:
        with transaction.atomic():
            step(fact, max(at, fact.at))
    except Exception as error:  # any failure of a step must be kept and shown, whatever it is
        _set_aside(reader, step, fact.position, error, at)


def keep_failure(reader: str, name: str, position: int, error: Exception, at: datetime) -> StuckStep:
    """Writes a failure down with the moment of the next try. Pauses grow; `next_at` is None after the last try.

    A hold lasts as long as it lasts: waiting for its end is no failure and uses up no tries.
    """
    stuck, new = StuckStep.objects.get_or_create(reader=reader, step=name, position=position, defaults={"error": ""})
    stuck.held = held = isinstance(error, Held)
    if stuck.solved_at is not None:
        stuck.tries, stuck.solved_at = 1, None
    elif not new and not held:
        stuck.tries += 1
    stuck.error = "".join(traceback.format_exception_only(error))[-2000:]
    pause = HELD_SECONDS if held else min(2**stuck.tries, 300)
    stuck.next_at = at + timedelta(seconds=pause) if held or stuck.tries < TRIES_MAX else None
    stuck.save()
    return stuck


def _set_aside(reader: str, step: Step, position: int, error: Exception, at: datetime) -> None:
    stuck = keep_failure(reader, step.__name__, position, error, at)
    if stuck.next_at is None:
        clocks.raise_alarms(
            [
                (
                    "stuck-step",
                    f"flow/{reader}/{step.__name__}/{position}",
                    Words(
                        f"后续步骤 {step.__name__}（存证 {position}）多次失败，需要人工处理：{stuck.error[:200]}",
                        f"Step {step.__name__} (log {position}) failed repeatedly and needs a person: {stuck.error[:200]}",
                    ),
                )
            ],
            at,
        )


def retry_stuck(reader: str, flow: Flow, *, at: datetime, force: bool = False) -> int:
    """Tries steps that are set aside and due (all of them with `force`). Returns how many were solved."""
    steps = {step.__name__: step for taken in flow.values() for step in taken}
    waiting = StuckStep.objects.filter(reader=reader, solved_at__isnull=True)
    if not force:
        waiting = waiting.filter(next_at__lte=at)
    solved = 0
    for stuck_id in list(waiting.order_by("position").values_list("pk", flat=True)[:50]):
        with transaction.atomic():
            stuck = (
                StuckStep.objects.select_for_update(skip_locked=True)
                .filter(pk=stuck_id, solved_at__isnull=True)
                .first()
            )
            step = steps.get(stuck.step) if stuck else None
            if stuck is None or step is None:
                continue
            fact = evidence.follow(after=stuck.position - 1, limit=1)[0]
            try:
                with transaction.atomic():
                    step(fact, max(at, fact.at))
            except Exception as error:
                _set_aside(reader, step, stuck.position, error, at)
                continue
            stuck.solved_at = at
            stuck.save(update_fields=["solved_at"])
            clocks.clear_alarm(f"flow/{reader}/{stuck.step}/{stuck.position}", at)
            solved += 1
    return solved

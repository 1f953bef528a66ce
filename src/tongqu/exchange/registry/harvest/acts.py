"""The steps of an import and of a spelling."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Done, Matter, local_day
from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry.harvest import ending, wordings
from tongqu.exchange.registry.harvest.models import Harvest, Spelling
from tongqu.exchange.registry.harvest.rules import FileSeen, LaterSeen, MeaningSeen
from tongqu.exchange.registry.harvest.spellings import MEANINGS

QUEUE, JOB = "harvest", "tongqu.harvest"


def seen(matter: Matter) -> FileSeen:
    asked, today = matter.inputs, local_day(matter.at)
    region = asked.region
    was = "、".join(one.name for one in divisions.ever(region)) if region else ""
    return FileSeen(
        own_paper=papers.paper_of(asked.file, matter.by.party) is not None,
        region_stands=not region or divisions.division(region, on=today) is not None,
        region_was=was,
    )


def start(matter: Matter) -> Done:
    """The work is done by the worker; the job is committed with the act."""
    row: Harvest = matter.subject
    asked = matter.inputs
    row.file, row.name, row.catalog_name, row.region = asked.file, asked.name, asked.catalog_name, asked.region
    row.whole = asked.whole
    _wake(row.pk)
    return Done({"file": row.file})


def seen_later(matter: Matter) -> LaterSeen:
    return LaterSeen(superseded=ending.superseded(matter.subject))


def resume(matter: Matter) -> Done:
    """Goes on after the last line that was taken."""
    _wake(matter.subject.pk)
    return Done({"position": matter.subject.position})


def _wake(harvest_id: int) -> None:
    app.configure_task(JOB, queue=QUEUE).defer(harvest_id=harvest_id)


def cancel(matter: Matter) -> Done:
    """What it brought is remembered, for it may go on. The worker looks in once more: one that was killed left wordings."""
    matter.subject.reason = matter.inputs.reason
    _wake(matter.subject.pk)
    return Done({"position": matter.subject.position})


def finish(matter: Matter) -> Done:
    row: Harvest = matter.subject
    for name in ("lines", "alike", "gone", "unmarked"):
        setattr(row, name, getattr(matter.inputs, name))
    ending.forget(row.pk)
    return Done(matter.inputs.plain())


def fail(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    ending.forget(matter.subject.pk)
    return Done()


def meet(matter: Matter) -> Done:
    row: Spelling = matter.subject
    row.question, row.spelling = matter.inputs.question.value, matter.inputs.spelling
    return Done({"question": row.question, "spelling": row.spelling})


def seen_meaning(matter: Matter) -> MeaningSeen:
    choices = MEANINGS[matter.subject.question]
    return MeaningSeen(matter.inputs.meaning in {m.value for m in choices} - {"undecided"})


def decide(matter: Matter) -> Done:
    """The entries that have the spelling say from now on what it means."""
    row: Spelling = matter.subject
    row.meaning = matter.inputs.meaning
    return Done(
        {"meaning": row.meaning, "entries": wordings.understand(row.question, row.spelling, row.meaning, matter.at)}
    )

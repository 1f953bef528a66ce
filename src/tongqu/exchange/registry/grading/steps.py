"""What gradings do when something happened elsewhere: named in flow.py, called once for each fact."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, Refused, begin, perform
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.grading import rules
from tongqu.exchange.registry.grading.acts import items
from tongqu.exchange.registry.grading.inputs import Ground
from tongqu.exchange.registry.grading.models import IN_FORCE, PREPARING, Grading
from tongqu.exchange.registry.grading.procedure import GRADING

CHANGES_MAX = 50
"""So many changes are told; more say no more."""


def look_at_resource(fact: SequencedFact, at: datetime) -> None:
    """A resource was measured or its entry changed: an ungraded one is to be graded, a graded one perhaps anew."""
    _look_at(fact.subject_id, fact, at)


def look_again(fact: SequencedFact, at: datetime) -> None:
    """After `grading.take_effect`: the resource may have changed in the moment since the confirmation."""
    _look_at(fact.body["data"]["resource"], fact, at)


def _look_at(resource_id: int, fact: SequencedFact, at: datetime) -> None:
    resource = catalogue.resource(resource_id)
    row = Grading.objects.filter(resource_id=resource.id, state__in=IN_FORCE).first()
    if row is None:
        _open(resource.id, Ground.FIRST, fact, at)
        return
    found = rules.changes(row.graded_of, rules.about(items(resource), resource.profile))
    if found:
        told = [f"{words.zh} / {words.en}" for _, words in found[:CHANGES_MAX]]
        key = f"flow/{fact.position}/grading/{row.pk}/fall_due"
        perform(GRADING, "fall_due", row.pk, by=HOUSE, at=at, key=key, ground=found[0][0], changes=told)


def refer(fact: SequencedFact, at: datetime) -> None:
    """After `grading.propose`: public data goes to the data authority."""
    if fact.body["data"]["public"]:
        _try("refer", fact.subject_id, fact, at)


def put_in_force(fact: SequencedFact, at: datetime) -> None:
    """After a confirmation: what was in force is superseded in the same step."""
    try:
        with transaction.atomic():
            before = Grading.objects.filter(resource_id=fact.body["data"]["resource"], state__in=IN_FORCE)
            for old in before.values_list("pk", flat=True):
                key = f"flow/{fact.position}/grading/{old}/supersede"
                perform(GRADING, "supersede", old, by=HOUSE, at=at, key=key, grading=fact.subject_id)
            perform(
                GRADING,
                "take_effect",
                fact.subject_id,
                by=HOUSE,
                at=at,
                key=f"flow/{fact.position}/grading/take_effect",
            )
    except NotNow:
        return


def open_due(fact: SequencedFact, at: datetime) -> None:
    """After `grading.fall_due`: the next grading stands on its holder's desk."""
    data = fact.body["data"]
    _open(data["resource"], Ground(data["ground"]), fact, at, "；".join(data["changes"])[:500])


def open_again(fact: SequencedFact, at: datetime) -> None:
    """A grading that the holder withdrew may have stood in the way of one that is due."""
    resource = fact.body["data"]["resource"]
    due = Grading.objects.filter(resource_id=resource, state="due").first()
    if due is not None:
        _open(resource, Ground(due.due_ground), fact, at, "；".join(due.due_changes)[:500])


def end_with_resource(fact: SequencedFact, at: datetime) -> None:
    """A resource left the catalogue."""
    rows = Grading.objects.filter(resource_id=fact.subject_id, state__in=[*PREPARING, *IN_FORCE]).order_by("pk")
    for pk in rows.values_list("pk", flat=True):
        _try("end", pk, fact, at)


def _open(resource: int, ground: Ground, fact: SequencedFact, at: datetime, note: str = "") -> None:
    """Unless one is under way, or the resource was withdrawn meanwhile."""
    try:
        with transaction.atomic():
            key = f"flow/{fact.position}/grading/{resource}/open"
            begin(GRADING, by=HOUSE, at=at, key=key, resource=resource, ground=ground, note=note)
    except Refused:
        return


def _try(act: str, subject: int, fact: SequencedFact, at: datetime) -> None:
    try:
        with transaction.atomic():
            perform(GRADING, act, subject, by=HOUSE, at=at, key=f"flow/{fact.position}/grading/{subject}/{act}")
    except NotNow:
        return

"""What gradings do when something happened elsewhere: named in the flow, called once for each fact."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, Refused, begin, perform
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.grading import rules
from tongqu.exchange.registry.grading.acts import items
from tongqu.exchange.registry.grading.inputs import Ground
from tongqu.exchange.registry.grading.models import IN_FORCE, Grading
from tongqu.exchange.registry.grading.procedure import GRADING

CHANGES_MAX = 50
"""So many changes are told; more say no more."""


def look_at_resource(fact: SequencedFact, at: datetime) -> None:
    """A resource was measured or its entry changed: an ungraded one is to be graded, a graded one perhaps anew.

    After `grading.take_effect`, too: the resource may have changed in the moment since the confirmation.
    """
    data = fact.body["data"]
    resource = catalogue.resource(data["resource"] if fact.procedure == GRADING.name else fact.subject_id)
    row = Grading.objects.filter(resource_id=resource.id, state__in=IN_FORCE).first()
    if row is None:
        _open(resource.id, Ground.FIRST, fact, at)
        return
    found = rules.changes(row.graded_of, rules.about(items(resource), resource.profile))
    if found:
        told = [f"{words.zh} / {words.en}" for _, words in found[:CHANGES_MAX]]
        key = f"flow/{fact.position}/grading/{row.pk}/fall_due"
        perform(GRADING, "fall_due", row.pk, by=HOUSE, at=at, key=key, why=found[0][0], changes=told)


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


def open_next(fact: SequencedFact, at: datetime) -> None:
    """A grading fell due, or one that stood in the way of it was withdrawn: the next stands on its holder's desk."""
    resource = fact.body["data"]["resource"]
    due = Grading.objects.filter(resource_id=resource, state="due").first()
    if due is not None:
        _open(resource, Ground(due.due_ground), fact, at, "；".join(due.due_changes)[:500])


def _open(resource: int, ground: Ground, fact: SequencedFact, at: datetime, note: str = "") -> None:
    """Unless one is under way, or the resource was withdrawn meanwhile."""
    try:
        with transaction.atomic():
            key = f"flow/{fact.position}/grading/{resource}/open"
            begin(GRADING, by=HOUSE, at=at, key=key, resource=resource, why=ground, note=note)
    except Refused:
        return

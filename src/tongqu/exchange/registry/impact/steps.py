"""What follows of itself: a new assessment takes the place of those before it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, perform
from tongqu.exchange.registry.impact.models import ImpactAssessment
from tongqu.exchange.registry.impact.procedure import IMPACT_ASSESSMENT


def replace_those_before(fact: SequencedFact, at: datetime) -> None:
    resource = fact.body["data"]["resource"]
    before = ImpactAssessment.objects.filter(resource_id=resource, state="in_force", pk__lt=fact.subject_id)
    for pk in before.order_by("pk").values_list("pk", flat=True):
        with suppress(NotNow):
            perform(IMPACT_ASSESSMENT, "replace", pk, by=HOUSE, at=at, key=f"flow/{fact.position}/replace/{pk}")

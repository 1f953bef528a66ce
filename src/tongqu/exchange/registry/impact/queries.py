"""What others may read of assessments and incidents. Frozen answers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.impact.inputs import Situation
from tongqu.exchange.registry.impact.models import ImpactAssessment, Incident

TOLD_MAX = 20


@dataclass(frozen=True)
class IncidentView:
    """What a person is told of an incident."""

    id: int
    reporter_id: int
    name: str
    kinds: tuple[str, ...]
    cause: str
    harm: str
    remedy: str
    advice: str
    contact: str
    found_date: date
    told_at: datetime | None


def lacking(resource: int, situations: Collection[str]) -> tuple[Words, ...]:
    """Which of these the newest assessment in force of a resource does not come before; all of them, where there is none."""
    found = ImpactAssessment.objects.filter(resource_id=resource, state="in_force").order_by("-pk")
    newest = found.values_list("situations", flat=True).first() or ()
    return tuple(one.words for one in Situation if one.value in situations and one.value not in newest)


def told_of(node: int, source: str) -> list[IncidentView]:
    """Incidents of this data that the persons were told of, the newest first."""
    rows = Incident.objects.filter(
        node_id=node, source=source, state__in=["told", "required", "closed"], how__in=["individually", "publicly"]
    )
    return [
        IncidentView(
            one.pk, one.reporter_id, one.name, tuple(one.kinds), one.cause, one.harm, one.remedy, one.advice, one.contact,
            one.found_date, one.told_at,
        )
        for one in rows.order_by("-told_at", "-pk")[:TOLD_MAX]
    ]  # fmt: skip

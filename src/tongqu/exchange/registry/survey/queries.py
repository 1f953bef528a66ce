"""What others may read of surveys. Frozen answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.registry.survey.models import SupplyEntry, Survey, SurveyAnswer


@dataclass(frozen=True)
class SurveyView:
    id: int
    state: str
    name: str
    purpose: str
    regions: tuple[str, ...]
    kinds: tuple[str, ...]
    industries: tuple[str, ...]
    closes_at: datetime | None


@dataclass(frozen=True)
class Statistics:
    """How many were asked, how many have answered, and what came of it. `by_region`: region → (asked, answered)."""

    asked: int
    answered: int
    data_sets: int
    by_region: Mapping[str, tuple[int, int]]


def survey(survey_id: int) -> SurveyView:
    """Raises Unknown."""
    row = Survey.objects.filter(pk=survey_id).first()
    if row is None:
        raise Unknown(f"survey {survey_id}")
    return SurveyView(
        row.pk,
        row.state,
        row.name,
        row.purpose,
        tuple(row.regions),
        tuple(row.kinds),
        tuple(row.industries),
        row.closes_at,
    )


def statistics(survey_id: int) -> Statistics:
    """Two statements, whatever the number of answers."""
    found: dict[str, list[int]] = {}
    rows = SurveyAnswer.objects.filter(survey=survey_id).order_by().values_list("respondent__region", "state")
    for region, state, count in rows.annotate(Count("pk")):
        city = region if region.startswith("4290") else f"{region[:4]}00"
        one = found.setdefault(city, [0, 0])
        one[0] += count
        one[1] += count if state in {"answered", "kept"} else 0
    return Statistics(
        asked=sum(one[0] for one in found.values()),
        answered=sum(one[1] for one in found.values()),
        data_sets=SupplyEntry.objects.filter(answer__survey=survey_id).exclude(state="withdrawn").count(),
        by_region={region: (one[0], one[1]) for region, one in sorted(found.items())},
    )


def within(region: str) -> str:
    """What the codes of everything in a division begin with."""
    return region[:2] if region.endswith("0000") else region[:4] if region.endswith("00") else region

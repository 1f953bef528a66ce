"""Reading self-assessments; what anyone may read is what was stated and made public."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.members import parties
from tongqu.exchange.registry.maturity.models import MaturityAssessment
from tongqu.exchange.registry.maturity.scale import QUESTIONS, Scored, mean, scored

PAGE_SIZE_MAX = 100


@dataclass(frozen=True)
class AssessmentView:
    """One assessment with what its answers come to. `mean` in hundredths of a level."""

    id: int
    state: str
    holder_id: int
    holder: str
    edition: str
    scope: str
    assessed_date: date
    stated_at: datetime | None
    domains: tuple[Scored, ...]
    evidence: dict[str, str]

    @property
    def mean(self) -> int:
        return mean(self.domains)


def of_row(row: Any, holder: str = "") -> AssessmentView:
    """Worked out anew from the stored answers."""
    found = scored({name: int(row.form[name]) for name in QUESTIONS})
    evidence = {one.domain.key: row.form[f"{one.domain.key}_evidence"] for one in found}
    return AssessmentView(
        row.pk,
        row.state,
        row.holder_id,
        holder,
        row.edition,
        row.scope,
        row.assessed_date,
        row.stated_at,
        found,
        evidence,
    )


def public(*, page: int = 1, size: int = 20, offset: int | None = None) -> tuple[list[AssessmentView], int]:
    """Stated assessments that their firms made public, the newest first, and how many; a page of them, or from an offset on."""
    size = max(1, min(size, PAGE_SIZE_MAX))
    first = (max(1, page) - 1) * size if offset is None else offset
    rows = MaturityAssessment.objects.filter(state="stated", public=True)
    some = list(rows.order_by("-stated_at", "-pk")[first : first + size])
    known = parties.organisations({row.holder_id for row in some}) if some else {}
    return [of_row(row, known[row.holder_id].name) for row in some], rows.count()


def public_one(number: int) -> AssessmentView:
    """Raises Unknown for one that is not stated, or that its firm keeps to itself."""
    row = MaturityAssessment.objects.filter(pk=number, state="stated", public=True).first()
    if row is None:
        raise Unknown(f"assessment {number}")
    return of_row(row, parties.organisation(row.holder_id).name)


def latest(holder: int) -> AssessmentView | None:
    row = MaturityAssessment.objects.filter(holder=holder, state="stated").order_by("-stated_at", "-pk").first()
    return of_row(row) if row else None


def earlier(number: int) -> list[int]:
    """Stated assessments of the same firm before this one, the oldest first."""
    row = MaturityAssessment.objects.get(pk=number)
    rows = MaturityAssessment.objects.filter(holder=row.holder_id, state="stated", stated_at__lte=row.stated_at)
    return list(rows.exclude(pk=number).order_by("stated_at", "pk").values_list("pk", flat=True))

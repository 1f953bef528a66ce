"""Reading what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.quality.inputs import said
from tongqu.exchange.registry.quality.models import QualityCheck
from tongqu.exchange.registry.quality.scoring import Score, scores

HISTORY_MAX = 50


@dataclass(frozen=True)
class RuleView:
    """A rule in words and what was counted; None: too few rows to tell, or `fault` says why not."""

    words: Words
    checked: int | None
    failed_least: int | None
    failed_most: int | None
    fault: str


@dataclass(frozen=True)
class CheckView:
    """A check that was measured, in six indicators. `rows` is the version's length."""

    id: int
    state: str
    resource_id: int
    source_version: str
    profile_digest: str
    result_digest: str
    measured_at: datetime
    rows: int
    small_counts: int
    scores: tuple[Score, ...]
    rules: tuple[RuleView, ...]


@dataclass(frozen=True)
class Kept:
    """The last score of an indicator, with its date; `current`: it is of the newest check, which says `now` of it."""

    score: Score
    measured_at: datetime
    source_version: str
    current: bool
    now: Score


def standing(resource_id: int) -> CheckView | None:
    """The check in force of a resource; None where there is none."""
    row = QualityCheck.objects.filter(resource_id=resource_id, state="standing").first()
    return None if row is None else view(row)


def history(resource_id: int, *, limit: int = 10) -> tuple[CheckView, ...]:
    """Checks that were measured, the newest first; fifty at most."""
    rows = QualityCheck.objects.filter(resource_id=resource_id, measured_at__isnull=False)
    return tuple(view(row) for row in rows.order_by("-measured_at", "-pk")[: min(limit, HISTORY_MAX)])


def kept(checks: Sequence[CheckView]) -> tuple[Kept, ...]:
    """Of each indicator the newest of these checks, the newest first, in which it was measured; else as never measured."""
    found = []
    for at, score in enumerate(checks[0].scores if checks else ()):
        last = next((one for one in checks if one.scores[at].measured), checks[0])
        found.append(Kept(last.scores[at], last.measured_at, last.source_version, last.id == checks[0].id, score))
    return tuple(found)


def rules_of(resource_id: int) -> list[dict[str, Any]]:
    """The rules that a resource is checked by, as the form asks them; the last that were stated where none stands."""
    rows = QualityCheck.objects.filter(resource_id=resource_id)
    row = rows.filter(state__in=("asked", "standing")).order_by("-pk").first() or rows.order_by("-pk").first()
    return [] if row is None else list(row.rules)


def view(row: QualityCheck) -> CheckView:
    assert row.result is not None
    assert row.measured_at is not None
    told = row.result["rules"]
    return CheckView(
        id=row.pk, state=row.state, resource_id=row.resource_id, source_version=row.source_version,
        profile_digest=row.profile_digest, result_digest=row.result_digest, measured_at=row.measured_at,
        rows=row.result["rows"], small_counts=row.result["small_counts"],
        scores=scores(row.rules, told, asked=row.asked, answered=row.answered),
        rules=tuple(_rule(rule, one) for rule, one in zip(row.rules, told, strict=True)),
    )  # fmt: skip


def _rule(rule: dict[str, Any], told: Mapping[str, Any]) -> RuleView:
    return RuleView(said(rule), told["checked"], told["failed_least"], told["failed_most"], told.get("fault") or "")

"""Reading reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.deidentification.models import Deidentification
from tongqu.wire import measures

REPORTS_MAX = 50


@dataclass(frozen=True)
class ReportView:
    """A report. `before` and `after` are the wire's `Hiding`; they are None until it is measured.

    `columns` are the quasi-identifiers with the step taken on each, None before. `as_it_stands`: nothing had to be changed,
    so it is the source itself that hides people.
    """

    id: int
    state: str
    resource_id: int
    holder_id: int
    person: str
    columns: tuple[tuple[str, Mapping[str, Any] | None], ...]
    sensitive: tuple[str, ...]
    k: int
    suppressed_most: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    suppressed: int | None
    reached: bool
    tried: int
    rows: int
    small_counts: int
    source_version: str
    result_digest: str
    measured_at: datetime | None
    confirmed_at: datetime | None
    reviewer_id: int | None
    opinion: str
    reason: str
    fault: str

    @property
    def as_it_stands(self) -> bool:
        return self.suppressed == 0 and all(step and step["how"] == measures.KEEP for _, step in self.columns)

    @property
    def single_valued(self) -> list[str]:
        """The sensitive columns that have one value only in some class of what is left."""
        return [str(one["column"]) for one in (self.after or {}).get("sensitive", ()) if one["l"] == 1]

    @property
    def warnings(self) -> list[Words]:
        """What a large class alone does not hide."""
        return [
            Words(
                f"“{name}”：有的等价类中所有人取值相同（l = 1）。知道某人在这一类，就知道他的取值，与 k 多大无关。",
                f"“{name}”: in some class everybody has the same value (l = 1). Whoever knows that somebody is in it knows the"
                " value, however large k is.",
            )
            for name in self.single_valued
        ]


def report(report_id: int) -> ReportView:
    """Raises Unknown."""
    row = Deidentification.objects.filter(pk=report_id).first()
    if row is None:
        raise Unknown(f"deidentification {report_id}")
    return _view(row)


def in_force(resource_id: int) -> ReportView | None:
    """The confirmed report of the version that the catalogue has of a resource; None where there is none."""
    profile = catalogue.resource(resource_id).profile
    if profile is None:
        return None
    rows = Deidentification.objects.filter(
        resource_id=resource_id, state="confirmed", source_version=profile["source_version"]
    )
    row = rows.order_by("-confirmed_at", "-pk").first()
    return None if row is None else _view(row)


def reports_of(resource_id: int, *, limit: int = 10) -> tuple[ReportView, ...]:
    """Reports that were confirmed at some time, the newest first; fifty at most."""
    rows = Deidentification.objects.filter(resource_id=resource_id, confirmed_at__isnull=False)
    return tuple(_view(row) for row in rows.order_by("-confirmed_at", "-pk")[: min(limit, REPORTS_MAX)])


def _view(row: Deidentification) -> ReportView:
    told = row.result or {}
    names = [quasi["column"] for quasi in row.order["quasi"]]
    applied: list[Mapping[str, Any] | None] = list(told.get("applied") or [None] * len(names))
    return ReportView(
        id=row.pk, state=row.state, resource_id=row.resource_id, holder_id=row.holder_id, person=row.order["person"] or "",
        columns=tuple(zip(names, applied, strict=True)), sensitive=tuple(row.order["sensitive"]), k=row.order["k"],
        suppressed_most=row.order["suppressed_most"], before=told.get("before"), after=told.get("after"),
        suppressed=told.get("suppressed"), reached=told.get("reached", False), tried=told.get("tried", 0),
        rows=told.get("rows", 0), small_counts=told.get("small_counts", 0), source_version=row.source_version,
        result_digest=row.result_digest, measured_at=row.measured_at, confirmed_at=row.confirmed_at,
        reviewer_id=row.reviewer_id, opinion=row.opinion, reason=row.reason,
        fault=row.fault,
    )  # fmt: skip

"""What was measured on a resource, for everyone: its quality now and before, and its confirmed report on de-identification."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.registry import catalogue, deidentification, quality
from tongqu.exchange.registry.deidentification import DEIDENTIFICATION
from tongqu.exchange.web import components as c
from tongqu.exchange.web.desks import of_measures as shown
from tongqu.exchange.web.desks.acting import hides_unknown
from tongqu.exchange.web.desks.story import served

HISTORY = 10
LOOKED_BACK = 50
"""So many measurements are looked through for an indicator's last score."""
PAPERS_KEPT = 64


def of_resource(entry: catalogue.ResourceView) -> dict[str, Any]:
    """What the page of a resource shows beside its elements. Two questions to the database."""
    checks = quality.history(entry.id, limit=LOOKED_BACK)
    standing = next((one for one in checks if one.state == "standing"), None)
    report = next((one for one in deidentification.reports_of(entry.id) if _is_in_force(one, entry)), None)
    found: dict[str, Any] = {"quality": standing, "report": report, "assigned": shown.ASSIGNED}
    if standing is not None:
        kept = quality.kept(checks)
        found |= {
            "quality_pairs": shown.quality_pairs(standing, entry),
            "quality_table": shown.kept_table(kept),
            "quality_rules": shown.rules_table(standing),
            "quality_chart": shown.indicators_chart([one.score for one in kept]),
            "quality_history": shown.history_table(checks[:HISTORY]) if len(checks) > 1 else None,
        }
    return found


def _is_in_force(report: deidentification.ReportView, entry: catalogue.ResourceView) -> bool:
    return report.state == "confirmed" and (entry.profile or {}).get("source_version") == report.source_version


def _public(pk: int, number: int) -> tuple[catalogue.ResourceView, deidentification.ReportView]:
    """A report that was confirmed once stays readable, with what became of it. Raises Unknown for any other."""
    entry = catalogue.resource(pk)
    report = deidentification.report(number)
    if entry.state != "catalogued" or report.resource_id != pk or report.confirmed_at is None:
        raise Unknown(f"deidentification {number}")
    return entry, report


@require_GET
@hides_unknown
def report(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    entry, found = _public(pk, number)
    reviewer = parties.organisation(found.reviewer_id or 0)
    current = _is_in_force(found, entry)
    state = DEIDENTIFICATION.label(found.state)
    if found.state == "confirmed" and not current:
        state = Words("已确认；数据已换版本", "Confirmed; the data has changed since")
    context = {
        "entry": entry,
        "report": found,
        "state": state,
        "tone": "ok" if current else "due",
        "pairs": [
            *shown.report_pairs(found),
            c.Pair(Words("确认", "Confirmed by"), reviewer.name),
            c.Pair(Words("确认时间", "Confirmed"), found.confirmed_at),
            c.Pair(Words("意见", "Opinion"), found.opinion),
            *([c.Pair(Words("撤销理由", "Why revoked"), found.reason)] if found.reason else []),
        ],
        "single_valued": shown.SINGLE_VALUED if found.single_valued else None,
        "warnings": found.warnings,
        "hiding": shown.hiding_table(found),
        "steps": shown.steps_table(found),
        "chart": shown.bands_chart(found),
        "thresholds": shown.THRESHOLDS,
        "crumbs": [
            (Words("数据目录", "Catalogue"), reverse("resources")),
            (entry.name, reverse("resource", args=[pk])),
            (DEIDENTIFICATION.words, ""),
        ],
    }
    return render(request, "web/portal/report.html", context)


@require_GET
@hides_unknown
def report_file(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    _, found = _public(pk, number)
    return served(_paper(number, found.result_digest), "application/pdf", f"deidentification-{number}.pdf")


@lru_cache(maxsize=PAPERS_KEPT)
def _paper(number: int, result_digest: str) -> bytes:
    """Set once: what was confirmed does not change, and everyone may ask for it."""
    return deidentification.report_pdf(deidentification.report(number))

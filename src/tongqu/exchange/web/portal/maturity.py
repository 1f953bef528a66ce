"""Self-assessments of data management that firms made public: for anyone, with their edition, as no claim to a level."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import maturity
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.desks import of_assets
from tongqu.exchange.web.desks.acting import hides_unknown
from tongqu.exchange.web.desks.wording import plain

SIZE = 20


@require_GET
def assessments(request: HttpRequest) -> HttpResponse:
    asked = c.page(request.GET.get("page"), size=SIZE, total=10**9)
    found, total = maturity.public(page=asked.number, size=SIZE)
    where = c.page(request.GET.get("page"), size=SIZE, total=total)
    if where.number != asked.number:  # past the end: the last page there is
        found, total = maturity.public(page=where.number, size=SIZE)
    rows: list[list[c.Cell | c.Label]] = [
        [
            c.Cell(one.holder, one.scope, reverse("maturity-one", args=[one.id])),
            plain(said.day(one.assessed_date)),
            plain(f"{one.mean / 100:.2f}"),
        ]
        for one in found
    ]
    columns = [
        c.Column(Words("单位与范围", "Firm and scope")), c.Column(Words("自评日期", "Assessed on"), phone=False),
        c.Column(Words("二十八项均值", "Mean of 28 items"), num=True),
    ]  # fmt: skip
    empty = c.Empty(
        Words("还没有公开的自评", "None yet"),
        Words("企业选择公开的自评会出现在这里。", "What firms make public appears here."),
    )
    context = {"total": total, "table": c.Table(columns, rows, page=where, empty=empty), "note": of_assets.LEVELS_NOTE}
    return render(request, "web/portal/assessments.html", context)


@require_GET
@hides_unknown
def assessment(request: HttpRequest, pk: int) -> HttpResponse:
    """One that its firm made public; what each domain stands on stays with the firm."""
    one = maturity.public_one(pk)
    context = {
        "one": one, "parts": of_assets.maturity_parts(one, evidence=False),
        "pairs": [
            c.Pair(Words("单位", "Firm"), one.holder), c.Pair(Words("范围", "Scope"), one.scope),
            c.Pair(Words("自评日期", "Assessed on"), said.day(one.assessed_date)),
        ],
        "crumbs": [(Words("数据管理能力自评", "Self-assessments"), reverse("maturity")), (plain(one.holder), "")],
    }  # fmt: skip
    return render(request, "web/portal/assessment.html", context)

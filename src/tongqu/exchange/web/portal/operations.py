"""Authorised operations for anyone: who operates which public data until when, what both sides disclose, calls for bids."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.registry import authorisation
from tongqu.exchange.registry.authorisation import OPERATION_AGREEMENT, OPERATION_PLAN, OPERATOR_SELECTION
from tongqu.exchange.trading import listings
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.desks.acting import hides_unknown
from tongqu.exchange.web.desks.clockfaces import last_day
from tongqu.exchange.web.desks.of_operation import (
    SIDES,
    assessments_part,
    criteria_part,
    disclosed,
    period_of,
    resources_part,
    used,
)
from tongqu.exchange.web.desks.wording import citation, plain, words_of

SIZE = 20
TONES: dict[str, c.Tone] = {"in_force": "ok", "exiting": "due", "announced": "info", "awarded": "ok"}


@require_GET
def operations(request: HttpRequest) -> HttpResponse:
    asked = c.page(request.GET.get("page"), size=SIZE, total=10**9)
    found, total = authorisation.operations(page=asked.number, size=SIZE)
    where = c.page(request.GET.get("page"), size=SIZE, total=total)
    if where.number != asked.number:  # past the end: the last page there is
        found, total = authorisation.operations(page=where.number, size=SIZE)
    rows = [
        [
            c.Cell(one.name, one.implementer, reverse("operation", args=[one.id])),
            c.Cell(one.operator),
            c.Cell(Words(f"{one.starts_date} 至 {one.ends_date}", f"{one.starts_date} to {one.ends_date}")),
            c.Cell(OPERATION_AGREEMENT.label(one.state), tag=TONES.get(one.state, "")),
        ]
        for one in found
    ]
    columns = [
        c.Column(Words("授权运营协议", "Agreement")),
        c.Column(Words("运营机构", "Operator")),
        c.Column(Words("授权期限", "Term"), phone=False),
        c.Column(Words("状态", "State")),
    ]
    empty = c.Empty(
        Words("还没有授权运营", "No operation yet"),
        Words("生效的授权运营协议会出现在这里。", "Agreements in force appear here."),
    )
    context = {"total": total, "table": c.Table(columns, rows, page=where, empty=empty)}
    return render(request, "web/portal/operations.html", context)


@require_GET
@hides_unknown
def operation(request: HttpRequest, pk: int) -> HttpResponse:
    """Who, what, how, until when; the seven columns of each side; what is on sale by the operator."""
    one = authorisation.operation(pk)
    pairs = [
        c.Pair(Words("实施机构", "Implementing body"), one.implementer),
        c.Pair(Words("运营机构", "Operator"), one.operator),
        c.Pair(Words("授权运营方式", "Mode"), words_of(OPERATION_PLAN.begins.asks, "mode", one.mode)),
        c.Pair(
            Words("授权期限", "Term"),
            Words(f"{one.starts_date} 至 {one.ends_date}", f"{one.starts_date} to {one.ends_date}"),
        ),
        c.Pair(
            Words("上限收费标准", "Ceiling of the fee"), f"{yuan(one.form['ceiling_fen'])} / {one.form['ceiling_unit']}"
        ),
        c.Pair(Words("产品清单", "Products"), "、".join(one.form["products"])),
    ]
    sides = [
        {"title": SIDES[each.side], "who": each.discloser, "times": each.times, "text": each.text,
         "table": disclosed(each.rows) if each.rows else None, "at": each.published_at,
         "used": used(each.usage) if each.usage is not None else None,
         "period": period_of(each.usage) if each.usage is not None else None}
        for each in authorisation.disclosures(pk)
    ]  # fmt: skip
    on_sale, _ = listings.published(provider=one.operator_id, public_data=True, limit=100)
    granted = [
        [c.Cell(scenario, developer), c.Cell(plain(said.day(until)))]
        for _, scenario, developer, until in authorisation.concessions(pk)
    ]
    context = {
        "one": one, "pairs": pairs, "sides": sides, "state": OPERATION_AGREEMENT.label(one.state),
        "tone": TONES.get(one.state, ""), "resources": resources_part(one.resources, Words("", "")).table,
        "assessed": assessments_part(pk).table,
        "granted": c.Table([c.Column(Words("应用场景", "Scenario")), c.Column(Words("至", "Until"))], granted),
        "on_sale": [(each.name, reverse("product", args=[each.id])) for each in on_sale],
        "cite": citation("OP27:18"), "group_cite": citation("OP27:6"),
        "crumbs": [(Words("授权运营", "Authorised operation"), reverse("operations")), (plain(one.name), "")],
    }  # fmt: skip
    return render(request, "web/portal/operation.html", context)


@require_GET
def selections(request: HttpRequest) -> HttpResponse:
    asked = c.page(request.GET.get("page"), size=SIZE, total=10**9)
    found, total = authorisation.selections(page=asked.number, size=SIZE)
    where = c.page(request.GET.get("page"), size=SIZE, total=total)
    if where.number != asked.number:
        found, total = authorisation.selections(page=where.number, size=SIZE)
    asks = OPERATOR_SELECTION.begins.asks
    rows = [
        [
            c.Cell(one.name, one.implementer, reverse("selection", args=[one.id])),
            c.Cell(words_of(asks, "method", one.method)),
            c.Cell(plain(said.day(last_day(one.bids_until_at)))),
            c.Cell(OPERATOR_SELECTION.label(one.state), one.winner, tag=TONES.get(one.state, "")),
        ]
        for one in found
    ]
    columns = [
        c.Column(Words("项目", "Project")),
        c.Column(Words("选择方式", "Method"), phone=False),
        c.Column(Words("投标截止日", "Bids until the end of"), phone=False),
        c.Column(Words("状态", "State")),
    ]
    empty = c.Empty(
        Words("还没有公告", "No announcement yet"),
        Words("选择运营机构的公告会出现在这里。", "Calls for operators appear here."),
    )
    context = {"total": total, "table": c.Table(columns, rows, page=where, empty=empty)}
    return render(request, "web/portal/selections.html", context)


@require_GET
@hides_unknown
def selection(request: HttpRequest, pk: int) -> HttpResponse:
    """The announcement; who won, once somebody has. No bidder is named before, and of the others none ever."""
    one = authorisation.selection(pk)
    asks = OPERATOR_SELECTION.begins.asks
    pairs = [
        c.Pair(Words("实施机构", "Implementing body"), one.implementer),
        c.Pair(Words("选择方式", "Method"), words_of(asks, "method", one.method)),
        c.Pair(Words("要求", "Requirements"), one.requirements),
        c.Pair(Words("投标截止日", "Bids until the end of"), last_day(one.bids_until_at)),
    ]
    if one.bids is not None:
        pairs.append(c.Pair(Words("投标份数", "Bids"), f"{one.bids:,}"))
    if one.winner and one.award is not None:
        pairs.append(c.Pair(Words("中选单位", "Chosen"), one.winner, tag="ok"))
        pairs.append(c.Pair(Words("中选理由", "Why it wins"), str(one.award["reason"])))
    context = {
        "one": one, "pairs": pairs, "criteria": criteria_part(one.criteria).table, "state": OPERATOR_SELECTION.label(one.state),
        "tone": TONES.get(one.state, ""), "open": one.state == "announced", "cite": citation("OP27:12"),
        "crumbs": [(Words("选择运营机构", "Choice of operators"), reverse("selections")), (plain(one.name), "")],
    }  # fmt: skip
    return render(request, "web/portal/selection.html", context)

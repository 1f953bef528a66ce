"""Standards of data elements for anyone: the list, and one standard with its sources by place and its users."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock.procedures import Unknown, local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties, placenames
from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry import elements
from tongqu.exchange.registry.elements import ELEMENT
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.desks.acting import hides_unknown
from tongqu.exchange.web.desks.of_elements import GROUNDS, code_table, place, standard_pairs
from tongqu.exchange.web.desks.wording import plain, words_of

SIZE = 20
WORDS_MAX = 100


@require_GET
def standards(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:WORDS_MAX]
    asked = c.page(request.GET.get("page"), size=SIZE, total=10**9)
    found = elements.elements(words, first=asked.span.start, size=SIZE)
    where = c.page(request.GET.get("page"), size=SIZE, total=found.total)
    if where.number != asked.number:  # past the end: the last page there is
        found = elements.elements(words, first=where.span.start, size=SIZE)
    asks = ELEMENT.begins.asks
    rows = [
        [
            c.Cell(one.name, one.identifier, reverse("element", args=[one.identifier])),
            c.Cell(words_of(asks, "type", one.type), one.standard),
            c.Cell(plain(f"{one.sources:,}")),
            c.Cell(plain(f"{one.users:,}")),
        ]
        for one in found.items
    ]
    columns = [
        c.Column(Words("数据元", "Data element")),
        c.Column(Words("类型", "Type"), phone=False),
        c.Column(Words("数源", "Sources"), num=True),
        c.Column(Words("使用方", "Users"), num=True),
    ]
    empty = c.Empty(
        Words("没有找到", "Nothing found"),
        Words("数据主管部门审定的标准会出现在这里。", "Standards that the data authority has adopted appear here."),
    )
    table = c.Table(columns, rows, page=where, empty=empty)
    return render(request, "web/portal/elements.html", {"table": table, "q": words, "total": found.total})


@require_GET
@hides_unknown
def standard(request: HttpRequest, identifier: str) -> HttpResponse:
    """One standard: what it says, its code list, who is the source where, who keeps to it."""
    asked = request.GET.get("version", "")
    if asked and not (asked.isascii() and asked.isdigit() and len(asked) < 6):
        raise Unknown(f"version {asked[:10]}")
    one = elements.element(identifier, int(asked) if asked else None)
    now = one if one.state == "in_force" else elements.element(identifier)
    today = local_day(timezone.now())
    place_asked = request.GET.get("region", "")
    context = {
        "one": one,
        "now": now,
        "state": ELEMENT.label(one.state),
        "tone": "ok" if one.state == "in_force" else "",
        "pairs": _pairs(one),
        "codes": code_table(one.codes) if one.codes else None,
        "sources": _sources(request, identifier, today),
        "users": _users(request, identifier, today),
        "versions": [
            (number, f"{reverse('element', args=[identifier])}?{urlencode({'version': number})}")
            for number in now.versions
        ],
        "crumbs": [(Words("数据元标准", "Data elements"), reverse("elements")), (plain(one.identifier), "")],
        **_answered(identifier, place_asked, today),
    }
    return render(request, "web/portal/element.html", context)


def _pairs(one: elements.ElementView) -> list[c.Pair]:
    steward = parties.organisations([one.steward_id]) if one.steward_id else {}
    pairs = [c.Pair(Words("标识符", "Identifier"), one.identifier, mono=True), *standard_pairs(one)]
    pairs += [c.Pair(Words("主管", "Steward"), known.name) for known in steward.values()]
    if one.in_force_at is not None:
        pairs.append(c.Pair(Words("施行", "In force since"), said.day(timezone.localtime(one.in_force_at))))
    if one.reason:
        pairs.append(c.Pair(Words("理由", "Reason"), one.reason))
    return pairs


def _answered(identifier: str, region: str, today: Any) -> dict[str, Any]:
    """Who the source is in a place that was asked for by its code or its name; what is wrong with what names none."""
    text = region.strip()[:40]
    told: dict[str, Any] = {"typed": text, "asked": "", "was": "", "source": None, "unknown": "", "several": []}
    if not text:
        return told
    named = placenames.named_in(text, on=today)
    if named is None or (named.start, named.end) != (0, len(text)):
        return told | {"unknown": text}
    if len(named.codes) > 1:
        return told | {"several": [(one, place(one, today)) for one in named.codes]}
    code = named.codes[0]
    if text.isdigit() and text != code:
        told["was"] = divisions.ever(text)[-1].name
    return told | {"asked": place(code, today), "source": elements.source_of(identifier, code)}


def _sources(request: HttpRequest, identifier: str, today: Any) -> c.Table:
    _, total = elements.sources(identifier, size=0)
    where = c.page(request.GET.get("sources"), size=SIZE, total=total)
    found, _ = elements.sources(identifier, first=where.span.start, size=SIZE)
    rows = [
        [
            c.Cell(place(one.region, today), GROUNDS[one.ground]),
            c.Cell(one.holder),
            c.Cell(one.resource, one.item, reverse("resource", args=[one.resource_id])),
        ]
        for one in found
    ]
    columns = [
        c.Column(Words("地区", "Place")),
        c.Column(Words("持有者", "Holder")),
        c.Column(Words("权威数源", "Source")),
    ]
    empty = c.Empty(
        Words("还没有权威数源", "There is no source yet"),
        Words("公共数据的持有者申报后会出现在这里。", "A holder of public data that claims to be it appears here."),
    )
    return c.Table(columns, rows, page=where, page_name="sources", empty=empty)


def _users(request: HttpRequest, identifier: str, today: Any) -> c.Table:
    _, total = elements.users(identifier, size=0)
    where = c.page(request.GET.get("users"), size=SIZE, total=total)
    found, _ = elements.users(identifier, first=where.span.start, size=SIZE)
    rows = [
        [
            c.Cell(one.resource, one.item, reverse("resource", args=[one.resource_id])),
            c.Cell(one.holder),
            _standing(one),
        ]
        for one in found
    ]
    columns = [
        c.Column(Words("资源与信息项", "Resource and item")),
        c.Column(Words("持有者", "Holder")),
        c.Column(Words("关联", "As")),
    ]
    empty = c.Empty(
        Words("还没有使用方", "Nobody keeps to it yet"),
        Words("信息项关联本标准后会出现在这里。", "Items linked to this standard appear here."),
    )
    return c.Table(columns, rows, page=where, page_name="users", empty=empty)


def _standing(one: elements.ClaimView) -> c.Cell:
    version = Words(f"第 {one.version} 版", f"version {one.version}")
    if one.disputed:
        return c.Cell(Words("数源争议中", "source disputed"), version, tag="due")
    if one.role == "source":
        return c.Cell(Words("未获认定为数源", "not the source"), version, tag="")
    return c.Cell(Words("使用方", "user"), version, tag="info")

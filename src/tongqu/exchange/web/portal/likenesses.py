"""Entries of catalogues that are nearly the same, side by side, with what differs marked."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry import likeness
from tongqu.exchange.registry.harvest import EntryView
from tongqu.exchange.registry.likeness import Kind, NearView
from tongqu.exchange.web import components as c

SIZE = 20
Pieces = list[tuple[str, bool]]


@require_GET
def near(request: HttpRequest) -> HttpResponse:
    """All pairs, of one kind and one province where chosen."""
    kind = _known(request.GET.get("kind", ""), {one.value for one in Kind})
    today = local_day(timezone.now())
    province = _known(request.GET.get("province", ""), {one.code[:2] for one in divisions.children("", on=today)})
    asked = c.page(request.GET.get("page"), size=SIZE, total=10**9)
    found = likeness.pairs(kind, province, offset=asked.span.start, limit=SIZE)
    where = c.page(request.GET.get("page"), size=SIZE, total=found.total)
    if where.number != asked.number:  # past the end: the last page there is
        found = likeness.pairs(kind, province, offset=where.span.start, limit=SIZE)
    context = {
        "page": where,
        "total": found.total,
        "kind": kind,
        "all_kinds": sum(found.kinds.values()),
        "all_kinds_href": _address("", province),
        "kinds": [
            (one.words, found.kinds.get(one.value, 0), _address(one.value, province), one.value == kind) for one in Kind
        ],
        "provinces": [
            (_place(code, today), many, _address(kind, code), code == province)
            for code, many in sorted(found.provinces.items(), key=lambda item: -item[1])
            if code
        ],
        "all_provinces_href": _address(kind, ""),
        "province": province,
        "items": [_shown(one) for one in found.items],
    }
    return render(request, "web/portal/near.html", context)


def beside(entry_id: int) -> list[dict[str, Any]]:
    """What is nearly the same as one entry: the other of each pair, in what it differs, and how much is in common."""
    return [
        {
            "href": reverse("entry", args=[(other := pair.other if pair.one.id == entry_id else pair.one).id]),
            "title": other.title,
            "from": _from(other),
            "kind": pair.kind.words,
            "percent": pair.percent,
        }
        for pair in likeness.near(entry_id)
    ]


def _known(asked: str, known: set[str]) -> str:
    return asked if asked in known else ""


def _address(kind: str, province: str) -> str:
    asked = {name: value for name, value in (("kind", kind), ("province", province)) if value}
    return f"{reverse('entries-near')}?{urlencode(asked)}" if asked else reverse("entries-near")


def _place(code: str, today: Any) -> str:
    return divisions.full_name(f"{code}0000", on=today)


def _from(one: EntryView) -> str:
    return " · ".join(dict.fromkeys(filter(None, (one.department, one.catalog_name))))


def _shown(pair: NearView) -> dict[str, Any]:
    first, second = differing(pair.one.title, pair.other.title)
    return {
        "sides": [
            {"href": reverse("entry", args=[one.id]), "title": title, "from": _from(one)}
            for one, title in ((pair.one, first), (pair.other, second))
        ],
        "kind": pair.kind.words,
        "tone": "due" if pair.kind in {Kind.REPEATED, Kind.SAME} else "",
        "percent": Words(f"{pair.percent}% 相同", f"{pair.percent}% in common"),
    }


def differing(one: str, other: str) -> tuple[Pieces, Pieces]:
    """Both texts in pieces, each with whether it is another in the other text."""
    first: Pieces = []
    second: Pieces = []
    for what, a, b, x, y in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if b > a:
            first.append((one[a:b], what != "equal"))
        if y > x:
            second.append((other[x:y], what != "equal"))
    return first, second

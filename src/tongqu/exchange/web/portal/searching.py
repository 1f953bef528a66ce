"""One search for a newcomer: data sets, products, standards, the supply list, divisions and what bears a number, on one page."""

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
from tongqu.exchange.registry import catalogue, elements, ownership, survey
from tongqu.exchange.trading import listings
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.web.components import Label
from tongqu.exchange.web.desks.wording import plain, words_of
from tongqu.exchange.web.portal import catalogues

FIRST = 5
WORDS_MAX = 100


@require_GET
def everything(request: HttpRequest) -> HttpResponse:
    """The first few of each kind, how many there are, and the way to all of them."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:WORDS_MAX]
    kinds = [_products(words), _standards(words), _supply(words)] if words else []
    context = {
        "q": words,
        "direct": _direct(words) if words else [],
        "data": catalogues.first(words, FIRST) if words else None,
        "data_href": _all("entries", words),
        "kinds": [kind for kind in kinds if kind["total"]],
        "nowhere": [kind["title"] for kind in kinds if not kind["total"]],
        "examples": [(one, _all("search", one)) for one in catalogues.EXAMPLES],
    }
    return render(request, "web/portal/search.html", context)


def _all(name: str, words: str) -> str:
    return f"{reverse(name)}?{urlencode({'q': words})}"


def _kind(title: Words, total: int, href: str, lines: list[tuple[Label, str, Label]]) -> dict[str, Any]:
    return {"title": title, "total": total, "href": href, "lines": lines}


def _products(words: str) -> dict[str, Any]:
    found, total = listings.published(words=words, limit=FIRST)
    sellers = parties.organisations([one.provider_id for one in found])
    lines: list[tuple[Label, str, Label]] = []
    for one in found:
        mode, seller = words_of(LISTING.begins.asks, "mode", one.mode), sellers[one.provider_id].short_name
        lines.append(
            (one.name, reverse("product", args=[one.id]), Words(f"{seller} · {mode.zh}", f"{seller} · {mode.en}"))
        )
    return _kind(Words("在售产品", "Products on sale"), total, _all("products", words), lines)


def _standards(words: str) -> dict[str, Any]:
    found = elements.elements(words, size=FIRST)
    lines: list[tuple[Label, str, Label]] = [
        (
            one.name,
            reverse("element", args=[one.identifier]),
            plain(" · ".join(filter(None, (one.identifier, one.standard)))),
        )
        for one in found.items
    ]
    return _kind(Words("数据元标准", "Data elements"), found.total, _all("elements", words), lines)


def _supply(words: str) -> dict[str, Any]:
    """What is declared and not catalogued: resources of this market stand among the data sets."""
    found = survey.supply(words, size=FIRST)
    lines: list[tuple[Label, str, Label]] = [
        (
            one.name,
            reverse("resource" if one.source == "resource" else "supply-entry", args=[one.id]),
            plain(one.holder),
        )
        for one in found.items
    ]
    return _kind(Words("供给清单", "Supply list"), found.total, _all("supply", words), lines)


def _direct(words: str) -> list[tuple[Words, Label, str]]:
    """What bears just this code or name: a certificate, a resource, a division."""
    found: list[tuple[Words, Label, str]] = []
    try:
        code = ownership.certificate(words).code
        found.append((Words("产权凭证", "Certificate"), code, reverse("certificate", args=[code])))
    except Unknown:
        pass
    for one in catalogue.catalogued(words, size=FIRST).items:
        if one.code == words:
            found.append((Words("数据资源", "Resource"), one.name, reverse("resource", args=[one.id])))
    today = local_day(timezone.now())
    named = placenames.named_in(words, on=today)
    if named and (named.start, named.end) == (0, len(words)):
        for region in named.codes:
            href = f"{reverse('catalogues')}?{urlencode({'region': region})}"
            found.append((Words("地区", "Division"), f"{divisions.full_name(region, on=today)}（{region}）", href))
    return found

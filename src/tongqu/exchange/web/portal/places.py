"""Catalogues as a tree: from the country to a county, what is catalogued and harvested in each, and who holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock.procedures import HOUSE, local_day, visible
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry import harvest, search
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.web import components as c
from tongqu.exchange.web.desks.wording import plain
from tongqu.exchange.web.portal import figures
from tongqu.exchange.web.portal.figures import COUNTRY

SIZE = 20
SECONDS = 60
HOME = "420000"
NATION = Words("全国", "China")
LEGEND = 7


@dataclass(frozen=True)
class Counted:
    """What is in each division itself, not below it: resources, and entries of harvested catalogues."""

    resources: Mapping[str, int]
    entries: Mapping[str, int]
    catalogs: tuple[tuple[str, harvest.CatalogView, int], ...]
    unplaced: int


def counted() -> Counted:
    """Counted once a minute for everybody."""
    found: Counted | None = cache.get("portal.places")
    if found is None:
        found = _count()
        cache.set("portal.places", found, SECONDS)
    return found


def _count() -> Counted:
    entries: dict[str, int] = {}
    catalogs = []
    for one in harvest.catalogs(counted=True):
        catalogs.append((figures.standing(one.region) if one.region else "", one, sum(one.entries.values())))
        for region, count in one.entries.items():
            place = figures.standing(region) if region else ""
            entries[place] = entries.get(place, 0) + count
    return Counted(figures.resources_by_region(), entries, tuple(catalogs), entries.get("", 0))


def _under(counts: Mapping[str, int], code: str) -> int:
    begins = figures.within(code)
    return sum(count for region, count in counts.items() if region and region.startswith(begins))


@require_GET
def catalogues(request: HttpRequest) -> HttpResponse:
    """One division: the path to it, what lies below it, the holders and the catalogues in it."""
    today = local_day(timezone.now())
    asked = request.GET.get("region", HOME)
    code = _asked(asked)
    if code != asked:
        return _moved(asked, code, request)
    known = counted()
    below = divisions.children("" if code == COUNTRY else code, on=today)
    lines = [(one, _under(known.resources, one.code), _under(known.entries, one.code)) for one in below]
    full, empty = [one for one in lines if one[1] or one[2]], [one for one in lines if not one[1] and not one[2]]
    of = "entries" if request.GET.get("of") == "entries" else "resources"
    tiles = {d.code: _under(known.entries if of == "entries" else known.resources, d.code) for d in c.DIVISIONS}
    here = divisions.division(code, on=today)
    context = {
        "name": NATION if here is None else plain(here.name),
        "code": code,
        "crumbs": _path(code, today),
        "resources": _under(known.resources, code),
        "entries": _under(known.entries, code),
        "unplaced": known.unplaced if code == COUNTRY else 0,
        "resources_href": f"{reverse('resources')}?{urlencode({'region': code})}",
        "entries_href": _entries(code),
        "below": _below(full) if full else None,
        "without": _below(empty) if empty else None,
        "holders": _holders(request, code),
        "catalogs": _catalogs(known, code),
        "tiles": tiles if code in {HOME, COUNTRY} else None,
        "of": of,
        "legend": _legend(max([*tiles.values(), 1])),
        "unit": Words("条目录", "entries") if of == "entries" else Words("项资源", "resources"),
    }
    return render(request, "web/portal/catalogues.html", context)


def _entries(code: str) -> str:
    """The search among entries of others in a division."""
    asked = {"source": search.OTHERS} if code == COUNTRY else {"source": search.OTHERS, "region": code}
    return f"{reverse('entries')}?{urlencode(asked)}"


def _asked(asked: str) -> str:
    """The code as it stands today. Raises Http404 for what never was a division."""
    if asked == COUNTRY:
        return asked
    here = divisions.standing(asked, on=local_day(timezone.now())) if asked.isascii() and len(asked) == 6 else None
    if here is None:
        raise Http404
    return here.code


def _moved(asked: str, code: str, request: HttpRequest) -> HttpResponse:
    """A code of an earlier day: said, with the way to where it belongs now."""
    was = divisions.ever(asked)[-1]
    now = divisions.full_name(code, on=local_day(timezone.now()))
    context = {
        "was": plain(f"{was.name}（{asked}）"),
        "now": plain(f"{now}（{code}）"),
        "href": f"{reverse('catalogues')}?{urlencode({'region': code})}",
    }
    return render(request, "web/portal/moved.html", context)


def _path(code: str, today: Any) -> list[tuple[Words, str]]:
    steps: list[tuple[str, Words]] = [(COUNTRY, NATION)]
    if code != COUNTRY:
        steps += [(one.code, plain(one.name)) for one in divisions.path(code, on=today)]
    last = len(steps) - 1
    return [
        (words, "" if i == last else f"{reverse('catalogues')}?{urlencode({'region': step})}")
        for i, (step, words) in enumerate(steps)
    ]


def _below(lines: list[tuple[divisions.Division, int, int]]) -> c.Table:
    """Those with something in them first, the most first; the others by code."""
    ordered = sorted(lines, key=lambda line: (-line[1], -line[2], line[0].code))
    rows = [
        [
            c.Cell(one.name, one.code, f"{reverse('catalogues')}?{urlencode({'region': one.code})}"),
            c.Cell(plain(f"{resources:,}")),
            c.Cell(plain(f"{entries:,}"), href=_entries(one.code) if entries else ""),
        ]
        for one, resources, entries in ordered
    ]
    columns = [
        c.Column(Words("下级地区", "Division")),
        c.Column(Words("本市场资源", "Resources here"), num=True),
        c.Column(Words("公开目录条目", "Harvested entries"), num=True),
    ]
    return c.Table(columns, rows)


def _holders(request: HttpRequest, code: str) -> c.Table:
    """Who holds resources in the division or below it."""
    rows = (
        visible(RESOURCE, HOUSE)
        .filter(state="catalogued", holder__region__in=figures.regions_within(code))
        .order_by()
        .values("holder_id", "holder__name", "holder__region")
        .annotate(held=Count("pk"))
    )
    where = c.page(request.GET.get("page"), size=SIZE, total=rows.count())
    today = local_day(timezone.now())
    cells = [
        [
            c.Cell(
                row["holder__name"],
                divisions.full_name(figures.standing(row["holder__region"]), on=today),
                f"{reverse('resources')}?{urlencode({'holder': row['holder_id']})}",
            ),
            c.Cell(plain(f"{row['held']:,}")),
        ]
        for row in rows.order_by("-held", "holder__name", "holder_id")[where.span]
    ]
    columns = [c.Column(Words("持有者", "Holder")), c.Column(Words("资源", "Resources"), num=True)]
    empty = c.Empty(
        Words("还没有在册资源", "No resource is catalogued here"),
        Words("本地区单位编目后会出现在这里。", "They appear once an organisation here has catalogued one."),
    )
    return c.Table(columns, cells, page=where, empty=empty)


def _catalogs(known: Counted, code: str) -> list[tuple[str, str, int]]:
    """Catalogues of others that stand in the division or below it, with the way to their entries."""
    begins = figures.within(code)
    return [
        (one.name, f"{reverse('entries')}?{urlencode({'catalog': one.key})}", count)
        for region, one, count in sorted(known.catalogs, key=lambda found: (-found[2], found[1].name))
        if (region or code == COUNTRY) and region.startswith(begins)
    ]


def _legend(most: int) -> list[tuple[int, Words]]:
    """Which counts each shade stands for: the shades follow the square root of the share of the largest."""
    found = [(0, plain("0"))]
    low = 1
    for shade in range(1, LEGEND + 1):
        high = int(most * (shade / LEGEND) ** 2)
        if high >= low:
            found.append((shade, plain(f"{low:,}–{high:,}" if high > low else f"{low:,}")))
            low = high + 1
    return found

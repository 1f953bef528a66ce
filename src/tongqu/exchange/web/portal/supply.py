"""The supply list for anyone: what data there is, catalogued or declared, by region, industry and kind; and its counts as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock.procedures import HOUSE, Unknown, local_day, visible
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.parties import divisions, industries
from tongqu.exchange.registry import survey
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.survey import FACETS, SUPPLY_ENTRY
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.desks.acting import hides_unknown
from tongqu.exchange.web.desks.of_survey import DATA_SET
from tongqu.exchange.web.desks.wording import pairs_of, plain, words_of

SIZE = 20
WORDS_MAX = 100
SHOWN_FIRST = 8
TITLES = {
    "source": Words("来源", "From"),
    "city": Words("地区", "Region"),
    "section": Words("行业", "Industry"),
    "kind": Words("数据性质", "Kind"),
    "willing": Words("供给意愿", "Willing to supply"),
}
SOURCES = {
    "resource": Words("已编目资源", "catalogued"),
    "survey": Words("调查登记", "survey"),
    "voluntary": Words("自愿登记", "of one's own accord"),
}
UNSTATED = Words("未写明", "not stated")


@require_GET
def supply_list(request: HttpRequest) -> HttpResponse:
    words, chosen = _asked(request)
    asked = c.page(request.GET.get("page"), size=SIZE, total=10**9)
    found = survey.supply(words, chosen, first=asked.span.start, size=SIZE)
    where = c.page(request.GET.get("page"), size=SIZE, total=found.total)
    if where.number != asked.number:  # past the end: the last page there is
        found = survey.supply(words, chosen, first=where.span.start, size=SIZE)
    today = local_day(timezone.now())
    context = {
        "q": words,
        "chosen": [
            (
                TITLES[name],
                value_words(name, value, today),
                _href(words, {n: v for n, v in chosen.items() if n != name}),
            )
            for name, value in chosen.items()
        ],
        "hidden": list(chosen.items()),
        "total": found.total,
        "table": _table(found, where, today),
        "facets": [_facet(name, found.facets[name], words, chosen, today) for name in FACETS if name not in chosen],
        "chart": _chart(found.facets["section"]),
        "sections": [
            (one.code, one.words) for one in industries.sections() if one.code in dict(found.facets["section"])
        ],
        "file_href": f"{reverse('supply-file')}?{urlencode({**({'q': words} if words else {}), **chosen})}",
        "standard": industries.STANDARD,
    }
    return render(request, "web/portal/supply.html", context)


def _asked(request: HttpRequest) -> tuple[str, dict[str, str]]:
    words = request.GET.get("q", "").strip()[:WORDS_MAX].replace("\x00", "")
    chosen = {name: value[:20] for name in FACETS if (value := request.GET.get(name, "").replace("\x00", ""))}
    return words, chosen


def _href(words: str, chosen: Mapping[str, str]) -> str:
    asked = {**({"q": words} if words else {}), **chosen}
    return f"{reverse('supply')}?{urlencode(asked)}" if asked else reverse("supply")


def value_words(name: str, value: str, today: date) -> Words:
    if not value:
        return UNSTATED
    if name == "source":
        return SOURCES.get(value, plain(value))
    if name == "city":
        here = divisions.standing(value, on=today)
        return plain(divisions.full_name(here.code if here else value, on=today))
    if name == "section":
        return industries.full_name(value)
    if name == "kind" and value == "government":
        return words_of(RESOURCE.begins.asks, "kind", value)
    return words_of(SUPPLY_ENTRY.begins.asks, name, value)


def _facet(
    name: str, counted: Sequence[tuple[str, int]], words: str, chosen: Mapping[str, str], today: date
) -> dict[str, Any]:
    """What is not stated is counted, and cannot be chosen."""
    lines = [
        (value_words(name, value, today), count, _href(words, {**chosen, name: value}) if value else "")
        for value, count in counted
    ]
    return {"title": TITLES[name], "first": lines[:SHOWN_FIRST], "more": lines[SHOWN_FIRST:]}


def _table(found: survey.SupplyPage, where: c.Page, today: date) -> c.Table:
    rows = [
        [
            c.Cell(one.name, f"{one.holder} · {_cut(one.text)}", _entry_href(one)),
            c.Cell(SOURCES[one.source], tag="ok" if one.source == "resource" else "info"),
            c.Cell(industries.full_name(one.industry) if one.industry else UNSTATED),
            c.Cell(value_words("willing", one.willing, today)),
        ]
        for one in found.items
    ]
    columns = [
        c.Column(Words("数据", "Data")),
        c.Column(Words("来源", "From")),
        c.Column(Words("行业", "Industry"), phone=False),
        c.Column(Words("供给意愿", "Willing"), phone=False),
    ]
    empty = c.Empty(
        Words("没有找到", "Nothing found"),
        Words(
            "编目的资源、调查和自愿登记的数据集会出现在这里。",
            "Catalogued resources and declared data sets appear here.",
        ),
        reverse("supply"),
        Words("全部清单", "The whole list"),
    )
    return c.Table(columns, rows, page=where, empty=empty)


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


def _entry_href(one: survey.SupplyEntryView) -> str:
    return reverse("resource" if one.source == "resource" else "supply-entry", args=[one.id])


def _chart(counted: Sequence[tuple[str, int]]) -> c.Chart | None:
    """By section of industry, in the order of the standard."""
    known = {value: count for value, count in counted if value}
    if not known:
        return None
    sections = [one for one in industries.sections() if one.code in known]
    labels = [one.code for one in sections]
    return c.Chart(
        "supply-by-industry",
        Words("按行业门类", "By section of industry"),
        labels,
        [c.Series(Words("数据集", "Data sets"), [known[code] for code in labels])],
        unit=Words("项", "data sets"),
    )


@require_GET
@hides_unknown
def supply_entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One declared data set, without its contact."""
    row = visible(SUPPLY_ENTRY, HOUSE).filter(pk=pk, state="listed", public=True).select_related("holder").first()
    if row is None:
        raise Unknown(f"supply entry {pk}")
    today = local_day(timezone.now())
    pairs = [
        c.Pair(Words("持有者", "Holder"), row.holder.name),
        c.Pair(Words("地区", "Region"), value_words("city", row.holder.region, today)),
        c.Pair(Words("行业", "Industry"), industries.full_name(row.industry)),
        *pairs_of(SUPPLY_ENTRY.begins.asks, {name: getattr(row, name) for name in DATA_SET[1:-1]}, DATA_SET[1:-1]),
        c.Pair(Words("来源", "From"), SOURCES["survey" if row.answer_id else "voluntary"]),
        c.Pair(Words("登记日期", "Listed"), said.day(timezone.localtime(row.listed_at))),
    ]
    context = {
        "row": row,
        "pairs": pairs,
        "resource_href": reverse("resource", args=[row.resource_id]) if row.resource_id else "",
        "crumbs": [(Words("供给清单", "Supply list"), reverse("supply")), (plain(row.name), "")],
    }
    return render(request, "web/portal/supply_entry.html", context)


@require_GET
def aggregate_file(request: HttpRequest) -> HttpResponse:
    """How many there are, by city, industry, kind, source and willingness, as CSV; no names."""
    words, chosen = _asked(request)
    today = local_day(timezone.now())
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [
            "地区代码 region_code",
            "地区 region",
            "行业门类 section",
            "行业名称 industry",
            "性质 kind",
            "来源 source",
            "意愿 willing",
            "数量 count",
        ]
    )
    for city, section, kind, source, willing, count in survey.aggregate(words, chosen):
        told = [value_words(n, v, today).zh for n, v in (("kind", kind), ("source", source), ("willing", willing))]
        place = value_words("city", city, today).zh
        writer.writerow([city, place, section, value_words("section", section, today).zh, *told, count])
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    name = f"supply-{today:%Y%m%d}.csv"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer

"""One search over this market's resources and the entries of all catalogues; one entry as its catalogue has it."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
from tongqu.exchange.registry import harvest, search
from tongqu.exchange.registry.catalogue import RESOURCE, ResourceView
from tongqu.exchange.registry.harvest import MEANINGS, EntryView
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.desks.acting import hides_unknown
from tongqu.exchange.web.desks.wording import plain, words_of
from tongqu.exchange.web.portal import likenesses

SIZE = 20
SHOWN_FIRST = 8
WORDS_MAX = 100
IDENTIFIER = re.compile(r"(?=.*[0-9])[0-9A-Za-z][0-9A-Za-z_\-./:#]{3,119}")
TITLES = {
    "source": Words("来源", "Source"),
    "province": Words("省份", "Province"),
    "region": Words("地区", "Region"),
    "opening": Words("开放条件", "Opening"),
    "format": Words("格式", "Format"),
    "cycle": Words("更新周期", "Updated"),
    "catalog": Words("目录", "Catalogue"),
    "department": Words("提供部门", "Department"),
    "category": Words("主题", "Theme"),
    "industry": Words("行业", "Industry"),
}
EXAMPLES = ("公交", "空气质量", "学校", "行政许可", "医疗机构", "企业")
IN_WORDS = {"opening", "cycle", "format"}
SOURCES = {search.OWN: Words("本市场", "This market"), search.OTHERS: Words("外部目录", "Other catalogues")}


@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    """What is found, by words and by what is chosen of each facet; beside it how many there are of each."""
    words = request.GET.get("q", "").strip()[:WORDS_MAX]
    wanted = {name: value[:WORDS_MAX] for name in TITLES if (value := request.GET.get(name, ""))}
    asked = c.page(request.GET.get("page"), size=SIZE, total=10**9)
    look = search.look(words, wanted, offset=asked.span.start, limit=SIZE)
    where = c.page(request.GET.get("page"), size=SIZE, total=look.page.total)
    if where.number != asked.number:  # past the end: the last page there is
        look = search.look(words, wanted, offset=where.span.start, limit=SIZE)
    found, instead = look.page, look.fewer
    looked_for = instead.words if instead else search.words_of(words)
    # What is chosen from here on is chosen among what is shown.
    kept = " ".join(instead.words) if instead else words
    chosen = {"region": instead.region, **wanted} if instead and instead.region else wanted
    names = {one.key: one.name for one in harvest.catalogs()}
    context = {
        "q": words,
        "instead": _instead(instead) if instead else None,
        "numbered": [_shown(one, ()) for one in _numbered(words)] if where.number == 1 and not wanted else [],
        "places": [
            (
                _value("region", one.region, names),
                one.words,
                one.total,
                _address(one.words, {**wanted, "region": one.region}),
            )
            for one in look.places
        ],
        "examples": [(one, _address(one, {})) for one in EXAMPLES] if not words and not wanted else [],
        "chosen": [
            (TITLES[name], _value(name, value, names), _address(kept, {n: v for n, v in chosen.items() if n != name}))
            for name, value in chosen.items()
        ],
        "hidden": list(wanted.items()),
        "page": where,
        "total": found.total,
        "searched": found.searched,
        "catalogs": len(names),
        "items": [_shown(one, looked_for) for one in found.items],
        "near": [_shown(one, ()) for one in found.near],
        "facets": [
            _facet(name, values, kept, chosen, names)
            for name in TITLES
            if (values := _offered(name, found.facets.get(name, ()), chosen))
        ],
        "all_href": reverse("entries"),
    }
    return render(request, "web/portal/entries.html", context)


def _address(words: str, wanted: Mapping[str, str]) -> str:
    asked = {**({"q": words} if words else {}), **wanted}
    return f"{reverse('entries')}?{urlencode(asked)}" if asked else reverse("entries")


def _value(name: str, value: str, names: Mapping[str, str]) -> Words:
    """`names`: of catalogues, by key."""
    if name in IN_WORDS:
        try:
            return MEANINGS[name](value).words
        except ValueError:
            return plain(value)
    if name == "source":
        return SOURCES.get(value, plain(value))
    if name in {"province", "region"}:
        return plain(divisions.full_name(value, on=local_day(timezone.now())))
    return plain(names.get(value, value) if name == "catalog" else value)


def first(words: str, size: int) -> dict[str, Any]:
    """The first few that are found, for a page that shows other kinds beside them."""
    look = search.look(words, limit=size)
    looked_for = look.fewer.words if look.fewer else search.words_of(words)
    return {
        "total": look.page.total,
        "instead": _instead(look.fewer) if look.fewer else None,
        "items": [_shown(one, looked_for) for one in look.page.items],
        "near": [_shown(one, ()) for one in look.page.near[:size]],
    }


def _instead(fewer: search.Fewer) -> dict[str, Any]:
    """In plain words: what is shown instead, and what was left out."""
    region = _value("region", fewer.region, {}) if fewer.region else None
    return {"words": fewer.words, "left_out": fewer.left_out, "region": region, "where": TITLES["region"]}


def _numbered(words: str) -> list[EntryView]:
    """What bears just this number in its own catalogue."""
    return harvest.entries(key=words) if IDENTIFIER.fullmatch(words) else []


def _offered(name: str, values: Any, chosen: Mapping[str, str]) -> Any:
    """Values that may be chosen of a facet: of regions those directly below the one chosen, of provinces all."""
    if name == "region":
        above = chosen.get("region") or chosen.get("province", "")
        below = {one.code for one in divisions.children(above, on=local_day(timezone.now()))} if above else set()
        return [one for one in values if one[0] in below]
    return () if name in chosen or (name == "province" and "region" in chosen) else values


def _offer(name: str, value: str, names: Mapping[str, str]) -> Words:
    """As `_value`; below what is chosen a division goes by its own name."""
    here = divisions.division(value, on=local_day(timezone.now())) if name == "region" else None
    return plain(here.name) if here else _value(name, value, names)


def _facet(name: str, values: Any, words: str, wanted: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    lines = [(_offer(name, value, names), count, _address(words, {**wanted, name: value})) for value, count in values]
    return {"title": TITLES[name], "first": lines[:SHOWN_FIRST], "more": lines[SHOWN_FIRST:]}


def _shown(one: search.Item, words: Any) -> dict[str, Any]:
    return _own(one, words) if isinstance(one, ResourceView) else _others(one, words)


def _tone(opening: str) -> c.Tone:
    tones: dict[str, c.Tone] = {"open": "ok", "on_application": "due", "closed": "bad"}
    return tones.get(opening, "")


def _own(one: ResourceView, words: Any) -> dict[str, Any]:
    """A resource of this market, in the words of its own catalogue."""
    asks = RESOURCE.begins.asks
    return {
        "own": True,
        "href": reverse("resource", args=[one.id]),
        "title": search.marks(one.name, words),
        "text": search.marks(_around(one.abstract, words), words),
        "from": one.provider,
        "catalog": plain(one.provider),
        "opening": words_of(asks, "opening", one.opening),
        "tone": _tone(one.opening),
        "formats": [words_of(asks, "format", one.format)],
        "updated": search.summary(one).updated_date,
    }


def _others(one: EntryView, words: Any) -> dict[str, Any]:
    text = one.text if one.text != one.title else ""
    return {
        "href": reverse("entry", args=[one.id]),
        "title": search.marks(one.title, words),
        "text": search.marks(_around(text, words), words),
        "from": one.department or one.catalog_name,
        "catalog": plain(one.catalog_name),
        "opening": MEANINGS["opening"](one.opening).words,
        "tone": _tone(one.opening),
        "formats": [MEANINGS["format"](value).words for value in one.formats[:4]],
        "updated": one.updated_date or one.published_date,
    }


def _around(text: str, words: Any, most: int = 110) -> str:
    """The piece of the text where the first of the words stands."""
    text = " ".join(text.split())
    at = next((found for word in words if (found := text.lower().find(word)) >= 0), 0)
    begin = max(0, at - 30) if len(text) > most else 0
    piece = text[begin : begin + most]
    return ("…" if begin else "") + piece + ("…" if begin + most < len(text) else "")


@require_GET
@hides_unknown
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry: what it is, who answers for it, how to get it, in our words and in its catalogue's."""
    one = harvest.entry(pk)
    today = local_day(timezone.now())
    formats = Words(
        "、".join(MEANINGS["format"](f).words.zh for f in one.formats) or "未写明",
        ", ".join(MEANINGS["format"](f).words.en for f in one.formats) or "not stated",
    )
    pairs = [
        c.Pair(Words("提供部门", "Department"), one.department or Words("未写明", "not stated")),
        c.Pair(Words("所属目录", "Catalogue"), one.catalog_name, _address("", {"catalog": one.catalog})),
        c.Pair(Words("地区", "Division"), _place(one, today)),
        c.Pair(Words("目录中的编号", "Its number there"), one.key, mono=True),
        *_filed(one),
        c.Pair(Words("首次发布", "Published"), said.day(one.published_date) if one.published_date else "—"),
        c.Pair(Words("最近更新", "Updated"), said.day(one.updated_date) if one.updated_date else "—"),
    ]  # fmt: skip
    getting = [
        c.Pair(TITLES["opening"], _with_own(MEANINGS["opening"](one.opening).words, one.opening_as_written)),
        c.Pair(TITLES["cycle"], _with_own(MEANINGS["cycle"](one.cycle).words, one.cycle_as_written)),
        c.Pair(TITLES["format"], _with_own(formats, "、".join(one.formats_as_written))),
    ]
    context = {
        "entry": one,
        "pairs": pairs,
        "getting": getting,
        "near": likenesses.beside(one.id),
        "same": harvest.entry(one.same_as) if one.same_as else None,
        "like": [_shown(other, ()) for other in _like(one)],
    }
    return render(request, "web/portal/entry.html", context)


def _filed(one: EntryView) -> list[c.Pair]:
    """Themes and industries, each with the way to what else stands under it."""
    told = {"category": one.themes, "industry": one.industries}
    return [
        c.Pair(TITLES[name], value, _address("", {name: value})) for name, values in told.items() for value in values
    ]


def _place(one: EntryView, today: Any) -> str:
    return f"{divisions.full_name(one.region, on=today)}（{one.region}）" if one.region else "—"


def _with_own(words: Words, own: str) -> Words:
    """Our word, and in brackets the portal's own where it is another."""
    if not own or own in {words.zh, words.en}:
        return words
    return Words(f"{words.zh}（原文：{own}）", f"{words.en} (as written: {own})")


def _like(one: EntryView) -> list[search.Item]:
    near = search.find(one.title[:12], limit=6)
    return [other for other in near.items if isinstance(other, ResourceView) or other.id != one.id][:5]

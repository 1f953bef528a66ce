"""Searching the data sets of this market and of all catalogues: words, facets, exact totals, pages that stay in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from django.conf import settings
from django.utils import timezone

from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.members import placenames
from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry import catalogue, harvest, releases
from tongqu.exchange.registry.catalogue import ResourceView
from tongqu.exchange.registry.harvest import EntryView
from tongqu.exchange.registry.search import documents, numbering
from tongqu.exchange.registry.search.documents import FACETS
from tongqu.exchange.registry.search.index import fold
from tongqu.exchange.registry.search.relaxing import Fewer, Place, fewer
from tongqu.exchange.registry.search.store import BLOCK, Store

PAGE_SIZE_MAX = 1_000
VALUES_MAX = 400
MEANT_MAX = 4
"""Divisions of one name that are looked into: 鼓楼区 lies in four cities."""

Item = EntryView | ResourceView
document = documents.of_entry


@dataclass(frozen=True)
class Page:
    """One page of data sets; `total` counts all that fit, of `searched`; of each facet the values by count, the most first.

    `near` holds those whose titles look like the words, when nothing has the words themselves.
    """

    total: int
    searched: int
    items: tuple[Item, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    near: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Narrower:
    """A place that the words name, as a filter: the words without it, and how many are found so."""

    region: str
    words: str
    total: int


@dataclass(frozen=True)
class Look:
    """What people are shown: a page; where nothing had all words, what was looked for instead; places that the words name."""

    page: Page
    fewer: Fewer | None = None
    places: tuple[Narrower, ...] = ()


@cache
def _store() -> Store:
    return Store(settings.VAR / "search")


def refresh() -> int:
    """Makes findable what was changed since the last time. Returns how many segments were built."""
    return _store().refresh(_blocks(), documents.of_range, FACETS)


def _blocks() -> dict[int, str]:
    """Both kinds in blocks of the one numbering. A release changes what is said of its resource."""
    released = releases.mark()
    own = {block + numbering.OWN_FROM // BLOCK: f"{mark} {released}" for block, mark in catalogue.blocks(BLOCK).items()}
    return {block: f"{documents.MARK} {mark}" for block, mark in {**harvest.blocks(BLOCK), **own}.items()}


def find(
    words: str | Sequence[str],
    wanted: Mapping[str, str] | None = None,
    *,
    offset: int = 0,
    limit: int = 20,
    order: str = "best",
    values: int | None = VALUES_MAX,
) -> Page:
    """Data sets that have every word (or every phrase of several) and every wanted value, facet to value.

    No words find all. 1,000 at most a page. `order`: `best`, or the last `changed` first, or the longest
    `unchanged`. `values`: of each facet so many at most, None for all.
    """
    chosen = {name: value for name, value in (wanted or {}).items() if name in FACETS}
    index = _store().index()
    found = index.search(words, chosen, offset=offset, limit=min(limit, PAGE_SIZE_MAX), order=order)
    text = words if isinstance(words, str) else " ".join(words)
    near = index.near(text) if not found.total and text.strip() and not chosen else []
    return Page(
        found.total,
        len(index),
        _items(found.ids),
        {name: _most(counts, values) for name, counts in found.facets.items()},
        _items(near),
    )


def look(text: str, wanted: Mapping[str, str] | None = None, *, offset: int = 0, limit: int = 20) -> Look:
    """As `find`. Where nothing has all words, what has the most of them, with exact totals and pages of its own."""
    chosen = {name: value for name, value in (wanted or {}).items() if name in FACETS}
    page = find(text, chosen, offset=offset, limit=limit)
    today = local_day(timezone.now())
    named = placenames.named_in(fold(text), on=today) if "region" not in chosen else None
    codes = named.codes[:MEANT_MAX] if named else ()
    if page.total or not text.strip():
        return Look(page, None, tuple(_narrower(_beside(text, named), chosen, codes)) if named else ())
    instead = fewer(_store().index(), text, chosen, _place(text, named, today) if named else None)
    if instead is None:
        return Look(page)
    narrowed = {**chosen, "region": instead.region} if instead.region else chosen
    found = find(instead.words, narrowed, offset=offset, limit=limit)
    others = [code for code in codes if code != instead.region] if instead.region in codes else []
    places = _narrower(" ".join(instead.words), chosen, others)
    return Look(replace(found, near=page.near), instead, tuple(places))


def _beside(text: str, named: placenames.PlaceName) -> str:
    return " ".join(f"{text[: named.start]} {text[named.end :]}".split())


def _place(text: str, named: placenames.PlaceName, today: date) -> Place:
    """The place itself, or what lies above it with the name of the place as a word: catalogues of a city list its districts'."""
    whole, last = text[named.start : named.end], text[named.last : named.end]
    ways = [(code, "", len(whole)) for code in named.codes[:MEANT_MAX]]
    above = dict.fromkeys(
        one.code
        for code in named.codes[:MEANT_MAX]
        for one in divisions.path(code, on=today)
        if one.code not in named.codes
    )
    ways += [(code, last, len(whole) - len(last)) for code in above]
    return Place(whole, _beside(text, named), tuple(ways))


def _narrower(words: str, wanted: Mapping[str, str], codes: Sequence[str]) -> Iterator[Narrower]:
    for code in codes:
        total = _store().index().search(words, {**wanted, "region": code}, limit=0, counted=False).total
        if total:
            yield Narrower(code, words, total)


def numbers() -> list[tuple[bool, int]]:
    """Every data set that can be found: whether it is of this market, and its number. The newest first."""
    found = _store().index().search("", limit=numbering.END, counted=False).ids
    return [(True, numbering.resource_of(one)) if numbering.is_own(one) else (False, one) for one in found]


def _items(found: Sequence[int]) -> tuple[Item, ...]:
    """In the order found. What was withdrawn since it was indexed is left out."""
    own = [numbering.resource_of(one) for one in found if numbering.is_own(one)]
    others = [one for one in found if not numbering.is_own(one)]
    known: dict[int, Item] = {}
    if own:
        known |= {numbering.of_resource(one.id): one for one in catalogue.in_force(own)}
    if others:
        known |= {one.id: one for one in harvest.entries(others)}
    return tuple(known[one] for one in found if one in known)


def _most(counts: Mapping[str, int], most: int | None) -> tuple[tuple[str, int], ...]:
    named = ((value, count) for value, count in counts.items() if value)
    return tuple(sorted(named, key=lambda one: (-one[1], one[0]))[:most])

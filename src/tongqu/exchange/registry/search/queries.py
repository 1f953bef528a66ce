"""Searching the data sets of this market and of all catalogues: words, facets, exact totals, pages that stay in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from tongqu.exchange.registry import catalogue, harvest, releases
from tongqu.exchange.registry.catalogue import ResourceView
from tongqu.exchange.registry.harvest import EntryView
from tongqu.exchange.registry.search import documents, numbering
from tongqu.exchange.registry.search.documents import FACETS
from tongqu.exchange.registry.search.store import BLOCK, Store

PAGE_SIZE_MAX = 1_000
VALUES_MAX = 400

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
    return {**harvest.blocks(BLOCK), **own}


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

"""Searching the entries of all catalogues: words, facets, exact totals, pages that stay in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.conf import settings

from tongqu.exchange.registry import harvest
from tongqu.exchange.registry.harvest import EntryView
from tongqu.exchange.registry.search.index import Document
from tongqu.exchange.registry.search.store import BLOCK, Store

FACETS = ("province", "catalog", "department", "category", "industry", "opening", "cycle", "format")
PAGE_SIZE_MAX = 200
VALUES_MAX = 400


@dataclass(frozen=True)
class Page:
    """One page of entries; `total` counts all that fit, of `searched`; of each facet the values by count, the most first.

    `near` holds entries whose titles look like the words, when nothing has the words themselves.
    """

    total: int
    searched: int
    items: tuple[EntryView, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    near: tuple[EntryView, ...] = ()


@cache
def _store() -> Store:
    return Store(settings.VAR / "search")


def refresh() -> int:
    """Makes findable what was changed since the last time. Returns how many segments were built."""
    return _store().refresh(harvest.blocks(BLOCK), _documents, FACETS)


def find(words: str, wanted: Mapping[str, str] | None = None, *, offset: int = 0, limit: int = 20) -> Page:
    """Entries that have every word and every wanted value (facet to value). No words find all. 200 at most a page."""
    chosen = {name: value for name, value in (wanted or {}).items() if name in FACETS}
    index = _store().index()
    found = index.search(words, chosen, offset=offset, limit=min(limit, PAGE_SIZE_MAX))
    near = index.near(words) if not found.total and words.strip() and not chosen else []
    return Page(
        found.total,
        len(index),
        tuple(harvest.entries(found.ids)),
        {name: _most(values) for name, values in found.facets.items()},
        tuple(harvest.entries(near)),
    )


def _most(values: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    named = ((value, count) for value, count in values.items() if value)
    return tuple(sorted(named, key=lambda one: (-one[1], one[0]))[:VALUES_MAX])


def _documents(first: int, last: int) -> Iterable[Document]:
    return map(document, harvest.every_entry(first, last))


def document(entry: EntryView) -> Document:
    """What of an entry is searched, and by what it is sorted and counted."""
    day = entry.updated_date or entry.published_date or date(1, 1, 1)
    return Document(
        id=entry.id,
        title=entry.title,
        parts=(entry.text, entry.department, entry.category, entry.industry, " ".join(entry.tags)),
        day=day.toordinal(),
        facets={name: [value for value in values if value] for name, values in _facets(entry).items()},
    )


def _facets(entry: EntryView) -> dict[str, Sequence[str]]:
    return {
        "province": [entry.region[:2] and f"{entry.region[:2]}0000"], "catalog": [entry.catalog_name],
        "department": [entry.department], "category": [entry.category], "industry": [entry.industry],
        "opening": [entry.opening], "cycle": [entry.cycle], "format": entry.formats,
    }  # fmt: skip

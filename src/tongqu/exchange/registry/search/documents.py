"""What of a data set is searched, and by what it is sorted and counted: entries of others and resources of this market."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import islice

from django.utils import timezone

from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry import catalogue, harvest, releases
from tongqu.exchange.registry.catalogue import ResourceView
from tongqu.exchange.registry.harvest import EntryView
from tongqu.exchange.registry.releases import ReleaseView
from tongqu.exchange.registry.search import numbering
from tongqu.exchange.registry.search.index import Document

FACETS = (
    "source", "province", "region", "catalog", "department", "category", "industry", "opening", "cycle", "format", "organization",
    "licence",
)  # fmt: skip
OWN, OTHERS = "own", "others"
NO_DAY = date(1, 1, 1)
ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)
# The government catalogue has fewer words for these than portals have: its own meanings stand among theirs.
MARK = "3"
"""Another whenever the same entry makes another document: then all are made anew."""
CYCLES = {"on_demand": "irregular"}
FORMATS = {"file": "document", "media": "other", "xlsx": "spreadsheet", "parquet": "parquet"}
_AT_ONCE = 500


def of_range(first: int, last: int) -> Iterable[Document]:
    """Documents with numbers from `first` up to but not `last`: all of one kind."""
    if not numbering.is_own(first):
        return map(of_entry, harvest.every_entry(first, last))
    return _own(range(numbering.resource_of(first), numbering.resource_of(last)))


def _own(which: range) -> Iterable[Document]:
    found = iter(catalogue.in_force(which))
    while some := list(islice(found, _AT_ONCE)):
        versions = releases.versions([one.id for one in some])
        yield from (of_resource(one, versions.get(one.id, ())) for one in some)


def of_entry(entry: EntryView) -> Document:
    day = entry.updated_date or entry.published_date or NO_DAY
    told: dict[str, Sequence[str]] = {
        "source": [OTHERS], "province": [_province(entry.region)], "region": _regions(entry.region),
        "catalog": [entry.catalog], "department": [entry.department], "category": entry.themes,
        "industry": entry.industries,
        "opening": [entry.opening], "cycle": [entry.cycle], "format": entry.formats,
        "organization": [f"catalog-{entry.catalog_id}"], "licence": ["notspecified"],
    }  # fmt: skip
    return Document(
        id=entry.id,
        title=entry.title,
        parts=(entry.text, entry.department, entry.category, entry.industry, " ".join(entry.tags)),
        day=day.toordinal(),
        facets=_stated(told),
        change=minute(entry.changed_at),
    )


def of_resource(one: ResourceView, versions: Sequence[ReleaseView]) -> Document:
    """A resource of this market stands before entries of others that match as well."""
    newest = next((version for version in versions if not version.withdrawn), None)
    short = summary(one, versions)
    told: dict[str, Sequence[str]] = {
        "source": [OWN], "province": [_province(one.region)], "region": _regions(one.region), "department": [one.provider],
        "category": [short.theme],
        "opening": [one.opening], "cycle": [short.cycle], "format": short.formats,
        "organization": [f"holder-{one.holder_id}"], "licence": [newest.licence if newest else "notspecified"],
    }  # fmt: skip
    return Document(
        id=numbering.of_resource(one.id),
        title=one.name,
        parts=(
            one.abstract,
            one.provider,
            " ".join(one.class_names),
            one.code,
            one.provider_code,
            " ".join(e.name for e in one.elements),
        ),
        day=short.updated_date.toordinal(),
        facets=_stated(told),
        rank=1,
        change=minute(short.changed_at),
    )


@dataclass(frozen=True)
class Summary:
    """A resource of this market in the words of the search: what it is filed under, and when it was last renewed.

    `formats`: as it may be fetched, where it was released; else as it lies at its holder's. `changed_at`: when what is said
    of it was last changed here, its entry or one of its versions.
    """

    theme: str
    cycle: str
    formats: tuple[str, ...]
    updated_date: date
    changed_at: datetime


def summary(one: ResourceView, versions: Sequence[ReleaseView] = ()) -> Summary:
    """The theme is the group (项) of its class: 交通."""
    newest = next((version for version in versions if not version.withdrawn), None)
    format_ = newest.format if newest else one.format
    days = [day for day in (one.published_date, newest and local_day(newest.published_at)) if day]
    if one.measured_at:
        days.append(local_day(one.measured_at))
    return Summary(
        theme=one.class_names[1] if len(one.class_names) > 1 else "",
        cycle=CYCLES.get(one.cycle, one.cycle),
        formats=(FORMATS.get(format_, format_),),
        updated_date=max(days, default=NO_DAY),
        changed_at=max([one.changed_at, *(version.changed_at for version in versions)]),
    )


def minute(at: datetime) -> int:
    """Minutes since 2000: what the index orders by."""
    return max(0, int((at - ORIGIN).total_seconds() // 60))


def _province(region: str) -> str:
    return region[:2] and f"{region[:2]}0000"


@lru_cache(maxsize=8_192)
def _regions(region: str) -> tuple[str, ...]:
    """A division and those above it, as they stand today: an entry of a county is one of its city and province too."""
    today = local_day(timezone.now())
    here = divisions.standing(region, on=today) if region else None
    return tuple(one.code for one in divisions.path(here.code, on=today)) if here else ()


def _stated(told: dict[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: [value for value in values if value] for name, values in told.items()}

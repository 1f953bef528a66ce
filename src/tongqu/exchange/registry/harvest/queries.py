"""What others may read of imports and of the entries they brought. Frozen answers."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.statements import execute
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.harvest.models import Catalog, Entry, Harvest, HarvestFault
from tongqu.exchange.registry.harvest.spellings import MEANINGS

FAULTS_PAGE_MAX = 500


@dataclass(frozen=True)
class EntryView:
    """One entry as its catalogue has it, in our words, with its own beside them. `same_as`: says just what that one says."""

    id: int
    catalog_id: int
    catalog: str
    catalog_name: str
    catalog_region: str
    key: str
    title: str
    text: str
    department: str
    region: str
    category: str
    industry: str
    tags: tuple[str, ...]
    opening: str
    opening_as_written: str
    cycle: str
    cycle_as_written: str
    formats: tuple[str, ...]
    formats_as_written: tuple[str, ...]
    published_date: date | None
    updated_date: date | None
    url: str
    same_as: int | None
    changed_at: datetime


@dataclass(frozen=True)
class CatalogView:
    """Whose catalogue: `key` as files name it, `region` its division where it has one."""

    id: int
    key: str
    name: str
    region: str


@dataclass(frozen=True)
class FaultView:
    line: int
    key: str
    code: str
    words: Words
    raw: str
    lost: bool


@dataclass(frozen=True)
class ProgressView:
    """How far an import has come: `position` of some `lines`, and what of them was taken."""

    state: str
    lines: int
    position: int
    fresh: int
    changed: int
    same: int
    lost: int


def entry(entry_id: int) -> EntryView:
    """Raises Unknown."""
    for view in entries([entry_id]):
        return view
    raise Unknown(f"entry {entry_id}")


def entries(ids: Collection[int]) -> list[EntryView]:
    """Those of the ids that exist, in the order of the ids."""
    found = {row.pk: row for row in Entry.objects.filter(pk__in=list(ids)).select_related("catalog")}
    return [_view(found[pk]) for pk in ids if pk in found]


def every_entry(first: int, last: int, *, most: int | None = None) -> Iterator[EntryView]:
    """Entries with ids from `first` up to but not `last`, by id; read as they come.

    `most`: so many of them from the beginning, or, below zero, from the end.
    """
    rows = Entry.objects.filter(pk__gte=first, pk__lt=last).select_related("catalog")
    if most is not None:
        some = rows.order_by("pk")[:most] if most >= 0 else list(rows.order_by("-pk")[:-most])[::-1]
        return (_view(row) for row in some)
    return (_view(row) for row in rows.order_by("pk").iterator(chunk_size=5_000))


def blocks(size: int) -> dict[int, str]:
    """Entries in blocks of so many ids, each with a mark: one that is the same tells that nothing in the block changed.

    The mark sums up the numbers of the transactions that last wrote each entry: every change has a new one.
    """
    found = execute(
        "select id / %s::int, count(*), sum(xmin::text::bigint) from registry_entry group by 1 order by 1", [size]
    )
    return {block: f"{many} {writers}" for block, many, writers in found}


def catalogs() -> list[CatalogView]:
    """Every catalogue, by its number."""
    return [CatalogView(row.pk, row.key, row.name, row.region) for row in Catalog.objects.order_by("pk")]


def meaning_words(question: str, value: str) -> Words:
    """What a meaning is called: `meaning_words("opening", "open")`."""
    return MEANINGS[question](value).words


def faults(harvest_id: int, *, offset: int = 0, limit: int = 50) -> tuple[list[FaultView], int]:
    """What was wrong with the lines of an import, in their order, and how much in all."""
    rows = HarvestFault.objects.filter(harvest=harvest_id).order_by("line", "pk")
    page = rows[offset : offset + min(limit, FAULTS_PAGE_MAX)]
    return [
        FaultView(row.line, row.key, row.code, Words(row.zh, row.en), row.raw, row.lost) for row in page
    ], rows.count()


def progress(harvest_id: int) -> ProgressView:
    """Raises Unknown."""
    row = Harvest.objects.filter(pk=harvest_id).first()
    if row is None:
        raise Unknown(f"harvest {harvest_id}")
    return ProgressView(**{name: getattr(row, name) for name in ProgressView.__dataclass_fields__})


def left_running() -> list[int]:
    """Imports that should be at work."""
    return list(Harvest.objects.filter(state="running").order_by("pk").values_list("pk", flat=True))


def _view(row: Entry) -> EntryView:
    plain: dict[str, Any] = {
        name: getattr(row, name)
        for name in EntryView.__dataclass_fields__
        if name not in {"id", "catalog", "catalog_name", "catalog_region", "tags", "formats", "formats_as_written"}
    }
    catalog: Catalog = row.catalog
    return EntryView(
        id=row.pk, catalog=catalog.key, catalog_name=catalog.name, catalog_region=catalog.region, tags=tuple(row.tags), formats=tuple(row.formats),
        formats_as_written=tuple(row.formats_as_written), **plain,
    )  # fmt: skip

"""What others may read of imports and of the entries they brought. Frozen answers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.statements import execute
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.harvest.models import Catalog, Entry, Harvest, HarvestFault, Spelling
from tongqu.exchange.registry.harvest.themes import industries_of, themes_of
from tongqu.exchange.registry.harvest.wordings import WRITTEN

FAULTS_PAGE_MAX = 500
SPELLINGS_PAGE_MAX = 100

_OPEN_SPELLINGS = f"""
with {WRITTEN}, used as (
  select question, spelling, count(*) as entries, (array_agg(distinct c.name order by c.name))[:3] as catalogs,
         (array_agg(distinct written.title))[:3] as titles
    from written join registry_catalog c on c.id = written.catalog group by 1, 2
)
select s.id, s.question, s.spelling, coalesce(used.entries, 0), coalesce(used.catalogs, array[]::varchar[]),
       coalesce(used.titles, array[]::varchar[])
  from registry_spelling s left join used using (question, spelling)
 where s.state = 'open' order by 4 desc, s.id limit %s offset %s
"""  # noqa: S608 -- our own text


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
    gone_at: datetime | None

    @property
    def themes(self) -> tuple[str, ...]:
        return themes_of(self.category)

    @property
    def industries(self) -> tuple[str, ...]:
        return industries_of(self.industry)


@dataclass(frozen=True)
class CatalogView:
    """Whose catalogue: `key` as files name it, `region` its division where it has one; `entries` by division where they
    were counted."""

    id: int
    key: str
    name: str
    region: str
    entries: Mapping[str, int]


@dataclass(frozen=True)
class FaultView:
    id: int
    line: int
    key: str
    code: str
    words: Words
    raw: str
    lost: bool


@dataclass(frozen=True)
class OpenSpelling:
    """A wording that waits for a person, how many entries wait with it, and of which catalogues, and titles of some (three each)."""

    id: int
    question: str
    spelling: str
    entries: int
    catalogs: tuple[str, ...]
    titles: tuple[str, ...]


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


def entries(ids: Collection[int] = (), *, key: str = "") -> list[EntryView]:
    """Those of the ids that exist, in the order of the ids; or those that bear a number in whichever catalogue and stand there."""
    if key:
        catalogs = list(Catalog.objects.values_list("pk", flat=True))  # by the index of one number in a catalogue
        bearing = Entry.objects.filter(catalog__in=catalogs, key=key, gone_at=None)
        ids = list(bearing.order_by("-pk").values_list("pk", flat=True))
    found = {row.pk: row for row in Entry.objects.filter(pk__in=list(ids)).select_related("catalog")}
    return [_view(found[pk]) for pk in ids if pk in found]


def every_entry(
    first: int = 0, last: int = 1 << 62, *, province: str | None = None, most: int | None = None
) -> Iterator[EntryView]:
    """Entries that stand in their catalogues, ids from `first` up to but not `last`, by id; read as they come.

    `province`: only those of one, by its first two digits; blank for those whose place is not known. `most`: so many of
    them from the beginning, or, below zero, from the end.
    """
    rows = Entry.objects.filter(pk__gte=first, pk__lt=last, gone_at=None).select_related("catalog")
    if province is not None:
        rows = rows.filter(region__startswith=province) if province else rows.filter(region="")
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


def catalogs(*, counted: bool = False) -> tuple[CatalogView, ...]:
    """Every catalogue by name; `counted`: with how many entries it has, by the division each names (or the catalogue's)."""
    of: dict[int, dict[str, int]] = {}
    if counted:
        for catalog, region, count in execute(
            "select catalog_id, region, count(*) from registry_entry where gone_at is null group by 1, 2"
        ):
            of.setdefault(catalog, {})[region] = count
    return tuple(
        CatalogView(row.pk, row.key, row.name, row.region, _placed(of.get(row.pk, {}), row.region))
        for row in Catalog.objects.order_by("name", "pk")
    )


def _placed(counts: dict[str, int], otherwise: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for region, count in counts.items():
        found[region or otherwise] = found.get(region or otherwise, 0) + count
    return found


def open_spellings(*, offset: int = 0, limit: int = 50) -> tuple[list[OpenSpelling], int]:
    """Wordings that wait for a person, those of most entries first, and how many there are."""
    found = execute(_OPEN_SPELLINGS, [min(limit, SPELLINGS_PAGE_MAX), offset])
    return [
        OpenSpelling(pk, question, text, many, tuple(of), tuple(titles))
        for pk, question, text, many, of, titles in found
    ], Spelling.objects.filter(state="open").count()


def faults(
    harvest_id: int, *, offset: int = 0, limit: int = 50, after: FaultView | None = None
) -> tuple[list[FaultView], int]:
    """What was wrong with the lines of an import, in their order, and how much in all.

    `after`: those that follow one. Who reads them all goes on from the last, which takes no longer at the end.
    """
    rows = HarvestFault.objects.filter(harvest=harvest_id).order_by("line", "pk")
    if after is not None:
        rows = rows.filter(line__gte=after.line).filter(Q(line__gt=after.line) | Q(pk__gt=after.id))
    page = rows[offset : offset + min(limit, FAULTS_PAGE_MAX)]
    counted = Harvest.objects.filter(pk=harvest_id).values_list("lost", "remarks").first()
    return [
        FaultView(row.pk, row.line, row.key, row.code, Words(row.zh, row.en), row.raw, row.lost) for row in page
    ], sum(counted or ())


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

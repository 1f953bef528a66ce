"""Keeps a chunk of clean rows: what is new is added, what changed is changed, what says the same is left alone.

One statement for a chunk, so that repeating an import makes no second entry, whoever repeats it and whenever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from tongqu.exchange.registry.harvest import places
from tongqu.exchange.registry.harvest.cleaning import Clean, Fault
from tongqu.exchange.registry.harvest.models import Catalog
from tongqu.exchange.registry.harvest.spellings import UNDECIDED, meaning

COLUMNS = (
    "catalog_id", "key", "title", "text", "department", "region", "category", "industry", "tags", "opening",
    "opening_as_written", "cycle", "cycle_as_written", "formats", "formats_as_written", "published_date", "updated_date",
    "url", "digest", "likeness", "harvest_id", "changed_at",
)  # fmt: skip
_NAMES = ", ".join(f'"{name}"' for name in COLUMNS)
_SET = ", ".join(f'"{name}" = excluded."{name}"' for name in COLUMNS if name not in {"catalog_id", "key"})

_MERGE = f"""
insert into registry_entry as kept ({_NAMES})
select distinct on (catalog_id, key) {_NAMES} from harvested order by catalog_id, key, place desc
on conflict (catalog_id, key) do update set {_SET} where kept.digest <> excluded.digest
returning (xmax = 0)
"""  # noqa: S608 -- names of our own columns


@dataclass(frozen=True)
class Kept:
    """Of one chunk: entries added, changed and left alone, and spellings that nobody has decided."""

    fresh: int
    changed: int
    same: int
    unknown: frozenset[tuple[str, str]]


@dataclass
class Shelf:
    """Where the rows of one import go: catalogues by key, made when first met, and what spellings mean now."""

    harvest: int
    catalog_name: str
    region: str
    on: date
    decided: dict[tuple[str, str], str]

    def __post_init__(self) -> None:
        self._known: dict[str, int] = {}

    def catalog(self, row: Clean) -> int:
        key = (row.portal or self.catalog_name or f"import-{self.harvest}")[:60]
        if key not in self._known:
            name = " ".join(dict.fromkeys(filter(None, (row.province, row.city)))) if row.portal else ""
            region = self.region or places.region_of(row.province, row.city, "", on=self.on)
            region = places.standing(row.portal_region, on=self.on) or region
            made, _ = Catalog.objects.get_or_create(
                key=key,
                defaults={"name": (row.portal_name or self.catalog_name or name or key)[:100], "region": region},
            )
            self._known[key] = made.pk
        return self._known[key]

    def columns(self, row: Clean, at: datetime) -> tuple[Any, ...]:
        region = places.region_of(row.province, row.city, row.district, on=self.on) or self.region
        region = places.standing(row.region, on=self.on) or region
        formats = list(dict.fromkeys(meaning("format", one, self.decided) for one in row.formats))
        return (
            self.catalog(row), row.key, row.title, row.text, row.department, region, row.category, row.industry, row.tags,
            meaning("opening", row.opening, self.decided), row.opening, meaning("cycle", row.cycle, self.decided), row.cycle,
            formats, row.formats, row.published, row.updated, row.url, row.digest, row.likeness, self.harvest, at,
        )  # fmt: skip


def keep(shelf: Shelf, rows: Sequence[Clean], at: datetime) -> Kept:
    """In the caller's transaction. A key that comes twice in one chunk counts once; the later row stands."""
    unknown: set[tuple[str, str]] = set()
    made = [shelf.columns(row, at) for row in rows]
    for row, columns in zip(rows, made, strict=True):
        if columns[9] == UNDECIDED:
            unknown.add(("opening", row.opening))
        if columns[11] == UNDECIDED:
            unknown.add(("cycle", row.cycle))
        if UNDECIDED in columns[13]:
            unknown |= {("format", one) for one in row.formats if meaning("format", one, shelf.decided) == UNDECIDED}
    with connection.cursor() as cursor:
        cursor.execute(
            f"create temporary table if not exists harvested on commit delete rows as select {_NAMES}, 0 as place"  # noqa: S608
            " from registry_entry with no data"
        )
        with cursor.copy(f"copy harvested ({_NAMES}, place) from stdin") as out:
            for place, columns in enumerate(made):
                out.write_row((*columns, place))
        cursor.execute(_MERGE)
        added = [fresh for (fresh,) in cursor.fetchall()]
    fresh = sum(added)
    return Kept(fresh, len(added) - fresh, len(rows) - len(added), frozenset(unknown))


def keep_faults(harvest: int, found: Sequence[tuple[int, str, Fault]]) -> None:
    """Line, key and fault of each."""
    if not found:
        return
    with (
        connection.cursor() as cursor,
        cursor.copy("copy registry_harvest_fault (harvest_id, line, key, code, zh, en, raw, lost) from stdin") as out,
    ):
        for line, key, fault in found:
            raw = fault.raw.replace("\x00", " ")[:300]
            out.write_row(
                (harvest, line, key[:120], fault.code, fault.words.zh[:300], fault.words.en[:300], raw, fault.lost)
            )


def mark_alike(at: datetime) -> int:
    """Within each catalogue, entries that say just the same point to the first of them. Returns how many point now."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with first as (
              select id, min(id) over (partition by catalog_id, likeness) as one from registry_entry
            )
            update registry_entry e set same_as = nullif(first.one, e.id), changed_at = %s from first
            where first.id = e.id and e.same_as is distinct from nullif(first.one, e.id)
            """,
            [at],
        )
        cursor.execute("select count(*) from registry_entry where same_as is not null")
        (alike,) = cursor.fetchone()
    return int(alike)


def understand(question: str, spelling: str, value: str, at: datetime) -> int:
    """A person has said what a spelling means: the entries that have it say so from now on. Returns how many."""
    with connection.cursor() as cursor:
        if question == "format":
            cursor.execute(
                "update registry_entry set changed_at = %s, formats = array_append(array_remove(formats, %s), %s)"
                " where formats_as_written @> array[%s]::varchar[] and not formats @> array[%s]::varchar[]",
                [at, UNDECIDED, value, spelling, value],
            )
        else:
            cursor.execute(
                f"update registry_entry set changed_at = %s, {question} = %s where {question}_as_written = %s",  # noqa: S608
                [at, value, spelling],
            )
        return int(cursor.rowcount)

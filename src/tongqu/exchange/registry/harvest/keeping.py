"""Keeps a chunk of clean rows: what is new is added, what changed is changed, what says the same is left alone.

One statement for a chunk, so that repeating an import makes no second entry, whoever repeats it and whenever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from tongqu.exchange.registry.harvest import places
from tongqu.exchange.registry.harvest.cleaning import Clean, Fault, day
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
on conflict (catalog_id, key) do update set {_SET}, gone_at = null
  where kept.digest <> excluded.digest or kept.gone_at is not null
returning (xmax = 0)
"""  # noqa: S608 -- names of our own columns


@dataclass(frozen=True)
class Kept:
    """Of one chunk: entries added, changed and left alone, and spellings that nobody has decided."""

    fresh: int
    changed: int
    same: int
    unknown: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Understood:
    """A clean row with what its words mean by the reviewed table. `unknown`: spellings that the table does not have."""

    row: Clean
    columns: tuple[Any, ...]
    unknown: tuple[tuple[str, str], ...]


def understood(row: Clean, decided: Mapping[tuple[str, str], str], *, region: str, on: date) -> Understood:
    """The columns from `key` to `likeness`. `region`: of rows that name no place. Asks no database."""
    opening, cycle = meaning("opening", row.opening, decided), meaning("cycle", row.cycle, decided)
    formats = tuple(meaning("format", one, decided) for one in row.formats)
    unknown: tuple[tuple[str, str], ...] = ()
    if opening == UNDECIDED:
        unknown += (("opening", row.opening),)
    if cycle == UNDECIDED:
        unknown += (("cycle", row.cycle),)
    if UNDECIDED in formats:
        unknown += tuple(("format", s) for s, m in zip(row.formats, formats, strict=True) if m == UNDECIDED)
    columns = (
        row.key, row.title, row.text, row.department,
        places.standing(row.region, on=on) or places.region_of(row.province, row.city, row.district, on=on) or region, row.category, row.industry,
        _array(tuple(row.tags)), opening, row.opening, cycle, row.cycle, _array(tuple(dict.fromkeys(formats))),
        _array(tuple(row.formats)), day(row.published), day(row.updated), row.url, row.digest, row.likeness,
    )  # fmt: skip
    return Understood(row, columns, unknown)


@lru_cache(maxsize=65_536)
def _array(values: tuple[str, ...]) -> str:
    """As PostgreSQL writes an array of text: the driver's own way took a quarter of an import's time."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


@dataclass
class Shelf:
    """Where the rows of one import go: catalogues by key, made when first met, and what people decided of spellings."""

    harvest: int
    catalog_name: str
    region: str
    on: date
    decided: Mapping[tuple[str, str], str]
    whole: bool = False

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

    def decide(self, one: Understood) -> Understood:
        """With the word of whoever decided its spellings, where somebody has."""
        if any(spelling in self.decided for spelling in one.unknown):
            return understood(one.row, self.decided, region=self.region, on=self.on)
        return one


def keep(shelf: Shelf, rows: Iterable[Understood], at: datetime) -> Kept:
    """In the caller's transaction. A key that comes twice in one chunk counts once; the later row stands."""
    made = [shelf.decide(one) for one in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            f"create temporary table if not exists harvested on commit delete rows as select {_NAMES}, 0 as place"  # noqa: S608
            " from registry_entry with no data"
        )
        catalogs = [shelf.catalog(one.row) for one in made]
        with cursor.copy(f"copy harvested ({_NAMES}, place) from stdin") as out:
            for place, (catalog, one) in enumerate(zip(catalogs, made, strict=True)):
                out.write_row((catalog, *one.columns, shelf.harvest, at, place))
        cursor.execute(_MERGE)
        added = [fresh for (fresh,) in cursor.fetchall()]
        if shelf.whole:
            cursor.execute(
                "insert into registry_harvest_seen (harvest_id, entry_id) select distinct %s::bigint, e.id"
                " from harvested h join registry_entry e using (catalog_id, key) on conflict do nothing",
                [shelf.harvest],
            )
    fresh = sum(added)
    unknown = frozenset(spelling for one in made for spelling in one.unknown)
    return Kept(fresh, len(added) - fresh, len(made) - len(added), unknown)


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
               where gone_at is null
            )
            update registry_entry e set same_as = nullif(first.one, e.id), changed_at = %s from first
            where first.id = e.id and e.same_as is distinct from nullif(first.one, e.id)
            """,
            [at],
        )
        cursor.execute("select count(*) from registry_entry where same_as is not null and gone_at is null")
        (alike,) = cursor.fetchone()
    return int(alike)


def mark_gone(harvest: int, at: datetime) -> int:
    """Of catalogues given whole, what the file did not bring is marked. Returns how many.

    In the caller's transaction. A line that could not be taken may be any of them: whoever calls has none.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with seen as (select entry_id from registry_harvest_seen where harvest_id = %(harvest)s),
            told as (select distinct e.catalog_id from registry_entry e join seen on seen.entry_id = e.id)
            update registry_entry e set gone_at = %(at)s, changed_at = %(at)s
              from told
             where e.catalog_id = told.catalog_id and e.gone_at is null
               and not exists (select from seen where seen.entry_id = e.id)
            """,
            {"harvest": harvest, "at": at},
        )
        gone = cursor.rowcount
        cursor.execute("delete from registry_harvest_seen where harvest_id = %s", [harvest])
    return int(gone)


def provinces(harvest: int) -> frozenset[str]:
    """The first two digits of where the entries stand that an import brought or changed; blank for no place."""
    with connection.cursor() as cursor:
        cursor.execute("select distinct left(region, 2) from registry_entry where harvest_id = %s", [harvest])
        return frozenset(province for (province,) in cursor.fetchall())


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

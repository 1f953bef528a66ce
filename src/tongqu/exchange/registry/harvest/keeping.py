"""Keeps a chunk of clean rows: what is new is added, what changed is changed, what says the same is left alone.

One statement for a chunk, so that repeating an import makes no second entry, whoever repeats it and whenever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from tongqu.exchange.registry.harvest import places
from tongqu.exchange.registry.harvest.cleaning import Clean, Fault, day
from tongqu.exchange.registry.harvest.shelves import Shelf
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
select {_NAMES} from harvested order by catalog_id, key
on conflict (catalog_id, key) do update set {_SET}, gone_at = null
  where kept.digest <> excluded.digest or kept.gone_at is not null
     or (kept.region, kept.opening, kept.cycle, kept.formats)
        is distinct from (excluded.region, excluded.opening, excluded.cycle, excluded.formats)
returning (xmax = 0)
"""  # noqa: S608 -- names of our own columns

# Looked up one by one: nothing is known of the table just filled, and a plan for many would read all entries.
_ENTRY = "(select e.id from registry_entry e where e.catalog_id = h.catalog_id and e.key = h.key)"
_AGAIN = f"""
delete from harvested using (
  select place, row_number() over (partition by catalog_id, key order by place) as nth, {_ENTRY} as entry
    from harvested h
) told
 where told.place = harvested.place
   and (nth > 1 or exists (
     select from registry_harvest_seen s where s.harvest_id = %s and s.entry_id = told.entry
   ))
returning told.place
"""  # noqa: S608
_SEEN = f"""
insert into registry_harvest_seen (harvest_id, entry_id) select %s, {_ENTRY} from harvested h on conflict do nothing
"""  # noqa: S608
_LOCK = 0x68617277
_UNKEPT = re.compile(r"[\x00\ud800-\udfff]")  # what a database does not take


@dataclass(frozen=True)
class Kept:
    """Of one chunk: entries added, changed and left alone, and rows whose number the file had before."""

    fresh: int
    changed: int
    same: int
    again: list[Understood]


@dataclass(frozen=True)
class Understood:
    """A clean row with what its words mean by the reviewed table. `unknown`: spellings that the table does not have."""

    line: int
    row: Clean
    columns: tuple[Any, ...]
    unknown: tuple[tuple[str, str], ...]


def understood(line: int, row: Clean, decided: Mapping[tuple[str, str], str], *, region: str, on: date) -> Understood:
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
    return Understood(line, row, columns, unknown)


@lru_cache(maxsize=65_536)
def _array(values: tuple[str, ...]) -> str:
    """As PostgreSQL writes an array of text: the driver's own way took a quarter of an import's time."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


def together() -> None:
    """For this transaction: imports may write at one moment, but not while somebody writes `alone`."""
    _lock("pg_advisory_xact_lock_shared")


def alone() -> None:
    """For this transaction: nobody else writes entries."""
    _lock("pg_advisory_xact_lock")


def _lock(how: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"select {how}(%s, 0)", [_LOCK])


def keep(shelf: Shelf, rows: Sequence[Understood], decided: Mapping[tuple[str, str], str], at: datetime) -> Kept:
    """In the caller's transaction, `together` with others. Of rows with one number the first of the file stands."""
    made = [_decided(one, decided, shelf) for one in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            f"create temporary table if not exists harvested on commit delete rows as select {_NAMES}, 0 as place"  # noqa: S608
            " from registry_entry with no data"
        )
        catalogs = shelf.numbers([one.row for one in made])
        with cursor.copy(f"copy harvested ({_NAMES}, place) from stdin") as out:
            for place, (catalog, one) in enumerate(zip(catalogs, made, strict=True)):
                out.write_row((catalog, *one.columns, shelf.harvest, at, place))
        cursor.execute(_AGAIN, [shelf.harvest])
        again = sorted(place for (place,) in cursor.fetchall())
        cursor.execute(_MERGE)
        added = [fresh for (fresh,) in cursor.fetchall()]
        cursor.execute(_SEEN, [shelf.harvest])
    fresh = sum(added)
    return Kept(fresh, len(added) - fresh, len(made) - len(added) - len(again), [made[place] for place in again])


def _decided(one: Understood, decided: Mapping[tuple[str, str], str], shelf: Shelf) -> Understood:
    """With the word of whoever decided its spellings, where somebody has."""
    if any(spelling in decided for spelling in one.unknown):
        return understood(one.line, one.row, decided, region=shelf.region, on=shelf.on)
    return one


def keep_faults(harvest: int, found: Sequence[tuple[int, str, Fault]]) -> None:
    """Line, key and fault of each."""
    if not found:
        return
    with (
        connection.cursor() as cursor,
        cursor.copy("copy registry_harvest_fault (harvest_id, line, key, code, zh, en, raw, lost) from stdin") as out,
    ):
        for line, key, fault in found:
            texts = (key[:120], fault.code, fault.words.zh[:300], fault.words.en[:300], fault.raw[:300])
            out.write_row((harvest, line, *(_UNKEPT.sub(" ", text) for text in texts), fault.lost))

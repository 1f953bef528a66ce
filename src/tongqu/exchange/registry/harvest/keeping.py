"""Keeps a chunk of clean rows: what is new is added, what changed is changed, what says the same is left alone.

New rows go in with one statement. Only what an entry had before is looked at: locked, compared, and remembered as brought.
Repeating an import makes no second entry, whoever repeats it and whenever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from tongqu.exchange.registry.harvest.shelves import Shelf
from tongqu.exchange.registry.rows import COLUMNS, NULL, Chunk, Fault, copied, repeated, understood

_NAMES = ", ".join(COLUMNS)
_SET = ", ".join(f"{name} = h.{name}" for name in COLUMNS if name != "key")

# The number of an entry is drawn here already, so that what was added is told from what was there.
_IS_THERE = "select to_regclass('pg_temp.harvested') is not null"
_TABLE = f"""
create temporary table harvested on commit delete rows as
  select id, ''::varchar as portal, 0::bigint as line, {_NAMES} from registry_entry with no data;
alter table harvested alter id set default nextval(pg_get_serial_sequence('registry_entry', 'id')::regclass)
"""  # noqa: S608 -- names of our own columns
_COPY = f"copy harvested (portal, line, {_NAMES}) from stdin (null '{NULL}')"

# In one order, whoever writes: two imports that bring the same entries wait for each other, and neither for ever.
_ROWS = """
(select c.id as catalog, h.* from harvested h join registry_catalog c on c.key = h.portal
  order by c.id, h.key collate "C" offset 0) h
"""
# What says just the same as one before it points there at once, as it will at the end (`ending.mark_alike`): a row that is
# written twice costs twice.
_ADD = f"""
with added as (
  insert into registry_entry (id, catalog_id, {_NAMES}, harvest_id, changed_at, same_as)
  select id, catalog, {_NAMES}, %s, %s, nullif(coalesce((
      select min(e.id) from registry_entry e
       where e.catalog_id = h.catalog and e.likeness = h.likeness and e.gone_at is null
    ), h.first), id)
    from (
      select c.id as catalog, min(h.id) over (partition by c.id, h.likeness) as first, h.*
        from harvested h join registry_catalog c on c.key = h.portal order by c.id, h.key collate "C" offset 0
    ) h on conflict (catalog_id, key) do nothing returning id
) select coalesce(array_agg(id), array[]::bigint[]) from added
"""  # noqa: S608
# The first of those alike may have been one that was not added.
_UNMARK = "update registry_entry set same_as = null where id = any(%s) and same_as is not null"

# Looked up one by one: nothing is known of the table just filled, and a plan for many would read all entries.
_MET = f"""
select h.line, e.* from {_ROWS} cross join lateral (
  select e.id, e.harvest_id, e.digest <> h.digest or e.gone_at is not null
      or (e.region, e.opening, e.cycle, e.formats::varchar[])
         is distinct from (h.region, h.opening, h.cycle, h.formats::varchar[])
    from registry_entry e where e.catalog_id = h.catalog and e.key = h.key offset 0 for update
) e
"""  # noqa: S608
_SEEN = "select entry_id from registry_harvest_seen where harvest_id = %s and entry_id = any(%s)"
_CHANGE = f"""
update registry_entry e set {_SET}, harvest_id = %s, changed_at = %s, gone_at = null
  from unnest(%s::bigint[], %s::bigint[]) as met(line, entry) join harvested h on h.line = met.line
 where e.id = met.entry and e.id = any(%s)
"""  # noqa: S608
_REMEMBER = """
insert into registry_harvest_seen (harvest_id, entry_id)
select h.id, met.entry from unnest(%s::bigint[], %s::bigint[]) as met(harvest, entry)
  join registry_harvest h on h.id = met.harvest where h.state = any(%s) on conflict do nothing
"""
GOES_ON = ["running", "cancelled"]
"""States of an import that may still bring something."""
_LOCK = 0x68617277
_UNKEPT = re.compile(r"[\x00\ud800-\udfff]")  # what a database does not take


@dataclass(frozen=True)
class Kept:
    """Of one chunk: entries added, changed and left alone, and faults of rows whose number the file had before."""

    fresh: int
    changed: int
    same: int
    again: list[tuple[int, str, Fault]]


def together() -> None:
    """For this transaction: imports may write at one moment, but not while somebody writes `alone`."""
    _lock("pg_advisory_xact_lock_shared")


def alone() -> None:
    """For this transaction: nobody else writes entries."""
    _lock("pg_advisory_xact_lock")


def _lock(how: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"select {how}(%s, 0)", [_LOCK])


def keep(shelf: Shelf, chunk: Chunk, decided: Mapping[str, Mapping[str, str]], at: datetime) -> Kept:
    """In the caller's transaction, `together` with others. Of rows with one number the first of the file stands."""
    _bring(shelf, chunk, decided)
    rows = chunk.rows + len(chunk.open)
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [shelf.harvest, at])
        (added,) = cursor.fetchone()
        if len(added) == rows:
            return Kept(rows, 0, 0, [])
        cursor.execute(_UNMARK, [added])
        cursor.execute("delete from harvested where id = any(%s)", [added])
        cursor.execute(_MET)
        return _kept(shelf.harvest, len(added), cursor.fetchall(), at)


def _bring(shelf: Shelf, chunk: Chunk, decided: Mapping[str, Mapping[str, str]]) -> None:
    """All rows of the chunk into the table beside, with the word of whoever decided its spellings. Their catalogues are made."""
    terms = shelf.terms
    with connection.cursor() as cursor:
        cursor.execute(_IS_THERE)
        if cursor.fetchone() == (False,):
            cursor.execute(_TABLE)
        shelf.numbers(chunk.portals)
        with cursor.copy(_COPY) as out:
            out.write(chunk.block)
            for one in chunk.open:
                told = understood(one.line, one.row, terms, decided)
                out.write(copied(told, terms.portal(one.row)).encode())


def _kept(harvest: int, fresh: int, met: Sequence[tuple[int, int, int, bool]], at: datetime) -> Kept:
    """What becomes of rows whose entries there are, locked by us: line, entry, who wrote it last, whether it differs.

    An entry that this import wrote or remembers was brought before. Whoever is no longer the last to have written an entry
    remembers it from then on.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, [harvest, [entry for _, entry, _, _ in met]])
        seen = {entry for (entry,) in cursor.fetchall()}
        again = [line for line, entry, writer, _ in met if writer == harvest or entry in seen]
        new = [one for one in met if one[2] != harvest and one[1] not in seen]
        changed = [one for one in new if one[3]]
        if changed:
            lines, entries, writers, _ = map(list, zip(*changed, strict=True))
            cursor.execute(_CHANGE, [harvest, at, lines, entries, entries])
            cursor.execute(_REMEMBER, [writers, entries, GOES_ON])
        if same := [entry for _, entry, _, differs in new if not differs]:
            cursor.execute(_REMEMBER, [[harvest] * len(same), same, GOES_ON])
        return Kept(fresh, len(changed), len(new) - len(changed), _repeated(again))


def _repeated(lines: list[int]) -> list[tuple[int, str, Fault]]:
    if not lines:
        return []
    with connection.cursor() as cursor:
        cursor.execute("select line, key, title from harvested where line = any(%s)", [lines])
        return [(line, key, repeated(title)) for line, key, title in cursor.fetchall()]


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

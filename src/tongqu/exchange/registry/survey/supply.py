"""The supply list (供给清单): the data of the whole society that somebody has catalogued or says it has, by region, industry and kind.

Catalogued resources, and entries whose holders allow it to be shown. An entry that was catalogued stands there once, as
the resource. The industry of a resource is the one of its grading in force; an ungraded one has that of such an entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tongqu.exchange.bedrock.statements import execute

FACETS = ("source", "city", "section", "kind", "willing")
PAGE_SIZE_MAX = 200

_LIST = """
with supply as (
  select 'resource' as source, r.id, r.name, r.abstract as text, o.name as holder, o.region,
         coalesce(nullif(g.industry, ''), e.industry, '') as industry, r.kind, coalesce(e.willing, '') as willing, r.cycle, r.published_date as day
  from registry_resource r join members_organisation o on o.id = r.holder_id
  left join registry_supply_entry e on e.resource_id = r.id and e.state = 'listed'
  left join registry_grading g on g.resource_id = r.id and g.state in ('in_force', 'due')
  where r.state = 'catalogued'
  union all
  select case when e.answer_id is null then 'voluntary' else 'survey' end, e.id, e.name, e.description, o.name, o.region,
         e.industry, e.kind, e.willing, e.cycle, (e.listed_at at time zone 'Asia/Shanghai')::date
  from registry_supply_entry e join members_organisation o on o.id = e.holder_id
  where e.state = 'listed' and e.public and e.resource_id is null
), placed as (
  select *, left(industry, 1) as section,
         case when region like '4290%%' then region else left(region, 4) || '00' end as city
  from supply
), found as (
  select * from placed
  where (%s = '' or source = %s) and (%s = '' or city = %s) and (%s = '' or section = %s)
    and (%s = '' or kind = %s) and (%s = '' or willing = %s)
    and not exists (
      select 1 from unnest(%s::text[]) word
      where position(lower(word) in lower(name || ' ' || text || ' ' || holder)) = 0)
)
"""
_COUNTS = """
select grouping(source, city, section, kind, willing), source, city, section, kind, willing, count(*) from found
group by grouping sets ((), (source), (city), (section), (kind), (willing))
"""
_PAGE = """
select source, id, name, text, holder, region, industry, kind, willing, cycle, day from found
order by day desc nulls last, source, id desc limit %s::bigint offset %s::bigint
"""
_AGGREGATE = """
select city, section, kind, source, willing, count(*) from found group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
"""
# Which column a grouping set is, by the bits of `grouping`: a bit is set where the column is not grouped by.
_WHICH = {0b01111: "source", 0b10111: "city", 0b11011: "section", 0b11101: "kind", 0b11110: "willing"}


@dataclass(frozen=True)
class SupplyEntryView:
    """A line of the list. `source`: resource, survey or voluntary; `id` is the resource's or the entry's."""

    source: str
    id: int
    name: str
    text: str
    holder: str
    region: str
    industry: str
    kind: str
    willing: str
    cycle: str
    day: date | None


@dataclass(frozen=True)
class SupplyPage:
    """`total` counts all that fit; `facets` counts them by each value, the most frequent first."""

    total: int
    facets: Mapping[str, Sequence[tuple[str, int]]]
    items: tuple[SupplyEntryView, ...]


def _wanted(words: str, chosen: Mapping[str, str]) -> list[Any]:
    twice = [chosen.get(name, "") for name in FACETS for _ in range(2)]
    return [*twice, words.split()]


def supply(words: str = "", chosen: Mapping[str, str] | None = None, *, first: int = 0, size: int = 20) -> SupplyPage:
    """A page of the list with exact counts beside it. Two statements."""
    wanted = _wanted(words, chosen or {})
    total, facets = 0, {name: list[tuple[str, int]]() for name in FACETS}
    for bits, *values, count in execute(_LIST + _COUNTS, wanted):
        if bits in _WHICH:
            name = _WHICH[bits]
            facets[name].append((values[FACETS.index(name)], count))
        else:
            total = count
    for counted in facets.values():
        counted.sort(key=lambda one: (-one[1], one[0]))
    rows = execute(_LIST + _PAGE, [*wanted, min(size, PAGE_SIZE_MAX), first]) if total > first and size else []
    return SupplyPage(total, facets, tuple(SupplyEntryView(*row) for row in rows))


def aggregate(words: str = "", chosen: Mapping[str, str] | None = None) -> list[tuple[str, str, str, str, str, int]]:
    """How many there are of each city, section, kind, source and willingness together."""
    return [tuple(row) for row in execute(_LIST + _AGGREGATE, _wanted(words, chosen or {}))]

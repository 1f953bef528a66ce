"""The end of an import: what its catalogues no longer have, and which of their entries say just the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Q

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.harvest import keeping, shelves
from tongqu.exchange.registry.harvest.models import Catalog, Entry, Harvest, HarvestFault, HarvestSeen
from tongqu.exchange.registry.rows import Fault

LEAST_BROUGHT, PERCENT_GONE_MAX = 2, 20
"""Of a catalogue that only rows name, to count as given whole: so many rows, and of its entries no more that would go."""

# An entry may go that no import at work has brought, and that was last written by one that had ended before this began.
# What this one brought is what it wrote last, and what is remembered beside that (`HarvestSeen`).
_LACKING = """
with seen as (
  select s.entry_id from registry_harvest_seen s join registry_harvest h on h.id = s.harvest_id where h.state = 'running'
), told as (
  select catalog_id, count(*) as brought from (
    select e.catalog_id, e.id from registry_entry e where e.harvest_id = %(harvest)s
    union
    select e.catalog_id, e.id from registry_harvest_seen s join registry_entry e on e.id = s.entry_id
     where s.harvest_id = %(harvest)s
  ) brought group by 1
), lacking as (
  select e.id, e.catalog_id from told join registry_entry e using (catalog_id) join registry_harvest w on w.id = e.harvest_id
   where e.gone_at is null and w.state <> 'running' and w.changed_at < %(begun)s
     and not exists (select from seen where seen.entry_id = e.id)
)
"""
_COUNTED = f"""{_LACKING}
select c.id, c.name, told.brought, c.whole_at > %(begun)s, (select count(*) from lacking l where l.catalog_id = c.id)
  from told join registry_catalog c on c.id = told.catalog_id order by c.id
"""  # noqa: S608 -- our own text
_MARK = f"""{_LACKING}
update registry_entry e set gone_at = %(at)s, changed_at = %(at)s from lacking l
 where l.id = e.id and l.catalog_id = any(%(catalogs)s) returning left(e.region, 2)
"""  # noqa: S608
# Few are found to point elsewhere than they should: most do since they were added.
_ALIKE = """
with told as materialized (
  select id, same_as, case when gone_at is null then
    nullif(min(id) filter (where gone_at is null) over (partition by catalog_id, likeness), id) end as one
    from registry_entry
), mended as (
  update registry_entry e set same_as = told.one, changed_at = %s from told
   where told.id = e.id and told.same_as is distinct from told.one
) select count(one) from told
"""


@dataclass(frozen=True)
class Gone:
    """How many entries were marked, in which provinces (two digits), and of how many catalogues none was."""

    entries: int = 0
    provinces: frozenset[str] = frozenset()
    unmarked: int = 0


def mark_gone(row: Harvest, at: datetime) -> Gone:
    """Of catalogues given whole, what the file did not bring is marked, where that is sure; where it is not, a fault says why.

    In the caller's transaction, `alone`, with the import locked and running.
    """
    asked: dict[str, Any] = {"harvest": row.pk, "begun": row.begun_at, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, asked)
        told = cursor.fetchall()
        doubt = _doubt(row)
        why = {pk: doubt or _held(row, name, *rest) for pk, name, *rest in told}
        sure = [pk for pk, words in why.items() if words is None]
        cursor.execute(_MARK, asked | {"catalogs": sure})
        provinces = [province for (province,) in cursor.fetchall()]
    Catalog.objects.filter(Q(whole_at=None) | Q(whole_at__lt=row.begun_at), pk__in=sure).update(whole_at=row.begun_at)
    words = list(dict.fromkeys(filter(None, why.values())))
    remark(row, [Fault("not-marked", one) for one in words])
    return Gone(len(provinces), frozenset(provinces), len(told) - len(sure))


def _doubt(row: Harvest) -> Words | None:
    """Why nothing that the file lacks can be called gone."""
    unread = Q(lost=True) & ~Q(code="repeated") | Q(code="stray-quote")
    if not HarvestFault.objects.filter(unread, harvest=row.pk).exists():
        return None
    return Words(
        "有未采用或引号可疑的行，可能就是缺的条目：没有标下架，请更正后重新导入",
        "Lines were not taken or have stray quotation marks and may be what lacks: nothing was marked; mend and import again",
    )


def _held(row: Harvest, name: str, brought: int, superseded: bool | None, lacking: int) -> Words | None:
    """Why entries of one catalogue are not called gone."""
    if not lacking:
        return None
    if superseded:
        return Words(
            f"“{name}”后来又整份导入过：没有标下架",
            f"{name} was given whole again since: nothing was marked",
        )
    few = brought < LEAST_BROUGHT or 100 * lacking > PERCENT_GONE_MAX * (brought + lacking)
    if row.catalog_name or not few:
        return None
    return Words(
        f"“{name}”在文件里有 {brought} 条，缺 {lacking} 条：不像整份，没有标下架；确属整份的，请填写所属目录后单独导入",
        f"Of {name} the file has {brought} and lacks {lacking}: it does not look whole, nothing was marked; name the catalogue to be sure",
    )


def remark(row: Harvest, faults: list[Fault]) -> None:
    """Told at the end of the file, of none of its lines in particular."""
    keeping.keep_faults(row.pk, [(row.position, "", fault) for fault in faults])
    Harvest.objects.filter(pk=row.pk).update(remarks=F("remarks") + len(faults))


def superseded(row: Harvest) -> bool:
    """Whether a catalogue that this import gives whole was given whole again since it began."""
    brought = HarvestSeen.objects.filter(harvest=row.pk).values("entry")
    entries = Entry.objects.filter(Q(harvest=row.pk) | Q(pk__in=brought))
    its = Q(pk__in=entries.values("catalog")) | Q(key=shelves.stated(row.catalog_name))
    return row.whole and Catalog.objects.filter(its, whole_at__gt=row.begun_at).exists()


def forget(harvest: int) -> None:
    """What an import that has ended had brought."""
    HarvestSeen.objects.filter(harvest=harvest).delete()


def mark_alike(at: datetime) -> int:
    """Within each catalogue, entries that say just the same point to the first of them. Returns how many point now.

    In the caller's transaction, `alone`. What has gone points to nothing, and nothing to it.
    """
    with connection.cursor() as cursor:
        cursor.execute("set local work_mem = '64MB'")  # all entries are sorted: in memory, not on the disk
        cursor.execute(_ALIKE, [at])
        (alike,) = cursor.fetchone()
    return int(alike)


def provinces(harvest: int) -> frozenset[str]:
    """The first two digits of where the entries stand that an import brought or changed; blank for no place."""
    with connection.cursor() as cursor:
        cursor.execute("select distinct left(region, 2) from registry_entry where harvest_id = %s", [harvest])
        return frozenset(province for (province,) in cursor.fetchall())

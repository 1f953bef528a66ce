"""In whose catalogue a row is kept: the one that the import names, else the one that the row names, else one of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db import connection
from django.db.models import Q

from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry.harvest import spellings
from tongqu.exchange.registry.harvest.models import Catalog
from tongqu.exchange.registry.rows import PORTAL_MAX, Clean, Places, Terms, short

_LOCK = 0x68617278


@dataclass(frozen=True)
class Shelf:
    """Where the rows of one import go, and the terms on which they are understood."""

    harvest: int
    terms: Terms

    def numbers(self, portals: Mapping[str, Clean]) -> dict[str, int]:
        """The catalogue of each portal, of which a row is given; made when first met. In the caller's transaction."""
        known = _known(portals)
        if known.keys() != portals.keys():
            # One at a time makes catalogues: two imports do not wait for each other, and no name is given twice.
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_xact_lock(%s, 0)", [_LOCK])
            known = _known(portals)
            for key in sorted(portals.keys() - known.keys()):
                known[key] = self._made(key, portals[key])
        return known

    def _made(self, key: str, row: Clean) -> int:
        terms = self.terms
        where = " ".join(dict.fromkeys(filter(None, (row.province, row.city)))) if row.portal else ""
        region = terms.region or terms.places.region_of(row.province, row.city, "")
        if not terms.stated and row.portal_region in terms.places.standing:
            region = row.portal_region
        name = terms.catalog_name or row.portal_name or where or key
        others = (f"{name}（{key}）{'' if number == 1 else number}" for number in itertools.count(1))
        free = (one for one in itertools.chain([name], others) if not Catalog.objects.filter(name=one).exists())
        return Catalog.objects.create(key=key, name=next(free), region=region).pk


def shelf(harvest: int, *, catalog_name: str, region: str, on: date) -> Shelf:
    """Of an import, as it goes on that day."""
    terms = Terms(
        today=on, stated=stated(catalog_name), catalog_name=catalog_name, own=f"import-{harvest}", region=region,
        places=places(on), reviewed=spellings.reviewed(),
    )  # fmt: skip
    return Shelf(harvest, terms)


@lru_cache(maxsize=8)
def places(on: date) -> Places:
    """The divisions that stand on a day."""
    return Places.of((one.code, one.name, one.parent) for one in divisions.entries() if one.in_force(on))


def stated(name: str) -> str:
    """The key of the catalogue of that name: one that there is, by its key or its name, else the one that will be made."""
    if not name:
        return ""
    key = short(name, PORTAL_MAX)
    known = Catalog.objects.filter(Q(key=key) | Q(name=name)).order_by("pk").values_list("key", flat=True)
    return key if key in known else known[0] if known else key


def _known(keys: Iterable[str]) -> dict[str, int]:
    return dict(Catalog.objects.filter(key__in=list(keys)).values_list("key", "pk"))

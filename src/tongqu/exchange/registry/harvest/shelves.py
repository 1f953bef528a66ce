"""In whose catalogue a row is kept: the one that the import names, else the one that the row names, else one of its own."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Q

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.harvest import places
from tongqu.exchange.registry.harvest.cleaning import PORTAL_MAX, Clean, Fault, short
from tongqu.exchange.registry.harvest.models import Catalog

_LOCK = 0x68617278


@dataclass(frozen=True)
class Shelf:
    """Where the rows of one import go. `stated`: the key of the catalogue that it names, which then holds all of its rows."""

    harvest: int
    stated: str
    catalog_name: str
    region: str
    on: date

    def numbers(self, rows: Sequence[Clean]) -> list[int]:
        """The catalogue of each row; made when first met. In the caller's transaction."""
        first: dict[str, Clean] = {}
        for row in rows:
            first.setdefault(self._key(row), row)
        known = _known(first)
        if known.keys() != first.keys():
            # One at a time makes catalogues: two imports do not wait for each other, and no name is given twice.
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_xact_lock(%s, 0)", [_LOCK])
            known = _known(first)
            for key in sorted(first.keys() - known.keys()):
                known[key] = self._made(key, first[key])
        return [known[self._key(row)] for row in rows]

    def strays(self, row: Clean) -> Fault | None:
        """Told of a row that names another catalogue than the import does: the import's word counts."""
        if not self.stated or row.portal in {"", self.stated, self.catalog_name}:
            return None
        return Fault(
            "other-portal",
            Words(
                "这一行写的是另一个平台；按导入时填写的所属目录采用",
                "It names another portal; it was taken for the catalogue that the import names",
            ),
            row.portal,
        )

    def _key(self, row: Clean) -> str:
        return self.stated or row.portal or f"import-{self.harvest}"

    def _made(self, key: str, row: Clean) -> int:
        where = " ".join(dict.fromkeys(filter(None, (row.province, row.city)))) if row.portal else ""
        region = self.region or places.region_of(row.province, row.city, "", on=self.on)
        if not self.stated:
            region = places.standing(row.portal_region, on=self.on) or region
        name = self.catalog_name or row.portal_name or where or key
        others = (f"{name}（{key}）{'' if number == 1 else number}" for number in itertools.count(1))
        free = (one for one in itertools.chain([name], others) if not Catalog.objects.filter(name=one).exists())
        return Catalog.objects.create(key=key, name=next(free), region=region).pk


def stated(name: str) -> str:
    """The key of the catalogue of that name: one that there is, by its key or its name, else the one that will be made."""
    if not name:
        return ""
    key = short(name, PORTAL_MAX)
    known = Catalog.objects.filter(Q(key=key) | Q(name=name)).order_by("pk").values_list("key", flat=True)
    return key if key in known else known[0] if known else key


def _known(keys: dict[str, Clean]) -> dict[str, int]:
    return dict(Catalog.objects.filter(key__in=list(keys)).values_list("key", "pk"))

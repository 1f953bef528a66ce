"""What was found nearly the same: beside one entry, and all of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Left

from tongqu.exchange.registry import harvest
from tongqu.exchange.registry.likeness.kinds import Kind
from tongqu.exchange.registry.likeness.models import NearPair

SIZE_MAX = 100


@dataclass(frozen=True)
class NearView:
    """Two entries, the older first, what share of their pairs of characters they have in common, and in what they differ."""

    one: harvest.EntryView
    other: harvest.EntryView
    percent: int
    kind: Kind


@dataclass(frozen=True)
class PairPage:
    """`total` of what was asked for; `kinds` and `provinces` count all pairs that fit the other choice."""

    total: int
    items: tuple[NearView, ...]
    kinds: dict[str, int]
    provinces: dict[str, int]


def near(entry_id: int) -> tuple[NearView, ...]:
    """The pairs that one entry stands in, the nearest first, at most SIZE_MAX."""
    rows = _standing().filter(Q(one=entry_id) | Q(other=entry_id)).order_by("-percent", "one", "other")[:SIZE_MAX]
    return _views(list(rows))


def pairs(kind: str = "", province: str = "", *, offset: int = 0, limit: int = 20) -> PairPage:
    """All pairs of a kind and a province (two digits), the nearest first."""
    of_kind = {"kind": kind} if kind else {}
    of_province = {"province": province} if province else {}
    rows = _standing().filter(**of_kind, **of_province).order_by("-percent", "one", "other")
    counted = _standing().values("kind", "province").annotate(many=Count("id"))
    kinds: dict[str, int] = {}
    provinces: dict[str, int] = {}
    for row in counted:
        if province in ("", row["province"]):
            kinds[row["kind"]] = kinds.get(row["kind"], 0) + row["many"]
        if kind in ("", row["kind"]):
            provinces[row["province"]] = provinces.get(row["province"], 0) + row["many"]
    total = sum(many for name, many in kinds.items() if kind in ("", name))
    return PairPage(total, _views(list(rows[offset : offset + min(limit, SIZE_MAX)])), kinds, provinces)


def _standing() -> QuerySet[NearPair]:
    """Pairs of entries that both still stand in their catalogues, and in the province in which they were compared."""
    return NearPair.objects.alias(at=Left("one__region", 2), there=Left("other__region", 2)).filter(
        one__gone_at=None, other__gone_at=None, at=F("province"), there=F("province")
    )


def _views(rows: list[NearPair]) -> tuple[NearView, ...]:
    known = {one.id: one for one in harvest.entries({n for row in rows for n in (row.one_id, row.other_id)})}
    return tuple(NearView(known[row.one_id], known[row.other_id], row.percent, Kind(row.kind)) for row in rows)

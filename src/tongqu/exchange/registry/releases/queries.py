"""What anyone may read of released data. What was never published is in none of these answers.

A release is shown while its resource is catalogued, open and without personal information; a version that was withdrawn
stays in the list with its reason, and cannot be fetched any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum

from tongqu.exchange.bedrock.procedures import Unknown, holds_on
from tongqu.exchange.bedrock.statements import execute
from tongqu.exchange.registry.releases.licences import ADDRESSES, Licence
from tongqu.exchange.registry.releases.models import Release, ReleaseDay
from tongqu.exchange.registry.releases.procedure import RELEASE

PAGE_SIZE_MAX = 100
_ENDINGS = {"csv": "csv", "xlsx": "xlsx", "json": "json", "parquet": "parquet"}
_OPEN = Q(resource__state="catalogued", resource__opening="open", resource__personal=False)
_STOOD = Q(state="published") | Q(state="withdrawn", published_at__isnull=False)
FACETS = {"format": "format", "licence": "licence", "holder": "holder_id", "kind": "resource__kind"}


@dataclass(frozen=True)
class ColumnView:
    name: str
    type: str
    nulls: int


@dataclass(frozen=True)
class ReleaseView:
    """One version of a resource's data. `size` in bytes; `reason` says why it was withdrawn, if it was.

    `held`: an office has frozen it; it is shown, and not given out. Told of a single version only.
    """

    id: int
    resource_id: int
    resource_name: str
    resource_code: str
    holder_id: int
    version: int
    sha256: str
    media_type: str
    format: str
    size: int
    rows: int
    columns: tuple[ColumnView, ...]
    note: str
    period_from_date: date | None
    period_to_date: date | None
    licence: str
    terms: str
    published_at: datetime
    changed_at: datetime
    withdrawn: bool
    reason: str
    fetched: int
    held: bool = False

    @property
    def file_name(self) -> str:
        """307003-000001-v2.csv: the same for everyone, and safe in a command."""
        return f"{self.resource_code.replace('/', '-')}-v{self.version}.{_ENDINGS[self.format]}"

    @property
    def licence_address(self) -> str:
        """Where the text of the licence stands; empty for terms of its own."""
        return ADDRESSES.get(Licence(self.licence), "")


@dataclass(frozen=True)
class OpenPage:
    """The newest version of each resource with open data; of all that fit how many, their rows, bytes and fetches."""

    total: int
    items: tuple[ReleaseView, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    rows: int
    size: int
    fetched: int
    last_at: datetime | None


def versions(resource_ids: Collection[int]) -> dict[int, tuple[ReleaseView, ...]]:
    """By resource, every version that was ever published, the newest first. Resources without one are left out."""
    if not resource_ids:
        return {}
    rows = Release.objects.filter(_OPEN & _STOOD, resource_id__in=list(resource_ids)).select_related("resource")
    found: dict[int, list[ReleaseView]] = {}
    for view in _views(rows.order_by("resource_id", "-version")):
        found.setdefault(view.resource_id, []).append(view)
    return {resource: tuple(views) for resource, views in found.items()}


def version(resource_id: int, number: int) -> ReleaseView:
    """Raises Unknown."""
    rows = Release.objects.filter(_OPEN & _STOOD, resource_id=resource_id, version=number)
    for view in _views(rows.select_related("resource")):
        return replace(view, held=bool(holds_on(RELEASE, view.id)))
    raise Unknown(f"release {resource_id}/{number}")


def count_fetch(release_id: int, day: date) -> None:
    """One more on that day. Who it was is not written down."""
    execute(
        "insert into registry_release_day as known (release_id, day, count) values (%s, %s, 1)"
        " on conflict (release_id, day) do update set count = known.count + 1",
        [release_id, day],
    )


def open_data(
    words: str = "", wanted: Mapping[str, str] | None = None, *, offset: int = 0, limit: int = 20
) -> OpenPage:
    """Open data by words of its name, abstract or holder, and by facets. 100 at most a page."""
    rows = _newest().filter(_chosen(wanted or {}))
    for word in words.split():
        rows = rows.filter(
            Q(resource__name__icontains=word)
            | Q(resource__abstract__icontains=word)
            | Q(holder__name__icontains=word)
            | Q(resource__code=word)
        )
    sums = rows.aggregate(total=Count("pk"), rows=Sum("rows"), size=Sum("size"), last=Max("published_at"))
    page = rows.select_related("resource").order_by("-published_at", "-pk")[
        offset : offset + min(max(limit, 0), PAGE_SIZE_MAX)
    ]
    fetched = ReleaseDay.objects.filter(release__resource__in=rows.values("resource")).aggregate(all=Sum("count"))
    return OpenPage(
        total=sums["total"], items=tuple(_views(page)),
        facets={name: _counted(rows, column) for name, column in FACETS.items()},
        rows=sums["rows"] or 0, size=sums["size"] or 0, fetched=fetched["all"] or 0, last_at=sums["last"],
    )  # fmt: skip


def mark() -> str:
    """One that is the same tells that no release was written meanwhile."""
    ((many, writers),) = execute("select count(*), coalesce(sum(xmin::text::bigint), 0) from registry_release", [])
    return f"{many} {writers}"


def _newest() -> QuerySet[Release]:
    later = Release.objects.filter(resource=OuterRef("resource"), state="published", version__gt=OuterRef("version"))
    return Release.objects.filter(_OPEN, ~Exists(later), state="published")


def _chosen(wanted: Mapping[str, str]) -> Q:
    asked = Q()
    for name, value in wanted.items():
        if name == "holder":
            asked &= Q(holder_id=int(value)) if value.isascii() and value.isdigit() and len(value) < 16 else Q(pk=None)
        elif name in FACETS:
            asked &= Q(**{FACETS[name]: value})
    return asked


def _counted(rows: QuerySet[Release], column: str) -> tuple[tuple[str, int], ...]:
    found = rows.order_by().values_list(column).annotate(many=Count("pk"))
    return tuple(sorted(((str(value), many) for value, many in found), key=lambda one: (-one[1], one[0])))


def _views(rows: QuerySet[Release] | Sequence[Release]) -> list[ReleaseView]:
    known = list(rows)
    counts = dict(
        ReleaseDay.objects.filter(release__in=known).order_by().values_list("release").annotate(all=Sum("count"))
    ) if known else {}  # fmt: skip
    return [_view(row, counts.get(row.pk, 0)) for row in known]


def _view(row: Release, fetched: int) -> ReleaseView:
    resource: Any = row.resource
    return ReleaseView(
        id=row.pk, resource_id=row.resource_id, resource_name=resource.name, resource_code=resource.code,
        holder_id=row.holder_id, version=int(row.version or 0), sha256=row.sha256, media_type=row.media_type,
        format=row.format, size=row.size, rows=int(row.rows or 0),
        columns=tuple(ColumnView(one["name"], one["type"], one["nulls"]) for one in row.columns), note=row.note,
        period_from_date=row.period_from_date, period_to_date=row.period_to_date, licence=row.licence, terms=row.terms,
        published_at=row.published_at or row.begun_at, changed_at=row.changed_at, withdrawn=row.state == "withdrawn",
        reason=row.reason if row.state == "withdrawn" else "", fetched=fetched,
    )  # fmt: skip

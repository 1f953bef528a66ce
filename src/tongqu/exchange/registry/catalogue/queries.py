"""Reading the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.rows import find
from tongqu.exchange.bedrock.statements import execute
from tongqu.exchange.members import nodes, parties
from tongqu.exchange.registry.catalogue.models import Resource
from tongqu.wire.source import SourceDeclaration

PAGE_SIZE_MAX = 100


@dataclass(frozen=True)
class ElementView:
    """One 信息项 beside what was measured on the column of that name; None where nothing was, or it is withheld.

    `type` is what its holder declared, `measured` the type that the node found; `guarded` says that the node withheld or
    rounded a number behind which few rows stand.
    """

    name: str
    type: str
    note: str
    nulls: int | None
    distinct: int | None
    minimum: str | None
    maximum: str | None
    measured: str | None = None
    guarded: bool = False


@dataclass(frozen=True)
class ResourceView:
    """A catalogue entry as others read it: the core metadata, where it stands, and what was measured there.

    `provider_code` is the holder's unified social credit code, `region` its division. `rows` is None until it is measured.
    """

    id: int
    state: str
    holder_id: int
    name: str
    code: str
    class_code: str
    class_names: tuple[str, ...]
    kind: str
    personal: bool
    provider: str
    provider_code: str
    region: str
    abstract: str
    format: str
    elements: tuple[ElementView, ...]
    sharing: str
    sharing_condition: str
    sharing_mode: str
    opening: str
    opening_condition: str
    cycle: str
    related: tuple[str, ...]
    node_id: int
    source: str
    rows: int | None
    profile: Mapping[str, Any] | None
    profile_digest: str
    measured_at: datetime | None
    fault: str
    published_date: date | None
    changed_at: datetime


@dataclass(frozen=True)
class ResourcePage:
    """One page of entries; `total` counts all that fit."""

    total: int
    page: int
    size: int
    items: tuple[ResourceView, ...]


def resource(resource_id: int) -> ResourceView:
    """Raises Unknown."""
    row = find(Resource, id=resource_id)
    if row is None:
        raise Unknown(f"resource {resource_id}")
    return _views([row])[0]


def resources_of(holder_id: int) -> tuple[ResourceView, ...]:
    """Everything of one holder that is not withdrawn, the newest first."""
    return tuple(_views(list(Resource.objects.filter(holder_id=holder_id).exclude(state="withdrawn").order_by("-pk"))))


def catalogued(
    query: str = "", *, class_code: str = "", holder_id: int | None = None, page: int = 1, size: int = 20
) -> ResourcePage:
    """The public catalogue: entries in force whose name, code or abstract holds the words, within a class."""
    size = max(1, min(size, PAGE_SIZE_MAX))
    page = max(1, page)
    rows = Resource.objects.filter(state="catalogued", class_code__startswith=class_code)
    if holder_id is not None:
        rows = rows.filter(holder_id=holder_id)
    for word in query.split():
        rows = rows.filter(Q(name__icontains=word) | Q(abstract__icontains=word) | Q(code=word))
    found = list(rows.order_by("-published_date", "-pk")[(page - 1) * size : page * size])
    return ResourcePage(total=rows.count(), page=page, size=size, items=tuple(_views(found)))


def in_force(which: range | Collection[int], *, most: int | None = None) -> list[ResourceView]:
    """Catalogued entries by their numbers: in the order of these, or of a range by number.

    `most`: so many of a range from its beginning, or, below zero, from its end.
    """
    rows = Resource.objects.filter(state="catalogued")
    if not isinstance(which, range):
        views = {view.id: view for view in _views(list(rows.filter(pk__in=list(which))))}
        return [views[pk] for pk in which if pk in views]
    rows = rows.filter(pk__gte=which.start, pk__lt=which.stop)
    if most is not None and most < 0:
        return _views(list(rows.order_by("-pk")[:-most])[::-1])
    return _views(list(rows.order_by("pk")[:most]))


def blocks(size: int) -> dict[int, str]:
    """Catalogued entries in blocks of so many numbers, each with a mark that is another when one of them was changed."""
    found = execute(
        "select r.id / %s::int, count(*), sum(r.xmin::text::bigint + o.xmin::text::bigint) from registry_resource r"
        " join members_organisation o on o.id = r.holder_id where r.state = 'catalogued' group by 1 order by 1",
        [size],
    )
    return {block: f"{many} {writers}" for block, many, writers in found}


def _views(rows: list[Resource]) -> list[ResourceView]:
    holders = parties.organisations([row.holder_id for row in rows])
    return [_view(row, holders[row.holder_id]) for row in rows]


def _view(row: Resource, holder: parties.OrganisationView) -> ResourceView:
    return ResourceView(
        id=row.pk, state=row.state, holder_id=row.holder_id, name=row.name, code=row.code, class_code=row.class_code,
        class_names=tuple(name for name in row.class_names if name), kind=row.kind, personal=row.personal,
        provider=holder.name, provider_code=holder.credit_code, region=holder.region, abstract=row.abstract, format=row.format,
        elements=_elements(row), sharing=row.sharing, sharing_condition=row.sharing_condition,
        sharing_mode=row.sharing_mode, opening=row.opening, opening_condition=row.opening_condition, cycle=row.cycle,
        related=tuple(row.related), node_id=row.node_id, source=row.source,
        rows=None if row.profile is None else row.profile["rows"], profile=row.profile,
        profile_digest=row.profile_digest, measured_at=row.measured_at, fault=row.fault,
        published_date=row.published_date, changed_at=row.changed_at,
    )  # fmt: skip


def _elements(row: Resource) -> tuple[ElementView, ...]:
    measured = {column["name"]: column for column in (row.profile or {}).get("columns", ())}
    return tuple(
        ElementView(
            name=item["name"], type=item["type"], note=item.get("note", ""),
            measured=measured.get(item["name"], {}).get("type"),
            **{k: measured.get(item["name"], {}).get(k) for k in ("nulls", "distinct", "minimum", "maximum")},
            guarded=bool(measured.get(item["name"], {}).get("guarded")),
        )
        for item in row.items
    )  # fmt: skip


def is_source_of(declared: SourceDeclaration, at: nodes.NodeView, holder: parties.OrganisationView) -> bool:
    """Whether a source is this holder's: where the node says whose it is, that counts; else it is the node's provider's."""
    return declared.holder == holder.credit_code if declared.holder else at.provider_id == holder.id

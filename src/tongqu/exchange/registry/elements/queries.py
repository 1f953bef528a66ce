"""What others may read of standards, sources and links. Frozen answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.elements import likeness
from tongqu.exchange.registry.elements.findings import Measured, compare
from tongqu.exchange.registry.elements.models import Authority, Claim, Conflict, Element
from tongqu.exchange.registry.elements.territories import lies_in

SHOWN = ("in_force", "superseded", "withdrawn")
PAGE_SIZE_MAX = 300


@dataclass(frozen=True)
class ElementView:
    """One version of a standard. A list counts its `sources` and `users`; one alone tells which `versions` there are."""

    id: int
    state: str
    identifier: str
    version: int
    name: str
    aliases: tuple[str, ...]
    definition: str
    type: str
    length_max: int | None
    format: str
    codes: tuple[tuple[str, str], ...]
    domain: str
    standard: str
    scope: str
    steward_id: int | None
    in_force_at: datetime | None
    reason: str
    sources: int = 0
    users: int = 0
    versions: tuple[int, ...] = ()


@dataclass(frozen=True)
class ElementPage:
    total: int
    items: tuple[ElementView, ...]


@dataclass(frozen=True)
class SourceView:
    """Who is the source of an element in a region, since when, and by what: first, decision, review or appointed."""

    region: str
    claim_id: int
    resource_id: int
    resource: str
    item: str
    holder: str
    ground: str
    since_at: datetime


@dataclass(frozen=True)
class ClaimView:
    """A link of an item to an element. `version` is the one it cites; `disputed`: who is the source is being decided."""

    id: int
    identifier: str
    version: int
    resource_id: int
    resource: str
    item: str
    holder: str
    role: str
    region: str
    disputed: bool


@dataclass(frozen=True)
class ItemView:
    """An item of a resource beside the standard it keeps to; `regions`: where it is the source. `newest` is in force."""

    claim_id: int
    identifier: str
    name: str
    version: int
    newest: int
    role: str
    regions: tuple[str, ...]
    disputed: bool
    findings: tuple[Words, ...]


def element(identifier: str, version: int | None = None) -> ElementView:
    """A version that is or was in force; without one named, the one in force or else the last. Raises Unknown."""
    rows = list(Element.objects.filter(identifier=identifier, state__in=SHOWN).order_by("-version"))
    fitting = [row for row in rows if version in (None, row.version)]
    row = next((row for row in fitting if row.state == "in_force"), next(iter(fitting), None))
    if row is None:
        raise Unknown(f"element {identifier}")
    return _view(row, versions=tuple(row.version for row in rows))


def elements(query: str = "", *, first: int = 0, size: int = 20) -> ElementPage:
    """Standards in force whose identifier, name, other names or definition hold the words."""
    rows = Element.objects.filter(state="in_force")
    for word in query.split():
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(identifier__iexact=word)
            | Q(definition__icontains=word)
            | Q(aliases__icontains=word)
        )
    found = list(rows.order_by("identifier")[first : first + min(size, PAGE_SIZE_MAX)])
    names = [row.identifier for row in found]
    sources_of = dict(
        Authority.objects.filter(identifier__in=names, until_at=None)
        .order_by()
        .values_list("identifier")
        .annotate(Count("pk"))
    )
    users_of = dict(
        Claim.objects.filter(identifier__in=names, state="standing", role="user")
        .order_by()
        .values_list("identifier")
        .annotate(Count("pk"))
    )
    return ElementPage(
        rows.count(),
        tuple(
            _view(row, sources=sources_of.get(row.identifier, 0), users=users_of.get(row.identifier, 0))
            for row in found
        ),
    )


def _view(row: Element, **counted: Any) -> ElementView:
    plain: dict[str, Any] = {
        name: getattr(row, name)
        for name in ElementView.__dataclass_fields__
        if name not in {"id", "aliases", "codes", "sources", "users", "versions"}
    }
    codes = tuple((one["code"], one["name"]) for one in row.codes)
    return ElementView(id=row.pk, aliases=tuple(row.aliases), codes=codes, **plain, **counted)


def sources(identifier: str, *, first: int = 0, size: int = 50) -> tuple[list[SourceView], int]:
    """Who is the source now, by region, and how many in all."""
    rows = Authority.objects.filter(identifier=identifier, until_at=None)
    page = list(
        rows.select_related("claim__resource", "claim__holder").order_by("region", "pk")[
            first : first + min(size, PAGE_SIZE_MAX)
        ]
    )
    return [_source(row) for row in page], rows.count()


def _source(row: Authority) -> SourceView:
    claim = row.claim
    return SourceView(
        region=row.region, claim_id=claim.pk, resource_id=claim.resource_id, resource=claim.resource.name, item=claim.item,
        holder=claim.holder.name, ground=row.ground, since_at=row.since_at,
    )  # fmt: skip


def source_of(identifier: str, region: str) -> SourceView | None:
    """Who is the source in a division: the one that stands over it; by territory, the nearest above it."""
    rows = Authority.objects.filter(identifier=identifier, until_at=None).select_related(
        "claim__resource", "claim__holder"
    )
    over = [row for row in rows if lies_in(region, row.region)]
    return _source(min(over, key=lambda row: _width(row.region))) if over else None


def _width(region: str) -> int:
    return 2 if region.endswith("0000") else 1 if region.endswith("00") else 0


def users(identifier: str, *, first: int = 0, size: int = 50) -> tuple[list[ClaimView], int]:
    """Links that stand and are not the source anywhere: users, claims under dispute, and claims that did not prevail."""
    sourced = Authority.objects.filter(identifier=identifier, until_at=None).values("claim_id")
    rows = Claim.objects.filter(identifier=identifier, state="standing").exclude(pk__in=sourced)
    page = rows.select_related("resource", "holder", "element").order_by("pk")[first : first + min(size, PAGE_SIZE_MAX)]
    return [_claim(row) for row in page], rows.count()


def _claim(row: Claim) -> ClaimView:
    return ClaimView(
        id=row.pk, identifier=row.identifier, version=row.element.version, resource_id=row.resource_id,
        resource=row.resource.name, item=row.item, holder=row.holder.name, role=row.role, region=row.region,
        disputed=row.challenges_id is not None and row.settled_at is None,
    )  # fmt: skip


def items_of(entry: catalogue.ResourceView) -> Mapping[str, ItemView]:
    """By item of a resource: the standard it keeps to, whether it is the source, and what disagrees with the standard."""
    rows = list(Claim.objects.filter(resource_id=entry.id, state="standing").select_related("element"))
    if not rows:
        return {}
    now = {
        one.identifier: one
        for one in Element.objects.filter(identifier__in={row.identifier for row in rows}, state="in_force")
    }
    where: dict[int, list[str]] = {}
    for claim, region in (
        Authority.objects.filter(claim__in=rows, until_at=None).order_by("region").values_list("claim_id", "region")
    ):
        where.setdefault(claim, []).append(region)
    disputed = set(
        Conflict.objects.filter(incumbent_claim__in=rows, state__in=["opened", "heard", "reviewing"]).values_list(
            "incumbent_claim_id", flat=True
        )
    )
    declared = {one.name: one.type for one in entry.elements}
    columns = {one["name"]: one for one in (entry.profile or {}).get("columns", ())}
    return {
        row.item: _item(
            row, now.get(row.identifier, row.element), where.get(row.pk, []), row.pk in disputed, declared, columns
        )
        for row in rows
    }


def _item(
    row: Claim,
    now: Element,
    regions: Sequence[str],
    disputed: bool,
    declared: Mapping[str, str],
    columns: Mapping[str, Any],
) -> ItemView:
    column = columns.get(row.item, {})
    measured = Measured(
        type=column.get("type", ""), **{k: column.get(k) for k in ("distinct", "minimum", "maximum", "length_max")}
    )
    found = compare(
        type=row.element.type, length_max=row.element.length_max, codes=[one["code"] for one in row.element.codes],
        declared=declared.get(row.item, row.element.type), measured=measured,
    )  # fmt: skip
    return ItemView(
        claim_id=row.pk, identifier=row.identifier, name=row.element.name, version=row.element.version,
        newest=now.version, role=row.role, regions=tuple(regions),
        disputed=disputed or (row.challenges_id is not None and row.settled_at is None), findings=tuple(found),
    )  # fmt: skip


def suggested(items: Collection[str]) -> Mapping[str, list[ElementView]]:
    """For each item the standards in force whose name, or other name, is its own or nearly so. A person confirms."""
    rows = {row.pk: row for row in Element.objects.filter(state="in_force")}
    near = likeness.suggestions(items, {pk: [row.name, *row.aliases] for pk, row in rows.items()})
    return {item: [_view(rows[pk]) for pk in found] for item, found in near.items() if found}

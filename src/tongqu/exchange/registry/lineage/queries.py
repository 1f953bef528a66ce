"""What a resource stands on, what stands on a ground, and what would fall with it. Frozen answers.

A derived resource stands while each of its sources has a ground that stands, and is itself not derived from anything that fell.
Several grounds for one source stand in for each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import grants
from tongqu.exchange.registry.grants import scope
from tongqu.exchange.registry.lineage import standing
from tongqu.exchange.registry.lineage.grounds import Ground
from tongqu.exchange.registry.lineage.models import ENDED, Derivation, DerivationEdge
from tongqu.exchange.registry.lineage.standing import Standing

DEPTH_MAX = 30
"""Further than this nobody follows a lineage in one go; what lies beyond is told, never passed over."""


@dataclass(frozen=True)
class EdgeView:
    """`resource` is derived from `source` on a ground."""

    id: int
    resource: int
    source: int
    ground: Ground


@dataclass(frozen=True)
class Lack:
    """Why a derived resource does not stand: the source, the grounds that fell, and the way there from above."""

    resource: int
    source: int
    path: tuple[int, ...]
    words: Words


@dataclass(frozen=True)
class DerivationView:
    id: int
    state: str
    holder_id: int
    resource_id: int
    confirmed_at: datetime | None


def _view(row: DerivationEdge) -> EdgeView:
    source = row.source_id if row.kind == "agreement" else None
    return EdgeView(row.pk, row.resource_id, row.source_id, Ground(row.kind, row.number, source))


def derivation_of(resource: int) -> DerivationView | None:
    """The declaration that counts for a resource, if it is derived."""
    row = Derivation.objects.filter(resource=resource).exclude(state__in=ENDED).first()
    return DerivationView(row.pk, row.state, row.holder_id, row.resource_id, row.confirmed_at) if row else None


def edges(
    resources: Collection[int] = (), *, below: bool = False, grounds: Collection[str] | None = None
) -> list[EdgeView]:
    """What these resources are derived from directly; below, what is derived from them; or, of grounds, what stands on these."""
    where = Q(**{"source__in" if below else "resource__in": list(resources)})
    if grounds is not None:
        where = Q(pk__in=())
        for key in grounds:
            kind, _, number = key.partition(":")
            where |= Q(kind=kind, number=int(number))
    rows = DerivationEdge.objects.filter(where, until_at=None).order_by("source", "resource", "pk")
    return [_view(row) for row in rows]


def lacks(resource: int, at: datetime, *, but: Collection[str] = ()) -> tuple[Lack, ...]:
    """Everything because of which a resource does not stand at a moment; empty while it stands, or is not derived.

    `but`: grounds (`grant:5`) that are taken to have fallen already: so it says what would follow.
    """
    return tuple(_lacks(resource, at, frozenset(but), (), {}, set()))


def _lacks(
    resource: int,
    at: datetime,
    but: frozenset[str],
    path: tuple[int, ...],
    known: dict[Ground, Standing],
    told: set[int],
) -> list[Lack]:
    """Each resource once, by the first way that leads to it: there may be as many ways as powers of two."""
    if resource in told:
        return []
    told.add(resource)
    above = edges([resource])
    if not above:
        return []
    here = (*path, resource)
    if len(here) > DEPTH_MAX:
        words = Words(
            f"来源超过 {DEPTH_MAX} 层，须由人核对", f"more than {DEPTH_MAX} levels of sources: a person must look"
        )
        return [Lack(resource, resource, here, words)]
    by_source: Mapping[int, list[EdgeView]] = defaultdict(list)
    for edge in above:
        by_source[edge.source].append(edge)
    found: list[Lack] = []
    for source, named in by_source.items():
        looks = [_look(edge.ground, at, known) for edge in named]
        if not any(one.stands and not _fallen(one.ground, but) for one in looks):
            zh, en = "、".join(one.words.zh for one in looks), ", ".join(one.words.en for one in looks)
            found.append(Lack(resource, source, here, Words(f"没有有效依据：{zh}", f"no ground in force: {en}")))
        if f"resource:{source}" in but:
            continue
        found += _lacks(source, at, but, here, known, told)
    return found


def _look(ground: Ground, at: datetime, known: dict[Ground, Standing]) -> Standing:
    if ground not in known:
        known[ground] = standing.look(ground, at)
    return known[ground]


def _fallen(ground: Ground, but: frozenset[str]) -> bool:
    """A grant falls with every one above it, and with the right or entry at its root."""
    if ground.key in but:
        return True
    if ground.kind == "grant":
        chain = grants.chain_above(ground.number)
        roots = [f"right:{one.registration_id}" for one in chain if one.registration_id]
        entries = [f"resource:{chain[0].resource_id}"] if chain and not roots else []
        return any(key in but for key in (*(f"grant:{one.id}" for one in chain), *roots, *entries))
    return ground.kind == "open" and f"resource:{ground.number}" in but


@dataclass(frozen=True)
class Reached:
    """A resource that a ground reaches: by which way, and whether it would stand without it."""

    resource: int
    path: tuple[str, ...]
    lacks: tuple[Lack, ...]

    @property
    def falls(self) -> bool:
        return bool(self.lacks)


def reached(fallen: Collection[str], at: datetime) -> list[Reached]:
    """Every resource that stands on one of these grounds, however far down, each with the way and what it would lack.

    `fallen` are keys such as `grant:5`. What was passed on from a grant, and granted from a right, counts as fallen, too.
    """
    keys = hanging(fallen)
    paths: dict[int, tuple[str, ...]] = {}
    first = edges(grounds=sorted(keys))
    todo = [(edge.resource, (*keys[edge.ground.key], f"resource:{edge.resource}")) for edge in first]
    while todo:
        following: list[tuple[int, tuple[str, ...]]] = []
        for resource, path in todo:
            if resource in paths:
                continue
            paths[resource] = path
            following += [
                (edge.resource, (*path, f"resource:{edge.resource}")) for edge in edges([resource], below=True)
            ]
        todo = following
    return [Reached(one, path, lacks(one, at, but=keys)) for one, path in paths.items()]


def hanging(fallen: Collection[str]) -> dict[str, tuple[str, ...]]:
    """These grounds and all that was granted from them, each with the way there."""
    found: dict[str, tuple[str, ...]] = {}
    todo: list[tuple[str, tuple[str, ...]]] = [(key, (key,)) for key in fallen]
    while todo:
        key, path = todo.pop(0)
        if key in found:
            continue
        found[key] = path
        kind, _, number = key.partition(":")
        below = grants.hanging_on(kind, int(number))
        todo += [(f"grant:{one}", (*path, f"grant:{one}")) for one in below]
        if kind == "resource":
            todo.append((f"open:{number}", (*path, f"open:{number}")))
    return found


def offering_lacks(
    resource: int, purposes: Collection[str], regions: Collection[str], at: datetime
) -> tuple[Words, ...]:
    """Why a product of a resource may not be offered for these purposes and regions (none is no limit); empty if it may, or
    if the resource is not derived."""
    made = derivation_of(resource)
    if made is None:
        return ()
    found = [lack.words for lack in lacks(resource, at)]
    if made.state != "confirmed":
        found.insert(0, Words("衍生依据尚未核对", "the grounds of the derived data are not confirmed yet"))
    asked = scope.Extent(
        purposes=frozenset(purposes), regions=frozenset(regions) or None, first_date=local_day(at), last_date=local_day(at),
        depth=-1, derives=False, sole=False,
    )  # fmt: skip
    by_source: Mapping[int, list[EdgeView]] = defaultdict(list)
    for edge in edges([resource]):
        by_source[edge.source].append(edge)
    for named in by_source.values():
        looks = [standing.look(edge.ground, at) for edge in named]
        standing_now = [one for one in looks if one.stands]
        bounds = [grants.grant(one.ground.number).extent for one in standing_now if one.ground.kind == "grant"]
        if len(bounds) < len(standing_now) or not bounds:
            continue  # another ground than a grant sets no such bounds; without any that stands it is said above
        if all(_beyond(asked, one) for one in bounds):
            zh, en = "、".join(one.words.zh for one in standing_now), ", ".join(one.words.en for one in standing_now)
            found.append(Words(f"产品的用途或地域超出{zh}", f"the product's purposes or regions go beyond {en}"))
    return tuple(found)


def _beyond(asked: scope.Extent, bound: scope.Extent) -> bool:
    return bool({scope.Dimension.PURPOSES, scope.Dimension.REGIONS} & set(scope.beyond(asked, bound)))

"""A lineage as a reader may see it: what a thing stands on and what stands on it, both ways, level by level.

An edge is shown where the reader may see both ends: what is public anybody, the rest whoever the tables let see it. What is left
out is counted, never passed over: neighbours that the reader may not see, and those for which there is no room.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.urls import reverse

from tongqu.exchange.bedrock.procedures import HOUSE, Actor, Unknown, see, visible
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import authorisation, catalogue, lineage, ownership, publicdata
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.grants import GRANT
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.web.components import Tone

LEVELS = 4
WIDTH = 8
NODES_MAX = 80
KINDS = {
    **lineage.KINDS, "resource": Words("数据资源", "Resource"), "listing": Words("产品", "Product"),
    "grant": Words("企业授权", "Grant"), "right": Words("产权登记", "Registered right"), "open": Words("开放数据", "Open data"),
    "public": Words("公共数据登记", "Registration of public data"), "agreement": Words("授权运营协议", "Agreement of operation"),
}  # fmt: skip
STARTS = {"resource", "product", "grant", "right", "public", "agreement"}
LIVE = ("accepted", "in_force", "noticed", "surrendering")
ON_SALE = ("published", "paused")


@dataclass(frozen=True)
class Node:
    """One thing. `more` are neighbours beyond what is drawn, above and below."""

    key: str
    kind: Words
    name: Words
    state: Words
    tone: Tone
    href: str
    more_above: int = 0
    more_below: int = 0


@dataclass(frozen=True)
class Ancestry:
    """`edges` go from what is above to what stands on it. `hidden` counts neighbours that the reader may not see."""

    focus: str
    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]
    hidden: int
    pages: int
    page: int


@dataclass
class _Gathering:
    by: Actor | None
    at: datetime
    seen: dict[str, Node | None] = field(default_factory=dict)
    above: dict[str, list[str]] = field(default_factory=dict)
    below: dict[str, list[str]] = field(default_factory=dict)


def ancestry(focus: str, by: Actor | None, at: datetime, *, page: int = 1) -> Ancestry:
    """The lineage around one thing (`resource:7`). Raises Unknown where the reader may not see the thing itself."""
    work = _Gathering(by, at)
    _look(work, [focus])
    if work.seen.get(focus) is None:
        raise Unknown(focus)
    shown, edges = {focus: 0}, set[tuple[str, str]]()
    more_above: dict[str, int] = {}
    more_below: dict[str, int] = {}
    pages = 1
    for upward in (True, False):
        level = [focus]
        for depth in range(LEVELS + 1):
            _neighbours(work, level, upward=upward)
            beyond: list[str] = []
            for key in level:
                found = [one for one in (work.above if upward else work.below)[key] if work.seen[one] is not None]
                first = 0
                if key == focus:
                    pages = max(pages, -(-len(found) // WIDTH))
                    first = (min(page, max(1, -(-len(found) // WIDTH))) - 1) * WIDTH
                room = WIDTH if depth < LEVELS else 0
                for one in found[first : first + room]:
                    if one not in shown and len(shown) >= NODES_MAX:
                        continue
                    edges.add((one, key) if upward else (key, one))
                    if one not in shown:
                        shown[one] = depth + 1
                        beyond.append(one)
                drawn = sum(1 for one in found if ((one, key) if upward else (key, one)) in edges)
                (more_above if upward else more_below)[key] = len(found) - drawn
            level = beyond
            if not level:
                break
    hidden = sum(
        work.seen[one] is None
        for one in {n for key in shown for n in (*work.above.get(key, ()), *work.below.get(key, ()))}
    )
    nodes = tuple(_with_more(work.seen[key], more_above.get(key, 0), more_below.get(key, 0)) for key in shown)
    return Ancestry(focus, nodes, tuple(sorted(edges)), hidden, pages, min(page, pages))


def _with_more(node: Node | None, above: int, below: int) -> Node:
    assert node is not None
    return replace(node, more_above=above, more_below=below)


def _neighbours(work: _Gathering, keys: Sequence[str], *, upward: bool) -> None:
    """What these stand on, or what stands on them: a few statements for a whole level."""
    into = work.above if upward else work.below
    wanted = [key for key in keys if key not in into]
    for key in wanted:
        into[key] = []
    found = _above(wanted) if upward else _below(wanted)
    for key, other in found:
        if other not in into[key]:
            into[key].append(other)
    _look(work, [other for _, other in found])


def _numbers(keys: Iterable[str], kind: str) -> list[int]:
    return [int(number) for one, _, number in (key.partition(":") for key in keys) if one == kind]


def _above(keys: Sequence[str]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    if numbers := _numbers(keys, "listing"):
        for pk, resource, right in (
            visible(LISTING, HOUSE).filter(pk__in=numbers).values_list("pk", "resource", "registration")
        ):
            pairs.append((f"listing:{pk}", f"resource:{resource}"))
            if right:
                pairs.append((f"listing:{pk}", f"right:{right}"))
    if numbers := _numbers(keys, "resource"):
        for edge in lineage.edges(numbers):
            ground = f"resource:{edge.source}" if edge.ground.kind == "resource" else edge.ground.key
            pairs.append((f"resource:{edge.resource}", ground))
    if numbers := _numbers(keys, "grant"):
        rows = visible(GRANT, HOUSE).filter(pk__in=numbers).values_list("pk", "parent", "registration", "resource")
        for pk, parent, right, resource in rows:
            pairs.append(
                (f"grant:{pk}", f"grant:{parent}" if parent else f"right:{right}" if right else f"resource:{resource}")
            )
    if numbers := _numbers(keys, "right"):
        found = visible(OWNERSHIP, HOUSE).filter(pk__in=numbers).values_list("pk", "resource")
        pairs += [(f"right:{pk}", f"resource:{resource}") for pk, resource in found]
    other = [key for key in keys if key.partition(":")[0] in {"public", "agreement", "open"}]
    if other:
        pairs += [(edge.ground.key, f"resource:{edge.source}") for edge in lineage.edges(grounds=other)]
    return pairs


def _below(keys: Sequence[str]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    if numbers := _numbers(keys, "resource"):
        for edge in lineage.edges(numbers, below=True):
            through = f"resource:{edge.resource}" if edge.ground.kind == "resource" else edge.ground.key
            if edge.ground.kind != "grant" or not _passed_on(edge.ground.number):
                pairs.append((f"resource:{edge.source}", through))
        rows = visible(GRANT, HOUSE).filter(resource__in=numbers, parent=None, registration=None, state__in=LIVE)
        pairs += [
            (f"resource:{resource}", f"grant:{pk}")
            for pk, resource in rows.order_by("pk").values_list("pk", "resource")
        ]
        rights = visible(OWNERSHIP, HOUSE).filter(resource__in=numbers, state="registered").order_by("pk")
        pairs += [(f"resource:{resource}", f"right:{pk}") for pk, resource in rights.values_list("pk", "resource")]
        sold = visible(LISTING, HOUSE).filter(resource__in=numbers, state__in=ON_SALE).order_by("pk")
        pairs += [(f"resource:{resource}", f"listing:{pk}") for pk, resource in sold.values_list("pk", "resource")]
    for kind, column in (("right", "registration"), ("grant", "parent")):
        if numbers := _numbers(keys, kind):
            granted = visible(GRANT, HOUSE).filter(**{f"{column}__in": numbers}, state__in=LIVE).order_by("pk")
            pairs += [(f"{kind}:{above}", f"grant:{pk}") for pk, above in granted.values_list("pk", column)]
    grounds = [key for key in keys if key.partition(":")[0] in {"right", "grant", "public", "agreement", "open"}]
    if grounds:
        pairs += [(edge.ground.key, f"resource:{edge.resource}") for edge in lineage.edges(grounds=grounds)]
    return pairs


def _passed_on(grant: int) -> bool:
    """A grant that stands on another, or on a right, is drawn below that and not below the resource."""
    return visible(GRANT, HOUSE).filter(pk=grant).exclude(parent=None, registration=None).exists()


# What each is called, whether it stands, and who may see it.


def _look(work: _Gathering, keys: Iterable[str]) -> None:
    wanted = [key for key in dict.fromkeys(keys) if key not in work.seen]
    for key in wanted:
        work.seen[key] = None
    entries = {one.id: one for one in catalogue.in_force(_numbers(wanted, "resource") + _numbers(wanted, "open"))}
    own = work.by if work.by is not None else Actor()
    granted = (
        {row.pk: row for row in visible(GRANT, own).filter(pk__in=_numbers(wanted, "grant"))}
        if _numbers(wanted, "grant")
        else {}
    )
    sold = (
        {row.pk: row for row in visible(LISTING, HOUSE).filter(pk__in=_numbers(wanted, "listing"))}
        if _numbers(wanted, "listing")
        else {}
    )
    for key in wanted:
        kind, _, number = key.partition(":")
        pk = int(number)
        try:
            if kind in {"resource", "open"}:
                work.seen[key] = _resource(key, kind, pk, entries.get(pk), own)
            elif kind == "grant" and pk in granted:
                work.seen[key] = _grant(key, granted[pk], work.at)
            elif kind == "listing" and pk in sold:
                work.seen[key] = _listing(key, sold[pk], own)
            elif kind == "right":
                work.seen[key] = _right(key, pk, own, work.at)
            elif kind == "public":
                one = publicdata.record(pk)
                work.seen[key] = _node(key, one.name, one.valid_at(work.at), reverse("public-record", args=[pk]))
            elif kind == "agreement":
                operation = authorisation.operation(pk)
                work.seen[key] = _node(
                    key, operation.name, operation.state == "in_force", reverse("operation", args=[pk])
                )
        except Unknown:
            continue


IN_FORCE, OVER = Words("有效", "in force"), Words("已失效", "no longer in force")


def _node(key: str, name: str | Words, stands: bool, href: str, state: Words | None = None) -> Node:
    called = name if isinstance(name, Words) else Words(name, name)
    tone: Tone = "ok" if stands else "bad"
    return Node(key, KINDS[key.partition(":")[0]], called, state or (IN_FORCE if stands else OVER), tone, href)


def _resource(key: str, kind: str, pk: int, entry: catalogue.ResourceView | None, by: Actor) -> Node:
    if entry is not None:
        return _node(key, entry.name, True, reverse("resource", args=[pk]), Words("已编目", "catalogued"))
    row = see(RESOURCE, pk, by)
    return _node(key, row.name, False, reverse("desk-subject", args=["resource", pk]), RESOURCE.label(row.state))


def _grant(key: str, row: object, at: datetime) -> Node:
    pk, kind, state = row.pk, row.kind, row.state  # type: ignore[attr-defined]
    named = Words(
        f"{'使用权' if kind == 'use' else '经营权'}第 {pk} 号", f"{'use' if kind == 'use' else 'operation'}, no. {pk}"
    )
    shown = _node(key, named, state in LIVE, reverse("desk-subject", args=["grant", pk]), GRANT.label(state))
    return replace(shown, tone="due") if state in {"noticed", "surrendering", "accepted"} else shown


def _listing(key: str, row: object, by: Actor) -> Node:
    pk, name, state = row.pk, row.name, row.state  # type: ignore[attr-defined]
    if state in ON_SALE:
        return _node(key, name, True, reverse("product", args=[pk]), LISTING.label(state))
    see(LISTING, pk, by)
    return _node(key, name, state == "submitted", reverse("desk-subject", args=["listing", pk]), LISTING.label(state))


def _right(key: str, pk: int, by: Actor, at: datetime) -> Node:
    right = ownership.right(pk)
    if right.code is not None:
        return _node(key, right.code, right.valid_at(at), reverse("certificate", args=[right.code]))
    see(OWNERSHIP, pk, by)
    return _node(key, right.name, False, reverse("desk-subject", args=["ownership", pk]), OWNERSHIP.label(right.state))

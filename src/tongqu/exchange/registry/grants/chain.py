"""The chain that a grant stands on, from the register or the catalogue down to the grantor's own link, read for judging."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from tongqu.exchange.bedrock.procedures import Unknown, local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import authorisation, catalogue, grading, ownership, publicdata
from tongqu.exchange.registry.grants.models import LIVE, USABLE, Grant
from tongqu.exchange.registry.grants.scope import Extent, Link, meet

KINDS = {"use": Words("使用权授权", "grant of use"), "operation": Words("经营权授权", "grant of operation")}


@dataclass(frozen=True)
class Chain:
    """`links` from the root down; empty for a ground that is unknown or another's. `upstream` are all who granted in it."""

    resource: catalogue.ResourceView | None
    registration_id: int | None
    parent: Grant | None
    links: tuple[Link, ...]
    upstream: frozenset[int]
    right_of_operation: bool

    @property
    def level(self) -> int:
        return 0 if self.parent is None else self.parent.level + 1


NOTHING = Chain(None, None, None, (), frozenset(), False)


def alone(resource: int) -> None:
    """Who grants the same data at this moment waits here: so two exclusive grants never pass each other unseen."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"grants/{resource}"])


def extent_of(row: Grant) -> Extent:
    return Extent(
        fields=frozenset(row.fields) or None,
        purposes=frozenset(row.purposes),
        regions=frozenset(row.regions) or None,
        first_date=row.starts_date,
        last_date=row.until_date,
        depth=row.depth,
        derives=row.derives,
        sole=row.exclusive,
    )


def read(ground: str, party: int, at: datetime) -> Chain:
    """By a ground as a form names it (`right:7`). What is unknown, or not the party's, has no links."""
    kind, _, number = ground.partition(":")
    try:
        match kind:
            case "right":
                return of_right(int(number), party, at)
            case "resource":
                return of_resource(int(number), party)
            case "grant":
                return of_grant(int(number), party, at)
    except Unknown:
        pass
    return NOTHING


def ground_of(row: Grant) -> str:
    """As a form names it."""
    if row.parent_id is not None:
        return f"grant:{row.parent_id}"
    return f"right:{row.registration_id}" if row.registration_id is not None else f"resource:{row.resource_id}"


def of_right(registration: int, party: int, at: datetime) -> Chain:
    right = ownership.right(registration)
    if right.holder_id != party:
        return NOTHING
    entry = catalogue.resource(right.resource_id)
    link = Link(
        Words(f"产权登记“{right.name}”{right.code or ''}", f"the registration “{right.name}” {right.code or ''}".strip()),
        "registered", Extent(last_date=_valid_to(right)), right.valid_at(at), party,
    )  # fmt: skip
    return Chain(entry, registration, None, (link,), frozenset({party}), "operation" in right.rights)


def _valid_to(right: ownership.RightView) -> date:
    """The last day: of the certificate, of the right as registered, or of a term noted beside it."""
    days = [local_day(right.valid_to_at - timedelta(seconds=1)) if right.valid_to_at else date.min]
    file = ownership.dossier(right.registration_id)
    if file.form.get("right_until_date"):
        days.append(date.fromisoformat(file.form["right_until_date"]))
    days += [one.until_date for one in file.notes if one.kind == "agreed" and one.lifted_at is None and one.until_date]
    return min(days)


def of_resource(resource: int, party: int) -> Chain:
    entry = catalogue.resource(resource)
    if entry.holder_id != party:
        return NOTHING
    words = Words(f"目录资源“{entry.name}”", f"the resource “{entry.name}”")
    link = Link(words, "catalogued", Extent(), entry.state == "catalogued", party)
    return Chain(entry, None, None, (link,), frozenset({party}), True)


def of_grant(grant: int, party: int, at: datetime) -> Chain:
    """The grants above are locked, root first, so that none of them ends while one below is being accepted."""
    rows = above(grant)
    if not rows or rows[-1].grantee_id != party:
        return NOTHING
    list(Grant.objects.select_for_update().filter(pk__in=[row.pk for row in rows]).order_by("pk"))
    rows = above(grant)
    top = rows[0]
    ground = f"right:{top.registration_id}" if top.registration_id is not None else f"resource:{top.resource_id}"
    root = read(ground, top.grantor_id, at)
    links = tuple(
        Link(
            Words(f"{KINDS[row.kind].zh}第 {row.pk} 号", f"{KINDS[row.kind].en} no. {row.pk}"), row.kind, extent_of(row),
            row.state == "in_force", row.grantor_id,
        )
        for row in rows
    )  # fmt: skip
    return Chain(
        root.resource or catalogue.resource(top.resource_id), None, rows[-1], (*root.links, *links) if root.links else (),
        frozenset(row.grantor_id for row in rows) | {party}, root.right_of_operation,
    )  # fmt: skip


def above(grant: int) -> list[Grant]:
    """The grant with all that it stands on, the root first."""
    numbers: list[int] = []
    with connection.cursor() as cursor:
        cursor.execute(_ABOVE, [grant])
        numbers = [pk for (pk,) in cursor.fetchall()]
    return list(Grant.objects.filter(pk__in=numbers).order_by("pk"))


_ABOVE = """
with recursive up as (
  select id, parent_id from registry_grant where id = %s
  union all select g.id, g.parent_id from registry_grant g join up on g.id = up.parent_id)
select id from up
"""


def met(grantor: int, grantee: int, resource: int, asked: Extent, *, but: int | None) -> tuple[Words, ...]:
    """The grants of the same hand that it would meet where one of the two is exclusive. One to the same grantee is no other."""
    rows = Grant.objects.filter(grantor=grantor, resource=resource, state__in=LIVE).exclude(grantee=grantee)
    if but is not None:
        rows = rows.exclude(pk=but)
    if not asked.sole:
        rows = rows.filter(exclusive=True)
    return tuple(
        Words(f"{KINDS[row.kind].zh}第 {row.pk} 号（至 {row.until_date}）", f"{KINDS[row.kind].en} no. {row.pk} (until {row.until_date})")
        for row in rows.order_by("pk")
        if meet(asked, extent_of(row))
    )  # fmt: skip


def others_holding(resource: int, party: int) -> int:
    """How many others have a right in the same data registered."""
    return len({one.holder_id for one in ownership.rights(resource)} - {party})


def is_public(entry: catalogue.ResourceView, at: datetime) -> bool:
    if entry.kind != "enterprise" or authorisation.in_scope(entry.id):
        return True
    return entry.id in publicdata.standing([entry.id], at=at)


def personal(entry: catalogue.ResourceView) -> str:
    """As it is graded; ungraded, as the catalogue says."""
    graded = grading.in_force(entry.id)
    if graded is not None:
        return graded.personal
    return "general" if entry.personal else "none"


def strange(entry: catalogue.ResourceView | None, names: Iterable[str]) -> tuple[str, ...]:
    known = {one.name for one in entry.elements} if entry is not None else set()
    return tuple(name for name in names if name not in known) if entry is not None else ()


def usable(rows: Sequence[Grant], at: datetime) -> bool:
    """Whether every grant of a chain may be used at that moment."""
    return bool(rows) and all(row.state in USABLE and row.starts_at <= at < row.ends_at for row in rows)

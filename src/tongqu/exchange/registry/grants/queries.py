"""Grants as others read them: frozen answers, the chain above one, and what stands below it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import catalogue, ownership
from tongqu.exchange.registry.grants import chain
from tongqu.exchange.registry.grants.models import LIVE, USABLE, Grant
from tongqu.exchange.registry.grants.scope import Extent

MOST = 2_000


@dataclass(frozen=True)
class GrantView:
    """A grant as other modules see it. `registration_id` and `resource_id` are those at its root."""

    id: int
    state: str
    kind: str
    grantor_id: int
    grantee_id: int
    resource_id: int
    registration_id: int | None
    parent_id: int | None
    level: int
    extent: Extent
    starts_at: datetime
    ends_at: datetime
    until_date: date
    effective_at: datetime | None
    reminded_at: datetime | None

    @property
    def words(self) -> Words:
        named = chain.KINDS[self.kind]
        return Words(f"{named.zh}第 {self.id} 号", f"{named.en} no. {self.id}")

    def usable_at(self, at: datetime) -> bool:
        """Whether it counts at that moment; whether what it stands on still does is another question (`stands`)."""
        return self.state in USABLE and self.starts_at <= at < self.ends_at


def _view(row: Grant) -> GrantView:
    return GrantView(
        row.pk, row.state, row.kind, row.grantor_id, row.grantee_id, row.resource_id, row.registration_id, row.parent_id, row.level,
        chain.extent_of(row), row.starts_at, row.ends_at, row.until_date, row.effective_at, row.reminded_at,
    )  # fmt: skip


def grant(grant_id: int) -> GrantView:
    """Raises Unknown."""
    row = Grant.objects.filter(pk=grant_id).first()
    if row is None:
        raise Unknown(f"grant {grant_id}")
    return _view(row)


def chain_above(grant_id: int) -> tuple[GrantView, ...]:
    """The grant with those it stands on, the root first."""
    return tuple(_view(row) for row in chain.above(grant_id))


def stands(grant_id: int, at: datetime) -> bool:
    """Whether one may rely on it: the grant, every one above it, and the right or entry at the root."""
    rows = chain.above(grant_id)
    if not chain.usable(rows, at):
        return False
    top = rows[0]
    if top.registration_id is not None:
        right = ownership.right(top.registration_id)
        return right.valid_at(at) and "operation" in right.rights and right.holder_id == top.grantor_id
    entry = catalogue.resource(top.resource_id)
    return entry.state == "catalogued" and entry.holder_id == top.grantor_id


def received(party: int, *, at: datetime) -> tuple[GrantView, ...]:
    """The grants that a party has now, the newest first."""
    rows = Grant.objects.filter(grantee=party, state__in=USABLE, starts_at__lte=at, ends_at__gt=at).order_by("-pk")[
        :MOST
    ]
    return tuple(_view(row) for row in rows)


def offerable(party: int, *, at: datetime) -> tuple[tuple[str, str], ...]:
    """What a party may name as the ground of a grant: registered rights with operation, own entries, grants to be passed on."""
    rights = [one for one in ownership.rights_of(party) if "operation" in one.rights and one.valid_at(at)]
    entries = [one for one in catalogue.resources_of(party) if one.state == "catalogued" and one.kind == "enterprise"]
    passed = [one for one in received(party, at=at) if one.state == "in_force" and (one.extent.depth or 0) > 0]
    return (
        *((f"right:{one.registration_id}", f"产权登记 · {one.name}（{one.code}）") for one in rights[:MOST]),
        *((f"resource:{one.id}", f"目录资源 · {one.name}（{one.code}）") for one in entries[:MOST]),
        *((f"grant:{one.id}", f"{one.words.zh} · 可再授权 {one.extent.depth} 层") for one in passed[:MOST]),
    )  # fmt: skip


def hanging_on(kind: str, number: int) -> list[int]:
    """The live grants that stand directly on a right, an own entry or a grant, and those that fell with it."""
    columns: dict[str, dict[str, Any]] = {
        "right": {"registration": number},
        "resource": {"resource": number, "parent": None, "registration": None},
        "grant": {"parent": number},
    }
    if kind not in columns:
        return []
    return list(
        Grant.objects.filter(state__in=(*LIVE, "fallen"), **columns[kind]).order_by("pk").values_list("pk", flat=True)
    )

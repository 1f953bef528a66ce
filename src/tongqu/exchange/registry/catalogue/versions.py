"""Versions of a catalogued resource's metadata: kept at each update that changes something, told field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock.procedures import Actor
from tongqu.exchange.registry.catalogue.models import Resource, ResourceVersion

FIELDS = (
    "name", "kind", "personal", "class_names", "abstract", "format", "sharing", "sharing_condition", "sharing_mode", "opening",
    "opening_condition", "cycle", "related",
)  # fmt: skip

PAGE_SIZE, PAGE_SIZE_MAX = 20, 100


@dataclass(frozen=True)
class Change:
    """What became of a field, or of an item: `item` names it, with None before for a new one and after for one gone."""

    field: str
    before: Any
    after: Any
    item: str = ""


@dataclass(frozen=True)
class VersionView:
    """A version: when, by whom, what was changed against the one before, and the whole as it stood."""

    number: int
    at: datetime
    party: int | None
    person: int | None
    changes: tuple[Change, ...]
    content: Mapping[str, Any]


def keep(resource: Resource, by: Actor, at: datetime) -> int:
    """The next version, unless nothing has changed. The resource is locked by the act, so numbers have no gap."""
    content = {name: getattr(resource, name) for name in FIELDS} | {"items": resource.items}
    last = ResourceVersion.objects.filter(resource=resource.pk).order_by("-number").first()
    if last is not None and last.content == content:
        return int(last.number)
    number = last.number + 1 if last else 1
    ResourceVersion.objects.create(
        resource_id=resource.pk, number=number, at=at, party=by.party, person=by.person, content=content
    )
    return number


@dataclass(frozen=True)
class Versions:
    """The versions of a resource: `total` is the number of the newest, as they count from 1 without a gap; 0 before the first."""

    resource_id: int
    total: int

    def page(self, *, first: int = 0, size: int = PAGE_SIZE) -> tuple[VersionView, ...]:
        """The newest first, from the `first` on, so many: no more are read than these and the one before them."""
        size = max(1, min(size, PAGE_SIZE_MAX))
        rows = ResourceVersion.objects.filter(resource=self.resource_id).order_by("-number")
        found = list(rows[first : first + size + 1])
        before: list[Mapping[str, Any]] = [*[row.content for row in found[1:]], {}]
        told = [
            VersionView(row.number, row.at, row.party, row.person, changes(old, row.content), row.content)
            for row, old in zip(found, before, strict=True)
        ]
        return tuple(told[:size])

    def numbered(self, number: int) -> VersionView | None:
        """One version as it stood. None where there is none of this number."""
        found = self.page(first=self.total - number, size=1) if 0 < number <= self.total else ()
        return found[0] if found else None


def versions_of(resource_id: int) -> Versions:
    newest = ResourceVersion.objects.filter(resource=resource_id).order_by("-number").values_list("number", flat=True)
    return Versions(resource_id, newest.first() or 0)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """What differs between two versions; nothing for the first, which has none before it."""
    if not before:
        return ()
    found = [Change(name, before.get(name), after.get(name)) for name in FIELDS if before.get(name) != after.get(name)]
    old, new = ({one["name"]: one for one in version["items"]} for version in (before, after))
    for item in [*old, *[name for name in new if name not in old]]:
        was, now = old.get(item), new.get(item)
        if was is None or now is None:
            found.append(Change("items", was and was["type"], now and now["type"], item))
        else:
            found += [
                Change(f"items.{part}", was.get(part, ""), now.get(part, ""), item)
                for part in ("type", "note")
                if was.get(part, "") != now.get(part, "")
            ]
    if list(old) != list(new) and set(old) == set(new):
        found.append(Change("items", list(old), list(new)))
    return tuple(found)

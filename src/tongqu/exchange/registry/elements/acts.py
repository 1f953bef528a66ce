"""The steps of a standard and of an item's link to it."""

from __future__ import annotations

from typing import Any

from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown, local_day
from tongqu.exchange.bedrock.rows import find
from tongqu.exchange.members import parties
from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.elements import authorities
from tongqu.exchange.registry.elements.inputs import ClaimOf, Role, Standard
from tongqu.exchange.registry.elements.models import Claim, Conflict, Element
from tongqu.exchange.registry.elements.rules import ClaimSeen, StandardSeen
from tongqu.exchange.registry.elements.territories import lies_in

PUBLIC = {"government", "public_institution"}


# The standard.


def seen_standard(matter: Matter) -> StandardSeen:
    asked: Standard = matter.inputs
    authorities.lock(asked.identifier)
    others = Element.objects.filter(identifier=asked.identifier).exclude(pk=matter.subject.pk)
    before = others.exclude(state__in=["rejected", "retracted"]).order_by("-version").first()
    matter.known = others.order_by("-version").first(), others.order_by("version").first()
    return StandardSeen(
        under_way=others.filter(state__in=["proposed", "adopted"]).exists(),
        scope_changed=before is not None and before.scope != asked.scope.value,
        says_its_values=bool(asked.length_max or asked.format or asked.codes or asked.domain),
    )


def propose(matter: Matter) -> Done:
    """A version one more than the last of this identifier."""
    row: Element = matter.subject
    last, first = matter.known
    row.identifier, row.proposer_id = matter.inputs.identifier, int(matter.by.party or 0)
    row.version, row.root = (last.version + 1, first.pk) if last else (1, 0)
    _fill(row, matter.inputs)
    return Done({"identifier": row.identifier, "version": row.version})


def amend(matter: Matter) -> Done:
    """Changes what was proposed, not which element it is."""
    _fill(matter.subject, matter.inputs)
    return Done({"identifier": matter.subject.identifier, "version": matter.subject.version})


def seen_amended(matter: Matter) -> StandardSeen:
    asked: Standard = matter.inputs
    row: Element = matter.subject
    before = Element.objects.filter(identifier=row.identifier, state="in_force").first()
    return StandardSeen(
        scope_changed=before is not None and before.scope != asked.scope.value,
        says_its_values=bool(asked.length_max or asked.format or asked.codes or asked.domain),
    )


def _fill(row: Element, asked: Standard) -> None:
    for name in ("name", "aliases", "definition", "length_max", "format", "domain", "standard"):
        setattr(row, name, getattr(asked, name))
    row.type, row.scope = asked.type.value, asked.scope.value
    row.codes = [one.plain() for one in asked.codes]


def adopt(matter: Matter) -> Done:
    """Whoever adopts it answers for it from now on."""
    matter.subject.steward_id = int(matter.by.party or 0)
    return _named(matter)


def take_effect(matter: Matter) -> Done:
    matter.subject.in_force_at = matter.at
    return _named(matter)


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return _named(matter)


def _named(matter: Matter) -> Done:
    return Done({"identifier": matter.subject.identifier, "version": matter.subject.version})


# The link of an item.


def seen_claim(matter: Matter) -> ClaimSeen:
    """What stands at this moment: claims on one element wait for each other here."""
    asked: ClaimOf = matter.inputs
    element, today = find(Element, id=asked.element), local_day(matter.at)
    if element is not None:
        authorities.lock(element.identifier)
    holder = parties.organisation(int(matter.by.party or 0))
    entry = _resource(asked.resource)
    there: list[Any] = []
    if element is not None and asked.role is Role.SOURCE:
        there = authorities.standing(element, [asked.region])
    owners = {one.claim_id: one.claim for one in there}
    matter.known = element, next(iter(owners.values()), None)
    earlier = divisions.ever(asked.region)
    return ClaimSeen(
        source=asked.role is Role.SOURCE,
        resource_own=entry is not None and entry.holder_id == holder.id,
        resource_catalogued=entry is not None and entry.state == "catalogued",
        public_data=entry is not None and entry.kind in PUBLIC,
        item_there=entry is not None and any(one.name == asked.item for one in entry.elements),
        item_linked=Claim.objects.filter(resource_id=asked.resource, item=asked.item, state="standing").exists(),
        element_in_force=element is not None and element.state == "in_force",
        region_stands=not asked.region or divisions.division(asked.region, on=today) is not None,
        region_was=earlier[-1].name if earlier else "",
        within_own_division=not asked.region or lies_in(asked.region, _home(holder.region, today)),
        own_source_there=any(one.holder_id == holder.id for one in owners.values()),
        sources_there=len(owners),
        case_open=Claim.objects.filter(challenges__in=owners, state="standing", settled_at=None).exists()
        or Conflict.objects.filter(incumbent_claim__in=owners, state__in=["opened", "heard"]).exists()
        or Conflict.objects.filter(challenger_claim__in=owners, state__in=["decided", "reviewing"]).exists()
        or Conflict.objects.filter(incumbent_claim__in=owners, state__in=["decided", "reviewing"]).exists(),
    )


def _home(region: str, today: Any) -> str:
    here = divisions.standing(region, on=today)
    return here.code if here else region


def _resource(number: int) -> catalogue.ResourceView | None:
    try:
        return catalogue.resource(number)
    except Unknown:
        return None


def claim(matter: Matter) -> Done:
    """The source at once where the place is free; a challenge where another is the source already; a user otherwise."""
    row: Claim = matter.subject
    asked: ClaimOf = matter.inputs
    element, incumbent = matter.known
    row.element_id, row.identifier, row.resource_id = element.pk, element.identifier, asked.resource
    row.item, row.role, row.region, row.ground = asked.item, asked.role.value, asked.region, asked.ground
    row.holder_id = int(matter.by.party or 0)
    data: dict[str, Any] = {"identifier": row.identifier, "version": element.version}
    if asked.role is Role.SOURCE and incumbent is None:
        authorities.open_at(element, row.pk, [row.region], ground="first", at=matter.at)
        data["source"] = row.region
    elif asked.role is Role.SOURCE:
        row.challenges_id = incumbent.pk
        data["challenges"] = incumbent.pk
    return Done(data)


def cite_anew(matter: Matter) -> Done:
    """The link follows the element to its version in force."""
    row: Claim = matter.subject
    now = Element.objects.filter(identifier=row.identifier, state="in_force").first()
    if now is not None:
        row.element_id = now.pk
    return Done({"identifier": row.identifier, "version": row.element.version if now is None else now.version})


def end(matter: Matter) -> Done:
    """The link goes, and with it whatever the item was the source of."""
    row: Claim = matter.subject
    authorities.lock(row.identifier)
    row.reason = matter.inputs.reason
    row.settled_at = row.settled_at or (matter.at if row.challenges_id else None)
    return Done({"identifier": row.identifier, "vacated": authorities.close_of(row.pk, matter.at)})

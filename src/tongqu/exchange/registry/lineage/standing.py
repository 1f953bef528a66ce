"""Whether a ground stands at a moment, whose it is, and what it gives: asked of the register that keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import authorisation, catalogue, grants, ownership, publicdata, releases
from tongqu.exchange.registry.lineage.grounds import KINDS, Ground


@dataclass(frozen=True)
class Standing:
    """`source` is the resource that the ground is about; None for a ground that is unknown."""

    ground: Ground
    words: Words
    source: int | None = None
    holder: int | None = None
    stands: bool = False
    gives_use: bool = False
    lets_derive: bool = True


def look(ground: Ground, at: datetime) -> Standing:
    """Asks the register of its kind. What is unknown does not stand."""
    try:
        return _LOOKS[ground.kind](ground, at)
    except Unknown:
        named = KINDS[ground.kind]
        return Standing(ground, Words(f"{named.zh} {ground.number}", f"{named.en} {ground.number}"))


def _called(kind: str, name: str) -> Words:
    return Words(f"{KINDS[kind].zh}“{name}”", f"{KINDS[kind].en} “{name}”")


def _resource(ground: Ground, at: datetime) -> Standing:
    entry = catalogue.resource(ground.number)
    stands = entry.state == "catalogued"
    return Standing(ground, _called("resource", entry.name), entry.id, entry.holder_id, stands, stands)


def _open(ground: Ground, at: datetime) -> Standing:
    """Anybody may use what was lawfully opened, while a version of it is given out."""
    entry = catalogue.resource(ground.number)
    versions = releases.versions([entry.id]).get(entry.id, ())
    stands = any(not one.withdrawn for one in versions)
    return Standing(ground, _called("open", entry.name), entry.id, None, stands, stands)


def _right(ground: Ground, at: datetime) -> Standing:
    right = ownership.right(ground.number)
    return Standing(
        ground, _called("right", right.code or right.name), right.resource_id, right.holder_id, right.valid_at(at), "use" in right.rights
    )  # fmt: skip


def _grant(ground: Ground, at: datetime) -> Standing:
    one = grants.grant(ground.number)
    return Standing(
        ground, one.words, one.resource_id, one.grantee_id, grants.stands(one.id, at), True, one.extent.derives
    )


def _public(ground: Ground, at: datetime) -> Standing:
    one = publicdata.record(ground.number)
    return Standing(
        ground, _called("public", one.code or one.name), one.resource_id, one.holder_id, one.valid_at(at), True
    )


def _agreement(ground: Ground, at: datetime) -> Standing:
    one = authorisation.operation(ground.number)
    covers = ground.source in one.resources and _catalogued(ground.source)
    stands = one.state == "in_force" and covers
    return Standing(
        ground, _called("agreement", one.name), ground.source if covers else None, one.operator_id, stands, True
    )


def _catalogued(resource: int | None) -> bool:
    return resource is not None and catalogue.resource(resource).state == "catalogued"


_LOOKS = {
    "resource": _resource, "open": _open, "right": _right, "grant": _grant, "public": _public, "agreement": _agreement,
}  # fmt: skip


def offerable(party: int, *, at: datetime) -> tuple[tuple[str, str], ...]:
    """What a party may name: its entries, rights, grants and registrations, and what it operates, resource by resource."""
    entries = [one for one in catalogue.resources_of(party) if one.state == "catalogued"]
    rights = [one for one in ownership.rights_of(party) if "use" in one.rights and one.valid_at(at)]
    granted = [one for one in grants.received(party, at=at) if one.extent.derives]
    records = [one for one in publicdata.registrations_of(party) if one.what == "resource" and one.valid_at(at)]
    agreement = authorisation.operated_by(party)
    operated = authorisation.operation(agreement) if agreement is not None else None
    covered = catalogue.in_force(operated.resources) if operated is not None else []
    return (
        *((f"grant:{one.id}", f"{one.words.zh} · {catalogue.resource(one.resource_id).name}") for one in granted),
        *(
            (f"agreement:{agreement}:{one.id}", f"{KINDS['agreement'].zh} · {one.name}（{one.code}）")
            for one in covered
        ),
        *((f"resource:{one.id}", f"{KINDS['resource'].zh} · {one.name}（{one.code}）") for one in entries),
        *((f"right:{one.registration_id}", f"{KINDS['right'].zh} · {one.name}（{one.code}）") for one in rights),
        *((f"public:{one.id}", f"{KINDS['public'].zh} · {one.name}（{one.code}）") for one in records),
    )

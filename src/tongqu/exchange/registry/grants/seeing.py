"""Gathers from a matter the plain picture that the rules judge."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Matter, local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.registry.grants import chain, rules, scope
from tongqu.exchange.registry.grants.inputs import Offer, Pair
from tongqu.exchange.registry.grants.models import Grant, GrantPair
from tongqu.exchange.registry.grants.scope import Extent


def offer(matter: Matter) -> rules.Seen:
    asked: Offer = matter.inputs
    grantor = int(matter.by.party or 0)
    stands = chain.read(asked.ground, grantor, matter.at)
    matter.known = stands
    extent = Extent(
        frozenset(asked.fields) or None, frozenset(one.value for one in asked.purposes), frozenset(asked.regions) or None,
        asked.starts_date, asked.until_date, asked.depth, asked.derives, asked.exclusive,
    )  # fmt: skip
    return picture(stands, grantor, asked.grantee, asked.kind.value, extent, matter.at)


def acceptance(matter: Matter) -> rules.Seen:
    """Everything again at the moment of acceptance: what it stands on may have changed since it was offered."""
    row: Grant = matter.subject
    chain.alone(row.resource_id)
    stands = chain.read(chain.ground_of(row), row.grantor_id, matter.at)
    return picture(stands, row.grantor_id, row.grantee_id, row.kind, chain.extent_of(row), matter.at, but=row.pk)


def picture(
    stands: chain.Chain, grantor: int, grantee: int, kind: str, asked: Extent, at: datetime, but: int | None = None
) -> rules.Seen:
    entry, on = stands.resource, local_day(at)
    other = parties.organisations([grantee]).get(grantee)
    codes = sorted(asked.regions or ())
    return rules.Seen(
        on=on,
        kind=kind,
        asked=asked,
        chain=stands.links,
        right_of_operation=stands.right_of_operation,
        same_party=grantor == grantee,
        grantee_admitted=other is not None and other.admitted,
        resource_ready=entry is None or entry.state == "catalogued",
        strange=chain.strange(entry, sorted(asked.fields or ())),
        regions_unknown=tuple(code for code in codes if parties.divisions.division(code, on=on) is None),
        circular=grantee in stands.upstream - {grantor},
        met=(*chain.met(grantor, grantee, entry.id, asked, but=but), *_agreed(grantor, grantee, entry.id, asked))
        if entry is not None
        else (),
        others_hold=chain.others_holding(entry.id, grantor) if entry is not None and asked.sole else 0,
        public_data=entry is not None and chain.is_public(entry, at),
        personal=chain.personal(entry) if entry is not None else "none",
    )


def _agreed(grantor: int, grantee: int, resource: int, asked: Extent) -> tuple[Words, ...]:
    """Two-way grants that were agreed to a moment ago and are not entered yet: they count as grants already."""
    if not asked.sole:
        return ()
    rows = GrantPair.objects.filter(Q(proposer=grantor) | Q(other=grantor), state="agreed").exclude(
        pk__in=Grant.objects.filter(pair__isnull=False).values("pair")
    )
    found = []
    for row in rows.order_by("pk"):
        told = Pair(**row.form)
        gives = row.proposer_id == grantor
        to, ground = (row.other_id, told.gives_ground) if gives else (row.proposer_id, told.takes_ground)
        stands = chain.read(ground, grantor, row.agreed_at or row.changed_at).resource
        if (
            to != grantee
            and stands is not None
            and stands.id == resource
            and scope.meet(asked, extent_for(told, "gives" if gives else "receives"))
        ):
            found.append(
                Words(
                    f"双向授权第 {row.pk} 号（至 {told.until_date}）",
                    f"two-way grant no. {row.pk} (until {told.until_date})",
                )
            )
    return tuple(found)


def notice(matter: Matter) -> rules.NoticeSeen:
    asked: Any = matter.inputs
    return rules.NoticeSeen(
        agreed=matter.subject.revocation,
        ground=asked.ground.value if hasattr(asked, "ground") else "law",
        papers_unknown=unknown(asked.paper, matter.by.party),
    )


def unknown(paper: str | None, party: int | None) -> tuple[str, ...]:
    return () if paper is None or papers.paper_of(paper, party) is not None else (paper[:8],)


# Both ways at once.


def pair(matter: Matter) -> rules.PairSeen:
    asked: Pair = matter.inputs
    matter.known = tuple(
        found.name if found is not None else ""
        for found in (
            chain.read(asked.gives_ground, int(matter.by.party or 0), matter.at).resource,
            chain.read(asked.takes_ground, asked.other, matter.at).resource,
        )
    )
    return _pair(asked, int(matter.by.party or 0), asked.other, matter.at)


def direction(matter: Matter) -> rules.Seen:
    """One direction at the moment of its entry: what it stands on may have ended since both agreed."""
    row = GrantPair.objects.get(pk=matter.inputs.pair)
    told, side = Pair(**row.form), matter.inputs.side
    ground, kind, grantor, grantee = (
        (told.gives_ground, told.gives_kind, row.proposer_id, row.other_id)
        if side == "gives"
        else (told.takes_ground, told.takes_kind, row.other_id, row.proposer_id)
    )
    return picture(
        chain.read(ground, grantor, matter.at), grantor, grantee, kind.value, extent_for(told, side), matter.at
    )


def pair_again(matter: Matter) -> rules.PairSeen:
    """At the moment of agreement both directions are judged again, each data set for this act alone."""
    row: GrantPair = matter.subject
    asked = Pair(**row.form)
    numbers = {
        _resource(asked.gives_ground, row.proposer_id, matter.at),
        _resource(asked.takes_ground, row.other_id, matter.at),
    }
    for number in sorted(numbers - {0}):
        chain.alone(number)
    return _pair(asked, row.proposer_id, row.other_id, matter.at)


def _resource(ground: str, party: int, at: datetime) -> int:
    found = chain.read(ground, party, at).resource
    return found.id if found is not None else 0


def extent_for(asked: Pair, side: str) -> Extent:
    """How far one direction reaches: `gives` is what the proposer grants. Neither is exclusive: that is what fair means here."""
    fields = asked.gives_fields if side == "gives" else asked.takes_fields
    depth = asked.gives_depth if side == "gives" else asked.takes_depth
    derives = asked.gives_derives if side == "gives" else asked.takes_derives
    return Extent(
        frozenset(fields) or None, frozenset(one.value for one in asked.purposes), frozenset(asked.regions) or None,
        asked.starts_date, asked.until_date, depth, derives, False,
    )  # fmt: skip


def _pair(asked: Pair, proposer: int, other: int, at: datetime) -> rules.PairSeen:
    mine, its = chain.read(asked.gives_ground, proposer, at), chain.read(asked.takes_ground, other, at)
    gives = rules.Direction(
        Words("提出方授出", "What the proposer gives"), asked.gives_kind.value, asked.gives_derives, asked.gives_depth,
        asked.gives_fee_fen, picture(mine, proposer, other, asked.gives_kind.value, extent_for(asked, "gives"), at),
    )  # fmt: skip
    takes = rules.Direction(
        Words("对方授出", "What the other side gives"), asked.takes_kind.value, asked.takes_derives, asked.takes_depth,
        asked.takes_fee_fen, picture(its, other, proposer, asked.takes_kind.value, extent_for(asked, "receives"), at),
    )  # fmt: skip
    same = mine.resource is not None and its.resource is not None and mine.resource.id == its.resource.id
    large, small = (gives, takes) if asked.small_is_other else (takes, gives)
    return rules.PairSeen(by_large=large, by_small=small, same_data=same)

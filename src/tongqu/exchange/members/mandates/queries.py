"""For whom a person may act, as what, until when; and who has which mandate or key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet

from tongqu.exchange.bedrock.procedures import Actor, Matter, Shut
from tongqu.exchange.bedrock.values import Period, Words
from tongqu.exchange.members.mandates import rules
from tongqu.exchange.members.mandates.models import ApiKey, Mandate

GONE = ("refused", "left")


class NoMandate(Shut):
    """The person may not act for that organisation at that moment. An administrator of it can grant a mandate."""

    code = "no-mandate"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            Words("您没有代表该单位的有效授权", "You have no mandate in force for this organisation"),
            Words(
                "请由该单位管理员授权，或换一个单位。",
                "Ask its administrator for a mandate, or act for another organisation.",
            ),
        )


@dataclass(frozen=True)
class Acting:
    """One organisation that a person may act for. `roles` are usable now; `organisation_state` says why not more."""

    mandate: int
    organisation: int
    name: str
    short_name: str
    organisation_state: str
    roles: frozenset[str]
    period: Period


@dataclass(frozen=True)
class MandateView:
    """A mandate as people read it. `usable_roles` are those the organisation has today."""

    id: int
    state: str
    organisation: int
    person: int
    person_name: str
    roles: tuple[str, ...]
    usable_roles: frozenset[str]
    since_at: datetime
    until_at: datetime


@dataclass(frozen=True)
class KeyView:
    """An API key as people read it; the secret is not here and nowhere else."""

    id: int
    state: str
    organisation: int
    person: int
    name: str
    prefix: str
    roles: tuple[str, ...]
    until_at: datetime
    last_used_at: datetime | None


def usable(mandate_roles: list[str], organisation_roles: list[str], organisation_state: str) -> frozenset[str]:
    """A mandate's roles that count now: an organisation not admitted, or suspended, can only administer itself."""
    own = {"administrator"} & set(mandate_roles)
    if organisation_state != "admitted":
        return frozenset(own)
    return frozenset(own | (set(mandate_roles) & set(organisation_roles)))


def dormant(mandate_roles: list[str], organisation_roles: list[str], organisation_state: str) -> frozenset[str]:
    """A mandate's roles that a suspension of the organisation has put to sleep."""
    return frozenset(set(mandate_roles) & set(organisation_roles)) if organisation_state == "suspended" else frozenset()


def _in_force(at: datetime) -> QuerySet[Mandate]:
    return (
        Mandate.objects.filter(state="in_force", since_at__lte=at, until_at__gt=at, person__is_active=True)
        .exclude(organisation__state__in=GONE)
        .select_related("organisation", "person")
    )


def actor_for(
    person_id: int, organisation_id: int, *, at: datetime, second_factor: bool = False, via: str = "page"
) -> Actor:
    """Who the person is when acting for the organisation. Raises NoMandate. One statement.

    The mandate's period goes along, so an actor that was kept too long is refused at the door all the same.
    """
    mandate = _in_force(at).filter(person_id=person_id, organisation_id=organisation_id).first()
    if mandate is None:
        raise NoMandate
    organisation: Any = mandate.organisation
    return Actor(
        person=person_id,
        party=organisation_id,
        roles=usable(mandate.roles, organisation.roles, organisation.state),
        dormant=dormant(mandate.roles, organisation.roles, organisation.state),
        mandate=Period(mandate.since_at, mandate.until_at),
        mandate_id=mandate.pk,
        second_factor=second_factor,
        via=via,
        names={"person": mandate.person.get_full_name(), "party": organisation.short_name},
    )


def acting(person_id: int, at: datetime) -> tuple[Acting, ...]:
    """Every organisation that the person may act for, by short name. One statement."""
    return tuple(
        Acting(
            mandate=m.pk,
            organisation=m.organisation_id,
            name=m.organisation.name,
            short_name=m.organisation.short_name,
            organisation_state=m.organisation.state,
            roles=usable(m.roles, m.organisation.roles, m.organisation.state),
            period=Period(m.since_at, m.until_at),
        )
        for m in _in_force(at).filter(person_id=person_id).order_by("organisation__short_name", "organisation_id")
    )


def mandates_of(organisation_id: int, *, limit: int = 500) -> tuple[MandateView, ...]:
    """The mandates of an organisation, those in force first."""
    rows = Mandate.objects.filter(organisation_id=organisation_id).select_related("organisation", "person")
    return tuple(
        MandateView(
            id=m.pk, state=m.state, organisation=m.organisation_id, person=m.person_id,
            person_name=m.person.get_full_name(), roles=tuple(m.roles),
            usable_roles=usable(m.roles, m.organisation.roles, m.organisation.state),
            since_at=m.since_at, until_at=m.until_at,
        )
        for m in rows.order_by("state", "-since_at", "pk")[:limit]
    )  # fmt: skip


def keys_of(organisation_id: int, *, person_id: int | None = None, limit: int = 500) -> tuple[KeyView, ...]:
    """The API keys of an organisation, or of one person there, the newest first."""
    rows = ApiKey.objects.filter(organisation_id=organisation_id)
    if person_id is not None:
        rows = rows.filter(person_id=person_id)
    return tuple(
        KeyView(
            id=k.pk, state=k.state, organisation=k.organisation_id, person=k.person_id, name=k.name, prefix=k.prefix,
            roles=tuple(k.roles), until_at=k.until_at, last_used_at=k.last_used_at,
        )
        for k in rows.order_by("-begun_at", "-pk")[:limit]
    )  # fmt: skip


# What the rules are shown.


def _administrators(organisation_id: int, at: datetime, *, besides: int) -> int:
    found = Mandate.objects.filter(
        Q(until_at__gt=at), state="in_force", organisation_id=organisation_id, roles__contains=["administrator"],
        person__is_active=True,
    )  # fmt: skip
    return found.exclude(person_id=besides).count()


def _person_known(person_id: int) -> bool:
    return apps.get_model("members.Person")._default_manager.filter(pk=person_id, is_active=True).exists()


def organisation_meant(matter: Matter) -> int:
    """The organisation a new mandate is for: the one named, otherwise the actor's own; 0 when there is neither."""
    return int(matter.inputs.organisation or matter.by.party or 0)


def grant_seen(matter: Matter) -> rules.Grant:
    """A new mandate. The organisation's row is locked, so that two grants for one person wait for each other."""
    asked, by = matter.inputs, matter.by
    organisation_id = organisation_meant(matter)
    organisation: Any = (
        apps.get_model("members.Organisation")
        ._default_manager.select_for_update(no_key=True)
        .filter(pk=organisation_id)
        .first()
    )
    return rules.Grant(
        at=matter.at,
        since_at=asked.since_at or matter.at,
        until_at=asked.until_at,
        roles=frozenset(role.value for role in asked.roles),
        organisation_known=organisation is not None,
        organisation_open=organisation is None or organisation.state not in GONE,
        own_organisation=by.party == organisation_id,
        by_exchange="exchange_administrator" in by.roles,
        by_house=by.kind == "clock",
        person_known=_person_known(asked.person),
        mandate_in_force=Mandate.objects.filter(
            person_id=asked.person, organisation_id=organisation_id, state="in_force"
        ).exists(),
        organisation_roles=frozenset(organisation.roles if organisation else ()),
    )


def _change_seen(matter: Matter, roles: frozenset[str], until_at: datetime) -> rules.Grant:
    mandate: Mandate = matter.subject
    organisation: Any = (
        apps.get_model("members.Organisation")
        ._default_manager.select_for_update(no_key=True)
        .get(pk=mandate.organisation_id)
    )
    return rules.Grant(
        at=matter.at,
        since_at=mandate.since_at,
        until_at=until_at,
        roles=roles,
        organisation_open=organisation.state not in GONE,
        own_organisation=matter.by.party == mandate.organisation_id,
        by_exchange="exchange_administrator" in matter.by.roles,
        organisation_roles=frozenset(organisation.roles),
        other_administrators=_administrators(mandate.organisation_id, matter.at, besides=mandate.person_id),
        was_administrator="administrator" in mandate.roles,
    )


def amendment_seen(matter: Matter) -> rules.Grant:
    return _change_seen(matter, frozenset(role.value for role in matter.inputs.roles), matter.inputs.until_at)


def revocation_seen(matter: Matter) -> rules.Grant:
    return _change_seen(matter, frozenset(), matter.subject.until_at)


def key_seen(matter: Matter) -> rules.Key:
    return rules.Key(
        at=matter.at,
        until_at=matter.inputs.until_at,
        acts_for_party=matter.by.party is not None,
        mandate_until_at=matter.by.mandate.until if matter.by.mandate else None,
        roles=frozenset(role.value for role in matter.inputs.roles),
        own_roles=matter.by.roles,
        through_a_key=matter.by.via == "key",
    )


def key_end_seen(matter: Matter) -> rules.KeyEnd:
    return rules.KeyEnd(
        own=matter.subject.person_id == matter.by.person,
        by_administrator="administrator" in matter.by.roles or "exchange_administrator" in matter.by.roles,
    )


def names_of(person_ids: list[int]) -> Mapping[int, str]:
    """People's names by id, for timelines."""
    people = apps.get_model("members.Person")._default_manager.filter(pk__in=person_ids)
    return {person.pk: person.get_full_name() for person in people}

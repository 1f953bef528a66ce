"""Who may see a subject, what may be done with it now and by whom, and what waits for an actor. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet

from tongqu.exchange.bedrock.procedures.actors import Actor
from tongqu.exchange.bedrock.procedures.door import sits
from tongqu.exchange.bedrock.procedures.refusals import Unknown
from tongqu.exchange.bedrock.procedures.table import CLOCK, Act, Individual, Office, Procedure, Seat, all_procedures
from tongqu.exchange.bedrock.values import Words


@dataclass(frozen=True)
class Possible:
    """An act that the state allows now, and whether this actor may perform it."""

    act: Act
    words: Words
    leads_to: Words
    mine: bool
    who: tuple[Words, ...]


@dataclass(frozen=True)
class Waiting:
    """One line of a desk: a subject with an act open to the actor."""

    procedure: Procedure
    subject: Any
    acts: tuple[Act, ...]


def visible(table: Procedure, actor: Actor) -> QuerySet[Any]:
    """The subjects of a procedure that the actor may see: those with its party in a seat, or all to a seeing office; who acts for
    itself, those that name it."""
    subjects: QuerySet[Any] = apps.get_model(table.model)._default_manager.filter(**table.where)
    if actor.kind == "clock" or any(office.role in actor.roles for office in table.seen_by):
        return subjects
    if actor.party is None:
        if actor.person is None or not table.individuals:
            return subjects.none()
        own = [Q(**{one.field: actor.person}) for one in table.individuals]
        return subjects.filter(Q(*own, _connector=Q.OR))
    condition = Q(pk__in=[])
    for seat in table.seats:
        condition |= Q(**{seat.field: actor.party})
    also = getattr(subjects.model, "also_visible", None)
    return subjects.filter(condition | also(actor) if also else condition)


def see(table: Procedure, subject: int, actor: Actor) -> Any:
    """The subject. Raises Unknown when it does not exist or is not the actor's to see: the two are not told apart."""
    found = visible(table, actor).filter(pk=subject).first()
    if found is None:
        raise Unknown(f"{table.name} {subject}")
    return found


def possible(table: Procedure, subject: Any, actor: Actor) -> list[Possible]:
    """What the state allows, the actor's own acts first. Left out: what only the clock performs, and what is not for this
    subject."""
    found = [
        Possible(
            act=act,
            words=table.label(act.name),
            leads_to=table.label(act.lands(subject.state)),
            mine=actor.kind != "clock" and sits(act, subject, actor) and act.concerns(subject, actor),
            who=tuple(place.words for place in act.by if place is not CLOCK),
        )
        for act in table.acts_in(subject.state)
        if act.by != (CLOCK,) and act.fits(subject)
    ]
    return sorted(found, key=lambda p: not p.mine)


def waiting(actor: Actor, limit: int = 200) -> Iterator[Waiting]:
    """What waits for the actor, over every procedure: open subjects on which it may perform an act now."""
    for table in all_procedures():
        condition = _mine(table, actor)
        if condition is None:
            continue
        for subject in (
            visible(table, actor).filter(condition, state__in=table.open).order_by("changed_at", "pk")[:limit]
        ):
            acts = tuple(
                act
                for act in table.acts_in(subject.state)
                if sits(act, subject, actor) and act.concerns(subject, actor)
            )
            if acts:
                yield Waiting(table, subject, acts)


def bound(party: int) -> list[tuple[Procedure, int]]:
    """What the party is still bound by: for each procedure that binds, how many open subjects seat it."""
    found = []
    for table in all_procedures():
        if table.binds:
            seated = Q(*[(seat.field, party) for seat in table.seats if seat.bound], _connector=Q.OR)
            rows = apps.get_model(table.model)._default_manager.filter(seated, state__in=table.open, **table.where)
            if count := rows.count():
                found.append((table, count))
    return found


def _mine(table: Procedure, actor: Actor) -> Q | None:
    """Rows on which some act's seat or office could be the actor's; None when there can be none."""
    condition: Q | None = None
    for act in table.acts:
        for place in act.by:
            if isinstance(place, Seat):
                if actor.party is None or (place.roles and not place.roles & actor.counting(act.protects)):
                    continue
                part = Q(state__in=act.frm, **{place.field: actor.party})
            elif isinstance(place, Individual):
                if actor.party is not None or actor.person is None:
                    continue
                part = Q(state__in=act.frm, **{place.field: actor.person})
            elif isinstance(place, Office) and place.name in actor.roles:
                part = Q(state__in=act.frm)
            else:
                continue
            condition = part if condition is None else condition | part
    return condition

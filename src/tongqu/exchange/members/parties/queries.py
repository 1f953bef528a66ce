"""Organisations as others may see them: frozen answers, never rows. And the pictures that the rules judge."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from tongqu.exchange.bedrock import ledger
from tongqu.exchange.bedrock.procedures import Matter, Unknown, bound, local_day
from tongqu.exchange.bedrock.questions import Question, answers, query
from tongqu.exchange.bedrock.statements import Statement
from tongqu.exchange.members.parties import divisions, groups, rules
from tongqu.exchange.members.parties.inputs import Relation
from tongqu.exchange.members.parties.models import Control, Organisation, Person

GONE = ("refused", "left")
_COLUMNS = (
    "credit_code", "pk", "name", "short_name", "kind", "region", "state", "roles", "operates_exchange", "verified_at",
    "verify_by_at",
)  # fmt: skip
_BY_ID = """
select credit_code, id, name, short_name, kind, region, state, roles, operates_exchange, verified_at, verify_by_at,
       exists (select 1 from members_control where controller_code = credit_code or controlled_code = credit_code)
from members_organisation where id = any(%s) order by id
"""


@dataclass(frozen=True)
class OrganisationView:
    """An organisation. `roles` are those granted; `group_id` names its group of related parties, None when alone;
    `joined` holds the credit codes it is related with by control, its own included."""

    id: int
    name: str
    short_name: str
    kind: str
    credit_code: str
    region: str
    state: str
    roles: frozenset[str]
    group_id: str | None
    operates_exchange: bool
    verified_at: datetime | None
    verify_by_at: datetime | None
    joined: frozenset[str]

    def related_to(self, other: OrganisationView) -> bool:
        """Whether the two belong to one group of related parties, on the day for which they were read."""
        return other.credit_code in self.joined or self.credit_code in other.joined

    @property
    def admitted(self) -> bool:
        """Whether it takes part now: a suspended organisation does not."""
        return self.state == "admitted"

    def has(self, role: str) -> bool:
        return self.admitted and role in self.roles


@dataclass(frozen=True)
class ControlView:
    """One statement of control, in force on [since_date, until_date)."""

    id: int
    controller_code: str
    controller_name: str
    controlled_code: str
    basis: str
    share_basis_points: int | None
    since_date: date
    until_date: date | None


@dataclass(frozen=True)
class PersonView:
    id: int
    username: str
    full_name: str
    phone: str
    email: str
    active: bool


def _day(on: date | None) -> date:
    return on or local_day(timezone.now())


def _listed(rows: QuerySet[Organisation]) -> list[tuple[Any, ...]]:
    """The columns of a view, and whether any statement of control names the organisation."""
    named = Control.objects.filter(
        Q(controller_code=OuterRef("credit_code")) | Q(controlled_code=OuterRef("credit_code"))
    )
    return list(rows.values_list(*_COLUMNS, Exists(named)))


def _by_id(organisation_ids: Collection[int], on: date | None) -> Question[list[OrganisationView]]:
    """The same by id: nearly every act of the trade asks for its parties."""
    return Question(Statement(_BY_ID, [list(organisation_ids)]), lambda found: _views(found, on))


def _views(found: Sequence[tuple[Any, ...]], on: date | None) -> list[OrganisationView]:
    """Most organisations are in no group: the walk through the graph is spared them."""
    codes = [each[0] for each in found if each[-1]]
    joined = groups.reached(codes, on=_day(on)) if codes else {}
    return [_view(each, joined.get(each[0], frozenset([each[0]]))) for each in found]


def _view(columns: tuple[Any, ...], joined: frozenset[str]) -> OrganisationView:
    code, pk, name, short_name, kind, region, state, roles, operates, verified_at, verify_by_at, _ = columns
    return OrganisationView(
        id=pk, name=name, short_name=short_name, kind=kind, credit_code=code, region=region, state=state,
        roles=frozenset(roles), group_id=groups.group_name(code, joined), operates_exchange=operates,
        verified_at=verified_at, verify_by_at=verify_by_at, joined=joined,
    )  # fmt: skip


def organisation(organisation_id: int, *, on: date | None = None) -> OrganisationView:
    """One organisation. Raises Unknown. `on` is the day for which the group is told, today if not named."""
    for view in answers(_by_id([organisation_id], on))[0]:
        return view
    raise Unknown(f"organisation {organisation_id}")


def by_credit_code(code: str) -> OrganisationView | None:
    """The member or applicant that has the code; one that was refused or has left is not found."""
    return next(
        iter(_views(_listed(Organisation.objects.filter(credit_code=code).exclude(state__in=GONE)), None)), None
    )


@query
def organisations(
    organisation_ids: Collection[int], *, on: date | None = None
) -> Question[Mapping[int, OrganisationView]]:
    """Several by id, in two statements at most; ids that do not exist are missing from the answer."""
    return _by_id(organisation_ids, on).then(lambda found: {view.id: view for view in found})


def directory(
    *,
    role: str | None = None,
    region: str = "",
    text: str = "",
    state: str = "admitted",
    offset: int = 0,
    limit: int = 100,
) -> tuple[OrganisationView, ...]:
    """Organisations in a state by name. `region` is a prefix, for everything under it: 42, 4201, 420102."""
    rows = Organisation.objects.filter(state=state, region__startswith=region)
    if role is not None:
        rows = rows.filter(roles__contains=[role])
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(short_name__icontains=text) | Q(credit_code=text.upper()))
    return tuple(_views(_listed(rows.order_by("name", "pk")[offset : offset + min(limit, 1_000)]), None))


def operator() -> OrganisationView | None:
    """The organisation that operates the exchange; None before it is founded."""
    return next(
        iter(_views(_listed(Organisation.objects.filter(operates_exchange=True).exclude(state__in=GONE)), None)), None
    )


def related(a: int, b: int, *, on: date | None = None) -> bool:
    """Whether two organisations belong to one group of related parties on a day (today if not named)."""
    known = organisations({a, b}, on=on)
    return a == b or (len(known) == 2 and known[a].related_to(known[b]))


def controls_of(organisation_id: int) -> tuple[ControlView, ...]:
    """What was declared about an organisation, by itself or by others, the newest first."""
    code = Organisation.objects.filter(pk=organisation_id).values_list("credit_code", flat=True).first()
    rows = Control.objects.filter(Q(controller_code=code) | Q(controlled_code=code)).order_by("-since_date", "-pk")
    return tuple(
        ControlView(
            row.pk, row.controller_code, row.controller_name, row.controlled_code, row.basis, row.share_basis_points,
            row.since_date, row.until_date,
        )
        for row in rows[:500]
    )  # fmt: skip


def person(person_id: int) -> PersonView:
    """One person. Raises Unknown."""
    row = Person.objects.filter(pk=person_id).first()
    if row is None:
        raise Unknown(f"person {person_id}")
    return PersonView(row.pk, row.username, row.get_full_name(), row.phone, row.email, row.is_active)


# What the rules are shown.


def _code_taken(code: str) -> bool:
    """Whether a member or applicant has the code. Two simultaneous applications with one code wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 11))", [f"credit-code\n{code}"])
    return Organisation.objects.filter(credit_code=code).exclude(state__in=GONE).exists()


def application_seen(matter: Matter) -> rules.Picture:
    asked, on = matter.inputs, local_day(matter.at)
    earlier = divisions.ever(asked.region)
    return rules.Picture(
        on=on,
        roles=frozenset(role.value for role in asked.roles),
        code_taken=_code_taken(asked.credit_code),
        region=asked.region,
        region_known=divisions.division(asked.region, on=on) is not None,
        region_was=earlier[-1].name if earlier else "",
        licence_until_date=asked.licence_until_date,
    )


def _roles_named(matter: Matter) -> frozenset[str]:
    return frozenset(role.value for role in getattr(matter.inputs, "roles", ()))


def organisation_seen(matter: Matter) -> rules.Picture:
    """An act on an organisation that is here: what it has and asked for, what was verified, who decides."""
    row: Organisation = matter.subject
    had = frozenset(row.roles)
    return rules.Picture(
        on=local_day(matter.at),
        roles=_roles_named(matter) or (frozenset(row.asked_roles) if matter.act == "admit" else frozenset()),
        had=had,
        asked=frozenset(row.asked_roles) | had,
        operates_exchange=row.operates_exchange,
        by_exchange_administrator="exchange_administrator" in matter.by.roles,
        kind=row.kind,
        region=row.region,
        checks=frozenset(check.value for check in getattr(matter.inputs, "checks", ())),
        method=getattr(matter.inputs, "method", ""),
        papers=len(row.papers),
        licence_until_date=row.licence_until_date,
    )


def departure_seen(matter: Matter) -> rules.Departure:
    """What a member still has here: money on any account of its own, and deals that bind it."""
    party = matter.subject.pk
    return rules.Departure(
        fen=sum(account.posted for account in ledger.balances(f"party/{party}/")),
        open=tuple((table.words, count) for table, count in bound(party)),
    )


def founding_seen(matter: Matter) -> rules.Picture:
    row: Organisation = matter.subject
    return rules.Picture(
        on=local_day(matter.at),
        roles=frozenset(row.asked_roles),
        operates_exchange=True,
        exchange_founded=Organisation.objects.filter(operates_exchange=True).exclude(state__in=GONE).exists(),
    )


def control_of(row: Organisation, asked: Any) -> tuple[str, str, str]:
    """(controller's code, controller's name, controlled code) of a declaration by `row`."""
    if asked.relation is Relation.CONTROLLED_BY:
        return asked.credit_code, asked.name, row.credit_code
    return row.credit_code, row.name, asked.credit_code


def control_seen(matter: Matter) -> rules.ControlSeen:
    controller, _, controlled = control_of(matter.subject, matter.inputs)
    return rules.ControlSeen(
        on=local_day(matter.at),
        since_date=matter.inputs.since_date,
        itself=controller == controlled,
        declared_already=Control.objects.filter(
            controller_code=controller, controlled_code=controlled, until_date__isnull=True
        ).exists(),
    )


def open_control(row: Organisation, control_id: int) -> Control | None:
    """A statement of control in force that concerns the organisation."""
    concerns = Q(controller_code=row.credit_code) | Q(controlled_code=row.credit_code)
    return Control.objects.filter(concerns, pk=control_id, until_date__isnull=True).first()


def control_end_seen(matter: Matter) -> rules.ControlSeen:
    found = open_control(matter.subject, matter.inputs.control)
    return rules.ControlSeen(
        on=local_day(matter.at),
        since_date=found.since_date if found else local_day(matter.at),
        until_date=matter.inputs.until_date,
        known=found is not None,
    )

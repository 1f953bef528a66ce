"""What waits for an actor, over every procedure, by deadline: counted and paged by the database, whatever its length.

Not every act that is possible is pressing: an organisation may leave on any day, a product may be paused. Pressing is
an act that leads onward on the usual way, or back to it; and what renews something before its time is over. A clock of
somebody else's makes nothing wait. Under a hold only what passes under it waits, and a step that needs a second person
does not wait for the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import CharField, Exists, ExpressionWrapper, Min, OuterRef, Q, QuerySet, Subquery

from tongqu.exchange.bedrock import calendar
from tongqu.exchange.bedrock.procedures import (
    CLOCK,
    Act,
    Actor,
    Office,
    Procedure,
    RunningClock,
    Seat,
    all_procedures,
    local_day,
    visible,
)
from tongqu.exchange.bedrock.procedures import procedure as procedure_named
from tongqu.exchange.bedrock.values import Words

SOON = timedelta(days=30)
# Ways that end in an act nobody waits for, and uses that end when they end; spellings, of which there may be hundreds, wait on
# the page of data management.
NOT_PRESSING = {
    "transfer": {"stop"},
    "signature_key": {"retire"},
    "listing": {"suspend"},
    "spelling": {"decide"},
    "share_request": {"stop", "withdraw_question", "withdraw_renewal"},
    "subscription": {"resume", "go_on"},
    "edition": {"close"},
    "platform_invoice": {"allot", "put_aside"},
    "operation_plan": {"end", "revise"},
    "operator_selection": {"fail"},
    "operation_agreement": {"leave", "drop"},
    "operation_concession": {"decline"},
    "grant": {"withdraw", "give_notice", "take_back", "surrender", "keep"},
    "derivation": {"withdraw", "end"},
    "ground_loss": {"redraw"},
    "deletion_duty": {"attest_early"},
    "recognised_registrar": {"restore"},
    "take_over": {"resume"},
    "data_trust": {"end"},
    "trust_terms": {"propose_again"},
}
# Acts that stay in their state and are waited for all the same.
PRESSING = {
    "share_plan": {"agree"},
    "transfer": {"collect", "note_drift"},
    "node": {"note_drift"},
    "listing": {"note_drift"},
    "case": {"allow", "decline"},
    "ownership": {"find", "take_note"},
    "right_transfer": {"find"},
    "right_change": {"find"},
    "right_renewal": {"find"},
    "right_cancellation": {"find"},
    "source_conflict": {"state"},
    "share_request": {"consent"},
    "operator_selection": {"score"},
    "public_correction": {"consent"},
    "ground_loss": {"decide"},
    "grant": {"answer"},
}
# Of these, the acts that wait no longer once they were done.
ONCE = {"transfer": {"collect"}, "grant": {"answer"}}
# Deadlines that somebody should see coming, and the acts of whoever should.
SEEN_COMING: Mapping[str, Mapping[str, frozenset[str]]] = {
    "admission": {"reverification": frozenset({"reverify"})},
    "node": {"enrolment": frozenset({"renew"})},
    "mandate": {"mandate": frozenset({"amend"})},
    "api_key": {"expiry": frozenset({"revoke"})},
    "share_request": {"term": frozenset({"ask_renewal"})},
    "grant": {"term": frozenset({"surrender", "give_notice"})},
}
# Steps for different people: the columns that name who took the others, and what to call somebody else.
OF_ANOTHER: Mapping[tuple[str, str], tuple[tuple[str, ...], Words]] = (
    dict.fromkeys(
        [("payout", "approve"), ("payout", "pay")],
        (("requested_by", "approved_by"), Words("另一名结算员", "another person of finance")),
    )
    | dict.fromkeys(
        [("trust_claim", "approve"), ("trust_claim", "pay")],
        (("person_id", "approved_by"), Words("另一名结算员", "another person of finance")),
    )
    | {("source_conflict", "review"): (("decided_by",), Words("另一名经办人", "another person of the office"))}
)


@dataclass(frozen=True)
class Entry:
    """One line of a desk. `acts` are the actor's own; `clock` is the one that runs out first."""

    table: Procedure
    subject: Any
    acts: tuple[Act, ...]
    due_at: datetime | None
    clock: RunningClock | None


@dataclass(frozen=True)
class Counts:
    """How much waits, by nearness (`today` has what is overdue, too) and by procedure."""

    today: int
    soon: int
    rest: int
    by_procedure: Mapping[str, int]

    @property
    def all(self) -> int:
        return self.today + self.soon + self.rest


def pressing(table: Procedure) -> frozenset[tuple[str, str]]:
    """The acts of a table that somebody waits for, each with the state in which it is waited for."""
    return _pressing(table.name)


@cache
def _pressing(name: str) -> frozenset[tuple[str, str]]:
    table = procedure_named(name)
    return frozenset((act.name, state) for act in table.acts for state in act.frm if _presses(table, act, state))


def _presses(table: Procedure, act: Act, state: str) -> bool:
    if act.name in NOT_PRESSING.get(table.name, ()):
        return False
    return act.name in PRESSING.get(table.name, ()) or _onward(table, state, act.lands(state))


def _onward(table: Procedure, state: str, to: str) -> bool:
    if to == state:
        return False
    place = {name: i for i, name in enumerate(table.way)}
    if state in place:
        return to in place and place[to] > place[state]
    return to in place or to not in table.ends


def _rows(table: Procedure, by: Actor, at: datetime) -> QuerySet[Any] | None:
    """The subjects that wait for the actor; None when none can."""
    condition = _condition(table, by, at)
    if condition is None:
        return None
    due = (
        _clocks(table)
        .filter(subject=OuterRef("pk"))
        .order_by()
        .values("subject")
        .annotate(first=Min("due_at"))
        .values("first")
    )
    rows: QuerySet[Any] = (
        visible(table, by).filter(condition, state__in=table.open).annotate(due=Subquery(due)).order_by()
    )
    return rows


def _clocks(table: Procedure) -> QuerySet[RunningClock]:
    """Clocks that run, and those that ended in an alarm while the subject still stands where they counted: overdue."""
    counts_now = Q(status=RunningClock.RUNNING)
    for clock in table.clocks:
        if clock.then is None:
            counts_now |= Q(
                name=clock.name, status=RunningClock.DONE, due_at__isnull=False, standing__in=sorted(clock.runs_in)
            )
    standing = ExpressionWrapper(OuterRef("state"), output_field=CharField())
    return RunningClock.objects.filter(procedure=table.name).annotate(standing=standing).filter(counts_now)


def _condition(table: Procedure, by: Actor, at: datetime) -> Q | None:
    found: Q | None = None
    for act in table.acts:
        states = [s for s in act.frm if (act.name, s) in pressing(table)]
        part = _seats(act, states, by) if states else None
        if part is not None:
            part = part & _still_open(table, act, by)
            found = part if found is None else found | part
    soon = _runs_out(table, by, at)
    if soon is not None:
        found = soon if found is None else found | soon
    return found


def _still_open(table: Procedure, act: Act, by: Actor) -> Q:
    """Who has done its part does not wait for itself, and nobody for what a hold forbids."""
    open_now = Q() if act.under_hold else ~Q(Exists(_standing_holds(table)))
    columns, _ = OF_ANOTHER.get((table.name, act.name), ((), None))
    for column in columns:
        open_now &= ~Q(**{column: by.person})
    return open_now & _once(table, act, by)


def _standing_holds(table: Procedure) -> QuerySet[Any]:
    holds: QuerySet[Any] = apps.get_model("bedrock.SubjectHold")._default_manager.all()
    return holds.filter(procedure=table.name, subject=OuterRef("pk"), lifted_at__isnull=True)


def _once(table: Procedure, act: Act, by: Actor) -> Q:
    if (table.name, act.name) == ("share_plan", "agree"):
        return Q(asked__contains=[by.party]) & ~Q(agreed_by__contains=[by.party])
    if table.name == "case":
        return Q(office__in=sorted(by.roles))
    if (table.name, act.name) == ("source_conflict", "state"):
        return Q(incumbent=by.party, incumbent_statement="") | Q(challenger=by.party, challenger_statement="")
    if (table.name, act.name) == ("share_request", "consent"):
        return ~Q(consent_asked="") & Q(consented_at__isnull=True)
    if (table.name, act.name) == ("ownership", "take_note"):
        return Q(elsewhere__noted=False)
    if act.name == "note_drift":
        if table.name == "listing":
            return Q(drift_told_at__isnull=False)
        changed = Q(drift__isnull=False) if table.name == "transfer" else ~Q(drifted=[])
        return changed & Q(drift_noted_at__isnull=True)
    if (table.name, act.name) == ("transfer", "collect"):
        facts = apps.get_model("bedrock.Fact")._default_manager
        return Q(~Exists(facts.filter(procedure="transfer", act="collect", subject_id=OuterRef("pk"))))
    return Q()


def _seats(act: Act, states: Sequence[str], by: Actor) -> Q | None:
    found: Q | None = None
    for place in act.by:
        if isinstance(place, Seat) and by.party is not None:
            if place.roles and not place.roles & by.counting(act.protects):
                continue
            part = Q(state__in=states, **{place.field: by.party})
        elif isinstance(place, Office) and place.name in by.roles:
            part = Q(state__in=states)
        else:
            continue
        found = part if found is None else found | part
    return found


def _runs_out(table: Procedure, by: Actor, at: datetime) -> Q | None:
    """Subjects whose time is over soon, for those who should see it coming."""
    found: Q | None = None
    for clock, names in SEEN_COMING.get(table.name, {}).items():
        running = RunningClock.objects.filter(
            procedure=table.name, subject=OuterRef("pk"), name=clock, status=RunningClock.RUNNING, due_at__lt=at + SOON
        )
        for name in names:
            act = table.act(name)
            mine = _seats(act, act.frm, by)
            if mine is not None:
                part = mine & Q(Exists(running)) & _still_open(table, act, by)
                found = part if found is None else found | part
    return found


def _union(by: Actor, at: datetime, only: str) -> tuple[str, list[Any]]:
    """All that waits as one SQL text: procedure, id, deadline."""
    parts: list[str] = []
    values: list[Any] = []
    for table in all_procedures():
        rows = _rows(table, by, at) if not only or table.name == only else None
        if rows is None:
            continue
        try:
            sql, given = rows.values_list("pk", "due").query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"select %s::text, w.* from ({sql}) w")  # noqa: S608 - made by the ORM, values apart
        values += [table.name, *given]
    return " union all ".join(parts), values


def _bounds(at: datetime) -> tuple[datetime, datetime]:
    """The end of today, and of the third working day."""
    today = local_day(at)
    return calendar.end_of(today), calendar.end_of(calendar.add_working_days(today, 3).day)


def counts(by: Actor, at: datetime) -> Counts:
    """One statement."""
    union, values = _union(by, at, "")
    if not union:
        return Counts(0, 0, 0, {})
    today, soon = _bounds(at)
    with connection.cursor() as cursor:
        cursor.execute(
            "select procedure, count(*) filter (where due <= %s), count(*) filter (where due > %s and due <= %s),"  # noqa: S608
            f" count(*) from ({union}) as a(procedure, pk, due) group by procedure order by procedure",
            [today, today, soon, *values],
        )
        found = cursor.fetchall()
    now, near, whole = (sum(row[i] for row in found) for i in (1, 2, 3))
    return Counts(now, near, whole - now - near, {row[0]: row[3] for row in found})


def entries(by: Actor, at: datetime, *, span: slice, procedure: str = "", near: str = "") -> list[Entry]:
    """One page by deadline, those without one last: a statement for the page, one for the clocks, one a procedure on it."""
    union, values = _union(by, at, procedure)
    if not union:
        return []
    where, bounds = _near(near, at)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select procedure, pk, due from ({union}) as a(procedure, pk, due) where {where}"  # noqa: S608
            " order by due nulls last, procedure, pk limit %s offset %s",
            [*values, *bounds, span.stop - span.start, span.start],
        )
        found = cursor.fetchall()
    return _filled(by, found)


def count(by: Actor, at: datetime, *, procedure: str, near: str) -> int:
    """How many entries of one procedure are that near."""
    union, values = _union(by, at, procedure)
    if not union:
        return 0
    where, bounds = _near(near, at)
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from ({union}) as a(procedure, pk, due) where {where}", [*values, *bounds])  # noqa: S608
        return int(cursor.fetchone()[0])


def _near(near: str, at: datetime) -> tuple[str, list[datetime]]:
    today, soon = _bounds(at)
    conditions: dict[str, tuple[str, list[datetime]]] = {
        "today": ("due <= %s", [today]),
        "soon": ("due > %s and due <= %s", [today, soon]),
        "rest": ("(due is null or due > %s)", [soon]),
    }
    return conditions.get(near, ("true", []))


def _filled(by: Actor, found: Sequence[tuple[str, int, datetime | None]]) -> list[Entry]:
    tables = {table.name: table for table in all_procedures()}
    wanted: dict[str, list[int]] = {}
    for name, pk, _ in found:
        wanted.setdefault(name, []).append(pk)
    rows = {(name, row.pk): row for name, pks in wanted.items() for row in visible(tables[name], by).filter(pk__in=pks)}
    clocks = _first_clocks(wanted)
    return [
        Entry(tables[name], rows[name, pk], mine(tables[name], rows[name, pk], by), due, clocks.get((name, pk, due)))
        for name, pk, due in found
        if (name, pk) in rows
    ]


def _first_clocks(wanted: Mapping[str, Sequence[int]]) -> dict[tuple[str, int, datetime | None], RunningClock]:
    """The clocks of these subjects by their deadline; one statement."""
    if not wanted:
        return {}
    condition = Q()
    for name, pks in wanted.items():
        condition |= Q(procedure=name, subject__in=pks)
    rows = RunningClock.objects.filter(condition, due_at__isnull=False).order_by("pk")
    return {(row.procedure, row.subject, row.due_at): row for row in rows}


def mine(table: Procedure, subject: Any, by: Actor) -> tuple[Act, ...]:
    """What the actor is waited for to do: its acts that lead on or into a detour, never those by which it only leaves."""
    own = [act for act in table.acts_in(subject.state) if _sits(act, subject, by)]
    onward = [act for act in own if waited_for(table, act, subject) and not of_another(table, act, subject, by)]
    if not onward:
        coming = frozenset[str]().union(*SEEN_COMING.get(table.name, {}).values())
        return tuple(act for act in own if act.name in coming and act.lands(subject.state) not in table.ends)
    aside = [
        act for act in own if (act.name, subject.state) not in pressing(table) and _detour(table, act, subject.state)
    ]
    return (*onward, *aside)


def waited_for(table: Procedure, act: Act, subject: Any) -> bool:
    """Whether somebody waits for this act on this very subject: a consent is given where it was asked for, a change of the
    data is taken note of where it was told."""
    if (table.name, act.name) == ("share_request", "consent"):
        return bool(subject.consent_asked) and subject.consented_at is None
    if (table.name, act.name) == ("ownership", "take_note"):
        return bool(subject.elsewhere) and not subject.elsewhere["noted"]
    if act.name == "note_drift":
        if table.name == "listing":
            return subject.drift_told_at is not None
        told = subject.drift if table.name == "transfer" else subject.drifted
        return bool(told) and subject.drift_noted_at is None
    return (act.name, subject.state) in pressing(table)


def of_another(table: Procedure, act: Act, subject: Any, by: Actor) -> Words | None:
    """Who else takes this step, where the actor took another one already; None where the actor may take it."""
    columns, who = OF_ANOTHER.get((table.name, act.name), ((), None))
    taken = {getattr(subject, column) for column in columns} - {None}
    return who if by.person in taken else None


def goes_by_itself(table: Procedure, state: str, clocks: Sequence[RunningClock]) -> bool:
    """Whether something will come without anybody: the house leads on from here, or a clock that ends in an act runs."""
    if state in table.ends or state == table.way[-1]:
        return False
    acting = {clock.name for clock in table.clocks if clock.then is not None}
    return any(CLOCK in act.by and (act.name, state) in pressing(table) for act in table.acts_in(state)) or any(
        row.status == RunningClock.RUNNING and row.name in acting for row in clocks
    )


def _detour(table: Procedure, act: Act, state: str) -> bool:
    return act.lands(state) != state and act.lands(state) not in table.ends and table.name not in NOT_PRESSING


def _sits(act: Act, subject: Any, by: Actor) -> bool:
    return any(
        (
            isinstance(place, Seat)
            and by.party is not None
            and getattr(subject, place.field) == by.party
            and (not place.roles or place.roles & by.counting(act.protects))
        )
        or (isinstance(place, Office) and place.name in by.roles)
        for place in act.by
    )

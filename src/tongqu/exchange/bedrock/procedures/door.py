"""The one door. Every act of every procedure passes here: lock, key, seat, hold, rules, act, state, moves, fact.

One transaction: state, money and evidence agree, or nothing happened.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from typing import Any

from django.apps import apps
from django.db import DatabaseError, IntegrityError, OperationalError, transaction
from psycopg.errors import DeadlockDetected

from tongqu.exchange.bedrock import evidence, ledger, rows, statements
from tongqu.exchange.bedrock.inputs import BadInput, Inputs, read
from tongqu.exchange.bedrock.procedures import clocks
from tongqu.exchange.bedrock.procedures.actors import HOUSE, Actor
from tongqu.exchange.bedrock.procedures.models import Case, Refusal, RunningClock, Subject
from tongqu.exchange.bedrock.procedures.refusals import (
    Held,
    KeyReused,
    NeedsReview,
    NeedsSecondFactor,
    NotNow,
    NotYours,
    Refused,
    Shut,
    Unknown,
)
from tongqu.exchange.bedrock.procedures.table import ANYONE, CLOCK, Act, Begin, Individual, Procedure, Seat, procedure
from tongqu.exchange.bedrock.rules import Finding, judge
from tongqu.exchange.bedrock.values import Words
from tongqu.wire.canonical import digest

DEADLOCK_TRIES_MAX = 3


@dataclass
class Matter:
    """What an act works on: the locked subject, what was asked for, who asks and when.

    `known` is whatever `sees` has read that the act's function needs as well, so that it is not read twice.
    """

    subject: Any
    inputs: Any
    by: Actor
    at: datetime
    act: str
    findings: tuple[Finding, ...] = ()
    known: Any = None


@dataclass(frozen=True)
class Done:
    """What an act brought about beyond the state: data for the fact, and moves of money."""

    data: Mapping[str, Any] = field(default_factory=dict)
    moves: Sequence[Any] = ()


@dataclass(frozen=True)
class Outcome:
    """The answer of the door; a repeated key gives the same answer, with `repeated` true."""

    procedure: str
    subject: int
    act: str
    state: str
    fact: int
    data: Mapping[str, Any]
    advice: tuple[Mapping[str, str], ...] = ()
    repeated: bool = False


@dataclass(frozen=True)
class _Review:
    case: int
    findings: tuple[Finding, ...]


def begin(
    table: Procedure, how: str = "begin", /, *, by: Actor, at: datetime, key: str | None = None, **inputs: Any
) -> Outcome:
    """Brings a new subject into its first state; `how` names one of the table's further beginnings. Raises BadInput or a
    `Shut`."""
    return _through(table, table.beginning(how), None, by, at, key, inputs)


def perform(
    table: Procedure, act: str, subject: int, /, *, by: Actor, at: datetime, key: str | None = None, **inputs: Any
) -> Outcome:
    """Performs one act on one subject. Raises BadInput or a `Shut`; then nothing has changed."""
    try:
        entry = table.act(act)
    except KeyError as error:
        raise Unknown(f"{table.name}/{act}") from error
    return _through(table, entry, subject, by, at, key, inputs)


def _through(
    table: Procedure,
    entry: Act | Begin,
    subject_id: int | None,
    by: Actor,
    at: datetime,
    key: str | None,
    values: Mapping[str, Any],
) -> Outcome:
    nested = statements.connection().in_atomic_block
    try:
        inputs = read(entry.asks, values)
        result = _in_one_transaction(table, entry, subject_id, by, at, key or str(uuid.uuid4()), inputs, nested)
        if isinstance(result, _Review):
            raise NeedsReview(result.case, result.findings)
    except (Shut, BadInput) as shut:
        if not nested:
            _record_refusal(table, entry, subject_id, by, at, shut)
        raise
    return result


def _in_one_transaction(
    table: Procedure,
    entry: Act | Begin,
    subject_id: int | None,
    by: Actor,
    at: datetime,
    key: str,
    inputs: Inputs,
    nested: bool,
) -> Outcome | _Review:
    """Two acts that wait for each other are parted by the database, which undoes one whole: that one is tried again."""
    if nested:  # what the outer act has put off must not be taken back with this one
        statements.settle(commit=False)
    for tries_left in reversed(range(DEADLOCK_TRIES_MAX)):
        try:
            with transaction.atomic(savepoint=nested):
                result = _locked(table, entry, subject_id, by, at, key, inputs)
                statements.settle(commit=not nested)
                return result
        except OperationalError as error:
            if nested or not tries_left or not isinstance(error.__cause__, DeadlockDetected):
                raise
        finally:
            statements.forget()  # nothing of the outer act waits here any more
    raise AssertionError("the last try answers or raises")


def _locked(
    table: Procedure, entry: Act | Begin, subject_id: int | None, by: Actor, at: datetime, key: str, inputs: Inputs
) -> Outcome | _Review:
    plain = inputs.plain()
    asked = digest({"procedure": table.name, "act": entry.name, "subject": subject_id, "inputs": plain})
    entered = _enter(table, entry, subject_id, by.scope, key, at)
    if entered.first is not None:
        return _repeat(entered.first, asked, key)
    subject, grounds = entered.subject, entered.grounds
    _check_concern(table, entry, subject, by)
    _check_possible(table, entry, subject)
    _check_seat(table, entry, subject, by, at)
    if grounds and not (isinstance(entry, Act) and entry.under_hold):
        raise Held(grounds)
    if entry.second_factor and by.kind != "clock" and not by.second_factor:
        raise NeedsSecondFactor()
    matter = Matter(subject=subject, inputs=inputs, by=by, at=at, act=entry.name)
    matter.findings = _judged(entry, matter)
    unsure = tuple(f for f in matter.findings if f.needs_person)
    cases = _allowing_cases(table, entry, subject_id, asked, by, unsure) if unsure else ()
    if cases is None:
        return _Review(_open_case(table, entry, subject_id, asked, by, at, unsure, plain), unsure)
    done = _carry_out(table, entry, entered, matter, key, asked, plain)
    if cases:
        statements.settle(commit=False)
    for case in cases:
        perform(procedure("case"), "use", case, by=HOUSE, at=at)
    if grounds:  # what the act set going under a hold stands still as well
        clocks.stand_still(table, done.subject, at)
    return done


def _carry_out(
    table: Procedure,
    entry: Act | Begin,
    entered: _Entered,
    matter: Matter,
    key: str,
    asked: str,
    plain: dict[str, Any],
) -> Outcome:
    """The act itself, and all that it writes; what nobody waits for goes with the end of the transaction."""
    subject, by, at = entered.subject, matter.by, matter.at
    was = None if isinstance(entry, Begin) else subject.state
    now = subject.state if isinstance(entry, Begin) else entry.lands(subject.state)
    if entry.do is not None:
        done: Done = entry.do(matter) or Done()
    else:
        done = Done()
        if isinstance(entry, Begin):
            for name in type(matter.inputs).model_fields:
                setattr(subject, name, getattr(matter.inputs, name))
    subject.state, subject.changed_at = now, at
    if was is None:
        rows.add_later(subject)
    else:
        rows.change(subject, by=statements.later)
    act = entry if isinstance(entry, Act) else None
    clocks.moved(table, subject, was, now, act, matter.inputs, at, entered.clocks)
    advice = tuple(
        {"rule": f.rule, "cite": f.cite, "zh": f.words.zh, "en": f.words.en}
        for f in matter.findings
        if not f.complies and not f.blocks and not f.needs_person
    )
    body: dict[str, Any] = {"from": was, "to": now, "inputs": plain, "data": dict(done.data)}
    if advice:
        body["advice"] = [dict(a) for a in advice]
    if done.moves:
        body["moves"] = [_plain_move(m) for m in done.moves]
    fact = evidence.append(
        evidence.NewFact(
            at=at, procedure=table.name, act=entry.name, subject_id=subject.pk, actor=by.plain(), body=body
        ),
        number=entered.fact,
    )
    outcome = Outcome(table.name, subject.pk, entry.name, now, fact, dict(done.data), advice)
    _keep_answer(by.scope, key, asked, outcome, at)
    if done.moves:  # last, for balances stay locked until the commit
        ledger.post(done.moves, at=at, fact_id=fact, put_off=True)
    return outcome


def _plain_move(move: Any) -> dict[str, Any]:
    """A move as the fact keeps it: its kind and its plain fields."""
    fields = {
        name: value
        for name, value in vars(move).items()
        if isinstance(value, (str, int)) and not isinstance(value, bool)
    }
    nested = [_plain_move(m) for m in getattr(move, "moves", ())]
    return {"kind": type(move).__name__.lower(), **fields, **({"moves": nested} if nested else {})}


def _model(table: Procedure) -> type[Subject]:
    return apps.get_model(table.model)


def lock_subject(table: Procedure, subject_id: int) -> Any:
    """The subject, for this transaction alone. Raises Unknown."""
    found = rows.lock_every(_model(table), id=subject_id, **table.where)
    if not found:
        raise Unknown(f"{table.name} {subject_id}")
    return found[0]


@dataclass(frozen=True)
class _Entered:
    """What the door knows of a matter before it judges. `subject` is locked, or fresh and not yet in its table."""

    subject: Any
    fact: int
    first: tuple[str, Any] | None
    grounds: list[str]
    clocks: Callable[[], list[RunningClock]]
    """Made of what was read only when the act touches one."""


def _enter(
    table: Procedure, entry: Act | Begin, subject_id: int | None, scope: str, key: str, at: datetime
) -> _Entered:
    """Reads in one journey: the subject for this transaction alone, its clocks, its holds, and what the key was answered.

    Two simultaneous requests with one key wait for each other, at the subject or at the key, so the second sees the
    first's answer. Raises Unknown.
    """
    model: Any = _model(table)
    found_clocks: Callable[[], list[RunningClock]] = list
    if subject_id is None:
        known = statements.Statement(_known(rows.next_number(model)), [table.name, 0, scope, key])
        _, (told,) = statements.together(statements.Statement(_LOCK_KEY, [f"{scope}\n{key}"]), known)
        state = (entry.starts if isinstance(entry, Begin) else None) or table.starts
        subject = model(pk=told[0], state=state, begun_at=at, changed_at=at, **table.where)
    else:
        known = statements.Statement(_known("0"), [table.name, subject_id, scope, key])
        locking, clocked = rows.locking(model, id=subject_id, **table.where), clocks.locking(table, subject_id)
        asked_too = [clocked.statement] if table.clocks else []
        found, (told,), *more = statements.together(locking.statement, known, *asked_too)
        if not found:
            raise Unknown(f"{table.name} {subject_id}")
        (subject,), found_clocks = locking.meant(found), partial(clocked.meant, more[0] if more else [])
    _, fact, asked, outcome, grounds = told
    if isinstance(outcome, str):
        outcome = json.loads(outcome)
    first = None if asked is None else (asked, outcome)
    return _Entered(subject, fact, first, list(grounds or []), found_clocks)


_LOCK_KEY = "select pg_advisory_xact_lock(hashtextextended(%s, 7))"


@cache
def _known(number: str) -> str:
    return (
        f"select {number}, {evidence.NEXT_NUMBER}, a.asked, a.outcome,"  # noqa: S608 -- names of our own sequences
        " (select array_agg(ground order by id) from bedrock_hold_on_subject"
        " where procedure = %s and subject = %s and lifted_at is null)"
        " from (select 1) one left join bedrock_answer a on a.scope = %s and a.key = %s"
    )


def _repeat(first: tuple[str, Any], asked: str, key: str) -> Outcome:
    if first[0] != asked:
        raise KeyReused(key)
    kept = dict(first[1])
    return Outcome(**{**kept, "advice": tuple(kept["advice"]), "repeated": True})


def _keep_answer(scope: str, key: str, asked: str, outcome: Outcome, at: datetime) -> None:
    """Put off to the end of the act. A key that was used for another subject at this very moment is refused then."""
    kept = {name: getattr(outcome, name) for name in ("procedure", "subject", "act", "state", "fact", "data", "advice")}

    def refused(error: DatabaseError) -> Exception:
        return KeyReused(key) if isinstance(error, IntegrityError) else error

    statements.later(
        "insert into bedrock_answer (scope, key, asked, outcome, at) values (%s, %s, %s, %s, %s)",
        [scope, key, asked, json.dumps(kept, ensure_ascii=False), at],
        refused=refused,
    )


def _check_concern(table: Procedure, entry: Act | Begin, subject: Any, by: Actor) -> None:
    """Before anything else: whom it does not concern learns no more than of a number that was never given. An office that
    sees the matter is told that the step is not its own."""
    if isinstance(entry, Begin) or by.kind == "clock" or entry.concerns(subject, by):
        return
    if any(office.name in by.roles for office in table.seen_by):
        raise NotYours(
            Words("您的单位不是这一事项的办理方", "Your organisation has no seat for this step"),
            [place.words for place in entry.by],
        )
    raise Unknown(f"{table.name} {subject.pk}")


def _check_possible(table: Procedure, entry: Act | Begin, subject: Any) -> None:
    if isinstance(entry, Act) and subject.state not in entry.frm:
        raise NotNow(
            table.label(entry.name),
            table.label(subject.state),
            [table.label(a.name) for a in table.acts_in(subject.state)],
        )


def _check_seat(table: Procedure, entry: Act | Begin, subject: Any, by: Actor, at: datetime) -> None:
    who = [place.words for place in entry.by]
    if by.kind == "clock":
        if CLOCK not in entry.by:
            raise NotYours(Words("这一步须由当事人办理", "This step is for a party, not for the clock"), who)
        return
    if by.mandate is not None and not by.mandate.covers(at):
        raise NotYours(Words("您的授权已到期或尚未生效", "Your mandate has ended or has not begun"), who)
    if by.party is None and not any(place is ANYONE or isinstance(place, Individual) for place in entry.by):
        raise NotYours(Words("须代表一个单位办理", "You must act for an organisation"), who)
    if not sits(entry, subject, by):
        raise NotYours(Words("您的单位不是这一事项的办理方", "Your organisation has no seat for this step"), who)


def sits(entry: Act | Begin, subject: Any, by: Actor) -> bool:
    """Whether the actor holds one of the entry's seats on this subject, or one of its offices."""
    for place in entry.by:
        if isinstance(place, Seat):
            roles = by.counting(entry.protects)
            holds = by.party is not None and getattr(subject, place.field) == by.party  # an empty seat is nobody's
            if holds and (not place.roles or place.roles & roles):
                return True
        elif place is ANYONE:
            return by.person is not None
        elif isinstance(place, Individual):
            if by.party is None and by.person is not None and getattr(subject, place.field) == by.person:
                return True
        elif place is not CLOCK and place.name in by.roles:
            return True
    return False


def _judged(entry: Act | Begin, matter: Matter) -> tuple[Finding, ...]:
    if not entry.rules:
        return ()
    seen = entry.sees(matter) if entry.sees is not None else matter
    findings = judge(entry.rules, seen, on=clocks.local_day(matter.at))
    if any(f.blocks for f in findings):
        raise Refused(findings)
    return findings


def _allowing_cases(
    table: Procedure, entry: Act | Begin, subject_id: int | None, asked: str, by: Actor, unsure: tuple[Finding, ...]
) -> Sequence[int] | None:
    """The cases by which a person allowed this very act, all of them together; None when something is still undecided."""
    cases = Case.objects.filter(
        about=table.name, act=entry.name, subject=subject_id, party=by.party, inputs=asked, state="allowed"
    )
    allowed = {case.pk: {finding["rule"] for finding in case.findings} for case in cases}
    return list(allowed) if {f.rule for f in unsure} <= set().union(*allowed.values()) else None


def _open_case(
    table: Procedure,
    entry: Act | Begin,
    subject_id: int | None,
    asked: str,
    by: Actor,
    at: datetime,
    unsure: tuple[Finding, ...],
    plain: dict[str, Any],
) -> int:
    """Opens the case, or finds the one that is open for the same question. The case itself is a procedure."""
    known = (
        Case.objects.filter(
            about=table.name,
            act=entry.name,
            subject=subject_id,
            party=by.party,
            inputs=asked,
            state__in=("open", "declined"),
        )
        .order_by("-pk")
        .first()
    )
    if known is not None:
        return int(known.pk)
    case = Case.objects.create(
        state="open",
        begun_at=at,
        changed_at=at,
        about=table.name,
        act=entry.name,
        subject=subject_id,
        inputs=asked,
        asked=plain,
        party=by.party,
        office=unsure[0].office or "reviewer",
        findings=[{"rule": f.rule, "cite": f.cite, "zh": f.words.zh, "en": f.words.en} for f in unsure],
    )
    evidence.append(
        evidence.NewFact(
            at=at,
            procedure="case",
            act="begin",
            subject_id=case.pk,
            actor=by.plain(),
            body={
                "from": None,
                "to": "open",
                "about": table.name,
                "act": entry.name,
                "subject": subject_id,
                "inputs": asked,
                "findings": case.findings,
            },
        )
    )
    return int(case.pk)


def _record_refusal(
    table: Procedure, entry: Act | Begin, subject_id: int | None, by: Actor, at: datetime, shut: Shut | BadInput
) -> None:
    if isinstance(shut, (Unknown, NeedsSecondFactor)):
        return
    reasons = [w.zh for w in getattr(shut, "reasons", ())] or [shut.words.zh]
    Refusal.objects.create(
        at=at,
        procedure=table.name,
        act=entry.name,
        subject=subject_id,
        party=by.party,
        person=by.person,
        code=shut.code,
        reasons=reasons,
        rules=[f.rule for f in getattr(shut, "findings", ()) if f.blocks],
    )

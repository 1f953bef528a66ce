"""Who may do what: every procedure, act, state, role and relation to the subject, generated from the tables.

A row of each kind stands in each state, filled in any way that lets it stand; the door is then asked by everyone. Its
rules and acts are put aside: what is tried is whether the door would let the asker through to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction

import tongqu.exchange.flow  # noqa: F401 - brings every table
from tests.api.town import Town
from tongqu.exchange.bedrock.procedures import (
    ANYONE,
    CLOCK,
    HOUSE,
    Act,
    Actor,
    Begin,
    Individual,
    NeedsSecondFactor,
    NotNow,
    NotYours,
    Office,
    Procedure,
    Seat,
    Unknown,
    all_procedures,
    begin,
    door,
    perform,
    procedure,
    see,
    visible,
)
from tongqu.exchange.bedrock.values import Period
from tongqu.exchange.members.mandates import ROLE_WORDS

AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
OWN, OTHER, STRANGER = 900_001, 900_002, 900_003
PERSON = 77
ROLES = sorted(ROLE_WORDS)
TABLES = [table.name for table in all_procedures()]


class LetIn(Exception):
    """The asker passed lock, state, seat, hold and second factor."""


@pytest.fixture
def nothing_behind_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    def let_in(*_: Any) -> Any:
        raise LetIn

    monkeypatch.setattr(door, "_judged", let_in)
    monkeypatch.setattr(door, "read", lambda asks, values: asks.model_construct())


@pytest.fixture
def anything_may_stand(db: None) -> None:
    """Within this transaction a subject's table takes any row: no checks, no other tables asked."""
    names = {apps.get_model(table.model)._meta.db_table for table in all_procedures()}
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute(
            "select conrelid::regclass::text, conname from pg_constraint"
            " where contype in ('c', 'u', 'f') and conrelid::regclass::text = any(%s)", [list(names)],
        )  # fmt: skip
        found = cursor.fetchall()
        for name, constraint in found:
            cursor.execute(f'alter table {name} drop constraint "{constraint}" cascade')
        cursor.execute(
            "select tgrelid::regclass::text, tgname from pg_trigger"
            " where not tgisinternal and tgrelid::regclass::text = any(%s)", [list(names)],
        )  # fmt: skip
        for name, trigger in cursor.fetchall():
            cursor.execute(f'drop trigger "{trigger}" on {name}')
        cursor.execute(
            "select indexrelid::regclass::text from pg_index where indisunique and not indisprimary"
            " and indrelid::regclass::text = any(%s)", [list(names)],
        )  # fmt: skip
        for (index,) in cursor.fetchall():
            cursor.execute(f"drop index if exists {index}")


def standing(table: Procedure, state: str, parties: dict[str, int]) -> Any:
    """A row in the state, its seats held by the named parties, everything else of the right type."""
    model = apps.get_model(table.model)
    row = model(pk=parties.get("id"), state=state, begun_at=AT, changed_at=AT)
    for field in model._meta.concrete_fields:
        if field.attname in {"id", "state", "begun_at", "changed_at"}:
            continue
        own = table.where.get(field.attname, _any_value(field))  # what tells it from others in the same model
        setattr(row, field.attname, parties.get(field.attname, own))
    row.save(force_insert=True)
    return row


def put(row: Any, state: str) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(state=state)


def _any_value(field: models.Field[Any, Any]) -> Any:
    if field.has_default():
        return field.get_default()
    if field.null:
        return None
    if isinstance(field, models.ForeignKey):
        return OTHER
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.IntegerField):
        return 1
    if isinstance(field, models.DateTimeField):
        return AT
    if isinstance(field, models.DateField):
        return AT.date()
    if isinstance(field, models.JSONField):
        return {}
    if isinstance(field, models.CharField | models.TextField):
        return "x"
    return [] if type(field).__name__ == "ArrayField" else b""


def asker(party: int | None, *roles: str, second_factor: bool = True, mandate: Period | None = None) -> Actor:
    return Actor(person=PERSON, party=party, roles=frozenset(roles), second_factor=second_factor, mandate=mandate)


@dataclass(frozen=True)
class Asked:
    """One asker, and how it is related to the subject."""

    words: str
    actor: Actor


def askers() -> list[Asked]:
    everyone = [Asked("the clock", HOUSE), Asked("a person for nobody", asker(None)), Asked("nobody", Actor())]
    for party, relation in ((OWN, "own"), (OTHER, "of another"), (STRANGER, "stranger")):
        everyone.append(Asked(f"{relation}, no role", asker(party)))
        everyone += [Asked(f"{relation}, {role}", asker(party, role)) for role in ROLES]
    everyone.append(Asked("own, every role", asker(OWN, *ROLES)))
    return everyone


def declared(entry: Act | Begin, actor: Actor, held: dict[str, int]) -> bool:
    """Whether the table lets the actor do it; `held` says which party holds which of the subject's columns."""
    for place in entry.by:
        if place is CLOCK:
            if actor.kind == "clock":
                return True
        elif actor.kind == "clock":
            continue
        elif place is ANYONE:
            if actor.person is not None:
                return True
        elif isinstance(place, Individual):
            if actor.party is None and actor.person is not None and held.get(place.field) == actor.person:
                return True
        elif actor.party is None:
            continue
        elif isinstance(place, Seat):
            if held.get(place.field) == actor.party and (not place.roles or place.roles & actor.roles):
                return True
        elif isinstance(place, Office) and place.role in actor.roles:
            return True
    return False


def _opens(what: Any) -> bool:
    try:
        with transaction.atomic():
            what()
    except LetIn:
        return True
    except (NotYours, Unknown):
        return False
    raise AssertionError("the door neither opened nor said why not")


def _seats(table: Procedure) -> list[dict[str, int]]:
    """For each seat: our party holds it, another party holds the others. And for each individual: it is our person."""
    fields = sorted({seat.field for seat in table.seats})
    seated = [{field: OWN if field == mine else OTHER for field in fields} for mine in fields]
    own = [{**dict.fromkeys(fields, OTHER), one.field: PERSON} for one in table.individuals]
    return [*seated, *own] or [{}]


@pytest.mark.parametrize("name", TABLES)
def test_an_act_is_open_to_whom_the_table_names_and_to_nobody_else(
    name: str, anything_may_stand: None, nothing_behind_the_door: None
) -> None:
    table = procedure(name)
    wrong = []
    for held in _seats(table):
        row = standing(table, table.starts, held)
        for act in table.acts:
            for state in act.frm:
                put(row, state)
                for asked in askers():
                    opened = _opens(lambda a=act, b=asked, r=row: perform(table, a.name, r.pk, by=b.actor, at=AT))
                    is_meant = act.concerns is None or act.concerns(row, asked.actor)
                    if opened != (declared(act, asked.actor, held) and is_meant):
                        wrong.append(f"{act.name} in {state}: {asked.words} with {held}: opened={opened}")
    assert wrong == []


@pytest.mark.parametrize("name", TABLES)
def test_a_subject_is_begun_by_whom_the_table_names_and_by_nobody_else(
    name: str, anything_may_stand: None, nothing_behind_the_door: None
) -> None:
    table = procedure(name)
    # A seat at the beginning is nobody's yet: only offices, anyone and the clock can begin.
    wrong = [
        asked.words
        for asked in askers()
        if _opens(lambda b=asked: begin(table, by=b.actor, at=AT)) != declared(table.begins, asked.actor, {})
    ]
    assert wrong == []


@pytest.mark.parametrize("name", TABLES)
def test_no_act_leaves_a_state_it_does_not_name(
    name: str, anything_may_stand: None, nothing_behind_the_door: None
) -> None:
    table = procedure(name)
    everything = asker(OWN, *ROLES)
    held = {seat.field: OWN for seat in table.seats}
    row = standing(table, table.starts, held)
    for state in sorted(table.states):
        put(row, state)
        for act in table.acts:
            if state not in act.frm:
                for actor in (everything, HOUSE):
                    with pytest.raises(NotNow), transaction.atomic():
                        perform(table, act.name, row.pk, by=actor, at=AT)


@pytest.mark.parametrize("name", TABLES)
def test_an_ended_mandate_and_a_missing_second_factor_close_the_door(
    name: str, anything_may_stand: None, nothing_behind_the_door: None
) -> None:
    table = procedure(name)
    held = {seat.field: OWN for seat in table.seats}
    over = Period(AT - timedelta(days=2), AT)
    row = standing(table, table.starts, held)
    for act in table.acts:
        if act.by == (CLOCK,):
            continue
        put(row, act.frm[0])
        ended = asker(OWN, *ROLES, mandate=over)
        assert not _opens(lambda a=act, r=row, e=ended: perform(table, a.name, r.pk, by=e, at=AT))
        if act.second_factor:
            with pytest.raises(NeedsSecondFactor), transaction.atomic():
                perform(table, act.name, row.pk, by=asker(OWN, *ROLES, second_factor=False), at=AT)
    if table.begins.second_factor:
        with pytest.raises(NeedsSecondFactor), transaction.atomic():
            begin(table, by=asker(OWN, *ROLES, second_factor=False), at=AT)


def may_see(table: Procedure, actor: Actor, held: dict[str, int]) -> bool:
    if actor.kind == "clock" or any(office.role in actor.roles for office in table.seen_by):
        return True
    if actor.party is None:
        return actor.person is not None and any(held.get(one.field) == actor.person for one in table.individuals)
    return actor.party in held.values()


@pytest.mark.parametrize("name", TABLES)
def test_a_list_shows_what_the_table_lets_one_see_and_nothing_else(
    name: str, anything_may_stand: None, nothing_behind_the_door: None
) -> None:
    table = procedure(name)
    rows = [(held, standing(table, table.starts, held)) for held in _seats(table)]
    fields = {seat.field for seat in table.seats}
    rows.append((dict.fromkeys(fields, OTHER), standing(table, table.starts, dict.fromkeys(fields, OTHER))))
    for asked in askers():
        shown = set(visible(table, asked.actor).values_list("pk", flat=True))
        for held, row in rows:
            assert (row.pk in shown) == may_see(table, asked.actor, held), f"{asked.words}: {held}"
            if row.pk not in shown:
                with pytest.raises(Unknown):
                    see(table, row.pk, asked.actor)


# The same over HTTP, for who is no party to anything.


@pytest.mark.slow
def test_over_http_a_stranger_is_told_of_nothing_that_is_not_open_to_its_roles(
    town: Town, anything_may_stand: None, request: pytest.FixtureRequest
) -> None:
    caller, actor = town.http(town.stranger), town.actor(town.stranger)
    request.getfixturevalue("nothing_behind_the_door")
    for table in all_procedures():
        held = {seat.field: OTHER for seat in table.seats}
        row = standing(table, table.starts, held)
        sees = any(office.role in actor.roles for office in table.seen_by)
        assert (row.pk in {item["id"] for item in caller.get(f"/{table.name}").json()["items"]}) == sees, table.name
        assert caller.get(f"/{table.name}/{row.pk}").status_code == (200 if sees else 404), table.name
        for act in table.acts:
            put(row, act.frm[0])
            answer = _over_http(caller, f"/{table.name}/{row.pk}/{act.name}")
            if act.by == (CLOCK,):
                assert answer in ("not-found", "method-not-allowed"), f"{table.name}.{act.name}: {answer}"
            elif declared(act, actor, held):
                assert answer in ("let in", "bad-input"), f"{table.name}.{act.name}: {answer}"
            else:
                shut = ("not-yours", "bad-input") if sees else ("unknown", "bad-input")
                assert answer in shut, f"{table.name}.{act.name}: {answer}"


def _over_http(caller: Any, path: str) -> str:
    """The code of the problem, or that the door opened."""
    try:
        with transaction.atomic():
            return str(caller.post(path).json()["code"])
    except LetIn:
        return "let in"

"""Mandates: who may act for whom, as what, until when; and the keys by which programs act."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.members.making import AT, Member, admitted, applied, founded, grant, someone
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import (
    Actor,
    NeedsSecondFactor,
    NotYours,
    Refused,
    begin,
    perform,
    tick,
    visible,
)
from tongqu.exchange.members import mandates, parties
from tongqu.exchange.members.mandates.models import ApiKey, Mandate
from tongqu.exchange.members.parties.models import Person

pytestmark = pytest.mark.django_db
MANDATE, API_KEY = mandates.MANDATE, mandates.API_KEY
IN_A_YEAR = AT + timedelta(days=365)


def rules_of(caught: Any) -> set[str]:
    return {finding.rule for finding in caught.value.findings if finding.blocks}


@pytest.fixture
def member(exchange: Member) -> Member:
    return admitted(7, exchange, "buyer", "supplier")


# Granting.


def test_a_colleague_acts_in_the_roles_granted_and_no_other(member: Member) -> None:
    colleague = someone("colleague")
    grant(member, colleague.pk, "buyer")
    actor = mandates.actor_for(colleague.pk, member.id, at=AT)
    assert (actor.roles, actor.party, actor.person) == ({"buyer"}, member.id, colleague.pk)
    with pytest.raises(NotYours):
        begin(MANDATE, by=actor, at=AT, person=someone("x").pk, roles=["buyer"], until_at=IN_A_YEAR)


def test_a_role_that_the_organisation_lacks_is_not_granted(member: Member) -> None:
    with pytest.raises(Refused) as caught:
        grant(member, someone("colleague").pk, "registrar")
    assert rules_of(caught) == {"roles_within_organisation"}


def test_a_stranger_administrator_is_still_a_stranger(member: Member, exchange: Member) -> None:
    stranger = admitted(8, exchange)
    with pytest.raises(Refused) as caught:
        grant(stranger, someone("colleague").pk, "buyer", organisation=member.id)
    assert rules_of(caught) == {"own_organisation"}
    granted = grant(member, someone("other").pk, "buyer")
    with pytest.raises(NotYours):
        perform(MANDATE, "revoke", granted.subject, by=stranger.actor(), at=AT, reason="试试")
    assert not visible(MANDATE, stranger.actor()).filter(organisation=member.id).exists()


def test_the_exchange_administrator_grants_where_nobody_else_can(member: Member, exchange: Member) -> None:
    heir = someone("heir")
    grant(exchange, heir.pk, "administrator", organisation=member.id)
    assert mandates.actor_for(heir.pk, member.id, at=AT).roles == {"administrator"}


def test_one_mandate_of_a_person_at_an_organisation(member: Member) -> None:
    with pytest.raises(Refused) as caught:
        grant(member, member.person, "buyer")
    assert rules_of(caught) == {"one_mandate_each"}
    row = Mandate.objects.get(person_id=member.person)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_nobody_unknown_is_granted_anything(member: Member) -> None:
    with pytest.raises(Refused) as caught:
        grant(member, 99_999, "buyer")
    assert rules_of(caught) == {"person_is_known"}


@pytest.mark.parametrize("days", [0, -1, 5 * 366 + 1])
def test_a_mandate_has_a_sound_end(member: Member, days: int) -> None:
    with pytest.raises(Refused) as caught:
        grant(member, someone("colleague").pk, "buyer", days=days)
    assert rules_of(caught) == {"period_is_sound"}


def test_a_mandate_without_roles_or_with_one_twice_is_bad_input(member: Member) -> None:
    for roles in ((), ("buyer", "buyer"), ("king",)):
        with pytest.raises(BadInput):
            grant(member, member.person, *roles)


def test_a_mandate_is_a_fact_with_its_granter(member: Member) -> None:
    granted = grant(member, someone("colleague").pk, "buyer")
    (fact,) = evidence.facts_of("mandate", granted.subject)
    assert fact.actor["person"] == member.person
    assert fact.body["data"]["organisation"] == member.id


# The end.


def test_an_expired_mandate_opens_no_door(member: Member) -> None:
    colleague = someone("colleague")
    grant(member, colleague.pk, "administrator", days=10)
    end = AT + timedelta(days=10)
    kept = mandates.actor_for(colleague.pk, member.id, at=end - timedelta(seconds=1))
    with pytest.raises(mandates.NoMandate):
        mandates.actor_for(colleague.pk, member.id, at=end)
    with pytest.raises(NotYours) as caught:  # an actor that a session kept too long
        perform(parties.ADMISSION, "ask_roles", member.id, by=kept, at=end, roles=["buyer"])
    assert "到期" in caught.value.words.zh


def test_a_mandate_of_tomorrow_is_none_today(member: Member) -> None:
    colleague = someone("colleague")
    grant(member, colleague.pk, "buyer", since_at=AT + timedelta(days=1))
    with pytest.raises(mandates.NoMandate):
        mandates.actor_for(colleague.pk, member.id, at=AT)
    assert mandates.actor_for(colleague.pk, member.id, at=AT + timedelta(days=1)).roles == {"buyer"}


def test_the_clock_ends_a_mandate_and_an_amended_end_moves_it(member: Member) -> None:
    granted = grant(member, someone("colleague").pk, "buyer", days=10)
    later = AT + timedelta(days=20)
    perform(MANDATE, "amend", granted.subject, by=member.actor(), at=AT, roles=["buyer"], until_at=later, reason="延长")
    tick(AT + timedelta(days=10))
    assert Mandate.objects.get(pk=granted.subject).state == "in_force"
    tick(later)
    assert Mandate.objects.get(pk=granted.subject).state == "ended"


def test_a_revoked_mandate_ends_at_once(member: Member) -> None:
    colleague = someone("colleague")
    granted = grant(member, colleague.pk, "buyer")
    perform(MANDATE, "revoke", granted.subject, by=member.actor(), at=AT, reason="离职")
    with pytest.raises(mandates.NoMandate):
        mandates.actor_for(colleague.pk, member.id, at=AT)
    assert grant(member, colleague.pk, "buyer").state == "in_force"


def test_the_last_administrator_stays_until_there_is_another(member: Member) -> None:
    own = member.actor().mandate_id
    assert own is not None
    for act, inputs in (
        ("revoke", {"reason": "离职"}),
        ("amend", {"roles": ["buyer"], "until_at": IN_A_YEAR, "reason": "换岗"}),
    ):
        with pytest.raises(Refused) as caught:
            perform(MANDATE, act, own, by=member.actor(), at=AT, **inputs)
        assert rules_of(caught) == {"an_administrator_stays"}
    grant(member, someone("second").pk, "administrator")
    assert perform(MANDATE, "revoke", own, by=member.actor(), at=AT, reason="离职").state == "revoked"


def test_a_closed_account_acts_for_nobody(member: Member) -> None:
    Person.objects.filter(pk=member.person).update(is_active=False)
    with pytest.raises(mandates.NoMandate):
        member.actor()


def test_a_person_may_act_for_several_organisations(exchange: Member, member: Member) -> None:
    other = admitted(8, exchange, "buyer")
    grant(other, member.person, "buyer")
    found = {acting.organisation: acting.roles for acting in mandates.acting(member.person, AT)}
    assert found == {member.id: {"administrator", "buyer", "supplier"}, other.id: {"buyer"}}


def test_an_application_not_yet_admitted_has_no_roles() -> None:
    founded()
    assert applied(7, roles=["supplier"]).actor().roles == {"administrator"}


def test_the_actor_costs_one_statement(member: Member, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        mandates.actor_for(member.person, member.id, at=AT)
    with django_assert_num_queries(1):
        mandates.acting(member.person, AT)


def test_break_glass_appoints_an_administrator_on_record(member: Member) -> None:
    heir = someone("heir")
    outcome = parties.founding.appoint_administrator(organisation=member.id, person=heir.pk, at=AT, reason="管理员身故")
    assert mandates.actor_for(heir.pk, member.id, at=AT).roles == {"administrator"}
    (fact,) = evidence.facts_of("mandate", outcome.subject)
    assert fact.actor == {"kind": "clock"}
    assert fact.body["inputs"]["reason"] == "管理员身故"


# Keys for programs.


def issued(member: Member, *roles: str, at: Any = AT, days: int = 30, **other: Any) -> mandates.FreshKey:
    by = replace(member.actor(at), second_factor=True)
    until_at = at + timedelta(days=days)
    fields = {"by": by, "at": at, "name": "示例程序", "roles": roles or ("buyer",), "until_at": until_at}
    return mandates.issue_key(**{**fields, **other})


def test_a_key_acts_within_its_scope(member: Member) -> None:
    actor = mandates.authenticate(issued(member, "buyer").secret, at=AT)
    assert actor is not None
    assert (actor.person, actor.party, actor.roles) == (member.person, member.id, {"buyer"})
    assert (actor.via, actor.second_factor) == ("key", False)


def test_a_key_needs_the_second_factor_and_never_is_one(member: Member) -> None:
    with pytest.raises(NeedsSecondFactor):
        issued(member, by=member.actor())


def test_a_key_can_do_no_more_than_its_maker(member: Member) -> None:
    with pytest.raises(Refused) as caught:
        issued(member, "buyer", "registrar")
    assert rules_of(caught) == {"key_within_mandate"}
    colleague = someone("colleague")
    grant(member, colleague.pk, "buyer", days=10)
    own = mandates.actor_for(colleague.pk, member.id, at=AT, second_factor=True)
    with pytest.raises(Refused) as caught:
        issued(member, by=own, until_at=AT + timedelta(days=11))
    assert rules_of(caught) == {"key_period"}


def test_a_person_without_an_organisation_has_no_key() -> None:
    by = Actor(person=someone("alone").pk, second_factor=True)
    with pytest.raises((Refused, NotYours)):
        mandates.issue_key(by=by, at=AT, name="示例", roles=["buyer"], until_at=IN_A_YEAR)


def test_a_key_does_not_make_a_key(member: Member) -> None:
    actor = mandates.authenticate(issued(member).secret, at=AT)
    assert actor is not None
    with pytest.raises(Refused) as caught:
        issued(member, by=replace(actor, second_factor=True))
    assert rules_of(caught) == {"made_by_a_person"}


def test_the_secret_is_nowhere_but_with_its_owner(member: Member) -> None:
    fresh = issued(member)
    row = ApiKey.objects.get(pk=fresh.id)
    (fact,) = evidence.facts_of("api_key", fresh.id)
    hidden = fresh.secret.removeprefix(fresh.prefix + "_")
    assert fresh.secret.startswith(f"{row.prefix}_")
    assert hidden not in str(vars(row)) + str(fact)
    (view,) = mandates.keys_of(member.id)
    assert hidden not in str(view)


def test_a_wrong_unknown_or_malformed_key_is_nobody(member: Member) -> None:
    fresh = issued(member)
    last = "A" if fresh.secret[-1] != "A" else "B"
    unknown = "tq_" + "0" * 10 + "_" + "x" * 43
    for wrong in (fresh.secret[:-1] + last, unknown, "", "tq_", "x" * 5000, fresh.secret + "\n"):
        assert mandates.authenticate(wrong, at=AT) is None


def test_a_key_ends_with_its_time_its_revocation_and_its_mandate(member: Member, exchange: Member) -> None:
    short = issued(member, days=1)
    assert mandates.authenticate(short.secret, at=AT + timedelta(days=1)) is None
    tick(AT + timedelta(days=1))
    assert ApiKey.objects.get(pk=short.id).state == "expired"
    revoked = issued(member)
    perform(API_KEY, "revoke", revoked.id, by=member.actor(), at=AT, reason="泄露")
    assert mandates.authenticate(revoked.secret, at=AT) is None
    colleague = someone("colleague")
    granted = grant(member, colleague.pk, "buyer")
    theirs = issued(member, by=mandates.actor_for(colleague.pk, member.id, at=AT, second_factor=True))
    assert mandates.authenticate(theirs.secret, at=AT) is not None
    perform(MANDATE, "revoke", granted.subject, by=member.actor(), at=AT, reason="离职")
    assert mandates.authenticate(theirs.secret, at=AT) is None


def test_a_suspended_organisations_key_can_do_nothing(member: Member, exchange: Member) -> None:
    fresh = issued(member, "buyer")
    perform(parties.ADMISSION, "suspend", member.id, by=exchange.actor(), at=AT, reason="核查")
    actor = mandates.authenticate(fresh.secret, at=AT)
    assert actor is not None
    assert actor.roles == frozenset()


def test_a_colleagues_key_is_taken_back_by_the_administrator_alone(member: Member) -> None:
    fresh = issued(member)
    colleague = someone("colleague")
    grant(member, colleague.pk, "buyer")
    with pytest.raises(Refused) as caught:
        perform(
            API_KEY, "revoke", fresh.id, by=mandates.actor_for(colleague.pk, member.id, at=AT), at=AT, reason="试试"
        )  # fmt: skip
    assert rules_of(caught) == {"own_key_or_administrator"}


def test_last_use_is_kept_to_the_minute_and_costs_little(member: Member, django_assert_num_queries: Any) -> None:
    fresh = issued(member)
    with django_assert_num_queries(3):
        mandates.authenticate(fresh.secret, at=AT)
    with django_assert_num_queries(2):
        mandates.authenticate(fresh.secret, at=AT + timedelta(seconds=59))
    assert ApiKey.objects.get(pk=fresh.id).last_used_at == AT
    mandates.authenticate(fresh.secret, at=AT + timedelta(seconds=60))
    assert ApiKey.objects.get(pk=fresh.id).last_used_at == AT + timedelta(seconds=60)

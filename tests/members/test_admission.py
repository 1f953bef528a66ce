"""Admission: an organisation applies, is verified, is admitted or refused, and is verified again each year."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from tests.members.making import (
    AT,
    VERIFIED,
    Member,
    admitted,
    application,
    applied,
    checking,
    credit_code,
    founded,
    someone,
)
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import (
    HOUSE,
    Actor,
    Alarm,
    NotNow,
    NotYours,
    Refused,
    Unknown,
    begin,
    clocks_of,
    perform,
    tick,
    visible,
)
from tongqu.exchange.members import mandates, parties
from tongqu.exchange.members.parties.models import Organisation, Person

pytestmark = pytest.mark.django_db
ADMISSION = parties.ADMISSION


def act(member: Member, name: str, by: Actor, at: Any = AT, /, **inputs: Any) -> Any:
    return perform(ADMISSION, name, member.id, by=by, at=at, **inputs)


def rules_of(caught: Any) -> set[str]:
    return {finding.rule for finding in caught.value.findings if finding.blocks}


# The application.


def test_anyone_signed_in_may_apply_and_administers_the_application() -> None:
    member = applied(7)
    view = parties.organisation(member.id)
    assert (view.state, view.roles, view.admitted) == ("applied", frozenset(), False)
    assert member.actor().roles == {"administrator"}


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (credit_code(7)[:-1], "18 位"),
        (credit_code(7)[:10] + "O" + credit_code(7)[11:], "第 11 位"),
        (credit_code(7)[:-1] + ("0" if credit_code(7)[-1] != "0" else "1"), "校验码"),
    ],
)
def test_each_fault_of_a_credit_code_is_said(code: str, says: str) -> None:
    person = someone("p7")
    with pytest.raises(BadInput) as caught:
        begin(ADMISSION, by=Actor(person=person.pk), at=AT, **application(7, credit_code=code))
    assert [name for name, _ in caught.value.faults] == ["credit_code"]
    assert says in caught.value.words.zh
    assert not Organisation.objects.exists()


def test_an_overlong_name_is_refused_with_its_field() -> None:
    person = someone("p7")
    with pytest.raises(BadInput) as caught:
        begin(ADMISSION, by=Actor(person=person.pk), at=AT, **application(7, name="长" * 101, contact_phone="电话"))
    assert {name for name, _ in caught.value.faults} == {"name", "contact_phone"}


def test_administrator_is_not_a_role_of_an_organisation() -> None:
    with pytest.raises(BadInput):
        applied(7, roles=["buyer", "administrator"])


def test_the_same_credit_code_does_not_apply_twice() -> None:
    applied(7)
    with pytest.raises(Refused) as caught:
        begin(ADMISSION, by=Actor(person=someone("other").pk), at=AT, **application(8, credit_code=credit_code(7)))
    assert rules_of(caught) == {"not_a_member_yet"}


def test_who_was_refused_may_apply_again(exchange: Member) -> None:
    member = applied(7)
    act(member, "refuse", exchange.actor(), reasons=["材料不实"])
    again = begin(ADMISSION, by=Actor(person=member.person), at=AT, **application(7))
    assert again.subject != member.id


def test_a_region_that_is_no_longer_used_is_said_with_its_name() -> None:
    with pytest.raises(Refused) as caught:
        applied(7, region="421023")
    assert rules_of(caught) == {"region_is_known"}
    assert "监利县" in caught.value.words.zh


def test_a_region_that_never_was_is_refused() -> None:
    with pytest.raises(Refused):
        applied(7, region="420400")


def test_a_licence_that_has_ended_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        applied(7, licence="示例许可", licence_until_date="2026-03-01")
    assert rules_of(caught) == {"licence_in_force"}
    assert applied(8, licence="示例许可", licence_until_date="2026-03-02").id


# Verification.


def test_an_application_is_verified_and_admitted(exchange: Member) -> None:
    member = checking(7, exchange, roles=["buyer", "supplier"])
    outcome = act(member, "admit", exchange.actor(), **VERIFIED)
    view = parties.organisation(member.id)
    assert outcome.state == view.state == "admitted"
    assert view.roles == {"buyer", "supplier"}
    assert member.actor().roles == {"administrator", "buyer", "supplier"}


@pytest.mark.parametrize("left_out", ["identity", "address", "contact", "licence"])
def test_nobody_is_admitted_on_part_of_a_verification(exchange: Member, left_out: str) -> None:
    member = checking(7, exchange)
    checks = [check for check in VERIFIED["checks"] if check != left_out]
    with pytest.raises(Refused) as caught:
        act(member, "admit", exchange.actor(), **{**VERIFIED, "checks": checks})
    assert rules_of(caught) == {"identity_is_complete"}
    assert caught.value.findings[0].cite == "ECOM:27"


def test_papers_cannot_be_compared_that_are_not_there(exchange: Member) -> None:
    member = checking(7, exchange)
    with pytest.raises(Refused) as caught:
        act(member, "admit", exchange.actor(), **{**VERIFIED, "method": "document"})
    assert rules_of(caught) == {"papers_are_on_file"}
    act(member, "ask_supplement", exchange.actor(), items=["营业执照副本"])
    act(member, "supplement", member.actor(), answer="已补充", papers=["a" * 64])
    assert act(member, "admit", exchange.actor(), **{**VERIFIED, "method": "document"}).state == "admitted"


def test_only_roles_asked_for_are_granted(exchange: Member) -> None:
    member = checking(7, exchange)
    with pytest.raises(Refused) as caught:
        act(member, "admit", exchange.actor(), roles=["buyer", "supplier"], **VERIFIED)
    assert rules_of(caught) == {"granted_as_asked"}


def test_a_refusal_gives_every_reason(exchange: Member) -> None:
    member = checking(7, exchange)
    act(member, "refuse", exchange.actor(), reasons=["法定代表人与登记不符", "地址不存在"])
    row = Organisation.objects.get(pk=member.id)
    assert (row.state, row.reasons) == ("refused", ["法定代表人与登记不符", "地址不存在"])
    with pytest.raises(mandates.NoMandate):
        member.actor()


def test_a_refusal_without_a_reason_is_no_refusal(exchange: Member) -> None:
    with pytest.raises(BadInput):
        act(checking(7, exchange), "refuse", exchange.actor(), reasons=[])


def test_a_supplement_that_does_not_come_ends_the_application(exchange: Member) -> None:
    member = checking(7, exchange)
    act(member, "ask_supplement", exchange.actor(), items=["授权书"])
    due = next(clock.due_at for clock in clocks_of(ADMISSION, member.id) if clock.name == "supplement")
    tick(due - timedelta(seconds=1))
    assert parties.organisation(member.id).state == "supplementing"
    tick(due)
    assert parties.organisation(member.id).state == "refused"


def test_the_applicant_cannot_admit_itself(exchange: Member) -> None:
    member = checking(7, exchange)
    with pytest.raises(NotYours):
        act(member, "admit", member.actor(), **VERIFIED)


def test_an_administrator_of_another_organisation_is_a_stranger(exchange: Member) -> None:
    member, stranger = checking(7, exchange), admitted(8, exchange)
    act(member, "ask_supplement", exchange.actor(), items=["授权书"])
    with pytest.raises(NotYours):
        act(member, "supplement", stranger.actor(), answer="已补充")
    assert list(visible(ADMISSION, stranger.actor())) == [Organisation.objects.get(pk=stranger.id)]


def test_an_act_out_of_turn_is_refused(exchange: Member) -> None:
    with pytest.raises(NotNow):
        act(applied(7), "admit", exchange.actor(), **VERIFIED)


# Roles.


def test_the_operator_cannot_become_a_supplier_or_a_merchant(exchange: Member) -> None:
    for role in ("supplier", "data_merchant"):
        with pytest.raises(Refused) as caught:
            act(exchange, "ask_roles", exchange.actor(), roles=[role])
        assert rules_of(caught) == {"operator_does_not_sell"}
        with pytest.raises(Refused) as caught:
            act(exchange, "grant_roles", exchange.actor(), roles=["exchange_administrator", role], reason="试试")
        assert "operator_does_not_sell" in rules_of(caught)


def test_an_exchange_is_not_founded_by_a_seller() -> None:
    fields = application(1)
    fields.pop("roles")
    with pytest.raises(Refused) as caught:
        parties.founding.found_exchange(
            administrator=someone("operator").pk, at=AT, roles=("exchange_administrator", "supplier"), **fields
        )
    assert rules_of(caught) == {"operator_does_not_sell"}
    assert not Organisation.objects.exists()


def test_the_database_keeps_the_operator_from_selling_too(exchange: Member) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.filter(pk=exchange.id).update(roles=["supplier"])


def test_roles_of_public_trust_need_the_exchange_administrator(exchange: Member) -> None:
    reviewer = someone("reviewer")
    begin(
        mandates.MANDATE, by=exchange.actor(), at=AT, person=reviewer.pk, roles=["reviewer"],
        until_at=AT + timedelta(days=9),
    )  # fmt: skip
    only_reviews = mandates.actor_for(reviewer.pk, exchange.id, at=AT)
    member = checking(7, exchange, kind="department", roles=["regulator", "buyer"])
    with pytest.raises(Refused) as caught:
        act(member, "admit", only_reviews, **VERIFIED)
    assert rules_of(caught) == {"reserved_roles"}
    assert act(member, "admit", exchange.actor(), **VERIFIED).state == "admitted"
    assert "regulator" in member.actor().roles


def test_the_exchanges_own_offices_stay_with_its_operator(exchange: Member) -> None:
    member = checking(7, exchange, roles=["exchange_administrator"])
    with pytest.raises(Refused) as caught:
        act(member, "admit", exchange.actor(), **VERIFIED)
    assert rules_of(caught) == {"offices_of_the_operator"}


def test_a_role_is_asked_for_then_granted_and_then_counts(exchange: Member) -> None:
    member = admitted(7, exchange)
    act(member, "ask_roles", member.actor(), roles=["supplier"])
    assert parties.organisation(member.id).roles == {"buyer"}
    act(member, "grant_roles", exchange.actor(), roles=["buyer", "supplier"], reason="符合条件")
    assert parties.organisation(member.id).roles == {"buyer", "supplier"}


def test_a_role_taken_away_stops_counting_at_once(exchange: Member) -> None:
    member = admitted(7, exchange, "buyer", "supplier")
    act(member, "grant_roles", exchange.actor(), roles=["buyer"], reason="不再具备条件")
    assert member.actor().roles == {"administrator", "buyer"}


# Afterwards.


def test_a_suspended_member_can_do_nothing_but_look_after_itself(exchange: Member) -> None:
    member = admitted(7, exchange, "buyer")
    act(member, "suspend", exchange.actor(), reason="信用信息异常")
    assert member.actor().roles == {"administrator"}
    with pytest.raises(NotNow):
        act(member, "ask_roles", member.actor(), roles=["supplier"])
    act(member, "update", member.actor(), answer="变更电话", contact_phone="027-87654321")
    act(member, "resume", exchange.actor(), reason="已核实")
    assert member.actor().roles == {"administrator", "buyer"}


def test_a_member_that_has_left_has_nobody_to_act_for_it(exchange: Member) -> None:
    member = admitted(7, exchange)
    act(member, "leave", member.actor(), reason="业务调整")
    with pytest.raises(mandates.NoMandate):
        member.actor()
    assert mandates.acting(member.person, AT) == ()


def test_verification_is_due_again_after_twelve_months(exchange: Member) -> None:
    member = admitted(7, exchange)
    due = parties.organisation(member.id).verify_by_at
    assert due is not None
    assert due.astimezone(AT.tzinfo).isoformat() == "2027-03-03T00:00:00+08:00"  # the end of 2 March 2027
    tick(due - timedelta(seconds=1))
    alarms = Alarm.objects.filter(procedure="admission", subject=member.id, zh__contains="定期核验更新")
    assert not alarms.exists()
    tick(due)
    assert alarms.count() == 1


def test_other_acts_do_not_put_verification_off_but_verifying_does(exchange: Member) -> None:
    member = admitted(7, exchange)
    due = parties.organisation(member.id).verify_by_at
    later = AT + timedelta(days=100)
    act(member, "ask_roles", member.actor(later), later, roles=["supplier"])
    clock = next(clock for clock in clocks_of(ADMISSION, member.id) if clock.name == "reverification")
    assert clock.due_at == due
    act(member, "reverify", exchange.actor(later), later, **VERIFIED)
    clock.refresh_from_db()
    renewed = parties.organisation(member.id).verify_by_at
    assert renewed is not None
    assert due is not None
    assert clock.due_at == renewed > due


# The founding.


def test_the_exchange_is_founded_once(exchange: Member) -> None:
    operator = parties.operator()
    assert operator is not None
    assert operator.id == exchange.id
    assert exchange.actor().roles == {"administrator", "exchange_administrator", "finance", "reviewer"}
    fields = application(9)
    fields.pop("roles")
    with pytest.raises(Refused) as caught:
        parties.founding.found_exchange(administrator=someone("second").pk, at=AT, **fields)
    assert rules_of(caught) == {"founded_once"}
    assert Organisation.objects.count() == 1


def test_the_founding_is_on_record() -> None:
    member = founded()
    facts = [(fact.act, fact.actor["kind"]) for fact in evidence.facts_of("admission", member.id)]
    assert facts == [("begin", "person"), ("found", "clock")]


def test_nobody_founds_by_hand(exchange: Member) -> None:
    with pytest.raises(NotYours):
        act(applied(7), "found", exchange.actor())


def test_the_command_founds_and_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("TONGQU_FIRST_PASSWORD", "correct-horse-battery-staple")
    fields = application(1)
    for not_asked in ("kind", "contact_name", "roles"):
        fields.pop(not_asked)
    named = {"username": "first", "full_name": "示例管理员", **fields}
    with pytest.raises(CommandError, match="校验码"):
        call_command("found_exchange", **{**named, "credit_code": credit_code(1)[:-1] + credit_code(2)[-1]})
    assert not Person.objects.exists()
    call_command("found_exchange", **named)
    assert Person.objects.get(username="first").check_password("correct-horse-battery-staple")
    with pytest.raises(CommandError, match="已经设立"):
        call_command("found_exchange", **{**named, "credit_code": credit_code(2)})


# What others see.


def test_views_are_given_for_many_in_two_statements(exchange: Member, django_assert_max_num_queries: Any) -> None:
    members = [admitted(number, exchange) for number in (7, 8, 9)]
    with django_assert_max_num_queries(2):
        views = parties.organisations([member.id for member in members])
    assert [views[member.id].short_name for member in members] == ["示例7", "示例8", "示例9"]


def test_an_unknown_organisation_is_unknown() -> None:
    with pytest.raises(Unknown):
        parties.organisation(404)
    with pytest.raises(Unknown):
        parties.person(404)


def test_the_directory_finds_by_role_region_and_name(exchange: Member) -> None:
    seller = admitted(7, exchange, "supplier")
    admitted(8, exchange, "buyer", region="110101")
    applied(9)
    assert [view.id for view in parties.directory(role="supplier")] == [seller.id]
    assert [view.short_name for view in parties.directory(region="11")] == ["示例8"]
    assert [view.id for view in parties.directory(text=credit_code(7).lower())] == [seller.id]
    assert parties.by_credit_code(credit_code(7)) == parties.organisation(seller.id)


# Groups.


def controlled(child: Member, parent_code: str, at: Any = AT, **other: Any) -> int:
    fields = {
        "relation": "controlled_by", "credit_code": parent_code, "name": "示例母公司", "basis": "shares",
        "share_basis_points": 6000, "since_date": "2025-01-01", **other,
    }  # fmt: skip
    return int(act(child, "declare_control", child.actor(at), at, **fields).data["control"])


def test_two_companies_of_one_parent_are_related_though_it_is_no_member(exchange: Member) -> None:
    a, b, c = (admitted(number, exchange) for number in (7, 8, 9))
    controlled(a, credit_code(100))
    assert not parties.related(a.id, b.id)
    controlled(b, credit_code(100))
    assert parties.related(a.id, b.id)
    assert parties.related(b.id, a.id)
    assert not parties.related(a.id, c.id)
    assert (
        parties.organisation(a.id).group_id
        == parties.organisation(b.id).group_id
        == min(credit_code(7), credit_code(8), credit_code(100))
    )
    assert parties.organisation(c.id).group_id is None


def test_a_chain_of_control_relates_its_ends(exchange: Member) -> None:
    a, b = admitted(7, exchange), admitted(8, exchange)
    controlled(a, credit_code(8), relation="controls", basis="agreement", share_basis_points=None)
    assert parties.related(a.id, b.id)


def test_the_state_does_not_make_its_companies_related(exchange: Member) -> None:
    organ = credit_code(5, start="11")
    a, b = admitted(7, exchange), admitted(8, exchange)
    controlled(a, organ)
    controlled(b, organ)
    assert not parties.related(a.id, b.id)
    assert parties.organisation(a.id).group_id is None
    regulator = admitted(6, exchange, "buyer", kind="department", credit_code=organ)
    assert parties.related(regulator.id, a.id)


def test_a_control_that_ended_relates_no_longer_but_did_then(exchange: Member) -> None:
    a, b = admitted(7, exchange), admitted(8, exchange)
    number = controlled(a, credit_code(8))
    act(a, "end_control", a.actor(), control=number, until_date="2026-02-01", reason="股权转让")
    assert not parties.related(a.id, b.id, on=AT.date())
    assert parties.related(a.id, b.id, on=AT.date().replace(month=1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"credit_code": credit_code(7)},
        {"since_date": "2026-03-03"},
    ],
)
def test_a_statement_of_control_must_make_sense(exchange: Member, wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        controlled(admitted(7, exchange), **{"parent_code": wrong.pop("credit_code", credit_code(8)), **wrong})
    assert rules_of(caught) == {"control_is_sound"}


def test_a_stranger_cannot_end_a_control(exchange: Member) -> None:
    a, stranger = admitted(7, exchange), admitted(8, exchange)
    number = controlled(a, credit_code(100))
    with pytest.raises(Refused) as caught:
        act(stranger, "end_control", stranger.actor(), control=number, until_date="2026-02-01", reason="试试")
    assert rules_of(caught) == {"control_can_end"}


def test_the_clock_cannot_apply_for_anyone() -> None:
    with pytest.raises(NotYours):
        begin(ADMISSION, by=HOUSE, at=AT, **application(7))

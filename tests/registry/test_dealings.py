"""What follows a first registration, path by path (PROP35 arts. 23, 29, 32–37)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.registry.conftest import World, day
from tongqu.exchange.bedrock import evidence, papers
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.models import StuckStep
from tongqu.exchange.bedrock.procedures import (
    HOUSE,
    Actor,
    Alarm,
    Held,
    NeedsSecondFactor,
    NotNow,
    NotYours,
    Outcome,
    Procedure,
    Refused,
    Unknown,
    begin,
    clocks_of,
    holds_on,
    perform,
    see,
    visible,
)
from tongqu.exchange.registry import dealings, ownership
from tongqu.exchange.registry.dealings import (
    LATE_OBJECTION,
    RIGHT_CANCELLATION,
    RIGHT_CHANGE,
    RIGHT_RENEWAL,
    RIGHT_REVOCATION,
    RIGHT_TRANSFER,
)
from tongqu.exchange.registry.models import Certificate, Dealing, Registration

MONDAY = day(2026, 11, 2)
LATER = day(2027, 3, 1)


def signed(actor: Actor) -> Actor:
    return replace(actor, second_factor=True)


def clock(table: Procedure, subject: int, name: str) -> Any:
    return next(one for one in clocks_of(table, subject) if one.name == name)


def cites(shut: Refused) -> set[str]:
    return {finding.cite for finding in shut.findings if finding.blocks}


def transfer_form(world: World, registration: int, **changes: Any) -> dict[str, Any]:
    return {
        "registration": registration, "receiver": world.parties["rival"].pk, "rights": ["holding", "operation"],
        "nothing_kept": True, "contract": world.paper("contract"),
    } | changes  # fmt: skip


def joined(world: World) -> dict[str, Any]:
    return {
        "applicant_type": "legal_person", "legal_representative": "示例新法人", "established_date": date(2015, 5, 5),
        "registered_address": "武汉市示例路2号", "business_scope": "数据服务", "subsistence": "subsisting",
        "contact_name": "示例受让联系人", "contact_phone": "027-87654321", "contact_address": "武汉市示例路2号",
        "identity_paper": world.paper("identity-rival", "rival"),
    }  # fmt: skip


def transfer(world: World, registration: int, at: datetime, **changes: Any) -> int:
    asked = transfer_form(world, registration, **changes)
    number = begin(RIGHT_TRANSFER, by=signed(world.supplier), at=at, **asked).subject
    perform(RIGHT_TRANSFER, "join", number, by=signed(world.actor("rival")), at=at, **joined(world))
    return number


def act(
    world: World, table: Procedure, name: str, subject: int, /, at: datetime, by: Actor | None = None, **inputs: Any
) -> Outcome:
    return perform(table, name, subject, by=by or world.registrar, at=at, **inputs)


def examined(world: World, table: Procedure, number: int, at: datetime) -> None:
    """Accepted, its three heads passed, publicised."""
    act(world, table, "accept", number, at)
    paper = world.paper("examined", "registrar")
    for head in ("description", "source", "ownership"):
        act(world, table, "find", number, at, head=head, passes=True, finding="与材料一致", evidence=[paper])
    act(world, table, "publicise", number, at)


def decided(world: World, table: Procedure, number: int, at: datetime) -> None:
    examined(world, table, number, at)
    world.pass_time(at + timedelta(days=15))
    assert see(table, number, HOUSE).state == "entered"


def change_form(world: World, registration: int, *changes: tuple[str, str], **more: Any) -> dict[str, Any]:
    told = [{"item": item, "after": after} for item, after in changes]
    return {
        "registration": registration, "changes": told, "reason": "登记事项变化", "papers": [world.paper("change")],
    } | more  # fmt: skip


def begun(world: World, table: Procedure, at: datetime, **inputs: Any) -> int:
    return begin(table, by=signed(world.supplier), at=at, **inputs).subject


def refused(world: World, table: Procedure, at: datetime, **inputs: Any) -> Refused:
    with pytest.raises(Refused) as shut:
        begun(world, table, at, **inputs)
    return shut.value


# Transfer.


def test_a_transfer_of_everything_ends_one_entry_and_begins_another(world: World) -> None:
    registration = world.registered(MONDAY)
    old = ownership.right(registration)
    number = transfer(world, registration, LATER)
    assert see(RIGHT_TRANSFER, number, world.actor("rival")).state == "applied"
    decided(world, RIGHT_TRANSFER, number, LATER)
    assert world.state(registration) == "transferred"
    (new,) = ownership.rights_of(world.parties["rival"].pk)
    assert (new.rights, new.resource_id) == (old.rights, old.resource_id)
    assert new.valid_to_at == old.valid_to_at  # a transfer lengthens nothing
    assert new.code is not None
    assert new.code != old.code
    answer = ownership.verify_certificate(str(old.code), at=day(2027, 4, 1))
    assert [words.zh for words in answer.faults] == ["权利已全部转让，凭证不再有效"]
    good = ownership.verify_certificate(new.code, at=day(2027, 4, 1))
    assert (good.good, good.certificate.holder) == (True, "示例rival有限公司")


def test_what_is_noted_beside_a_right_goes_with_it_to_the_receiver(world: World) -> None:
    registration = world.registered(MONDAY)
    told = {"kind": "agreed", "text": "已质押给示例银行", "until_date": date(2029, 1, 1)}
    lifted = world.act("note", registration, LATER, kind="agreed", text="旧约定").data["note"]
    world.act("lift_note", registration, LATER, note=lifted, reason="已履行")
    world.act("note", registration, LATER, **told)
    decided(world, RIGHT_TRANSFER, transfer(world, registration, LATER), LATER)
    (new,) = ownership.rights_of(world.parties["rival"].pk)
    (note,) = ownership.dossier(new.registration_id).notes
    assert (note.kind, note.text, note.until_date) == tuple(told.values())
    fact = next(one for one in evidence.facts_of("ownership", new.registration_id) if one.act == "receive")
    assert "已质押给示例银行" in str(fact.body["data"]["content"])


def test_the_receivers_certificate_says_what_it_follows(world: World) -> None:
    registration = world.registered(MONDAY)
    old = ownership.right(registration).code
    number = transfer(world, registration, LATER, scope="仅限湖北省内使用")
    decided(world, RIGHT_TRANSFER, number, LATER)
    (new,) = ownership.rights_of(world.parties["rival"].pk)
    fact = next(one for one in evidence.facts_of("ownership", new.registration_id) if one.act == "receive")
    content = fact.body["data"]["content"]
    assert content["kind"] == "transfer"
    assert content["later"] == {"matter": "right_transfer", "number": number, "replaces": old}
    assert [head["head"] for head in content["heads"]] == ["description", "source", "ownership"]
    assert content["rights"]["limits"] == "仅限湖北省内使用"
    assert "027-87654321" not in str(fact.body)
    shown = ownership.certificate_of(new.registration_id)
    assert shown is not None
    assert papers.content(shown.paper).startswith(b"%PDF-")


def test_a_transfer_of_one_right_adjusts_the_certificate_of_who_keeps_the_other(world: World) -> None:
    registration = world.registered(MONDAY)
    old = str(ownership.right(registration).code)
    decided(world, RIGHT_TRANSFER, transfer(world, registration, LATER, rights=["operation"]), LATER)
    mine, (theirs,) = ownership.right(registration), ownership.rights_of(world.parties["rival"].pk)
    assert (mine.state, mine.rights, theirs.rights) == ("registered", {"holding"}, {"operation"})
    assert mine.code != old
    answer = ownership.verify_certificate(old, at=day(2027, 4, 1))
    assert not answer.good
    assert f"由新凭证 {mine.code} 取代" in answer.faults[0].zh
    assert ownership.verify_certificate(str(mine.code), at=day(2027, 4, 1)).good
    assert Certificate.objects.filter(registration=registration).count() == 2


def test_who_keeps_something_grants_a_licence_and_transfers_nothing(world: World) -> None:
    registration = world.registered(MONDAY)
    shut = refused(world, RIGHT_TRANSFER, LATER, **transfer_form(world, registration, nothing_kept=False))
    assert cites(shut) == {"PROP35:34"}
    assert "许可合同" in str(shut.findings)


def test_a_transfer_is_applied_for_by_both_and_signed_by_both(world: World) -> None:
    registration = world.registered(MONDAY)
    with pytest.raises(NeedsSecondFactor):
        begin(RIGHT_TRANSFER, by=world.supplier, at=LATER, **transfer_form(world, registration))
    number = begun(world, RIGHT_TRANSFER, LATER, **transfer_form(world, registration))
    with pytest.raises(NotNow):
        act(world, RIGHT_TRANSFER, "accept", number, LATER)
    with pytest.raises(NotYours):
        act(world, RIGHT_TRANSFER, "join", number, LATER, by=signed(world.supplier), **joined(world))
    with pytest.raises(NeedsSecondFactor):
        act(world, RIGHT_TRANSFER, "join", number, LATER, by=world.actor("rival"), **joined(world))
    assert [one.name for one in clocks_of(RIGHT_TRANSFER, number)] == ["joining"]  # nothing else runs yet


def test_a_receiver_that_does_not_join_in_ten_working_days_has_not_applied(world: World) -> None:
    registration = world.registered(MONDAY)
    number = begun(world, RIGHT_TRANSFER, day(2027, 1, 4), **transfer_form(world, registration))
    end = clock(RIGHT_TRANSFER, number, "joining").due_at
    world.pass_time(end - timedelta(seconds=1))
    assert see(RIGHT_TRANSFER, number, HOUSE).state == "joining"
    world.pass_time(end)
    assert see(RIGHT_TRANSFER, number, HOUSE).state == "not_joined"
    assert world.state(registration) == "registered"


def test_the_other_side_may_decline_and_the_first_call_it_off(world: World) -> None:
    registration = world.registered(MONDAY)
    number = begun(world, RIGHT_TRANSFER, LATER, **transfer_form(world, registration))
    act(world, RIGHT_TRANSFER, "decline", number, LATER, by=world.actor("rival"), reason="价格未谈妥")
    again = begun(world, RIGHT_TRANSFER, LATER, **transfer_form(world, registration))
    act(world, RIGHT_TRANSFER, "call_off", again, LATER, by=world.supplier, reason="不再转让")
    assert [see(RIGHT_TRANSFER, one, HOUSE).state for one in (number, again)] == ["not_joined", "withdrawn"]


@pytest.mark.parametrize(
    ("receiver", "cite"), [("supplier", "PROP35:34"), ("registrar", "PROP35:10(7)")], ids=["itself", "its registrar"]
)
def test_nobody_transfers_to_itself_or_to_its_registrar(world: World, receiver: str, cite: str) -> None:
    registration = world.registered(MONDAY)
    asked = transfer_form(world, registration, receiver=world.parties[receiver].pk)
    assert cite in cites(refused(world, RIGHT_TRANSFER, LATER, **asked))


def test_only_what_is_registered_is_transferred_and_only_by_who_holds_it(world: World) -> None:
    registration = world.registered(MONDAY)
    assert cites(refused(world, RIGHT_TRANSFER, LATER, **transfer_form(world, registration, rights=["use"]))) == {
        "PROP35:34"
    }
    with pytest.raises(Refused) as shut:
        begin(
            RIGHT_TRANSFER, by=signed(world.actor("rival")), at=LATER,
            **transfer_form(world, registration, contract=world.paper("c", "rival")),
        )  # fmt: skip
    assert "PROP35:32" in cites(shut.value)
    with pytest.raises(Refused):
        begun(world, RIGHT_TRANSFER, LATER, **transfer_form(world, 987_654))


@pytest.mark.parametrize(
    "changed",
    [{"rights": ["holding"]}, {"scope": "仅限查询"}, {"right_until_date": date(2028, 1, 1)}, {"receiver": "sister"}],
    ids=["rights", "scope", "term", "receiver"],
)
def test_what_both_signed_one_side_does_not_change_by_supplying_papers(world: World, changed: dict[str, Any]) -> None:
    registration = world.registered(MONDAY)
    number = transfer(world, registration, LATER)
    act(world, RIGHT_TRANSFER, "list_missing", number, LATER, items=["合同附件"], deadline_date=date(2027, 3, 10))
    if "receiver" in changed:
        changed = {"receiver": world.parties[changed["receiver"]].pk}
    with pytest.raises(Refused) as shut:
        act(world, RIGHT_TRANSFER, "supply", number, LATER, by=world.supplier,
            **transfer_form(world, registration, **changed))  # fmt: skip
    assert "HOUSE:ownership" in cites(shut.value)
    whole = transfer_form(world, registration, rights=["operation", "holding"], contract=world.paper("with its annex"))
    act(world, RIGHT_TRANSFER, "supply", number, LATER, by=world.supplier, **whole)
    assert see(RIGHT_TRANSFER, number, HOUSE).state == "supplied"


def test_what_is_supplied_about_a_wider_registration_widens_no_other(world: World) -> None:
    """A renewal of one right, supplied as if it were about a registration of three."""
    narrow = world.registered(MONDAY, rights=["use"])
    wide = world.registered(MONDAY, resource=world.catalogued(MONDAY, source="meters", name="另一数据"))
    end = ownership.right(narrow).valid_to_at
    assert end is not None
    soon = end - timedelta(days=60)
    number = begun(world, RIGHT_RENEWAL, soon, **renewal_form(world, narrow, rights=["use"]))
    later = (soon + timedelta(days=5)).date()
    act(world, RIGHT_RENEWAL, "list_missing", number, soon, items=["权利证明"], deadline_date=later)
    with pytest.raises(Refused) as shut:
        act(world, RIGHT_RENEWAL, "supply", number, soon, by=world.supplier, **renewal_form(world, wide))
    assert "HOUSE:ownership" in cites(shut.value)
    assert Dealing.objects.get(pk=number).form["rights"] == ["use"]


def test_a_stranger_sees_neither_the_matter_nor_that_there_is_one(world: World) -> None:
    number = transfer(world, world.registered(MONDAY), LATER)
    for who in ("department", "sister"):
        with pytest.raises(Unknown):
            see(RIGHT_TRANSFER, number, world.actor(who))
    assert visible(RIGHT_TRANSFER, world.actor("rival")).count() == 1
    # The kinds share a table, and none is found under the name of another.
    assert visible(RIGHT_CHANGE, HOUSE).count() == 0
    with pytest.raises(Unknown):
        act(world, RIGHT_CHANGE, "accept", number, LATER)


def test_silence_accepts_a_cancellation_too_over_the_national_day_holiday(world: World) -> None:
    """Three working days from Tuesday 29 September: 30 September, 8 and 9 October; accepted on the next, a worked Saturday."""
    registration = world.registered(day(2026, 8, 3), by="rival")
    number = begin(
        RIGHT_CANCELLATION, by=world.actor("rival"), at=day(2026, 9, 29), registration=registration, ground="request",
        reason="业务停止",
    ).subject  # fmt: skip
    assert clock(RIGHT_CANCELLATION, number, "acceptance").due_at == day(2026, 10, 10, 0)
    world.pass_time(day(2026, 10, 9, 23, 59))
    assert see(RIGHT_CANCELLATION, number, HOUSE).state == "applied"
    world.pass_time(day(2026, 10, 10, 0))
    row = see(RIGHT_CANCELLATION, number, HOUSE)
    assert (row.state, row.accepted_by_silence) == ("accepted", True)


# Seizure.


def test_a_seizure_stops_a_transfer_where_it_stands_and_its_periods_too(world: World) -> None:
    registration = world.registered(MONDAY)
    number = transfer(world, registration, LATER)
    examined(world, RIGHT_TRANSFER, number, LATER)
    seized = world.act("note", registration, day(2027, 3, 3), kind="seized", text="示例法院查封").data["note"]
    world.settle(day(2027, 3, 3))
    assert [hold.cite for hold in holds_on(RIGHT_TRANSFER, number)] == ["PROP35:23"]
    assert clock(RIGHT_TRANSFER, number, "publicity").due_at is None
    world.pass_time(day(2027, 5, 1))
    assert see(RIGHT_TRANSFER, number, HOUSE).state == "publicity"
    with pytest.raises(Held):
        act(world, RIGHT_TRANSFER, "withdraw", number, day(2027, 5, 1), by=world.supplier, reason="改主意了")
    controlled = world.act("note", registration, day(2027, 5, 6), kind="controlled", text="临时管制").data["note"]
    world.act("lift_note", registration, day(2027, 5, 7), note=seized, reason="法院解除")
    world.settle(day(2027, 5, 7))
    assert holds_on(RIGHT_TRANSFER, number)  # the other note still freezes it
    world.act("lift_note", registration, day(2027, 5, 10), note=controlled, reason="管制期满")
    world.settle(day(2027, 5, 10))
    assert holds_on(RIGHT_TRANSFER, number) == []
    world.pass_time(day(2027, 5, 20))
    assert world.state(registration) == "transferred"


def test_what_is_seized_is_neither_transferred_nor_cancelled_but_renewed(world: World) -> None:
    registration = world.registered(MONDAY)
    end = ownership.right(registration).valid_to_at
    assert end is not None
    soon = end - timedelta(days=60)
    world.act("note", registration, soon, kind="seized", text="示例法院查封")
    assert "PROP35:23" in cites(refused(world, RIGHT_TRANSFER, soon, **transfer_form(world, registration)))
    cancelling = {"registration": registration, "ground": "request", "reason": "业务停止"}
    assert cites(refused(world, RIGHT_CANCELLATION, soon, **cancelling)) == {"PROP35:23"}
    renewing = begun(world, RIGHT_RENEWAL, soon, **renewal_form(world, registration))
    decided(world, RIGHT_RENEWAL, renewing, soon)


def test_a_seizure_between_decision_and_application_of_the_receiver_is_heard(world: World) -> None:
    registration = world.registered(MONDAY)
    number = begun(world, RIGHT_TRANSFER, LATER, **transfer_form(world, registration))
    world.act("note", registration, LATER, kind="seized", text="示例法院查封")  # the house has not yet taken it up
    with pytest.raises(Refused) as shut:
        act(world, RIGHT_TRANSFER, "join", number, LATER, by=signed(world.actor("rival")), **joined(world))
    assert cites(shut.value) == {"PROP35:23"}


# Change.


def test_a_change_writes_what_was_and_what_is_and_issues_a_new_certificate(world: World) -> None:
    registration = world.registered(MONDAY)
    old = ownership.right(registration)
    asked = change_form(
        world, registration, ("registered_address", "武汉市示例路9号"), ("time_to_date", "2019-12-31"),
        ("name_time", "2018至2019年"), contact_phone="027-99999999",
    )  # fmt: skip
    number = begun(world, RIGHT_CHANGE, LATER, **asked)
    assert Dealing.objects.get(pk=number).before == {
        "registered_address": "武汉市示例路1号", "time_to_date": "2018-12-31", "name_time": "2018年",
    }  # fmt: skip
    decided(world, RIGHT_CHANGE, number, LATER)
    now = ownership.right(registration)
    assert (now.name, now.valid_to_at) == ("2018至2019年示例市钢铁用电负荷表格", old.valid_to_at)
    assert now.code != old.code
    form = ownership.dossier(registration).form
    assert (form["time_to_date"], form["contact_phone"]) == ("2019-12-31", "027-99999999")
    assert ownership.verify_certificate(str(now.code), at=day(2027, 4, 1)).good
    logged = str([fact.body for fact in evidence.facts_of("ownership", registration)])
    assert "027-99999999" not in logged


@pytest.mark.parametrize(
    "item", ["holder", "source_kind", "relation", "rights", "right_limits", "right_until_date", "origin"]
)
def test_what_is_not_on_the_list_needs_another_registration(world: World, item: str) -> None:
    registration = world.registered(MONDAY)
    after = {"source_kind": "derived", "relation": "fused", "origin": "duty", "right_until_date": "2040-01-01"}
    shut = refused(world, RIGHT_CHANGE, LATER, **change_form(world, registration, (item, after.get(item, "另一内容"))))
    assert cites(shut) == {"PROP35:35"}


def test_a_value_that_form_f1_would_not_take_is_told_with_its_item(world: World) -> None:
    registration = world.registered(MONDAY)
    for item, after in (
        ("industry_code", "钢铁"),
        ("time_from_date", "去年"),
        ("records", "很多"),
        ("frequency", "常常"),
    ):
        with pytest.raises(BadInput) as bad:
            begun(world, RIGHT_CHANGE, LATER, **change_form(world, registration, (item, after)))
        assert bad.value.faults[0][0].startswith("changes.0")


def test_a_choice_is_written_in_its_words_and_kept_by_its_code(world: World) -> None:
    registration = world.registered(MONDAY)
    asked = change_form(world, registration, ("frequency", "周"), ("subsistence", "Being wound up"))
    decided(world, RIGHT_CHANGE, begun(world, RIGHT_CHANGE, LATER, **asked), LATER)
    form = ownership.dossier(registration).form
    assert (form["frequency"], form["subsistence"]) == ("week", "liquidation")


def test_a_change_changes_something_once_and_keeps_the_name_short(world: World) -> None:
    registration = world.registered(MONDAY)
    same = change_form(world, registration, ("registered_address", "武汉市示例路1号"))
    assert cites(refused(world, RIGHT_CHANGE, LATER, **same)) == {"PROP35:35"}
    assert cites(refused(world, RIGHT_CHANGE, LATER, **change_form(world, registration))) == {"PROP35:35"}
    with pytest.raises(BadInput):
        begun(world, RIGHT_CHANGE, LATER, **change_form(world, registration, ("overview", "一"), ("overview", "二二")))
    long = change_form(world, registration, ("name_content", "长" * 40))
    assert cites(refused(world, RIGHT_CHANGE, LATER, **long)) == {"PROP35:19"}


def test_the_same_party_renamed_is_a_change_and_its_new_name_stands_in_the_certificate(world: World) -> None:
    registration = world.registered(MONDAY)
    asked = change_form(world, registration, ("holder_name", "示例新名有限公司"))
    assert cites(refused(world, RIGHT_CHANGE, LATER, **asked)) == {"PROP35:35"}  # it is not admitted under it yet
    world.parties["supplier"].name = "示例新名有限公司"
    world.parties["supplier"].save()
    decided(world, RIGHT_CHANGE, begun(world, RIGHT_CHANGE, LATER, **asked), LATER)
    shown = ownership.certificate_of(registration)
    assert shown is not None
    assert shown.holder == "示例新名有限公司"


def test_one_matter_about_a_right_at_a_time(world: World) -> None:
    registration = world.registered(MONDAY)
    begun(world, RIGHT_CHANGE, LATER, **change_form(world, registration, ("overview", "另一概述")))
    shut = refused(world, RIGHT_TRANSFER, LATER, **transfer_form(world, registration))
    assert cites(shut) == {"HOUSE:ownership"}
    row = Dealing.objects.get(registration=registration)
    row.pk = None
    with pytest.raises(IntegrityError, match="one_dealing_at_a_time"), transaction.atomic():
        row.save(force_insert=True)


# Renewal.


def renewal_form(world: World, registration: int, **changes: Any) -> dict[str, Any]:
    return {
        "registration": registration, "rights": ["holding", "operation"], "unchanged": True,
        "papers": [world.paper("renewal")],
    } | changes  # fmt: skip


def test_a_renewal_is_asked_for_from_six_months_before_the_end_to_the_day_before(world: World) -> None:
    registration = world.registered(MONDAY)
    assert ownership.right(registration).valid_to_at == day(2031, 12, 2)
    first, last = day(2031, 6, 2, 0), day(2031, 12, 1, 23, 59)
    for at in (first - timedelta(seconds=1), last + timedelta(minutes=1)):
        assert cites(refused(world, RIGHT_RENEWAL, at, **renewal_form(world, registration))) == {"PROP35:36"}
    number = begun(world, RIGHT_RENEWAL, first, **renewal_form(world, registration))
    act(world, RIGHT_RENEWAL, "withdraw", number, first, by=world.supplier, reason="稍后再办")
    world.settle(first)
    begun(world, RIGHT_RENEWAL, last, **renewal_form(world, registration))


def test_a_renewal_is_valid_for_five_years_from_its_own_evidence(world: World) -> None:
    registration = world.registered(MONDAY)
    old = str(ownership.right(registration).code)
    at = day(2031, 9, 1)
    decided(world, RIGHT_RENEWAL, begun(world, RIGHT_RENEWAL, at, **renewal_form(world, registration)), at)
    now = ownership.right(registration)
    assert now.evidenced_at is not None
    assert now.valid_to_at == now.evidenced_at.replace(year=2036)
    assert not ownership.verify_certificate(old, at=day(2031, 10, 10)).good
    world.pass_time(day(2031, 12, 3))
    assert world.state(registration) == "registered"  # the old day passes over it
    world.pass_time(now.valid_to_at)
    assert world.state(registration) == "lapsed"


def test_asked_for_in_time_and_decided_late_the_right_does_not_lapse_meanwhile_nor_is_it_relied_on(
    world: World,
) -> None:
    registration = world.registered(MONDAY)
    end = ownership.right(registration).valid_to_at
    assert end is not None
    at = end - timedelta(days=1)
    number = begun(world, RIGHT_RENEWAL, at, **renewal_form(world, registration))
    world.settle(at)
    world.pass_time(end + timedelta(days=2))
    right = ownership.right(registration)
    assert right.state == "registered"
    assert not right.valid_at(end)
    assert not ownership.verify_certificate(str(right.code), at=end).good
    decided(world, RIGHT_RENEWAL, number, end + timedelta(days=2))
    assert ownership.right(registration).valid_at(end + timedelta(days=30))


def test_when_nothing_comes_of_a_renewal_the_right_lapses_on_its_day(world: World) -> None:
    registration = world.registered(MONDAY)
    end = ownership.right(registration).valid_to_at
    assert end is not None
    number = begun(world, RIGHT_RENEWAL, end - timedelta(days=1), **renewal_form(world, registration))
    world.settle(end)
    world.pass_time(end + timedelta(days=1))
    assert world.state(registration) == "registered"
    act(world, RIGHT_RENEWAL, "withdraw", number, end + timedelta(days=1), by=world.supplier, reason="不再续期")
    world.pass_time(end + timedelta(days=1, minutes=1))
    world.pass_time(end + timedelta(days=1, minutes=2))
    assert world.state(registration) == "lapsed"


def test_a_renewal_renews_what_there_was_and_no_more(world: World) -> None:
    registration, at = world.registered(MONDAY), day(2031, 9, 1)
    for changes, cite in (
        ({"rights": ["use"]}, "PROP35:34"),
        ({"unchanged": False}, "PROP35:36"),
        ({"right_until_date": date(2031, 12, 2)}, "PROP35:36"),
    ):
        assert cites(refused(world, RIGHT_RENEWAL, at, **renewal_form(world, registration, **changes))) == {cite}
    number = begun(world, RIGHT_RENEWAL, at, **renewal_form(world, registration, rights=["holding"]))
    decided(world, RIGHT_RENEWAL, number, at)
    assert ownership.right(registration).rights == {"holding"}


# Cancellation.


def test_a_holder_cancels_after_publicity_and_the_certificate_says_so(world: World) -> None:
    registration = world.registered(MONDAY)
    code = str(ownership.right(registration).code)
    asked = {"registration": registration, "ground": "destroyed", "reason": "存储介质毁损，无备份"}
    number = begun(world, RIGHT_CANCELLATION, LATER, **asked)
    decided(world, RIGHT_CANCELLATION, number, LATER)
    assert world.state(registration) == "cancelled"
    assert ownership.verify_certificate(code, at=day(2027, 4, 1)).faults[0].zh == "登记已注销"
    assert cites(
        refused(world, RIGHT_CHANGE, day(2027, 4, 1), **change_form(world, registration, ("overview", "另一概述")))
    ) >= {"PROP35:32"}
    fact = evidence.facts_of("ownership", registration)[-1]
    assert (fact.act, fact.body["data"]["ground"]) == ("cancel", "destroyed")


def revocation(world: World, registration: int, at: datetime, **changes: Any) -> int:
    asked = {
        "registration": registration, "ground": "law", "reason": "查明登记材料不实",
        "papers": [world.paper("finding", "registrar")],
    }  # fmt: skip
    return begin(RIGHT_REVOCATION, by=world.registrar, at=at, **(asked | changes)).subject


def test_a_registrar_cancels_by_itself_only_after_written_notice_and_hearing(world: World) -> None:
    registration = world.registered(MONDAY)
    number = revocation(world, registration, LATER)
    row = see(RIGHT_REVOCATION, number, world.supplier)
    assert "拟注销登记告知书" in row.notice["zh"]
    assert "查明登记材料不实" in row.notice["zh"]
    with pytest.raises(NotNow):
        act(world, RIGHT_REVOCATION, "decide", number, LATER, finding="予以注销")
    act(world, RIGHT_REVOCATION, "answer", number, LATER, by=world.supplier, answer="材料属实，附说明")
    act(world, RIGHT_REVOCATION, "decide", number, LATER, finding="申辩不成立，予以注销")
    world.settle(LATER)
    assert world.state(registration) == "cancelled"


def test_who_says_nothing_is_decided_about_after_ten_working_days(world: World) -> None:
    registration = world.registered(MONDAY)
    number = revocation(world, registration, day(2027, 3, 1))
    end = clock(RIGHT_REVOCATION, number, "hearing").due_at
    assert end == day(2027, 3, 16, 0)
    world.pass_time(end - timedelta(seconds=1))
    assert see(RIGHT_REVOCATION, number, HOUSE).state == "noticed"
    world.pass_time(end)
    act(world, RIGHT_REVOCATION, "drop", number, end, reason="材料补正，不予注销")
    assert world.state(registration) == "registered"


@pytest.mark.parametrize("first", ["revocation", "renewal"])
def test_a_renewal_is_filed_in_its_window_beside_a_revocation_which_decides(world: World, first: str) -> None:
    """The window has its last day, and an open revocation does not eat it up; nothing is examined while it is open."""
    registration = world.registered(MONDAY)
    end = ownership.right(registration).valid_to_at
    assert end is not None
    at = end - timedelta(days=5)
    if first == "revocation":
        number = revocation(world, registration, at)
        renewal = begun(world, RIGHT_RENEWAL, at, **renewal_form(world, registration))
    else:
        renewal = begun(world, RIGHT_RENEWAL, at, **renewal_form(world, registration))
        number = revocation(world, registration, at)
    world.settle(at)
    assert cites(refused(world, RIGHT_TRANSFER, at, **transfer_form(world, registration))) >= {"HOUSE:ownership"}
    with pytest.raises(Held):
        act(world, RIGHT_RENEWAL, "accept", renewal, at)
    act(world, RIGHT_REVOCATION, "answer", number, at, by=world.supplier, answer="材料属实，附说明")
    world.pass_time(end + timedelta(days=3))
    assert world.state(registration) == "registered"  # asked for in time, it does not lapse meanwhile
    later = end + timedelta(days=3)
    if first == "renewal":
        act(world, RIGHT_REVOCATION, "drop", number, later, reason="材料补正，不予注销")
        world.settle(later)
        act(world, RIGHT_RENEWAL, "accept", renewal, later)
        return
    act(world, RIGHT_REVOCATION, "decide", number, later, finding="申辩不成立，予以注销")
    world.settle(later)
    assert world.state(registration) == "cancelled"
    assert see(RIGHT_RENEWAL, renewal, world.supplier).state == "fallen"
    assert not StuckStep.objects.filter(solved_at__isnull=True).exists()


def test_another_registrar_or_the_holder_revokes_nothing(world: World) -> None:
    registration = world.registered(MONDAY)
    world.join("other", "91420100MA0000006F", "private", "registrar")
    asked = {"registration": registration, "ground": "law", "reason": "查明登记材料不实"}
    with pytest.raises(NotYours):
        begin(RIGHT_REVOCATION, by=world.supplier, at=LATER, papers=[world.paper("x")], **asked)
    with pytest.raises(Refused) as shut:
        begin(RIGHT_REVOCATION, by=world.actor("other"), at=LATER, papers=[world.paper("x", "other")], **asked)
    assert cites(shut.value) == {"PROP35:32"}


# Publicity and objections of the later kinds.


def test_a_later_registration_is_publicised_with_the_same_four_fields(world: World) -> None:
    registration = world.registered(MONDAY)
    number = transfer(world, registration, LATER)
    examined(world, RIGHT_TRANSFER, number, LATER)
    page = dealings.publicity()
    (one,) = page.items
    assert (page.total, one.dealing_id, one.until_at) == (1, number, day(2027, 3, 9, 0))
    assert set(one.fields.plain()) == {"applicant", "data_name", "overview", "restrictions"}
    assert "示例supplier有限公司" in one.fields.applicant
    assert "示例rival有限公司" in one.fields.applicant
    assert one.fields.restrictions.startswith("转让登记：转让数据持有权、数据经营权")


def test_an_objection_stops_a_transfer_and_upheld_it_refuses_it(world: World) -> None:
    registration = world.registered(MONDAY)
    number = transfer(world, registration, LATER)
    examined(world, RIGHT_TRANSFER, number, LATER)
    said = {"reason": "该数据由我方共有", "contact": "13900000000", "evidence": [world.paper("proof", None)]}
    act(world, RIGHT_TRANSFER, "object", number, day(2027, 3, 2), by=world.citizen, **said)
    assert clock(RIGHT_TRANSFER, number, "investigation").due_at == day(2027, 3, 17, 0)
    own = {"reason": "自己异议自己", "contact": "13900000000", "evidence": [world.paper("own", "rival")]}
    with pytest.raises(Refused):
        act(world, RIGHT_TRANSFER, "object", number, day(2027, 3, 2), by=world.actor("rival"), **own)
    act(world, RIGHT_TRANSFER, "uphold", number, day(2027, 3, 5), finding="共有属实")
    row = see(RIGHT_TRANSFER, number, HOUSE)
    assert row.state == "refused"
    assert "存在尚未解决的权属纠纷" in row.notice["zh"]
    assert world.state(registration) == "registered"
    assert "13900000000" not in str([fact.body for fact in evidence.facts_of("right_transfer", number)])


def test_a_transfer_of_what_lapsed_meanwhile_is_told_and_refused_by_hand(world: World) -> None:
    registration = world.registered(MONDAY)
    end = ownership.right(registration).valid_to_at
    assert end is not None
    at = end - timedelta(days=1)
    number = transfer(world, registration, at)
    examined(world, RIGHT_TRANSFER, number, at)
    world.pass_time(end + timedelta(days=30))
    assert world.state(registration) == "lapsed"
    assert see(RIGHT_TRANSFER, number, HOUSE).state == "publicity"
    assert Alarm.objects.filter(procedure="right_transfer", subject=number, kind="overdue").exists()
    act(world, RIGHT_TRANSFER, "refuse", number, end + timedelta(days=30), grounds=["other"], reason="权利已到期失效")


# Objections to what is registered already.


def late(world: World, registration: int, at: datetime, **changes: Any) -> int:
    asked = {
        "code": str(ownership.right(registration).code), "claim": "该数据系我方采集，请求注销", "contact": "13900000000",
        "evidence": [world.paper("late", "rival")],
    }  # fmt: skip
    return begin(LATE_OBJECTION, by=world.actor("rival"), at=at, **(asked | changes)).subject


def test_an_objection_after_registration_is_told_to_the_holder_in_five_working_days(world: World) -> None:
    registration = world.registered(MONDAY)
    number = late(world, registration, LATER)
    assert clock(LATE_OBJECTION, number, "notice").due_at == day(2027, 3, 9, 0)
    act(world, LATE_OBJECTION, "ask_for_papers", number, LATER, items=["采集记录"], deadline_date=date(2027, 3, 10))
    act(
        world, LATE_OBJECTION, "complete", number, day(2027, 3, 8), by=world.actor("rival"), note="补交采集记录",
        evidence=[world.paper("more", "rival")],
    )  # fmt: skip
    assert clock(LATE_OBJECTION, number, "notice").due_at == day(2027, 3, 16, 0)  # complete papers begin the period
    act(world, LATE_OBJECTION, "notify", number, day(2027, 3, 9))
    act(world, LATE_OBJECTION, "answer", number, day(2027, 3, 10), by=world.supplier, answer="系我方依合同采集")
    act(world, LATE_OBJECTION, "order_cancellation", number, day(2027, 3, 15), finding="采集方为异议人")
    world.settle(day(2027, 3, 15))
    assert world.state(registration) == "cancelled"
    fact = evidence.facts_of("ownership", registration)[-1]
    assert fact.body["data"]["ground"] == "objection"


def test_an_objection_that_the_registrar_cannot_decide_goes_to_court_and_the_judgment_is_carried_out(
    world: World,
) -> None:
    registration = world.registered(MONDAY)
    number = late(world, registration, LATER)
    act(world, LATE_OBJECTION, "notify", number, LATER)
    world.pass_time(day(2027, 3, 20))
    assert see(LATE_OBJECTION, number, HOUSE).state == "answered"  # nobody answered
    act(world, LATE_OBJECTION, "refer", number, day(2027, 3, 22), finding="双方各有合同，请申请仲裁或起诉")
    judged = {
        "number": "（2027）示例民初1号", "effect": "cancel", "finding": "确认数据由原告采集",
        "paper": world.paper("judgment", "registrar"),
    }  # fmt: skip
    act(world, LATE_OBJECTION, "execute", number, day(2027, 9, 1), **judged)
    world.settle(day(2027, 9, 1))
    assert world.state(registration) == "cancelled"


def test_a_dismissed_objection_leaves_the_register_as_it_was(world: World) -> None:
    registration = world.registered(MONDAY)
    number = late(world, registration, LATER)
    act(world, LATE_OBJECTION, "notify", number, LATER)
    act(world, LATE_OBJECTION, "answer", number, LATER, by=world.supplier, answer="系我方依合同采集")
    act(world, LATE_OBJECTION, "dismiss", number, LATER, finding="证据不足")
    world.settle(LATER)
    assert world.state(registration) == "registered"


def test_nobody_objects_to_its_own_right_or_to_a_certificate_that_never_was(world: World) -> None:
    registration = world.registered(MONDAY)
    code = str(ownership.right(registration).code)
    said = {"claim": "请求注销该登记", "contact": "13900000000", "evidence": [world.paper("own")]}
    with pytest.raises(Refused):
        begin(LATE_OBJECTION, by=world.supplier, at=LATER, code=code, **said)
    with pytest.raises(Unknown):
        begin(LATE_OBJECTION, by=world.supplier, at=LATER, code="YD4202099120001", **said)


def test_nobody_transfers_a_right_away_from_an_objection(world: World) -> None:
    registration = world.registered(MONDAY)
    under_way = transfer(world, registration, LATER)
    examined(world, RIGHT_TRANSFER, under_way, LATER)
    number = late(world, registration, LATER)
    act(world, LATE_OBJECTION, "notify", number, LATER)
    world.pass_time(LATER + timedelta(days=15))
    assert see(RIGHT_TRANSFER, under_way, HOUSE).state == "publicity"  # an alarm says why
    act(world, RIGHT_TRANSFER, "withdraw", under_way, LATER, by=world.supplier, reason="异议处理中")
    shut = refused(world, RIGHT_TRANSFER, LATER, **transfer_form(world, registration))
    assert cites(shut) == {"HOUSE:ownership"}
    at = LATER + timedelta(days=16)
    act(world, LATE_OBJECTION, "order_cancellation", number, at, finding="采集方为异议人")
    world.settle(at)
    assert world.state(registration) == "cancelled"
    assert not ownership.rights_of(world.parties["rival"].pk)


def test_a_revocation_of_what_has_ended_of_itself_has_an_exit(world: World) -> None:
    registration = world.registered(MONDAY)
    end = ownership.right(registration).valid_to_at
    assert end is not None
    at = end - timedelta(days=40)
    number = begin(
        RIGHT_REVOCATION, by=world.registrar, at=at, registration=registration, ground="destroyed", reason="数据已灭失",
        papers=[world.paper("destroyed", "registrar")],
    ).subject  # fmt: skip
    act(world, RIGHT_REVOCATION, "answer", number, at, by=world.supplier, answer="没有异议")
    world.pass_time(end)
    assert world.state(registration) == "lapsed"
    act(world, RIGHT_REVOCATION, "decide", number, end, finding="数据灭失属实")
    world.settle(end)
    assert see(RIGHT_REVOCATION, number, HOUSE).state == "evidenced"
    act(world, RIGHT_REVOCATION, "drop", number, end, reason="登记已到期，不必注销")
    world.settle(end)
    assert see(RIGHT_REVOCATION, number, HOUSE).state == "dropped"
    assert not StuckStep.objects.filter(solved_at__isnull=True).exists()


@pytest.mark.parametrize(
    ("item", "after"), [("holder_name", "别家有限公司"), ("time_to_date", "2017-12-31")], ids=["name", "period"]
)
def test_a_change_agrees_with_itself(world: World, item: str, after: str) -> None:
    registration = world.registered(MONDAY)
    world.parties["supplier"].name = "示例更名有限公司"
    world.parties["supplier"].save()
    assert cites(refused(world, RIGHT_CHANGE, LATER, **change_form(world, registration, (item, after)))) == {
        "HOUSE:ownership"
    }


# What the database itself keeps, and who may write into the register.


def test_a_person_who_belongs_to_nobody_objects_in_their_own_name(world: World) -> None:
    registration = world.registered(MONDAY)
    person = world.citizen
    asked = {
        "code": str(ownership.right(registration).code), "claim": "其中有我的个人信息，未经我同意", "contact": "13900000000",
        "evidence": [world.paper("mine", None)],
    }  # fmt: skip
    number = begin(LATE_OBJECTION, by=person, at=LATER, **asked).subject
    assert see(LATE_OBJECTION, number, person).objector_id is None
    act(world, LATE_OBJECTION, "ask_for_papers", number, LATER, items=["身份证明"], deadline_date=date(2027, 3, 10))
    act(world, LATE_OBJECTION, "complete", number, LATER, by=person, note="补交", evidence=[world.paper("more", None)])
    act(world, LATE_OBJECTION, "notify", number, LATER)
    stranger = Actor(person=world.people["rival"].pk)
    with pytest.raises(NotYours):
        act(world, LATE_OBJECTION, "withdraw", number, LATER, by=stranger, finding="代为撤回")
    with pytest.raises(Unknown):
        see(LATE_OBJECTION, number, stranger)
    # What somebody filed for an organisation is not theirs when they act for nobody.
    for_rival = late(world, registration, LATER)
    with pytest.raises(Unknown):
        see(LATE_OBJECTION, for_rival, stranger)
    act(world, LATE_OBJECTION, "withdraw", number, LATER, by=person, finding="已与权利人和解")
    assert see(LATE_OBJECTION, number, person).state == "withdrawn"


def test_nobody_but_the_house_writes_later_registrations_into_the_register(world: World) -> None:
    registration = world.registered(MONDAY)
    told = {"matter": "right_transfer", "number": 1, "form": ownership.dossier(registration).form}
    with pytest.raises(NotYours):
        world.act("cancel", registration, LATER, matter="x", number=1, ground="law", reason="伪造")
    with pytest.raises(NotYours):
        begin(
            ownership.OWNERSHIP, "receive", by=world.actor("rival"), at=LATER, previous=registration, rights=["holding"],
            holder=world.parties["rival"].pk, accepted_date=date(2027, 1, 1), **told,
        )  # fmt: skip


def test_the_database_keeps_the_sides_of_a_matter_apart(world: World) -> None:
    number = transfer(world, world.registered(MONDAY), LATER)
    rows = Dealing.objects.filter(pk=number)
    for name, change in (
        ("a_transfer_has_two_sides", {"other_id": None}),
        ("the_sides_of_a_dealing_differ", {"other_id": world.parties["supplier"].pk}),
        ("the_sides_of_a_dealing_differ", {"other_id": world.parties["registrar"].pk}),
        ("a_dealing_is_of_five_kinds", {"kind": "gift"}),
        ("an_entered_dealing_is_evidenced", {"state": "entered"}),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            rows.update(**change)


def test_two_holders_of_the_same_right_stand_beside_each_other(world: World) -> None:
    """PROP35 art. 21, last paragraph: a right is not exclusive, and a transfer by one leaves the other alone."""
    mine = world.registered(MONDAY)
    resource = world.catalogued(day(2027, 1, 4), "rival")
    theirs = world.registered(day(2027, 1, 4), by="rival", resource=resource)
    asked = transfer_form(world, mine, receiver=world.parties["sister"].pk)
    number = begun(world, RIGHT_TRANSFER, LATER, **asked)
    identity = joined(world) | {"identity_paper": world.paper("identity-sister", "sister")}
    act(world, RIGHT_TRANSFER, "join", number, LATER, by=signed(world.actor("sister")), **identity)
    decided(world, RIGHT_TRANSFER, number, LATER)
    assert (world.state(mine), world.state(theirs)) == ("transferred", "registered")
    same = Registration.objects.filter(state="registered", rights__overlap=["holding"])
    assert {row.applicant_id for row in same} == {world.parties["rival"].pk, world.parties["sister"].pk}

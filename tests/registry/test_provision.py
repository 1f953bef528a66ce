"""A department asks for another's data: answered or not, provided, questioned, renewed, ended; and who may look at it."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pyarrow
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from tests.registry.conftest import SHANGHAI, day
from tests.registry.departments import NOON, Departments
from tongqu.exchange.bedrock import calendar, evidence, law, papers
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import (
    HOUSE,
    Alarm,
    NotNow,
    NotYours,
    Refused,
    Unknown,
    local_day,
    perform,
    see,
    tick,
)
from tongqu.exchange.registry import catalogue, ownership, provision
from tongqu.exchange.registry.models import ShareRequest
from tongqu.exchange.registry.provision import SHARE_REQUEST
from tongqu.exchange.web import history

pytestmark = pytest.mark.django_db


def blocked(refused: Any) -> list[str]:
    return [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks]


def test_from_the_asking_to_the_end_of_the_use(offices: Departments) -> None:
    request = offices.ask(offices.resource())
    assert (offices.state(request), offices.row(request).over_asked) == ("asked", [])
    offices.act("accept", request, "health", day(2026, 10, 14))
    row = offices.row(request)
    assert (row.state, row.answer_days, row.answered_late) == ("accepted", 2, False)
    file = offices.table()
    offices.act("provide", request, "health", day(2026, 10, 20), way="file", version="2026-10", file=file)
    row = offices.row(request)
    assert (row.state, row.provision_days, row.provided_late) == ("provided", 4, False)
    offices.act("confirm", request, "civil", day(2026, 10, 21))
    assert offices.due(SHARE_REQUEST, request, "term") == calendar.end_of(date(2027, 10, 11))
    offices.world.pass_time(calendar.end_of(date(2027, 10, 11)) - timedelta(microseconds=1))
    assert offices.state(request) == "in_use"
    offices.world.pass_time(calendar.end_of(date(2027, 10, 11)))
    assert offices.state(request) == "ended"


def test_what_is_shared_without_conditions_is_agreed_to_at_once(offices: Departments) -> None:
    request = offices.ask(offices.resource(sharing="unconditional"))
    offices.world.settle(NOON)
    row = offices.row(request)
    assert (row.state, row.answer_days, row.at_once) == ("accepted", 0, True)


def test_more_than_the_ground_names_or_an_institution_waits_for_the_provider(offices: Departments) -> None:
    resource = offices.resource(sharing="unconditional")
    beyond = offices.ask(resource, items=["date", "confirmed"], ground_items=["date"])
    institution = offices.ask(resource, by="hospital")
    offices.world.settle(NOON)
    assert [offices.state(one) for one in (beyond, institution)] == ["asked", "asked"]
    assert offices.row(beyond).over_asked == ["confirmed"]
    (fact,) = evidence.facts_of("share_request", beyond)
    assert [one["rule"].rpartition(":")[2] for one in fact.body["advice"]] == ["no_more_than_the_ground_names"]


@pytest.mark.parametrize(
    ("by", "changes", "rule"),
    [
        ("supplier", {}, "the_applicant_does_public_work"),
        ("health", {}, "the_resource_is_anothers"),
        ("civil", {"items": ["date", "名字"], "ground_items": []}, "the_items_are_elements"),
        ("civil", {"until_date": date(2026, 10, 12)}, "the_term_is_bounded"),
        ("civil", {"until_date": date(2028, 10, 13)}, "the_term_is_bounded"),
        ("civil", {"paper": "ab" * 32}, "papers_are_ones_own"),
    ],
)
def test_what_may_not_be_asked(offices: Departments, by: str, changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(Refused) as refused:
        offices.ask(offices.resource(), by=by, **changes)
    assert blocked(refused) == [rule]
    assert not ShareRequest.objects.exists()


def test_what_is_not_shared_is_refused_with_what_would_mend_it(offices: Departments) -> None:
    with pytest.raises(Refused) as refused:
        offices.ask(offices.resource(sharing="none"))
    (found,) = [one for one in refused.value.findings if one.blocks]
    assert (found.cite, "数据主管部门" in str(found.mend)) == ("CAT17", True)


def test_an_entry_that_is_not_there_cannot_be_asked_for(offices: Departments) -> None:
    with pytest.raises(Refused) as refused:
        offices.ask(99_999)
    assert "the_resource_is_anothers" in blocked(refused)


def test_the_same_matter_is_open_once_and_may_come_again_when_it_has_ended(offices: Departments) -> None:
    resource = offices.resource()
    first = offices.ask(resource)
    with pytest.raises(Refused) as refused:
        offices.ask(resource)
    assert blocked(refused) == ["the_same_is_not_asked_twice"]
    other = offices.ask(resource, matter="住房保障核对")
    assert offices.state(other) == "asked"
    offices.act("withdraw", first, "civil", reason="不再需要")
    assert offices.state(offices.ask(resource)) == "asked"


def test_an_empty_or_doubled_list_of_elements_is_no_request(offices: Departments) -> None:
    resource = offices.resource()
    for items in ([], ["date", "date"], ["x" * 201]):
        with pytest.raises(BadInput):
            offices.ask(resource, items=items)


# Silence, supplement, refusal, appeal.


def test_silence_is_no_agreement_the_data_authority_is_told_and_may_decide(offices: Departments) -> None:
    request = offices.ask(offices.resource())
    due = offices.due(SHARE_REQUEST, request, "answer")
    offices.world.pass_time(due - timedelta(microseconds=1))
    assert offices.state(request) == "asked"
    offices.world.pass_time(due)
    assert offices.state(request) == "escalated"
    assert Alarm.objects.filter(kind="overdue", procedure="share_request", subject=request).count() == 1
    offices.act("order", request, "authority", due, finding="属于职责需要，应当共享", provision="条例第二十条")
    row = offices.row(request)
    assert (row.state, row.answered_late) == ("accepted", True)


def test_the_provider_may_still_answer_what_it_was_late_for(offices: Departments) -> None:
    request = offices.ask(offices.resource())
    due = offices.due(SHARE_REQUEST, request, "answer")
    offices.world.pass_time(due)
    offices.act("accept", request, "health", due + timedelta(hours=9))
    row = offices.row(request)
    assert (row.state, row.answered_late) == ("accepted", True)


def test_an_answer_after_the_last_moment_is_late_even_before_the_clock_was_looked_at(offices: Departments) -> None:
    resource = offices.resource()
    on_time, late = offices.ask(resource), offices.ask(resource, matter="另一事项")
    due = offices.due(SHARE_REQUEST, on_time, "answer")
    offices.act("accept", on_time, "health", due - timedelta(microseconds=1))
    offices.act("accept", late, "health", due)
    assert [offices.row(one).answered_late for one in (on_time, late)] == [False, True]


def test_the_days_of_a_supplement_do_not_count_and_it_is_asked_for_once(offices: Departments) -> None:
    request = offices.ask(offices.resource(), at=day(2026, 10, 9))
    offices.act("ask_more", request, "health", day(2026, 10, 13), missing=["三定规定原文", "使用人员名单"])
    offices.act("supply", request, "civil", day(2026, 10, 20), ground="三定规定第三条：核对救助对象", note="原文附后")
    assert offices.row(request).ground.startswith("三定规定第三条")
    assert local_day(offices.due(SHARE_REQUEST, request, "answer") - timedelta(seconds=1)) == date(2026, 10, 29)
    with pytest.raises(Refused) as refused:
        offices.act("ask_more", request, "health", day(2026, 10, 21), missing=["再补一份"])
    assert blocked(refused) == ["what_is_missing_is_said_once"]


def test_who_does_not_supply_in_time_has_no_request_any_more(offices: Departments) -> None:
    request = offices.ask(offices.resource())
    offices.act("ask_more", request, "health", missing=["三定规定原文"])
    offices.world.pass_time(offices.due(SHARE_REQUEST, request, "supplement"))
    assert offices.state(request) == "lapsed"


def test_a_refusal_is_reasoned_and_the_data_authority_decides_on_an_appeal(offices: Departments) -> None:
    request = offices.ask(offices.resource())
    with pytest.raises(BadInput):
        offices.act("refuse", request, "health", kind="condition", provision="", reason="不符合")
    offices.act("refuse", request, "health", kind="condition", provision="目录所列共享条件", reason="不用于疫情防控")
    assert offices.row(request).refused_ground == "condition"
    offices.act("appeal", request, "civil", reason="核对救助对象属于疫情防控工作")
    with pytest.raises(NotYours):
        offices.act("order", request, "health", finding="不同意这样做", provision="条例第二十条")
    offices.act("order", request, "authority", finding="属于防控工作", provision="条例第二十条")
    row = offices.row(request)
    assert (row.state, row.answered_late, row.refused_ground) == ("accepted", False, "condition")


def test_a_refusal_nobody_appeals_against_stands(offices: Departments) -> None:
    request = offices.ask(offices.resource())
    offices.act("refuse", request, "health", kind="no_duty", provision="三定规定", reason="与职责不符")
    offices.world.pass_time(offices.due(SHARE_REQUEST, request, "appeal"))
    assert offices.state(request) == "declined"


def test_a_data_authority_does_not_decide_on_its_own_request(offices: Departments) -> None:
    request = offices.ask(offices.resource(), by="authority")
    offices.act("refuse", request, "health", kind="no_duty", provision="三定规定", reason="与职责不符")
    offices.act("appeal", request, "authority", reason="我们认为属于职责")
    with pytest.raises(Refused) as refused:
        offices.act("order", request, "authority", finding="应当共享", provision="条例第二十条")
    assert blocked(refused) == ["nobody_decides_in_its_own_matter"]


# Providing, questioning, renewing, ending.


def test_a_file_with_columns_that_were_not_asked_for_is_not_provided(offices: Departments) -> None:
    request = offices.ask(offices.resource())
    offices.act("accept", request, "health")
    file = offices.table("date,city_code,confirmed\n2026-10-01,420100,3\n")
    with pytest.raises(Refused) as refused:
        offices.act("provide", request, "health", way="file", version="1", file=file)
    assert blocked(refused) == ["no_more_is_provided_than_was_asked_for"]
    assert "city_code" in refused.value.words.zh + str(refused.value.findings)


def test_somebody_elses_file_is_not_provided(offices: Departments) -> None:
    request = offices.ask(offices.resource())
    offices.act("accept", request, "health")
    with pytest.raises(Refused) as refused:
        offices.act("provide", request, "health", way="file", version="1", file=offices.table(by="civil"))
    assert blocked(refused) == ["what_is_provided_is_the_resource"]


@pytest.mark.parametrize(
    "given_badly",
    [
        {"way": "file"},
        {"way": "node"},
        {"way": "node", "source": "daily", "file": "ab" * 32},
        {"way": "platform", "note": ""},
    ],
)
def test_the_way_and_what_belongs_to_it_agree(offices: Departments, given_badly: dict[str, Any]) -> None:
    request = offices.ask(offices.resource())
    offices.act("accept", request, "health")
    with pytest.raises(BadInput):
        offices.act("provide", request, "health", version="1", **given_badly)


def test_at_the_node_it_is_the_source_that_the_entry_is_bound_to(offices: Departments) -> None:
    request = offices.ask(offices.resource(), mode="query")
    offices.act("accept", request, "health")
    with pytest.raises(Refused):
        offices.act("provide", request, "health", way="node", source="beds", version="1")
    offices.act("provide", request, "health", way="node", source="daily", version="1", note="凭部门证书调用")
    assert offices.state(request) == "provided"


def test_providing_too_late_raises_an_alarm_and_is_told(offices: Departments) -> None:
    request = offices.ask(offices.resource())
    offices.act("accept", request, "health")
    due = offices.due(SHARE_REQUEST, request, "provision")
    offices.world.pass_time(due)
    assert Alarm.objects.filter(kind="overdue", subject=request).count() == 1
    assert provision.figures().whole.provision_overdue == 1
    offices.act("provide", request, "health", due, way="file", version="1", file=offices.table())
    assert offices.row(request).provided_late
    assert provision.figures().whole.provision_overdue == 0


def test_silence_after_delivery_counts_as_receipt(offices: Departments) -> None:
    request = offices.ask(offices.resource())
    offices.act("accept", request, "health")
    offices.act("provide", request, "health", way="file", version="1", file=offices.table())
    offices.world.pass_time(offices.due(SHARE_REQUEST, request, "receipt"))
    assert offices.state(request) == "in_use"


def test_questioned_data_is_looked_into_and_a_corrected_file_takes_its_place(offices: Departments) -> None:
    request = offices.used(offices.resource())
    offices.act("question", request, "civil", doubt="wrong", text="10月1日数字与通报不一致")
    assert offices.state(request) == "questioned"
    corrected = offices.table("date,confirmed\n2026-10-01,4\n")
    offices.act("answer_question", request, "health", corrected=True, finding="录入有误，已更正", file=corrected)
    row = offices.row(request)
    assert (row.state, row.provided["file"]) == ("provided", corrected)
    offices.act("confirm", request, "civil")
    assert offices.state(request) == "in_use"


def test_a_renewal_needs_the_provider_again_and_moves_the_end(offices: Departments) -> None:
    request = offices.used(offices.resource())
    offices.act("ask_renewal", request, "civil", until_date=date(2028, 1, 31), reason="工作继续")
    assert offices.state(request) == "renewing"
    offices.act("agree_renewal", request, "health")
    assert offices.due(SHARE_REQUEST, request, "term") == calendar.end_of(date(2028, 1, 31))
    offices.act("ask_renewal", request, "civil", until_date=date(2028, 5, 31), reason="工作继续")
    offices.act("decline_renewal", request, "health", reason="到期后改用接口")
    assert offices.due(SHARE_REQUEST, request, "term") == calendar.end_of(date(2028, 1, 31))
    with pytest.raises(Refused):
        offices.act("ask_renewal", request, "civil", until_date=date(2028, 1, 31), reason="不晚于原期限")


def test_what_was_agreed_to_at_once_is_renewed_at_once(offices: Departments) -> None:
    request = offices.ask(offices.resource(sharing="unconditional"))
    offices.world.settle(NOON)
    offices.act("provide", request, "health", way="file", version="1", file=offices.table())
    offices.act("confirm", request, "civil")
    offices.act("ask_renewal", request, "civil", until_date=date(2028, 1, 31), reason="工作继续")
    offices.world.settle(NOON)
    assert (offices.state(request), offices.row(request).until_at) == ("in_use", calendar.end_of(date(2028, 1, 31)))


@pytest.mark.parametrize("changes", [{"sharing": "conditional"}, {"items": [{"name": "date", "type": "text"}]}, {}])
def test_what_is_no_longer_shared_without_conditions_waits_for_the_provider(
    offices: Departments, changes: dict[str, Any]
) -> None:
    resource = offices.resource(sharing="unconditional")
    request = offices.ask(resource)
    offices.world.settle(NOON)
    offices.act("provide", request, "health", way="file", version="1", file=offices.table())
    offices.act("confirm", request, "civil")
    health = offices.world.actor("health")
    if changes:
        elements = [{"name": name, "type": "text"} for name in ("date", "city_code", "confirmed")]
        entry = {
            "kind": "government",
            "items": elements,
            "sharing": "unconditional",
            "node": offices.node.pk,
            "source": "daily",
        }
        entry |= changes | ({"sharing_condition": "用于救助"} if "sharing" in changes else {})
        perform(catalogue.RESOURCE, "update", resource, by=health, at=NOON, **offices.world.entry(**entry))
    else:
        perform(catalogue.RESOURCE, "withdraw", resource, by=health, at=NOON, reason="系统下线")
    offices.act("ask_renewal", request, "civil", until_date=date(2028, 1, 31), reason="工作继续")
    offices.world.settle(NOON)
    assert offices.state(request) == "renewing"


def test_who_questions_or_asks_to_renew_may_take_it_back_or_stop(offices: Departments) -> None:
    request = offices.used(offices.resource())
    offices.act("question", request, "civil", doubt="wrong", text="数字与公报不符")
    offices.act("withdraw_question", request, "civil")
    assert (offices.state(request), offices.row(request).doubt) == ("provided", None)
    offices.act("confirm", request, "civil")
    offices.act("ask_renewal", request, "civil", until_date=date(2028, 1, 31), reason="工作继续")
    with pytest.raises(NotYours):
        offices.act("withdraw_renewal", request, "health")
    offices.act("withdraw_renewal", request, "civil")
    assert (offices.state(request), offices.row(request).renewal_until_at) == ("in_use", None)
    offices.act("ask_renewal", request, "civil", until_date=date(2028, 1, 31), reason="工作继续")
    offices.act("stop", request, "civil", reason="不再需要")
    assert offices.state(request) == "ended"


def test_the_term_ends_even_while_a_renewal_waits(offices: Departments) -> None:
    request = offices.used(offices.resource(), until_date=date(2026, 10, 20))
    offices.act("ask_renewal", request, "civil", until_date=date(2026, 12, 31), reason="工作继续")
    offices.world.pass_time(calendar.end_of(date(2026, 10, 20)))
    assert offices.state(request) == "ended"


def test_a_provision_is_taken_back_with_a_ground_and_the_authority_may_restore_it(offices: Departments) -> None:
    request = offices.used(offices.resource())
    offices.act("revoke", request, "health", kind="misuse", provision="目录所列共享条件", reason="用于申请以外的事项")
    assert offices.state(request) == "refused"
    offices.act("appeal", request, "civil", reason="用途没有变化")
    offices.act("order", request, "authority", finding="用途在申请范围之内", provision="条例第二十条")
    assert offices.state(request) == "accepted"
    assert offices.due(SHARE_REQUEST, request, "term") == calendar.end_of(date(2027, 10, 11))


def test_a_resource_that_leaves_the_catalogue_ends_what_was_not_provided(offices: Departments) -> None:
    resource = offices.resource()
    used, waiting = offices.used(resource), offices.ask(resource, matter="住房保障核对")
    perform(catalogue.RESOURCE, "withdraw", resource, by=offices.world.actor("health"), at=NOON, reason="系统下线")
    offices.world.settle(NOON)
    assert [offices.state(one) for one in (used, waiting)] == ["in_use", "lapsed"]


def test_acts_out_of_turn_are_refused(offices: Departments) -> None:
    request = offices.ask(offices.resource())
    for act, by, inputs in (
        ("provide", "health", {"way": "file", "version": "1", "file": offices.table()}),
        ("confirm", "civil", {}),
        ("appeal", "civil", {"reason": "还没有答复"}),
        ("order", "authority", {"finding": "应当共享", "provision": "条例"}),
    ):
        with pytest.raises((NotNow, BadInput)):
            offices.act(act, request, by, **inputs)


# Who may do what, and who may open the data.


def test_only_the_two_departments_move_it_each_in_its_own_steps(offices: Departments) -> None:
    request = offices.ask(offices.resource())
    for by in ("civil", "city", "hospital", "authority", "supplier"):
        with pytest.raises(NotYours):
            offices.act("accept", request, by)
    for by in ("health", "city", "authority"):
        with pytest.raises(NotYours):
            offices.act("withdraw", request, by, reason="不是我的申请")
    buyer_only = offices.world.actor("health", "buyer")
    with pytest.raises(NotYours):
        perform(SHARE_REQUEST, "accept", request, by=buyer_only, at=NOON)


def test_strangers_do_not_see_a_request_and_offices_see_it_without_the_data(offices: Departments) -> None:
    request = offices.used(offices.resource())
    file = offices.row(request).provided["file"]
    for by in ("city", "hospital", "supplier", "registrar"):
        with pytest.raises(Unknown):
            see(SHARE_REQUEST, request, offices.world.actor(by))
    row = see(SHARE_REQUEST, request, offices.world.actor("authority"))
    with pytest.raises(Unknown):
        history.paper_of(SHARE_REQUEST, row, file, offices.world.actor("authority"))
    for by in ("civil", "health"):
        assert history.paper_of(SHARE_REQUEST, row, file, offices.world.actor(by)).sha256 == file


def test_the_data_is_shut_to_the_requester_once_the_use_has_ended(offices: Departments) -> None:
    request = offices.used(offices.resource())
    file = offices.row(request).provided["file"]
    offices.act("stop", request, "civil", reason="工作完成")
    row = see(SHARE_REQUEST, request, offices.world.actor("civil"))
    with pytest.raises(Unknown):
        history.paper_of(SHARE_REQUEST, row, file, offices.world.actor("civil"))
    assert history.paper_of(SHARE_REQUEST, row, file, offices.world.actor("health")).sha256 == file


def test_naming_the_providers_file_as_ones_own_paper_opens_nothing(offices: Departments) -> None:
    """A known digest must not be laundered through a paper of another question."""
    request = offices.used(offices.resource())
    file = offices.row(request).provided["file"]
    with pytest.raises(Refused) as refused:
        offices.act("question", request, "civil", doubt="wrong", text="看看能否打开", paper=file)
    assert blocked(refused) == ["papers_are_ones_own"]


def test_how_to_reach_people_stays_out_of_the_log(offices: Departments) -> None:
    request = offices.ask(offices.resource())
    (fact,) = evidence.facts_of("share_request", request)
    assert "027-12345678" not in str(fact.body)
    assert offices.row(request).contact_phone == "027-12345678"


# What was shared is put to other use with consent alone (OP27:5).


def test_the_same_bytes_are_registered_only_once_the_provider_consents(offices: Departments) -> None:
    """The hospital got the data by sharing and catalogues the very same bytes as its own."""
    world = offices.world
    request = offices.used_by_hospital(offices.resource())
    world.hospital_node = world._node("hospital")
    entry = world.entry(kind="public_institution", node=world.hospital_node.pk)
    made = catalogue_of(world, entry)
    with pytest.raises(Refused) as refused:
        world.apply(NOON, made, by="hospital")
    assert "what_was_shared_is_registered_with_consent" in blocked(refused)
    offices.act("ask_consent", request, "hospital", use="登记医疗统计产品的经营权")
    with pytest.raises(Refused) as refused:
        world.apply(NOON, made, by="hospital")
    assert "what_was_shared_is_registered_with_consent" in blocked(refused)
    offices.act("consent", request, "health", scope="同意用于统计产品", consent_until_date=date(2026, 12, 31))
    assert standing(offices, request, NOON)
    assert standing(offices, request, calendar.end_of(date(2026, 12, 31)) - timedelta(microseconds=1))
    assert not standing(offices, request, calendar.end_of(date(2026, 12, 31)))
    assert world.state(world.apply(NOON, made, by="hospital").subject) == "applied"
    offices.act("end_consent", request, "health", reason="范围有变")
    assert not standing(offices, request, NOON)


def test_consent_taken_back_between_application_and_registration_is_a_refusal(offices: Departments) -> None:
    """The application named its request; nothing in the bytes would tell, since the hospital made something new of them."""
    world = offices.world
    request = offices.used_by_hospital(offices.resource())
    consents(offices, request)
    registration = applied(offices, request)
    world.act("accept", registration, NOON)
    world.examine(registration, NOON)
    offices.act("end_consent", request, "health", reason="范围有变")
    with pytest.raises(Refused) as refused:
        world.act("publicise", registration, NOON)
    assert blocked(refused) == ["consent_to_what_was_shared_still_stands"]
    assert [one.cite for one in refused.value.findings if one.blocks] == ["OP27:5"]
    consents(offices, request)
    world.act("publicise", registration, NOON)
    assert ownership.right(registration).share_requests == (request,)
    offices.act("end_consent", request, "health", reason="范围又有变")
    with pytest.raises(Refused) as refused:
        perform(ownership.OWNERSHIP, "keep_evidence", registration, by=HOUSE, at=NOON)
    assert blocked(refused) == ["consent_to_what_was_shared_still_stands"]
    consents(offices, request)
    world.pass_time(NOON + timedelta(days=30))
    assert world.state(registration) == "registered"


def applied(offices: Departments, request: int) -> int:
    """The hospital's registration of other data of its own, for which it says by which request it was obtained."""
    world = offices.world
    world.hospital_node = world._node("hospital")
    made = catalogue_of(world, world.entry(kind="public_institution", node=world.hospital_node.pk))
    world.measure(world.hospital_node, "power", NOON, version="b" * 64)
    return world.apply(NOON, made, by="hospital", share_requests=[request]).subject


def consents(offices: Departments, request: int) -> None:
    offices.act("ask_consent", request, "hospital", use="登记医疗统计产品的经营权")
    offices.act("consent", request, "health", scope="同意用于统计产品")


def catalogue_of(world: Any, entry: dict[str, Any]) -> int:
    from tongqu.exchange.bedrock.procedures import begin

    made = begin(catalogue.RESOURCE, by=world.actor("hospital"), at=NOON, **entry).subject
    perform(catalogue.RESOURCE, "measure", made, by=world.actor("hospital"), at=NOON)
    world.measure(world.hospital_node, "power", NOON)
    return made


def standing(offices: Departments, request: int, at: datetime) -> bool:
    party = offices.world.parties["hospital"].pk
    (found,) = provision.standing(party, named=[request], at=at)
    return found.consented


def test_somebody_elses_request_is_no_consent(offices: Departments) -> None:
    request = offices.used(offices.resource())
    offices.act("ask_consent", request, "civil", use="登记统计产品")
    offices.act("consent", request, "health", scope="同意用于统计产品")
    (found,) = provision.standing(offices.world.parties["city"].pk, named=[request], at=NOON)
    assert not found.known
    assert provision.lacking_consent((found,)).refuses


def test_nobody_consents_to_what_was_not_asked_and_a_new_question_ends_the_old_consent(offices: Departments) -> None:
    request = offices.used(offices.resource())
    with pytest.raises(Refused):
        offices.act("consent", request, "health", scope="随意使用")
    offices.act("ask_consent", request, "civil", use="登记统计产品")
    offices.act("consent", request, "health", scope="同意用于统计产品")
    offices.act("ask_consent", request, "civil", use="上架数据集")
    assert offices.row(request).consented_at is None


# The clocks, over any day of the year.


@pytest.fixture
def standing_entry(offices: Departments) -> int:
    return offices.resource(at=day(2026, 1, 5))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moment=st.datetimes(min_value=datetime(2026, 1, 6), max_value=datetime(2026, 11, 30)))
def test_the_answer_is_due_at_the_end_of_the_tenth_working_day(
    offices: Departments, standing_entry: int, moment: datetime
) -> None:
    at = moment.replace(tzinfo=SHANGHAI)
    days = int(law.figure("share25.answer", on=local_day(at)).value)
    with transaction.atomic():
        request = offices.ask(standing_entry, at=at, until_date=date(2027, 12, 31))
        due = offices.due(SHARE_REQUEST, request, "answer")
        last = local_day(due - timedelta(microseconds=1))
        assert calendar.is_working(last)
        assert calendar.working_days_between(local_day(at), last) == days
        tick(due - timedelta(microseconds=1))
        assert offices.state(request) == "asked"
        tick(due)
        assert offices.state(request) == "escalated"
        transaction.set_rollback(True)


# What it comes to.


def test_the_figures_count_each_request_once_and_say_how_fast(offices: Departments) -> None:
    resource = offices.resource()
    offices.used(resource)
    refused = offices.ask(resource, matter="第二件")
    offices.act("refuse", refused, "health", day(2026, 10, 16), kind="beyond", provision="目录条件", reason="超出范围")
    silent = offices.ask(resource, matter="第三件", by="city")
    offices.world.pass_time(offices.due(SHARE_REQUEST, silent, "answer"))
    found = provision.figures()
    whole = found.whole
    assert (whole.requests, whole.answered, whole.answered_in_time, whole.answer_overdue) == (3, 2, 2, 1)
    assert (whole.provided, whole.provided_in_time, whole.refused, whole.waiting) == (1, 1, 1, 1)
    assert whole.answered_in_time_share == pytest.approx(100 * 2 / 3)
    assert whole.answer_days == 2.0
    assert found.by_ground == {"beyond": 1}
    assert {level: counts.requests for level, counts in found.by_level.items()} == {"province": 3}
    assert {month: counts.requests for month, counts in found.by_month.items()} == {"2026-10": 3}
    (provider,), total = provision.figures_of_parties(as_provider=True)
    assert (provider.name, provider.level, provider.counts.requests, total) == ("示例health部门", "province", 3, 1)
    requesters, total = provision.figures_of_parties(as_provider=False)
    assert [(one.name, one.level, one.counts.requests) for one in requesters] == [
        ("示例civil部门", "province", 2),
        ("示例city部门", "city", 1),
    ]
    assert total == 2
    (second,), total = provision.figures_of_parties(as_provider=False, offset=1, limit=1)
    assert (second.name, total) == ("示例city部门", 2)


def test_who_gives_up_waiting_is_waited_for_no_more_but_was_not_answered_in_time(offices: Departments) -> None:
    silent = offices.ask(offices.resource())
    due = offices.due(SHARE_REQUEST, silent, "answer")
    offices.world.pass_time(due)
    assert (provision.figures().whole.unanswered, provision.figures().whole.answer_overdue) == (1, 1)
    offices.act("withdraw", silent, "civil", due, reason="不再等待")
    whole = provision.figures().whole
    assert (whole.unanswered, whole.answer_overdue, whole.answered_in_time_share) == (1, 0, 0.0)


def test_before_anything_was_asked_the_figures_are_nothing(db: None) -> None:
    found = provision.figures()
    assert (found.whole.requests, found.whole.answered_in_time_share, found.by_month) == (0, None, {})
    assert provision.figures_of_parties(as_provider=True) == ([], 0)


def as_xlsx(*sheets: list[list[Any]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.worksheets[0])
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(out)
    return out.getvalue()


def as_parquet(**columns: list[Any]) -> bytes:
    out = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), out)
    return out.getvalue()


ASKED = [["date", "confirmed"], ["2026-10-01", 3]]
LONG = "一" * 333_333 + "\n"  # the millionth byte lies within a character


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"date,confirmed\n1,2\n", ""),
        ("a.csv", ("date,confirmed\nx" + LONG).encode(), ""),
        ("a.csv", b"\n\ndate,confirmed,city_code\n", "city_code"),
        ("a.csv", b'date,"confirmed\n",city_code\n', "city_code"),
        ("a.csv", b"date,confirmed,city_code\r1,2,3\r", "city_code"),
        ("a.csv", b"date;confirmed;city_code\n", "city_code"),
        ("a.csv", b"date,confirmed," + b"x" * 200_000 + b"\n", "无法读取"),
        ("a.txt", b"date\tconfirmed\tcity_code\n", "city_code"),
        ("a.json", b'[{"date": 1, "confirmed": 2, "city_code": 3}]', "city_code"),
        ("a.json", b'[{"date": 1}, {"date": 1, "city_code": 3}]', "第 2 个对象"),
        ("a.xlsx", as_xlsx(ASKED), ""),
        ("a.xlsx", as_xlsx([["date", "city_code"], [1, 2]]), "city_code"),
        ("a.xlsx", as_xlsx(ASKED, [["city_code"]]), "不止一张"),
        ("a.parquet", as_parquet(date=[1], city_code=[2]), "city_code"),
        ("a.parquet", b"PAR1 and no more", "无法读取"),
        ("a.pdf", b"%PDF-1.7", ""),
    ],
    ids=lambda one: str(one)[:24],
)
def test_in_no_form_is_more_provided_than_was_asked_for(
    offices: Departments, name: str, content: bytes, said: str
) -> None:
    request = offices.ask(offices.resource())
    offices.act("accept", request, "health")
    file = papers.keep(content, name=name, at=NOON, by=offices.world.parties["health"].pk).sha256
    if not said:
        offices.act("provide", request, "health", way="file", version="1", file=file)
        assert offices.state(request) == "provided"
        return
    with pytest.raises(Refused) as refused:
        offices.act("provide", request, "health", way="file", version="1", file=file)
    (finding,) = [one for one in refused.value.findings if one.blocks]
    assert said in finding.words.zh
    assert finding.mend

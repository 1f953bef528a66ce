"""Public data is registered, changed, corrected, renewed, cancelled: what is allowed, what is refused, and the moment between."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry.conftest import day
from tests.registry.publicly import CODE, NOON, Publicly
from tongqu.exchange import keeper
from tongqu.exchange.bedrock import calendar, evidence, papers
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.models import FlowCursor
from tongqu.exchange.bedrock.procedures import HOUSE, Alarm, NotNow, NotYours, Refused, Unknown, begin, perform, see
from tongqu.exchange.flow import READER
from tongqu.exchange.registry import catalogue, publicdata
from tongqu.exchange.registry.models import PublicCorrection, PublicDuty, PublicObjection, PublicRegistration, Resource
from tongqu.exchange.registry.publicdata import (
    PUBLIC_CANCELLATION,
    PUBLIC_CHANGE,
    PUBLIC_CORRECTION,
    PUBLIC_DUTY,
    PUBLIC_REGISTRATION,
    PUBLIC_RENEWAL,
)
from tongqu.exchange.registry.publicdata.rules import latest, opens_on

pytestmark = pytest.mark.django_db


def blocked(refused: Any) -> list[str]:
    return [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks]


# The first registration.


def test_from_the_application_to_the_code_and_the_end_of_validity(publicly: Publicly) -> None:
    made = publicly.apply(NOON)
    row = publicly.row(made)
    assert (row.state, row.evidence["by"], row.existing) == ("applied", "house", False)
    publicly.act("accept", made, day(2026, 3, 4))
    publicly.act("publicise", made, day(2026, 3, 9), note="材料齐全，形式符合")
    assert publicly.due(made, "publicity") == calendar.end_of(date(2026, 3, 23))
    publicly.world.pass_time(calendar.end_of(date(2026, 3, 23)) - timedelta(microseconds=1))
    assert publicly.row(made).state == "publicity"
    publicly.world.pass_time(calendar.end_of(date(2026, 3, 23)))
    assert publicly.row(made).state == "passed"
    publicly.act("assign", made, day(2026, 3, 25), code=CODE)
    row = publicly.row(made)
    assert (row.state, row.code, row.valid_to_date) == ("registered", CODE, date(2029, 3, 25))
    end = calendar.end_of(date(2029, 3, 25))
    view = publicdata.by_code(CODE)
    assert (view.valid_at(end - timedelta(microseconds=1)), view.valid_at(end)) == (True, False)
    publicly.world.pass_time(end - timedelta(microseconds=1))
    assert publicly.row(made).state == "registered"
    publicly.world.pass_time(end)
    assert publicly.row(made).state == "lapsed"


def test_the_evidence_is_the_measurement_that_the_log_has_placed(publicly: Publicly) -> None:
    resource = publicly.resource(NOON)
    made = publicly.apply(NOON, resource)
    (fact,) = [one for one in evidence.facts_of("resource", resource) if one.act == "measured"]
    kept = publicly.row(made).evidence
    assert kept == {"by": "house", "position": fact.position, "digest": catalogue.resource(resource).profile_digest}


def test_without_evidence_placed_before_nothing_is_applied_for(publicly: Publicly) -> None:
    """The data was measured anew, and the log has not placed that yet: of the data as it stands there is no evidence."""
    resource, later = publicly.resource(NOON), day(2026, 3, 4)
    Resource.objects.filter(pk=resource).update(profile_digest="c" * 64)
    with pytest.raises(Refused) as refused:
        publicly.apply(later, resource)
    assert blocked(refused) == ["evidence_comes_before"]


def test_evidence_of_another_service_is_named_in_full_and_lies_before(publicly: Publicly) -> None:
    resource = publicly.resource(NOON)
    other = {
        "evidence_by": "other", "evidence_body": "示例公证处", "evidence_number": "2026-1", "evidence_digest": "ab" * 32,
        "evidence_date": date(2026, 3, 1), "evidence_paper": publicly.world.paper("evidence", "department"),
    }  # fmt: skip
    with pytest.raises(BadInput):
        publicly.apply(NOON, resource, **{**other, "evidence_number": ""})
    with pytest.raises(Refused) as refused:
        publicly.apply(NOON, resource, **{**other, "evidence_date": date(2026, 3, 3)})
    assert blocked(refused) == ["evidence_comes_before"]
    made = publicly.apply(NOON, resource, **{**other, "evidence_date": date(2026, 3, 2)})
    assert publicly.row(made).evidence["by"] == "示例公证处"


@pytest.mark.parametrize(
    "group",
    ["identity_paper", "source_papers", "data_name", "evidence_by", "products", "scenarios", "risk_paper"],
)
def test_each_of_the_seven_groups_is_required(publicly: Publicly, group: str) -> None:
    form = publicly.form(publicly.resource(NOON))
    del form[group]
    with pytest.raises(BadInput) as bad:
        begin(PUBLIC_REGISTRATION, by=publicly.world.actor("department"), at=NOON, **form)
    assert [name for name, _ in bad.value.faults] == [group]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"registrar": "registrar"}, "the_public_registrar_is_an_institution"),
        ({"registrar": "supplier"}, "the_public_registrar_is_an_institution"),
        ({"resource": 99_999}, "it_is_ones_own_public_data"),
        ({"risk_date": date(2026, 3, 3)}, "risks_are_assessed_before"),
        ({"identity_paper": "ab" * 32}, "public_papers_are_on_file"),
        ({"what": "product", "operating_until_date": date(2026, 3, 1)}, "the_operation_has_not_ended"),
    ],
)
def test_what_may_not_be_registered(publicly: Publicly, changes: dict[str, Any], rule: str) -> None:
    if isinstance(changes.get("registrar"), str):
        changes = {"registrar": publicly.party(changes["registrar"])}
    with pytest.raises(Refused) as refused:
        publicly.apply(NOON, **{"resource": publicly.resource(NOON)} | changes)
    assert rule in blocked(refused)
    assert not PublicRegistration.objects.exists()


def test_enterprise_data_is_no_public_resource_and_the_same_data_is_registered_once(publicly: Publicly) -> None:
    enterprise = publicly.world.catalogued(NOON)
    with pytest.raises(Refused) as refused:
        publicly.apply(NOON, enterprise, by="supplier")
    assert blocked(refused) == ["it_is_ones_own_public_data"]
    resource = publicly.resource(NOON)
    first = publicly.apply(NOON, resource)
    with pytest.raises(Refused) as refused:
        publicly.apply(NOON, resource)
    assert blocked(refused) == ["the_data_is_registered_once"]
    publicly.act("withdraw", first, NOON, "department", reason="改期办理")
    assert publicly.row(publicly.apply(NOON, resource)).state == "applied"


def test_there_is_no_deemed_acceptance_silence_is_an_alarm_and_changes_nothing(publicly: Publicly) -> None:
    made = publicly.apply(day(2026, 2, 12))
    due = publicly.due(made, "acceptance")
    assert due == calendar.end_of(date(2026, 2, 24))  # 13, 14 (a worked Saturday), 24: Spring Festival does not count
    publicly.world.pass_time(due)
    publicly.world.pass_time(due + timedelta(days=30))
    assert publicly.row(made).state == "applied"
    assert Alarm.objects.filter(kind="overdue", procedure="public_registration", subject=made).count() == 1
    publicly.act("accept", made, due + timedelta(days=30))
    assert publicly.row(made).state == "accepted"


def test_what_is_missing_is_listed_once_and_the_days_begin_again(publicly: Publicly) -> None:
    made = publicly.apply(NOON)
    publicly.act("list_missing", made, day(2026, 3, 4), items=["承诺书"], deadline_date=date(2026, 3, 20))
    publicly.act(
        "supply", made, day(2026, 3, 10), "department",
        **publicly.form(publicly.row(made).resource_id, summary="补正后的简介"),
    )  # fmt: skip
    assert publicly.row(made).summary == "补正后的简介"
    assert publicly.due(made, "acceptance") == calendar.end_of(date(2026, 3, 13))
    with pytest.raises(NotNow):
        publicly.act("list_missing", made, day(2026, 3, 11), items=["再补"], deadline_date=date(2026, 3, 30))


@pytest.mark.parametrize("changed", ["registrar", "resource", "what"])
def test_what_is_supplied_is_of_the_same_data_for_the_same_registrar(publicly: Publicly, changed: str) -> None:
    made = publicly.apply(NOON)
    publicly.act("list_missing", made, NOON, items=["承诺书"], deadline_date=date(2026, 3, 20))
    form = publicly.form(publicly.row(made).resource_id)
    if changed == "registrar":
        form["registrar"] = publicly.party("another")
    elif changed == "resource":
        form["resource"] = publicly.resource(NOON, name="另一数据", source="meters")
    else:
        form |= {"what": "product", "operating_until_date": date(2029, 1, 1)}
    with pytest.raises(Refused) as refused:
        publicly.act("supply", made, NOON, "department", **form)
    assert "what_is_supplied_is_of_the_same_data" in blocked(refused)


def test_what_is_not_supplied_in_time_ends(publicly: Publicly) -> None:
    made = publicly.apply(NOON)
    publicly.act("list_missing", made, NOON, items=["承诺书"], deadline_date=date(2026, 3, 20))
    publicly.world.pass_time(calendar.end_of(date(2026, 3, 20)))
    assert publicly.row(made).state == "not_applied"


def test_a_late_review_goes_on_only_once_it_was_explained_in_writing(publicly: Publicly) -> None:
    made = publicly.apply(NOON)
    publicly.act("accept", made, NOON)
    due = publicly.due(made, "review")
    assert due == calendar.end_of(date(2026, 3, 30))
    publicly.world.pass_time(due)
    assert publicly.row(made).state == "late"
    with pytest.raises(NotNow):
        publicly.act("publicise", made, due, note="形式符合")
    with pytest.raises(Refused):
        publicly.act("explain", made, due, reason="材料量大", review_by_date=date(2026, 3, 31))
    publicly.act("explain", made, due, reason="材料量大，核对延长", review_by_date=date(2026, 4, 10))
    letter = publicly.row(made).explanations[0]
    assert "材料量大，核对延长" in letter["zh"]
    assert "2026-04-10" in letter["en"]
    publicly.world.pass_time(calendar.end_of(date(2026, 4, 10)))
    assert publicly.row(made).state == "late"
    publicly.act("explain", made, day(2026, 4, 11), reason="仍在核对", review_by_date=date(2026, 4, 20))
    publicly.act("publicise", made, day(2026, 4, 13), note="形式符合")
    assert len(publicly.row(made).explanations) == 2


def test_the_notice_has_four_fields_and_no_more(publicly: Publicly) -> None:
    made = publicly.publicised(NOON)
    (shown,) = publicdata.notices().items
    assert shown.fields.plain() == {
        "party": "示例department有限公司", "kind": "首次登记", "data_name": "示例市轨道交通站点数据",
        "summary": "全市轨道交通线路和站点的名称、位置",
    }  # fmt: skip
    (fact,) = [one for one in evidence.facts_of("public_registration", made) if one.act == "publicise"]
    assert fact.body["data"]["notice"] == shown.fields.plain()
    assert publicdata.notice("public_registration", made) == shown
    with pytest.raises(Unknown):
        publicdata.notice("public_registration", 2**70)
    with pytest.raises(Unknown):
        publicdata.notice("ownership", made)


def test_an_objection_is_by_name_stops_publicity_and_upheld_ends_the_registration(publicly: Publicly) -> None:
    made = publicly.publicised(NOON)
    objection = {"reason": "数据权属不清", "evidence": [publicly.world.paper("proof", None)], "contact": "027-0000001"}
    person = publicly.world.people["citizen"]
    person.full_name = person.username
    person.save()
    with pytest.raises(Refused) as refused:
        publicly.act("object", made, day(2026, 3, 5), publicly.world.citizen, **objection)
    assert blocked(refused) == ["a_public_objection_is_by_name"]
    person.full_name = "示例公民"
    person.save()
    publicly.act("object", made, day(2026, 3, 5), publicly.world.citizen, **objection)
    publicly.world.pass_time(day(2026, 5, 1))
    assert publicly.row(made).state == "objection"
    publicly.act("uphold", made, day(2026, 5, 6), finding="异议属实，终止登记")
    assert publicly.row(made).state == "terminated"
    assert PublicObjection.objects.get().upheld is True
    with pytest.raises(NotNow):
        publicly.act("assign", made, day(2026, 5, 7), code=CODE)


def test_a_dismissed_objection_lets_the_rest_of_the_publicity_run(publicly: Publicly) -> None:
    made = publicly.publicised(NOON)  # of ten working days from 2 March, three are used on 5 March
    paper = publicly.world.paper("proof", None)
    publicly.act(
        "object", made, day(2026, 3, 5), publicly.world.citizen, reason="数据权属不清", evidence=[paper], contact="027-1234567",
    )  # fmt: skip
    publicly.act("dismiss", made, day(2026, 3, 12), finding="异议不成立")
    assert publicly.due(made, "publicity") == calendar.end_of(date(2026, 3, 23))
    (fact,) = [one for one in evidence.facts_of("public_registration", made) if one.act == "object"]
    row = publicly.row(made)
    assert PUBLIC_REGISTRATION.withholds(row, fact, publicly.world.actor("department"))
    assert not PUBLIC_REGISTRATION.withholds(row, fact, publicly.world.actor("institute"))
    assert not PUBLIC_REGISTRATION.withholds(row, fact, publicly.world.citizen)


def test_the_code_is_kept_as_it_came_and_never_made(publicly: Publicly) -> None:
    made = publicly.publicised(NOON)
    publicly.world.pass_time(day(2026, 4, 1))
    for bad in ("", "abc", "有 空格的码", "x" * 61):
        with pytest.raises(BadInput):
            publicly.act("assign", made, day(2026, 4, 1), code=bad)
    assert publicly.row(made).code == ""
    publicly.act("assign", made, day(2026, 4, 1), code="任意/格式-ABC.123")
    assert publicly.row(made).code == "任意/格式-ABC.123"
    other = publicly.publicised(
        day(2026, 4, 2), resource=publicly.resource(day(2026, 4, 2), name="另一数据", source="meters")
    )
    publicly.world.pass_time(day(2026, 5, 20))
    with pytest.raises(Refused) as refused:
        publicly.act("assign", other, day(2026, 5, 20), code="任意/格式-ABC.123")
    assert blocked(refused) == ["a_code_is_given_once"]


@pytest.mark.parametrize(
    ("until", "valid_to"),
    [
        (date(2027, 12, 31), date(2027, 12, 31)),
        (date(2029, 4, 1), date(2029, 4, 1)),
        (date(2029, 3, 31), date(2029, 3, 31)),
        (date(2031, 3, 31), date(2029, 4, 1)),
    ],
)
def test_a_product_is_valid_no_longer_than_it_may_be_operated(publicly: Publicly, until: date, valid_to: date) -> None:
    made = publicly.registered(NOON, what="product", operating_until_date=until)
    assert publicly.row(made).valid_to_date == valid_to


def test_a_product_without_its_term_is_no_application(publicly: Publicly) -> None:
    with pytest.raises(BadInput):
        publicly.apply(NOON, what="product")


def test_an_existing_operation_is_flagged_and_told_that_it_is_late(publicly: Publicly) -> None:
    form = publicly.form(publicly.resource(NOON), operated_since_date=date(2025, 2, 28))
    made = begin(PUBLIC_REGISTRATION, by=publicly.world.actor("department"), at=NOON, **form)
    assert publicly.row(made.subject).existing is True
    assert [one["cite"] for one in made.advice] == ["REG26:9(1)"]
    publicly.act("withdraw", made.subject, NOON, "department", reason="重新填报")
    again = publicly.apply(NOON, publicly.row(made.subject).resource_id, operated_since_date=date(2025, 3, 1))
    assert publicly.row(again).existing is False


def test_strangers_and_other_registrars_have_no_hand_in_it(publicly: Publicly) -> None:
    made = publicly.apply(NOON)
    for stranger in ("another", "registrar", "supplier", "authority", "buyer"):
        with pytest.raises(NotYours):
            publicly.act("accept", made, NOON, stranger)
    for stranger in ("another", "supplier", "buyer"):
        with pytest.raises(Unknown):
            see(PUBLIC_REGISTRATION, made, publicly.world.actor(stranger))
    assert see(PUBLIC_REGISTRATION, made, publicly.world.actor("authority")).pk == made
    with pytest.raises(NotYours):
        begin(
            PUBLIC_REGISTRATION, by=publicly.world.actor("buyer"), at=NOON,
            **publicly.form(publicly.row(made).resource_id),
        )  # fmt: skip


# Change and correction.


def test_a_change_is_judged_as_a_whole_and_taken_over_when_publicity_ends(publicly: Publicly) -> None:
    made = publicly.registered(NOON)
    at = day(2026, 5, 6)
    content = publicly.content(summary="增加换乘信息")
    with pytest.raises(Refused) as refused:
        publicly.ask(PUBLIC_CHANGE, at, registration=made, reason="没有变化", **publicly.content())
    assert blocked(refused) == ["the_record_changes"]
    with pytest.raises(Refused) as refused:
        publicly.ask(
            PUBLIC_CHANGE, at, "supplier", registration=made, reason="不是我的", **publicly.content("supplier")
        )
    assert "the_holder_asks" in blocked(refused)
    change = publicly.ask(PUBLIC_CHANGE, at, registration=made, reason="新增字段", **content)
    assert publicly.row(made).summary != "增加换乘信息"
    (fact,) = evidence.facts_of("public_change", change)
    assert fact.body["data"]["changed"] == ["summary"]
    publicly.done(PUBLIC_CHANGE, change, at)
    row = publicly.row(made)
    assert (row.summary, row.code, row.valid_to_date) == ("增加换乘信息", CODE, date(2029, 4, 1))


def test_one_matter_at_a_time(publicly: Publicly) -> None:
    made = publicly.registered(NOON)
    at = day(2026, 5, 6)
    publicly.ask(PUBLIC_CHANGE, at, registration=made, reason="新增字段", **publicly.content(summary="增加换乘信息"))
    with pytest.raises(Refused) as refused:
        publicly.ask(PUBLIC_CANCELLATION, at, **_cancellation(publicly, made))
    assert blocked(refused) == ["one_matter_at_a_time"]


def _correction(made: int, **changes: Any) -> dict[str, Any]:
    return {
        "registration": made, "mistakes": [{"name": "简介", "wrong": "全市", "right": "中心城区"}],
        "summary": "中心城区站点", "reason": "登记内容与实际不符",
    } | changes  # fmt: skip


def test_the_holder_corrects_its_own_registration(publicly: Publicly) -> None:
    made = publicly.registered(NOON)
    at = day(2026, 5, 6)
    correction = publicly.ask(PUBLIC_CORRECTION, at, **_correction(made))
    publicly.done(PUBLIC_CORRECTION, correction, at)
    row = publicly.row(made)
    assert (row.summary, row.form["corrections"][0]["right"]) == ("中心城区站点", "中心城区")


def test_an_interested_party_needs_the_holders_consent_or_proof(publicly: Publicly) -> None:
    made = publicly.registered(NOON)
    at = day(2026, 5, 6)
    with pytest.raises(Refused) as refused:
        publicly.ask(PUBLIC_CORRECTION, at, "buyer", **_correction(made))
    assert blocked(refused) == ["a_correction_is_grounded"]
    proof = publicly.world.paper("proof", "buyer")
    with_proof = publicly.ask(PUBLIC_CORRECTION, at, "buyer", **_correction(made, proof=[proof]))
    publicly.act("contest", with_proof, at, "department", table=PUBLIC_CORRECTION, reason="登记无误")
    assert PublicCorrection.objects.get(pk=with_proof).contested == "登记无误"
    publicly.act("withdraw", with_proof, at, "buyer", table=PUBLIC_CORRECTION, reason="改由协商")
    letter = publicly.world.paper("consent", "buyer")
    with_letter = publicly.ask(PUBLIC_CORRECTION, at, "buyer", **_correction(made, consent_paper=letter))
    with pytest.raises(NotYours):
        publicly.act("consent", with_letter, at, "buyer", table=PUBLIC_CORRECTION)
    publicly.act("consent", with_letter, at, "department", table=PUBLIC_CORRECTION)
    publicly.done(PUBLIC_CORRECTION, with_letter, at)
    assert publicly.row(made).summary == "中心城区站点"
    assert publicly.row(made).applicant_id == publicly.party("department")


def test_a_strangers_correction_keeps_nobody_from_renewing_in_time(publicly: Publicly) -> None:
    made = publicly.registered(NOON)  # valid to 1 April 2029
    at = day(2029, 2, 1)
    proof = publicly.world.paper("proof", "buyer")
    correction = publicly.ask(PUBLIC_CORRECTION, at, "buyer", **_correction(made, proof=[proof]))
    renewal = publicly.ask(PUBLIC_RENEWAL, at, **_renewal(publicly, made, date(2032, 4, 1)))
    publicly.done(PUBLIC_RENEWAL, renewal, at)
    assert publicly.row(made).valid_to_date == date(2032, 4, 1)
    publicly.done(PUBLIC_CORRECTION, correction, day(2029, 3, 15))
    row = publicly.row(made)
    assert (row.summary, row.valid_to_date, row.state) == ("中心城区站点", date(2032, 4, 1), "registered")
    again = publicly.ask(PUBLIC_CORRECTION, day(2029, 5, 1), "buyer", **_correction(made, proof=[proof]))
    ending = publicly.ask(PUBLIC_CANCELLATION, day(2029, 5, 1), **_cancellation(publicly, made))
    publicly.act("accept", ending, day(2029, 5, 2), table=PUBLIC_CANCELLATION)
    publicly.act("complete", ending, day(2029, 5, 2), table=PUBLIC_CANCELLATION, note="准予注销")
    publicly.world.settle(day(2029, 5, 2))
    assert publicly.row(made).state == "cancelled"
    assert PublicCorrection.objects.get(pk=again).state == "fallen"


# Renewal.


def _renewal(publicly: Publicly, made: int, until: date, **changes: Any) -> dict[str, Any]:
    return {
        "registration": made, "until_date": until, "reason": "继续授权运营",
        "risk_paper": publicly.world.paper("risk again", "department"),
    } | changes  # fmt: skip


def test_renewal_opens_sixty_natural_days_before_the_end(publicly: Publicly) -> None:
    made = publicly.registered(NOON)  # valid to 1 April 2029; the sixtieth day before is 31 January
    asked = _renewal(publicly, made, date(2032, 4, 1))
    with pytest.raises(Refused) as refused:
        publicly.ask(PUBLIC_RENEWAL, day(2029, 1, 30), **asked)
    assert blocked(refused) == ["renewal_is_asked_in_the_last_days"]
    for until in (date(2029, 4, 1), date(2032, 4, 2)):
        with pytest.raises(Refused) as refused:
            publicly.ask(PUBLIC_RENEWAL, day(2029, 1, 31), **{**asked, "until_date": until})
        assert blocked(refused) == ["a_renewal_is_three_years_at_most"]
    renewal = publicly.ask(PUBLIC_RENEWAL, day(2029, 1, 31), **asked)
    assert publicly.row(made).state == "renewing"
    publicly.done(PUBLIC_RENEWAL, renewal, day(2029, 2, 1))
    row = publicly.row(made)
    assert (row.state, row.valid_to_date) == ("registered", date(2032, 4, 1))
    assert publicly.due(made, "validity") == calendar.end_of(date(2032, 4, 1))


def test_asked_for_on_the_last_day_it_is_not_cancelled_but_not_relied_on_meanwhile(publicly: Publicly) -> None:
    made = publicly.registered(NOON)
    last = day(2029, 4, 1, 23, 59)
    renewal = publicly.ask(PUBLIC_RENEWAL, last, **_renewal(publicly, made, date(2030, 4, 1)))
    publicly.world.pass_time(day(2029, 4, 2))
    assert publicly.row(made).state == "renewing"
    assert not publicdata.by_code(CODE).valid_at(day(2029, 4, 2))
    publicly.done(PUBLIC_RENEWAL, renewal, day(2029, 4, 2))
    assert publicly.row(made).valid_to_date == date(2030, 4, 1)


def test_a_renewal_that_comes_to_nothing_after_the_end_leaves_it_cancelled(publicly: Publicly) -> None:
    made = publicly.registered(NOON)
    renewal = publicly.ask(PUBLIC_RENEWAL, day(2029, 4, 1), **_renewal(publicly, made, date(2030, 4, 1)))
    publicly.act("refuse", renewal, day(2029, 4, 3), table=PUBLIC_RENEWAL, reason="材料不实")
    publicly.world.settle(day(2029, 4, 3))
    publicly.world.pass_time(day(2029, 4, 3))
    assert publicly.row(made).state == "lapsed"
    with pytest.raises(Refused) as refused:
        publicly.ask(PUBLIC_RENEWAL, day(2029, 4, 4), **_renewal(publicly, made, date(2030, 4, 1)))
    assert "there_is_a_registration" in blocked(refused)


@given(st.dates(date(2026, 1, 1), date(2060, 12, 31)), st.none() | st.dates(date(2026, 1, 1), date(2070, 12, 31)))
def test_validity_is_never_longer_than_three_years_or_the_operation(since: date, operating: date | None) -> None:
    found = latest(since, operating, on=date(2026, 11, 28))
    assert found <= date(since.year + 3, since.month, min(since.day, 28 if since.month == 2 else 31))
    assert operating is None or found <= operating
    assert opens_on(found, 60) + timedelta(days=60) == found


# Cancellation and revocation.


def _cancellation(publicly: Publicly, made: int) -> dict[str, Any]:
    proof = publicly.world.paper("gone", "department")
    return {"registration": made, "ground": "gone", "reason": "数据已灭失", "proof": [proof]}


def test_a_cancellation_is_done_within_ten_working_days_of_its_acceptance(publicly: Publicly) -> None:
    made = publicly.registered(NOON)
    asked = publicly.ask(PUBLIC_CANCELLATION, day(2026, 9, 24), **_cancellation(publicly, made))
    publicly.act("accept", asked, day(2026, 9, 24), table=PUBLIC_CANCELLATION)
    assert publicly.due(asked, "completion", PUBLIC_CANCELLATION) == calendar.end_of(date(2026, 10, 15))
    publicly.act("complete", asked, day(2026, 10, 15), table=PUBLIC_CANCELLATION, note="同意注销")
    publicly.world.settle(day(2026, 10, 15))
    row = publicly.row(made)
    assert (row.state, row.ended_reason) == ("cancelled", "数据已灭失")
    assert publicdata.standing([row.resource_id], at=day(2026, 10, 16)) == {}


def test_what_was_got_by_false_papers_is_revoked_and_takes_open_matters_with_it(publicly: Publicly) -> None:
    made = publicly.registered(NOON)
    at = day(2026, 5, 6)
    change = publicly.ask(
        PUBLIC_CHANGE, at, registration=made, reason="新增字段", **publicly.content(summary="增加换乘信息")
    )
    with pytest.raises(NotYours):
        publicly.act("revoke", made, at, "department", grounds=["false"], reason="自己撤销")
    publicly.act("revoke", made, at, "authority", grounds=["false"], reason="来源材料经查不实")
    publicly.world.settle(at)
    assert publicly.row(made).state == "revoked"
    assert publicdata.KINDS["public_change"][0].objects.get(pk=change).state == "fallen"
    with pytest.raises(NotNow):
        perform(PUBLIC_REGISTRATION, "take_change", made, by=publicly.world.actor("institute"), at=at, matter=change)


# The duty to register.


def _duty(publicly: Publicly, at: Any, resource: int) -> PublicDuty:
    made = begin(PUBLIC_DUTY, by=HOUSE, at=at, resource=resource, transfer=7).subject
    return PublicDuty.objects.get(pk=made)


def test_twenty_working_days_after_the_first_delivery_it_is_overdue(publicly: Publicly) -> None:
    resource = publicly.resource(day(2026, 9, 1))
    duty = _duty(publicly, day(2026, 9, 14), resource)
    due = publicly.due(duty.pk, "filing", PUBLIC_DUTY)
    assert due == calendar.end_of(date(2026, 10, 16))
    publicly.world.pass_time(due - timedelta(microseconds=1))
    duty.refresh_from_db()
    assert duty.state == "due"
    publicly.world.pass_time(due)
    duty.refresh_from_db()
    assert (duty.state, duty.late) == ("overdue", True)


def test_an_application_stops_the_days_and_its_failure_lets_them_go_on(publicly: Publicly) -> None:
    resource = publicly.resource(day(2026, 9, 1))
    duty = _duty(publicly, day(2026, 9, 14), resource)
    made = publicly.apply(day(2026, 9, 18), resource)
    publicly.world.settle(day(2026, 9, 18))
    duty.refresh_from_db()
    assert duty.state == "filed"
    publicly.act("withdraw", made, day(2026, 10, 9), "department", reason="材料有误")
    publicly.world.settle(day(2026, 10, 9))
    duty.refresh_from_db()
    assert duty.state == "due"  # 15, 16, 17, 18 September are used; sixteen days are left
    assert publicly.due(duty.pk, "filing", PUBLIC_DUTY) == calendar.end_of(date(2026, 10, 30))
    publicly.registered(day(2026, 10, 12), resource=resource, coded_at=day(2026, 11, 16))
    duty.refresh_from_db()
    assert duty.state == "met"


def test_registered_elsewhere_the_holder_shows_the_code(publicly: Publicly) -> None:
    duty = _duty(publicly, day(2026, 9, 14), publicly.resource(day(2026, 9, 1)))
    paper = publicly.world.paper("result", "department")
    with pytest.raises(NotYours):
        publicly.act(
            "show_code", duty.pk, day(2026, 9, 15), "supplier", table=PUBLIC_DUTY, code="外省码-1", paper=paper
        )
    publicly.act("show_code", duty.pk, day(2026, 9, 15), "department", table=PUBLIC_DUTY, code="外省码-1", paper=paper)
    duty.refresh_from_db()
    assert (duty.state, duty.code) == ("met", "外省码-1")
    assert papers.paper_of(paper, publicly.party("department")) is not None


def test_the_register_is_searched_and_paged(publicly: Publicly) -> None:
    publicly.registered(NOON)
    assert publicdata.register("轨道").total == 1
    assert publicdata.register("轨道", what="product").total == 0
    assert publicdata.register(CODE).items[0].code == CODE
    assert publicdata.register("没有的").total == 0
    with pytest.raises(Unknown):
        publicdata.by_code("没有的码")


# Rights in a public-data product: only once it is registered as such.


def test_a_public_product_gets_rights_only_with_its_own_code_in_force(publicly: Publicly) -> None:
    world, at = publicly.world, day(2026, 8, 3)
    resource = world.catalogued(day(2026, 3, 2))
    asked = {"origin": "public_product", "resource": resource}
    with pytest.raises(Refused) as refused:
        world.apply(at, **asked)
    assert "public_products_are_registered_as_such_first" in blocked(refused)
    term = {"what": "product", "operating_until_date": date(2027, 12, 31)}
    made = publicly.registered(NOON, resource=resource, by="supplier", **term)
    for code in ("别的码-0001", "SJ4212026110001"):
        with pytest.raises(Refused) as refused:
            world.apply(at, **asked, public_registration_code=code)
        assert "public_products_are_registered_as_such_first" in blocked(refused)
    assert world.apply(at, **asked, public_registration_code=CODE).state == "applied"
    end = calendar.end_of(date(2027, 12, 31))
    world.pass_time(end)
    assert publicly.row(made).state == "lapsed"
    other = world.catalogued(end, name="另一份", source="meters")
    with pytest.raises(Refused) as refused:
        world.apply(end, other, origin="public_product", public_registration_code=CODE)
    assert "public_products_are_registered_as_such_first" in blocked(refused)


def test_after_a_stand_still_what_was_asked_for_in_time_is_followed_before_anything_lapses(publicly: Publicly) -> None:
    """The keeper stood still over midnight; more facts wait for it than it takes in one round."""
    made = publicly.registered(NOON)
    end = calendar.end_of(date(2029, 4, 1))
    evidence.integrate()
    last = max(fact.position for fact in evidence.follow(after=-1, limit=10_000))
    FlowCursor.objects.create(reader=READER, position=last, moved_at=end)
    for number in range(250):
        evidence.append(
            evidence.NewFact(at=end, procedure="toy", act="begin", subject_id=number, actor=HOUSE.plain(), body={})
        )
    asked = _renewal(publicly, made, date(2032, 4, 1))
    begin(PUBLIC_RENEWAL, by=publicly.world.actor("department"), at=end - timedelta(seconds=1), **asked)
    keeper.settle_clocks(end + timedelta(minutes=10))
    assert publicly.row(made).state == "renewing"

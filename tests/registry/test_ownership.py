"""First registration of rights in data, path by path (PROP35 arts. 14–28)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests.registry.conftest import CODES, World, day
from tongqu.exchange.bedrock import calendar, evidence, papers
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import (
    HOUSE,
    Alarm,
    AlreadyExtended,
    NeedsReview,
    NotNow,
    NotYours,
    Refused,
    Unknown,
    clocks_of,
    lift_hold,
    perform,
    place_hold,
    tick,
)
from tongqu.exchange.members.models import Control, Organisation
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.models import Certificate, Registration
from tongqu.exchange.registry.ownership.content import content_digest

MONDAY = day(2026, 11, 2)


def clock(registration: int, name: str) -> Any:
    return next(one for one in clocks_of(ownership.OWNERSHIP, registration) if one.name == name)


def refused(world: World, by: str = "supplier", at: Any = MONDAY, **changes: Any) -> Refused:
    with pytest.raises(Refused) as shut:
        world.apply(at, by=by, **changes)
    return shut.value


def cites(shut: Refused) -> set[str]:
    return {finding.cite for finding in shut.findings if finding.blocks}


# The whole way.


def test_from_application_to_certificate_every_step_leaves_its_fact(world: World) -> None:
    registration = world.registered(MONDAY)
    acts = [fact.act for fact in evidence.facts_of("ownership", registration)]
    assert acts == ["begin", "accept", "find", "find", "find", "publicise", "keep_evidence", "issue", "print"]
    view = ownership.right(registration)
    assert view.state == "registered"
    assert view.rights == {"holding", "operation"}
    assert view.code == "YD4202026120001"
    assert not view.national
    assert view.valid_at(day(2027, 1, 1))
    assert ownership.rights(view.resource_id) == (view,)
    assert [one.code for one in ownership.certificates_of(view.holder_id)] == [view.code]


def test_publicity_runs_five_working_days_and_then_the_evidence_is_kept(world: World) -> None:
    registration = world.publicised(MONDAY)
    assert clock(registration, "publicity").due_at == day(2026, 11, 10, 0)
    world.pass_time(day(2026, 11, 9, 23, 59))
    assert world.state(registration) == "publicity"
    world.pass_time(day(2026, 11, 10, 0))
    assert world.state(registration) == "registered"
    assert ownership.right(registration).evidenced_at == day(2026, 11, 10, 0)


def test_validity_is_five_years_from_the_evidence(world: World) -> None:
    registration = world.publicised(MONDAY)
    world.pass_time(day(2026, 11, 10, 0))
    assert ownership.right(registration).valid_to_at == day(2031, 11, 10, 0)


def test_a_right_that_ends_sooner_bounds_the_validity(world: World) -> None:
    registration = world.registered(MONDAY, right_until_date=date(2028, 6, 30))
    assert ownership.right(registration).valid_to_at == day(2028, 7, 1, 0)


def test_without_publicity_where_it_was_asked_for_and_decided_with_a_reason(world: World) -> None:
    registration = world.apply(MONDAY, no_publicity_reason="涉及商业秘密").subject
    world.act("accept", registration, MONDAY)
    world.examine(registration, MONDAY)
    world.act("waive_publicity", registration, MONDAY, reason="公示会泄露商业秘密，理由充分")
    assert world.state(registration) == "evidenced"
    world.settle(MONDAY)
    assert world.state(registration) == "registered"
    assert ownership.publicity().total == 0


def test_publicity_is_not_waived_unasked(world: World) -> None:
    registration = world.apply(MONDAY).subject
    world.act("accept", registration, MONDAY)
    world.examine(registration, MONDAY)
    with pytest.raises(Refused) as shut:
        world.act("waive_publicity", registration, MONDAY, reason="登记机构自行决定")
    assert cites(shut.value) == {"PROP35:24"}


# Acceptance.


def test_silence_is_acceptance_on_the_first_working_day_after_national_day(world: World) -> None:
    """Applied Tuesday 29 September: 30 September, 8 and 9 October are the three days; Saturday the 10th is worked."""
    registration = world.apply(day(2026, 9, 29)).subject
    assert clock(registration, "acceptance").due_at == day(2026, 10, 10, 0)
    world.pass_time(day(2026, 10, 9, 23, 59))
    assert world.state(registration) == "applied"
    world.pass_time(day(2026, 10, 10, 0, 5))
    assert world.state(registration) == "accepted"
    row = Registration.objects.get(pk=registration)
    assert (row.accepted_by_silence, row.accepted_date) == (True, date(2026, 10, 10))
    # Ten working days from the 10th: 12–16 and 19–23 October.
    assert clock(registration, "completion").due_at == day(2026, 10, 24, 0)


def test_silence_over_a_weekend_takes_effect_on_monday(world: World) -> None:
    """Applied Tuesday 3 November: the three days end on Friday the 6th."""
    registration = world.apply(day(2026, 11, 3)).subject
    world.pass_time(day(2026, 11, 8, 23, 59))
    assert world.state(registration) == "applied"
    world.pass_time(day(2026, 11, 9, 0, 1))
    assert world.state(registration) == "accepted"


SPRING = """
- key: {key}
  unit: working_days
  note: {{zh: 测试, en: test}}
  values:
  - {{since: 2026-01-01, until: 2026-07-03, value: {value}, cite: 'HOUSE:figures', certainty: house, approved_by: test}}
"""


def test_silence_is_acceptance_across_spring_festival(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thursday 12 February 2026: Friday, the worked Saturday 14th, Tuesday 24th; accepted on Wednesday the 25th.

    The guideline came later that year, so the operator's own figures stand in for it here.
    """
    (tmp_path / "law" / "figures").mkdir(parents=True)
    for key, value in (("prop35.acceptance", 3), ("prop35.completion", 10)):
        (tmp_path / "law" / "figures" / f"{key}.yaml").write_text(SPRING.format(key=key, value=value))
    monkeypatch.setenv("TONGQU_LAW_EXTRA", str(tmp_path / "law"))
    calendar.reload()
    try:
        registration = world.apply(day(2026, 2, 12)).subject
        world.pass_time(day(2026, 2, 24, 23, 59))
        assert world.state(registration) == "applied"
        world.pass_time(day(2026, 2, 25, 0, 1))
        assert world.state(registration) == "accepted"
    finally:
        monkeypatch.delenv("TONGQU_LAW_EXTRA")
        calendar.reload()


def test_what_is_missing_is_listed_once_and_supplied(world: World) -> None:
    registration = world.apply(MONDAY).subject
    asked = {"items": ["补充采集说明", "样例不清"], "deadline_date": date(2026, 11, 13)}
    world.act("list_missing", registration, MONDAY, **asked)
    row = Registration.objects.get(pk=registration)
    with pytest.raises(NotNow):
        world.act("accept", registration, MONDAY)
    better = world.application(row.resource_id, overview="补充后的概述")
    world.act("supply", registration, day(2026, 11, 6), by=world.supplier, **better)
    assert world.state(registration) == "supplied"
    assert ownership.dossier(registration).form["overview"] == "补充后的概述"
    with pytest.raises(NotNow) as shut:
        world.act("list_missing", registration, day(2026, 11, 6), **asked)
    assert "一次性告知补正" in shut.value.words.zh
    world.act("accept", registration, day(2026, 11, 6))
    assert world.state(registration) == "accepted"


def test_silence_after_the_supplement_is_acceptance_too(world: World) -> None:
    registration = world.apply(MONDAY).subject
    resource = Registration.objects.get(pk=registration).resource_id
    world.act("list_missing", registration, MONDAY, items=["样例"], deadline_date=date(2026, 11, 13))
    world.act("supply", registration, day(2026, 11, 5), by=world.supplier, **world.application(resource))
    world.pass_time(day(2026, 11, 11, 0, 1))  # 6, 9 and 10 November have passed
    assert world.state(registration) == "accepted"


def test_a_late_supplement_is_no_application(world: World) -> None:
    registration = world.apply(MONDAY).subject
    world.act("list_missing", registration, MONDAY, items=["样例"], deadline_date=date(2026, 11, 6))
    world.pass_time(day(2026, 11, 6, 23, 59))
    assert world.state(registration) == "supplement"
    world.pass_time(day(2026, 11, 7, 0))
    assert world.state(registration) == "not_applied"
    resource = Registration.objects.get(pk=registration).resource_id
    with pytest.raises(NotNow):
        world.act("supply", registration, day(2026, 11, 7), by=world.supplier, **world.application(resource))


def test_a_supplement_keeps_its_registrar_and_a_deadline_lies_ahead(world: World) -> None:
    registration = world.apply(MONDAY).subject
    resource = Registration.objects.get(pk=registration).resource_id
    with pytest.raises(Refused):
        world.act("list_missing", registration, MONDAY, items=["样例"], deadline_date=date(2026, 11, 2))
    world.act("list_missing", registration, MONDAY, items=["样例"], deadline_date=date(2026, 11, 13))
    Organisation.objects.filter(credit_code=CODES["sister"]).update(roles=["registrar"])
    other = world.application(resource, registrar=world.parties["sister"].pk)
    with pytest.raises(Refused) as shut:
        world.act("supply", registration, MONDAY, by=world.supplier, **other)
    assert "不能更换登记机构" in shut.value.words.zh


# The time to complete.


def test_the_completion_clock_stands_still_for_supplement_publicity_and_objection(world: World) -> None:
    """Ten working days from 2 November; evidence awaited from the 4th to the 9th, publicised on the 11th."""
    registration = world.apply(MONDAY).subject
    world.act("accept", registration, MONDAY)
    assert clock(registration, "completion").due_at == day(2026, 11, 17, 0)
    world.act("ask_more", registration, day(2026, 11, 4), items=["权属合同"], deadline_date=date(2026, 11, 20))
    assert (clock(registration, "completion").status, clock(registration, "completion").used) == ("paused", 2)
    added = [{"kind": "contract_clause", "paper": world.paper("clause")}]
    world.act("add", registration, day(2026, 11, 9), by=world.supplier, evidence=added)
    assert clock(registration, "completion").due_at == day(2026, 11, 20, 0)  # eight more: 10–13 and 16–19 November
    assert len(ownership.dossier(registration).form["evidence"]) == 2
    world.examine(registration, day(2026, 11, 11))
    world.act("publicise", registration, day(2026, 11, 11))
    assert (clock(registration, "completion").status, clock(registration, "completion").used) == ("paused", 4)
    world.act("object", registration, day(2026, 11, 12), by=world.citizen, **objection(world))
    assert clock(registration, "completion").status == "paused"


def test_overdue_completion_is_an_alarm_and_not_a_decision(world: World) -> None:
    registration = world.apply(MONDAY).subject
    world.act("accept", registration, MONDAY)
    world.pass_time(day(2026, 11, 17, 0))
    assert world.state(registration) == "accepted"
    assert Alarm.objects.filter(kind="overdue", procedure="ownership", subject=registration).count() == 1


def test_completion_is_extended_once_with_a_reason_and_by_ten_days_at_most(world: World) -> None:
    registration = world.apply(MONDAY).subject
    world.act("accept", registration, MONDAY)
    with pytest.raises(AlreadyExtended):
        world.act("extend", registration, MONDAY, days=11, reason="数据量巨大")
    world.act("extend", registration, MONDAY, days=10, reason="数据量巨大")
    assert clock(registration, "completion").due_at == day(2026, 12, 1, 0)
    with pytest.raises(AlreadyExtended):
        world.act("extend", registration, MONDAY, days=1, reason="仍然复杂")
    with pytest.raises(BadInput):
        world.act("extend", registration, MONDAY, days=1, reason="")


# The review.


def test_publicity_needs_all_three_heads_each_with_evidence(world: World) -> None:
    registration = world.apply(MONDAY).subject
    world.act("accept", registration, MONDAY)
    paper = world.paper("sample")
    world.act("find", registration, MONDAY, head="description", passes=True, finding="描述准确", evidence=[paper])
    world.act("find", registration, MONDAY, head="source", passes=True, finding="来源合规", evidence=[paper])
    with pytest.raises(Refused) as shut:
        world.act("publicise", registration, MONDAY)
    assert cites(shut.value) == {"PROP35:18"}
    assert "数据产权明确性" in shut.value.words.zh
    with pytest.raises(BadInput):
        world.act("find", registration, MONDAY, head="ownership", passes=True, finding="权属明确", evidence=[])
    world.act("find", registration, MONDAY, head="ownership", passes=False, finding="合同不全", evidence=[paper])
    with pytest.raises(Refused) as shut:
        world.act("publicise", registration, MONDAY)
    assert "审查未通过" in shut.value.words.zh
    world.act("find", registration, MONDAY, head="ownership", passes=True, finding="补充后明确", evidence=[paper])
    world.act("publicise", registration, MONDAY)
    heads = ownership.dossier(registration).heads
    assert [(one.head, one.passes) for one in heads if one.current] == [
        ("description", True), ("source", True), ("ownership", True),
    ]  # fmt: skip
    assert sum(not one.current for one in heads) == 1


def test_a_refusal_names_grounds_and_leaves_a_written_notice(world: World) -> None:
    registration = world.apply(MONDAY).subject
    world.act("accept", registration, MONDAY)
    world.act("refuse", registration, MONDAY, grounds=["source", "concealed"], reason="来源合同系伪造")
    assert world.state(registration) == "refused"
    told = ownership.dossier(registration).refusal
    assert told is not None
    for part in ("不予登记告知书", "数据来源不合法", "隐瞒有关情况或提供虚假材料", "来源合同系伪造", "2026-11-02"):
        assert part in told.zh
    assert "art. 22" in told.en
    with pytest.raises(BadInput):
        world.act("refuse", registration, MONDAY, grounds=["because"], reason="没有理由")


def test_only_the_chosen_registrar_decides(world: World) -> None:
    registration = world.apply(MONDAY).subject
    Organisation.objects.filter(credit_code=CODES["sister"]).update(roles=["registrar"])
    stranger = world.actor("sister", "registrar")
    for actor in (stranger, world.supplier, world.citizen):
        with pytest.raises(NotYours):
            world.act("accept", registration, MONDAY, by=actor)


# What cannot be registered, and what needs more.


def test_raw_data_of_a_department_is_refused_with_the_article(world: World) -> None:
    resource = world.catalogued(MONDAY, "department", kind="government")
    shut = refused(world, "department", resource=resource, origin="duty")
    assert "PROP35:15(1)" in cites(shut)
    assert "不予产权登记" in shut.words.zh
    assert "公共数据资源登记" in shut.mend.zh


def test_raw_government_data_in_other_hands_is_refused_too(world: World) -> None:
    assert "PROP35:15(1)" in cites(refused(world, origin="duty"))
    government = world.catalogued(MONDAY, kind="government", source="meters", name="政务数据一份")
    assert "HOUSE:ownership" in cites(refused(world, resource=government, origin="own"))


def test_other_data_of_a_department_is_for_a_person(world: World) -> None:
    resource = world.catalogued(MONDAY, "department", kind="government")
    with pytest.raises(NeedsReview):
        world.apply(MONDAY, resource, by="department", origin="own")


def test_a_public_data_product_needs_its_own_registration_first(world: World) -> None:
    assert "PROP35:15(2)" in cites(refused(world, origin="public_product"))
    resource = world.catalogued(MONDAY, source="meters", name="公共数据产品")
    shut = refused(world, resource=resource, origin="public_product", public_registration_code="ABC123")
    assert "没有以这个查询码登记" in shut.words.zh
    assert "按登记结果填写查询码" in shut.mend.zh


def test_a_utility_may_register_what_its_service_makes(world: World) -> None:
    registration = world.apply(MONDAY, origin="public_service", is_utility=True).subject
    assert ownership.dossier(registration).form["is_utility"] is True


def test_an_overlong_name_or_overview_is_refused_by_the_guidelines_figures(world: World) -> None:
    resource = world.catalogued(MONDAY)
    exact = {"name_time": "一" * 8, "name_region": "二" * 8, "name_industry": "三" * 8, "name_content": "四" * 8}
    shut = refused(world, resource=resource, **exact, name_type="五" * 9)
    assert cites(shut) == {"PROP35:19"}
    assert "41 字，最多 40 字" in shut.words.zh
    assert cites(refused(world, resource=resource, overview="长" * 401)) == {"PROP35:annex1"}
    world.apply(MONDAY, resource, **exact, name_type="五" * 8, overview="长" * 400)


def test_missing_evidence_is_named_by_kind_of_source(world: World) -> None:
    resource = world.catalogued(MONDAY)
    other = [{"kind": "other", "paper": world.paper("other")}]
    shut = refused(world, resource=resource, evidence=other)
    assert cites(shut) == {"PROP35:20"}
    assert "合法取得佐证" in shut.words.zh
    shut = refused(world, resource=resource, personal=True, important=True)
    for part in ("个人同意", "影响评估", "重要数据风险评估"):
        assert part in shut.words.zh
    shut = refused(world, resource=resource, source_kind="scraped", rights=["use"])
    assert "自动化收集的来源和方式声明" in shut.words.zh


def test_a_paper_that_was_not_handed_in_by_the_applicant_does_not_count(world: World) -> None:
    resource = world.catalogued(MONDAY)
    assert "HOUSE:evidence" in cites(refused(world, resource=resource, sample_paper="f" * 64))
    others = world.paper("someone else's", "rival")
    assert "HOUSE:evidence" in cites(refused(world, resource=resource, sample_paper=others))


def test_a_right_that_has_ended_and_data_that_is_not_catalogued_are_refused(world: World) -> None:
    resource = world.catalogued(MONDAY)
    assert "HOUSE:ownership" in cites(refused(world, resource=resource, right_until_date=date(2026, 11, 2)))
    rivals = world.catalogued(MONDAY, "rival")
    assert "不是本单位编目" in refused(world, resource=rivals).words.zh
    assert "不是本单位编目" in refused(world, resource=999_999).words.zh


def test_a_registrar_does_not_register_its_own_data(world: World) -> None:
    resource = world.catalogued(MONDAY)
    shut = refused(world, "registrar", resource=resource)
    assert "PROP35:10(7)" in cites(shut)


def test_a_registrar_of_the_same_group_is_pointed_out(world: World) -> None:
    Control.objects.create(
        controller_code=CODES["registrar"], controller_name="示例", controlled_code=CODES["supplier"], basis="shares",
        share_basis_points=6_000, since_date=date(2020, 1, 1), declared_by=world.parties["registrar"],
        declared_at=MONDAY,
    )  # fmt: skip
    outcome = world.apply(MONDAY)
    assert any("同一集团" in advice["zh"] for advice in outcome.advice)


def test_the_exchange_must_know_the_registrar(world: World) -> None:
    resource = world.catalogued(MONDAY)
    assert "PROP35:7" in cites(refused(world, resource=resource, registrar=world.parties["rival"].pk))
    assert "PROP35:7" in cites(refused(world, resource=resource, registrar=999_999))


def test_two_holders_of_the_same_right_coexist_with_a_notice(world: World) -> None:
    first = world.registered(MONDAY)
    outcome = world.apply(day(2026, 12, 7), by="rival", rights=["operation", "use"])
    notices = [advice for advice in outcome.advice if advice["cite"] == "PROP35:21(last)"]
    assert len(notices) == 1
    assert "示例supplier有限公司（数据经营权）" in notices[0]["zh"]
    second = outcome.subject
    world.act("accept", second, day(2026, 12, 7))
    world.examine(second, day(2026, 12, 7))
    world.act("publicise", second, day(2026, 12, 7))
    world.pass_time(day(2026, 12, 20))
    assert {world.state(first), world.state(second)} == {"registered"}
    assert ownership.right(second).code == "YD4202026120002"


# Publicity and objections.


def objection(world: World, text: str = "objection") -> dict[str, Any]:
    return {"reason": "该数据是我方采集的", "evidence": [world.paper(text, None)], "contact": "13900000000"}


def test_a_notice_shows_four_fields_and_nothing_else(world: World) -> None:
    registration = world.publicised(MONDAY, right_limits="仅限省内使用")
    page = ownership.publicity()
    assert (page.total, [one.registration_id for one in page.items]) == (1, [registration])
    fields = page.items[0].fields.plain()
    assert set(fields) == {"applicant", "data_name", "overview", "restrictions"}
    assert fields["applicant"] == f"示例supplier有限公司（{CODES['supplier']}）"
    assert fields["data_name"] == "2018年示例市钢铁用电负荷表格"
    assert "仅限省内使用" in fields["restrictions"]
    shown = str(page.items[0])
    for secret in ("027-12345678", "示例联系人", "武汉市示例路1号", "钢铁生产"):
        assert secret not in shown
    fact = next(one for one in evidence.facts_of("ownership", registration) if one.act == "publicise")
    assert fact.body["data"]["notice"] == fields


def test_what_is_not_publicised_has_no_notice(world: World) -> None:
    registration = world.apply(MONDAY).subject
    with pytest.raises(Unknown):
        ownership.notice(registration)


def test_how_to_reach_people_is_in_the_register_and_not_in_the_log(world: World) -> None:
    registration = world.publicised(MONDAY)
    world.act("object", registration, MONDAY, by=world.citizen, **objection(world))
    file = ownership.dossier(registration)
    assert (file.form["contact_phone"], file.objections[0].contact) == ("027-12345678", "13900000000")
    log = str([fact.body for fact in evidence.facts_of("ownership", registration)])
    for reach in ("027-12345678", "示例联系人", "13900000000"):
        assert reach not in log


def test_notices_come_in_pages_with_a_total(world: World) -> None:
    first = world.publicised(MONDAY)
    second = world.publicised(day(2026, 11, 3), by="rival")
    assert [one.registration_id for one in ownership.publicity(size=1).items] == [second]
    page = ownership.publicity(page=2, size=1)
    assert ([one.registration_id for one in page.items], page.total) == ([first], 2)
    assert ownership.publicity(page=3, size=1).items == ()


def test_an_objection_stops_publicity_and_is_investigated(world: World) -> None:
    registration = world.publicised(MONDAY)
    world.act("object", registration, day(2026, 11, 4), by=world.citizen, **objection(world))
    assert world.state(registration) == "objection"
    assert clock(registration, "investigation").due_at == day(2026, 11, 19, 0)
    assert ownership.notice(registration).until_at is None
    world.pass_time(day(2026, 11, 18))
    assert world.state(registration) == "objection"
    assert not Alarm.objects.filter(kind="overdue", subject=registration).exists()
    world.pass_time(day(2026, 11, 19, 0))
    assert Alarm.objects.filter(kind="overdue", procedure="ownership", subject=registration).count() == 1


def test_an_objection_that_is_dismissed_lets_publicity_go_on_for_the_days_left(world: World) -> None:
    registration = world.publicised(MONDAY)
    world.act("object", registration, day(2026, 11, 4), by=world.citizen, **objection(world))
    world.act("dismiss", registration, day(2026, 11, 10), finding="证据不足，不成立")
    assert clock(registration, "publicity").due_at == day(2026, 11, 14, 0)  # two days were used: 11, 12 and 13 November
    world.pass_time(day(2026, 11, 14, 0))
    assert world.state(registration) == "registered"
    answered = ownership.dossier(registration).objections
    assert [(one.upheld, one.finding) for one in answered] == [(False, "证据不足，不成立")]


def test_an_objection_that_is_upheld_ends_in_refusal(world: World) -> None:
    registration = world.publicised(MONDAY)
    world.act("object", registration, day(2026, 11, 4), by=world.citizen, **objection(world))
    world.act("uphold", registration, day(2026, 11, 10), finding="数据确由异议人采集")
    assert world.state(registration) == "refused"
    told = ownership.dossier(registration).refusal
    assert told is not None
    assert "存在尚未解决的权属纠纷" in told.zh
    world.pass_time(day(2027, 1, 1))
    assert ownership.right(registration).code is None


def test_a_second_objection_keeps_the_first_deadline_and_a_later_one_gets_its_own(world: World) -> None:
    registration = world.publicised(MONDAY)
    world.act("object", registration, day(2026, 11, 3), by=world.citizen, **objection(world))
    by_rival = objection(world) | {"evidence": [world.paper("r", "rival")]}
    world.act("object", registration, day(2026, 11, 5), by=world.actor("rival"), **by_rival)
    assert clock(registration, "investigation").due_at == day(2026, 11, 18, 0)
    world.act("dismiss", registration, day(2026, 11, 6), finding="均不成立")
    assert [one.upheld for one in ownership.dossier(registration).objections] == [False, False]
    world.act("object", registration, day(2026, 11, 9), by=world.citizen, **objection(world, "again"))
    assert clock(registration, "investigation").due_at == day(2026, 11, 24, 0)


def test_what_a_hold_adds_to_the_investigation_no_note_takes_away(world: World) -> None:
    """Under the hold nothing runs, whatever is noted; afterwards a note or another objection leaves the days as they are."""
    registration = world.publicised(MONDAY)
    world.act("object", registration, day(2026, 11, 4), by=world.citizen, **objection(world))
    regulator = replace(world.actor("registrar"), roles=frozenset({"regulator"}))
    hold = place_hold(ownership.OWNERSHIP, registration, by=regulator, at=day(2026, 11, 5), ground="示例检查")
    noted = {"kind": "seized", "text": "示例法院查封"}
    world.act("note", registration, day(2026, 11, 6), **noted)
    assert clock(registration, "investigation").due_at is None
    lift_hold(hold, by=regulator, at=day(2026, 11, 25), reason="示例解除", table=ownership.OWNERSHIP)
    after = clock(registration, "investigation").due_at
    assert after is not None
    assert after > day(2026, 12, 1)
    world.act("note", registration, day(2026, 11, 26), **noted)
    by_rival = objection(world) | {"evidence": [world.paper("r", "rival")]}
    world.act("object", registration, day(2026, 11, 27), by=world.actor("rival"), **by_rival)
    assert clock(registration, "investigation").due_at == after


def test_an_objection_needs_a_name_evidence_and_another_party(world: World) -> None:
    registration = world.publicised(MONDAY)
    with pytest.raises(BadInput):
        world.act("object", registration, MONDAY, by=world.citizen, **(objection(world) | {"evidence": []}))
    own = objection(world) | {"evidence": [world.paper("own")]}
    with pytest.raises(Refused) as shut:
        world.act("object", registration, MONDAY, by=world.supplier, **own)
    assert "申请人不能" in shut.value.words.zh
    world.people["citizen"].full_name = ""
    world.people["citizen"].save()
    with pytest.raises(Refused) as shut:
        world.act("object", registration, MONDAY, by=world.citizen, **objection(world))
    assert "实名" in shut.value.words.zh


def test_nobody_objects_before_or_after_publicity(world: World) -> None:
    registration = world.apply(MONDAY).subject
    with pytest.raises(NotNow):
        world.act("object", registration, MONDAY, by=world.citizen, **objection(world))
    done = world.registered(MONDAY, resource=Registration.objects.get(pk=registration).resource_id)
    with pytest.raises(NotNow):
        world.act("object", done, day(2026, 12, 10), by=world.citizen, **objection(world))


# The certificate.


def pdf_of(world: World, registration: int) -> bytes:
    shown = ownership.certificate_of(registration)
    assert shown is not None
    return papers.content(shown.paper)


def test_the_certificate_answers_from_the_evidence(world: World) -> None:
    registration = world.registered(MONDAY)
    code = ownership.right(registration).code
    assert code is not None
    answer = ownership.verify_certificate(code, at=day(2027, 1, 1))
    shown = answer.certificate
    assert (answer.good, answer.file_matches, answer.faults) == (True, None, ())
    assert (shown.holder, shown.holder_code) == ("示例supplier有限公司", CODES["supplier"])
    assert shown.rights == {"holding", "operation"}
    fact = next(one for one in evidence.facts_of("ownership", registration) if one.act == "keep_evidence")
    assert (shown.fact, shown.log_position) == (fact.id, fact.position)
    assert shown.evidenced_at == fact.at
    assert shown.content_digest == content_digest(fact.body["data"]["content"])
    assert "027-12345678" not in str(fact.body["data"]["content"])


def test_a_changed_file_is_found(world: World) -> None:
    registration = world.registered(MONDAY)
    code, file = str(ownership.right(registration).code), pdf_of(world, registration)
    assert ownership.verify_certificate(code, at=day(2027, 1, 1), file=file).good
    changed = ownership.verify_certificate(code, at=day(2027, 1, 1), file=file[:-1] + b"X")
    assert (changed.good, changed.file_matches) == (False, False)
    assert "存证为准" in changed.faults[0].zh


def test_a_file_changed_in_the_store_is_found(world: World, settings: Any) -> None:
    registration = world.registered(MONDAY)
    shown = ownership.certificate_of(registration)
    assert shown is not None
    stored = next(path for path in Path(settings.PAPERS_ROOT).rglob(f"*{shown.paper[10:]}*") if path.is_file())
    stored.chmod(0o644)
    stored.write_bytes(b"%PDF-1.7 forged")
    answer = ownership.verify_certificate(shown.code, at=day(2027, 1, 1))
    assert [words.zh for words in answer.faults] == ["存档的凭证文件已损坏或被改动"]


def test_a_register_that_disagrees_with_the_evidence_loses(world: World) -> None:
    registration = world.registered(MONDAY)
    Registration.objects.filter(pk=registration).update(rights=["holding", "use", "operation"])
    answer = ownership.verify_certificate(str(ownership.right(registration).code), at=day(2027, 1, 1))
    assert not answer.good
    assert answer.certificate.rights == {"holding", "operation"}
    assert "登记簿与存证记录不一致" in answer.faults[0].zh


def test_the_file_is_the_same_each_time_and_says_that_it_is_a_voucher(world: World) -> None:
    from tongqu.exchange.registry.ownership import printing
    from tongqu.exchange.registry.ownership.records import evidence_of

    registration = world.registered(MONDAY)
    shown, record = ownership.certificate_of(registration), evidence_of(registration)
    assert shown is not None
    assert record is not None
    again = printing.certificate_pdf(
        shown.code, record.content, record.content_digest, shown.log_position, shown.issued_at
    )
    assert hashlib.sha256(again).hexdigest() == shown.paper
    assert again.startswith(b"%PDF-")
    assert b"pdfaid:part>2<" in again.replace(b" ", b"")
    assert "预登记凭证" in shown.words.zh
    assert "Pre-registration" in shown.words.en


def test_text_of_an_application_cannot_command_the_typesetting(world: World) -> None:
    registration = world.registered(MONDAY, overview='#read("/etc/passwd") $x$ *粗* \\ @a <b> `c`')
    assert pdf_of(world, registration).startswith(b"%PDF-")


def test_a_listed_registrar_issues_the_national_code(world: World, settings: Any) -> None:
    settings.NATIONAL_REGISTRARS = {CODES["registrar"]: "1"}
    registration = world.registered(MONDAY)
    shown = ownership.certificate(ownership.right(registration).code or "")
    assert shown.code == "SJ4212026120001"
    assert shown.national
    assert shown.words.zh == "数据产权登记凭证"


def test_serials_begin_anew_each_month(world: World) -> None:
    world.registered(MONDAY)
    second = world.registered(day(2026, 11, 30), by="rival")
    third = world.registered(
        day(2026, 12, 1), resource=world.catalogued(day(2026, 12, 1), source="meters", name="另一份")
    )
    codes = [ownership.right(one).code for one in (second, third)]
    assert codes == ["YD4202026120002", "YD4202026120003"]
    fourth = world.registered(day(2026, 12, 28), by="rival", resource=ownership.right(second).resource_id)
    assert ownership.right(fourth).code == "YD4202027010001"


def test_a_certificate_lapses_when_its_validity_ends(world: World) -> None:
    registration = world.registered(MONDAY)
    view = ownership.right(registration)
    assert view.valid_to_at is not None
    code, end = str(view.code), view.valid_to_at
    world.pass_time(end - timedelta(seconds=1))
    assert ownership.verify_certificate(code, at=end - timedelta(seconds=1)).good
    assert not ownership.verify_certificate(code, at=end).good  # even before the clock has come round
    world.pass_time(end)
    assert world.state(registration) == "lapsed"
    assert not ownership.right(registration).valid_at(end)
    assert "到期失效" in ownership.verify_certificate(code, at=end).faults[0].zh


def test_a_seizure_is_noted_and_freezes_the_right_until_it_is_lifted(world: World) -> None:
    registration = world.registered(MONDAY)
    note = world.act("note", registration, day(2026, 12, 10), kind="seized", text="示例法院查封").data["note"]
    assert ownership.right(registration).frozen
    answer = ownership.verify_certificate(str(ownership.right(registration).code), at=day(2026, 12, 11))
    assert "查封" in answer.faults[0].zh
    world.act("lift_note", registration, day(2026, 12, 12), note=note, reason="查封已解除")
    assert ownership.right(registration).valid_at(day(2026, 12, 12))
    with pytest.raises(Unknown):
        world.act("lift_note", registration, day(2026, 12, 12), note=note, reason="再次解除")


def test_a_file_is_kept_twenty_years_beyond_validity(world: World) -> None:
    registration = world.publicised(MONDAY)
    world.pass_time(day(2026, 11, 10, 0))
    assert ownership.dossier(registration).keep_until_date == date(2051, 11, 10)


def test_unknown_codes_are_unknown(world: World) -> None:
    for text in ("SJ4212026110001", "nonsense", ""):
        with pytest.raises(Unknown):
            ownership.certificate(text)


# What the database itself keeps.


def test_the_database_refuses_what_the_rules_would(world: World) -> None:
    registration = world.registered(MONDAY)
    rows = Registration.objects.filter(pk=registration)
    for name, change in (
        ("rights_are_some_of_three", {"rights": []}),
        ("rights_are_some_of_three", {"rights": ["holding", "owning"]}),
        ("nobody_registers_for_itself", {"registrar_id": world.parties["supplier"].pk}),
        ("a_right_is_valid_five_years_at_most", {"valid_to_at": day(2032, 1, 1)}),
        ("the_registered_are_evidenced", {"evidenced_at": None}),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            rows.update(**change)


def test_a_certificate_cannot_be_changed_or_removed(world: World) -> None:
    registration = world.registered(MONDAY)
    rows = Certificate.objects.filter(registration=registration)
    for change in ({"code": "YD4202026120009"}, {"paper": "0" * 64}, {"national": True}):
        with pytest.raises(IntegrityError, match="does not change"), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError, match="does not change"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("delete from registry_certificate")


def test_the_clock_may_not_be_hurried_by_a_party(world: World) -> None:
    registration = world.publicised(MONDAY)
    for act in ("keep_evidence", "accept_by_silence", "issue", "lapse"):
        with pytest.raises((NotYours, NotNow, BadInput)):
            world.act(act, registration, MONDAY)


def test_a_certificate_is_issued_only_for_the_evidence(world: World) -> None:
    registration = world.publicised(MONDAY)
    tick(day(2026, 11, 10, 0))
    assert world.state(registration) == "evidenced"
    with pytest.raises(Unknown):
        perform(ownership.OWNERSHIP, "issue", registration, by=HOUSE, at=day(2026, 11, 10), fact=1, position=0)


def test_an_applicant_may_withdraw_until_the_evidence_is_kept(world: World) -> None:
    registration = world.publicised(MONDAY)
    world.act("withdraw", registration, MONDAY, by=world.supplier, reason="改由另一机构登记")
    assert world.state(registration) == "withdrawn"
    world.pass_time(day(2026, 12, 1))
    assert world.state(registration) == "withdrawn"

"""Gradings: who proposes and who confirms, when one is due, and what follows for products, deals and deliveries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.grading import elements, grade, proposal
from tests.registry.conftest import profile
from tests.trading.dealing import DATASET, PRODUCT, Market
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.procedures import (
    HOUSE,
    Alarm,
    NotNow,
    NotYours,
    Refused,
    Unknown,
    begin,
    perform,
    see,
    waiting,
)
from tongqu.exchange.members import nodes
from tongqu.exchange.registry import catalogue, grading
from tongqu.exchange.registry.catalogue.models import Resource
from tongqu.exchange.registry.grading import GRADING
from tongqu.exchange.registry.grading.models import Grading
from tongqu.exchange.trading import listings
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.delivery.models import Permit
from tongqu.exchange.trading.listings import LISTING
from tongqu.wire.source import Column, ColumnProfile, PatternFound

pytestmark = pytest.mark.django_db


def rules_of(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {finding.rule for finding in refused.value.findings if finding.blocks}


def under_way(market: Market, **changes: Any) -> tuple[int, int]:
    """A catalogued resource, and the grading that the house opened for it."""
    resource = market.catalogued(market.now, grading=None, **changes)
    pk = grading.preparing(resource)
    assert pk is not None
    return resource, pk


def proposed(market: Market, **changes: Any) -> tuple[int, int]:
    resource, pk = under_way(market)
    market.do(GRADING, "propose", pk, "supplier", **proposal(elements(pk), **changes))
    return resource, pk


def regrade(market: Market, resource: int, **changes: Any) -> int:
    return market.grade(resource, ground="correction", **changes)


def state(pk: int) -> str:
    return grading.dossier(pk).view.state


# From the catalogue to a grading in force.


def test_a_catalogued_resource_waits_on_its_holders_desk_until_it_is_graded(market: Market) -> None:
    resource, pk = under_way(market)
    assert (state(pk), grading.in_force(resource)) == ("open", None)
    assert ("grading", pk) in {(one.procedure.name, one.subject.pk) for one in waiting(market.actor("supplier"))}
    market.do(GRADING, "propose", pk, "supplier", **proposal(elements(pk), level="important"))
    assert (state(pk), grading.in_force(resource)) == ("proposed", None)
    market.do(GRADING, "confirm", pk, "exchange", note="与资源相符")
    found = grading.in_force(resource)
    assert found is not None
    assert (found.id, found.level, found.data_class, found.industry) == (pk, "important", "important", "D44")


def test_the_level_is_the_highest_over_the_objects_whatever_else_is_harmed(market: Market) -> None:
    _, pk = proposed(market, person="especially_serious", economy="serious", public_order="general")
    assert grading.dossier(pk).view.level == "important"


def test_what_was_suggested_is_kept_beside_what_was_decided(market: Market) -> None:
    resource, pk = under_way(market)
    market.do(GRADING, "propose", pk, "supplier", **proposal(elements(pk), kinds={"usage": "phone"}))
    kept = {one.name: one for one in grading.dossier(pk).elements}
    assert (kept["usage"].suggestion.kind.value, kept["usage"].kind and kept["usage"].kind.value) == ("none", "phone")
    assert kept["usage"].deviates
    assert not kept["day"].deviates
    fact = next(
        one for one in evidence.follow(after=-1, limit=10_000) if (one.procedure, one.act) == ("grading", "propose")
    )
    assert fact.body["data"]["suggested"]["usage"]["kind"] == "none"
    assert {mark["name"]: mark["kind"] for mark in fact.body["inputs"]["elements"]} == {"usage": "phone", "day": "none"}
    assert grading.dossier(pk).view.personal == "general"
    assert resource


def test_a_returned_proposal_goes_on_with_the_reason_and_what_was_said(market: Market) -> None:
    _, pk = proposed(market)
    market.do(GRADING, "hand_back", pk, "exchange", reason="请补充对公共利益的判断")
    found = grading.dossier(pk)
    assert (found.view.state, found.opinion) == ("returned", "请补充对公共利益的判断")
    market.do(GRADING, "propose", pk, "supplier", **proposal(elements(pk), level="core"))
    assert grading.dossier(pk).view.level == "core"


def test_a_new_grading_supersedes_the_one_in_force(market: Market) -> None:
    resource = market.catalogued(market.now)
    first = grading.in_force(resource)
    second = regrade(market, resource, level="important")
    assert first is not None
    assert (state(first.id), state(second)) == ("superseded", "in_force")


def test_only_one_is_in_force_even_if_somebody_writes_past_the_door(market: Market) -> None:
    resource = market.catalogued(market.now)
    row = Grading.objects.get(resource_id=resource)
    row.pk = None
    with pytest.raises(IntegrityError, match="one_grading_in_force_of_a_resource"), transaction.atomic():
        row.save(force_insert=True)


# Who may.


def test_public_data_goes_to_the_data_authority_and_an_enterprises_to_the_reviewer(market: Market) -> None:
    market.join("authority", ("data_authority",), "11420000MB0000077")
    resource = market.catalogued(market.now, "department", kind="government", name="示例政务数据", grading=None)
    pk = grading.preparing(resource)
    assert pk is not None
    market.do(GRADING, "propose", pk, "department", **proposal(elements(pk), industry="S92"))
    assert state(pk) == "referred"
    with pytest.raises(NotNow):
        market.do(GRADING, "confirm", pk, "exchange", note="越权确认")
    market.do(GRADING, "approve", pk, "authority", note="与资源相符")
    assert state(pk) == "in_force"
    _, enterprise = proposed(market)
    with pytest.raises(NotNow):
        market.do(GRADING, "approve", enterprise, "authority", note="越权确认")


def test_the_reviewer_does_not_confirm_public_data_in_the_moment_before_it_is_referred(market: Market) -> None:
    resource = market.catalogued(market.now, "department", kind="government", name="示例政务数据", grading=None)
    pk = grading.preparing(resource)
    assert pk is not None
    perform(GRADING, "propose", pk, by=market.actor("department"), at=market.now, **proposal(elements(pk)))
    with pytest.raises(Refused) as refused:
        perform(GRADING, "confirm", pk, by=market.actor("exchange"), at=market.now, note="越权确认")
    assert rules_of(refused) == {"office_fits"}


def test_a_data_authority_does_not_confirm_its_own(market: Market) -> None:
    market.parties["department"].roles = ["supplier", "data_authority"]
    market.parties["department"].save()
    resource = market.catalogued(market.now, "department", kind="government", name="示例政务数据", grading=None)
    pk = grading.preparing(resource)
    assert pk is not None
    market.do(GRADING, "propose", pk, "department", **proposal(elements(pk)))
    with pytest.raises(NotNow):
        market.do(GRADING, "approve", pk, "department", note="自己确认")
    market.do(GRADING, "confirm", pk, "exchange", note="本省只有一个数据主管部门")
    assert state(pk) == "in_force"


def test_what_became_its_own_office_before_it_was_confirmed_is_returned_and_goes_the_other_way(market: Market) -> None:
    resource = market.catalogued(market.now, "department", kind="government", name="示例政务数据", grading=None)
    pk = grading.preparing(resource)
    assert pk is not None
    market.do(GRADING, "propose", pk, "department", **proposal(elements(pk)))
    assert state(pk) == "referred"
    market.parties["department"].roles = ["supplier", "data_authority"]
    market.parties["department"].save()
    with pytest.raises(Refused) as refused:
        market.do(GRADING, "approve", pk, "department", note="自己确认")
    assert rules_of(refused) == {"office_fits"}
    market.do(GRADING, "send_back", pk, "department", reason="改由审查员确认")
    market.do(GRADING, "propose", pk, "department", **proposal(elements(pk)))
    market.do(GRADING, "confirm", pk, "exchange", note="与资源相符")
    assert state(pk) == "in_force"


def test_the_exchanges_own_data_is_confirmed_by_the_data_authority(market: Market) -> None:
    market.join("authority", ("data_authority",), "11420000MB0000077")
    resource, pk = under_way(market)
    market.parties["supplier"].roles = ["supplier", "reviewer"]
    market.parties["supplier"].save()
    market.do(GRADING, "propose", pk, "supplier", **proposal(elements(pk)))
    with pytest.raises(NotNow):
        market.do(GRADING, "confirm", pk, "supplier", note="自己确认")
    market.do(GRADING, "approve", pk, "authority", note="与资源相符")
    assert grading.in_force(resource).id == pk  # type: ignore[union-attr]


@pytest.mark.parametrize("act", ["propose", "withdraw"])
def test_a_stranger_who_supplies_too_sees_and_does_nothing(market: Market, act: str) -> None:
    _, pk = under_way(market)
    inputs = proposal(elements(pk)) if act == "propose" else {}
    with pytest.raises(NotYours):
        market.do(GRADING, act, pk, "rival", **inputs)
    with pytest.raises(Unknown):
        see(GRADING, pk, market.actor("rival"))


def test_the_holder_confirms_nothing_and_no_person_puts_it_in_force(market: Market) -> None:
    _, pk = proposed(market)
    with pytest.raises(NotYours):
        market.do(GRADING, "confirm", pk, "supplier", note="自己确认")
    for act, inputs in (("take_effect", {}), ("supersede", {"grading": 1}), ("fall_due", {}), ("end", {})):
        with pytest.raises((NotYours, NotNow)):
            market.do(GRADING, act, pk, "exchange", **inputs)


def test_nobody_opens_a_grading_of_anothers_resource_or_a_second_one(market: Market) -> None:
    resource, _ = under_way(market)
    with pytest.raises(Refused) as refused:
        begin(GRADING, by=market.actor("rival"), at=market.now, resource=resource)
    assert "one_grades_ones_own" in rules_of(refused)
    with pytest.raises(Refused) as refused:
        begin(GRADING, by=market.actor("supplier"), at=market.now, resource=resource)
    assert rules_of(refused) == {"one_at_a_time"}
    with pytest.raises(Unknown):
        begin(GRADING, by=market.actor("supplier"), at=market.now, resource=10**9)


@pytest.mark.parametrize("ground", ["first", "term", "elements", "measurement"])
def test_a_holder_does_not_say_that_a_term_is_over(market: Market, ground: str) -> None:
    resource = market.catalogued(market.now)
    with pytest.raises(Refused) as refused:
        begin(GRADING, by=market.actor("supplier"), at=market.now, resource=resource, why=ground)
    assert rules_of(refused) == {"ground_fits"}


# What a proposal must be.


def test_every_element_and_every_measured_column_is_marked(market: Market) -> None:
    _, pk = under_way(market)
    assert elements(pk) == ["usage", "day"], "the column that no element names counts, too"
    with pytest.raises(Refused) as refused:
        market.do(GRADING, "propose", pk, "supplier", **proposal(["usage", "made_up"]))
    assert rules_of(refused) == {"every_element_is_marked"}
    assert "未标注：day；资源中没有：made_up" in refused.value.words.zh


def test_personal_information_that_harms_nobody_is_not_believed(market: Market) -> None:
    _, pk = under_way(market)
    asked = proposal(elements(pk), kinds={"usage": "health"}, person="none")
    with pytest.raises(Refused) as refused:
        market.do(GRADING, "propose", pk, "supplier", **asked)
    assert rules_of(refused) == {"personal_information_concerns_persons"}
    report = market.paper("匿名化评估", at=market.now)
    market.do(GRADING, "propose", pk, "supplier", **asked, anonymisation=report)
    assert grading.dossier(pk).view.personal == "anonymised"


def test_a_report_that_somebody_else_handed_in_is_none(market: Market) -> None:
    _, pk = under_way(market)
    theirs = market.paper("别人的报告", by="rival", at=market.now)
    with pytest.raises(Refused) as refused:
        market.do(GRADING, "propose", pk, "supplier", **proposal(elements(pk), anonymisation=theirs))
    assert rules_of(refused) == {"grading_papers_are_ones_own"}


def test_a_regrading_after_masking_is_documented_and_makes_important_data_general(market: Market) -> None:
    """SEC18 (一): re-identified as general data it may circulate as such."""
    resource = market.catalogued(market.now, grading={"level": "important"})
    pk = begin(GRADING, by=market.actor("supplier"), at=market.now, resource=resource, why="deidentified").subject
    with pytest.raises(Refused) as refused:
        market.do(GRADING, "propose", pk, "supplier", **proposal(elements(pk)))
    assert rules_of(refused) == {"deidentification_is_documented"}
    record = market.paper("重识别测试记录", at=market.now)
    market.do(
        GRADING, "propose", pk, "supplier",
        **proposal(elements(pk), method="坐标截断到区县，容量分段", method_reviewer="示例评估机构", method_paper=record),
    )  # fmt: skip
    market.do(GRADING, "confirm", pk, "exchange", note="重识别风险可接受")
    found = grading.dossier(pk)
    assert (found.view.level, found.view.state, found.method_reviewer) == ("general", "in_force", "示例评估机构")
    market.on_sale(resource, None, DATASET)


# When one is due.


def update(market: Market, resource: int, **changes: Any) -> None:
    market.do(catalogue.RESOURCE, "update", resource, "supplier", **market.entry(**changes))


def test_other_elements_make_a_regrading_due_and_the_old_one_goes_on_counting(market: Market) -> None:
    resource = market.catalogued(market.now)
    old = grading.in_force(resource)
    update(market, resource, items=[{"name": "usage", "type": "number"}, {"name": "day", "type": "date"}])
    counting, fresh = grading.in_force(resource), grading.preparing(resource)
    assert old is not None
    assert counting is not None
    assert (counting.id, counting.state) == (old.id, "due")
    assert fresh is not None
    assert grading.dossier(fresh).ground == "elements"
    assert "新增信息项：day" in grading.dossier(old.id).due_changes[0]
    assert [one.resource_id for one in grading.standing("due")[0]] == [resource]
    market.grade(resource, level="important")
    assert (state(old.id), grading.in_force(resource).level) == ("superseded", "important")  # type: ignore[union-attr]


def test_a_new_abstract_makes_nothing_due(market: Market) -> None:
    resource = market.catalogued(market.now)
    update(market, resource, abstract="换了一句摘要")
    assert grading.in_force(resource).state == "in_force"  # type: ignore[union-attr]
    assert grading.preparing(resource) is None


def test_a_measurement_that_finds_identity_numbers_makes_a_regrading_due(market: Market) -> None:
    resource = market.catalogued(market.now)
    row = Resource.objects.get(pk=resource)
    row.profile["columns"][0]["patterns"] = [{"pattern": "id_card", "rows": 30_000}]
    row.save()
    update(market, resource)
    pk = grading.preparing(resource)
    assert pk is not None
    found = grading.dossier(pk)
    assert (found.ground, found.note) == (
        "measurement",
        "“usage”中发现身份证号 / identity card numbers found in “usage”",
    )
    assert {one.name: one.suggestion.kind.value for one in found.elements} == {"usage": "id_number", "day": "none"}


def test_a_few_identity_numbers_whose_count_is_withheld_make_it_due_and_its_dossier_is_read(market: Market) -> None:
    resource = market.catalogued(market.now)
    row = Resource.objects.get(pk=resource)
    row.profile["columns"][0]["patterns"] = PatternFound("id_card", None).to_json(), PatternFound("email", 3).to_json()
    row.save()
    update(market, resource)
    assert market.stuck() == []
    pk = grading.preparing(resource)
    assert pk is not None
    (usage, _) = grading.dossier(pk).elements
    assert usage.suggestion.by_values == (("email", 3), ("id_card", None))
    market.do(GRADING, "propose", pk, "supplier", **proposal(elements(pk), kinds={"usage": "id_number"}))
    market.do(GRADING, "confirm", pk, "exchange", note="与资源相符")
    assert grading.dossier(pk).elements[0].suggestion == usage.suggestion


def test_the_same_measurement_again_makes_nothing_due(market: Market) -> None:
    resource = market.catalogued(market.now)
    market.measure(market.node, "power", market.now, rows=99)
    assert grading.preparing(resource) is None


def test_a_year_later_it_is_reviewed(market: Market) -> None:
    resource = market.catalogued(market.now)
    market.later(days=364)
    assert grading.in_force(resource).state == "in_force"  # type: ignore[union-attr]
    market.later(days=2)
    pk = grading.preparing(resource)
    assert pk is not None
    assert (grading.in_force(resource).state, grading.dossier(pk).ground) == ("due", "term")  # type: ignore[union-attr]


def test_who_lets_the_time_pass_is_overdue_and_so_is_who_does_not_confirm(market: Market) -> None:
    _, pk = under_way(market)
    market.later(days=60)
    assert Alarm.objects.filter(procedure="grading", subject=pk, kind="overdue").count() == 1
    market.do(GRADING, "propose", pk, "supplier", **proposal(elements(pk)))
    market.later(days=30)
    assert Alarm.objects.filter(procedure="grading", subject=pk, kind="overdue").count() == 2


def test_what_changes_between_proposal_and_confirmation_is_not_confirmed(market: Market) -> None:
    resource, pk = proposed(market)
    update(market, resource, items=[{"name": "day", "type": "date"}])
    with pytest.raises(Refused) as refused:
        market.do(GRADING, "confirm", pk, "exchange", note="没有看到变化")
    assert rules_of(refused) == {"about_what_there_is"}
    assert "新增信息项：day" in refused.value.words.zh


def test_what_changes_between_confirmation_and_effect_makes_it_due_at_once(market: Market) -> None:
    resource, pk = proposed(market)
    perform(GRADING, "confirm", pk, by=market.actor("exchange"), at=market.now, note="与资源相符")
    perform(
        catalogue.RESOURCE, "update", resource, by=market.supplier, at=market.now,
        **market.entry(items=[{"name": "day", "type": "date"}]),
    )  # fmt: skip
    market.settle()
    assert (state(pk), grading.preparing(resource) is not None) == ("due", True)


def test_a_grading_that_is_due_is_not_withdrawn_one_of_ones_own_is(market: Market) -> None:
    resource, pk = under_way(market)
    with pytest.raises(Refused) as refused:
        market.do(GRADING, "withdraw", pk, "supplier")
    assert rules_of(refused) == {"only_ones_own_is_withdrawn"}
    grade(resource, holder=market.supplier, office=market.actor("exchange"), at=market.now, settle=market.settle)
    own = begin(GRADING, by=market.supplier, at=market.now, resource=resource, why="correction").subject
    market.do(GRADING, "withdraw", own, "supplier")
    assert (state(own), grading.preparing(resource)) == ("withdrawn", None)


def test_a_withdrawn_one_does_not_hide_that_another_is_due(market: Market) -> None:
    resource = market.catalogued(market.now)
    own = begin(GRADING, by=market.supplier, at=market.now, resource=resource, why="correction").subject
    update(market, resource, items=[{"name": "day", "type": "date"}])
    assert grading.preparing(resource) == own
    market.do(GRADING, "withdraw", own, "supplier")
    fresh = grading.preparing(resource)
    assert fresh not in {None, own}
    assert grading.dossier(fresh or 0).ground == "elements"


def test_with_its_resource_a_grading_ends(market: Market) -> None:
    resource = market.catalogued(market.now)
    counting = grading.in_force(resource)
    begun = begin(GRADING, by=market.supplier, at=market.now, resource=resource, why="correction").subject
    market.do(catalogue.RESOURCE, "withdraw", resource, "supplier", reason="不再提供")
    assert counting is not None
    assert (state(counting.id), state(begun), grading.in_force(resource)) == ("ended", "ended", None)


def test_the_steward_sees_what_is_ungraded_with_totals_and_pages(market: Market) -> None:
    first, _ = under_way(market)
    market.catalogued(market.now, source="meters", name="另一项数据")
    rows, counts = grading.standing("ungraded", limit=1)
    assert ([one.resource_id for one in rows], dict(counts)) == (
        [first], {"ungraded": 1, "due": 0, "before_office": 0, "in_force": 1},
    )  # fmt: skip
    assert grading.standing("ungraded", offset=1)[0] == []
    assert grading.standing("unheard-of")[0] == []


# What follows for a product.


def test_a_product_of_an_ungraded_resource_is_not_submitted_and_hears_what_mends_it(market: Market) -> None:
    resource, _ = under_way(market)
    product = market.draft(resource, None)
    with pytest.raises(Refused) as refused:
        market.list("submit", product)
    assert rules_of(refused) == {"resource_is_graded"}
    assert "先为该资源提出分类分级" in next(f.mend.zh for f in refused.value.findings if f.blocks and f.mend)
    grade(resource, holder=market.supplier, office=market.actor("exchange"), at=market.now, settle=market.settle)
    market.list("submit", product)
    assert market.product(product).data_class == "general"


@pytest.mark.parametrize(
    ("level", "form", "rules"),
    [
        ("core", PRODUCT, {"core_data_is_never_listed"}),
        ("core", DATASET, {"core_data_is_never_listed"}),
        ("important", DATASET, {"class_permits_mode"}),
        ("important", PRODUCT, None),
        ("business_critical", DATASET, None),
        ("general", DATASET, None),
    ],
)
def test_the_class_decides_what_may_be_listed(
    market: Market, level: str, form: dict[str, Any], rules: set[str] | None
) -> None:
    resource = market.catalogued(market.now, grading={"level": level})
    product = market.draft(resource, None, form)
    if rules is None:
        market.list("submit", product)
        assert market.product(product).data_class == level
        return
    with pytest.raises(Refused) as refused:
        market.list("submit", product)
    assert rules_of(refused) == rules


@pytest.mark.parametrize(
    ("kind", "declared", "rules"),
    [
        ("name", "none", {"personal_is_as_graded"}),
        ("name", "general", None),
        ("health", "general", {"personal_is_as_graded"}),
        ("name", "anonymised", {"anonymised_has_a_report"}),
        ("none", "none", None),
        ("none", "anonymised", None),
    ],
)
def test_a_product_does_not_say_that_there_is_less_personal_information(
    market: Market, kind: str, declared: str, rules: set[str] | None
) -> None:
    resource = market.catalogued(market.now, grading={"kinds": {"usage": kind} if kind != "none" else {}})
    market.assessed(resource, "provide", "sensitive")
    product = market.draft(resource, None, personal=declared)
    if rules is None:
        market.list("submit", product)
        return
    with pytest.raises(Refused) as refused:
        market.list("submit", product)
    assert rules_of(refused) == rules


def test_data_that_is_graded_anonymised_is_not_sold_as_having_been_nobodys(market: Market) -> None:
    """The catalogue's own tick says no persons; the grading says there were."""
    report = market.paper("匿名化评估", at=market.now)
    resource = market.catalogued(market.now, grading={"kinds": {"usage": "name"}, "anonymisation": report})
    refusals = {}
    for declared in ("none", "anonymised"):
        with pytest.raises(Refused) as refused:
            market.list("submit", market.draft(resource, None, DATASET, personal=declared))
        refusals[declared] = rules_of(refused)
    assert refusals == {"none": {"personal_is_as_graded"}, "anonymised": {"anonymised_has_a_report"}}
    told = {finding.rule for finding in refused.value.findings if not finding.complies}
    assert "catalogue_and_grading_agree" in told


def test_a_product_in_review_is_judged_by_the_grading_of_the_day(market: Market) -> None:
    resource = market.catalogued(market.now)
    product = market.draft(resource, None, DATASET)
    market.list("submit", product)
    regrade(market, resource, level="important")
    assert market.product(product).data_class == "important"
    with pytest.raises(Refused) as refused:
        market.list("approve", product, "exchange", note="材料齐全")
    assert rules_of(refused) == {"class_permits_mode"}


def test_a_registered_right_does_not_replace_the_grading(market: Market) -> None:
    """The moment between: submitted while general, re-graded before the house accepts the right."""
    resource, registration = market.right()
    product = market.draft(resource, registration, DATASET)
    perform(LISTING, "submit", product, by=market.supplier, at=market.now)
    Grading.objects.filter(resource_id=resource).update(level="core")
    market.settle()
    assert market.product(product).state == "submitted"


def test_a_new_grading_stops_a_sale_and_another_lets_it_go_on(market: Market) -> None:
    product = market.listed(DATASET)
    resource = market.product(product).resource_id
    regrade(market, resource, level="important")
    stopped = market.product(product)
    assert (stopped.state, stopped.data_class) == ("blocked", "important")
    assert "定级不允许这种交付方式" in stopped.ended_reason
    with pytest.raises(Refused):
        market.ask(product)
    regrade(market, resource)
    assert (market.product(product).state, market.product(product).data_class) == ("paused", "general")


def test_a_sale_that_the_new_class_permits_goes_on_by_it(market: Market) -> None:
    product = market.listed()
    regrade(market, market.product(product).resource_id, level="important")
    assert (market.product(product).state, market.product(product).data_class) == ("published", "important")


def test_what_was_on_sale_before_gradings_were_asked_for_goes_on(market: Market) -> None:
    """A market in service is not stopped overnight: an ungraded resource's product sells, and is on the steward's list."""
    product = market.listed()
    resource = market.product(product).resource_id
    Grading.objects.filter(resource_id=resource).delete()
    market.list("pause", product)
    market.list("unpause", product)
    market.pay_in("buyer", 5_000)
    deal = market.signed(product)
    assert market.transfer(deal).state == "started"
    assert [one.resource_id for one in grading.standing("ungraded")[0]] == [resource]


# What follows for a deal and a delivery.


def test_a_deal_under_way_is_not_signed_once_the_class_forbids_it(market: Market) -> None:
    product = market.listed(DATASET)
    deal = market.ask(product)
    Grading.objects.filter(resource_id=market.product(product).resource_id).update(level="important")
    with pytest.raises(Refused) as refused:
        market.talk("agree", deal, "supplier")
    assert rules_of(refused) == {"class_permits_the_delivery"}


def test_a_signed_deal_that_waits_for_money_falls_through_when_its_data_becomes_important(market: Market) -> None:
    product = market.listed(DATASET)
    deal = market.signed(product)
    regrade(market, market.product(product).resource_id, level="important")
    market.pay_in("buyer", 5_000)
    assert market.deal(deal).state == "terminated"


def running(market: Market, form: dict[str, Any]) -> tuple[int, int]:
    """A delivery under way, and the resource that it delivers."""
    market.pay_in("buyer", 5_000)
    product = market.listed(form)
    deal = market.signed(product)
    transfer = market.transfer(deal)
    assert transfer.state == "started"
    return transfer.id, market.product(product).resource_id


def status(transfer: int) -> str:
    return Permit.objects.get(transfer_id=transfer).status


def test_a_running_delivery_stops_when_its_data_becomes_important_and_goes_on_after_a_regrading(market: Market) -> None:
    transfer, resource = running(market, DATASET)
    graded = regrade(market, resource, level="important")
    stopped = see(TRANSFER, transfer, market.actor("buyer"))
    assert (stopped.state, stopped.barred_by, status(transfer)) == ("suspended", graded, "suspended")
    assert "重新定级" in stopped.reason
    for who in ("supplier", "exchange"):
        with pytest.raises(Refused) as refused:
            market.do(TRANSFER, "resume", transfer, who)
        assert "class_permits_this_delivery" in rules_of(refused)
    regrade(market, resource)
    went_on = see(TRANSFER, transfer, market.actor("buyer"))
    assert (went_on.state, went_on.barred_by, status(transfer)) == ("started", None, "active")


def test_who_does_not_wait_ends_a_delivery_that_was_stopped(market: Market) -> None:
    transfer, resource = running(market, DATASET)
    regrade(market, resource, level="important")
    market.do(TRANSFER, "stop", transfer, "buyer")
    assert see(TRANSFER, transfer, market.actor("buyer")).state == "completing"


def test_a_delivery_that_the_class_permits_is_not_touched(market: Market) -> None:
    transfer, resource = running(market, PRODUCT)
    regrade(market, resource, level="important")
    assert (see(TRANSFER, transfer, market.actor("buyer")).state, status(transfer)) == ("started", "active")


def test_what_its_provider_suspended_is_not_resumed_by_a_grading(market: Market) -> None:
    transfer, resource = running(market, DATASET)
    market.do(TRANSFER, "suspend", transfer, "supplier", reason="系统维护")
    regrade(market, resource, level="important")
    regrade(market, resource, business_critical=True)
    assert see(TRANSFER, transfer, market.actor("buyer")).state == "suspended"
    market.do(TRANSFER, "resume", transfer, "supplier")
    assert status(transfer) == "active"


def test_nobody_stops_a_delivery_in_the_name_of_a_grading_that_permits_it(market: Market) -> None:
    transfer, _ = running(market, DATASET)
    with pytest.raises(Refused) as refused:
        perform(TRANSFER, "bar", transfer, by=HOUSE, at=market.now, grading=1)
    assert rules_of(refused) == {"class_forbids_it"}
    with pytest.raises(NotYours):
        market.do(TRANSFER, "bar", transfer, "exchange", grading=1)


def test_core_data_stops_even_a_verification(market: Market) -> None:
    transfer, resource = running(market, PRODUCT)
    regrade(market, resource, level="core")
    assert status(transfer) == "suspended"


def test_a_contract_whose_data_was_regraded_does_not_start(market: Market) -> None:
    """The moment between the contract and the permit."""
    product = market.listed(DATASET)
    deal = market.signed(product)
    nodes_state = market.node.state
    market.node.state = "suspended"
    market.node.save()
    market.pay_in("buyer", 5_000)
    transfer = market.transfer(deal)
    assert transfer.state == "requested"
    market.node.state = nodes_state
    market.node.save()
    regrade(market, market.product(product).resource_id, level="important")
    with pytest.raises(Refused) as refused:
        market.do(TRANSFER, "start", transfer.id, "supplier")
    assert rules_of(refused) == {"class_permits_this_delivery"}


# Withdrawing a resource undoes nothing that its grading stopped.


def waiting_for_its_node(market: Market, form: dict[str, Any], **changes: Any) -> tuple[int, int]:
    """A paid delivery that has not started, because its node was out of service; and the resource that it delivers."""
    product = market.listed(form, **changes)
    deal = market.signed(product)
    market.node.state = "suspended"
    market.node.save()
    market.pay_in("buyer", 5_000)
    market.node.state = "active"
    market.node.save()
    assert market.transfer(deal).state == "requested"
    return market.transfer(deal).id, market.product(product).resource_id


def withdraw(market: Market, resource: int) -> None:
    market.do(catalogue.RESOURCE, "withdraw", resource, "supplier", reason="不再提供")


def test_a_delivery_that_was_refused_does_not_start_once_its_resource_is_withdrawn(market: Market) -> None:
    transfer, resource = waiting_for_its_node(market, DATASET)
    regrade(market, resource, level="core")
    withdraw(market, resource)
    with pytest.raises(Refused) as refused:
        market.do(TRANSFER, "start", transfer, "supplier")
    assert rules_of(refused) == {"class_permits_this_delivery"}


def test_nobody_resumes_what_a_grading_stopped_not_even_after_its_resource_was_withdrawn(market: Market) -> None:
    transfer, resource = running(market, DATASET)
    regrade(market, resource, level="important")
    withdraw(market, resource)
    with pytest.raises(Refused) as refused:
        market.do(TRANSFER, "resume", transfer, "exchange")
    assert rules_of(refused) == {"a_grading_lets_it_go_on", "class_permits_this_delivery"}
    assert status(transfer) == "suspended"


def test_the_same_data_catalogued_anew_and_graded_core_stops_what_runs_under_the_old_entry(market: Market) -> None:
    transfer, resource = running(market, DATASET)
    withdraw(market, resource)
    assert status(transfer) == "active"
    market.catalogued(market.now, name="换了名称的同一数据", grading={"level": "core"})
    assert status(transfer) == "suspended"


# A grading that is due.


def test_nothing_new_is_submitted_while_the_grading_is_of_other_data(market: Market) -> None:
    product = market.listed()
    resource = market.product(product).resource_id
    update(market, resource, items=[{"name": "day", "type": "date"}])
    assert market.product(product).state == "published"
    with pytest.raises(Refused) as refused:
        market.list("submit", market.draft(resource, None))
    assert rules_of(refused) == {"grading_is_of_this_data"}
    market.grade(resource)
    market.list("submit", market.draft(resource, None))


def test_a_registered_right_does_not_replace_a_grading_of_this_data(market: Market) -> None:
    resource, registration = market.right()
    product = market.draft(resource, registration)
    perform(LISTING, "submit", product, by=market.supplier, at=market.now)
    Grading.objects.filter(resource_id=resource).update(state="due", due_ground="measurement")
    market.settle()
    assert market.product(product).state == "submitted"


def test_who_lets_a_due_grading_run_out_sells_no_more_until_the_next_is_proposed(market: Market) -> None:
    product = market.listed()
    resource = market.product(product).resource_id
    update(market, resource, items=[{"name": "day", "type": "date"}])
    market.later(days=60)
    market.settle()
    stopped = market.product(product)
    assert (stopped.state, "逾期未提出" in stopped.ended_reason) == ("blocked", True)
    pk = grading.preparing(resource)
    assert pk is not None
    market.do(GRADING, "propose", pk, "supplier", **proposal(elements(pk)))
    assert market.product(product).state == "paused", "the office has it: its holder may sell"
    market.do(GRADING, "hand_back", pk, "exchange", reason="请补充")
    assert market.product(product).state == "blocked"
    market.do(GRADING, "propose", pk, "supplier", **proposal(elements(pk)))
    market.do(GRADING, "confirm", pk, "exchange", note="与资源相符")
    assert market.product(product).state == "paused"
    market.list("unpause", product)


# Personal information that a new grading finds.


def test_a_grading_that_finds_sensitive_information_stops_the_sale_and_the_delivery_of_what_declared_none(market: Market) -> None:  # fmt: skip
    transfer, resource = running(market, DATASET)
    (product,) = [one for one, _ in listings.offered(resource)]
    found = regrade(market, resource, kinds={"usage": "health"}, person="general")
    assert grading.in_force(resource).personal == "sensitive"  # type: ignore[union-attr]
    stopped = market.product(product)
    assert stopped.state == "blocked"
    assert "个人信息多于产品申报的" in stopped.ended_reason
    assert (see(TRANSFER, transfer, market.actor("buyer")).barred_by, status(transfer)) == (found, "suspended")
    regrade(market, resource)
    assert (market.product(product).state, status(transfer)) == ("paused", "active")


def test_a_deal_under_way_is_not_signed_once_its_data_turns_out_to_be_personal(market: Market) -> None:
    product = market.listed()
    deal = market.ask(product)
    Grading.objects.filter(resource_id=market.product(product).resource_id).update(personal="general")
    with pytest.raises(Refused) as refused:
        market.talk("agree", deal, "supplier")
    assert rules_of(refused) == {"class_permits_the_delivery"}


# The data is swapped at its node.


def swap(market: Market, version: str = "c" * 64, *columns: Column) -> None:
    """The node declares another version of "power"."""
    told = market._source("power")
    other = replace(told, source_version=version, columns=(*told.columns, *columns))
    declared = [other.to_json(), market._source("meters").to_json()]
    perform(nodes.NODE, "declare", market.node.pk, by=HOUSE, at=market.now, sources=declared)
    market.settle()


def test_a_swapped_file_is_measured_without_anybody_asking_and_until_then_no_data_set_starts(market: Market) -> None:
    transfer, resource = waiting_for_its_node(market, DATASET)
    assert nodes.tasks.open_of(market.node.pk) == ()
    swap(market)
    assert [(one.work, one.source) for one in nodes.tasks.open_of(market.node.pk)] == [("profile", "power")]
    with pytest.raises(Refused) as refused:
        market.do(TRANSFER, "start", transfer, "supplier")
    assert rules_of(refused) == {"data_is_as_measured"}
    assert "数据已更新" in refused.value.words.zh
    market.measure(market.node, "power", market.now, version="c" * 64)
    market.settle()
    assert see(TRANSFER, transfer, market.actor("buyer")).source_version == "c" * 64
    assert status(transfer) == "active"
    assert resource


def test_a_version_declared_again_as_it_was_measured_starts_what_waited(market: Market) -> None:
    transfer, _ = waiting_for_its_node(market, DATASET)
    swap(market)
    swap(market, "a" * 64)
    assert status(transfer) == "active"


def test_new_columns_are_graded_before_a_data_set_with_them_starts(market: Market) -> None:
    transfer, resource = waiting_for_its_node(market, DATASET)
    swap(market, "c" * 64, Column("身份证号", "text"))
    told = profile("power", market.now)
    identity = ColumnProfile("身份证号", "text", 0, 9, None, None, 18, 18, False)
    told = replace(told, source_version="c" * 64, columns=(*told.columns, identity))
    task = nodes.tasks.ask_profile(market.node.pk, "power", at=market.now)
    perform(nodes.NODE, "measured", market.node.pk, by=HOUSE, at=market.now, task=int(task), profile=told.to_json())
    market.settle()
    with pytest.raises(Refused) as refused:
        market.do(TRANSFER, "start", transfer, "supplier")
    assert rules_of(refused) == {"data_is_as_measured"}
    market.grade(resource)
    assert status(transfer) == "active"


def test_a_data_set_that_waits_for_its_grading_does_not_start_once_its_resource_is_withdrawn(market: Market) -> None:
    transfer, resource = waiting_for_its_node(market, DATASET)
    update(market, resource, items=[{"name": "day", "type": "date"}])
    withdraw(market, resource)
    with pytest.raises(Refused) as refused:
        market.do(TRANSFER, "start", transfer, "supplier")
    assert rules_of(refused) == {"data_is_as_measured"}


def test_a_verification_asks_the_node_and_does_not_wait(market: Market) -> None:
    transfer, _ = waiting_for_its_node(market, PRODUCT)
    swap(market)
    assert status(transfer) == "active"


def test_what_was_sold_as_anonymised_does_not_start_without_a_report_on_this_version(market: Market) -> None:
    transfer, resource = waiting_for_its_node(market, DATASET, personal="anonymised")
    Resource.objects.filter(pk=resource).update(personal=True)
    with pytest.raises(Refused) as refused:
        market.do(TRANSFER, "start", transfer, "supplier")
    assert rules_of(refused) == {"anonymised_data_has_its_report"}

"""A resource is drafted, measured at its node, catalogued by that measurement, updated and withdrawn."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from tests.registry.conftest import World, day
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, NotYours, Refused, Unknown, begin, perform
from tongqu.exchange.members import nodes
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.catalogue.resource_code import BadResourceCode, ResourceCode, parse
from tongqu.exchange.registry.models import Resource

AT = day(2026, 9, 1)


def draft(world: World, by: str = "supplier", **changes: object) -> int:
    return begin(catalogue.RESOURCE, by=world.actor(by), at=AT, **world.entry(**changes)).subject


def refused(world: World, by: str = "supplier", **changes: object) -> str:
    with pytest.raises(Refused) as shut:
        draft(world, by, **changes)
    return shut.value.words.zh


def test_an_entry_is_catalogued_by_what_its_node_measured(world: World) -> None:
    resource = draft(world)
    perform(catalogue.RESOURCE, "measure", resource, by=world.supplier, at=AT)
    assert catalogue.resource(resource).state == "measuring"
    world.measure(world.node, "power", AT)
    view = catalogue.resource(resource)
    assert view.state == "catalogued"
    assert view.rows == 35_040
    assert (view.elements[0].nulls, view.elements[0].minimum, view.elements[0].maximum) == (0, "0", "157.18")
    assert view.profile is not None
    assert view.profile["source_version"] == "a" * 64
    assert (view.code, view.provider_code) == ("306012/000001", "91420100MA0000001A")


def test_an_entry_whose_node_could_not_measure_goes_back_with_the_reason(world: World) -> None:
    resource = draft(world)
    perform(catalogue.RESOURCE, "measure", resource, by=world.supplier, at=AT)
    task = nodes.tasks.ask_profile(world.node.pk, "power", at=AT)
    perform(
        nodes.NODE, "failed", world.node.pk, by=HOUSE, at=AT, task=int(task), source="power", fault="source-unreadable"
    )
    world.settle(AT)
    assert (catalogue.resource(resource).state, catalogue.resource(resource).fault) == ("drafted", "source-unreadable")


def test_a_silent_node_returns_the_entry_after_three_days(world: World) -> None:
    resource = draft(world)
    perform(catalogue.RESOURCE, "measure", resource, by=world.supplier, at=AT)
    world.pass_time(day(2026, 9, 4, 23, 59))
    assert catalogue.resource(resource).state == "measuring"
    world.pass_time(day(2026, 9, 5, 0, 0))
    assert catalogue.resource(resource).state == "drafted"


def test_a_later_measurement_renews_a_catalogued_entry_without_taking_it_away(world: World) -> None:
    resource = world.catalogued(AT)
    first = catalogue.resource(resource)
    perform(catalogue.RESOURCE, "remeasure", resource, by=world.supplier, at=AT)
    assert catalogue.resource(resource).state == "catalogued"
    world.measure(world.node, "power", day(2026, 9, 2), rows=40_000)
    later = catalogue.resource(resource)
    assert (later.rows, later.published_date) == (40_000, first.published_date)
    assert later.profile_digest != first.profile_digest


def test_metadata_may_change_but_not_class_or_source(world: World) -> None:
    resource = world.catalogued(AT)
    perform(
        catalogue.RESOURCE,
        "update",
        resource,
        by=world.supplier,
        at=AT,
        **world.entry(abstract="一年逐刻用电量，已更正"),
    )
    assert catalogue.resource(resource).abstract.endswith("已更正")
    for changes in ({"class_code": "306013"}, {"source": "meters"}):
        with pytest.raises(Refused) as shut:
            perform(catalogue.RESOURCE, "update", resource, by=world.supplier, at=AT, **world.entry(**changes))
        assert "不能更换分类或数据源" in shut.value.words.zh


def test_one_source_has_one_entry(world: World) -> None:
    draft(world)
    assert "已有一条目录" in refused(world, name="另一个名称")
    assert "同名" in refused(world, source="meters")


def test_an_entry_needs_a_source_of_its_own_node(world: World) -> None:
    assert "不属于本单位" in refused(world, node=world.rival_node.pk)
    assert "没有申报" in refused(world, source="nothing")
    assert "不属于本单位" in refused(world, node=999_999)


def test_a_department_cannot_call_its_data_enterprise_data(world: World) -> None:
    assert "政务数据" in refused(world, "department", node=world.department_node.pk)


def test_elements_without_a_column_are_pointed_out_and_not_refused(world: World) -> None:
    items = [{"name": "usage", "type": "number"}, {"name": "absent", "type": "text"}]
    outcome = begin(catalogue.RESOURCE, by=world.supplier, at=AT, **world.entry(items=items))
    assert [advice["cite"] for advice in outcome.advice] == ["SEED:3"]
    assert "absent" in outcome.advice[0]["zh"]


def test_codes_run_within_a_class(world: World) -> None:
    first, second = draft(world), draft(world, source="meters", name="第二条")
    third = draft(world, "rival", node=world.rival_node.pk, class_code="30601299", detail_name="细")
    codes = [catalogue.resource(one).code for one in (first, second, third)]
    assert codes == ["306012/000001", "306012/000002", "30601299/000001"]


def test_a_stranger_cannot_measure_anothers_entry(world: World) -> None:
    resource = draft(world)
    with pytest.raises(NotYours):
        perform(catalogue.RESOURCE, "measure", resource, by=world.actor("rival"), at=AT)


def test_a_withdrawn_entry_frees_its_source_and_keeps_its_code(world: World) -> None:
    resource = draft(world)
    perform(catalogue.RESOURCE, "withdraw", resource, by=world.supplier, at=AT, reason="不再提供")
    with pytest.raises(NotNow):
        perform(catalogue.RESOURCE, "measure", resource, by=world.supplier, at=AT)
    assert catalogue.resource(draft(world)).code == "306012/000002"


def test_the_database_itself_refuses_two_entries_of_one_source(world: World) -> None:
    first = Resource.objects.get(pk=draft(world))
    first.pk, first.code, first.name = None, "306012/000099", "另一条"
    with pytest.raises(IntegrityError, match="one_entry_per_source_of_a_node"), transaction.atomic():
        first.save(force_insert=True)


def test_the_database_itself_refuses_a_catalogued_entry_without_measurement(world: World) -> None:
    with pytest.raises(IntegrityError, match="the_catalogued_are_measured"), transaction.atomic():
        Resource.objects.filter(pk=draft(world)).update(state="catalogued")


def test_the_public_catalogue_shows_entries_in_force_with_totals(world: World) -> None:
    draft(world, source="meters", name="草稿")
    resource = world.catalogued(AT)
    assert [view.id for view in catalogue.catalogued("用电").items] == [resource]
    assert catalogue.catalogued("用电", class_code="306").total == 1
    assert catalogue.catalogued("用电", class_code="9").total == 0
    assert catalogue.catalogued("没有的词").items == ()
    with pytest.raises(Unknown):
        catalogue.resource(999_999)


def test_bad_entries_are_refused_with_every_fault(world: World) -> None:
    with pytest.raises(BadInput) as bad:
        draft(world, class_code="30", items=[], cycle="never")
    assert {name for name, _ in bad.value.faults} >= {"class_code", "items", "cycle"}
    with pytest.raises(BadInput) as bad:
        draft(world, items=[{"name": "a", "type": "text"}, {"name": "a", "type": "text"}], related=["x"])
    assert {name for name, _ in bad.value.faults} == {"items", "related"}
    with pytest.raises(BadInput):
        draft(world, sharing="conditional")


def test_a_code_has_class_and_number() -> None:
    assert parse("306012/000007") == ResourceCode("306012", 7)
    assert parse("30601299/000007").parts == ("3", "06", "012", "99")
    for text in ("306012", "306012/7", "306012/000000", "006012/000001", "3060/000001"):
        with pytest.raises(BadResourceCode):
            parse(text)

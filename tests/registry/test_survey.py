"""A survey asks whom it is for, is answered once by each until its end, and what was answered becomes the supply list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.db import IntegrityError, connection, transaction

from tests.registry.conftest import FLOW, World, day
from tongqu.exchange import flow
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import (
    HOUSE,
    NotNow,
    NotYours,
    Refused,
    StuckStep,
    Unknown,
    begin,
    perform,
    see,
    visible,
)
from tongqu.exchange.registry import catalogue, survey
from tongqu.exchange.registry.grading import GRADING
from tongqu.exchange.registry.grading.models import Grading
from tongqu.exchange.registry.models import Resource, ResourceVersion, SupplyEntry, Survey, SurveyAnswer
from tongqu.exchange.registry.survey import SUPPLY_ENTRY, SURVEY, SURVEY_ANSWER
from tongqu.exchange.registry.survey import steps as survey_steps
from tongqu.exchange.registry.survey.rules import TextSeen, fit_for_the_list

AT = day(2026, 9, 1)
END = date(2026, 9, 30)
STEPS = {name: steps for name, steps in flow.FLOW.items() if any("survey" in step.__module__ for step in steps)}
DATA_SET = {
    "name": "门店客流", "description": "每日进店人次", "industry": "F52", "kind": "enterprise", "cycle": "day", "willing": "trade",
    "public": True,
}  # fmt: skip
CONTACT = {"contact_name": "王经理", "contact_phone": "027-55550000"}


class Surveyed(World):
    flow: ClassVar = {**FLOW, **STEPS}

    def __init__(self) -> None:
        super().__init__()
        self.join("authority", "11420000MB0000007G", "department", "data_authority")

    def launched(self, **changes: Any) -> int:
        asked = {"name": "企业数据调查", "purpose": "摸清家底"} | changes
        made = begin(SURVEY, by=self.actor("authority"), at=AT, **asked).subject
        perform(SURVEY, "launch", made, by=self.actor("authority"), at=AT, closes_date=END)
        self.settle(AT)
        return made

    def asked(self) -> set[str]:
        names = {party.pk: name for name, party in self.parties.items()}
        return {names[row.respondent_id] for row in SurveyAnswer.objects.all()}

    def answer_of(self, name: str) -> int:
        return int(SurveyAnswer.objects.get(respondent=self.parties[name]).pk)

    def answer(self, name: str, *data_sets: dict[str, Any], act: str = "answer", **more: Any) -> None:
        asked = {"data_sets": list(data_sets)} | CONTACT | more
        perform(SURVEY_ANSWER, act, self.answer_of(name), by=self.actor(name), at=AT, **asked)

    def enter(self, owner: str = "supplier", **changes: Any) -> int:
        made = begin(SUPPLY_ENTRY, by=self.actor(owner), at=AT, **(DATA_SET | CONTACT | changes)).subject
        self.settle(AT)
        return made


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Path) -> Iterator[Surveyed]:
    settings.PAPERS_ROOT = tmp_path / "papers"
    yield Surveyed()
    assert list(StuckStep.objects.filter(solved_at=None).values_list("step", "error")) == []


def test_those_it_is_for_are_asked_and_nobody_else(world: Surveyed) -> None:
    world.join("far", "91420500MA0000010K", "private", "buyer", region="420502")
    world.launched(kinds=["private"], regions=["420100"])
    assert world.asked() == {"supplier", "rival", "sister", "registrar"}
    assert survey.statistics(Survey.objects.get().pk).by_region == {"420100": (4, 0)}


def test_many_are_asked_in_steps_and_each_once(world: Surveyed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey_steps, "AT_ONCE", 2)
    world.launched()
    assert world.asked() == {"supplier", "rival", "sister", "department", "registrar"}
    row = SurveyAnswer.objects.first()
    assert row is not None
    row.pk = None
    with pytest.raises(IntegrityError, match="one_answer_to_a_survey"), transaction.atomic():
        row.save(force_insert=True)


def test_a_member_admitted_later_is_asked_with_the_reminder(world: Surveyed) -> None:
    made = world.launched()
    world.join("late", "91420500MA0000010K", "private", "buyer")
    world.pass_time(day(2026, 9, 25, 23, 59))
    assert "late" not in world.asked()
    world.pass_time(day(2026, 9, 26, 0, 0))
    assert "late" in world.asked()
    assert Survey.objects.get(pk=made).state == "open"


def test_the_term_is_fair_and_the_place_stands(world: Surveyed) -> None:
    with pytest.raises(Refused) as shut:
        begin(SURVEY, by=world.actor("authority"), at=AT, name="调查", purpose="目的", regions=["421023"])
    assert "没有这些现行区划：421023" in shut.value.words.zh
    made = begin(SURVEY, by=world.actor("authority"), at=AT, name="调查", purpose="目的").subject
    for closes in (date(2026, 9, 7), date(2027, 3, 1), date(2020, 1, 1)):
        with pytest.raises(Refused, match="days to answer"):
            perform(SURVEY, "launch", made, by=world.actor("authority"), at=AT, closes_date=closes)
    perform(SURVEY, "launch", made, by=world.actor("authority"), at=AT, closes_date=date(2026, 9, 8))


def test_an_answer_may_be_amended_until_the_last_moment_and_then_stands(world: Surveyed) -> None:
    made = world.launched()
    world.answer("supplier", DATA_SET)
    world.answer("supplier", DATA_SET | {"name": "门店销售"}, DATA_SET, act="amend")
    world.answer("rival", nothing_because="没有数据")
    world.pass_time(day(2026, 9, 30, 23, 59))
    assert survey.statistics(made).answered == 2
    world.pass_time(day(2026, 10, 1, 0, 0))
    assert Survey.objects.get(pk=made).state == "closed"
    assert [SurveyAnswer.objects.get(pk=world.answer_of(name)).state for name in ("supplier", "rival", "sister")] == [
        "kept", "kept", "missed",
    ]  # fmt: skip
    with pytest.raises(NotNow):
        world.answer("supplier", DATA_SET, act="amend")
    with pytest.raises(NotNow):
        world.answer("sister", DATA_SET)
    assert [(one.name, one.state) for one in SupplyEntry.objects.order_by("place")] == [
        ("门店销售", "listed"),
        ("门店客流", "listed"),
    ]
    assert survey.statistics(made).data_sets == 2


def test_an_answer_is_the_respondents_and_the_contact_nobody_elses(world: Surveyed) -> None:
    world.launched()
    world.answer("supplier", DATA_SET)
    answer = world.answer_of("supplier")
    with pytest.raises(NotYours):
        perform(SURVEY_ANSWER, "amend", answer, by=world.actor("rival"), at=AT, data_sets=[DATA_SET], **CONTACT)
    for stranger in ("rival", "registrar"):
        with pytest.raises(Unknown):
            see(SURVEY_ANSWER, answer, world.actor(stranger))
    assert see(SURVEY_ANSWER, answer, world.actor("authority")).contact_name == "王经理"
    with pytest.raises(NotYours):
        begin(SURVEY_ANSWER, by=world.actor("supplier"), at=AT, survey=1, respondent=world.parties["rival"].pk)


@pytest.mark.parametrize(
    "wrong",
    [
        {"data_sets": []}, {"data_sets": [DATA_SET, DATA_SET]}, {"data_sets": [DATA_SET | {"industry": "C99"}]},
        {"data_sets": [DATA_SET | {"records": -1}]}, {"data_sets": [DATA_SET], "nothing_because": "没有"},
    ],
)  # fmt: skip
def test_an_answer_that_contradicts_itself_is_not_taken(world: Surveyed, wrong: dict[str, Any]) -> None:
    world.launched()
    with pytest.raises(BadInput):
        world.answer("supplier", **({"data_sets": [DATA_SET]} | wrong))


def test_what_was_entered_already_is_not_entered_again_by_the_answer(world: Surveyed) -> None:
    world.enter()
    world.launched()
    world.answer("supplier", DATA_SET, DATA_SET | {"name": "门店销售"})
    world.pass_time(day(2026, 10, 1))
    assert [(one.name, one.answer_id is None) for one in SupplyEntry.objects.order_by("pk")] == [
        ("门店客流", True), ("门店销售", False),
    ]  # fmt: skip


def test_an_entry_is_listed_by_rule_or_by_a_person(world: Surveyed) -> None:
    plain, telling = world.enter(), world.enter("rival", description="电话 13812345678")
    states = dict(SupplyEntry.objects.values_list("pk", "state"))
    assert states == {plain: "listed", telling: "declared"}
    with pytest.raises(NotYours):
        perform(SUPPLY_ENTRY, "list", telling, by=world.actor("rival"), at=AT)
    perform(SUPPLY_ENTRY, "list", telling, by=world.actor("authority"), at=AT)
    assert survey.supply().total == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("13812345678", True), ("138-1234-5678", True), ("138 1234 5678", True), ("+86 138-1234-5678", True),
        ("１３８１２３４５６７８", True), ("027-87654321", True), ("（027）87654321", True), ("11010119900101 1018", True),
        ("a@b.cn", True), ("2020-2024年，共 138 类 1234 项", False), ("2024-01-01 至 2024-12-31", False),
        ("记录 13812345678901 条", False),
    ],
)  # fmt: skip
def test_a_number_of_a_person_is_seen_however_it_is_written(text: str, told: bool) -> None:
    seen = TextSeen(text=f"客服{text}。", personal=False, willing="traded")
    assert fit_for_the_list.check(seen).complies is not told


def test_an_entry_is_once_its_holders_and_not_of_an_answer(world: Surveyed) -> None:
    made = world.enter()
    with pytest.raises(Refused, match="these names"):
        world.enter()
    with pytest.raises(Refused, match="The house itself"):
        world.enter(name="另一个", answer=1, place=0)
    with pytest.raises(NotYours):
        perform(SUPPLY_ENTRY, "withdraw", made, by=world.actor("rival"), at=AT, reason="不是我的")
    assert list(visible(SUPPLY_ENTRY, world.actor("rival"))) == []
    perform(SUPPLY_ENTRY, "withdraw", made, by=world.supplier, at=AT, reason="不再供给")
    assert survey.supply().total == 0
    world.enter()


def test_an_entry_is_joined_to_ones_own_resource_and_parted_when_it_goes(world: Surveyed) -> None:
    made, resource = world.enter(), world.catalogued(AT)
    others = world.catalogued(AT, "rival")
    with pytest.raises(Refused, match="no catalogued resource of yours"):
        perform(SUPPLY_ENTRY, "join", made, by=world.supplier, at=AT, resource=others)
    perform(SUPPLY_ENTRY, "join", made, by=world.supplier, at=AT, resource=resource)
    found = survey.supply(chosen={"section": "F"})
    assert [(one.source, one.id) for one in found.items] == [("resource", resource)]
    perform(catalogue.RESOURCE, "withdraw", resource, by=world.supplier, at=AT, reason="停用")
    world.settle(AT)
    found = survey.supply(chosen={"section": "F"})
    assert [(one.source, one.id) for one in found.items] == [("voluntary", made)]


def test_facets_count_what_the_list_has(world: Surveyed) -> None:
    world.catalogued(AT)
    world.enter()
    world.enter("rival", industry="G53", willing="open")
    world.enter("sister", public=False)
    found = survey.supply()
    assert found.total == 3
    for name in survey.FACETS:
        assert sum(count for _, count in found.facets[name]) == 3
        for value, count in found.facets[name]:
            if value:
                assert survey.supply(chosen={name: value}).total == count
    assert sum(line[-1] for line in survey.aggregate()) == 3
    assert survey.supply("门店 进店").total == 2
    assert survey.supply("%").total == 0


# Versions of the catalogue, by the side of it.


def update(world: World, resource: int, **changes: Any) -> int:
    done = perform(catalogue.RESOURCE, "update", resource, by=world.supplier, at=AT, **world.entry(**changes))
    return int(done.data["version"])


def test_each_update_that_changes_something_is_a_version(world: Surveyed) -> None:
    resource = world.catalogued(AT)
    assert update(world, resource) == 1
    assert (
        update(
            world,
            resource,
            abstract="改过",
            items=[{"name": "day", "type": "date"}, {"name": "usage", "type": "number"}],
        )
        == 2
    )
    assert update(world, resource, abstract="改过", items=[{"name": "usage", "type": "text"}]) == 3
    assert update(world, resource, abstract="改过", items=[{"name": "usage", "type": "text"}]) == 3
    third, second, first = catalogue.versions_of(resource).page()
    assert [(one.field, one.item) for one in second.changes] == [("abstract", ""), ("items", "day")]
    assert [(one.field, one.item, one.before, one.after) for one in third.changes] == [
        ("items", "day", "date", None), ("items.type", "usage", "number", "text"),
    ]  # fmt: skip
    assert (first.changes, first.content["abstract"]) == ((), "一年逐刻用电量")
    assert (second.party, second.person) == (world.parties["supplier"].pk, world.people["supplier"].pk)


def test_a_measurement_makes_no_version_and_none_is_rewritten(world: Surveyed) -> None:
    resource = world.catalogued(AT)
    world.measure(world.node, "power", day(2026, 9, 2), rows=40_000)
    assert catalogue.versions_of(resource).total == 1
    for change in ("update registry_resource_version set number = 9", "delete from registry_resource_version"):
        with pytest.raises(Exception, match="does not change"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_resources_of_before_have_their_first_version_from_the_migration(world: Surveyed) -> None:
    from importlib import import_module

    resource = world.catalogued(AT)
    first = ResourceVersion.objects.get()
    backfill = import_module("tongqu.exchange.registry.migrations.0005_versions_of_resources").FORWARD.split(
        "create function"
    )[0]
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        cursor.execute("delete from registry_resource_version")
        cursor.execute(backfill)
        cursor.execute("set session_replication_role = origin")
    again = ResourceVersion.objects.get(resource=resource)
    assert (again.number, again.content) == (1, first.content)
    assert Resource.objects.get().state == "catalogued"
    assert HOUSE.kind == "clock"


def test_a_graded_resource_has_the_industry_of_its_grading(world: Surveyed) -> None:
    """The declared entry lends its own only where nobody has graded; one that is due counts on."""
    made, resource = world.enter(), world.catalogued(AT)
    perform(SUPPLY_ENTRY, "join", made, by=world.supplier, at=AT, resource=resource)
    assert [one.industry[:1] for one in survey.supply().items] == ["F"]
    pk = begin(GRADING, by=world.supplier, at=AT, resource=resource, why="first").subject
    row = Grading.objects.get(pk=pk)
    row.industry, row.level, row.confirmed_at, row.state = "D44", "general", AT, "in_force"
    row.save()
    for state in ("in_force", "due"):
        Grading.objects.filter(pk=row.pk).update(state=state)
        found = survey.supply(chosen={"section": "D"})
        assert [(one.id, one.industry) for one in found.items] == [(resource, "D44")]
    assert survey.supply().total == 1

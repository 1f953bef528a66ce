"""One element has one standard and, in a place, one source; a second claim is heard, decided, and reviewed once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.registry.conftest import FLOW, World, day
from tongqu.exchange import flow
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import (
    CASE,
    HOUSE,
    Actor,
    NeedsReview,
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
from tongqu.exchange.registry import catalogue, elements
from tongqu.exchange.registry.elements import ELEMENT, SOURCE_CLAIM, SOURCE_CONFLICT, SOURCE_VACANCY
from tongqu.exchange.registry.models import Authority, Claim, Conflict, Element, Vacancy

AT = day(2026, 9, 1)
ITEMS = [{"name": "usage", "type": "number"}, {"name": "day", "type": "date"}]
STEPS = {name: steps for name, steps in flow.FLOW.items() if any("elements" in step.__module__ for step in steps)}


class Elements(World):
    """Two offices, their resources, and a data authority."""

    flow: ClassVar = {**FLOW, **STEPS}

    def __init__(self) -> None:
        super().__init__()
        self.join("authority", "11420000MB0000007G", "department", "data_authority")
        self.join("bureau", "11420000MB0000006F", "department", "supplier")
        self.join("county", "11421023MB0000008H", "department", "supplier", region="421088")
        self.people["colleague"] = type(self.people["supplier"]).objects.create(username="colleague")

    @property
    def authority(self) -> Actor:
        return self.actor("authority")

    @property
    def colleague(self) -> Actor:
        return Actor(
            person=self.people["colleague"].pk, party=self.parties["authority"].pk, roles=frozenset({"data_authority"})
        )

    def standard(self, by: str = "authority", *, adopt: bool = True, **changes: Any) -> int:
        asked = {
            "identifier": "HBDE0001", "name": "用电量", "aliases": ["usage"], "definition": "一段时间内的用电量", "type": "number",
            "length_max": 12, "scope": "unified",
        } | changes  # fmt: skip
        made = begin(ELEMENT, by=self.actor(by), at=AT, **asked).subject
        if adopt:
            perform(ELEMENT, "adopt", made, by=self.authority, at=AT)
            self.settle(AT)
        return made

    def resource(self, owner: str, **changes: Any) -> int:
        name = f"{owner}用电"
        return self.catalogued(AT, owner, **({"name": name, "kind": "government", "items": ITEMS} | changes))

    def claim(self, owner: str, resource: int, element: int, region: str = "420100", **changes: Any) -> int:
        asked = {
            "element": element, "resource": resource, "item": "usage", "role": "source", "region": region, "ground": "三定职责",
        } | changes  # fmt: skip
        made = begin(SOURCE_CLAIM, by=self.actor(owner), at=AT, **asked).subject
        self.settle(AT)
        return made

    def disputed(self, **standard: Any) -> tuple[int, int, int]:
        """The department is the source, the bureau claims it too: both claims and the case."""
        element = self.standard(**standard)
        first = self.claim("department", self.resource("department"), element)
        second = self.claim("bureau", self.resource("bureau"), element)
        return first, second, Conflict.objects.get().pk

    def heard(self, case: int) -> None:
        for side in ("department", "bureau"):
            perform(SOURCE_CONFLICT, "state", case, by=self.actor(side), at=AT, statement=f"{side}的依据")
        self.settle(AT)

    def decide(self, case: int, outcome: str, at: Any = AT, act: str = "decide", by: Any = None, **more: Any) -> None:
        asked = {"outcome": outcome, "reason": "依职责"} | more
        perform(SOURCE_CONFLICT, act, case, by=by or self.authority, at=at, **asked)
        self.settle(at)

    def sources(self, identifier: str = "HBDE0001") -> dict[str, int]:
        rows = Authority.objects.filter(identifier=identifier, until_at=None)
        return dict(rows.order_by("region").values_list("region", "claim_id"))


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Path) -> Iterator[Elements]:
    """After each story no step of the flow is left behind."""
    settings.PAPERS_ROOT = tmp_path / "papers"
    yield Elements()
    assert list(StuckStep.objects.filter(solved_at=None).values_list("step", "error")) == []


# The standard.


def test_a_standard_is_proposed_adopted_and_in_force_and_a_new_version_takes_its_place(world: Elements) -> None:
    world.standard()
    assert elements.element("HBDE0001").version == 1
    second = world.standard(by="department", name="用电数量", adopt=False)
    assert elements.element("HBDE0001").name == "用电量"
    perform(ELEMENT, "adopt", second, by=world.authority, at=AT)
    world.settle(AT)
    now = elements.element("HBDE0001")
    assert (now.version, now.name, now.steward_id) == (2, "用电数量", world.parties["authority"].pk)
    assert (elements.element("HBDE0001", 1).name, elements.element("HBDE0001", 1).state) == ("用电量", "superseded")
    assert elements.elements().total == 1


def test_one_version_is_under_way_at_a_time_and_keeps_the_reach(world: Elements) -> None:
    world.standard()
    with pytest.raises(Refused, match="reach"):
        world.standard(scope="by_territory", adopt=False)
    world.standard(adopt=False)
    with pytest.raises(Refused, match="under way"):
        world.standard(adopt=False)


def test_what_was_rejected_can_be_proposed_anew(world: Elements) -> None:
    made = world.standard(by="department", adopt=False)
    with pytest.raises(NotYours):
        perform(ELEMENT, "adopt", made, by=world.actor("department"), at=AT)
    with pytest.raises(NotYours):
        perform(ELEMENT, "retract", made, by=world.actor("bureau"), at=AT, reason="不是我的")
    perform(ELEMENT, "reject", made, by=world.authority, at=AT, reason="定义不清")
    again = world.standard(by="department")
    assert Element.objects.get(pk=again).version == 2
    with pytest.raises(Unknown):
        elements.element("HBDE0001", 1)


def test_a_standard_that_names_a_code_twice_is_not_taken(world: Elements) -> None:
    twice = [{"code": "1", "name": "男"}, {"code": "1", "name": "女"}]
    with pytest.raises(BadInput) as bad:
        world.standard(codes=twice)
    assert "代码重复" in bad.value.words.zh
    with pytest.raises(BadInput):
        world.standard(identifier="hbde1")


def test_the_database_holds_one_version_in_force(world: Elements) -> None:
    world.standard()
    row = Element.objects.get()
    row.pk, row.version = None, 2
    with pytest.raises(IntegrityError, match="one_version_of_an_element_in_force"), transaction.atomic():
        row.save(force_insert=True)


# Links and sources.


def test_the_first_who_claims_is_the_source_and_a_user_is_none(world: Elements) -> None:
    element = world.standard()
    first = world.claim("department", world.resource("department"), element)
    user = world.claim("supplier", world.resource("supplier", kind="enterprise"), element, "", role="user", ground="")
    assert world.sources() == {"420100": first}
    found = elements.source_of("HBDE0001", "420102")
    assert found is not None
    assert found.holder == "示例department有限公司"
    assert elements.source_of("HBDE0001", "420200") is None
    linked, total = elements.users("HBDE0001")
    assert ([one.id for one in linked], total) == ([user], 1)
    page = elements.elements("usage")
    assert [(one.sources, one.users) for one in page.items] == [(1, 1)]
    assert Conflict.objects.count() == 0


def test_only_ones_own_catalogued_item_is_linked_and_once(world: Elements) -> None:
    element = world.standard()
    resource = world.resource("department")
    for changes, words in (({"item": "absent"}, "没有这个信息项"), ({"element": 999_999}, "不在施行")):
        with pytest.raises(Refused) as shut:
            world.claim("department", resource, **({"element": element} | changes))
        assert words in shut.value.words.zh
    with pytest.raises(Refused) as shut:
        world.claim("bureau", resource, element)
    assert "不是本单位" in shut.value.words.zh
    world.claim("department", resource, element)
    with pytest.raises(Refused) as shut:
        world.claim("department", resource, element)
    assert "已关联一个数据元" in shut.value.words.zh


def test_an_enterprise_is_no_source_and_a_source_names_place_and_ground(world: Elements) -> None:
    element = world.standard()
    resource = world.resource("supplier", kind="enterprise")
    with pytest.raises(Refused) as shut:
        world.claim("supplier", resource, element)
    assert "企业数据不作权威数源" in shut.value.words.zh
    with pytest.raises(BadInput):
        world.claim("supplier", resource, element, "")


def test_an_abolished_county_is_refused_with_its_name_and_its_successor_is_home(world: Elements) -> None:
    element = world.standard()
    resource = world.resource("county")
    with pytest.raises(Refused) as shut:
        world.claim("county", resource, element, "421023")
    assert "监利县" in shut.value.words.zh
    assert world.sources() == {}
    world.claim("county", resource, element, "421088")
    assert list(world.sources()) == ["421088"]


def test_a_territory_beyond_ones_own_waits_for_the_data_authority(world: Elements) -> None:
    element = world.standard()
    resource = world.resource("department")
    with pytest.raises(NeedsReview) as shut:
        world.claim("department", resource, element, "420000")
    perform(CASE, "allow", shut.value.case_id, by=world.authority, at=AT, reason="省级职责")
    first = world.claim("department", resource, element, "420000")
    assert world.sources() == {"420000": first}


def test_a_province_covers_its_cities_unless_the_standard_goes_by_territory(world: Elements) -> None:
    unified, own = world.standard(), world.standard(identifier="HBDE0002", name="辖区面积", scope="by_territory")
    resource = world.resource("department")
    for element, item in ((unified, "usage"), (own, "day")):
        with pytest.raises(NeedsReview) as shut:
            world.claim("department", resource, element, "420000", item=item)
        perform(CASE, "allow", shut.value.case_id, by=world.authority, at=AT, reason="省级职责")
        world.claim("department", resource, element, "420000", item=item)
    other = world.resource("bureau")
    world.claim("bureau", other, unified)
    world.claim("bureau", other, own, item="day")
    assert [one.identifier for one in Conflict.objects.all()] == ["HBDE0001"]
    assert set(world.sources("HBDE0002")) == {"420000", "420100"}
    near, far = elements.source_of("HBDE0002", "420106"), elements.source_of("HBDE0002", "420204")
    assert near is not None
    assert far is not None
    assert (near.region, far.region) == ("420100", "420000")


def test_the_database_lets_no_two_sources_stand_over_one_place(world: Elements) -> None:
    element = world.standard()
    world.claim("department", world.resource("department"), element)
    row = Authority.objects.get()
    for region, span in (("420102", (420_102, 420_103)), ("420000", (420_000, 430_000))):
        row.pk, row.region = None, region
        row.territory = (element * 1_000_000 + span[0], element * 1_000_000 + span[1])
        with pytest.raises(IntegrityError, match="one_source_of_an_element_in_a_place"), transaction.atomic():
            row.save(force_insert=True)


def test_who_was_the_source_is_not_rewritten(world: Elements) -> None:
    world.claim("department", world.resource("department"), world.standard())
    for change in ("update registry_authority set region = '420200'", "delete from registry_authority"):
        with pytest.raises(DatabaseError, match="not rewritten"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_a_link_follows_the_standard_to_its_new_version_when_its_holder_says_so(world: Elements) -> None:
    resource = world.resource("department")
    claim = world.claim("department", resource, world.standard())
    world.standard(name="用电数量")
    one = elements.items_of(catalogue.resource(resource))["usage"]
    assert (one.version, one.newest) == (1, 2)
    perform(SOURCE_CLAIM, "cite_anew", claim, by=world.actor("department"), at=AT)
    one = elements.items_of(catalogue.resource(resource))["usage"]
    assert (one.version, one.newest, one.regions) == (2, 2, ("420100",))


def test_what_disagrees_with_the_standard_is_a_finding_and_stops_nothing(world: Elements) -> None:
    element = world.standard(type="text", codes=[{"code": "1", "name": "甲"}, {"code": "2", "name": "乙"}])
    resource = world.resource("department")
    world.claim("department", resource, element)
    told = [words.zh for words in elements.items_of(catalogue.resource(resource))["usage"].findings]
    assert told == [
        "实测有 3343 种取值，代码表只有 2 个：至少 3341 种不在代码表内",
        "实测值 0 超出代码表",
        "实测值 157.18 超出代码表",
    ]


def test_names_nearly_the_same_are_suggested(world: Elements) -> None:
    world.standard()
    found = elements.suggested(["USAGE", "用电量（度）", "乡镇"])
    assert {item: [one.identifier for one in known] for item, known in found.items()} == {
        "USAGE": ["HBDE0001"],
        "用电量（度）": ["HBDE0001"],
    }


# The dispute.


def test_a_second_source_opens_a_case_and_the_first_stays_until_it_is_decided(world: Elements) -> None:
    first, second, case = world.disputed()
    assert world.sources() == {"420100": first}
    row = Conflict.objects.get()
    assert (row.incumbent_id, row.challenger_id) == (world.parties["department"].pk, world.parties["bureau"].pk)
    with pytest.raises(NotNow):
        world.decide(case, "challenger")
    world.heard(case)
    assert Conflict.objects.get().state == "heard"
    world.decide(case, "challenger")
    assert world.sources() == {"420100": second}
    closed = Authority.objects.get(claim=first)
    assert (closed.until_at, closed.until_at) == (AT, Authority.objects.get(claim=second).since_at)
    assert Authority.objects.get(claim=second).conflict_id == case


def test_silence_is_heard_at_the_end_of_ten_working_days(world: Elements) -> None:
    _, _, case = world.disputed()
    perform(SOURCE_CONFLICT, "state", case, by=world.actor("bureau"), at=AT, statement="依据")
    world.pass_time(day(2026, 9, 15, 23, 59))
    assert Conflict.objects.get().state == "opened"
    world.pass_time(day(2026, 9, 16, 0, 0))
    assert Conflict.objects.get().state == "heard"


def test_a_stranger_neither_sees_nor_speaks_nor_decides(world: Elements) -> None:
    _, _, case = world.disputed()
    with pytest.raises(NotYours):
        perform(SOURCE_CONFLICT, "state", case, by=world.actor("county"), at=AT, statement="我也要")
    with pytest.raises(Unknown):
        see(SOURCE_CONFLICT, case, world.actor("county"))
    world.heard(case)
    for actor in (world.actor("bureau"), world.actor("registrar"), HOUSE):
        with pytest.raises(NotYours):
            world.decide(case, "challenger", by=actor)


def test_a_split_gives_each_its_divisions(world: Elements) -> None:
    first, second, case = world.disputed()
    world.heard(case)
    for regions, words in (
        (["420200"], "不在申报地区之内"),
        (["420199"], "没有这些现行区划"),
        (["420100", "420102"], "互相包含"),
    ):
        with pytest.raises(Refused) as shut:
            world.decide(case, "split", regions=regions)
        assert words in shut.value.words.zh
    with pytest.raises(BadInput):
        world.decide(case, "split")
    world.decide(case, "split", regions=["420102", "420106"])
    found = world.sources()
    assert [region for region, claim in found.items() if claim == second] == ["420102", "420106"]
    assert "420103" in [region for region, claim in found.items() if claim == first]
    assert "420100" not in found


def test_neither_leaves_the_place_vacant_on_the_stewards_desk(world: Elements) -> None:
    _, _, case = world.disputed()
    world.heard(case)
    world.decide(case, "neither")
    assert world.sources() == {}
    vacancy = Vacancy.objects.get()
    assert (vacancy.region, vacancy.state) == ("420100", "open")
    assert list(visible(SOURCE_VACANCY, world.actor("department"))) == []
    third = world.claim("department", world.resource("department", name="另一资源", source="meters"), case_element())
    assert Vacancy.objects.get().state == "filled"
    assert world.sources() == {"420100": third}


def case_element() -> int:
    return int(Element.objects.get(state="in_force").pk)


def test_who_lost_objects_once_within_its_time_and_another_person_reviews(world: Elements) -> None:
    first, _, case = world.disputed()
    world.heard(case)
    world.decide(case, "challenger")
    with pytest.raises(Refused) as shut:
        perform(SOURCE_CONFLICT, "object", case, by=world.actor("bureau"), at=AT, reason="再议")
    assert "已支持本单位" in shut.value.words.zh
    perform(SOURCE_CONFLICT, "object", case, by=world.actor("department"), at=AT, reason="证据未看")
    with pytest.raises(Refused) as shut:
        world.decide(case, "incumbent", act="review")
    assert "以外的人" in shut.value.words.zh
    world.decide(case, "incumbent", act="review", by=world.colleague)
    assert world.sources() == {"420100": first}
    row = Conflict.objects.get()
    assert (row.state, row.first_outcome, row.outcome) == ("final", "challenger", "incumbent")
    with pytest.raises(NotNow):
        perform(SOURCE_CONFLICT, "object", case, by=world.actor("bureau"), at=AT, reason="再议")


def test_a_decision_nobody_objects_to_is_final_after_ten_working_days(world: Elements) -> None:
    _, _, case = world.disputed()
    world.heard(case)
    world.decide(case, "incumbent")
    world.pass_time(day(2026, 9, 15, 23, 59))
    assert Conflict.objects.get().state == "decided"
    world.pass_time(day(2026, 9, 16, 0, 0))
    assert Conflict.objects.get().state == "final"
    with pytest.raises(NotNow):
        perform(SOURCE_CONFLICT, "object", case, by=world.actor("bureau"), at=day(2026, 9, 16), reason="晚了")


def test_a_third_waits_until_the_second_is_decided(world: Elements) -> None:
    first, _, case = world.disputed()
    world.join("third", "11420000MB0000009J", "department", "supplier")
    resource = world.resource("third")
    with pytest.raises(Refused) as shut:
        world.claim("third", resource, case_element())
    assert "正在裁决" in shut.value.words.zh
    world.heard(case)
    world.decide(case, "incumbent")
    world.pass_time(day(2026, 9, 20))
    world.claim("third", resource, case_element())
    assert world.sources() == {"420100": first}
    assert Conflict.objects.count() == 2


def test_the_source_is_not_challenged_by_itself(world: Elements) -> None:
    element = world.standard()
    world.claim("department", world.resource("department"), element)
    other = world.resource("department", name="另一资源", source="meters")
    with pytest.raises(Refused) as shut:
        world.claim("department", other, element)
    assert "已是这个数据元的数源" in shut.value.words.zh


# What falls vacant.


def test_a_withdrawn_resource_leaves_a_vacancy_and_its_user_is_appointed(world: Elements) -> None:
    element = world.standard()
    resource = world.resource("department")
    world.claim("department", resource, element)
    user = world.claim("bureau", world.resource("bureau"), element, "", role="user", ground="")
    perform(catalogue.RESOURCE, "withdraw", resource, by=world.actor("department"), at=AT, reason="系统下线")
    world.settle(AT)
    assert world.sources() == {}
    vacancy = Vacancy.objects.get()
    with pytest.raises(NotYours):
        perform(SOURCE_VACANCY, "appoint", vacancy.pk, by=world.actor("bureau"), at=AT, claim=user)
    with pytest.raises(Refused):
        perform(SOURCE_VACANCY, "appoint", vacancy.pk, by=world.authority, at=AT, claim=vacancy.claim_id)
    perform(SOURCE_VACANCY, "appoint", vacancy.pk, by=world.authority, at=AT, claim=user)
    assert world.sources() == {"420100": user}
    with pytest.raises(NotNow):
        perform(SOURCE_VACANCY, "leave", vacancy.pk, by=world.authority, at=AT, reason="不设")


def test_an_update_that_takes_the_item_away_ends_its_link(world: Elements) -> None:
    element = world.standard()
    resource = world.resource("department")
    claim = world.claim("department", resource, element)
    entry = world.entry(
        name="department用电", kind="government", node=world.department_node.pk, items=[{"name": "day", "type": "date"}]
    )
    perform(catalogue.RESOURCE, "update", resource, by=world.actor("department"), at=AT, **entry)
    world.settle(AT)
    assert Claim.objects.get(pk=claim).state == "ended"
    assert Vacancy.objects.get().region == "420100"


def test_when_the_source_leaves_during_a_dispute_who_claimed_it_takes_its_place(world: Elements) -> None:
    first, second, case = world.disputed()
    perform(SOURCE_CLAIM, "withdraw", first, by=world.actor("department"), at=AT, reason="职责已移交")
    assert world.sources() == {}
    world.settle(AT)
    assert world.sources() == {"420100": second}
    assert (Conflict.objects.get(pk=case).state, Vacancy.objects.count()) == ("closed", 0)


def test_when_who_claimed_it_leaves_the_source_stays_and_may_be_challenged_again(world: Elements) -> None:
    first, second, case = world.disputed()
    perform(SOURCE_CLAIM, "withdraw", second, by=world.actor("bureau"), at=AT, reason="不再申报")
    world.settle(AT)
    assert (Conflict.objects.get(pk=case).state, world.sources()) == ("closed", {"420100": first})
    third = world.claim("bureau", world.resource("bureau", name="又一资源", source="meters"), case_element())
    assert Conflict.objects.filter(challenger_claim=third, state="opened").count() == 1


def test_a_withdrawn_standard_ends_its_links_and_needs_no_source(world: Elements) -> None:
    element = world.standard()
    claim = world.claim("department", world.resource("department"), element)
    perform(ELEMENT, "withdraw", element, by=world.authority, at=AT, reason="业务取消")
    world.settle(AT)
    assert (Claim.objects.get(pk=claim).state, world.sources(), Vacancy.objects.count()) == ("ended", {}, 0)


def test_a_province_that_loses_a_city_keeps_the_others(world: Elements) -> None:
    element = world.standard()
    resource = world.resource("department")
    with pytest.raises(NeedsReview) as shut:
        world.claim("department", resource, element, "420000")
    perform(CASE, "allow", shut.value.case_id, by=world.authority, at=AT, reason="省级职责")
    first = world.claim("department", resource, element, "420000")
    second = world.claim("bureau", world.resource("bureau"), element)
    case = Conflict.objects.get().pk
    world.heard(case)
    world.decide(case, "challenger")
    found = world.sources()
    assert found["420100"] == second
    assert {claim for region, claim in found.items() if region != "420100"} == {first}
    assert {"420200", "429004", "422800"} <= set(found)


def test_a_claim_and_a_decision_send_few_statements(world: Elements) -> None:
    element, resource = world.standard(), world.resource("department")
    asked = {
        "element": element,
        "resource": resource,
        "item": "usage",
        "role": "source",
        "region": "420100",
        "ground": "职责",
    }
    with CaptureQueriesContext(connection) as sent:
        begin(SOURCE_CLAIM, by=world.actor("department"), at=AT, **asked)
    assert len(sent) <= 26

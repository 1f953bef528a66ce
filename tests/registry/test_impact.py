"""Before people's information is provided its impact is assessed; when something went wrong they are told, in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.registry.conftest import World
from tests.registry.consenting import NOON, Consenting
from tongqu.exchange import flow
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import Alarm, NotYours, Refused, Unknown, begin, perform, see
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import impact
from tongqu.exchange.registry.impact import IMPACT_ASSESSMENT, INCIDENT
from tongqu.exchange.registry.models import ImpactAssessment, Incident
from tongqu.exchange.trading.listings.rules import impact_was_assessed

pytestmark = pytest.mark.django_db


def blocked(refused: Any) -> list[str]:
    return [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks]


def assessed(world: World, number: int, by: str = "supplier", **changes: Any) -> int:
    asked = {
        "resource": number, "name": "示例用电核验影响评估", "situations": ["provide"], "lawful": "合法、正当、必要",
        "impact": "风险可控", "measures": "数据不出节点", "report": world.paper("report", by), "assessed_date": NOON.date(),
    } | changes  # fmt: skip
    return begin(IMPACT_ASSESSMENT, by=world.actor(by), at=NOON, **asked).subject


def incident(world: World, by: str = "supplier", **changes: Any) -> int:
    asked = {
        "name": "示例数据误发事件", "node": world.nodes["supplier"].pk, "source": "power", "kinds": ["identity"], "cause": "误发邮件",
        "harm": "可能被用于推销", "remedy": "已要求删除并取得确认", "advice": "留意陌生来电", "contact": "027-12345678",
        "found_date": NOON.date(), "people": 12,
    } | changes  # fmt: skip
    return begin(INCIDENT, by=world.actor(by), at=NOON, **asked).subject


def test_the_newest_assessment_counts_and_covers_what_it_says(world: World) -> None:
    world.flow = {**world.flow, "impact_assessment.begin": flow.FLOW["impact_assessment.begin"]}
    resource = world.catalogued(NOON)
    assert impact.lacking(resource, {"provide"})
    first = assessed(world, resource)
    assert not impact.lacking(resource, {"provide"})
    assert impact.lacking(resource, {"provide", "sensitive"})
    second = assessed(world, resource, situations=["provide", "sensitive"])
    world.settle(NOON)
    assert ImpactAssessment.objects.get(pk=first).state == "replaced"
    assert not impact.lacking(resource, {"provide", "sensitive"})
    perform(IMPACT_ASSESSMENT, "retire", second, by=world.supplier, at=NOON, reason="业务停止")
    assert impact.lacking(resource, {"provide"})


def test_one_assesses_ones_own_data_and_before_not_after(world: World) -> None:
    resource = world.catalogued(NOON)
    for by, changes, rule in (
        ("rival", {}, "ones_own_data_is_assessed"),
        ("supplier", {"report": world.paper("other", "rival")}, "ones_own_data_is_assessed"),
        ("supplier", {"resource": 999_999}, "ones_own_data_is_assessed"),
        ("supplier", {"assessed_date": NOON.date() + timedelta(days=1)}, "the_assessment_was_made"),
    ):
        with pytest.raises(Refused) as refused:
            assessed(world, resource, by, **changes)
        assert blocked(refused) == [rule]


def test_a_product_that_wants_consents_wants_an_assessment() -> None:
    class Seen:
        unassessed: tuple[Words, ...] = (Words("向其他处理者提供", "Others are provided with it"),)

    assert not impact_was_assessed.check(Seen()).complies
    Seen.unassessed = ()
    assert impact_was_assessed.check(Seen()).complies


def test_the_persons_are_told_within_a_day_or_an_alarm_says_so(consenting: Consenting) -> None:
    world = consenting.world
    made = incident(world)
    _, link = consenting.linked("A", "lin")
    assert link
    assert impact.told_of(world.node.pk, "power") == []
    world.pass_time(NOON + timedelta(days=3))
    assert Alarm.objects.filter(procedure="incident", subject=made).exists()
    perform(INCIDENT, "tell", made, by=world.supplier, at=NOON + timedelta(days=3), how="individually")
    (told,) = impact.told_of(world.node.pk, "power")
    assert (told.cause, told.advice, told.kinds) == ("误发邮件", "留意陌生来电", ("identity",))
    assert impact.told_of(world.node.pk, "meters") == []


def test_who_is_not_told_has_a_reason_and_the_authority_may_want_otherwise(consenting: Consenting) -> None:
    world = consenting.world
    made = incident(world)
    with pytest.raises(BadInput):
        perform(INCIDENT, "tell", made, by=world.supplier, at=NOON, how="not_told")
    perform(INCIDENT, "tell", made, by=world.supplier, at=NOON, how="not_told", reason="已全部收回，未被打开")
    assert impact.told_of(world.node.pk, "power") == []
    regulator = world.actor("regulator")
    perform(INCIDENT, "require", made, by=regulator, at=NOON, reason="不能排除危害")
    with pytest.raises(Refused) as refused:
        perform(INCIDENT, "tell", made, by=world.supplier, at=NOON, how="not_told", reason="仍认为无须通知")
    assert blocked(refused) == ["what_is_required_is_told"]
    perform(INCIDENT, "tell", made, by=world.supplier, at=NOON, how="publicly")
    perform(INCIDENT, "close", made, by=regulator, at=NOON, reason="已通知")
    assert Incident.objects.get(pk=made).state == "closed"
    assert len(impact.told_of(world.node.pk, "power")) == 1


def test_an_incident_is_of_ones_own_data_and_others_neither_see_nor_tell(consenting: Consenting) -> None:
    world = consenting.world
    with pytest.raises(Refused) as refused:
        incident(world, "rival")
    assert blocked(refused) == ["the_incident_is_of_ones_own_data"]
    with pytest.raises(Refused) as refused:
        incident(world, found_date=NOON.date() + timedelta(days=1))
    assert blocked(refused) == ["the_incident_was_found"]
    made = incident(world)
    for name in ("rival", "bank"):
        with pytest.raises(Unknown):
            see(INCIDENT, made, world.actor(name))
        with pytest.raises(NotYours):
            perform(INCIDENT, "tell", made, by=world.actor(name), at=NOON, how="publicly")

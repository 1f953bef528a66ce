"""Quality is stated as rules, measured at the node, scored in six indicators, and stands until it is measured anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.registry.conftest import World, day
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import HOUSE, NotYours, Refused, Unknown, begin, perform, see
from tongqu.exchange.members import nodes
from tongqu.exchange.members.nodes.models import Node, NodeSource, NodeTask
from tongqu.exchange.registry import catalogue, quality
from tongqu.exchange.registry.models import QualityCheck
from tongqu.exchange.registry.quality import QUALITY_CHECK
from tongqu.exchange.registry.quality.scoring import OF_CHECK, scores
from tongqu.wire.measures import CHECKS, QualityMeasured, RuleMeasured

AT = day(2026, 9, 1)
RULES: list[dict[str, Any]] = [
    {"check": "required", "column": "usage"},
    {"check": "range", "column": "usage", "low": "0", "high": "200"},
    {"check": "gapless", "column": "day", "cycle": "day"},
]


def asked(world: World, resource: int, at: datetime = AT, by: str = "supplier", **changes: Any) -> int:
    fields = {"resource": resource, "rules": RULES} | changes
    return begin(QUALITY_CHECK, by=world.actor(by), at=at, **fields).subject


def told(at: datetime, version: str = "a" * 64, failed: int = 0) -> QualityMeasured:
    measured = (
        RuleMeasured("r1", 35_040, failed, failed),
        RuleMeasured("r2", 35_000, 1, 4),
        RuleMeasured("r3", 365, 0, 0),
    )
    return QualityMeasured("power", version, 35_040, measured, 5, at)


def measured(world: World, at: datetime = AT, **changes: Any) -> int:
    resource = world.catalogued(at)
    asked(world, resource, at)
    world.examined(world.node, at, told(at, **changes))
    return resource


def refused(world: World, resource: int, by: str = "supplier", **changes: Any) -> list[str]:
    with pytest.raises(Refused) as shut:
        asked(world, resource, by=by, **changes)
    return [finding.words.zh for finding in shut.value.findings if finding.blocks]


def test_what_the_node_counted_stands_in_six_indicators(world: World) -> None:
    resource = world.catalogued(AT)
    check = asked(world, resource)
    (task,) = [task for task in nodes.tasks.open_of(world.node.pk) if task.work == "quality"]
    assert task.quality is not None
    assert [(rule.check, rule.columns) for rule in task.quality.rules] == [
        ("required", ("usage",)), ("range", ("usage",)), ("gapless", ("day",)),
    ]  # fmt: skip
    assert quality.standing(resource) is None
    world.examined(world.node, AT, told(AT, failed=40))
    view = quality.standing(resource)
    assert view is not None
    assert (view.id, view.state, view.source_version) == (check, "standing", "a" * 64)
    assert view.profile_digest == catalogue.resource(resource).profile_digest
    by_key = {score.indicator.key: score for score in view.scores}
    assert by_key["completeness"].least == (35_040 - 40) * 10_000 // 35_040
    assert (by_key["accuracy"].least, by_key["accuracy"].exact) == (9_998, False)
    assert by_key["timeliness"].least == 10_000
    assert (by_key["conformity"].measured, by_key["consistency"].measured) == (False, False)
    assert (by_key["accessibility"].checked, by_key["accessibility"].least) == (2, 10_000)


@pytest.mark.parametrize(
    ("searched", "refused_"),
    [({"check": "codes", "values": ["001"]}, True), ({"check": "expression", "expression": "0.*"}, True),
     ({"check": "range", "low": "1"}, True), ({"check": "form", "form": "id_card"}, False), ({"check": "unique"}, False)],
)  # fmt: skip
def test_the_key_column_is_not_searched(world: World, searched: dict[str, Any], refused_: bool) -> None:
    resource = world.catalogued(AT)
    row = NodeSource.objects.get(node_id=world.node.pk, source="power")
    row.declaration["key_column"] = "usage"
    row.save()
    rules = [{"column": "usage", **searched}]
    if refused_:
        assert ["主键列" in one for one in refused(world, resource, rules=rules)] == [True]
    else:
        assert asked(world, resource, rules=rules)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [("2", "1", "下限不得大于上限"), ("10", "9.5", "下限不得大于上限"), ("2026-02-01", "2026-01-31", "下限不得大于上限"),
     ("2020-13-45", "", "不存在的日期"), ("1", "2026-01-31", "同为数或同为日期")],
)  # fmt: skip
def test_bounds_that_hold_nothing_are_told(world: World, low: str, high: str, said: str) -> None:
    with pytest.raises(BadInput) as bad:
        asked(world, 1, rules=[{"check": "range", "column": "usage", "low": low, "high": high}])
    assert said in bad.value.words.zh


def test_an_indicator_without_a_rule_is_not_measured_and_never_full() -> None:
    told = scores([], [], asked=0, answered=0)
    assert [(score.indicator.key, score.measured, score.least) for score in told] == [
        (key, False, None)
        for key in ("conformity", "completeness", "accuracy", "consistency", "timeliness", "accessibility")
    ]


@settings(deadline=None)
@given(
    counts=st.lists(
        st.tuples(
            st.sampled_from(CHECKS), st.integers(1, 10**6), st.integers(0, 100), st.integers(0, 100), st.booleans()
        ),
        max_size=20,
    )
)
def test_a_score_is_the_rows_that_passed_of_the_rows_looked_at(counts: list[tuple[str, int, int, int, bool]]) -> None:
    rules = [{"check": check} for check, *_ in counts]
    found = [
        {"checked": None, "failed_least": None, "failed_most": None}
        if unfit
        else {"checked": rows, "failed_least": rows * min(a, b) // 100, "failed_most": rows * max(a, b) // 100}
        for _, rows, a, b, unfit in counts
    ]
    for score in scores(rules, found, asked=3, answered=2)[:-1]:
        mine = [one for rule, one in zip(rules, found, strict=True) if OF_CHECK[rule["check"]] is score.indicator]
        told = [one for one in mine if one["checked"]]
        assert (score.stated, score.rules, score.measured) == (len(mine), len(told), bool(told))
        if told:
            checked = sum(one["checked"] or 0 for one in told)
            passed = checked - sum(one["failed_most"] or 0 for one in told)
            assert score.least == 10_000 * passed // checked
            assert 0 <= score.failed_least <= score.failed_most <= checked


def test_accessibility_counts_what_the_node_did_not_answer(world: World) -> None:
    resource = world.catalogued(AT)
    asked(world, resource)
    for hours in range(24 * 4):  # three days without a word: the check is given up
        world.pass_time(AT + timedelta(hours=hours))
    assert QualityCheck.objects.get().state == "failed"
    later = AT + timedelta(days=5)
    asked(world, resource, later)
    world.examined(world.node, later, told(later))
    view = quality.standing(resource)
    assert view is not None
    assert (view.scores[-1].checked, view.scores[-1].failed_most) == (3, 1)
    outside = AT + timedelta(days=120)
    asked(world, resource, outside)
    world.examined(world.node, outside, told(outside))
    view = quality.standing(resource)
    assert view is not None
    assert (view.scores[-1].checked, view.scores[-1].failed_most) == (1, 0)


def test_a_newer_measurement_takes_the_place_and_the_older_stays_readable(world: World) -> None:
    resource = measured(world)
    later = AT + timedelta(days=1)
    asked(world, resource, later)
    world.examined(world.node, later, told(later, failed=1_000))
    assert [(one.state, one.scores[1].failed_most) for one in quality.history(resource)] == [
        ("standing", 1_000), ("superseded", 0),
    ]  # fmt: skip


def test_a_node_that_could_not_measure_ends_the_check_and_leaves_the_one_before(world: World) -> None:
    resource = measured(world)
    asked(world, resource)
    task = NodeTask.objects.get(answered_at=None)
    perform(
        nodes.NODE,
        "failed",
        world.node.pk,
        by=HOUSE,
        at=AT,
        task=task.pk,
        source=task.target,
        fault="source-unreadable",
    )
    world.settle(AT)
    assert list(QualityCheck.objects.order_by("pk").values_list("state", "fault")) == [
        ("standing", ""), ("failed", "source-unreadable"),
    ]  # fmt: skip
    assert catalogue.resource(resource).state == "catalogued"


def test_changed_data_is_checked_anew_by_itself_with_the_same_rules(world: World) -> None:
    resource = measured(world)
    world.measure(world.node, "power", AT + timedelta(days=1))
    assert QualityCheck.objects.count() == 1  # the same version again: nothing to ask
    world.measure(world.node, "power", AT + timedelta(days=2), version="b" * 64)
    fresh = QualityCheck.objects.get(state="asked")
    assert (fresh.rules, fresh.holder_id) == (
        QualityCheck.objects.get(state="standing").rules,
        world.parties["supplier"].pk,
    )
    world.examined(world.node, AT + timedelta(days=2), told(AT + timedelta(days=2), version="b" * 64))
    view = quality.standing(resource)
    assert view is not None
    assert view.source_version == "b" * 64


def test_an_answer_that_nobody_waits_for_any_more_changes_nothing(world: World) -> None:
    resource = world.catalogued(AT)
    check = asked(world, resource)
    task = NodeTask.objects.get(answered_at=None)
    perform(QUALITY_CHECK, "stop", check, by=world.supplier, at=AT)
    assert nodes.tasks.open_of(world.node.pk) == ()
    perform(nodes.NODE, "examined", world.node.pk, by=HOUSE, at=AT, task=task.pk, quality=told(AT).to_json())
    world.settle(AT)
    assert (quality.standing(resource), QualityCheck.objects.get().state) == (None, "failed")


def test_only_the_holder_asks_and_only_of_what_is_catalogued(world: World) -> None:
    resource = world.catalogued(AT)
    assert any("不是本单位" in said for said in refused(world, resource, by="rival"))
    assert any("不是本单位" in said for said in refused(world, 999_999))
    with pytest.raises(NotYours):
        begin(QUALITY_CHECK, by=world.actor("supplier", "buyer"), at=AT, resource=resource, rules=RULES)
    draft = begin(catalogue.RESOURCE, by=world.supplier, at=AT, **world.entry(source="meters", name="草稿")).subject
    assert any("尚未编目" in said for said in refused(world, draft))
    asked(world, resource)
    assert any("没有结束" in said for said in refused(world, resource))


def test_a_stranger_neither_sees_nor_stops_a_check(world: World) -> None:
    check = asked(world, world.catalogued(AT))
    with pytest.raises(Unknown):
        see(QUALITY_CHECK, check, world.actor("rival"))
    with pytest.raises(NotYours):
        perform(QUALITY_CHECK, "stop", check, by=world.actor("rival"), at=AT)
    with pytest.raises(NotYours):
        perform(QUALITY_CHECK, "measured", check, by=world.supplier, at=AT, measurement="a" * 64)


def test_a_column_that_is_not_there_is_named(world: World) -> None:
    resource = world.catalogued(AT)
    (said,) = refused(world, resource, rules=[{"check": "unique", "column": "usage", "others": ["absent"]}])
    assert said.endswith("absent")


def test_an_older_node_is_not_asked_for_what_it_does_not_know(world: World) -> None:
    resource = world.catalogued(AT)
    Node.objects.filter(pk=world.node.pk).update(works=[])
    assert any("版本较旧" in said for said in refused(world, resource))
    Node.objects.filter(pk=world.node.pk).update(works=["quality"])
    asked(world, resource)
    Node.objects.filter(pk=world.node.pk).update(works=[])  # set back to older software meanwhile
    assert nodes.tasks.open_of(world.node.pk) == ()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"check": "form", "column": "usage"}, "已知格式"),
        ({"check": "range", "column": "usage"}, "上下限"),
        ({"check": "range", "column": "usage", "low": "0; drop table"}, "格式不符"),
        ({"check": "order", "column": "usage"}, "列"),
        ({"check": "required", "column": "usage", "values": ["x"]}, "代码表"),
        ({"check": "sql", "column": "usage"}, "只能是"),
        ({"check": "expression", "column": "usage", "expression": "x" * 201}, "最多 200 字"),
    ],
)
def test_a_rule_that_makes_no_sense_is_told_field_by_field(world: World, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput) as bad:
        asked(world, world.catalogued(AT), rules=[wrong])
    assert said in bad.value.words.zh


# What a newer check leaves out.


def test_rules_are_not_left_out_unawares(world: World) -> None:
    resource = measured(world)
    (said,) = refused(world, resource, rules=RULES[:1])
    assert "省去了现行测量检查的 2 条规则" in said
    assert "“usage”在 0 至 200 之间（含本数）" in said
    assert "“day”每日都有记录" in said
    asked(world, resource, rules=RULES[:1], fewer=True)


def test_other_bounds_and_further_rules_leave_nothing_out(world: World) -> None:
    resource = measured(world)
    changed = [RULES[0], RULES[1] | {"high": "500"}, RULES[2], {"check": "unique", "column": "day"}]
    asked(world, resource, rules=changed)


def test_what_is_left_out_is_so_of_the_check_that_stands_not_of_one_that_failed(world: World) -> None:
    resource = measured(world)
    more = [*RULES, {"check": "unique", "column": "day"}]
    failed = asked(world, resource, rules=more)
    perform(QUALITY_CHECK, "give_up", failed, by=HOUSE, at=AT, fault="no-answer")
    assert len(quality.rules_of(resource)) == len(RULES)
    asked(world, resource)


def test_each_indicator_keeps_its_last_score_with_its_date(world: World) -> None:
    resource = measured(world)
    later = AT + timedelta(days=3)
    asked(world, resource, later, rules=RULES[:1], fewer=True)
    fewer = QualityMeasured("power", "a" * 64, 35_040, (RuleMeasured("r1", 35_040, 40, 40),), 5, later)
    world.examined(world.node, later, fewer)
    kept = {one.score.indicator.key: one for one in quality.kept(quality.history(resource))}
    assert (kept["completeness"].current, kept["completeness"].measured_at, kept["completeness"].score.failed_most) == (
        True, later, 40,
    )  # fmt: skip
    assert (kept["timeliness"].current, kept["timeliness"].measured_at, kept["timeliness"].score.rules) == (
        False,
        AT,
        1,
    )
    assert kept["accuracy"].score.checked == 35_000
    assert not kept["consistency"].score.measured
    assert quality.kept(()) == ()


@pytest.mark.parametrize(
    ("rule", "zh"),
    [
        ({"check": "required"}, "“a”每行都填写"),
        ({"check": "form", "form": "id_card"}, "“a”符合公民身份号码的格式"),
        ({"check": "expression", "expression": "[0-9]+"}, "“a”整格符合表达式 [0-9]+"),
        ({"check": "codes", "values": [str(n) for n in range(8)]}, "“a”取自代码表：0、1、2、3、4、5 等 8 项"),
        ({"check": "range", "low": "0"}, "“a”不小于 0（含本数）"),
        ({"check": "range", "high": "9"}, "“a”不大于 9（含本数）"),
        ({"check": "unique", "others": ["b"]}, "“a、b”合在一起不重复"),
        ({"check": "order", "others": ["b"]}, "“a”不晚于（不大于）“b”"),
        ({"check": "fresh", "cycle": "month"}, "“a”最近一期在每月更新之内"),
        ({"check": "gapless", "cycle": "day"}, "“a”每日都有记录，不缺期（至今日）"),
    ],
)
def test_a_rule_is_read_back_as_a_sentence(rule: dict[str, Any], zh: str) -> None:
    words = quality.said(rule | {"column": "a"})
    assert words.zh == zh
    assert words.en
    assert not any(mark in words.en for mark in ("None", "id_card", "[]"))

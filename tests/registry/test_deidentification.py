"""A report on how well people are hidden: measured at the node, read by a person, in force for one version of the data."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.registry.conftest import World, day
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import HOUSE, Actor, NotYours, Refused, Unknown, begin, perform, see
from tongqu.exchange.members import nodes
from tongqu.exchange.members.nodes.models import NodeTask
from tongqu.exchange.registry import deidentification
from tongqu.exchange.registry.deidentification import DEIDENTIFICATION, report_pdf
from tongqu.exchange.registry.deidentification.rules import Read, people_are_hidden
from tongqu.exchange.registry.models import Deidentification
from tongqu.wire.measures import Band, DeidentificationMeasured, Hiding, SensitiveMeasured, Step

AT = day(2026, 9, 1)
ASK: dict[str, Any] = {
    "quasi": [{"column": "day", "how": "day"}, {"column": "day", "how": "month"}],
    "sensitive": ["usage"],
}
OPINION = {"opinion": "准标识符已列全。"}


def hiding(k: int, records: int = 1_000, l: int = 2) -> Hiding:  # noqa: E741
    bands = tuple(Band(least, most, records if least <= k and (most is None or k <= most) else 0)
                  for least, most in ((1, 1), (2, 4), (5, 9), (10, 19), (20, 49), (50, None)))  # fmt: skip
    return Hiding(records, records // k if k else 0, k, records if k == 1 else 0, 10_000 // k if k else 0,
                  10_000 // k if k else 0, bands, (SensitiveMeasured("usage", True, l, 1_200),))  # fmt: skip


def told(at: datetime, k: int = 5, version: str = "a" * 64, **changes: Any) -> DeidentificationMeasured:
    found = DeidentificationMeasured(
        source="power", source_version=version, rows=1_000, before=hiding(1), after=hiding(k),
        applied=(Step("period", cycle="month"),), suppressed=0, reached=k >= 5, tried=2, small_counts=5, measured_at=at,
    )  # fmt: skip
    return replace(found, **changes)


def asked(world: World, resource: int, at: datetime = AT, by: str = "supplier", **changes: Any) -> int:
    return begin(DEIDENTIFICATION, by=world.actor(by), at=at, **({"resource": resource} | ASK | changes)).subject


def measured(world: World, resource: int, at: datetime = AT, **changes: Any) -> int:
    report = asked(world, resource, at)
    world.examined(world.node, at, told(at, **changes))
    return report


def reviewer(world: World) -> Actor:
    return world.actor("registrar", "reviewer")


def confirm(world: World, report: int, at: datetime = AT, by: Actor | None = None) -> None:
    perform(DEIDENTIFICATION, "confirm", report, by=by or reviewer(world), at=at, **OPINION)
    world.settle(at)


def refused(world: World, report: int, by: Actor | None = None) -> str:
    with pytest.raises(Refused) as shut:
        confirm(world, report, by=by)
    return shut.value.words.zh


def test_a_report_is_measured_read_and_confirmed(world: World) -> None:
    resource = world.catalogued(AT)
    report = asked(world, resource)
    (task,) = [task for task in nodes.tasks.open_of(world.node.pk) if task.work == "deidentification"]
    assert task.deidentification is not None
    assert task.deidentification.quasi[0].steps == (Step("period", cycle="day"), Step("period", cycle="month"))
    assert (task.deidentification.k, task.deidentification.suppressed_most) == (5, 500)
    world.examined(world.node, AT, told(AT))
    view = deidentification.report(report)
    assert view.before is not None
    assert view.after is not None
    assert (view.state, view.before["k"], view.after["k"]) == ("measured", 1, 5)
    assert deidentification.in_force(resource) is None
    confirm(world, report)
    found = deidentification.in_force(resource)
    assert found is not None
    assert (found.id, found.opinion, found.as_it_stands) == (report, OPINION["opinion"], False)


def test_four_are_too_few_and_five_are_enough(world: World) -> None:
    resource = world.catalogued(AT)
    report = measured(world, resource, k=4)
    assert "最小等价类为 4，要求至少 5" in refused(world, report)
    perform(DEIDENTIFICATION, "hand_back", report, by=reviewer(world), at=AT, **OPINION)
    again = measured(world, resource)
    confirm(world, again)
    assert deidentification.report(report).state == "returned"
    assert deidentification.in_force(resource) is not None


@pytest.mark.parametrize(
    ("changes", "complies"),
    [
        ({}, True), ({"k": 4}, False), ({"reached": False}, False), ({"suppressed": 500}, True), ({"suppressed": 501}, False),
    ],
)  # fmt: skip
def test_the_figures_are_the_houses_and_include_themselves(changes: dict[str, Any], complies: bool) -> None:
    seen = Read(5, 5, True, 0, 500, True, False, True)
    assert people_are_hidden.check(replace(seen, **changes)).complies is complies


@pytest.mark.parametrize(
    ("records", "few", "complies"), [(80, 5, True), (79, 5, False), (20_000, 10_000, False), (1_000, 51, True)]
)
def test_few_left_out_count_as_many_as_they_may_be(world: World, records: int, few: int, complies: bool) -> None:
    """That four of 79 were left out may not be told; they are over five in a hundred all the same."""
    report = measured(world, world.catalogued(AT), after=hiding(5, records - few), small_counts=few, suppressed=None)
    if complies:
        confirm(world, report)
        assert deidentification.report(report).state == "confirmed"
    else:
        assert "最多万分之 500" in refused(world, report)


def test_one_sensitive_value_in_a_class_is_pointed_out_and_left_to_the_reviewer(world: World) -> None:
    report = measured(world, world.catalogued(AT), after=hiding(5, l=1))
    outcome = perform(DEIDENTIFICATION, "confirm", report, by=reviewer(world), at=AT, **OPINION)
    assert ["l = 1" in advice["zh"] for advice in outcome.advice] == [True]


def test_nobody_confirms_a_report_of_its_own_data_nor_without_the_office(world: World) -> None:
    report = measured(world, world.catalogued(AT))
    assert "本单位数据的报告" in refused(world, report, world.actor("supplier", "supplier", "reviewer"))
    for stranger in (world.supplier, world.actor("rival"), world.registrar):
        with pytest.raises(NotYours):
            confirm(world, report, by=stranger)
    with pytest.raises(Unknown):
        see(DEIDENTIFICATION, report, world.actor("rival"))


def test_data_that_changed_since_ends_the_force_of_a_report(world: World) -> None:
    resource = world.catalogued(AT)
    report = measured(world, resource)
    confirm(world, report)
    later = AT + timedelta(days=1)
    world.measure(world.node, "power", later, version="b" * 64)
    assert deidentification.in_force(resource) is None
    assert deidentification.report(report).state == "confirmed"
    stale = measured(world, resource, later)  # the node answered for the version before
    assert "已换版本" in refused(world, stale)
    perform(DEIDENTIFICATION, "hand_back", stale, by=reviewer(world), at=later, **OPINION)
    fresh = measured(world, resource, later, version="b" * 64)
    confirm(world, fresh, later)
    found = deidentification.in_force(resource)
    assert found is not None
    assert found.id == fresh
    assert deidentification.report(report).state == "superseded"


def test_a_revoked_report_is_no_longer_in_force(world: World) -> None:
    resource = world.catalogued(AT)
    report = measured(world, resource)
    confirm(world, report)
    with pytest.raises(NotYours):
        perform(DEIDENTIFICATION, "revoke", report, by=world.supplier, at=AT, reason="不再需要")
    perform(DEIDENTIFICATION, "revoke", report, by=reviewer(world), at=AT, reason="漏列一个准标识符")
    assert deidentification.in_force(resource) is None


def test_a_node_that_could_not_measure_says_why(world: World) -> None:
    report = asked(world, world.catalogued(AT))
    task = NodeTask.objects.get(answered_at=None)
    perform(nodes.NODE, "failed", world.node.pk, by=HOUSE, at=AT, task=task.pk, source=task.target, fault="step-unfit")
    world.settle(AT)
    assert (Deidentification.objects.get(pk=report).state, deidentification.report(report).fault) == (
        "failed",
        "step-unfit",
    )


def test_the_report_is_a_paper(world: World) -> None:
    report = measured(world, world.catalogued(AT))
    paper = report_pdf(deidentification.report(report))
    assert paper.startswith(b"%PDF")
    assert paper == report_pdf(deidentification.report(report))
    found = deidentification.report(report)
    assert found.after is not None
    alike = replace(found, after={**found.after, "sensitive": [{**found.after["sensitive"][0], "l": 1}]})
    told = subprocess.run(
        ["pdftotext", "-", "-"], input=report_pdf(alike), capture_output=True, check=True
    ).stdout.decode()
    assert "l = 1" in told  # a warning, though k is large
    assert len(alike.warnings) == 1
    with pytest.raises(ValueError, match="not measured"):
        report_pdf(deidentification.report(asked(world, world.catalogued(AT, source="meters", name="另一条"))))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"quasi": [{"column": "day", "how": "interval"}]}, "须填写大小"),
        ({"quasi": [{"column": "day", "how": "interval", "size": "0"}]}, "大于零"),
        ({"quasi": [{"column": "day", "how": "prefix", "size": "1.5"}]}, "整数"),
        ({"quasi": [{"column": "day", "how": "day", "size": "3"}]}, "其余不填"),
        ({"sensitive": ["day"]}, "既是准标识符又是敏感列"),
        ({"person": "day"}, "既是准标识符又是敏感列"),
        ({"quasi": [{"column": f"c{at % 4}", "how": "keep"} for at in range(32)]}, "共 4,096 种组合，最多 2,000 种"),
        ({"quasi": [{"column": f"c{at}", "how": "keep"} for at in range(9)]}, "准标识符最多 8 列"),
        ({"quasi": [{"column": "c", "how": "keep"} for _ in range(9)]}, "每列最多 8 步"),
        ({"sensitive": ["usage", "usage"]}, "usage：同一列只能列一次"),
        ({"sensitive": ["x" * 201]}, "最多 200 字"),
        ({"k": 1}, "不得小于 2"),
    ],
)
def test_an_order_that_makes_no_sense_is_told(world: World, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput) as bad:
        asked(world, world.catalogued(AT), **changes)
    assert said in bad.value.words.zh


def test_only_the_holder_asks_and_columns_must_be_there(world: World) -> None:
    resource = world.catalogued(AT)
    for by, changes, said in (("rival", {}, "不是本单位"), ("supplier", {"sensitive": ["absent"]}, "absent")):
        with pytest.raises(Refused) as shut:
            asked(world, resource, by=by, **changes)
        assert said in shut.value.words.zh

"""What is measured goes over real HTTP: asked on the exchange, measured by a node in a process of its own, confirmed, sold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.api.town import ENTRY, Town, now
from tests.client.conftest import _wait
from tests.node.processes import NodeProcess
from tongqu.exchange.bedrock.procedures import Refused, begin, perform
from tongqu.exchange.members import nodes
from tongqu.exchange.registry import catalogue, deidentification, quality
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.models import Deidentification, QualityCheck
from tongqu.node.enrol import enrol

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_quality_and_hiding_are_measured_anew_when_the_data_changes(
    live_server: Any, keeper: Any, node: NodeProcess, settings: Any, tmp_path: Path
) -> None:
    settings.PAPERS_ROOT = tmp_path / "papers"
    town = Town()
    file = node.config.parent / "credit.csv"
    clients = [
        f"{number:03d},张{'伟芳'[number % 2]},{number % 2},{50_000 + number},2020-01-{1 + number % 28:02d}"
        for number in range(40)
    ]
    file.write_text("\n".join(["id,name,arrears,limit,opened", *clients]) + "\n", encoding="utf-8")
    secret = nodes.enrol(by=town.actor(town.supplier), at=now(), name="示例节点").secret
    known = int(enrol(node.config, enrolment_key=secret).node)
    node.start()
    _wait(lambda: bool(nodes.sources(known)), "the node to declare its source")
    supplier = town.actor(town.supplier)
    resource = begin(RESOURCE, by=supplier, at=now(), **{**ENTRY, "personal": True}, node=known).subject
    perform(RESOURCE, "measure", resource, by=supplier, at=now())
    _wait(lambda: catalogue.resource(resource).state == "catalogued", "the measurement")
    profile = catalogue.resource(resource).profile
    assert profile is not None
    assert profile["columns"][1]["patterns"] == [
        {"kind": "pattern-found", "version": 1, "pattern": "person_name", "rows": 40}
    ]

    rules = [
        {"check": "unique", "column": "id"},
        {"check": "expression", "column": "id", "expression": "[0-9]{3}"},
        {"check": "gapless", "column": "opened", "cycle": "day"},
    ]
    begin(quality.QUALITY_CHECK, by=supplier, at=now(), resource=resource, rules=rules)
    _wait(lambda: quality.standing(resource) is not None, "the quality")
    first = quality.standing(resource)
    assert first is not None
    assert [(rule.checked, rule.failed_most) for rule in first.rules] == [(40, 0), (40, 0), (28, 0)]

    with pytest.raises(Refused):
        town.published(resource, personal="anonymised")
    asked = {"quasi": [{"column": "opened", "how": how} for how in ("day", "week", "year")], "sensitive": ["arrears"]}
    report = begin(deidentification.DEIDENTIFICATION, by=supplier, at=now(), resource=resource, **asked).subject
    _wait(lambda: Deidentification.objects.get(pk=report).state == "measured", "the report")
    told = deidentification.report(report)
    assert told.before is not None
    assert told.after is not None
    assert (told.before["k"], told.before["records"], told.reached) == (1, 40, True)
    assert told.after["k"] >= 5
    perform(
        deidentification.DEIDENTIFICATION, "confirm", report, by=town.actor(town.operator), at=now(), opinion="已核对。"
    )
    product = town.published(resource, personal="anonymised")
    assert product

    file.write_text(file.read_text("utf-8") + "040,张伟,0,1,2020-03-01\n", encoding="utf-8")
    _wait(lambda: nodes.sources(known)[0].rows == 41, "the node to declare the changed data")
    perform(RESOURCE, "remeasure", resource, by=supplier, at=now())
    _wait(
        lambda: QualityCheck.objects.filter(state="standing", result__rows=41).exists(),
        "the quality of the new version",
    )
    assert deidentification.in_force(resource) is None
    second = quality.standing(resource)
    assert second is not None
    assert second.rules[2].failed_most == 32  # 28 days of January, and the 1st of March: 32 days without a row
    node.stop()
    log = node.log.read_text()
    assert "张伟" not in log
    assert "person_name" not in log

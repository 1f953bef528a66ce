"""A firm assesses itself: stated under its signature, replaced by the next, shown to anyone only if it says so."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.registry.holding import AT, Holding
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import NeedsSecondFactor, Refused, Unknown, perform, visible
from tongqu.exchange.registry import maturity
from tongqu.exchange.registry.maturity import MATURITY_ASSESSMENT
from tongqu.exchange.registry.maturity.scale import DOMAINS, QUESTIONS
from tongqu.exchange.registry.models import MaturityAssessment

pytestmark = pytest.mark.django_db


def form(level: str = "3", **changes: Any) -> dict[str, Any]:
    return {
        "scope": "生产与用电数据", "assessed_date": date(2026, 3, 1), **dict.fromkeys(QUESTIONS, level),
        **{f"{one.key}_evidence": "制度、台账和检查记录" for one in DOMAINS},
    } | changes  # fmt: skip


def test_what_the_answers_come_to_is_worked_out_from_them(holding: Holding) -> None:
    made = holding.start(
        MATURITY_ASSESSMENT, "supplier", AT, **form(quality_1="5", quality_2="4", quality_3="4", quality_4="1")
    )
    row = MaturityAssessment.objects.get(pk=made)
    found = {one.domain.key: (one.hundredths, one.lowest) for one in maturity.of_row(row).domains}
    assert found["quality"] == (350, 1)
    assert found["strategy"] == (300, 3)
    row.form["quality_4"] = "5"
    row.save()
    assert {one.domain.key: one.hundredths for one in maturity.of_row(row).domains}["quality"] == 450
    assert row.edition == "GB36073"


def test_every_item_needs_a_level_and_every_domain_its_evidence(holding: Holding) -> None:
    for wrong in ({"quality_1": "6"}, {"quality_1": "0"}, {"quality_1": ""}, {"quality_evidence": ""}):
        with pytest.raises(BadInput):
            holding.start(MATURITY_ASSESSMENT, "supplier", AT, **form(**wrong))
    incomplete = form()
    del incomplete["lifecycle_4"]
    with pytest.raises(BadInput) as bad:
        holding.start(MATURITY_ASSESSMENT, "supplier", AT, **incomplete)
    assert [name for name, _ in bad.value.faults] == ["lifecycle_4"]
    with pytest.raises(Refused):
        holding.start(MATURITY_ASSESSMENT, "supplier", AT, **form(assessed_date=date(2026, 3, 3)))
    holding.start(MATURITY_ASSESSMENT, "supplier", AT, **form(assessed_date=date(2026, 3, 2)))
    with pytest.raises(Refused):
        holding.start(MATURITY_ASSESSMENT, "supplier", AT, **form())


def test_the_last_one_stated_counts_and_only_the_public_is_public(holding: Holding) -> None:
    made = holding.start(MATURITY_ASSESSMENT, "supplier", AT, **form())
    with pytest.raises(NeedsSecondFactor):
        perform(MATURITY_ASSESSMENT, "state", made, by=holding.world.supplier, at=AT)
    holding.act(MATURITY_ASSESSMENT, "state", made, "supplier", AT)
    assert maturity.public() == ([], 0)
    with pytest.raises(Unknown):
        maturity.public_one(made)
    again = holding.start(MATURITY_ASSESSMENT, "supplier", AT, **form("4", public=True))
    with pytest.raises(Unknown):  # public, but a draft
        maturity.public_one(again)
    holding.act(MATURITY_ASSESSMENT, "state", again, "supplier", AT)
    assert {row.pk: row.state for row in MaturityAssessment.objects.all()} == {made: "superseded", again: "stated"}
    found, total = maturity.public()
    assert (total, found[0].id, found[0].mean, found[0].holder) == (1, again, 400, "示例supplier有限公司")
    assert not visible(MATURITY_ASSESSMENT, holding.actor("rival")).exists()
    holding.act(MATURITY_ASSESSMENT, "withdraw", again, "supplier", AT, reason="重新评估")
    assert maturity.public() == ([], 0)

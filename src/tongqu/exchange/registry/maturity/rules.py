"""When a self-assessment may be stated. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words


@dataclass(frozen=True)
class AssessmentSeen:
    on: date
    assessed_date: date
    another: bool = False


@rule(
    "HOUSE:maturity",
    title=Words("自评日期不在将来", "An assessment lies behind"),
    since=date(2024, 1, 1),
    asks=("assessed_date",),
)
def an_assessment_lies_behind(seen: AssessmentSeen) -> Finding:
    if seen.assessed_date > seen.on:
        return refuses(Words("自评日期在今天之后", "The day is after today"), Words("请核对日期。", "Check the day."))
    return complies()


@rule("HOUSE:maturity", title=Words("一次只有一份草稿", "One draft at a time"), since=date(2024, 1, 1))
def one_draft_at_a_time(seen: AssessmentSeen) -> Finding:
    if seen.another:
        return refuses(
            Words("本单位另有一份自评草稿", "Another assessment of yours is a draft still"),
            Words("请修改或撤回那一份。", "Amend or withdraw that one."),
        )
    return complies()


ASSESSMENT_RULES = (an_assessment_lies_behind, one_draft_at_a_time)

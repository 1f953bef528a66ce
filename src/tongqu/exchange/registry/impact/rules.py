"""What an assessment and the report of an incident stand on, and who may go untold. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2021, 11, 1)
HOUSE_SINCE = date(2026, 1, 1)


@dataclass(frozen=True)
class AssessmentSeen:
    on: date
    assessed_date: date
    resource_is_own: bool = True
    paper_is_own: bool = True


@rule(
    "HOUSE:consent",
    title=Words("评估的是自己的数据", "One's own data is assessed"),
    since=HOUSE_SINCE,
    asks=("resource",),
)
def ones_own_data_is_assessed(seen: AssessmentSeen) -> Finding:
    if not seen.resource_is_own or not seen.paper_is_own:
        return refuses(
            Words("数据资源或评估报告不属于本单位", "The resource or the report is not yours"),
            mend=Words("请选择本单位的资源并上传报告。", "Choose a resource of yours and upload the report."),
        )
    return complies()


@rule("PIPL:56", title=Words("事前完成评估", "The assessment comes first"), since=SINCE, asks=("assessed_date",))
def the_assessment_was_made(seen: AssessmentSeen) -> Finding:
    if seen.assessed_date > seen.on:
        return refuses(
            Words("评估完成日期在今天之后", "It is dated after today"),
            mend=Words("评估完成后再提交。", "Hand it in once it is done."),
        )
    return complies()


ASSESSMENT_RULES = (ones_own_data_is_assessed, the_assessment_was_made)


@dataclass(frozen=True)
class IncidentSeen:
    on: date
    found_date: date
    source_is_own: bool = True


@rule(
    "HOUSE:consent",
    title=Words("报告的是自己数据的事件", "It is about one's own data"),
    since=HOUSE_SINCE,
    asks=("source",),
)
def the_incident_is_of_ones_own_data(seen: IncidentSeen) -> Finding:
    if not seen.source_is_own:
        return refuses(
            Words("所选数据源不在本单位的节点上", "The source is not yours"),
            mend=Words("请选择本单位的数据源。", "Choose a source of yours."),
        )
    return complies()


@rule("PIPL:57", title=Words("发现后立即报告", "Reported once it is found"), since=SINCE, asks=("found_date",))
def the_incident_was_found(seen: IncidentSeen) -> Finding:
    if seen.found_date > seen.on:
        return refuses(
            Words("发现日期在今天之后", "It is said to be found after today"),
            mend=Words("请更正发现日期。", "Correct the day."),
        )
    return complies()


INCIDENT_RULES = (the_incident_is_of_ones_own_data, the_incident_was_found)


@dataclass(frozen=True)
class TellingSeen:
    how: str
    required: bool


@rule("PIPL:57(last)", title=Words("监管部门要求的必须通知", "Who the authority wants told is told"), since=SINCE)
def what_is_required_is_told(seen: TellingSeen) -> Finding:
    if seen.required and seen.how == "not_told":
        return refuses(
            Words(
                "监管部门认为可能造成危害，要求通知个人",
                "The authority sees a possible harm and wants the persons told",
            ),
            mend=Words("逐一通知或者公告。", "Tell each of them, or by a public notice."),
        )
    return complies()

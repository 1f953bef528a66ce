"""An impact assessment and an incident, as tables."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, NaturalDays, Procedure, Seat
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import BUYER, DATA_AUTHORITY, DATA_MERCHANT, REGULATOR, SUPPLIER
from tongqu.exchange.registry.impact import acts, inputs, rules

HOLDER = Seat("holder", "holder_id", Words("个人信息处理者", "processor"))
REPORTER = Seat("reporter", "reporter_id", Words("个人信息处理者", "processor"))
SEEN_BY = (REGULATOR, DATA_AUTHORITY)

IMPACT_ASSESSMENT = Procedure(
    name="impact_assessment",
    model="registry.ImpactAssessment",
    words=Words("个人信息保护影响评估", "Impact assessment"),
    cite="PIPL:55",
    starts="in_force",
    ends=frozenset({"replaced", "retired"}),
    begins=Begin(
        by=(SUPPLIER, DATA_MERCHANT), asks=inputs.Assessment, do=acts.assess, rules=rules.ASSESSMENT_RULES,
        sees=acts.seen_assessment, cite="PIPL:56",
    ),
    seats=(HOLDER,),
    seen_by=SEEN_BY,
    acts=(
        Act("replace", "in_force", "replaced", by=CLOCK, cite="PIPL:56"),
        Act("retire", "in_force", "retired", by=HOLDER, asks=inputs.Reason, do=acts.retire, protects=True),
    ),
    labels={
        "in_force": Words("现行", "In force"),
        "replaced": Words("已由新的评估替代", "Replaced"),
        "retired": Words("已停用", "Retired"),
        "begin": Words("提交影响评估", "Hand in an assessment"),
        "replace": Words("由新的评估替代", "Replace it"),
        "retire": Words("停用", "Retire it"),
    },
    way=("in_force",),
)  # fmt: skip

INCIDENT = Procedure(
    name="incident",
    model="registry.Incident",
    words=Words("个人信息安全事件", "Incident"),
    cite="PIPL:57",
    starts="reported",
    ends=frozenset({"closed"}),
    begins=Begin(
        by=(SUPPLIER, DATA_MERCHANT, BUYER), asks=inputs.Report, do=acts.report, rules=rules.INCIDENT_RULES,
        sees=acts.seen_incident, cite="PIPL:57",
    ),
    seats=(REPORTER,),
    seen_by=SEEN_BY,
    binds=True,
    acts=(
        Act("tell", ("reported", "required"), "told", by=REPORTER, asks=inputs.Telling, do=acts.tell,
            rules=(rules.what_is_required_is_told,), sees=acts.seen_telling, cite="PIPL:57", protects=True),
        Act("require", "told", "required", by=REGULATOR, asks=inputs.Reason, do=acts.give_reason, cite="PIPL:57(last)"),
        Act("close", "told", "closed", by=REGULATOR, asks=inputs.Reason, do=acts.give_reason),
    ),
    clocks=(
        Clock("telling", NaturalDays("house.incident_telling"), runs_in={"reported", "required"}, afresh=True,
              words=Words("通知个人的期限", "time to tell the persons"), cite="HOUSE:consent"),
    ),
    labels={
        "reported": Words("已报告，待通知个人", "Reported; the persons are to be told"),
        "required": Words("监管部门要求通知", "To be told, the authority says"),
        "told": Words("已通知", "Told"),
        "closed": Words("已办结", "Closed"),
        "begin": Words("报告安全事件", "Report an incident"),
        "tell": Words("通知个人", "Tell the persons"),
        "require": Words("要求通知个人", "Want the persons told"),
        "close": Words("办结", "Close it"),
    },
    way=("reported", "told", "closed"),
)  # fmt: skip

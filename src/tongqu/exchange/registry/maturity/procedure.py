"""A firm assesses how it manages data: answered, stated under its signature, replaced by the next."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Procedure, Seat
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import SUPPLIER
from tongqu.exchange.registry.maturity import acts, inputs, rules

HOLDER = Seat("holder", "holder_id", Words("自评单位", "the firm"), roles=frozenset({"supplier"}))

MATURITY_ASSESSMENT = Procedure(
    name="maturity_assessment", model="registry.MaturityAssessment",
    words=Words("数据管理能力自评", "Self-assessment of data management"), cite="GB36073:levels",
    starts="drafted", ends=frozenset({"superseded", "withdrawn"}),
    begins=Begin(by=(SUPPLIER,), asks=inputs.SelfAssessment, do=acts.answer, rules=rules.ASSESSMENT_RULES,
                 sees=acts.seen, cite="GB36073:levels"),
    seats=(HOLDER,),
    acts=(
        Act("amend", "drafted", None, by=HOLDER, asks=inputs.SelfAssessment, do=acts.answer,
            rules=rules.ASSESSMENT_RULES, sees=acts.seen, cite="GB36073:levels"),
        Act("state", "drafted", "stated", by=HOLDER, do=acts.state, second_factor=True, cite="HOUSE:maturity"),
        Act("withdraw", ("drafted", "stated"), "withdrawn", by=HOLDER, asks=inputs.Reason, do=acts.give_reason),
        Act("supersede", "stated", "superseded", by=CLOCK),
    ),
    labels={
        "drafted": Words("草稿", "Drafted"), "stated": Words("已声明（自评）", "Stated (by itself)"),
        "superseded": Words("已被新自评取代", "Superseded"), "withdrawn": Words("已撤回", "Withdrawn"),
        "begin": Words("填写自评", "Assess"), "amend": Words("修改", "Amend"), "state": Words("声明自评结果", "State the result"),
        "withdraw": Words("撤回", "Withdraw"), "supersede": Words("被新自评取代", "Superseded"),
    },
    way=("drafted", "stated"),
)  # fmt: skip

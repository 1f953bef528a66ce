"""How a report comes about: asked for by the holder, measured where the data stands, read by a person."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, NaturalDays, Procedure, Seat, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_AUTHORITY, REGISTRAR, REGULATOR, REVIEWER, SUPPLIER
from tongqu.exchange.registry.deidentification import acts, inputs
from tongqu.exchange.registry.deidentification.rules import ASK_RULES, CONFIRM_RULES

HOLDER = Seat("holder", "holder_id", Words("数据持有方", "holder"), roles=frozenset({"supplier"}))
READERS = (REVIEWER, DATA_AUTHORITY)

DEIDENTIFICATION = Procedure(
    name="deidentification",
    model="registry.Deidentification",
    words=Words("去标识化评估", "Report on de-identification"),
    cite="HOUSE:deidentification",
    starts="asked",
    ends=frozenset({"failed", "returned", "revoked", "superseded"}),
    begins=Begin(by=(SUPPLIER,), asks=inputs.Ask, do=acts.start, sees=acts.seen_asked, rules=ASK_RULES),
    acts=(
        Act("measured", "asked", "measured", by=CLOCK, asks=inputs.Examined, do=acts.take),
        Act("give_up", "asked", "failed", by=CLOCK, asks=inputs.Unexamined, do=acts.give_up),
        Act("stop", "asked", "failed", by=(HOLDER, CLOCK), do=acts.give_up),
        Act(
            "confirm",
            "measured",
            "confirmed",
            by=READERS,
            asks=inputs.Opinion,
            do=acts.confirm,
            sees=acts.seen_read,
            rules=CONFIRM_RULES,
        ),
        Act("hand_back", "measured", "returned", by=READERS, asks=inputs.Opinion, do=acts.hand_back),
        Act("revoke", "confirmed", "revoked", by=READERS, asks=inputs.Reason, do=acts.end),
        Act("supersede", "confirmed", "superseded", by=CLOCK, do=acts.end),
    ),
    clocks=(
        Clock(
            "answer",
            NaturalDays("house.measurement_answer"),
            runs_in={"asked"},
            then="stop",
            words=Words("等待节点测量", "time for the node to measure"),
            cite="HOUSE:deidentification",
        ),
        Clock(
            "review",
            WorkingDays("house.deidentification_review"),
            runs_in={"measured"},
            words=Words("报告审查期限", "time to review the report"),
            cite="HOUSE:deidentification",
        ),
    ),
    seats=(HOLDER,),
    seen_by=(*READERS, REGULATOR, REGISTRAR),
    held_by=(REGULATOR, DATA_AUTHORITY),
    labels={
        "asked": Words("节点测量中", "Being measured"),
        "measured": Words("待审查", "To be reviewed"),
        "confirmed": Words("已确认", "Confirmed"),
        "returned": Words("已退回", "Handed back"),
        "revoked": Words("已撤销", "Revoked"),
        "superseded": Words("已被新报告代替", "Superseded"),
        "failed": Words("没有测得", "Not measured"),
        "begin": Words("申请去标识化评估", "Ask for a report"),
        "give_up": Words("节点未能测量", "The node could not measure"),
        "stop": Words("停止等待测量", "Stop waiting for the node"),
        "confirm": Words("确认报告", "Confirm the report"),
        "hand_back": Words("退回", "Hand back"),
        "revoke": Words("撤销确认", "Revoke"),
        "supersede": Words("由新报告代替", "Superseded by a newer one"),
    },
    way=("asked", "measured", "confirmed"),
)

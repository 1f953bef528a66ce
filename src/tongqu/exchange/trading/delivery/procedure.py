"""Delivery: the Dataspace Protocol's transfer process, then inspection and acceptance.

Using is not accepting: only the consumer's act, a decision, or the end of the inspection period accepts.
"""

from tongqu.exchange.bedrock.procedures import (
    CLOCK,
    Act,
    Begin,
    Clock,
    NaturalDays,
    Procedure,
    Seat,
    Until,
    WorkingDays,
)
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import FINANCE, MEDIATOR, REGULATOR, REVIEWER
from tongqu.exchange.trading.delivery import acts, inputs
from tongqu.exchange.trading.delivery.rules import (
    REPORT_RULES,
    RESUME_RULES,
    START_RULES,
    a_grading_stopped_it,
    class_forbids_it,
    class_permits_this_delivery,
)

CONSUMER = Seat("consumer", "consumer_id", Words("买方", "consumer"), roles=frozenset({"buyer"}))
PROVIDER = Seat("provider", "provider_id", Words("提供方", "provider"), roles=frozenset({"supplier"}))
METERED = ("started", "suspended", "completing")

TRANSFER = Procedure(
    name="transfer",
    model="trading.Transfer",
    words=Words("交付", "Delivery"),
    starts="requested",
    ends=frozenset({"accepted", "terminated"}),
    begins=Begin(by=(CLOCK,), asks=inputs.OfContract, do=acts.request),
    seats=(CONSUMER, PROVIDER),
    seen_by=(REGULATOR, REVIEWER, MEDIATOR, FINANCE),
    held_by=(REGULATOR,),
    binds=True,
    acts=(
        Act("start", "requested", "started", by=(PROVIDER, CLOCK), do=acts.start, rules=START_RULES, sees=acts.seen_start),
        Act("collect", "started", None, by=CONSUMER, asks=inputs.Token, do=acts.collect),
        Act("name_key", "started", None, by=CONSUMER, asks=inputs.AcknowledgementKey, do=acts.name_key),
        Act("suspend", "started", "suspended", by=(PROVIDER, REVIEWER, REGULATOR), asks=inputs.Reason, do=acts.suspend),
        Act("resume", "suspended", "started", by=(PROVIDER, REVIEWER, REGULATOR), do=acts.resume,
            rules=RESUME_RULES, sees=acts.seen_resumption),
        Act("bar", "started", "suspended", by=CLOCK, asks=inputs.Graded, do=acts.bar, rules=(class_forbids_it,),
            sees=acts.seen_resumption, cite="SEC18:5", under_hold=True),
        Act("unbar", "suspended", "started", by=CLOCK, asks=inputs.Graded, do=acts.unbar,
            rules=(a_grading_stopped_it, class_permits_this_delivery), sees=acts.seen_resumption, cite="SEC18:5"),
        Act("meter", METERED, None, by=CLOCK, asks=inputs.Reported, do=acts.meter, rules=REPORT_RULES,
            sees=acts.seen_report, under_hold=True),
        Act("stop", ("started", "suspended"), "completing", by=(CONSUMER, PROVIDER, CLOCK), do=acts.stop, protects=True),
        Act("complete", "completing", "completed", by=CLOCK, do=acts.complete),
        Act("accept", "completed", "accepted", by=(CONSUMER, CLOCK), do=acts.accept, protects=True),
        Act("object", "completed", "objected", by=CONSUMER, asks=inputs.Objection, do=acts.object_to, protects=True),
        Act("answer", "objected", "completed", by=PROVIDER, asks=inputs.Reason, do=acts.give_reason, protects=True),
        Act("concede", "objected", "terminated", by=PROVIDER, asks=inputs.Reason, do=acts.terminate, protects=True),
        Act("uphold", "objected", "terminated", by=(MEDIATOR, REVIEWER), asks=inputs.Reason, do=acts.terminate),
        Act("dismiss", "objected", "accepted", by=(MEDIATOR, REVIEWER), asks=inputs.Reason, do=acts.decide_for_provider),
        Act("terminate", ("requested", "started", "suspended"), "terminated", by=(PROVIDER, REVIEWER, CLOCK),
            asks=inputs.Reason, do=acts.terminate),
        Act("freeze", ("started", "suspended"), None, by=CLOCK, do=acts.freeze, under_hold=True),
        Act("thaw", ("started", "suspended"), None, by=CLOCK, do=acts.thaw),
    ),
    clocks=(
        Clock("use", Until("use_ends_at"), runs_in={"started", "suspended"}, words=Words("使用期限", "period of use"),
              then="stop"),
        Clock("last_statement", WorkingDays("house.last_statement"), runs_in={"completing"},
              words=Words("最后一份结算单", "the last statement"), then="complete"),
        Clock("inspection", NaturalDays(column="inspection_days"), runs_in={"completed"}, afresh=True,
              words=Words("检验期", "period of inspection"), then="accept"),
        Clock("answer", WorkingDays("house.objection_answer"), runs_in={"objected"}, afresh=True,
              words=Words("答复异议", "answer to the objection")),
    ),
    labels={
        "requested": Words("待开始", "Requested"),
        "started": Words("交付中", "Started"),
        "suspended": Words("已暂停", "Suspended"),
        "completing": Words("等待最后结算单", "Awaiting the last statement"),
        "completed": Words("检验中", "Completed, under inspection"),
        "objected": Words("买方有异议", "Objected"),
        "accepted": Words("已验收", "Accepted"),
        "terminated": Words("已终止", "Terminated"),
        "begin": Words("提出交付", "Request"),
        "start": Words("开始交付", "Start"),
        "collect": Words("设定调用口令", "Set the call token"),
        "name_key": Words("登记确认密钥", "Register the acknowledgement key"),
        "suspend": Words("暂停", "Suspend"),
        "resume": Words("恢复", "Resume"),
        "bar": Words("定级变更，停止交付", "Stop: the grading changed"),
        "unbar": Words("重新定级后恢复", "Go on after a re-grading"),
        "meter": Words("计量", "Meter"),
        "stop": Words("结束使用", "End use"),
        "complete": Words("交付完成", "Complete"),
        "accept": Words("验收", "Accept"),
        "object": Words("提出异议", "Object"),
        "answer": Words("答复并请再检验", "Answer and ask to inspect again"),
        "concede": Words("承认异议，终止并退款", "Concede: terminate and refund"),
        "uphold": Words("异议成立，终止并退款", "Uphold: terminate and refund"),
        "dismiss": Words("异议不成立，视为验收", "Dismiss: deemed accepted"),
        "terminate": Words("终止交付并退款", "Terminate and refund"),
        "freeze": Words("冻结许可", "Freeze the permit"),
        "thaw": Words("恢复许可", "Restore the permit"),
    },
    way=("requested", "started", "completing", "completed", "accepted"),
)  # fmt: skip

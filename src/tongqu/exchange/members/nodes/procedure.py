"""A data node as a table."""

from __future__ import annotations

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, Until
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_MERCHANT, EXCHANGE_ADMINISTRATOR, REGULATOR, REVIEWER, SUPPLIER
from tongqu.exchange.members.nodes import acts, inputs, queries, rules
from tongqu.exchange.members.nodes.models import LIVE

PROVIDER = Seat(
    "provider", "provider_id", Words("数据提供方", "provider of the node"),
    roles=frozenset({"supplier", "data_merchant", "exchange_administrator"}),
)  # fmt: skip
WARDENS = (EXCHANGE_ADMINISTRATOR, REGULATOR)
OPEN = frozenset({"enrolling", "active", "suspended"})

NODE = Procedure(
    name="node",
    model="members.Node",
    words=Words("数据节点", "Data node"),
    starts="enrolling",
    ends=frozenset({"retired"}),
    begins=Begin(
        by=(SUPPLIER, DATA_MERCHANT, EXCHANGE_ADMINISTRATOR), asks=inputs.Enrol, do=acts.enrol,
        sees=queries.enrolment_seen, rules=(rules.node_of_a_member, rules.enrolment_period),
    ),
    acts=(
        Act(
            "register", "enrolling", "active", by=CLOCK, asks=inputs.Registering, do=acts.register,
            sees=queries.registration_seen, rules=(rules.node_key_is_new,),
        ),
        Act(
            "renew", ("enrolling", "active"), "enrolling", by=PROVIDER, asks=inputs.Renew, do=acts.renew,
            sees=queries.renewal_seen, rules=(rules.enrolment_period,),
        ),
        Act(
            "note_drift", LIVE, None, by=PROVIDER, do=acts.note_drift, sees=acts.seen_note,
            rules=(rules.a_change_is_not_noted_yet,), under_hold=True,
        ),
        Act("update", OPEN, None, by=PROVIDER, asks=inputs.Update, do=acts.update),
        Act(
            "rekey", LIVE, None, by=CLOCK, asks=inputs.Rekeying, do=acts.rekey, sees=queries.registration_seen,
            rules=(rules.node_key_is_new,), under_hold=True,
        ),
        # What a node tells is written down under a hold too: the hold stops its service, not its reports.
        Act("declare", LIVE, None, by=CLOCK, asks=inputs.Declare, do=acts.declare, under_hold=True),
        Act("measured", LIVE, None, by=CLOCK, asks=inputs.Measured, do=acts.take_profile, under_hold=True),
        Act("examined", LIVE, None, by=CLOCK, asks=inputs.Examined, do=acts.take_examination, under_hold=True),
        Act("failed", LIVE, None, by=CLOCK, asks=inputs.Failed, do=acts.take_failure, under_hold=True),
        Act("suspend", "active", "suspended", by=WARDENS, asks=inputs.Reason, do=acts.give_reason),
        Act("resume", "suspended", "active", by=WARDENS, asks=inputs.Reason, do=acts.give_reason),
        Act("retire", OPEN, "retired", by=(PROVIDER, EXCHANGE_ADMINISTRATOR), asks=inputs.Reason, do=acts.give_reason),
    ),
    clocks=(
        Clock(
            "enrolment", Until("enrolment_until_at"), runs_in={"enrolling"}, afresh=True,
            words=Words("注册期限", "time to register"),
        ),
    ),
    seats=(PROVIDER,),
    seen_by=(EXCHANGE_ADMINISTRATOR, REGULATOR, REVIEWER),
    held_by=(REGULATOR,),
    labels={
        "enrolling": Words("待注册", "Enrolling"),
        "active": Words("在线服务", "Active"),
        "suspended": Words("已暂停", "Suspended"),
        "retired": Words("已退役", "Retired"),
        "begin": Words("设节点", "Enrol a node"),
        "register": Words("节点注册", "Register"),
        "rekey": Words("更换密钥", "Change of key"),
        "renew": Words("重新发放注册密钥", "Fresh enrolment key"),
        "note_drift": Words("知悉数据变更", "Take note of the change"),
        "update": Words("变更资料", "Update"),
        "declare": Words("申报数据源", "Declare sources"),
        "measured": Words("测量完成", "Measured"),
        "examined": Words("专项测量完成", "Examined"),
        "failed": Words("任务失败", "Task failed"),
        "suspend": Words("暂停", "Suspend"),
        "resume": Words("恢复", "Resume"),
        "retire": Words("退役", "Retire"),
    },
    way=("enrolling", "active"),
)  # fmt: skip

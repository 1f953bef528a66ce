"""A subscription of a city or county to its part of a province's data, and an edition that is divided among them, as tables."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Actor, Begin, Clock, Procedure, Seat, Until, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import BUYER, DATA_AUTHORITY, REGULATOR, SUPPLIER
from tongqu.exchange.registry.flowback import acts, inputs, rules
from tongqu.exchange.registry.flowback.models import Edition, Subscription

SUBSCRIBER = Seat(
    "subscriber",
    "subscriber_id",
    Words("订阅部门", "subscriber"),
    roles=frozenset({"supplier", "buyer", "data_authority"}),
)
PROVIDER = Seat("provider", "provider_id", Words("提供部门", "provider"), roles=frozenset({"supplier"}))
OPEN = ("asked", "agreed", "active", "late", "paused")


def portion_opens(row: Subscription, by: Actor) -> bool:
    """The rows of a territory are its subscriber's and its provider's."""
    return by.party is not None and by.party in {row.subscriber_id, row.provider_id}


def file_opens(row: Edition, by: Actor) -> bool:
    """The whole file has the rows of everybody."""
    return by.party is not None and by.party == row.provider_id


SUBSCRIPTION = Procedure(
    name="subscription",
    model="registry.Subscription",
    words=Words("回流订阅", "Flow-back subscription"),
    cite="HOUSE:flowback",
    starts="asked",
    ends=frozenset({"declined", "withdrawn", "ended"}),
    begins=Begin(
        by=(SUPPLIER, BUYER, DATA_AUTHORITY), asks=inputs.Subscription, do=acts.subscribe, rules=rules.SUBSCRIPTION_RULES,
        sees=acts.seen_subscription,
    ),
    seats=(SUBSCRIBER, PROVIDER),
    seen_by=(DATA_AUTHORITY, REGULATOR),
    held_by=(DATA_AUTHORITY, REGULATOR),
    opens=portion_opens,
    acts=(
        Act("agree", "asked", "agreed", by=PROVIDER, do=acts.agree),
        Act("decline", "asked", "declined", by=PROVIDER, asks=inputs.Reason, do=acts.give_reason),
        Act("withdraw", "asked", "withdrawn", by=SUBSCRIBER, asks=inputs.Reason, do=acts.give_reason),
        Act("deliver", ("agreed", "active", "late"), "active", by=CLOCK, asks=inputs.Delivered, do=acts.deliver),
        Act("fall_late", ("agreed", "active"), "late", by=CLOCK, do=acts.fall_late),
        Act(
            "postpone", "late", "agreed", by=PROVIDER, asks=inputs.Postponed, do=acts.postpone,
            rules=(rules.put_off_by_a_cycle_at_most,), sees=acts.seen_postponed,
        ),
        Act(
            "pause", ("agreed", "active", "late"), "paused", by=(SUBSCRIBER, PROVIDER), asks=inputs.Reason,
            do=acts.give_reason,
        ),
        Act("resume", "paused", "agreed", by=(SUBSCRIBER, PROVIDER), do=acts.agree),
        Act(
            "end", ("agreed", "active", "late", "paused"), "ended", by=(SUBSCRIBER, PROVIDER), asks=inputs.Reason,
            do=acts.give_reason,
        ),
        Act("fall_away", OPEN, "ended", by=CLOCK),
    ),
    clocks=(
        Clock(
            "answer", WorkingDays("house.flowback_answer"), runs_in={"asked"}, words=Words("答复期限", "time to answer"),
            cite="HOUSE:flowback",
        ),
        Clock(
            "cycle", Until("due_at"), runs_in={"agreed", "active"}, afresh=True, waits=True, then="fall_late",
            words=Words("下一次交付", "next edition"), cite="HOUSE:flowback",
        ),
    ),
    labels={
        "asked": Words("待答复", "To be answered"),
        "agreed": Words("同意，待交付", "Agreed, edition awaited"),
        "active": Words("已交付，按周期更新", "Delivered, updated by cycle"),
        "late": Words("超期未交付", "Late"),
        "paused": Words("暂停", "Paused"),
        "declined": Words("不同意", "Declined"),
        "withdrawn": Words("已撤回", "Withdrawn"),
        "ended": Words("已结束", "Ended"),
        "begin": Words("订阅回流", "Subscribe"),
        "agree": Words("同意订阅", "Agree"),
        "decline": Words("不同意订阅", "Decline"),
        "withdraw": Words("撤回订阅", "Withdraw"),
        "deliver": Words("交付本区划数据", "Deliver this territory's data"),
        "fall_late": Words("超过约定周期未交付", "No edition came in its cycle"),
        "postpone": Words("说明迟延并改期", "Say why it is late and when it comes"),
        "pause": Words("暂停订阅", "Pause"),
        "resume": Words("恢复订阅", "Resume"),
        "end": Words("结束订阅", "End"),
        "fall_away": Words("资源撤出目录，订阅结束", "Ends: the resource left the catalogue"),
    },
    way=("asked", "agreed", "active"),
)  # fmt: skip

EDITION = Procedure(
    name="edition",
    model="registry.Edition",
    words=Words("回流版本", "Edition for flow-back"),
    cite="HOUSE:flowback",
    starts="dividing",
    ends=frozenset({"delivered", "failed", "withdrawn"}),
    begins=Begin(
        by=(SUPPLIER,), asks=inputs.Edition, do=acts.hand_in, rules=rules.EDITION_RULES, sees=acts.seen_edition
    ),
    seats=(PROVIDER,),
    seen_by=(DATA_AUTHORITY, REGULATOR),
    opens=file_opens,
    acts=(
        Act("finish", "dividing", "delivered", by=CLOCK, asks=inputs.Divided, do=acts.finish),
        Act("fail", "dividing", "failed", by=CLOCK, asks=inputs.Unreadable, do=acts.give_reason),
        Act("withdraw", "dividing", "withdrawn", by=PROVIDER, asks=inputs.Reason, do=acts.give_reason),
    ),
    labels={
        "dividing": Words("按区划分发中", "Being divided"),
        "delivered": Words("已分发", "Delivered"),
        "failed": Words("文件不能分发", "The file cannot be divided"),
        "withdrawn": Words("已撤回", "Withdrawn"),
        "begin": Words("交付新版本", "Hand in an edition"),
        "finish": Words("分发完成", "Divided and delivered"),
        "fail": Words("退回文件", "Return the file"),
        "withdraw": Words("撤回版本", "Withdraw the edition"),
    },
    way=("dividing", "delivered"),
)  # fmt: skip

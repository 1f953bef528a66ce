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
AT_WORK = ("dividing", "mending")
OPEN = ("asked", "agreed", "active", "late", "paused", "suspended")


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
        Act("pass_over", ("agreed", "active", "late"), None, by=CLOCK, asks=inputs.PassedOver, do=acts.pass_over),
        Act(
            "name_column", OPEN[1:], None, by=PROVIDER, asks=inputs.ColumnNamed, do=acts.name_column,
            rules=(rules.another_column_is_an_element,), sees=acts.seen_column,
        ),
        Act("fall_late", ("agreed", "active"), "late", by=CLOCK, do=acts.fall_late),
        Act(
            "postpone", "late", "agreed", by=PROVIDER, asks=inputs.Postponed, do=acts.postpone,
            rules=(rules.put_off_by_a_cycle_at_most,), sees=acts.seen_postponed,
        ),
        Act(
            "pause", ("agreed", "active", "late"), "paused", by=SUBSCRIBER, asks=inputs.Reason, do=acts.give_reason,
        ),
        Act("resume", "paused", "agreed", by=SUBSCRIBER, do=acts.agree),
        Act("suspend", ("agreed", "active", "late"), "suspended", by=PROVIDER, asks=inputs.Reason, do=acts.give_reason),
        Act("go_on", "suspended", "agreed", by=PROVIDER, do=acts.go_on),
        Act(
            "end", OPEN[1:], "ended", by=(SUBSCRIBER, PROVIDER), asks=inputs.Reason,
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
        "suspended": Words("提供部门中止交付", "Suspended by the provider"),
        "declined": Words("不同意", "Declined"),
        "withdrawn": Words("已撤回", "Withdrawn"),
        "ended": Words("已结束", "Ended"),
        "begin": Words("订阅回流", "Subscribe"),
        "agree": Words("同意订阅", "Agree"),
        "decline": Words("不同意订阅", "Decline"),
        "withdraw": Words("撤回订阅", "Withdraw"),
        "deliver": Words("交付本区划数据", "Deliver this territory's data"),
        "pass_over": Words("版本没有送达，其余订阅照发", "An edition missed it, and went to the others"),
        "name_column": Words("改用另一区划列", "Name another column of the division code"),
        "fall_late": Words("超过约定周期未交付", "No edition came in its cycle"),
        "postpone": Words("说明迟延并改期", "Say why it is late and when it comes"),
        "pause": Words("暂停订阅", "Pause"),
        "resume": Words("恢复订阅", "Resume"),
        "suspend": Words("中止交付", "Suspend"),
        "go_on": Words("恢复交付", "Go on"),
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
    ends=frozenset({"delivered", "failed", "withdrawn", "closed"}),
    begins=Begin(
        by=(SUPPLIER,), asks=inputs.Edition, do=acts.hand_in, rules=rules.EDITION_RULES, sees=acts.seen_edition
    ),
    seats=(PROVIDER,),
    seen_by=(DATA_AUTHORITY, REGULATOR),
    opens=file_opens,
    acts=(
        Act("finish", AT_WORK, "delivered", by=CLOCK, asks=inputs.Divided, do=acts.finish),
        Act("finish_in_part", AT_WORK, "partial", by=CLOCK, asks=inputs.Divided, do=acts.finish),
        Act(
            "supplement", "partial", "mending", by=PROVIDER, asks=inputs.Supplement, do=acts.supplement,
            rules=(rules.the_edition_is_ones_own,), sees=acts.seen_supplement,
        ),
        Act("divide_anew", "partial", "mending", by=CLOCK, do=acts.divide_anew),
        Act("hand_back", "mending", "partial", by=CLOCK, asks=inputs.Unreadable, do=acts.give_reason),
        Act("close", "partial", "closed", by=PROVIDER, asks=inputs.Reason, do=acts.give_reason),
        Act("fail", "dividing", "failed", by=CLOCK, asks=inputs.Unreadable, do=acts.give_reason),
        Act("withdraw", "dividing", "withdrawn", by=PROVIDER, asks=inputs.Reason, do=acts.give_reason),
    ),
    labels={
        "dividing": Words("按区划分发中", "Being divided"),
        "delivered": Words("已分发", "Delivered"),
        "partial": Words("部分分发，有订阅没有收到", "Delivered in part, somebody was missed"),
        "mending": Words("补发中", "Following for those it missed"),
        "closed": Words("部分分发，其余不再补交", "Delivered in part, and left at that"),
        "failed": Words("文件不能分发", "The file cannot be divided"),
        "withdrawn": Words("已撤回", "Withdrawn"),
        "begin": Words("交付新版本", "Hand in an edition"),
        "finish": Words("分发完成", "Divided and delivered"),
        "finish_in_part": Words("分发完成，有订阅没有收到", "Divided, somebody was missed"),
        "supplement": Words("为没有收到的订阅补交文件", "Hand in a file for those it missed"),
        "divide_anew": Words("约定的列已改，补发", "Divided anew for a column that was changed"),
        "hand_back": Words("退回补交的文件", "Return the file that was to mend it"),
        "close": Words("不再补交", "Leave it at that"),
        "fail": Words("退回文件", "Return the file"),
        "withdraw": Words("撤回版本", "Withdraw the edition"),
    },
    way=("dividing", "delivered"),
)  # fmt: skip

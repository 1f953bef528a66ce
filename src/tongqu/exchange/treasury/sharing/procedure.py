"""Share plans, agreed by every holder; and distributions, made once for each release (plan, work 13)."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Procedure, Seat
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import BUYER, FINANCE, REGULATOR, SUPPLIER
from tongqu.exchange.treasury.sharing import acts, inputs
from tongqu.exchange.treasury.sharing.rules import a_plan_leaves_trusts_their_part, parties_agree

PROVIDER = Seat("provider", "provider_id", Words("提供方", "provider"), roles=frozenset({"supplier"}))

SHARE_PLAN = Procedure(
    name="share_plan",
    model="treasury.SharePlan",
    words=Words("收益分配方案", "Share plan"),
    cite="SEED:13",
    starts="proposed",
    ends=frozenset({"replaced", "withdrawn"}),
    begins=Begin(
        by=(SUPPLIER,),
        asks=inputs.Plan,
        do=acts.propose,
        rules=(parties_agree, a_plan_leaves_trusts_their_part),
        sees=acts.seen,
    ),
    seats=(PROVIDER,),
    seen_by=(FINANCE, REGULATOR),
    acts=(
        Act(
            "agree",
            "proposed",
            None,
            by=(SUPPLIER, BUYER),
            do=acts.agree,
            rules=(parties_agree, a_plan_leaves_trusts_their_part),
            sees=acts.seen,
        ),
        Act(
            "take_effect", "proposed", "in_force", by=CLOCK, do=acts.take_effect, rules=(parties_agree,), sees=acts.seen
        ),
        Act("withdraw", "proposed", "withdrawn", by=PROVIDER, asks=inputs.Reason, do=acts.give_reason),
        Act("replace", "in_force", "replaced", by=CLOCK),
    ),
    labels={
        "proposed": Words("待各方确认", "Proposed"),
        "in_force": Words("生效", "In force"),
        "replaced": Words("已被替换", "Replaced"),
        "withdrawn": Words("已撤回", "Withdrawn"),
        "begin": Words("提出方案", "Propose"),
        "agree": Words("确认", "Agree"),
        "take_effect": Words("各方确认后生效", "Take effect once all agree"),
        "withdraw": Words("撤回", "Withdraw"),
        "replace": Words("由新方案替换", "Replace by a new plan"),
    },
    way=("proposed", "in_force"),
)

DISTRIBUTION = Procedure(
    name="distribution",
    model="treasury.Distribution",
    words=Words("收益分配", "Distribution"),
    cite="SEED:13",
    starts="distributed",
    ends=frozenset({"distributed"}),
    begins=Begin(by=(CLOCK,), asks=inputs.OfSettlement, do=acts.distribute),
    seats=(PROVIDER,),
    seen_by=(FINANCE, REGULATOR),
    acts=(),
    labels={"distributed": Words("已分配", "Distributed"), "begin": Words("分配", "Distribute")},
    way=("distributed",),
)

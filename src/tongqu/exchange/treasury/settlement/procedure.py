"""The escrow of a deal: awaiting funds, held, then released or refunded. Only the house moves it, after the parties' acts."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Procedure, Seat
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import FINANCE, REGULATOR
from tongqu.exchange.treasury.settlement import acts, inputs
from tongqu.exchange.treasury.settlement.rules import charge_is_within_the_hold, deal_awaits_its_money

CONSUMER = Seat("consumer", "consumer_id", Words("买方", "consumer"))
PROVIDER = Seat("provider", "provider_id", Words("提供方", "provider"))

SETTLEMENT = Procedure(
    name="settlement",
    model="treasury.Settlement",
    words=Words("资金结算", "Settlement"),
    starts="awaiting_funds",
    ends=frozenset({"released", "refunded", "cancelled"}),
    begins=Begin(by=(CLOCK,), asks=inputs.OfNegotiation, do=acts.open_for),
    seats=(CONSUMER, PROVIDER),
    seen_by=(FINANCE, REGULATOR),
    held_by=(REGULATOR,),
    binds=True,
    acts=(
        Act("reserve", "awaiting_funds", "held", by=CLOCK, do=acts.hold, rules=(deal_awaits_its_money,), sees=acts.seen_hold),
        Act("cancel", "awaiting_funds", "cancelled", by=CLOCK),
        Act("release", "held", "released", by=CLOCK, asks=inputs.Charged, do=acts.release,
            rules=(charge_is_within_the_hold,), sees=acts.seen_charge),
        Act("refund", "held", "refunded", by=CLOCK, do=acts.refund),
    ),
    labels={
        "awaiting_funds": Words("待备款", "Awaiting funds"),
        "held": Words("资金已冻结", "Held"),
        "released": Words("已付款", "Released"),
        "refunded": Words("已退回", "Refunded"),
        "cancelled": Words("已取消", "Cancelled"),
        "begin": Words("开立", "Open"),
        "reserve": Words("冻结资金", "Hold the money"),
        "cancel": Words("取消", "Cancel"),
        "release": Words("付款", "Release"),
        "refund": Words("退回", "Refund"),
    },
    way=("awaiting_funds", "held", "released"),
)  # fmt: skip

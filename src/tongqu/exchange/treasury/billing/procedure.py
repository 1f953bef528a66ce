"""A bill: made when a delivery is accepted, settled when its money is released."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Procedure, Seat
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import FINANCE, REGULATOR
from tongqu.exchange.treasury.billing import acts, inputs

CONSUMER = Seat("consumer", "consumer_id", Words("买方", "consumer"))
PROVIDER = Seat("provider", "provider_id", Words("提供方", "provider"))

BILL = Procedure(
    name="bill",
    model="treasury.Bill",
    words=Words("账单", "Bill"),
    starts="made",
    ends=frozenset({"settled"}),
    begins=Begin(by=(CLOCK,), asks=inputs.OfTransfer, do=acts.make),
    seats=(CONSUMER, PROVIDER),
    seen_by=(FINANCE, REGULATOR),
    binds=True,
    acts=(Act("settle", "made", "settled", by=CLOCK),),
    labels={
        "made": Words("已出账", "Made"),
        "settled": Words("已结清", "Settled"),
        "begin": Words("出账", "Make the bill"),
        "settle": Words("结清", "Settle"),
    },
    way=("made", "settled"),
)

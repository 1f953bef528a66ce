"""The life of a contract: in force until it is performed, or ended early by either side with a reason."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, Until
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import FINANCE, REGULATOR, REVIEWER
from tongqu.exchange.trading.contracts import acts, inputs
from tongqu.exchange.trading.contracts.rules import the_other_side_agrees

CONSUMER = Seat("consumer", "consumer_id", Words("买方", "consumer"), roles=frozenset({"buyer"}))
PROVIDER = Seat("provider", "provider_id", Words("提供方", "provider"), roles=frozenset({"supplier"}))

CONTRACT = Procedure(
    name="contract",
    model="trading.Contract",
    words=Words("合同", "Contract"),
    starts="in_force",
    ends=frozenset({"performed", "terminated"}),
    begins=Begin(by=(CLOCK,), asks=inputs.InForce, do=acts.come_into_force),
    seats=(CONSUMER, PROVIDER),
    seen_by=(REGULATOR, REVIEWER, FINANCE),
    held_by=(REGULATOR,),
    binds=True,
    acts=(
        Act("perform", ("in_force", "ending"), "performed", by=CLOCK),
        Act("propose_end", "in_force", "ending", by=(CONSUMER, PROVIDER), asks=inputs.Reason, do=acts.propose, protects=True),
        Act("keep", "ending", "in_force", by=(CONSUMER, PROVIDER), do=acts.keep,
            rules=(the_other_side_agrees,), sees=acts.ending, protects=True),
        Act("terminate", "ending", "terminated", by=(CONSUMER, PROVIDER, REVIEWER), asks=inputs.Reason,
            do=acts.give_reason, rules=(the_other_side_agrees,), sees=acts.ending, protects=True),
        Act("end_period", ("in_force", "ending"), None, by=CLOCK, do=acts.end_period),
        Act("end", ("in_force", "ending"), "terminated", by=CLOCK, asks=inputs.Reason, do=acts.give_reason),
    ),
    clocks=(
        Clock("period", Until("ends_at"), runs_in={"in_force", "ending"}, words=Words("使用期限", "period of use"),
              then="end_period"),
    ),
    labels={
        "in_force": Words("履行中", "In force"),
        "ending": Words("协商解除", "Ending"),
        "performed": Words("已履行完毕", "Performed"),
        "terminated": Words("已解除", "Terminated"),
        "begin": Words("生效", "Comes into force"),
        "perform": Words("履行完毕", "Perform"),
        "propose_end": Words("提出解除", "Propose to end"),
        "keep": Words("撤回，继续履行", "Keep in force"),
        "terminate": Words("同意解除", "Agree to end"),
        "end_period": Words("使用期满", "The period of use ends"),
        "end": Words("随交付终止而解除", "End with the delivery"),
    },
    way=("in_force", "performed"),
)  # fmt: skip

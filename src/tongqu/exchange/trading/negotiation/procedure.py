"""Contract negotiation, with the states and acts of the Dataspace Protocol 2025-1."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import BUYER, REGULATOR, REVIEWER
from tongqu.exchange.trading.negotiation import acts, inputs
from tongqu.exchange.trading.negotiation.rules import DEAL_RULES, SIGNING_RULES, standing_instruction_covers

CONSUMER = Seat("consumer", "consumer_id", Words("买方", "consumer"), roles=frozenset({"buyer"}))
PROVIDER = Seat("provider", "provider_id", Words("提供方", "provider"), roles=frozenset({"supplier"}))
OPEN = frozenset({"requested", "offered", "accepted", "agreed", "verified"})

NEGOTIATION = Procedure(
    name="negotiation",
    model="trading.Negotiation",
    words=Words("合同协商", "Contract negotiation"),
    starts="requested",
    ends=frozenset({"finalized", "terminated"}),
    begins=Begin(by=(BUYER,), asks=inputs.Request, do=acts.request, rules=DEAL_RULES, sees=acts.seen),
    seats=(CONSUMER, PROVIDER),
    seen_by=(REGULATOR, REVIEWER),
    held_by=(REGULATOR,),
    binds=True,
    acts=(
        Act("offer", "requested", "offered", by=PROVIDER, asks=inputs.Terms, do=acts.table, rules=DEAL_RULES, sees=acts.seen),
        Act("counter", "offered", "requested", by=CONSUMER, asks=inputs.Terms, do=acts.table, rules=DEAL_RULES, sees=acts.seen),
        Act("accept", "offered", "accepted", by=CONSUMER),
        Act("agree", ("requested", "accepted"), "agreed", by=(PROVIDER, CLOCK), asks=inputs.Signature, do=acts.agree,
            rules=(*DEAL_RULES, standing_instruction_covers), sees=acts.seen, cite="ESIG:13"),
        Act("verify", "agreed", "verified", by=CONSUMER, asks=inputs.Signature, do=acts.verify, rules=SIGNING_RULES,
            sees=acts.seen, cite="ESIG:13"),
        Act("finalize", "verified", "finalized", by=CLOCK, rules=SIGNING_RULES, sees=acts.seen),
        Act("fall_through", "verified", "terminated", by=CLOCK, asks=inputs.Failed, do=acts.give_reason),
        Act("terminate", OPEN, "terminated", by=(CONSUMER, PROVIDER), asks=inputs.Reason, do=acts.give_reason, protects=True),
        Act("lapse", OPEN, "terminated", by=CLOCK, do=acts.lapse),
    ),
    clocks=(
        Clock("answer", WorkingDays("house.negotiation_answer"), runs_in={"requested", "offered", "accepted", "agreed"},
              afresh=True, words=Words("答复期限", "time to answer"), then="lapse"),
        Clock("funding", WorkingDays("house.funding"), runs_in={"verified"},
              words=Words("备款期限", "time to fund"), then="lapse"),
    ),
    labels={
        "requested": Words("买方已提出", "Requested"),
        "offered": Words("提供方已报价", "Offered"),
        "accepted": Words("买方已接受", "Accepted"),
        "agreed": Words("提供方已签", "Agreed"),
        "verified": Words("双方已签", "Verified"),
        "finalized": Words("已成交", "Finalized"),
        "terminated": Words("已终止", "Terminated"),
        "begin": Words("提出购买", "Request"),
        "offer": Words("报价", "Offer"),
        "counter": Words("还价", "Counter-offer"),
        "accept": Words("接受报价", "Accept"),
        "agree": Words("同意并签署", "Agree and sign"),
        "verify": Words("核对并签署", "Verify and sign"),
        "finalize": Words("资金到位，成交", "Finalize once the money is held"),
        "fall_through": Words("不再符合成交条件，终止", "Falls through: it no longer complies"),
        "terminate": Words("终止协商", "Terminate"),
        "lapse": Words("逾期终止", "Lapse"),
    },
    way=("requested", "offered", "accepted", "agreed", "verified", "finalized"),
)  # fmt: skip

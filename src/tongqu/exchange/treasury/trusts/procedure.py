"""A trust's money divided among its mandates, once a day at most; and a person's claim, paid out by two people of finance."""

from tongqu.exchange.bedrock.procedures import ANYONE, Act, Begin, Clock, Individual, Procedure, Seat, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import BUYER, DATA_AUTHORITY, DATA_MERCHANT, FINANCE, REGULATOR, SUPPLIER
from tongqu.exchange.treasury.trusts import acts, inputs, rules

TRUSTEE = Seat("trustee", "trustee_id", Words("受托者", "trustee"))
PERSON = Individual("person", "person_id", Words("本人", "the person"))

TRUST_DISTRIBUTION = Procedure(
    name="trust_distribution",
    model="treasury.TrustDistribution",
    words=Words("信托收益分配", "Division of a trust's money"),
    cite="HOUSE:trust",
    starts="divided",
    ends=frozenset({"divided"}),
    begins=Begin(
        by=(SUPPLIER, DATA_MERCHANT, BUYER, FINANCE), asks=inputs.OfTrust, do=acts.divide,
        rules=(rules.the_trustee_divides, rules.each_mandate_gets_a_fen), sees=acts.seen_division,
    ),
    seats=(TRUSTEE,),
    seen_by=(FINANCE, REGULATOR, DATA_AUTHORITY),
    acts=(),
    labels={"divided": Words("已分配", "Divided"), "begin": Words("分配信托收益", "Divide what the trust holds")},
    way=("divided",),
)  # fmt: skip

TRUST_CLAIM = Procedure(
    name="trust_claim",
    model="treasury.TrustClaim",
    words=Words("信托收益领取", "Claim on a trust"),
    cite="HOUSE:trust",
    starts="requested",
    ends=frozenset({"paid", "refused", "cancelled"}),
    begins=Begin(
        by=(ANYONE,), asks=inputs.Claim, do=acts.request, rules=(rules.a_claim_is_of_ones_own,), sees=acts.seen_request,
        second_factor=True,
    ),
    individuals=(PERSON,),
    seen_by=(FINANCE,),
    acts=(
        Act("approve", "requested", "approved", by=FINANCE, do=acts.approve, rules=(rules.nobody_pays_a_claim_alone,),
            sees=acts.seen),
        Act("pay", "approved", "paid", by=FINANCE, asks=inputs.Paid, do=acts.pay,
            rules=(rules.nobody_pays_a_claim_alone, rules.a_claims_payment_is_new), sees=acts.seen),
        Act("refuse", ("requested", "approved"), "refused", by=FINANCE, asks=inputs.Reason, do=acts.refuse),
        Act("cancel", "requested", "cancelled", by=PERSON, asks=inputs.Reason, do=acts.cancel),
    ),
    clocks=(
        Clock("pay", WorkingDays("house.trust_claim"), runs_in={"requested", "approved"},
              words=Words("办理领取", "time to pay the claim")),
    ),
    labels={
        "requested": Words("待复核", "Requested"),
        "approved": Words("待付款", "Approved"),
        "paid": Words("已付款", "Paid"),
        "refused": Words("已驳回", "Refused"),
        "cancelled": Words("已撤回", "Cancelled"),
        "begin": Words("领取收益", "Claim what is owed"),
        "approve": Words("复核同意", "Approve"),
        "pay": Words("登记银行付款", "Record the bank's payment"),
        "refuse": Words("驳回，退回可领取", "Refuse; it can be claimed again"),
        "cancel": Words("撤回", "Take back"),
    },
    way=("requested", "approved", "paid"),
)  # fmt: skip

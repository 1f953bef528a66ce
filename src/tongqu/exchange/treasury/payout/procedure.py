"""A payout: requested by a party, approved by one person of finance, paid by another; reserved money all the way."""

from tongqu.exchange.bedrock.procedures import Act, Begin, Clock, Procedure, Seat, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import ADMINISTRATOR, BUYER, FINANCE, REGULATOR, SUPPLIER
from tongqu.exchange.treasury.payout import acts, inputs
from tongqu.exchange.treasury.payout.rules import bank_payment_is_new, nobody_pays_alone, who_may_take_money_out

PARTY = Seat("party", "party_id", Words("收款单位", "party paid out"))

PAYOUT = Procedure(
    name="payout",
    model="treasury.Payout",
    words=Words("提现", "Payout"),
    cite="HOUSE:payout",
    starts="requested",
    ends=frozenset({"paid", "refused", "cancelled"}),
    begins=Begin(by=(SUPPLIER, BUYER, ADMINISTRATOR, FINANCE), asks=inputs.Request, do=acts.request, rules=(who_may_take_money_out,),
                 sees=acts.seen, second_factor=True),
    seats=(PARTY,),
    seen_by=(FINANCE, REGULATOR),
    held_by=(REGULATOR,),
    binds=True,
    acts=(
        Act("approve", "requested", "approved", by=FINANCE, do=acts.approve,
            rules=(who_may_take_money_out, nobody_pays_alone), sees=acts.seen),
        Act("pay", "approved", "paid", by=FINANCE, asks=inputs.Paid, do=acts.pay,
            rules=(nobody_pays_alone, bank_payment_is_new), sees=acts.seen),
        Act("refuse", ("requested", "approved"), "refused", by=FINANCE, asks=inputs.Reason, do=acts.refuse),
        Act("cancel", "requested", "cancelled", by=PARTY, asks=inputs.Reason, do=acts.cancel),
    ),
    clocks=(
        Clock("pay", WorkingDays("house.payout"), runs_in={"requested", "approved"},
              words=Words("办理提现", "time to pay out")),
    ),
    labels={
        "requested": Words("待复核", "Requested"),
        "approved": Words("待付款", "Approved"),
        "paid": Words("已付款", "Paid"),
        "refused": Words("已驳回", "Refused"),
        "cancelled": Words("已撤回", "Cancelled"),
        "begin": Words("申请提现", "Ask for a payout"),
        "approve": Words("复核同意", "Approve"),
        "pay": Words("登记银行付款", "Record the bank's payment"),
        "refuse": Words("驳回，退回可用余额", "Refuse, and free the money"),
        "cancel": Words("撤回", "Take back"),
    },
    way=("requested", "approved", "paid"),
)  # fmt: skip

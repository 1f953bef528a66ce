"""A bank line: received, then credited to a party (by its credit code, or by finance), or returned to the payer."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import FINANCE, REGULATOR
from tongqu.exchange.treasury.deposits import acts, inputs
from tongqu.exchange.treasury.deposits.rules import credited_party_is_a_member

PARTY = Seat("party", "party_id", Words("入账单位", "credited party"))

DEPOSIT = Procedure(
    name="deposit",
    model="treasury.Deposit",
    words=Words("入金", "Deposit"),
    starts="received",
    ends=frozenset({"credited", "returned"}),
    begins=Begin(by=(FINANCE,), asks=inputs.BankLine, do=acts.receive),
    seats=(PARTY,),
    seen_by=(FINANCE, REGULATOR),
    acts=(
        Act("match", "received", "credited", by=CLOCK, asks=inputs.Matched, do=acts.credit,
            rules=(credited_party_is_a_member,), sees=acts.seen_credit),
        Act("assign", "received", "credited", by=FINANCE, asks=inputs.Assigned, do=acts.credit,
            rules=(credited_party_is_a_member,), sees=acts.seen_credit),
        Act("send_back", "received", "returned", by=FINANCE, asks=inputs.Reason, do=acts.send_back),
    ),
    clocks=(
        Clock("assign", WorkingDays("house.unmatched_deposit"), runs_in={"received"},
              words=Words("处理未匹配入金", "time to place an unmatched deposit")),
    ),
    labels={
        "received": Words("待匹配", "Received, unmatched"),
        "credited": Words("已入账", "Credited"),
        "returned": Words("已退回付款人", "Returned to payer"),
        "begin": Words("导入", "Import"),
        "match": Words("按信用代码匹配入账", "Match by credit code"),
        "assign": Words("人工匹配入账", "Assign to a party"),
        "send_back": Words("退回付款人", "Return to payer"),
    },
    way=("received", "credited"),
)  # fmt: skip

BANK_FAULT = Procedure(
    name="bank_fault",
    model="treasury.BankFault",
    words=Words("未读懂的银行流水", "Bank line not understood"),
    cite="HOUSE:deposit",
    starts="open",
    ends=frozenset({"resolved"}),
    begins=Begin(by=(FINANCE,), asks=inputs.Unread, do=acts.keep_fault),
    seen_by=(FINANCE, REGULATOR),
    acts=(Act("resolve", "open", "resolved", by=(FINANCE, CLOCK), asks=inputs.Resolved, do=acts.resolve),),
    clocks=(
        Clock("resolve", WorkingDays("house.unmatched_deposit"), runs_in={"open"},
              words=Words("处理未读懂的流水", "time to deal with the line")),
    ),
    labels={
        "open": Words("待处理", "Open"),
        "resolved": Words("已处理", "Dealt with"),
        "begin": Words("留待人工处理", "Keep for a person"),
        "resolve": Words("记录处理结果", "Record what was done"),
    },
    way=("open", "resolved"),
)  # fmt: skip

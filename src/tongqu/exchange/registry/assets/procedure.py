"""An asset in its inventory, the invoices that feed its ledger, how it is recognised, and what it may be worth."""

from __future__ import annotations

from typing import Any

from tongqu.exchange.bedrock.inputs import Inputs
from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import SUPPLIER
from tongqu.exchange.registry.assets import acts, factors, inputs, rules, seeing

HOLDER = Seat("holder", "holder_id", Words("资产持有单位", "holder"), roles=frozenset({"supplier"}))
PARTY = Seat("party", "party_id", Words("记账单位", "who books it"))

DATA_ASSET = Procedure(
    name="data_asset", model="registry.Asset", words=Words("数据资产", "Data asset"), cite="ACC11:2",
    starts="inventoried", ends=frozenset({"retired"}),
    begins=Begin(by=(SUPPLIER,), asks=inputs.Inventoried, do=acts.inventory, rules=rules.INVENTORY_RULES,
                 sees=seeing.inventory, cite="HOUSE:assets"),
    seats=(HOLDER,),  # its books are its own: no office sees them
    acts=(
        Act("amend", "inventoried", None, by=HOLDER, asks=inputs.Amended, do=acts.amend),
        Act("book", "inventoried", None, by=HOLDER, asks=inputs.Voucher, do=acts.book, rules=rules.VOUCHER_RULES,
            sees=seeing.voucher, cite="ACC11:2"),
        Act("impair", "inventoried", None, by=HOLDER, asks=inputs.Impairment, do=acts.impair,
            rules=rules.IMPAIRMENT_RULES, sees=seeing.impairment, cite="HOUSE:assets"),
        Act("reverse", "inventoried", None, by=HOLDER, asks=inputs.Reversal, do=acts.reverse,
            rules=rules.REVERSAL_RULES, sees=seeing.line, cite="HOUSE:assets"),
        Act("retire", "inventoried", "retired", by=HOLDER, asks=inputs.Reason, do=acts.give_reason,
            rules=rules.RETIRING_RULES, sees=seeing.retiring),
    ),
    labels={
        "inventoried": Words("在册", "Inventoried"), "retired": Words("已退出清单", "Retired"),
        "begin": Words("列入资产清单", "Enter in the inventory"), "amend": Words("变更责任人和说明", "Change who answers for it"),
        "book": Words("按凭证记成本", "Book a cost by its voucher"), "impair": Words("记减值（跌价）", "Write down"),
        "reverse": Words("冲销一行", "Reverse a line"), "retire": Words("退出清单", "Retire"),
    },
    way=("inventoried",),
)  # fmt: skip

PLATFORM_INVOICE = Procedure(
    name="platform_invoice", model="registry.PlatformInvoice", words=Words("平台发票", "Invoice of this exchange"),
    cite="ACC11:2", starts="received", ends=frozenset({"set_aside", "noted"}),
    begins=Begin(by=(CLOCK,), asks=inputs.Invoiced, do=acts.take_in, cite="HOUSE:assets"),
    also=(Begin(by=(CLOCK,), asks=inputs.Sold, do=acts.take_in, name="note_sale", starts="noted", cite="HOUSE:assets"),),
    seats=(PARTY,),
    acts=(
        Act("allot", "received", "allotted", by=PARTY, asks=inputs.Allotment, do=acts.allot, rules=rules.ALLOTMENT_RULES,
            sees=seeing.allotment, cite="ACC11:2"),
        Act("take_back", "allotted", "received", by=PARTY, asks=inputs.Reason, do=acts.take_back,
            rules=rules.TAKING_BACK_RULES, sees=seeing.taking_back, cite="HOUSE:assets"),
        Act("put_aside", "received", "set_aside", by=PARTY, asks=inputs.Reason, do=acts.give_reason),
    ),
    labels={
        "received": Words("待归集", "To be allotted"), "allotted": Words("已归集", "Allotted"),
        "set_aside": Words("不归集到数据资产", "Not of a data asset"), "noted": Words("成交收入，供比较", "A sale, for comparison"),
        "begin": Words("出账", "Billed"), "note_sale": Words("成交入账", "Sold"),
        "allot": Words("归集到数据资产", "Allot to data assets"), "take_back": Words("撤回归集（逐行冲销）", "Take back, by reversing lines"),
        "put_aside": Words("不归集", "Set aside"),
    },
    way=("received", "allotted"),
)  # fmt: skip

ASSET_RECOGNITION = Procedure(
    name="asset_recognition", model="registry.AssetRecognition", words=Words("入表判断", "Recognition of a data asset"),
    cite="ACC11:2", starts="drafted", ends=frozenset({"superseded", "withdrawn"}),
    begins=Begin(by=(SUPPLIER,), asks=inputs.Judged, do=acts.judge, rules=rules.RECOGNITION_RULES,
                 sees=seeing.recognition, cite="ACC11:2"),
    seats=(HOLDER,),
    acts=(
        Act("amend", "drafted", None, by=HOLDER, asks=inputs.Judged, do=acts.judge, rules=rules.RECOGNITION_RULES,
            sees=seeing.recognition, cite="ACC11:2"),
        Act("conclude", "drafted", "standing", by=HOLDER, do=acts.conclude, rules=rules.CONCLUSION_RULES,
            sees=seeing.conclusion, cite="ACC11:2", second_factor=True),
        Act("withdraw", "drafted", "withdrawn", by=HOLDER, asks=inputs.Reason, do=acts.give_reason),
        Act("print", ("standing", "due"), None, by=CLOCK, asks=inputs.Printed, do=acts.keep_print),
        Act("fall_due", "standing", "due", by=CLOCK, asks=inputs.Happened, do=acts.fall_due, cite="HOUSE:assets"),
        Act("reaffirm", "due", "standing", by=HOLDER, asks=inputs.Reaffirmed, do=acts.reaffirm, cite="HOUSE:assets",
            second_factor=True),
        Act("supersede", ("standing", "due"), "superseded", by=CLOCK),
    ),
    clocks=(
        Clock("reassessment", WorkingDays("house.reassessment"), runs_in={"due"}, afresh=True,
              words=Words("重新判断期限", "time to judge again"), cite="HOUSE:assets"),
    ),
    labels={
        "drafted": Words("草稿", "Drafted"), "standing": Words("有效", "Standing"),
        "due": Words("须重新判断", "To be judged again"), "superseded": Words("已被新判断取代", "Superseded"),
        "withdrawn": Words("已撤回", "Withdrawn"), "begin": Words("判断如何入表", "Judge how it is recognised"),
        "amend": Words("修改回答", "Amend the answers"), "conclude": Words("作出判断", "Conclude"),
        "withdraw": Words("撤回", "Withdraw"), "print": Words("生成备忘录", "Print the memo"),
        "fall_due": Words("发生了须重新判断的事项", "Something happened"), "reaffirm": Words("复核后维持", "Reaffirm"),
        "supersede": Words("被新判断取代", "Superseded"),
    },
    way=("drafted", "standing"),
)  # fmt: skip


def _valuation(method: str, words: Words, asks: type[Inputs]) -> Procedure:
    """One method. Whatever it says is not to be booked, and the door knows no way from it to a ledger."""
    more: dict[str, Any] = {"cite": f"VAL17:{method}"}
    return Procedure(
        name=f"{method}_valuation", model="registry.Valuation", where={"method": method}, words=words,
        starts="worked_out", ends=frozenset({"withdrawn"}),
        begins=Begin(by=(SUPPLIER,), asks=asks, do=acts.value, rules=rules.VALUE_RULES, sees=seeing.value, **more),
        seats=(HOLDER,),
        acts=(
            Act("issue", "worked_out", "issued", by=HOLDER, do=acts.issue, second_factor=True, **more),
            Act("print", "issued", None, by=CLOCK, asks=factors.Printed, do=acts.keep_print),
            # Somebody always asks. Nobody is offered it; the door says why not.
            Act("book", ("worked_out", "issued"), None, by=HOLDER, rules=rules.BOOK_RULES, sees=seeing.nothing,
                cite="ACC33:booking", fits=lambda row: False),
            Act("withdraw", ("worked_out", "issued"), "withdrawn", by=HOLDER, asks=factors.Withdrawn, do=acts.give_reason),
        ),
        labels={
            "worked_out": Words("已计算（不得入账）", "Worked out (not to be booked)"),
            "issued": Words("已出具（不得入账）", "Issued (not to be booked)"), "withdrawn": Words("已撤回", "Withdrawn"),
            "begin": Words("估算", "Work out"), "issue": Words("出具估值参考", "Issue"), "print": Words("生成报告", "Print"),
            "book": Words("导入账簿", "Book it"), "withdraw": Words("撤回", "Withdraw"),
        },
        way=("worked_out", "issued"), **more,
    )  # fmt: skip


COST_VALUATION = _valuation("cost", Words("估值参考（成本法）", "Indicative value (cost method)"), factors.CostValue)
INCOME_VALUATION = _valuation(
    "income", Words("估值参考（收益法）", "Indicative value (income method)"), factors.IncomeValue
)
MARKET_VALUATION = _valuation(
    "market", Words("估值参考（市场法）", "Indicative value (market method)"), factors.MarketValue
)
VALUATIONS = {"cost": COST_VALUATION, "income": INCOME_VALUATION, "market": MARKET_VALUATION}

"""What may enter an inventory and its cost ledger, and when a recognition stands. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words, yuan

SINCE = date(2024, 1, 1)
BOOKS_SINCE = date(2025, 1, 1)


@dataclass(frozen=True)
class InventorySeen:
    resource_is_own: bool = True
    catalogued: bool = True
    there_already: bool = False


@rule(
    "HOUSE:assets",
    title=Words("资产来自本单位的目录", "An asset is of one's own catalogue"),
    since=SINCE,
    asks=("resource",),
)
def an_asset_is_catalogued(seen: InventorySeen) -> Finding:
    if not seen.resource_is_own or not seen.catalogued:
        return refuses(
            Words("所选资源不是本单位已编目的数据资源", "The entry chosen is not a catalogued one of yours"),
            Words("请先编目。", "Catalogue it first."),
        )
    return complies()


@rule(
    "HOUSE:assets", title=Words("一项资源只入清单一次", "An entry is inventoried once"), since=SINCE, asks=("resource",)
)
def an_entry_is_inventoried_once(seen: InventorySeen) -> Finding:
    if seen.there_already:
        return refuses(
            Words("该资源已在资产清单中", "The entry is in the inventory already"),
            Words("请在原有资产上办理。", "Go on with the asset that there is."),
        )
    return complies()


@dataclass(frozen=True)
class CostSeen:
    """A cost to be booked. `classes` are the classes of the assets it goes to; None: not judged yet."""

    on: date
    classes: tuple[str | None, ...] = ("intangible",)
    assets_are_own: bool = True
    papers_unknown: tuple[str, ...] = ()
    valuation: bool = False
    booked_already: bool = False
    incurred_date: date | None = None
    allotted_fen: int = 0
    invoice_fen: int = 0
    capitalised_after_expense: bool = False


@rule(
    "ACC11:2", title=Words("先判断如何入表，再归集成本", "Recognition is judged before costs are booked"), since=SINCE
)
def recognition_comes_first(seen: CostSeen) -> Finding:
    if None in seen.classes:
        return refuses(
            Words("该资产还没有完成入表判断，无法确定支出是否计入成本", "How the asset is recognised was not concluded, so nobody can say what is its cost"),
            Words("请先完成入表判断。", "Conclude its recognition first."),
        )  # fmt: skip
    return complies()


@rule(
    "HOUSE:assets", title=Words("成本归集到本单位的资产", "Costs go to one's own assets"), since=SINCE, asks=("parts",)
)
def costs_go_to_own_assets(seen: CostSeen) -> Finding:
    if not seen.assets_are_own:
        return refuses(
            Words("所选资产不在本单位的清单中", "The asset chosen is not in your inventory"),
            Words("请选择本单位的资产。", "Choose one of yours."),
        )
    return complies()


@rule("HOUSE:assets", title=Words("凭证存于本所", "Vouchers are on file"), since=SINCE, asks=("paper",))
def vouchers_are_on_file(seen: CostSeen) -> Finding:
    if seen.papers_unknown:
        named = "、".join(seen.papers_unknown)
        return refuses(
            Words(f"没有这些材料，或不是本单位提交的：{named}", f"Not on file, or not handed in by you: {named}"),
            Words("请先上传凭证。", "Hand the voucher in first."),
        )
    return complies()


@rule(
    "ACC33:booking",
    title=Words("评估金额不得入账", "An appraised amount is not booked"),
    since=BOOKS_SINCE,
    asks=("paper",),
)
def a_valuation_is_no_voucher(seen: CostSeen) -> Finding:
    """Neither as a cost nor as an adjustment: what is offered as the voucher is a valuation of this exchange."""
    if seen.valuation:
        return refuses(
            Words("所附材料是估值报告：不得将以评估等方式得出的金额直接作为入账和调账的依据",
                  "The paper is a valuation: an appraised amount is no ground for booking or adjusting"),
            Words("请附发票、合同等能证明实际成本的凭证。", "Attach an invoice or a contract that proves the actual cost."),
        )  # fmt: skip
    return complies()


@rule("HOUSE:assets", title=Words("同一凭证只记一次", "A voucher is booked once"), since=SINCE, asks=("voucher",))
def a_voucher_is_booked_once(seen: CostSeen) -> Finding:
    if seen.booked_already:
        return refuses(
            Words("这张凭证已经记过", "This voucher was booked already"),
            Words("记错了的，先冲销那一行。", "If that was wrong, reverse that line first."),
        )
    return complies()


@rule("ACC33:expensed", title=Words("已费用化的不再资本化", "What was expensed stays expensed"), since=BOOKS_SINCE)
def what_was_expensed_stays_expensed(seen: CostSeen) -> Finding:
    """A closed year is a lock: what it expensed is not brought back by reversing and booking anew."""
    if seen.capitalised_after_expense:
        return refuses(
            Words("这笔支出已在以前年度计入损益，不得冲销后再资本化", "An earlier year expensed it; reversing does not make it an asset"),
            Words("请选“以前期间已计入损益”。", "Say that an earlier period expensed it."),
        )  # fmt: skip
    return complies()


@rule("HOUSE:assets", title=Words("发生日期不在将来", "A cost lies behind"), since=SINCE, asks=("incurred_date",))
def a_cost_lies_behind(seen: CostSeen) -> Finding:
    if seen.incurred_date is not None and seen.incurred_date > seen.on:
        return refuses(
            Words("发生日期在今天之后", "The day is after today"), Words("发生后再记。", "Book it when it is incurred.")
        )
    return complies()


@rule(
    "HOUSE:assets",
    title=Words("发票的各部分合计等于发票金额", "The parts of an invoice add up"),
    since=SINCE,
    asks=("parts",),
)
def the_parts_add_up(seen: CostSeen) -> Finding:
    if seen.allotted_fen != seen.invoice_fen:
        return refuses(
            Words(f"各部分合计 {yuan(seen.allotted_fen)}，发票金额 {yuan(seen.invoice_fen)}",
                  f"The parts are {yuan(seen.allotted_fen)}, the invoice {yuan(seen.invoice_fen)}"),
            Words("请调整各部分金额。", "Change the amounts."),
        )  # fmt: skip
    return complies()


@dataclass(frozen=True)
class LineSeen:
    on: date
    found: bool = True
    reversed_already: bool = False
    of_an_invoice: bool = False
    carried_after_fen: int = 0


@rule("HOUSE:assets", title=Words("只冲销未冲销的凭证行", "Only what stands is reversed"), since=SINCE, asks=("line",))
def only_what_stands_is_reversed(seen: LineSeen) -> Finding:
    if not seen.found:
        return refuses(
            Words("这项资产没有这一行", "This asset has no such line"), Words("请核对行号。", "Check the number.")
        )
    if seen.reversed_already:
        return refuses(
            Words("这一行已冲销，或本身就是冲销", "The line was reversed, or is a reversal"),
            Words("请核对行号。", "Check the number."),
        )
    if seen.of_an_invoice:
        return refuses(
            Words("这一行来自本所账单", "The line is of an invoice of this exchange"),
            Words("请在该发票上撤回归集。", "Take back the allotment on the invoice."),
        )
    return complies()


@rule("HOUSE:assets", title=Words("冲销后账面价值不为负", "Nothing is carried below nought"), since=SINCE)
def nothing_is_carried_below_nought(seen: LineSeen) -> Finding:
    """A cost that was written down since is reversed once the write-down was."""
    if seen.carried_after_fen < 0:
        return refuses(
            Words(f"冲销后账面价值为 {yuan(seen.carried_after_fen)}", f"It would carry {yuan(seen.carried_after_fen)} then"),
            Words("请先冲销减值。", "Reverse what was written down first."),
        )  # fmt: skip
    return complies()


@dataclass(frozen=True)
class ImpairmentSeen(CostSeen):
    asset_class: str | None = "intangible"
    carrying_fen: int = 0
    amount_fen: int = 0


@rule(
    "HOUSE:assets",
    title=Words("减值不超过账面价值", "No more is written down than is carried"),
    since=SINCE,
    asks=("amount_fen",),
)
def no_more_is_written_down_than_is_carried(seen: ImpairmentSeen) -> Finding:
    if seen.asset_class not in {"intangible", "inventory"} or seen.amount_fen > seen.carrying_fen:
        return refuses(
            Words(f"账面价值为 {yuan(max(seen.carrying_fen, 0))}，减值不得超过", f"It carries {yuan(max(seen.carrying_fen, 0))}; no more is written down"),
            Words("请核对金额。", "Check the amount."),
        )  # fmt: skip
    return complies()


@dataclass(frozen=True)
class RecognitionSeen:
    asset_is_own: bool = True
    asset_stands: bool = True
    another: bool = False
    carried_fen: int = 0
    asset_class: str = "intangible"


@rule(
    "HOUSE:assets",
    title=Words("判断的是本单位的在册资产", "One judges one's own standing asset"),
    since=SINCE,
    asks=("asset",),
)
def one_judges_ones_own(seen: RecognitionSeen) -> Finding:
    if not seen.asset_is_own or not seen.asset_stands:
        return refuses(
            Words("所选资产不在本单位的清单中，或已退出", "The asset chosen is not in your inventory, or has left it"),
            Words("请选择在册资产。", "Choose one that stands."),
        )
    return complies()


@rule("HOUSE:assets", title=Words("一项资产一次判断一回", "One judgement at a time"), since=SINCE, asks=("asset",))
def one_judgement_at_a_time(seen: RecognitionSeen) -> Finding:
    if seen.another:
        return refuses(
            Words("该资产另有一份判断还是草稿", "Another judgement of this asset is a draft still"),
            Words("请修改或撤回那一份。", "Amend or withdraw that one."),
        )
    return complies()


@rule(
    "ACC11:2",
    title=Words("已资本化的不因改判而留在账外", "What is carried does not vanish by another judgement"),
    since=SINCE,
)
def what_is_carried_does_not_vanish(seen: RecognitionSeen) -> Finding:
    """To disclose only what still carries an amount, that amount is written down or reversed first."""
    if seen.asset_class == "disclose" and seen.carried_fen > 0:
        return refuses(
            Words(f"账面还有 {yuan(seen.carried_fen)}，不能改为只披露", f"{yuan(seen.carried_fen)} is carried still"),
            Words("请先减值、冲销或处置。", "Write it down, reverse it or dispose of it first."),
        )
    return complies()


@dataclass(frozen=True)
class RetiringSeen:
    carried_fen: int = 0


@rule("HOUSE:assets", title=Words("账面结清后退出清单", "An asset leaves with nothing carried"), since=SINCE)
def an_asset_leaves_with_nothing_carried(seen: RetiringSeen) -> Finding:
    if seen.carried_fen:
        return refuses(
            Words(f"账面还有 {yuan(seen.carried_fen)}", f"{yuan(seen.carried_fen)} is carried still"),
            Words("请先减值、冲销或处置。", "Write it down, reverse it or dispose of it first."),
        )
    return complies()


def class_of(*, owned: bool, benefits: bool, measurable: bool, purpose: str, on: date) -> law.Row:
    """The row of the table of recognition that speaks to these answers on a day."""
    found = law.table("asset-recognition", on=on)
    return found.decide(owned=owned, benefits=benefits, measurable=measurable, purpose=purpose)[0]


def treatment_of(*, asset_class: str, way: str, item: str, expensed_before: bool, on: date) -> law.Row:
    """The row of the table of costs that speaks to an outlay on a day."""
    facts: dict[str, bool | int | str] = {
        "class": asset_class,
        "way": way,
        "item": item,
        "expensed_before": expensed_before,
    }
    return law.table("asset-cost", on=on).decide(**facts)[0]


@dataclass(frozen=True)
class ValueSeen:
    """A value that is worked out, or somebody wants to do something with."""

    asset_is_own: bool = True
    from_ledger_fen: int = 0
    ledger_fen: int = 0
    strange_invoices: tuple[int, ...] = ()
    rests_on_quality: bool = False
    quality_measured: bool = False


@rule("HOUSE:assets", title=Words("估的是本单位的资产", "One values one's own asset"), since=SINCE, asks=("asset",))
def one_values_ones_own(seen: ValueSeen) -> Finding:
    if not seen.asset_is_own:
        return refuses(
            Words("所选资产不在本单位的清单中", "The asset chosen is not in your inventory"),
            Words("请选择本单位的资产。", "Choose one of yours."),
        )
    return complies()


@rule(
    "HOUSE:assets",
    title=Words("取自台账的金额不超过台账", "What is said to come from the ledger is in it"),
    since=SINCE,
)
def a_factor_agrees_with_the_ledger(seen: ValueSeen) -> Finding:
    if seen.from_ledger_fen > seen.ledger_fen:
        return refuses(
            Words(f"注明取自成本台账的合计 {yuan(seen.from_ledger_fen)}，台账只有 {yuan(seen.ledger_fen)}",
                  f"{yuan(seen.from_ledger_fen)} is said to come from the ledger, which has {yuan(seen.ledger_fen)}"),
            Words("请改正金额或来源。", "Correct the amount or its source."),
        )  # fmt: skip
    return complies()


@rule(
    "HOUSE:assets",
    title=Words("注明出自节点测量的，节点测量过", "What is said to be measured at the node was measured"),
    since=SINCE,
)
def quality_that_is_named_was_measured(seen: ValueSeen) -> Finding:
    if seen.rests_on_quality and not seen.quality_measured:
        return refuses(
            Words("因素注明出自节点测量的质量，而该资产的数据没有有效的质量测量",
                  "A factor is said to come from quality measured at the node, and no measurement is in force"),
            Words("请先请节点测量质量，或改为自行填写并附依据。", "Have its quality measured first, or state the factor with its ground."),
        )  # fmt: skip
    return complies()


@rule(
    "HOUSE:assets",
    title=Words("可比案例是本单位在本所的成交", "Comparables are one's own trades"),
    since=SINCE,
    asks=("comparables",),
)
def comparables_are_own_trades(seen: ValueSeen) -> Finding:
    if seen.strange_invoices:
        named = "、".join(str(one) for one in seen.strange_invoices[:10])
        return refuses(
            Words(f"不是本单位在本所的成交：{named}", f"Not trades of yours on this exchange: {named}"),
            Words("请选择本单位的成交。", "Choose trades of yours."),
        )
    return complies()


@rule("ACC33:booking", title=Words("估值不得导入账簿", "A value is not exported to the books"), since=BOOKS_SINCE)
def a_value_is_not_booked(seen: ValueSeen) -> Finding:
    """Whatever it says and whoever asks: there is no way from a value to a ledger."""
    return refuses(
        Words("不得入账：不得将以评估等方式得出的金额直接作为入账和调账的依据", "Not to be booked: an appraised amount is no ground for booking or adjusting"),
        Words("入账以成本为准，请用成本台账。", "Cost is what is booked: use the cost ledger."),
    )  # fmt: skip


INVENTORY_RULES = (an_asset_is_catalogued, an_entry_is_inventoried_once)
VOUCHER_RULES = (
    recognition_comes_first, vouchers_are_on_file, a_valuation_is_no_voucher, a_voucher_is_booked_once,
    what_was_expensed_stays_expensed, a_cost_lies_behind,
)  # fmt: skip
ALLOTMENT_RULES = (costs_go_to_own_assets, recognition_comes_first, the_parts_add_up, what_was_expensed_stays_expensed)
IMPAIRMENT_RULES = (
    no_more_is_written_down_than_is_carried, vouchers_are_on_file, a_valuation_is_no_voucher, a_voucher_is_booked_once,
)  # fmt: skip
REVERSAL_RULES = (only_what_stands_is_reversed, nothing_is_carried_below_nought)
TAKING_BACK_RULES = (nothing_is_carried_below_nought,)
RECOGNITION_RULES = (one_judges_ones_own, one_judgement_at_a_time)
CONCLUSION_RULES = (one_judges_ones_own, what_is_carried_does_not_vanish)
RETIRING_RULES = (an_asset_leaves_with_nothing_carried,)
VALUE_RULES = (
    one_values_ones_own, a_factor_agrees_with_the_ledger, quality_that_is_named_was_measured, comparables_are_own_trades,
)  # fmt: skip
BOOK_RULES = (a_value_is_not_booked,)

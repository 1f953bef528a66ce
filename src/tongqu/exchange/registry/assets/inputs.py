"""What is asked about an asset, its costs and its recognition. No Django."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, OptionalDay, Paper, WordsError, ask
from tongqu.exchange.bedrock.values import Words


class CostItem(Choice):
    """What was paid for, as the table of costs knows it."""

    PRICE = "price", "购买价款", "Purchase price"
    TAX = "tax", "相关税费", "Taxes and duties"
    DESENSITISE = "desensitise", "脱敏", "Desensitisation"
    CLEAN = "clean", "清洗", "Cleaning"
    LABEL = "label", "标注", "Labelling"
    INTEGRATE = "integrate", "整合", "Integration"
    ANALYSE = "analyse", "分析", "Analysis"
    VISUALISE = "visualise", "可视化", "Visualisation"
    VERIFY = "verify_ownership", "权属鉴证", "Verification of ownership"
    ASSESS = "assess_quality", "质量评估", "Assessment of quality"
    REGISTER = "register", "登记结算", "Registration and settlement"
    SECURE = "secure", "安全管理", "Security"
    RESEARCH = "research", "研究阶段支出", "Research phase"
    DEVELOPMENT = "development", "开发阶段支出（符合资本化条件）", "Development phase (conditions met)"
    STORAGE = "storage", "日常存储和维护", "Storage and upkeep"
    TRAINING = "training", "培训", "Training"
    SELLING = "selling", "销售费用（含卖方交易服务费）", "Selling (a seller's fee included)"
    ADMINISTRATION = "administration", "管理费用", "Administration"


class Purpose(Choice):
    """What it is held for."""

    OWN_USE = "own_use", "企业自己使用", "Used by the firm"
    SALE = "sale", "日常活动中持有，最终目的用于出售", "Held for sale in the ordinary course of business"
    OTHER = "other", "既不自用也不出售", "Neither used nor for sale"


class Way(Choice):
    """How it came to the firm: the columns of the disclosure."""

    BOUGHT = "bought", "外购", "Bought"
    DEVELOPED = "developed", "自行开发（加工）", "Developed or worked by the firm"
    OTHER = "other", "其他方式", "Otherwise obtained"


class AssetClass(Choice):
    INTANGIBLE = "intangible", "无形资产", "Intangible asset"
    INVENTORY = "inventory", "存货", "Inventory"
    DISCLOSE = "disclose", "不确认，只披露", "Not recognised, disclosed only"


class Treatment(Choice):
    CAPITALISE = "capitalise", "计入成本", "Capitalised"
    EXPENSE = "expense", "计入当期损益", "Expensed"
    IMPAIR = "impair", "减值（跌价）", "Written down"


class Inventoried(Inputs):
    """An asset from a catalogue entry. The rights registered in the entry come with it."""

    resource: int = ask("数据资源（目录）", "Catalogue entry", widget="resource")
    officer: str = ask("首席数据官（责任人）", "Chief data officer", min_length=2, max_length=60)
    department: str = ask("责任部门", "Department", default="", max_length=100)
    note: str = ask("说明", "Note", widget="textarea", default="", max_length=1000)


class Amended(Inputs):
    officer: str = ask("首席数据官（责任人）", "Chief data officer", min_length=2, max_length=60)
    department: str = ask("责任部门", "Department", default="", max_length=100)
    note: str = ask("说明", "Note", widget="textarea", default="", max_length=1000)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


Money = Annotated[int, Field(ge=1, le=10**13)]


class Voucher(Inputs):
    """A cost that was not paid on this exchange, by the voucher that proves it."""

    item: CostItem = ask("成本项目", "Item")
    amount_fen: Money = ask("金额", "Amount", unit="fen")
    incurred_date: date = ask("发生日期", "Incurred on")
    voucher: str = ask("凭证号（发票号）", "Voucher or invoice number", min_length=1, max_length=60)
    paper: Paper = ask("凭证文件", "The voucher", widget="paper")
    expensed_before: bool = ask(
        "以前期间已计入损益",
        "Expensed in an earlier period",
        default=False,
        hint=Words("已费用化的支出不得再资本化", "what was expensed is not capitalised again"),
    )
    text: str = ask("摘要", "What it was for", default="", max_length=400)


class Impairment(Inputs):
    amount_fen: Money = ask("减值（跌价）金额", "Written down by", unit="fen")
    voucher: str = ask("凭证号", "Voucher number", min_length=1, max_length=60)
    paper: Paper = ask("减值测试底稿", "The test", widget="paper")
    reason: str = ask("减值迹象和测试结论", "Signs and result", widget="textarea", min_length=4, max_length=400)


class Reversal(Inputs):
    line: int = ask("冲销哪一行（行号）", "Which line (number)", ge=1)
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=400)


class Part(Inputs):
    """One part of an invoice: to which asset, for what, how much."""

    asset: int = ask("数据资产", "Asset", widget="asset")
    item: CostItem = ask("成本项目", "Item")
    amount_fen: Money = ask("金额", "Amount", unit="fen")


class Allotment(Inputs):
    parts: list[Part] = ask("归集到", "Allotted to", widget="rows", min_length=1, max_length=20)


class Invoiced(Inputs):
    """A bill of this exchange, for one side. Only the house says it."""

    bill: int = Field(ge=1, title="账单", description="Bill")
    kind: str = Field(pattern="^(purchase|fee)$", title="种类", description="Kind")
    party: int = Field(ge=1, title="单位", description="Party")
    other: int = Field(ge=1, title="对方", description="The other side")
    name: str = Field(max_length=100, title="名称", description="Name")
    amount_fen: int = Field(ge=1, title="金额", description="Amount")


class Sold(Invoiced):
    """A sale on this exchange, kept for comparison; nothing of it is cost."""

    kind: str = Field(pattern="^sale$", title="种类", description="Kind")


class Judged(Inputs):
    """The wizard: what decides how data is recognised, each with the reason that the memo repeats."""

    asset: int = ask("数据资产", "Asset", widget="asset", head=Words("是不是资产", "Is it an asset"))
    owned: bool = ask("由企业合法拥有或控制", "Owned or controlled lawfully by the firm")
    owned_reason: str = ask("依据", "On what ground", widget="textarea", min_length=2, max_length=1000)
    benefits: bool = ask("预期会给企业带来经济利益", "Expected to bring economic benefits")
    benefits_reason: str = ask("依据", "On what ground", widget="textarea", min_length=2, max_length=1000)
    measurable: bool = ask("成本能够可靠计量", "Its cost can be measured reliably")
    measurable_reason: str = ask("依据", "On what ground", widget="textarea", min_length=2, max_length=1000)
    purpose: Purpose = ask("持有目的", "What it is held for", head=Words("是哪一类", "Of which class"))
    way: Way = ask("形成方式", "How it came to the firm")
    business_model: str = ask("业务模式", "Business model", widget="textarea", min_length=4, max_length=2000)
    consumption: str = ask(
        "经济利益预期消耗方式", "How its benefits are consumed", widget="textarea", min_length=4, max_length=2000
    )
    ready_date: OptionalDay = ask(
        "达到预定用途之日", "Ready for use on", default=None, head=Words("摊销", "Amortisation"),
        hint=Words("无形资产必填", "required for an intangible asset"),
    )  # fmt: skip
    useful_months: Annotated[int, Field(ge=1, le=600)] | None = ask(
        "使用寿命", "Useful life", default=None, unit="month",
        hint=Words("使用寿命不确定的不填：不摊销，每年减值测试", "blank: indefinite; not amortised, tested every year"),
    )  # fmt: skip
    life_reason: str = ask("使用寿命的依据", "On what ground", widget="textarea", default="", max_length=1000)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Judged:
        if self.purpose is Purpose.OWN_USE and self.owned and self.benefits and self.measurable:
            if self.ready_date is None:
                raise WordsError("无形资产须写明达到预定用途之日", "an intangible asset has a day on which it is ready")
            if not self.life_reason:
                raise WordsError("须写明使用寿命（或不确定）的依据", "say on what ground the useful life stands")
        return self


class Reaffirmed(Inputs):
    finding: str = ask("复核结论", "Finding", widget="textarea", min_length=4, max_length=1000)


class Happened(Inputs):
    event: str = Field(max_length=60, title="事项", description="Event")


class Printed(Inputs):
    paper: Paper = ask("备忘录", "Memo", widget="paper")

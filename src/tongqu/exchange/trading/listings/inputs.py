"""Form F6 and the reviewer's decisions. No Django."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Fen, Inputs, WordsError, ask
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.registry.catalogue.purposes import Purpose
from tongqu.exchange.registry.consent.kinds import Kind
from tongqu.exchange.trading.listings.usage import MICRO_YUAN_PER_FEN, SUMMING_MODES
from tongqu.wire.constraints import CONSENT_MODES, REGION


class Mode(Choice):
    VERIFICATION = "verification", "核验", "Verification"
    DATASET = "dataset", "数据集", "Data set"
    API = "api", "接口查询", "Query"
    MODEL = "model", "模型评分", "Model score"
    REPORT = "report", "报告", "Report"


DECLARED_USE = {
    Mode.VERIFICATION: Words("核验问题", "Question"),
    Mode.API: Words("查询", "Query"),
    Mode.MODEL: Words("模型", "Model"),
    Mode.REPORT: Words("报告", "Report"),
}
"""What the node declares for a way of delivery, by the name that people give it; a data set is handed out as it is."""

RAW = frozenset({"dataset", "api"})
"""Ways of delivery in which records themselves leave the node."""


class Charge(Choice):
    """What one unit is."""

    ASKED = "asked", "每次查询", "Each one asked"
    FOUND = "found", "每次查得", "Each one found"
    ROWS = "rows", "每行结果", "Each row returned"

    @property
    def unit(self) -> Words:
        """What a price is for."""
        units = {"asked": Words("次", "call"), "found": Words("查得", "one found"), "rows": Words("行", "row")}
        return units[self.value]


class DataClass(Choice):
    """What the grading of the resource comes to; `ungraded` was offered before gradings were asked for."""

    UNGRADED = "ungraded", "未定级", "Not graded"
    GENERAL = "general", "一般数据", "General data"
    BUSINESS_CRITICAL = "business_critical", "重要经营信息", "Critical business information"
    IMPORTANT = "important", "重要数据", "Important data"
    CORE = "core", "核心数据", "Core data"


class Personal(Choice):
    NONE = "none", "不含个人信息", "No personal information"
    ANONYMISED = "anonymised", "已匿名化", "Anonymised"
    GENERAL = "general", "含个人信息", "Personal information"
    SENSITIVE = "sensitive", "含敏感个人信息", "Sensitive personal information"


class PriceKind(Choice):
    CALL = "call", "按次计费", "Per call"
    FIXED = "fixed", "一口价", "Fixed"


class Commitment(Choice):
    SOURCE = "source", "数据来源合法，可说明来源", "The source is lawful and can be shown"
    RIGHTS = "rights", "有权提供，不侵害他人权益", "I may provide it and harm no one's rights"
    QUALITY = "quality", "质量与说明一致，持续维护", "Quality is as described and kept up"
    PROHIBITED = "prohibited", "不含法律禁止交易的数据", "Nothing that the law forbids to trade"


# The most one deal can come to: 十亿元. What is metered of it, in micro-yuan, still fits exactly into a fact (2^53).
TOTAL_FEN_MAX = 10**11


def total_fen(calls_max: int, micro_yuan_per_call: int) -> int:
    """What so many calls cost at most: rounded up to a whole fen."""
    return -(-calls_max * micro_yuan_per_call // MICRO_YUAN_PER_FEN)


def division_codes(codes: list[str]) -> list[str]:
    """Each once. Raises WordsError for what has not the form of a division's code."""
    if not all(REGION.fullmatch(code) for code in codes):
        raise WordsError("每行一个六位行政区划代码", "one six-digit division code a line")
    return list(dict.fromkeys(codes))


class Draft(Inputs):
    """Begin a listing: form F6."""

    resource: int = ask("数据资源", "Resource", widget="resource", ge=1)
    registration: int | None = ask(
        "产权登记", "Ownership registration", widget="registration", default=None,
        hint=Words("已登记的权利直接采信，不重复审查", "A registered right is accepted without review"),
    )  # fmt: skip
    name: str = ask("产品名称", "Product name", min_length=4, max_length=40)
    summary: str = ask("产品说明", "What it is", widget="textarea", min_length=10, max_length=400)
    mode: Mode = ask("交付方式", "Delivery")
    public_data: bool = ask("属于公共数据", "Public data", default=False)
    personal: Personal = ask("个人信息", "Personal information", default=Personal.NONE)
    source_statement: str = ask(
        "来源说明", "Where the data comes from", widget="textarea", min_length=10, max_length=1000,
        hint=Words("《数据安全法》第三十三条要求说明数据来源", "Data Security Law art. 33 asks for the source"),
    )  # fmt: skip
    commitments: list[Commitment] = ask("承诺", "Commitments", widget="checkboxes", min_length=1)
    question: str = ask(
        "节点声明的用法", "Use declared at the node", max_length=80, default="",
        hint=Words(
            "核验的问题、接口的查询、模型或报告，填节点上声明的编号；数据集不填",
            "The question, query, model or report as the node declares it; a data set has none",
        ),
    )  # fmt: skip
    price_kind: PriceKind = ask("计价方式", "Price by")
    charge: Charge = ask(
        "计费单位", "What is counted", default=Charge.ASKED,
        hint=Words(
            "每行结果只用于接口查询；一行也计一次调用", "Rows are for queries only; then a row counts as a call"
        ),
    )  # fmt: skip
    price_micro_yuan: int | None = ask(
        "单价", "Unit price", unit="micro_yuan", default=None, ge=0, le=10**12,
        hint=Words("按计费单位：每次、每次查得或每行", "For each unit counted: a call, one found or a row"),
    )  # fmt: skip
    price_fen: Fen | None = ask("总价", "Fixed price", unit="fen", default=None)
    price_basis: str = ask("定价依据", "Basis of the price", max_length=200, default="市场自主定价")
    purposes: list[Purpose] = ask("允许用途", "Permitted purposes", widget="checkboxes", min_length=1)
    period_days: int = ask("使用期限（日）", "Days of use", ge=1, le=1826, default=365)
    calls_max: int = ask("最多调用次数", "Calls at most", ge=1, le=10**9, default=10_000)
    rate_per_minute: int = ask("每分钟次数上限", "Calls a minute at most", ge=1, le=10**6, default=6_000)
    inspection_days: int = ask("检验期（日）", "Days of inspection", ge=1, le=90, default=7)
    regions: list[str] = ask(
        "允许使用的地域", "Regions of use", widget="regions", default_factory=list, max_length=20,
        hint=Words("可以选多个，最多 20 个；不选则不限", "Several may be ticked, twenty at most; none is no limit"),
    )  # fmt: skip
    recipients_max: int = ask(
        "买方以外的接收方数", "Recipients besides the buyer", ge=0, le=20, default=0,
        hint=Words("协商时可由买方逐一列明的接收方，最多这么多", "So many may the buyer name in the negotiation"),
    )  # fmt: skip
    group_min: int | None = ask(
        "最小汇总对象数", "Smallest group told of", ge=2, le=10_000, default=None,
        hint=Words("只用于报告等汇总方式；节点上的报告声明不得小于它", "For reports, which sum up; the node's report may not go below"),
    )  # fmt: skip
    delete_within_days: int | None = ask(
        "期满后删除期限（日）", "Days to delete after the end", ge=0, le=365, default=None,
        hint=Words("数据集不填为 30 日；填 0 则不要求删除", "A data set: 30 unless stated; 0 asks for no deletion"),
    )  # fmt: skip
    no_derivation: bool = ask("禁止对外提供衍生产品", "No derived products for others", default=False)
    watermark: bool = ask(
        "交付副本加水印", "Copies are marked", default=False,
        hint=Words(
            "只用于数据集：每份合同的副本在节点声明的容差内带有可追溯的标记，须与节点配置一致",
            "For data sets: each contract's copy bears traceable marks within the tolerance that the node declares",
        ),
    )  # fmt: skip
    acknowledge: bool = ask(
        "买方签名确认回执", "The buyer acknowledges receipts", default=False,
        hint=Words("未确认的在结算单中列明，不影响计费", "What lacks one is told in the statement and billed the same"),
    )  # fmt: skip
    consent_kinds: list[Kind] = ask(
        "须逐人核对同意的个人信息", "Personal information that each person must consent to", widget="checkboxes",
        default_factory=list,
        hint=Words(
            "勾选后节点逐次核对本人对该买方、该用途的单独同意；只用于核验、接口查询和模型评分",
            "Then the node checks at each call whether the subject consented to this buyer and purpose; not for files and reports",
        ),
    )  # fmt: skip
    onward: Literal["forbidden"] = Field(default="forbidden", exclude=True)

    @model_validator(mode="after")
    def _one_price(self) -> Draft:
        per_call = self.price_micro_yuan is not None
        fixed = self.price_fen is not None
        if self.price_kind is PriceKind.CALL and (not per_call or fixed):
            raise WordsError("按次计费须填写且只填写单价", "a price per unit needs that price and no fixed one")
        if self.price_kind is PriceKind.FIXED and (not fixed or per_call):
            raise WordsError("一口价须填写且只填写总价", "a fixed price needs that price and none per call")
        if (noun := DECLARED_USE.get(self.mode)) is not None and not self.question:
            raise WordsError(f"须填写节点上声明的{noun.zh}", f"name the {noun.en.lower()} that the node declares")
        if self.charge is Charge.ROWS and self.mode is not Mode.API:
            raise WordsError("按行计费只用于接口查询", "only a query is charged by rows")
        if self.charge is not Charge.ASKED and self.mode in {Mode.DATASET, Mode.REPORT}:
            raise WordsError("数据集和报告按每次计费", "a data set or report is charged by each one asked")
        return self

    @field_validator("regions")
    @classmethod
    def _divisions(cls, regions: list[str]) -> list[str]:
        return division_codes(regions)

    @model_validator(mode="after")
    def _enforceable(self) -> Draft:
        if self.group_min is not None and self.mode.value not in SUMMING_MODES:
            raise WordsError(
                "这种交付方式逐个作答，不能约定最小汇总对象数", "this mode answers one by one; no smallest group"
            )
        if self.consent_kinds and self.mode.value not in CONSENT_MODES:
            raise WordsError(
                "数据集和报告不能逐人核对同意，请改用核验、接口查询或模型评分",
                "in files and reports nobody can be left out: use verification, a query or a model",
            )
        if self.watermark and self.mode is not Mode.DATASET:
            raise WordsError("只有数据集的副本可以加水印", "only copies of a data set are marked")
        return self

    @model_validator(mode="after")
    def _bounded(self) -> Draft:
        calls = 1 if self.mode is Mode.DATASET else self.calls_max
        total = self.price_fen if self.price_fen is not None else total_fen(calls, self.price_micro_yuan or 0)
        if total > TOTAL_FEN_MAX:
            raise WordsError(
                f"次数与单价的总额 {yuan(total)} 超过每笔上限 {yuan(TOTAL_FEN_MAX)}",
                f"calls and price come to {yuan(total)}, more than the {yuan(TOTAL_FEN_MAX)} that one deal may",
            )
        return self


class Graded(Inputs):
    """The grading that took effect for the resource."""

    grading: int = Field(ge=1, title="定级", description="The grading")


class NewPrice(Inputs):
    """Another price of the same kind for a product on sale; a standing instruction for the old price ends with it."""

    price_micro_yuan: int | None = ask(
        "单价", "Unit price", unit="micro_yuan", default=None, ge=0, le=10**12,
        hint=Words("按计费单位：每次、每次查得或每行", "For each unit counted: a call, one found or a row"),
    )  # fmt: skip
    price_fen: Fen | None = ask("总价", "Fixed price", unit="fen", default=None)
    price_basis: str = ask("定价依据", "Basis of the price", min_length=2, max_length=200, default="市场自主定价")

    @model_validator(mode="after")
    def _one_price(self) -> NewPrice:
        if (self.price_micro_yuan is None) == (self.price_fen is None):
            raise WordsError("填写单价或总价，只填一项", "give the unit price or the fixed price, one of the two")
        return self


class Review(Inputs):
    """The exchange's compliance review of a listing."""

    note: str = ask("审查意见", "Opinion", widget="textarea", min_length=2, max_length=1000)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


class Standing(Inputs):
    """A standing instruction: whoever accepts the published terms and price gets the provider's agreement at once."""

    signature: str | None = ask("签名（自持密钥）", "Signature (own key)", default=None, max_length=200)

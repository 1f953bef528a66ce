"""The factors of the three methods, each with where it comes from. Decimals are text: nothing is a float. No Django."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Fen, Inputs, WordsError, ask
from tongqu.exchange.bedrock.values import Words


class Source(Choice):
    """Where a factor comes from."""

    LEDGER = "ledger", "本单位成本台账", "The cost ledger"
    QUALITY = "quality", "节点测量的质量", "Quality measured at the node"
    TRADES = "trades", "本所成交", "Trades on this exchange"
    STATED = "stated", "自行填写，附依据", "Stated, with its ground"


class CostKind(Choice):
    EARLY = "early", "前期费用", "Preliminary cost"
    DIRECT = "direct", "直接成本", "Direct cost"
    INDIRECT = "indirect", "间接成本", "Indirect cost"
    OPPORTUNITY = "opportunity", "机会成本", "Opportunity cost"
    TAX = "tax", "相关税费", "Taxes"


class Income(Choice):
    DIRECT = "direct", "直接收益", "Direct income"
    SHARE = "share", "分成收益", "Share of income"
    EXCESS = "excess", "超额收益", "Excess income"
    INCREMENT = "increment", "增量收益", "Incremental income"


def _ratio(text: str) -> str:
    """Plain decimal digits: 0 to 999, six places at most."""
    whole, _, part = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 3):
        raise WordsError("应为小数，如 0.85", "must be a decimal such as 0.85")
    if "." in text and not (part.isascii() and part.isdigit() and 1 <= len(part) <= 6):
        raise WordsError("小数最多六位", "six places at most")
    return text


Ratio = Annotated[str, AfterValidator(_ratio)]
_BASIS: dict[str, Any] = {"min_length": 2, "max_length": 400}


class Value(Inputs):
    asset: int = ask("数据资产", "Asset", widget="asset", head=Words("估什么", "What is valued"))
    base_date: date = ask("评估基准日", "Base date")
    purpose: str = ask("用途", "What for", min_length=2, max_length=200)


class Component(Inputs):
    kind: CostKind = ask("成本构成", "Component")
    amount_fen: Fen = ask("金额", "Amount", unit="fen")
    source: Source = ask("来源", "Source")
    basis: str = ask("依据", "Ground", **_BASIS)


class CostValue(Value):
    """P = C × δ: what it would cost to make again, times a coefficient."""

    components: list[Component] = ask(
        "重置成本的构成", "Components of the replacement cost", widget="rows", min_length=1, max_length=20,
        head=Words("因素", "Factors"),
    )  # fmt: skip
    delta: Ratio = ask("价值调整系数 δ", "Coefficient δ", hint=Words("如 0.85", "such as 0.85"))
    delta_source: Source = ask("系数的来源", "Source of the coefficient")
    delta_basis: str = ask("系数的依据", "Ground of the coefficient", **_BASIS)


class Year(Inputs):
    """One year of the forecast. Which columns count is said by the kind of income."""

    income_fen: Fen = ask("收益 R", "Income R", unit="fen")
    share: Ratio = ask("分成率 K（%）", "Share K (%)", default="100", hint=Words("分成收益填", "for a share"))
    others_fen: Fen = ask("其他资产贡献 ΣC", "Others' contribution ΣC", unit="fen", default=0)
    without_fen: Fen = ask("不使用时的收益 RN", "Income without it RN", unit="fen", default=0)
    source: Source = ask("来源", "Source")
    basis: str = ask("依据", "Ground", **_BASIS)


class IncomeValue(Value):
    """P = Σ F_t / (1 + i)^t over the years of its remaining life."""

    kind: Income = ask("收益口径", "Kind of income", head=Words("因素", "Factors"))
    years: list[Year] = ask("各年收益", "Income by year", widget="rows", min_length=1, max_length=20)
    rate: Ratio = ask("折现率 i（%）", "Discount rate i (%)", hint=Words("如 8.5", "such as 8.5"))
    rate_source: Source = ask("折现率的来源", "Source of the rate")
    rate_basis: str = ask("折现率的依据", "Ground of the rate", **_BASIS)


class Comparable(Inputs):
    """A trade of the holder's on this exchange, and the five coefficients that bring it to the asset."""

    invoice: int = ask("可比成交", "Comparable trade", widget="trade")
    quality: Ratio = ask("质量 X1", "Quality X1")
    demand: Ratio = ask("供求 X2", "Supply and demand X2")
    moment: Ratio = ask("期日 X3", "Date X3")
    volume: Ratio = ask("容量 X4", "Volume X4")
    other: Ratio = ask("其他 X5", "Other X5")
    basis: str = ask("系数的依据", "Ground of the coefficients", **_BASIS)


class MarketValue(Value):
    """P = Σ Q_i · X1 · X2 · X3 · X4 · X5 over its comparable parts."""

    comparables: list[Comparable] = ask(
        "可比案例", "Comparables", widget="rows", min_length=1, max_length=20, head=Words("因素", "Factors")
    )

    @model_validator(mode="after")
    def _each_once(self) -> MarketValue:
        named = [one.invoice for one in self.comparables]
        if len(set(named)) != len(named):
            raise WordsError("同一成交填了两次", "one trade is named twice")
        return self


def sources(asked: Value) -> frozenset[Source]:
    """Where the factors of a value are said to come from."""
    if isinstance(asked, CostValue):
        return frozenset({asked.delta_source, *(one.source for one in asked.components)})
    if isinstance(asked, IncomeValue):
        return frozenset({asked.rate_source, *(one.source for one in asked.years)})
    return frozenset({Source.TRADES})


class Withdrawn(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


class Printed(Inputs):
    paper: str = Field(
        pattern="^[0-9a-f]{64}$",
        title="报告",
        description="Report",
        json_schema_extra={"widget": "paper", "words": ["估值参考报告", "Report"]},
    )

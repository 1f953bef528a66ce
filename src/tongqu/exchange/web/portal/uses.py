"""What a buyer learns of a model or a report before it buys: the model's card with its curves, the report's sections.

Everything is read from what the node declares; the house adds nothing and certifies nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import nodes
from tongqu.exchange.trading import listings
from tongqu.exchange.web import components as c
from tongqu.wire.model_card import ACCURACY, AUC, BRIER, MEAN_ERROR, ROC, Curve, ModelCard
from tongqu.wire.report_form import COUNT, MEAN, MONTH, QUARTER, SUM, YEAR, ReportForm
from tongqu.wire.scoring import CATEGORY, CLASS, NUMBER, PROBABILITY, SENT, WHOLE, Feature, Scoring
from tongqu.wire.source import MODEL, REPORT, SourceDeclaration
from tongqu.wire.title import Title

_MEASURES = {
    AUC: Words("AUC（分辨好坏的能力，0.5 为瞎猜）", "AUC (how well it tells apart; 0.5 is a guess)"),
    BRIER: Words("布里尔分数（越小越好）", "Brier score (less is better)"),
    ACCURACY: Words("正确率（以 0.5 为界）", "Accuracy (at 0.5)"),
    MEAN_ERROR: Words("平均绝对误差", "Mean absolute error"),
}
_SCORES = {PROBABILITY: Words("概率", "probability"), NUMBER: Words("数值", "number"), CLASS: Words("类别", "class")}
_TYPES = {WHOLE: Words("整数", "whole number"), NUMBER: Words("数值", "number"), CATEGORY: Words("类别", "category")}
_CURVES = {
    ROC: (Words("ROC 曲线", "ROC curve"), Words("误报的比例", "Share of false alarms"), Words("找出的比例", "Share found")),
    "calibration": (Words("校准曲线", "Calibration"), Words("所报概率", "Probability told"), Words("实际发生的比例", "Share that came true")),
}  # fmt: skip
_PERIODS = {MONTH: Words("月", "month"), QUARTER: Words("季度", "quarter"), YEAR: Words("年", "year")}
_FIGURES = {COUNT: Words("记录数", "rows"), SUM: Words("合计", "sum"), MEAN: Words("平均", "mean")}
SIDE = 200
"""Units of a curve's square."""


@dataclass(frozen=True)
class Drawn:
    """A curve for the page's own SVG: points in the square, y downward."""

    title: Words
    across: Words
    up: Words
    points: str
    alone: list[tuple[str, str]]


@dataclass(frozen=True)
class CardShown:
    title: Words
    sent: bool
    pairs: list[c.Pair]
    quality: list[c.Pair]
    curves: list[Drawn]
    features: c.Table
    limits: list[Words]


@dataclass(frozen=True)
class FormShown:
    title: Words
    pairs: list[c.Pair]
    sections: c.Table


def declared(node: int, source: str) -> SourceDeclaration | None:
    return next((each for each in nodes.sources(node) if each.source == source), None)


def card(node: int, source: str, one: listings.ListingView) -> CardShown | None:
    """The card of the model that a product names; None for another product, or while the node does not declare it."""
    told = declared(node, source) if one.mode == MODEL else None
    scoring = told.use(MODEL, str(one.terms.get("question", ""))) if told else None
    if told is None or not isinstance(scoring, Scoring):
        return None
    found = told.card(scoring)
    return CardShown(
        title=_words(scoring.title),
        sent=scoring.features_from == SENT,
        pairs=[*_scoring_pairs(scoring), *(_card_pairs(found) if found else [])],
        quality=_quality(found) if found else [],
        curves=[_drawn(curve) for curve in found.curves] if found else [],
        features=_features(scoring),
        limits=[_words(limit) for limit in found.limits] if found else [],
    )


def form(node: int, source: str, one: listings.ListingView) -> FormShown | None:
    """The report that a product names."""
    told = declared(node, source) if one.mode == REPORT else None
    found = told.use(REPORT, str(one.terms.get("question", ""))) if told else None
    if not isinstance(found, ReportForm):
        return None
    rows = [
        [
            c.Cell(_words(section.title)),
            c.Cell(_words(section.by_title)),
            c.Cell(_joined([_words(figure.title) for figure in section.figures])),
            c.Cell(_joined(list(dict.fromkeys(_FIGURES[figure.figure] for figure in section.figures)))),
        ]
        for section in found.sections
    ]
    columns = [
        c.Column(Words("一节", "Section")), c.Column(Words("分组", "By")), c.Column(Words("数字", "Figures")),
        c.Column(Words("怎么算", "How"), phone=False),
    ]  # fmt: skip
    least = found.group_min
    pairs = [
        c.Pair(Words("期间", "Period"), Words(
            f"每份一个{_PERIODS[found.period].zh}，写作 {found.period_form}",
            f"one {_PERIODS[found.period].en} each, written {found.period_form}",
        )),
        c.Pair(Words("最小分组", "Smallest group"), Words(
            f"不足 {least} 条记录的分组不公布，能由其他分组推出的也不公布",
            f"groups of fewer than {least} records are withheld, and those that others would give away",
        )),
    ]  # fmt: skip
    return FormShown(_words(found.title), pairs, c.Table(columns, rows))


def _words(title: Title) -> Words:
    return Words(title.zh, title.en)


def _joined(words: list[Words]) -> Words:
    return Words("、".join(each.zh for each in words), ", ".join(each.en for each in words))


def _scoring_pairs(scoring: Scoring) -> list[c.Pair]:
    kind = _SCORES[scoring.kind_of_score]
    if scoring.bands:
        told = Words(
            f"{kind.zh}所在的档：{'、'.join(scoring.bands)}", f"band of the {kind.en}: {', '.join(scoring.bands)}"
        )
    elif scoring.classes:
        told = Words(f"{kind.zh}：{'、'.join(scoring.classes)}", f"{kind.en}: {', '.join(scoring.classes)}")
    else:
        told = Words(f"{kind.zh}，{scoring.digits} 位小数", f"{kind.en}, {scoring.digits} decimals")
    near = (
        [c.Pair(Words("防复制", "Against copying"), Words(
            f"每份合同在相近的输入上至多问 {scoring.near_max} 种",
            f"at most {scoring.near_max} inputs side by side for each contract",
        ))]
        if scoring.near_max is not None
        else []
    )  # fmt: skip
    return [
        c.Pair(Words("得到", "You get"), told),
        *near,
        c.Pair(Words("模型 SHA-256", "The model's SHA-256"), scoring.model_sha256, mono=True),
    ]


def _card_pairs(found: ModelCard) -> list[c.Pair]:
    return [
        c.Pair(Words("方法", "Method"), _words(found.method)),
        c.Pair(Words("训练数据", "Trained on"), _words(found.trained_on)),
        c.Pair(Words("用于", "Meant for"), _words(found.intended_use)),
    ]


def _quality(found: ModelCard) -> list[c.Pair]:
    rows = found.measured[0].rows
    return [
        c.Pair(Words("检验数据", "Measured on"), _words(found.measured_on)),
        c.Pair(Words("检验行数", "Rows measured"), f"{rows:,}"),
        *(c.Pair(_MEASURES[each.measure], each.value) for each in found.measured),
    ]


def _features(scoring: Scoring) -> c.Table:
    rows = [
        [
            c.Cell(feature.name),
            c.Cell(_words(feature.title)),
            c.Cell(_TYPES[feature.type]),
            c.Cell(_allowed(feature)),
            c.Cell(Words("必填", "required") if feature.required else Words("可选", "optional")),
        ]
        for feature in scoring.features
    ]
    columns = [
        c.Column(Words("特征", "Feature")), c.Column(Words("含义", "Meaning")), c.Column(Words("类型", "Type"), phone=False),
        c.Column(Words("范围", "Range")), c.Column(Words("要求", "Needed"), phone=False),
    ]  # fmt: skip
    return c.Table(columns, rows)


def _allowed(feature: Feature) -> str:
    if feature.type == CATEGORY:
        return "、".join(feature.choices[:12]) + (" …" if len(feature.choices) > 12 else "")
    return f"{Decimal(feature.minimum or 0):,f} – {Decimal(feature.maximum or 0):,f}"


def _drawn(curve: Curve) -> Drawn:
    title, across, up = _CURVES[curve.curve]
    places = [(f"{SIDE * float(point.x):.1f}", f"{SIDE * (1 - float(point.y)):.1f}") for point in curve.points]
    return Drawn(title, across, up, " ".join(",".join(place) for place in places), places if curve.curve != ROC else [])

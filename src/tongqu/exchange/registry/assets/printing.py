"""The memo of a recognition and the report of a value as papers: PDF/A-2b. A value says on every page that it is not booked."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from tongqu.exchange.bedrock import law, papers
from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.members import parties
from tongqu.exchange.registry.assets import factors, rules
from tongqu.exchange.registry.assets.inputs import AssetClass, Judged, Purpose, Way
from tongqu.exchange.registry.assets.models import AssetRecognition, Valuation

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOT_BOOKED = Words(
    "不得入账：本结果为估值参考，不得直接作为入账和调账的依据",
    "NOT TO BE BOOKED: an indicative value is no ground for booking or adjusting",
)

_TEMPLATE = """
#set document(title: data.title.zh + " " + data.number)
#set page(paper: "a4", margin: (x: 2.2cm, top: 2.4cm, bottom: 2.2cm),
  header: if data.mark != none { align(center, rect(stroke: 1pt + rgb("#8a1f1f"), inset: 5pt)[
    #text(fill: rgb("#8a1f1f"), size: 9pt, weight: "bold")[#data.mark.zh] \\
    #text(fill: rgb("#8a1f1f"), size: 7pt)[#data.mark.en]]) },
  footer: align(center, text(size: 7.5pt, fill: luma(90))[#data.footer.zh \\ #data.footer.en]))
#set text(font: families, lang: "zh", region: "cn", size: 10pt)
#v(6pt)
#align(center)[
  #text(size: 18pt, weight: "bold")[#data.title.zh]

  #text(size: 10pt)[#data.title.en]

  编号 No. #data.number
]
#let lines(rows) = table(
  columns: (30%, 1fr), inset: (x: 2pt, y: 5pt), stroke: (x, y) => (bottom: 0.4pt + luma(190)),
  ..rows.map(row => (
    [#row.zh #linebreak() #text(size: 7.5pt, fill: luma(110))[#row.en]],
    [#row.value #if row.note != "" [#linebreak() #text(size: 8pt, fill: luma(90))[#row.note]]],
  )).flatten(),
)
#for part in data.parts [
  #v(8pt)
  #text(weight: "bold")[#part.zh #text(size: 8pt, fill: luma(110))[#part.en]]
  #lines(part.rows)
]
"""


def _line(words: Words, value: str, note: str = "") -> dict[str, str]:
    return {"zh": words.zh, "en": words.en, "value": value, "note": note}


def _part(zh: str, en: str, rows: list[dict[str, str]]) -> dict[str, Any]:
    return {"zh": zh, "en": en, "rows": rows}


def _both(words: Words) -> str:
    return words.zh if words.zh == words.en else f"{words.zh} {words.en}"


def _asked(model: Any, name: str) -> Words:
    zh, en = model.model_fields[name].json_schema_extra["words"]
    return Words(zh, en)


def _cited(key: str) -> str:
    return law.cite(key).full.zh


def _plain(text: str) -> Words:
    return Words(text, text)


YES_NO = {True: Words("是", "Yes"), False: Words("否", "No")}


def answers(row: AssetRecognition) -> list[tuple[Words, Words, str, str]]:
    """Every answer of the wizard: the question, the answer, the reason that was given, the article it is asked under."""
    form = row.form
    told: list[tuple[Words, Words, str, str]] = [
        (_asked(Judged, name), YES_NO[form[name]], form[f"{name}_reason"], "ACC11:2")
        for name in ("owned", "benefits", "measurable")
    ]
    told.append((_asked(Judged, "purpose"), Purpose(form["purpose"]).words, "", "ACC11:2"))
    told.append((_asked(Judged, "way"), Way(form["way"]).words, "", "ACC11:2"))
    told.append((_asked(Judged, "business_model"), _plain(form["business_model"]), "", "ACC11:2"))
    told.append((_asked(Judged, "consumption"), _plain(form["consumption"]), "", "ACC11:2"))
    if row.asset_class == "intangible":
        months = row.useful_months
        life = Words(f"{months} 个月", f"{months} months") if months else Words("不确定", "indefinite")
        told.append((_asked(Judged, "ready_date"), _plain(str(row.ready_date)), "", "CAS6:amortisation"))
        told.append((_asked(Judged, "useful_months"), life, form["life_reason"], "CAS6:amortisation"))
    return told


def decided(row: AssetRecognition, on: date) -> law.Row:
    """The row of the table that decided, as it stood on the day."""
    form = row.form
    return rules.class_of(
        owned=form["owned"], benefits=form["benefits"], measurable=form["measurable"], purpose=form["purpose"], on=on
    )


def memo_pdf(row: AssetRecognition) -> bytes:
    """Raises papers.NoFont, ValueError for one that was not concluded."""
    if row.concluded_at is None:
        raise ValueError(f"recognition {row.pk} is not concluded")
    day = local_day(row.concluded_at)
    basis = decided(row, day)
    data = {
        "title": {"zh": "数据资源入表备忘录", "en": "Memo on the Recognition of a Data Resource"}, "mark": None,
        "number": str(row.pk),
        "footer": {
            "zh": "由企业按所列条文自行判断；条文后的括注说明本所对原文的把握程度。本所不作审计意见。",
            "en": "The firm's own judgement under the articles named; what stands in brackets says how well the text is known. No audit opinion.",
        },
        "parts": [
            _part("资产", "Asset", [
                _line(Words("企业", "Firm"), parties.organisation(row.holder_id).name),
                _line(Words("数据资产", "Data asset"), row.asset.name),
                _line(Words("首席数据官", "Chief data officer"), row.asset.officer),
                _line(Words("判断日期", "Judged on"), day.isoformat()),
            ]),
            _part("逐项判断", "Answer by answer", [
                _line(words, _both(answer), "；".join(one for one in (reason, _cited(cite)) if one))
                for words, answer, reason, cite in answers(row)
            ]),
            _part("结论", "Conclusion", [
                _line(Words("如何入表", "Recognised as"), _both(AssetClass(row.asset_class).words),
                      f"{basis.words.zh}（{basis.citation.full.zh}）"),
            ]),
        ],
    }  # fmt: skip
    return papers.typeset(_TEMPLATE, data, at=row.concluded_at)


METHODS = {
    "cost": Words("成本法", "Cost method"), "income": Words("收益法", "Income method"), "market": Words("市场法", "Market method"),
}  # fmt: skip


def factors_of(row: Valuation) -> list[tuple[Words, str, Words, str]]:
    """Every factor that is not worked out: what it is, its value, its source, its ground."""
    form = row.form
    if row.method == "cost":
        told = [
            (factors.CostKind(one["kind"]).words, yuan(one["amount_fen"]), factors.Source(one["source"]).words, one["basis"])
            for one in form["components"]
        ]  # fmt: skip
        delta = Words("价值调整系数 δ", "Coefficient δ")
        return [*told, (delta, form["delta"], factors.Source(form["delta_source"]).words, form["delta_basis"])]
    if row.method == "income":
        kind = factors.Income(form["kind"])
        told = [
            (Words(f"第 {number} 年{kind.words.zh}", f"Year {number}: {kind.words.en}"), _income(kind, one),
             factors.Source(one["source"]).words, one["basis"])
            for number, one in enumerate(form["years"], 1)
        ]  # fmt: skip
        rate = Words("折现率 i", "Discount rate i")
        return [*told, (rate, f"{form['rate']}%", factors.Source(form["rate_source"]).words, form["rate_basis"])]
    return [
        (Words(f"可比成交 {one['invoice']}", f"Comparable {one['invoice']}"),
         "X1–X5 " + " · ".join(one[name] for name in ("quality", "demand", "moment", "volume", "other")),
         factors.Source.TRADES.words, one["basis"])
        for one in form["comparables"]
    ]  # fmt: skip


def _income(kind: factors.Income, year: dict[str, Any]) -> str:
    match kind:
        case factors.Income.SHARE:
            return f"{yuan(year['income_fen'])} × {year['share']}%"
        case factors.Income.EXCESS:
            return f"{yuan(year['income_fen'])} − {yuan(year['others_fen'])}"
        case factors.Income.INCREMENT:
            return f"{yuan(year['income_fen'])} − {yuan(year['without_fen'])}"
        case _:
            return yuan(year["income_fen"])


def value_pdf(row: Valuation) -> bytes:
    """Raises papers.NoFont, ValueError for one that was not issued."""
    if row.issued_at is None:
        raise ValueError(f"valuation {row.pk} is not issued")
    data = {
        "title": {"zh": "数据资产估值参考", "en": "Indicative Value of a Data Asset"}, "number": str(row.pk),
        "mark": {"zh": NOT_BOOKED.zh, "en": NOT_BOOKED.en},
        "footer": {
            "zh": "公式和因素待核实；由企业自行填写，不是资产评估报告。",
            "en": "Formula and factors are to be verified; filled in by the firm, and no appraiser's report.",
        },
        "parts": [
            _part("对象", "Subject", [
                _line(Words("企业", "Firm"), parties.organisation(row.holder_id).name),
                _line(Words("数据资产", "Data asset"), row.asset.name),
                _line(Words("方法", "Method"), _both(METHODS[row.method]), _cited(f"VAL17:{row.method}")),
                _line(Words("评估基准日", "Base date"), row.base_date.isoformat()),
                _line(Words("用途", "What for"), row.form["purpose"]),
            ]),
            _part("因素", "Factors", [
                _line(words, value, f"{source.zh}；{basis}；待核实") for words, value, source, basis in factors_of(row)
            ]),
            _part("计算", "Working", [
                _line(Words(one["zh"], one["en"]), one["result"], one["formula"]) for one in row.steps
            ]),
            _part("结果", "Result", [
                _line(Words("估值参考", "Indicative value"), yuan(row.result_fen), f"{NOT_BOOKED.zh}（{_cited('ACC33:booking')}）")
            ]),
        ],
    }  # fmt: skip
    return papers.typeset(_TEMPLATE, data, at=row.issued_at)

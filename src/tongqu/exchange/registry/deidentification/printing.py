"""The report as a paper, from what was measured alone: PDF/A-2b."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from tongqu.exchange.bedrock import papers
from tongqu.exchange.members import parties
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.deidentification.inputs import steps_said
from tongqu.exchange.registry.deidentification.queries import ReportView

SHANGHAI = ZoneInfo("Asia/Shanghai")

_TEMPLATE = """
#set document(title: data.title.zh + " " + data.number)
#set page(paper: "a4", margin: (x: 2.2cm, y: 2.2cm),
  footer: align(center, text(size: 7.5pt, fill: luma(90))[#data.footer.zh \\ #data.footer.en]))
#set text(font: families, lang: "zh", region: "cn", size: 10pt)
#align(center)[
  #text(size: 18pt, weight: "bold")[#data.title.zh]

  #text(size: 10pt)[#data.title.en]

  编号 No. #data.number
]
#let lines(rows) = table(
  columns: (32%, 1fr), inset: (x: 2pt, y: 5pt), stroke: (x, y) => (bottom: 0.4pt + luma(190)),
  ..rows.map(row => ([#row.zh #linebreak() #text(size: 7.5pt, fill: luma(110))[#row.en]], [#row.value])).flatten(),
)
#lines(data.about)
#v(8pt)
#table(
  columns: (1fr, 22%, 22%), inset: 5pt, stroke: 0.4pt + luma(190), align: (left, right, right),
  table.header([*测量 Measured*], [*之前 before*], [*之后 after*]),
  ..data.measured.map(row => ([#row.zh #text(size: 7.5pt, fill: luma(110))[#row.en]], [#row.before], [#row.after])).flatten(),
)
#for one in data.warnings [
  #v(6pt)
  #block(inset: 6pt, stroke: 0.6pt + rgb("#b45309"), width: 100%)[#one.zh \\ #text(size: 7.5pt, fill: luma(90))[#one.en]]
]
#v(8pt)
#lines(data.steps)
#v(8pt)
#lines(data.review)
"""

_TITLE = {"zh": "去标识化效果评估报告", "en": "Report on the Effect of De-identification"}
_FOOTER = {
    "zh": "由数据所在节点测量，只含数字；阈值为本所设定。少于保护阈值的计数不予告知。",
    "en": "Measured where the data stands; numbers only. Thresholds are this exchange's. Small counts are not told.",
}


def report_pdf(report: ReportView) -> bytes:
    """The paper of a report that was measured. Raises papers.NoFont, ValueError for one that was not."""
    if report.before is None or report.after is None or report.measured_at is None:
        raise ValueError(f"report {report.id} is not measured")
    resource = catalogue.resource(report.resource_id)
    reviewer = parties.organisation(report.reviewer_id).name if report.reviewer_id else "—"
    data = {
        "title": _TITLE,
        "footer": _FOOTER,
        "number": str(report.id),
        "about": [
            _line("数据资源", "Resource", f"{resource.name}（{resource.code}）"),
            _line("持有方", "Holder", resource.provider),
            _line("数据版本（SHA-256）", "Version", _halves(report.source_version)),
            _line("测量时间", "Measured at", report.measured_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")),
            _line("测量结果摘要", "Digest", _halves(report.result_digest)),
            _line("敏感列", "Sensitive columns", "、".join(report.sensitive) or "—"),
        ],
        "measured": _measured(report.before, report.after),
        "warnings": [{"zh": one.zh, "en": one.en} for one in report.warnings],
        "steps": [_line(column, "", _step(step)) for column, step in report.columns]
        + [_line("删除的记录", "Records left out", told_share(report.suppressed))],
        "review": [
            _line("确认", "Confirmed by", reviewer if report.confirmed_at else "—"),
            _line("意见", "Opinion", report.opinion or "—"),
        ],
    }
    return papers.typeset(_TEMPLATE, data, at=report.measured_at)


def _halves(digest: str) -> str:
    """So that it finds room on two lines."""
    return f"{digest[:32]} {digest[32:]}"


def _line(zh: str, en: str, value: str) -> dict[str, str]:
    return {"zh": zh, "en": en, "value": value}


def _step(step: Mapping[str, Any] | None) -> str:
    words = steps_said(step or {"how": "keep"})
    return f"{words.zh} {words.en}"


def _measured(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    lines = [
        ("记录", "records", *(f"{one['records']:,}" for one in (before, after))),
        ("等价类", "classes", *(_count(one["classes"]) for one in (before, after))),
        ("最小等价类 k", "smallest class", *(str(one["k"]) for one in (before, after))),
        ("独一无二的记录", "unique records", *(_count(one["unique"]) for one in (before, after))),
        ("最大重标识风险 1/k", "greatest risk", *(told_share(one["risk_most"]) for one in (before, after))),
        ("平均重标识风险", "mean risk", *(told_share(one["risk_mean"]) for one in (before, after))),
    ]
    for was, now in zip(before["sensitive"], after["sensitive"], strict=False):
        lines.append((f"{was['column']}：l", "fewest values in a class", str(was["l"]), str(now["l"])))
        lines.append((f"{was['column']}：t", "greatest distance", _distance(was["t"]), _distance(now["t"])))
    return [{"zh": zh, "en": en, "before": was, "after": now} for zh, en, was, now in lines]


def _distance(basis_points: int) -> str:
    return f"{basis_points / 10_000:.3f}"


def _count(number: int | None) -> str:
    return "未告知 not told" if number is None else f"{number:,}"


def told_share(basis_points: int | None) -> str:
    """`427` → `4.27%`."""
    return "未告知 not told" if basis_points is None else f"{basis_points / 100:.2f}%"

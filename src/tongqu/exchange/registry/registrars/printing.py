"""The yearly report as a paper: figures from the log, the registrar's own account, and the digest by which they are checked."""

from __future__ import annotations

from typing import Any

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.members import parties
from tongqu.exchange.registry.registrars.queries import lines_of

_TEMPLATE = """
#set document(title: data.title.zh + " " + data.year)
#set page(paper: "a4", margin: (x: 2.2cm, y: 2.2cm),
  footer: align(center, text(size: 7.5pt, fill: luma(90))[#data.footer.zh \\ #data.footer.en]))
#set text(font: families, lang: "zh", region: "cn", size: 10.5pt)
#align(center)[
  #text(size: 18pt, weight: "bold")[#data.registrar \\ #data.year #data.title.zh]

  #text(size: 10pt)[#data.title.en #data.year]
]
#v(8pt)
#table(
  columns: (1fr, 24%), inset: (x: 2pt, y: 5pt), stroke: (x, y) => (bottom: 0.4pt + luma(190)), align: (left, right),
  ..data.lines.map(row => ([#row.zh #text(size: 7.5pt, fill: luma(110))[#row.en]], [#row.value])).flatten(),
)
#v(8pt)
#text(weight: "bold")[工作情况说明 Account]

#data.account

#v(10pt)
#align(right)[#data.registrar \\ #data.filed]
#v(6pt)
#text(size: 7.5pt, fill: luma(90))[数字摘要 Digest of the figures: #data.digest]
"""


def report_pdf(report: Any) -> bytes:
    """The paper of a report, filed or still due. Raises papers.NoFont."""
    at = report.filed_at or report.changed_at
    data = {
        "title": {"zh": "年度数据产权登记工作报告", "en": "Yearly report on registration of rights in data"},
        "footer": {
            "zh": "依据《数据产权登记工作指引（试行）》第十一条；数字由存证日志计数，可复算。",
            "en": "Article 11 of the Guidelines on Data Property Registration (Trial); figures are counted from the log.",
        },
        "registrar": parties.organisation(report.registrar_id).name,
        "year": str(report.year),
        "lines": [{"zh": words.zh, "en": words.en, "value": f"{number:,}"} for words, number in lines_of(report)],
        "account": report.account or "（待提交 to be filed）",
        "filed": str(local_day(report.filed_at)) if report.filed_at else "—",
        "digest": f"{report.digest[:32]} {report.digest[32:]}",
    }
    return papers.typeset(_TEMPLATE, data, at=at)

"""The certificate as a paper, rendered from the evidence alone: PDF/A-2b with a QR code for its verification."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import segno
from django.conf import settings

from tongqu.exchange.bedrock import papers
from tongqu.exchange.registry.ownership.certificate_code import parse
from tongqu.exchange.registry.ownership.inputs import ApplicantType, RegionScope, Right, SourceKind
from tongqu.exchange.registry.ownership.notices import LIMITS

SHANGHAI = ZoneInfo("Asia/Shanghai")

_TEMPLATE = """
#let red = rgb("#8a1f1f")
#set document(title: data.title.zh + " " + data.code, author: data.registrar)
#set page(
  paper: "a4",
  margin: (x: 2.4cm, top: 2.2cm, bottom: 3cm),
  footer-descent: 15%,
  background: pad(1.2cm, rect(width: 100%, height: 100%, stroke: 1.6pt + red)),
  footer: align(center, text(size: 7.5pt, fill: luma(90))[#data.footer.zh \\ #data.footer.en]),
)
#set text(font: families, lang: "zh", region: "cn", size: 10.5pt)
#set par(leading: 0.6em, spacing: 0.8em)
#align(center)[
  #text(size: 20pt, weight: "bold", tracking: 2pt)[#data.title.zh]

  #text(size: 10pt)[#data.title.en]

  #if data.mark != none [
    #rect(stroke: 1pt + red, inset: 6pt)[
      #text(fill: red, weight: "bold", size: 9.5pt)[#data.mark.zh] \\
      #text(fill: red, size: 8.5pt)[#data.mark.en]
    ]
  ]

  #text(size: 13pt)[编号 No. #data.code]
]
#table(
  columns: (24%, 1fr),
  inset: (x: 2pt, y: 6pt),
  stroke: (x, y) => (bottom: 0.4pt + luma(190)),
  ..data.rows.map(row => (
    [#text(fill: luma(70))[#row.zh] #linebreak() #text(size: 7.5pt, fill: luma(110))[#row.en]],
    [#row.value],
  )).flatten()
)
#v(6pt)
#block(breakable: false, grid(
  columns: (1fr, 3.2cm),
  [
    #data.registrar

    #text(size: 9pt)[#data.issued]

    #text(size: 7.5pt, fill: luma(90))[
      存证 Log position #data.log \\
      摘要 Digest #data.digest \\
      核验 Verify #data.url
    ]
  ],
  align(right, image(bytes(data.qr), format: "svg", width: 3cm)),
))
"""

_VOUCHER_MARK = {
    "zh": "预登记凭证：登记机构未列入全国目录，本凭证不是国家数据产权登记凭证",
    "en": "PRE-REGISTRATION VOUCHER: the registrar is not in the national directory; no national certificate",
}
_TITLES = {
    True: {"zh": "数据产权登记凭证", "en": "Certificate of Registration of Rights in Data"},
    False: {"zh": "数据产权预登记凭证", "en": "Pre-registration Voucher of Rights in Data"},
}
_FOOTER = {
    "zh": "登记自信息存证时完成；本凭证与存证记录不一致的，以存证记录为准。",
    "en": "Registration is complete at the moment of evidence; the evidence prevails over this paper.",
}


def verification_url(code: str) -> str:
    """Where anyone may check a certificate."""
    return f"{settings.PUBLIC_URL}/certificates/{code}"


def certificate_pdf(
    code: str, content: Mapping[str, Any], content_digest: str, log_position: int, issued_at: datetime
) -> bytes:
    """The file of a certificate. The same evidence gives the same bytes on the same machine. Raises papers.NoFont."""
    national = parse(code).national
    data = {
        "code": code,
        "title": _TITLES[national],
        "mark": None if national else _VOUCHER_MARK,
        "footer": _FOOTER,
        "registrar": content["registrar"]["name"],
        "issued": f"{_moment(issued_at.isoformat())} 核发 issued",
        "rows": [{"zh": zh, "en": en, "value": value} for zh, en, value in rows(content)],
        "log": str(log_position),
        "digest": content_digest,
        "url": verification_url(code),
        "qr": qr(verification_url(code)),
    }
    return papers.typeset(_TEMPLATE, data, at=issued_at)


def qr(url: str) -> str:
    """A QR code as SVG text."""
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", scale=4, border=2, xmldecl=False)
    return drawn.getvalue().decode()


def rows(content: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What the certificate says, line by line: words in both languages and the value."""
    data, rights, holder = content["data"], content["rights"], content["holder"]
    scope = f"{_both(RegionScope(data['region_scope']))} {data['region_note']}"
    period = f"{data['time_from_date']} — {data['time_to_date'] or '持续更新 growing'}"
    return [
        ("权利人", "Holder", f"{holder['name']}（{holder['credit_code']}，{ApplicantType(holder['type']).words.zh}）"),
        ("数据名称", "Data", data["name"]),
        ("数据概述", "Overview", data["overview"]),
        ("数据来源", "Source", _both(SourceKind(data["source_kind"]))),
        ("地域和时域", "Region and period", f"{scope}；{period}"),
        ("目录代码", "Catalogue code", content["resource"]["code"]),
        ("权利类型", "Rights", "、".join(_both(Right(kind)) for kind in rights["kinds"])),
        ("权利限制", "Limits", _limits(content)),
        ("记载事项", "Notes", "；".join(note["text"] for note in content["notes"]) or "无 none"),
        *_follows(content),
        ("存证时间", "Evidenced at", _moment(content["evidenced_at"])),
        ("有效期至", "Valid to", _moment(content["valid_to_at"])),
    ]  # fmt: skip


LATER = {
    "transfer": ("转让登记", "transfer"),
    "transfer-of-part": ("部分权利转让登记", "transfer of some rights"),
    "change": ("变更登记", "change"),
    "renewal": ("续期登记", "renewal"),
    "take-over": ("由原登记机构移交", "handed over by its registrar"),
}


def _follows(content: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Which certificate this one follows, and by what kind of registration."""
    if content["kind"] not in LATER:
        return []
    zh, en = LATER[content["kind"]]
    return [("原凭证", "Follows", f"{content['later']['replaces'] or '—'}（{zh} {en}）")]


def _both(choice: Any) -> str:
    return f"{choice.words.zh} {choice.words.en}"


def _limits(content: Mapping[str, Any]) -> str:
    said = [content["rights"]["limits"]] if content["rights"]["limits"] else []
    said += [f"{LIMITS[kind].zh}：{text}" for kind, text in content["limits"].items()]
    return "；".join(said) or "无 none"


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")

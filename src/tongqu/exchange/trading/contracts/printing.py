"""The contract as a paper: PDF/A-2b made from the signed text alone, with both signatures, the digest and a QR code.

The same contract gives the same bytes on the same machine. The paper is for reading; the signed canonical text is the
contract, and its digest on the paper says which text that is.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import segno
from django.conf import settings

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.trading import negotiation
from tongqu.exchange.trading.contracts.clauses import Clause, clauses, preamble
from tongqu.exchange.trading.contracts.models import Contract
from tongqu.wire.canonical import digest

SHANGHAI = ZoneInfo("Asia/Shanghai")
Line = dict[str, str]

_TEMPLATE = """
#set document(title: data.title.zh + " " + data.number, author: data.exchange)
#set page(
  paper: "a4",
  margin: (x: 2.4cm, top: 2.2cm, bottom: 2.6cm),
  footer: context [
    #set text(size: 7.5pt, fill: luma(90))
    #grid(columns: (1fr, auto), [#data.number · SHA-256 #data.digest], [#counter(page).display("1 / 1", both: true)])
  ],
)
#set text(font: families, lang: "zh", region: "cn", size: 10.5pt)
#set par(leading: 0.65em, spacing: 0.8em)
#let small(body) = text(size: 8pt, fill: luma(90))[#body]
#let both(line) = block(breakable: false)[#line.zh #linebreak() #small(line.en)]
#let pairs(rows) = table(
  columns: (26%, 1fr),
  inset: (x: 2pt, y: 5pt),
  stroke: (x, y) => (bottom: 0.4pt + luma(200)),
  ..rows.map(row => ([#row.zh #linebreak() #small(row.en)], [#row.value])).flatten()
)
#align(center)[
  #text(size: 18pt, weight: "bold")[#data.title.zh]

  #text(size: 10pt)[#data.title.en]

  #text(size: 11pt)[编号 No. #data.number]
]
#for line in data.preamble { both(line) }
#pairs(data.parties)
#for clause in data.clauses {
  block(above: 1.2em, sticky: true)[*#clause.zh* #h(0.6em) #small(clause.en)]
  if clause.rows.len() > 0 { pairs(clause.rows) }
  for line in clause.lines { both(line) }
}
#block(breakable: false)[
  #block(above: 1.4em)[*签署* #h(0.6em) #small("Signatures")]
  #grid(
    columns: (1fr, 3.2cm),
    column-gutter: 8pt,
    {
      for signature in data.signatures {
        block(below: 0.9em)[
          #signature.zh #h(0.4em) #small(signature.en) \\
          #signature.party \\
          #small(signature.how)
        ]
      }
      small[文本摘要 Digest of the signed text \\ #data.digest \\ 查看 See #data.url]
    },
    align(right, image(bytes(data.qr), format: "svg", width: 3cm)),
  )
]
"""

_TITLE = {"zh": "数据提供合同", "en": "Data Provision Contract"}
_DRAFT_TITLE = {"zh": "数据提供合同（签署文本）", "en": "Data Provision Contract: the text to be signed"}


def pdf(contract_id: int) -> bytes:
    """The contract as PDF; set when somebody first asks, kept as a paper of both parties from then on.

    Raises Unknown, papers.NoFont, papers.LostPaper.
    """
    row = Contract.objects.filter(pk=contract_id).first()
    if row is None:
        raise Unknown(f"contract {contract_id}")
    if row.paper:
        return papers.content(row.paper)
    made = typeset(row)
    name = f"{row.number}.pdf"
    for party in (row.consumer_id, row.provider_id):
        kept = papers.keep(made, name=name, media_type="application/pdf", at=row.in_force_at, by=party)
    # Two who ask at once set the same bytes: whoever writes first, the hash is the same.
    Contract.objects.filter(pk=row.pk).update(paper=kept.sha256)
    return made


def typeset(row: Contract) -> bytes:
    """The PDF of a contract's signed text as it stands in the row."""
    signed = negotiation.negotiation(row.negotiation_id)
    lasting = [
        _row("生效", "In force from", _moment(row.in_force_at)),
        _row("使用期至", "Use until", _moment(row.ends_at)),
    ]
    return _paper(row.text, signed, _TITLE, row.number, lasting, f"/desk/contract/{row.pk}", at=row.in_force_at)


def draft(negotiation_id: int) -> bytes:
    """The text that the next signature of a negotiation is for, as a paper with the same digest; it is not kept.

    Raises Unknown for a negotiation without such a text, papers.NoFont.
    """
    text, signed = negotiation.text_to_sign(negotiation_id), negotiation.negotiation(negotiation_id)
    tabled = datetime.fromisoformat(text["tabled_at"])
    rows = [_row("条款提出", "Terms tabled", _moment(tabled))]
    number, where = f"XS-{negotiation_id:06d}", f"/desk/negotiation/{negotiation_id}"
    return _paper(text, signed, _DRAFT_TITLE, number, rows, where, at=tabled)


def _paper(
    text: Mapping[str, Any], signed: negotiation.NegotiationView, title: Line, number: str, lasting: Sequence[Line],
    where: str, *, at: datetime,
) -> bytes:  # fmt: skip
    consumer, provider = text["parties"]["consumer"], text["parties"]["provider"]
    url = f"{settings.PUBLIC_URL}{where}"
    data = {
        "title": title,
        "number": number,
        "exchange": "Tongqu 通衢",
        "preamble": [_line(one) for one in preamble(text)],
        "parties": [
            _row("提供方（甲方）", "Provider", f"{provider['name']}（{provider['credit_code']}）"),
            _row("买方（乙方）", "Consumer", f"{consumer['name']}（{consumer['credit_code']}）"),
            *lasting,
        ],
        "clauses": [_set(one) for one in clauses(text)],
        "signatures": [
            _signature("提供方签署", "Signed by the provider", provider, signed.provider_signature),
            _signature("买方签署", "Signed by the consumer", consumer, signed.consumer_signature),
        ],
        "digest": digest(text),
        "url": url,
        "qr": _qr(url),
    }
    return papers.typeset(_TEMPLATE, data, at=at)


def _signature(zh: str, en: str, party: Mapping[str, Any], signature: Mapping[str, Any] | None) -> Line:
    standing = (signature or {}).get("standing")
    made = standing["signature"] if standing else signature
    how = "—"
    if made is not None:
        keeper = "交易场所代管密钥 key kept by the exchange" if made["kept_by"] == "exchange" else "自持密钥 own key"
        how = f"{_moment(datetime.fromisoformat(made['at']))} · {keeper} · {made['key_id']}"
    if standing:
        how += f" · 按长期成交指令 by standing instruction {standing['digest']}"
    return {"zh": zh, "en": en, "party": f"{party['name']}（{party['credit_code']}）", "how": how}


def _set(clause: Clause) -> dict[str, Any]:
    """A clause as the template sets it: both languages, one beneath the other."""
    rows = [_row(words.zh, words.en, _both(value)) for words, value in clause.rows]
    return {"zh": clause.title.zh, "en": clause.title.en, "rows": rows, "lines": [_line(one) for one in clause.lines]}


def _row(zh: str, en: str, value: str) -> Line:
    return {"zh": zh, "en": en, "value": value}


def _line(words: Words) -> Line:
    return {"zh": words.zh, "en": words.en}


def _both(words: Words) -> str:
    return words.zh if words.zh == words.en else f"{words.zh} / {words.en}"


def _moment(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _qr(url: str) -> str:
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", scale=4, border=2, xmldecl=False)
    return drawn.getvalue().decode()

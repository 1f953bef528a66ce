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

from tongqu.exchange.bedrock import law, papers
from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.trading import negotiation
from tongqu.exchange.trading.contracts.models import Contract
from tongqu.exchange.trading.listings import DataClass, Mode, Personal
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
    url = f"{settings.PUBLIC_URL}/desk/contract/{row.pk}"
    data = {
        "title": _TITLE,
        "number": row.number,
        "exchange": "Tongqu 通衢",
        "preamble": _preamble(row.text),
        "parties": _parties(row),
        "clauses": _clauses(row.text),
        "signatures": [
            _signature(
                "提供方签署", "Signed by the provider", row.text["parties"]["provider"], signed.provider_signature
            ),
            _signature(
                "买方签署", "Signed by the consumer", row.text["parties"]["consumer"], signed.consumer_signature
            ),
        ],
        "digest": digest(row.text),
        "url": url,
        "qr": _qr(url),
    }
    return papers.typeset(_TEMPLATE, data, at=row.in_force_at)


def _preamble(text: Mapping[str, Any]) -> list[Line]:
    mark = text.get("template_mark")
    zh = f"条款结构参照示范文本 {text['template']}（数据提供合同）"
    en = f"The clauses follow the structure of the model contract {text['template']}; its use is voluntary"
    said = [_line(f"{zh}；{mark['zh']}。", f"{en}; {mark['en']}.") if mark else _line(f"{zh}。", f"{en}.")]
    if text["related_parties"]:
        said.append(
            _line(
                "双方属于同一关联组，本合同已作关联交易标注。",
                "The parties are of one group; this deal is flagged as related.",
            )
        )
    return said


def _parties(row: Contract) -> list[Line]:
    consumer, provider = row.text["parties"]["consumer"], row.text["parties"]["provider"]
    return [
        _row("提供方（甲方）", "Provider", f"{provider['name']}（{provider['credit_code']}）"),
        _row("买方（乙方）", "Consumer", f"{consumer['name']}（{consumer['credit_code']}）"),
        _row("生效", "In force from", _moment(row.in_force_at)),
        _row("使用期至", "Use until", _moment(row.ends_at)),
    ]


def _clauses(text: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The numbers are those of the model contract, as far as secondary sources name them."""
    clauses = text["clauses"]
    data, delivery, price, accepted = (clauses[key] for key in ("1-data", "5-delivery", "6-price", "7-acceptance"))
    made = [
        _clause("1　标的数据", "1  The data", rows=_data(data)),
        _clause("2　数据产权安排", "2  Rights in the data", lines=[_line(
            "买方取得约定范围内的使用权；持有权、使用权、经营权仍归提供方，不得转授。",
            "The consumer may use within what is agreed; to hold, use and operate stays with the provider; no onward grant.",
        )]),
        _clause("5　交付与使用策略", "5  Delivery and usage policy", rows=_delivery(delivery), lines=[
            _line(said.zh, said.en) for said in negotiation.sentences(_terms(text))
        ]),
        _clause("6　价款", "6  Price", rows=_price(price)),
        _clause("7　验收", "7  Acceptance", rows=[
            _row("检验期", "Inspection", f"{accepted['inspection_days']} 日 days")
        ], lines=[_line(
            "检验期内可以书面异议；使用不等于验收合格；期满未异议的视为验收。",
            "Objections in the inspection period; using is not accepting; silence at its end accepts.",
        )]),
    ]  # fmt: skip
    if "8-protection" in clauses:
        made.append(_clause("8　安全保护义务", "8  Duties of protection", lines=_protection(clauses["8-protection"])))
    if text.get("note"):
        made.append(_clause("补充约定", "Note agreed", lines=[_line(text["note"], "as agreed in the negotiation")]))
    made.append(_clause("场内交易依据", "Why on the exchange", lines=[_venue(one) for one in text["venue"]]))
    return made


def _data(data: Mapping[str, Any]) -> list[Line]:
    return [
        _row("产品", "Product", data["name"]),
        _row("交付方式", "Delivery", _both(Mode(data["mode"]).words)),
        _row("产权登记", "Registered right", data["registration"] or "无 none"),
        _row("数据分级", "Data class", _both(DataClass(data["data_class"]).words)),
        _row("个人信息", "Personal information", _both(Personal(data["personal"]).words)),
        _row("来源", "Source", data["source"]),
    ]


def _delivery(delivery: Mapping[str, Any]) -> list[Line]:
    rows = [_row("使用期限", "Period of use", f"{delivery['period_days']} 日 days")]
    if delivery["question"]:
        rows.append(_row("核验问题", "Question", delivery["question"]))
    return rows


def _price(price: Mapping[str, Any]) -> list[Line]:
    if price["kind"] == "call":
        each = _row("单价", "Per call", f"{negotiation.micro_yuan(price['micro_yuan_per_call'])} / 次 call")
    else:
        each = _row("总价", "Fixed price", yuan(price["fixed_fen"]))
    return [each, _row("总额上限", "At most", yuan(price["at_most_fen"])), _row("定价依据", "Basis", price["basis"])]


def _terms(text: Mapping[str, Any]) -> dict[str, Any]:
    """The signed text as the terms from which its sentences are made."""
    delivery, price = text["clauses"]["5-delivery"], text["clauses"]["6-price"]
    return {
        "purposes": text["policy"]["permission"][0]["constraint"][0]["rightOperand"],
        "period_days": delivery["period_days"], "calls_max": delivery["calls_max"],
        "rate_per_minute": delivery["rate_per_minute"], "price_kind": price["kind"],
        "price_micro_yuan": price["micro_yuan_per_call"], "price_fen": price["fixed_fen"],
        "total_fen": price["at_most_fen"], "inspection_days": text["clauses"]["7-acceptance"]["inspection_days"],
    }  # fmt: skip


def _protection(clause: Mapping[str, Any]) -> list[Line]:
    cited = law.cite(clause["cite"]).words
    years = clause["records_kept_years"]
    return [
        _line(f"{clause['receiver_protects']}（{cited.zh}）。", f"{clause['receiver_protects_en']} ({cited.en})."),
        _line(f"{clause['provider_supervises']}。", f"{clause['provider_supervises_en']}."),
        _line(f"处理情况记录至少保存 {years} 年。", f"Records of the handling are kept for {years} years at least."),
    ]


def _venue(one: Mapping[str, Any]) -> Line:
    cited, mark = law.cite(one["cite"]).words, one["mark"]
    zh, en = f"{one['zh']}（{cited.zh}）", f"{one['en']} ({cited.en})"
    return _line(f"{zh}　〔{mark['zh']}〕", f"{en} [{mark['en']}]") if mark else _line(zh, en)


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


def _clause(zh: str, en: str, *, rows: Sequence[Line] = (), lines: Sequence[Line] = ()) -> dict[str, Any]:
    return {"zh": zh, "en": en, "rows": list(rows), "lines": list(lines)}


def _row(zh: str, en: str, value: str) -> Line:
    return {"zh": zh, "en": en, "value": value}


def _line(zh: str, en: str) -> Line:
    return {"zh": zh, "en": en}


def _both(words: Words) -> str:
    return f"{words.zh} {words.en}"


def _moment(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _qr(url: str) -> str:
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", scale=4, border=2, xmldecl=False)
    return drawn.getvalue().decode()

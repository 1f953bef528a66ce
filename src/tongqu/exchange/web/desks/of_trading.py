"""Products, negotiations, contracts and deliveries, as those who may see them read them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import Procedure, Unknown, local_day, procedure
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.members import nodes, parties
from tongqu.exchange.registry import catalogue, ownership
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.trading import contracts, delivery, listings, negotiation
from tongqu.exchange.trading.contracts import CONTRACT
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.treasury import billing, settlement
from tongqu.exchange.treasury.settlement import SETTLEMENT
from tongqu.exchange.web import said
from tongqu.exchange.web.components import Cell, Column, Label, Pair, Table, Tone, page
from tongqu.exchange.web.desks.of_drift import changed_columns, drift_of, refused_for, told_of_delivery
from tongqu.exchange.web.desks.parts import Document, Offer, Part, Reading, Row, Sheet
from tongqu.exchange.web.desks.wording import NO, YES, pairs_of, plain, words_of
from tongqu.wire.canonical import digest

ORIGIN = {
    "right": Words("采信产权登记", "the registered right"),
    "review": Words("审查通过", "review"),
    "returned": Words("退回补正", "handed back"),
}

CLASS = Words("数据分级", "Data class")
STATEMENTS_SHOWN = 50
HOW_ACCEPTED = {
    "act": Words("买方验收", "by the consumer"),
    "silence": Words("检验期满视为验收", "by silence at the end of inspection"),
    "decided": Words("异议不成立", "objection dismissed"),
}


def price_words(kind: str, micro_yuan: int | None, fen: int | None, charge: object = None) -> Words:
    """The price of one unit, or of the whole; `charge` says what a unit is, and is a call where nothing is said."""
    if kind == "call":
        amount = said.micro_yuan(int(micro_yuan or 0))
        unit = listings.Charge(str(charge or "asked")).unit
        return Words(f"{amount} / {unit.zh}", f"{amount} a {unit.en}")
    return plain(yuan(int(fen or 0)))


def listing_terms(one: listings.ListingView) -> dict[str, Any]:
    """The published terms as a negotiation would begin with them."""
    return {
        **one.terms,
        "name": one.name,
        "price_kind": one.price_kind,
        "price_micro_yuan": one.price_micro_yuan,
        "price_fen": one.price_fen,
        "total_fen": one.total_fen,
    }


def listing_sheet(row: Any, reading: Reading) -> Sheet:
    one, asks = listings.listing(row.pk), LISTING.begins.asks
    values = {name: getattr(one, name) for name in ("mode", "public_data", "personal")} | dict(one.terms)
    pairs = [
        Pair(
            Words("价格", "Price"),
            price_words(one.price_kind, one.price_micro_yuan, one.price_fen, one.terms.get("charge")),
        ),
        Pair(CLASS, listings.DataClass(one.data_class).words),
        *pairs_of(asks, values, ["mode", "public_data", "personal", "price_basis"]),
        reading.link(
            Words("数据资源", "Catalogue entry"), RESOURCE, one.resource_id, catalogue.resource(one.resource_id).name
        ),
    ]
    if one.registration_id is not None:
        right = ownership.right(one.registration_id)
        pairs.append(
            reading.link(
                Words("产权登记", "Registered right"), OWNERSHIP, one.registration_id, right.code or right.name
            )
        )
    drift = drift_of(catalogue.resource(one.resource_id))
    standing = listings.standing_holds(one)
    pairs.append(Pair(Words("长期成交指令", "Standing instruction"), YES if standing else NO))
    if one.state == "published":
        pairs.append(Pair(Words("公开页面", "Public page"), Words("查看", "look"), reverse("product", args=[row.pk])))
    review = (
        Part(
            Words("审查", "Review"),
            pairs=[
                Pair(Words("依据", "Basis"), ORIGIN.get(str(one.review.get("basis", "")), plain("—"))),
                *([Pair(Words("意见", "Opinion"), str(one.review["note"]))] if one.review.get("note") else []),
            ],
        )
        if one.review
        else Part(Words("审查", "Review"))
    )
    return Sheet(
        [(words_of(asks, "mode", one.mode), "info")],
        pairs,
        [
            *([changed_columns(drift, plain(one.name))] if drift is not None else []),
            Part(Words("产品说明", "What it is"), text=one.summary),
            Part(Words("使用条款", "Terms of use"), sentences=negotiation.sentences(listing_terms(one))),
            Part(Words("来源说明", "Where the data comes from"), text=one.source_statement),
            venue_for(one, reading),
            Part(
                Words("承诺", "Commitments"),
                sentences=[words_of(asks, "commitments", value) for value in row.commitments],
            ),
            review,
            Part(Words("结束理由", "Reason for ending"), text=row.ended_reason),
        ],
    )


def product_asked(number: str) -> Offer | None:
    """The product that a request's address names, while it is on sale: its terms, its purposes, its kind of price."""
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    try:
        one = listings.listing(int(number))
    except Unknown:
        return None
    if one.state != "published":
        return None
    provider = parties.organisation(one.provider_id)
    part = Part(
        Words(one.name, one.name),
        pairs=[
            Pair(Words("提供方", "Provider"), provider.name),
            Pair(Words("价格", "Price"), price_words(one.price_kind, one.price_micro_yuan, one.price_fen, one.terms.get("charge"))),
            Pair(Words("公开页面", "Public page"), Words("查看", "look"), reverse("product", args=[one.id])),
        ],
        sentences=negotiation.sentences(listing_terms(one)),
        note=Words(
            "以上是公布的条款；下面没有填的，按公布的条款。", "These are the published terms; what is left empty below stays as published."
        ),
    )  # fmt: skip
    purposes = [(one_of, words_of(LISTING.begins.asks, "purposes", one_of)) for one_of in one.terms["purposes"]]
    other_price = "price_fen" if one.price_kind == "call" else "price_micro_yuan"
    return Offer(part, {"listing": [(str(one.id), one.name)], "purposes": purposes}, frozenset({other_price}))


def related(reading: Reading, negotiation_id: int, here: Procedure) -> list[Pair]:
    """What belongs to one deal, as far as it has come: negotiation, settlement, contract, delivery, bill; but for `here`."""
    talks = procedure("negotiation")
    found: list[Pair] = [reading.link(talks.words, talks, negotiation_id, str(negotiation_id))]
    try:
        made = settlement.settlement_of(negotiation_id)
        found.append(reading.link(SETTLEMENT.words, SETTLEMENT, made.id, SETTLEMENT.label(made.state)))
        contract = contracts.contract_of(negotiation_id)
        found.append(reading.link(CONTRACT.words, CONTRACT, contract.id, contract.number))
        transfer = delivery.transfer_of(contract.id)
        found.append(reading.link(TRANSFER.words, TRANSFER, transfer.id, TRANSFER.label(transfer.state)))
        bill = billing.bill_of(transfer.id)
        found.append(reading.link(billing.BILL.words, billing.BILL, bill.id, yuan(bill.fen)))
    except Unknown:
        pass
    return [pair for pair in found if pair.words != here.words and pair.href]


def _signature(words: Words, signature: Mapping[str, Any] | None) -> Pair:
    if not signature:
        return Pair(words, Words("未签", "not signed yet"))
    if "standing" in signature:
        return Pair(words, Words("按长期成交指令", "by standing instruction"), tag="ok")
    kept = Words("代管密钥", "kept key") if signature.get("kept_by") == "exchange" else Words("自持密钥", "own key")
    at = said.moment(timezone.localtime(datetime.fromisoformat(signature["at"])))
    return Pair(words, Words(f"已签 {at}（{kept.zh}）", f"signed {at} ({kept.en})"), tag="ok")


def _signed_text(row: Any, reading: Reading) -> Document | None:
    """What the next signature is for, or what was signed: clause by clause, open for whoever signs next."""
    text = negotiation.text_for(row.pk, reading.by.party)
    if text is None:
        return None
    signs = {"requested": row.provider_id, "accepted": row.provider_id, "agreed": row.consumer_id}.get(row.state)
    return Document(
        Words("签署的文本", "The text that is signed") if row.consumer_signature else Words("将签署的文本", "The text to be signed"),
        digest(text),
        reverse("desk-text-pdf", args=[row.pk]),
        contracts.preamble(text),
        [
            Part(one.title, pairs=[Pair(words, value) for words, value in one.rows], sentences=one.lines)
            for one in contracts.clauses(text)
        ],
        opened=reading.by.party == signs,
    )  # fmt: skip


def negotiation_sheet(row: Any, reading: Reading) -> Sheet:
    pairs = [
        reading.link(Words("产品", "Product"), LISTING, row.listing_id, row.terms.get("name", "")),
        Pair(Words("总额上限", "At most"), yuan(row.terms["total_fen"])),
        Pair(Words("轮次", "Rounds"), row.rounds),
    ]
    if row.text_digest:
        pairs += [
            Pair(Words("协议文本摘要", "Digest of the text"), row.text_digest, mono=True),
            _signature(Words("提供方签名", "Provider's signature"), row.provider_signature),
            _signature(Words("买方签名", "Consumer's signature"), row.consumer_signature),
        ]
    tags: list[tuple[Words, Tone]] = []
    if row.text and row.text.get("related_parties"):
        tags.append((Words("关联交易", "related parties"), "due"))
    return Sheet(
        tags,
        pairs,
        [
            Part(
                Words("当前条款", "The terms on the table"),
                sentences=negotiation.sentences(row.terms),
                note=Words("由执行同一策略的条款生成", "Made from the policy that is enforced"),
            ),
            _changes(row),
            Part(Words("说明", "Note"), text=str(row.terms.get("note", ""))),
            *([_venue(row.text)] if row.text else []),
            Part(Words("终止原因", "Why it ended"), text=row.ended_reason),
        ],
        related(reading, row.pk, procedure("negotiation")),
        _signed_text(row, reading),
    )


DIRECTIONS = {
    "tighter": Words("收紧", "tighter"),
    "looser": Words("放宽", "looser"),
    "other": Words("变更", "changed"),
}


def _changes(row: Any) -> Part:
    """What the terms on the table change of those before them, line by line."""
    first = row.rounds == 1
    title = (
        Words("与公布条款的差别", "Against what is published")
        if first
        else Words("与上一轮的差别", "Against the last round")
    )
    nothing = Words("没有", "none")
    said = []
    for each in negotiation.changes(row.terms_before, row.terms) if row.terms_before else ():
        how, was, now = DIRECTIONS[each.direction], each.was or nothing, each.now or nothing
        said.append(Words(f"【{how.zh}】原：{was.zh} 现：{now.zh}", f"[{how.en}] was: {was.en} now: {now.en}"))
    return Part(title, sentences=said)


def _basis(zh: str, en: str, cite: str, mark: Words | None) -> Words:
    """A basis with its citation, and with its mark where its text is no law that was read."""
    cited, marked = law.cite(cite).words, mark or Words("", "")
    return Words(
        f"{zh}（{cited.zh}）" + (f"〔{marked.zh}〕" if mark else ""),
        f"{en} ({cited.en})" + (f" [{marked.en}]" if mark else ""),
    )


def _venue(text: Mapping[str, Any]) -> Part:
    """On which basis the deal is made here, as the signed text has it."""
    found = [
        _basis(one["zh"], one["en"], one["cite"], Words(**one["mark"]) if one["mark"] else None)
        for one in text.get("venue", ())
    ]
    return Part(Words("场内交易依据", "Why on the exchange"), sentences=found)


def venue_for(one: listings.ListingView, reading: Reading) -> Part:
    """What the texts say of where the reader's organisation buys this product."""
    reading.learn(reading.by.party)
    if reading.by.party not in reading.known:
        return Part(Words("场内交易依据", "Why on the exchange"))
    seen = listings.Venue(
        on=local_day(reading.at),
        venue="on-exchange",
        public_data=one.public_data,
        personal=one.personal in {"general", "sensitive"},
        buyer_kind=reading.known[reading.by.party].kind,
        simple_clear=one.registration_id is not None,
    )
    found = [_basis(b.words.zh, b.words.en, b.cite, b.mark) for b in listings.venue_basis(seen)]
    return Part(Words("场内交易依据（以本单位为买方）", "Why on the exchange, were you the buyer"), sentences=found)


def contract_sheet(row: Any, reading: Reading) -> Sheet:
    clauses, asks = row.text["clauses"], LISTING.begins.asks
    data = clauses["1-data"]
    terms = negotiation.agreed(row.text).terms
    pairs = [
        Pair(Words("合同编号", "Number"), row.number),
        Pair(Words("示范文本", "Model text"), row.text["template"]),
        Pair(Words("生效", "In force from"), row.in_force_at),
        Pair(Words("使用期至", "Use until"), row.ends_at),
        Pair(Words("总额上限", "At most"), yuan(row.total_fen)),
        Pair(Words("签署文本摘要", "Digest of the signed text"), row.text_digest, mono=True),
        Pair(
            Words("合同文本", "As a paper"),
            Words("下载 PDF", "Download PDF"),
            reverse("desk-contract-pdf", args=[row.pk]),
        ),
    ]
    object_pairs = [
        Pair(Words("产品", "Product"), data["name"]),
        Pair(Words("交付方式", "Delivery"), words_of(asks, "mode", data["mode"])),
        Pair(Words("产权凭证", "Certificate"), data["registration"] or Words("无", "none")),
        Pair(CLASS, listings.DataClass(data["data_class"]).words),
        Pair(Words("个人信息", "Personal information"), words_of(asks, "personal", data["personal"])),
        Pair(Words("来源", "Source"), data["source"]),
    ]
    kept = [
        Words(
            "买方取得使用权；持有权、使用权、经营权仍归提供方。",
            "The consumer may use; to hold, use and operate stays with the provider.",
        )
    ]
    return Sheet(
        [(Words("关联交易", "related parties"), "due")] if row.text["related_parties"] else [],
        pairs,
        [
            Part(Words("标的数据", "The data"), object_pairs),
            Part(Words("权利", "Rights"), sentences=kept),
            Part(Words("使用、价款与验收", "Use, price and acceptance"), sentences=negotiation.sentences(terms)),
            _venue(row.text),
            Part(Words("解除理由", "Why it ends"), text=row.ended_reason),
        ],
        related(reading, row.negotiation_id, CONTRACT),
    )


def statements_table(transfer: int, count: int, reading: Reading, *, calls: int, units: int) -> Table:
    """A page of a node's statements, as the delivery and its bill show them; the sums are of all."""
    where = page(reading.asked.get("statements"), size=STATEMENTS_SHOWN, total=count)
    rows: list[Row] = [
        [
            Cell(Words(f"第 {s.number} 份", f"No. {s.number}"), plain(said.moment(timezone.localtime(s.received_at)))),
            plain(f"{s.from_sequence}–{s.to_sequence}"),
            plain(f"{s.calls:,}"),
            plain(f"{s.units:,}"),
            plain(said.short(s.digest, 6)),
        ]
        for s in delivery.statements(transfer, offset=where.span.start, limit=STATEMENTS_SHOWN)
    ]
    columns = [
        Column(Words("结算单", "Statement")),
        Column(Words("回执序号", "Receipts"), num=True),
        Column(Words("调用", "Calls"), num=True),
        Column(Words("计费单位", "Units"), num=True, phone=False),
        Column(Words("摘要", "Digest"), phone=False),
    ]
    totals: list[Cell | Label] = [Words("合计", "Total"), "", plain(f"{calls:,}"), plain(f"{units:,}"), ""]
    return Table(
        columns, rows, page=where if where.last > 1 else None, totals=totals if rows else (), page_name="statements"
    )


def _how_to_use(row: Any, permit: str, address: str, text: Mapping[str, Any], negotiation_id: int) -> Part:
    """The calls of a running delivery, ready to copy: by curl, and by the command, which checks every answer."""
    agreed = negotiation.agreed(text).terms
    purposes, region = agreed["purposes"], next(iter(agreed["regions"]), None)
    url, headers = address.rstrip("/"), '-H "Authorization: Bearer $TONGQU_CALL_TOKEN" -H "Tongqu-Call: $(uuidgen)"'
    key = Words("要核验的键", "key-to-verify").of(get_language())
    stated = f" --region {region}" if region else ""
    headers += f' -H "Tongqu-Region: {region}"' if region else ""
    if row.mode == "verification":
        question = text["clauses"]["5-delivery"]["question"]
        asked = {"permit": permit, "purpose": purposes[0], "question": question, "key": key}
        body = shlex.quote(json.dumps(asked, ensure_ascii=False))
        call = f"{shlex.quote(url + '/v1/verify')} \\\n  {headers} \\\n  -H 'Content-Type: application/json' -d {body}"
        command = f"tongqu trade call {negotiation_id} {key}{stated}"
    elif row.mode in {"model", "report"}:
        use = text["clauses"]["5-delivery"]["question"]
        features = {Words("特征", "feature").of(get_language()): 0}
        path, wanted = {
            "model": ("/v1/score", {"scoring": use, "row": features}), "report": ("/v1/reports", {"report": use, "period": "2020-03"}),
        }[row.mode]  # fmt: skip
        body = shlex.quote(json.dumps({"permit": permit, "purpose": purposes[0], **wanted}, ensure_ascii=False))
        file = " -o report.pdf" if row.mode == "report" else ""
        call = f"{shlex.quote(url + path)}{file} \\\n  {headers} \\\n  -H 'Content-Type: application/json' -d {body}"
        command = (
            f"tongqu trade score {negotiation_id} --rows features.csv"
            if row.mode == "model"
            else (f"tongqu trade report {negotiation_id} 2020-03 report.pdf")
        )
    elif row.mode == "api":
        values = {Words("参数", "parameter").of(get_language()): Words("值", "value").of(get_language())}
        query = text["clauses"]["5-delivery"]["question"]
        asked = {"permit": permit, "purpose": purposes[0], "query": query, "values": values}
        body = shlex.quote(json.dumps(asked, ensure_ascii=False))
        call = f"{shlex.quote(url + '/v1/query')} \\\n  {headers} \\\n  -H 'Content-Type: application/json' -d {body}"
        command = f"tongqu trade query {negotiation_id} {'='.join(*values.items())}"
    else:
        where = f"{url}/v1/datasets/{quote(permit)}?{urlencode({'purpose': purposes[0]})}"
        call = f"{shlex.quote(where)} \\\n  {headers} \\\n  -D headers.txt -o data"
        command = f"tongqu trade download {negotiation_id} data{stated}"
    asks = LISTING.begins.asks
    names = [words_of(asks, "purposes", one) for one in purposes]
    return Part(
        Words("怎么用", "How to use it"),
        pairs=[
            Pair(Words("节点地址", "Node's address"), url, mono=True),
            Pair(Words("许可", "Permit"), permit, mono=True),
            Pair(
                Words("用途（每次调用写明其一）", "Purposes (each call names one)"),
                Words(
                    "、".join(f"{w.zh} {one}" for w, one in zip(names, purposes, strict=True)),
                    ", ".join(f"{w.en} {one}" for w, one in zip(names, purposes, strict=True)),
                ),
            ),
        ],
        sentences=[
            Words(
                "先在本页“设定调用口令”；口令只显示一次，填在下面的 tq_… 处。",
                "First set the call token on this page; it is shown once, and stands below where tq_… is.",
            ),
            Words(
                "Tongqu-Call 是这一次调用的编号：没收到回答时用同一编号重试，不会重复计费。",
                "Tongqu-Call is the key of one call: when no answer came, ask again with the same; it is billed once.",
            ),
        ],
        commands=[
            (Words("用 curl", "With curl"), f"export TONGQU_CALL_TOKEN=tq_…\ncurl -f {call}"),
            (
                Words("用 tongqu 命令（自设口令，核对并保存回执）", "With tongqu (sets a token of its own, checks and keeps receipts)"),
                f"export TONGQU_URL={settings.PUBLIC_URL}\nexport TONGQU_API_KEY=tq_…\n"
                f"tongqu trade collect {negotiation_id}\n{command}",
            ),
        ],
        note=Words(
            "用命令会设定新的口令，此前的口令随即失效；接口密钥在“密钥与授权”页生成。",
            "The commands set a new token in place of the one before; API keys are made on the page of keys.",
        ),
    )  # fmt: skip


def transfer_sheet(row: Any, reading: Reading) -> Sheet:
    view, asks = delivery.transfer(row.pk), LISTING.begins.asks
    made = contracts.contract(row.contract_id)
    permitted = negotiation.agreed(made.text).terms["calls_max"]
    pairs = [
        Pair(Words("交付方式", "Delivery"), words_of(asks, "mode", row.mode)),
        Pair(
            Words("已调用", "Calls so far"),
            Words(f"{row.calls:,} 次，共许可 {permitted:,} 次", f"{row.calls:,} of {permitted:,} permitted"),
        ),
        Pair(Words("许可", "Permit"), view.permit or Words("尚未签发", "not issued yet"), mono=bool(view.permit)),
        Pair(Words("节点地址", "Node's address"), nodes.node(row.node_id).address or "—", mono=True),
        Pair(Words("数据版本", "Version of the data"), row.source_version, mono=True),
        Pair(Words("开始", "Started"), row.started_at),
        Pair(Words("使用期至", "Use until"), row.use_ends_at),
        Pair(Words("检验期", "Inspection"), Words(f"{row.inspection_days} 日", f"{row.inspection_days} days")),
    ]
    if negotiation.agreed(made.text).terms["acknowledge"]:
        count = delivery.stated(row.pk)
        last = next((s.acknowledged for s in delivery.statements(row.pk, offset=max(0, count - 1), limit=1)), 0)
        told = Words(f"至第 {last} 份", f"up to no. {last}") if last else Words("尚无", "none yet")
        pairs.append(
            Pair(Words("买方确认的回执（按最近结算单）", "Receipts acknowledged, by the last statement"), told)
        )
    if negotiation.agreed(made.text).terms["consent_kinds"]:
        checked = delivery.reports.checked(row.pk)
        pairs.append(
            Pair(
                Words("逐人核对同意", "Consent checked, person by person"),
                Words(
                    f"{checked.consented:,} 人次有同意，{checked.left_out:,} 人次未提供",
                    f"{checked.consented:,} with consent, {checked.left_out:,} left out",
                ),
            )
        )
    if row.refused_seconds:
        pairs.append(
            Pair(Words("节点因数据变更拒绝调用", "Calls refused for changed data"), refused_for(row.refused_seconds))
        )
    if row.accepted_how:
        pairs.append(Pair(Words("验收", "Accepted"), HOW_ACCEPTED.get(row.accepted_how, plain("—")), tag="ok"))
    using = []
    if row.state == "started" and view.permit and reading.by.party == row.consumer_id:
        using = [_how_to_use(row, view.permit, nodes.node(row.node_id).address, made.text, made.negotiation_id)]
    table = statements_table(row.pk, delivery.stated(row.pk), reading, calls=row.calls, units=row.units)
    return Sheet(
        [(words_of(asks, "mode", row.mode), "info")],
        pairs,
        [
            *([told_of_delivery(row)] if row.drift else []),
            *using,
            Part(Words("节点结算单", "Statements of the node"), table=table),
            Part(Words("理由", "Reason"), text=row.reason),
        ],
        related(reading, made.negotiation_id, TRANSFER),
    )

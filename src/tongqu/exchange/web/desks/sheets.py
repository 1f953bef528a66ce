"""What a subject is, for those who may see it: a few facts in words, and what stands in it. One function a procedure.

A procedure without a function of its own is shown by the questions of its beginning, so a new table has a page at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import Actor, Procedure, Unknown, local_day, procedure, see
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.members import mandates, nodes, parties
from tongqu.exchange.members.credentials import SIGNATURE_KEY
from tongqu.exchange.members.mandates import API_KEY, MANDATE
from tongqu.exchange.members.nodes import NODE
from tongqu.exchange.members.parties import ADMISSION
from tongqu.exchange.registry import catalogue, ownership
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.trading import contracts, delivery, listings, negotiation
from tongqu.exchange.trading.contracts import CONTRACT
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.treasury import billing, settlement, sharing
from tongqu.exchange.treasury.deposits import DEPOSIT
from tongqu.exchange.treasury.settlement import SETTLEMENT
from tongqu.exchange.treasury.sharing import SHARE_PLAN
from tongqu.exchange.web import said
from tongqu.exchange.web.components import Cell, Column, Pair, Table, Tone
from tongqu.exchange.web.desks import names
from tongqu.exchange.web.desks.acting import role_words
from tongqu.exchange.web.desks.wording import NO, YES, citation, joined, octets, pairs_of, plain, words_of

ORIGIN = {"right": Words("采信产权登记", "the registered right"), "review": Words("审查通过", "review"),
          "returned": Words("退回补正", "handed back")}  # fmt: skip
HOW_ACCEPTED = {"act": Words("买方验收", "by the consumer"), "silence": Words("检验期满视为验收", "by silence at the end of inspection"),
                "decided": Words("异议不成立", "objection dismissed")}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One card: a heading and, in this order, pairs, sentences, a table, a note."""

    title: Words
    pairs: Sequence[Pair] = ()
    sentences: Sequence[Words] = ()
    table: Table | None = None
    note: Words | None = None
    text: str = ""
    folded: bool = False

    def __bool__(self) -> bool:
        return bool(self.pairs or self.sentences or (self.table and self.table.rows) or self.note or self.text)


@dataclass(frozen=True)
class Sheet:
    """Tags beneath the title, facts, and cards; `forms` are parts of the form as handed in, folded away until wanted."""

    tags: Sequence[tuple[Words, Tone]] = ()
    pairs: Sequence[Pair] = ()
    parts: Sequence[Part] = ()
    related: Sequence[Pair] = ()

    @property
    def forms(self) -> list[Part]:
        return [part for part in self.parts if part.folded]

    @property
    def cards(self) -> list[Part]:
        return [part for part in self.parts if not part.folded]


@dataclass
class Reading:
    """Who reads, when, and the names met so far."""

    by: Actor
    at: datetime
    known: dict[int, parties.OrganisationView] = field(default_factory=dict)

    def learn(self, *ids: int | None) -> None:
        self.known.update(names.organisations(one for one in ids if one and one not in self.known))

    def party(self, number: int | None) -> str:
        self.learn(number)
        return self.known[number].name if number in self.known else "—"

    def sees(self, table: Procedure, pk: int | None) -> bool:
        """Whether a link to another subject would lead anywhere."""
        if pk is None:
            return False
        try:
            see(table, pk, self.by)
        except Unknown:
            return False
        return True

    def link(self, words: Words, table: Procedure, pk: int | None, text: str | Words) -> Pair:
        href = reverse("desk-subject", args=[table.name, pk]) if self.sees(table, pk) else ""
        return Pair(words, text, href)


def sheet(table: Procedure, subject: Any, reading: Reading) -> Sheet:
    reading.learn(*names.parties_on(table, subject))
    made = SHEETS.get(table.name, _by_questions)(subject, reading) if table.name in SHEETS else _by_questions(subject, reading, table)
    seats = [
        Pair(capital(seat.words), reading.party(getattr(subject, seat.field))) for seat in table.seats
        if table.name != "admission" and getattr(subject, seat.field) is not None
    ]  # fmt: skip
    return Sheet(made.tags, [*seats, *made.pairs], [part for part in made.parts if part], made.related)


def capital(words: Words) -> Words:
    """A label begins with a capital; within a sentence the same words do not."""
    return Words(words.zh, words.en[:1].upper() + words.en[1:])


def _by_questions(subject: Any, reading: Reading, table: Procedure | None = None) -> Sheet:
    if table is None:
        return Sheet()
    model = table.begins.asks
    values = {name: getattr(subject, name) for name in model.model_fields if hasattr(subject, name)}
    return Sheet(pairs=pairs_of(model, values, list(model.model_fields)))


def _day(at: datetime | None) -> Words:
    return plain(said.day(timezone.localtime(at)) if at else "—")


def _admission(row: Any, reading: Reading) -> Sheet:
    asks = ADMISSION.begins.asks
    values = {name: getattr(row, name) for name in asks.model_fields if hasattr(row, name)}
    shown = ["kind", "credit_code", "address", "legal_representative", "contact_name", "contact_phone", "contact_email",
             "licence", "licence_until_date"]  # fmt: skip
    pairs = pairs_of(asks, values, shown)
    region = parties.divisions.full_name(row.region, on=local_day(reading.at))
    pairs.insert(2, Pair(Words("所在地", "Region"), f"{region}（{row.region}）"))
    pairs += [Pair(Words("已授角色", "Roles"), role_words(tuple(row.roles)))]
    if set(row.asked_roles) - set(row.roles):
        pairs.append(Pair(Words("申请角色", "Roles asked for"), role_words(tuple(row.asked_roles))))
    if row.verified_at:
        pairs.append(Pair(Words("上次核验", "Last verified"), row.verified_at))
        pairs.append(Pair(Words("下次核验前", "To be verified by"), row.verify_by_at))
    controls = parties.controls_of(row.pk)
    control_asks = ADMISSION.act("declare_control").asks
    table = Table(
        [Column(Words("控制方", "Controller")), Column(Words("被控制方", "Controlled")), Column(Words("方式", "By"), phone=False), Column(Words("期间", "Period"), phone=False)],
        [[Cell(c.controller_name, c.controller_code), Cell(c.controlled_code), words_of(control_asks, "basis", c.basis),
          plain(f"{c.since_date} → {c.until_date or ''}")] for c in controls],
    )  # fmt: skip
    return Sheet(
        [(role_words(tuple(row.roles)), "ok")] if row.roles else [],
        pairs,
        [
            Part(Words("需要补正", "Still missing"), sentences=[plain(one) for one in row.missing]),
            Part(Words("理由", "Reasons"), sentences=[plain(one) for one in row.reasons]),
            Part(Words("控制关系", "Control"), table=table),
        ],
    )


def _mandate(row: Any, reading: Reading) -> Sheet:
    who = names.people([row.person_id, row.granted_by_id])
    pairs = [
        Pair(Words("人员", "Person"), who.get(row.person_id, "—")),
        Pair(Words("角色", "Roles"), role_words(tuple(row.roles))),
        Pair(Words("生效", "From"), row.since_at), Pair(Words("终止", "Until"), row.until_at),
        Pair(Words("授权人", "Granted by"), who.get(row.granted_by_id, Words("交易场所", "the exchange"))),
    ]  # fmt: skip
    return Sheet(pairs=[*pairs, *pairs_of(MANDATE.begins.asks, {"reason": row.reason}, ["reason"])])


def _api_key(row: Any, reading: Reading) -> Sheet:
    who = names.people([row.person_id])
    return Sheet(pairs=[
        Pair(Words("人员", "Person"), who.get(row.person_id, "—")),
        Pair(Words("密钥开头", "Begins with"), row.prefix, mono=True),
        Pair(Words("角色", "Roles"), role_words(tuple(row.roles))),
        Pair(Words("终止", "Until"), row.until_at), Pair(Words("最近使用", "Last used"), row.last_used_at),
    ])  # fmt: skip


def _signature_key(row: Any, reading: Reading) -> Sheet:
    who = names.people([row.person_id])
    return Sheet(pairs=[
        Pair(Words("人员", "Person"), who.get(row.person_id, "—")),
        *pairs_of(SIGNATURE_KEY.begins.asks, {"keeper": row.keeper, "name": row.name}, ["keeper", "name"]),
        Pair(Words("密钥编号", "Key number"), row.key_id, mono=True), Pair(Words("公钥", "Public key"), row.public, mono=True),
        Pair(Words("停用时间", "Retired"), row.retired_at),
    ])  # fmt: skip


def _node(row: Any, reading: Reading) -> Sheet:
    pairs = [
        Pair(Words("地址", "Address"), row.address or Words("节点尚未报告", "not told yet"), mono=bool(row.address)),
        Pair(Words("软件", "Software"), row.software), Pair(Words("注册时间", "Registered"), row.registered_at),
        Pair(Words("最近联系", "Last heard"), row.last_seen_at),
    ]  # fmt: skip
    modes = LISTING.begins.asks
    rows = [
        [Cell(Words(s.title.zh, s.title.en), plain(s.source)), joined(words_of(modes, "mode", mode) for mode in s.modes),
         plain(f"{s.rows:,}"), plain(len(s.columns))]
        for s in nodes.sources(row.pk)
    ]  # fmt: skip
    table = Table(
        [Column(Words("数据源", "Source")), Column(Words("交付方式", "Delivery")), Column(Words("行", "Rows"), num=True), Column(Words("列", "Columns"), num=True, phone=False)],
        rows,
    )  # fmt: skip
    return Sheet(pairs=pairs, parts=[Part(Words("申报的数据源", "Declared sources"), table=table)])


def elements_table(entry: catalogue.ResourceView) -> Table:
    """信息项 beside what the node measured."""
    items = catalogue_items()
    return Table(
        [Column(Words("信息项", "Element")), Column(Words("类型", "Type")), Column(Words("空值", "Nulls"), num=True),
         Column(Words("不同值", "Distinct"), num=True, phone=False), Column(Words("范围", "Range"), phone=False)],
        [
            [Cell(e.name, e.note), words_of(items, "type", e.type), _counted(e.nulls), _counted(e.distinct),
             plain(f"{e.minimum} – {e.maximum}" if e.minimum is not None else "—")]
            for e in entry.elements
        ],
    )  # fmt: skip


def catalogue_items() -> Any:
    from tongqu.exchange.web.desks.forms import row_model

    return row_model(RESOURCE.begins.asks.model_fields["items"])


def _counted(number: int | None) -> Words:
    return plain("—" if number is None else f"{number:,}")


def _resource(row: Any, reading: Reading) -> Sheet:
    entry = catalogue.resource(row.pk)
    values = {name: getattr(entry, name) for name in ("kind", "personal", "format", "sharing", "sharing_condition", "opening",
                                                       "opening_condition", "cycle", "abstract")}  # fmt: skip
    pairs = [
        Pair(Words("信息资源代码", "Code"), entry.code, mono=True), Pair(Words("分类", "Class"), " / ".join(entry.class_names)),
        *pairs_of(RESOURCE.begins.asks, values, ["abstract", "kind", "personal", "format", "cycle", "sharing", "sharing_condition",
                                                 "opening", "opening_condition"]),
        reading.link(Words("数据节点", "Node"), NODE, row.node_id, nodes.node(row.node_id).name),
        Pair(Words("数据源", "Source"), entry.source), Pair(Words("编目日期", "Catalogued"), entry.published_date),
    ]  # fmt: skip
    tags: list[tuple[Words, Tone]] = []
    parts: list[Part] = []
    if entry.rows is not None:
        tags.append((Words(f"实测 {entry.rows:,} 行 {len(entry.elements)} 列", f"{entry.rows:,} rows measured"), "ok"))
    if entry.fault:
        note = "节点未在期限内答复" if entry.fault == "no-answer" else "节点未能测量这一数据源"
        parts.append(Part(Words("测量没有完成", "Not measured"), note=Words(note, "The node did not measure the source")))
    measured = _day(entry.measured_at)
    title = Words(f"信息项（{measured.zh} 节点实测）", f"Elements (measured at the node on {measured.en})") if entry.rows else Words("信息项", "Elements")
    parts.append(Part(title, table=elements_table(entry)))
    return Sheet(tags, pairs, parts)


F1 = (
    (Words("登记对象", "What is registered"), ("overview", "industry_code", "origin", "is_utility", "public_registration_code", "region_scope",
     "region_note", "time_from_date", "time_to_date", "frequency", "records", "volume_bytes", "shapes", "structure", "watermark", "fingerprint")),
    (Words("来源与合规", "Source and compliance"), ("source_kind", "relation", "is_product", "substitutes_source", "may_use_source",
     "contract_assigns", "changed_in_substance", "much_more_valuable", "others_consent", "entrustment_allows", "personal", "important")),
    (Words("权利与限制", "Rights and limits"), ("rights", "right_until_date", "right_limits", "limit_objects", "limit_qualification",
     "limit_environment", "limit_region", "limit_resale", "limit_export", "no_publicity_reason")),
    (Words("申请人", "Applicant"), ("applicant_type", "legal_representative", "established_date", "registered_address", "business_until_date",
     "business_scope", "subsistence", "contact_name", "contact_phone", "contact_address")),
)  # fmt: skip


def _ownership(row: Any, reading: Reading) -> Sheet:
    file, asks = ownership.dossier(row.pk), OWNERSHIP.begins.asks
    rights = joined(ownership.right_words(row.rights))
    entry = catalogue.resource(row.resource_id)
    issued = ownership.certificate_of(row.pk)
    pairs = [
        reading.link(Words("数据资源", "Catalogue entry"), RESOURCE, row.resource_id, f"{entry.name}（{entry.code}）"),
        Pair(Words("权利类型", "Rights"), rights),
        *pairs_of(asks, file.form, ["overview", "source_kind", "records"]),
        Pair(Words("节点实测", "Measured"), Words(f"{entry.rows:,} 行 {len(entry.elements)} 列", f"{entry.rows:,} rows, {len(entry.elements)} columns") if entry.rows is not None else "—"),
        Pair(Words("受理日", "Accepted on"), row.accepted_date),
    ]  # fmt: skip
    if issued is not None:
        pairs.append(Pair(issued.words, issued.code, reverse("certificate", args=[issued.code])))
        pairs.append(Pair(Words("有效期至", "Valid until"), row.valid_to_at))
    tags: list[tuple[Words, Tone]] = [(rights, "info")]
    if row.accepted_by_silence:
        tags.append((Words("逾期视为受理", "accepted by silence"), "due"))
    if file.right.frozen:
        tags.append((Words("权利被限制", "frozen"), "bad"))
    parts = [_missing(file), _heads(file), _objections(row, file, reading), _notes(file)]
    if file.refusal is not None:
        parts.append(Part(Words("不予登记告知书", "Notice of refusal"), text=file.refusal.zh if _chinese() else file.refusal.en))
    parts += [Part(title, pairs_of(asks, file.form, fields, no_is_silence=True), folded=True) for title, fields in F1]
    return Sheet(tags, pairs, parts)


def _chinese() -> bool:
    from django.utils.translation import get_language

    return not (get_language() or "").startswith("en")


def _missing(file: ownership.Dossier) -> Part:
    return Part(Words("要求补充的内容", "What was asked for"), sentences=[plain(one) for one in file.missing])


def _heads(file: ownership.Dossier) -> Part:
    asks = OWNERSHIP.act("find").asks
    current = {one.head: one for one in file.heads if one.current}
    if not current and file.right.state not in {"accepted", "reviewing", "adding"}:
        return Part(Words("审查", "Review"))
    rows = []
    for key in ("description", "source", "ownership"):
        one = current.get(key)
        verdict = Cell(Words("待审查", "open"), tag="") if one is None else (
            Cell(Words("通过", "passes"), tag="ok") if one.passes else Cell(Words("不通过", "does not pass"), tag="bad"))
        rows.append([Cell(words_of(asks, "head", key)), verdict, Cell(plain(one.finding) if one else "",
                     Words(f"依据 {len(one.evidence)} 份材料", f"{len(one.evidence)} papers") if one else "")])  # fmt: skip
    columns = [Column(Words("审查项", "Head")), Column(Words("结论", "Finding")), Column(Words("意见", "Opinion"), phone=False)]
    return Part(Words("审查三项", "The three heads of the review"), table=Table(columns, rows), note=citation("PROP35:18"))


def sees_objectors(row: Any, by: Actor) -> bool:
    """Who objected, and how to reach them, is for the registrar and the authorities alone."""
    return (row.registrar_id == by.party and "registrar" in by.roles) or any(o.role in by.roles for o in OWNERSHIP.seen_by)


def _objections(row: Any, file: ownership.Dossier, reading: Reading) -> Part:
    open_to = sees_objectors(row, reading.by)
    who = names.people([one.person_id for one in file.objections]) if open_to else {}
    rows = []
    for one in file.objections:
        state = Cell(Words("调查中", "investigated"), tag="due") if one.upheld is None else (
            Cell(Words("成立", "upheld"), tag="bad") if one.upheld else Cell(Words("不成立", "dismissed"), tag="ok"))  # fmt: skip
        name = f"{who.get(one.person_id, '—')}（{one.contact}）" if open_to else Words("实名异议人", "an objector known by name")
        rows.append([Cell(plain(one.reason), name), state, plain(one.finding or "—")])
    columns = [Column(Words("异议理由", "Objection")), Column(Words("结论", "Result")), Column(Words("调查意见", "Finding"), phone=False)]
    return Part(Words("异议", "Objections"), table=Table(columns, rows))


def _notes(file: ownership.Dossier) -> Part:
    asks = OWNERSHIP.act("note").asks
    rows = [
        [Cell(words_of(asks, "kind", n.kind), plain(n.text)), Cell(Words("已注销", "lifted"), tag="") if n.lifted_at else Cell(Words("有效", "stands"), tag="due"),
         plain(n.until_date or "—")]
        for n in file.notes
    ]  # fmt: skip
    columns = [Column(Words("限制事项", "Note")), Column(Words("状态", "State")), Column(Words("至", "Until"), phone=False)]
    return Part(Words("限制事项", "Notes beside the right"), table=Table(columns, rows))


def price_words(kind: str, micro_yuan: int | None, fen: int | None) -> Words:
    if kind == "call":
        amount = said.micro_yuan(int(micro_yuan or 0))
        return Words(f"{amount} / 次", f"{amount} a call")
    return plain(yuan(int(fen or 0)))


def listing_terms(one: listings.ListingView) -> dict[str, Any]:
    """The published terms as a negotiation would begin with them."""
    return {
        **one.terms, "name": one.name, "price_kind": one.price_kind, "price_micro_yuan": one.price_micro_yuan,
        "price_fen": one.price_fen, "total_fen": one.total_fen,
    }  # fmt: skip


def _listing(row: Any, reading: Reading) -> Sheet:
    one, asks = listings.listing(row.pk), LISTING.begins.asks
    values = {name: getattr(one, name) for name in ("mode", "data_class", "public_data", "personal")} | dict(one.terms)
    pairs = [
        Pair(Words("价格", "Price"), price_words(one.price_kind, one.price_micro_yuan, one.price_fen)),
        *pairs_of(asks, values, ["mode", "data_class", "public_data", "personal", "price_basis"]),
        reading.link(Words("数据资源", "Catalogue entry"), RESOURCE, one.resource_id, catalogue.resource(one.resource_id).name),
    ]  # fmt: skip
    if one.registration_id is not None:
        right = ownership.right(one.registration_id)
        pairs.append(reading.link(Words("产权登记", "Registered right"), OWNERSHIP, one.registration_id, right.code or right.name))
    standing = one.standing is not None and listings.standing_holds(row.pk)
    pairs.append(Pair(Words("长期成交指令", "Standing instruction"), YES if standing else NO))
    if one.state == "published":
        pairs.append(Pair(Words("公开页面", "Public page"), Words("查看", "look"), reverse("product", args=[row.pk])))
    review = Part(Words("审查", "Review"), pairs=[
        Pair(Words("依据", "Basis"), ORIGIN.get(str(one.review.get("basis", "")), plain("—"))),
        *([Pair(Words("意见", "Opinion"), str(one.review["note"]))] if one.review.get("note") else []),
    ]) if one.review else Part(Words("审查", "Review"))  # fmt: skip
    return Sheet(
        [(words_of(asks, "mode", one.mode), "info")], pairs,
        [
            Part(Words("产品说明", "What it is"), text=one.summary),
            Part(Words("使用条款", "Terms of use"), sentences=negotiation.sentences(listing_terms(one))),
            Part(Words("来源说明", "Where the data comes from"), text=one.source_statement), _venue_for(one, reading),
            Part(Words("承诺", "Commitments"), sentences=[words_of(asks, "commitments", value) for value in row.commitments]), review,
            Part(Words("结束理由", "Reason for ending"), text=row.ended_reason),
        ],
    )  # fmt: skip


def _related(reading: Reading, negotiation_id: int, here: Procedure) -> list[Pair]:
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


def _negotiation(row: Any, reading: Reading) -> Sheet:
    pairs = [
        reading.link(Words("产品", "Product"), LISTING, row.listing_id, row.terms.get("name", "")),
        Pair(Words("总额上限", "At most"), yuan(row.terms["total_fen"])),
        Pair(Words("轮次", "Rounds"), row.rounds),
    ]  # fmt: skip
    if row.text_digest:
        pairs += [
            Pair(Words("协议文本摘要", "Digest of the text"), row.text_digest, mono=True),
            _signature(Words("提供方签名", "Provider's signature"), row.provider_signature),
            _signature(Words("买方签名", "Consumer's signature"), row.consumer_signature),
        ]
    related: list[tuple[Words, Tone]] = []
    if row.text and row.text.get("related_parties"):
        related.append((Words("关联交易", "related parties"), "due"))
    return Sheet(
        related, pairs,
        [
            Part(Words("当前条款", "The terms on the table"), sentences=negotiation.sentences(row.terms),
                 note=Words("由执行同一策略的条款生成", "Made from the policy that is enforced")),
            Part(Words("说明", "Note"), text=str(row.terms.get("note", ""))),
            *([_venue(row.text)] if row.text else []),
            Part(Words("终止原因", "Why it ended"), text=row.ended_reason),
        ],
        _related(reading, row.pk, procedure("negotiation")),
    )  # fmt: skip


def _basis(zh: str, en: str, cite: str, mark: Words | None) -> Words:
    """A basis with its citation, and with its mark where its text is no law that was read."""
    cited, marked = law.cite(cite).words, mark or Words("", "")
    return Words(f"{zh}（{cited.zh}）" + (f"〔{marked.zh}〕" if mark else ""), f"{en} ({cited.en})" + (f" [{marked.en}]" if mark else ""))


def _venue(text: Mapping[str, Any]) -> Part:
    """On which basis the deal is made here, as the signed text has it."""
    found = [_basis(one["zh"], one["en"], one["cite"], Words(**one["mark"]) if one["mark"] else None) for one in text.get("venue", ())]
    return Part(Words("场内交易依据", "Why on the exchange"), sentences=found)


def _venue_for(one: listings.ListingView, reading: Reading) -> Part:
    """What the texts say of where the reader's organisation buys this product."""
    reading.learn(reading.by.party)
    if reading.by.party not in reading.known:
        return Part(Words("场内交易依据", "Why on the exchange"))
    seen = listings.Venue(
        on=local_day(reading.at), venue="on-exchange", public_data=one.public_data, personal=one.personal in {"general", "sensitive"},
        buyer_kind=reading.known[reading.by.party].kind, simple_clear=one.registration_id is not None,
    )  # fmt: skip
    found = [_basis(b.words.zh, b.words.en, b.cite, b.mark) for b in listings.venue_basis(seen)]
    return Part(Words("场内交易依据（以本单位为买方）", "Why on the exchange, were you the buyer"), sentences=found)


def _contract(row: Any, reading: Reading) -> Sheet:
    clauses, asks = row.text["clauses"], LISTING.begins.asks
    data, price = clauses["1-data"], clauses["6-price"]
    terms = {
        "purposes": row.text["policy"]["permission"][0]["constraint"][0]["rightOperand"], "period_days": clauses["5-delivery"]["period_days"],
        "calls_max": clauses["5-delivery"]["calls_max"], "rate_per_minute": clauses["5-delivery"]["rate_per_minute"],
        "price_kind": price["kind"], "price_micro_yuan": price["micro_yuan_per_call"], "price_fen": price["fixed_fen"],
        "total_fen": price["at_most_fen"], "inspection_days": clauses["7-acceptance"]["inspection_days"],
    }  # fmt: skip
    pairs = [
        Pair(Words("合同编号", "Number"), row.number), Pair(Words("示范文本", "Model text"), row.text["template"]),
        Pair(Words("生效", "In force from"), row.in_force_at), Pair(Words("使用期至", "Use until"), row.ends_at),
        Pair(Words("总额上限", "At most"), yuan(row.total_fen)),
        Pair(Words("签署文本摘要", "Digest of the signed text"), row.text_digest, mono=True),
        Pair(Words("合同文本", "As a paper"), Words("下载 PDF", "Download PDF"), reverse("desk-contract-pdf", args=[row.pk])),
    ]  # fmt: skip
    object_pairs = [
        Pair(Words("产品", "Product"), data["name"]), Pair(Words("交付方式", "Delivery"), words_of(asks, "mode", data["mode"])),
        Pair(Words("产权凭证", "Certificate"), data["registration"] or Words("无", "none")),
        Pair(Words("数据分级", "Data class"), words_of(asks, "data_class", data["data_class"])),
        Pair(Words("个人信息", "Personal information"), words_of(asks, "personal", data["personal"])),
        Pair(Words("来源", "Source"), data["source"]),
    ]  # fmt: skip
    kept = [Words("买方取得使用权；持有权、使用权、经营权仍归提供方。", "The consumer may use; to hold, use and operate stays with the provider.")]
    return Sheet(
        [(Words("关联交易", "related parties"), "due")] if row.text["related_parties"] else [],
        pairs,
        [
            Part(Words("标的数据", "The data"), object_pairs), Part(Words("权利", "Rights"), sentences=kept),
            Part(Words("使用、价款与验收", "Use, price and acceptance"), sentences=negotiation.sentences(terms)),
            _venue(row.text), Part(Words("解除理由", "Why it ends"), text=row.ended_reason),
        ],
        _related(reading, row.negotiation_id, CONTRACT),
    )  # fmt: skip


def _transfer(row: Any, reading: Reading) -> Sheet:
    view, asks = delivery.transfer(row.pk), LISTING.begins.asks
    made = contracts.contract(row.contract_id)
    permitted = made.text["clauses"]["5-delivery"]["calls_max"]
    pairs = [
        Pair(Words("交付方式", "Delivery"), words_of(asks, "mode", row.mode)),
        Pair(Words("已调用", "Calls so far"), Words(f"{row.calls:,} 次，共许可 {permitted:,} 次", f"{row.calls:,} of {permitted:,} permitted")),
        Pair(Words("许可", "Permit"), view.permit or Words("尚未签发", "not issued yet"), mono=bool(view.permit)),
        Pair(Words("节点地址", "Node's address"), nodes.node(row.node_id).address or "—", mono=True),
        Pair(Words("数据版本", "Version of the data"), row.source_version, mono=True),
        Pair(Words("开始", "Started"), row.started_at), Pair(Words("使用期至", "Use until"), row.use_ends_at),
        Pair(Words("检验期", "Inspection"), Words(f"{row.inspection_days} 日", f"{row.inspection_days} days")),
    ]  # fmt: skip
    if row.accepted_how:
        pairs.append(Pair(Words("验收", "Accepted"), HOW_ACCEPTED.get(row.accepted_how, plain("—")), tag="ok"))
    rows = [
        [Cell(Words(f"第 {s.number} 份", f"No. {s.number}"), plain(said.moment(timezone.localtime(s.received_at)))), plain(f"{s.from_sequence:,}–{s.to_sequence:,}"),
         plain(f"{s.calls:,}"), plain(f"{s.units:,}"), plain(said.short(s.digest, 6))]
        for s in delivery.statements(row.pk)
    ]  # fmt: skip
    table = Table(
        [Column(Words("结算单", "Statement")), Column(Words("回执序号", "Receipts"), num=True), Column(Words("调用", "Calls"), num=True),
         Column(Words("计费单位", "Units"), num=True, phone=False), Column(Words("摘要", "Digest"), phone=False)], rows,
        totals=[Words("合计", "Total"), "", plain(f"{row.calls:,}"), plain(f"{row.units:,}"), ""] if rows else (),
    )  # fmt: skip
    return Sheet(
        [(words_of(asks, "mode", row.mode), "info")], pairs,
        [Part(Words("节点结算单", "Statements of the node"), table=table), Part(Words("理由", "Reason"), text=row.reason)],
        _related(reading, made.negotiation_id, TRANSFER),
    )  # fmt: skip


def _money(words: Words, fen: int | None) -> Pair:
    return Pair(words, "—" if fen is None else yuan(fen))


def _settlement(row: Any, reading: Reading) -> Sheet:
    pairs = [
        _money(Words("冻结金额", "Held"), row.total_fen), _money(Words("应付", "Charged"), row.charged_fen), _money(Words("平台费", "Fee"), row.fee_fen),
        _money(Words("退回", "Returned"), None if row.charged_fen is None else row.total_fen - row.charged_fen),
    ]  # fmt: skip
    if row.fee_basis_points is not None:
        fee = law.figure("house.exchange_fee", on=local_day(row.changed_at))
        mark = fee.label or Words("", "")
        pairs.insert(3, Pair(Words("费率", "Rate"), Words(f"{said.share(row.fee_basis_points)}（{mark.zh}）", f"{said.share(row.fee_basis_points)} ({mark.en})")))
    parts = [Part(Words("等待备款", "Waiting for funds"), note=Words(
        "买方账户余额不足。入金到账后自动冻结并成交。", "The consumer's balance does not cover it. Money that arrives is held at once."))] if row.state == "awaiting_funds" else []  # fmt: skip
    done = sharing.distribution_of(row.pk)
    if done is not None:
        parts.append(_shares(done.parts, reading, Words("收益分配", "How it was shared")))
    return Sheet(pairs=pairs, parts=parts, related=_related(reading, row.negotiation_id, SETTLEMENT))


def _bill(row: Any, reading: Reading) -> Sheet:
    pairs = [
        Pair(Words("计费单位", "Units"), f"{row.units:,}"),
        *([Pair(Words("单价", "Price"), said.micro_yuan(row.price_micro_yuan))] if row.price_micro_yuan is not None else []),
        Pair(Words("计量金额", "Metered"), said.micro_yuan(row.metered_micro_yuan)),
        Pair(Words("上期结转", "Carried in"), said.micro_yuan(row.carried_in_micro_yuan)),
        Pair(Words("结转下期", "Carried out"), said.micro_yuan(row.carried_out_micro_yuan)), _money(Words("应付", "Charged"), row.fen),
    ]  # fmt: skip
    rows = [
        [Words(f"第 {one['number']} 份", f"No. {one['number']}"), plain(f"{one['from']:,}–{one['to']:,}"), plain(f"{one['calls']:,}"), plain(f"{one['units']:,}"),
         plain(said.short(one["digest"], 6))]
        for one in row.lines
    ]  # fmt: skip
    columns = [Column(Words("结算单", "Statement")), Column(Words("回执序号", "Receipts"), num=True), Column(Words("调用", "Calls"), num=True),
               Column(Words("计费单位", "Units"), num=True, phone=False), Column(Words("摘要", "Digest"), phone=False)]  # fmt: skip
    return Sheet(pairs=pairs, parts=[Part(Words("账单明细", "Made from"), table=Table(columns, rows),
                 note=Words("不足一分的余数结转下期", "What is less than a fen is carried to the next bill"))],
                 related=_related(reading, contracts.contract(row.contract_id).negotiation_id, billing.BILL))  # fmt: skip


def _deposit(row: Any, reading: Reading) -> Sheet:
    values = {name: getattr(row, name) for name in ("reference", "booked_date", "payer", "payer_account", "fen", "memo")}
    pairs = pairs_of(DEPOSIT.begins.asks, values, list(values))
    if row.party_id is None:
        pairs.append(Pair(Words("入账单位", "Credited to"), Words("待认领", "not known yet"), tag="due"))
    return Sheet(pairs=pairs, parts=[Part(Words("依据", "Ground"), text=row.reason)])


def _bank_fault(row: Any, reading: Reading) -> Sheet:
    pairs = [
        Pair(Words("文件", "File"), row.file_name), Pair(Words("行", "Line"), row.row),
        Pair(Words("流水号", "Reference"), row.reference or "—", mono=bool(row.reference)),
        Pair(Words("处理时间", "Dealt with"), row.resolved_at),
    ]  # fmt: skip
    return Sheet(pairs=pairs, parts=[
        Part(Words("为什么没有入账", "Why it was not taken"), sentences=[Words(row.zh, row.en)]),
        Part(Words("原文", "The line"), text=row.raw), Part(Words("处理结果", "What was done"), text=row.resolution),
    ])  # fmt: skip


def _payout(row: Any, reading: Reading) -> Sheet:
    who = names.people([row.requested_by, row.approved_by, row.paid_by])
    pairs = [
        _money(Words("金额", "Amount"), row.fen), Pair(Words("户名", "Account name"), row.account_name), Pair(Words("开户行", "Bank"), row.bank),
        Pair(Words("账号", "Account number"), row.account, mono=True), Pair(Words("申请人", "Asked by"), who.get(row.requested_by, "—")),
        Pair(Words("复核人", "Approved by"), who.get(row.approved_by, "—")), Pair(Words("付款人", "Paid by"), who.get(row.paid_by, "—")),
        Pair(Words("银行流水号", "Bank's reference"), row.bank_reference or "—", mono=bool(row.bank_reference)), Pair(Words("付款日期", "Paid on"), row.paid_date),
    ]  # fmt: skip
    return Sheet(pairs=pairs, parts=[Part(Words("理由", "Reason"), text=row.reason)])


def _shares(shares: Sequence[Mapping[str, Any]], reading: Reading, title: Words) -> Part:
    reading.learn(*[int(s["party"]) for s in shares])
    paid = any("fen" in s for s in shares)
    rows: list[list[Cell | Words | str]] = [
        [Cell(reading.party(int(s["party"])), str(s.get("ground", ""))), plain(said.share(int(s["basis_points"]))), *([plain(yuan(int(s["fen"])))] if paid else [])]
        for s in shares
    ]  # fmt: skip
    columns = [Column(Words("单位", "Party")), Column(Words("比例", "Share"), num=True), *([Column(Words("金额", "Amount"), num=True)] if paid else [])]
    totals = [Words("合计", "Total"), plain("100%"), plain(yuan(sum(int(s["fen"]) for s in shares)))] if paid else ()
    return Part(title, table=Table(columns, rows, totals=totals), note=Words("不足一分的零头归列在第一的一方", "The odd fen is the first party's"))


def _share_plan(row: Any, reading: Reading) -> Sheet:
    reading.learn(*[int(p) for p in row.agreed_by])
    waits = [int(s["party"]) for s in row.shares if int(s["party"]) not in row.agreed_by]
    reading.learn(*waits)
    pairs = [
        reading.link(Words("产品", "Product"), LISTING, row.listing_id, row.name),
        Pair(Words("已确认", "Agreed"), "、".join(reading.party(int(p)) for p in row.agreed_by) or "—"),
        Pair(Words("待确认", "Still to agree"), "、".join(reading.party(p) for p in waits) or "—"),
        Pair(Words("生效", "In force from"), row.in_force_at),
    ]  # fmt: skip
    return Sheet(pairs=pairs, parts=[_shares(row.shares, reading, Words("分配", "Shares"))])


def _distribution(row: Any, reading: Reading) -> Sheet:
    pairs = [
        _money(Words("可分收益", "Proceeds"), row.fen), reading.link(SETTLEMENT.words, SETTLEMENT, row.settlement_id, row.name),
        reading.link(SHARE_PLAN.words, SHARE_PLAN, row.plan_id, str(row.plan_id)) if row.plan_id else Pair(SHARE_PLAN.words, Words("没有方案，全部归提供方", "no plan: all is the provider's")),
    ]  # fmt: skip
    return Sheet(pairs=pairs, parts=[_shares(row.parts, reading, Words("分配", "Shares"))])


def _case(row: Any, reading: Reading) -> Sheet:
    about = procedure(row.about)
    reading.learn(row.party)
    text = Words(f"{about.words.zh} · {about.label(row.act).zh}", f"{about.words.en} · {about.label(row.act).en}")
    pairs = [
        reading.link(Words("关于", "About"), about, row.subject, text),
        Pair(Words("申请方", "Asked by"), reading.party(row.party)),
        Pair(Words("应由", "To be decided by"), mandates.ROLE_WORDS.get(row.office, plain(row.office))),
    ]  # fmt: skip
    found = [Words(f"{f['zh']}（{citation(f['cite']).zh}）", f"{f['en']} ({citation(f['cite']).en})") for f in row.findings]
    return Sheet(pairs=pairs, parts=[Part(Words("规则留待人工判断", "What the rules leave to a person"), sentences=found),
                                     Part(Words("决定理由", "Reason of the decision"), text=row.reason)])  # fmt: skip


SHEETS: dict[str, Callable[..., Sheet]] = {
    "admission": _admission,
    "mandate": _mandate,
    "api_key": _api_key,
    "signature_key": _signature_key,
    "node": _node,
    "resource": _resource,
    "ownership": _ownership,
    "listing": _listing,
    "negotiation": _negotiation,
    "contract": _contract,
    "transfer": _transfer,
    "settlement": _settlement,
    "bill": _bill,
    "deposit": _deposit,
    "bank_fault": _bank_fault,
    "payout": _payout,
    "share_plan": _share_plan,
    "distribution": _distribution,
    "case": _case,
}


def file_size(size: int) -> str:
    return octets(size)

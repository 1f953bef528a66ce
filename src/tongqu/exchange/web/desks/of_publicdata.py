"""Registrations of public data, the matters about them and the duty to register, as those who may see them read them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.inputs import heads
from tongqu.exchange.bedrock.procedures import Unknown, local_day, procedure
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import catalogue, publicdata
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.publicdata import PUBLIC_DUTY, PUBLIC_REGISTRATION
from tongqu.exchange.web.components import Cell, Column, Pair, Table, Tone
from tongqu.exchange.web.desks.parts import Offer, Part, Reading, Row, Sheet
from tongqu.exchange.web.desks.wording import citation, pairs_of, plain

# Papers are listed as papers, the name is the title, and the matter stands above.
_NOT_IN_FORM = frozenset({
    "registrar", "resource", "registration", "identity_paper", "commitment_paper", "agent_paper", "source_papers",
    "evidence_paper", "risk_paper", "data_name", "summary", "what", "operating_until_date", "reason",
})  # fmt: skip


def registration_sheet(row: Any, reading: Reading) -> Sheet:
    """What is registered, its evidence and code, and what may be done with it next."""
    entry = catalogue.resource(row.resource_id)
    asks = PUBLIC_REGISTRATION.begins.asks
    shown = {"what": row.what, "operating_until_date": row.operating_until_date}
    pairs = [
        reading.link(Words("数据资源", "Catalogue entry"), RESOURCE, row.resource_id, f"{entry.name}（{entry.code}）"),
        *pairs_of(asks, shown, ["what", "operating_until_date"]),
        Pair(Words("数据内容简介", "What the data holds"), row.summary),
        _evidence(row.evidence),
        Pair(Words("受理日", "Accepted on"), row.accepted_date),
    ]
    if row.code:
        pairs += [
            Pair(Words("登记结果查询码", "Query code"), row.code, reverse("public-record", args=[row.pk])),
            Pair(Words("赋码日期", "Coded on"), row.coded_date),
            Pair(Words("有效期至", "Valid to"), row.valid_to_date),
            Pair(Words("可申请续展", "Renewal may be asked for"), _window(row, reading)),
        ]
    if row.ended_reason:
        pairs.append(Pair(Words("终结原因", "Why it ended"), _in_language(row.ended_reason)))
    tags: list[tuple[Words, Tone]] = []
    if row.existing:
        tags.append((Words("存量运营", "operated before the measures"), "due"))
    parts = [*_common(row, reading), *_form(asks, row.form), _corrections(row.form)]
    return Sheet(tags, pairs, parts, related=_next(row, reading))


def _in_language(text: str) -> Words:
    zh, slash, en = text.partition(" / ")
    return Words(zh, en) if slash else plain(text)


def _evidence(kept: Any) -> Pair:
    if not kept:
        return Pair(Words("存证", "Evidence"), "—")
    if kept["by"] == "house":
        words = Words(f"本所存证日志第 {kept['position']} 条", f"this exchange's log, place {kept['position']}")
    else:
        words = plain(f"{kept['by']} {kept['number']}")
    return Pair(Words("申请前的存证", "Evidence before the application"), words)


def _window(row: Any, reading: Reading) -> Words:
    days = int(law.figure("reg26.renewal_days", on=local_day(reading.at)).value)
    opens = row.valid_to_date - timedelta(days=days)
    return Words(f"{opens} 至 {row.valid_to_date}", f"{opens} to {row.valid_to_date}")


def _next(row: Any, reading: Reading) -> list[Pair]:
    """The matters that its holder may begin; anybody signed in may ask for a correction."""
    if row.state not in {"registered", "renewing"}:
        return []
    names = ["public_change", "public_correction", "public_renewal", "public_cancellation"]
    if reading.by.party != row.applicant_id or row.state == "renewing":
        names = ["public_correction"]
    asked = urlencode({"registration": row.pk})
    return [
        Pair(publicdata.SHORT[name], Words("去申请", "apply"), f"{reverse('desk-new', args=[name])}?{asked}")
        for name in names
        if any(one.name in reading.by.roles for one in procedure(name).begins.by if hasattr(one, "role"))
    ]


def _form(asks: Any, form: dict[str, Any]) -> list[Part]:
    """The seven groups as the reviewer reads them, under the headings that the applicant filled in."""
    kept = [(title, [name for name in names if name not in _NOT_IN_FORM]) for title, names in heads(asks)]
    return [Part(title, pairs_of(asks, form, names, no_is_silence=True), folded=True) for title, names in kept if names]


def _corrections(form: dict[str, Any]) -> Part:
    rows: list[Row] = [
        [Cell(plain(one["name"])), plain(one["wrong"]), plain(one["right"])] for one in form.get("corrections", ())
    ]
    return _mistakes(rows)


def _mistakes(rows: list[Row]) -> Part:
    columns = [
        Column(Words("项目", "Particular")),
        Column(Words("登记内容", "As registered"), phone=False),
        Column(Words("更正为", "Corrected")),
    ]
    return Part(Words("更正", "Corrections"), table=Table(columns, rows))


def _common(row: Any, reading: Reading) -> list[Part]:
    """What the review asked for, said and explained, and what was objected."""
    letters = [
        Part(Words("审核延期说明", "Explanation of a late review"), text=one["zh"] if _chinese() else one["en"])
        for one in row.explanations
    ]
    notice = row.notice
    refused = Part(
        Words("不予登记告知书", "Notice of refusal"),
        text=(notice["zh"] if _chinese() else notice["en"]) if notice else "",
    )
    note = Part(
        Words("形式审核意见", "Finding of the formal review"),
        sentences=[plain(row.review_note)] if row.review_note else [],
    )
    missing = Part(Words("要求补正的内容", "What was to be supplied"), sentences=[plain(one) for one in row.missing])
    return [missing, *letters, note, _objections(row, reading), refused]


def _chinese() -> bool:
    return not (get_language() or "").startswith("en")


def _objections(row: Any, reading: Reading) -> Part:
    name = next(key for key, (model, _) in publicdata.KINDS.items() if isinstance(row, model))
    open_to = publicdata.sees_objectors(row, reading.by)
    rows: list[Row] = []
    for one in publicdata.objections(name, row.pk):
        if one.upheld is None:
            state = Cell(Words("核实中", "looked into"), tag="due")
        elif one.upheld:
            state = Cell(Words("成立", "upheld"), tag="bad")
        else:
            state = Cell(Words("不成立", "dismissed"), tag="ok")
        who = plain(one.contact) if open_to else Words("实名异议人", "an objector known by name")
        rows.append([Cell(plain(one.reason), who), state, plain(one.finding or "—")])
    columns = [
        Column(Words("异议理由", "Objection")),
        Column(Words("结论", "Result")),
        Column(Words("核实意见", "Finding"), phone=False),
    ]
    return Part(Words("异议", "Objections"), table=Table(columns, rows), note=citation("REG26:12") if rows else None)


def _about(row: Any, reading: Reading) -> list[Pair]:
    record = publicdata.record(row.registration_id)
    return [
        reading.link(
            Words("所涉登记", "The registration"), PUBLIC_REGISTRATION, record.id, f"{record.name}（{record.code}）"
        ),
        Pair(Words("有效期至", "Valid to"), record.valid_to_date),
        Pair(Words("理由", "Reason"), row.reason),
    ]


def change_sheet(row: Any, reading: Reading) -> Sheet:
    """What shall be registered, beside what is."""
    asks = procedure("public_change").begins.asks
    pairs = [*_about(row, reading), Pair(Words("数据内容简介", "What the data holds"), row.summary)]
    return Sheet(pairs=pairs, parts=[*_common(row, reading), *_form(asks, row.form)])


def correction_sheet(row: Any, reading: Reading) -> Sheet:
    tags: list[tuple[Words, Tone]] = []
    if row.applicant_id == row.holder_id:
        tags.append((Words("登记主体申请", "by the holder"), "info"))
    else:
        tags.append((Words("利害关系人申请", "by an interested party"), "info"))
    if row.consented_at is not None:
        tags.append((Words("登记主体已同意", "the holder consents"), "ok"))
    pairs = _about(row, reading)
    if row.contested:
        tags.append((Words("登记主体不同意", "the holder contests it"), "due"))
        pairs.append(Pair(Words("不同意的理由", "Why it contests"), row.contested))
    if row.form.get("data_name"):
        pairs.append(Pair(Words("更正后的登记数据名称", "Corrected name"), row.name))
    if row.form.get("summary"):
        pairs.append(Pair(Words("更正后的数据内容简介", "Corrected summary"), row.summary))
    mistakes: list[Row] = [
        [Cell(plain(one["name"])), plain(one["wrong"]), plain(one["right"])] for one in row.form["mistakes"]
    ]
    return Sheet(tags, pairs, [_mistakes(mistakes), *_common(row, reading)])


def renewal_sheet(row: Any, reading: Reading) -> Sheet:
    pairs = [*_about(row, reading), Pair(Words("续展至", "Renewed until"), row.until_date)]
    return Sheet(pairs=pairs, parts=_common(row, reading))


def cancellation_sheet(row: Any, reading: Reading) -> Sheet:
    asks = procedure("public_cancellation").begins.asks
    pairs = [*_about(row, reading), *pairs_of(asks, {"ground": row.ground}, ["ground"])]
    return Sheet(pairs=pairs, parts=_common(row, reading))


def duty_sheet(row: Any, reading: Reading) -> Sheet:
    """What was delivered when, and how to meet the duty."""
    entry = catalogue.resource(row.resource_id)
    pairs = [
        reading.link(Words("数据资源", "Catalogue entry"), RESOURCE, row.resource_id, f"{entry.name}（{entry.code}）"),
        Pair(Words("首次交付", "First delivery"), row.delivered_at),
    ]
    if row.code:
        pairs.append(Pair(Words("登记结果查询码", "Query code"), row.code))
    if row.reason:
        pairs.append(Pair(Words("理由", "Reason"), row.reason))
    tags: list[tuple[Words, Tone]] = [(Words("逾期", "late"), "bad")] if row.late else []
    related = []
    if row.state in {"due", "overdue"} and reading.by.party == row.holder_id:
        address = f"{reverse('desk-new', args=['public_registration'])}?{urlencode({'resource': row.resource_id})}"
        related.append(Pair(PUBLIC_REGISTRATION.words, Words("去申请", "apply"), address))
    note = Words(
        "提供资源或交付产品后，在期限内申请首次登记；已在别处登记的，出示查询码。",
        "Apply for the first registration in time, or show the code of a registration elsewhere.",
    )
    parts = [Part(Words("怎样办", "What to do"), note=note)] if row.state in PUBLIC_DUTY.open else []
    return Sheet(tags, pairs, parts, related=related)


def registration_asked(number: str) -> Offer | None:
    """Whose registration a correction is about: anybody's that stands, named by the address of its page."""
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    try:
        one = publicdata.record(int(number))
    except Unknown:
        return None
    pairs = [
        Pair(Words("登记主体名称", "Holder"), one.holder),
        Pair(Words("登记结果查询码", "Query code"), one.code),
        Pair(Words("数据内容简介", "What the data holds"), one.summary),
    ]
    note = Words(
        "登记主体自己申请，或利害关系人附书面同意、证明材料申请。",
        "By the holder, or by an interested party with its written consent or with proof.",
    )
    known = {"registration": [(str(one.id), f"{one.name}（{one.code}）")]}
    return Offer(Part(plain(one.name), pairs, note=note), known, frozenset())


def reminder_sheet(row: Any, reading: Reading) -> Sheet:
    """Which registration, until when, and where to apply."""
    pairs = [
        reading.link(Words("登记", "Registration"), procedure("public_registration"), row.registration_id, row.name),
        Pair(Words("登记结果查询码", "Query code"), row.code, mono=True),
        Pair(Words("有效期至", "Valid until"), row.valid_to_date),
    ]
    related = []
    if row.state == "told":
        address = f"{reverse('desk-new', args=['public_renewal'])}?registration={row.registration_id}"
        related = [Pair(procedure("public_renewal").words, Words("去申请", "apply"), address)]
    return Sheet(pairs=pairs, related=related)

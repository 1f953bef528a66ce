"""What follows a first registration, as those who may see it read it: transfers, changes, renewals, cancellations, late objections."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import get_language

from tongqu.exchange.bedrock.procedures import Unknown, local_day, procedure, see
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import dealings, ownership
from tongqu.exchange.registry.dealings import LATE_OBJECTION, RIGHT_CHANGE, RIGHT_TRANSFER
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.web.components import Cell, Column, Pair, Table, Tone
from tongqu.exchange.web.desks import names
from tongqu.exchange.web.desks.clockfaces import last_day
from tongqu.exchange.web.desks.parts import Part, Reading, Row, Sheet, day_words
from tongqu.exchange.web.desks.wording import citation, joined, label_of, pairs_of, plain, words_of

FORMS = {
    "transfer": ("rights", "scope", "right_until_date", "nothing_kept", "no_publicity_reason"),
    "change": ("reason", "no_publicity_reason"),
    "renewal": ("rights", "right_until_date", "unchanged", "no_publicity_reason"),
    "cancellation": ("ground", "reason", "no_publicity_reason"),
    "revocation": ("ground", "reason"),
}
JOINED = (
    "applicant_type", "legal_representative", "established_date", "registered_address", "business_until_date",
    "business_scope", "subsistence",
)  # fmt: skip


def dealing_sheet(row: Any, reading: Reading) -> Sheet:
    """The form as it was asked, beside the register as it stands."""
    table = dealings.BY_KIND[row.kind]
    right = ownership.right(row.registration_id)
    pairs = [
        reading.link(Words("登记", "Registration"), OWNERSHIP, row.registration_id, row.name),
        Pair(Words("凭证编号", "Certificate"), row.code, reverse("certificate", args=[row.code]), mono=True),
        Pair(Words("登记的权利", "Rights registered"), joined(ownership.right_words(right.rights))),
        *pairs_of(table.begins.asks, row.form, list(FORMS[row.kind])),
        Pair(Words("受理日", "Accepted on"), row.accepted_date),
    ]
    tags: list[tuple[Words, Tone]] = []
    if row.accepted_by_silence:
        tags.append((Words("逾期视为受理", "accepted by silence"), "due"))
    if right.frozen:
        tags.append((Words("权利被限制", "the right is frozen"), "bad"))
    parts = [_changes(row), _joined(row), _missing(row), _heads(row), _oppositions(row, reading)]
    if row.answer:
        parts.append(Part(Words("陈述和申辩", "What the holder said"), text=row.answer))
    if row.notice:
        title = Words("拟注销登记告知书", "Notice of intended cancellation")
        if row.kind != "revocation":
            title = Words("不予登记告知书", "Notice of refusal")
        parts.append(Part(title, text=row.notice["en" if _english() else "zh"]))
    return Sheet(tags, pairs, parts)


def _english() -> bool:
    return (get_language() or "").startswith("en")


def _changes(row: Any) -> Part:
    """变更前、变更后, side by side, in the words of form F1."""
    if row.kind != "change":
        return Part(Words("变更", "Changes"))
    f1, asks = OWNERSHIP.begins.asks, _row_model()
    rows: list[Row] = []
    for one in row.form["changes"]:
        item = one["item"]
        known = item in f1.model_fields
        was = words_of(f1, item, row.before.get(item)) if known else plain("—")
        now = words_of(f1, item, one["after"]) if known else plain(one["after"])
        rows.append([Cell(words_of(asks, "item", item)), was, now])
    columns = [
        Column(Words("事项", "Item")),
        Column(Words("变更前", "Before")),
        Column(Words("变更后", "After")),
    ]
    return Part(Words("变更前后", "Before and after"), table=Table(columns, rows), note=citation("PROP35:35"))


def _row_model() -> Any:
    from tongqu.exchange.web.desks.forms import row_model

    return row_model(RIGHT_CHANGE.begins.asks.model_fields["changes"])


def _joined(row: Any) -> Part:
    if row.kind != "transfer":
        return Part(Words("受让方", "Receiver"))
    asks = RIGHT_TRANSFER.act("join").asks
    if row.joined is None:
        waiting = Words("受让方共同申请后，期限才开始计算。", "Periods begin once the receiver has joined.")
        return Part(Words("受让方", "Receiver"), note=waiting)
    return Part(Words("受让方", "Receiver"), pairs_of(asks, row.joined, list(JOINED)), folded=True)


def _missing(row: Any) -> Part:
    return Part(Words("要求补充的内容", "What was asked for"), sentences=[plain(one) for one in row.missing])


def _heads(row: Any) -> Part:
    title = Words("审查三项", "The three heads of the review")
    if row.kind == "revocation" or not (row.heads or row.state in {"accepted", "reviewing", "adding"}):
        return Part(title)
    asks = OWNERSHIP.act("find").asks
    rows: list[Row] = []
    for key in ("description", "source", "ownership"):
        one = row.heads.get(key)
        verdict = Cell(Words("待审查", "open"), tag="")
        if one is not None:
            passed = Cell(Words("通过", "passes"), tag="ok")
            verdict = passed if one["passes"] else Cell(Words("不通过", "does not pass"), tag="bad")
        rows.append([Cell(words_of(asks, "head", key)), verdict, plain(one["finding"] if one else "—")])
    columns = [
        Column(Words("审查项", "Head")),
        Column(Words("结论", "Finding")),
        Column(Words("意见", "Opinion"), phone=False),
    ]
    return Part(title, table=Table(columns, rows), note=citation("PROP35:18"))


def _oppositions(row: Any, reading: Reading) -> Part:
    found, open_to = dealings.oppositions(row.pk), dealings.sees_objectors(row, reading.by)
    who = names.people([one.person_id for one in found]) if open_to else {}
    rows: list[Row] = []
    for one in found:
        state = Cell(Words("调查中", "investigated"), tag="due")
        if one.upheld is not None:
            no = Cell(Words("不成立", "dismissed"), tag="ok")
            state = Cell(Words("成立", "upheld"), tag="bad") if one.upheld else no
        hidden = Words("实名异议人", "an objector known by name")
        name = f"{who.get(one.person_id, '—')}（{one.contact}）" if open_to else hidden
        rows.append([Cell(plain(one.reason), name), state, plain(one.finding or "—")])
    columns = [
        Column(Words("异议理由", "Objection")),
        Column(Words("结论", "Result")),
        Column(Words("调查意见", "Finding"), phone=False),
    ]
    return Part(Words("异议", "Objections"), table=Table(columns, rows))


def late_objection_sheet(row: Any, reading: Reading) -> Sheet:
    outcomes = LATE_OBJECTION.act("execute").asks
    pairs = [
        reading.link(Words("登记", "Registration"), OWNERSHIP, row.registration_id, row.name),
        Pair(Words("凭证编号", "Certificate"), row.code, reverse("certificate", args=[row.code]), mono=True),
    ]
    if dealings.sees_objectors(row, reading.by) or reading.by.party == row.objector_id:
        pairs.append(Pair(Words("联系方式", "How to reach"), row.contact))
    if row.state == "executed":
        pairs.append(Pair(label_of(outcomes, "effect"), words_of(outcomes, "effect", row.outcome)))
    parts = [
        Part(Words("异议请求和理由", "The objection"), text=row.claim),
        Part(Words("要求补充的内容", "What was asked for"), sentences=[plain(one) for one in row.missing]),
        Part(Words("权利人的答复", "The holder's answer"), text=row.answer),
        Part(Words("处理意见", "Finding"), text=row.finding),
    ]
    return Sheet([], pairs, parts)


# What its holder may ask for next, and what its registrar may do.
FOR_HOLDER = ("right_transfer", "right_change", "right_renewal", "right_cancellation")


def matters_part(registration: int, reading: Reading) -> Part:
    """What was asked for about a registration since; only those the reader may see lead anywhere."""
    rows: list[Row] = []
    for one in dealings.matters(registration):
        table = dealings.BY_KIND[one.kind]
        if not _sees(one, reading):
            continue
        href = reverse("desk-subject", args=[table.name, one.id])
        rows.append([Cell(table.words, href=href), Cell(table.label(one.state), tag="due" if one.open else ""),
                     day_words(one.begun_at)])  # fmt: skip
    columns = [
        Column(Words("事项", "Matter")),
        Column(Words("状态", "State")),
        Column(Words("日期", "Date"), num=True),
    ]
    return Part(Words("后续登记", "Later registrations"), table=Table(columns, rows))


def _sees(one: dealings.Matter, reading: Reading) -> bool:
    try:
        see(dealings.BY_KIND[one.kind], one.id, reading.by)
    except Unknown:
        return False
    return True


def next_asked(row: Any, reading: Reading) -> list[Pair]:
    """Links to what may be begun about a registered right."""
    if row.state != "registered" or any(one.open for one in dealings.matters(row.pk)):
        return []
    kinds: tuple[str, ...] = (
        FOR_HOLDER if reading.by.party == row.applicant_id and "supplier" in reading.by.roles else ()
    )
    if reading.by.party == row.registrar_id and "registrar" in reading.by.roles:
        kinds = ("right_revocation",)
    return [_asked_now(kind, row, reading) for kind in kinds]


def _asked_now(kind: str, row: Any, reading: Reading) -> Pair:
    """A renewal is offered in its window alone; before it, its first day is named."""
    words = procedure(kind).words
    if kind == "right_renewal":
        first, last = dealings.renewal_window(local_day(row.valid_to_at), local_day(reading.at))
        if not first <= local_day(reading.at) <= last:
            return Pair(words, Words(f"{first} 至 {last} 可以申请", f"from {first} to {last}"))
    return Pair(words, Words("去申请", "apply"), f"{reverse('desk-new', args=[kind])}?registration={row.pk}")


def reminder_sheet(row: Any, reading: Reading) -> Sheet:
    """Which registration, until when, and where to apply."""
    pairs = [
        reading.link(Words("登记", "Registration"), OWNERSHIP, row.registration_id, row.name),
        Pair(Words("凭证编号", "Certificate"), row.code, reverse("certificate", args=[row.code]), mono=True),
        Pair(Words("有效期至", "Valid until"), row.valid_to_at),
        Pair(Words("最后一日", "Last day to apply"), last_day(row.renew_until_at)),
    ]
    related = []
    if row.state == "told":
        address = f"{reverse('desk-new', args=['right_renewal'])}?registration={row.registration_id}"
        related = [Pair(procedure("right_renewal").words, Words("去申请", "apply"), address)]
    return Sheet(pairs=pairs, related=related)

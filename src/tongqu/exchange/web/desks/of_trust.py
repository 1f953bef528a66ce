"""The sheets of data trusts, of their terms and of the reports that trustees owe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import trust
from tongqu.exchange.registry.trust import DATA_TRUST, TRUST_MANDATE, TRUST_REPORT, TRUST_TERMS
from tongqu.exchange.web import said
from tongqu.exchange.web.components import Cell, Column, Pair, Table, page
from tongqu.exchange.web.desks import names
from tongqu.exchange.web.desks.of_consent import source_words
from tongqu.exchange.web.desks.of_trust_money import funds_part, moved, reads_claims
from tongqu.exchange.web.desks.parts import Part, Reading, Row, Sheet
from tongqu.exchange.web.desks.wording import plain, words_of

SIZE = 20
ASKS = DATA_TRUST.begins.asks
COUNTED = (
    ("given", Words("新增委托", "Mandates given")), ("standing", Words("期末有效委托", "Mandates in force then")),
    ("revoked", Words("本人撤销", "Revoked by the person")), ("given_up", Words("受托者退还", "Given back")),
    ("ended", Words("随信托或关联终止", "Ended with trust or link")),
)  # fmt: skip


def percent(points: int) -> Words:
    """Basis points as people read them: 150 → 1.5%."""
    told = f"{points / 100:.2f}".rstrip("0").rstrip(".")
    return plain(f"{told}%")


def few(many: int) -> Words:
    """A number of people, as strangers are told it: in tens, so that two looks tell no single person's coming or going apart."""
    few = trust.reading.FEW
    if many < few:
        return Words(f"不足 {few}", f"fewer than {few}")
    least = many // few * few
    return Words(f"{least:,} 以上", f"{least:,} or more")


def _moment(at: datetime) -> str:
    return said.moment(timezone.localtime(at))


def trust_sheet(row: Any, reading: Reading) -> Sheet:
    pairs = [
        Pair(Words("数据", "Data"), source_words(row.node_id, row.source)),
        Pair(Words("可代为同意的目的", "Purposes it may consent to"), words_of(ASKS, "purposes", row.purposes)),
        Pair(Words("可涉及的个人信息", "Kinds of personal information"), words_of(ASKS, "kinds", row.kinds)),
        Pair(Words("受托报酬", "Fee"), percent(row.fee_basis_points)),
        Pair(Words("信托期限至", "Until"), said.day(row.until_date)),
    ]
    if row.reason:
        pairs.append(Pair(Words("理由", "Reason"), row.reason))
    parts: list[Part] = []
    related: list[Pair] = []
    if row.approved_at is not None:
        parts = [_numbers(row), _terms(row, reading), _reports(row, reading)]
        if reading.by.party == row.trustee_id:
            parts.insert(1, _mandates(row, reading))
        if reading.by.party != row.provider_id:
            parts.append(funds_part(row.pk, reading))
        related.append(
            Pair(Words("公开页面", "As published"), Words("查看", "see it"), reverse("trust", args=[row.pk]))
        )
    return Sheet(pairs=pairs, parts=parts, related=related)


def _numbers(row: Any) -> Part:
    many = trust.reading.counts(row.pk)
    return Part(
        Words("委托（只有数量）", "Mandates, in numbers only"),
        pairs=[Pair(TRUST_MANDATE.label(state), plain(f"{many.get(state, 0):,}")) for state in ("in_force", "revoked", "given_up", "ended")],
    )  # fmt: skip


def _mandates(row: Any, reading: Reading) -> Part:
    """For the trustee alone: by number. Who gave them is not known to it."""
    total = sum(trust.reading.counts(row.pk).values())
    where = page(reading.asked.get("mandates"), size=SIZE, total=total)
    found, _ = trust.reading.mandates_held(row.pk, offset=where.span.start, limit=SIZE)
    rows: list[Row] = [
        [
            Cell(plain(f"{one.id}")),
            Cell(words_of(ASKS, "purposes", one.purposes)),
            Cell(words_of(ASKS, "kinds", one.kinds)),
            Cell(plain(_moment(one.begun_at))),
            Cell(TRUST_MANDATE.label(one.state), tag="ok" if one.state == "in_force" else ""),
        ]
        for one in found
    ]
    columns = [
        Column(Words("编号", "Number")), Column(Words("目的", "Purposes")),
        Column(Words("个人信息", "Information"), phone=False), Column(Words("委托于", "Since"), phone=False),
        Column(Words("状态", "State")),
    ]  # fmt: skip
    return Part(
        Words("所持委托", "Mandates held"), table=Table(columns, rows, page=where, page_name="mandates"),
        note=Words("只有编号；不显示委托人是谁，也不显示其引用。", "By number only: neither who gave them nor their references are shown."),
    )  # fmt: skip


def _terms(row: Any, reading: Reading) -> Part:
    _, total = trust.reading.terms_of(row.pk, limit=0)
    where = page(reading.asked.get("terms"), size=SIZE, total=total)
    found, _ = trust.reading.terms_of(row.pk, offset=where.span.start, limit=SIZE)
    reading.learn(*(one.receiver_id for one in found))
    seen = reading.by.party in {row.trustee_id, row.provider_id} or bool(
        {office.role for office in TRUST_TERMS.seen_by} & reading.by.roles
    )
    rows: list[Row] = [
        [
            Cell(
                reading.party(one.receiver_id), words_of(ASKS, "purposes", one.purposes),
                reverse("desk-subject", args=[TRUST_TERMS.name, one.id]) if seen else "",
            ),
            Cell(percent(one.basis_points)),
            Cell(plain(said.day(one.until_date))),
            Cell(TRUST_TERMS.label(one.state), tag="ok" if one.state == "agreed" else ""),
        ]
        for one in found
    ]  # fmt: skip
    columns = [
        Column(Words("接收方与目的", "Receiver and purposes")), Column(Words("归委托人", "The persons' part"), num=True),
        Column(Words("至", "Until"), phone=False), Column(Words("状态", "State")),
    ]  # fmt: skip
    return Part(TRUST_TERMS.words, table=Table(columns, rows, page=where, page_name="terms"))


def _reports(row: Any, reading: Reading) -> Part:
    rows: list[Row] = [
        [Cell(plain(f"{one.number}"), href=reverse("trust", args=[row.pk])), Cell(plain(_moment(one.published_at)))]
        for one in trust.reading.reports([row.pk])
    ]
    columns = [Column(Words("期次", "Number")), Column(Words("公布于", "Published"))]
    return Part(TRUST_REPORT.words, table=Table(columns, rows))


def terms_sheet(row: Any, reading: Reading) -> Sheet:
    pairs = [
        reading.link(Words("信托", "Trust"), DATA_TRUST, row.trust_id, row.trust.name),
        Pair(Words("接收方", "Receiver"), reading.party(row.receiver_id)),
        Pair(Words("告知", "Notice"), Words("查看", "see it"), reverse("consent-notice", args=[row.notice_id])),
        Pair(Words("目的", "Purposes"), words_of(ASKS, "purposes", row.purposes)),
        Pair(Words("个人信息", "Information"), words_of(ASKS, "kinds", row.kinds)),
        Pair(Words("归委托人（占提供方净收益）", "The persons' part of the net proceeds"), percent(row.basis_points)),
        Pair(Words("使用条件", "Conditions"), row.conditions),
        Pair(Words("有效期至", "Until"), said.day(row.until_date)),
    ]
    if row.reason:
        pairs.append(Pair(Words("理由", "Reason"), row.reason))
    parts: list[Part] = []
    if row.agreed_at is not None:
        (found,) = trust.reading.terms_by([row.pk])
        standing = trust.reading.standing([found]).get(row.pk, 0)
        told = Words(
            "受托者已代为同意，新的委托随即计入", "The trustee has consented; later mandates are under it at once"
        )
        none = Words("受托者尚未代为同意", "The trustee has not consented")
        parts.append(
            Part(
                Words("同意情况（只有数量）", "Consents, in numbers only"),
                pairs=[Pair(Words("现有效", "Standing now"), plain(f"{standing:,}"))],
                sentences=[told if row.consented_at is not None else none],
            )
        )
    return Sheet(pairs=pairs, parts=parts)


def report_sheet(row: Any, reading: Reading) -> Sheet:
    pairs = [
        reading.link(Words("信托", "Trust"), DATA_TRUST, row.trust_id, row.trust.name),
        Pair(Words("期间", "Time"), plain(f"{_moment(row.since)} — {_moment(row.until)}")),
    ]
    if row.published_at is not None:
        pairs += [
            Pair(Words("履职情况", "What was done"), row.account),
            Pair(Words("提出异议", "Objections raised"), plain(f"{row.objections:,}")),
            Pair(Words("要求停止的使用", "Uses stopped"), plain(f"{row.stopped:,}")),
        ]
    pairs += moved(row.trust_id, row.since, row.until, paid=reads_claims(reading))
    return Sheet(pairs=pairs, parts=_counted(row.numbers, strangers=False))


def report_parts(found: Sequence[trust.reading.ReportView], *, strangers: bool = False) -> list[Part]:
    """Each report as its readers read it: the trustee's words, and what the house counted."""
    parts: list[Part] = []
    for one in found:
        title = Words(f"第 {one.number} 期受托报告", f"Report no. {one.number}")
        pairs = [
            Pair(Words("期间", "Time"), plain(f"{_moment(one.since)} — {_moment(one.until)}")),
            Pair(Words("履职情况", "What was done"), one.account),
            Pair(Words("提出异议", "Objections raised"), plain(f"{one.objections:,}")),
            Pair(Words("要求停止的使用", "Uses stopped"), plain(f"{one.stopped:,}")),
        ]
        counted = _counted(one.numbers, strangers=strangers)
        sums = moved(one.trust_id, one.since, one.until, paid=not strangers)
        parts += [Part(title, pairs=[*pairs, *counted[0].pairs, *sums]), *(part for part in counted[1:] if part)]
    return parts


def _counted(numbers: Any, *, strangers: bool) -> list[Part]:
    tell = few if strangers else (lambda many: plain(f"{many:,}"))
    pairs = [Pair(words, tell(numbers.get(name, 0))) for name, words in COUNTED]
    lines = numbers.get("terms", [])
    known = names.organisations(one["receiver"] for one in lines)
    rows: list[Row] = [
        [
            Cell(known[one["receiver"]].name, words_of(ASKS, "purposes", one["purposes"])),
            Cell(tell(one["standing"])),
        ]
        for one in lines
    ]
    columns = [
        Column(Words("接收方与目的", "Receiver and purposes")),
        Column(Words("有效同意", "Consents standing"), num=True),
    ]
    return [
        Part(Words("本所计数", "Counted by the exchange"), pairs=pairs),
        Part(Words("同意", "Consents"), table=Table(columns, rows)),
    ]

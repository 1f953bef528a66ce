"""What a trust divided, and what a person claimed of it, as those who may see them read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.treasury import trusts
from tongqu.exchange.treasury.trusts import TRUST_DISTRIBUTION
from tongqu.exchange.web import said
from tongqu.exchange.web.components import Pair
from tongqu.exchange.web.desks import names
from tongqu.exchange.web.desks.parts import Part, Reading, Sheet, money
from tongqu.exchange.web.desks.wording import plain


def distribution_sheet(row: Any, reading: Reading) -> Sheet:
    """Sums and how many: nobody reads here who got what."""
    since = said.moment(timezone.localtime(row.since_at)) if row.since_at else ""
    pairs = [
        Pair(Words("数据信托", "Data trust"), row.name),
        Pair(Words("本期起自", "The period began"), since or Words("信托设立", "the trust began")),
        money(Words("分配时保管", "Was held"), row.held_fen),
        money(Words("受托报酬", "Trustee's fee"), row.fee_fen),
        Pair(Words("报酬比例", "Fee's rate"), plain(said.share(row.fee_basis_points))),
        Pair(Words("参加分配的委托", "Mandates"), f"{row.heads:,}"),
        money(Words("每份委托", "For each mandate"), row.each_fen),
        money(Words("分给委托人", "Divided among them"), row.divided_fen),
        money(Words("余数，留待下次", "Left for the next time"), row.left_fen),
    ]
    return Sheet(pairs=pairs, parts=[funds_part(row.trust_id, reading)])


def funds_part(trust: int, reading: Reading) -> Part:
    """Where a trust's money stands now. What is owed and claimed is for the offices: of few persons it would tell the trustee who
    claimed and when."""
    now = trusts.funds(trust)
    pairs = [money(Words("保管待分配", "Held, to be divided"), now.held_fen)]
    if reads_claims(reading):
        pairs += [
            money(Words("已分配、未付出", "Divided, not paid out yet"), now.owed_fen),
            money(Words("其中正在办理领取", "Of it on its way out"), now.claimed_fen),
        ]
    note = Words(
        "保管的钱不属于受托者；每份不足一分的余数留在信托里，下次分配时不再计报酬",
        "What is held is not the trustee's; less than a fen each stays in the trust and pays no fee again",
    )
    return Part(Words("信托现在的资金", "The trust's money now"), pairs=pairs, note=note)


def reads_claims(reading: Reading) -> bool:
    """Finance and supervision: whoever sees every division, whosesoever the trust is."""
    return any(office.role in reading.by.roles for office in TRUST_DISTRIBUTION.seen_by)


def moved(trust: int, since: datetime, until: datetime, *, paid: bool) -> list[Pair]:
    """What a report tells of money: what the books say of its time, whoever reports."""
    found = trusts.figures(trust, since=since, until=until)
    pairs = [
        money(Words("收到的收益", "Proceeds received"), found.received_fen),
        money(Words("受托报酬", "Trustee's fee"), found.fee_fen),
        money(Words("分给委托人", "Divided among the persons"), found.divided_fen),
    ]
    return [*pairs, money(Words("已付给委托人", "Paid to the persons"), found.paid_fen)] if paid else pairs


def claim_sheet(row: Any, reading: Reading) -> Sheet:
    who = names.people([row.person_id, row.approved_by, row.paid_by])
    pairs = [
        Pair(Words("数据信托", "Data trust"), row.name),
        money(Words("金额", "Amount"), row.fen),
        Pair(Words("领取人", "Claimed by"), who.get(row.person_id, "—")),
        Pair(Words("户名", "Account name"), row.account_name),
        Pair(Words("开户行", "Bank"), row.bank),
        Pair(Words("账号", "Account number"), row.account, mono=True),
        Pair(Words("复核人", "Approved by"), who.get(row.approved_by, "—")),
        Pair(Words("付款人", "Paid by"), who.get(row.paid_by, "—")),
        Pair(Words("银行流水号", "Bank's reference"), row.bank_reference or "—", mono=bool(row.bank_reference)),
        Pair(Words("付款日期", "Paid on"), row.paid_date),
    ]
    return Sheet(pairs=pairs, parts=[Part(Words("理由", "Reason"), text=row.reason)])

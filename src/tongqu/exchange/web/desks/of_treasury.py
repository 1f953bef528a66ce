"""Settlements, bills, deposits, payouts and shares, as those who may see them read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.registry import trust
from tongqu.exchange.trading import contracts, delivery
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.treasury import billing, sharing
from tongqu.exchange.treasury.deposits import DEPOSIT
from tongqu.exchange.treasury.settlement import SETTLEMENT
from tongqu.exchange.treasury.sharing import SHARE_PLAN
from tongqu.exchange.web import said
from tongqu.exchange.web.components import Cell, Column, Pair, Table
from tongqu.exchange.web.desks import names
from tongqu.exchange.web.desks.of_trading import related, statements_table
from tongqu.exchange.web.desks.parts import Part, Reading, Sheet, money
from tongqu.exchange.web.desks.wording import pairs_of, plain


def settlement_sheet(row: Any, reading: Reading) -> Sheet:
    pairs = [
        money(Words("冻结金额", "Held"), row.total_fen),
        money(Words("应付", "Charged"), row.charged_fen),
        money(Words("平台费", "Fee"), row.fee_fen),
        money(Words("退回", "Returned"), None if row.charged_fen is None else row.total_fen - row.charged_fen),
    ]
    if row.fee_basis_points is not None:
        fee = law.figure("house.exchange_fee", on=local_day(row.changed_at))
        mark = fee.label or Words("", "")
        pairs.insert(
            3,
            Pair(
                Words("费率", "Rate"),
                Words(
                    f"{said.share(row.fee_basis_points)}（{mark.zh}）",
                    f"{said.share(row.fee_basis_points)} ({mark.en})",
                ),
            ),
        )
    parts = (
        [
            Part(
                Words("等待备款", "Waiting for funds"),
                note=Words(
                    "买方账户余额不足。入金到账后自动冻结并成交。",
                    "The consumer's balance does not cover it. Money that arrives is held at once.",
                ),
            )
        ]
        if row.state == "awaiting_funds"
        else []
    )
    done = sharing.distribution_of(row.pk)
    if done is not None:
        parts.append(shares_part(done.parts, reading, Words("收益分配", "How it was shared")))
    return Sheet(pairs=pairs, parts=parts, related=related(reading, row.negotiation_id, SETTLEMENT))


def bill_sheet(row: Any, reading: Reading) -> Sheet:
    pairs = [
        Pair(Words("计费单位", "Units"), f"{row.units:,}"),
        *(
            [Pair(Words("单价", "Price"), said.micro_yuan(row.price_micro_yuan))]
            if row.price_micro_yuan is not None
            else []
        ),
        Pair(Words("计量金额", "Metered"), said.micro_yuan(row.metered_micro_yuan)),
        Pair(Words("上期结转", "Carried in"), said.micro_yuan(row.carried_in_micro_yuan)),
        Pair(Words("结转下期", "Carried out"), said.micro_yuan(row.carried_out_micro_yuan)),
        money(Words("应付", "Charged"), row.fen),
    ]
    told = delivery.reported(row.transfer_id)
    return Sheet(
        pairs=pairs,
        parts=[
            Part(
                Words("账单明细", "Made from"),
                pairs=[Pair(Words("结算单总摘要", "Root over the statements"), row.statements_root, mono=True)]
                if row.statements_root
                else [],
                sentences=[_root_words(row, told)] if row.statements_root else [],
                table=statements_table(row.transfer_id, told.count, reading, calls=told.calls, units=told.units),
                note=Words("不足一分的余数结转下期", "What is less than a fen is carried to the next bill"),
            )
        ],
        related=related(reading, contracts.contract(row.contract_id).negotiation_id, billing.BILL),
    )


def _root_words(row: Any, told: delivery.Reported) -> Words:
    """What the root proves; the page makes it again from the statements that lie here now."""
    if (told.count, told.root) != (row.statements, row.statements_root):
        return Words(
            "现存结算单算出的总摘要与账单不符：账单出具后结算单被改动过，请联系监管部门",
            "The statements kept here do not give the bill's root: they were changed after it was made. Tell the regulator",
        )
    return Words(
        f"总摘要由 {row.statements:,} 份结算单的摘要按编号依次算出（RFC 6962），并已存证：增减或改动任何一份，总摘要都会不同",
        f"The root is made from the digests of {row.statements:,} statements in the order of their numbers (RFC 6962) and kept as evidence:"
        " one statement more, less or changed gives another root",
    )


def deposit_sheet(row: Any, reading: Reading) -> Sheet:
    values = {
        name: getattr(row, name) for name in ("reference", "booked_date", "payer", "payer_account", "fen", "memo")
    }
    pairs = pairs_of(DEPOSIT.begins.asks, values, list(values))
    if row.party_id is None:
        pairs.append(Pair(Words("入账单位", "Credited to"), Words("待认领", "not known yet"), tag="due"))
    return Sheet(pairs=pairs, parts=[Part(Words("依据", "Ground"), text=row.reason)])


def bank_fault_sheet(row: Any, reading: Reading) -> Sheet:
    pairs = [
        Pair(Words("文件", "File"), row.file_name),
        Pair(Words("行", "Line"), row.row),
        Pair(Words("流水号", "Reference"), row.reference or "—", mono=bool(row.reference)),
        Pair(Words("处理时间", "Dealt with"), row.resolved_at),
    ]
    return Sheet(
        pairs=pairs,
        parts=[
            Part(Words("为什么没有入账", "Why it was not taken"), sentences=[Words(row.zh, row.en)]),
            Part(Words("原文", "The line"), text=row.raw),
            Part(Words("处理结果", "What was done"), text=row.resolution),
        ],
    )


def payout_sheet(row: Any, reading: Reading) -> Sheet:
    who = names.people([row.requested_by, row.approved_by, row.paid_by])
    pairs = [
        money(Words("金额", "Amount"), row.fen),
        Pair(Words("户名", "Account name"), row.account_name),
        Pair(Words("开户行", "Bank"), row.bank),
        Pair(Words("账号", "Account number"), row.account, mono=True),
        Pair(Words("申请人", "Asked by"), who.get(row.requested_by, "—")),
        Pair(Words("复核人", "Approved by"), who.get(row.approved_by, "—")),
        Pair(Words("付款人", "Paid by"), who.get(row.paid_by, "—")),
        Pair(Words("银行流水号", "Bank's reference"), row.bank_reference or "—", mono=bool(row.bank_reference)),
        Pair(Words("付款日期", "Paid on"), row.paid_date),
    ]
    return Sheet(pairs=pairs, parts=[Part(Words("理由", "Reason"), text=row.reason)])


def shares_part(shares: Sequence[Mapping[str, Any]], reading: Reading, title: Words) -> Part:
    reading.learn(*[int(s["party"]) for s in shares])
    paid, due = any("fen" in s for s in shares), [s for s in shares if "trust" in s]
    rows: list[list[Cell | Words | str]] = [
        [
            _to_trust(reading, s) if "trust" in s else Cell(reading.party(int(s["party"])), str(s.get("ground", ""))),
            _of_what(s),
            *([plain(yuan(int(s["fen"])))] if paid else []),
        ]
        for s in shares
    ]
    columns = [
        Column(Words("单位", "Party")),
        Column(Words("比例", "Share"), num=True),
        *([Column(Words("金额", "Amount"), num=True)] if paid else []),
    ]
    totals = [Words("合计", "Total"), plain("100%"), plain(yuan(sum(int(s["fen"]) for s in shares)))] if paid else ()
    if due:
        totals = [Words("合计", "Total"), plain(""), plain(yuan(sum(int(s["fen"]) for s in shares)))]
    odd = Words("不足一分的零头归列在第一的一方", "The odd fen is the first party's")
    first = Words(
        "归数据信托的部分从提供方自己的份额中划出，其他各方份额不变；零头归方案中列在第一的一方",
        "What is due to data trusts comes out of the provider's own share, the others' stay; the plan's first party takes the odd fen",
    )
    return Part(title, table=Table(columns, rows, totals=totals), note=first if due else odd)


def _to_trust(reading: Reading, share: Mapping[str, Any]) -> Cell:
    """The trust that holds it for those who gave mandates; its trustee beneath."""
    view = trust.view(int(share["trust"]))
    who = reading.party(int(share["party"]))
    terms = Words(
        f"数据信托 · 受托者 {who} · 使用条件 {share['terms']}", f"data trust · trustee {who} · terms {share['terms']}"
    )
    return Cell(view.name, terms)


def _of_what(share: Mapping[str, Any]) -> Words:
    points = said.share(int(share["basis_points"]))
    if "trust" in share:
        return Words(f"净收益的 {points}", f"{points} of the net proceeds")
    return plain(points)


def share_plan_sheet(row: Any, reading: Reading) -> Sheet:
    reading.learn(*[int(p) for p in row.agreed_by])
    waits = [int(party) for party in row.asked if int(party) not in row.agreed_by]
    reading.learn(*waits)
    pairs = [
        reading.link(Words("产品", "Product"), LISTING, row.listing_id, row.name),
        Pair(Words("已确认", "Agreed"), "、".join(reading.party(int(p)) for p in row.agreed_by) or "—"),
        Pair(Words("待确认", "Still to agree"), "、".join(reading.party(p) for p in waits) or "—"),
        Pair(Words("生效", "In force from"), row.in_force_at),
    ]
    return Sheet(pairs=pairs, parts=[shares_part(row.shares, reading, Words("分配", "Shares"))])


def distribution_sheet(row: Any, reading: Reading) -> Sheet:
    pairs = [
        money(Words("可分收益", "Proceeds"), row.fen),
        reading.link(SETTLEMENT.words, SETTLEMENT, row.settlement_id, row.name),
        reading.link(SHARE_PLAN.words, SHARE_PLAN, row.plan_id, str(row.plan_id))
        if row.plan_id
        else Pair(SHARE_PLAN.words, Words("没有方案，全部归提供方", "no plan: all is the provider's")),
    ]
    return Sheet(pairs=pairs, parts=[shares_part(row.parts, reading, Words("分配", "Shares"))])

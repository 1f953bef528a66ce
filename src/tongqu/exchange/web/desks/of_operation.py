"""Plans, selections, bids, agreements, concessions and disclosures of an authorised operation, as who may see them reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from tongqu.exchange.bedrock.inputs import heads
from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.registry import authorisation, catalogue
from tongqu.exchange.registry.authorisation import (
    OPERATION_AGREEMENT,
    OPERATION_BID,
    OPERATION_CONCESSION,
    OPERATION_PLAN,
    OPERATOR_SELECTION,
)
from tongqu.exchange.web import said
from tongqu.exchange.web.components import Cell, Column, Empty, Pair, Table, Tone
from tongqu.exchange.web.desks.clockfaces import last_day
from tongqu.exchange.web.desks.parts import Part, Reading, Row, Sheet
from tongqu.exchange.web.desks.wording import pairs_of, plain, words_of

_TOLD_APART = frozenset({"resources", "share_requests", "selection", "agreement", "name", "scenario"})


def resources_part(numbers: Sequence[int], title: Words) -> Part:
    """The entries in scope, each by its public page."""
    rows: list[Row] = []
    for number in numbers:
        try:
            entry = catalogue.resource(number)
        except Unknown:
            rows.append([plain(number), plain("—")])
            continue
        rows.append([Cell(entry.name, entry.code, reverse("resource", args=[entry.id])), plain(entry.provider)])
    columns = [Column(Words("数据资源", "Resource")), Column(Words("持有方", "Holder"), phone=False)]
    return Part(title, table=Table(columns, rows))


def _form(model: Any, form: Mapping[str, Any], title: Words) -> list[Part]:
    """Every item of a form, under its headings where it has some."""
    names = [name for name in model.model_fields if name not in _TOLD_APART]
    under = heads(model)
    if len(under) > 1:
        return [Part(words, pairs_of(model, form, [n for n in inside if n in names])) for words, inside in under]
    return [Part(title, pairs_of(model, form, names))]


def plan_sheet(row: Any, reading: Reading) -> Sheet:
    asks = OPERATION_PLAN.begins.asks
    pairs = pairs_of(asks, row.form, ["mode", "until_date"])
    if row.receipt:
        pairs.append(Pair(Words("备案编号", "Filed as"), row.receipt["number"]))
    if row.reason:
        pairs.append(Pair(Words("说明", "Note"), row.reason))
    decided, approved = OPERATION_PLAN.act("decide").asks, OPERATION_PLAN.act("approve").asks
    parts = [
        Part(
            Words("集体决策", "The decision"),
            pairs_of(decided, row.decision or {}, ["meeting", "decided_date", "conclusion"]),
        ),
        Part(
            Words("政府批准", "The approval"),
            pairs_of(approved, row.approval or {}, ["government", "number", "approved_date"]),
        ),
        resources_part(row.resources, Words("数据范围", "The data")),
        *_form(asks, row.form, Words("方案十二项", "The plan's twelve items")),
    ]
    return Sheet(pairs=pairs, parts=parts)


def selection_sheet(row: Any, reading: Reading) -> Sheet:
    """The announcement, and once they are open the bids with their scores."""
    asks = OPERATOR_SELECTION.begins.asks
    pairs = [
        reading.link(Words("实施方案", "Plan"), OPERATION_PLAN, row.plan_id, row.plan.name),
        *pairs_of(asks, {"method": row.method, "requirements": row.requirements}, ["method", "requirements"]),
        Pair(Words("投标截止日", "Bids until the end of"), last_day(row.bids_until_at)),
        Pair(Words("公开页面", "Public page"), Words("查看", "look"), reverse("selection", args=[row.pk])),
    ]
    if row.bids is not None:
        pairs.append(Pair(Words("投标份数", "Bids"), f"{row.bids:,}"))
    if row.winner_id:
        pairs.append(Pair(Words("中选单位", "Chosen"), reading.party(row.winner_id), tag="ok"))
        pairs.append(Pair(Words("中选理由", "Why it wins"), row.award["reason"]))
    if row.reason:
        pairs.append(Pair(Words("终止原因", "Why it ended"), row.reason))
    note = None
    if row.state in {"announced", "closed"}:
        note = Words(
            "投标以投标单位自己的密钥封存，开标前任何人（含本所）都不能读取，也看不到有几份。",
            "Bids are locked with their bidders' own keys: before the opening nobody, this exchange included, can read or count them.",
        )
    return Sheet(
        pairs=pairs,
        parts=[criteria_part(row.criteria), _bids(row, reading), Part(Words("封存", "Under seal"), note=note)],
    )


def criteria_part(criteria: Sequence[Mapping[str, Any]]) -> Part:
    rows: list[Row] = [[plain(one["name"]), plain(one["points"])] for one in criteria]
    columns = [Column(Words("评审项", "Criterion")), Column(Words("满分", "Points"), num=True)]
    return Part(Words("评审标准", "Criteria"), table=Table(columns, rows))


def _bids(row: Any, reading: Reading) -> Part:
    if reading.by.party != row.implementer_id and row.state != "awarded":
        return Part(Words("投标", "Bids"))
    rows: list[Row] = []
    for one in authorisation.bids(row.pk):
        mean = sum(points for _, points in one.scores) / len(one.scores) if one.scores else None
        offer = yuan(one.content["offer_fen"]) if one.content else "—"
        where = reverse("desk-subject", args=["operation_bid", one.id]) if reading.sees(OPERATION_BID, one.id) else ""
        rows.append([
            Cell(one.bidder, Words(f"投标 {one.id}", f"bid {one.id}"), where), Cell(OPERATION_BID.label(one.state)), plain(offer),
            Cell(plain("—" if mean is None else f"{mean:.2f}"), Words(f"{len(one.scores)} 名专家", f"{len(one.scores)} experts")),
        ])  # fmt: skip
    columns = [
        Column(Words("投标单位", "Bidder")),
        Column(Words("状态", "State"), phone=False),
        Column(Words("报价", "Offer"), num=True),
        Column(Words("平均得分", "Mean score"), num=True),
    ]
    return Part(Words("投标与评分", "Bids and scores"), table=Table(columns, rows))


def bid_sheet(row: Any, reading: Reading) -> Sheet:
    """Sealed, there is nothing to show but that it is; opened, what was in it."""
    pairs = [
        reading.link(Words("选择项目", "Selection"), OPERATOR_SELECTION, row.selection_id, row.selection.name),
        Pair(Words("投标截止日", "Bids until the end of"), last_day(row.selection.bids_until_at)),
        Pair(Words("封存件的 SHA-256", "SHA-256 of what is sealed"), row.digest, mono=True),
    ]
    if row.content is None:
        words = Words(
            "内容已用您的密钥封存，本所不保存密钥；开标后请在期限内用密钥开启，逾期作废。",
            "It is locked with your key, which is not kept here. Open it in time once bids are opened, or it is void.",
        )
        return Sheet(pairs=pairs, parts=[Part(Words("封存", "Under seal"), note=words)])
    asks = OPERATION_BID.begins.asks
    told = pairs_of(asks, row.content, ["offer_fen", "proposal", "promises", "documents"])
    return Sheet(pairs=pairs, parts=[Part(Words("投标内容", "The bid"), told)])


def agreement_sheet(row: Any, reading: Reading) -> Sheet:
    """The thirteen items, who signed, the separate accounts, what was assessed."""
    asks = OPERATION_AGREEMENT.begins.asks
    pairs = [
        reading.link(Words("选择项目", "Selection"), OPERATOR_SELECTION, row.selection_id, row.selection.name),
        Pair(
            Words("期限", "Term"),
            Words(f"{row.starts_date} 至 {row.ends_date}", f"{row.starts_date} to {row.ends_date}"),
        ),
        *pairs_of(asks, row.form, ["ceiling_fen", "ceiling_unit"]),
    ]
    tags: list[tuple[Words, Tone]] = []
    if row.receipt:
        pairs.append(Pair(Words("备案编号", "Filed as"), row.receipt["number"]))
    for side, words in (("operator", Words("运营机构已签署", "the operator signed")),
                        ("implementer", Words("实施机构已签署", "the implementing body signed"))):  # fmt: skip
        if side in row.signed:
            tags.append((words, "ok"))
    if row.reason:
        pairs.append(Pair(Words("说明", "Note"), row.reason))
    if row.in_force_at is not None:
        pairs.append(Pair(Words("公开页面", "Public page"), Words("查看", "look"), reverse("operation", args=[row.pk])))
    parts = [
        resources_part(row.resources, Words("授权数据资源", "Authorised data")), _accounts(row, reading), assessments_part(row.pk),
        Part(Words("退出交接", "The exit"), pairs_of(OPERATION_AGREEMENT.act("complete_exit").asks, row.ended or {},
                                                     ["data_text", "assets_text", "users_text"])),
        *_form(asks, row.form, Words("协议十三项", "The agreement's thirteen items")),
    ]  # fmt: skip
    return Sheet(tags, pairs, parts)


def _accounts(row: Any, reading: Reading) -> Part:
    """The operator's separate accounts, for the parties and the offices that see the agreement."""
    title = Words("授权运营单独账目", "Separate accounts of the operation")
    if row.in_force_at is None:
        return Part(title)
    told = authorisation.accounts(row.pk)
    pairs = [
        Pair(Words("收入", "Income"), yuan(told.income_fen)),
        Pair(Words("成本", "Cost"), yuan(told.cost_fen)),
        Pair(Words("支出", "Expenditure"), yuan(told.expenditure_fen)),
    ]
    kinds = OPERATION_AGREEMENT.act("book").asks
    rows: list[Row] = [
        [Cell(plain(text), plain(said.day(day))), words_of(kinds, "kind", kind), plain(yuan(fen))]
        for day, kind, text, fen in told.lines
    ]
    columns = [
        Column(Words("摘要", "What for")),
        Column(Words("类别", "Kind")),
        Column(Words("金额", "Amount"), num=True),
    ]
    note = Words(f"共 {told.total:,} 笔，列出最近的。", f"{told.total:,} lines; the latest are shown.")
    return Part(title, pairs, table=Table(columns, rows), note=note)


def assessments_part(agreement: int) -> Part:
    asks = OPERATION_AGREEMENT.act("assess").asks
    rows: list[Row] = [
        [Cell(plain(year), plain(text)), words_of(asks, "grade", grade)]
        for year, grade, text in authorisation.assessments(agreement)
    ]
    columns = [Column(Words("年度", "Year")), Column(Words("结果", "Result"))]
    return Part(Words("成效评价", "Assessments"), table=Table(columns, rows))


def concession_sheet(row: Any, reading: Reading) -> Sheet:
    asks = OPERATION_CONCESSION.begins.asks
    pairs = [
        reading.link(Words("授权运营协议", "Agreement"), OPERATION_AGREEMENT, row.agreement_id, row.agreement.name),
        Pair(Words("特许期限至", "Until"), row.until_date),
        *pairs_of(asks, row.form, ["products", "plan"]),
    ]
    if row.reason:
        pairs.append(Pair(Words("理由", "Reason"), row.reason))
    return Sheet(pairs=pairs, parts=[resources_part(row.resources, Words("所用数据资源", "Data used"))])


def disclosure_sheet(row: Any, reading: Reading) -> Sheet:
    pairs = [
        reading.link(Words("授权运营协议", "Agreement"), OPERATION_AGREEMENT, row.agreement_id, row.agreement.name),
        Pair(Words("披露方", "Side"), SIDES[row.side]),
        Pair(Words("已披露期数", "Times disclosed"), f"{row.times:,}"),
        Pair(Words("公开页面", "Public page"), Words("查看", "look"), reverse("operation", args=[row.agreement_id])),
    ]
    part = Part(Words("最近一期", "The latest"), table=disclosed(row.rows), note=plain(row.text) if row.text else None)
    parts = [part] if row.rows else []
    if row.usage is not None:
        parts.append(Part(USED, table=used(row.usage, income=True), note=period_of(row.usage)))
    return Sheet(pairs=pairs, parts=parts)


USED = Words("本期使用情况", "What was used in the period")


def period_of(usage: Mapping[str, Any]) -> Words:
    since, until = (said.moment(timezone.localtime(datetime.fromisoformat(usage[one]))) for one in ("since", "until"))
    return Words(
        f"{since} 至 {until} 结清的成交，由本所按节点结算单和账单统计",
        f"deals settled from {since} to {until}, counted by the exchange from the nodes' statements and the bills",
    )


def used(usage: Mapping[str, Any], *, income: bool = False) -> Table:
    """Product by product, and nothing where nothing was settled. What it brought in is not for the public: of a single deal it
    would be the price that a buyer paid."""
    lines: list[Row] = [
        [
            plain(one["product"]), plain(f"{one['deals']:,}"), plain(f"{one['calls']:,}"),
            *([plain(yuan(one["income_fen"]))] if income else []),
        ]
        for one in usage["products"]
    ]  # fmt: skip
    columns = [
        Column(Words("产品", "Product")),
        Column(Words("结清成交", "Deals settled"), num=True),
        Column(Words("调用次数", "Calls"), num=True),
        *([Column(Words("收入", "Income"), num=True)] if income else []),
    ]
    return Table(columns, lines, empty=Empty(Words("本期没有结清的成交", "No deal was settled in the period")))


SIDES = {
    "implementer": Words("实施机构", "The implementing body"),
    "operator": Words("运营机构", "The operator"),
}


def disclosed(rows: Sequence[Mapping[str, Any]]) -> Table:
    """The seven columns, in their order."""
    asks = OPERATION_PLAN.begins.asks
    lines: list[Row] = [
        [
            Cell(plain(one["resource"])),
            Cell(plain(one["registered"]), tag="ok") if one["registered"] else Cell(Words("未登记", "not registered"), tag="bad"),
            words_of(asks, "mode", one["mode"]),
            plain(f"{yuan(one['ceiling_fen'])} / {one['ceiling_unit']}"),
            plain(one["operator"]),
            Words(f"{one['starts']} 至 {one['ends']}", f"{one['starts']} to {one['ends']}"),
            plain(said.day(date.fromisoformat(one["on"]))),
        ]
        for one in rows
    ]  # fmt: skip
    columns = [
        Column(Words("已授权资源名称", "Authorised resource")),
        Column(Words("登记完成情况", "Registration")),
        Column(Words("授权运营方式", "Mode"), phone=False),
        Column(Words("上限收费标准", "Ceiling of the fee"), num=True),
        Column(Words("运营机构名称", "Operator"), phone=False),
        Column(Words("授权期限", "Term"), phone=False),
        Column(Words("披露时间", "Disclosed on"), phone=False),
    ]
    return Table(columns, lines)

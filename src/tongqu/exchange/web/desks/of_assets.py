"""Assets, their invoices, recognitions and values; pledges; mandates to look; self-assessments: as who may see them reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import Act, Procedure, local_day, procedure
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.registry import assets, catalogue, entrusted, maturity, ownership, pledges, quality
from tongqu.exchange.registry.assets import (
    ASSET_RECOGNITION,
    DATA_ASSET,
    NOT_BOOKED,
    PLATFORM_INVOICE,
    VALUATIONS,
    AssetClass,
    CostItem,
    Treatment,
    Way,
)
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.registry.pledges import RIGHT_PLEDGE
from tongqu.exchange.registry.quality import QUALITY_CHECK
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.components import Cell, Column, Pair, Table
from tongqu.exchange.web.desks.of_measures import indicators_table
from tongqu.exchange.web.desks.parts import Part, Reading, Row, Sheet, capital, day_words, money
from tongqu.exchange.web.desks.wording import citation, pairs_of, plain, words_of
from tongqu.exchange.web.radar import Axis, Radar

LINES = 20
CLASS_TONES: dict[str, c.Tone] = {"intangible": "ok", "inventory": "info", "disclose": ""}
INVOICE_KINDS = {
    "purchase": Words("购买", "Purchase"), "fee": Words("交易服务费", "Fee of a sale"), "sale": Words("销售", "Sale"),
}  # fmt: skip
TO_VERIFY = Words("待核实", "to be verified")


# The asset.


def item_words(item: str) -> Words:
    return Words("减值（跌价）", "Write-down") if item == "impairment" else CostItem(item).words


def class_words(found: Any) -> Words:
    return AssetClass(found.asset_class).words if found else Words("尚未判断", "not judged yet")


def event_words(event: str) -> Words:
    """`ownership.lapse` as people call it."""
    name, _, act = event.partition(".")
    table = procedure(name)
    return Words(f"{table.words.zh}：{table.label(act).zh}", f"{table.words.en}: {table.label(act).en}")


def sums_pairs(one: assets.AssetView) -> list[Pair]:
    sums = one.sums
    return [
        money(Words("计入成本", "Capitalised"), sums.cost), money(Words("累计摊销", "Amortised"), sums.amortised),
        money(Words("减值（跌价）准备", "Written down"), sums.written_down),
        money(Words("账面价值", "Carrying amount"), sums.carrying), money(Words("计入损益", "Expensed"), sums.expensed),
    ]  # fmt: skip


def ledger_part(found: assets.Lines, title: Words, *, where: c.Page | None = None) -> Part:
    rows: list[Row] = [
        [
            Cell(item_words(one.item), _of(one)),
            Cell(Treatment(one.treatment).words, citation(one.cite), tag="ok" if one.treatment == "capitalise" else ""),
            plain(yuan(one.amount_fen)),
        ]
        for one in found.items
    ]
    columns = [
        Column(Words("项目与依据", "Item and proof")),
        Column(Words("处理", "Treatment")), Column(Words("金额", "Amount"), num=True),
    ]  # fmt: skip
    note = Words(
        "每行注明本所账单或存档凭证；只追加，错了用另一行冲销。",
        "Each line names its bill or filed voucher; a mistake is reversed by another line.",
    )
    return Part(title, table=Table(columns, rows, page=where, page_name="lines"), note=note if rows else None)


def _of(one: assets.Line) -> Words:
    """Its number, its day, its proof; and which line it reverses or is reversed by."""
    day = said.day(one.booked_date)
    if one.reverses is not None:
        return Words(
            f"第 {one.id} 行 · {day} · 冲销第 {one.reverses} 行",
            f"line {one.id} · {day} · reverses line {one.reverses}",
        )
    back = f" · 已由第 {one.reversed_by} 行冲销" if one.reversed_by else ""
    back_en = f" · reversed by line {one.reversed_by}" if one.reversed_by else ""
    proof = (
        Words(f"本所账单 {one.bill}", f"bill {one.bill}")
        if one.bill is not None
        else Words(f"凭证 {one.voucher}", f"voucher {one.voucher}")
    )
    return Words(f"第 {one.id} 行 · {day} · {proof.zh}{back}", f"line {one.id} · {day} · {proof.en}{back_en}")


def rights_part(one: assets.AssetView) -> Part:
    """The registered rights in its data, with what stands on them."""
    found = assets.books.rights_of(one)
    standing = pledges.standing([right.registration_id for right in found])
    rows: list[Row] = []
    for right in found:
        burden = [each for each in standing if each.registration_id == right.registration_id]
        rows.append([
            Cell(right.name, right.code or "", reverse("certificate", args=[right.code]) if right.code else ""),
            Cell(Words("、".join(w.zh for w in ownership.right_words(right.rights)), ", ".join(w.en for w in ownership.right_words(right.rights)))),
            Cell(burden_words(burden), tag="due" if burden else None),
        ])  # fmt: skip
    columns = [
        Column(Words("登记", "Registration")), Column(Words("权利", "Rights"), phone=False),
        Column(Words("质押与托管", "Pledge and custody")),
    ]  # fmt: skip
    return Part(Words("登记的权利", "Registered rights"), table=Table(columns, rows))


def burden_words(found: Sequence[pledges.PledgeView]) -> Words:
    if not found:
        return Words("无", "none")
    zh = "；".join(_burden(one).zh for one in found)
    return Words(zh, "; ".join(_burden(one).en for one in found))


def _burden(one: pledges.PledgeView) -> Words:
    if one.kind == "custody":
        return Words(f"托管于{one.secured}", f"in custody of {one.secured}")
    amount = yuan(one.amount_fen or 0)
    return Words(f"第 {one.place} 顺位质押：{one.secured} {amount}", f"pledge no. {one.place}: {one.secured} {amount}")


def quality_part(resource: int) -> Part:
    """The check in force of the entry, as the node measured it; the asset has none of its own."""
    found = quality.standing(resource)
    title = Words("质量（节点测量，六项指标）", "Quality, measured at the node in six indicators")
    if found is None:
        return Part(title, note=Words("还没有测量过质量。", "Its quality was not measured yet."))
    day = said.day(local_day(found.measured_at))
    note = Words(
        f"{day} 测，{found.rows:,} 行。{citation('GB36344:5').zh}",
        f"Measured {day}, {found.rows:,} rows. {citation('GB36344:5').en}",
    )
    return Part(title, table=indicators_table(found), note=note)


def values_part(asset_id: int, *, links: bool = True) -> Part:
    rows: list[Row] = [
        [
            Cell(
                assets.METHODS[one.method], citation(f"VAL17:{one.method}"),
                reverse("desk-subject", args=[VALUATIONS[one.method].name, one.id]) if links else "",
            ),
            plain(said.day(one.base_date)),
            Cell(VALUATIONS[one.method].label(one.state), tag="bad"),
            plain(yuan(one.result_fen)),
        ]
        for one in assets.books.values_of(asset_id)
        if links or one.state == "issued"
    ]  # fmt: skip
    columns = [
        Column(Words("方法", "Method")), Column(Words("基准日", "Base date"), phone=False),
        Column(Words("状态", "State")), Column(Words("估值参考", "Indicative value"), num=True),
    ]  # fmt: skip
    return Part(Words("估值参考", "Indicative values"), table=Table(columns, rows), note=NOT_BOOKED if rows else None)


def asset_pairs(one: assets.AssetView) -> list[Pair]:
    now = one.recognition
    pairs = [
        Pair(Words("首席数据官", "Chief data officer"), one.officer),
        Pair(Words("责任部门", "Department"), one.department or "—"),
        Pair(Words("如何入表", "Recognised as"), class_words(now), tag=CLASS_TONES[now.asset_class] if now else "due"),
    ]
    if now is not None:
        pairs.append(Pair(Words("形成方式", "How obtained"), Way(now.way).words))
        if now.useful_months:
            life = Words(
                f"自 {now.ready_date} 起 {now.useful_months} 个月直线法",
                f"{now.useful_months} months from {now.ready_date}, straight-line",
            )
            pairs.append(Pair(Words("摊销", "Amortised over"), life))
        elif now.asset_class == "intangible":
            life = Words("使用寿命不确定，不摊销，每年减值测试", "indefinite life: not amortised, tested every year")
            pairs.append(Pair(Words("摊销", "Amortised over"), life))
    return pairs


def asset_sheet(row: Any, reading: Reading) -> Sheet:
    one = assets.books.asset(row.pk, on=local_day(reading.at))
    where, found = _lines_page(row.pk, reading)
    entry = catalogue.resource(one.resource_id)
    tags: list[tuple[Words, c.Tone]] = [
        (class_words(one.recognition), CLASS_TONES[one.recognition.asset_class] if one.recognition else "due")
    ]
    if one.recognition is not None and one.recognition.state == "due":
        tags.append((Words("须重新判断", "to be judged again"), "due"))
    related = [
        reading.link(Words("数据资源", "Catalogue entry"), RESOURCE, entry.id, entry.name),
        *[
            Pair(Words("入表判断", "Recognition"), ASSET_RECOGNITION.label(each.state), reverse("desk-subject", args=[ASSET_RECOGNITION.name, each.id]))
            for each in assets.books.recognitions_of(row.pk)[:5]
        ],
        Pair(Words("平台发票", "Invoices"), Words("待归集的账单", "bills to be allotted"), reverse("desk-list", args=[PLATFORM_INVOICE.name])),
        *[
            Pair(table.words, Words("估算", "work out"), f"{reverse('desk-new', args=[table.name])}?asset={row.pk}")
            for table in VALUATIONS.values()
        ],
        Pair(Words("资产总览", "All assets"), Words("查看", "look"), reverse("desk-assets")),
    ]  # fmt: skip
    if one.recognition is None:
        judge = f"{reverse('desk-new', args=[ASSET_RECOGNITION.name])}?asset={row.pk}"
        related.insert(0, Pair(Words("入表判断", "Recognition"), Words("开始判断", "judge it"), judge))
    check = reverse("desk-new", args=[QUALITY_CHECK.name])
    related.append(
        Pair(
            Words("质量测量", "Quality"), Words("请节点测量", "have it measured"), f"{check}?resource={one.resource_id}"
        )
    )
    return Sheet(
        tags=tags, pairs=[*asset_pairs(one), *([Pair(Words("说明", "Note"), one.note)] if one.note else [])],
        parts=[
            Part(Words("账面", "What it carries"), sums_pairs(one)),
            ledger_part(found, Words("成本台账", "Cost ledger"), where=where),
            rights_part(one), quality_part(one.resource_id), values_part(row.pk),
        ],
        related=related,
    )  # fmt: skip


def _lines_page(asset_id: int, reading: Reading) -> tuple[c.Page, assets.Lines]:
    asked = c.page(reading.asked.get("lines"), size=LINES, total=10**9)
    found = assets.books.lines(asset_id, page=asked.number, size=LINES)
    where = c.page(reading.asked.get("lines"), size=LINES, total=found.total)
    if where.number != asked.number:  # past the end: the last page there is
        found = assets.books.lines(asset_id, page=where.number, size=LINES)
    return where, found


def invoice_sheet(row: Any, reading: Reading) -> Sheet:
    reading.learn(row.other_id)
    found = assets.books.lines_of_invoice(row.pk)
    return Sheet(
        pairs=[
            Pair(Words("种类", "Kind"), INVOICE_KINDS[row.kind]), Pair(Words("本所账单", "Bill"), f"{row.bill}"),
            Pair(Words("对方", "The other side"), reading.party(row.other_id)), money(Words("金额", "Amount"), row.amount_fen),
            Pair(Words("账单日期", "Billed on"), said.day(row.billed_date)),
        ],
        parts=[ledger_part(assets.Lines(len(found), 1, len(found) or 1, found), Words("归集到", "Allotted to"))],
    )  # fmt: skip


def choices(table: Procedure, act: Act, subject: Any) -> dict[str, list[tuple[str, c.Label]]]:
    """What a subject of these offers to choose from: its named assets, its lines that may be reversed."""
    match table.name, act.name:
        case ("asset_mandate", "look"):
            named = assets.books.names_of(subject.assets)
            return {"asset": [(str(one), named[one]) for one in subject.assets if one in named]}
        case ("asset_recognition", "amend"):
            return {"asset": [(str(subject.asset_id), subject.asset.name)]}
        case ("data_asset", "reverse"):
            found = assets.books.lines(subject.pk, size=100).items
            standing = [one for one in found if one.source == "voucher" and one.reversed_by is None]
            return {"line": [(str(one.id), f"{one.id} · {one.voucher} · {yuan(one.amount_fen)}") for one in standing]}
    return {}


# Recognition and values.


def recognition_sheet(row: Any, reading: Reading) -> Sheet:
    day = local_day(row.concluded_at or row.changed_at)
    basis = assets.memos.decided(row, day)
    rows: list[Row] = [
        [Cell(words, reason), answer, Cell(citation(cite), cite=True)]
        for words, answer, reason, cite in assets.memos.answers(row)
    ]
    columns = [
        Column(Words("问题与依据", "Question and ground")), Column(Words("回答", "Answer")),
        Column(Words("条文", "Article"), phone=False),
    ]  # fmt: skip
    pairs = [
        reading.link(Words("数据资产", "Asset"), DATA_ASSET, row.asset_id, row.asset.name),
        Pair(Words("如何入表", "Recognised as"), AssetClass(row.asset_class).words, tag=CLASS_TONES[row.asset_class]),
        Pair(Words("依据", "Because"), basis.words), Pair(Words("条文", "Article"), basis.citation.full),
        Pair(Words("判断日期", "Concluded"), day_words(row.concluded_at)),
    ]  # fmt: skip
    if row.event:
        pairs.append(Pair(Words("须重新判断：发生了", "To be judged again, for"), event_words(row.event), tag="due"))
    return Sheet(
        tags=[(AssetClass(row.asset_class).words, CLASS_TONES[row.asset_class])], pairs=pairs,
        parts=[Part(Words("逐项判断", "Answer by answer"), table=Table(columns, rows))],
    )  # fmt: skip


def valuation_sheet(row: Any, reading: Reading) -> Sheet:
    rows: list[Row] = [
        [Cell(words, basis), plain(value), Cell(source, TO_VERIFY, tag="due")]
        for words, value, source, basis in assets.memos.factors_of(row)
    ]
    columns = [
        Column(Words("因素与依据", "Factor and ground")), Column(Words("值", "Value"), num=True), Column(Words("来源", "Source")),
    ]  # fmt: skip
    working: list[Row] = [
        [Cell(Words(one["zh"], one["en"]), one["formula"]), plain(one["result"])] for one in row.steps
    ]
    steps = [Column(Words("步骤", "Step")), Column(Words("得数", "Result"), num=True)]
    booking = citation("ACC33:booking")
    return Sheet(
        tags=[(Words("不得入账", "NOT TO BE BOOKED"), "bad"), (TO_VERIFY, "due")],
        pairs=[
            reading.link(Words("数据资产", "Asset"), DATA_ASSET, row.asset_id, row.asset.name),
            Pair(Words("方法", "Method"), assets.METHODS[row.method]),
            Pair(Words("公式出处", "Formula from"), law.cite(f"VAL17:{row.method}").full),
            Pair(Words("基准日", "Base date"), said.day(row.base_date)), Pair(Words("用途", "What for"), row.form["purpose"]),
            Pair(Words("估值参考", "Indicative value"), yuan(row.result_fen), tag="bad"),
        ],
        parts=[
            Part(Words("不得入账", "Not to be booked"), sentences=[NOT_BOOKED], note=booking),
            Part(Words("因素", "Factors"), table=Table(columns, rows), note=Words(
                "每个因素注明来源；公式和因素待核实，由企业自行填写，不是资产评估报告。",
                "Each factor names its source; formula and factors are to be verified. Filled in by the firm; no appraiser's report.")),
            Part(Words("计算", "Working"), table=Table(steps, working)),
        ],
    )  # fmt: skip


# Pledges.


def pledge_sheet(row: Any, reading: Reading) -> Sheet:
    asks = RIGHT_PLEDGE.begins.asks
    pairs = [
        reading.link(Words("登记", "Registration"), OWNERSHIP, row.registration_id, row.name),
        Pair(Words("凭证编号", "Certificate"), row.code or "—", reverse("certificate", args=[row.code]) if row.code else "", mono=True),
        Pair(Words("种类", "Kind"), words_of(asks, "kind", row.kind)),
    ]  # fmt: skip
    if row.amount_fen is not None:
        pairs.append(money(Words("担保的债权金额", "Amount secured"), row.amount_fen))
    pairs += [
        Pair(Words("约定至", "Agreed until"), said.day(row.until_date) if row.until_date else "—"),
        Pair(Words("约定要点", "What was agreed"), row.terms),
    ]
    if row.state == "standing":
        place = next((one.place for one in pledges.standing([row.registration_id]) if one.id == row.pk), None)
        if place is not None:
            pairs.append(
                Pair(Words("现在的顺位", "Its place now"), Words(f"第 {place} 顺位", f"no. {place}"), tag="ok")
            )
        pairs.append(Pair(Words("设立时间", "Stands since"), row.stood_at))
    if row.reason:
        pairs.append(Pair(Words("说明", "Note"), row.reason))
    note = Words(
        "设立期间该权利不得转让或申请注销；由质权人（托管人）解除。顺位按确认设立的先后。",
        "While it stands the right is neither transferred nor cancelled; whom it secures releases it. Who agreed first comes first.",
    )
    return Sheet(
        pairs=pairs, parts=[Part(Words("效力", "What it does"), sentences=[note], note=citation("HOUSE:pledges"))]
    )


# Mandates to look.


def mandate_sheet(row: Any, reading: Reading) -> Sheet:
    asks = entrusted.ASSET_MANDATE.begins.asks
    looks = row.viewer_id == reading.by.party and row.state == "in_force" and reading.at < row.until_at
    named = assets.books.names_of(row.assets)
    rows: list[Row] = [
        [Cell(
            named.get(one, "—"), Words(f"资产 {one}", f"asset {one}"),
            reverse("desk-look", args=[row.pk, one]) if looks else
            (reverse("desk-subject", args=[DATA_ASSET.name, one]) if row.holder_id == reading.by.party else ""),
        )]
        for one in row.assets
    ]  # fmt: skip
    return Sheet(
        pairs=[
            *pairs_of(asks, {"purpose": row.purpose, "parts": row.parts}, ["purpose", "parts"]),
            Pair(Words("有效至", "Until the end of"), said.day(row.until_date)),
            Pair(Words("查阅次数", "Looks"), f"{row.looks:,}"), Pair(Words("最近查阅", "Last look"), row.looked_at or "—"),
        ],
        parts=[Part(
            Words("开放的资产", "What is opened"), table=Table([Column(Words("数据资产", "Asset"))], rows),
            note=Words("只读；每次查阅都记入存证日志；授权方可立即撤销。", "Read only. Every look is kept in the log; the holder ends it at once."),
        )],
    )  # fmt: skip


def looked_at(number: int, parts: Sequence[str], reading: Reading) -> list[Part]:
    """What a mandate opens of an asset: what it is always, the rest as the mandate says. No links into the holder's desk."""
    one = assets.books.asset(number, on=local_day(reading.at))
    shown = [Part(Words("基本情况", "What it is"), asset_pairs(one))]
    if "ledger" in parts:
        shown.append(Part(Words("账面", "What it carries"), sums_pairs(one)))
        shown.append(
            ledger_part(
                assets.books.lines(number, size=100),
                Words("成本台账（最近 100 行）", "Cost ledger (the last 100 lines)"),
            )
        )
    if "rights" in parts:
        shown.append(rights_part(one))
    if "quality" in parts:
        shown.append(quality_part(one.resource_id))
    if "values" in parts:
        shown.append(values_part(number, links=False))
    return [part for part in shown if part]


# Self-assessments.

LEVELS_NOTE = Words(
    "企业自评，不是第三方评估，不表示达到某一等级或符合该标准。",
    "The firm's own view: no assessment by others, no claim to a level or to conformity.",
)


def edition_words(edition: str) -> Words:
    items, later = citation("GB36073:items"), law.instrument(maturity.LATER_EDITION).name
    name = law.instrument(edition).name
    return Words(
        f"所依版本：{name.zh}。能力项名称据{items.zh}。另有 {later.zh}，未据以自评。",
        f"Edition: {name.en}. Names of items: {items.en}. There is also {later.en}; it was not used.",
    )


def radar_of(found: maturity.AssessmentView) -> Radar:
    return Radar(
        Words("数据管理能力自评", "Self-assessment of data management"),
        [Axis(one.domain.words, one.hundredths) for one in found.domains],
    )


def maturity_parts(found: maturity.AssessmentView, *, evidence: bool) -> list[Part]:
    rows: list[Row] = [
        [
            Cell(one.domain.words, found.evidence[one.domain.key] if evidence else "", cut=False),
            plain(f"{one.hundredths / 100:.2f}"),
            Cell(maturity.LEVELS[one.lowest - 1]),
        ]
        for one in found.domains
    ]
    columns = [
        Column(Words("能力域", "Domain")), Column(Words("均值", "Mean"), num=True),
        Column(Words("最低一项", "Lowest item"), phone=False),
    ]  # fmt: skip
    totals: list[c.Cell | c.Label] = [Words("二十八项均值", "Mean of 28 items"), f"{found.mean / 100:.2f}", ""]
    return [
        Part(
            Words("八个能力域", "Eight domains"),
            radar=radar_of(found),
            table=Table(columns, rows, totals=totals),
            note=LEVELS_NOTE,
        ),
        Part(Words("版本", "Edition"), sentences=[edition_words(found.edition)]),
    ]


def maturity_sheet(row: Any, reading: Reading) -> Sheet:
    found = maturity.of_row(row)
    items: list[Row] = [
        [Cell(words, one.domain.words), Cell(maturity.LEVELS[level - 1])]
        for one in found.domains
        for words, level in zip(one.domain.items, one.levels, strict=True)
    ]
    columns = [
        Column(Words("能力项（名称待核实）", "Item (names to be verified)")),
        Column(Words("自评等级", "Level, by itself")),
    ]
    pairs = [
        Pair(Words("范围", "Scope"), row.scope), Pair(Words("自评日期", "Assessed on"), said.day(row.assessed_date)),
        Pair(Words("公开", "Public"), Words("是", "Yes") if row.public else Words("否", "No"),
             reverse("maturity-one", args=[row.pk]) if row.public and row.state == "stated" else ""),
    ]  # fmt: skip
    return Sheet(
        tags=[(capital(Words("自评", "by itself")), "info")], pairs=pairs,
        parts=[*maturity_parts(found, evidence=True), Part(Words("二十八个能力项", "Twenty-eight items"), table=Table(columns, items))],
    )  # fmt: skip

"""A registrar's own matters, as it and the authorities read them; the yearly report as a paper."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock.procedures import see
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import registrars
from tongqu.exchange.registry.registrars import (
    REGISTRAR_CHANGE,
    REGISTRAR_DOSSIER,
    REGISTRAR_EXIT,
    REGISTRAR_REPORT,
)
from tongqu.exchange.web import said
from tongqu.exchange.web.components import Cell, Column, Pair, Table, Tone
from tongqu.exchange.web.desks.acting import actor, hides_unknown, signed_in
from tongqu.exchange.web.desks.clockfaces import last_day
from tongqu.exchange.web.desks.parts import Part, Reading, Row, Sheet, capital
from tongqu.exchange.web.desks.story import served
from tongqu.exchange.web.desks.wording import citation, label_of, pairs_of, plain, words_of


def dossier_sheet(row: Any, reading: Reading) -> Sheet:
    asks = REGISTRAR_DOSSIER.begins.asks
    paid_in = ["capital_fen"] if row.form["kind"] == "enterprise" else []  # asked of enterprises alone (art. 7)
    names = ["kind", *paid_in, "since_date", "protection", "protection_until_date", "clean"]
    rows: list[Row] = [[one["name"], one["since_date"]] for one in row.form["reviewers"]]
    columns = [
        Column(Words("审查人员", "Reviewer")),
        Column(Words("从业起始日", "In the trade since")),
    ]
    parts = [Part(label_of(asks, "reviewers"), table=Table(columns, rows), note=citation("PROP35:7")), _opinion(row)]
    return Sheet(pairs=pairs_of(asks, row.form, names), parts=parts)


def _opinion(row: Any) -> Part:
    return Part(Words("主管部门意见", "The authority's opinion"), text=row.opinion)


def report_sheet(row: Any, reading: Reading) -> Sheet:
    """The figures of the year, and whether the log still gives them."""
    rows: list[Row] = [[Cell(words), plain(f"{number:,}")] for words, number in registrars.lines_of(row)]
    columns = [
        Column(Words("事项", "Matter")),
        Column(Words(f"{row.year} 年", f"{row.year}"), num=True),
    ]
    same = registrars.agrees(row)
    tags: list[tuple[Words, Tone]] = [
        (Words("复算一致", "counted again: the same"), "ok")
        if same
        else (Words("与存证不一致", "the log says otherwise"), "bad")
    ]
    pairs = [
        Pair(Words("年度", "Year"), f"{row.year}"),
        Pair(Words("提交期限", "Due"), last_day(row.due_at)),
        Pair(Words("提交时间", "Filed"), row.filed_at),
        Pair(Words("数字摘要", "Digest of the figures"), row.digest, mono=True),
        Pair(Words("报告文件", "As a paper"), "PDF", reverse("desk-registrar-report-pdf", args=[row.pk])),
    ]
    note = Words("由存证日志计数；任何时候复算都相同。", "Counted from the log; whoever counts again finds the same.")
    parts = [
        Part(Words("年度数字", "The year in figures"), table=Table(columns, rows), note=note),
        Part(Words("工作情况说明", "Account of the year"), text=row.account),
        _opinion(row),
    ]
    return Sheet(tags, pairs, parts)


def change_sheet(row: Any, reading: Reading) -> Sheet:
    asks = REGISTRAR_CHANGE.begins.asks
    pairs = [
        Pair(label_of(asks, "items"), words_of(asks, "items", row.items)),
        Pair(label_of(asks, "effective_date"), row.effective_date),
    ]
    if row.updated:
        pairs.append(Pair(Words("国家系统更新凭据", "Proof of the update"), row.updated))
    return Sheet(pairs=pairs, parts=[Part(label_of(asks, "reason"), text=row.reason), _opinion(row)])


def exit_sheet(row: Any, reading: Reading) -> Sheet:
    asks = REGISTRAR_EXIT.begins.asks
    pairs = [
        Pair(label_of(asks, "exit_date"), last_day(row.exit_at)),
        Pair(label_of(asks, "successor"), row.successor),
    ]
    if row.report_number:
        pairs.append(Pair(capital(Words("报告文号", "number of the report")), row.report_number))
    if row.bundle:
        pairs.append(Pair(Words("移交包", "Bundle"), row.bundle, mono=True))
    parts = [Part(label_of(asks, "reason"), text=row.reason), _opinion(row)]
    if row.state == "reported":
        command = "tongqu registrar hand-over --registrar …  bundle.zip"
        told = Words("在交易所的机器上写出移交包：", "Write the bundle on the exchange's own machine:")
        parts.append(Part(Words("怎样移交", "How to hand over"), commands=[(told, command)]))
    return Sheet(pairs=pairs, parts=parts)


@require_GET
@signed_in
@hides_unknown
def report_file(request: HttpRequest, pk: int) -> Any:
    row = see(REGISTRAR_REPORT, pk, actor(request))
    return served(registrars.report_pdf(row), "application/pdf", f"registrar-report-{row.year}.pdf")


def leaving_table() -> Table:
    """Announced exits, for anyone."""
    rows: list[Row] = [
        [
            Cell(one.registrar, one.successor),
            plain(said.day(last_day(one.exit_at))),
            Cell(REGISTRAR_EXIT.label(one.state), tag="due" if one.state != "left" else ""),
        ]
        for one in registrars.leaving()
    ]
    columns = [
        Column(Words("登记机构，由谁接收", "Registrar, and who takes over")),
        Column(Words("退出日", "Day of exit")),
        Column(Words("状态", "State")),
    ]
    return Table(columns, rows)

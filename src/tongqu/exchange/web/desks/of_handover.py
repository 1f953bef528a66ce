"""A bundle being taken over, how far it has come and where it differs; and a registration of it that goes on living."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from tongqu.exchange.bedrock.procedures import procedure
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import handover
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.web.components import Cell, Column, Pair, Table, page
from tongqu.exchange.web.desks.parts import Part, Progress, Reading, Row, Sheet
from tongqu.exchange.web.desks.wording import plain

SIZE = 20
PARTS = {
    "registrations.jsonl": Words("登记", "registrations"),
    "matters.jsonl": Words("后续事项", "later matters"),
    "lists.jsonl": Words("状态列表", "status lists"),
    "papers.jsonl": Words("文件清单", "list of papers"),
    "manifest.json": Words("清单和签名", "manifest and signature"),
    "manifest.sig": Words("清单和签名", "manifest and signature"),
}


def take_over_sheet(row: Any, reading: Reading) -> Sheet:
    pairs = [
        Pair(Words("移交机构", "Handed over by"), f"{row.from_name}（{row.from_code}）" if row.from_code else "—"),
        Pair(Words("登记", "Registrations"), f"{row.position:,}"),
        Pair(Words("其中有效，在此继续", "Of these in force, going on here"), f"{row.living:,}"),
        Pair(Words("后续事项", "Later matters"), f"{row.matters:,}"),
        Pair(Words("文件", "Papers"), f"{row.papers:,}"),
        Pair(Words("逐一核验的存证", "Facts proven one by one"), f"{row.facts:,}" if row.whole else "—"),
    ]
    parts: list[Part] = []
    if row.state in {"running", "stopped"}:
        parts.append(_progress(row))
    if row.fault:
        parts.append(_fault(row))
    if row.reason and row.state == "stopped":
        parts.append(Part(Words("停止的理由", "Why it was stopped"), text=row.reason))
    parts.append(_records(row, reading))
    return Sheet(pairs=pairs, parts=parts)


def _progress(row: Any) -> Part:
    title, live = Words("进度", "Progress"), row.state == "running"
    if not row.whole:
        return Part(title, sentences=[Words("正在核验整个移交包。", "The whole bundle is being checked.")])
    parts = row.manifest["parts"]
    whole = sum(parts[name]["lines"] for name in ("registrations", "matters", "papers"))
    done = row.position + row.matters + row.papers
    told = Words(f"已接收 {done:,} 项，共 {whole:,} 项", f"{done:,} of {whole:,} taken")
    return Part(title, progress=Progress(done, max(whole, 1), live=live), sentences=[told])


def _fault(row: Any) -> Part:
    said, known = row.fault, PARTS.get(row.fault["part"])
    pairs = [Pair(Words("哪一部分", "Which part"), known or plain(said["part"]))]
    if said["line"]:
        pairs.append(Pair(Words("第几行", "Line"), str(said["line"])))
    return Part(Words("与签名不符之处", "Where it differs"), pairs, sentences=[Words(said["zh"], said["en"])])


def _records(row: Any, reading: Reading) -> Part:
    _, total = handover.records(row.pk, size=0)
    where = page(reading.asked.get("records"), size=SIZE, total=total)
    found, _ = handover.records(row.pk, first=where.span.start, size=SIZE)
    rows: list[Row] = []
    for one in found:
        table = procedure(one.table)
        rows.append([Cell(table.words, str(one.number)), "、".join(one.codes) or "—", table.label(one.state)])
    columns = [
        Column(Words("事项和原编号", "Matter, and its number there")),
        Column(Words("凭证", "Certificates"), phone=False),
        Column(Words("移交时的状态", "State when handed over")),
    ]
    return Part(Words("接收的记录", "Records taken over"), table=Table(columns, rows, page=where, page_name="records"))


def taken_over_sheet(row: Any, reading: Reading) -> Sheet:
    pairs = [
        Pair(Words("凭证编号", "Certificate"), row.code, reverse("certificate", args=[row.code]), mono=True),
        Pair(Words("权利人", "Holder"), f"{row.holder_name}（{row.holder_code}）"),
        Pair(Words("移交机构", "Handed over by"), row.take_over.from_name),
        Pair(Words("原目录名称", "Catalogue entry there"), row.resource_name),
        Pair(Words("有效期至", "Valid until"), row.valid_to_at),
    ]
    if row.registration_id is not None:
        pairs.append(reading.link(Words("登记", "Registration"), OWNERSHIP, row.registration_id, row.name))
    parts = []
    if row.state == "waiting":
        told = Words(
            "请以原名称把同一数据编入本所目录，再对应；之后续期、转让等照常办理。",
            "Catalogue the same data here under its name, then bind it; renewal, transfer and the rest follow as ever.",
        )
        parts.append(Part(Words("接下来", "What next"), note=told))
    return Sheet(pairs=pairs, parts=parts)

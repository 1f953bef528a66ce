"""A recognised registrar's entry, and a certificate that was brought from one, as those who may see them read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import catalogue, ownership, recognition
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.web import said
from tongqu.exchange.web.components import Cell, Column, Pair, Table, Tone
from tongqu.exchange.web.desks.parts import Part, Reading, Row, Sheet
from tongqu.exchange.web.desks.wording import NO, YES, citation, joined, plain

TONES: dict[str, Tone] = {"listed": "ok", "suspended": "due", "struck_off": "bad"}
KEYS = [
    Column(Words("密钥", "Key")),
    Column(Words("使用期", "In use")),
    Column(Words("状态", "State"), phone=False),
]


def key_rows(keys: Sequence[recognition.KeyView]) -> list[Row]:
    rows: list[Row] = []
    for one in keys:
        until = said.day(one.until) if one.until else ""
        state = Cell(Words("使用中", "in use"), tag="ok")
        if one.until:
            state = Cell(Words("已停用", "ended"), tag="")
        if one.lost:
            state = Cell(Words("已泄露，不采信", "lost; not believed"), tag="bad")
        since = said.day(one.since)
        span = Words(f"{since} 至 {until}", f"{since} to {until}") if until else Words(f"{since} 起", f"since {since}")
        rows.append([Cell(plain(one.method.rpartition("#")[2]), plain(one.public)), Cell(span), state])
    return rows


def registrar_sheet(row: Any, reading: Reading) -> Sheet:
    one = recognition.registrar(row.pk)
    pairs = [
        Pair(Words("统一社会信用代码", "Credit code"), one.credit_code, mono=True),
        Pair(Words("DID", "DID"), one.did, mono=True),
        Pair(Words("认可依据", "Basis"), one.basis),
        Pair(Words("在全国登记机构名录内", "In the national directory"), YES if one.national else NO),
        Pair(Words("在此认可的权利", "Rights recognised here"), plain(f"{one.recognised:,}")),
        Pair(Words("公开页面", "Public page"), Words("查看", "look"), reverse("recognised-registrar", args=[row.pk])),
    ]
    parts = [Part(Words("密钥", "Keys"), table=Table(KEYS, key_rows(one.keys)))]
    if row.reason and row.state != "listed":
        parts.append(Part(Words("理由", "Reason"), text=row.reason))
    return Sheet([], pairs, parts)


def recognition_sheet(row: Any, reading: Reading) -> Sheet:
    """What was brought, what its issuer says, and what stands against it."""
    one = recognition.matter(row.pk)
    issuer = recognition.registrar(one.issuer_id)
    entry = catalogue.resource(row.resource_id)
    pairs = [
        Pair(Words("签发机构", "Issued by"), issuer.name, reverse("recognised-registrar", args=[issuer.id])),
        reading.link(Words("数据资源", "Catalogue entry"), RESOURCE, entry.id, f"{entry.name}（{entry.code}）"),
    ]
    if one.code:
        pairs += [
            Pair(Words("原凭证编号", "Its certificate"), one.code, mono=True),
            Pair(Words("凭证载明的数据", "Data it names"), one.data_name),
            Pair(Words("凭证载明的权利", "Rights it names"), "、".join(one.right)),
            Pair(Words("对应的权利", "Rights here"), joined(ownership.right_words(one.rights))),
            Pair(Words("有效期至", "Valid until"), one.valid_to_at),
            Pair(Words("最近确认有效", "Last confirmed"), one.checked_at),
        ]
    if row.address:
        pairs.append(Pair(Words("凭证网址", "Address"), row.address, mono=True))
    if row.registration_id is not None:
        pairs.append(reading.link(Words("登记", "Registration"), OWNERSHIP, row.registration_id, one.data_name))
    parts = [_conflicts(one, reading)]
    if one.reasons:
        parts.append(
            Part(Words("签发机构的答复与不采信的理由", "Why it is not relied on"), sentences=list(one.reasons))
        )
    if one.trouble is not None:
        told = Words(f"{one.trouble.zh}；稍后自动再试。", f"{one.trouble.en}; it is tried again by itself.")
        parts.append(Part(Words("最近一次未能确认", "Not confirmed at the last try"), note=told))
    if row.finding:
        parts.append(Part(Words("意见", "Finding"), text=row.finding))
    return Sheet([], pairs, parts)


def _conflicts(one: recognition.MatterView, reading: Reading) -> Part:
    """The same right registered here, and data that is called otherwise: for the registrar to judge."""
    rows: list[Row] = []
    for each in one.conflicts:
        if each["kind"] == "name":
            rows.append(
                [
                    Cell(Words("数据名称不同", "Another name"), tag="due"),
                    Cell(plain(each["there"]), Words("凭证所载", "in the certificate")),
                    Cell(plain(each["here"]), Words("本地目录", "in the catalogue here")),
                ]
            )
            continue
        seen = reading.sees(OWNERSHIP, each["registration"])
        href = reverse("desk-subject", args=["ownership", each["registration"]]) if seen else ""
        rows.append(
            [
                Cell(Words("本地已有同类权利", "The same right here"), tag="due"),
                Cell(plain(each["name"]), joined(ownership.right_words(each["rights"])), href),
                Cell(plain(each["holder"]), each["code"]),
            ]
        )
    columns = [
        Column(Words("情况", "What")),
        Column(Words("数据", "Data")),
        Column(Words("权利人或本地名称", "Holder, or name here")),
    ]
    title, note = Words("须由登记机构判断", "For the registrar to judge"), citation("PROP35:21(last)") if rows else None
    return Part(title, table=Table(columns, rows), note=note)


def origin_part(right: ownership.RightView) -> Part:
    """Where a recognised right is registered, and why nobody may rely on it at present."""
    origin = right.elsewhere
    title = Words("异地登记", "Registered elsewhere")
    if origin is None:
        return Part(title)
    pairs = [
        Pair(Words("登记机构", "Registrar"), origin.registrar),
        Pair(Words("原凭证编号", "Its certificate"), origin.code, mono=True),
        Pair(
            Words("来源与状态", "Origin and state"),
            Words("公开页面", "public page"),
            reverse("recognised", args=[right.registration_id]),
        ),
    ]
    note = Words(
        "变更、续期、转让和注销在原登记机构办理。", "Changes, renewal, transfer and cancellation are entered there."
    )
    return Part(title, pairs, sentences=list(origin.reasons), note=note)

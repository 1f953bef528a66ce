"""A release of open data as those who may see it read it: what was handed in, what was found, where it stands."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import catalogue, releases
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.releases import RELEASE
from tongqu.exchange.web.components import Cell, Column, Pair, Table
from tongqu.exchange.web.desks.of_registry import catalogue_items
from tongqu.exchange.web.desks.parts import Part, Reading, Sheet, counted
from tongqu.exchange.web.desks.wording import pairs_of, plain, words_of


def release_sheet(row: Any, reading: Reading) -> Sheet:
    entry = catalogue.resource(row.resource_id)
    asked = {
        "note": row.note, "period_from_date": row.period_from_date, "period_to_date": row.period_to_date,
        "licence": row.licence, "terms": row.terms,
    }  # fmt: skip
    pairs = [
        reading.link(Words("数据资源", "Resource"), RESOURCE, row.resource_id, f"{entry.name}（{entry.code}）"),
        *pairs_of(RELEASE.begins.asks, {name: value for name, value in asked.items() if value}, list(asked)),
        Pair(Words("版本", "Version"), _version(row)),
        Pair(Words("文件大小", "Size"), Words(f"{row.size:,} 字节", f"{row.size:,} bytes")),
        Pair(Words("文件 SHA-256", "SHA-256 of the file"), row.sha256, mono=True),
        *([Pair(Words("行数", "Rows"), f"{row.rows:,}")] if row.rows is not None else []),
        *([Pair(Words("理由", "Reason"), row.reason)] if row.reason else []),
    ]  # fmt: skip
    parts = [_faults(row), _columns(row)]
    related = []
    if row.state == "published":
        view = releases.versions([row.resource_id]).get(row.resource_id, ())
        if any(one.id == row.pk for one in view):
            address = reverse("resource", args=[row.resource_id])
            related.append(Pair(Words("公开页面", "Public page"), Words("查看", "see it"), f"{address}#versions"))
    return Sheet(pairs=pairs, parts=[part for part in parts if part], related=related)


def _version(row: Any) -> Words:
    if not row.version:
        return Words("发布时编号", "numbered when published")
    return Words(f"第 {row.version} 版", f"version {row.version}")


def _faults(row: Any) -> Part:
    """What stood against the file: each with what mends it."""
    rows = [
        [Cell(Words(one["zh"], one["en"]), Words(one["mend_zh"], one["mend_en"]))]
        for one in (row.faults if row.state == "returned" else ())
    ]
    title = Words("核对未通过", "The check found")
    return Part(title, table=Table([Column(Words("问题与改法", "What, and what mends it"))], list(rows)))


def _columns(row: Any) -> Part:
    items = catalogue_items()
    rows = [
        [Cell(plain(one["name"])), Cell(words_of(items, "type", one["type"])), Cell(counted(one["nulls"]))]
        for one in row.columns
    ]
    columns = [
        Column(Words("列", "Column")),
        Column(Words("数据类型", "Type")),
        Column(Words("空值", "Nulls"), num=True),
    ]
    return Part(
        Words("文件的列（已与目录核对）", "Columns of the file, compared with the entry"),
        table=Table(columns, list(rows)),
    )

"""Open data for the stories of the doors: a resource that is open, versions of it, and entries of others, some hostile."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

from tests.web.market import NOW, Market
from tongqu.exchange.bedrock import papers
from tongqu.exchange.registry import catalogue, harvest, releases, search
from tongqu.exchange.registry.models import Harvest
from tongqu.exchange.registry.releases import RELEASE

HOSTILE = '名"录\\ <b>@zh .\n" ; <x> } \U0001f600\u2028\\u0041'
ROWS = [
    {"id": "a", "portal": "wh", "title": "武汉市公交线路", "description": "线路、站点、首末班时间", "department": "市交通运输局",
     "province": "湖北省", "city": "武汉市", "is_open": "无条件开放", "data_formats": ["csv", "接口"], "update_time": "2026-05-01",
     "publish_time": "2020-01-02", "url": "https://data.example/a?x=1&y=2", "tags": "公交,出行", "category": "交通出行",
     "industry": "交通运输", "update_frequency": "每日"},
    {"id": 'b"\\<>', "portal": "wh", "title": HOSTILE, "description": HOSTILE * 3, "department": HOSTILE, "tags": [HOSTILE, "标签"],
     "is_open": "某政策", "update_frequency": "看情况", "data_formats": ["某格式", "pdf", "xlsx"], "category": HOSTILE, "industry": HOSTILE,
     "url": "https://data.example/{b}|^`\"<>"},
    {"title": "没有编号、没有摘要的条目", "portal": "hz", "province": "浙江省", "city": "杭州市"},
    {"id": "d", "portal": "hz", "title": "名称即摘要", "description": "名称即摘要", "is_open": "禁止开放", "data_formats": ["json"]},
    {"id": "e", "title": "不知哪来的", "is_open": "PUBLIC", "update_frequency": "MONTHLY"},
]  # fmt: skip
CSV = "ID,late\nA1,1\nA2,0\n"


def take_in(rows: list[dict[str, Any]] | bytes = ROWS, name: str = "示例目录") -> int:
    content = (
        rows if isinstance(rows, bytes) else "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    )
    kept = papers.keep(content, name="catalogue.txt", at=NOW, by=None)
    number = Harvest.objects.create(
        state="running", begun_at=NOW, changed_at=NOW, file=kept.sha256, name=name, catalog_name=name
    ).pk
    assert harvest.run(number, ready=lambda provinces: search.refresh(), now=lambda: NOW) == "finished"
    with connection.cursor() as cursor:  # emptied by a commit, which a story's transaction never comes to
        cursor.execute("drop table if exists harvested")
    return int(number)


def opened(market: Market, owner: str = "seller", **changes: Any) -> int:
    """A resource whose entry says that it is open."""
    return market.resource(owner, opening="open", **changes)


def handed_in(
    market: Market,
    resource: int,
    content: str | bytes = CSV,
    name: str = "data.csv",
    by: str = "seller",
    **changes: Any,
) -> int:
    """A release, checked by the worker."""
    body = content.encode() if isinstance(content, str) else content
    kept = papers.keep(body, name=name, at=market.now, by=market.parties[by])
    asked = {"resource": resource, "file": kept.sha256, "note": "首次发布", "licence": "cc-by-4.0"} | changes
    made = market.begin(RELEASE, by, **asked)
    releases.run(made, now=lambda: market.now)
    market.settle()
    return made


def released(
    market: Market,
    resource: int,
    content: str | bytes = CSV,
    name: str = "data.csv",
    by: str = "seller",
    **changes: Any,
) -> int:
    made = handed_in(market, resource, content, name, by, **changes)
    market.act(RELEASE, "publish", made, by)
    search.refresh()
    return made


def resource_view(number: int) -> catalogue.ResourceView:
    return catalogue.resource(number)

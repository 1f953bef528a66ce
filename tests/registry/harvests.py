"""A steward who hands catalogues in, and what becomes of them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.registry.conftest import World, day
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Actor, begin
from tongqu.exchange.registry import harvest, search
from tongqu.exchange.registry.harvest import HARVEST
from tongqu.exchange.registry.search import queries
from tongqu.exchange.registry.search.store import Store

NOON = day(2026, 11, 3)


@pytest.fixture
def steward(world: World) -> Actor:
    return world.actor("department", "data_authority")


@pytest.fixture(autouse=True)
def own_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "search")
    monkeypatch.setattr(queries, "_store", lambda: store)


def row(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"c-{number}", "title": f"第{number}类企业名录", "description": "名称、地址", "department": "市市场监管局",
        "province": "湖北省", "city": "武汉市", "is_open": "无条件开放", "update_frequency": "每月",
        "data_formats": ["csv", "接口"], "update_time": "2026-10-01",
    } | changes  # fmt: skip


def handed_in(steward: Actor, rows: list[dict[str, Any]], at: datetime = NOON) -> str:
    content = "\n".join(json.dumps(one, ensure_ascii=False) for one in rows) + "\n"
    return papers.keep(content.encode(), name="catalogue.txt", at=at, by=steward.party).sha256


def started(steward: Actor, rows: list[dict[str, Any]], at: datetime = NOON, **changes: Any) -> int:
    asked = {"file": handed_in(steward, rows, at), "name": "武汉市目录", "catalog_name": "武汉市公共数据目录"} | changes
    return begin(HARVEST, by=steward, at=at, **asked).subject


def run(number: int, at: datetime = NOON) -> str:
    return harvest.run(number, ready=lambda provinces: search.refresh(), now=lambda: at)


def taken(steward: Actor, rows: list[dict[str, Any]], at: datetime = NOON, **changes: Any) -> harvest.ProgressView:
    number = started(steward, rows, at, **changes)
    assert run(number, at) == "finished"
    return harvest.progress(number)


def handed_in_file(steward: Actor, content: bytes, name: str, at: datetime = NOON, **changes: Any) -> int:
    file = papers.keep(content, name=name, at=at, by=steward.party).sha256
    return begin(HARVEST, by=steward, at=at, **{"file": file, "name": "示例目录"} | changes).subject


def codes(number: int) -> list[tuple[int, str]]:
    """Line and code of everything that was told."""
    return [(fault.line, fault.code) for fault in harvest.faults(number, limit=500)[0]]


def counted(number: int) -> harvest.ProgressView:
    """How it went: every line is new, changed, unchanged or not taken."""
    told = harvest.progress(number)
    assert told.fresh + told.changed + told.same + told.lost == told.lines, told
    return told

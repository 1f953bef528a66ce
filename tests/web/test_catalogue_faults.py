"""What could not be taken, as a file for a spreadsheet: no cell of it is a formula, and each is there once."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.web.market import NOW, Market
from tongqu.exchange.bedrock import papers
from tongqu.exchange.registry import harvest
from tongqu.exchange.registry.models import Harvest
from tongqu.exchange.web.desks import of_harvest


def test_no_cell_is_a_formula_and_every_fault_is_there_once(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_harvest, "AT_ONCE", 2)
    rows = [{"id": f"{sign}1+{n}", "title": "甲", "update_time": f"{sign}2"} for n, sign in enumerate("=＝+＋-－@＠")]
    content = "\n".join(json.dumps(row) for row in rows)
    kept = papers.keep(content.encode(), name="c.jsonl", at=NOW, by=None)
    number = Harvest.objects.create(state="running", begun_at=NOW, changed_at=NOW, file=kept.sha256, name="示例").pk
    assert harvest.run(number, ready=lambda provinces: None, now=lambda: NOW) == "finished"
    answer = market.client("exchange").get(f"/desk/harvest/{number}/faults.csv")
    told = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))[1:]  # type: ignore[attr-defined]
    assert [int(row[0]) for row in told] == list(range(1, len(rows) + 1))
    assert all(cell[:1] not in set("=＝+＋-－@＠") for row in told for cell in row)

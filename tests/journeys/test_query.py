"""A trade in a query: rows by the page, each row a unit, from the listing to the bill."""

from __future__ import annotations

import csv
import uuid
from typing import Any

import pytest

from tests.journeys.market import Market, Use
from tongqu.demo.history import DATA
from tongqu.exchange.trading import contracts, delivery, listings
from tongqu.exchange.treasury import billing

pytestmark = pytest.mark.slow


def page(use: Use, values: dict[str, Any], **changes: Any) -> Any:
    body = {"permit": use.permit, "purpose": use.purpose, "query": "load-by-weekday", "values": values} | changes
    answer = use.market.node.call("/v1/query", token=use.token, call=str(uuid.uuid4()), body=body)
    if answer.status == 200:
        use.receipts.append(answer.body["receipt"])
    return answer


def test_rows_are_paged_metered_and_billed_a_row_at_a_time(market: Market) -> None:
    product = listings.listing(market.products["api"])
    assert (product.state, product.terms["charge"]) == ("published", "rows")
    use = market.use(market.ask("api", "lender", purposes=["planning", "research"]), "lender", "planning")
    assert use.state == "started"
    clauses = contracts.clauses(use.contract.text)
    said = [f"{name.zh} {value.zh}" for clause in clauses for name, value in clause.rows]
    assert "查询 load-by-weekday" in said
    assert "计费单位 每行结果" in said

    heavy = {"weekday": "Monday", "load": ["Maximum_Load"], "usage_least": "150"}
    first = page(use, heavy)
    assert first.status == 200, first.body
    with (DATA / "steel_industry_data.csv").open(encoding="utf-8-sig") as file:
        truth = [
            row for row in csv.DictReader(file)
            if (row["Day_of_week"], row["Load_Type"]) == ("Monday", "Maximum_Load") and float(row["Usage_kWh"]) >= 150
        ]  # fmt: skip
    assert [row[0] for row in first.body["rows"]] == [row["date"] for row in truth[:100]]
    assert {row[4] for row in first.body["rows"]} <= {"<60", "[60,80)", "[80,90)", ">=90"}  # never the factor itself
    rows = len(first.body["rows"])
    if len(truth) > rows:
        following = page(use, heavy, cursor=first.body["next"])
        assert following.body["rows"][0][0] == truth[rows]["date"]
        rows += len(following.body["rows"])

    # Planning is let see working days only; research sees the others too, and nobody sees by a name of their own.
    assert page(use, {"weekday": "Sunday"}).body["rows"] == []
    use.purpose = "research"
    sunday = page(use, {"weekday": "Sunday"}, rows=7)
    assert len(sunday.body["rows"]) == 7
    refused = page(use, {"weekday": "Funday"})
    assert (refused.status, refused.body["code"]) == (400, "parameter-outside")

    use.stop()
    assert use.disagreements() == []
    assert sum(each.units for each in delivery.statements(use.transfer)) == rows + 7
    use.act("accept")
    bill = billing.bill_of(use.transfer)
    assert (bill.units, bill.metered_micro_yuan) == (rows + 7, (rows + 7) * 2_000)
    market.audited()


def test_a_query_that_the_node_no_longer_declares_is_not_begun(market: Market) -> None:
    held = market.node.keeper.room.held["steel-power"].declaration
    object.__setattr__(held, "queries", ())
    market.node.keeper.line._told.clear()
    market.node.sync(2)
    deal = market.ask("api", "lender", purposes=["research"])
    market.history.sign(deal, "lender")
    contract = contracts.contract_of(deal)
    assert delivery.transfer(delivery.transfer_of(contract.id).id).state == "requested"

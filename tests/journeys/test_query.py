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
    lines = [line.zh for clause in clauses for line in clause.lines]
    assert "每行 ¥ 0.002，总额不超过 ¥ 10.00。" in lines
    assert "返回的每一行计一次调用；没有结果的一次也计一次。" in lines
    assert "没有结果的一次不收费。" in lines

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


def test_a_bank_lets_its_clients_be_counted_and_none_of_them_be_seen(market: Market) -> None:
    town = market.town
    counted = town.begin(
        listings.LISTING, "bank", resource=market.history.resources["bank-credit"],
        registration=market.history.rights["bank-credit"], name="信用卡客户逾期人数", mode="verification",
        personal="anonymised", summary="送一批匿名客户编号，回答其中下月逾期的有多少；不足十人的不给。",
        source_statement="本行信用卡业务中采集生成，客户编号已替换为匿名编号。",
        commitments=["source", "rights", "quality", "prohibited"], question="default-count", price_kind="call",
        price_micro_yuan=500, purposes=["research"], period_days=30, calls_max=1_000, rate_per_minute=60, inspection_days=5,
    )  # fmt: skip
    town.act(listings.LISTING, "submit", counted, "bank")
    town.act(listings.LISTING, "instruct", counted, "bank")
    market.products["counted"] = counted
    use = market.use(market.ask("counted", "lender", purposes=["research"]), "lender", "research")

    def count(keys: list[str]) -> Any:
        body = {"permit": use.permit, "purpose": "research", "question": "default-count", "keys": keys}
        return market.node.call("/v1/verify", token=use.token, call=str(uuid.uuid4()), body=body)

    with (DATA / "credit_default_party_a.csv").open() as file:
        arrears = [row["default_next_month"] == "1" for row in csv.DictReader(file)][:200]
    answer = count(market.clients[:200])
    assert answer.status == 200, answer.body
    # All two hundred are there, which is not to be told of anybody: so two counts are withheld, and only their sum follows.
    assert answer.body["counts"] == {"unknown": None, "yes": None, "no": 200 - sum(arrears)}
    assert [each["code"] for each in count(market.clients[:201]).body["reasons"]] == ["batch-too-near"]
    use.receipts.append(answer.body["receipt"])
    use.stop()
    assert use.disagreements() == []
    use.act("accept")
    assert billing.bill_of(use.transfer).units == 200
    market.audited()

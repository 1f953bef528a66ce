"""Two trades: scores by a bank's model, and a month's report; each from the listing to the bill."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from typing import Any

import httpx
import pytest
from django.test import Client

from tests.journeys.market import Market, Use
from tongqu.demo.modelling import CLIENT, MODELS, bank_clients
from tongqu.exchange.trading import contracts, delivery, listings
from tongqu.exchange.treasury import billing
from tongqu.node.door import application

pytestmark = pytest.mark.slow


def clauses(use: Use) -> list[str]:
    return [f"{name.zh} {value.zh}" for clause in contracts.clauses(use.contract.text) for name, value in clause.rows]


def score(use: Use, rows: list[dict[str, Any]], **changes: Any) -> Any:
    body = {"permit": use.permit, "purpose": use.purpose, "scoring": "credit-default", "rows": rows} | changes
    answer = use.market.node.call("/v1/score", token=use.token, call=str(uuid.uuid4()), body=body)
    if answer.status == 200:
        use.receipts.append(answer.body["receipt"])
    return answer


def report(use: Use, period: str, call: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {use.token}", "Tongqu-Call": call}
    body = {"permit": use.permit, "purpose": use.purpose, "report": "air-monthly", "period": period}

    async def fetch() -> httpx.Response:
        app = application(use.market.node.keeper, body_bytes_max=10_000, request_seconds_max=30, lifespan=None)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://node") as http:
            return await http.post("/v1/reports", headers=headers, json=body)

    return use.market.node.run(fetch())


def test_clients_are_scored_by_a_model_that_nobody_sees(market: Market) -> None:
    product = listings.listing(market.products["model"])
    assert product.state == "published"
    page = Client().get(f"/products/{product.id}").content.decode()
    for told in (
        "模型卡",
        "0.7566",
        "8,996",
        "不得作为拒绝客户的唯一依据",
        "PAY_AMT3",
        "<polyline",
        "校准曲线",
        "原始数据不出域",
    ):
        assert told in page
    use = market.use(market.ask("model", "lender"), "lender")
    assert use.state == "started"
    assert "模型 credit-default" in clauses(use)

    features, came = bank_clients()
    asked = [dict(zip(CLIENT, (int(value) for value in row), strict=True)) for row in features[:200]]
    answer = score(use, asked)
    assert answer.status == 200, answer.body
    scores = [float(each) for each in answer.body["scores"]]
    defaulted = [one for one, outcome in zip(scores, came, strict=False) if outcome]
    paid = [one for one, outcome in zip(scores, came, strict=False) if not outcome]
    assert sum(defaulted) / len(defaulted) > 1.5 * sum(paid) / len(paid)
    assert answer.body["model_sha256"] == hashlib.sha256((MODELS / "credit_default.onnx").read_bytes()).hexdigest()

    refused = score(use, [{**asked[0], "PAY_0": 99}])
    assert (refused.status, refused.body["code"]) == (422, "feature-unfit")
    other = score(use, asked[:1], purpose="marketing")
    assert (other.status, other.body["code"]) == (403, "purpose-not-permitted")

    use.stop()
    assert use.disagreements() == []
    assert sum(each.units for each in delivery.statements(use.transfer)) == 200
    use.act("accept")
    bill = billing.bill_of(use.transfer)
    assert (bill.units, bill.metered_micro_yuan) == (200, 200 * 20_000)
    market.audited()


def test_a_months_report_is_bought_and_the_same_call_gives_the_same_file(market: Market) -> None:
    assert listings.listing(market.products["report"]).state == "published"
    page = Client().get(f"/products/{market.products['report']}").content.decode()
    for told in ("报告有什么", "各站点", "不足 5 条记录的分组不公布", "写作 2020-03"):
        assert told in page
    use = market.use(market.ask("report", "grid", purposes=["research"]), "grid", "research")
    assert use.state == "started"
    assert "报告 air-monthly" in clauses(use)

    call = str(uuid.uuid4())
    first = report(use, "2016-12", call)
    assert first.status_code == 200, first.text
    assert first.content.startswith(b"%PDF")
    assert first.headers["etag"] == f'"{hashlib.sha256(first.content).hexdigest()}"'
    use.receipts.append(json.loads(base64.b64decode(first.headers["tongqu-receipt"])))
    assert report(use, "2016-12", call).content == first.content
    assert report(use, "1999-12", str(uuid.uuid4())).json()["code"] == "period-not-covered"

    use.stop()
    assert use.disagreements() == []
    use.act("accept")
    bill = billing.bill_of(use.transfer)
    assert (bill.units, bill.metered_micro_yuan) == (1, 30_000_000)
    market.audited()

"""A trade feeds the books of both sides: the seller's sale to compare with, the buyer's purchase to be allotted, once each."""

from __future__ import annotations

from datetime import date

import pytest

from tests.journeys.market import Market
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, visible
from tongqu.exchange.registry import assets
from tongqu.exchange.registry.assets import ASSET_RECOGNITION, DATA_ASSET, MARKET_VALUATION, PLATFORM_INVOICE
from tongqu.exchange.registry.models import Valuation
from tongqu.exchange.treasury import billing

pytestmark = pytest.mark.slow


def test_a_settled_bill_is_cost_for_one_side_and_a_comparison_for_the_other(market: Market) -> None:
    town = market.town
    use = market.use(market.ask("verification", "grid", purposes=["research"]), "grid", "research")
    use.calls(137)
    assert not visible(PLATFORM_INVOICE, HOUSE).exists()  # nothing is billed yet
    use.stop()
    use.act("accept")
    bill = billing.bill_of(use.transfer)
    found = {row.kind: row for row in visible(PLATFORM_INVOICE, HOUSE).filter(bill=bill.id)}
    assert set(found) == {"purchase", "sale"}  # the fee is zero, and what is zero is no invoice
    purchase, sale = found["purchase"], found["sale"]
    assert (purchase.party_id, purchase.amount_fen, purchase.state) == (market.parties["grid"], bill.fen, "received")
    assert (sale.party_id, sale.amount_fen, sale.state) == (market.parties["bank"], bill.fen, "noted")

    # The buyer allots its purchase to an asset of its own, to the fen, once.
    asset = town.begin(
        DATA_ASSET, "grid", resource=market.history.resources["charging-stations"], officer="示例首席数据官"
    )
    judged = town.begin(
        ASSET_RECOGNITION, "grid", asset=asset, owned=True, owned_reason="采集台账", benefits=True, benefits_reason="用于布局",
        measurable=True, measurable_reason="逐笔有凭证", purpose="own_use", way="bought", business_model="企业自己使用",
        consumption="均匀消耗", ready_date=date(2026, 9, 1), useful_months=12, life_reason="数据时效",
    )  # fmt: skip
    town.act(ASSET_RECOGNITION, "conclude", judged, "grid")
    part = {"asset": asset, "item": "analyse", "amount_fen": bill.fen}
    town.act(PLATFORM_INVOICE, "allot", purchase.pk, "grid", parts=[part])
    with pytest.raises(NotNow):
        town.act(PLATFORM_INVOICE, "allot", purchase.pk, "grid", parts=[part])
    (line,) = assets.books.lines(asset).items
    assert (line.bill, line.amount_fen, line.treatment) == (bill.id, bill.fen, "capitalise")

    # The seller compares with what it sold for; that is no way into any book.
    own = town.begin(DATA_ASSET, "bank", resource=market.history.resources["bank-credit"], officer="示例首席数据官")
    ratios = {"quality": "1", "demand": "1", "moment": "1", "volume": "10", "other": "1", "basis": "十倍的量"}
    value = town.begin(
        MARKET_VALUATION, "bank", asset=own, base_date=date(2026, 9, 1), purpose="内部参考",
        comparables=[{"invoice": sale.pk, **ratios}],
    )  # fmt: skip
    assert Valuation.objects.get(pk=value).result_fen == bill.fen * 10
    assert assets.books.lines(own).total == 0
    market.audited()

"""Data that changed at its node, as its provider, its buyer and the public read of it, in both languages and without raw words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from tests.web.market import NOW, SOURCE, Market, form_key
from tests.web.test_desks_stories import send, signed_by_provider
from tongqu.exchange.bedrock.procedures import HOUSE, perform
from tongqu.exchange.members import nodes
from tongqu.exchange.registry import catalogue
from tongqu.exchange.trading import contracts, delivery, listings
from tongqu.exchange.trading.negotiation import NEGOTIATION, negotiation
from tongqu.wire.drift import GONE, RETYPED, ColumnChange, Drift

CHANGED = (
    ColumnChange("late", GONE, was="flag", uses=("verification/late",)),
    ColumnChange("limit", RETYPED, was="number", now="text"),
)


def tell(market: Market, node: int, drift: Drift | None) -> None:
    perform(nodes.NODE, "declare", node, by=HOUSE, at=market.now, sources=[replace(SOURCE, drift=drift).to_json()])
    market.settle()


@pytest.mark.parametrize("refuses", [False, True])
def test_everybody_reads_what_changed_on_the_page_where_it_matters(market: Market, refuses: bool) -> None:
    market.at(NOW - timedelta(days=1))
    deal = signed_by_provider(market)
    market.act(NEGOTIATION, "verify", deal, "buyer")
    transfer = delivery.transfer_of(contracts.contract_of(deal).id)
    product = negotiation(deal).listing_id
    node = catalogue.resource(listings.listing(product).resource_id).node_id
    tell(market, node, Drift(market.now, CHANGED, "0123456789ab", refuses))

    public = Client().get(f"/products/{product}").text
    assert "列“late”没有了" in public
    assert "申请购买" not in public
    assert ("拒绝调用" in public) == refuses
    seller, buyer = market.client("seller"), market.client("buyer")
    for page in (seller.get(f"/desk/listing/{product}").text, seller.get(f"/desk/node/{node}").text):
        assert "列“limit”由数值变为文本" in page
        assert "columns_accepted" in page
        assert "0123456789ab" in page
        assert "知悉数据变更" in page
    address = f"/desk/transfer/{transfer.id}"
    page = buyer.get(address).text
    assert "列“late”没有了" in page
    assert ("节点拒绝调用" in page) == refuses
    assert "买方尚未知悉" in page
    assert address in buyer.get("/desk").text
    send(buyer, address, "note_drift", form_key(page, "note_drift"))
    assert "买方尚未知悉" not in buyer.get(address).text
    english = market.client("buyer", "en").get(address).text
    assert "column “late” has gone" in english
    assert "retyped" not in english + page + public

    tell(market, node, None)
    assert "列“late”没有了" not in buyer.get(address).text
    assert "columns_accepted" not in seller.get(f"/desk/listing/{product}").text
    paused = Client().get(f"/products/{product}").text
    assert "提供方暂停销售" in paused


def test_a_product_that_was_stopped_for_another_reason_is_still_not_shown(market: Market) -> None:
    product = market.product("seller")
    listings_row = listings.listing(product)
    perform(
        catalogue.RESOURCE, "withdraw", listings_row.resource_id, by=market.actor("seller"), at=market.now, reason="不再提供",
    )  # fmt: skip
    market.settle()
    assert listings.listing(product).state == "blocked"
    assert Client().get(f"/products/{product}").status_code == 404

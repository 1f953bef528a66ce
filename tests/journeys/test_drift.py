"""A bank's export loses a column: its product is not sold, its buyer is told, and both go on when it is mended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client

from tests.journeys.market import Market
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.members import nodes
from tongqu.exchange.members.nodes import NODE
from tongqu.exchange.trading import delivery, listings
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.web.desks import agenda

pytestmark = pytest.mark.slow

COLUMN = "default_next_month"


def waits(market: Market, party: str) -> set[tuple[str, int, str]]:
    """What waits on the desk of a party's person: procedure, subject and act."""
    found = agenda.entries(market.town.actor(party), market.town.now, span=slice(0, 200))
    return {(entry.table.name, entry.subject.pk, act.name) for entry in found for act in entry.acts}


def look(market: Market) -> None:
    market.node.run(market.node.keeper.look())
    market.node.sync(2)


def test_a_lost_column_stops_the_sale_is_told_and_is_over_when_it_is_mended(market: Market, tmp_path: Path) -> None:
    use = market.use(market.ask("verification", "lender", purposes=["risk-management"]), "lender")
    use.calls(2)
    product, node = market.products["verification"], int(market.node.number)
    room = market.node.keeper.room
    config = room.configs["bank-credit"]
    assert config.path is not None
    whole = config.path.read_text(encoding="utf-8")
    export = tmp_path / "export.csv"
    room.configs["bank-credit"] = replace(config, path=export)

    export.write_text(whole.replace(COLUMN, "next_month", 1), encoding="utf-8")  # somebody renamed a column
    look(market)
    assert listings.listing(product).state == "blocked"
    assert COLUMN in listings.listing(product).ended_reason
    assert use.ask(market.clients[3]).status == 200  # the version before serves
    page = Client().get(f"/products/{product}").content.decode()
    assert "数据的列已变更" in page
    assert COLUMN in page
    assert "申请购买" not in page
    assert ("transfer", use.transfer, "note_drift") in waits(market, "lender")
    provider = next(
        party for party, number in market.parties.items() if number == listings.listing(product).provider_id
    )
    keeper = next(party for party, number in market.parties.items() if number == nodes.node(node).provider_id)
    assert ("listing", product, "note_drift") in waits(market, provider)
    assert ("node", node, "note_drift") in waits(market, keeper)
    for _, stopped, _ in {each for each in waits(market, provider) if each[0] == "listing" and each[2] == "note_drift"}:
        market.town.act(LISTING, "note_drift", stopped, provider)  # its score stands on the same data
    market.town.act(NODE, "note_drift", node, keeper)
    use.act("note_drift")
    assert not [one for party in ("lender", provider, keeper) for one in waits(market, party) if one[2] == "note_drift"]

    room.configs["bank-credit"] = replace(config, path=export, on_drift="pause")
    export.write_text(whole.replace(COLUMN, "next-month", 1), encoding="utf-8")
    look(market)
    assert ("transfer", use.transfer, "note_drift") in waits(market, "lender")  # another change is told anew
    refused = use.ask(market.clients[4])
    assert (refused.status, refused.body["reasons"][0]["code"]) == (503, "source-changed")
    began, ends = market.town.now, delivery.transfer(use.transfer)
    market.town.later(hours=2)

    export.write_text(whole + "\n", encoding="utf-8")
    look(market)
    assert listings.listing(product).state == "paused"
    assert ("listing", product, "unpause") in waits(market, provider)
    market.town.act(LISTING, "unpause", product, provider)
    assert listings.listing(product).state == "published"
    ended = [fact for fact in evidence.facts_of("transfer", use.transfer) if fact.act == "drift_ends"]
    refused_for = ended[-1].body["data"]["refused_seconds"]
    assert 7_200 <= refused_for <= (market.town.now - began).total_seconds() + 60
    assert (ends.state, delivery.transfer(use.transfer).state) == ("started", "started")
    assert TRANSFER.label("started").zh == "交付中"
    assert market.stuck() == []

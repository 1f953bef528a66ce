"""What a node tells of its sources is what the exchange believes: never less because a moment was chosen badly."""

from __future__ import annotations

import pytest

from tests.journeys.market import Market
from tongqu.exchange.members import nodes

pytestmark = pytest.mark.slow
SOURCES = {
    "bank-credit", "steel-power", "metro-stations", "metro-lines", "charging-stations", "epidemic-daily", "air-quality",
    "epidemic-city", "epidemic-monitor", "epidemic-by-city", "land-deals", "land-check", "covid-tests",
    "load-classes",
}  # fmt: skip


def declared(market: Market) -> set[str]:
    return {source.source for source in nodes.sources(int(market.node.number))}


def test_a_node_that_still_loads_its_sources_takes_none_away(market: Market) -> None:
    """After a start the first sync comes before the large files are read; nothing that was on sale may vanish."""
    room, line = market.node.keeper.room, market.node.keeper.line
    line._told.clear()
    late = {source: room.held.pop(source) for source in ("steel-power", "air-quality")}
    market.node.sync(2)
    assert declared(market) == SOURCES
    room.held.update(late)
    market.node.sync(2)
    assert declared(market) == SOURCES
    assert market.use(market.ask("dataset", "lender", purposes=["research"]), "lender", "research").state == "started"


def test_a_source_that_changed_takes_no_other_away(market: Market) -> None:
    market.node.keeper.line._told["bank-credit"] = "another version"
    market.node.sync(2)
    assert declared(market) == SOURCES


def test_a_source_that_was_removed_is_gone(market: Market) -> None:
    room = market.node.keeper.room
    room.held.pop("epidemic-daily")
    room.configs.pop("epidemic-daily")
    market.node.sync(2)
    assert declared(market) == SOURCES - {"epidemic-daily"}


def test_the_last_statement_comes_before_the_word_that_it_was_the_last(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that was long cut off has more statements to tell than fit into one message; none may come too late to count."""
    monkeypatch.setattr("tongqu.node.sync.STATEMENTS_MAX", 2)
    use = market.use(market.ask("verification", "lender", purposes=["risk-management"]), "lender")
    market.node.sync(1)
    meter, number = market.node.keeper.meter, use.contract.number
    for key in market.clients[:5]:  # five statements, none of which could be told yet
        answer = use.ask(key)
        assert answer.status == 200
        use.receipts.append(answer.body["receipt"])
        market.node.run(meter.state(number, market.town.now))
    use.act("stop")
    market.node.sync(6)
    assert use.state == "completed"
    from tongqu.exchange.trading import delivery

    assert delivery.transfer(use.transfer).units == 5
    assert use.disagreements() == []

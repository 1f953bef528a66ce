"""A provider's machine burns in the middle of a contract. The node comes back from yesterday's copy, and every fen is right."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.journeys.market import Market
from tongqu.client.receipts import compare
from tongqu.exchange.bedrock.procedures import Alarm
from tongqu.exchange.members import nodes
from tongqu.exchange.trading import delivery
from tongqu.exchange.web import wire
from tongqu.node.config import read_config
from tongqu.node.keeping.backup import back_up
from tongqu.node.keeping.restore import finish, unpack
from tongqu.wire.restored import STRIDE

pytestmark = pytest.mark.slow


def test_a_node_that_burned_comes_back_and_nothing_is_billed_twice(market: Market, tmp_path: Path) -> None:
    use = market.use(market.ask("verification", "lender", purposes=["risk-management"]), "lender")
    use.calls(20)
    market.node.sync(2)
    config = read_config(market.node.settings.state.parent / "node.toml")
    back_up(config.state, tmp_path / "backup.tar", now=market.town.now)
    use.calls(10, first=20)
    market.node.sync(2)  # the exchange has heard of these
    lost = [use.ask(key).body["receipt"] for key in market.clients[30:33]]  # and of these it has not

    house = market.node
    house.run(house.keeper.stop())
    shutil.rmtree(config.state)
    unpack(tmp_path / "backup.tar", config.state, now=market.town.now)

    market.town.now += timedelta(minutes=1)
    line = httpx.MockTransport(
        lambda asked: httpx.Response(200, json=wire.take_sync(json.loads(asked.content), market.town.now))
    )
    finish(config, now=lambda: market.town.now, http=httpx.Client(transport=line))
    house.keeper = house.run(house._open())
    house.run(house.keeper.look())
    market.node.sync(2)

    use.calls(5, first=40)
    assert [receipt["body"]["sequence"] for receipt in use.receipts[-5:]] == [STRIDE + n for n in range(1, 6)]
    use.stop()
    assert use.state == "completed"
    assert delivery.transfer(use.transfer).units == 35
    assert use.disagreements() == []
    told = [
        {"number": s.number, "from_sequence": s.from_sequence, "to_sequence": s.to_sequence, "sealed": s.sealed}
        for s in delivery.statements(use.transfer)
    ]
    checked = compare(told, use.receipts + lost, nodes.node(int(market.node.number)).public_key)
    assert (checked.agrees, checked.lost) == (True, (31, 32, 33))
    assert Alarm.objects.filter(kind="node-restored", subject=use.transfer).count() == 1
    use.act("accept")
    market.audited()

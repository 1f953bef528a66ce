"""Data whose columns change at its node: sales stop, both parties are told, and all goes on when it fits again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.trading.dealing import DATASET, PRODUCT, Market
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.procedures import HOUSE, NotYours, Refused, perform, see
from tongqu.exchange.members import nodes
from tongqu.exchange.members.nodes import NODE
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.listings import LISTING
from tongqu.wire.drift import ADDED, GONE, REPEATED, RETYPED, ColumnChange, Drift

pytestmark = pytest.mark.django_db(transaction=True)

GONE_USAGE = (ColumnChange("usage", GONE, was="number", uses=("verification/high-usage",)),)


def rules_of(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {finding.rule for finding in refused.value.findings if finding.blocks}


def drift(market: Market, *changes: ColumnChange, refuses: bool = False, columns: str = "0" * 12) -> Drift:
    return Drift(market.now, changes or GONE_USAGE, columns, refuses)


def tell(market: Market, told: Drift | None, *, version: str = "a") -> None:
    """The node's next sync, as the door takes it."""
    declared = [
        replace(market._source("power"), drift=told, source_version=version * 64).to_json(),
        market._source("meters").to_json(),
    ]
    perform(nodes.NODE, "declare", market.node.pk, by=HOUSE, at=market.now, sources=declared)
    market.settle()


def running(market: Market, form: dict[str, Any] = PRODUCT) -> tuple[int, int]:
    market.pay_in("buyer", 5_000)
    product = market.listed(form)
    deal = market.signed(product)
    transfer = market.transfer(deal)
    assert transfer.state == "started"
    return product, transfer.id


def delivery_of(market: Market, transfer: int, who: str = "buyer") -> Any:
    return see(TRANSFER, transfer, market.actor(who))


def acts_of(procedure: str, subject: int) -> list[str]:
    return [fact.act for fact in evidence.facts_of(procedure, subject)]


def test_a_product_whose_column_went_is_stopped_told_and_sold_again_by_its_provider(market: Market) -> None:
    product, transfer = running(market)
    tell(market, drift(market))
    assert market.product(product).state == "blocked"
    assert "列“usage”没有了" in market.product(product).ended_reason
    assert "column “usage” has gone" in market.product(product).ended_reason
    told = delivery_of(market, transfer)
    assert told.state == "started"
    assert told.drift["zh"] == "列“usage”没有了"
    with pytest.raises(Refused) as refused:
        market.ask(product)
    assert "product_is_on_sale" in rules_of(refused)
    tell(market, None, version="b")
    assert delivery_of(market, transfer).drift is None
    assert market.product(product).state == "paused"
    market.list("unpause", product)
    assert market.product(product).state == "published"
    assert market.product(product).ended_reason == ""
    assert [act for act in acts_of("transfer", transfer) if "drift" in act] == ["drift", "drift_ends"]
    assert [act for act in acts_of("listing", product) if act in ("block", "unblock", "unpause")] == [
        "block", "unblock", "unpause",
    ]  # fmt: skip
    assert market.stuck() == []


def test_while_it_differs_the_provider_cannot_resume_the_sale_and_nothing_new_is_listed(market: Market) -> None:
    resource, registration = market.right()
    product, another = market.on_sale(resource, registration), market.draft(resource, registration, PRODUCT)
    market.list("pause", product)
    tell(market, drift(market))
    assert market.product(product).state == "blocked"  # what was paused is not resumed either
    with pytest.raises(Refused) as refused:
        market.list("submit", another)
    assert "data_is_as_declared" in rules_of(refused)


def test_the_provider_of_a_stopped_product_takes_note_of_it(market: Market) -> None:
    product = market.listed()
    tell(market, drift(market))
    with pytest.raises(NotYours):
        market.list("note_drift", product, "buyer")
    market.list("note_drift", product)
    with pytest.raises(Refused) as refused:
        market.list("note_drift", product)
    assert rules_of(refused) == {"a_stopped_sale_waits_to_be_noted"}
    assert market.product(product).state == "blocked"


def test_what_stands_on_another_source_is_not_touched(market: Market) -> None:
    product = market.listed()
    declared = [
        market._source("power").to_json(),
        replace(market._source("meters"), drift=drift(market)).to_json(),
    ]
    perform(nodes.NODE, "declare", market.node.pk, by=HOUSE, at=market.now, sources=declared)
    market.settle()
    assert market.product(product).state == "published"


def test_the_buyer_is_told_each_change_once_and_takes_note(market: Market) -> None:
    _, transfer = running(market)
    with pytest.raises(Refused) as refused:
        market.do(TRANSFER, "note_drift", transfer, "buyer")
    assert rules_of(refused) == {"there_is_something_to_note"}
    tell(market, drift(market))
    with pytest.raises(NotYours):
        market.do(TRANSFER, "note_drift", transfer, "supplier")
    market.do(TRANSFER, "note_drift", transfer, "buyer")
    assert delivery_of(market, transfer).drift_noted_at == market.now
    tell(market, drift(market), version="b")  # another version, the same change: not told again
    assert acts_of("transfer", transfer).count("drift") == 1
    assert delivery_of(market, transfer).drift_noted_at == market.now
    more = (*GONE_USAGE, ColumnChange("day", RETYPED, was="date", now="text", uses=("verification/high-usage",)))
    tell(market, drift(market, *more, columns="1" * 12))
    again = delivery_of(market, transfer)
    assert "由日期变为文本" in again.drift["zh"]
    assert again.drift_noted_at is None


def test_the_provider_of_the_node_takes_note_too(market: Market) -> None:
    market.listed()
    tell(market, drift(market))
    node = see(NODE, market.node.pk, market.actor("supplier"))
    assert (node.drifted, node.drift_noted_at) == (["power"], None)
    with pytest.raises(NotYours):
        market.do(NODE, "note_drift", market.node.pk, "buyer")
    market.do(NODE, "note_drift", market.node.pk, "supplier")
    with pytest.raises(Refused) as refused:
        market.do(NODE, "note_drift", market.node.pk, "supplier")
    assert rules_of(refused) == {"a_change_is_not_noted_yet"}
    tell(market, None)
    assert see(NODE, market.node.pk, market.actor("supplier")).drifted == []


def test_how_long_calls_were_refused_is_on_record_and_the_period_of_use_runs_on(market: Market) -> None:
    product, transfer = running(market)
    until = delivery_of(market, transfer).use_ends_at
    market.later(hours=1)
    tell(market, drift(market, refuses=True))
    market.later(hours=3)
    tell(market, drift(market, *GONE_USAGE, refuses=False))  # the owner lets the version before serve
    market.later(hours=5)
    tell(market, drift(market, refuses=True, columns="2" * 12))
    market.later(minutes=30)
    tell(market, None)
    told = delivery_of(market, transfer)
    assert told.refused_seconds == 3 * 3_600 + 1_800
    assert told.use_ends_at == until
    ended = [fact for fact in evidence.facts_of("transfer", transfer) if fact.act == "drift_ends"]
    assert ended[-1].body["data"]["refused_seconds"] == told.refused_seconds
    assert market.product(product).state == "paused"


def test_a_node_that_says_it_refused_before_the_delivery_began_counts_from_the_beginning(market: Market) -> None:
    _, transfer = running(market)
    early = replace(drift(market, refuses=True), since=market.now - timedelta(days=300))
    tell(market, early)
    market.later(minutes=10)
    tell(market, None)
    assert delivery_of(market, transfer).refused_seconds == 600
    late = replace(drift(market, refuses=True), since=market.now + timedelta(days=300))
    tell(market, late)
    market.later(minutes=10)
    tell(market, None)
    assert delivery_of(market, transfer).refused_seconds == 600


def test_an_end_of_use_in_the_middle_keeps_what_was_refused(market: Market) -> None:
    _, transfer = running(market)
    tell(market, drift(market, refuses=True))
    market.later(hours=2)
    market.do(TRANSFER, "stop", transfer, "buyer")
    told = delivery_of(market, transfer)
    assert (told.state, told.drift, told.refused_seconds) == ("completing", None, 7_200)


def test_a_data_set_of_the_agreed_version_is_not_said_to_be_refused(market: Market) -> None:
    _, transfer = running(market, DATASET)
    tell(market, drift(market, ColumnChange("phone", ADDED, now="text"), refuses=True))
    assert delivery_of(market, transfer).drift["refuses"] is False
    market.later(hours=2)
    tell(market, None)
    assert delivery_of(market, transfer).refused_seconds == 0


def test_a_delivery_does_not_start_while_calls_are_refused_and_starts_by_itself_afterwards(market: Market) -> None:
    market.pay_in("buyer", 5_000)
    product = market.listed()
    market.node.state = "suspended"  # the moment between the contract and the permit
    market.node.save()
    deal = market.signed(product)
    assert market.transfer(deal).state == "requested"
    market.node.refresh_from_db()
    market.node.state = "active"
    market.node.save()
    tell(market, drift(market, refuses=True))
    waiting = market.transfer(deal)
    assert waiting.state == "requested"
    with pytest.raises(Refused) as refused:
        market.do(TRANSFER, "start", waiting.id, "supplier")
    assert rules_of(refused) == {"node_answers_calls"}
    tell(market, None)
    assert market.transfer(deal).state == "started"
    assert delivery_of(market, waiting.id).refused_seconds == 0  # it had not begun


def test_nobody_tells_of_a_change_that_the_node_does_not_declare(market: Market) -> None:
    product, transfer = running(market)
    with pytest.raises(Refused) as refused:
        perform(TRANSFER, "drift", transfer, by=HOUSE, at=market.now)
    assert rules_of(refused) == {"data_has_drifted"}
    tell(market, drift(market, ColumnChange("day", REPEATED, uses=("verification/high-usage",))))
    with pytest.raises(Refused) as refused:
        perform(TRANSFER, "drift_ends", transfer, by=HOUSE, at=market.now)
    assert rules_of(refused) == {"data_fits_again"}
    for who, act in (("supplier", "drift_ends"), ("exchange", "drift")):
        with pytest.raises(NotYours):
            market.do(TRANSFER, act, transfer, who)
    with pytest.raises(NotYours):
        market.do(LISTING, "unblock", product, "supplier")


def test_a_source_that_is_taken_away_tells_of_no_change_any_longer(market: Market) -> None:
    _, transfer = running(market)
    tell(market, drift(market))
    perform(
        nodes.NODE, "declare", market.node.pk, by=HOUSE, at=market.now, sources=[market._source("meters").to_json()]
    )
    market.settle()
    assert delivery_of(market, transfer).drift is None

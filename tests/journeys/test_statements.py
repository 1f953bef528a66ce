"""Statements that are sent again, contradict each other, leave gaps, claim too much, or come too late: none is billed twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.journeys.market import Market, Use
from tongqu.exchange.bedrock.procedures import Alarm
from tongqu.exchange.trading import delivery
from tongqu.exchange.treasury import billing
from tongqu.wire.message import open_sealed, seal_message
from tongqu.wire.seals import Ed25519Signer
from tongqu.wire.statement import Statement
from tongqu.wire.sync import StatementAck

pytestmark = pytest.mark.slow


@pytest.fixture
def use(market: Market) -> Use:
    """Ten calls, stated once."""
    made = market.use(market.ask("verification", "lender", purposes=["risk-management"], calls_max=20), "lender")
    made.calls(10)
    market.node.sync(2)
    assert [s.calls for s in delivery.statements(made.transfer)] == [10]
    return made


def stated(use: Use) -> Statement:
    """The statement that the exchange took."""
    (taken,) = delivery.statements(use.transfer)
    return open_sealed(Statement, dict(taken.sealed), use.market.node.keeper.meter._signer.public_bytes)


def following(use: Use, **other: Any) -> Statement:
    """A good next statement of five calls, changed as told."""
    first = stated(use)
    good = replace(
        first, number=2, previous=first.digest, from_sequence=11, to_sequence=15, count=5, calls={"verification": 5},
        units={"verification": 5},
    )  # fmt: skip
    return replace(good, **other)


def tell(use: Use, statement: Statement, signer: Any = None) -> StatementAck | None:
    node = use.market.node
    sealed = seal_message(statement, signer or node.keeper.meter._signer)
    return delivery.reports.take_statement(int(node.number), sealed, at=use.market.town.now)


def told(use: Use) -> tuple[int, int]:
    found = delivery.transfer(use.transfer)
    assert found.units == sum(s.units for s in delivery.statements(use.transfer))
    return found.units, len(delivery.statements(use.transfer))


def test_what_follows_is_taken_and_counted(use: Use) -> None:
    ack = tell(use, following(use))
    assert ack is not None
    assert ack.refused is None
    assert told(use) == (15, 2)


def test_a_statement_sent_again_is_acknowledged_again_and_counted_once(use: Use) -> None:
    for _ in range(3):
        ack = tell(use, stated(use))
        assert ack is not None
        assert ack.refused is None
    assert told(use) == (10, 1)


def test_one_number_for_two_statements_keeps_the_first(use: Use) -> None:
    ack = tell(
        use, replace(stated(use), to_sequence=11, count=11, calls={"verification": 11}, units={"verification": 11})
    )
    assert ack is not None
    assert ack.refused == "number-taken"
    assert told(use) == (10, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": 3},
        {"from_sequence": 12, "to_sequence": 16},
        {"from_sequence": 10, "to_sequence": 14},
        {"to_sequence": 21, "count": 11, "calls": {"verification": 11}, "units": {"verification": 11}},
    ],
    ids=["a-number-is-missing", "a-call-is-missing", "a-call-twice", "more-than-permitted"],
)
def test_what_does_not_follow_is_refused_and_an_alarm_is_raised(use: Use, wrong: dict[str, Any]) -> None:
    ack = tell(use, following(use, **wrong))
    assert ack is not None
    assert ack.refused == "refused"
    assert told(use) == (10, 1)
    assert Alarm.objects.filter(kind="statement", subject=use.transfer).count() == 1


def test_another_contract_or_another_node_is_not_this_one(use: Use) -> None:
    other = tell(use, following(use, contract="HT-2026-999999"))
    assert other is not None
    assert other.refused == "contract-unknown"
    elsewhere = tell(use, following(use, node="999"))
    assert elsewhere is not None
    assert elsewhere.refused == "contract-unknown"
    assert told(use) == (10, 1)


def test_a_statement_under_another_key_is_nobodys(use: Use) -> None:
    assert tell(use, following(use), Ed25519Signer.generate()) is None
    assert told(use) == (10, 1)


def test_what_comes_after_acceptance_changes_no_bill(use: Use) -> None:
    use.stop()
    use.act("accept")
    before = billing.bill_of(use.transfer)
    ack = tell(use, following(use))
    assert ack is not None
    assert ack.refused == "not-now"
    assert billing.bill_of(use.transfer) == before
    assert Alarm.objects.filter(kind="statement", subject=use.transfer).count() == 1
    use.market.audited()


def test_the_buyer_finds_a_statement_that_claims_other_calls(use: Use) -> None:
    """The exchange cannot know the receipts; the buyer can, and names what does not fit."""
    tell(use, following(use))
    assert "receipt-missing" in use.disagreements()

"""One whole trade, act by act, each through the door in a transaction of its own.

The buyer's acts are a person's, with a second factor where it signs. What the flow would do next is performed here by
the house, one act after the other, as `flow` names them: what is measured is the door, not who waits for whom. The
node's statement is told by `meter` with its totals; sealing and reading statements belongs to the node's benchmark.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from typing import Any

from bench.buyer import Buyer
from tongqu.exchange.bedrock.procedures import HOUSE, Actor, Outcome, Procedure, begin, perform
from tongqu.exchange.trading.contracts import CONTRACT
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.negotiation import NEGOTIATION
from tongqu.exchange.treasury.billing import BILL
from tongqu.exchange.treasury.settlement import SETTLEMENT
from tongqu.exchange.treasury.sharing import DISTRIBUTION

CALLS = 137
ACTS = 19
ENDS = {
    "trading_negotiation": "finalized", "trading_contract": "performed", "trading_transfer": "accepted",
    "treasury_settlement": "released", "treasury_bill": "settled", "treasury_distribution": "distributed",
}  # fmt: skip


def whole_trade(buyer: Actor, listing: int) -> Iterator[Outcome]:
    """From the request to the shares paid out; one act for each step of the iteration."""
    deal = yield from _begin(NEGOTIATION, buyer, listing=listing, purposes=["risk-management"])
    yield _perform(NEGOTIATION, "agree", deal, HOUSE)
    yield _perform(NEGOTIATION, "verify", deal, buyer)

    money = yield from _begin(SETTLEMENT, HOUSE, negotiation=deal)
    yield _perform(SETTLEMENT, "reserve", money, HOUSE)
    yield _perform(NEGOTIATION, "finalize", deal, HOUSE)

    contract = yield from _begin(CONTRACT, HOUSE, negotiation=deal)
    transfer = yield from _begin(TRANSFER, HOUSE, contract=contract)
    yield _perform(TRANSFER, "start", transfer, HOUSE)
    yield _perform(TRANSFER, "collect", transfer, buyer, token_sha256="ab" * 32)
    yield _perform(
        TRANSFER, "meter", transfer, HOUSE, number=1, statement="cd" * 32, root="ef" * 32, from_sequence=1,
        to_sequence=CALLS, calls=CALLS, units=CALLS,
    )  # fmt: skip
    yield _perform(TRANSFER, "stop", transfer, buyer)
    yield _perform(TRANSFER, "complete", transfer, HOUSE)
    yield _perform(TRANSFER, "accept", transfer, buyer)

    billed = begin(BILL, by=HOUSE, at=datetime.now(tz=UTC), transfer=transfer)
    yield billed
    yield _perform(SETTLEMENT, "release", money, HOUSE, charged_fen=billed.data["fen"], bill=billed.subject)
    yield from _begin(DISTRIBUTION, HOUSE, settlement=money)
    yield _perform(BILL, "settle", billed.subject, HOUSE)
    yield _perform(CONTRACT, "perform", contract, HOUSE)


def client_actor(buyer: Buyer) -> Actor:
    """The buyer's person, who has just shown a second factor."""
    from tongqu.exchange.members import mandates

    return mandates.actor_for(buyer.person, buyer.party, at=datetime.now(tz=UTC), second_factor=True)


def _begin(table: Procedure, by: Actor, **inputs: Any) -> Generator[Outcome, None, int]:
    outcome = begin(table, by=by, at=datetime.now(tz=UTC), **inputs)
    yield outcome
    return outcome.subject


def _perform(table: Procedure, act: str, subject: int, by: Actor, **inputs: Any) -> Outcome:
    return perform(table, act, subject, by=by, at=datetime.now(tz=UTC), **inputs)

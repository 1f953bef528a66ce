"""What the exchange takes of a node that was restored: a gap only under its own mark, and never a second statement of a number."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.test_wire_door import _number, _statement, node, started
from tests.api.town import NodeAtHand, now
from tongqu.exchange.bedrock.procedures import Alarm
from tongqu.exchange.trading import delivery
from tongqu.wire.message import seal_message
from tongqu.wire.restored import STRIDE, ChainEnd, Restored
from tongqu.wire.seals import Ed25519Signer

pytestmark = pytest.mark.django_db
__all__ = ["node", "started"]


def _mark(at_hand: NodeAtHand, contract: str, signer: Ed25519Signer | None = None, **other: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "node": at_hand.id, "contract": contract, "permit": None, "held_to": 1, "held": "ab" * 32, "stated_to": 3, "statements": 1,
        "resumes_after": STRIDE, "calls": 3, "backup_at": now(), "at": now(),
    }  # fmt: skip
    return seal_message(Restored(**{**told, **other}), signer or at_hand.signer)


def _after_the_gap(node: NodeAtHand, contract: str, previous: str, mark: Any, **other: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "number": 2, "previous": previous, "from_sequence": STRIDE + 1, "to_sequence": STRIDE + 3, "restored": mark,
    }  # fmt: skip
    return seal_message(_statement(node, contract, **{**told, **other}), node.signer)


def test_a_gap_is_taken_under_the_nodes_mark_and_raises_an_alarm(node: NodeAtHand, started: int) -> None:
    number = _number(started)
    first = _statement(node, number)
    node.sync(statements=(seal_message(first, node.signer),))
    sealed = _after_the_gap(node, number, first.digest, _mark(node, number))
    for _ in range(2):
        (ack,) = node.sync(statements=(sealed,)).acks
        assert ack.refused is None
    assert delivery.transfer(started).calls == 6
    assert Alarm.objects.filter(kind="node-restored", procedure="transfer", subject=started).count() == 1


@pytest.mark.parametrize(
    ("mark", "code"),
    [
        ({"stated_to": 2}, "refused"),  # behind a gap that begins elsewhere than where the contract is stated
        ({"stated_to": 9}, "refused"),
        ({"contract": "HT-0000-000000"}, "restored-mark-wrong"),
        ({"node": "999"}, "restored-mark-wrong"),
        ({"resumes_after": 2 * STRIDE}, "restored-mark-wrong"),
        ({"signer": Ed25519Signer.generate()}, "restored-mark-wrong"),
    ],
)
def test_a_gap_under_another_mark_is_refused(node: NodeAtHand, started: int, mark: dict[str, Any], code: str) -> None:
    number = _number(started)
    first = _statement(node, number)
    node.sync(statements=(seal_message(first, node.signer),))
    told = _mark(node, **{"contract": number, **mark})
    (ack,) = node.sync(statements=(_after_the_gap(node, number, first.digest, told),)).acks
    assert ack.refused == code
    assert delivery.transfer(started).calls == 3


def test_a_gap_without_a_mark_is_no_statement_at_all_or_refused(node: NodeAtHand, started: int) -> None:
    number = _number(started)
    first = _statement(node, number)
    node.sync(statements=(seal_message(first, node.signer),))
    (ack,) = node.sync(statements=(_after_the_gap(node, number, first.digest, None),)).acks
    assert ack.refused == "refused"
    assert delivery.transfer(started).calls == 3


def test_two_statements_of_one_number_are_one_too_many_and_raise_an_alarm(node: NodeAtHand, started: int) -> None:
    number = _number(started)
    node.sync(statements=(seal_message(_statement(node, number), node.signer),))
    forked = seal_message(_statement(node, number, root="ee" * 32), node.signer)
    for _ in range(2):
        (ack,) = node.sync(statements=(forked,)).acks
        assert ack.refused == "number-taken"
    assert Alarm.objects.filter(kind="statement-forked", subject=started).count() == 1
    assert delivery.transfer(started).calls == 3


def test_a_node_that_asks_hears_how_far_its_contracts_are_stated_and_of_no_other(
    node: NodeAtHand, started: int
) -> None:
    number = _number(started)
    assert [(c.contract, c.statement, c.calls, c.agrees) for c in node.sync(chains=(ChainEnd(number, 0),)).chains] == [
        (number, None, 0, True)
    ]
    first = _statement(node, number)
    sealed = seal_message(first, node.signer)
    node.sync(statements=(sealed,))
    asked = (
        ChainEnd(number, 0),
        ChainEnd(number, 1, first.digest),
        ChainEnd(number, 1, "00" * 32),
        ChainEnd("HT-0000-000000", 2, "00" * 32),
    )
    told = node.sync(chains=asked).chains
    assert [(c.statement, c.calls, c.agrees) for c in told] == [
        (sealed, 3, True), (sealed, 3, True), (sealed, 3, False), (None, 0, False),
    ]  # fmt: skip
    assert Alarm.objects.filter(kind="statement-forked", subject=started).count() == 1
    assert node.sync().chains == ()

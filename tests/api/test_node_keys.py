"""A node goes on under another key: the exchange takes it under the seal of the old one, keeps both, and loses no statement."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.api.test_wire_door import _number, _refused, _statement, node, started
from tests.api.town import NodeAtHand, Town
from tongqu.exchange.members import nodes
from tongqu.exchange.trading import delivery
from tongqu.wire.message import seal_message
from tongqu.wire.new_key import announce
from tongqu.wire.seals import Ed25519Signer, key_id

pytestmark = pytest.mark.django_db
__all__ = ["node", "started"]


def _announced(
    at_hand: NodeAtHand, new: Ed25519Signer, by: Ed25519Signer | None = None, **other: Any
) -> dict[str, Any]:
    from tests.api.town import now

    by = by or at_hand.signer
    return seal_message(announce(**{"node": at_hand.id, "before": by.key_id, "signer": new, "at": now(), **other}), by)


def test_a_new_key_is_taken_and_the_old_one_counts_until_the_node_is_heard_under_it(node: NodeAtHand) -> None:
    old, new = node.signer, Ed25519Signer.generate()
    announcement = _announced(node, new)
    assert node.sync(new_key=announcement).key_taken == new.key_id
    assert nodes.node(int(node.id)).public_key == new.public_bytes
    assert node.sync(new_key=announcement).key_taken == new.key_id  # the answer was lost: asked again under the old key
    node.signer = new
    assert node.sync().key_taken is None
    node.signer = old
    _refused(node.post("sync", seal_message(node.request(), old)), 401, "bad-seal")
    ring = nodes.keys.ring(int(node.id))
    assert [key.public_bytes for key in ring.keys] == [old.public_bytes, new.public_bytes]
    assert [key.until is None for key in ring.keys] == [False, True]


def test_a_statement_from_before_the_change_is_taken_after_it_and_the_api_tells_both_keys(
    town: Town, node: NodeAtHand, started: int
) -> None:
    old, new = node.signer, Ed25519Signer.generate()
    owed = _statement(node, _number(started))
    sealed = seal_message(owed, old)
    node.sync(new_key=_announced(node, new))
    node.signer = new
    (ack,) = node.sync(statements=(sealed,)).acks
    assert ack.refused is None
    assert delivery.transfer(started).calls == 3
    for path in ("address", "statements"):
        told = town.http(town.buyer).get(f"/transfer/{started}/{path}").json()
        assert told["node_public_key"] == new.public_bytes.hex()
        assert [(key["public_key"], key["until"] is None) for key in told["node_keys"]] == [
            (old.public_bytes.hex(), False), (new.public_bytes.hex(), True),
        ]  # fmt: skip


@pytest.mark.parametrize("how", ["by a stranger", "of another node", "before another key", "not held"])
def test_what_is_no_announcement_changes_nothing(node: NodeAtHand, how: str) -> None:
    new, stranger = Ed25519Signer.generate(), Ed25519Signer.generate()
    sealed = {
        "by a stranger": lambda: _announced(node, new, by=stranger),
        "of another node": lambda: _announced(node, new, node="999"),
        "before another key": lambda: _announced(node, new, before=stranger.key_id),
        "not held": lambda: {**_announced(node, new), "seal": _announced(node, stranger)["seal"]},
    }[how]()
    before = nodes.node(int(node.id)).public_key
    assert node.sync(new_key=sealed).key_taken == key_id(before)
    assert nodes.node(int(node.id)).public_key == before


def test_a_key_that_another_node_has_or_had_is_not_taken(town: Town, node: NodeAtHand) -> None:
    other = town.enrolled()
    other.register()
    before = nodes.node(int(node.id)).public_key
    assert node.sync(new_key=_announced(node, other.signer)).key_taken == key_id(before)
    assert nodes.node(int(node.id)).public_key == before


def test_the_exchange_changes_its_key_and_tells_it_under_the_old_ones_seal(
    town: Town, node: NodeAtHand, started: int, settings: Any, tmp_path: Path
) -> None:
    settings.KEYS_ROOT = shutil.copytree(settings.KEYS_ROOT, tmp_path / "keys")
    from tests.api.town import now
    from tongqu.exchange.bedrock import keys
    from tongqu.wire.message import open_sealed
    from tongqu.wire.new_key import follow
    from tongqu.wire.permit import Permit
    from tongqu.wire.seals import key_ring
    from tongqu.wire.sync import SyncReply

    old = keys.signer("permits")
    (permit,) = node.sync().permits
    new = keys.change("permits", at=now())
    assert new.key_id != old.key_id
    sealed = node.post("sync", seal_message(node.request(exchange_key=old.key_id), node.signer)).json()
    ring = follow(old.public_bytes, sealed["body"]["exchange_keys"], "exchange")
    assert open_sealed(SyncReply, sealed, ring).lease is not None
    assert open_sealed(Permit, permit, ring).id  # sealed before the change
    current = node.post("sync", seal_message(node.request(exchange_key=new.key_id), node.signer)).json()
    assert "exchange_keys" not in current["body"]
    told = town.http(town.buyer).get(f"/transfer/{started}/permit").json()
    assert open_sealed(Permit, told["permit"], key_ring(told, "exchange")).id
    assert [key["until"] is None for key in told["exchange_keys"]] == [False, True]

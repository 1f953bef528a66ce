"""Two-sided receipts: the buyer signs for what it holds, the node keeps it, the statement tells how far it reaches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.node.world import NOON, OTHER_TOKEN, TOKEN, World, codes, verification_permit
from tongqu.wire import merkle
from tongqu.wire.acknowledgement import Acknowledgement
from tongqu.wire.canonical import digest
from tongqu.wire.message import open_sealed, seal_message
from tongqu.wire.receipt import Receipt
from tongqu.wire.seals import Ed25519Signer
from tongqu.wire.statement import Statement
from tongqu.wire.sync import Task, key_text

pytestmark = pytest.mark.anyio

BUYER = Ed25519Signer.generate()
PERMIT = verification_permit(acknowledgement_key=key_text(BUYER.public_bytes))


async def acknowledge(world: World, sealed: Any, token: str = TOKEN, **changes: Any) -> Any:
    async with world.buyer as buyer:
        body = {"permit": "permit-1", "acknowledgement": sealed, **changes}
        return await buyer.post("/v1/acknowledgements", json=body, headers={"Authorization": f"Bearer {token}"})


async def told(world: World, sequence: int | str, token: str = TOKEN) -> Any:
    async with world.buyer as buyer:
        where = f"/v1/receipts/{sequence}"
        return await buyer.get(where, params={"permit": "permit-1"}, headers={"Authorization": f"Bearer {token}"})


async def of(world: World, number: int, **changes: Any) -> Acknowledgement:
    receipt = (await world.receipts(after=number - 1))[0]["body"]
    made = Acknowledgement(receipt["node"], receipt["contract"], number, digest(receipt), NOON)
    return replace(made, **changes)


async def stated(world: World) -> Statement:
    world.exchange.tasks = [Task(f"t{len(world.exchange.statements)}", "statement", contract="contract-1")]
    await world.sync()
    world.exchange.tasks = []
    await world.sync()
    return world.exchange.statements[-1]


async def test_what_the_buyer_signed_for_is_told_in_the_statement_and_survives_a_restart(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(PERMIT)
        for key in ("001", "002", "003"):
            await world.ask(key)
        taken = await acknowledge(world, seal_message(await of(world, 2), BUYER))
        assert taken.json() == {"acknowledged": 2}
        earlier = await acknowledge(world, seal_message(await of(world, 1), BUYER))
        assert earlier.json() == {"acknowledged": 2}  # it stands for all before it
        assert (await stated(world)).acknowledged == 2
        await world.restart()
        await world.ask("004")
        assert (await stated(world)).acknowledged == 2  # 3 and 4 lack one, and that is seen
        assert (await acknowledge(world, seal_message(await of(world, 4), BUYER))).json() == {"acknowledged": 4}


async def test_without_any_acknowledgement_calls_are_answered_and_stated_all_the_same(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(PERMIT)
        assert (await world.ask("001")).status_code == 200
        assert (await stated(world)).acknowledged is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"receipt": "0" * 64}, "acknowledgement-other-receipt"),
        ({"sequence": 2}, "acknowledgement-other-receipt"),
        ({"sequence": 9}, "acknowledgement-other-receipt"),
        ({"contract": "contract-2"}, "acknowledgement-other-receipt"),
        ({"node": "node-2"}, "acknowledgement-other-receipt"),
    ],
)
async def test_a_receipt_that_the_node_did_not_give_cannot_be_acknowledged(
    tmp_path: Path, changes: dict[str, Any], code: str
) -> None:
    async with World(tmp_path) as world:
        await world.issue(PERMIT)
        await world.ask("001")
        refused = await acknowledge(world, seal_message(await of(world, 1, **changes), BUYER))
        assert (refused.status_code, codes(refused)) == (409, [code])
        assert (await stated(world)).acknowledged is None


async def test_only_the_registered_key_signs_and_only_the_holder_of_the_token_posts(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(PERMIT)
        await world.ask("001")
        made = await of(world, 1)
        for sealed in (seal_message(made, Ed25519Signer.generate()), {}, None, "x", {"body": {}, "seal": {}}):
            assert codes(await acknowledge(world, sealed)) == ["acknowledgement-seal-wrong"]
        assert codes(await acknowledge(world, seal_message(made, BUYER), OTHER_TOKEN)) == ["permit-or-token-wrong"]
        assert (await acknowledge(world, seal_message(made, BUYER), more=1)).status_code == 400


async def test_where_no_key_is_registered_nothing_can_be_acknowledged(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await world.ask("001")
        refused = await acknowledge(world, seal_message(await of(world, 1), BUYER))
        assert codes(refused) == ["acknowledgement-key-missing"]


async def test_one_receipt_is_told_with_all_that_proves_it(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(PERMIT)
        for key in ("001", "002", "003", "004", "005"):
            await world.ask(key)
        alone = (await told(world, 3)).json()
        assert (alone["statement"], alone["path"]) == (None, [])
        await stated(world)
        await world.ask("001")
        await stated(world)
        key = world.exchange.node_key
        assert key is not None
        for sequence in range(1, 7):
            one = (await told(world, sequence)).json()
            receipt, statement = (
                open_sealed(Receipt, one["receipt"], key),
                open_sealed(Statement, one["statement"], key),
            )
            path = [bytes.fromhex(step) for step in one["path"]]
            place = sequence - statement.from_sequence
            merkle.verify_inclusion(place, statement.count, receipt.leaf, path, bytes.fromhex(statement.root))
            assert [one[name] and one[name]["body"]["sequence"] for name in ("before", "receipt", "after")] == [
                sequence - 1 or None, sequence, sequence + 1 if sequence < 6 else None,
            ]  # fmt: skip
        assert codes(await told(world, 7)) == ["receipt-unknown"]
        assert codes(await told(world, 0)) == ["receipt-unknown"]
        assert codes(await told(world, 1, OTHER_TOKEN)) == ["permit-or-token-wrong"]


@pytest.mark.parametrize("digits", [19, 20, 400, 5_000])
async def test_a_number_larger_than_any_is_no_receipt_and_no_failure(tmp_path: Path, digits: int) -> None:
    async with World(tmp_path) as world:
        await world.issue(PERMIT)
        await world.ask("001")
        refused = await told(world, "9" * digits)
        assert refused.status_code == 404
        assert codes(refused) in (["receipt-unknown"], ["no-such-door"])

"""The node's signing key is changed while calls go on; whoever trusted the old key follows, and the old one is gone."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.node.world import NOON, TOKEN, World, verification_permit
from tongqu.client.auditing import unbroken
from tongqu.client.calls import BadAnswer, Node, Permit
from tongqu.client.receipts import ReceiptBook, compare
from tongqu.node.owner.chains import walk
from tongqu.node.owner.doctor import examine
from tongqu.node.state import StateFolder
from tongqu.wire.message import open_sealed, seal_message
from tongqu.wire.new_key import NewKey, announce, follow, open_announcement
from tongqu.wire.receipt import Receipt
from tongqu.wire.seals import GRACE, BadSeal, DatedKey, Ed25519Signer, KeyRing, key_id

pytestmark = pytest.mark.anyio


async def _called(world: World, key: str = "001", **how: Any) -> dict[str, Any]:
    answer = await world.ask(key, **how)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["receipt"])


async def test_the_key_changes_between_two_calls_and_the_chain_goes_on(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        old, seed = world.keeper.key_id, (world.keeper.config.state / "key").read_text()
        held = [await _called(world)]
        world.keeper.change_key()
        held.append(await _called(world))  # announced, not taken: still the old key
        await world.sync()
        new = world.keeper.key_id
        held.append(await _called(world))
        assert [each["seal"]["key"] for each in held] == [old, old, new]
        assert [each["body"]["sequence"] for each in held] == [1, 2, 3]
        await world.keeper.state_all()
        await world.sync()
        (statement,) = world.exchange.sealed_statements
        assert statement["seal"]["key"] == new
        ring = world.exchange.keys
        assert unbroken(held, ring, "contract-1").sequence == 3
        assert compare([{"number": 1, "from_sequence": 1, "to_sequence": 3, "sealed": statement}], held, ring).agrees
        left = b"".join(file.read_bytes() for file in world.keeper.config.state.rglob("*") if file.is_file())
        assert seed.encode() not in left
        assert bytes.fromhex(seed) not in left
        walked = walk(world.keeper.config.state, StateFolder.at(world.keeper.config.state).own_keys(), whole=True)
        assert (walked.faults, walked.seals) == ([], 4)


async def test_a_call_from_before_is_repeated_word_for_word_after_the_change(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        call = str(uuid.uuid4())
        first = await world.ask("001", call=call)
        secrets = world.keeper._state.secrets()
        world.keeper.change_key()
        await world.sync()
        assert (await world.ask("001", call=call)).json() == first.json()
        await world.restart()
        assert (await world.ask("001", call=call)).json() == first.json()
        assert world.keeper._state.secrets() == secrets


async def test_an_answer_that_was_lost_leaves_the_node_known_by_either_key(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        old = world.keeper.key_id
        announced = world.keeper.change_key()
        honest, world.exchange.twist = world.exchange.twist, lambda _reply: {"lost": True}
        await world.sync()  # the exchange has taken it; the node has not heard so
        assert world.keeper.key_id == old
        assert world.exchange.node_key is not None
        assert key_id(world.exchange.node_key) == announced
        await world.keeper.stop()  # and is stopped in the middle of it
        world.exchange.twist = honest
        world.clock.turn(1)
        world.keeper = world._open()
        world.keeper.start()
        await world.ready()
        assert world.keeper.key_id == announced
        world.clock.turn(1)
        await world.sync()
        assert world.keeper.line.fault is None
        assert world.exchange.key_before is None


async def test_an_exchange_that_does_not_take_it_leaves_everything_as_it_was(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        old = world.keeper.key_id
        world.exchange.takes_keys = False
        world.keeper.change_key()
        await world.sync()
        assert world.keeper.key_id == old
        assert (await _called(world))["seal"]["key"] == old
        world.exchange.takes_keys = True
        world.clock.turn(1)
        await world.sync()
        assert world.keeper.key_id != old


async def test_calls_at_the_moment_of_the_change_are_all_sealed_with_one_of_the_two(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        before = await _called(world)
        world.keeper.change_key()
        held = await asyncio.gather(*(_called(world, f"00{n % 6 + 1}") for n in range(40)), world.sync())
        held.append(await _called(world))
        receipts = [before, *(each for each in held if each is not None)]
        assert len({each["seal"]["key"] for each in receipts}) == 2
        assert unbroken(receipts, world.exchange.keys, "contract-1").sequence == 42


async def test_the_buyers_client_follows_by_the_old_keys_seal_alone(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        assert world.exchange.node_key is not None
        loop = asyncio.get_running_loop()

        def answer(request: httpx.Request) -> httpx.Response:
            async def ask() -> httpx.Response:
                async with world.buyer as buyer:
                    return await buyer.request(
                        request.method, request.url.path, params=dict(request.url.params), content=request.content,
                        headers={name: request.headers[name] for name in ("authorization", "tongqu-call", "content-type") if name in request.headers},
                    )  # fmt: skip

            told = asyncio.run_coroutine_threadsafe(ask(), loop).result(20)
            return httpx.Response(
                told.status_code, content=told.content, headers={"content-type": told.headers["content-type"]}
            )

        def client(book: str) -> Node:
            permit = Permit(
                "permit-1", "contract-1", "node-1", "http://node.test", first, TOKEN, "arrears", ("信贷审批",)
            )
            return Node(
                permit,
                ReceiptBook(tmp_path / book),
                http=httpx.Client(transport=httpx.MockTransport(answer)),
                pause=lambda _: None,
            )

        first = world.exchange.node_key
        node = client("book")
        assert await asyncio.to_thread(node.verify, "001") == "yes"
        for _ in range(2):
            world.keeper.change_key()
            world.clock.turn(1)
            await world.sync()
        assert await asyncio.to_thread(node.verify, "002") == "no"
        assert len(node.keys.keys) == 3  # type: ignore[union-attr]
        (world.keeper.config.state / "keys.json").unlink()
        with pytest.raises(BadAnswer):  # who cannot follow believes nothing
            await asyncio.to_thread(client("other").verify, "003")


async def test_a_back_up_older_than_the_key_is_told(tmp_path: Path) -> None:
    from tongqu.node.keeping.backup import back_up

    async with World(tmp_path) as world:
        await asyncio.to_thread(back_up, world.keeper.config.state, tmp_path / "b.tar", now=world.clock())
        await asyncio.sleep(0.05)
        world.keeper.change_key()
        await world.sync()
    (found,) = [each for each in examine(world.config, now=NOON, outside=False) if each.about == "backup"]
    assert "The key was changed" in found.words.en


async def test_the_exchange_changes_its_key_and_the_node_follows_and_still_holds_its_permits(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        for _ in range(2):  # two changes while the node was away
            world.exchange.change_key()
            world.clock.turn(1)
        world.exchange.issue(verification_permit(id="permit-8", contract="contract-8"))
        await world.sync()
        assert world.keeper.line.fault is None
        assert {"permit-1", "permit-8"} <= set(world.keeper.book.permits)
        assert (await world.ask("001")).status_code == 200
        await world.restart()  # what is believed is on the disk; what was sealed before is still opened
        assert world.keeper.book.faults == []
        assert (await world.ask("001", permit="permit-8")).status_code == 200
        world.clock.turn(1)
        await world.sync()
        assert world.exchange.requests[-1].exchange_key == world.exchange.signer.key_id


async def test_a_stranger_leads_the_node_nowhere(tmp_path: Path) -> None:
    """Neither by an announcement of its own, nor with the old key after its time."""
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        honest, old = world.exchange.signer, world.exchange.signer
        stranger = Ed25519Signer.generate()
        world.exchange.changes = [
            seal_message(announce("exchange", before=old.key_id, signer=stranger, at=NOON), stranger)
        ]
        world.exchange.signer = stranger
        world.clock.turn(1)
        await world.sync()
        assert world.keeper.line.fault == "reply-not-believed"
        world.exchange.changes, world.exchange.signer = [], honest
        world.exchange.change_key()
        world.clock.turn(1)
        await world.sync()
        assert world.keeper.line.fault is None
        new, world.exchange.signer = world.exchange.signer, old  # stolen before it was thrown away
        world.clock.turn(GRACE.total_seconds() + 10)
        await world.sync()
        assert world.keeper.line.fault == "reply-not-believed"
        world.exchange.signer = new
        world.clock.turn(1)
        await world.sync()
        assert world.keeper.line.fault is None


# -- on the wire -------------------------------------------------------------------------------------------------------


def _chain() -> tuple[list[Ed25519Signer], list[dict[str, Any]]]:
    signers = [Ed25519Signer.generate() for _ in range(3)]
    sealed = [
        seal_message(announce("node-1", before=old.key_id, signer=new, at=NOON + timedelta(days=at)), old)
        for at, (old, new) in enumerate(pairwise(signers))
    ]
    return signers, sealed


def test_who_trusts_the_first_key_follows_to_the_last_and_nobody_else() -> None:
    signers, announcements = _chain()
    ring = follow(signers[0].public_bytes, announcements, "node-1")
    assert [key.public_bytes for key in ring.keys] == [signer.public_bytes for signer in signers]
    assert [key.until for key in ring.keys] == [NOON, NOON + timedelta(days=1), None]
    assert len(follow(Ed25519Signer.generate().public_bytes, announcements, "node-1").keys) == 1
    assert len(follow(signers[0].public_bytes, announcements, "node-2").keys) == 1
    assert len(follow(signers[0].public_bytes, announcements[1:], "node-1").keys) == 1
    assert len(follow(signers[0].public_bytes, [None, 1, {}, *announcements], "node-1").keys) == 3


def test_a_key_that_its_announcer_does_not_hold_is_no_key() -> None:
    old, new, thief = (Ed25519Signer.generate() for _ in range(3))
    told = announce("node-1", before=old.key_id, signer=new, at=NOON)
    stolen = announce("node-1", before=old.key_id, signer=thief, at=NOON)
    mixed = NewKey(told.node, told.public_key, told.before, stolen.proof, told.at)
    for sealed, key in (
        (seal_message(mixed, old), old), (seal_message(told, thief), thief), (seal_message(told, thief), old),
        (seal_message(announce("node-1", before=old.key_id, signer=old, at=NOON), old), old),
    ):  # fmt: skip
        with pytest.raises(BadSeal):
            open_announcement(sealed, key.public_bytes)


def test_an_old_key_seals_nothing_after_its_time() -> None:
    """A stolen old key is worth nothing for what comes after; what it sealed in its time stays good."""
    old, new = Ed25519Signer.generate(), Ed25519Signer.generate()
    ring = KeyRing((DatedKey(old.public_bytes, NOON), DatedKey(new.public_bytes)))

    def sealed(at: timedelta, signer: Ed25519Signer) -> dict[str, Any]:
        body = json.loads(
            json.dumps({
                "kind": "receipt", "version": 1, "node": "n", "contract": "c", "permit": "p", "permit_revision": 1, "sequence": 1,
                "previous": None, "call": str(uuid.UUID(int=1)), "mode": "dataset", "source": "s", "source_version": "0" * 64,
                "purpose": "x", "request_digest": "0" * 64, "answer_digest": "0" * 64, "calls": 1, "units": 1,
                "at": (NOON + at).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            })
        )  # fmt: skip
        return seal_message(Receipt.from_json(body), signer)

    assert open_sealed(Receipt, sealed(-timedelta(days=1), old), ring).calls == 1
    assert open_sealed(Receipt, sealed(GRACE, old), ring).calls == 1
    with pytest.raises(BadSeal):
        open_sealed(Receipt, sealed(GRACE + timedelta(seconds=1), old), ring)
    assert open_sealed(Receipt, sealed(timedelta(days=999), new), ring).calls == 1
    with pytest.raises(BadSeal):
        open_sealed(Receipt, sealed(timedelta(), Ed25519Signer.generate()), ring)

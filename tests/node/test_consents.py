"""A subject's consent is checked at every call: only who consented is told of, and a withdrawal reaches the next call."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.node.world import CONDITIONS, NOON, World, codes, dataset_permit, verification_permit
from tongqu.node.consents import ConsentStore, vouch
from tongqu.node.consents import store as stores
from tongqu.node.faults import NodeFault
from tongqu.wire.consents import ConsentChanges, ConsentPart, ConsentSet, UsesOrder, packed, reference_of
from tongqu.wire.constraints import WithConsent
from tongqu.wire.message import BadMessage, open_sealed, seal_message
from tongqu.wire.permit import Permit
from tongqu.wire.policy import Term
from tongqu.wire.receipt import Receipt
from tongqu.wire.seals import Ed25519Signer
from tongqu.wire.statement import Statement, check_receipts
from tongqu.wire.sync import Task

BUYER = CONDITIONS.assignee
GROUP = ConsentSet("7", "credit", BUYER, ("信贷审批",), ("financial_account", "identity"))
OTHER_PURPOSE = replace(GROUP, basis="8", purposes=("营销",))
OTHER_RECEIVER = replace(GROUP, basis="9", receiver="91420100OTHER00001")
FEWER_KINDS = replace(GROUP, basis="10", kinds=("identity",))
OTHER_SOURCE = replace(GROUP, basis="11", source="payments")


def permit(*kinds: str, **changes: Any) -> Permit:
    wanted = Term.of(WithConsent(kinds or ("identity", "financial_account")))
    return verification_permit(**{"conditions": replace(CONDITIONS, constraints=(wanted,)), **changes})


class Ledger:
    """What the exchange knows of consents: changes in their order, told after a number like the real one does."""

    def __init__(self, world: World, *sets: ConsentSet) -> None:
        self.world, self.sets = world, list(sets)
        self.changes: list[tuple[str, bytes, bool]] = []
        self.page, self.fresh_seconds, self.silent = 1_000, 60, False
        world.exchange.twist = self._twist

    def reference(self, key: str, source: str = "credit") -> bytes:
        return self.world.keeper.consents.reference(source, key)

    def given(self, *keys: str, basis: str = "7", source: str = "credit") -> None:
        self.changes += [(basis, self.reference(key, source), True) for key in keys]

    def withdrawn(self, *keys: str, basis: str = "7") -> None:
        self.changes += [(basis, self.reference(key), False) for key in keys]

    def part(self, cursor: int) -> ConsentPart:
        after = cursor if cursor <= len(self.changes) else 0
        page = self.changes[after : after + self.page]
        last = {(basis, reference): given for basis, reference, given in page}
        told = tuple(
            ConsentChanges(
                basis,
                packed(reference for (of, reference), given in last.items() if of == basis and given),
                packed(reference for (of, reference), given in last.items() if of == basis and not given),
            )
            for basis in sorted({basis for basis, _, _ in page})
        )
        upto = after + len(page)
        return ConsentPart(after, upto, upto == len(self.changes), self.fresh_seconds, tuple(self.sets), told)

    def _twist(self, reply: Any) -> Any:
        cursor = self.world.exchange.requests[-1].consent_cursor
        told = None if cursor is None or self.silent else self.part(cursor)
        return seal_message(replace(reply, consents=told), self.world.exchange.signer)


async def ready(tmp_path: Path, *permits: Permit, sets: Iterable[ConsentSet] = (GROUP,)) -> tuple[World, Ledger]:
    world = World(tmp_path)
    await world.ready()
    ledger = Ledger(world, *sets)
    await world.issue(*(permits or (permit(),)))
    return world, ledger


async def receipt_of(world: World, answer: Any) -> Receipt:
    key = world.exchange.node_key
    assert key is not None
    return open_sealed(Receipt, answer.json()["receipt"], key)


@pytest.mark.anyio
async def test_who_consented_is_told_of_and_who_withdrew_no_longer_is(tmp_path: Path) -> None:
    world, ledger = await ready(tmp_path)
    async with world:
        assert codes(await world.ask("001")) == ["consent-missing"]
        ledger.given("001")
        await world.sync()
        answer = await world.ask("001")
        assert (answer.status_code, answer.json()["answers"]) == (200, ["yes"])
        assert (await receipt_of(world, answer)).consent == {"as_of": 1, "consented": 1, "left_out": 0}
        ledger.withdrawn("001")
        assert (await world.ask("001")).status_code == 200  # not heard of yet: within this cycle
        await world.sync()
        assert codes(await world.ask("001")) == ["consent-missing"]


@pytest.mark.anyio
async def test_a_node_without_such_permits_neither_asks_nor_is_told(tmp_path: Path) -> None:
    world, _ = await ready(tmp_path, verification_permit())
    async with world:
        await world.sync()
        assert {request.consent_cursor for request in world.exchange.requests} == {None}
        assert "consent_cursor" not in world.exchange.requests[-1].to_json()
        answer = await world.ask("001")
        assert answer.status_code == 200
        assert "consent" not in answer.json()["receipt"]["body"]


@pytest.mark.anyio
@pytest.mark.parametrize("group", [OTHER_PURPOSE, OTHER_RECEIVER, FEWER_KINDS, OTHER_SOURCE])
async def test_a_consent_to_something_else_is_none(tmp_path: Path, group: ConsentSet) -> None:
    world, ledger = await ready(tmp_path, sets=(GROUP, group))
    async with world:
        ledger.given("001", basis=group.basis, source=group.source)
        await world.sync()
        assert codes(await world.ask("001")) == ["consent-missing"]


@pytest.mark.anyio
async def test_who_is_not_in_the_data_is_refused_in_the_same_words_as_who_did_not_consent(tmp_path: Path) -> None:
    world, ledger = await ready(tmp_path)
    async with world:
        ledger.given("002")
        await world.sync()
        there, nobody = await world.ask("001"), await world.ask("nobody")
        assert there.json()["reasons"] == nobody.json()["reasons"]


@pytest.mark.anyio
async def test_of_a_batch_the_others_are_unknown_not_billed_and_counted_without_a_name(tmp_path: Path) -> None:
    world, ledger = await ready(tmp_path)
    async with world:
        ledger.given("001", "003")
        await world.sync()
        answer = await world.ask("001", "002", "003", "nobody", batch=True)
        assert answer.json()["answers"] == ["yes", "unknown", "yes", "unknown"]
        receipt = await receipt_of(world, answer)
        assert (receipt.calls, receipt.units) == (4, 2)
        assert receipt.consent == {"as_of": 2, "consented": 2, "left_out": 2}
        assert '"002"' not in json.dumps(receipt.to_json())
        await world.ask("001")
        await world.keeper.state_all()
        await world.sync()
        (sealed,) = world.exchange.sealed_statements
        assert sealed["body"]["consent"] == {"receipts": 2, "consented": 3, "left_out": 2}
        receipts = await world.receipts()
        assert world.exchange.node_key is not None
        assert check_receipts(sealed, receipts, world.exchange.node_key) == []
        forged = replace(Statement.from_json(sealed["body"]), consent={"receipts": 2, "consented": 4, "left_out": 1})
        signer = Ed25519Signer.from_seed(bytes.fromhex((tmp_path / "state" / "key").read_text()))
        found = check_receipts(seal_message(forged, signer), receipts, world.exchange.node_key)
        assert [one.code for one in found] == ["consent-differs"]


@pytest.mark.anyio
async def test_a_node_that_has_not_heard_for_too_long_refuses(tmp_path: Path) -> None:
    world, ledger = await ready(tmp_path)
    async with world:
        ledger.given("001")
        ledger.fresh_seconds = 20
        world.exchange.lease_seconds = 1_000
        await world.sync()
        ledger.silent = True
        world.clock.turn(20)
        await world.sync()
        assert (await world.ask("001")).status_code == 200
        world.clock.turn(1)
        await world.sync()
        assert codes(await world.ask("001")) == ["consents-not-fresh"]
        ledger.silent = False
        await world.sync()
        assert (await world.ask("001")).status_code == 200


@pytest.mark.anyio
async def test_before_the_whole_set_is_there_nothing_is_answered(tmp_path: Path) -> None:
    world, ledger = await ready(tmp_path, verification_permit())
    async with world:
        ledger.page = 2
        ledger.given("001", "002", "003")
        await world.issue(permit(id="permit-1", revision=2))
        assert codes(await world.ask("001")) == ["consents-not-fresh"]
        await world.sync()  # two of three
        assert codes(await world.ask("001")) == ["consents-not-fresh"]
        await world.sync()
        assert (await world.ask("001")).status_code == 200


@pytest.mark.anyio
async def test_an_answer_is_not_given_again_once_somebody_withdrew(tmp_path: Path) -> None:
    world, ledger = await ready(tmp_path)
    async with world:
        ledger.given("001", "002")
        await world.sync()
        call = "00000000-0000-4000-8000-000000000001"
        first = await world.ask("001", call=call)
        again = await world.ask("001", call=call)
        assert again.json() == first.json()
        ledger.withdrawn("001")
        await world.sync()
        assert codes(await world.ask("001", call=call)) == ["consent-ended-since"]


@pytest.mark.anyio
@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("after", [(), (replace(GROUP, basis="12"),), (OTHER_PURPOSE,)])
async def test_an_answer_is_not_given_again_once_its_notice_is_over(
    tmp_path: Path, after: tuple[ConsentSet, ...], restarted: bool
) -> None:
    """The processor ended it, or told anew for what: every consent to the one before is over, and nobody need withdraw."""
    world, ledger = await ready(tmp_path)
    async with world:
        ledger.given("001", "002")
        await world.sync()
        call = "00000000-0000-4000-8000-000000000001"
        first = await world.ask("001", call=call)
        assert (await world.ask("001", call=call)).json() == first.json()
        ledger.sets = list(after)
        await world.sync()
        ledger.given("001", basis="12")  # to the new one, later: it does not bring back what was told under the old
        await world.sync()
        if restarted:
            world.keeper.consents.store = ConsentStore(world.keeper.config.state / "consents")
        assert codes(await world.ask("001", call=call)) == ["consent-ended-since"]


def test_of_an_exchange_that_begins_anew_nothing_is_given_again_by_the_old_numbers(tmp_path: Path) -> None:
    """It came back from a copy of before: its numbers are given a second time, and say nothing of what was told by them."""
    store = ConsentStore(tmp_path)
    one, two = refs(1, 2)
    store.take(ConsentPart(0, 9, True, 60, (GROUP,), (ConsentChanges("7", packed([one, two])),)), NOON)
    store.take(ConsentPart(0, 4, True, 60, (GROUP,), (ConsentChanges("7", packed([one, two])),)), NOON)
    assert store.ended_whole_since("credit", BUYER, 9)
    assert not store.ended_whole_since("credit", BUYER, 10)
    assert ConsentStore(tmp_path).ended_whole_since("credit", BUYER, 9)


@pytest.mark.anyio
async def test_a_data_set_cannot_leave_anybody_out_and_is_refused(tmp_path: Path) -> None:
    world, ledger = await ready(tmp_path)
    async with world:
        version = world.keeper.room.held["credit"].declaration.source_version
        wanted = replace(CONDITIONS, constraints=(Term.of(WithConsent(("identity",))),))
        await world.issue(dataset_permit(version, conditions=wanted))
        ledger.given("001")
        await world.sync()
        assert codes(await world.fetch()) == ["consent-not-checkable"]


@pytest.mark.anyio
async def test_another_notice_ends_the_consents_to_the_one_before(tmp_path: Path) -> None:
    world, ledger = await ready(tmp_path)
    async with world:
        ledger.given("001")
        await world.sync()
        ledger.sets = [replace(GROUP, basis="12")]
        await world.sync()
        assert codes(await world.ask("001")) == ["consent-missing"]
        ledger.given("001", basis="12")
        await world.sync()
        assert (await world.ask("001")).status_code == 200


@pytest.mark.anyio
async def test_what_was_known_is_known_after_a_restart(tmp_path: Path) -> None:
    world, ledger = await ready(tmp_path)
    async with world:
        ledger.given("001", "002")
        await world.sync()
        ledger.withdrawn("002")
        await world.sync()
        cursor = world.keeper.consents.store.cursor
        await world.restart()
        assert world.keeper.consents.store.cursor == cursor == 3
        assert (await world.ask("001")).status_code == 200
        assert codes(await world.ask("002")) == ["consent-missing"]


@pytest.mark.anyio
async def test_the_subject_is_told_of_every_use_and_nobody_is_told_without_a_pass(tmp_path: Path) -> None:
    world, ledger = await ready(tmp_path)
    async with world:
        ledger.given("001", "002")
        await world.sync()
        await world.ask("001")
        await world.ask("001", "002", "003", batch=True)
        signer = Ed25519Signer.from_seed(bytes.fromhex((tmp_path / "state" / "key").read_text()))
        vouched = vouch("node-1", "credit", ledger.reference("001"), "account-5", signer, NOON)
        world.exchange.tasks = [Task("1", "uses", uses=UsesOrder("credit", vouched))]
        await world.sync()
        await world.sync()
        (answer,) = world.exchange.answers
        assert answer.uses is not None
        (use,) = answer.uses.uses
        told = (use.day, use.receiver, use.purpose, use.mode, use.calls, use.last_receipt, answer.uses.total)
        assert told == ("2026-11-23", BUYER, "信贷审批", "verification", 2, 2, 1)
        forged = vouch("node-1", "credit", ledger.reference("002"), "account-5", Ed25519Signer.generate(), NOON)
        for order in (UsesOrder("credit", forged), UsesOrder("payments", vouched)):
            with pytest.raises(NodeFault) as fault:
                world.keeper._told_uses(order)
            assert fault.value.code == "pass-not-ours"
        assert world.keeper.uses.of("credit", ledger.reference("003")).uses == ()


def test_one_key_in_two_sources_is_two_references_and_another_node_has_others() -> None:
    salt = b"s" * 32
    assert reference_of(salt, "credit", "001") != reference_of(salt, "payments", "001")
    assert reference_of(salt, "credit", "001") != reference_of(b"t" * 32, "credit", "001")


def test_a_part_that_is_none_is_refused() -> None:
    with pytest.raises(BadMessage):
        ConsentPart.from_json({**ConsentPart(5, 4, True, 60).to_json()})
    with pytest.raises(BadMessage):
        ConsentPart.from_json(ConsentPart(0, 1, True, 60, (GROUP, GROUP)).to_json())
    with pytest.raises(BadMessage):
        ConsentChanges.from_json({"kind": "consent-changes", "version": 1, "basis": "7", "given": "AAAA", "ended": ""})


def refs(*numbers: int) -> list[bytes]:
    return [n.to_bytes(32) for n in numbers]


def test_the_store_holds_what_was_given_and_not_ended_however_it_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sorted files and changes beside them, a reader who follows, and a reference that ends in nought."""
    monkeypatch.setattr(stores, "CHANGES_MAX", 7)
    store, follower = ConsentStore(tmp_path / "c"), ConsentStore(tmp_path / "c")
    stands: set[int] = set()
    for number, turn in enumerate(range(40)):
        given = {(turn * 7) % 90 * 256, turn % 50}
        ended = {turn * 3 % 60} - given
        told = ConsentChanges("7", packed(refs(*given)), packed(refs(*ended)))
        store.take(ConsentPart(number, number + 1, True, 60, (GROUP,), (told,)), NOON + timedelta(seconds=turn))
        stands = (stands | given) - ended
        follower.follow()
        for one in (store, follower, ConsentStore(tmp_path / "c")):
            group = one.groups["7"]
            asked = refs(*range(70), *(n * 256 for n in range(90)))
            expected = [n in stands for n in (*range(70), *(n * 256 for n in range(90)))]
            assert group.has_many(asked).tolist() == expected
            assert [group.has(each) for each in asked] == expected
            assert one.count() == len(stands)
            assert one.cursor == number + 1
    assert len(list((tmp_path / "c").iterdir())) == 3  # the note, one sorted file, the changes beside it


def test_a_whole_that_begins_anew_drops_what_was_there(tmp_path: Path) -> None:
    store = ConsentStore(tmp_path / "c")
    first = ConsentChanges("7", packed(refs(1, 2)), "")
    store.take(ConsentPart(0, 9, True, 60, (GROUP,), (first,)), NOON)
    again = ConsentChanges("7", packed(refs(2)), "")
    assert store.take(ConsentPart(0, 1, False, 60, (GROUP,), (again,)), NOON)
    assert not store.is_fresh(NOON)
    assert not store.take(ConsentPart(1, 1, True, 60, (GROUP,)), NOON)
    assert store.is_fresh(NOON)
    assert store.groups["7"].has_many(refs(1, 2)).tolist() == [False, True]


def test_a_part_that_does_not_follow_changes_nothing(tmp_path: Path) -> None:
    store = ConsentStore(tmp_path / "c")
    store.take(ConsentPart(0, 3, True, 60, (GROUP,), (ConsentChanges("7", packed(refs(1)), ""),)), NOON)
    store.take(ConsentPart(2, 5, True, 60, (GROUP,), (ConsentChanges("7", "", packed(refs(1))),)), NOON)
    assert (store.cursor, store.groups["7"].has(refs(1)[0])) == (3, True)

"""What the exchange bills from is what the buyer holds receipts for; any difference has a name."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import hashlib
import json
import math
import sqlite3
import threading
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.node.world import World, dataset_permit, verification_permit
from tongqu.node.meters import Meter
from tongqu.node.meters.index import Index
from tongqu.node.receipts import Asked, Head, next_receipt, seal_receipts
from tongqu.wire.canonical import canonical, digest
from tongqu.wire.merkle import leaf_hash
from tongqu.wire.message import open_sealed, seal_message
from tongqu.wire.receipt import Answer, Receipt, answer_bytes
from tongqu.wire.seals import BadSeal, Ed25519Signer, check
from tongqu.wire.statement import Statement, check_receipts
from tongqu.wire.sync import Task

pytestmark = pytest.mark.anyio


async def test_statements_follow_each_other_and_agree_with_the_receipts(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(charge="found"))
        await world.ask("001")
        await world.ask("001", "nobody")
        await world.keeper.state_all()
        await world.sync()
        await world.ask("002")
        await world.keeper.state_all()
        await world.sync()
        first, second = world.exchange.statements
        assert (first.from_sequence, first.to_sequence, first.calls, first.units) == (
            1,
            2,
            {"verification": 3},
            {"verification": 2},
        )
        assert (second.number, second.previous, second.from_sequence) == (2, first.digest, 3)
        receipts = await world.receipts()
        key = world.exchange.node_key
        assert key is not None
        assert check_receipts(world.exchange.sealed_statements[0], receipts[:2], key) == []
        assert check_receipts(world.exchange.sealed_statements[1], receipts[2:], key) == []


async def test_a_statement_is_sent_until_it_is_acknowledged_and_made_once(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await world.ask("001")
        world.exchange.acknowledge = False
        await world.keeper.state_all()
        await world.sync()
        await world.sync()
        await world.keeper.state_all()
        await world.restart()
        assert [len(request.statements) for request in world.exchange.requests[-3:]] == [1, 1, 1]
        world.exchange.acknowledge = True
        await world.sync()
        await world.sync()
        assert len(world.exchange.requests[-1].statements) == 0
        assert len(world.exchange.statements) == 1


async def test_a_statement_waits_until_its_oldest_receipt_is_old_enough(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(), verification_permit(id="permit-3", contract="contract-3"))
        for _ in range(6):  # a contract in constant use, a call each ten seconds
            await world.ask("001")
            await world.keeper.state_due()
            world.clock.turn(10)
            await world.sync()
        assert world.keeper.meter.unstated() == ["contract-1"]
        await world.ask("001", permit="permit-3")
        await world.keeper.state_due()
        await world.sync()
        assert [(told.contract, told.count) for told in world.exchange.statements] == [("contract-1", 6)]
        world.clock.turn(59)
        await world.keeper.state_due()
        assert world.keeper.meter.unstated() == ["contract-3"]
        await world.restart()  # how long it has waited is remembered
        world.clock.turn(1)
        await world.keeper.state_due()
        assert world.keeper.meter.unstated() == []


async def test_where_many_contracts_are_in_use_they_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tongqu.node.keeper.STATEMENTS_AT_ONCE", 2)
    async with World(tmp_path) as world:
        await world.issue(*(verification_permit(id=f"permit-{n}", contract=f"contract-{n}") for n in range(1, 6)))
        for n in (3, 1, 5, 2, 4):
            await world.ask("001", permit=f"permit-{n}")
            world.clock.turn(1)
            await world.sync()
        for _ in range(6):
            world.clock.turn(10)
            await world.sync()
        left = []
        for _ in range(3):
            await world.keeper.state_due()
            left.append(sorted(world.keeper.meter.unstated()))
        assert left == [["contract-2", "contract-4", "contract-5"], ["contract-4"], []]


async def test_a_contract_that_cannot_be_stated_stops_no_other(tmp_path: Path) -> None:
    """As after somebody took a file of the journal away: of that contract nothing is stated over the gap."""
    async with World(tmp_path) as world:
        await world.issue(*(verification_permit(id=f"permit-{n}", contract=f"contract-{n}") for n in range(1, 4)))
        for n in (1, 1, 2, 3):
            await world.ask("001", permit=f"permit-{n}")
        meter = world.keeper.meter
        await meter.catch_up()
        meter.index._db.execute("UPDATE blocks SET first = 2 WHERE contract = 'contract-1' AND last = 2")
        with pytest.raises(ValueError, match="contract-1"):
            await meter.state_each(["contract-1", "contract-2", "contract-3"], world.clock())
        assert meter.unstated() == ["contract-1"]
        with pytest.raises(ValueError, match="contract-1"):
            await meter.state("contract-1", world.clock())


async def test_contracts_that_cannot_be_stated_take_no_turn_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither those with a gap, nor one whose last statement cannot be read; also when they are full."""
    monkeypatch.setattr("tongqu.node.keeper.STATEMENTS_AT_ONCE", 2)
    monkeypatch.setattr("tongqu.node.meters.meter.STATEMENT_RECEIPTS_MAX", 2)
    async with World(tmp_path) as world:
        await world.issue(*(verification_permit(id=f"permit-{n}", contract=f"contract-{n}") for n in range(1, 6)))
        await world.ask("001", permit="permit-3")
        await world.keeper.meter.state("contract-3", world.clock())
        for n in (1, 1, 2, 2, 3, 3, 4, 5):
            await world.ask("001", permit=f"permit-{n}")
        meter = world.keeper.meter
        await meter.catch_up()
        meter.index._db.execute(
            "UPDATE blocks SET first = 2 WHERE contract IN ('contract-1', 'contract-2') AND last = 2"
        )
        sealed = meter.index._db.execute("SELECT sealed FROM statements").fetchone()
        meter.index._db.execute("UPDATE statements SET sealed = '{\"body\": {}}'")
        for _ in range(6):
            world.clock.turn(60)
            await world.sync()
            with contextlib.suppress(ValueError):
                await world.keeper.state_due()
        assert sorted(meter.unstated()) == ["contract-1", "contract-2", "contract-3"]
        meter.index._db.execute("UPDATE statements SET sealed = ? WHERE contract = 'contract-3'", sealed)
        for _ in range(4):
            world.clock.turn(60)
            await world.sync()
            with contextlib.suppress(ValueError):
                await world.keeper.state_due()
        assert sorted(meter.unstated()) == ["contract-1", "contract-2"]  # it is tried again and again


@pytest.mark.parametrize("error", [sqlite3.DatabaseError("malformed"), IndexError("short"), OverflowError("large")])
async def test_a_contract_whose_rows_cannot_be_read_starves_no_other(tmp_path: Path, error: Exception) -> None:
    async with World(tmp_path) as world:
        await world.issue(*(verification_permit(id=f"permit-{n}", contract=f"contract-{n}") for n in range(1, 5)))
        for n in range(1, 5):
            await world.ask("001", permit=f"permit-{n}")
        meter = world.keeper.meter
        counted = meter.index.counted_after

        def unreadable(contract: str, *told: int) -> object:
            if contract == "contract-2":
                raise error
            return counted(contract, *told)

        meter.index.counted_after = unreadable  # type: ignore[method-assign, assignment]
        world.clock.turn(100)
        await world.sync()
        with pytest.raises(type(error)):
            await world.keeper.state_due()
        assert meter.unstated() == ["contract-2"]


async def test_a_statement_is_on_the_disk_before_another_one_s_fault_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the next round would not know of it and give its number again."""
    monkeypatch.setattr("tongqu.node.meters.meter.STATED_AT_ONCE", 1)
    async with World(tmp_path) as world:
        await world.issue(*(verification_permit(id=f"permit-{n}", contract=f"contract-{n}") for n in (1, 2)))
        for n in (1, 2):
            await world.ask("001", permit=f"permit-{n}")
        meter, now = world.keeper.meter, world.clock()
        await meter.catch_up()
        counted = meter.index.counted_after
        synchronise = meter.journal._synchronise

        def unreadable(contract: str, *told: int) -> object:
            if contract == "contract-2":
                raise sqlite3.OperationalError("disk I/O error")
            return counted(contract, *told)

        def slowly(handle: int) -> None:
            time.sleep(0.3)
            synchronise(handle)

        monkeypatch.setattr(meter.index, "counted_after", unreadable)
        monkeypatch.setattr(meter.journal, "_synchronise", slowly)
        monkeypatch.setattr(meter.journal, "_slow_until", math.inf)
        with pytest.raises(sqlite3.OperationalError):
            await meter.state_each(["contract-1", "contract-2"], now)
        again = await meter.state("contract-1", now)
        assert again is None
        made = [entry for _, entry in meter.journal.entries() if entry.startswith(b'{"statement"')]
        assert len(made) == 1


async def test_what_waits_for_the_next_statement_waits_though_the_index_could_not_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tongqu.node.meters.meter.STATEMENT_RECEIPTS_MAX", 3)

    def fails(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        for _ in range(5):
            await world.ask("001")
        with monkeypatch.context() as broken:
            broken.setattr(world.keeper.meter.index, "moment_of", fails)
            await world.keeper.state_due()
        assert world.keeper.meter.unstated() == ["contract-1"]
        world.clock.turn(60)
        await world.keeper.state_due()
        assert world.keeper.meter.unstated() == []


async def test_whoever_asked_for_a_statement_and_went_leaves_it_to_its_end(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await world.ask("001")
        meter, disk, may = world.keeper.meter, threading.Event(), threading.Event()
        real = meter.journal._synchronise

        def slow(handle: int) -> None:
            disk.set()
            may.wait(30)
            real(handle)

        meter.journal._synchronise = slow
        meter.journal._slow_until = float("inf")  # on the journal's thread
        gone = asyncio.create_task(meter.state("contract-1", world.clock()))
        assert await asyncio.to_thread(disk.wait, 30)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        call = asyncio.create_task(world.ask("002"))
        second = asyncio.create_task(meter.state("contract-1", world.clock()))
        await asyncio.sleep(0.05)
        may.set()
        made, _ = await second, await call
        entries = [json.loads(entry) for _, entry in meter.journal.entries() if b'"statement"' in entry]
        numbers = [each["statement"]["body"]["number"] for each in entries]
        assert numbers == list(range(1, len(numbers) + 1))
        assert made is None or made.number == 2


async def test_a_full_statement_does_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tongqu.node.meters.meter.STATEMENT_RECEIPTS_MAX", 3)
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        for _ in range(4):
            await world.ask("001")
        await world.keeper.state_due()
        await world.keeper.state_due()
        await world.sync()
        assert [told.count for told in world.exchange.statements] == [3]
        world.clock.turn(60)
        await world.keeper.state_due()
        await world.sync()
        assert [told.count for told in world.exchange.statements] == [3, 1]


SETTLED_BUT_ONE = """
INSERT INTO statements VALUES ('contract-1', 1, 10, 'a', '{"n": 1}', 'taken'), ('contract-1', 2, 20, 'b', '{"n": 2}', NULL);
INSERT INTO statements VALUES ('contract-2', 1, 7, 'c', '{"n": 3}', 'out-of-turn');
INSERT INTO heads VALUES ('contract-1', 25, 'd', 0), ('contract-2', 7, 'e', 0), ('contract-3', 1, 'f', 0);
"""


async def test_what_is_asked_each_second_reads_no_statement_that_is_settled(tmp_path: Path) -> None:
    """A year of statements is read neither at a sync nor for health."""
    index, asked = Index(tmp_path / "index.db"), []
    index._db.executescript(SETTLED_BUT_ONE)
    index._reader.connection.set_trace_callback(asked.append)
    assert index.unsettled(200) == [{"n": 2}]
    assert index.refused_count() == 1
    assert index.stated() == {"contract-1": 20, "contract-2": 7}
    index._reader.connection.set_trace_callback(None)
    assert len(asked) == 4
    for question in asked:
        steps = [row[3] for row in index._reader.connection.execute(f"EXPLAIN QUERY PLAN {question}")]
        assert not [step for step in steps if "statements" in step and "USING" not in step], steps
        assert not [step for step in steps if "SCAN statements" in step and "INDEX statements_" not in step], steps
    index.close()


async def test_the_exchange_can_ask_for_a_statement_now(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await world.ask("001")
        world.exchange.tasks = [Task("task-1", "statement", contract="contract-1")]
        await world.sync()
        await world.sync()
        assert world.exchange.statements[0].count == 1
        assert world.exchange.answers[0].done


async def test_what_is_due_and_what_is_asked_for_make_one_statement(tmp_path: Path) -> None:
    """Both at once would give two statements one number, and the index could never take in the second."""
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await world.ask("001")
        meter, now = world.keeper.meter, world.clock()
        made = await asyncio.gather(*(meter.state("contract-1", now) for _ in range(8)))
        assert [statement.number for statement in made if statement] == [1]
        await world.ask("002")
        await world.keeper.state_all()
        await world.restart()
        await world.sync()
        assert [statement.number for statement in world.exchange.statements] == [1, 2]


async def test_a_statement_that_cannot_be_made_now_is_made_when_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await world.ask("001")
        world.exchange.tasks = [Task("task-1", "statement", contract="contract-1")]
        with monkeypatch.context() as broken:
            broken.setattr(Meter, "state", lambda *_: 1 // 0)
            await world.sync()
            await world.sync()
        assert world.exchange.answers == []
        await world.sync()
        await world.sync()
        assert (world.exchange.statements[0].count, world.exchange.answers[0].done) == (1, True)


async def test_a_download_and_its_statement(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(dataset_permit(world.exchange.sources["credit"].source_version))
        assert (await world.fetch()).status_code == 200
        await world.keeper.state_all()
        await world.sync()
        assert world.exchange.statements[0].units == {"dataset": 1}


# -- disagreements -----------------------------------------------------------------------------------------------------


def chain(signer: Ed25519Signer, count: int) -> list[dict[str, Any]]:
    head, contents = Head(), []
    permit = verification_permit()
    for n in range(count):
        asked = Asked(str(uuid.UUID(int=n)), "信贷审批", "0" * 64, "1" * 64, "2" * 64, calls=2, units=1)
        at = permit.issued_at.replace(second=n)
        receipt = next_receipt(head, permit, asked, "node-1", at)
        head = Head(receipt.sequence, hashlib.sha256(receipt.content).hexdigest(), receipt.at)
        contents.append(receipt.content)
    return [
        json.loads(envelope) for envelope in seal_receipts(contents, [leaf_hash(each) for each in contents], signer)
    ]


def stated(signer: Ed25519Signer, receipts: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    from tongqu.wire.statement import root_of

    read = [Receipt.from_json(sealed["body"]) for sealed in receipts]
    statement = Statement(
        node="node-1",
        contract="contract-1",
        number=1,
        previous=None,
        from_sequence=1,
        to_sequence=len(read),
        count=len(read),
        calls={"verification": sum(each.calls for each in read)},
        units={"verification": sum(each.units for each in read)},
        first_at=read[0].at,
        last_at=read[-1].at,
        root=root_of([each.leaf for each in read]),
        made_at=read[-1].at,
    )
    return seal_message(replace(statement, **changes), signer)


@pytest.fixture
def signer() -> Ed25519Signer:
    return Ed25519Signer.generate()


async def test_each_disagreement_is_named(signer: Ed25519Signer) -> None:
    receipts = chain(signer, 5)
    key = signer.public_bytes

    def names(statement: Any, held: Any) -> set[str]:
        return {each.code for each in check_receipts(statement, held, key)}

    assert names(stated(signer, receipts), receipts) == set()
    assert names(stated(signer, receipts), [*reversed(receipts), receipts[2]]) == set()
    assert names(stated(signer, receipts, units={"verification": 6}), receipts) == {"units-differ"}
    assert names(stated(signer, receipts, calls={"verification": 11}), receipts) == {"calls-differ"}
    assert names(stated(signer, receipts, root="0" * 64), receipts) == {"root-differs"}
    assert names(stated(signer, receipts, contract="contract-2"), receipts) >= {"other-contract"}
    assert "receipt-missing" in names(stated(signer, receipts), receipts[:-1])
    assert "out-of-range" in names(stated(signer, receipts[:4]), receipts)
    assert names(stated(Ed25519Signer.generate(), receipts), receipts) == {"statement-seal"}
    assert names({"body": {}}, receipts) == {"statement-form"}
    assert names(None, receipts) == {"statement-form"}


async def test_a_receipt_with_one_changed_byte_is_named(signer: Ed25519Signer) -> None:
    receipts = chain(signer, 3)
    bent = copy.deepcopy(receipts)
    bent[1]["body"]["units"] = 2
    found = check_receipts(stated(signer, receipts), bent, signer.public_bytes)
    assert {each.code for each in found} >= {"receipt-seal", "receipt-missing"}
    assert [each.sequence for each in found if each.code == "receipt-missing"] == [2]


async def test_a_node_that_meters_one_call_twice_is_caught(signer: Ed25519Signer) -> None:
    receipts = chain(signer, 2)
    again = Receipt.from_json({**receipts[1]["body"], "sequence": 3, "previous": digest(receipts[1]["body"])})
    receipts.append(seal_message(again, signer))
    found = check_receipts(stated(signer, receipts), receipts, signer.public_bytes)
    assert [(each.code, each.sequence) for each in found] == [("call-twice", 3)]


async def test_a_node_that_gives_two_receipts_one_number_is_caught(signer: Ed25519Signer) -> None:
    receipts = chain(signer, 3)
    other = seal_message(Receipt.from_json({**receipts[1]["body"], "call": str(uuid.UUID(int=99))}), signer)
    found = check_receipts(stated(signer, receipts), [*receipts, other], signer.public_bytes)
    assert [(each.code, each.sequence) for each in found] == [("sequence-twice", 2)]


async def test_calls_that_are_under_way_together_share_one_signature_and_each_receipt_stands_alone(
    tmp_path: Path,
) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        frames = world.keeper.meter.journal.frames
        answers = await asyncio.gather(*(world.ask("001") for _ in range(20)))
        assert world.keeper.meter.journal.frames - frames < 20
        receipts = [answer.json()["receipt"] for answer in answers]
        assert len({receipt["seal"]["sig"] for receipt in receipts}) < 20
        key = world.exchange.node_key
        assert key is not None
        for receipt in receipts:
            assert open_sealed(Receipt, receipt, key).contract == "contract-1"
        bent = {**receipts[3], "seal": receipts[4]["seal"]}
        with pytest.raises(BadSeal):
            open_sealed(Receipt, bent, key)


async def test_the_quick_seal_is_the_wires_seal(signer: Ed25519Signer) -> None:
    (sealed,) = chain(signer, 1)
    check(sealed["body"], sealed["seal"], signer.public_bytes)
    receipt = open_sealed(Receipt, sealed, signer.public_bytes)
    assert seal_message(receipt, signer) == sealed


def test_an_answer_written_in_pieces_is_the_message_that_the_wire_describes() -> None:
    receipt = {"body": {"a": "甲"}, "seal": {"alg": "Ed25519", "key": "k", "sig": "s"}}
    call, salt = "0" * 8 + "-0000-0000-0000-" + "0" * 12, "a" * 32
    written = answer_bytes(call, "arrears", ["yes", "未知"], "b" * 64, salt, json.dumps(receipt).encode())
    told = Answer(call, "arrears", ("yes", "未知"), "b" * 64, salt, receipt)
    assert json.loads(written) == told.to_json()
    assert Answer.from_json(json.loads(written)) == told


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(TEXTS, TEXTS, st.integers(1, 2**53), st.booleans(), st.datetimes(timezones=st.just(UTC)))
def test_a_receipt_put_together_by_hand_is_the_canonical_one(
    name: str, purpose: str, number: int, first: bool, at: datetime
) -> None:
    receipt = Receipt(
        node=name, contract=name, permit=purpose, permit_revision=number, sequence=1 if first else number,
        previous=None if first else "c" * 64, call="0" * 8 + "-0000-0000-0000-" + "0" * 12, mode="verification",
        source=purpose, source_version="d" * 64, purpose=purpose, request_digest="e" * 64, answer_digest="f" * 64,
        calls=number, units=0, at=at,
    )  # fmt: skip
    assert receipt.canonical() == canonical(receipt.to_json())

"""The node believes the exchange only when the seal fits and the answer is to its own question."""

from __future__ import annotations

import asyncio
import errno
import io
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from tests.node.world import ENROLMENT_KEY, NOON, Clock, FakeExchange, World, codes, verification_permit, write_config
from tongqu.node import sync
from tongqu.node.enrol import enrol
from tongqu.node.faults import NodeFault
from tongqu.node.keeper import NodeKeeper
from tongqu.node.logs import set_up
from tongqu.node.sources import room
from tongqu.wire.measures import DeidentificationOrder, QualityOrder, QualityRule, QuasiIdentifier, Step
from tongqu.wire.message import seal_message
from tongqu.wire.seals import Ed25519Signer
from tongqu.wire.sync import SKEW_SECONDS_MAX, WORKS, Registered, SyncReply, Task, TaskAnswer, key_text, open_register

pytestmark = pytest.mark.anyio


async def test_sources_are_declared_once_and_again_when_they_change(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        assert world.exchange.sources["credit"].rows == 6
        await world.sync()
        assert world.exchange.requests[-1].sources == ()
        with (tmp_path / "credit.csv").open("a", encoding="utf-8") as source:
            source.write("006,新,0,1,2024-01-01\n")
        await world.keeper.look()
        await world.sync()
        assert world.exchange.sources["credit"].rows == 7


async def test_declarations_beyond_one_message_keep_no_statement_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are not told, the owner reads why once, and the sync goes on with what the exchange knew before."""
    async with World(tmp_path) as world:
        monkeypatch.setattr(sync, "DECLARED_BYTES_MAX", 10)
        with (tmp_path / "credit.csv").open("a", encoding="utf-8") as source:
            source.write("006,新,0,1,2024-01-01\n")
        await world.keeper.look()
        with capture_logs() as logs:
            await world.sync()
            await world.sync()
        assert [one["code"] for one in logs if one.get("code") == "declarations-too-large"] == [
            "declarations-too-large"
        ]
        assert world.keeper.line.fault is None
        assert world.exchange.requests[-1].sources == ()
        assert world.exchange.sources["credit"].rows == 6
        monkeypatch.undo()
        await world.sync()
        assert world.exchange.sources["credit"].rows == 7


async def test_a_source_is_profiled_on_request(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        world.exchange.tasks = [Task("t1", "profile", source="credit"), Task("t2", "profile", source="nowhere")]
        await world.sync()
        await world.sync()
        told = {answer.task: answer for answer in world.exchange.answers}
        assert told["t1"].profile is not None
        assert told["t1"].profile.rows == 6
        assert (told["t2"].done, told["t2"].code) == (False, "source-unknown")
        await world.sync()
        assert world.exchange.requests[-1].answers == ()


def _by_a_stranger(reply: SyncReply) -> Any:
    return seal_message(reply, Ed25519Signer.generate())


@pytest.mark.parametrize("lie", ["stranger", "replayed", "rubbish", "bent"])
async def test_a_lying_exchange_is_not_believed(tmp_path: Path, lie: str) -> None:
    async with World(tmp_path) as world:
        kept: list[Any] = []

        def twist(reply: SyncReply) -> Any:
            sealed = seal_message(reply, world.exchange.signer)
            kept.append(sealed)
            if lie == "stranger":
                return _by_a_stranger(reply)
            if lie == "replayed":
                return kept[0]
            if lie == "bent":
                return {**sealed, "body": {**sealed["body"], "permit_cursor": 99}}
            return {"hello": "world"}

        if lie == "replayed":
            world.exchange.twist = lambda reply: kept.append(seal_message(reply, world.exchange.signer)) or kept[-1]
            await world.sync()
        world.exchange.twist = twist
        world.exchange.issue(verification_permit())
        world.clock.turn(60)
        await world.sync()
        assert world.keeper.line.fault is not None
        assert codes(await world.ask("001")) == ["permit-or-token-wrong"]
        assert world.keeper.book.cursor == 0
        async with world.buyer as buyer:
            assert (await buyer.get("/health")).status_code == 503


async def test_clocks_that_differ_too_much_are_named(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        world.exchange.clock = lambda: world.clock() + timedelta(seconds=SKEW_SECONDS_MAX + 1)
        await world.sync()
        assert world.keeper.line.fault == "clock-skew"


async def test_permits_come_on_in_pieces_and_only_once(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(), verification_permit(id="permit-2"))
        await world.sync()
        assert world.exchange.requests[-1].permit_cursor == 2
        await world.restart()
        assert world.exchange.requests[-1].permit_cursor == 2
        assert set(world.keeper.book.permits) == {"permit-1", "permit-2"}


async def test_a_sync_number_never_falls_even_when_the_clock_is_set_back(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        world.clock.turn(-20)
        await world.restart()
        assert world.keeper.line.fault is None
        numbers = [request.sequence for request in world.exchange.requests]
        assert numbers == sorted(set(numbers))


async def test_a_second_node_does_not_share_a_state_folder(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        with pytest.raises(NodeFault) as caught:
            NodeKeeper(world.keeper.config)
        assert caught.value.code == "state-in-use"


# -- trouble at home ---------------------------------------------------------------------------------------------------


async def _fails(world: World, *, code: str) -> None:
    await world.sync()
    assert world.keeper.line.fault == code
    async with world.buyer as buyer:
        assert (await buyer.get("/health")).json()["sync_fault"] == code


@pytest.mark.parametrize(
    "place",
    [
        "tongqu.node.permits.book.PermitBook.take",
        "tongqu.node.meters.index.Index.unsettled",
        "tongqu.node.meters.index.Index.settle",
    ],
)
async def test_a_disk_that_fails_the_node_is_named_and_the_sync_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def full(*_: Any) -> Any:
        raise sqlite3.OperationalError("CANARY-NAME-7f3a: database or disk is full")

    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await world.ask("001")
        await world.keeper.state_all()
        with monkeypatch.context() as disk, capture_logs() as logged:
            disk.setattr(place, full)
            await _fails(world, code="sync-failed")
            await world.sync()
        assert [(each["fault"], each["error"]) for each in logged if each["event"] == "sync"] == [
            ("sync-failed", "OperationalError")
        ]
        assert "CANARY" not in str(logged)
        await world.sync()
        assert world.keeper.line.fault is None
        assert len(world.exchange.statements) == 1


async def test_a_reply_nested_without_end_is_not_believed(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        deep = httpx.MockTransport(lambda _: httpx.Response(200, content=b"[" * 100_000 + b"]" * 100_000))
        world.keeper.line._http = httpx.AsyncClient(transport=deep)
        await _fails(world, code="reply-not-believed")


async def test_no_failure_ends_the_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = [MemoryError(), RecursionError(), sqlite3.DatabaseError(), RuntimeError()]
    async with World(tmp_path) as world:
        keeper, asked = world.keeper, asyncio.Event()
        ask = keeper.line.once

        async def once() -> bool:
            if failures:
                raise failures.pop()
            asked.set()
            return await ask()

        monkeypatch.setattr(keeper.line, "once", once)
        keeper.config = replace(keeper.config, sync_seconds=0.01)
        keeper.start()
        await asyncio.wait_for(asked.wait(), 10)


def test_a_log_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class FullDisk(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    kept = structlog.get_config()
    monkeypatch.setattr("sys.stderr", FullDisk())
    try:
        set_up("info")
        structlog.get_logger("tongqu.node").error("work failed", work="sync")
    finally:
        structlog.configure(**kept)


# -- enrolment ---------------------------------------------------------------------------------------------------------


def _exchange(exchange: FakeExchange, *, signer: Ed25519Signer | None = None, nonce: str | None = None) -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        import json

        told = open_register(json.loads(request.content))
        if told.enrolment_key != ENROLMENT_KEY:
            return httpx.Response(403)
        key = key_text(exchange.signer.public_bytes)
        registered = Registered("node-1", key, nonce or told.nonce, NOON)
        return httpx.Response(200, json=seal_message(registered, signer or exchange.signer))

    return httpx.Client(transport=httpx.MockTransport(answer))


async def test_a_node_enrols_once_and_stays_who_it_is(tmp_path: Path) -> None:
    exchange = FakeExchange(Clock())
    config = write_config(tmp_path)
    first = enrol(config, enrolment_key=ENROLMENT_KEY, http=_exchange(exchange), exchange_key_id=exchange.signer.key_id)
    assert enrol(config, enrolment_key="whatever-it-may-be", http=_exchange(exchange)) == first
    assert (tmp_path / "state" / "key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


async def test_enrolment_says_what_is_wrong(tmp_path: Path) -> None:
    exchange = FakeExchange(Clock())
    config = write_config(tmp_path)

    def code(**given: Any) -> str:
        http = given.pop("http", _exchange(exchange))
        with pytest.raises(NodeFault) as caught:
            enrol(config, http=http, **{"enrolment_key": ENROLMENT_KEY, **given})
        return caught.value.code

    assert code(enrolment_key="a-key-used-before") == "enrolment-refused"
    assert code(exchange_key_id="0" * 16) == "other-exchange"
    assert code(http=_exchange(exchange, signer=Ed25519Signer.generate())) == "bad-answer"
    assert code(http=_exchange(exchange, nonce="0" * 32)) == "bad-answer"
    with pytest.raises(NodeFault) as caught:
        NodeKeeper(__import__("tongqu.node.config", fromlist=["read_config"]).read_config(config))
    assert caught.value.code == "not-enrolled"


# Measuring beyond the profile.


def order(column: str = "id") -> QualityOrder:
    return QualityOrder("credit", (QualityRule("r1", "required", (column,)),))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path) as made:
        yield made


async def asked(world: World, task: Task) -> TaskAnswer:
    world.exchange.tasks = [task]
    await world.sync()
    await world.sync()
    return next(answer for answer in world.exchange.answers if answer.task == task.id)


async def test_a_node_says_what_it_can_be_asked_for(world: World) -> None:
    await world.sync()
    assert world.exchange.requests[-1].works == WORKS


async def test_quality_and_hiding_are_answered_with_counts(world: World) -> None:
    told = await asked(world, Task("q1", "quality", quality=order()))
    assert told.quality is not None
    assert told.quality.source_version == world.exchange.sources["credit"].source_version
    assert [(rule.checked, rule.failed_most) for rule in told.quality.rules] == [(6, 0)]
    hide = DeidentificationOrder("credit", "id", (QuasiIdentifier("opened", (Step("drop"),)),), (), 2, 0)
    hidden = await asked(world, Task("d1", "deidentification", deidentification=hide))
    assert hidden.deidentification is not None
    assert (hidden.deidentification.before.k, hidden.deidentification.after.k) == (1, 6)


async def test_what_the_owner_does_not_allow_is_not_measured(tmp_path: Path) -> None:
    world = World(tmp_path)
    text = world.config.read_text(encoding="utf-8")
    world.config.write_text(
        text.replace('modes = ["verification"', 'measures = []\nmodes = ["verification"'), encoding="utf-8"
    )
    await world.keeper.stop()
    world.keeper = world._open()
    async with world:
        told = await asked(world, Task("q1", "quality", quality=order()))
        assert (told.done, told.code) == (False, "measure-not-allowed")


async def test_one_version_is_not_counted_through_with_ever_new_rules(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "ORDERS_MAX", 2)
    for number, column in enumerate(("id", "name", "id")):
        assert (await asked(world, Task(f"q{number}", "quality", quality=order(column)))).done
    assert (await asked(world, Task("q9", "quality", quality=order("limit")))).code == "too-many-orders"
    file = world.folder / "credit.csv"
    file.write_text(file.read_text(encoding="utf-8") + "006,己,1,5,2023-07-09\n", encoding="utf-8")
    await world.keeper.look()
    assert (await asked(world, Task("q10", "quality", quality=order("limit")))).done


async def test_what_is_still_loading_is_measured_when_it_is_there(world: World) -> None:
    held = world.keeper.room.held.pop("credit")
    world.exchange.tasks = [Task("q1", "quality", quality=order())]
    await world.sync()
    await world.sync()
    assert world.exchange.answers == []
    world.keeper.room.held["credit"] = held
    await world.sync()
    await world.sync()
    assert world.exchange.answers[-1].quality is not None

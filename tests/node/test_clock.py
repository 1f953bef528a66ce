"""The node judges by the exchange's time, carried on by a clock that nobody sets: whatever becomes of the machine's own."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.node.world import NOON, ROWS, World, codes, dataset_permit, verification_permit
from tongqu.node.clock import Anchor, HouseClock, this_boot
from tongqu.wire.message import moment_of
from tongqu.wire.sync import SKEW_SECONDS_MAX, SKEW_SECONDS_TOLD

CONTENT = ("\n".join(ROWS) + "\n").encode()
VERSION = hashlib.sha256(CONTENT).hexdigest()


class Steady:
    """What nobody sets; the exchange's clock goes with it."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> int:
        return round(self.seconds * 1_000_000_000)

    @property
    def truth(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds - 1_000)


def _world(folder: Path) -> tuple[World, Steady]:
    steady = Steady()
    world = World(folder, steady=steady)
    world.exchange.clock = lambda: steady.truth
    return world, steady


async def _pass(world: World, steady: Steady, seconds: float) -> None:
    """So much time goes by, on the machine's clock as well."""
    steady.seconds += seconds
    world.clock.turn(seconds)
    await world.sync()


@pytest.mark.anyio
async def test_a_clock_set_back_reopens_no_period_and_turns_no_receipt_back(tmp_path: Path) -> None:
    world, steady = _world(tmp_path)
    async with world:
        await world.issue(verification_permit(not_after=NOON + timedelta(seconds=100)))
        assert (await world.ask("001")).status_code == 200
        await _pass(world, steady, 90)
        world.clock.turn(-3_600)
        assert (await world.ask("002")).status_code == 200
        at = [moment_of(sealed["body"]["at"]) for sealed in await world.receipts()]
        assert at == [NOON, NOON + timedelta(seconds=90)]
        steady.seconds += 10
        world.clock.turn(10)
        assert codes(await world.ask("001")) == ["period-ended"]
        world.clock.turn(-7 * 86_400)
        assert "period-ended" in codes(await world.ask("001"))


@pytest.mark.anyio
async def test_a_clock_set_back_keeps_no_statement_waiting(tmp_path: Path) -> None:
    world, steady = _world(tmp_path)
    async with world:
        await world.issue(verification_permit())
        await world.ask("001")
        world.clock.turn(-20 * 3_600)
        await world.keeper.state_due()
        assert world.keeper.meter.unstated() == ["contract-1"]
        steady.seconds += world.keeper.config.statement_seconds
        await world.keeper.state_due()
        assert world.keeper.meter.unstated() == []


@pytest.mark.anyio
@pytest.mark.parametrize("ahead", [SKEW_SECONDS_TOLD + 1, -SKEW_SECONDS_TOLD - 1, SKEW_SECONDS_MAX])
async def test_a_wrong_clock_is_told_to_the_owner_and_judges_nothing(tmp_path: Path, ahead: int) -> None:
    world, steady = _world(tmp_path)
    async with world:
        await world.issue(verification_permit(not_after=NOON + timedelta(seconds=20)))
        world.clock.turn(ahead)
        with capture_logs() as logs:
            await world.sync()
        assert [(one["event"], one["ahead_seconds"], one["off"]) for one in logs] == [("clock", ahead, True)]
        told = world.keeper.health().body
        assert (told["working"], told["clock_is_off"], told["clock_ahead_seconds"]) == (True, True, ahead)
        steady.seconds += 19.999
        assert (await world.ask("001")).status_code == 200
        steady.seconds += 0.001
        assert codes(await world.ask("001")) == ["period-ended"]
        world.clock.at = steady.truth
        with capture_logs() as logs:
            await world.sync()
        assert [(one["event"], one["off"]) for one in logs] == [("clock", False)]
        assert world.keeper.health().body["clock_is_off"] is False


@pytest.mark.anyio
@pytest.mark.parametrize("ahead", [SKEW_SECONDS_MAX + 1, -SKEW_SECONDS_MAX - 1, 365 * 86_400])
async def test_a_clock_beyond_the_limit_ends_the_lease(tmp_path: Path, ahead: int) -> None:
    world, steady = _world(tmp_path)
    async with world:
        await world.issue(verification_permit())
        world.clock.turn(ahead)
        await world.sync()
        assert world.keeper.line.fault is not None
        assert (await world.ask("001")).status_code == 200  # the lease that was given holds
        steady.seconds += 60
        assert codes(await world.ask("001")) == ["lease-ended"]
        world.clock.at = steady.truth
        await world.sync()
        assert (await world.ask("001")).status_code == 200


@pytest.mark.anyio
async def test_a_restart_with_the_clock_set_back_goes_on_where_it_was(tmp_path: Path) -> None:
    world, steady = _world(tmp_path)
    async with world:
        await world.issue(verification_permit(not_after=NOON + timedelta(seconds=30)))
        await _pass(world, steady, 25)
        world.exchange.reachable = False
        world.clock.turn(-86_400)
        await world.restart()
        assert (await world.ask("001")).status_code == 200
        steady.seconds += 5
        assert codes(await world.ask("001")) == ["period-ended"]


@pytest.mark.anyio
async def test_a_restart_with_the_clock_ahead_ends_nothing_early(tmp_path: Path) -> None:
    world, steady = _world(tmp_path)
    async with world:
        await world.issue(verification_permit(not_after=NOON + timedelta(seconds=50)))
        world.exchange.reachable = False
        world.clock.turn(100)
        await world.restart()
        assert (await world.ask("001")).status_code == 200
        steady.seconds += 50
        assert "period-ended" in codes(await world.ask("001"))


@pytest.mark.anyio
async def test_a_machine_that_began_with_its_clock_ahead_is_right_once_the_exchange_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, steady = _world(tmp_path)
    async with world:
        await world.issue(verification_permit())
        world.exchange.reachable = False
        world.clock.turn(86_400)
        monkeypatch.setattr(HouseClock, "take_up", lambda self, written: None)  # of another run of the machine
        await world.restart()
        assert codes(await world.ask("001")) == ["lease-ended"]
        world.clock.at = steady.truth  # set right a moment later
        world.exchange.reachable = True
        await world.sync()
        assert (await world.ask("001")).status_code == 200
        (sealed,) = await world.receipts()
        assert moment_of(sealed["body"]["at"]) == steady.truth


@pytest.mark.anyio
async def test_by_the_clock_of_a_machine_that_just_began_nothing_is_thrown_away_and_nothing_stated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, steady = _world(tmp_path)
    async with world:
        await world.issue(verification_permit(), dataset_permit(VERSION))
        (tmp_path / "credit.csv").write_bytes(CONTENT + b"006,x,0,1,2024-01-01\n")
        await world.keeper.look()
        call = str(uuid.uuid4())
        assert (await world.fetch(call=call)).status_code == 200
        blob = world.keeper.room.blob("credit", VERSION)
        world.exchange.reachable = False
        world.clock.turn(10_000 * 86_400)
        monkeypatch.setattr(HouseClock, "take_up", lambda self, written: None)  # of another run of the machine
        await world.restart()
        await world.keeper.tidy()
        await world.keeper.state_due()
        assert blob.exists()
        assert world.keeper.meter.unstated() == ["contract-2"]
        world.clock.at = steady.truth
        world.exchange.reachable = True
        await world.sync()
        await world.keeper.tidy()
        assert (await world.fetch(call=call)).content == CONTENT
        steady.seconds += world.keeper.config.statement_seconds
        await world.keeper.state_due()
        assert world.keeper.meter.unstated() == []
        statement = world.keeper.meter.index.last_statement("contract-2")
        assert statement is not None
        assert statement.made_at == steady.truth


@pytest.mark.anyio
async def test_after_the_machine_was_started_anew_it_is_not_earlier_than_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, steady = _world(tmp_path)
    async with world:
        await world.issue(verification_permit(not_after=NOON + timedelta(seconds=30)))
        await _pass(world, steady, 31)
        assert codes(await world.ask("001")) == ["period-ended"]
        world.exchange.reachable = False
        world.clock.turn(-86_400)
        steady.seconds = 3  # its steady clock begins anew, and what was written of the last one says nothing
        monkeypatch.setattr(HouseClock, "take_up", lambda self, written: None)
        await world.restart()
        assert codes(await world.ask("001")) == ["period-ended"]
        steady.seconds += 60
        assert set(codes(await world.ask("001"))) == {"lease-ended", "period-ended"}


def test_an_anchor_is_of_one_run_of_the_machine() -> None:
    anchor = Anchor(NOON, 5, 7)
    assert Anchor.of(anchor.written("a"), "a") == anchor
    assert Anchor.of(anchor.written("a"), "b") is None
    assert Anchor.of(anchor.written(""), "") is None
    for written in (None, "", "null", "[]", "[1]", "{", '["x", 1, 2, "a"]'):
        assert Anchor.of(written, "a") is None
    assert this_boot()


def test_a_word_that_took_long_does_not_displace_a_better_one() -> None:
    steady = Steady()
    clock = HouseClock(lambda: NOON, steady, boot="x")
    clock.heard(steady.truth, steady(), steady())
    late = steady.truth
    asked = steady()
    steady.seconds += 4
    clock.heard(late, asked, steady())
    assert clock() == steady.truth
    clock.heard(steady.truth + timedelta(seconds=20), steady(), steady())  # the exchange's own clock was set
    assert clock() == steady.truth + timedelta(seconds=20)


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.floats(0, 5_000)),
        st.tuples(st.just("wall"), st.floats(-1e6, 1e6)),
        st.tuples(st.just("hear"), st.floats(0, 5)),
    ),
    max_size=40,
)


@given(_STEPS, st.floats(-1e6, 1e6))
def test_the_time_never_runs_back_and_is_right_whatever_the_wall_clock_does(
    steps: list[tuple[str, float]], off: float
) -> None:
    steady, told, asked_once = Steady(), NOON - timedelta(days=400), False
    wall: Callable[[], datetime] = lambda: steady.truth + timedelta(seconds=off)  # noqa: E731
    clock = HouseClock(wall, steady, boot="x")
    assert clock() == wall()  # there is no other yet
    clock.heard(steady.truth, steady(), steady())
    for kind, amount in steps:
        if kind == "pass":
            steady.seconds += amount
        elif kind == "wall":
            off = amount
        else:
            asked, at = steady(), steady.truth
            steady.seconds += amount
            clock.heard(at, asked, steady())
            asked_once = True
        now: Any = clock()
        assert now >= told
        assert abs(now - steady.truth) <= timedelta(seconds=2.51 if asked_once else 0.001)
        told = now

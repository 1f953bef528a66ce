"""Long runs: judged again when they end, and one contract's many keep nobody else waiting."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.node.model_world import ModelWorld
from tests.node.queries import Clinic
from tests.node.test_guards import Guarded
from tests.node.test_reports import ReportWorld
from tests.node.world import NOON, World, codes, verification_permit
from tongqu.node.meters.evidence import Evidence
from tongqu.node.modes import model, report
from tongqu.node.modes.api import Api
from tongqu.node.modes.guarded import Blinded
from tongqu.node.probes import Probes
from tongqu.node.turns import Turns
from tongqu.wire.blinding import private_key, public_hex

pytestmark = pytest.mark.anyio


class Held:
    """In the place of a run: begins, is counted, and ends when it is let go."""

    def __init__(self, run: Callable[..., Any]) -> None:
        self._run = run
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.begun.release()
        assert self.go.wait(60)
        return self._run(*args, **kwargs)

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.acquire, timeout=60)


async def test_reports_of_one_contract_leave_a_thread_to_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(report.paper)
    monkeypatch.setattr(report, "paper", held)
    async with ReportWorld(tmp_path) as world:
        await world.issue(world.permit(), world.permit(id="permit-9", contract="contract-9"))
        many = [asyncio.create_task(world.report("2020-03")) for _ in range(4)]
        await held.has_begun()
        other = asyncio.create_task(world.report("2020-03", permit="permit-9"))
        await held.has_begun()
        assert not held.begun.acquire(blocking=False)
        held.go.set()
        assert [answer.status_code for answer in await asyncio.gather(*many, other)] == [200] * 5


async def test_scores_for_one_contract_leave_a_thread_to_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(model._by_key)
    monkeypatch.setattr(model, "_by_key", held)
    async with ModelWorld(tmp_path) as world:
        await world.issue(world.permit("credit-default"))
        await world.issue(world.permit("credit-default", id="permit-9", contract="contract-9"))
        many = [asyncio.create_task(world.score("credit-default", keys=["1"])) for _ in range(4)]
        await held.has_begun()
        other = asyncio.create_task(world.score("credit-default", keys=["1"], permit="permit-9"))
        await held.has_begun()
        held.go.set()
        assert [answer.status_code for answer in await asyncio.gather(*many, other)] == [200] * 5


async def test_a_contract_that_blinds_by_many_keys_is_one_in_the_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    held = Held(Blinded._made)

    def noted(self: Blinded, name: tuple[str, str, str, str], keys: Any, agreed: bytes) -> Any:
        made.append(name[2])
        return held(self, name, keys, agreed)

    monkeypatch.setattr(Blinded, "_made", noted)
    async with Guarded(tmp_path, 'blinded = "allowed"') as world:
        await world.issue(world.permit(), world.permit(id="permit-9", contract="contract-9"))
        keys = [public_hex(private_key(bytes([at]))) for at in range(4)]
        many = [asyncio.create_task(world.ask("a" * 64, blinding=key)) for key in keys[:3]]
        await held.has_begun()
        other = asyncio.create_task(world.ask("a" * 64, blinding=keys[3], permit="permit-9"))
        while not world.keeper.steps._modes["verification"]._blinded._thread._work_queue.qsize():
            await asyncio.sleep(0.01)
        held.go.set()
        assert [answer.status_code for answer in await asyncio.gather(*many, other)] == [200] * 4
    assert made == ["contract-1", "contract-9", "contract-1", "contract-1"]


async def test_a_query_whose_caller_has_gone_has_its_turn_until_the_engine_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, ended = Held(Api._run), threading.Semaphore(0)

    def noted(*args: Any) -> Any:
        try:
            return held(*args)
        finally:
            ended.release()

    monkeypatch.setattr(Api, "_run", noted)
    async with Clinic(tmp_path) as world:
        await world.issue(world.permit(), world.permit(id="permit-9", contract="contract-9"))
        gone = [asyncio.create_task(world.query({"city": "武汉"})) for _ in range(2)]
        for _ in gone:
            await held.has_begun()
        for call in gone:
            call.cancel()
        await asyncio.wait(gone)
        third = asyncio.create_task(world.query({"city": "武汉"}))
        other = asyncio.create_task(world.query({"city": "武汉"}, permit="permit-9"))
        await held.has_begun()  # the other's: two of the first contract are with the engine still
        assert not await asyncio.to_thread(held.begun.acquire, timeout=0.2)
        held.go.set()
        assert [(await call).status_code for call in (third, other)] == [200, 200]
        assert sum(ended.acquire(blocking=False) for _ in range(9)) == 4


async def test_a_run_that_never_began_gives_its_turn_back_at_once() -> None:
    go = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        turns = Turns(1)
        other = asyncio.create_task(turns.run("contract-9", threads, go.wait, 60))
        waits = asyncio.create_task(turns.run("contract-1", threads, int))
        await asyncio.sleep(0)
        waits.cancel()
        again = asyncio.create_task(turns.run("contract-1", threads, int))
        await asyncio.wait([waits])
        go.set()
        assert waits.cancelled()
        assert [await other, await again] == [True, 0]


async def test_threads_that_are_closed_keep_no_turn() -> None:
    turns, threads = Turns(1), ThreadPoolExecutor(1)
    threads.shutdown()
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await asyncio.wait_for(turns.run("contract-1", threads, int), 10)


@pytest.mark.parametrize("what", ["period", "lease"])
async def test_what_ended_while_it_ran_is_not_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    held = Held(report.paper)
    monkeypatch.setattr(report, "paper", held)
    async with ReportWorld(tmp_path) as world:
        ends = 10 if what == "period" else 3_600
        await world.issue(world.permit(not_after=NOON + timedelta(seconds=ends)))
        call = asyncio.create_task(world.report("2020-03"))
        await held.has_begun()
        world.clock.turn(10 if what == "period" else 60)
        held.go.set()
        assert codes(await call) == [f"{what}-ended"]
        assert await world.receipts() == []
        assert not (tmp_path / "state" / "apart").exists()


async def test_what_was_revoked_while_it_was_read_back_is_not_given_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(Evidence._record)
    monkeypatch.setattr(Evidence, "_record", lambda *told: held(*told))
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        call = str(uuid.uuid4())
        assert (await world.ask("1", call=call)).status_code == 200
        await world.receipts()  # from now on it is in the index alone
        again = asyncio.create_task(world.ask("1", call=call))
        await held.has_begun()
        await world.issue(verification_permit(revision=2, status="revoked"))
        held.go.set()
        assert codes(await again) == ["permit-revoked"]


async def test_what_a_contract_probed_is_forgotten_long_after_its_end(tmp_path: Path) -> None:
    async with Guarded(tmp_path, "misses_max = 3") as world:
        ended = {"not_after": NOON + timedelta(seconds=1)}
        await world.issue(world.permit(**ended), world.permit(id="permit-9", contract="contract-9"))
        for permit in ("permit-1", "permit-9"):
            assert (await world.ask("nobody", permit=permit)).status_code == 200
        world.clock.turn(30 * 86_400)
        await world.sync()
        await world.keeper.tidy()
        assert world.keeper.probes.missed("contract-1") == 1
        world.clock.turn(2)
        await world.sync()
        await world.keeper.tidy()
        assert (world.keeper.probes.missed("contract-1"), world.keeper.probes.missed("contract-9")) == (0, 1)
        reopened = Probes(tmp_path / "state" / "probes.db", b"")
        assert (reopened.missed("contract-1"), reopened.missed("contract-9")) == (0, 1)
        reopened.close()

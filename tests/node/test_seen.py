"""Which call keys are surely new: never one that was used, and nearly every one that was not."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.node.world import NOON, World, verification_permit
from tongqu.node.meters import index, seen
from tongqu.node.meters.seen import Seen, seen_hash


def _keys(many: int) -> list[tuple[str, str]]:
    return [(f"contract-{at % 7}", str(uuid.uuid4())) for at in range(many)]


def test_no_key_that_was_used_is_called_new_and_nearly_every_other_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "FIRST_KEYS", 1_024)  # so that several rooms are needed
    used, fresh, known = _keys(20_000), _keys(20_000), Seen()
    for first in range(0, len(used), 300):  # some of them reach into the next room
        known.add([seen_hash(*key) for key in used[first : first + 300]])
    known.all_in()
    assert not any(known.surely_new(*key) for key in used)
    assert sum(known.surely_new(*key) for key in fresh) > 19_500


def test_until_all_keys_are_in_nothing_is_certain() -> None:
    known = Seen()
    assert not known.surely_new("contract-1", str(uuid.uuid4()))
    known.all_in()
    assert known.surely_new("contract-1", str(uuid.uuid4()))


def test_beyond_its_room_it_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "FIRST_KEYS", 64)
    monkeypatch.setattr(seen, "KEYS_MAX", 500)
    known = Seen()
    known.add([seen_hash(*key) for key in _keys(2_000)])
    known.all_in()
    assert not any(known.surely_new(*key) for key in _keys(100))


@pytest.mark.anyio
async def test_keys_from_before_a_start_are_learnt_a_part_at_a_time_and_answered_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "LEARNT_AT_ONCE", 3)
    calls = [str(uuid.uuid4()) for _ in range(10)]
    async with World(tmp_path) as world:
        await world.issue(verification_permit(calls_max=100))
        first = [(await world.ask("001", call=call)).json() for call in calls]
        await world.restart()
        meter = world.keeper.meter
        assert meter.index.learning
        assert (await world.ask("001", call=calls[9])).json() == first[9]  # not in memory yet: the index is asked
        for _ in range(4):
            await meter.catch_up()
        assert not meter.index.learning
        for call, before in zip(calls, first, strict=True):
            assert (await world.ask("001", call=call)).json() == before
        assert meter.usage("permit-1", NOON).calls == 10
        fresh = (await world.ask("001")).json()
        assert fresh["receipt"]["body"]["sequence"] == 11

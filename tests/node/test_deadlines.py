"""A call that takes too long is cut off; one that does not is left alone; a cancellation from elsewhere stays one."""

from __future__ import annotations

import asyncio

import pytest

from tongqu.node.deadlines import Deadlines


@pytest.mark.anyio
async def test_what_takes_too_long_is_cut_off_and_others_are_not() -> None:
    every = Deadlines(0.02)

    async def work(seconds: float, most: float) -> str:
        try:
            with every.after(most):
                await asyncio.sleep(seconds)
        except TimeoutError:
            return "too slow"
        return "done"

    found = await asyncio.gather(work(30, 0.02), work(0, 0.02), work(0.1, 30), work(30, 0.05))
    assert found == ["too slow", "done", "done", "too slow"]


@pytest.mark.anyio
async def test_another_end_takes_the_place_of_the_first() -> None:
    every = Deadlines(0.02)
    with every.after(0.02) as limit:
        limit.again_after(30)
        await asyncio.sleep(0.1)

    async def too_long() -> None:
        with every.after(30) as limit:
            limit.again_after(0.02)
            await asyncio.sleep(30)

    with pytest.raises(TimeoutError):
        await too_long()


@pytest.mark.anyio
async def test_who_is_cancelled_from_elsewhere_is_cancelled() -> None:
    async def work() -> None:
        with Deadlines(0.02).after(30):
            await asyncio.sleep(30)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.anyio
async def test_an_error_of_the_call_is_its_own() -> None:
    with pytest.raises(ValueError, match="own"), Deadlines(0.02).after(30):
        raise ValueError("own")

"""A fair share of what all contracts share: so many long runs of one contract at once, and its others wait for these alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import Any, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class Turns:
    """One for what has threads of its own. A contract that asks nothing takes no room here."""

    def __init__(self, of_one: int) -> None:
        self._of_one = of_one
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, contract: str) -> asyncio.Semaphore:
        return self._turns.setdefault(contract, asyncio.Semaphore(self._of_one))

    async def run(self, contract: str, threads: Executor, work: Callable[..., T], *given: Any) -> T:
        """Does the work on one of the threads, once it is the contract's turn.

        Whoever is cancelled meanwhile goes, and the turn is given back when the thread is done: that one cannot be stopped."""
        turn = self.of(contract)
        await turn.acquire()
        try:
            running = threads.submit(work, *given)
        except BaseException:
            turn.release()
            raise
        loop = asyncio.get_running_loop()

        def given_back(_: Future[T]) -> None:
            with suppress(RuntimeError):  # the node has stopped meanwhile, and nobody waits
                loop.call_soon_threadsafe(turn.release)

        running.add_done_callback(given_back)
        return await asyncio.wrap_future(running)

"""A fair share of what all contracts share: so many long runs of one contract at once, and its others wait for these alone."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary


class Turns:
    """One for a mode. A contract that asks nothing takes no room here."""

    def __init__(self, of_one: int) -> None:
        self._of_one = of_one
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, contract: str) -> asyncio.Semaphore:
        """To be held while the contract's run goes on, the wait for a thread included."""
        return self._turns.setdefault(contract, asyncio.Semaphore(self._of_one))

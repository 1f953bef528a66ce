"""What a worker that does not speak with the exchange does instead: it takes up what the one that does wrote down.

Permits, lease and time come by the book; the node's signing key, and which keys of the exchange are believed, by their files.
Whoever leads writes down whom it believes before it takes a permit from them, so here it is read after the permits.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tongqu.node.clock import HouseClock
from tongqu.node.consents.store import ConsentStore
from tongqu.node.permits.book import PermitBook
from tongqu.node.state import Identity, StateFolder, Watched
from tongqu.wire.seals import Signer


class Following:
    """In the place of the line to the exchange. `on_key` hears of the key that is the node's now."""

    def __init__(
        self,
        book: PermitBook,
        clock: HouseClock,
        state: StateFolder,
        on_key: Callable[[Signer], None],
        consents: ConsentStore,
    ) -> None:
        self._consents = consents
        self._book = book
        self._clock = clock
        self._state = state
        self._on_key = on_key
        self._key, self._believed = Watched(state.path / "key"), Watched(state.path / "node.json")
        self._sequence = book.sequence
        self.synced_at: datetime | None = None
        self.fault: str | None = "not-yet-synced"
        self.clock_is_off = False

    async def once(self) -> bool:
        if self._key.changed():
            self._on_key(self._state.signer())
        self._consents.follow()
        if self._book.follow(self._identity) and self._book.sequence != self._sequence:
            self._sequence = self._book.sequence
            self._clock.take_up(self._book.anchor)
            self.synced_at, self.fault = self._clock(), None
        return False

    def _identity(self) -> Identity | None:
        """Whom the node believes, where that is not what it was."""
        return self._state.identity() if self._believed.changed() else None

    async def idle(self) -> None:
        """It has no tasks."""

    async def close(self) -> None:
        """It holds nothing open."""

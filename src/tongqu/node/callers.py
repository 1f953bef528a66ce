"""Who is inside at this moment: how many calls at once, and how many bytes of what they send are held.

Both have a limit for all callers together and, at a quarter of it, for the holder of one token, so that one who sends
slowly, or much, takes no other's place. Knows no HTTP; a caller is whatever names it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

SHARE_OF_ONE = 4


class Crowded(Exception):
    """There is no room now. `by_itself`: it is this caller's own other calls that take it."""

    def __init__(self, *, by_itself: bool) -> None:
        self.by_itself = by_itself
        super().__init__("the caller's own calls" if by_itself else "all callers")


@dataclass
class _Room:
    """Something there is so much of, shared out by caller."""

    most: int
    taken: int = 0
    of: Counter[str] = field(default_factory=Counter)

    def take(self, name: str, size: int) -> None:
        if self.of[name] + size > max(1, self.most // SHARE_OF_ONE):
            raise Crowded(by_itself=True)
        if self.taken + size > self.most:
            raise Crowded(by_itself=False)
        self.taken += size
        self.of[name] += size

    def give_back(self, name: str, size: int) -> None:
        self.taken -= size
        self.of[name] -= size
        if not self.of[name]:
            del self.of[name]


@dataclass
class Caller:
    """One call that was let in."""

    name: str
    token: str
    _bytes: _Room
    _held: int = 0

    def hold(self, size: int) -> None:
        """Counts bytes that are kept until the call has left. Raises Crowded."""
        self._bytes.take(self.name, size)
        self._held += size

    def leave(self) -> None:
        self._bytes.give_back(self.name, self._held)


class Callers:
    """One for a door; used on the event loop's thread only."""

    def __init__(self, *, at_once_max: int, bytes_max: int) -> None:
        self._places = _Room(at_once_max)
        self._bytes = _Room(bytes_max)

    @contextmanager
    def enter(self, name: str, token: str) -> Iterator[Caller]:
        """A place for one call, until it has left. Raises Crowded."""
        self._places.take(name, 1)
        caller = Caller(name, token, self._bytes)
        try:
            yield caller
        finally:
            caller.leave()
            self._places.give_back(name, 1)

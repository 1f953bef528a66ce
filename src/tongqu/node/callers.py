"""Who is inside at this moment: how many calls at once, and how many bytes of what they send are held.

Both have a limit for all callers together and, at a quarter of it, for the holder of one token, so that one who sends
slowly, or much, takes no other's place. Knows no HTTP; a caller is whatever names it.
"""

from __future__ import annotations

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
    of: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._own_most = max(1, self.most // SHARE_OF_ONE)

    def take(self, name: str, size: int) -> None:
        own, taken = self.of.get(name, 0) + size, self.taken + size
        if own > self._own_most:
            raise Crowded(by_itself=True)
        if taken > self.most:
            raise Crowded(by_itself=False)
        self.of[name], self.taken = own, taken

    def give_back(self, name: str, size: int) -> None:
        self.taken -= size
        left = self.of.pop(name, 0) - size
        if left:
            self.of[name] = left


class Caller:
    """One call that was let in, until it has left."""

    __slots__ = ("_bytes", "_held", "_places", "name", "token")

    def __init__(self, name: str, token: str, places: _Room, content: _Room) -> None:
        self.name = name
        self.token = token
        self._places = places
        self._bytes = content
        self._held = 0

    def hold(self, size: int) -> None:
        """Counts bytes that are kept until the call has left. Raises Crowded."""
        self._bytes.take(self.name, size)
        self._held += size

    def leave(self) -> None:
        self._bytes.give_back(self.name, self._held)
        self._places.give_back(self.name, 1)


class Stay:
    """The way of one request through a door: whoever was let in on it leaves with it."""

    __slots__ = ("_callers", "_inside")

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._inside: Caller | None = None

    def enter(self, name: str, token: str) -> Caller:
        """Once. Raises Crowded."""
        assert self._inside is None
        self._inside = self._callers.enter(name, token)
        return self._inside

    def __enter__(self) -> Stay:
        return self

    def __exit__(self, *_: object) -> None:
        if self._inside is not None:
            self._inside.leave()


class Callers:
    """One for a door; used on the event loop's thread only."""

    def __init__(self, *, at_once_max: int, bytes_max: int) -> None:
        self._places = _Room(at_once_max)
        self._bytes = _Room(bytes_max)

    def enter(self, name: str, token: str) -> Caller:
        """A place for one call, until it leaves. Raises Crowded."""
        self._places.take(name, 1)
        return Caller(name, token, self._places, self._bytes)

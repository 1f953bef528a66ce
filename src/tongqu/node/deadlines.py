"""Until when a call may take, for many calls at once: one timer looks after all of them.

`asyncio.timeout` sets and takes back a timer for each call, which costs a call as much as its whole policy. Here a call notes
its end and takes the note away; what is over is cut off at the next look, a quarter of a second later at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LOOK_SECONDS = 0.25


class Deadlines:
    """One for a door; used on the event loop's thread only."""

    def __init__(self, seconds_least: float) -> None:
        self._look_seconds = min(LOOK_SECONDS, seconds_least / 2)
        self.noted: set[Deadline] = set()
        self._looks = False

    def after(self, seconds: float) -> Deadline:
        """A context that the task inside leaves in time, or with TimeoutError."""
        loop = asyncio.get_running_loop()
        one = Deadline(self.noted, loop.time, seconds)
        if not self._looks:
            self._looks = True
            loop.call_later(self._look_seconds, self._look, loop)
        return one

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for one in [each for each in self.noted if each.ends <= now]:
            self.noted.discard(one)
            one.pass_over()
        self._looks = bool(self.noted)
        if self._looks:
            loop.call_later(self._look_seconds, self._look, loop)


class Deadline:
    """The end of one call. As with `asyncio.timeout`, a cancellation from elsewhere stays what it is."""

    __slots__ = ("_noted", "_passed", "_pending", "_task", "_time", "ends")

    def __init__(self, noted: set[Deadline], time: Callable[[], float], seconds: float) -> None:
        self._noted, self._time = noted, time
        self.ends = time() + seconds
        self._passed = False

    def __enter__(self) -> Deadline:
        task = asyncio.current_task()
        assert task is not None
        self._task, self._pending = task, task.cancelling()
        self._noted.add(self)
        return self

    def again_after(self, seconds: float) -> None:
        """Another end in place of the first."""
        self.ends = self._time() + seconds

    def pass_over(self) -> None:
        self._passed = True
        self._task.cancel()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        self._noted.discard(self)
        if self._passed and self._task.uncancel() <= self._pending and kind is asyncio.CancelledError:
            raise TimeoutError from error

"""Points at which a node is struck dead, put into it from outside: what runs in production has none of this.

`arm` is called in the process that will be the node. At the chosen point's chosen time the process kills itself as the kernel
would: nothing is closed, flushed or told.
"""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable
from typing import Any

from tongqu.node.meters import index, journal, meter
from tongqu.node.permits import book
from tongqu.node.sync import ExchangeLine

BEFORE, AFTER = "before", "after"


class _Strike:
    def __init__(self, hits: int) -> None:
        self._left = hits

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _around(owner: Any, name: str, when: str, strike: Callable[[], None]) -> None:
    called = getattr(owner, name)

    @functools.wraps(called)
    def struck(*args: Any, **kwargs: Any) -> Any:
        if when == BEFORE:
            strike()
        found = called(*args, **kwargs)
        if when == AFTER:
            strike()
        return found

    @functools.wraps(called)
    async def struck_later(*args: Any, **kwargs: Any) -> Any:
        if when == BEFORE:
            strike()
        found = await called(*args, **kwargs)
        if when == AFTER:
            strike()
        return found

    later = functools.partial(called).func.__code__.co_flags & 0x80 if hasattr(called, "__code__") else False
    setattr(owner, name, struck_later if later else struck)


def _half_a_frame(strike: _Strike) -> None:
    """The disk has the first half of a frame."""
    write = os.pwrite

    def half(handle: int, content: bytes, at: int) -> int:
        if bytes(content[:4]) == journal.MAGIC:
            written = write(handle, content[: len(content) // 2], at)
            strike()
            return written
        return write(handle, content, at)

    journal.os = type("Struck", (), {**vars(os), "pwrite": staticmethod(half)})  # type: ignore[attr-defined]


AT_THE_START = "index: at the start"
POINTS: dict[str, tuple[Any, str, str]] = {
    "journal: nothing written": (journal.Journal, "_write", BEFORE),
    "journal: on the disk, nobody told": (journal.Journal, "_write", AFTER),
    "journal: before it lays out": (journal.Journal, "_lay_out", BEFORE),
    "journal: after it laid out": (journal.Journal, "_lay_out", AFTER),
    "journal: before the next file": (journal.Journal, "_begin_next_file", BEFORE),
    "journal: after the next file": (journal.Journal, "_begin_next_file", AFTER),
    "meter: counted, not sealed": (meter.Meter, "_gather", AFTER),
    "meter: before it hears of the disk": (meter.Meter, "_on_committed", BEFORE),
    "meter: after it heard of the disk": (meter.Meter, "_on_committed", AFTER),
    "index: before": (index.Index, "add", BEFORE),
    "index: amid": (index.Index, "_add_calls", AFTER),
    "index: after": (index.Index, "add", AFTER),
    AT_THE_START: (index.Index, "catch_up", BEFORE),
    "statement: before": (meter.Meter, "state_each", BEFORE),
    "statement: made, not written": (meter.Meter, "_handed_in", BEFORE),
    "statement: handed in, not written": (meter.Meter, "_handed_in", AFTER),
    "statement: indexed, not noted": (meter.Meter, "_is_stated", BEFORE),
    "statement: after": (meter.Meter, "state_each", AFTER),
    "statement: settled": (index.Index, "settle", AFTER),
    "sync: before asking": (ExchangeLine, "_post", BEFORE),
    "sync: answered, nothing taken": (ExchangeLine, "_post", AFTER),
    "sync: before the book": (book.PermitBook, "_write", BEFORE),
    "sync: after the book": (book.PermitBook, "_write", AFTER),
}
HALF = "journal: half a frame"
NAMES = (*POINTS, HALF)


def arm(point: str | None, hits: int, file_bytes_max: int) -> None:
    """`hits`: at which passing of the point. Small files make the journal go on to the next one often."""
    journal.FILE_BYTES_MAX = file_bytes_max
    if point == HALF:
        _half_a_frame(_Strike(hits))
    elif point is not None:
        _around(*POINTS[point], _Strike(hits))

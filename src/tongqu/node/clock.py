"""What time it is for a contract: the exchange's time, carried on by a clock that nobody sets.

The exchange says its time with each answer. From there the node counts on with the machine's steady clock, so that a wall
clock that is wrong, jumps or is set back changes no period, no lease and no receipt. The time told never runs backwards,
across a restart neither. Until the exchange was first heard after a start of the machine there is only the wall clock; what
that said is forgotten then, for a clock that was ahead at the start would hold the time up until it is right.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
DRIFT = 10_000
"""A steady clock goes wrong by at most one part in so many."""


def wall_clock() -> datetime:
    return datetime.now(UTC)


def steady_clock() -> int:
    """Nanoseconds since the machine was started, those asleep included; the same for all processes."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def steady_of(now: Callable[[], datetime]) -> Callable[[], int]:
    """A steady clock that goes with a clock that is turned by hand."""
    return lambda: (now() - _EPOCH) // timedelta(microseconds=1) * 1_000


def this_boot() -> str:
    """Names this run of the machine: a steady clock means nothing in another."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""


@dataclass(frozen=True)
class Anchor:
    """What time it was at a moment of the steady clock, `error` nanoseconds more or less."""

    at: datetime
    steady: int
    error: int

    def written(self, boot: str) -> str:
        return json.dumps([(self.at - _EPOCH) // timedelta(microseconds=1), self.steady, self.error, boot])

    @classmethod
    def of(cls, written: str | None, boot: str) -> Anchor | None:
        """The anchor that was written; None when it is of another run of the machine."""
        try:
            at, steady, error, of_boot = json.loads(written or "null")
            anchor = cls(_EPOCH + timedelta(microseconds=int(at)), int(steady), int(error))
        except (ValueError, TypeError):
            return None
        return anchor if boot and of_boot == boot else None


class HouseClock:
    """Tells the time. One for a worker; it is asked on every call."""

    def __init__(
        self,
        wall: Callable[[], datetime] = wall_clock,
        steady: Callable[[], int] = steady_clock,
        *,
        boot: str | None = None,
    ) -> None:
        self.wall = wall
        self.steady = steady
        self._boot = this_boot() if boot is None else boot
        self._at, self._from = wall(), steady()
        self._written = self._high = _EPOCH
        """The latest moment that stands on something written, and the latest that was told."""
        self._anchor: Anchor | None = None
        self.ahead: timedelta | None = None
        """How far the wall clock was before the exchange's when that was last heard."""

    @property
    def is_sure(self) -> bool:
        """Whether the exchange was heard in this run of the machine. What cannot be taken back waits for that: nothing is thrown away
        and nothing stated by a wall clock."""
        return self._anchor is not None

    @property
    def knows_boot(self) -> bool:
        """Whether it can tell this run of the machine from others: if not, no time is carried over to the next start."""
        return bool(self._boot)

    def _counted(self) -> datetime:
        return self._at + timedelta(microseconds=(self.steady() - self._from) // 1_000)

    def __call__(self) -> datetime:
        told = self._counted()
        if told > self._high:
            self._high = told
            return told
        return self._high

    def not_before(self, moment: datetime | None) -> None:
        """It is surely later than this: it was told, or written on a receipt."""
        if moment is None or moment <= self._written:
            return
        self._written = moment
        self._high = max(self._high, moment)
        if self._anchor is None and moment > self._counted():
            self._at, self._from = moment, self.steady()

    def heard(self, at: datetime, asked: int, answered: int) -> None:
        """The exchange said `at` between two moments of the steady clock. The better of this word and the last one stands;
        the new one in any case when they cannot both be right."""
        fresh = Anchor(at, (asked + answered) // 2, (answered - asked) // 2 + 1)
        self.ahead = self.wall() - timedelta(microseconds=(self.steady() - fresh.steady) // 1_000) - at
        if (held := self._anchor) is not None:
            elapsed = fresh.steady - held.steady
            error = held.error + abs(elapsed) // DRIFT
            apart = abs(at - held.at - timedelta(microseconds=elapsed // 1_000)) // timedelta(microseconds=1) * 1_000
            if error < fresh.error and apart <= error + fresh.error:
                return
        self.anchored(fresh)

    def anchored(self, anchor: Anchor) -> None:
        if self._anchor is None:
            self._high = self._written
        self._anchor = anchor
        self._at, self._from = anchor.at, anchor.steady

    @property
    def written(self) -> str | None:
        """The anchor as the book keeps it, for the next start and for other workers."""
        return None if self._anchor is None else self._anchor.written(self._boot)

    def take_up(self, written: str | None) -> None:
        """Goes on from an anchor that was written in this run of the machine."""
        anchor = Anchor.of(written, self._boot)
        if anchor is not None and anchor != self._anchor:
            self.anchored(anchor)

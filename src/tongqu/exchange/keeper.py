"""The keeper: places committed facts in the log, takes the flow's steps, lets clocks end. `python -m tongqu.exchange.keeper`.

Several may run; the integrator's lock and the cursors' row locks make sure that each thing is done once.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import FrameType

import django
import structlog

log = structlog.get_logger("keeper")

# A trade crosses the log a dozen times, so while there is work nobody waits; a house at rest is asked five times a second.
PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX = 0.02, 0.2
FAILURE_PAUSE_SECONDS = 2.0

# So often facts are followed before clocks end: after a stand-still there are more of them than are taken at once.
CATCH_UP_ROUNDS = 100


@dataclass
class Round:
    """Work that is due every so often."""

    every: timedelta
    work: Callable[[datetime], int]
    last: datetime | None = None

    def due(self, now: datetime) -> bool:
        return self.last is None or now - self.last >= self.every

    def take(self, now: datetime) -> int:
        self.last = now
        return self.work(now)


def place_and_follow(now: datetime) -> int:
    """Facts get their place, and each fact's next steps are taken. Returns how many things were done."""
    from tongqu.exchange.bedrock import evidence, procedures
    from tongqu.exchange.flow import FLOW, READER

    return evidence.integrate(limit=2_000) + procedures.follow_flow(READER, FLOW, at=now)


def settle_clocks(now: datetime) -> int:
    """Steps that failed or waited before, then clocks and holds of money whose time has come.

    In this order: a step that a hold kept waiting comes before the period that would end without it; and whatever was asked
    for in time is followed before, so that no registration lapses whose renewal the log holds already.
    """
    from tongqu.exchange.bedrock import ledger, procedures
    from tongqu.exchange.flow import FLOW, READER

    done = 0
    for _ in range(CATCH_UP_ROUNDS):
        followed = place_and_follow(now)
        done += followed
        if not followed:
            break
    return done + procedures.retry_stuck(READER, FLOW, at=now) + procedures.tick(now) + ledger.expire_due(now)


def look_around(now: datetime) -> int:
    """Nodes that have fallen silent."""
    from tongqu.exchange.members import nodes

    return nodes.warn_silent(now)


def recount(now: datetime) -> int:
    """Clocks that a new version brought begin; deadlines are counted anew when a year's holiday arrangement has arrived; provisional years raise an alarm."""
    from tongqu.exchange.bedrock import calendar, procedures

    calendar.reload()
    changed = procedures.recompute(now)
    if changed:
        log.info("clocks.recomputed", clocks=changed)
    return procedures.warn_provisional(now)


def file_and_dispose(now: datetime) -> int:
    """Papers of registrations are filed under their class, and what every class has released is deleted."""
    from tongqu.exchange.bedrock import retention
    from tongqu.exchange.registry import dealings, ownership

    filed = ownership.filing.file_away(now) + dealings.filing.file_away(now)
    gone = retention.dispose(now)
    if gone.deleted:
        log.info("papers.disposed", deleted=gone.deleted, stayed=gone.stayed)
    return filed + gone.deleted


def open_reports(now: datetime) -> int:
    """A year has ended: every registrar's report is due, with its figures."""
    from tongqu.exchange.registry import registrars

    return registrars.open_reports(now)


def remind(now: datetime) -> int:
    """Holders whose registrations can be renewed are told, once."""
    from tongqu.exchange.registry import reminders

    return reminders.remind(now) + reminders.remind_public(now)


def beat(now: datetime) -> int:
    """Health reads this: a keeper that cannot finish its rounds does not beat."""
    from django.db.models.functions import Now

    from tongqu.exchange.bedrock.procedures import Heartbeat

    Heartbeat.objects.update_or_create(name="keeper", defaults={"at": Now()})  # the database's clock, as who reads it
    return 0


def rounds() -> list[Round]:
    return [
        Round(timedelta(0), place_and_follow),
        Round(timedelta(seconds=0.5), settle_clocks),
        Round(timedelta(seconds=1), beat),
        Round(timedelta(seconds=10), look_around),
        Round(timedelta(minutes=10), recount),
        Round(timedelta(minutes=10), file_and_dispose),
        Round(timedelta(hours=1), open_reports),
        Round(timedelta(hours=1), remind),
    ]


def keep(stop: threading.Event) -> None:
    """Works until told to stop. A failure of the database is logged, waited out and tried again."""
    from django.db import close_old_connections, connection

    work, pause = rounds(), PAUSE_SECONDS_MIN
    while not stop.is_set():
        now = datetime.now(tz=UTC)
        try:
            done = sum(each.take(now) for each in work if each.due(now))
        except Exception as error:  # the keeper must outlive whatever goes wrong below it
            log.error("keeper.failed", error=f"{type(error).__name__}: {error}"[:500])
            connection.close()
            close_old_connections()
            stop.wait(FAILURE_PAUSE_SECONDS)
            continue
        pause = PAUSE_SECONDS_MIN if done else min(pause * 1.5, PAUSE_SECONDS_MAX)
        if not done:
            stop.wait(pause)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.exchange.settings")
    django.setup()
    stop = threading.Event()

    def end(signum: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    keep(stop)


if __name__ == "__main__":
    main()

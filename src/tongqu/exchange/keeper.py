"""The keeper: places committed facts in the log, takes the flow's steps, lets clocks end. `python -m tongqu.exchange.keeper`.

Several may run; the integrator's lock and the cursors' row locks make sure that each thing is done once.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import FrameType

import django
import structlog

log = structlog.get_logger("keeper")

PAUSE_SECONDS = 0.05
HEARTBEAT_SECONDS = 1.0
FAILURE_PAUSE_SECONDS = 2.0


def keep(stop: threading.Event) -> None:
    """Works until told to stop. A failure of the database is logged, waited out and tried again."""
    from django.db import close_old_connections, connection

    last_beat = datetime.min.replace(tzinfo=UTC)
    last_recount = datetime.min.replace(tzinfo=UTC)
    while not stop.is_set():
        now = datetime.now(tz=UTC)
        try:
            worked = work(now)
            if now - last_recount > timedelta(minutes=10):
                recount(now)
                last_recount = now
            if now - last_beat > timedelta(seconds=HEARTBEAT_SECONDS):
                beat("keeper", now)
                last_beat = now
        except Exception as error:  # the keeper must outlive whatever goes wrong below it
            log.error("keeper.failed", error=f"{type(error).__name__}: {error}"[:500])
            connection.close()
            close_old_connections()
            stop.wait(FAILURE_PAUSE_SECONDS)
            continue
        if not worked:
            stop.wait(PAUSE_SECONDS)


def work(now: datetime) -> int:
    """One round: facts placed, steps taken, clocks settled. Returns how many things were done."""
    from tongqu.exchange.bedrock import evidence, procedures
    from tongqu.exchange.flow import FLOW, READER

    done = evidence.integrate(limit=2_000)
    done += procedures.follow_flow(READER, FLOW, at=now)
    done += procedures.tick(now)
    return done + procedures.retry_stuck(READER, FLOW, at=now)


def recount(now: datetime) -> None:
    """Deadlines are counted anew when a year's holiday arrangement has arrived; provisional years raise an alarm."""
    from tongqu.exchange.bedrock import procedures

    changed = procedures.recompute(now)
    if changed:
        log.info("clocks.recomputed", clocks=changed)
    procedures.warn_provisional(now)


def beat(name: str, now: datetime) -> None:
    from tongqu.exchange.bedrock.procedures import Heartbeat

    Heartbeat.objects.update_or_create(name=name, defaults={"at": now})


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.exchange.settings")
    django.setup()
    stop = threading.Event()

    def end(signum: int, frame: FrameType | None) -> None:
        stop.set()

    handle: Callable[[int, FrameType | None], None] = end
    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    keep(stop)


if __name__ == "__main__":
    main()

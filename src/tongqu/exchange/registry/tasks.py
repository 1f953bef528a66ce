"""What the worker runs for the registry: imports, releases and editions to their end; entries found and compared; what was left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import structlog
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.registry import consent, flowback, handover, harvest, likeness, recognition, releases, search

log = structlog.get_logger("registry")


@app.task(name=harvest.JOB, queue=harvest.QUEUE)  # type: ignore[untyped-decorator]
def run_harvest(harvest_id: int) -> str:
    return harvest.run(harvest_id, ready=_ready)


@app.task(name=releases.JOB, queue=releases.QUEUE)  # type: ignore[untyped-decorator]
def check_release(release_id: int) -> str:
    return releases.run(release_id)


@app.task(name=consent.JOB, queue=consent.QUEUE)  # type: ignore[untyped-decorator]
def take_in_consents(batch_id: int) -> str:
    return consent.run(batch_id)


@app.periodic(cron="* * * * *")  # type: ignore[untyped-decorator]
@app.task(name="tongqu.consents.sweep", queue=consent.QUEUE, queueing_lock="tongqu.consents.sweep")  # type: ignore[untyped-decorator]
def sweep_consents(timestamp: int) -> list[str]:
    """What a dead worker left goes on."""
    return _each(consent.run, consent.left_running())


@app.periodic(cron="* * * * *")  # type: ignore[untyped-decorator]
@app.task(name="tongqu.harvest.sweep", queue=harvest.QUEUE, queueing_lock="tongqu.harvest.sweep")  # type: ignore[untyped-decorator]
def sweep_harvests(timestamp: int) -> list[str]:
    """What a dead worker left goes on, and what was changed since the last minute becomes findable."""
    try:
        for pk in releases.left_unchecked():
            _defer(check_release, f"release/{pk}", release_id=pk)
        return _each(lambda pk: harvest.run(pk, ready=_ready), harvest.left_running())
    finally:
        search.refresh()


def _each(work: Callable[[int], str], numbers: Iterable[int]) -> list[str]:
    """One that goes wrong keeps no other from its turn; it comes again at the next sweep."""
    states = []
    for number in numbers:
        try:
            states.append(work(number))
        except Exception:
            log.exception("registry.swept", subject=number)
            connection.close_if_unusable_or_obsolete()
            states.append("again")
    return states


@app.task(name="tongqu.harvest.compare", queue=harvest.QUEUE)  # type: ignore[untyped-decorator]
def compare_entries(province: str) -> int:
    return likeness.compare(province, on=local_day(timezone.now()))


def _ready(provinces: frozenset[str]) -> None:
    """Findable at once; compared when the worker comes to it, each province once however many imports changed it."""
    search.refresh()
    for province in sorted(provinces):
        _defer(compare_entries, f"tongqu.harvest.compare/{province}", province=province)


def _defer(task: Any, lock: str, **inputs: Any) -> None:
    """A job of its own, once however often it is asked for: what fails keeps nothing else from its turn."""
    with suppress(AlreadyEnqueued):
        task.configure(queueing_lock=lock).defer(**inputs)


@app.task(name=flowback.JOB, queue=flowback.QUEUE)  # type: ignore[untyped-decorator]
def divide_edition(edition_id: int) -> str:
    return flowback.divide(edition_id)


@app.periodic(cron="* * * * *")  # type: ignore[untyped-decorator]
@app.task(name="tongqu.flowback.sweep", queue=flowback.QUEUE, queueing_lock="tongqu.flowback.sweep")  # type: ignore[untyped-decorator]
def sweep_editions(timestamp: int) -> None:
    """Editions that a dead worker left are begun anew; nothing of them was delivered."""
    for pk in flowback.left_dividing():
        _defer(divide_edition, f"edition/{pk}", edition_id=pk)


@app.periodic(cron="* * * * *")  # type: ignore[untyped-decorator]
@app.task(name=recognition.JOB, queue=recognition.QUEUE)  # type: ignore[untyped-decorator]
def check_recognitions(timestamp: int = 0) -> list[str]:
    """Certificates from elsewhere whose issuer is to be asked; two at once take different ones."""
    return recognition.sweep()


@app.periodic(cron="* * * * *")  # type: ignore[untyped-decorator]
@app.task(name=handover.JOB, queue=handover.QUEUE)  # type: ignore[untyped-decorator]
def take_over(timestamp: int = 0) -> list[str]:
    """Bundles of other registrars that are to be taken over, or that a dead worker left."""
    return handover.sweep()

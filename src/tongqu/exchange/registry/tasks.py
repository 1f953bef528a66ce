"""What the worker runs for the registry: imports, releases and editions to their end; entries found and compared; what was left."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.registry import flowback, harvest, likeness, releases, search


@app.task(name=harvest.JOB, queue=harvest.QUEUE)  # type: ignore[untyped-decorator]
def run_harvest(harvest_id: int) -> str:
    return harvest.run(harvest_id, ready=_ready)


@app.task(name=releases.JOB, queue=releases.QUEUE)  # type: ignore[untyped-decorator]
def check_release(release_id: int) -> str:
    return releases.run(release_id)


@app.periodic(cron="* * * * *")  # type: ignore[untyped-decorator]
@app.task(name="tongqu.harvest.sweep", queue=harvest.QUEUE, queueing_lock="tongqu.harvest.sweep")  # type: ignore[untyped-decorator]
def sweep_harvests(timestamp: int) -> list[str]:
    """What a dead worker left goes on, and what was changed since the last minute becomes findable."""
    states = [harvest.run(pk, ready=_ready) for pk in harvest.left_running()]
    states += [releases.run(pk) for pk in releases.left_unchecked()]
    search.refresh()
    return states


@app.task(name="tongqu.harvest.compare", queue=harvest.QUEUE)  # type: ignore[untyped-decorator]
def compare_entries(province: str) -> int:
    return likeness.compare(province, on=local_day(timezone.now()))


def _ready(provinces: frozenset[str]) -> None:
    """Findable at once; compared when the worker comes to it, each province once however many imports changed it."""
    search.refresh()
    for province in sorted(provinces):
        try:
            compare_entries.configure(queueing_lock=f"tongqu.harvest.compare/{province}").defer(province=province)
        except AlreadyEnqueued:
            continue


@app.task(name=flowback.JOB, queue=flowback.QUEUE)  # type: ignore[untyped-decorator]
def divide_edition(edition_id: int) -> str:
    return flowback.divide(edition_id)


@app.periodic(cron="* * * * *")  # type: ignore[untyped-decorator]
@app.task(name="tongqu.flowback.sweep", queue=flowback.QUEUE, queueing_lock="tongqu.flowback.sweep")  # type: ignore[untyped-decorator]
def sweep_editions(timestamp: int) -> list[str]:
    """Editions that a dead worker left are begun anew; nothing of them was delivered."""
    return [flowback.divide(pk) for pk in flowback.left_dividing()]

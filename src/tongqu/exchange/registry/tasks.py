"""What the worker runs for the registry: imports to their end, releases to their check; each minute, what was left."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tongqu.exchange.registry import harvest, releases, search


@app.task(name=harvest.JOB, queue=harvest.QUEUE)  # type: ignore[untyped-decorator]
def run_harvest(harvest_id: int) -> str:
    return harvest.run(harvest_id, ready=search.refresh)


@app.task(name=releases.JOB, queue=releases.QUEUE)  # type: ignore[untyped-decorator]
def check_release(release_id: int) -> str:
    return releases.run(release_id)


@app.periodic(cron="* * * * *")  # type: ignore[untyped-decorator]
@app.task(name="tongqu.harvest.sweep", queue=harvest.QUEUE, queueing_lock="tongqu.harvest.sweep")  # type: ignore[untyped-decorator]
def sweep_harvests(timestamp: int) -> list[str]:
    """What a dead worker left goes on, and what was changed since the last minute becomes findable."""
    states = [harvest.run(pk, ready=search.refresh) for pk in harvest.left_running()]
    states += [releases.run(pk) for pk in releases.left_unchecked()]
    search.refresh()
    return states

"""What the worker runs for the registry: imports and editions to their end; each minute, what a dead worker left."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tongqu.exchange.registry import flowback, harvest, search


@app.task(name=harvest.JOB, queue=harvest.QUEUE)  # type: ignore[untyped-decorator]
def run_harvest(harvest_id: int) -> str:
    return harvest.run(harvest_id, ready=search.refresh)


@app.periodic(cron="* * * * *")  # type: ignore[untyped-decorator]
@app.task(name="tongqu.harvest.sweep", queue=harvest.QUEUE, queueing_lock="tongqu.harvest.sweep")  # type: ignore[untyped-decorator]
def sweep_harvests(timestamp: int) -> list[str]:
    """Imports that a dead worker left go on, and what was changed since the last minute becomes findable."""
    states = [harvest.run(pk, ready=search.refresh) for pk in harvest.left_running()]
    search.refresh()
    return states


@app.task(name=flowback.JOB, queue=flowback.QUEUE)  # type: ignore[untyped-decorator]
def divide_edition(edition_id: int) -> str:
    return flowback.divide(edition_id)


@app.periodic(cron="* * * * *")  # type: ignore[untyped-decorator]
@app.task(name="tongqu.flowback.sweep", queue=flowback.QUEUE, queueing_lock="tongqu.flowback.sweep")  # type: ignore[untyped-decorator]
def sweep_editions(timestamp: int) -> list[str]:
    """Editions that a dead worker left are begun anew; nothing of them was delivered."""
    return [flowback.divide(pk) for pk in flowback.left_dividing()]

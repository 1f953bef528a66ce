"""What the worker runs for the registry: an import to its end and its entries made findable; each minute, what was left."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tongqu.exchange.registry import harvest, search


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

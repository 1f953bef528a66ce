"""What the worker runs for the registry: an import to its end, its entries made findable and compared; what was left."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.registry import harvest, likeness, search


@app.task(name=harvest.JOB, queue=harvest.QUEUE)  # type: ignore[untyped-decorator]
def run_harvest(harvest_id: int) -> str:
    return harvest.run(harvest_id, ready=_ready)


@app.periodic(cron="* * * * *")  # type: ignore[untyped-decorator]
@app.task(name="tongqu.harvest.sweep", queue=harvest.QUEUE, queueing_lock="tongqu.harvest.sweep")  # type: ignore[untyped-decorator]
def sweep_harvests(timestamp: int) -> list[str]:
    """Imports that a dead worker left go on, and what was changed since the last minute becomes findable."""
    states = [harvest.run(pk, ready=_ready) for pk in harvest.left_running()]
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

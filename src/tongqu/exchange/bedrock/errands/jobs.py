"""What the worker runs: one try of one errand, a sweep each minute, a tidying each night."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from tongqu.exchange.bedrock.errands.running import run, sweep
from tongqu.exchange.bedrock.errands.sending import JOB, QUEUE

FINISHED_HOURS_KEPT = 72


@app.task(name=JOB, queue=QUEUE)  # type: ignore[untyped-decorator]
def run_errand(errand_id: int) -> str | None:
    return run(errand_id, at=timezone.now())


@app.periodic(cron="* * * * *")  # type: ignore[untyped-decorator]
@app.task(name="tongqu.errands.sweep", queue=QUEUE, queueing_lock="tongqu.errands.sweep")  # type: ignore[untyped-decorator]
def sweep_errands(timestamp: int) -> int:
    return sweep(at=timezone.now())


@app.periodic(cron="17 3 * * *")  # type: ignore[untyped-decorator]
@app.task(name="tongqu.errands.tidy", queue=QUEUE, queueing_lock="tongqu.errands.tidy")  # type: ignore[untyped-decorator]
async def tidy_jobs(timestamp: int) -> None:
    """Jobs are only the wake-up; what happened is kept with the errand. Jobs of a dead worker are closed here too."""
    for job in await app.job_manager.get_stalled_jobs(queue=QUEUE):
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
    await app.job_manager.delete_old_jobs(
        nb_hours=FINISHED_HOURS_KEPT, queue=QUEUE, include_failed=True, include_cancelled=True, include_aborted=True
    )

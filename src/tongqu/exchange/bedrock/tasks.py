"""What the worker runs (procrastinate finds this file by its name)."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from tongqu.exchange.bedrock import errands
from tongqu.exchange.bedrock.errands.running import TASK, TRIES_MAX


@app.task(name=TASK, retry=RetryStrategy(max_attempts=TRIES_MAX, exponential_wait=2, retry_exceptions=[errands.NotYet]))
def run_errand(errand: int) -> None:
    errands.run(errand)

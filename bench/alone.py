"""A benchmark in a process of its own: each starts and ends servers, and what one leaves behind is not the next one's."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module

from bench.figures import Report


def measure(name: str, *, full: bool = False) -> Report:
    """`full`: in the sizes that the module calls so, where its own are smaller."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_measure, name, full).result()


def _measure(name: str, full: bool) -> Report:
    module = import_module(f"bench.{name}")
    report: Report = module.measure(**(getattr(module, "FULL", {}) if full else {}))
    return report

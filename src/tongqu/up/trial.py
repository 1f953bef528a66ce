"""What a test run stands on: an embedded PostgreSQL of its own unless DATABASE_URL is set, a `var/` of its own, and
skips that count.

A pytest plugin (`-p tongqu.up.trial`), because settings are read before any conftest.py. The server lies under
`var/test-postgres/` and forgets on power cuts (fsync off). Several runs at once each take a place of their own; a run
that is killed takes its server with it, since the watcher notices.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tongqu.up import leash, postgres
from tongqu.up.places import Places, make_folders
from tongqu.up.supervisor import Supervisor
from tongqu.up.trouble import Trouble

RUNS_AT_ONCE_MAX = 8


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Runs round pytest-django's own, which reads the settings. One of several processes has the server of the first, and
    a database and a `var/` of its own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        os.environ["TONGQU_VAR"] = str(Path(os.environ["TONGQU_VAR"]) / worker)
    elif not os.environ.get("TONGQU_VAR"):
        folder = tempfile.mkdtemp(prefix="tongqu-test-")
        os.environ["TONGQU_VAR"] = folder
        early_config.add_cleanup(partial(shutil.rmtree, folder, ignore_errors=True))
    if not os.environ.get("DATABASE_URL"):
        base = Path(str(early_config.rootpath)) / "var" / "test-postgres"
        try:
            server = lend_server(base)
            os.environ["DATABASE_URL"] = server.__enter__()
        except Trouble as trouble:
            raise pytest.UsageError(f"{trouble.words.zh}{trouble.mend.zh} {trouble}") from trouble
        early_config.add_cleanup(partial(_take_back, server))
    return (yield)


def _take_back(server: AbstractContextManager[str]) -> None:
    server.__exit__(None, None, None)


@contextmanager
def lend_server(base: Path) -> Iterator[str]:
    """The address of a server for tests, in the first place under `base` that no other run uses."""
    base.mkdir(parents=True, exist_ok=True)
    for number in range(1, RUNS_AT_ONCE_MAX + 1):
        with (base / f"{number}.lock").open("a", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            with _served(base / str(number)) as url:
                yield url
            return
    raise RuntimeError(f"{RUNS_AT_ONCE_MAX} test runs use {base} already")


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    supervisor = Supervisor(Places(var=folder), {})
    make_folders(supervisor.places)
    supervisor.clear_last_time()
    supervisor.watch()
    try:
        yield _start(supervisor).url
    finally:
        supervisor.end()


def _start(supervisor: Supervisor) -> postgres.Home:
    """Start it; data that a power cut spoiled are thrown away, for nobody misses them."""
    home = postgres.find_home(supervisor.places.var, postgres.FORGETFUL)
    try:
        supervisor.start_database(home)
    except Trouble:
        leash.end(supervisor.groups)
        shutil.rmtree(home.data, ignore_errors=True)
        supervisor.start_database(home)
    postgres.ensure_database(home, for_tests=True)
    return home


# --- skips ----------------------------------------------------------------------------------------------------------


def _skips(config: pytest.Config) -> list[str]:
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter else []
    # An expected failure is reported as skipped too, but it did run.
    return sorted(f"{r.nodeid}: {_reason(r.longrepr)}" for r in reports if not hasattr(r, "wasxfail"))


def _reason(longrepr: object) -> str:
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true"}


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a test that did not run is a test that failed."""
    if _in_ci() and exitstatus == pytest.ExitCode.OK and _skips(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    skips = _skips(config)
    if skips and _in_ci():
        terminalreporter.section(f"{len(skips)} skipped, which in CI is a failure", red=True)
        for line in skips:
            terminalreporter.write_line(line)

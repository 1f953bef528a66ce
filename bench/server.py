"""A fresh embedded PostgreSQL with the settings of an exchange (fsync and synchronous_commit on), for one run.

Ours and the peer work on the same server, each in a database of its own.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import django
import psycopg

from tongqu.up import postgres

PEER = "pgbench"


@dataclass(frozen=True)
class Tpcb:
    """What one run of pgbench's TPC-B said."""

    per_second: float
    latency_ms: float


@dataclass(frozen=True)
class Server:
    """The running server; `folder` is the installation's own folder while the run lasts."""

    home: postgres.Home
    folder: Path

    def ready_the_peer(self, scale: int) -> None:
        """TPC-B's tables at a scale, filled."""
        with psycopg.connect(self.home.superuser_url, autocommit=True) as connection:
            connection.execute(f'create database "{PEER}"')
        self._pgbench("-i", "-q", "-s", str(scale))

    def tpcb(self, *, clients: int, seconds: float, protocol: str = "simple") -> Tpcb:
        """One run of the built-in TPC-B script, with as many threads as there are cores, without its own vacuum."""
        said = self._pgbench(
            *("-n", "-b", "tpcb-like", "-M", protocol, "-T", str(round(seconds))),
            *("-c", str(clients), "-j", str(min(clients, os.cpu_count() or 1))),
        )
        rate, latency = re.search(r"tps = ([\d.]+)", said), re.search(r"latency average = ([\d.]+) ms", said)
        assert rate, said
        assert latency, said
        return Tpcb(float(rate[1]), float(latency[1]))

    def tpcb_adds_up(self) -> bool:
        """TPC-B's own condition: accounts, tellers, branches and history tell the same sum."""
        with psycopg.connect(self.home.superuser_url, dbname=PEER) as connection:
            row = connection.execute(
                "select (select sum(abalance) from pgbench_accounts), (select sum(tbalance) from pgbench_tellers),"
                " (select sum(bbalance) from pgbench_branches), (select sum(delta) from pgbench_history)"
            ).fetchone()
        return row is not None and len(set(row)) == 1

    def _pgbench(self, *options: str) -> str:
        command = [self.home.programs.path("pgbench"), "-h", str(self.home.socket), "-U", "postgres", *options, PEER]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise RuntimeError(answer.stderr[-2000:])
        return answer.stdout


@contextlib.contextmanager
def fresh() -> Iterator[Server]:
    """Starts the server in a folder of its own, points this process and its children to it, and removes all afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="tongqu-bench-"))
    folder.chmod(0o755)  # the server has a user of its own
    try:
        home = postgres.find_home(folder, postgres.DURABLE)
        with postgres.running(home, folder / "postgres.log"):
            postgres.ensure_database(home)
            os.environ |= {
                "DATABASE_URL": home.url, "TONGQU_VAR": str(folder), "TONGQU_LOG_LEVEL": "WARNING",
                "DJANGO_SETTINGS_MODULE": "tongqu.exchange.settings",
            }  # fmt: skip
            django.setup()
            yield Server(home, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)

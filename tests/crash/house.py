"""A whole house in processes of its own, each of which can be killed without warning and is started again at once."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tongqu.client.market import Problem, Unreachable
from tongqu.up.places import Places
from tongqu.up.processes import EXCHANGE, KEEPER, NODE, Process

T = TypeVar("T")
PARTS: dict[str, Process] = {"exchange": EXCHANGE, "keeper": KEEPER, "node": NODE}
PATIENCE_SECONDS = 180  # only so that a broken house ends the test; nothing is measured


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


class House:
    """Exchange, keeper and node over one database and one folder, as `make run` starts them."""

    def __init__(self, var: Path, database_url: str) -> None:
        port, node_port = _free_ports(2)
        source = str(Path(__file__).parents[2] / "src")
        self.environment = {
            **os.environ, "DATABASE_URL": database_url, "TONGQU_VAR": str(var), "TONGQU_PORT": str(port),
            "TONGQU_NODE_PORT": str(node_port), "TONGQU_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "TONGQU_SECRET_KEY": secrets.token_urlsafe(50), "DJANGO_SETTINGS_MODULE": "tongqu.exchange.settings",
            "PYTHONPATH": source, "TONGQU_LOG_LEVEL": "WARNING",
        }  # fmt: skip
        for name in ("TONGQU_KEYS", "TONGQU_PAPERS", "TONGQU_RATE_LIMIT"):
            self.environment.pop(name, None)
        self.places = Places(
            var=var, port=port, node_port=node_port, workers=1, database_url=database_url, environment=self.environment
        )
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.started: dict[str, float] = {}
        self.killed: list[tuple[str, str]] = []
        self._one_at_a_time = threading.Lock()
        self._closing = False

    def prepare(self) -> None:
        """Keys, tables and the sample market, by the product's own commands."""
        for command in (["-m", "tongqu.up.prepare"], ["-m", "tongqu.client.command", "demo", "load"]):
            done = subprocess.run(
                [sys.executable, *command], env=self.environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr

    def start(self, name: str) -> None:
        self.started[name] = time.monotonic()
        with (self.places.var / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                PARTS[name].command(self.places),
                env=self.environment,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )

    def kill(self, name: str, where: str) -> None:
        """kill -9 for the part and all its workers, and a fresh start, as the supervisor would make."""
        with self._one_at_a_time:
            if self._closing:
                return
            victim = self.running[name]
            with contextlib.suppress(ProcessLookupError):
                os.killpg(victim.pid, signal.SIGKILL)
            victim.wait()
            self.killed.append((name, where))
            self.start(name)

    def wait_until_working(self) -> None:
        for name, part in PARTS.items():
            why: str | None = "not asked"
            for _ in range(int(PATIENCE_SECONDS / 0.1)):
                assert self.running[name].poll() is None, self.log(name)
                why = part.works(self.places, time.monotonic() - self.started[name])
                if why is None:
                    break
                time.sleep(0.1)
            assert why is None, f"{name}: {why}\n{self.log(name)}"

    def log(self, name: str) -> str:
        return (self.places.var / f"{name}.log").read_text(errors="replace")[-3000:]

    def end(self) -> None:
        with self._one_at_a_time:
            self._closing = True
            for child in self.running.values():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()


class Killer:
    """Strikes at points that its seed chooses: before which steps of the trades, whom, and how long after the step began."""

    def __init__(self, house: House, seed: int, strikes: int, steps: int) -> None:
        chosen = random.Random(seed)
        self.house = house
        # Every part is struck as often as the others; the moment within a step is random too.
        victims = [list(PARTS)[number % len(PARTS)] for number in range(strikes)]
        chosen.shuffle(victims)
        self.plan = {
            step: (victim, chosen.choice([0.0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1]))
            for step, victim in zip(sorted(chosen.sample(range(steps), strikes)), victims, strict=True)
        }
        self.step = 0
        self._timers: list[threading.Timer] = []

    def before(self, what: str) -> None:
        victim, delay = self.plan.get(self.step, (None, 0.0))
        self.step += 1
        if victim is not None:
            timer = threading.Timer(delay, self.house.kill, [victim, f"{self.step} {what} +{delay * 1000:.0f} ms"])
            timer.start()
            self._timers.append(timer)

    def rest(self) -> None:
        """Until every stroke has fallen and its victim was started again."""
        for timer in self._timers:
            timer.join()


def stubbornly(work: Callable[[], T]) -> T:
    """A client that does not give up: the same request with the same key until it is answered."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return work()
        except (Unreachable, httpx.TransportError) as error:
            last: Exception = error
        except Problem as problem:
            if problem.status < 500 and problem.status not in {401, 429}:
                raise
            if problem.status == 401 and problem.code != "permit-or-token-wrong":
                raise
            last = problem
        if time.monotonic() > ends:
            raise AssertionError(f"never answered: {last}") from last
        time.sleep(0.1)


def until(what: str, found: Callable[[], T | None]) -> T:
    """Asks again and again until there is an answer."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = stubbornly(found)
        if answer is not None:
            return answer
        assert time.monotonic() < ends, f"it never came: {what}"
        time.sleep(0.1)


@contextlib.contextmanager
def standing(var: Path, database_url: str) -> Iterator[House]:
    house = House(var, database_url)
    house.prepare()
    try:
        for name in PARTS:
            house.start(name)
        house.wait_until_working()
        yield house
    finally:
        house.end()


def database_url(name: str) -> str:
    """Of a database on the test server."""
    from urllib.parse import quote, urlencode

    from django.db import connection

    told: dict[str, Any] = connection.settings_dict
    who = quote(told["USER"]) + (f":{quote(told['PASSWORD'])}" if told["PASSWORD"] else "")
    if str(told["HOST"]).startswith("/"):  # a socket's folder
        return f"postgresql://{who}@/{name}?" + urlencode({"host": told["HOST"], "port": told["PORT"]})
    return f"postgresql://{who}@{told['HOST']}:{told['PORT']}/{name}"

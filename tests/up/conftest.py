"""A house of tiny processes to bring up and take down."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tongqu.up import leash

WAIT_SECONDS = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(met: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


class SmallHouse:
    """One supervisor over tiny processes; `said` is all it printed."""

    def __init__(self, folder: Path) -> None:
        self.var = folder / "var"
        self.order: dict[str, object] = {
            "var": str(self.var),
            "port": free_port(),
            "node_port": free_port(),
            "database_url": os.environ["DATABASE_URL"],
            "CHECK_SECONDS": 0.2,
            "BACKOFF_SECONDS_FIRST": 0.1,
            "START_SECONDS_MAX": 20,
        }
        self.log = folder / "said"
        self.child: subprocess.Popen[bytes] | None = None
        self.seen: set[int] = set()

    def start(self, **order: object) -> None:
        script = Path(__file__).with_name("small_house.py")
        told = json.dumps(self.order | order)
        with self.log.open("ab") as out:
            self.child = subprocess.Popen([sys.executable, str(script), told], stdout=out, stderr=out)

    @property
    def supervisor(self) -> subprocess.Popen[bytes]:
        assert self.child is not None
        return self.child

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8")

    def ready(self) -> None:
        until(lambda: "Ready in" in self.said or self.supervisor.poll() is not None)
        assert "Ready in" in self.said, self.said

    def groups(self) -> list[int]:
        file = self.var / "run" / "groups.json"
        found = [int(g) for g in json.loads(file.read_text())["groups"]] if file.exists() else []
        self.seen.update(found)
        return found

    def lacks(self, name: str, words: str, *, passing: bool = False) -> None:
        """Makes a part say that it works but lacks something; no words: that it lacks nothing."""
        file = self.var / "run" / f"{name}.lack"
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps({"words": words, "passing": passing}) if words else "")
        fresh.replace(file)

    def looks_often(self, name: str) -> None:
        """Waits until the supervisor has looked eight times more for what a part lacks."""
        file = self.var / "run" / f"{name}.looks"
        before = file.stat().st_size if file.exists() else 0
        until(lambda: file.exists() and file.stat().st_size >= before + 8)

    def beats(self, name: str) -> list[int]:
        """The process numbers that have beaten under this name, oldest first."""
        file = self.var / "run" / f"{name}.beat"
        pids = [int(line) for line in file.read_text().split()] if file.exists() else []
        return list(dict.fromkeys(pids))

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.groups()
        self.supervisor.send_signal(number)
        return self.supervisor.wait(WAIT_SECONDS)

    def left_running(self) -> list[int]:
        self.groups()
        return [group for group in self.seen if leash.alive(group)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[SmallHouse]:
    small = SmallHouse(tmp_path)
    yield small
    small.groups()
    if small.child and small.child.poll() is None:
        small.child.kill()
        small.child.wait()
    leash.end(dict.fromkeys(small.seen, 1), grace_seconds=0.2)

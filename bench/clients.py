"""Client processes: each with one database connection of its own, told when to work and for how long.

They start once and stay for all rounds, idle while the peer is measured, so what is measured is a house at work and
not a house that starts.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import django

Work = Callable[[Any], Iterator[str]]
"""Made once in the client from its own argument; each step is one piece of work and says what it was."""

FINISH = 0.0


@dataclass
class Round:
    """What the clients did in one round: seconds of every piece of work by its name."""

    seconds: float
    took: dict[str, list[float]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(map(len, self.took.values()))

    @property
    def per_second(self) -> float:
        return self.count / self.seconds

    def all(self) -> list[float]:
        return [seconds for several in self.took.values() for seconds in several]


class Clients:
    """Told in one breath; a round ends when the last of them has ended its last piece of work."""

    def __init__(self, pipes: Sequence[Connection]) -> None:
        self._pipes = pipes

    def work(self, seconds: float) -> Round:
        """All clients work for so long. 0: each brings what it has begun to its end."""
        began = time.perf_counter()
        for pipe in self._pipes:
            pipe.send(seconds)
        took: dict[str, list[float]] = {}
        for pipe in self._pipes:
            answer = pipe.recv()
            if isinstance(answer, str):
                raise RuntimeError(answer)
            for name, several in answer.items():
                took.setdefault(name, []).extend(several)
        return Round(time.perf_counter() - began, took)


@contextlib.contextmanager
def started(work: Work, arguments: Sequence[Any]) -> Iterator[Clients]:
    """One process for each argument. They are ready, connected and warm when the block begins."""
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for argument in arguments:
        ours, theirs = context.Pipe()
        process = context.Process(target=_client, args=(theirs, work, argument), daemon=True)
        process.start()
        pipes.append(ours)
        processes.append(process)
    try:
        clients = Clients(pipes)
        clients.work(1.0)
        yield clients
    finally:
        for pipe in pipes:
            with contextlib.suppress(OSError):
                pipe.send(None)
        for process in processes:
            process.join(timeout=10)
            if process.is_alive():
                process.kill()


def _client(pipe: Connection, work: Work, argument: Any) -> None:
    django.setup()
    steps = work(argument)
    while (seconds := pipe.recv()) is not None:
        try:
            pipe.send(_until(steps, seconds))
        except Exception as error:  # told to who asked, who ends the run
            pipe.send(f"{type(error).__name__}: {error}")
            return


def _until(steps: Iterator[str], seconds: float) -> dict[str, list[float]]:
    """Takes steps for so long; with 0, those that are left until a step says that it was the last of its kind."""
    took: dict[str, list[float]] = {}
    until = time.perf_counter() + seconds
    while True:
        before = time.perf_counter()
        if seconds and before >= until:
            return took
        name = next(steps)
        if name == "" and not seconds:
            return took
        if name:
            took.setdefault(name, []).append(time.perf_counter() - before)

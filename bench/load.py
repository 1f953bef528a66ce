"""A load of HTTP/1.1 requests over so many connections kept open, from a process of its own; the latency of each.

Prepared bytes over asyncio's own protocols, without streams or tasks for each answer, so that the load takes as little of
the machine's two cores as Python allows; the same for ours and for a peer.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Requests = Callable[[int], Iterator[bytes]]
"""Given a connection's number: its requests, whole, one after the other."""


@dataclass(frozen=True)
class Load:
    """What came of it: answers a second, their latencies in ms, and the last answer's body."""

    per_second: float
    latencies: list[float]
    body: bytes


def offered(requests: Requests, *, host: str, port: int, connections: int, seconds: float) -> Load:
    """Every connection asks, waits for the answer, asks again. Raises RuntimeError at the first answer that is not 200."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(there, requests, host, port, connections, seconds))
    process.start()
    told = here.recv()
    process.join()
    if isinstance(told, str):
        raise RuntimeError(told)
    took, latencies, body = told
    return Load(len(latencies) / took, latencies, body)


def _work(pipe: object, requests: Requests, host: str, port: int, connections: int, seconds: float) -> None:
    try:
        pipe.send(asyncio.run(_offer(requests, host, port, connections, seconds)))  # type: ignore[attr-defined]
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}")  # type: ignore[attr-defined]


async def _offer(
    requests: Requests, host: str, port: int, connections: int, seconds: float
) -> tuple[float, list[float], bytes]:
    loop, latencies = asyncio.get_running_loop(), list[float]()
    asking = [_Asking(requests(number), latencies, loop.create_future()) for number in range(connections)]
    for each in asking:
        await loop.create_connection(lambda each=each: each, host, port)  # type: ignore[misc]
    began = time.perf_counter()
    for each in asking:
        each.begin(began + seconds)
    bodies = await asyncio.gather(*(each.done for each in asking))
    return time.perf_counter() - began, latencies, bodies[-1]


class _Asking(asyncio.Protocol):
    """One connection. The next request is made while the answer to the one before is on its way."""

    def __init__(self, requests: Iterator[bytes], into: list[float], done: asyncio.Future[bytes]) -> None:
        self._requests, self._into, self.done = requests, into, done
        self._next, self._got = next(requests), b""
        self._ends = self._asked = 0.0
        self._line: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._line = transport

    def begin(self, ends: float) -> None:
        self._ends = ends
        self._ask()

    def _ask(self) -> None:
        assert self._line is not None
        self._asked = time.perf_counter()
        self._line.write(self._next)
        self._next = next(self._requests)

    def data_received(self, data: bytes) -> None:
        got = self._got + data if self._got else data
        end = got.find(b"\r\n\r\n")
        at = got.find(b"content-length: ", 0, end)
        if end < 0 or at < 0 or len(got) < end + 4 + int(got[at + 16 : got.index(b"\r\n", at)]):
            self._got = got
            return
        now = time.perf_counter()
        self._into.append((now - self._asked) * 1e3)
        if not got.startswith(b"HTTP/1.1 200"):
            self._end(RuntimeError(f"{got[:60]!r} {got[end:][:300]!r}"))
        elif now >= self._ends:
            self._got = got
            self._end(None)
        else:
            self._got = b""
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error or ConnectionError("the server ended the connection"))

    def _end(self, error: Exception | None) -> None:
        if not self.done.done():
            if error is None:
                self.done.set_result(self._got[self._got.index(b"\r\n\r\n") + 4 :])
            else:
                self.done.set_exception(error)
        if self._line is not None:
            self._line.close()

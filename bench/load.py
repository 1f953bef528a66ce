"""A load of HTTP/1.1 requests over so many connections kept open, from a process of its own; the latency of each.

Plain sockets and prepared bytes, so that the load takes as little of the machine's two cores as Python allows.
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
    latencies: list[float] = []
    opened = [await asyncio.open_connection(host, port) for _ in range(connections)]
    began = time.perf_counter()
    ends = began + seconds
    bodies = await asyncio.gather(
        *(_ask(reader, writer, requests(n), ends, latencies) for n, (reader, writer) in enumerate(opened))
    )
    took = time.perf_counter() - began
    for _, writer in opened:
        writer.close()
    return took, latencies, bodies[-1]


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Iterator[bytes], ends: float, into: list[float]
) -> bytes:
    body = b""
    for request in asked:
        began = time.perf_counter()
        if began >= ends:
            break
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        body = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{head[:60]!r} {body[:300]!r}")
        into.append((time.perf_counter() - began) * 1e3)
    return body

"""A node in one process: one event loop, granian inside it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import signal
import socket
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.net import SocketHolder
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.types import ASGIApp

from tongqu.node.config import NodeConfig
from tongqu.node.door import application
from tongqu.node.keeper import NodeKeeper
from tongqu.node.logs import log
from tongqu.node.ports import own_port

HEAD_BYTES_MAX = 64 * 1024
NEW_THINGS = 20_000
"""After so many Python looks for rings of things that nobody holds any more; by itself it would after each hundredth call."""

CONNECTIONS_TO_ONE_CALLER = 4
"""Accepted for each caller let inside: the others are being refused, are idle, or look at /health."""

HANDLES_KEPT = 256
"""For the journal, the books, the sources and the way to the exchange, which no number of callers may take."""


def connections_max(callers_max: int) -> int:
    """How many connections to accept. Raises this process's limit of open files as far as that needs and may be."""
    wanted = CONNECTIONS_TO_ONE_CALLER * callers_max
    needed = 2 * wanted + HANDLES_KEPT  # a download has a file open besides its connection
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    handles = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < handles:
        resource.setrlimit(resource.RLIMIT_NOFILE, (handles, hard))
    return max(CONNECTIONS_TO_ONE_CALLER, (handles - HANDLES_KEPT) // 2)


def build(config: NodeConfig, *, callers_max: int) -> ASGIApp:
    """The ASGI application; the node starts and stops with its lifespan. Must be built on the event loop."""
    keeper = NodeKeeper(config)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        keeper.start()
        try:
            yield
        finally:
            await keeper.stop()

    return application(
        keeper,
        body_bytes_max=config.body_bytes_max,
        body_seconds_max=config.body_seconds_max,
        request_seconds_max=config.request_seconds_max,
        callers_max=callers_max,
        networks=config.networks,
        lifespan=lifespan,
    )


LOCK_SECONDS = 0.0005
"""So long a thread waits for Python's lock before it asks for it. The server's own thread takes it for each request and for each
body, and reads nothing else meanwhile; by itself it would wait ten times as long, while many calls are judged in a row."""


def attend_to_calls() -> None:
    """What stands when serving begins stands to its end: it is not looked through again and again, while calls wait."""
    sys.setswitchinterval(LOCK_SECONDS)
    gc.freeze()
    gc.set_threshold(NEW_THINGS, 20, 20)


async def serve(config: NodeConfig) -> None:
    connections = connections_max(config.requests_waiting_max)
    callers_max = min(config.requests_waiting_max, connections // CONNECTIONS_TO_ONE_CALLER)
    app = build(config, callers_max=callers_max)
    with own_port(config):
        server = server_over(app, config, connections)
        attend_to_calls()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        log.info("serving", host=config.host, port=config.port)
        await server.serve()


class _Server(Server):  # type: ignore[misc]
    """The HTTP server on a socket of the node's own, which ends readers who make no room for what comes next. At a stop
    it lets go of all connections in bounded time; threads that load a source are waited for, and whoever manages the service ends those."""

    def __init__(self, app: ASGIApp, config: NodeConfig, **how: Any) -> None:
        self._reader_seconds_max = config.reader_seconds_max
        self._grace_seconds = config.grace_seconds
        super().__init__(app, address=config.host, port=config.port, **how)

    def _init_shared_socket(self) -> None:
        listening = socket.socket(socket.AF_INET6 if ":" in self.bind_addr else socket.AF_INET)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Others of this owner may listen on the same port, which is how workers share it.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Every connection inherits it: it is ended when for so long nothing was taken, or never enough for the next segment. The
        # server itself would wait for a reader without end.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(self._reader_seconds_max * 1_000))
        listening.bind((self.bind_addr, self.bind_port))
        self._shd = SocketHolder(listening.detach(), False, self.backlog)

    def stop(self) -> None:
        super().stop()
        asyncio.get_running_loop().call_later(self._grace_seconds, self._cut_off)

    def _cut_off(self) -> None:
        """The server waits for every connection; one that is shut down is at its end."""
        cut = 0
        for each in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                if stat.S_ISSOCK(os.stat(f"/proc/self/fd/{each}").st_mode):
                    with socket.socket(fileno=os.dup(int(each))) as one:
                        if one.family != socket.AF_UNIX and one.getsockname()[1] == self.bind_port:
                            one.shutdown(socket.SHUT_RDWR)
                            cut += 1
        if cut:
            log.warning("cut off at the stop", connections=cut)


def server_over(app: ASGIApp, config: NodeConfig, connections: int) -> Server:
    """The HTTP server."""
    return _Server(
        app,
        config,
        interface=Interfaces.ASGI,
        websockets=False,
        # With HTTP/2 besides, granian waits without end for the first byte of a connection, to see which it is.
        http=HTTPModes.http1,
        backpressure=connections,
        http1_settings=HTTP1Settings(header_read_timeout=10_000, keep_alive=True, max_buffer_size=HEAD_BYTES_MAX),
        log_enabled=False,
    )

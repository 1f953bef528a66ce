"""`tongqu node serve`: one process, one event loop, granian inside it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from starlette.applications import Starlette

from tongqu.node.config import NodeConfig, read_config
from tongqu.node.door import application
from tongqu.node.keeper import NodeKeeper
from tongqu.node.logs import log, set_up


def build(config: NodeConfig) -> Starlette:
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
        request_seconds_max=config.request_seconds_max,
        lifespan=lifespan,
    )


async def _serve(config: NodeConfig) -> None:
    server = Server(
        build(config),
        address=config.host,
        port=config.port,
        interface=Interfaces.ASGI,
        websockets=False,
        backpressure=config.requests_waiting_max,
        http1_settings=HTTP1Settings(header_read_timeout=10_000, keep_alive=True),
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    log.info("serving", host=config.host, port=config.port)
    await server.serve()


def run(config_path: Path | str) -> None:
    """Serves until SIGTERM or SIGINT. Raises NodeFault, with what to do, when it cannot start."""
    config = read_config(config_path)
    set_up(config.log_level)
    asyncio.run(_serve(config))
    log.info("stopped")
    # granian's own threads outlive the loop and abort when the interpreter is taken down under them; all is written.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)

"""One worker: a whole node over its share of the contracts, with an ear for the others. Started by the process that watches."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from functools import partial

import uvloop
from starlette.types import ASGIApp, Receive, Scope, Send

from tongqu.node.callers import Callers
from tongqu.node.config import NodeConfig, read_config
from tongqu.node.door import BODIES_AT_ONCE, application
from tongqu.node.faults import NodeFault
from tongqu.node.keeper import NodeKeeper, Seat
from tongqu.node.logs import log, set_up
from tongqu.node.meters import Share
from tongqu.node.serving import CONNECTIONS_TO_ONE_CALLER, attend_to_calls, connections_max, server_over
from tongqu.node.workers.ear import Ear
from tongqu.node.workers.everybody import AllStatements, Everybody
from tongqu.node.workers.peers import Peer
from tongqu.node.workers.switch import Switch
from tongqu.node.workers.told import NOT_TO_BE_STARTED_AGAIN, Told, ear_of

MARGIN_SECONDS = 5
EAR_SECONDS_MAX = 5
"""So long what others handed over may take, after this worker's own callers have gone; the others stop as well."""


class Worker:
    """The application of one worker, from its start to its end."""

    def __init__(self, config: NodeConfig, told: Told, callers_max: int) -> None:
        share = Share(told.worker, told.layout)
        self._peers = {
            other: Peer(ear_of(told.ears, other)) for other in range(told.layout.workers) if other != told.worker
        }
        self.keeper = NodeKeeper(config, seat=Seat(share, partial(AllStatements, share=share, peers=self._peers)))
        everybody = Everybody(self.keeper, share, self._peers)
        self.keeper.owner_answers["status"] = everybody.status
        own = application(
            self.keeper,
            body_bytes_max=config.body_bytes_max,
            body_seconds_max=config.body_seconds_max,
            request_seconds_max=config.request_seconds_max,
            callers_max=callers_max,
            networks=config.networks,
        )
        self.app = Switch(
            own, book=self.keeper.book, share=share, peers=self._peers, everybody=everybody,
            callers=Callers(at_once_max=callers_max, bytes_max=BODIES_AT_ONCE * config.body_bytes_max),
            body_bytes_max=config.body_bytes_max,
            body_seconds_max=config.body_seconds_max,
            seconds_max=config.body_seconds_max + config.request_seconds_max + MARGIN_SECONDS,
        )  # fmt: skip
        self._ear = Ear(own, everybody.answers())
        self._listening = socket.socket(fileno=told.ear)

    async def start(self) -> None:
        self.keeper.start()
        await self._ear.listen(self._listening)

    async def stop(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EAR_SECONDS_MAX):
                await self._ear.close()
        for peer in self._peers.values():
            peer.close()
        await self.keeper.stop()


def _with_lifespan(worker: Worker) -> ASGIApp:
    """The worker starts and stops with the server's word."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await worker.app(scope, receive, send)
            return
        await receive()
        await worker.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await worker.stop()
        await send({"type": "lifespan.shutdown.complete"})

    return app


async def _serve(config: NodeConfig, told: Told) -> None:
    part = -(-config.requests_waiting_max // told.layout.workers)
    connections = connections_max(part)
    worker = Worker(config, told, min(part, connections // CONNECTIONS_TO_ONE_CALLER))
    server = server_over(_with_lifespan(worker), config, connections)
    attend_to_calls()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)

    def left_alone() -> None:
        """The watching process has gone."""
        loop.remove_reader(told.leash)
        server.stop()

    loop.add_reader(told.leash, left_alone)
    log.info("worker serving", worker=told.worker)
    await server.serve()


def main(written: str) -> None:
    told = Told.of(written)
    config = read_config(told.config)
    set_up(config.log_level)
    try:
        uvloop.run(_serve(config, told))
        code = 0
    except NodeFault as fault:
        os.write(told.fault, json.dumps([fault.code, fault.words.to_json(), fault.mend.to_json()]).encode())
        code = NOT_TO_BE_STARTED_AGAIN
    log.info("worker stopped", worker=told.worker)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])

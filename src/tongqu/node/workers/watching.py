"""The process that watches the workers: starts them, starts again whoever dies, and ends them in order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tongqu.node.config import NodeConfig
from tongqu.node.faults import NodeFault
from tongqu.node.gauges import Gauges
from tongqu.node.keeping.unfinished import refuse_unfinished
from tongqu.node.logs import log
from tongqu.node.meters import Layout, arranged
from tongqu.node.owner import Tally
from tongqu.node.permits.book import PermitBook
from tongqu.node.ports import own_port
from tongqu.node.state import StateFolder
from tongqu.node.workers.told import NOT_TO_BE_STARTED_AGAIN, Told, ear_of
from tongqu.wire.words import Words

BACKLOG = 1_024
STEADY_SECONDS = 10
"""A worker that lived so long is started again at once; one that keeps dying, after ever longer."""

PAUSE_SECONDS_MAX = 10
STOP_SECONDS_MAX = 35
"""So long a worker may take to stop beyond its grace. With the grace as it is by itself that is less than the unit's
TimeoutStopSec (deploy/tongqu-node.service), by which all have to be gone, this process too."""


@dataclass
class _Place:
    """Where one worker runs. The socket of its ear is open here too, so that a call handed over waits for its successor."""

    worker: int
    ear: socket.socket
    process: asyncio.subprocess.Process | None = None
    pause: float = 0.0


class Watching:
    """All workers of one node, from `run` to its end."""

    def __init__(self, config_path: Path, config: NodeConfig) -> None:
        self._config_path = config_path
        self._config = config
        self._stopping = asyncio.Event()
        self._fault: NodeFault | None = None
        self._leash = os.pipe()

    async def run(self) -> None:
        refuse_unfinished(self._config.state)
        state = StateFolder(self._config.state)
        lock = state.lock()  # inherited by every worker: held until the last of them has ended
        state.signer()
        port = own_port(self._config)
        PermitBook(self._config.state / "book.db", state.identity()).close()  # its form is made before others read it
        Tally(self._config.state, Gauges()).close()
        layout = await asyncio.to_thread(arranged, self._config.state / "journal", self._config.workers)
        folder = self._config.state / "workers"
        folder.mkdir(mode=0o700, exist_ok=True)
        near = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        ears = f"/proc/self/fd/{near}"  # a socket's address is short; the state folder's path may be long
        places = [_Place(worker, _ear(Path(ears), worker)) for worker in range(self._config.workers)]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        log.info("serving", host=self._config.host, port=self._config.port, workers=len(places))
        deaf = asyncio.create_task(self._deafen(places))
        try:
            await asyncio.gather(*(self._keep(place, layout, ears, (lock, near)) for place in places))
        finally:
            self._stopping.set()
            await deaf
            port.close()
            os.close(lock)
        if self._fault is not None:
            raise self._fault

    async def _deafen(self, places: list[_Place]) -> None:
        """When all are to stop, nobody waits for a successor any more."""
        await self._stopping.wait()
        for place in places:
            place.ear.close()

    async def _keep(self, place: _Place, layout: Layout, ears: str, kept: tuple[int, ...]) -> None:
        """Starts one worker again and again, until all are to stop."""
        while not self._stopping.is_set():
            begun = time.monotonic()
            code = await self._one_life(place, layout, ears, kept)
            if self._stopping.is_set() or code == NOT_TO_BE_STARTED_AGAIN:
                self._stopping.set()
                return
            log.error("worker ended", worker=place.worker, code=code)
            lived = time.monotonic() - begun
            place.pause = 0.0 if lived > STEADY_SECONDS else min(PAUSE_SECONDS_MAX, place.pause * 2 or 0.1)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), place.pause or 0.001)

    async def _one_life(self, place: _Place, layout: Layout, ears: str, kept: tuple[int, ...]) -> int:
        reads, writes = os.pipe()
        told = Told(str(self._config_path), place.worker, layout, ears, place.ear.fileno(), self._leash[0], writes)
        passed = (*kept, place.ear.fileno(), self._leash[0], writes)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tongqu.node.workers.child", told.written(), pass_fds=passed
        )
        os.close(writes)
        place.process = process
        ended = asyncio.create_task(process.wait())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait((ended, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not ended.done():
            process.terminate()
            try:
                await asyncio.wait_for(asyncio.shield(ended), self._config.grace_seconds + STOP_SECONDS_MAX)
            except TimeoutError:
                log.error("worker does not stop", worker=place.worker)
                process.kill()
        code = await ended
        with open(reads, "rb") as pipe:
            self._note_fault(pipe.read())
        return code

    def _note_fault(self, written: bytes) -> None:
        if written and self._fault is None:
            code, words, mend = json.loads(written)
            self._fault = NodeFault(code, Words(words["zh"], words["en"]), Words(mend["zh"], mend["en"]))


def _ear(folder: Path, worker: int) -> socket.socket:
    address = ear_of(folder, worker)
    address.unlink(missing_ok=True)
    ear = socket.socket(socket.AF_UNIX)
    ear.bind(str(address))
    os.chmod(address, 0o600)
    ear.listen(BACKLOG)
    return ear


async def watch(config_path: Path, config: NodeConfig) -> None:
    """Runs the workers until SIGTERM or SIGINT. Raises NodeFault when they cannot start."""
    await Watching(config_path, config).run()

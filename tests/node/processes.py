"""A node as a process of its own and an exchange it can reach over real HTTP, for tests that kill."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from tests.node.world import ENROLMENT_KEY, FakeExchange, write_config
from tongqu.node.enrol import enrol


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def exchange_over_http(exchange: FakeExchange, host: str = "127.0.0.1") -> Iterator[str]:
    """The fake exchange under a real address; while `reachable` is false it drops connections."""

    async def ask(path: str, content: bytes) -> httpx.Response:
        transport = httpx.ASGITransport(exchange.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://exchange.test") as client:
            return await client.post(path, content=content)

    one_at_a_time = threading.Lock()

    class Ear(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if not exchange.reachable:
                self.close_connection = True
                return
            with one_at_a_time:
                answer = asyncio.run(ask(self.path, content))
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A node that is killed breaks its line off."""

    server = Quiet((host, 0), Ear)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class NodeProcess:
    """`tongqu node serve` without the command: the same `run`, in a process that can be killed."""

    def __init__(self, folder: Path, exchange_url: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = write_config(folder, port=self.port, extra="sync_seconds = 0.2\nstatement_seconds = 0.5")
        self.config.write_text(self.config.read_text().replace("http://exchange.test", exchange_url))
        self.log = folder / "node.log"
        self.process: subprocess.Popen[bytes] | None = None

    def enrol(self) -> None:
        enrol(self.config, enrolment_key=ENROLMENT_KEY, now=lambda: datetime.now(UTC))

    def start(self) -> None:
        self.start_without_waiting()
        self.wait_until_working()

    def code(self) -> str:
        """What the process runs."""
        return f"from tongqu.node.serve import run; run({str(self.config)!r})"

    def start_without_waiting(self) -> None:
        code, source = self.code(), str(Path(__file__).parents[2] / "src")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code], stderr=log, stdout=log, env={**os.environ, "PYTHONPATH": source}
            )

    def wait_until_answering(self) -> None:
        """Until it answers at all; it may well say that it does not work."""
        self._wait({200, 503})

    def wait_until_working(self) -> None:
        self._wait({200})

    def _wait(self, statuses: set[int]) -> None:
        def answers() -> bool:
            with contextlib.suppress(httpx.HTTPError):
                return httpx.get(f"{self.url}/health", timeout=2).status_code in statuses
            return False

        self.wait_until(answers)

    def wait_until(self, found: Callable[[], bool], seconds: float = 60) -> None:
        """As long as the node runs, up to a minute: a loaded machine is slow, which is not what is tested."""
        assert self.process is not None
        ends = time.monotonic() + seconds
        while not found():
            if self.process.poll() is not None:
                raise AssertionError(f"the node ended: {self.log.read_text()[-2000:]}")
            if time.monotonic() > ends:
                raise AssertionError(f"it never came: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def journal_lines(self) -> list[dict[str, object]]:
        from tongqu.node.meters.journal import Journal

        first = self.folder / "state" / "journal"
        found: list[dict[str, object]] = []
        for folder in (first, *(each for each in first.iterdir() if each.is_dir())):  # of each worker
            with contextlib.closing(Journal(folder)) as journal:
                found += [json.loads(entry) for _, entry in journal.entries()]
        return found

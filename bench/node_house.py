"""A node at work for the node's benchmarks: a source of as many keys as asked, an exchange that leases, and the bare peer.

The peer is the same server (Starlette on granian and uvloop, one process), the same index and the same answers, without permit,
policy, meter and receipt.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.node.processes import NodeProcess, exchange_over_http, free_port
from tests.node.world import TOKEN, FakeExchange, verification_permit
from tongqu.wire.permit import Permit
from tongqu.wire.sync import SyncReply, SyncRequest

PURPOSE = "信贷审批"
_CONFIG = """
[node]
name = "示例节点"
state = "state"
exchange = "{exchange}"
statement_seconds = 60

[serve]
port = {port}

[[sources]]
id = "credit"
kind = "parquet"
path = "credit.parquet"
key = "id"
title = {{ zh = "示例信用数据", en = "Sample credit data" }}
modes = ["verification"]

[[sources.questions]]
id = "arrears"
column = "arrears"
answer = "yes_no"
operator = "eq"
values = ["1"]
title = {{ zh = "是否逾期", en = "In arrears" }}
"""


def key(number: int) -> str:
    """An 18-digit key, as long as an identity number."""
    return f"{number:018d}"


def write_source(file: Path, rows: int) -> None:
    """`rows` keys; every seventh is in arrears."""
    step = 500_000
    schema = pa.schema([("id", pa.string()), ("arrears", pa.int64())])
    with pq.ParquetWriter(file, schema) as out:
        for first in range(0, rows, step):
            numbers = range(first, min(first + step, rows))
            arrears = (np.arange(numbers.start, numbers.stop) % 7 == 0).astype(np.int64)
            out.write_table(pa.table({"id": [key(n) for n in numbers], "arrears": arrears}, schema=schema))


@dataclass
class House:
    """A node and, where wanted, its bare peer, each on a port of its own."""

    node: NodeProcess
    exchange: FakeExchange
    rows: int
    bare_port: int
    source: Path


class _Node(NodeProcess):
    """With the benchmark's own configuration."""

    def __init__(self, folder: Path, exchange_url: str) -> None:
        super().__init__(folder, exchange_url)
        self.config.write_text(_CONFIG.format(exchange=exchange_url, port=self.port), encoding="utf-8")


def permit(**changes: Any) -> Permit:
    now = datetime.now(UTC)
    standing = {"not_before": now - timedelta(days=1), "not_after": now + timedelta(days=30), "issued_at": now}
    return verification_permit(**{**standing, "calls_max": 10**9, **changes})


class _Exchange(FakeExchange):
    """Hands out its permits in pages, as the exchange does: a hundred thousand at once is no answer to a sync."""

    PAGE = 500

    def _reply(self, told: SyncRequest) -> SyncReply:
        reply, first = super()._reply(told), told.permit_cursor
        page = tuple(self.sent[first : first + self.PAGE])
        return replace(reply, permits=page, permit_cursor=first + len(page), more=first + len(page) < len(self.sent))


@contextlib.contextmanager
def house(rows: int, *, permits: int = 1, bare: bool = True) -> Iterator[House]:
    """Starts both and waits until they answer. Contract `contract-n` has permit `permit-n`, all with the same token."""
    with tempfile.TemporaryDirectory(prefix="tongqu-bench-node-") as name:
        folder = Path(name)
        write_source(folder / "credit.parquet", rows)
        exchange = _Exchange(lambda: datetime.now(UTC))
        with exchange_over_http(exchange) as url:
            node = _Node(folder, url)
            node.enrol()
            for number in range(1, permits + 1):
                exchange.issue(permit(id=f"permit-{number}", contract=f"contract-{number}"))
            peer = multiprocessing.get_context("spawn").Process(
                target=serve_bare, args=(folder / "credit.parquet", port := free_port()), daemon=True
            )
            node.start_without_waiting()
            try:
                node.wait_until(lambda: _answers(node.port, permits), seconds=1_800)
                if bare:
                    peer.start()
                    _wait_for(port)
                yield House(node, exchange, rows, port, folder / "credit.parquet")
            finally:
                if peer.pid is not None:
                    peer.terminate()
                    peer.join()
                node.kill()


def call_key() -> str:
    """Another one for each call, in whatever round, in the form of a UUID."""
    drawn = os.urandom(16).hex()
    return f"{drawn[:8]}-{drawn[8:12]}-{drawn[12:16]}-{drawn[16:20]}-{drawn[20:]}"


def request(number: int, keys: list[str], call: str, *, batch: bool = False) -> bytes:
    """One verification of the permit of that number, as bytes."""
    asked = '"keys":["' + '","'.join(keys) + '"]' if batch else f'"key":"{keys[0]}"'
    body = f'{{"permit":"permit-{number}","purpose":"{PURPOSE}","question":"arrears",{asked}}}'.encode()  # fmt: skip
    return (
        f"POST /v1/verify HTTP/1.1\r\nHost: node\r\nAuthorization: Bearer {TOKEN}\r\nTongqu-Call: {call}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def serve_bare(file: Path, port: int) -> None:
    """The same lookup and the same answer, and nothing else."""
    import json

    import uvloop
    from granian.constants import HTTPModes, Interfaces
    from granian.server.embed import Server
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from tests.node.rows import Given
    from tongqu.node.modes import verification
    from tongqu.node.sources.hashing import KeyedHash
    from tongqu.node.sources.keys import index_of

    table = pq.read_table(file)
    with tempfile.TemporaryDirectory(prefix="tongqu-bench-keys-") as folder:  # what is mapped stays without its name
        keys = index_of("credit", Given(table, 65_536), "id", Path(folder) / "keys", KeyedHash(b"bare"))
    codes = (2 - table.column("arrears").to_numpy()[keys.order]).astype(np.uint8)
    words = ("unknown", "yes", "no")

    async def verify(request: Request) -> Response:
        asked = json.loads(await request.body())
        if "key" in asked:
            at = keys.find(asked["key"])
            answers = [words[codes[at] if at >= 0 else 0]]
        else:
            found = verification.answer_codes(keys.find_many(asked["keys"]), codes)
            answers = [words[code] for code in found]
        return Response(json.dumps({"answers": answers}).encode(), media_type="application/json")

    async def serve() -> None:
        app = Starlette(routes=[Route("/v1/verify", verify, methods=["POST"])])
        await Server(
            app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, websockets=False, http=HTTPModes.http1,
            log_enabled=False,
        ).serve()  # fmt: skip

    uvloop.run(serve())


def _answers(port: int, number: int) -> bool:
    import http.client
    import uuid

    asked = request(number, [key(7)], str(uuid.uuid4()))
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        head, _, body = asked.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        connection.request("POST", "/v1/verify", body, headers)
        return connection.getresponse().status == 200
    except OSError:
        return False


def _wait_for(port: int) -> None:
    import socket

    ends = time.monotonic() + 300
    while time.monotonic() < ends:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        threading.Event().wait(0.2)
    raise RuntimeError("the bare peer did not start")

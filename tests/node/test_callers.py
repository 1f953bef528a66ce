"""A stranger is turned away unread; who sends slowly, or much, takes nobody else's place."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.node.processes import NodeProcess, exchange_over_http
from tests.node.world import OTHER_TOKEN, TOKEN, FakeExchange, World, codes, verification_permit
from tongqu.node.callers import Callers, Crowded, Stay
from tongqu.node.door import application
from tongqu.node.keeper import wall_clock
from tongqu.node.serving import connections_max
from tongqu.wire.permit import token_digest

QUESTION = json.dumps({"permit": "permit-1", "purpose": "信贷审批", "question": "arrears", "key": "001"}).encode()
OTHERS = QUESTION.replace(b"permit-1", b"permit-9")


def others_permit(**changes: Any) -> Any:
    return verification_permit(
        id="permit-9", contract="contract-9", token_sha256=token_digest(OTHER_TOKEN), buyer="party-9", **changes
    )


def door(world: World, **limits: Any) -> httpx.AsyncClient:
    told = {"body_bytes_max": 4_000, "request_seconds_max": 30, **limits}
    transport = httpx.ASGITransport(application(world.keeper, **told))
    return httpx.AsyncClient(transport=transport, base_url="http://node.test")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Tongqu-Call": str(uuid.uuid4())}


@pytest.mark.anyio
async def test_a_stranger_is_turned_away_unread(tmp_path: Path) -> None:
    async def never_read() -> AsyncIterator[bytes]:
        raise AssertionError("the body of a stranger was read")
        yield b""

    async with World(tmp_path) as world, door(world) as node:
        await world.issue(verification_permit())
        refused = await node.post("/v1/verify", content=never_read(), headers=bearer(OTHER_TOKEN))
        assert (refused.status_code, codes(refused)) == (401, ["permit-or-token-wrong"])
        for path in ("/v1/datasets/permit-1", "/v1/receipts"):  # before a word about what is wrong with the question
            assert codes(await node.get(path, headers=bearer(OTHER_TOKEN))) == ["permit-or-token-wrong"]


class Slow:
    """Calls whose bodies never end, until told."""

    def __init__(self) -> None:
        self.begun = 0
        self._enough = asyncio.Event()

    async def body(self, first: bytes = b"{") -> AsyncIterator[bytes]:
        self.begun += 1
        yield first
        await self._enough.wait()

    async def until(self, begun: int) -> None:
        while self.begun < begun:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)

    def end(self) -> None:
        self._enough.set()


@pytest.mark.anyio
async def test_a_body_has_its_time(tmp_path: Path) -> None:
    async with World(tmp_path) as world, door(world, body_seconds_max=0.05) as node:
        await world.issue(verification_permit())
        refused = await node.post("/v1/verify", content=Slow().body(), headers=bearer(TOKEN))
        assert (refused.status_code, codes(refused)) == (408, ["too-slow"])


@pytest.mark.anyio
async def test_one_who_sends_slowly_takes_no_place_of_another(tmp_path: Path) -> None:
    slow = Slow()
    async with World(tmp_path) as world, door(world, callers_max=16) as node:
        await world.issue(verification_permit(), others_permit())
        waiting = [
            asyncio.create_task(node.post("/v1/verify", content=slow.body(), headers=bearer(TOKEN))) for _ in range(4)
        ]
        await slow.until(4)
        refused = await node.post("/v1/verify", content=QUESTION, headers=bearer(TOKEN))
        assert (refused.status_code, codes(refused)) == (429, ["too-many-at-once"])
        assert refused.headers["retry-after"] == "1"
        shared = await node.get("/delta-sharing/0/shares", headers=bearer(TOKEN))  # the other doors, the same places
        assert (shared.status_code, shared.json()["code"]) == (429, "too-many-at-once")
        assert (shared.headers["retry-after"], shared.headers["connection"]) == ("1", "close")
        assert refused.json()["reasons"][0]["words"]["zh"] in shared.json()["message"]
        assert (await node.post("/v1/verify", content=OTHERS, headers=bearer(OTHER_TOKEN))).status_code == 200
        slow.end()
        assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [400] * 4
        assert (await node.post("/v1/verify", content=QUESTION, headers=bearer(TOKEN))).status_code == 200


@pytest.mark.anyio
async def test_bodies_take_bounded_memory_until_they_are_answered(tmp_path: Path) -> None:
    """Sixteen bodies of the largest size together; a quarter of that for one token."""
    slow = Slow()
    async with World(tmp_path) as world, door(world) as node:
        await world.issue(verification_permit(), others_permit())
        waiting = [
            asyncio.create_task(node.post("/v1/verify", content=slow.body(b" " * 4_000), headers=bearer(TOKEN)))
            for _ in range(4)
        ]
        await slow.until(4)
        refused = await node.post("/v1/verify", content=QUESTION, headers=bearer(TOKEN))
        assert codes(refused) == ["too-many-at-once"]
        assert (await node.post("/v1/verify", content=OTHERS, headers=bearer(OTHER_TOKEN))).status_code == 200
        slow.end()
        await asyncio.gather(*waiting)
        assert (await node.post("/v1/verify", content=QUESTION, headers=bearer(TOKEN))).status_code == 200


@pytest.mark.anyio
async def test_when_all_places_are_taken_operators_are_still_answered(tmp_path: Path) -> None:
    slow = Slow()
    async with World(tmp_path) as world, door(world, callers_max=2) as node:
        tokens = ["tq_" + letter * 43 for letter in "abc"]
        await world.issue(
            *(verification_permit(id=f"permit-{token[3]}", token_sha256=token_digest(token)) for token in tokens)
        )
        waiting = [
            asyncio.create_task(node.post("/v1/verify", content=slow.body(), headers=bearer(token)))
            for token in tokens[:2]
        ]
        await slow.until(2)
        busy = await node.post("/v1/verify", content=QUESTION, headers=bearer(tokens[2]))
        assert (busy.status_code, codes(busy)) == (503, ["node-busy"])
        assert (await node.get("/health")).status_code == 200
        assert b'tongqu_node_refused_total{code="node-busy"} 1.0' in (await node.get("/metrics")).content
        slow.end()
        await asyncio.gather(*waiting)


def test_a_place_is_given_back_whatever_happens_inside() -> None:
    callers = Callers(at_once_max=4, bytes_max=400)
    with contextlib.suppress(Crowded), Stay(callers) as stay:
        caller = stay.enter("bank", "t")
        caller.hold(60)
        caller.hold(60)
    with Stay(callers) as stay:
        stay.enter("bank", "t").hold(100)
        with pytest.raises(Crowded), Stay(callers) as another:
            another.enter("bank", "t")
    with Stay(callers) as stay:
        stay.enter("bank", "t").hold(100)


def test_connections_never_take_the_last_handles(monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr("tongqu.node.serving.resource.setrlimit", lambda _what, limits: raised.append(limits))
    for limits, connections in (((1_024, 524_288), 4_096), ((1_024, 4_096), 1_920), ((-1, -1), 4_096)):
        monkeypatch.setattr("tongqu.node.serving.resource.getrlimit", lambda _what, held=limits: held)
        assert connections_max(1_024) == connections
    assert raised == [(8_448, 524_288), (4_096, 4_096)]


@pytest.mark.slow
def test_half_sent_bodies_block_neither_health_nor_a_buyer(tmp_path: Path) -> None:
    """As many half calls as the node lets inside, of strangers and of a token's holder, over real connections."""
    exchange = FakeExchange(wall_clock)
    with exchange_over_http(exchange) as url, contextlib.ExitStack() as held:
        node = NodeProcess(tmp_path, url)
        limits = f"port = {node.port}\nrequests_waiting_max = 16"
        node.config.write_text(node.config.read_text().replace(f"port = {node.port}", limits))
        node.enrol()
        now = wall_clock()
        period = {"not_before": now - timedelta(days=1), "not_after": now + timedelta(days=1)}
        exchange.issue(verification_permit(**period))
        exchange.issue(others_permit(**period))
        node.start()
        for token in ("any-text-will-do", TOKEN):
            for _ in range(40):
                line = held.enter_context(socket.create_connection(("127.0.0.1", node.port), 5))
                head = "".join(f"{name}: {value}\r\n" for name, value in bearer(token).items())
                line.sendall(f"POST /v1/verify HTTP/1.1\r\nHost: n\r\n{head}Content-Length: 1000\r\n\r\n{{".encode())
        assert httpx.get(f"{node.url}/health", timeout=5).json()["working"] is True
        assert httpx.get(f"{node.url}/metrics", timeout=5).status_code == 200
        answer = httpx.post(f"{node.url}/v1/verify", content=OTHERS, headers=bearer(OTHER_TOKEN), timeout=5)
        assert answer.status_code == 200
        assert node.stop() == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_of_two_nodes_that_start_at_once_on_a_port_one_has_it(tmp_path: Path, workers: int) -> None:
    with exchange_over_http(FakeExchange(wall_clock)) as url:
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
        nodes = [NodeProcess(tmp_path / name, url) for name in ("one", "other")]
        for node in nodes:
            node.enrol()
            text = node.config.read_text().replace(
                f"port = {node.port}", f"port = {nodes[0].port}\nworkers = {workers}"
            )
            node.config.write_text(text)
        for node in nodes:
            node.start_without_waiting()
        processes = [node.process for node in nodes if node.process is not None]
        try:
            ends = time.monotonic() + 60
            while all(process.poll() is None for process in processes) and time.monotonic() < ends:
                time.sleep(0.05)
            assert sorted(process.poll() is None for process in processes) == [False, True]
            (stopped,) = (node for node in nodes if node.process is not None and node.process.poll() is not None)
            assert "port-in-use" in stopped.log.read_text()
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(30)


def test_a_node_takes_no_port_that_another_listens_on(tmp_path: Path) -> None:
    """Also where that one would share it: each would get some of the other's calls."""
    with exchange_over_http(FakeExchange(wall_clock)) as url, socket.socket() as other:
        node = NodeProcess(tmp_path, url)
        node.enrol()
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", node.port))
        other.listen()
        node.start_without_waiting()
        assert node.process is not None
        assert node.process.wait(60) != 0
        assert "port-in-use" in node.log.read_text()

"""How many calls a second are answered with a durable receipt at 64 connections, beside the disk's own limit?

The limit is how often the same disk synchronises 4 KiB appended to a file, one after the other. Last, the node is killed (-9)
under load and started again: every call that was answered must have its receipt.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
import uuid
from collections.abc import Iterator

import httpx

from bench import load, node_house
from bench.figures import Figure, Report, rates_compared
from tests.node.world import TOKEN

ROWS, CONNECTIONS, SECONDS, ROUNDS = 100_000, 64, 8.0, 3
CALLS_PER_SECOND = 5_000


def measure(seconds: float = SECONDS, rounds: int = ROUNDS) -> Report:
    with node_house.house(ROWS, bare=False) as house:
        ours, disk = [], []
        for _ in range(rounds):
            disk.append(_synchronised(seconds / 2))
            ours.append(_offered(house, seconds).per_second)
        answered = asyncio.run(_answered_until_killed(house, seconds / 2))
        house.node.start_without_waiting()
        house.node.wait_until(lambda: _kept(house) is not None)
        lost = len(answered - (_kept(house) or set()))
        rate = rates_compared("node_receipts", ours, "fdatasync of the disk", disk)
        lines = [
            (str(n + 1), f"{a:,.0f}", f"{b:,.0f}", f"{a / b:.3f}")
            for n, (a, b) in enumerate(zip(ours, disk, strict=True))
        ]
        return Report(
            "node_receipts", f"{__doc__}".split("\n\n")[0], ("round", "calls/s", "fdatasync/s", "ratio"), lines,
            [rate, Figure("node_receipts.reach", rate.ours, "5,000 calls a second", CALLS_PER_SECOND, rate.ours / CALLS_PER_SECOND, "1/s", rounds)],
            [f"Killed under load: {len(answered):,} calls had been answered, {lost} of them lost their receipt."],
        )  # fmt: skip


def _offered(house: node_house.House, seconds: float) -> load.Load:
    def asked(connection: int) -> Iterator[bytes]:
        numbers = random.Random(connection)
        while True:
            yield node_house.request(1, [node_house.key(numbers.randrange(ROWS))], node_house.call_key())

    return load.offered(asked, host="127.0.0.1", port=house.node.port, connections=CONNECTIONS, seconds=seconds)


def _synchronised(seconds: float) -> float:
    count, block = 0, os.urandom(4_096)
    with tempfile.TemporaryFile() as file:
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            os.write(file.fileno(), block)
            os.fdatasync(file.fileno())
            count += 1
        return count / (time.perf_counter() - began)


async def _answered_until_killed(house: node_house.House, seconds: float) -> set[str]:
    """The keys of the calls that were answered before the node was killed."""
    answered: set[str] = set()

    async def ask() -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", house.node.port)
            while True:
                call = str(uuid.uuid4())
                writer.write(node_house.request(1, [node_house.key(7)], call))
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
                await reader.readexactly(length)
                assert head.startswith(b"HTTP/1.1 200"), head
                answered.add(call)
        except (OSError, asyncio.IncompleteReadError):
            return

    asking = [asyncio.create_task(ask()) for _ in range(CONNECTIONS)]
    await asyncio.sleep(seconds)
    house.node.kill()
    await asyncio.gather(*asking)
    return answered


def _kept(house: node_house.House) -> set[str] | None:
    """The keys of all calls that have a receipt; None while the node does not answer yet."""
    found, after = set(), 0
    with httpx.Client(base_url=house.node.url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30) as node:
        while after is not None:
            try:
                page = node.get("/v1/receipts", params={"permit": "permit-1", "after": after, "limit": 1_000})
            except httpx.TransportError:
                return None
            if page.status_code != 200:
                return None
            told = page.json()
            found |= {receipt["body"]["call"] for receipt in told["receipts"]}
            after = told["next"]
    return found


if __name__ == "__main__":
    measure().show()

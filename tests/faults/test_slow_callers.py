"""Callers who send or read slowly, or name several contracts with one token, at a node of several workers."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.faults.house import House, ask_fresh, permit_for, running, token_of
from tests.node.processes import exchange_over_http
from tests.node.world import ROWS, FakeExchange, dataset_permit
from tongqu.node.clock import wall_clock
from tongqu.wire.permit import token_digest

pytestmark = [pytest.mark.faults, pytest.mark.slow]
CONTRACTS = [f"c{n}" for n in range(6)]  # of both workers
PLACES = 32
BODY_SECONDS = 1
SEVERAL = "tq_" + "M" * 43
"""A token that its buyer chose for all its contracts."""


@contextlib.contextmanager
def house_of_two(folder: Path) -> Iterator[House]:
    exchange, now = FakeExchange(wall_clock), wall_clock()
    source = folder / "credit.csv"
    with source.open("w") as file:
        file.write(ROWS[0] + "\n")  # of nobody that must not be told: it is handed out
        file.writelines(f"k{n},{'x' * 60},1,50000,2020-01-02\n" for n in range(200_000))
    with exchange_over_http(exchange) as url:
        house = House(folder, url, workers=2)
        house.set("[serve]", f"[serve]\nrequests_waiting_max = {PLACES}\nbody_seconds_max = {BODY_SECONDS}")
        house.enrol()
        for contract in CONTRACTS:
            exchange.issue(permit_for(contract))
            exchange.issue(permit_for(f"m-{contract}", token_sha256=token_digest(SEVERAL)))
        version = hashlib.sha256(source.read_bytes()).hexdigest()
        period = {"not_before": now - timedelta(days=1), "not_after": now + timedelta(days=1)}
        for n in range(2):
            token = token_digest(token_of(f"d{n}"))
            exchange.issue(
                dataset_permit(version, id=f"d{n}", contract=f"d{n}", token_sha256=token, calls_max=99, **period)
            )
        with running(house):
            house.wait_until(lambda: all(ask_fresh(house.url, contract).status_code == 200 for contract in CONTRACTS))
            yield house


def half(house: House, token: str, sent: int = 0) -> socket.socket:
    """A call whose body never comes to its end."""
    line = socket.create_connection(("127.0.0.1", house.port), 20)
    line.sendall(
        f"POST /v1/verify HTTP/1.1\r\nHost: n\r\nAuthorization: Bearer {token}\r\nTongqu-Call: {uuid.uuid4()}\r\n"
        f"Content-Length: 1000000\r\n\r\n{'x' * sent}".encode()
    )
    return line


def status(line: socket.socket) -> int:
    return int(line.recv(12).split()[1])


def test_a_body_has_its_time_whichever_worker_it_came_to(tmp_path: Path) -> None:
    with house_of_two(tmp_path) as house, contextlib.ExitStack() as held:
        began = time.monotonic()
        lines = [held.enter_context(half(house, token_of(contract))) for contract in CONTRACTS for _ in range(3)]
        assert [status(line) for line in lines] == [408] * len(lines)
        assert time.monotonic() - began < 15
        # Their places are free again, on both workers.
        for contract in CONTRACTS:
            assert [ask_fresh(house.url, contract).status_code for _ in range(3)] == [200] * 3


def test_a_token_of_contracts_of_several_workers_is_let_in_as_any_other(tmp_path: Path) -> None:
    with house_of_two(tmp_path) as house, contextlib.ExitStack() as held:
        lines = [held.enter_context(half(house, SEVERAL, 500_000)) for _ in range(2 * PLACES)]
        found = [status(line) for line in lines]
        assert set(found) == {408, 429}
        assert found.count(408) <= PLACES // 4
        for contract in CONTRACTS:
            asked = {"permit": f"permit-of-m-{contract}", "purpose": "信贷审批", "question": "arrears", "key": "001"}
            headers = {"Authorization": f"Bearer {SEVERAL}", "Tongqu-Call": str(uuid.uuid4())}
            assert httpx.post(f"{house.url}/v1/verify", json=asked, headers=headers, timeout=20).status_code == 200


def test_operators_are_answered_for_all_workers_whatever_their_tools_send_along(tmp_path: Path) -> None:
    with house_of_two(tmp_path) as house:
        headers = {"Authorization": "Bearer of-the-monitoring"}
        for _ in range(4):  # of either worker
            told = httpx.get(f"{house.url}/metrics", headers=headers, timeout=20).text
            assert 'worker="0"' in told
            assert 'worker="1"' in told
            assert len(httpx.get(f"{house.url}/health", headers=headers, timeout=20).json()["workers"]) == 2
            assert "standing_still" in httpx.get(f"{house.url}/live", headers=headers, timeout=20).json()


def test_what_is_handed_over_is_read_whole_and_keeps_nobody_from_stopping(tmp_path: Path) -> None:
    with house_of_two(tmp_path) as house, contextlib.ExitStack() as held:
        content = (tmp_path / "credit.csv").read_bytes()
        place = f"?purpose={quote('信贷审批')}"
        for n in range(2):
            for _ in range(4):  # of either worker
                headers = {"Authorization": f"Bearer {token_of(f'd{n}')}", "Tongqu-Call": str(uuid.uuid4())}
                url = f"{house.url}/v1/datasets/d{n}{place}"
                assert httpx.get(url, headers=headers, timeout=30).content == content
                part = httpx.get(url, headers={**headers, "Range": "bytes=7-900006"}, timeout=30)
                assert (part.status_code, part.content) == (206, content[7:900_007])
            for _ in range(3):
                reader = held.enter_context(socket.socket())
                reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
                reader.settimeout(20)
                reader.connect(("127.0.0.1", house.port))
                token, call = token_of(f"d{n}"), uuid.uuid4()
                reader.sendall(
                    f"GET /v1/datasets/d{n}{place} HTTP/1.1\r\nHost: n\r\nAuthorization: Bearer {token}\r\n"
                    f"Tongqu-Call: {call}\r\n\r\n".encode()
                )
                assert status(reader) == 200
            held.enter_context(half(house, token_of(CONTRACTS[n])))
        assert house.process is not None
        house.process.terminate()
        assert house.process.wait(40) == 0
        told = house.log.read_text()
        assert told.count('"event": "worker stopped"') == 2
        assert "worker does not stop" not in told

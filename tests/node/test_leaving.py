"""A large answer keeps its caller's place until the system has it, however slowly it is read, and no reader keeps a node from stopping."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import socket
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.node.processes import NodeProcess, exchange_over_http
from tests.node.world import OTHER_TOKEN, ROWS, TOKEN, FakeExchange, dataset_permit, verification_permit
from tongqu.node.clock import wall_clock
from tongqu.node.config.whole import GRACE_SECONDS
from tongqu.node.serving import CONNECTIONS_TO_ONE_CALLER
from tongqu.node.workers.watching import STOP_SECONDS_MAX
from tongqu.wire.permit import token_digest

pytestmark = pytest.mark.slow
DATASET = f"/v1/datasets/permit-2?purpose={quote('信贷审批')}"
PLACES = 16


class Node(NodeProcess):
    """One whose data set is larger than what lies between it and a reader, with a few places inside."""

    workers = 1
    places = PLACES
    serve = "grace_seconds = 1"

    def __init__(self, folder: Path, exchange_url: str) -> None:
        super().__init__(folder, exchange_url)
        with (folder / "credit.csv").open("w") as file:
            file.write("\n".join(ROWS) + "\n")
            file.writelines(f"k{n},{'x' * 60},1,50000,2020-01-02\n" for n in range(200_000))
        self.content = (folder / "credit.csv").read_bytes()
        text = self.config.read_text().replace(
            "[serve]", f"[serve]\nrequests_waiting_max = {self.places}\n{self.serve}"
        )
        self.config.write_text(text)

    def head(self, more: str = "") -> str:
        return f"Host: n\r\nAuthorization: Bearer {TOKEN}\r\nTongqu-Call: {uuid.uuid4()}\r\n{more}\r\n"

    def stalled(self) -> socket.socket:
        """A reader of the data set who takes no more than the first bytes."""
        reader = socket.socket()
        reader.settimeout(20)
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        reader.connect(("127.0.0.1", self.port))
        reader.sendall(f"GET {DATASET} HTTP/1.1\r\n{self.head()}".encode())
        return reader

    def fetch(self, **headers: str) -> httpx.Response:
        told = {"Authorization": f"Bearer {TOKEN}", "Tongqu-Call": str(uuid.uuid4()), **headers}
        return httpx.get(self.url + DATASET, headers=told, timeout=30)


def status(reader: socket.socket) -> int:
    return int(reader.recv(12).split()[1])


def read_to_its_end(reader: socket.socket) -> int:
    """How many bytes lay on the way to a reader when it broke off."""
    found = 0
    with contextlib.suppress(OSError):
        while more := reader.recv(1_000_000):
            found += len(more)
    return found


@contextlib.contextmanager
def serving(folder: Path, kind: type[Node] = Node) -> Iterator[Node]:
    exchange, now = FakeExchange(wall_clock), wall_clock()
    period = {"not_before": now - timedelta(days=1), "not_after": now + timedelta(days=1)}
    with exchange_over_http(exchange) as url:
        node = kind(folder, url)
        node.enrol()
        version = hashlib.sha256(node.content).hexdigest()
        exchange.issue(dataset_permit(version, calls_max=1_000, **period))
        token = token_digest(OTHER_TOKEN)
        exchange.issue(verification_permit(id="permit-9", contract="contract-9", token_sha256=token, **period))
        node.start()
        node.wait_until(lambda: node.fetch().status_code == 200)
        try:
            yield node
        finally:
            assert node.process is not None
            if node.process.poll() is None:
                node.kill()


def test_downloads_that_nobody_reads_take_a_quarter_of_the_places_and_no_more(tmp_path: Path) -> None:
    with serving(tmp_path) as node, contextlib.ExitStack() as held:
        found = [status(held.enter_context(node.stalled())) for _ in range(4 * PLACES)]
        assert found == [200] * (PLACES // 4) + [429] * (4 * PLACES - PLACES // 4)
        for path in ("/live", "/health", "/metrics"):
            assert httpx.get(node.url + path, timeout=5).status_code == 200
        asked = {"permit": "permit-9", "purpose": "信贷审批", "question": "arrears", "key": "001"}
        headers = {"Authorization": f"Bearer {OTHER_TOKEN}", "Tongqu-Call": str(uuid.uuid4())}
        assert httpx.post(f"{node.url}/v1/verify", json=asked, headers=headers, timeout=5).status_code == 200
        held.close()
        node.wait_until(lambda: node.fetch().status_code == 200)  # with the readers their places have gone


def test_a_download_is_whole_and_a_stretch_of_it_is_that_stretch(tmp_path: Path) -> None:
    with serving(tmp_path) as node:
        for _ in range(PLACES):  # each gives its place back
            assert node.fetch().content == node.content
        for first, last in ((0, 0), (5, 1_000_004), (262_144, 524_287)):
            part = node.fetch(Range=f"bytes={first}-{last}")
            assert (part.status_code, part.content) == (206, node.content[first : last + 1])


class Roomy(Node):
    places = 256

    def memory(self) -> int:
        """Resident bytes."""
        assert self.process is not None
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_download_that_nobody_reads_takes_less_than_a_megabyte(tmp_path: Path) -> None:
    with serving(tmp_path, Roomy) as node, contextlib.ExitStack() as held:
        for _ in range(5):
            assert node.fetch().content == node.content
        before, unread = node.memory(), Roomy.places // 4
        assert [status(held.enter_context(node.stalled())) for _ in range(unread)] == [200] * unread
        time.sleep(1)
        assert (node.memory() - before) / unread < 1_000_000


class Impatient(Node):
    reader_seconds = 2
    serve = f"reader_seconds_max = {reader_seconds}\ngrace_seconds = 1"


def test_a_reader_who_takes_nothing_is_ended_and_one_who_is_slow_is_not(tmp_path: Path) -> None:
    with serving(tmp_path, Impatient) as node, contextlib.ExitStack() as held:
        stalled = [held.enter_context(node.stalled()) for _ in range(PLACES // 4)]
        assert [status(each) for each in stalled] == [200] * (PLACES // 4)
        assert node.fetch().status_code == 429
        slow, taken = stalled[0], 0

        def others_are_gone() -> bool:
            nonlocal taken
            taken += len(slow.recv(200_000))
            return node.fetch().status_code == 200

        node.wait_until(others_are_gone)
        while more := slow.recv(1_000_000):
            taken += len(more)
            if taken > len(node.content):
                break
        assert taken > len(node.content)
        assert read_to_its_end(stalled[1]) < len(node.content)


class OfTwo(Node):
    workers = 2
    serve = f"workers = {workers}\n{Node.serve}"


@pytest.mark.parametrize("kind", [Node, OfTwo])
def test_a_reader_who_takes_nothing_does_not_keep_the_node_from_stopping(tmp_path: Path, kind: type[Node]) -> None:
    with serving(tmp_path, kind) as node, contextlib.ExitStack() as held:
        for _ in range(PLACES // 4 // node.workers):
            assert status(held.enter_context(node.stalled())) == 200
        began = time.monotonic()
        assert node.stop() == 0
        assert time.monotonic() - began < 10  # which is what it grants unless it is told otherwise
        assert '"event": "stopped"' in node.log.read_text()
        assert '"event": "cut off at the stop"' in node.log.read_text()
        assert len(node.journal_lines()) >= PLACES // 4 // node.workers


def test_readers_of_several_workers_are_ended_as_well(tmp_path: Path) -> None:
    class ImpatientOfTwo(Impatient):
        serve = f"workers = 2\n{Impatient.serve}"

    with serving(tmp_path, ImpatientOfTwo) as node, contextlib.ExitStack() as held:
        stalled = [held.enter_context(node.stalled()) for _ in range(2)]
        assert [status(each) for each in stalled] == [200, 200]
        time.sleep(Impatient.reader_seconds * 4)
        assert [read_to_its_end(each) < len(node.content) for each in stalled] == [True, True]


def test_the_proxy_holds_fewer_connections_than_a_node_accepts() -> None:
    sample = (Path(__file__).parents[2] / "deploy" / "nginx-tongqu-node.conf").read_text("utf-8")
    bounds = dict(re.findall(r"limit_conn (\w+) (\d+);", sample))
    of_one, of_all = int(bounds["tongqu_callers"]), int(bounds["tongqu_everybody"])
    assert of_one < of_all < CONNECTIONS_TO_ONE_CALLER * 1_024  # requests_waiting_max, unless a node says otherwise


def test_systemd_waits_longer_than_the_node_grants_those_who_are_inside() -> None:
    unit = Path(__file__).parents[2] / "deploy" / "tongqu-node.service"
    granted = re.search(r"^TimeoutStopSec=(\d+)$", unit.read_text("utf-8"), re.MULTILINE)
    assert granted is not None
    assert int(granted[1]) > GRACE_SECONDS + STOP_SECONDS_MAX

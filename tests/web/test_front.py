"""Requests that are slow, large, broken off or many, at a real granian: whoever sends half of one stops nobody else."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tongqu.exchange.web import front
from tongqu.up.places import Places
from tongqu.up.processes import EXCHANGE

PAUSE_SECONDS = 1.5
SERVED = f"""
import os, time
from pathlib import Path
from tongqu.exchange.web.wsgi import application as django
from tongqu.exchange.web.front import Front, Limits

def endless():
    try:
        while True:
            yield b"x" * 65536
    finally:
        (Path(os.environ["TMPDIR"]) / f"closed-{{time.monotonic_ns()}}").touch()

def house(environ, start):
    # Django, and beside it what no page of the house does: keep the thread, answer without end, fail.
    match environ["PATH_INFO"]:
        case "/busy":
            while not (Path(os.environ["TMPDIR"]) / "free").exists():
                time.sleep(0.05)
        case "/endless":
            start("200 OK", [("Content-Type", "text/plain")])
            return endless()
        case "/counted":
            start("200 OK", [("Content-Type", "text/plain")])
            return (f"{{n}};".encode() for n in range(3))
        case "/echo":
            content = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            start("200 OK", [("Content-Length", str(len(content)))])
            return [content]
        case "/fails":
            raise RuntimeError("a fault of the house")
        case _:
            return django(environ, start)
    start("200 OK", [("Content-Length", "2")])
    return [b"ok"]

application = Front(house, Limits(pause_seconds={PAUSE_SECONDS}, patience_seconds=4, line=4, probes=2, held_bytes_of_one=10_000_000))
"""


class Served:
    """One exchange, with one worker."""

    def __init__(self, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
        self.port, self.process, self.log = port, process, log

    def half_sent(self, path: str, *, length: int = 100_000, body: bytes = b"a", method: str = "POST") -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n"
        line.sendall(head.encode() + body)
        return line

    def answers_quickly(self) -> bool:
        with contextlib.suppress(OSError):
            return self.get("/health/live", seconds=1)[0] == 200
        return False

    def get(
        self, path: str, *, seconds: float = 5.0, method: str = "GET", body: bytes | None = None
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        with contextlib.closing(connection):
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            return answer.status, answer.read()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("front")
    (folder / "served.py").write_text(SERVED, encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(sys.executable, "-m", "granian", "--interface", "asginl", "--port", str(port), "--no-ws"),
        *("--http", "1", "--http1-header-read-timeout", "1500", "--backlog", "160"),
    ]
    environment = {
        **os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path]), "TONGQU_SECRET_KEY": "k" * 50,
        "DJANGO_SETTINGS_MODULE": "tongqu.exchange.settings", "TMPDIR": str(folder),
    }  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "served:application"], env=environment, stdout=log, stderr=log)
    one = Served(port, process, folder / "log")
    try:
        _until_it_answers(one)
        yield one
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _until_it_answers(one: Served) -> None:
    for _ in range(120):
        with contextlib.suppress(OSError):
            if one.get("/health/live")[0] == 200:
                return
        assert one.process.poll() is None, one.log.read_text("utf-8")
        time.sleep(0.5)
    raise AssertionError(one.log.read_text("utf-8"))


def answer_on(line: socket.socket) -> tuple[int, bytes]:
    with contextlib.closing(http.client.HTTPResponse(line)) as answer:
        answer.begin()
        return answer.status, answer.read()


def test_half_sent_requests_stop_nobody(served: Served) -> None:
    lines = [served.half_sent("/account/login/") for _ in range(20)]
    began = time.monotonic()
    assert served.get("/health/live")[0] == 200
    assert time.monotonic() - began < 3.0
    for line in lines:
        line.close()


def test_nobody_alone_takes_every_place(served: Served) -> None:
    """Of a hundred half-sent requests from one address most are sent away at once, and others' forms arrive."""
    lines = [served.half_sent("/account/login/") for _ in range(100)]
    with contextlib.closing(socket.create_connection(("127.0.0.1", served.port), 5, ("127.0.0.2", 0))) as other:
        other.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab")
        assert answer_on(other) == (200, b"ab")
    told = [answer_on(line)[0] for line in lines]
    assert set(told) == {408, 503}
    assert told.count(503) >= 50


def test_large_bodies_of_one_address_leave_room_for_everybody_else(served: Served) -> None:
    """One address fills its own share of the disk; another's large body and everybody's small ones arrive."""
    lines = [served.half_sent("/desk/admission/new", length=50 * 10**6, body=b"x" * 6_000_000) for _ in range(2)]
    assert select.select(lines, [], [], 30)[0]  # one of the two was sent away, so the other has its place
    assert served.get("/echo", method="POST", body=b"small") == (200, b"small")
    with contextlib.closing(socket.create_connection(("127.0.0.1", served.port), 5, ("127.0.0.2", 0))) as other:
        other.sendall(
            b"POST /desk/admission/new HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 3_000_000
        )
        assert answer_on(other)[0] not in {408, 503}
    told = [answer_on(line)[0] for line in lines]
    assert sorted(told) == [408, 503]


def test_connections_that_never_speak_are_let_go(served: Served) -> None:
    lines = [socket.create_connection(("127.0.0.1", served.port), timeout=10) for _ in range(170)]
    assert _until(lambda: served.answers_quickly())
    for line in lines:
        line.close()


def test_the_exchange_is_served_behind_its_front() -> None:
    command = EXCHANGE.command(Places(var=Path("var"), port=8600, node_port=8700))
    assert command[command.index("--http") + 1] == "1"  # else a connection that never speaks is waited for without end
    assert "--http1-header-read-timeout" in command
    assert command[-1] == "tongqu.exchange.web.asgi:application"
    assert command[command.index("--interface") + 1] == "asginl"


def test_a_body_that_stops_coming_is_given_up(served: Served) -> None:
    began = time.monotonic()
    status, page = answer_on(served.half_sent("/account/login/"))
    assert (status, PAUSE_SECONDS - 0.5 < time.monotonic() - began < PAUSE_SECONDS + 3) == (408, True)
    assert "请求没有在时限内传完".encode() in page
    assert b"did not arrive in time" in page
    status, problem = answer_on(served.half_sent("/api/negotiation"))
    assert (status, json.loads(problem)["code"]) == (408, "too-slow")


def test_a_body_that_trickles_is_given_up_too(served: Served) -> None:
    """A byte now and then is progress, but not for ever."""
    line = served.half_sent("/account/login/")
    began = time.monotonic()
    with contextlib.suppress(OSError):
        while time.monotonic() - began < 8:
            line.sendall(b"a")
            time.sleep(0.5)
            line.settimeout(0.01)
            with contextlib.suppress(TimeoutError):
                assert line.recv(12) == b"HTTP/1.1 408"
                break
            line.settimeout(10)
    assert 3 < time.monotonic() - began < 7


@pytest.mark.parametrize(
    ("path", "length"),
    [
        ("/account/login/", front.FORM_BYTES_MAX + 1), ("/", 10**6), ("/desk/keys", 10**6), ("/api/me", 6 * 2**20),
        ("/wire/sync", 9 * 2**20), ("/api/papers", 60 * 10**6), ("/desk/admission/new", 10**9), ("/verify/x", 10**8),
    ],
)  # fmt: skip
def test_what_announces_too_much_is_refused_before_it_comes(served: Served, path: str, length: int) -> None:
    status, said = answer_on(served.half_sent(path, length=length))
    assert status == 413
    assert b"too-large" in said


def test_what_announces_nothing_is_refused_once_it_is_too_much(served: Served) -> None:
    line = socket.create_connection(("127.0.0.1", served.port), timeout=10)
    line.sendall(b"POST /api/me HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(120):
            line.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
    status, problem = answer_on(line)
    assert (status, json.loads(problem)["code"]) == (413, "too-large")


def test_what_is_within_the_limits_arrives_whole(served: Served) -> None:
    for size in (0, 1, 5000, front.FORM_BYTES_MAX):
        content = os.urandom(size)
        assert served.get("/echo", method="POST", body=content) == (200, content)


def test_a_body_that_breaks_off_leaves_nothing(served: Served) -> None:
    line = served.half_sent("/desk/admission/new", length=50 * 10**6, body=b"x" * 2 * 10**6)
    assert _until(lambda: _open_files(served) == 1)
    line.close()
    assert _until(lambda: _open_files(served) == 0)


def _until(met: Callable[[], bool]) -> bool:
    return any(met() or time.sleep(0.1) for _ in range(150))


def _open_files(served: Served) -> int:
    """Nameless files under the worker's folder for such: what large bodies lie in."""
    children = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children").read_text().split()
    found = 0
    for child in children:
        for link in Path(f"/proc/{child}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = os.readlink(link)
                found += target.startswith(str(served.log.parent)) and "deleted" in target
    return found


def test_a_full_line_is_told_to_come_again_and_health_still_answers(served: Served) -> None:
    working = served.half_sent("/busy", length=0, body=b"")
    _settle()
    waiting = [served.half_sent("/busy", length=0, body=b"") for _ in range(3)]
    _settle()
    status, page = served.get("/products")
    assert (status, "系统繁忙".encode() in page) == (503, True)
    waiting.pop().close()  # whoever leaves the line makes room
    _settle()
    late = served.half_sent("/echo", length=0, body=b"")
    _settle()
    assert served.get("/products")[0] == 503
    probe = served.half_sent("/health/live", length=0, body=b"", method="GET")
    (served.log.parent / "free").touch()
    assert [answer_on(line)[0] for line in (working, *waiting, late, probe)] == [200] * 5


def _settle() -> None:
    time.sleep(0.3)


def test_an_answer_without_end_keeps_no_thread(served: Served) -> None:
    """Somebody who asks and does not read: the next one is served all the same."""
    slow = [served.half_sent("/endless", length=0, body=b"") for _ in range(3)]
    time.sleep(0.5)
    began = time.monotonic()
    assert served.get("/health/live")[0] == 200
    assert time.monotonic() - began < 3.0
    for line in slow:
        line.close()
    assert _until(lambda: len(list(served.log.parent.glob("closed-*"))) == len(slow))


def test_pieces_go_out_as_they_come(served: Served) -> None:
    assert served.get("/counted") == (200, b"0;1;2;")
    assert served.get("/static/web/vendor/echarts/echarts.min.js")[0] == 200


def test_a_fault_before_the_answer_is_a_500_without_details(served: Served) -> None:
    status, page = served.get("/fails")
    assert (status, b"server-error" in page, b"fault of the house" in page) == (500, True, False)

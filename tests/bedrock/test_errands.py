"""Calls to the outside: after commit, once per key, never to a private address, visible when they give up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import transaction

from tongqu.exchange.bedrock import errands
from tongqu.exchange.bedrock.errands.models import ErrandRow

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def to(*addresses: str) -> Any:
    return lambda host, port: list(addresses)


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("http://169.254.169.254/latest/meta-data", ["169.254.169.254"]),
        ("https://localhost/x", ["127.0.0.1"]),
        ("https://[::ffff:127.0.0.1]/x", ["::ffff:127.0.0.1"]),
        ("https://2130706433/x", ["127.0.0.1"]),
        ("https://example.test/x", ["10.0.0.5"]),
        ("https://example.test/x", ["93.184.216.34", "192.168.1.1"]),
        ("https://example.test/x", ["fd00::1"]),
        ("https://example.test/x", ["64:ff9b:1::7f00:1"]),
        ("https://example.test/x", ["2002:7f00:1::1"]),
        ("https://example.test/x", ["224.0.0.1"]),
        ("https://example.test/x", ["0.0.0.0"]),
        ("https://user:secret@example.test/x", ["93.184.216.34"]),
        ("http://example.test/x", ["93.184.216.34"]),
        ("file:///etc/passwd", ["93.184.216.34"]),
        ("gopher://example.test/x", ["93.184.216.34"]),
        ("https://example.test:99999/x", ["93.184.216.34"]),
        ("https:///x", ["93.184.216.34"]),
    ],
)
def test_an_address_that_is_not_public_is_refused(url: str, addresses: list[str]) -> None:
    with pytest.raises(errands.Forbidden) as refused:
        errands.guard(url, resolver=to(*addresses))
    assert refused.value.words.zh
    assert "secret" not in str(refused.value)


def test_a_public_address_is_called_at_the_very_address_that_was_checked() -> None:
    target = errands.guard("https://example.test/a?b=1", resolver=to("93.184.216.34"))
    assert (target.address, target.host, target.port, target.path) == ("93.184.216.34", "example.test", 443, "/a?b=1")


def test_a_private_host_is_called_only_on_the_very_port_that_is_allowed() -> None:
    assert errands.guard("http://127.0.0.1:8700/x", allow={"127.0.0.1:8700"}).port == 8700
    with pytest.raises(errands.Forbidden):
        errands.guard("http://127.0.0.1:8701/x", allow={"127.0.0.1:8700"})


class Peer(BaseHTTPRequestHandler):
    answers: list[int] = []
    calls: list[str] = []
    body = b"ok"

    def do_POST(self) -> None:
        type(self).calls.append(self.headers["Idempotency-Key"])
        self.rfile.read(int(self.headers["Content-Length"]))
        status = type(self).answers.pop(0) if type(self).answers else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/stolen")
        self.end_headers()
        self.wfile.write(type(self).body)

    def log_message(self, *args: object) -> None:
        return


@pytest.fixture
def peer(settings: Any) -> Iterator[str]:
    Peer.answers, Peer.calls, Peer.body = [], [], b"ok"
    server = HTTPServer(("127.0.0.1", 0), Peer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.ERRAND_ALLOW = frozenset({f"127.0.0.1:{server.server_port}"})
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()


@pytest.mark.django_db
def test_a_key_is_sent_once(peer: str) -> None:
    assert errands.send("notice", key="n/1", url=peer, body={"a": 1}, at=NOON)
    assert not errands.send("notice", key="n/1", url=peer, body={"a": 1}, at=NOON)
    assert ErrandRow.objects.filter(key="n/1").count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_never_called(peer: str) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        errands.send("notice", key="n/2", url=peer, body={}, at=NOON)
        raise RuntimeError
    assert not ErrandRow.objects.exists()


@pytest.mark.django_db
def test_a_failing_call_is_tried_again_and_then_done(peer: str) -> None:
    errands.send("notice", key="n/3", url=peer, body={}, at=NOON)
    row = ErrandRow.objects.get(key="n/3")
    Peer.answers = [500, 302]
    for _ in range(2):
        with pytest.raises(errands.NotYet):
            errands.run(row.pk)
    errands.run(row.pk)
    row.refresh_from_db()
    assert (row.status, row.tries, row.last_answer) == ("done", 3, "HTTP 200")
    errands.run(row.pk)
    assert Peer.calls == ["n/3"] * 3


@pytest.mark.django_db
def test_after_the_last_try_it_is_stuck_and_can_be_sent_again(peer: str) -> None:
    errands.send("notice", key="n/4", url=peer, body={}, at=NOON)
    row = ErrandRow.objects.get(key="n/4")
    Peer.answers = [503] * 8
    for _ in range(7):
        with pytest.raises(errands.NotYet):
            errands.run(row.pk)
    errands.run(row.pk)
    assert [e.key for e in errands.stuck()] == ["n/4"]
    errands.retry(row.pk)
    errands.run(row.pk)
    assert errands.stuck() == []


@pytest.mark.django_db
def test_an_endless_answer_is_cut(peer: str) -> None:
    errands.send("notice", key="n/5", url=peer, body={}, at=NOON)
    Peer.body = b"x" * 200_000
    with pytest.raises(errands.NotYet):
        errands.run(ErrandRow.objects.get(key="n/5").pk)
    assert ErrandRow.objects.get(key="n/5").last_answer == "AnswerTooLong"

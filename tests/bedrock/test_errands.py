"""Calls to the outside: after commit, once per key, never to a private address, visible when they give up."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import connection, transaction

from tongqu.exchange.bedrock import errands
from tongqu.exchange.bedrock.errands import calling, running
from tongqu.exchange.bedrock.errands.models import ErrandRow
from tongqu.wire.seals import BadSeal, Ed25519Signer, check

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
PUBLIC = "93.184.216.34"


def to(*addresses: str) -> Any:
    return lambda host, port: list(addresses)


# --- which addresses are called -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("https://example.test/x", ["10.0.0.5"]),
        ("https://example.test/x", [PUBLIC, "192.168.1.1"]),
        ("https://example.test/x", ["100.100.100.200"]),
        ("https://example.test/x", ["168.63.129.16"]),
        ("https://example.test/x", ["169.254.169.254"]),
        ("https://example.test/x", ["fd00::1"]),
        ("https://example.test/x", ["fe80::1%eth0"]),
        ("https://example.test/x", ["::1"]),
        ("https://example.test/x", ["::"]),
        ("https://example.test/x", ["::127.0.0.1"]),
        ("https://example.test/x", ["::ffff:10.0.0.1"]),
        ("https://example.test/x", ["64:ff9b::7f00:1"]),
        ("https://example.test/x", ["64:ff9b:1::7f00:1"]),
        ("https://example.test/x", ["2002:7f00:1::1"]),
        ("https://example.test/x", ["2001:0:7f00:1::1"]),
        ("https://example.test/x", ["224.0.0.1"]),
        ("https://example.test/x", ["ff02::1"]),
        ("https://example.test/x", ["240.0.0.1"]),
        ("https://example.test/x", ["255.255.255.255"]),
        ("https://example.test/x", ["0.0.0.0"]),
        ("https://example.test/x", ["not an address"]),
        ("https://user:secret@example.test/x", [PUBLIC]),
        ("https://secret@example.test/x", [PUBLIC]),
        ("http://example.test/x", [PUBLIC]),
        ("file:///etc/passwd", [PUBLIC]),
        ("gopher://example.test/x", [PUBLIC]),
        ("//example.test/x", [PUBLIC]),
        ("example.test/x", [PUBLIC]),
        ("https://example.test:99999/x", [PUBLIC]),
        ("https://example.test:0/x", [PUBLIC]),
        ("https:///x", [PUBLIC]),
        ("https://exam\nple.test/x", [PUBLIC]),
        ("https://example.test/" + "x" * 2_000, [PUBLIC]),
    ],
)
def test_an_address_that_is_not_public_is_refused(url: str, addresses: list[str]) -> None:
    with pytest.raises(errands.Forbidden) as refused:
        errands.guard(url, resolver=to(*addresses))
    assert refused.value.words.zh
    assert refused.value.mend.zh
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://2130706433/x",
        "https://0x7f000001/x",
        "https://017700000001/x",
        "https://0/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "http://[::ffff:127.0.0.1]/x",
        "https://localhost/x",
        "https://LOCALHOST./x",
    ],
)
def test_no_spelling_of_this_machine_gets_past_the_resolver_itself(url: str) -> None:
    with pytest.raises((errands.Forbidden, errands.UnknownHost)):
        errands.guard(url)


def test_a_public_address_is_called_at_the_very_address_that_was_checked() -> None:
    target = errands.guard("https://example.test/a?b=1#c", resolver=to(PUBLIC))
    assert (target.address, target.host, target.port, target.path) == (PUBLIC, "example.test", 443, "/a?b=1")
    assert (target.url, target.authority) == (f"https://{PUBLIC}:443/a?b=1", "example.test")
    assert errands.guard("https://[2606:4700::1111]:8443/").url == "https://[2606:4700::1111]:8443/"


def test_a_private_host_is_called_only_on_the_very_port_that_is_allowed() -> None:
    assert errands.guard("http://127.0.0.1:8700/x", allow={"127.0.0.1:8700"}).port == 8700
    assert errands.guard("http://[::1]:8700/x", allow={"[::1]:8700"}).port == 8700
    for other in ("http://127.0.0.1:8701/x", "http://localhost:8700/x", "http://127.0.0.1/x"):
        with pytest.raises(errands.Forbidden):
            errands.guard(other, allow={"127.0.0.1:8700"})


# --- a receiver to call ---------------------------------------------------------------------------------------------


class Receiver:
    """A small server that answers as it is told and remembers what it heard."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[Callable[[socket.socket], None]] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._tls = tls
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=s3cret"

    @property
    def keys(self) -> list[str]:
        return [headers["idempotency-key"] for headers, _ in self.heard]

    def close(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(caller,), daemon=True).start()

    def _answer(self, caller: socket.socket) -> None:
        try:
            caller = self._tls.wrap_socket(caller, server_side=True) if self._tls else caller
            with caller:
                self.heard.append(_read(caller))
                (self.answers.pop(0) if self.answers else says(200))(caller)
        except OSError:
            return


def _read(caller: socket.socket) -> tuple[dict[str, str], bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        data += caller.recv(4096)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")[1:]
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers["content-length"]):
        body += caller.recv(4096)
    return headers, body


def says(status: int, *, more: str = "", body: bytes = b"ok") -> Callable[[socket.socket], None]:
    return lambda caller: caller.sendall(
        f"HTTP/1.1 {status} X\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body
    )


def endless(status: int) -> Callable[[socket.socket], None]:
    def answer(caller: socket.socket) -> None:
        caller.sendall(f"HTTP/1.1 {status} X\r\n\r\n".encode())
        while True:
            caller.sendall(b"x" * 65_536)

    return answer


def dripping(caller: socket.socket) -> None:
    """A header that never ends: each byte arrives well before any pause would be too long."""
    caller.sendall(b"HTTP/1.1 200 X\r\nX-Slow: ")
    while True:
        caller.sendall(b"x")
        time.sleep(0.05)


def hangs_up(caller: socket.socket) -> None:
    caller.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def peer(settings: Any) -> Iterator[Receiver]:
    receiver = Receiver()
    settings.ERRAND_ALLOW = frozenset({f"127.0.0.1:{receiver.port}"})
    yield receiver
    receiver.close()


def ask(key: str, url: str, body: dict[str, Any] | None = None, **more: Any) -> ErrandRow:
    with transaction.atomic():
        assert errands.send("notice", key=key, url=url, body=body or {}, at=NOON, **more)
    return ErrandRow.objects.get(key=key)


def jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where task_name = 'tongqu.errand'")
        return int(cursor.fetchone()[0])


# --- asking -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_key_is_sent_once(peer: Receiver) -> None:
    before = jobs()
    assert errands.send("notice", key="n/1", url=peer.url, body={"a": 1}, at=NOON)
    assert not errands.send("notice", key="n/1", url=peer.url, body={"a": 1}, at=NOON)
    assert ErrandRow.objects.filter(key="n/1").count() == 1
    assert jobs() == before + 1


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_never_called(peer: Receiver) -> None:
    before = jobs()
    with transaction.atomic():
        errands.send("notice", key="n/2", url=peer.url, body={}, at=NOON)
        transaction.set_rollback(True)
    assert not ErrandRow.objects.exists()
    assert jobs() == before


@pytest.mark.django_db(transaction=True)
def test_an_errand_without_a_transaction_is_refused(peer: Receiver) -> None:
    with pytest.raises(errands.NoTransaction):
        errands.send("notice", key="n/1", url=peer.url, body={}, at=NOON)


@pytest.mark.django_db
def test_asking_does_not_wait_for_a_name_to_be_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: pytest.fail("looked up inside the act"))
    ask("n/1", "https://example.test/hook")
    with pytest.raises(errands.Forbidden):
        errands.send("notice", key="n/2", url="ftp://example.test/", body={}, at=NOON)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "key", "body"),
    [
        ("", "k", {}),
        ("notice", "", {}),
        ("notice", "k" * 161, {}),
        ("notice", "k\r\nX: y", {}),
        ("notice", "k", {"a": "x" * 300_000}),
        ("notice", "k", {"a": "\x00"}),
    ],
)
def test_an_errand_that_cannot_be_kept_is_refused(kind: str, key: str, body: dict[str, Any]) -> None:
    with pytest.raises(errands.BadErrand):
        errands.send(kind, key=key, url="https://example.test/", body=body, at=NOON)


# --- running ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_failing_call_is_tried_again_with_growing_pauses_and_then_done(peer: Receiver) -> None:
    row = ask("n/3", peer.url, {"数据": "好"})
    peer.answers = [says(500), hangs_up]
    at = NOON
    for pause in (10, 20):
        assert errands.run(row.pk, at=at) == "waiting"
        assert errands.run(row.pk, at=at + timedelta(seconds=pause - 1)) is None
        at += timedelta(seconds=pause)
    assert errands.run(row.pk, at=at) == "done"
    assert errands.run(row.pk, at=at) is None
    seen = errands.errand("n/3")
    assert seen is not None
    assert [(t.number, t.answered, t.error) for t in seen.tries] == [
        (1, 500, "answered 500"), (2, None, "RemoteProtocolError"), (3, 200, ""),
    ]  # fmt: skip
    assert (seen.done_at, seen.host) == (at, f"127.0.0.1:{peer.port}")
    assert peer.keys == ["n/3"] * 3
    assert [body for _, body in peer.heard] == ['{"数据":"好"}'.encode()] * 3
    assert peer.heard[0][0]["host"] == f"127.0.0.1:{peer.port}"


@pytest.mark.django_db
def test_after_the_last_try_it_is_stuck_and_can_be_sent_again(peer: Receiver, settings: Any) -> None:
    settings.ERRAND_TRIES_MAX = 3
    row = ask("n/4", peer.url)
    peer.answers = [says(503)] * 3
    at = NOON
    for _ in range(3):
        errands.run(row.pk, at=at)
        at += timedelta(hours=1)
    assert [(e.key, len(e.tries)) for e in errands.stuck()] == [("n/4", 3)]
    assert errands.run(row.pk, at=at) is None
    errands.retry(row.pk, at=at)
    assert errands.run(row.pk, at=at) == "done"
    assert errands.stuck() == []
    with pytest.raises(errands.NotStuck):
        errands.retry(row.pk, at=at)


@pytest.mark.django_db
def test_nothing_kept_or_logged_tells_a_secret_of_the_address(peer: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    row = ask("n/4", peer.url, {"private": "正文"})
    peer.answers = [says(500, body=b"token=s3cret")]
    errands.run(row.pk, at=NOON)
    shown = repr(errands.errand("n/4"))
    assert "s3cret" not in shown
    assert "正文" not in shown
    assert "s3cret" not in caplog.text


@pytest.mark.django_db
def test_a_redirect_to_the_inside_is_not_followed(peer: Receiver) -> None:
    inside = Receiver()
    row = ask("n/5", peer.url)
    peer.answers = [says(307, more=f"Location: {inside.url}\r\n")]
    assert errands.run(row.pk, at=NOON) == "waiting"
    assert inside.heard == []
    seen = errands.errand("n/5")
    assert seen is not None
    assert seen.tries[0].error == "redirects are not followed"
    inside.close()


@pytest.mark.django_db
def test_a_name_that_leads_inside_is_stuck_at_once_and_nothing_is_called(peer: Receiver) -> None:
    row = ask("n/6", f"https://hook.example.test:{peer.port}/")
    assert errands.run(row.pk, at=NOON, resolver=to("127.0.0.1")) == "stuck"
    assert peer.heard == []
    assert [e.tries[0].error for e in errands.stuck()] == ["address-forbidden"]


@pytest.mark.django_db
def test_a_name_that_changes_its_mind_after_the_check_gains_nothing(
    peer: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the first answer is judged, and any later look-up would be the trap."""
    lookups: list[str] = []
    really = socket.getaddrinfo

    def watched(host: Any, *args: Any, **more: Any) -> Any:
        lookups.append(host if isinstance(host, str) else host.decode())
        return really(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    settings.ERRAND_ALLOW = frozenset({f"hook.example.test:{peer.port}"})
    row = ask("n/7", f"http://hook.example.test:{peer.port}/")
    assert errands.run(row.pk, at=NOON, resolver=to("127.0.0.1")) == "done"
    assert "hook.example.test" not in lookups
    assert peer.heard[0][0]["host"] == f"hook.example.test:{peer.port}"


@pytest.mark.django_db
def test_a_name_without_an_address_is_tried_again_later(peer: Receiver) -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise errands.UnknownHost

    row = ask("n/8", "https://example.test/")
    assert errands.run(row.pk, at=NOON, resolver=nobody) == "waiting"


@pytest.mark.django_db
def test_a_proxy_in_the_environment_is_not_used(peer: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    row = ask("n/9", peer.url)
    assert errands.run(row.pk, at=NOON) == "done"


def test_an_answer_that_comes_byte_by_byte_is_given_up(peer: Receiver) -> None:
    peer.answers = [dripping]
    target = errands.guard(peer.url, allow={f"127.0.0.1:{peer.port}"})
    began = time.monotonic()
    answer = calling.call(target, b"{}", {}, seconds_max=1.0)
    assert (answer.status, answer.error) == (None, "no answer within 1 s")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(("status", "error"), [(200, ""), (500, "answered 500")])
def test_an_endless_answer_is_cut_and_its_status_counts(peer: Receiver, status: int, error: str) -> None:
    peer.answers = [endless(status)]
    target = errands.guard(peer.url, allow={f"127.0.0.1:{peer.port}"})
    began = time.monotonic()
    assert calling.call(target, b"{}", {}) == calling.Answer(status, error)
    assert time.monotonic() - began < 5


# --- workers that die, and workers that meet --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_one_errand_make_one_call(peer: Receiver) -> None:
    row = ask("n/10", peer.url)
    met = threading.Barrier(4)
    said: list[str | None] = []

    def work() -> None:
        met.wait()
        said.append(errands.run(row.pk, at=NOON))
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(said, key=str) == [None, None, None, "done"]
    assert peer.keys == ["n/10"]


@pytest.mark.django_db
def test_an_errand_whose_worker_was_killed_is_picked_up(peer: Receiver) -> None:
    row = ask("n/11", peer.url)
    assert running._claim(row.pk, NOON) is not None  # and then the worker is gone
    before = jobs()
    assert errands.sweep(at=NOON + timedelta(seconds=61)) == 0  # it may still be at it
    later = NOON + timedelta(seconds=running.CLAIM_SECONDS + 1)
    assert errands.sweep(at=later) == 1
    assert errands.sweep(at=later) == 0
    assert jobs() == before + 1
    assert errands.run(row.pk, at=later) == "done"
    seen = errands.errand("n/11")
    assert seen is not None
    assert [t.error for t in seen.tries] == ["the worker ended during the call", ""]


@pytest.mark.django_db
def test_an_errand_that_kills_its_worker_each_time_ends_stuck(peer: Receiver, settings: Any) -> None:
    settings.ERRAND_TRIES_MAX = 2
    row = ask("n/12", peer.url)
    at = NOON
    for _ in range(2):
        assert running._claim(row.pk, at) is not None
        at += timedelta(minutes=5)
        errands.sweep(at=at)
    assert [e.key for e in errands.stuck()] == ["n/12"]
    assert peer.heard == []


@pytest.mark.django_db
def test_a_worker_given_up_for_lost_may_still_bring_good_news(peer: Receiver) -> None:
    row = ask("n/13", peer.url)
    slow = running._claim(row.pk, NOON)
    assert slow is not None
    errands.sweep(at=NOON + timedelta(minutes=5))
    assert running._record(slow, calling.Answer(200, ""), NOON + timedelta(minutes=6)) == "done"
    assert errands.run(row.pk, at=NOON + timedelta(minutes=7)) is None


@pytest.mark.django_db(transaction=True)
def test_the_worker_runs_what_was_asked_for(peer: Receiver) -> None:
    """The real job through the real worker, once, until nothing is due."""
    from procrastinate.contrib.django import app

    row = ask("n/14", peer.url)
    with app.replace_connector(app.connector.get_worker_connector()) as working:
        working.run_worker(wait=False, queues=["errands"], install_signal_handlers=False, listen_notify=False)
    row.refresh_from_db()
    assert row.status == "done"
    assert peer.keys == ["n/14"]


# --- seals and certificates -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_sealed_errand_can_be_checked_by_its_receiver(peer: Receiver) -> None:
    signer = Ed25519Signer.generate()
    row = ask("n/15", peer.url, {"z": 1, "a": ["乙", None]}, signer=signer)
    errands.run(row.pk, at=NOON)
    headers, body = peer.heard[0]
    seal = dict(part.split("=", 1) for part in headers["tongqu-signature"].split(", "))
    check(json.loads(body), seal, signer.public_bytes)
    with pytest.raises(BadSeal):
        check({"z": 2, "a": ["乙", None]}, seal, signer.public_bytes)


def _certificate(name: str, folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1)).not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return public, private


def test_the_certificate_is_checked_for_the_name_though_the_address_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, private = _certificate("hook.example.test", tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(public, private)
    asked_for: list[str | None] = []
    tls.sni_callback = lambda sock, name, context: asked_for.append(name)
    receiver = Receiver(tls)
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    allow = {f"hook.example.test:{receiver.port}", f"other.example.test:{receiver.port}"}
    called = errands.guard(f"https://hook.example.test:{receiver.port}/", allow=allow, resolver=to("127.0.0.1"))
    assert calling.call(called, b"{}", {}) == calling.Answer(200, "")
    assert asked_for == ["hook.example.test"]
    other = errands.guard(f"https://other.example.test:{receiver.port}/", allow=allow, resolver=to("127.0.0.1"))
    assert calling.call(other, b"{}", {}) == calling.Answer(None, "ConnectError")
    receiver.close()

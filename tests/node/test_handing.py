"""Calls that are handed from worker to worker, and how one learns what another heard of the exchange."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from tests.node.world import NOON, OTHER_TOKEN, TOKEN, verification_permit
from tongqu.node.callers import Callers
from tongqu.node.leaving import Leaving
from tongqu.node.meters import Layout, Share, worker_of
from tongqu.node.owner.tally import hours
from tongqu.node.permits.book import PermitBook
from tongqu.node.state import Identity
from tongqu.node.workers.ear import Ear
from tongqu.node.workers.everybody import health_of_all, metrics_of_all, status_of_all
from tongqu.node.workers.frames import packed, packed_scope, unpacked, unpacked_scope
from tongqu.node.workers.peers import Gone, Peer
from tongqu.node.workers.switch import Switch
from tongqu.wire.lease import Lease
from tongqu.wire.message import seal_message
from tongqu.wire.permit import token_digest
from tongqu.wire.seals import DatedKey, Ed25519Signer, KeyRing

SCOPE = {
    "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": "/a b/甲", "query_string": b"q=1",
    "headers": [(b"authorization", b"Bearer x"), (b"x", b"1"), (b"x", b"2")], "client": ("10.0.0.1", 5), "server": ("h", 80),
}  # fmt: skip

HERE = Path(__file__)


async def _app(scope: Any, receive: Any, send: Any) -> None:
    """Says what it was asked, by its path."""
    if scope["path"] == "/early":
        await send({"type": "http.response.start", "status": 413, "headers": []})
        await send({"type": "http.response.body", "body": b"too much"})
        return
    if scope["path"] == "/file":
        headers = [(b"etag", b"1"), (b"content-length", b"%d" % HERE.stat().st_size)]
        await send({"type": "http.response.start", "status": 206, "headers": headers})
        await send({"type": "http.response.pathsend", "path": str(HERE)})
        return
    if scope["path"] == "/fails":
        raise RuntimeError("CANARY")
    read, more = b"", True
    while more:
        message = await receive()
        read += message.get("body", b"")
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"client", str(scope["client"]).encode())]})
    for at in range(0, len(read), 100_000):
        await send({"type": "http.response.body", "body": read[at : at + 100_000], "more_body": True})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


async def _length(asked: Any) -> Any:
    return len(asked)


@asynccontextmanager
async def _worker(folder: Path) -> AsyncIterator[Peer]:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(folder / "ear"))
    listening.listen()
    ear, peer = Ear(_app, {"length": _length}), Peer(folder / "ear")
    await ear.listen(listening)
    try:
        yield peer
    finally:
        await ear.close()
        peer.close()


@dataclass
class Caller:
    """Sends a body in pieces and keeps what comes back."""

    pieces: list[bytes]
    told: list[Any] = field(default_factory=list)
    has_all: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> Any:
        if not self.pieces:
            await self.has_all.wait()
            return {"type": "http.disconnect"}
        piece = self.pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(self.pieces)}

    async def send(self, message: Any) -> None:
        self.told.append(message)
        if len(self.body) == HERE.stat().st_size:
            self.has_all.set()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.told[1:])


async def _handed(peer: Peer, path: str, pieces: list[bytes]) -> Caller:
    caller = Caller(pieces)
    async with Leaving(caller.receive, caller.send) as leaving:
        await peer.hand(await caller.receive(), {**SCOPE, "path": path}, caller.receive, leaving, 20)
    return caller


@pytest.mark.anyio
async def test_a_handed_call_is_answered_as_it_would_be_here(tmp_path: Path) -> None:
    async with _worker(tmp_path) as peer:
        for pieces in ([b""], [b"x" * 10], [b"a" * 700_000, b"", b"b" * 700_000]):
            whole = b"".join(pieces)
            caller = await _handed(peer, "/甲 乙", list(pieces))
            assert (caller.told[0]["status"], caller.body) == (200, whole + "/甲 乙".encode())
            assert caller.told[0]["headers"] == [(b"client", b"('10.0.0.1', 5)")]
        assert len(peer._idle) == 1  # one line served them all
        early = await _handed(peer, "/early", [b"a" * 1_000_000, b"b"])
        assert (early.told[0]["status"], early.body) == (413, b"too much")
        file = await _handed(peer, "/file", [b""])
        assert (file.told[0]["status"], file.body) == (206, HERE.read_bytes())
        assert await peer.ask("length", [1, 2, 3]) == 3


@pytest.mark.anyio
async def test_a_worker_that_fails_or_is_gone_is_no_answer(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with _worker(tmp_path) as peer:
        for path in ("/fails",):
            with pytest.raises(Gone) as gone:
                await _handed(peer, path, [b""])
            assert not gone.value.begun
        with pytest.raises(Gone):
            await peer.ask("length", 5)
        with pytest.raises(Gone):
            await peer.ask("nothing")
        assert (await _handed(peer, "/after", [b"x"])).body == b"x/after"
    with pytest.raises(Gone):
        await _handed(peer, "/after", [b"x"])
    assert "CANARY" not in "".join(capfd.readouterr())


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_packed_is_unpacked(parts: list[bytes]) -> None:
    assert unpacked(packed(parts)) == parts


def test_a_head_arrives_as_it_left() -> None:
    read = unpacked_scope(packed_scope(SCOPE))
    assert {name: read[name] for name in SCOPE} == SCOPE


# -- where a call goes ---------------------------------------------------------------------------------------------------


class _Everybody:
    async def response(self, path: str) -> None:
        return None


class _Peer:
    def __init__(self, told: list[str], name: str) -> None:
        self._told = told
        self._name = name

    async def hand(self, first: Any, scope: Any, receive: Any, leaving: Any, seconds_max: float) -> None:
        body = first.get("body", b"")
        self._told.append(f"{self._name} {body.decode()}")


def _book(file: Path, signer: Ed25519Signer) -> PermitBook:
    return PermitBook(file, Identity("node-1", signer.public_bytes))


@pytest.mark.anyio
async def test_the_token_says_who_answers_and_where_one_opens_more_the_named_permit(tmp_path: Path) -> None:
    signer, told = Ed25519Signer.generate(), []
    mine, other = (next(f"c-{n}" for n in range(99) if worker_of(f"c-{n}", 2) == worker) for worker in (0, 1))
    book = _book(tmp_path / "book.db", signer)
    permits = [
        verification_permit(id="a", contract=mine),
        verification_permit(id="b", contract=other),
        verification_permit(id="c", contract=other, token_sha256=token_digest(OTHER_TOKEN)),
    ]
    book.take([seal_message(permit, signer) for permit in permits], None, 1)

    async def own(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"") if scope["method"] == "POST" else b""
        told.append(f"own {body.decode()}")

    switch = Switch(
        own, book=book, share=Share(0, Layout(2, 1)), peers={1: _Peer(told, "other")}, everybody=_Everybody(),  # type: ignore[dict-item, arg-type]
        callers=Callers(at_once_max=9, bytes_max=16_000), body_bytes_max=1_000, body_seconds_max=1, seconds_max=1,
    )  # fmt: skip

    async def call(token: str | None, path: str, body: Any = None, query: bytes = b"") -> str:
        headers = [(b"authorization", b"bearer " + token.encode())] if token else []
        scope = {
            **SCOPE,
            "path": path,
            "query_string": query,
            "headers": headers,
            "method": "GET" if body is None else "POST",
        }
        caller = Caller([json.dumps(body).encode() if body is not None else b""])
        await switch(scope, caller.receive, caller.send)
        return told.pop()

    assert await call(OTHER_TOKEN, "/v1/verify", {"permit": "x"}) == 'other {"permit": "x"}'
    assert await call("stranger", "/v1/verify", {"permit": "c"}) == 'own {"permit": "c"}'
    assert await call(None, "/v1/verify", {"permit": "c"}) == 'own {"permit": "c"}'
    # One token for two contracts: by body, by query, by path; a permit that it does not open is refused here.
    assert await call(TOKEN, "/v1/verify", {"permit": "b"}) == 'other {"permit": "b"}'
    assert await call(TOKEN, "/v1/verify", {"permit": "a"}) == 'own {"permit": "a"}'
    for body in ({"permit": "c"}, {"permit": 5}, [], "x", {}, {"permit": "b", "more": "x" * 2_000}):
        assert (await call(TOKEN, "/v1/verify", body)).startswith("other" if body and "more" in body else "own")
    assert await call(TOKEN, "/v1/receipts", query=b"permit=b") == "other "
    assert await call(TOKEN, "/v1/datasets/b") == "other "
    assert await call(TOKEN, "/delta-sharing/0/shares/b/schemas") == "other "
    assert await call(TOKEN, "/v1/datasets/a") == "own "
    # What is issued while it runs is known at once.
    late = verification_permit(id="d", contract=other, token_sha256=token_digest("late"))
    assert await call("late", "/v1/receipts") == "own "
    book.take([seal_message(late, signer)], None, 2)
    assert await call("late", "/v1/receipts") == "other "
    book.close()


def test_what_one_worker_writes_into_the_book_another_takes_up(tmp_path: Path) -> None:
    signer = Ed25519Signer.generate()
    leads, follows = _book(tmp_path / "book.db", signer), _book(tmp_path / "book.db", signer)
    lease = seal_message(Lease("node-1", NOON, NOON + timedelta(seconds=60)), signer)
    permit = verification_permit()
    leads.take([seal_message(permit, signer)], lease, 1, 5, "[1]")
    assert follows.follow()
    assert (follows.permits, follows.lease, follows.sequence, follows.anchor) == (leads.permits, leads.lease, 5, "[1]")
    assert not follows.follow()
    revoked = verification_permit(revision=2, status="revoked")
    leads.take([seal_message(revoked, signer)], None, 2, 6)
    assert follows.follow()
    assert (follows.permits["permit-1"].status, follows.lease, follows.cursor) == ("revoked", None, 2)
    assert follows.of_token(permit.token_sha256) == ("permit-1",)
    leads.take([seal_message(permit, signer)], lease, 3, 7)  # an older one is taken by neither
    follows.follow()
    assert (follows.permits["permit-1"].revision, follows.lease) == (2, leads.lease)
    leads.close()
    follows.close()


def test_a_worker_that_follows_believes_no_permit_that_is_not_sealed(tmp_path: Path) -> None:
    signer = Ed25519Signer.generate()
    leads, follows = _book(tmp_path / "book.db", signer), _book(tmp_path / "book.db", signer)
    leads.take([], None, 1)
    sealed = seal_message(verification_permit(), Ed25519Signer.generate())
    leads._db.execute("INSERT INTO permits VALUES ('permit-1', ?, 9)", (json.dumps(sealed),))
    assert follows.follow()
    assert follows.permits == {}
    leads.close()
    follows.close()


def test_a_permit_under_the_exchanges_new_key_is_not_lost_to_whoever_hears_of_the_key_with_it(tmp_path: Path) -> None:
    old, new = Ed25519Signer.generate(), Ed25519Signer.generate()
    leads, follows = _book(tmp_path / "book.db", old), _book(tmp_path / "book.db", old)
    ring = KeyRing((DatedKey(old.public_bytes, NOON), DatedKey(new.public_bytes)))
    leads.believe(Identity("node-1", ring))
    told = [verification_permit(), verification_permit(id="permit-9", contract="contract-9")]
    leads.take([seal_message(told[0], old)], None, 1)
    assert follows.follow()
    leads.take([seal_message(told[1], new)], None, 2)
    assert follows.follow()
    assert set(follows.permits) == {"permit-1"}  # what it cannot open it does not use
    leads.take([], None, 3)
    assert follows.follow(lambda: Identity("node-1", ring))
    assert set(follows.permits) == {"permit-1", "permit-9"}
    leads.close()
    follows.close()


# -- what operators are told -------------------------------------------------------------------------------------------


def _health(**changes: Any) -> dict[str, Any]:
    return {"working": True, "journal": "writable", "disk": "room", "statements_refused": 1, "sources_missing": [],
            "source_faults": {}, "permits": 3, **changes}  # fmt: skip


def test_the_node_works_while_every_worker_does() -> None:
    assert health_of_all({0: _health(), 1: _health()})["working"] is True
    told = health_of_all({0: _health(), 1: _health(working=False, journal="unwritable", disk="full")})
    assert (told["working"], told["journal"], told["disk"], told["statements_refused"]) == (
        False,
        "unwritable",
        "full",
        2,
    )
    told = health_of_all({0: None, 1: _health(sources_missing=["a"])})
    assert (told["working"], told["sources_missing"]) == (False, ["a"])
    assert told["workers"][0] == {"worker": 0, "answers": False, "working": False}


def test_the_owner_is_told_the_calls_of_all_workers_added_up() -> None:
    def one(**changes: Any) -> dict[str, Any]:
        return _health(live=True, standing_still=[], key_id="k", answered={}, refused={}, repeated=0, **changes)

    told = status_of_all({
        0: one() | {"answered": {"api": 2}, "refused": {"rate-exceeded": 1}, "repeated": 1},
        1: one() | {"answered": {"api": 3, "dataset": 1}, "repeated": 4, "standing_still": ["index"]}, 2: None,
    })  # fmt: skip
    assert (told["answered"], told["refused"]) == ({"api": 5, "dataset": 1}, {"rate-exceeded": 1})
    assert (told["repeated"], told["key_id"], told["working"]) == (5, "k", False)
    assert (told["live"], told["standing_still"]) == (False, ["index-1", "worker-2"])


def test_several_processes_tally_into_one_file_and_lose_nothing(tmp_path: Path) -> None:
    """Each counts its own calls; the hour holds those of all, however they come together."""
    code = (
        "import sys; from pathlib import Path; from datetime import datetime, UTC\n"
        "from tongqu.node.gauges import Gauges; from tongqu.node.owner import Tally\n"
        "gauges = Gauges(); tally = Tally(Path(sys.argv[1]), gauges)\n"
        "for n in range(50):\n"
        "    gauges.calls.answered('api'); gauges.calls.answered('api'); gauges.refused.labels(f'code-{n % 3}').inc()\n"
        "    tally.note(datetime(2026, 11, 23, 4, tzinfo=UTC))\n"
    )
    workers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE) for _ in range(3)]
    assert [(each.communicate()[1], each.returncode) for each in workers] == [(b"", 0)] * 3
    (hour,) = hours(tmp_path, since=NOON).values()
    assert hour["answered", "api"] == 300
    assert sum(count for (what, _), count in hour.items() if what == "refused") == 150


def test_series_of_workers_are_told_apart() -> None:
    family = ["calls", "Calls", "counter", [["calls_total", {"mode": "api"}, 2.0]]]
    told = metrics_of_all({0: [family], 1: None, 2: [family]}).decode()
    found = {
        (sample.labels["worker"], sample.value)
        for each in text_string_to_metric_families(told)
        for sample in each.samples
    }
    assert found == {("0", 2.0), ("2", 2.0)}

"""Where a call goes: to this worker's own doors, or to the worker that keeps the contract its token is for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

from tongqu.node.callers import Callers, Crowded, Stay
from tongqu.node.door import crowded, problem
from tongqu.node.meters import Share, worker_of
from tongqu.node.permits import Reason
from tongqu.node.permits.book import PermitBook
from tongqu.node.workers.everybody import Everybody
from tongqu.node.workers.peers import Gone, Peer
from tongqu.wire.permit import token_digest
from tongqu.wire.words import Words

_PERMIT_IN_PATH = re.compile(r"/v1/datasets/([^/]+)|/delta-sharing/\d+/shares/([^/]+)")
OTHER_GONE = Reason(
    "worker-restarting",
    "node",
    Words("负责该合同的进程正在重新启动。", "The process that keeps this contract is being started again."),
    Words("请稍后以同一调用编号重试。", "Try again a little later with the same call key."),
    retry_after_seconds=1,
)


class Switch:
    """The application of one worker among several."""

    def __init__(
        self, app: ASGIApp, *, book: PermitBook, share: Share, peers: Mapping[int, Peer], everybody: Everybody,
        callers: Callers, body_bytes_max: int, seconds_max: float,
    ) -> None:  # fmt: skip
        self._app = app
        self._book = book
        self._share = share
        self._peers = peers
        self._everybody = everybody
        self._callers = callers
        self._body_bytes_max = body_bytes_max
        self._seconds_max = seconds_max
        self._owners: dict[str, tuple[int, ...]] = {}
        self._changes = -1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        digest = _token_of(scope)
        if digest is None:
            if scope["method"] == "GET" and (response := await self._everybody.response(scope["path"])) is not None:
                await response(scope, receive, send)
            else:
                await self._app(scope, receive, send)
            return
        owners = self.owners(digest)
        if len(owners) > 1:
            owner, receive = await self._owner_of_named(scope, receive, digest)
        else:
            owner = owners[0] if owners else self._share.worker
        if owner == self._share.worker:
            await self._app(scope, receive, send)
        else:
            await self._hand(owner, digest, scope, receive, send)

    def owners(self, digest: str) -> tuple[int, ...]:
        """The workers that keep what this token opens: one, as the exchange gives tokens out; none for a stranger."""
        if self._changes != self._book.changes:
            self._owners.clear()
            self._changes = self._book.changes
        found = self._owners.get(digest)
        if found is None:
            permits = (self._book.permits[name] for name in self._book.of_token(digest))
            found = tuple(sorted({worker_of(permit.contract, self._share.layout.workers) for permit in permits}))
            if found:  # strangers' tokens are not worth remembering
                self._owners[digest] = found
        return found

    async def _owner_of_named(self, scope: Scope, receive: Receive, digest: str) -> tuple[int, Receive]:
        """One token for contracts of several workers: the permit that is named decides."""
        named = None
        if (match := _PERMIT_IN_PATH.match(scope["path"])) is not None:
            named = match[1] or match[2]
        elif "permit" in (asked := parse_qs(scope["query_string"].decode("latin-1"))):
            named = asked["permit"][0]
        elif scope["method"] == "POST":
            content, receive = await self._read_ahead(receive)
            try:
                told = json.loads(content)
                named = told["permit"] if isinstance(told, dict) else None
            except (ValueError, KeyError, RecursionError):
                named = None
        if isinstance(named, str) and named in self._book.of_token(digest):
            return worker_of(self._book.permits[named].contract, self._share.layout.workers), receive
        return self._share.worker, receive

    async def _read_ahead(self, receive: Receive) -> tuple[bytes, Receive]:
        """The body as far as it may go, and a way to read it again from the start."""
        messages: list[Any] = []
        size, more = 0, True
        while more and size <= self._body_bytes_max:
            messages.append(await receive())
            size += len(messages[-1].get("body", b""))
            more = messages[-1].get("more_body", False)
        content = b"".join(each.get("body", b"") for each in messages)

        async def again() -> Any:
            return messages.pop(0) if messages else await receive()

        return content, again

    async def _hand(self, owner: int, digest: str, scope: Scope, receive: Receive, send: Send) -> None:
        with Stay(self._callers) as stay:
            try:
                stay.enter(digest, "")
                await self._peers[owner].hand(scope, receive, send, self._seconds_max)
            except Crowded as full:
                await crowded(full, scope["method"])(scope, receive, send)
            except Gone as gone:
                if gone.begun:
                    raise  # the server cuts the connection: what arrived is not whole
                await problem(503, (OTHER_GONE,))(scope, receive, send)


def _token_of(scope: Scope) -> str | None:
    """The digest of the token that a call brings; None when it brings none."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            kind, _, token = value.decode("latin-1").partition(" ")
            return token_digest(token.strip()) if kind.lower() == "bearer" else None
    return None

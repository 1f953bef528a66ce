"""Where a call goes: to this worker's own doors, or to the worker that keeps the contract its token is for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tongqu.node.callers import Caller, Callers, Crowded, Stay
from tongqu.node.deadlines import Deadlines
from tongqu.node.leaving import Leaving, leave
from tongqu.node.meters import Share, worker_of
from tongqu.node.permits import Reason
from tongqu.node.permits.book import PermitBook
from tongqu.node.problems import crowded, problem, too_slow
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
        callers: Callers, body_bytes_max: int, body_seconds_max: float, seconds_max: float,
    ) -> None:  # fmt: skip
        self._app = app
        self._book = book
        self._share = share
        self._peers = peers
        self._everybody = everybody
        self._callers = callers
        self._body_bytes_max = body_bytes_max
        self._body_seconds_max = body_seconds_max
        self._deadlines = Deadlines(body_seconds_max)
        self._seconds_max = seconds_max
        self._owners: dict[str, tuple[int, ...]] = {}
        self._changes = -1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "GET" and (response := await self._everybody.response(scope["path"])) is not None:
            await leave(response, scope, receive, send)  # whatever token an operator's tool sends along
            return
        digest = _token_of(scope)
        owners = self.owners(digest) if digest is not None else ()
        if digest is None or not owners or owners == (self._share.worker,):
            await self._app(scope, receive, send)
        else:
            await self._inside(owners, digest, scope, receive, send)

    def owners(self, digest: str) -> tuple[int, ...]:
        """The workers that keep what this token opens: one, unless a buyer chose one token for several contracts; none for a
        stranger."""
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

    async def _inside(self, owners: tuple[int, ...], digest: str, scope: Scope, receive: Receive, send: Send) -> None:
        """A call that this worker reads of itself, or keeps until another has answered it, has a place here meanwhile."""
        with Stay(self._callers) as stay:
            try:
                caller = stay.enter(digest, "")
                with self._deadlines.after(self._body_seconds_max):
                    owner = owners[0]
                    if len(owners) > 1:
                        owner, receive = await self._owner_of_named(caller, scope, receive)
                    first = await receive() if owner != self._share.worker else None
            except Crowded as full:
                await crowded(full, scope["method"])(scope, receive, send)
            except TimeoutError:
                await too_slow()(scope, receive, send)
            else:
                if first is None:
                    await self._app(scope, receive, send)
                elif first["type"] == "http.request":
                    await self._hand(owner, first, scope, receive, send)

    async def _owner_of_named(self, caller: Caller, scope: Scope, receive: Receive) -> tuple[int, Receive]:
        """One token for contracts of several workers, for a buyer may choose it: the permit that is named decides.
        Raises Crowded."""
        named = None
        if (match := _PERMIT_IN_PATH.match(scope["path"])) is not None:
            named = match[1] or match[2]
        elif "permit" in (asked := parse_qs(scope["query_string"].decode("latin-1"))):
            named = asked["permit"][0]
        elif scope["method"] == "POST":
            content, receive = await self._read_ahead(caller, receive)
            try:
                told = json.loads(content)
                named = told["permit"] if isinstance(told, dict) else None
            except (ValueError, KeyError, RecursionError):
                named = None
        if isinstance(named, str) and named in self._book.of_token(caller.name):
            return worker_of(self._book.permits[named].contract, self._share.layout.workers), receive
        return self._share.worker, receive

    async def _read_ahead(self, caller: Caller, receive: Receive) -> tuple[bytes, Receive]:
        """The body as far as it may go, and a way to read it again from the start. Raises Crowded."""
        messages: list[Any] = []
        size, more = 0, True
        while more and size <= self._body_bytes_max:
            messages.append(await receive())
            caller.hold(len(messages[-1].get("body", b"")))
            size += len(messages[-1].get("body", b""))
            more = messages[-1].get("more_body", False)
        content = b"".join(each.get("body", b"") for each in messages)

        async def again() -> Any:
            return messages.pop(0) if messages else await receive()

        return content, again

    async def _hand(self, owner: int, first: Message, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with Leaving(receive, send) as leaving:
                await self._peers[owner].hand(first, scope, receive, leaving, self._seconds_max)
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

"""How an answer leaves that is too large for the server to take at once: in pieces, as fast as its reader takes them.

The server holds a piece back while the reader's connection is full, but takes the last one as the end, and says nothing of
how far a file has come that it was given by its path. So the end is not told: the server counts the bytes itself, lets go of
an answer when it has passed on all of it but what it holds for a connection anyway, and then says that nothing more is
heard from the reader. It says so as well when the reader has gone. Until then whoever asked keeps the place inside.

To let go means that the system has taken it, whose send buffer has room for up to some 4 MB of a connection (tcp_wmem): what is
smaller and not read keeps no place.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

READ_BYTES = 256 * 1024
PIECE_BYTES = 64 * 1024
"""The server holds some seven of them for whoever does not read, besides what was read last: 0.75 MB."""

AT_ONCE_BYTES = 64 * 1024
"""So much of an answer the server holds for a connection; it goes as one piece, and nothing is waited for."""

_DISK = ThreadPoolExecutor(4, "download")
"""Threads of their own, so that a download waits for no query. Who reads slowly keeps none of them."""

BY_PATH = "http.response.pathsend"
HANDED = "tongqu.handed"
"""Among the extensions of a call that came from another worker, which sends the answer and keeps the place."""


class ReaderGone(Exception):
    """Nobody takes the rest of the answer."""


class Leaving:
    """One answer on its way out. A reader who has gone ends it without a word."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._missing = 0
        self._let_go: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Leaving:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        if self._let_go is not None:
            self._let_go.cancel()
        return kind is ReaderGone

    async def send(self, message: Message) -> None:
        """As the server's own, but back from the last only when the system has the answer. Raises ReaderGone."""
        if message["type"] == "http.response.start":
            self._missing = next((int(value) for name, value in message["headers"] if name == b"content-length"), -1)
            await self._send(message)
        elif message["type"] == BY_PATH:
            await self._file(str(message["path"]))
        else:
            await self._body(message)

    async def _body(self, message: Message) -> None:
        content, more = message.get("body", b""), message.get("more_body", False)
        if self._let_go is None and ((not more and len(content) <= AT_ONCE_BYTES) or self._missing < 0):
            await self._send(message)
            return
        await self._pieces(content)
        if not more:
            await self._end()

    async def _file(self, path: str) -> None:
        on_disk = asyncio.get_running_loop().run_in_executor
        file, at = await on_disk(_DISK, os.open, path, os.O_RDONLY), 0
        try:
            while content := await on_disk(_DISK, os.pread, file, READ_BYTES, at):
                at += len(content)
                await self._pieces(content)
        finally:
            os.close(file)
        await self._end()

    async def _pieces(self, content: bytes) -> None:
        for at in range(0, len(content), PIECE_BYTES):
            await self._piece(content[at : at + PIECE_BYTES])

    async def _piece(self, content: bytes) -> None:
        if self._let_go is None:
            self._let_go = asyncio.create_task(_until_let_go(self._receive))
        elif self._let_go.done():
            raise ReaderGone
        self._missing -= len(content)
        await self._send({"type": "http.response.body", "body": content, "more_body": True})

    async def _end(self) -> None:
        if self._missing != 0:  # the server would wait for the rest of it
            raise ValueError("an answer of another length than was said")
        if self._let_go is None:
            await self._send({"type": "http.response.body", "body": b""})
        else:
            await self._let_go


async def _until_let_go(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass  # what is left of the question


def from_server(scope: Scope) -> bool:
    """Whether the server itself takes the answer, rather than another worker or a test."""
    offered = scope.get("extensions", ())
    return BY_PATH in offered and HANDED not in offered


def leave(response: Response, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
    """Sends an answer; back when the system has it. A file, which has no body, sees to that itself."""
    if len(getattr(response, "body", b"")) <= AT_ONCE_BYTES or not from_server(scope):
        return response(scope, receive, send)
    return _in_pieces(response, scope, receive, send)


async def _in_pieces(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    async with Leaving(receive, send) as leaving:
        await response(scope, receive, leaving.send)

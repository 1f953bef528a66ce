"""A worker's ear: takes the calls and questions that other workers hand over, one after another on each line."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import ASGIApp

from tongqu.node.logs import log
from tongqu.node.workers.frames import (
    ASKED,
    BODY,
    CALL,
    FAILED,
    FILE,
    FRAME_BYTES_MAX,
    LAST,
    STARTED,
    TOLD,
    Broken,
    frame,
    packed_start,
    read_frame,
    unpacked_scope,
)

Answer = Callable[[Any], Awaitable[Any]]
LINE_BYTES = 1 << 20
SKIP_SECONDS_MAX = 10


class Ear:
    """Listens on a socket that is open before the worker is and stays so when it dies, so that callers wait meanwhile."""

    def __init__(self, app: ASGIApp, answers: dict[str, Answer]) -> None:
        self._app = app
        self._answers = answers
        self._server: asyncio.Server | None = None
        self._closing = False
        self._lines: set[asyncio.Task[None]] = set()
        self._waiting: set[asyncio.StreamWriter] = set()
        """The lines on which nothing is asked at this moment."""

    async def listen(self, listening: socket.socket) -> None:
        self._server = await asyncio.start_unix_server(self._line, sock=listening, limit=LINE_BYTES)

    async def close(self) -> None:
        """Takes no more; what is being answered is answered to its end."""
        if self._server is not None:
            self._server.close()
        self._closing = True
        for writer in list(self._waiting):
            writer.close()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        try:
            while not self._closing and await self._one(reader, writer):
                pass
        except (Broken, OSError, ValueError):
            pass  # whoever asked has gone
        except Exception as error:  # its text may hold a row
            log.error("handed call failed", error=type(error).__name__)
        finally:
            self._lines.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One call or question. False when the line cannot be used again."""
        self._waiting.add(writer)
        try:
            kind, content = await read_frame(reader)
        finally:
            self._waiting.discard(writer)
        if kind == ASKED:
            writer.write(await self._told(content))
            await writer.drain()
            return True
        if kind != CALL:
            raise Broken
        body, voice = _Body(reader), _Voice(writer)
        await self._app(unpacked_scope(content), body.receive, voice.send)
        await body.skip()  # an answer that came early is lost if the line is closed on what nobody read
        return body.whole

    async def _told(self, content: bytes) -> bytes:
        name, asked = json.loads(content)
        try:
            told = json.dumps(await self._answers[name](asked), ensure_ascii=False).encode()
        except Exception as error:  # its text may hold a row
            log.warning("question of a worker not answered", question=name, error=type(error).__name__)
            return frame(FAILED, type(error).__name__.encode())
        return frame(TOLD, told) if len(told) <= FRAME_BYTES_MAX else frame(FAILED, b"too much")


class _Body:
    """The pieces of a call's body, as the application asks for them."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self.whole = False

    async def receive(self) -> dict[str, Any]:
        if self.whole:
            await asyncio.Event().wait()  # nothing follows; who waits for the end of the line is ended with it
        try:
            kind, content = await read_frame(self._reader)
        except Broken:
            return {"type": "http.disconnect"}
        if kind not in (BODY, LAST):
            return {"type": "http.disconnect"}
        self.whole = kind == LAST
        return {"type": "http.request", "body": content, "more_body": not self.whole}

    async def skip(self) -> None:
        """Reads what the application did not, as long as a slow sender is waited for."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SKIP_SECONDS_MAX):
                while not self.whole and (await self.receive())["type"] == "http.request":
                    pass


class _Voice:
    """The answer's way back; its head goes with the first piece."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._start = b""

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._start = frame(STARTED, packed_start(message))
            return
        if message["type"] == "http.response.pathsend":
            said = frame(FILE, str(message["path"]).encode("utf-8", "surrogateescape"))
        else:
            said = frame(BODY if message.get("more_body") else LAST, bytes(message.get("body", b"")))
        self._writer.write(self._start + said)
        self._start = b""
        await self._writer.drain()

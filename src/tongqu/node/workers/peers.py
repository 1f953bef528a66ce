"""The other workers, as one of them reaches them: hands calls over and asks questions, each on a line of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

from starlette.types import Message, Receive, Scope

from tongqu.node.leaving import AT_ONCE_BYTES, BY_PATH, Leaving
from tongqu.node.workers.ear import LINE_BYTES
from tongqu.node.workers.frames import (
    ASKED,
    BODY,
    CALL,
    FILE,
    LAST,
    STARTED,
    TOLD,
    Broken,
    frame,
    packed_scope,
    read_frame,
    unpacked_start,
)

IDLE_MAX = 64
"""Lines to one worker that are kept open between calls."""

QUESTION_SECONDS_MAX = 2


class Gone(Exception):
    """The other worker did not answer. `begun`: the head of its answer has left already."""

    def __init__(self, *, begun: bool = False) -> None:
        self.begun = begun
        super().__init__("begun" if begun else "not begun")


class _Line:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @property
    def is_open(self) -> bool:
        return not (self.reader.at_eof() or self.writer.is_closing())

    def close(self) -> None:
        self.writer.close()


class Peer:
    """One other worker."""

    def __init__(self, address: Path) -> None:
        self._address = str(address)
        self._idle: list[_Line] = []

    async def _line(self) -> _Line:
        while self._idle:
            line = self._idle.pop()
            if line.is_open:
                return line
            line.close()
        try:
            return _Line(*await asyncio.open_unix_connection(self._address, limit=LINE_BYTES))
        except OSError:
            raise Gone from None

    def _give_back(self, line: _Line) -> None:
        if len(self._idle) < IDLE_MAX and line.is_open:
            self._idle.append(line)
        else:
            line.close()

    async def ask(self, name: str, asked: Any = None) -> Any:
        """The answer to a question. Raises Gone."""
        try:
            async with asyncio.timeout(QUESTION_SECONDS_MAX):
                line = await self._line()
                try:
                    line.writer.write(frame(ASKED, json.dumps([name, asked], ensure_ascii=False).encode()))
                    kind, content = await read_frame(line.reader)
                except BaseException:
                    line.close()
                    raise
        except (TimeoutError, Broken, OSError):
            raise Gone from None
        self._give_back(line)
        if kind != TOLD:
            raise Gone
        return json.loads(content)

    async def hand(self, first: Message, scope: Scope, receive: Receive, leaving: Leaving, seconds_max: float) -> None:
        """Has the other worker answer this call, of whose body the first piece has come. Raises Gone when it did not within
        that time."""
        line, feeding, whole, begun = await self._line(), None, False, False
        try:
            more = first.get("more_body", False)
            piece = frame(BODY if more else LAST, first.get("body", b""))
            line.writer.write(frame(CALL, packed_scope(dict(scope))) + piece)
            await line.writer.drain()
            if more:
                feeding = asyncio.create_task(_feed(line, receive))
            async with asyncio.timeout(seconds_max):
                kind, content = await read_frame(line.reader)
            if kind != STARTED:
                raise Broken
            begun = True
            await leaving.send(unpacked_start(content))
            while not whole:
                kind, content = await read_frame(line.reader)
                whole = kind in (LAST, FILE)
                if feeding is not None and (kind != LAST or len(content) > AT_ONCE_BYTES):
                    feeding.cancel()  # only one may listen to the caller, and from here it is the answer
                if kind == FILE:
                    await leaving.send({"type": BY_PATH, "path": content.decode("utf-8", "surrogateescape")})
                else:
                    await leaving.send({"type": "http.response.body", "body": content, "more_body": not whole})
        except (Broken, TimeoutError, OSError):
            raise Gone(begun=begun) from None
        finally:
            fed = feeding is None or (feeding.done() and not feeding.cancelled())
            if feeding is not None:
                feeding.cancel()
                with contextlib.suppress(asyncio.CancelledError, OSError):
                    await feeding
            if whole and fed:
                self._give_back(line)
            else:
                line.close()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


async def _feed(line: _Line, receive: Receive) -> None:
    """The rest of the body, piece by piece as it comes."""
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            line.close()
            return
        more = message.get("more_body", False)
        line.writer.write(frame(BODY if more else LAST, message.get("body", b"")))
        await line.writer.drain()

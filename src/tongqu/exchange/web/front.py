"""Where requests arrive: bodies are read here, off Django's thread, within a size and a time; what is complete goes on.

A worker has one thread for Django. It is never lent to a request whose body has not come: whoever sends half of one waits
here, alone, and not for long. Everything that waits has a limit: bytes of a body by its address, bytes of all bodies,
pauses, bodies on their way, requests in line. `gateway.py` carries a complete request to Django and its answer back.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO, cast

import structlog
from django.conf import settings

from tongqu.exchange.web import errors
from tongqu.exchange.web.gateway import Answer, Application, Scope, environ_of
from tongqu.wire.sync import BODY_BYTES_MAX as WIRE_BYTES_MAX

log = structlog.get_logger("front")
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

FORM_BYTES_MAX = 256 * 1024
MEMORY_BYTES_MAX = 512 * 1024  # of one body; what is larger goes to a file
PAPERS_IN_A_FORM = 4  # of the largest size; of smaller ones, as many as a form has room for
AROUND_FILES_BYTES = 1024 * 1024  # the other answers of a form, and what stands between its parts


@dataclass(frozen=True)
class Limits:
    """How long, how many, how much. For one worker."""

    pause_seconds: float = 10
    """Without a byte, and before the first."""
    patience_seconds: float = 20
    """In all, and one second more for every `slowest_bytes`, up to `whole_seconds`."""
    slowest_bytes: int = 32 * 1024
    whole_seconds: float = 600
    bodies: int = 200
    bodies_of_one: int = 40
    """From one address, so that nobody alone takes every place. Behind proxies all have theirs, and they wait there."""
    held_bytes: int = 2**30
    """Of bodies on the disk; the first half megabyte of each is in memory, and counted by their number."""
    held_bytes_of_one: int = 2**28
    line: int = 256
    probes: int = 16
    """Probes of health are let in behind a full line, so that a busy worker is not taken for a dead one."""
    reading_seconds: float = 60
    """Within which a reader takes the next piece of a long answer."""


def bytes_max(path: str) -> int:
    """The most that a body sent to this address may have."""
    return next(most for pattern, most in _caps() if re.fullmatch(pattern, path))


def _caps() -> tuple[tuple[str, int], ...]:
    paper = settings.PAPER_BYTES_MAX + AROUND_FILES_BYTES
    return (
        (r"/wire/.*", WIRE_BYTES_MAX),
        (r"/api/(papers|deposit/import)", paper),
        (r"/api/.*", settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
        (r"/desk/bank|/verify/[^/]+", paper),
        (
            r"/desk/[-\w]+/(new|\d+)|/notices/\d+",
            PAPERS_IN_A_FORM * settings.PAPER_BYTES_MAX + settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        ),
        (r"(?s).*", FORM_BYTES_MAX),
    )


class Refused(Exception):
    """The request goes no further; the failure says why."""

    def __init__(self, failure: errors.Failure) -> None:
        self.failure = failure
        super().__init__(failure.code)


class Gone(Exception):
    """The client has left: there is nobody to answer."""


@dataclass
class Body:
    """What came of a request's body; larger ones lie in a file without a name."""

    address: str = ""
    file: Any = field(default_factory=partial(tempfile.SpooledTemporaryFile, MEMORY_BYTES_MAX))
    size: int = 0

    @property
    def on_disk(self) -> int:
        """Bytes beyond what any body may have: for these there is a limit in all, and one for each address."""
        return max(0, self.size - MEMORY_BYTES_MAX)


class Front:
    """An ASGI application before a WSGI one."""

    def __init__(self, application: Application, limits: Limits | None = None) -> None:
        self._application, self._limits = application, limits or Limits()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="django")
        self._bodies: Counter[str] = Counter()
        self._on_disk: Counter[str] = Counter()
        self._in_line = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = Body()
        try:
            await self._read(scope, receive, body)
            await self._answer(scope, receive, send, body)
        except Refused as refused:
            await _refuse(scope, send, refused.failure)
        except Gone:
            pass
        finally:
            self._on_disk[body.address] -= body.on_disk
            self._on_disk += Counter()
            body.file.close()

    # The body.

    async def _read(self, scope: Scope, receive: Receive, body: Body) -> None:
        """Raises Refused, Gone."""
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"")
        if (announced or b"0") == b"0" and b"transfer-encoding" not in headers and scope["http_version"] != "2":
            return
        most = bytes_max(scope["path"])
        if announced.isdigit() and int(announced) > most:
            raise Refused(errors.TOO_LARGE)
        body.address = (scope.get("client") or ("",))[0]
        with self._place_for_a_body(body.address):
            await self._take(receive, body, most)

    @contextmanager
    def _place_for_a_body(self, address: str) -> Iterator[None]:
        alone = self._limits.bodies if settings.PROXIES else self._limits.bodies_of_one
        if self._bodies.total() >= self._limits.bodies or self._bodies[address] >= alone:
            raise Refused(errors.BUSY)
        self._bodies[address] += 1
        try:
            yield
        finally:
            self._bodies[address] -= 1
            self._bodies += Counter()  # lets go of those with none

    async def _take(self, receive: Receive, body: Body, most: int) -> None:
        began, more = asyncio.get_running_loop().time(), True
        while more:
            try:
                async with asyncio.timeout_at(self._deadline(began, body.size)):
                    message = await receive()
            except TimeoutError:
                raise Refused(errors.TOO_SLOW) from None
            if message["type"] == "http.disconnect":
                raise Gone
            more = message.get("more_body", False)
            await self._keep(body, message.get("body", b""), most)
        body.file.seek(0)

    def _deadline(self, began: float, size: int) -> float:
        limits = self._limits
        whole = min(limits.whole_seconds, limits.patience_seconds + size / limits.slowest_bytes)
        return min(asyncio.get_running_loop().time() + limits.pause_seconds, began + whole)

    async def _keep(self, body: Body, chunk: bytes, most: int) -> None:
        if body.size + len(chunk) > most:
            raise Refused(errors.TOO_LARGE)
        before, body.size = body.on_disk, body.size + len(chunk)
        self._on_disk[body.address] += body.on_disk - before
        if body.on_disk and self._too_much_on_disk(body.address):
            raise Refused(errors.BUSY)
        if body.size > MEMORY_BYTES_MAX:  # writing to the disk may wait, and nobody else shall
            await asyncio.to_thread(body.file.write, chunk)
        else:
            body.file.write(chunk)

    def _too_much_on_disk(self, address: str) -> bool:
        """Small bodies are never asked: whoever sends large ones keeps no node and nobody's sign-in waiting."""
        alone = self._limits.held_bytes if settings.PROXIES else self._limits.held_bytes_of_one
        return self._on_disk.total() > self._limits.held_bytes or self._on_disk[address] > alone

    # The answer.

    async def _answer(self, scope: Scope, receive: Receive, send: Send, body: Body) -> None:
        """Raises Refused while nothing has been sent, and Gone."""
        answer = Answer(self._application, environ_of(scope, cast(BinaryIO, body.file), body.size))
        try:
            piece = await self._in_turn(answer.begin, scope["path"], receive)
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            if not answer.ended:
                piece = await self._to_its_last_piece(answer, piece, receive, send)
            await send({"type": "http.response.body", "body": piece, "more_body": False})
        finally:
            if answer.open:
                await self._on_the_thread(answer.close)

    async def _to_its_last_piece(self, answer: Answer, piece: bytes, receive: Receive, send: Send) -> bytes:
        """A long answer, as fast as it is read. What fails now cannot be said any more: the connection ends. Raises Gone."""
        leaving = asyncio.ensure_future(_leaves(receive))
        try:
            while not answer.ended:
                sending = asyncio.ensure_future(send({"type": "http.response.body", "body": piece, "more_body": True}))
                await _first_of(sending, leaving, seconds=self._limits.reading_seconds)
                if leaving.done() or not sending.done():
                    sending.cancel()
                    raise Gone
                piece = await self._on_the_thread(answer.more)
        except Gone:
            raise
        except Exception:
            log.exception("front.broke-off")
            raise Gone from None
        finally:
            leaving.cancel()
        return piece

    async def _in_turn(self, begin: Callable[[], bytes], path: str, receive: Receive) -> bytes:
        """Waits for Django's thread; gives the place up when the client leaves. Raises Refused when the line is full."""
        limits = self._limits
        if self._in_line >= limits.line + (limits.probes if path.startswith("/health/") else 0):
            raise Refused(errors.BUSY)
        self._in_line += 1
        try:
            turn = self._thread.submit(begin)
            if self._in_line > 1:  # while the thread is free, nobody leaves in the time it takes
                await _answered_or_left(turn, receive)
            return await asyncio.wrap_future(turn)
        except Gone:
            raise
        except Exception:
            log.exception("front.answer-failed", path=path[:200])
            raise Refused(errors.SERVER_ERROR) from None
        finally:
            self._in_line -= 1

    async def _on_the_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


async def _answered_or_left(turn: Future[bytes], receive: Receive) -> None:
    """Raises Gone when the client leaves before its turn has come."""
    answered, leaving = asyncio.wrap_future(turn), asyncio.ensure_future(_leaves(receive))
    await _first_of(answered, leaving)
    leaving.cancel()
    if not answered.done() and turn.cancel():
        raise Gone


async def _first_of(*waited_for: asyncio.Future[Any], seconds: float | None = None) -> None:
    await asyncio.wait(waited_for, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


async def _leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(scope: Scope, send: Send, failure: errors.Failure) -> None:
    kind, content = errors.without_django(scope["path"], failure)
    log.info("front.refused", code=failure.code, path=scope["path"][:200], address=(scope.get("client") or ("",))[0])
    headers = [
        (b"content-type", kind), (b"content-length", str(len(content)).encode()), (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"), (b"content-security-policy", b"default-src 'none'"),
    ]  # fmt: skip
    if failure is errors.BUSY:
        headers.append((b"retry-after", b"2"))
    await send({"type": "http.response.start", "status": failure.status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": False})

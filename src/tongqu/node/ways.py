"""The way of a call from the server to its door, and what the doors need of the node behind them.

Both sorts of doors, the node's own and those of Delta Sharing, stand on the same ways: a caller is known by its token before
a byte of its body is read, and has a place inside until the last byte of its answer; operators need none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tongqu.node.callers import Caller, Callers, Stay
from tongqu.node.config import NodeConfig
from tongqu.node.gauges import Gauges
from tongqu.node.leaving import leave
from tongqu.node.problems import NO_SUCH_DOOR, problem
from tongqu.node.reading import bearer
from tongqu.node.steps import Steps

PATH_CHARS_MAX = 2_000
"""No path is longer than one with a link; a number in it that has thousands of digits cannot be read at all."""

Inside = Callable[[Request, Stay], Awaitable[Response]]
"""What answers a request. Whoever it lets in stays until the answer has left."""

Inner = Callable[[Request, Caller], Awaitable[Response]]
"""What answers a request of somebody who is known."""


@dataclass(frozen=True)
class Health:
    """Whether it works, not whether the process runs; `body` says what each part does."""

    working: bool
    body: dict[str, Any]


class Keeper(Protocol):
    """What the door needs of the node."""

    steps: Steps
    gauges: Gauges
    blinding: dict[str, Any]
    config: NodeConfig
    link_secret: bytes

    @property
    def announcements(self) -> list[dict[str, Any]]: ...
    def now(self) -> datetime: ...
    def life(self) -> Health: ...
    def health(self) -> Health: ...


class Front(Protocol):
    """Doors that share their callers and the way they refuse."""

    callers: Callers

    async def answer(self, request: Request, inside: Inside, stay: Stay) -> Response:
        """Turns every way to fail into an answer."""


def for_callers(keeper: Keeper, door: Inner) -> Inside:
    """A door that knows who calls before it opens, and counts the caller in until it has gone."""

    def through(request: Request, stay: Stay) -> Awaitable[Response]:
        token = bearer(request)
        name = keeper.steps.caller_of(token)
        return door(request, stay.enter(name, token))

    return through


def for_operators(door: Callable[[Request], Awaitable[Response]]) -> Inside:
    """A door that is open however many callers wait."""

    def through(request: Request, _stay: Stay) -> Awaitable[Response]:
        return door(request)

    return through


class Way:
    """One route. The place of a caller is kept until the system has its answer: a large download takes as long as its reader."""

    def __init__(self, door: Front, path: str, inside: Inside) -> None:
        self._door = door
        self._path = path
        self._inside = inside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route_name"] = self._path
        with Stay(self._door.callers) as stay:
            response = await self._door.answer(Request(scope, receive, send), self._inside, stay)
            await leave(response, scope, receive, send)


class Straight:
    """The application. What is asked by a path without a variable goes straight to its way, past the many hands of a
    framework, which would cost a call as much as all its judging."""

    def __init__(self, framework: Starlette, ways: Mapping[tuple[str, str], Way]) -> None:
        self._framework = framework
        self._ways = ways

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self._framework(scope, receive, send)
        path = scope["path"]
        if len(path) > PATH_CHARS_MAX:
            return problem(404, (NO_SUCH_DOOR,))(scope, receive, send)
        return (self._ways.get((scope["method"], path)) or self._framework)(scope, receive, send)


async def no_such_door(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return problem(status, (NO_SUCH_DOOR,))

"""Serves the console at this machine's own address, to who comes with the token that its start printed.

The token is made anew at each start and lives in a cookie that no other site sends. Whoever asks under another name than
this machine's is refused, so that no page elsewhere can reach in by a name of its own; the pages hold no script at all.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import signal
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tongqu.node.config import NodeConfig
from tongqu.node.console.page import HOURS_SHOWN, Gathered, Page
from tongqu.node.faults import NodeFault
from tongqu.node.owner import summary
from tongqu.node.owner.doctor import examine, running
from tongqu.node.owner.findings import Finding
from tongqu.node.owner.tally import hours
from tongqu.wire.words import Words

HOST = "127.0.0.1"
NAMES = {"127.0.0.1", "localhost", "[::1]"}
PRODUCTS_SHOWN = 100
STATEMENTS_SHOWN = 12
ALARMS_SECONDS = 30
COOKIE, LANGUAGE = "tongqu-console", "language"

_STATIC = {
    "tabler.min.css": ("exchange/web/static/web/vendor/tabler/tabler.min.css", "text/css"),
    "theme.css": ("exchange/web/static/web/theme.css", "text/css"),
    "mark.svg": ("exchange/web/static/web/mark.svg", "image/svg+xml"),
    "console.css": ("node/console/console.css", "text/css"),
}
"""The look of the house, from the package itself: nothing is fetched, and nothing is copied."""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Alarms:
    """What the doctor finds within the machine, looked at afresh at most every half minute: it reads the journal's end."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self._due: datetime | None = None
        self._found: list[Finding] = []

    def found(self, now: datetime) -> list[Finding]:
        if self._due is None or now >= self._due:
            self._found = list(examine(self._config, now=now, network=False))
            self._due = now + timedelta(seconds=ALARMS_SECONDS)
        return self._found


def _running(config: NodeConfig) -> dict[str, Any] | None:
    try:
        return running(config.state)
    except NodeFault:  # the alarms tell of a node that does not answer
        return None


def gathered(config: NodeConfig, alarms: Alarms, now: datetime) -> Gathered:
    told = summary.products_told(config)["products"]
    return Gathered(
        at=now,
        status=summary.standing(config, _running(config)),
        sources=summary.sources(config)["sources"],
        products=told[:PRODUCTS_SHOWN],
        products_all=len(told),
        statements=summary.statements_told(config)["statements"][:STATEMENTS_SHOWN],
        hours=hours(config.state, since=now - timedelta(hours=HOURS_SHOWN)),
        alarms=alarms.found(now),
    )


def application(
    config: NodeConfig, file: Path, *, token: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> ASGIApp:
    """The console as an ASGI application."""
    alarms = Alarms(file)

    async def page(request: Request) -> Response:
        english = _language(request) == "en"
        seen = await asyncio.to_thread(gathered, config, alarms, now())
        answer = HTMLResponse(Page(seen, english=english, still="still" in request.query_params).html())
        if "language" in request.query_params:
            answer.set_cookie(
                LANGUAGE, "en" if english else "zh", max_age=365 * 86_400, samesite="strict", httponly=True
            )
        return answer

    async def static(request: Request) -> Response:
        found = _STATIC.get(request.path_params["name"])
        if found is None:
            return Response(status_code=404)
        path, kind = found
        try:
            content = files("tongqu").joinpath(path).read_bytes()
        except OSError:
            return Response(status_code=404)
        return Response(content, media_type=kind)

    framework = Starlette(routes=[Route("/", page), Route("/static/{name}", static)])
    return _Guard(framework, token)


def _language(request: Request) -> str:
    return request.query_params.get("language") or request.cookies.get(LANGUAGE) or "zh"


class _Guard:
    """Lets in who has the token; a link that carries it is answered with the cookie and without it in the address."""

    def __init__(self, inside: ASGIApp, token: str) -> None:
        self._inside = inside
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inside(scope, receive, send)
            return
        request = Request(scope, receive)
        answer = self._refusal(request)

        async def sealed(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                told = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
                message["headers"] = [*message.get("headers", ()), *told]  # type: ignore[misc]
            await send(message)

        await (answer or self._inside)(scope, receive, sealed)  # type: ignore[arg-type]

    def _refusal(self, request: Request) -> Response | None:
        name = request.headers.get("host", "").rsplit(":", 1)[0]
        if name not in NAMES or request.method not in {"GET", "HEAD"}:
            return Response("403", 403)
        if hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), self._token.encode()):
            return None
        given = request.query_params.get("token", "")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            return HTMLResponse(_STRANGER, 401)
        answer = RedirectResponse("./", 303)
        answer.set_cookie(COOKIE, self._token, httponly=True, samesite="strict")
        return answer


_STRANGER = (
    '<!doctype html><meta charset="utf-8"><title>通衢 · Tongqu</title><p>请用 tongqu node console 打印的地址打开。</p>'
    "<p>Open it with the address that tongqu node console printed.</p>"
)


def run(config: NodeConfig, file: Path, *, port: int, say: Callable[[str], object]) -> None:
    """Serves until Ctrl-C. `port` 0 takes any that is free. Raises NodeFault when the port is taken."""
    token = secrets.token_urlsafe(32)
    try:
        with socket.create_server((HOST, port)) as probe:
            port = probe.getsockname()[1]
    except OSError as error:
        raise NodeFault(
            "port-taken",
            Words(f"端口 {port} 已被占用。", f"Port {port} is taken."),
            Words("请用 --port 另选一个 (0 为任意)。", "Choose another with --port (0 is any)."),
        ) from error

    async def serve() -> None:
        server = Server(
            application(config, file, token=token), address=HOST, port=port, interface=Interfaces.ASGI, websockets=False,
            http=HTTPModes.http1, log_enabled=False,
        )  # fmt: skip
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        say(
            f"控制台 (只在本机, Ctrl-C 结束) · the console, for this machine alone:\n  http://{HOST}:{port}/?token={token}"
        )
        await server.serve()

    asyncio.run(serve())

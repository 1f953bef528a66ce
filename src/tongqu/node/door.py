"""The HTTP door for buyers: verification, data sets, receipts; and for operators: health and metrics.

Every refusal is `application/problem+json` with a stable code, both languages and all reasons. No message repeats a
token, a key or a value that was sent. A caller is known by its token before a byte of its body is read, and has a place
inside until the last byte of its answer; operators need none.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from tongqu.node.callers import Caller, Callers, Crowded, Stay
from tongqu.node.config import NodeConfig
from tongqu.node.deadlines import Deadlines
from tongqu.node.files import handed_out
from tongqu.node.gauges import Gauges
from tongqu.node.leaving import leave
from tongqu.node.logs import log
from tongqu.node.networks import Networks
from tongqu.node.permits import Reason
from tongqu.node.ranges import begins_behind, forget
from tongqu.node.reading import (
    READERS,
    BadRequest,
    bearer,
    call_key,
    number,
    query_text,
    read_acknowledgement,
    stated,
    whole_body,
)
from tongqu.node.refusals import Refusal
from tongqu.node.sharing.door import shared_routes
from tongqu.node.steps import Steps
from tongqu.wire.source import API, DATASET, MODEL, REPORT, VERIFICATION
from tongqu.wire.words import Words

RECEIPTS_PAGE_MAX = 1_000
ACKNOWLEDGEMENT_BYTES_MAX = 64 * 1024
PATH_CHARS_MAX = 2_000
"""No path is longer than one with a link; a number in it that has thousands of digits cannot be read at all."""

BODIES_AT_ONCE = 16
"""So many bodies of the largest size are held in memory at once; of smaller ones, as many more."""

ASKED_AT = {VERIFICATION: "/v1/verify", API: "/v1/query", MODEL: "/v1/score"}
"""Where the modes that are asked by a body stand."""

Inside = Callable[[Request, Stay], Awaitable[Response]]
"""What answers a request. Whoever it lets in stays until the answer has left."""

# The status of a refusal is that of its gravest reason: who asks, then what is asked, then when to try again.
_STATUS = {
    "permit-or-token-wrong": 401,
    "parameter-missing": 400,
    "parameter-outside": 400,
    "parameter-type": 400,
    "parameter-unknown": 400,
    "cursor-wrong": 400,
    "blinding-wrong": 400,
    "key-not-blinded": 400,
    "keys-repeated": 400,
    "batch-too-small": 400,
    "call-key-reused": 409,
    "version-changed": 409,
    "answer-gone": 410,
    "journal-unwritable": 503,
    "disk-full": 503,
    "receipt-unknown": 404,
    "acknowledgement-seal-wrong": 400,
    "acknowledgement-other-receipt": 409,
    "lease-missing": 503,
    "lease-ended": 503,
    "clock-skew": 503,
    "source-not-served": 503,
    "source-being-read": 503,
    "source-changed": 503,
    "query-too-heavy": 503,
    "engine-lost": 503,
    "model-failed": 503,
    "feature-unfit": 422,
    "keys-wanted": 422,
    "rows-wanted": 422,
    "period-wrong": 422,
    "period-not-covered": 422,
    "copy-being-made": 503,
    "copy-failed": 503,
    "rate-exceeded": 429,
    "batch-too-large": 413,
}
_GRAVITY = (401, 400, 404, 409, 410, 403, 413, 422, 429, 503)


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


def problem(status: int, reasons: tuple[Reason, ...]) -> Response:
    """RFC 9457 with all reasons."""
    first = reasons[0]
    body = {
        "type": f"urn:tongqu:problem:{first.code}",
        "title": first.words.en,
        "status": status,
        "code": first.code,
        "detail": f"{first.words.zh} {first.words.en}",
        "reasons": [
            {
                "code": reason.code,
                "constraint": reason.constraint,
                "words": reason.words.to_json(),
                "mend": reason.mend.to_json(),
            }
            for reason in reasons
        ],
    }
    headers = {"Cache-Control": "no-store"}
    waits = [reason.retry_after_seconds for reason in reasons if reason.retry_after_seconds]
    if waits:
        headers["Retry-After"] = str(max(waits))
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="tongqu-node"'
    return _json(body, status, headers, "application/problem+json")


def _json(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None, media_type: str = "application/json"
) -> Response:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, status, dict(headers or {}), media_type)


def crowded(full: Crowded, method: str) -> Response:
    """There is no room for the call now, nor for an idle connection that nothing more is being sent on."""
    response = problem(429, (_OWN_CALLS,)) if full.by_itself else problem(503, (_BUSY,))
    if method == "GET":
        response.headers["Connection"] = "close"
    return response


def too_slow() -> Response:
    """What was to come did not come in time."""
    return problem(408, (_TIMEOUT,))


def _refusal(refusal: Refusal) -> Response:
    found = {_STATUS.get(reason.code, 403) for reason in refusal.reasons}
    status = next(status for status in _GRAVITY if status in found)
    reasons = sorted(refusal.reasons, key=lambda reason: _STATUS.get(reason.code, 403) != status)
    return problem(status, tuple(reasons))


# -- the doors -----------------------------------------------------------------------------------------------------


class Door:
    """The routes, over one node."""

    def __init__(
        self,
        keeper: Keeper,
        *,
        body_bytes_max: int,
        body_seconds_max: float,
        request_seconds_max: float,
        callers_max: int,
        networks: Networks | None,
    ) -> None:
        self._keeper = keeper
        self._networks = networks
        self._body_bytes_max = body_bytes_max
        self._body_seconds_max = body_seconds_max
        self._request_seconds_max = request_seconds_max
        self._deadlines = Deadlines(min(body_seconds_max, request_seconds_max))
        self.callers = Callers(at_once_max=callers_max, bytes_max=BODIES_AT_ONCE * body_bytes_max)

    def asking(self, mode: str) -> Callable[[Request, Caller], Awaitable[Response]]:
        """The door of a mode that is asked by a body and answered by JSON."""
        read, counts, took = READERS[mode], self._keeper.gauges.calls, self._keeper.gauges.calls.took(mode)

        async def ask(request: Request, caller: Caller) -> Response:
            began = time.perf_counter()
            call = call_key(request)
            with self._deadlines.after(self._body_seconds_max) as limit:
                content = await whole_body(request, caller, self._body_bytes_max)
                limit.again_after(self._request_seconds_max)
                told = read(content)
                answer, repeated = await self._keeper.steps.answer(
                    mode,
                    permit_id=told.permit,
                    token=caller.token,
                    purpose=told.purpose,
                    asked=told.asked,
                    call=call,
                    now=self._keeper.now(),
                    said=stated(request, self._networks),
                )
            if repeated:
                counts.repeated += 1
            else:
                counts.answered(mode)
                if mode == VERIFICATION:
                    counts.keys += len(told.asked.keys)
            took.observe(time.perf_counter() - began)
            return _Told(answer, repeated=repeated)

        return ask

    async def dataset(self, request: Request, caller: Caller) -> Response:
        token, purpose = caller.token, query_text(request, "purpose")
        permit = request.path_params["permit"]
        steps, now, said = self._keeper.steps, self._keeper.now(), stated(request, self._networks)
        if request.method == "HEAD":
            part = steps.preview(permit_id=permit, token=token, purpose=purpose, now=now, said=said).parts[0]
            headers = {"ETag": f'"{part.sha256}"', "Content-Length": str(part.bytes), "Accept-Ranges": "bytes"}
            return Response(headers=headers, media_type="application/octet-stream")
        call = call_key(request)
        got, repeated = await steps.answer(
            DATASET, permit_id=permit, token=token, purpose=purpose, asked=None, call=call, now=now, said=said
        )
        gauges = self._keeper.gauges
        if repeated:
            gauges.calls.repeated += 1
        else:
            gauges.calls.answered(DATASET)
            gauges.bytes_sent.inc(got.size)
        part = got.parts[0]
        if begins_behind(request, part.bytes, f'"{part.sha256}"'):
            if repeated:
                return self._nothing_there(part.bytes)
            forget(request)  # it was billed just now, and nothing that is billed is refused
        headers = {
            **_file_headers(part.sha256, got.receipt, got.salt, repeated),
            "Tongqu-Version": got.version,
        }
        return handed_out(part.file, headers)

    async def versions(self, request: Request, caller: Caller) -> Response:
        permit, found = self._keeper.steps.versions(
            permit_id=request.path_params["permit"], token=caller.token, now=self._keeper.now()
        )
        offset, limit = number(request, "offset", 0, 2**31), max(1, number(request, "limit", 100, RECEIPTS_PAGE_MAX))
        told = [{**each, "pinned": each["version"] == permit.source_version} for each in found[offset : offset + limit]]
        return _json({"source": permit.source, "total": len(found), "versions": told}, headers=_PRIVATE)

    async def report(self, request: Request, caller: Caller) -> Response:
        call = call_key(request)
        async with asyncio.timeout(self._request_seconds_max):
            async with asyncio.timeout(self._body_seconds_max):
                read = READERS[REPORT](await whole_body(request, caller, self._body_bytes_max))
            got, repeated = await self._keeper.steps.answer(
                REPORT,
                permit_id=read.permit,
                token=caller.token,
                purpose=read.purpose,
                asked=read.asked,
                call=call,
                now=self._keeper.now(),
                said=stated(request, self._networks),
            )
        counts = self._keeper.gauges.calls
        if repeated:
            counts.repeated += 1
        else:
            counts.answered(REPORT)
        return Response(
            got.pdf, headers=_file_headers(got.sha256, got.receipt, got.salt, repeated), media_type="application/pdf"
        )

    async def receipts(self, request: Request, caller: Caller) -> Response:
        permit = self._keeper.steps.permit_of(query_text(request, "permit"), caller.token)
        after = number(request, "after", 0, 2**53)
        limit = max(1, number(request, "limit", 200, RECEIPTS_PAGE_MAX))
        found = await self._keeper.steps.meter.receipts(permit.contract, after, limit)
        following = found[-1]["body"]["sequence"] if len(found) == limit else None
        return _json({"contract": permit.contract, "receipts": found, "next": following}, headers=_PRIVATE)

    async def blinding(self, _request: Request, _caller: Caller) -> Response:
        """The node's half of what a contract's keys are blinded with, sealed by the node."""
        return _json(self._keeper.blinding, headers=_PRIVATE)

    async def keys(self, _request: Request, _caller: Caller) -> Response:
        """Each change of the node's key, sealed with the key before it: who trusts one follows to those after it."""
        return _json({"keys": self._keeper.announcements}, headers=_PRIVATE)

    async def receipt(self, request: Request, caller: Caller) -> Response:
        """One receipt with its neighbours, its statement, its way to the root and the buyer's acknowledgement."""
        sequence = request.path_params["sequence"]
        permit = query_text(request, "permit")
        told = await self._keeper.steps.story(permit_id=permit, token=caller.token, sequence=sequence)
        return _json(told, headers=_PRIVATE)

    async def acknowledge(self, request: Request, caller: Caller) -> Response:
        async with asyncio.timeout(self._body_seconds_max):
            content = await whole_body(request, caller, min(ACKNOWLEDGEMENT_BYTES_MAX, self._body_bytes_max))
        permit, sealed = read_acknowledgement(content)
        reached = await self._keeper.steps.acknowledge(permit_id=permit, token=caller.token, sealed=sealed)
        return _json({"acknowledged": reached}, headers=_PRIVATE)

    async def live(self, _request: Request) -> Response:
        life = self._keeper.life()
        return _json(life.body, 200 if life.working else 503, _PRIVATE)

    async def health(self, _request: Request) -> Response:
        health = self._keeper.health()
        return _json(health.body, 200 if health.working else 503, _PRIVATE)

    async def metrics(self, _request: Request) -> Response:
        self._keeper.health()  # brings the gauges up to date
        return Response(self._keeper.gauges.text(), media_type="text/plain; version=0.0.4")

    def for_callers(self, door: Callable[[Request, Caller], Awaitable[Response]]) -> Inside:
        """A door that knows who calls before it opens, and counts the caller in until it has gone."""

        def through(request: Request, stay: Stay) -> Awaitable[Response]:
            token = bearer(request)
            name = self._keeper.steps.caller_of(token)
            return door(request, stay.enter(name, token))

        return through

    def for_operators(self, door: Callable[[Request], Awaitable[Response]]) -> Inside:
        """A door that is open however many callers wait."""

        def through(request: Request, _stay: Stay) -> Awaitable[Response]:
            return door(request)

        return through

    async def answer(self, request: Request, inside: Inside, stay: Stay) -> Response:
        """Turns every way to fail into a problem, and none into a trace."""
        try:
            return await inside(request, stay)
        except Refusal as refusal:
            for reason in refusal.reasons:
                self._keeper.gauges.refused.labels(reason.code).inc()
            log.info("call refused", path=request.scope["route_name"], codes=[r.code for r in refusal.reasons])
            return _refusal(refusal)
        except BadRequest as error:
            return self._not_served(error.status, error.reason)
        except Crowded as full:
            self._keeper.gauges.refused.labels((_OWN_CALLS if full.by_itself else _BUSY).code).inc()
            return crowded(full, request.method)
        except TimeoutError:
            return self._not_served(408, _TIMEOUT)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:  # the last wall; an error's text may hold a row, so only its kind is told
            log.error("call failed", path=request.scope["route_name"], error=_where(error))
            return self._not_served(500, _OURS)

    def _nothing_there(self, size: int) -> Response:
        response = self._not_served(416, _RANGE_OUTSIDE)
        response.headers["Content-Range"] = f"bytes */{size}"
        return response

    def _not_served(self, status: int, reason: Reason) -> Response:
        self._keeper.gauges.refused.labels(reason.code).inc()
        return problem(status, (reason,))


class _Told(Response):
    """The answer to a call, whose headers are always the same two or three."""

    _HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"private, no-store"))
    _REPEATED = ((b"tongqu-repeated", b"true"),)

    def __init__(self, body: bytes, *, repeated: bool) -> None:
        self.status_code = 200
        self.background = None
        self.body = body
        length = (b"content-length", b"%d" % len(body))
        self.raw_headers = [length, *self._HEADERS, *(self._REPEATED if repeated else ())]

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body})


class _Straight:
    """The application. What is asked by a path without a variable goes straight to its way, past the many hands of a
    framework, which would cost a call as much as all its judging."""

    def __init__(self, framework: Starlette, ways: Mapping[tuple[str, str], _Way]) -> None:
        self._framework = framework
        self._ways = ways

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self._framework(scope, receive, send)
        path = scope["path"]
        if len(path) > PATH_CHARS_MAX:
            return problem(404, (_NO_SUCH_DOOR,))(scope, receive, send)
        return (self._ways.get((scope["method"], path)) or self._framework)(scope, receive, send)


class _Way:
    """One route. The place of a caller is kept until its answer has left: a download takes as long as its reader."""

    def __init__(self, door: Door, path: str, inside: Inside) -> None:
        self._door = door
        self._path = path
        self._inside = inside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route_name"] = self._path
        with Stay(self._door.callers) as stay:
            response = await self._door.answer(Request(scope, receive, send), self._inside, stay)
            await leave(response, scope, receive, send)


_PRIVATE = {"Cache-Control": "private, no-store"}
_TIMEOUT = Reason(
    "too-slow",
    "request",
    Words("请求未在时限内完成。", "The request was not completed in time."),
    Words("请以同一调用编号重试。", "Try again with the same call key."),
)
_RANGE_OUTSIDE = Reason(
    "range-outside",
    "request",
    Words("所请求的字节段在文件之外。", "The stretch that is asked for lies behind the end of the file."),
    Words(
        "文件的长度见 Content-Range; 重新请求不另计费。", "Content-Range tells its length; asking again is not billed."
    ),
)
_OWN_CALLS = Reason(
    "too-many-at-once",
    "request",
    Words("该令牌同时进行的调用过多。", "Too many calls with this token are under way at once."),
    Words("请减少并发, 稍后以同一调用编号重试。", "Call less at once; try again with the same call key."),
    retry_after_seconds=1,
)
_BUSY = Reason(
    "node-busy",
    "node",
    Words("节点正忙: 同时进行的调用过多。", "The node is busy: too many calls are under way at once."),
    Words("请稍后以同一调用编号重试。", "Try again a little later with the same call key."),
    retry_after_seconds=1,
)
_NO_SUCH_DOOR = Reason(
    "no-such-door",
    "request",
    Words("没有这个接口或方法。", "There is no such path or method."),
    Words("请参照接口文档。", "See docs/guides/node.md."),
)
_OURS = Reason(
    "node-failed",
    "node",
    Words("节点内部错误, 未作答。", "The node failed and did not answer."),
    Words(
        "请以同一调用编号重试; 若持续出现请联系提供方。",
        "Try again with the same call key; if it stays, tell the provider.",
    ),
)


def _repeated_header(repeated: bool) -> dict[str, str]:
    return {"Cache-Control": "private, no-store", **({"Tongqu-Repeated": "true"} if repeated else {})}


def _file_headers(sha256: str, receipt: dict[str, Any], salt: str, repeated: bool) -> dict[str, str]:
    """What goes with a file: its hash, its receipt and what checks that."""
    return {
        "ETag": f'"{sha256}"',
        "Tongqu-Receipt": base64.b64encode(json.dumps(receipt, ensure_ascii=False).encode()).decode(),
        "Tongqu-Salt": salt,
        **_repeated_header(repeated),
    }


def _where(error: BaseException) -> str:
    """The kind of an error and the line it came from; never its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    return f"{type(error).__name__} at {trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"


async def _no_such_door(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return problem(status, (_NO_SUCH_DOOR,))


def application(
    keeper: Keeper,
    *,
    body_bytes_max: int,
    request_seconds_max: float,
    body_seconds_max: float = 10,
    callers_max: int = 1_024,
    networks: Networks | None = None,
    lifespan: Lifespan[Starlette] | None = None,
) -> ASGIApp:
    """The ASGI application over one node."""
    door = Door(
        keeper,
        body_bytes_max=body_bytes_max,
        body_seconds_max=body_seconds_max,
        request_seconds_max=request_seconds_max,
        callers_max=callers_max,
        networks=networks,
    )

    ways = {
        (method, path): _Way(door, path, inside)
        for method, path, inside in (
            *(("POST", path, door.for_callers(door.asking(mode))) for mode, path in ASKED_AT.items()),
            ("POST", "/v1/reports", door.for_callers(door.report)),
            ("GET", "/v1/datasets/{permit}", door.for_callers(door.dataset)),
            ("GET", "/v1/datasets/{permit}/versions", door.for_callers(door.versions)),
            ("GET", "/v1/receipts", door.for_callers(door.receipts)),
            ("GET", "/v1/blinding", door.for_callers(door.blinding)),
            ("GET", "/v1/keys", door.for_callers(door.keys)),
            ("GET", "/v1/receipts/{sequence:int}", door.for_callers(door.receipt)),
            ("POST", "/v1/acknowledgements", door.for_callers(door.acknowledge)),
            ("GET", "/live", door.for_operators(door.live)),
            ("GET", "/health", door.for_operators(door.health)),
            ("GET", "/metrics", door.for_operators(door.metrics)),
        )
    }
    framework = Starlette(
        routes=[
            *(Route(path, way, methods=[method]) for (method, path), way in ways.items()),
            *shared_routes(
                keeper,
                door.callers,
                body_bytes_max=min(body_bytes_max, 1024 * 1024),
                body_seconds_max=body_seconds_max,
                request_seconds_max=request_seconds_max,
                networks=networks,
            ),
        ],
        exception_handlers={HTTPException: _no_such_door},
        lifespan=lifespan,
    )
    return _Straight(framework, {asked: way for asked, way in ways.items() if "{" not in asked[1]})

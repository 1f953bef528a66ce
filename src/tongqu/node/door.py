"""The HTTP door for buyers: verification, data sets, receipts; and for operators: health and metrics.

Every refusal is `application/problem+json` with a stable code, both languages and all reasons. No message repeats a
token, a key or a value that was sent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan

from tongqu.node.answers import PRIVATE, Told, as_json, in_json, with_receipt
from tongqu.node.callers import Caller, Callers, Crowded, Stay
from tongqu.node.deadlines import Deadlines
from tongqu.node.files import handed_out
from tongqu.node.logs import log
from tongqu.node.networks import Networks
from tongqu.node.permits import Reason
from tongqu.node.problems import NODE_FAILED, RANGE_OUTSIDE, TOO_SLOW, gravest, not_kept, problem, too_many, where
from tongqu.node.ranges import begins_behind, forget
from tongqu.node.reading import (
    READERS,
    BadRequest,
    call_key,
    number,
    query_text,
    read_acknowledgement,
    stated,
    whole_body,
)
from tongqu.node.refusals import Refusal
from tongqu.node.sharing.door import shared_routes
from tongqu.node.ways import Inside, Keeper, Straight, Way, for_callers, for_operators, no_such_door
from tongqu.wire.receipt import quick_bytes
from tongqu.wire.source import API, DATASET, MODEL, REPORT, VERIFICATION

RECEIPTS_PAGE_MAX = 1_000
ACKNOWLEDGEMENT_BYTES_MAX = 64 * 1024
BODIES_AT_ONCE = 16
"""So many bodies of the largest size are held in memory at once; of smaller ones, as many more."""

ASKED_AT = {VERIFICATION: "/v1/verify", API: "/v1/query", MODEL: "/v1/score"}
"""Where the modes that are asked by a body stand."""


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
        for mode in (DATASET, REPORT):  # those asked by a body say so with their doors
            keeper.gauges.calls.took(mode)
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
            return Told(answer, repeated=repeated)

        return ask

    async def dataset(self, request: Request, caller: Caller) -> Response:
        began = time.perf_counter()
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
        gauges.calls.begun(DATASET, time.perf_counter() - began, repeated=repeated)
        if not repeated:
            gauges.bytes_sent.inc(got.size)
        part = got.parts[0]
        if begins_behind(request, part.bytes, f'"{part.sha256}"'):
            if repeated:
                return self._nothing_there(part.bytes)
            forget(request)  # it was billed just now, and nothing that is billed is refused
        headers = {
            "ETag": f'"{part.sha256}"',
            "Tongqu-Version": got.version,
            **with_receipt(got.receipt, got.salt, repeated=repeated),
        }
        return handed_out(part.file, headers)

    async def versions(self, request: Request, caller: Caller) -> Response:
        permit, found = self._keeper.steps.versions(
            permit_id=request.path_params["permit"], token=caller.token, now=self._keeper.now()
        )
        offset, limit = number(request, "offset", 0, 2**31), max(1, number(request, "limit", 100, RECEIPTS_PAGE_MAX))
        told = [{**each, "pinned": each["version"] == permit.source_version} for each in found[offset : offset + limit]]
        return in_json({"source": permit.source, "total": len(found), "versions": told}, headers=PRIVATE)

    async def report(self, request: Request, caller: Caller) -> Response:
        began = time.perf_counter()
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
        self._keeper.gauges.calls.begun(REPORT, time.perf_counter() - began, repeated=repeated)
        headers = {"ETag": f'"{got.sha256}"', **with_receipt(got.receipt, got.salt, repeated=repeated)}
        return Response(got.pdf, headers=headers, media_type="application/pdf")

    async def receipts(self, request: Request, caller: Caller) -> Response:
        permit = self._keeper.steps.permit_of(query_text(request, "permit"), caller.token)
        after = number(request, "after", 0, 2**53)
        limit = max(1, number(request, "limit", 200, RECEIPTS_PAGE_MAX))
        page = await self._keeper.steps.meter.receipts(permit.contract, after, limit)
        told = quick_bytes({"contract": permit.contract, "next": page.next})
        return as_json(b'%b,"receipts":%b}' % (told[:-1], page.written))

    async def blinding(self, _request: Request, _caller: Caller) -> Response:
        """The node's half of what a contract's keys are blinded with, sealed by the node."""
        return in_json(self._keeper.blinding, headers=PRIVATE)

    async def keys(self, _request: Request, _caller: Caller) -> Response:
        """Each change of the node's key, sealed with the key before it: who trusts one follows to those after it."""
        return in_json({"keys": self._keeper.announcements}, headers=PRIVATE)

    async def receipt(self, request: Request, caller: Caller) -> Response:
        """One receipt with its neighbours, its statement, its way to the root and the buyer's acknowledgement."""
        sequence = request.path_params["sequence"]
        permit = query_text(request, "permit")
        told = await self._keeper.steps.story(permit_id=permit, token=caller.token, sequence=sequence)
        return as_json(told)

    async def acknowledge(self, request: Request, caller: Caller) -> Response:
        async with asyncio.timeout(self._body_seconds_max):
            content = await whole_body(request, caller, min(ACKNOWLEDGEMENT_BYTES_MAX, self._body_bytes_max))
        permit, sealed = read_acknowledgement(content)
        reached = await self._keeper.steps.acknowledge(permit_id=permit, token=caller.token, sealed=sealed)
        return in_json({"acknowledged": reached}, headers=PRIVATE)

    async def live(self, _request: Request) -> Response:
        life = self._keeper.life()
        return in_json(life.body, 200 if life.working else 503, PRIVATE)

    async def health(self, _request: Request) -> Response:
        health = self._keeper.health()
        return in_json(health.body, 200 if health.working else 503, PRIVATE)

    async def metrics(self, _request: Request) -> Response:
        self._keeper.health()  # brings the gauges up to date
        return Response(self._keeper.gauges.text(), media_type="text/plain; version=0.0.4")

    async def answer(self, request: Request, inside: Inside, stay: Stay) -> Response:
        """Turns every way to fail into a problem, and none into a trace."""
        try:
            return await inside(request, stay)
        except Refusal as refusal:
            for reason in refusal.reasons:
                self._keeper.gauges.refused.labels(reason.code).inc()
            log.info("call refused", path=request.scope["route_name"], codes=[r.code for r in refusal.reasons])
            return problem(*gravest(refusal))
        except BadRequest as error:
            return self._not_served(error.status, error.reason)
        except Crowded as full:
            return not_kept(self._not_served(*too_many(full)), request.method)
        except TimeoutError:
            return self._not_served(408, TOO_SLOW)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:  # the last wall; an error's text may hold a row, so only its kind is told
            log.error("call failed", path=request.scope["route_name"], error=where(error))
            return self._not_served(500, NODE_FAILED)

    def _nothing_there(self, size: int) -> Response:
        response = self._not_served(416, RANGE_OUTSIDE)
        response.headers["Content-Range"] = f"bytes */{size}"
        return response

    def _not_served(self, status: int, reason: Reason) -> Response:
        self._keeper.gauges.refused.labels(reason.code).inc()
        return problem(status, (reason,))


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
        (method, path): Way(door, path, inside)
        for method, path, inside in (
            *(("POST", path, for_callers(keeper, door.asking(mode))) for mode, path in ASKED_AT.items()),
            ("POST", "/v1/reports", for_callers(keeper, door.report)),
            ("GET", "/v1/datasets/{permit}", for_callers(keeper, door.dataset)),
            ("GET", "/v1/datasets/{permit}/versions", for_callers(keeper, door.versions)),
            ("GET", "/v1/receipts", for_callers(keeper, door.receipts)),
            ("GET", "/v1/blinding", for_callers(keeper, door.blinding)),
            ("GET", "/v1/keys", for_callers(keeper, door.keys)),
            ("GET", "/v1/receipts/{sequence:int}", for_callers(keeper, door.receipt)),
            ("POST", "/v1/acknowledgements", for_callers(keeper, door.acknowledge)),
            ("GET", "/live", for_operators(door.live)),
            ("GET", "/health", for_operators(door.health)),
            ("GET", "/metrics", for_operators(door.metrics)),
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
        exception_handlers={HTTPException: no_such_door},
        lifespan=lifespan,
    )
    return Straight(framework, {asked: way for asked, way in ways.items() if "{" not in asked[1]})

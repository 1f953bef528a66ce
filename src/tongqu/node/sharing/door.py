"""The doors of Delta Sharing under `/delta-sharing/{purpose}`: lists, version, metadata, query, and files by link.

The protocol knows no purpose, so the address says it: the number of one of the permit's purposes, from 0. A profile file
that the buyer's client writes has it already. Errors are the protocol's (`errorCode`, `message`).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from tongqu.node.answers import PRIVATE, with_receipt
from tongqu.node.callers import Caller, Callers, Crowded, Stay
from tongqu.node.copies import PARQUET, Copy
from tongqu.node.files import handed_out
from tongqu.node.logs import log
from tongqu.node.meters import JournalBroken
from tongqu.node.modes.dataset import Shared
from tongqu.node.networks import Networks
from tongqu.node.permits import Reason
from tongqu.node.permits.stated import Stated
from tongqu.node.problems import NODE_FAILED, RANGE_OUTSIDE, STATUS, TOO_SLOW, gravest, not_kept, too_many, where
from tongqu.node.ranges import begins_behind
from tongqu.node.reading import BadRequest, stated, whole_body
from tongqu.node.refusals import NOT_WRITABLE, Refusal
from tongqu.node.sharing import protocol
from tongqu.node.sharing.links import BadLink, Link, link_until, open_link, write_link
from tongqu.node.sharing.protocol import Malformed
from tongqu.node.ways import Inner, Inside, Keeper, Way, for_callers
from tongqu.wire.message import moment_of
from tongqu.wire.permit import Permit
from tongqu.wire.source import DATASET
from tongqu.wire.words import Words

ROOT = "/delta-sharing"
QUERY_SECONDS = 3_600
"""The same query again within this time is the same call: it gets fresh links and is billed once."""

_STATUS = {**STATUS, "period-ended": 401, "permit-revoked": 401}
"""To the protocol a permit that is over is a token that is no longer good."""

_CODES = {
    400: "INVALID_PARAMETER_VALUE", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "RESOURCE_DOES_NOT_EXIST",
    408: "REQUEST_TIMEOUT", 410: "RESOURCE_GONE", 413: "REQUEST_TOO_LARGE", 416: "INVALID_PARAMETER_VALUE", 429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL_ERROR", 503: "TEMPORARILY_UNAVAILABLE",
}  # fmt: skip
_VERSION = {"Delta-Table-Version": str(protocol.TABLE_VERSION), **PRIVATE}
_LINES = "application/x-ndjson; charset=utf-8"


LINK_EXPIRED = Reason(
    "link-expired",
    "link",
    Words("链接已过期。", "The link has expired."),
    Words(
        "请重新查询; 一小时内的同一查询不另计费。", "Query again: the same query within the hour is not billed again."
    ),
)
LINK_WRONG = Reason(
    "link-wrong",
    "link",
    Words("链接无效。", "The link is not valid."),
    Words("请重新查询。", "Query again."),
)


class _SharedDoor:
    def __init__(
        self,
        keeper: Keeper,
        callers: Callers,
        *,
        body_bytes_max: int,
        body_seconds_max: float,
        request_seconds_max: float,
        networks: Networks | None,
    ) -> None:
        self._keeper = keeper
        self._body_seconds_max = body_seconds_max
        self._request_seconds_max = request_seconds_max
        self._networks = networks
        self.callers = callers
        self._body_bytes_max = body_bytes_max

    # -- lists ---------------------------------------------------------------------------------------------------------

    async def shares(self, request: Request, caller: Caller) -> Response:
        return self._page(request, [protocol.share_of(permit) for permit in self._keeper.steps.shares_of(caller.token)])

    async def share(self, request: Request, caller: Caller) -> Response:
        return _json({"share": protocol.share_of(self._permit(request, caller))})

    async def schemas(self, request: Request, caller: Caller) -> Response:
        return self._page(request, [protocol.schema_of(self._permit(request, caller))])

    async def tables(self, request: Request, caller: Caller) -> Response:
        return self._page(request, [protocol.table_of(self._permit(request, caller))])

    def _page(self, request: Request, items: list[dict[str, str]]) -> Response:
        asked = request.query_params
        return _json(protocol.page(items, asked.get("maxResults"), asked.get("pageToken")))

    def _permit(self, request: Request, caller: Caller) -> Permit:
        """The permit whose share is asked for. A share of another token is not told from one that is not."""
        path = request.path_params
        wanted = [permit for permit in self._keeper.steps.shares_of(caller.token) if permit.id == path["share"]]
        if not wanted or path.get("schema", protocol.SCHEMA) != protocol.SCHEMA:
            raise Malformed("There is no such share or schema.", "RESOURCE_DOES_NOT_EXIST", 404)
        if path.get("table", wanted[0].source) != wanted[0].source:
            raise Malformed("There is no such table.", "RESOURCE_DOES_NOT_EXIST", 404)
        return wanted[0]

    # -- a table -------------------------------------------------------------------------------------------------------

    async def version(self, request: Request, caller: Caller) -> Response:
        permit = self._permit(request, caller)
        self._preview(request, caller, permit)
        return Response(b"", headers=_VERSION)

    async def metadata(self, request: Request, caller: Caller) -> Response:
        permit = self._permit(request, caller)
        told = await asyncio.to_thread(_metadata, permit, self._preview(request, caller, permit))
        return Response(protocol.lines(told), headers=_VERSION, media_type=_LINES)

    def _preview(self, request: Request, caller: Caller, permit: Permit) -> Copy:
        """Looking costs nothing, and is allowed when all calls are used up: an earlier query may be made again."""
        return self._keeper.steps.preview(
            permit_id=permit.id, token=caller.token, purpose=_purpose(request, permit), now=self._keeper.now(),
            form=PARQUET, calls=0, said=stated(request, self._networks),
        )  # fmt: skip

    async def query(self, request: Request, caller: Caller) -> Response:
        began = time.perf_counter()
        permit, steps = self._permit(request, caller), self._keeper.steps
        async with asyncio.timeout(self._body_seconds_max):
            asked = protocol.read_query(await whole_body(request, caller, self._body_bytes_max))
        now = self._keeper.now()  # a body takes its time: what ended meanwhile is over
        if asked.limit == 0:  # no row is asked for: nothing is handed out, and nothing billed
            return await self.metadata(request, caller)
        purpose, said = _purpose(request, permit), stated(request, self._networks)
        got, repeated = await steps.answer(
            DATASET, permit_id=permit.id, token=caller.token, purpose=purpose, asked=Shared(asked.limit),
            call=await self._call(permit, purpose, asked.limit, said, now), now=now, said=said,
        )  # fmt: skip
        gauges = self._keeper.gauges
        gauges.calls.begun(DATASET, time.perf_counter() - began, repeated=repeated)
        if not repeated:
            gauges.bytes_sent.inc(got.size)
        until = link_until(now)
        told = await asyncio.to_thread(_metadata, permit, steps.whole(permit))
        for part in got.parts:
            link = write_link(
                Link(permit.id, permit.token_sha256, got.version, part.sha256, until), self._keeper.link_secret
            )
            url = f"{self._address(request)}{ROOT}/files/{link}"
            told.append(
                protocol.file_line(url, sha256=part.sha256, size=part.bytes, rows=part.rows, expires_at_ms=until * 1000)
            )
        headers = {**_VERSION, **with_receipt(got.receipt, got.salt, repeated=repeated)}
        return Response(protocol.lines(told), headers=headers, media_type=_LINES)

    async def _call(self, permit: Permit, purpose: str, limit: int | None, said: Stated, now: datetime) -> str:
        """The call's key. The protocol has none, so it is made of what is asked and of the hour it is asked in: the key of
        the hour before still counts for a full hour after its receipt."""
        hour = int((now - permit.not_before).total_seconds() // QUERY_SECONDS)
        before = self._key(permit, purpose, limit, said, hour - 1)
        try:
            recorded = await self._keeper.steps.meter.find(permit.contract, before)
        except JournalBroken as error:
            raise Refusal((NOT_WRITABLE,)) from error
        if recorded is not None:
            at = moment_of(recorded.envelope["body"]["at"])
            if now < at + timedelta(seconds=QUERY_SECONDS):
                return before
        return self._key(permit, purpose, limit, said, hour)

    def _key(self, permit: Permit, purpose: str, limit: int | None, said: Stated, hour: int) -> str:
        asked = [permit.id, permit.source_version, purpose, limit, hour, *([said.told] if said.told else [])]
        told = json.dumps(asked).encode()
        made = hmac.new(self._keeper.link_secret, b"call" + told, hashlib.sha256).digest()
        return str(uuid.UUID(bytes=made[:16], version=4))

    def _address(self, request: Request) -> str:
        return (self._keeper.config.address or str(request.base_url)).rstrip("/")

    async def changes(self, request: Request, caller: Caller) -> Response:
        self._permit(request, caller)
        raise Malformed("Changes are not shared: the contract fixed one version.", "UNSUPPORTED_OPERATION")

    # -- files ---------------------------------------------------------------------------------------------------------

    async def file(self, request: Request, stay: Stay) -> Response:
        now = self._keeper.now()
        link = open_link(request.path_params["link"], self._keeper.link_secret, now)
        stay.enter(link.token_sha256, "")
        copy = self._keeper.steps.linked(
            link.permit, token_sha256=link.token_sha256, version=link.version, now=now,
            stands=stated(request, self._networks).stands,
        )  # fmt: skip
        part = next((part for part in copy.parts if part.sha256 == link.part), None)
        if part is None:
            raise BadLink(expired=True)
        headers = {"ETag": f'"{part.sha256}"', **PRIVATE}
        if begins_behind(request, part.bytes, headers["ETag"]):
            response = self._not_served(416, RANGE_OUTSIDE)
            response.headers["Content-Range"] = f"bytes */{part.bytes}"
            return response
        return handed_out(part.file, headers)

    # -- opening -------------------------------------------------------------------------------------------------------

    async def answer(self, request: Request, inside: Inside, stay: Stay) -> Response:
        """Turns every way to fail into the protocol's error."""
        try:
            async with asyncio.timeout(self._request_seconds_max):
                return await inside(request, stay)
        except Refusal as refusal:
            for reason in refusal.reasons:
                self._keeper.gauges.refused.labels(reason.code).inc()
            log.info("call refused", path=request.scope["route_name"], codes=[r.code for r in refusal.reasons])
            return _refused(*gravest(refusal, _STATUS))
        except BadRequest as error:
            return self._not_served(error.status, error.reason)
        except Malformed as error:
            self._keeper.gauges.refused.labels("bad-request").inc()
            return _error(error.status, error.words, error_code=error.code)
        except BadLink as error:
            return self._not_served(403, LINK_EXPIRED if error.expired else LINK_WRONG)
        except Crowded as full:
            return not_kept(self._not_served(*too_many(full)), request.method)
        except TimeoutError:
            return self._not_served(408, TOO_SLOW)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:  # its text may hold a row, so only its kind is told
            log.error("call failed", path=request.scope["route_name"], error=where(error))
            return self._not_served(500, NODE_FAILED)

    def _not_served(self, status: int, reason: Reason) -> Response:
        self._keeper.gauges.refused.labels(reason.code).inc()
        return _refused(status, (reason,))


def shared_routes(
    keeper: Keeper,
    callers: Callers,
    *,
    body_bytes_max: int,
    body_seconds_max: float,
    request_seconds_max: float,
    networks: Networks | None = None,
) -> list[Route]:
    """The routes, to be put beside the node's own."""
    door = _SharedDoor(
        keeper, callers, body_bytes_max=body_bytes_max, body_seconds_max=body_seconds_max,
        request_seconds_max=request_seconds_max, networks=networks,
    )  # fmt: skip
    share = ROOT + "/{purpose:int}/shares/{share}"
    table = share + "/schemas/{schema}/tables/{table}"
    recipients: Mapping[tuple[str, str], Inner] = {
        (ROOT + "/{purpose:int}/shares", "GET"): door.shares,
        (share, "GET"): door.share,
        (share + "/schemas", "GET"): door.schemas,
        (share + "/all-tables", "GET"): door.tables,
        (share + "/schemas/{schema}/tables", "GET"): door.tables,
        (table + "/version", "GET"): door.version,
        (table, "HEAD"): door.version,
        (table + "/metadata", "GET"): door.metadata,
        (table + "/query", "POST"): door.query,
        (table + "/changes", "GET"): door.changes,
    }
    files = ROOT + "/files/{link}"
    return [
        Route(files, Way(door, files, door.file), methods=["GET"]),
        *(
            Route(path, Way(door, path, for_callers(keeper, inside)), methods=[method])
            for (path, method), inside in recipients.items()
        ),
    ]


def _metadata(permit: Permit, copy: Copy) -> list[dict[str, Any]]:
    schema = pq.read_schema(copy.parts[0].file)
    return protocol.metadata(permit, schema, files=len(copy.parts), size=copy.bytes)


def _purpose(request: Request, permit: Permit) -> str:
    number = int(request.path_params["purpose"])
    if number >= len(permit.purposes):
        raise Malformed(f"The permit has {len(permit.purposes)} purposes, numbered from 0.")
    return permit.purposes[number]


def _refused(status: int, reasons: tuple[Reason, ...]) -> Response:
    words = " ".join(f"{reason.words.zh}{reason.words.en} {reason.mend.en}" for reason in reasons)
    waits = [reason.retry_after_seconds for reason in reasons if reason.retry_after_seconds]
    return _error(status, words, code=reasons[0].code, wait=max(waits, default=None))


def _json(body: object) -> Response:
    return Response(
        json.dumps(body, ensure_ascii=False).encode(), headers=PRIVATE,
        media_type="application/json; charset=utf-8",
    )  # fmt: skip


def _error(
    status: int, words: str, *, code: str | None = None, error_code: str | None = None, wait: int | None = None
) -> Response:
    body = {"errorCode": error_code or _CODES.get(status, "INVALID_PARAMETER_VALUE"), "message": words, "code": code}
    headers = {"Cache-Control": "no-store", **({"Retry-After": str(wait)} if wait else {})}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="tongqu-node"'
    told = {name: value for name, value in body.items() if value is not None}
    return Response(json.dumps(told, ensure_ascii=False).encode(), status, headers, "application/json; charset=utf-8")

"""How answers are written: as JSON, and with what goes beside a receipt."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PRIVATE = {"Cache-Control": "private, no-store"}


def in_json(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None, media_type: str = "application/json"
) -> Response:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, status, dict(headers or {}), media_type)


def as_json(content: bytes) -> Response:
    """What was written as JSON elsewhere, for its caller alone."""
    return Response(content, 200, PRIVATE, "application/json")


class Told(Response):
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


def with_receipt(receipt: dict[str, Any], salt: str, *, repeated: bool) -> dict[str, str]:
    """The headers of an answer that cannot hold its receipt, and of what checks that."""
    return {
        "Tongqu-Receipt": base64.b64encode(json.dumps(receipt, ensure_ascii=False).encode()).decode(),
        "Tongqu-Salt": salt,
        **({"Tongqu-Repeated": "true"} if repeated else {}),
        **PRIVATE,
    }

"""Sends a file, whole or one stretch of it, in pieces that do not grow with the file, no faster than they are taken.

Several ranges at once are not answered piecewise: the whole is sent instead, as RFC 9110 (14.2) allows, and nobody can ask
for the same bytes a thousand times in one request. A whole file that another worker asks for is told by its path.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from tongqu.node.leaving import PIECE_BYTES, Leaving, from_server


class _Stretch(FileResponse):
    chunk_size = PIECE_BYTES
    max_ranges = 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not from_server(scope):
            await super().__call__(scope, receive, send)
            return
        told = {
            **scope,
            "asgi": {**scope["asgi"], "spec_version": "2.4"},
        }  # `send` itself tells of a reader who has gone
        async with Leaving(receive, send) as leaving:
            await super().__call__(told, receive, leaving.send)


def handed_out(file: Path, headers: Mapping[str, str], media_type: str = "application/octet-stream") -> FileResponse:
    """The response for GET and HEAD, with `Range` and `If-Range` (an ETag). The headers must name the ETag."""
    return _Stretch(file, headers=dict(headers), media_type=media_type)

"""Sends a file, whole or one stretch of it, in pieces that do not grow with the file.

The whole is handed to the server by its path, so that no byte passes through Python. Several ranges at once are not
answered piecewise: the whole is sent instead, as RFC 9110 (14.2) allows, and nobody can ask for the same bytes a thousand
times in one request.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from starlette.responses import FileResponse

PIECE_BYTES = 1 << 20


class _Stretch(FileResponse):
    chunk_size = PIECE_BYTES
    max_ranges = 1


def handed_out(file: Path, headers: Mapping[str, str], media_type: str = "application/octet-stream") -> FileResponse:
    """The response for GET and HEAD, with `Range` and `If-Range` (an ETag). The headers must name the ETag."""
    return _Stretch(file, headers=dict(headers), media_type=media_type)

"""What workers say to each other: frames of a kind and a length, over a socket that only their owner can reach.

A call is handed over as it came (method, path, headers, body in pieces) and its answer comes back as it goes out; so
whatever a node answers, a handed call is answered the same. A question between workers is JSON.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence
from typing import Any

from tongqu.node.leaving import BY_PATH, HANDED

CALL, BODY, LAST, STARTED, FILE, ASKED, TOLD, FAILED = b"C", b"B", b"L", b"S", b"F", b"A", b"T", b"X"
FRAME_BYTES_MAX = 128 * 1024 * 1024
_HEAD = struct.Struct(">cI")
_LENGTH = struct.Struct(">I")


class Broken(Exception):
    """The other end is gone, or said what cannot be."""


def frame(kind: bytes, content: bytes = b"") -> bytes:
    return _HEAD.pack(kind, len(content)) + content


async def read_frame(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The next frame. Raises Broken, also at the end."""
    try:
        kind, length = _HEAD.unpack(await reader.readexactly(_HEAD.size))
        if length > FRAME_BYTES_MAX:
            raise Broken
        return kind, await reader.readexactly(length)
    except (asyncio.IncompleteReadError, OSError):
        raise Broken from None


def packed(parts: Sequence[bytes]) -> bytes:
    return b"".join(_LENGTH.pack(len(part)) + part for part in parts)


def unpacked(content: bytes) -> list[bytes]:
    parts, at = [], 0
    while at < len(content):
        (length,) = _LENGTH.unpack_from(content, at)
        at += _LENGTH.size
        parts.append(content[at : at + length])
        at += length
    return parts


def packed_scope(scope: dict[str, Any]) -> bytes:
    """A call's head."""
    client, server = scope.get("client") or ("", 0), scope.get("server") or ("", 0)
    parts = [
        scope["method"].encode(), scope["path"].encode("utf-8", "surrogateescape"), scope["query_string"],
        scope["scheme"].encode(), str(client[0]).encode(), str(client[1]).encode(),
        str(server[0]).encode(), str(server[1]).encode(), scope["http_version"].encode(),
    ]  # fmt: skip
    for name, value in scope["headers"]:
        parts += (name, value)
    return packed(parts)


def unpacked_scope(content: bytes) -> dict[str, Any]:
    """The head as the worker's own application takes it."""
    method, path, query, scheme, client, client_port, server, server_port, version, *headers = unpacked(content)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": version.decode(),
        "method": method.decode(),
        "scheme": scheme.decode(),
        "path": path.decode("utf-8", "surrogateescape"),
        "raw_path": path,
        "root_path": "",
        "query_string": query,
        "headers": list(zip(headers[::2], headers[1::2], strict=True)),
        "client": (client.decode(), int(client_port)),
        "server": (server.decode(), int(server_port)),
        "state": {},
        "extensions": {BY_PATH: {}, HANDED: {}},
    }


def packed_start(message: dict[str, Any]) -> bytes:
    parts = [str(message["status"]).encode()]
    for name, value in message.get("headers", ()):
        parts += (bytes(name), bytes(value))
    return packed(parts)


def unpacked_start(content: bytes) -> dict[str, Any]:
    status, *headers = unpacked(content)
    pairs = list(zip(headers[::2], headers[1::2], strict=True))
    return {"type": "http.response.start", "status": int(status), "headers": pairs}

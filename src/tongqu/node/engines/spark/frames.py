"""What the node and the process that holds Spark say to each other over two pipes: a head in JSON and a body of bytes."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

LENGTHS = struct.Struct("<II")
FRAME_BYTES_MAX = 256 * 1024 * 1024


def framed(head: dict[str, Any], body: bytes = b"") -> bytes:
    told = json.dumps(head).encode()
    return LENGTHS.pack(len(told), len(body)) + told + body


def read_frame(exactly: Callable[[int], bytes]) -> tuple[dict[str, Any], bytes]:
    """`exactly` reads so many bytes, or raises EOFError."""
    head, body = LENGTHS.unpack(exactly(LENGTHS.size))
    if head + body > FRAME_BYTES_MAX:
        raise EOFError
    return json.loads(exactly(head)), exactly(body)


def told(value: Any) -> list[Any]:
    """A value with the word for its type; nothing of it is rounded."""
    if isinstance(value, bool) or value is None:
        return ["as-it-is", value]
    if isinstance(value, int):
        return ["whole", str(value)]
    if isinstance(value, float):
        return ["float", value.hex()]
    if isinstance(value, Decimal):
        return ["decimal", str(value)]
    # A day goes as text: Spark's own way for days is by Java's old calendar, which changes in 1582 and ends at the year 1000.
    return ["as-it-is", value.isoformat() if isinstance(value, date) else value]


def value_of(said: list[Any]) -> Any:
    word, value = said
    return _READ[word](value)


_READ: dict[str, Callable[[Any], Any]] = {
    "as-it-is": lambda value: value,
    "whole": int,
    "float": float.fromhex,
    "decimal": Decimal,
}

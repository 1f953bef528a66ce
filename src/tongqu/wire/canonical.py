"""One byte sequence for one value, so that digests and signatures mean the same everywhere.

A subset of RFC 8785 (JSON Canonicalization Scheme): objects with string keys, lists, strings, integers, booleans and
null. Floats are refused: money is whole fen, meters are whole micro-yuan, so no value on the wire needs one. Keys are
sorted by their UTF-16 code units, as the RFC demands.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any


class NotCanonical(ValueError):
    """The value has a float, a non-string key or a foreign type. Convert it before it is sealed."""


_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _ordered(value: Any) -> Any:
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > 2**53:
            raise NotCanonical(f"integer beyond 2^53 must travel as a string: {value}")
        return value
    if isinstance(value, dict):
        return {key: item if type(item := value[key]) is str else _ordered(item) for key in _in_order(value)}
    if isinstance(value, (list, tuple)):
        return [_ordered(item) for item in value]
    raise NotCanonical(f"{type(value).__name__} has no canonical form: {value!r}")


def _in_order(keys: dict[Any, Any]) -> list[str]:
    for key in keys:
        if not isinstance(key, str):
            raise NotCanonical(f"object key must be a string: {key!r}")
    # ASCII is in the order of its units as it stands, and nearly all keys are.
    return sorted(keys, key=None if "".join(keys).isascii() else lambda k: k.encode("utf-16-be"))


def canonical(value: Any) -> bytes:
    """The canonical UTF-8 bytes of a JSON value. Raises NotCanonical."""
    return _encoded(_ordered(value)).encode()


def digest(value: Any) -> str:
    """Lower-case hex SHA-256 of the canonical bytes: 64 characters."""
    return hashlib.sha256(canonical(value)).hexdigest()

"""The bit string of a status list: one bit a certificate, packed and written as the specification asks. Pure."""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Iterable

SIZE = 131_072
"""Bits of one list: the least that the specification allows, so that one certificate hides among the others."""
_PACKED_MAX = 200_000


def encoded(set_bits: Iterable[int]) -> str:
    """Multibase base64url of the packed bits; the first bit is the highest of the first byte."""
    raw = bytearray(SIZE // 8)
    for bit in set_bits:
        raw[bit // 8] |= 0x80 >> bit % 8
    packed = gzip.compress(bytes(raw), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def is_set(text: str, bit: int) -> bool:
    """Raises ValueError for what is no such list, is larger than one, or does not have the bit."""
    if not text.startswith("u") or len(text) > _PACKED_MAX or not 0 <= bit < SIZE:
        raise ValueError("not a status list, or not a place in it")
    try:
        packed = base64.b64decode(text[1:] + "=" * (-len(text[1:]) % 4), altchars=b"-_", validate=True)
        opener = zlib.decompressobj(wbits=31)
        raw = opener.decompress(packed, SIZE // 8 + 1)
    except (zlib.error, ValueError) as error:
        raise ValueError("not a status list") from error
    if len(raw) != SIZE // 8:
        raise ValueError("not a status list of this size")
    return bool(raw[bit // 8] & (0x80 >> bit % 8))

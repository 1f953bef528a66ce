"""Where the next page begins: a token that only this node can read, and that fits one permit, purpose and question. Pure.

It is sealed (AES-256-GCM), not only signed: the place of a row among all rows tells how many lie between, which a purpose
that sees only some of them is not to learn.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_PLACE = struct.Struct(">32sQQ")
_NONCE_BYTES = 12
CURSOR_CHARS_MAX = 200


@dataclass(frozen=True)
class Place:
    """After which row of which version, and how many rows were given before."""

    source_version: str
    after: int
    given: int


class Cursors:
    """`about` is the question that the cursor goes on with: as bytes, everything that must be the same again."""

    def __init__(self, secret: bytes) -> None:
        self._sealing = AESGCM(hmac.new(secret, b"tongqu query cursor", hashlib.sha256).digest())

    def seal(self, place: Place, about: bytes) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        plain = _PLACE.pack(bytes.fromhex(place.source_version), place.after, place.given)
        return base64.urlsafe_b64encode(nonce + self._sealing.encrypt(nonce, plain, about)).rstrip(b"=").decode()

    def open(self, cursor: str, about: bytes) -> Place | None:
        """None when it is not a cursor of this node for this question."""
        try:
            sealed = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
            plain = self._sealing.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
            version, after, given = _PLACE.unpack(plain)
        except (UnicodeEncodeError, binascii.Error, ValueError, InvalidTag, struct.error):
            return None
        return Place(version.hex(), after, given)

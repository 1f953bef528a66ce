"""A node, or the exchange, changes its signing key without stopping: it names
the new one under the seal of the old, and shows that it holds it.

Whoever trusted the old key follows to the new one by this alone, and needs nobody's word for it; what was sealed before stays
sealed by the key of its time. After the change the old private key is of no use to anybody, and may be lost.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from tongqu.wire.message import BadMessage, Message, Shape, moment, moment_text, name, open_sealed, text
from tongqu.wire.seals import BadSeal, DatedKey, Ed25519Signer, KeyRing, key_id, verify_bytes

EXCHANGE = "exchange"
"""Whose key it is, where the exchange itself changes the one that it seals permits, leases and replies with."""

_KEY = text(least=44, most=44, pattern=r"[A-Za-z0-9+/]{43}=")


@dataclass(frozen=True)
class NewKey(Message):
    """Sealed with the key before. `proof` is the new key's signature over node, both keys and the moment."""

    KIND: ClassVar[str] = "new-key"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "node": name(),
        "public_key": _KEY,
        "before": text(least=16, most=16, pattern=r"[0-9a-f]{16}"),
        "proof": text(least=88, most=88, pattern=r"[A-Za-z0-9+/]{86}=="),
        "at": moment(),
    }

    node: str
    public_key: str
    before: str
    proof: str
    at: datetime

    @property
    def public_bytes(self) -> bytes:
        return base64.b64decode(self.public_key)


def _proven(node: str, public_key: str, before: str, at: datetime) -> bytes:
    """With these words before it, it can be taken for no message, which begins with a brace."""
    return f"tongqu:new-key:1\n{node}\n{before}\n{public_key}\n{moment_text(at)}".encode()


def announce(node: str, *, before: str, signer: Ed25519Signer, at: datetime) -> NewKey:
    """The announcement of `signer`'s key, to be sealed with the key whose id is `before`."""
    public_key = base64.b64encode(signer.public_bytes).decode()
    proof = base64.b64encode(signer.sign(_proven(node, public_key, before, at))).decode()
    return NewKey(node, public_key, before, proof, at)


def open_announcement(sealed: Any, public_bytes: bytes | KeyRing) -> NewKey:
    """The announcement, if the key before sealed it and the new one is held by who made it. Raises BadSeal, BadMessage."""
    told = open_sealed(NewKey, sealed, public_bytes)
    if sealed["seal"]["key"] != told.before or key_id(told.public_bytes) == told.before:
        raise BadSeal("sealed with another key than the one before")
    verify_bytes(
        told.public_bytes, base64.b64decode(told.proof), _proven(told.node, told.public_key, told.before, told.at)
    )
    return told


def follow(trusted: bytes | KeyRing, announcements: Iterable[Any], node: str) -> KeyRing:
    """All keys that lead on from what is trusted. An announcement that does not follow is passed over, and leads nowhere."""
    ring = trusted if isinstance(trusted, KeyRing) else KeyRing((DatedKey(trusted),))
    for sealed in announcements:
        try:
            told = open_announcement(sealed, ring)
        except (BadSeal, BadMessage, ValueError, TypeError, KeyError):
            continue
        if told.node == node:
            ring = ring.changed(told.before, told.public_bytes, told.at)
    return ring

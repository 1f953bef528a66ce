"""Keys that are sent blinded: HMAC-SHA-256 of each under a key that buyer and node agree on for one contract.

The node has an X25519 key and seals it with the key that everybody knows it by; the buyer makes one of its own for each
contract and sends its public half. What both work out goes through HKDF with the contract's number. So neither the exchange
nor whoever reads logs, journal or line can turn a blinded key back, or compare those of two contracts.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tongqu.wire.keyed import keyed_hash
from tongqu.wire.message import Message, Shape, hex_digest, name

BLINDED_FORM = r"[0-9a-f]{64}"


@dataclass(frozen=True)
class BlindingKey(Message):
    """The public half of the node's X25519 key, in hex; the node seals it."""

    KIND: ClassVar[str] = "blinding-key"
    FIELDS: ClassVar[Mapping[str, Shape]] = {"node": name(), "public_key": hex_digest()}

    node: str
    public_key: str


def private_key(secret: bytes) -> X25519PrivateKey:
    """The X25519 key that follows from a secret, the same each time."""
    return X25519PrivateKey.from_private_bytes(hmac.new(secret, b"tongqu blinding", hashlib.sha256).digest())


def public_hex(own: X25519PrivateKey) -> str:
    return own.public_key().public_bytes_raw().hex()


def agreed_key(own: X25519PrivateKey, other_public: str, contract: str) -> bytes:
    """What both sides come to. Raises ValueError for what is no public key."""
    shared = own.exchange(X25519PublicKey.from_public_bytes(bytes.fromhex(other_public)))
    info = f"tongqu blinded keys\n{contract}".encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(shared)


def blind(key: str, agreed: bytes) -> str:
    return keyed_hash(agreed, key.encode()).hex()

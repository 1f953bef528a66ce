"""Signatures behind one interface: Ed25519 today, SM2 where the law asks for it.

A seal is a JSON object `{"alg", "key", "sig"}` over the canonical bytes of a body. `key` is the key's identifier (the
first 16 hex characters of the SHA-256 of its raw public bytes), so a reader knows which key to look up; it never
carries the public key itself, since a seal must not vouch for its own maker.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tongqu.wire.canonical import canonical


class BadSeal(ValueError):
    """The seal does not fit the body: wrong key, wrong algorithm, or a byte has changed. Do not use the body."""


class Signer(Protocol):
    @property
    def key_id(self) -> str: ...
    @property
    def public_bytes(self) -> bytes: ...
    def sign(self, message: bytes) -> bytes: ...


def key_id(public_bytes: bytes) -> str:
    """The 16-character identifier of a raw public key."""
    return hashlib.sha256(public_bytes).hexdigest()[:16]


@dataclass(frozen=True)
class Ed25519Signer:
    """Signs with an Ed25519 private key (RFC 8032)."""

    private: Ed25519PrivateKey

    @classmethod
    def generate(cls) -> Ed25519Signer:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> Ed25519Signer:
        """From the 32 raw private bytes."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def seed(self) -> bytes:
        return self.private.private_bytes(
            serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
        )

    @property
    def public_bytes(self) -> bytes:
        return self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    @property
    def key_id(self) -> str:
        return key_id(self.public_bytes)

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)


def verify_bytes(public_bytes: bytes, signature: bytes, message: bytes) -> None:
    """Raises BadSeal unless `signature` is the key's Ed25519 signature of `message`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_bytes).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise BadSeal("signature does not fit the message and key") from error


def seal(body: Any, signer: Signer) -> dict[str, str]:
    """A seal over the canonical bytes of `body`."""
    signature = signer.sign(canonical(body))
    return {"alg": "Ed25519", "key": signer.key_id, "sig": base64.b64encode(signature).decode()}


def check(body: Any, seal: dict[str, str], public_bytes: bytes) -> None:
    """Raises BadSeal unless `seal` is the given key's seal of `body`."""
    if seal.get("alg") != "Ed25519":
        raise BadSeal(f"unknown algorithm {seal.get('alg')!r}")
    if seal.get("key") != key_id(public_bytes):
        raise BadSeal("sealed with another key")
    try:
        signature = base64.b64decode(seal.get("sig", ""), validate=True)
    except ValueError as error:
        raise BadSeal("signature is not base64") from error
    verify_bytes(public_bytes, signature, canonical(body))

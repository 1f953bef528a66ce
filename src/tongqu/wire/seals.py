"""Signatures behind one interface: Ed25519 today, SM2 where the law asks for it.

A seal is a JSON object `{"alg", "key", "sig"}` over the canonical bytes of a body. `key` is the key's identifier (the
first 16 hex characters of the SHA-256 of its raw public bytes), so a reader knows which key to look up; it never
carries the public key itself, since a seal must not vouch for its own maker.

Bodies that are sealed at the same moment may share one signature, as a signature costs more than all else of a small body:
it is then over the root of their Merkle tree (RFC 6962), and each seal says in `leaf` which of how many its body is
(`3/16`) and holds in `path` (base64) the hashes that lead from the body to the root. Each stands alone: whoever has one
body and its seal needs none of the others, and learns nothing of them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tongqu.wire import merkle
from tongqu.wire.canonical import canonical

ALONE = "Ed25519"
IN_A_TREE = "Ed25519-tree"
PARTS = {ALONE: ("alg", "key", "sig"), IN_A_TREE: ("alg", "key", "leaf", "path", "sig")}
"""The parts of a seal, all of them texts, by its algorithm."""

TREE_LEAVES_MAX = 1_024
_LEAF = re.compile(r"(?P<at>0|[1-9][0-9]{0,3})/(?P<size>[1-9][0-9]{0,3})")


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

    @cached_property
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
    return {"alg": ALONE, "key": signer.key_id, "sig": base64.b64encode(signature).decode()}


def seals_of(contents: Sequence[bytes], leaves: Sequence[bytes], signer: Signer) -> list[bytes]:
    """A seal as JSON for each of these canonical bodies, at most `TREE_LEAVES_MAX`, all with one signature. `leaves` are the
    hashes of the bodies (`merkle.leaf_hash`), which whoever seals many needs for more than this."""
    if len(leaves) != len(contents):
        raise ValueError(f"{len(leaves)} leaves of {len(contents)} bodies")
    key = signer.key_id.encode()
    if len(contents) == 1:
        return [
            b'{"alg":"%b","key":"%b","sig":"%b"}' % (ALONE.encode(), key, base64.b64encode(signer.sign(contents[0])))
        ]
    if len(contents) > TREE_LEAVES_MAX:
        raise ValueError(f"{len(contents)} bodies under one signature; at most {TREE_LEAVES_MAX}")
    root, paths = merkle.paths(leaves)
    size = len(contents)
    signature = base64.b64encode(signer.sign(_tree(size, root)))
    begins, ends = b'{"alg":"%b","key":"%b"' % (IN_A_TREE.encode(), key), b'"sig":"%b"}' % signature
    return [
        b'%b,"leaf":"%d/%d","path":"%b",%b' % (begins, at, size, base64.b64encode(path), ends)
        for at, path in enumerate(paths)
    ]


@dataclass(frozen=True)
class DatedKey:
    """A public key and until when it was in use; None while it is."""

    public_bytes: bytes
    until: datetime | None = None


GRACE = timedelta(minutes=5)
"""A body may bear a moment so long after its key was changed: clocks differ, and what is under way is sealed to its end."""


@dataclass(frozen=True)
class KeyRing:
    """The keys that one party has had. A body is checked with the key that its seal names, if it was in use at its time."""

    keys: tuple[DatedKey, ...]

    def key_for(self, body: Any, seal: dict[str, str]) -> bytes:
        """Raises BadSeal when none of the keys is named, or the one that is was no longer in use."""
        for key in self.keys:
            if key_id(key.public_bytes) == seal.get("key"):
                if key.until is not None and _moment_of(body) > key.until + GRACE:
                    raise BadSeal("sealed with a key after its time")
                return key.public_bytes
        raise BadSeal("sealed with another key")

    def changed(self, before: str, public_bytes: bytes, at: datetime) -> KeyRing:
        """The ring with one key more, from `at` in place of the one whose id is `before`."""
        if any(key.public_bytes == public_bytes for key in self.keys):
            return self
        kept = (
            DatedKey(key.public_bytes, at if key_id(key.public_bytes) == before else key.until) for key in self.keys
        )
        return KeyRing((*kept, DatedKey(public_bytes)))


def key_ring(told: Mapping[str, Any], whose: str = "node") -> KeyRing:
    """The keys of a node (or the exchange) as the exchange tells them: `node_public_key` in use, in `node_keys` all it has had."""
    keys = [
        DatedKey(bytes.fromhex(one["public_key"]), datetime.fromisoformat(one["until"]) if one["until"] else None)
        for one in told.get(f"{whose}_keys", ())
    ]
    current = bytes.fromhex(told[f"{whose}_public_key"])
    return KeyRing((*keys, *(() if any(key.public_bytes == current for key in keys) else (DatedKey(current),))))


def _moment_of(body: Any) -> datetime:
    """When a body says that it was made."""
    try:
        return datetime.fromisoformat(body.get("made_at") or body.get("at") or body["issued_at"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadSeal("it does not say when it was made") from error


def check(body: Any, seal: dict[str, str], public_bytes: bytes | KeyRing) -> None:
    """Raises BadSeal unless `seal` is the given key's seal of `body`, or that of one of a party's keys in its time."""
    if isinstance(public_bytes, KeyRing):
        public_bytes = public_bytes.key_for(body, seal)
    if seal.get("alg") not in PARTS:
        raise BadSeal(f"unknown algorithm {seal.get('alg')!r}")
    if seal.get("key") != key_id(public_bytes):
        raise BadSeal("sealed with another key")
    verify_bytes(public_bytes, _bytes_of(seal, "sig"), _signed(canonical(body), seal))


def _tree(size: int, root: bytes) -> bytes:
    """What is signed for a tree. With these words before it, it can be taken for no body, which begins with a brace."""
    return b"tongqu:seals:1\n%d\n%b" % (size, root)


def _signed(content: bytes, seal: dict[str, str]) -> bytes:
    """What the seal's signature is over, if it is the seal of this content."""
    if seal["alg"] == ALONE:
        return content
    found = _LEAF.fullmatch(seal.get("leaf", ""))
    path = _bytes_of(seal, "path")
    if found is None or len(path) % 32 or int(found["size"]) > TREE_LEAVES_MAX:
        raise BadSeal("the leaf or its path is malformed")
    size, steps = int(found["size"]), [path[at : at + 32] for at in range(0, len(path), 32)]
    try:
        return _tree(size, merkle.root_by_inclusion(int(found["at"]), size, merkle.leaf_hash(content), steps))
    except merkle.BadPath as error:
        raise BadSeal("the path does not lead to a root") from error


def _bytes_of(seal: dict[str, str], part: str) -> bytes:
    try:
        return base64.b64decode(seal.get(part, ""), validate=True)
    except ValueError as error:
        raise BadSeal(f"{part} is not base64") from error

"""How a bid is locked with its bidder's key: scrypt and AES-256-GCM. Pure.

Without the key the box tells nothing but its length, which is rounded up. The box is bound to its selection and bidder, so it
cannot be handed in as another's.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_N, _R, _P = 2**15, 8, 1
_BLOCK = 4_096


class WrongKey(ValueError):
    """The key does not open this box. Ask the bidder for the key that it locked the bid with."""


def lock(content: Mapping[str, Any], key: str, *, bound_to: str) -> str:
    """The locked content as text."""
    plain = json.dumps(dict(content), ensure_ascii=False, sort_keys=True).encode()
    padded = plain + b" " * (-len(plain) % _BLOCK)
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    return base64.b64encode(
        salt + nonce + AESGCM(_derived(key, salt)).encrypt(nonce, padded, bound_to.encode())
    ).decode()


def unlock(box: str, key: str, *, bound_to: str) -> dict[str, Any]:
    """The content. Raises WrongKey."""
    raw = base64.b64decode(box)
    salt, nonce, sealed = raw[:16], raw[16:28], raw[28:]
    try:
        plain = AESGCM(_derived(key, salt)).decrypt(nonce, sealed, bound_to.encode())
    except InvalidTag as wrong:
        raise WrongKey("the key does not open this bid") from wrong
    content: dict[str, Any] = json.loads(plain)
    return content


def _derived(key: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_N, r=_R, p=_P).derive(key.encode())

"""Private keys at rest: AES-256-GCM under a key made from the exchange's key file and the signer's identity.

The sealing key is HKDF-SHA256 of the key file `signatures`, bound to the person and the organisation; these and the
public key are authenticated too, so that a sealed key copied to another row does not open.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tongqu.exchange.bedrock import keys
from tongqu.exchange.bedrock.values import Words
from tongqu.wire.seals import Ed25519Signer

MASTER = "signatures"
_NONCE_BYTES = 12


class CannotOpen(RuntimeError):
    """The sealed key does not open: another key file, or the row was altered. Restore the key file it names."""

    code = "signature-key-sealed"

    def __init__(self, sealed_with: str, here: str) -> None:
        self.words = Words(
            f"签名密钥无法开启：以密钥文件 {sealed_with} 封存，本机为 {here}",
            f"the signature key does not open: sealed with key file {sealed_with}, here is {here}",
        )
        self.mend = Words(
            "从备份恢复 signatures 密钥文件，或停用此密钥另生成一个。",
            "Restore the key file “signatures”, or retire this key.",
        )
        super().__init__(self.words.en)


def _identity(person: int, organisation: int) -> bytes:
    return f"tongqu/signature-key/1/{organisation}/{person}".encode()


def _master() -> Ed25519Signer:
    found = keys.ensure(MASTER)
    if not isinstance(found, Ed25519Signer):
        raise TypeError("the key file for sealing must hold an Ed25519 key")
    return found


def _cipher(master: Ed25519Signer, person: int, organisation: int) -> AESGCM:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_identity(person, organisation))
    return AESGCM(derived.derive(master.seed))


def seal_seed(signer: Ed25519Signer, *, person: int, organisation: int) -> tuple[bytes, str]:
    """The sealed private half, and the identifier of the key file it was sealed with."""
    master, nonce = _master(), secrets.token_bytes(_NONCE_BYTES)
    sealed = _cipher(master, person, organisation).encrypt(nonce, signer.seed, signer.public_bytes)
    return nonce + sealed, master.key_id


def open_seed(sealed: bytes, sealed_with: str, public_bytes: bytes, *, person: int, organisation: int) -> Ed25519Signer:
    """The key, ready to sign. Raises CannotOpen."""
    master = _master()
    try:
        seed = _cipher(master, person, organisation).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], public_bytes)
    except InvalidTag as error:
        raise CannotOpen(sealed_with, master.key_id) from error
    return Ed25519Signer.from_seed(seed)

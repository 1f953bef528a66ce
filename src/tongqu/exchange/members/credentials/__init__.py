"""Signature keys and electronic signatures: kept by the exchange for a person, or the person's own."""

from tongqu.exchange.members.credentials.procedure import SIGNATURE_KEY
from tongqu.exchange.members.credentials.queries import SignatureKeyView, possession_text, signature_keys
from tongqu.exchange.members.credentials.sealing import CannotOpen
from tongqu.exchange.members.credentials.signing import (
    BadSignature,
    Signature,
    check_own,
    register_own_key,
    sign,
    verify,
)

__all__ = [
    "SIGNATURE_KEY", "BadSignature", "CannotOpen", "Signature", "SignatureKeyView", "check_own", "possession_text",
    "register_own_key", "sign", "signature_keys", "verify",
]  # fmt: skip

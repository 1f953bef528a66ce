"""Certificates as W3C verifiable credentials: what the evidence says, signed for any verifier, and whether it still stands."""

from tongqu.exchange.registry.attestation import base58, bits, foreign
from tongqu.exchange.registry.attestation.bits import SIZE as LIST_SIZE
from tongqu.exchange.registry.attestation.checking import BadCredential, Checked, check
from tongqu.exchange.registry.attestation.documents import (
    credential,
    did_document,
    signed_by,
    status_list,
)
from tongqu.exchange.registry.attestation.statements import CONTEXT, OWN_TERMS

__all__ = [
    "CONTEXT", "LIST_SIZE", "OWN_TERMS", "BadCredential", "Checked", "base58", "bits", "check", "credential", "did_document", "foreign",
    "signed_by", "status_list",
]  # fmt: skip

"""The documents that anyone may fetch: a certificate as a credential, its status lists, and whose key signs them (did:web)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings

from tongqu.exchange.bedrock import keys
from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.attestation import base58, bits
from tongqu.exchange.registry.attestation.statements import CONTEXT, OWN_TERMS, lines, proof_lines
from tongqu.wire.seals import Signer

KEY = "certificates"
PURPOSES = ("revocation", "suspension")
LIST_LIVES = timedelta(hours=24)
LISTS_MAX = 1_000_000


def issuer() -> str:
    """did:web of the public address: a port is written %3A, a path with colons."""
    public = urlsplit(settings.PUBLIC_URL)
    parts = [quote(public.netloc, safe=""), *(part for part in public.path.split("/") if part)]
    return "did:web:" + ":".join(parts)


def did_document() -> dict[str, Any]:
    """Who signs: the exchange's own key for certificates, and nothing else of it. Raises keys.KeyMissing."""
    method = f"{issuer()}#{KEY}"
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": issuer(),
        "verificationMethod": [{
            "id": method, "type": "Multikey", "controller": issuer(),
            "publicKeyMultibase": base58.multikey(keys.signer(KEY).public_bytes),
        }],
        "assertionMethod": [method],
    }  # fmt: skip


def credential(code: str) -> dict[str, Any]:
    """The certificate of that code as a credential, signed. The same evidence gives the same bytes. Raises Unknown."""
    shown = ownership.certificate(code)
    here = f"{settings.PUBLIC_URL}/credentials/{shown.code}"
    plain = {
        "@context": [CONTEXT, OWN_TERMS],
        "id": here,
        "type": ["VerifiableCredential", "DataRightsCertificate"],
        "issuer": issuer(),
        "validFrom": _moment(shown.evidenced_at),
        "validUntil": _moment(shown.valid_to_at),
        "credentialSubject": {
            "id": f"urn:tongqu:holder:{shown.holder_code}",
            "certificateCode": shown.code,
            "certificateKind": shown.words.zh,
            "holderName": _text(shown.holder),
            "holderCode": shown.holder_code,
            "registrarName": _text(shown.registrar),
            "registrarCode": shown.registrar_code,
            "dataName": _text(shown.data_name),
            "dataOverview": _text(shown.overview),
            "right": [words.zh for words in ownership.right_words(shown.rights)],
            "logPosition": str(shown.log_position),
            "contentDigest": shown.content_digest,
        },
        "credentialStatus": [
            {
                "id": f"{here}#{purpose}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": purpose,
                "statusListIndex": str(shown.number % bits.SIZE),
                "statusListCredential": _list_address(purpose, shown.number // bits.SIZE),
            }
            for purpose in PURPOSES
        ],
    }
    return signed(plain, shown.issued_at)


def status_list(purpose: str, number: int, at: datetime) -> dict[str, Any]:
    """Which certificates of a list nobody may rely on: ended or replaced (revocation), seized (suspension). Raises Unknown."""
    if purpose not in PURPOSES or not 0 <= number < LISTS_MAX:
        raise Unknown(f"status list {purpose}/{number}")
    first = number * bits.SIZE
    ended = ownership.ended_certificates(first, first + bits.SIZE, at, frozen=purpose == "suspension")
    here = _list_address(purpose, number)
    plain = {
        "@context": [CONTEXT],
        "id": here,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer(),
        "validFrom": _moment(at),
        "validUntil": _moment(at + LIST_LIVES),
        "credentialSubject": {
            "id": f"{here}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": bits.encoded(one - first for one in ended),
        },
    }
    return signed(plain, at)


def signed(plain: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """With a proof of the suite eddsa-rdfc-2022 over the statements of the document and of the proof's own options."""
    return signed_by(keys.signer(KEY), f"{issuer()}#{KEY}", plain, at)


def signed_by(signer: Signer, method: str, plain: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The same with the key of any issuer, which `method` names."""
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": _moment(at),
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    return {**plain, "proof": options | {"proofValue": base58.encode(signer.sign(message(plain, options)))}}


def message(plain: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """What is signed: the digest of the options, then that of the document."""
    return hashlib.sha256(proof_lines(options).encode()).digest() + hashlib.sha256(lines(plain).encode()).digest()


def _list_address(purpose: str, number: int) -> str:
    return f"{settings.PUBLIC_URL}/credentials/status/{purpose}/{number}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: str) -> str:
    """On one line, without control characters: verifiers differ in how they write those."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())

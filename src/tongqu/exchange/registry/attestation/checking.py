"""Is a credential of this profile genuine, and does it stand? Judged from the document, its issuer's key and status lists alone. Pure.

Nothing is fetched: whoever asks brings the issuer's DID document and the lists. So a certificate of another registrar that
runs this software is checked without its house being reachable.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.attestation import base58, bits
from tongqu.exchange.registry.attestation.statements import OWN_TERMS, NotOurs, lines, proof_lines
from tongqu.wire.seals import BadSeal, verify_bytes

SUITE = "eddsa-rdfc-2022"


class BadCredential(ValueError):
    """Not a credential of this profile, or not signed by this key. Ask its holder for the original."""

    mend = Words("请向持有人索取原始凭证文件。", "Ask its holder for the original document.")

    def __init__(self, zh: str, en: str, code: str = "bad-credential") -> None:
        self.words, self.code = Words(zh, en), code
        super().__init__(en)


@dataclass(frozen=True)
class Checked:
    """A credential that its issuer's key signed. `faults` say why one may not rely on it at that moment."""

    issuer: str
    code: str
    holder: str
    holder_code: str
    data_name: str
    rights: tuple[str, ...]
    valid_to_at: datetime
    faults: tuple[Words, ...]

    @property
    def good(self) -> bool:
        return not self.faults


def public_key_of(did: Mapping[str, Any], method: str) -> bytes:
    """The key that a DID document names for assertions under this name. Raises BadCredential."""
    try:
        if method not in did["assertionMethod"] or method.split("#", maxsplit=1)[0] != did["id"]:
            raise ValueError(method)
        found = next(one for one in did["verificationMethod"] if one["id"] == method and one["controller"] == did["id"])
        return base58.public_of(found["publicKeyMultibase"])
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise BadCredential("签发人的 DID 文档中没有这个密钥", "The issuer's DID document has no such key") from error


def check(
    document: Mapping[str, Any], did: Mapping[str, Any], at: datetime, *, lists: Sequence[Mapping[str, Any]] = ()
) -> Checked:
    """Raises BadCredential unless the DID's key signed every word of it. Lists that are missing count as a fault."""
    _verify(document, did)
    subject = document["credentialSubject"]
    try:
        until = moment(document["validUntil"])
        faults = [] if moment(document["validFrom"]) <= at < until else [_OUTSIDE]
        known = {one["id"]: _list(one, did, at) for one in lists}
        for entry in document["credentialStatus"]:
            faults += _status(entry, known.get(entry["statusListCredential"]))
        return Checked(
            document["issuer"], subject["certificateCode"], subject["holderName"], subject["holderCode"],
            subject["dataName"], tuple(subject["right"]), until, tuple(faults),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, BadCredential):
            raise
        raise BadCredential("不是本规格的凭证", "Not a credential of this profile") from error


_OUTSIDE = Words("不在有效期内", "It is outside its period of validity")
_ENDED = {
    "revocation": Words("凭证已失效或被取代", "It has ended or was replaced"),
    "suspension": Words("权利被查封或临时管制", "The right is seized or under an authority's control"),
}


def _verify(document: Mapping[str, Any], did: Mapping[str, Any]) -> None:
    try:
        if document["issuer"] != did["id"]:
            raise ValueError("another issuer")
        method = document["proof"]["verificationMethod"]
    except (KeyError, TypeError, ValueError) as error:
        raise _does_not_fit() from error
    verify(document, public_key_of(did, method))


def verify(document: Mapping[str, Any], public: bytes, terms: Mapping[str, str] = OWN_TERMS) -> None:
    """Raises BadCredential unless this key signed every word of the document, whose own words are those of `terms`."""
    try:
        proof = dict(document["proof"])
        signature = base58.decode(proof.pop("proofValue"))
        if proof["cryptosuite"] != SUITE:
            raise ValueError("another suite")
        plain = {name: value for name, value in document.items() if name != "proof"}
        said = proof_lines(proof).encode(), lines(plain, terms).encode()
        verify_bytes(public, signature, b"".join(hashlib.sha256(one).digest() for one in said))
    except (KeyError, TypeError, ValueError, AttributeError, NotOurs, BadSeal) as error:
        raise _does_not_fit() from error


def _does_not_fit() -> BadCredential:
    return BadCredential(
        "签名与内容不符，或不是本规格的凭证", "The signature does not fit, or it is of another profile"
    )


def _list(document: Mapping[str, Any], did: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """The subject of a status list that the same issuer signed and that is still fresh."""
    _verify(document, did)
    if not moment(document["validFrom"]) <= at < moment(document["validUntil"]):
        raise BadCredential("状态列表已过期", "A status list is out of date")
    return dict(document["credentialSubject"])


def _status(entry: Mapping[str, Any], found: Mapping[str, Any] | None) -> list[Words]:
    if found is None or found["statusPurpose"] != entry["statusPurpose"]:
        return [
            Words("没有提供状态列表，不能确认是否有效", "Its status list was not given; whether it stands is unknown")
        ]
    ended = bits.is_set(found["encodedList"], int(entry["statusListIndex"]))
    return [_ENDED[entry["statusPurpose"]]] if ended else []


def moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return found

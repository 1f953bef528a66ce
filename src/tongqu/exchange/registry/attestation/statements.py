"""A credential of ours as RDF statements in canonical order (RDFC-1.0), without a JSON-LD processor. Pure.

The documents we issue name every node, so that the canonical form is their statements, each as one line, sorted. Only the
options of a proof have no name: the one blank node of its own data set, which RDFC-1.0 calls `_:c14n0`. Terms are those of
the context https://www.w3.org/ns/credentials/v2 and of the terms written into the document itself; a document that says
anything else is refused, so that nothing in it is unsigned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

CONTEXT = "https://www.w3.org/ns/credentials/v2"
TERMS = "urn:tongqu:terms:"
CREDENTIALS = "https://www.w3.org/2018/credentials#"
SECURITY = "https://w3id.org/security#"
STATUS = "https://www.w3.org/ns/credentials/status#"
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_XSD = "http://www.w3.org/2001/XMLSchema#"

SUBJECT_TERMS = (
    "certificateCode", "certificateKind", "holderName", "holderCode", "registrarName", "registrarCode", "dataName",
    "dataOverview", "right", "logPosition", "contentDigest",
)  # fmt: skip
OWN_TERMS: dict[str, str] = {"DataRightsCertificate": f"{TERMS}DataRightsCertificate"} | {
    name: f"{TERMS}{name}" for name in SUBJECT_TERMS
}
"""What a document of ours adds to the context, word for word."""
_TYPES = {
    "VerifiableCredential": f"{CREDENTIALS}VerifiableCredential",
    "BitstringStatusListCredential": f"{STATUS}BitstringStatusListCredential",
    "BitstringStatusListEntry": f"{STATUS}BitstringStatusListEntry",
    "BitstringStatusList": f"{STATUS}BitstringStatusList",
}
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


class NotOurs(ValueError):
    """The document says something that this profile does not know; it would not be covered by the signature."""


def lines(document: Mapping[str, Any], terms: Mapping[str, str] = OWN_TERMS) -> str:
    """The canonical N-Quads of a document without its proof, whose own words are those of `terms`. Raises NotOurs."""
    _only(
        document,
        {"@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject", "credentialStatus"},
    )
    # In another context the same words would be other statements.
    of_list = "BitstringStatusListCredential" in document["type"]
    if document["@context"] != ([CONTEXT] if of_list else [CONTEXT, dict(terms)]):
        raise NotOurs("another context than ours")
    return _sorted(_document(document, {} if of_list else terms))


def inline_terms(document: Mapping[str, Any]) -> dict[str, str]:
    """The words that another house's credential explains in itself: plain names, each an address. Raises NotOurs.

    No context is ever fetched: the first is the W3C's, whose words nobody may give another meaning, and the second stands
    in the document.
    """
    context = document.get("@context")
    if not isinstance(context, list) or len(context) != 2 or context[0] != CONTEXT or not isinstance(context[1], dict):
        raise NotOurs("a context that is not explained in the document")
    terms: dict[str, str] = {}
    for name, meaning in context[1].items():
        if not _NAME.fullmatch(name) or name in _PUBLISHED or len(terms) >= TERMS_MAX:
            raise NotOurs(f"a word that may not be explained anew: {name[:40]}")
        if not isinstance(meaning, str) or not _ADDRESS.fullmatch(meaning):
            raise NotOurs(f"a word whose meaning is no address: {name[:40]}")
        terms[name] = meaning
    return terms


TERMS_MAX = 60
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
_ADDRESS = re.compile(r"(https?://|urn:)[^\s<>\"{}|\\^`]{1,300}")
# Every word of the W3C's context at any depth, and the schemes of addresses, which a word of that name would rewrite.
_PUBLISHED = frozenset((
    "BitstringStatusList", "BitstringStatusListCredential", "BitstringStatusListEntry", "DataIntegrityProof",
    "JsonSchema", "EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation", "JsonSchemaCredential",
    "VerifiableCredential", "VerifiablePresentation", "_sd", "_sd_alg", "assertionMethod", "aud", "authentication",
    "capabilityDelegation", "capabilityInvocation", "challenge", "cnf", "confidenceMethod", "created",
    "credentialSchema", "credentialStatus", "credentialSubject", "cryptosuite", "description", "digestMultibase",
    "digestSRI", "domain", "encodedList", "evidence", "exp", "expires", "holder", "iat", "id", "iss", "issuer",
    "jku", "jsonSchema", "jwk", "keyAgreement", "kid", "mediaType", "message", "name", "nbf", "nonce",
    "previousProof", "proof", "proofPurpose", "proofValue", "refreshService", "relatedResource", "renderMethod",
    "status", "statusListCredential", "statusListIndex", "statusMessage", "statusPurpose", "statusReference",
    "statusSize", "sub", "termsOfUse", "ttl", "type", "validFrom", "validUntil", "verifiableCredential",
    "verificationMethod", "x5u", "http", "https", "urn", "did",
))  # fmt: skip


def _document(document: Mapping[str, Any], terms: Mapping[str, str]) -> Iterator[str]:
    here, subject = _iri(document["id"]), document["credentialSubject"]
    yield from _types(here, document["type"], terms)
    yield _line(here, f"{CREDENTIALS}issuer", _iri(document["issuer"]))
    for name in ("validFrom", "validUntil"):
        if name in document:
            yield _line(here, f"{CREDENTIALS}{name}", _literal(document[name], f"{_XSD}dateTime"))
    yield _line(here, f"{CREDENTIALS}credentialSubject", _iri(subject["id"]))
    yield from _list_subject(subject) if not terms else _subject(subject, terms)
    for entry in document.get("credentialStatus", []):
        yield _line(here, f"{CREDENTIALS}credentialStatus", _iri(entry["id"]))
        yield from _status(entry)


def _list_subject(subject: Mapping[str, Any]) -> Iterator[str]:
    here = _iri(subject["id"])
    _only(subject, {"id", "type", "statusPurpose", "encodedList"})
    yield from _types(here, [subject["type"]])
    yield _line(here, f"{STATUS}statusPurpose", _literal(subject["statusPurpose"]))
    yield _line(here, f"{STATUS}encodedList", _literal(subject["encodedList"], f"{SECURITY}multibase"))


def _subject(subject: Mapping[str, Any], terms: Mapping[str, str]) -> Iterator[str]:
    here = _iri(subject["id"])
    for name, values in subject.items():
        if name == "id":
            continue
        if name not in terms:
            raise NotOurs(f"not of this profile: {name}")
        for value in values if isinstance(values, list) else [values]:
            yield _line(here, terms[name], _literal(value))


def _status(entry: Mapping[str, Any]) -> Iterator[str]:
    _only(entry, {"id", "type", "statusPurpose", "statusListIndex", "statusListCredential"})
    here = _iri(entry["id"])
    yield from _types(here, [entry["type"]])
    yield _line(here, f"{STATUS}statusPurpose", _literal(entry["statusPurpose"]))
    yield _line(here, f"{STATUS}statusListIndex", _literal(entry["statusListIndex"]))
    yield _line(here, f"{STATUS}statusListCredential", _iri(entry["statusListCredential"]))


def proof_lines(options: Mapping[str, Any]) -> str:
    """The canonical N-Quads of a proof without its value. Raises NotOurs."""
    _only(options, {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose"})
    if options["type"] != "DataIntegrityProof" or options["proofPurpose"] != "assertionMethod":
        raise NotOurs("a proof of another kind or for another purpose")
    here = "_:c14n0"
    return _sorted(
        iter(
            [
                _line(here, _TYPE, f"<{SECURITY}DataIntegrityProof>"),
                _line(here, f"{SECURITY}cryptosuite", _literal(options["cryptosuite"], f"{SECURITY}cryptosuiteString")),
                _line(here, "http://purl.org/dc/terms/created", _literal(options["created"], f"{_XSD}dateTime")),
                _line(here, f"{SECURITY}verificationMethod", _iri(options["verificationMethod"])),
                _line(here, f"{SECURITY}proofPurpose", f"<{SECURITY}assertionMethod>"),
            ]
        )
    )


def _only(node: Mapping[str, Any], known: set[str]) -> None:
    strange = sorted(set(node) - known)
    if strange:
        raise NotOurs(f"not of this profile: {', '.join(strange)}")


def _types(here: str, named: Any, terms: Mapping[str, str] = {}) -> Iterator[str]:
    if not isinstance(named, list):
        raise NotOurs("types that are no list")
    for one in named:
        known = _TYPES.get(one) or terms.get(one)
        if known is None:
            raise NotOurs(f"an unknown type: {one}")
        yield _line(here, _TYPE, f"<{known}>")


def _iri(value: Any) -> str:
    if (
        not isinstance(value, str)
        or ":" not in value
        or any(c in value for c in '<>"{}|^`\\')
        or any(c <= " " for c in value)
    ):
        raise NotOurs(f"not an address: {value!r}")
    return f"<{value}>"


def _literal(value: Any, kind: str = "") -> str:
    if not isinstance(value, str):
        raise NotOurs(f"not text: {value!r}")
    text = "".join(_ESCAPES.get(c) or (f"\\u{ord(c):04X}" if c < " " or c == "\x7f" else c) for c in value)
    return f'"{text}"^^<{kind}>' if kind else f'"{text}"'


def _line(subject: str, predicate: str, value: str) -> str:
    return f"{subject} <{predicate}> {value} .\n"


def _sorted(found: Iterator[str]) -> str:
    """By code point, as RDFC-1.0 asks; what is said twice is said once."""
    return "".join(sorted(set(found)))

"""Certificates as W3C verifiable credentials: another library reads the same statements, and the signature fits them."""

from __future__ import annotations

import base64
import copy
import gzip
import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import rdflib
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from tests.registry.conftest import World, day
from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.registry import attestation, ownership
from tongqu.exchange.registry.attestation import base58, bits
from tongqu.exchange.registry.attestation.statements import CONTEXT, NotOurs, lines, proof_lines

MONDAY = day(2026, 11, 2)
NOW = day(2027, 1, 1)
# The context as the W3C publishes it; nothing is fetched.
PUBLISHED = json.loads((Path(__file__).parent / "contexts" / "credentials-v2.json").read_text("utf-8"))["@context"]
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def by_rdflib(document: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> str:
    """The statements as rdflib's JSON-LD processor finds them with the published context, sorted; the one blank node named."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    context = [PUBLISHED if one == CONTEXT else one for one in document["@context"]]
    graph = rdflib.Graph().parse(data=json.dumps({**document, "@context": context}), format="json-ld")
    blank = {term for triple in graph for term in triple if isinstance(term, rdflib.BNode)}
    assert len(blank) <= 1
    found = [" ".join("_:c14n0" if t in blank else t.n3() for t in triple) + " .\n" for triple in graph]
    return "".join(sorted(found))


def unbase58(text: str) -> bytes:
    number = 0
    for digit in text.removeprefix("z"):
        number = number * 58 + ALPHABET.index(digit)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def verified_elsewhere(document: dict[str, Any], did: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """As vc-di-eddsa says: the digest of the proof's options, then of the document, under the key of the DID document."""
    proof = dict(document["proof"])
    value = proof.pop("proofValue")
    options = {"@context": document["@context"], **proof}
    plain = {name: one for name, one in document.items() if name != "proof"}
    signed = b"".join(hashlib.sha256(by_rdflib(one, monkeypatch).encode()).digest() for one in (options, plain))
    (method,) = did["verificationMethod"]
    assert method["id"] == proof["verificationMethod"]
    public = unbase58(method["publicKeyMultibase"])
    assert public[:2] == b"\xed\x01"
    Ed25519PublicKey.from_public_bytes(public[2:]).verify(unbase58(value), signed)


def lists(at: Any) -> list[dict[str, Any]]:
    return [attestation.status_list(purpose, 0, at) for purpose in ("revocation", "suspension")]


def issued(world: World, **changes: Any) -> tuple[int, str, dict[str, Any]]:
    registration = world.registered(MONDAY, **changes)
    code = str(ownership.right(registration).code)
    return registration, code, attestation.credential(code)


def check(document: dict[str, Any], at: Any = NOW) -> attestation.Checked:
    return attestation.check(document, attestation.did_document(), at, lists=lists(at))


def test_another_library_finds_the_same_statements_and_the_signature_fits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, document = issued(world, overview='逐刻用电量，含“功率因数”\n第二行\t\\ "引号" <b> é 😀')
    plain = {name: one for name, one in document.items() if name != "proof"}
    assert lines(plain) == by_rdflib(plain, monkeypatch)
    verified_elsewhere(document, attestation.did_document(), monkeypatch)
    for one in lists(NOW):
        verified_elsewhere(one, attestation.did_document(), monkeypatch)
    changed = copy.deepcopy(document)
    changed["credentialSubject"]["dataName"] += "二"
    with pytest.raises(InvalidSignature):
        verified_elsewhere(changed, attestation.did_document(), monkeypatch)


def test_a_credential_says_what_the_evidence_says_and_always_the_same(world: World, settings: Any) -> None:
    settings.PUBLIC_URL = "https://exchange.example:8443/market"
    _, code, document = issued(world)
    subject = document["credentialSubject"]
    shown = ownership.certificate(code)
    assert (subject["certificateCode"], subject["contentDigest"]) == (code, shown.content_digest)
    assert subject["right"] == ["数据持有权", "数据经营权"]
    assert "预登记凭证" in subject["certificateKind"]  # a voucher does not pass for a national certificate here either
    assert document["issuer"] == "did:web:exchange.example%3A8443:market"
    assert document["validUntil"] == "2031-12-02T02:00:00Z"
    assert attestation.credential(code) == document


def test_it_is_checked_here_by_key_and_lists_alone(world: World) -> None:
    _, code, document = issued(world)
    found = check(document)
    assert (found.good, found.code, found.holder) == (True, code, "示例supplier有限公司")
    assert not check(document, day(2032, 1, 1)).good
    alone = attestation.check(document, attestation.did_document(), NOW)
    assert [words.zh for words in alone.faults] == ["没有提供状态列表，不能确认是否有效"] * 2
    with pytest.raises(attestation.BadCredential):  # yesterday's list says nothing of today
        attestation.check(document, attestation.did_document(), NOW, lists=lists(NOW - timedelta(days=2)))


def test_a_seizure_suspends_and_a_new_certificate_revokes(world: World) -> None:
    from tests.registry.test_dealings import LATER, RIGHT_TRANSFER, decided, transfer

    registration, code, document = issued(world)
    note = world.act("note", registration, day(2026, 12, 10), kind="seized", text="示例法院查封").data["note"]
    assert [words.zh for words in check(document).faults] == ["权利被查封或临时管制"]
    world.act("lift_note", registration, day(2026, 12, 12), note=note, reason="查封已解除")
    assert check(document).good
    decided(world, RIGHT_TRANSFER, transfer(world, registration, LATER, rights=["operation"]), LATER)
    assert [words.zh for words in check(document, day(2027, 4, 1)).faults] == ["凭证已失效或被取代"]
    newer = attestation.credential(str(ownership.right(registration).code))
    assert check(newer, day(2027, 4, 1)).good
    assert newer["credentialSubject"]["certificateCode"] != code


@pytest.mark.parametrize(
    "change",
    [
        {"validUntil": "2099-01-01T00:00:00Z"},
        {"issuer": "did:web:elsewhere.example"},
        {"credentialStatus": []},
        {"name": "unsigned words"},
        {"@context": [CONTEXT]},
        {"@context": ["https://elsewhere.example/context"]},
        {"proof": None},
        {"credentialSubject": "text"},
        {"type": ["VerifiableCredential", "Something"]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_one_changed_word_is_found_whatever_it_is(world: World, change: dict[str, Any]) -> None:
    _, _, document = issued(world)
    with pytest.raises(attestation.BadCredential):
        check({**document, **change})


def test_nothing_beside_the_signed_words_passes(world: World) -> None:
    _, _, document = issued(world)
    for where in ("credentialSubject", "proof"):
        more = copy.deepcopy(document)
        more[where]["note"] = "unsigned"
        with pytest.raises(attestation.BadCredential):
            check(more)


def test_another_houses_key_does_not_vouch_for_ours(world: World) -> None:
    _, _, document = issued(world)
    did = attestation.did_document()
    (method,) = did["verificationMethod"]
    other = {**did, "verificationMethod": [{**method, "publicKeyMultibase": base58.multikey(b"\1" * 32)}]}
    with pytest.raises(attestation.BadCredential):
        attestation.check(document, other, NOW, lists=[])
    with pytest.raises(attestation.BadCredential):  # a key that the house uses for other things
        attestation.check(document, {**did, "assertionMethod": []}, NOW, lists=[])


def test_lists_and_codes_that_never_were_are_unknown(world: World) -> None:
    for purpose, number in (("revocation", -1), ("revocation", 10**9), ("refresh", 0)):
        with pytest.raises(Unknown):
            attestation.status_list(purpose, number, NOW)
    with pytest.raises(Unknown):
        attestation.credential("YD4202099120001")


def test_documents_outside_the_profile_have_no_statements() -> None:
    with pytest.raises(NotOurs):
        lines({"@context": [CONTEXT], "id": "urn:x", "evidence": "?"})
    with pytest.raises(NotOurs):
        proof_lines({"type": "DataIntegrityProof", "proofPurpose": "authentication"})


@given(st.binary(max_size=80))
def test_base58_comes_back_as_it_went(raw: bytes) -> None:
    assert base58.decode(base58.encode(raw)) == raw
    assert unbase58("z" + base58.encode(raw)[1:].lstrip("1")) == raw.lstrip(b"\0") or raw[:1] == b"\0"


@given(st.sets(st.integers(0, bits.SIZE - 1), max_size=30), st.integers(0, bits.SIZE - 1))
def test_a_list_has_the_bits_that_were_set_and_no_other(ended: set[int], asked: int) -> None:
    text = bits.encoded(ended)
    assert bits.is_set(text, asked) == (asked in ended)
    raw = gzip.decompress(base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4)))
    assert len(raw) == 16_384
    assert sum(byte.bit_count() for byte in raw) == len(ended)


@pytest.mark.parametrize("text", ["", "u", "zabc", "u!!!", "u" + "A" * 300_000, "uH4sIAAAAAAAA"])
def test_what_is_no_list_is_refused_quickly(text: str) -> None:
    with pytest.raises(ValueError, match="status list"):
        bits.is_set(text, 3)


def test_a_list_that_unpacks_to_gigabytes_is_cut_off() -> None:
    bomb = "u" + base64.urlsafe_b64encode(gzip.compress(b"\0" * 50_000_000)).decode().rstrip("=")
    with pytest.raises(ValueError, match="status list"):
        bits.is_set(bomb, 3)

"""Signatures: one changed byte is found, and a kept key is released by the second factor alone."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from tests.members.making import AT, Member, admitted, grant, someone
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import HOUSE, Actor, NeedsSecondFactor, NotYours, Refused, perform
from tongqu.exchange.members import credentials, mandates
from tongqu.exchange.members.credentials.models import SignatureKey
from tongqu.wire.seals import Ed25519Signer

pytestmark = pytest.mark.django_db
TEXT = '{"contract":"示例合同","total_fen":120000}'.encode()


@pytest.fixture
def member(exchange: Member) -> Member:
    return admitted(7, exchange, "buyer")


@pytest.fixture
def signer(member: Member) -> Actor:
    return member.actor(second_factor=True)


def own_key(actor: Actor, key: Ed25519Signer, **other: Any) -> int:
    assert actor.person is not None
    assert actor.party is not None
    text = credentials.possession_text(person=actor.person, organisation=actor.party, public=key.public_bytes)
    fields = {
        "by": actor, "at": AT, "public": base64.b64encode(key.public_bytes).decode(),
        "proof": base64.b64encode(key.sign(text)).decode(),
    }  # fmt: skip
    return credentials.register_own_key(**{**fields, **other})


# Kept by the exchange.


def test_a_signature_holds_for_the_text_it_was_made_for(signer: Actor) -> None:
    signature = credentials.sign(TEXT, signer, at=AT)
    assert (signature.kept_by, signature.person, signature.organisation) == ("exchange", signer.person, signer.party)
    credentials.verify(TEXT, signature)
    credentials.verify(TEXT, credentials.Signature.of(signature.plain()))


@with_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.integers(0, len(TEXT) - 1), bit=st.integers(0, 7))
def test_one_changed_bit_of_the_text_is_found(signer: Actor, place: int, bit: int) -> None:
    signature = credentials.sign(TEXT, signer, at=AT)
    changed = bytearray(TEXT)
    changed[place] ^= 1 << bit
    with pytest.raises(credentials.BadSignature):
        credentials.verify(bytes(changed), signature)


@pytest.mark.parametrize("place", [0, 31, 63])
def test_one_changed_byte_of_the_signature_is_found(signer: Actor, place: int) -> None:
    signature = credentials.sign(TEXT, signer, at=AT)
    raw = bytearray(base64.b64decode(signature.sig))
    raw[place] ^= 1
    with pytest.raises(credentials.BadSignature):
        credentials.verify(TEXT, replace(signature, sig=base64.b64encode(bytes(raw)).decode()))


def test_a_kept_key_is_not_released_without_the_second_factor(member: Member) -> None:
    with pytest.raises(NeedsSecondFactor):
        credentials.sign(TEXT, member.actor(), at=AT)
    assert not SignatureKey.objects.exists()


def test_neither_the_clock_nor_a_person_without_organisation_signs(member: Member) -> None:
    for nobody in (HOUSE, Actor(person=member.person, second_factor=True)):
        with pytest.raises(NotYours):
            credentials.sign(TEXT, nobody, at=AT)


def test_an_ended_mandate_signs_nothing(signer: Actor) -> None:
    assert signer.mandate is not None
    with pytest.raises(NotYours):
        credentials.sign(TEXT, signer, at=signer.mandate.until)  # type: ignore[arg-type]


def test_a_key_is_made_once_and_is_of_one_person_for_one_organisation(member: Member, exchange: Member) -> None:
    other = admitted(8, exchange)
    grant(other, member.person, "buyer")
    here = member.actor(second_factor=True)
    there = mandates.actor_for(member.person, other.id, at=AT, second_factor=True)
    first, again = credentials.sign(TEXT, here, at=AT), credentials.sign(b"other", here, at=AT)
    elsewhere = credentials.sign(TEXT, there, at=AT)
    assert first.key_id == again.key_id != elsewhere.key_id


def test_anothers_signature_is_not_ones_own(member: Member, signer: Actor, exchange: Member) -> None:
    signature = credentials.sign(TEXT, signer, at=AT)
    with pytest.raises(credentials.BadSignature):
        credentials.verify(TEXT, replace(signature, person=exchange.person))
    with pytest.raises(credentials.BadSignature):
        credentials.verify(TEXT, replace(signature, organisation=exchange.id))


def test_the_private_half_is_sealed_and_in_no_fact(signer: Actor) -> None:
    signature = credentials.sign(TEXT, signer, at=AT)
    row = SignatureKey.objects.get(key_id=signature.key_id)
    sealed = bytes(row.sealed or b"")
    assert len(sealed) == 12 + 32 + 16  # nonce, seed, tag
    (fact,) = evidence.facts_of("signature_key", row.pk)
    assert fact.body["data"]["public"] == row.public
    assert "sealed" not in str(fact.body)


def test_a_sealed_key_moved_to_another_person_does_not_open(member: Member, signer: Actor, exchange: Member) -> None:
    mine = SignatureKey.objects.get(key_id=credentials.sign(TEXT, signer, at=AT).key_id)
    theirs_actor = exchange.actor(second_factor=True)
    theirs = SignatureKey.objects.get(key_id=credentials.sign(TEXT, theirs_actor, at=AT).key_id)
    SignatureKey.objects.filter(pk=theirs.pk).update(sealed=mine.sealed)
    with pytest.raises(credentials.CannotOpen):
        credentials.sign(TEXT, theirs_actor, at=AT)


def test_another_key_file_is_said_and_not_guessed(signer: Actor, settings: Any, tmp_path: Any) -> None:
    credentials.sign(TEXT, signer, at=AT)
    settings.KEYS_ROOT = tmp_path
    with pytest.raises(credentials.CannotOpen) as caught:
        credentials.sign(TEXT, signer, at=AT)
    assert "密钥文件" in caught.value.words.zh


def test_a_retired_key_verifies_what_it_signed_before_and_nothing_after(signer: Actor) -> None:
    signature = credentials.sign(TEXT, signer, at=AT)
    row = SignatureKey.objects.get(key_id=signature.key_id)
    later = AT + timedelta(days=1)
    perform(credentials.SIGNATURE_KEY, "retire", row.pk, by=signer, at=later, reason="更换")
    credentials.verify(TEXT, signature)
    with pytest.raises(credentials.BadSignature):
        credentials.verify(TEXT, replace(signature, at=later))
    assert credentials.sign(TEXT, signer, at=later).key_id != signature.key_id


# The party's own.


def test_an_own_key_is_registered_by_proof_and_signs(signer: Actor) -> None:
    key = Ed25519Signer.generate()
    own_key(signer, key)
    assert signer.party is not None
    sig = base64.b64encode(key.sign(TEXT)).decode()
    signature = credentials.check_own(signer.party, TEXT, sig, at=AT)
    assert (signature.kept_by, signature.key_id) == ("party", key.key_id)
    credentials.verify(TEXT, signature)
    with pytest.raises(credentials.BadSignature):
        credentials.check_own(signer.party, TEXT + b" ", sig, at=AT)


def test_an_own_key_without_its_private_half_is_refused(signer: Actor) -> None:
    mine, theirs = Ed25519Signer.generate(), Ed25519Signer.generate()
    with pytest.raises(Refused) as caught:
        own_key(signer, mine, public=base64.b64encode(theirs.public_bytes).decode())
    assert [finding.cite for finding in caught.value.findings if finding.blocks] == ["ESIG:13"]


def test_a_proof_made_for_one_signer_is_none_for_another(signer: Actor, exchange: Member) -> None:
    key = Ed25519Signer.generate()
    with pytest.raises(Refused):
        own_key(signer, key, by=exchange.actor(second_factor=True))


def test_one_public_key_belongs_to_one_signer(signer: Actor, exchange: Member) -> None:
    key = Ed25519Signer.generate()
    own_key(signer, key)
    with pytest.raises(Refused):
        own_key(exchange.actor(second_factor=True), key)


@pytest.mark.parametrize("wrong", ["", "!!!", base64.b64encode(b"short").decode()])
def test_a_malformed_public_key_is_bad_input(signer: Actor, wrong: str) -> None:
    with pytest.raises(BadInput):
        own_key(signer, Ed25519Signer.generate(), public=wrong)


def test_registering_an_own_key_needs_the_second_factor(member: Member) -> None:
    with pytest.raises(NeedsSecondFactor):
        own_key(member.actor(), Ed25519Signer.generate())


def test_an_own_key_of_someone_who_left_signs_no_more(member: Member) -> None:
    colleague, key = someone("colleague"), Ed25519Signer.generate()
    granted = grant(member, colleague.pk, "buyer")
    own_key(mandates.actor_for(colleague.pk, member.id, at=AT, second_factor=True), key)
    sig = base64.b64encode(key.sign(TEXT)).decode()
    credentials.check_own(member.id, TEXT, sig, at=AT)
    perform(mandates.MANDATE, "revoke", granted.subject, by=member.actor(), at=AT, reason="离职")
    with pytest.raises(mandates.NoMandate):
        credentials.check_own(member.id, TEXT, sig, at=AT)


def test_a_colleague_does_not_retire_anothers_key(member: Member, signer: Actor) -> None:
    number = own_key(signer, Ed25519Signer.generate())
    colleague = someone("colleague")
    grant(member, colleague.pk, "buyer")
    with pytest.raises(Refused):
        perform(
            credentials.SIGNATURE_KEY, "retire", number, by=mandates.actor_for(colleague.pk, member.id, at=AT), at=AT,
            reason="试试",
        )  # fmt: skip
    assert [view.id for view in credentials.signature_keys(member.id)] == [number]

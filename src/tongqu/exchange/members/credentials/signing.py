"""Electronic signatures: made with a key the exchange keeps for the person, or with the person's own.

What the Electronic Signature Law asks of a reliable signature (ESIG art. 13), and what meets it here:

1. *The signature data belongs to the signer alone.* Each key is of one person for one organisation and is used for no
   other; the private half is sealed under a key derived for that person, or never leaves the party.
2. *At signing it is controlled by the signer alone.* A kept key is opened only for an actor who has just shown a second
   factor; an API key never counts as one. An own key is shown to be held by a proof of possession.
3. *A later change of the signature is found*, and
4. *a later change of the text is found*: Ed25519 (RFC 8032) over the bytes of the text itself; `verify` fails for both.

Art. 14 gives such a signature the force of a handwritten one. Who, when and with which key is a fact of the log (arts.
5–6: content retrievable, unchanged since, sender and time known); the signed text is kept by whoever asked for it.
A key kept by the exchange is the weaker of the two in dispute: who wants sole control beyond doubt registers an own.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from tongqu.exchange.bedrock.procedures import Actor, NeedsSecondFactor, NotYours, Shut, begin
from tongqu.exchange.bedrock.rows import find
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import mandates
from tongqu.exchange.members.credentials.models import SignatureKey
from tongqu.exchange.members.credentials.procedure import SIGNATURE_KEY, SIGNER
from tongqu.exchange.members.credentials.queries import one_at_a_time
from tongqu.exchange.members.credentials.sealing import open_seed
from tongqu.wire.seals import BadSeal, verify_bytes

KEYS_TRIED_MAX = 200
_CHANGED = Words("原文或签名被改动", "The text or the signature was changed")


@dataclass(frozen=True)
class Signature:
    """A signature over the bytes of a text. `public` is raw in hex, `sig` base64, `kept_by` party or exchange."""

    key_id: str
    public: str
    sig: str
    at: datetime
    kept_by: str
    person: int
    organisation: int

    def plain(self) -> dict[str, Any]:
        """As JSON values, for a fact or a contract's file."""
        return {**vars(self), "at": self.at.isoformat()}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Signature:
        return cls(**{**plain, "at": datetime.fromisoformat(plain["at"])})


class BadSignature(Shut):
    """The signature does not fit the text and a key of the signer in use then. Sign the exact bytes again."""

    code = "bad-signature"
    status = 422

    def __init__(self, words: Words = _CHANGED) -> None:
        super().__init__(
            words, Words("用已登记的本人密钥对原文重新签名。", "Sign the very text again with your own registered key.")
        )


def _signer(actor: Actor) -> tuple[int, int]:
    if actor.kind != "person" or actor.person is None or actor.party is None:
        raise NotYours(Words("签名须由本人代表单位作出", "A person signs, for an organisation"), [SIGNER.words])
    return actor.person, actor.party


def _kept_key(actor: Actor, person: int, party: int, at: datetime) -> SignatureKey:
    kept: dict[str, Any] = {"person_id": person, "organisation_id": party, "keeper": "exchange", "state": "in_use"}
    found = find(SignatureKey, **kept)
    if found is not None:
        return found
    with transaction.atomic():
        one_at_a_time(person, party)
        found = find(SignatureKey, **kept)
        if found is None:
            made = begin(SIGNATURE_KEY, by=actor, at=at, keeper="exchange", name="由交易场所保管")
            found = SignatureKey.objects.get(pk=made.subject)
    return found


def sign(text: bytes, actor: Actor, *, at: datetime) -> Signature:
    """Signs with the key that the exchange keeps for the actor; the first time makes that key.

    Raises NeedsSecondFactor unless the actor has just shown it, NotYours for the clock or without an organisation or
    with an ended mandate.
    """
    person, party = _signer(actor)
    if not actor.second_factor:
        raise NeedsSecondFactor
    if actor.mandate is not None and not actor.mandate.covers(at):
        raise NotYours(Words("您的授权已到期或尚未生效", "Your mandate has ended or has not begun"), [SIGNER.words])
    key = _kept_key(actor, person, party, at)
    public = bytes.fromhex(key.public)
    opened = open_seed(bytes(key.sealed or b""), key.sealed_with, public, person=person, organisation=party)
    sig = base64.b64encode(opened.sign(text)).decode()
    return Signature(key.key_id, key.public, sig, at, "exchange", person, party)


def check_own(organisation: int, text: bytes, sig: str, *, at: datetime, person: int | None = None) -> Signature:
    """Takes a signature made with an own key (base64, 64 bytes over the text's bytes) for the organisation.

    The key is one in use of a person with a mandate in force there, of `person` alone when one is named. Raises
    BadSignature when no such key made it, NoMandate when its holder may no longer act.
    """
    raw = _raw(sig)
    own = SignatureKey.objects.filter(organisation_id=organisation, keeper="party", state="in_use")
    if person is not None:
        own = own.filter(person_id=person)
    for key in own.order_by("-begun_at", "-pk")[:KEYS_TRIED_MAX]:
        if _fits(bytes.fromhex(key.public), raw, text):
            mandates.actor_for(key.person_id, organisation, at=at)
            return Signature(key.key_id, key.public, sig, at, "party", key.person_id, organisation)
    raise BadSignature(
        Words("签名与原文及已登记的密钥不符", "The signature does not fit the text and a registered key")
    )


def _raw(sig: str) -> bytes:
    try:
        return base64.b64decode(sig, validate=True)
    except ValueError as error:
        raise BadSignature(Words("签名不是 Base64 文本", "The signature is not base64 text")) from error


def _fits(public: bytes, sig: bytes, text: bytes) -> bool:
    try:
        verify_bytes(public, sig, text)
    except BadSeal:
        return False
    return True


def verify(text: bytes, signature: Signature) -> None:
    """Raises BadSignature unless the text is unchanged and the signer's own key, in use then, signed it."""
    key = find(SignatureKey, key_id=signature.key_id)
    whose = (signature.public, signature.person, signature.organisation)
    if key is None or (key.public, key.person_id, key.organisation_id) != whose:
        raise BadSignature(Words("这个密钥不是签名人登记的密钥", "This key is not one that the signer registered"))
    if signature.at < key.begun_at or (key.retired_at is not None and signature.at >= key.retired_at):
        raise BadSignature(Words("签名时密钥未启用或已停用", "The key was not in use at that moment"))
    if not _fits(bytes.fromhex(key.public), _raw(signature.sig), text):
        raise BadSignature(_CHANGED)


def register_own_key(
    *, by: Actor, at: datetime, public: str, proof: str, name: str = "", key: str | None = None
) -> int:
    """Registers the party's own public key (base64) with the proof over `possession_text`. Returns the key's number.

    Raises NeedsSecondFactor, Refused or BadInput as the door does.
    """
    return begin(SIGNATURE_KEY, by=by, at=at, key=key, keeper="party", public=public, proof=proof, name=name).subject

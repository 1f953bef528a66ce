"""What taking a signature key into use, or out of it, does."""

from __future__ import annotations

import base64

from tongqu.exchange.bedrock.procedures import Done, Matter
from tongqu.exchange.members.credentials.inputs import Keeper
from tongqu.exchange.members.credentials.models import SignatureKey
from tongqu.exchange.members.credentials.sealing import seal_seed
from tongqu.wire.seals import Ed25519Signer, key_id


def register(matter: Matter) -> Done:
    key: SignatureKey = matter.subject
    assert matter.by.person is not None  # only persons register a key
    assert matter.by.party is not None  # the rules refuse one without a party
    key.person_id, key.organisation_id = matter.by.person, matter.by.party
    key.keeper, key.name = matter.inputs.keeper.value, matter.inputs.name
    if matter.inputs.keeper is Keeper.PARTY:
        public = base64.b64decode(matter.inputs.public)
    else:
        fresh = Ed25519Signer.generate()
        public = fresh.public_bytes
        key.sealed, key.sealed_with = seal_seed(fresh, person=key.person_id, organisation=key.organisation_id)
    key.public, key.key_id = public.hex(), key_id(public)
    return Done(
        {"key_id": key.key_id, "public": key.public, "organisation": key.organisation_id, "person": key.person_id}
    )


def retire(matter: Matter) -> Done:
    key: SignatureKey = matter.subject
    key.retired_at, key.reason = matter.at, matter.inputs.reason
    # What was signed stays verifiable by the public half; the private half has no more use.
    if key.keeper == "exchange":
        key.sealed, key.sealed_with = b"", ""
    return Done({"key_id": key.key_id})

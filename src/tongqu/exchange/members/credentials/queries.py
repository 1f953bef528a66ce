"""Signature keys as people may read them, and what the rules are shown."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from tongqu.exchange.bedrock.procedures import Actor, Matter
from tongqu.exchange.members.credentials import rules
from tongqu.exchange.members.credentials.inputs import Keeper
from tongqu.exchange.members.credentials.models import SignatureKey
from tongqu.wire.canonical import canonical
from tongqu.wire.seals import BadSeal, key_id, verify_bytes


@dataclass(frozen=True)
class SignatureKeyView:
    """The public side of a signature key. `public` is the raw key in hex."""

    id: int
    state: str
    organisation: int
    person: int
    keeper: str
    name: str
    key_id: str
    public: str
    registered_at: datetime
    retired_at: datetime | None


def _view(row: SignatureKey) -> SignatureKeyView:
    return SignatureKeyView(
        row.pk, row.state, row.organisation_id, row.person_id, row.keeper, row.name, row.key_id, row.public,
        row.begun_at, row.retired_at,
    )  # fmt: skip


def signature_keys(
    organisation_id: int, *, person_id: int | None = None, limit: int = 200
) -> tuple[SignatureKeyView, ...]:
    """The keys of an organisation, or of one person there: those in use first, the newest first."""
    rows = SignatureKey.objects.filter(organisation_id=organisation_id)
    if person_id is not None:
        rows = rows.filter(person_id=person_id)
    return tuple(_view(row) for row in rows.order_by("state", "-begun_at", "-pk")[:limit])


def possession_text(*, person: int, organisation: int, public: bytes) -> bytes:
    """What an own key signs to prove that its holder has the private half: canonical JSON, for no other use."""
    return canonical(
        {
            "purpose": "tongqu/own-signature-key/1",
            "person": person,
            "organisation": organisation,
            "public": public.hex(),
        }
    )


def _proven(by: Actor, public: bytes, proof: bytes) -> bool:
    try:
        verify_bytes(public, proof, possession_text(person=by.person or 0, organisation=by.party or 0, public=public))
    except BadSeal:
        return False
    return True


def one_at_a_time(person: int | None, organisation: int | None) -> None:
    """Until the transaction ends, nobody else makes a key for this signer: two would both find that there is none."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 13))", [f"signer\n{organisation}/{person}"])


def registration_seen(matter: Matter) -> rules.KeySeen:
    by, asked = matter.by, matter.inputs
    one_at_a_time(by.person, by.party)
    if asked.keeper is Keeper.EXCHANGE:
        kept = SignatureKey.objects.filter(
            person_id=by.person or 0, organisation_id=by.party or 0, keeper="exchange", state="in_use"
        ).exists()
        return rules.KeySeen(for_party=by.party is not None, kept_already=kept)
    public = base64.b64decode(asked.public)
    return rules.KeySeen(
        for_party=by.party is not None,
        proven=_proven(by, public, base64.b64decode(asked.proof)),
        used_before=SignatureKey.objects.filter(key_id=key_id(public)).exists(),
    )


def retirement_seen(matter: Matter) -> rules.KeySeen:
    return rules.KeySeen(
        own=matter.subject.person_id == matter.by.person, by_administrator="administrator" in matter.by.roles
    )

"""Which keys of the exchange a node believes: the one it was enrolled with, and those that lead on from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tongqu.node.state import Identity
from tongqu.wire.message import open_sealed
from tongqu.wire.new_key import EXCHANGE, follow
from tongqu.wire.seals import KeyRing, key_id
from tongqu.wire.sync import SyncReply


def newest_key(identity: Identity) -> str:
    """The id of the newest key that is believed: what a question tells, so that later ones are announced with the answer."""
    believed = identity.exchange_public_key
    return key_id(believed.keys[-1].public_bytes if isinstance(believed, KeyRing) else believed)


def opened_reply(sealed: Any, identity: Identity) -> tuple[SyncReply, Identity]:
    """The reply, sealed with a key that is believed, or with one that announcements in it lead to from there; and what is
    believed then. An announcement bears the seal of the key before, so it is believed or not before the reply is. Raises BadSeal,
    BadMessage."""
    body = sealed.get("body") if isinstance(sealed, dict) else None
    announced = body.get("exchange_keys") if isinstance(body, dict) else None
    if isinstance(announced, list) and announced:
        ring = follow(identity.exchange_public_key, announced, EXCHANGE)
        fresh = [one for one in announced if one not in identity.announcements]
        identity = replace(identity, exchange_public_key=ring, announcements=(*identity.announcements, *fresh))
    return open_sealed(SyncReply, sealed, identity.exchange_public_key), identity

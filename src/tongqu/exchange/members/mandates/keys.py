"""API keys: `tq_<prefix>_<secret>`, shown once. The exchange keeps the SHA-256; the secret has 256 bits of chance."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Actor, begin
from tongqu.exchange.members.mandates.models import ApiKey
from tongqu.exchange.members.mandates.procedure import API_KEY
from tongqu.exchange.members.mandates.queries import NoMandate, actor_for

_FORM = re.compile(r"(tq_[0-9a-z]{10})_[A-Za-z0-9_-]{43}")
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
# Last use is for people to see; a write for each call would make the key's row a queue.
_TOUCH_EVERY = timedelta(minutes=1)
_NOBODY = hashlib.sha256(b"no such key").hexdigest()


@dataclass(frozen=True)
class FreshKey:
    """A new key. `secret` is the whole key, shown this once."""

    id: int
    prefix: str
    secret: str


def issue_key(*, by: Actor, at: datetime, name: str, roles: Sequence[str], until_at: datetime) -> FreshKey:
    """Makes a key with which a program acts as this person for this organisation, within `roles`.

    Raises NeedsSecondFactor, Refused or BadInput as the door does. A repeated call makes another key.
    """
    prefix = "tq_" + "".join(secrets.choice(_ALPHABET) for _ in range(10))
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    digest = hashlib.sha256(secret.encode()).hexdigest()
    outcome = begin(
        API_KEY, by=by, at=at, name=name, roles=list(roles), until_at=until_at, prefix=prefix, digest=digest
    )
    return FreshKey(outcome.subject, prefix, secret)


def authenticate(key: str, *, at: datetime) -> Actor | None:
    """The actor behind a key, or None: unknown, revoked or expired key, ended mandate, closed account.

    The comparison takes the same time for a wrong secret and for an unknown key. A key is never a second factor.
    """
    form = _FORM.fullmatch(key)
    row = ApiKey.objects.filter(prefix=form.group(1)).first() if form else None
    same = hmac.compare_digest(hashlib.sha256(key.encode()).hexdigest(), row.digest if row else _NOBODY)
    if row is None or not same or row.state != "active" or row.until_at <= at:
        return None
    try:
        actor = actor_for(row.person_id, row.organisation_id, at=at, via="key")
    except NoMandate:
        return None
    if row.last_used_at is None or at - row.last_used_at >= _TOUCH_EVERY:
        ApiKey.objects.filter(Q(last_used_at__isnull=True) | Q(last_used_at__lt=at), pk=row.pk).update(last_used_at=at)
    named = frozenset(row.roles)
    return replace(actor, roles=actor.roles & named, dormant=actor.dormant & named)

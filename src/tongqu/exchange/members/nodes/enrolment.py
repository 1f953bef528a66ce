"""Enrolment: a provider gets a key, shown once; the node registers with it and its own public key, once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tongqu.exchange.bedrock.procedures import HOUSE, Actor, NotNow, Refused, Shut, begin, perform
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.nodes.models import Node
from tongqu.exchange.members.nodes.procedure import NODE
from tongqu.exchange.members.nodes.queries import NodeView, node
from tongqu.wire.sync import key_bytes, open_register

ENROLMENT_DAYS = 7


@dataclass(frozen=True)
class Enrolment:
    """A fresh enrolment key. `secret` is shown this once and good for one registration until `until_at`."""

    node_id: int
    secret: str
    until_at: datetime


class BadEnrolment(Shut):
    """The enrolment key is unknown, used by another key pair, or has run out. The provider makes a fresh one."""

    code = "bad-enrolment"
    status = 403

    def __init__(self, words: Words) -> None:
        super().__init__(
            words, Words("请在节点页面重新发放注册密钥。", "Make a fresh enrolment key on the node's page.")
        )


def _fresh(at: datetime) -> tuple[str, str, datetime]:
    secret = f"tn_{secrets.token_urlsafe(32)}"
    return secret, hashlib.sha256(secret.encode()).hexdigest(), at + timedelta(days=ENROLMENT_DAYS)


def enrol(*, by: Actor, at: datetime, name: str, address: str = "", provider: int | None = None) -> Enrolment:
    """Enrols a node of the actor's organisation, or, by an exchange administrator, of another provider.

    Raises NotYours, Refused or BadInput as the door does. A repeated call enrols another node.
    """
    secret, digest, until_at = _fresh(at)
    made = begin(NODE, by=by, at=at, name=name, address=address, provider=provider, digest=digest, until_at=until_at)
    return Enrolment(made.subject, secret, until_at)


def renew(node_id: int, *, by: Actor, at: datetime, reason: str) -> Enrolment:
    """A fresh enrolment key for a node that lost its own, or stands on another machine. It must register again."""
    secret, digest, until_at = _fresh(at)
    perform(NODE, "renew", node_id, by=by, at=at, digest=digest, until_at=until_at, reason=reason)
    return Enrolment(node_id, secret, until_at)


def register(sealed: Any, *, at: datetime) -> NodeView:
    """Takes a sealed `Register` of the wire. The same key pair may repeat it, since its answer can be lost.

    Raises BadMessage or BadSeal for what is not such a message, BadEnrolment for a key that does not open.
    """
    told = open_register(sealed)
    public = key_bytes(told.public_key).hex()
    digest = hashlib.sha256(told.enrolment_key.encode()).hexdigest()
    row = Node.objects.filter(enrolment_digest=digest).first()
    if row is None or row.state == "retired":
        raise BadEnrolment(Words("没有这个注册密钥", "There is no such enrolment key"))
    if row.state != "enrolling":
        return _repeated(row, public)
    if row.enrolment_until_at is None or row.enrolment_until_at <= at:
        raise BadEnrolment(Words("注册密钥已过期", "The enrolment key has run out"))
    try:
        perform(
            NODE,
            "register",
            row.pk,
            by=HOUSE,
            at=at,
            key=f"node/{row.pk}/register/{digest[:16]}/{public[:16]}",
            public_key=public,
            software=told.software,
        )
    except NotNow:
        return _repeated(Node.objects.get(pk=row.pk), public)
    except Refused as refused:
        raise BadEnrolment(refused.words) from refused
    return node(row.pk)


def _repeated(row: Node, public: str) -> NodeView:
    if row.public_key != public:
        raise BadEnrolment(Words("注册密钥已被使用", "The enrolment key was used already"))
    return node(row.pk)

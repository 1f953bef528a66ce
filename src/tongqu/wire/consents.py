"""Consents as the exchange tells them to a node, and what a node vouches for to one subject: references, never identities.

A reference is HMAC-SHA-256 over a source's name and the subject's key there, under a salt that the node alone has. The exchange
tells which references consent to what; the node finds them again from the keys that it is asked for.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from tongqu.wire.keyed import keyed_hash
from tongqu.wire.message import (
    Message,
    Shape,
    envelope,
    flag,
    hex_digest,
    list_of,
    message,
    moment,
    name,
    one_of,
    text,
    whole,
)
from tongqu.wire.source import MODES

REFERENCE_BYTES = 32
CHANGES_MAX = 50_000
"""Changes that one answer tells; a node that lacks more asks again at once."""

SETS_MAX = 1_000
USES_MAX = 1_000
_PACKED_CHARS_MAX = 4 * (CHANGES_MAX * REFERENCE_BYTES // 3 + 3)
_CODE = text(most=100)
_BASIS = text(most=10, pattern=r"[1-9][0-9]*")


def reference_of(salt: bytes, source: str, key: str) -> bytes:
    """The reference of whoever has this key in this source. One key in two sources is two references: it may be two people."""
    return keyed_hash(salt, f"{source}\n{key}".encode("utf-8", "surrogatepass"))


def reference_salt(secret: bytes) -> bytes:
    """The salt behind a node's references, from the secret that outlives its keys."""
    return hmac.new(secret, b"tongqu consent reference", hashlib.sha256).digest()


def packed(references: Iterable[bytes]) -> str:
    return base64.b64encode(b"".join(references)).decode()


def unpacked(told: str) -> bytes:
    """The references one behind the other. Raises ValueError."""
    found = base64.b64decode(told, validate=True)
    if len(found) % REFERENCE_BYTES:
        raise ValueError("whole references")
    return found


@dataclass(frozen=True)
class ConsentSet(Message):
    """What one group of consents is to: whose data, from which source, to whom, for what, of which kinds. `basis` names it; a
    notice whose purpose, method or kinds changed has another."""

    KIND: ClassVar[str] = "consent-set"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "basis": _BASIS,
        "source": name(),
        "receiver": _CODE,
        "purposes": list_of(_CODE, least=1, most=50, distinct=True),
        "kinds": list_of(name(), least=1, most=50, distinct=True),
    }

    basis: str
    source: str
    receiver: str
    purposes: tuple[str, ...]
    kinds: tuple[str, ...]

    def allows(self, source: str, receiver: str, purpose: str, kinds: frozenset[str]) -> bool:
        """Whether a consent of this group is one to such a call."""
        fits = self.source == source and self.receiver == receiver
        return fits and purpose in self.purposes and kinds <= set(self.kinds)


@dataclass(frozen=True)
class ConsentChanges(Message):
    """Of one group, whose consent was given and whose ended: packed references, each at most once."""

    KIND: ClassVar[str] = "consent-changes"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "basis": _BASIS,
        "given": text(least=0, most=_PACKED_CHARS_MAX),
        "ended": text(least=0, most=_PACKED_CHARS_MAX),
    }

    basis: str
    given: str = ""
    ended: str = ""

    def contradictions(self) -> list[str]:
        found = []
        for field in ("given", "ended"):
            try:
                unpacked(getattr(self, field))
            except ValueError:
                found.append(field)
        return found


@dataclass(frozen=True)
class ConsentPart(Message):
    """What changed from number `after` (not inside) to `upto` (inside). `sets` are all groups that stand now: what is not among
    them is gone. `complete`: there is nothing later. `fresh_seconds`: for how long a node may go by it without hearing more.
    `after` is 0 where the node has to begin anew."""

    KIND: ClassVar[str] = "consents"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "after": whole(0),
        "upto": whole(0),
        "complete": flag(),
        "fresh_seconds": whole(1, 86_400),
        "sets": list_of(message(ConsentSet), most=SETS_MAX),
        "changes": list_of(message(ConsentChanges), most=SETS_MAX),
    }

    after: int
    upto: int
    complete: bool
    fresh_seconds: int
    sets: tuple[ConsentSet, ...] = ()
    changes: tuple[ConsentChanges, ...] = ()

    def contradictions(self) -> list[str]:
        found = ["upto"] if self.upto < self.after else []
        bases = [each.basis for each in self.sets]
        return [*found, "sets"] if len(set(bases)) < len(bases) else found


@dataclass(frozen=True)
class SubjectPass(Message):
    """The node's word, sealed with its key, that a person it has identified is behind this reference, given for one account of
    the exchange until `until`. It says nothing else of the person."""

    KIND: ClassVar[str] = "subject-pass"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "node": name(),
        "source": name(),
        "reference": hex_digest(),
        "account": name(),
        "made_at": moment(),
        "until": moment(),
    }

    node: str
    source: str
    reference: str
    account: str
    made_at: datetime
    until: datetime

    def contradictions(self) -> list[str]:
        return ["until"] if self.until <= self.made_at else []


@dataclass(frozen=True)
class UsesOrder(Message):
    """Asks a node how the data of one subject was used. The node answers for a pass that it sealed itself, and for no other."""

    KIND: ClassVar[str] = "uses-order"
    FIELDS: ClassVar[Mapping[str, Shape]] = {"source": name(), "vouched": envelope()}

    source: str
    vouched: dict[str, Any]


@dataclass(frozen=True)
class Use(Message):
    """How often a subject's data was used on one day (UTC) under one contract, for one purpose, in one mode, for whom. `last_receipt`
    is the number of the contract's last receipt that is known to be of it."""

    KIND: ClassVar[str] = "use"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "day": text(least=10, most=10, pattern=r"\d{4}-\d{2}-\d{2}"),
        "contract": name(),
        "receiver": _CODE,
        "purpose": _CODE,
        "mode": one_of(*MODES),
        "calls": whole(1),
        "last_receipt": whole(0),
    }

    day: str
    contract: str
    receiver: str
    purpose: str
    mode: str
    calls: int
    last_receipt: int


@dataclass(frozen=True)
class UsesTold(Message):
    """What the node's own record has of a subject, the newest first; `total` counts what was left off as well."""

    KIND: ClassVar[str] = "uses"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "source": name(),
        "reference": hex_digest(),
        "since": moment(),
        "total": whole(0),
        "uses": list_of(message(Use), most=USES_MAX),
    }

    source: str
    reference: str
    since: datetime
    total: int
    uses: tuple[Use, ...] = ()

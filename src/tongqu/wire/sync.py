"""How a node registers and keeps in step with the exchange. The node always calls; the exchange only answers.

`POST /wire/register`: a sealed `Register` in, a sealed `Registered` out. `POST /wire/sync`, every second: a
`SyncRequest` sealed by the node in, a `SyncReply` sealed by the exchange out. Both directions are safe to replay and
to lose: the request carries a number that only rises, the reply repeats the request's number and nonce.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from tongqu.wire.consents import ConsentPart, UsesOrder, UsesTold
from tongqu.wire.measures import (
    DeidentificationMeasured,
    DeidentificationOrder,
    QualityMeasured,
    QualityOrder,
)
from tongqu.wire.message import (
    BadMessage,
    Faults,
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
    open_sealed,
    optional,
    spare,
    text,
    whole,
)
from tongqu.wire.restored import CHAINS_MAX, ChainEnd, ChainKept
from tongqu.wire.source import Profile, SourceDeclaration
from tongqu.wire.words import Words

SKEW_SECONDS_MAX = 300
"""Beyond this the two clocks do not speak of the same time, and neither side believes the other."""

SKEW_SECONDS_TOLD = 30
"""Beyond this a node warns its owner that its clock is wrong. It judges by the exchange's time all the same."""

STATEMENTS_MAX = 200
PERMITS_MAX = 500
BODY_BYTES_MAX = 8 * 1024 * 1024
DECLARED_BYTES_MAX = 6 * 1024 * 1024
"""What the declarations of a node may take together: statements and answers go beside them in one body."""

PROFILE, STATEMENT, QUALITY, DEIDENTIFICATION = "profile", "statement", "quality", "deidentification"
USES = "uses"
WORKS = (PROFILE, STATEMENT, QUALITY, DEIDENTIFICATION, USES)
WORKS_AT_FIRST = (PROFILE, STATEMENT)
"""What a node does that does not say what it does: it was made before nodes said so."""

_KEY = text(least=44, most=44, pattern=r"[A-Za-z0-9+/]{43}=")
_NONCE = text(least=32, most=32, pattern=r"[0-9a-f]{32}")


def key_text(public_bytes: bytes) -> str:
    """A raw public key (32 bytes) as base64 text."""
    return base64.b64encode(public_bytes).decode()


def key_bytes(key: str) -> bytes:
    """The raw public key of its text. Raises ValueError."""
    return base64.b64decode(key, validate=True)


def new_nonce() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True)
class Register(Message):
    """A node's first word, sealed with the key it names: whoever sends it holds the private key."""

    KIND: ClassVar[str] = "register"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "enrolment_key": text(least=16, most=200),
        "name": text(most=200),
        "public_key": _KEY,
        "software": text(most=100),
        "nonce": _NONCE,
        "at": moment(),
    }

    enrolment_key: str
    name: str
    public_key: str
    software: str
    nonce: str
    at: datetime


def open_register(sealed: Any) -> Register:
    """The registration, if it is sealed with the key it brings. Raises BadMessage or BadSeal."""
    faults = Faults()
    envelope().read(sealed, Register.KIND, faults)
    if faults.found:
        raise BadMessage(Register.KIND, faults.found)
    told = Register.from_json(sealed["body"])
    return open_sealed(Register, sealed, key_bytes(told.public_key))


@dataclass(frozen=True)
class Registered(Message):
    """The exchange's answer, sealed with the permit key it names. `nonce` repeats the request's."""

    KIND: ClassVar[str] = "registered"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "node": name(),
        "exchange_public_key": _KEY,
        "nonce": _NONCE,
        "at": moment(),
    }

    node: str
    exchange_public_key: str
    nonce: str
    at: datetime


@dataclass(frozen=True)
class Task(Message):
    """Work for a node: `profile` a source, make a `statement` of a contract now, check a source's `quality`, how well it
    hides people (`deidentification`), or tell a subject of its `uses`. Asked again until answered; never asked of a node that does not
    know the work."""

    KIND: ClassVar[str] = "task"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "id": name(),
        "work": one_of(*WORKS),
        "source": optional(name()),
        "contract": optional(name()),
        "quality": spare(optional(message(QualityOrder))),
        "deidentification": spare(optional(message(DeidentificationOrder))),
        "uses": spare(optional(message(UsesOrder))),
    }

    id: str
    work: str
    source: str | None = None
    contract: str | None = None
    quality: QualityOrder | None = None
    deidentification: DeidentificationOrder | None = None
    uses: UsesOrder | None = None

    def contradictions(self) -> list[str]:
        needed = {"source": PROFILE, "contract": STATEMENT, QUALITY: QUALITY, DEIDENTIFICATION: DEIDENTIFICATION}
        needed[USES] = USES
        return [field for field, work in needed.items() if (getattr(self, field) is not None) != (self.work == work)]


@dataclass(frozen=True)
class TaskAnswer(Message):
    """`done` with what was measured where that was asked, or not done with a code (`source-unknown`, `source-unreadable`)."""

    KIND: ClassVar[str] = "task-answer"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "task": name(),
        "done": flag(),
        "code": optional(name()),
        "profile": optional(message(Profile)),
        "quality": spare(optional(message(QualityMeasured))),
        "deidentification": spare(optional(message(DeidentificationMeasured))),
        "uses": spare(optional(message(UsesTold))),
    }

    task: str
    done: bool
    code: str | None = None
    profile: Profile | None = None
    quality: QualityMeasured | None = None
    deidentification: DeidentificationMeasured | None = None
    uses: UsesTold | None = None

    @property
    def measured(self) -> QualityMeasured | DeidentificationMeasured | Profile | UsesTold | None:
        return self.profile or self.quality or self.deidentification or self.uses

    def contradictions(self) -> list[str]:
        return ["code"] if self.done == (self.code is not None) else []


@dataclass(frozen=True)
class SyncRequest(Message):
    """What a node tells each second.

    `sequence` only rises (the node makes it from its clock in microseconds). `permit_cursor` is the last cursor the
    exchange gave; 0 asks for every permit. `statements` are sealed and repeated until acknowledged. `sources` are all told
    when one of them changed and after a start, once they are loaded: what is not among them is gone; none says nothing.
    `answers` are repeated until the exchange stops asking the task. `works` is what the node can be asked for. `chains` asks, while
    a node is being restored, how far the exchange has these contracts stated. `new_key` announces a new key under the old one's
    seal, until the answer says that it was taken. `exchange_key` is the id of the newest key of the exchange that the node believes.
    `consent_cursor` is the last change of consents that the node has; absent while it has no use for consents.
    """

    KIND: ClassVar[str] = "sync-request"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "node": name(),
        "sequence": whole(1),
        "nonce": _NONCE,
        "at": moment(),
        "software": text(most=100),
        "address": optional(text(most=300)),
        "permit_cursor": whole(0),
        "statements": list_of(envelope(), most=STATEMENTS_MAX),
        "sources": list_of(message(SourceDeclaration), most=1_000),
        "answers": list_of(message(TaskAnswer), most=1_000),
        "works": spare(list_of(name(), most=50, distinct=True)),
        "chains": spare(list_of(message(ChainEnd), most=CHAINS_MAX)),
        "new_key": spare(optional(envelope())),
        "consent_cursor": spare(optional(whole(0))),
        "exchange_key": spare(optional(text(least=16, most=16, pattern=r"[0-9a-f]{16}"))),
    }

    node: str
    sequence: int
    nonce: str
    at: datetime
    software: str
    address: str | None
    permit_cursor: int
    statements: tuple[dict[str, Any], ...] = ()
    sources: tuple[SourceDeclaration, ...] = ()
    answers: tuple[TaskAnswer, ...] = ()
    works: tuple[str, ...] = ()
    chains: tuple[ChainEnd, ...] = ()
    new_key: dict[str, Any] | None = None
    exchange_key: str | None = None
    consent_cursor: int | None = None


@dataclass(frozen=True)
class StatementAck(Message):
    """The exchange has this statement durably, or refuses it with a code (a person must look; it is not resent)."""

    KIND: ClassVar[str] = "statement-ack"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "contract": name(),
        "number": whole(1),
        "statement_digest": hex_digest(),
        "refused": optional(name()),
    }

    contract: str
    number: int
    statement_digest: str
    refused: str | None = None


@dataclass(frozen=True)
class SyncReply(Message):
    """The exchange's answer. `lease` and each of `permits` are sealed on their own, so that the node can keep them.

    `permits` are those issued or changed after the request's cursor, in order; `permit_cursor` is where they end;
    `more` says that the node should ask again at once. `lease` is absent when the exchange will not have it serve. `chains` answers
    the request's, one for one. `key_taken` is the id of the key that the node is known by now, where it announced one.
    `exchange_keys` are the changes of the exchange's own key after the one that the node believes. `consents` answers the request's
    cursor.
    """

    KIND: ClassVar[str] = "sync-reply"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "node": name(),
        "sequence": whole(1),
        "nonce": _NONCE,
        "at": moment(),
        "lease": optional(envelope()),
        "permits": list_of(envelope(), most=PERMITS_MAX),
        "permit_cursor": whole(0),
        "more": flag(),
        "tasks": list_of(message(Task), most=100),
        "acks": list_of(message(StatementAck), most=STATEMENTS_MAX),
        "chains": spare(list_of(message(ChainKept), most=CHAINS_MAX)),
        "key_taken": spare(optional(text(least=16, most=16, pattern=r"[0-9a-f]{16}"))),
        "exchange_keys": spare(list_of(envelope(), most=100)),
        "consents": spare(optional(message(ConsentPart))),
    }

    node: str
    sequence: int
    nonce: str
    at: datetime
    lease: dict[str, Any] | None
    permits: tuple[dict[str, Any], ...]
    permit_cursor: int
    more: bool = False
    tasks: tuple[Task, ...] = ()
    acks: tuple[StatementAck, ...] = ()
    chains: tuple[ChainKept, ...] = ()
    key_taken: str | None = None
    exchange_keys: tuple[dict[str, Any], ...] = ()
    consents: ConsentPart | None = None


class NotFresh(ValueError):
    """A repeated, late or foreign message. `code`: `replayed`, `clock-skew` or `not-my-answer`."""

    def __init__(self, code: str, words: Words) -> None:
        self.code = code
        self.words = words
        super().__init__(f"{code}: {words.en}")


def check_request_fresh(request: SyncRequest, *, last_sequence: int, now: datetime) -> None:
    """For the exchange: raises NotFresh unless the number rises above the last one taken and the clocks agree."""
    if request.sequence <= last_sequence:
        raise NotFresh("replayed", Words("该同步报文已处理过。", "This sync message was taken before."))
    _check_skew(request.at, now)


def check_reply_fresh(reply: SyncReply, *, request: SyncRequest, now: datetime) -> None:
    """For the node: raises NotFresh unless this is the answer to its own last request and the clocks agree."""
    if (reply.node, reply.sequence, reply.nonce) != (request.node, request.sequence, request.nonce):
        raise NotFresh("not-my-answer", Words("应答与本次请求不符。", "This is not the answer to this request."))
    _check_skew(reply.at, now)


def _check_skew(told_at: datetime, now: datetime) -> None:
    if abs(told_at - now) > timedelta(seconds=SKEW_SECONDS_MAX):
        raise NotFresh(
            "clock-skew",
            Words(
                f"双方时钟相差超过 {SKEW_SECONDS_MAX} 秒, 请校时。",
                f"The clocks differ by more than {SKEW_SECONDS_MAX} seconds; set them right.",
            ),
        )

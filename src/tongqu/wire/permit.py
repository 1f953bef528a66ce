"""The permit: what the exchange lets one buyer ask of one source at one node. Sealed by the exchange, checked locally.

The buyer shows the permit's id and a bearer token. The permit holds only the token's SHA-256; since the token is 32
random bytes, its digest cannot be turned back, and whoever reads a permit still cannot call.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import ClassVar

from tongqu.wire.constraints import (
    Before,
    CallsAtMost,
    ForPurposes,
    KeysAtOnce,
    NotBefore,
    RequestsAMinute,
    WithConsent,
)
from tongqu.wire.message import (
    Message,
    Shape,
    hex_digest,
    list_of,
    message,
    moment,
    name,
    one_of,
    optional,
    spare,
    text,
    whole,
)
from tongqu.wire.policy import ACTIONS, AGREEMENT, WATERMARK, Conditions, Policy, Price, Term
from tongqu.wire.query import Query
from tongqu.wire.report_form import ReportForm
from tongqu.wire.scoring import Scoring
from tongqu.wire.source import API, DATASET, MODEL, MODES, REPORT, VERIFICATION, Question, Use

ACTIVE, SUSPENDED, REVOKED = "active", "suspended", "revoked"
ASKED, FOUND, ROWS = "asked", "found", "rows"
BATCH_KEYS_MAX = 10_000

CARRIED = {VERIFICATION: "question", API: "query", MODEL: "scoring", REPORT: "report"}
"""The field in which a permit carries the declared use of its mode."""


@dataclass(frozen=True)
class Permit(Message):
    """One contract's licence to call.

    `calls_max` counts keys asked: a batch of n keys is n calls; a download is one. `rate_per_minute` counts requests in
    any 60 seconds: a batch is one request. The period is half-open. `charge` says what is billed: every key asked
    (查询计费), only keys with an answer (查得计费), or every row of a query's answer (按行计费); then a row is a call, too.
    `source_version` pins the version: a dataset must be pinned, a verification may be. `acknowledgement_key` is the
    key with which the buyer acknowledges receipts. A change has a higher `revision`; a lower one is never taken.
    """

    KIND: ClassVar[str] = "permit"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "id": name(),
        "revision": whole(1),
        "contract": name(),
        "node": name(),
        "source": name(),
        "source_version": optional(hex_digest()),
        "mode": one_of(*MODES),
        "question": optional(message(Question)),
        "buyer": name(),
        "token_sha256": hex_digest(),
        "purposes": list_of(text(most=100), least=1, most=50, distinct=True),
        "not_before": moment(),
        "not_after": moment(),
        "calls_max": whole(0),
        "rate_per_minute": whole(1, 1_000_000),
        "batch_max": whole(1, BATCH_KEYS_MAX),
        "price_micro_yuan": whole(0),
        "charge": one_of(ASKED, FOUND, ROWS),
        "status": one_of(ACTIVE, SUSPENDED, REVOKED),
        "issued_at": moment(),
        "query": spare(optional(message(Query))),
        "scoring": spare(optional(message(Scoring))),
        "report": spare(optional(message(ReportForm))),
        "conditions": spare(optional(message(Conditions))),
        "acknowledgement_key": spare(optional(text(least=44, most=44, pattern=r"[A-Za-z0-9+/]{43}="))),
    }

    id: str
    revision: int
    contract: str
    node: str
    source: str
    source_version: str | None
    mode: str
    question: Question | None
    buyer: str
    token_sha256: str
    purposes: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    calls_max: int
    rate_per_minute: int
    batch_max: int
    price_micro_yuan: int
    charge: str
    status: str
    issued_at: datetime
    query: Query | None = None
    scoring: Scoring | None = None
    report: ReportForm | None = None
    conditions: Conditions | None = None
    acknowledgement_key: str | None = None

    @property
    def use(self) -> Use | None:
        """The declared use that is permitted; None where the mode has none."""
        field = CARRIED.get(self.mode)
        return None if field is None else getattr(self, field)

    @cached_property
    def group(self) -> int:
        """How many subjects the smallest answer sums up: what the declared use binds itself to, else one."""
        return int(getattr(self.use, "group_min", 1))

    @cached_property
    def consent(self) -> frozenset[str] | None:
        """Kinds of personal information that are only told of who consented; None where no consent is asked for."""
        asked = self.policy.find(WithConsent) if self.conditions is not None and self.policy is not None else None
        return None if asked is None else frozenset(asked.kinds)

    @property
    def marked(self) -> bool:
        """Whether the copy of a data set bears marks that name the contract."""
        return self.policy is not None and self.policy.owes(WATERMARK)

    @cached_property
    def policy(self) -> Policy | None:
        """The agreement that the permit's fields and its conditions say together: what the node judges by. A permit from
        before there were conditions has none, and permits nothing."""
        if self.conditions is None:
            return None
        own = (
            ForPurposes(self.purposes),
            NotBefore(self.not_before),
            Before(self.not_after),
            CallsAtMost(self.calls_max),
            KeysAtOnce(self.batch_max),
            RequestsAMinute(self.rate_per_minute),
        )
        return Policy(
            kind=AGREEMENT,
            uid=f"urn:tongqu:permit:{self.id}:{self.revision}",
            assigner=self.conditions.assigner,
            assignee=self.conditions.assignee,
            target=self.conditions.target,
            action=ACTIONS[self.mode],
            constraints=(*(Term.of(one) for one in own), *self.conditions.constraints),
            prohibitions=self.conditions.prohibitions,
            obligations=self.conditions.obligations,
            price=Price(self.price_micro_yuan, per_call=True) if self.price_micro_yuan else None,
        )

    def contradictions(self) -> list[str]:
        found = []
        if self.not_after <= self.not_before:
            found.append("not_after")
        found += [field for mode, field in CARRIED.items() if (self.mode == mode) != (getattr(self, field) is not None)]
        if self.question is not None and self.question.least is not None and self.charge != ASKED:
            found.append("charge")  # what is billed would tell what is withheld
        if self.charge == ROWS and self.mode != API:
            found.append("charge")
        if self.mode == DATASET and self.source_version is None:
            found.append("source_version")
        if self.mode == DATASET and (self.batch_max != 1 or self.charge != ASKED):
            found.append("charge" if self.batch_max == 1 else "batch_max")
        return found

    def is_token(self, token: str) -> bool:
        """Whether the bearer token is this permit's; takes the same time whatever the answer."""
        digest = token.digest if type(token) is Bearer else token_digest(token)
        return hmac.compare_digest(digest, self.token_sha256)


def new_token() -> str:
    """A fresh bearer token (`tq_` and 43 characters, 256 bits). The exchange shows it to the buyer and forgets it."""
    return "tq_" + base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


class Bearer(str):
    """A token as a call brings it, with its digest, which is asked for at every step."""

    __slots__ = ("digest",)
    digest: str

    def __new__(cls, token: str) -> Bearer:
        made = super().__new__(cls, token)
        made.digest = hashlib.sha256(token.encode()).hexdigest()
        return made


def token_digest(token: str) -> str:
    """What a permit holds of its token: hex SHA-256."""
    return token.digest if type(token) is Bearer else hashlib.sha256(token.encode()).hexdigest()

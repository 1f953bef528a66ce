"""What a node says when it was restored from a back-up: where its chain of receipts ends, and where it goes on after a gap.

Between the two are numbers that the node may have given before it lost them. It never gives them again: so no number ever
stands for two calls. What of them was stated is billed from the statement that the exchange kept, what was not is billed by
nobody, and whoever holds such a receipt sees that it lies in a gap which the node itself has signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from tongqu.wire.message import Message, Shape, envelope, flag, hex_digest, moment, name, optional, whole

STRIDE = 1_000_000_000
"""After a restoration numbers go on behind the next whole multiple of this: more than any node gives between two statements."""

CHAINS_MAX = 500


def numbers_after(*reached: int) -> int:
    """The multiple of `STRIDE` that lies behind all these numbers."""
    return (max(0, *reached) // STRIDE + 1) * STRIDE


@dataclass(frozen=True)
class Restored(Message):
    """`held_to` is the last receipt that the node still has, `held` its digest; none of either where it has none. `stated_to` is
    how far the contract is stated, by `statements` statements. The next receipt has the number after `resumes_after`, and this
    message's digest in place of that of the receipt before it. `calls` are those stated so far: the quota they used stays used."""

    KIND: ClassVar[str] = "restored"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "node": name(),
        "contract": name(),
        "permit": optional(name()),
        "held_to": whole(0),
        "held": optional(hex_digest()),
        "stated_to": whole(0),
        "statements": whole(0),
        "resumes_after": whole(STRIDE),
        "calls": whole(0),
        "backup_at": moment(),
        "at": moment(),
    }

    node: str
    contract: str
    permit: str | None
    held_to: int
    held: str | None
    stated_to: int
    statements: int
    resumes_after: int
    calls: int
    backup_at: datetime
    at: datetime

    def contradictions(self) -> list[str]:
        found = ["held"] if (self.held_to == 0) != (self.held is None) else []
        if self.resumes_after % STRIDE or self.resumes_after <= max(self.held_to, self.stated_to):
            found.append("resumes_after")
        if (self.statements == 0) != (self.stated_to == 0):
            found.append("stated_to")
        return found


@dataclass(frozen=True)
class ChainEnd(Message):
    """A node's question: up to which statement (its number and digest) it has a contract; 0 where it has none."""

    KIND: ClassVar[str] = "chain-end"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "contract": name(),
        "number": whole(0),
        "statement_digest": optional(hex_digest()),
    }

    contract: str
    number: int
    statement_digest: str | None = None


@dataclass(frozen=True)
class ChainKept(Message):
    """The exchange's answer: the last statement it took of the contract, sealed as it came, and all calls it stated. `agrees` is
    whether the statement that the node named is one that the exchange took too."""

    KIND: ClassVar[str] = "chain-kept"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "contract": name(),
        "statement": optional(envelope()),
        "calls": whole(0),
        "agrees": flag(),
    }

    contract: str
    statement: dict[str, Any] | None
    calls: int
    agrees: bool

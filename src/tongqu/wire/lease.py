"""The lease: until when a node may serve without hearing from the exchange again. Sealed by the exchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from tongqu.wire.message import Message, Shape, moment, name


@dataclass(frozen=True)
class Lease(Message):
    """Half-open: the node serves in [issued_at, until) and refuses from `until` on."""

    KIND: ClassVar[str] = "lease"
    FIELDS: ClassVar[Mapping[str, Shape]] = {"node": name(), "issued_at": moment(), "until": moment()}

    node: str
    issued_at: datetime
    until: datetime

    def contradictions(self) -> list[str]:
        return ["until"] if self.until <= self.issued_at else []

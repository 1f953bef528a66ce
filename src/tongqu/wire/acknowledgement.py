"""The buyer's word that it holds a contract's receipts: the second side of a two-sided receipt.

Receipts are chained, so the digest of one stands for all before it: who signs number n acknowledges 1 to n.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from tongqu.wire.message import Message, Shape, hex_digest, moment, name, whole


@dataclass(frozen=True)
class Acknowledgement(Message):
    """Sealed with the key that the buyer registered for the contract. `receipt` is the digest of receipt `sequence`."""

    KIND: ClassVar[str] = "acknowledgement"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "node": name(),
        "contract": name(),
        "sequence": whole(1),
        "receipt": hex_digest(),
        "at": moment(),
    }

    node: str
    contract: str
    sequence: int
    receipt: str
    at: datetime

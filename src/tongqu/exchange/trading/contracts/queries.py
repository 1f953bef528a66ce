"""What others may read of contracts. Frozen answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.questions import Question, query
from tongqu.exchange.bedrock.rows import find, finding
from tongqu.exchange.trading.contracts.models import Contract


@dataclass(frozen=True)
class ContractView:
    """A contract. `total_fen` is the most it can cost; `related` that the parties were of one group."""

    id: int
    number: str
    state: str
    negotiation_id: int
    listing_id: int
    consumer_id: int
    provider_id: int
    text: Mapping[str, Any]
    text_digest: str
    total_fen: int
    related: bool
    in_force_at: datetime
    ends_at: datetime


@query
def contract(contract_id: int) -> Question[ContractView]:
    """Raises Unknown."""
    return finding(Contract, id=contract_id).then(lambda row: _view(row, f"contract {contract_id}"))


def contract_of(negotiation_id: int) -> ContractView:
    """The contract made from a negotiation. Raises Unknown."""
    return _view(find(Contract, negotiation_id=negotiation_id), f"negotiation {negotiation_id}")


def numbered(number: str) -> ContractView:
    """The contract of that number, as people and nodes write it. Raises Unknown."""
    tail = number.rpartition("-")[2]
    found = find(Contract, id=int(tail)) if tail.isascii() and tail.isdigit() and len(tail) <= 18 else None
    return _view(found if found is not None and found.number == number else None, f"contract {number}")


def _view(row: Contract | None, what: str) -> ContractView:
    if row is None:
        raise Unknown(what)
    return ContractView(
        **{name: getattr(row, name) for name in ContractView.__dataclass_fields__ if name != "id"}, id=row.pk
    )

"""What others may read of deliveries. Frozen answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.rows import every, find
from tongqu.exchange.trading.delivery.models import Permit, Statement, Transfer


@dataclass(frozen=True)
class StatementView:
    """One statement of calls by the node; `sealed` is the envelope the buyer checks receipts against."""

    number: int
    digest: str
    from_sequence: int
    to_sequence: int
    calls: int
    units: int
    sealed: Mapping[str, Any]
    received_at: datetime


@dataclass(frozen=True)
class TransferView:
    """A delivery: what was metered so far, and the permit's number once there is one."""

    id: int
    state: str
    contract_id: int
    consumer_id: int
    provider_id: int
    node_id: int
    source: str
    source_version: str
    mode: str
    name: str
    calls: int
    units: int
    permit: str | None
    accepted_how: str


def transfer(transfer_id: int) -> TransferView:
    """Raises Unknown."""
    return _view(find(Transfer, id=transfer_id), f"transfer {transfer_id}")


def transfer_of(contract_id: int) -> TransferView:
    """The delivery of a contract. Raises Unknown."""
    return _view(find(Transfer, contract_id=contract_id), f"contract {contract_id}")


def completing(node_id: int, contracts: Collection[str]) -> dict[str, int]:
    """Which deliveries of these contracts wait for the node's last statement: contract number to transfer."""
    rows = Transfer.objects.filter(node_id=node_id, state="completing").select_related("contract")
    return {row.contract.number: row.pk for row in rows if row.contract.number in contracts}


def statements(transfer_id: int) -> list[StatementView]:
    """Every statement of a delivery, in order."""
    return [
        StatementView(**{name: getattr(row, name) for name in StatementView.__dataclass_fields__})
        for row in every(Statement, order="number", transfer_id=transfer_id)
    ]


def _view(row: Transfer | None, what: str) -> TransferView:
    if row is None:
        raise Unknown(what)
    permit = find(Permit, transfer_id=row.pk)
    plain = {name: getattr(row, name) for name in TransferView.__dataclass_fields__ if name not in {"id", "permit"}}
    return TransferView(**plain, id=row.pk, permit=permit.body["id"] if permit else None)

"""Takes a node's sealed statement: checks it, meters it through the door, keeps it whole. Bills are made from these."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from tongqu.exchange.bedrock.procedures import HOUSE, Shut, Unknown, perform, raise_alarms
from tongqu.exchange.bedrock.rows import find
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import nodes
from tongqu.exchange.trading import contracts
from tongqu.exchange.trading.delivery.models import Permit, Statement, Transfer
from tongqu.exchange.trading.delivery.procedure import TRANSFER
from tongqu.wire.canonical import digest
from tongqu.wire.message import BadMessage, open_sealed
from tongqu.wire.seals import BadSeal
from tongqu.wire.statement import Statement as Told
from tongqu.wire.sync import StatementAck


def take_statement(node_id: int, sealed: dict[str, Any], *, at: datetime) -> StatementAck | None:
    """Acknowledges a statement once it is durable; a repeated one is acknowledged again, a bad one refused with a code.

    None when the envelope names no contract that could be answered (it is not the node's, or not a statement).
    """
    try:
        told = open_sealed(Told, sealed, nodes.node(node_id).public_key)
    except (BadMessage, BadSeal):
        return None
    transfer = _delivered_at(node_id, told.contract)
    if transfer is None or told.node != str(node_id):
        return _ack(told, refused="contract-unknown")
    known = find(Statement, transfer_id=transfer.pk, number=told.number)
    if known is not None:
        return _ack(told, refused=None if known.digest == digest(told.to_json()) else "number-taken")
    try:
        with transaction.atomic():
            _meter(transfer, told, sealed, at)
    except Shut as shut:
        raise_alarms(
            [
                (
                    "statement",
                    f"statement/{told.contract}/{told.number}",
                    Words(
                        f"合同 {told.contract} 第 {told.number} 份结算单未被接受：{shut.words.zh}",
                        f"Statement {told.number} of {told.contract} was not accepted: {shut.words.en}",
                    ),
                )
            ],
            at,
            "transfer",
            transfer.pk,
        )
        return _ack(told, refused=shut.code)
    return _ack(told)


def _delivered_at(node_id: int, contract: str) -> Transfer | None:
    """The delivery of a contract, if this node has a permit for it."""
    try:
        made = contracts.numbered(contract)
    except Unknown:
        return None
    transfer = find(Transfer, contract_id=made.id, node_id=node_id)
    return transfer if transfer is not None and find(Permit, transfer_id=transfer.pk) is not None else None


def _meter(transfer: Transfer, told: Told, sealed: dict[str, Any], at: datetime) -> None:
    calls, units = sum(told.calls.values()), sum(told.units.values())
    told_digest = digest(told.to_json())
    perform(
        TRANSFER,
        "meter",
        transfer.pk,
        by=HOUSE,
        at=at,
        key=f"statement/{told.contract}/{told.number}",
        number=told.number,
        statement=told_digest,
        root=told.root,
        from_sequence=told.from_sequence,
        to_sequence=told.to_sequence,
        calls=calls,
        units=units,
    )
    Statement.objects.create(
        transfer=transfer,
        number=told.number,
        digest=told_digest,
        from_sequence=told.from_sequence,
        to_sequence=told.to_sequence,
        calls=calls,
        units=units,
        sealed=sealed,
        received_at=at,
    )


def _ack(told: Told, refused: str | None = None) -> StatementAck:
    return StatementAck(
        contract=told.contract, number=told.number, statement_digest=digest(told.to_json()), refused=refused
    )

"""Takes a node's sealed statement: checks it, meters it through the door, keeps it whole. Bills are made from these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from tongqu.wire.restored import ChainEnd, ChainKept, Restored
from tongqu.wire.seals import BadSeal
from tongqu.wire.statement import Statement as Told
from tongqu.wire.sync import StatementAck


def take_statement(node_id: int, sealed: dict[str, Any], *, at: datetime) -> StatementAck | None:
    """Acknowledges a statement once it is durable; a repeated one is acknowledged again, a bad one refused with a code.

    None when the envelope names no contract that could be answered (it is not the node's, or not a statement).
    """
    try:
        told = _told(node_id, sealed)
    except (BadMessage, BadSeal):
        return None
    transfer = _delivered_at(node_id, told.contract)
    if transfer is None or told.node != str(node_id):
        return _ack(told, refused="contract-unknown")
    known = find(Statement, transfer_id=transfer.pk, number=told.number)
    if known is not None:
        if known.digest == digest(told.to_json()):
            return _ack(told)
        _warn_forked(transfer, told.contract, told.number, digest(told.to_json()), at)
        return _ack(told, refused="number-taken")
    try:
        mark = _mark(told, node_id)
    except (BadMessage, BadSeal):
        return _ack(told, refused="restored-mark-wrong")
    try:
        with transaction.atomic():
            _meter(transfer, told, mark, sealed, at)
    except Shut as shut:
        _warn(transfer, "statement", f"statement/{told.contract}/{told.number}", at, Words(
            f"合同 {told.contract} 第 {told.number} 份结算单未被接受：{shut.words.zh}",
            f"Statement {told.number} of {told.contract} was not accepted: {shut.words.en}",
        ))  # fmt: skip
        return _ack(told, refused=shut.code)
    if mark is not None:
        _warn_of_gap(transfer, mark, at)
    return _ack(told)


def chains_kept(node_id: int, asked: Sequence[ChainEnd], *, at: datetime) -> tuple[ChainKept, ...]:
    """How far each contract is stated, for a node that is being restored. A node that names another statement than was
    taken has forked its chain, and an alarm says so."""
    return tuple(_chain_kept(node_id, end, at) for end in asked)


def _chain_kept(node_id: int, end: ChainEnd, at: datetime) -> ChainKept:
    transfer = _delivered_at(node_id, end.contract)
    if transfer is None:
        return ChainKept(end.contract, None, 0, agrees=end.number == 0)
    last = Statement.objects.filter(transfer=transfer).order_by("-number").first()
    named = find(Statement, transfer_id=transfer.pk, number=end.number) if end.number else None
    if named is not None and named.digest != end.statement_digest:
        _warn_forked(transfer, end.contract, end.number, end.statement_digest or "", at)
    agrees = named is None or named.digest == end.statement_digest
    return ChainKept(end.contract, last.sealed if last else None, transfer.calls, agrees)


def _told(node_id: int, sealed: dict[str, Any]) -> Told:
    """The statement, sealed with the node's key or one that it had when the statement was made. Raises BadSeal, BadMessage."""
    try:
        return open_sealed(Told, sealed, nodes.node(node_id).public_key)
    except BadSeal:
        return open_sealed(Told, sealed, nodes.keys.ring(node_id))


def _mark(told: Told, node_id: int) -> Restored | None:
    """The mark of a restoration that the statement begins with. Raises BadSeal, BadMessage."""
    if told.restored is None:
        return None
    mark = open_sealed(Restored, told.restored, nodes.keys.ring(node_id))
    if (mark.node, mark.contract, mark.resumes_after + 1) != (told.node, told.contract, told.from_sequence):
        raise BadSeal("the mark of another contract")
    return mark


def _warn(transfer: Transfer, kind: str, key: str, at: datetime, words: Words) -> None:
    raise_alarms([(kind, key, words)], at, "transfer", transfer.pk)


def _warn_forked(transfer: Transfer, contract: str, number: int, told_digest: str, at: datetime) -> None:
    """Two statements of one number: the node was rolled back without a word, or signs two books."""
    _warn(transfer, "statement-forked", f"statement/{contract}/{number}/{told_digest[:16]}", at, Words(
        f"合同 {contract} 的回执链分叉：节点又出具了一份不同的第 {number} 份结算单，未被接受",
        f"The chain of {contract} has forked: the node made another statement {number}, which was not accepted",
    ))  # fmt: skip


def _warn_of_gap(transfer: Transfer, mark: Restored, at: datetime) -> None:
    _warn(transfer, "node-restored", f"restored/{mark.contract}/{mark.resumes_after}", at, Words(
        f"节点从备份恢复：合同 {mark.contract} 自第 {mark.resumes_after + 1} 号回执继续；第 {mark.stated_to} 号之后未结算的调用不计费",
        f"The node was restored from a back-up: {mark.contract} goes on with receipt {mark.resumes_after + 1}; what was called"
        f" after receipt {mark.stated_to} and not stated is not billed",
    ))  # fmt: skip


def _delivered_at(node_id: int, contract: str) -> Transfer | None:
    """The delivery of a contract, if this node has a permit for it."""
    try:
        made = contracts.numbered(contract)
    except Unknown:
        return None
    transfer = find(Transfer, contract_id=made.id, node_id=node_id)
    return transfer if transfer is not None and find(Permit, transfer_id=transfer.pk) is not None else None


def _meter(transfer: Transfer, told: Told, mark: Restored | None, sealed: dict[str, Any], at: datetime) -> None:
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
        **({} if mark is None else {"restored_after": mark.stated_to, "resumes_after": mark.resumes_after}),
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


@dataclass(frozen=True)
class Checked:
    """In how many cases the node told of somebody who consented, and in how many it left somebody out, by its statements."""

    consented: int
    left_out: int


def checked(transfer_id: int) -> Checked:
    told = Statement.objects.filter(transfer_id=transfer_id, sealed__body__has_key="consent")
    found = [body or {} for body in told.values_list("sealed__body__consent", flat=True)]
    return Checked(sum(one.get("consented", 0) for one in found), sum(one.get("left_out", 0) for one in found))

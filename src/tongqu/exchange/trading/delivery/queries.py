"""What others may read of deliveries. Frozen answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.questions import Question, answers, query
from tongqu.exchange.bedrock.rows import find, finding
from tongqu.exchange.bedrock.statements import Rows
from tongqu.exchange.bedrock.statements import Statement as SqlStatement
from tongqu.exchange.trading.delivery.models import Permit, Statement, Transfer
from tongqu.wire import merkle
from tongqu.wire.message import moment_of


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

    @property
    def acknowledged(self) -> int:
        """Up to which receipt the consumer had acknowledged when it was made; 0 for none."""
        return int(self.sealed["body"].get("acknowledged", 0))

    @property
    def last_at(self) -> datetime:
        """The moment of the last call that it covers, as the node has it."""
        return moment_of(self.sealed["body"]["last_at"])


@dataclass(frozen=True)
class Reported:
    """What a node stated of a delivery: how many statements, from which number to which, their sums, and one root.

    The root is that of the Merkle tree (RFC 6962) whose entries are the statements' digests, in the order of numbers.
    """

    count: int
    first: int | None
    last: int | None
    calls: int
    units: int
    root: str


@dataclass(frozen=True)
class TransferView:
    """A delivery: what was metered so far, and the permit's number once there is one, with the
    permit as it is sealed for the node. `withheld_by`: the loss of a ground that stopped it."""

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
    withheld_by: int | None
    sealed_permit: Mapping[str, Any] | None


def transfer(transfer_id: int) -> TransferView:
    """Raises Unknown."""
    found, permit = answers(finding(Transfer, id=transfer_id), finding(Permit, transfer_id=transfer_id))
    return _view(found, permit, f"transfer {transfer_id}")


def transfer_of(contract_id: int) -> TransferView:
    """The delivery of a contract. Raises Unknown."""
    found = find(Transfer, contract_id=contract_id)
    return _view(found, find(Permit, transfer_id=found.pk) if found else None, f"contract {contract_id}")


def completing(node_id: int, contracts: Collection[str]) -> dict[str, int]:
    """Which deliveries of these contracts wait for the node's last statement: contract number to transfer."""
    rows = Transfer.objects.filter(node_id=node_id, state="completing").select_related("contract")
    return {row.contract.number: row.pk for row in rows if row.contract.number in contracts}


def statements(transfer_id: int, *, offset: int = 0, limit: int = 200) -> list[StatementView]:
    """A page of the statements of a delivery, in order: of months there are some thousands."""
    rows = Statement.objects.filter(transfer_id=transfer_id).order_by("number")[offset : offset + limit]
    return [StatementView(**{name: getattr(row, name) for name in StatementView.__dataclass_fields__}) for row in rows]


def stated(transfer_id: int) -> int:
    """How many statements of a delivery there are."""
    return Statement.objects.filter(transfer_id=transfer_id).count()


@query
def reported(transfer_id: int) -> Question[Reported]:
    """All statements of a delivery in one line. Whoever holds them can make the same root again."""
    text = "select number, calls, units, digest from trading_statement where transfer_id = %s order by number"
    return Question(SqlStatement(text, [transfer_id]), _in_one_line)


def _in_one_line(found: Rows) -> Reported:
    leaves = [merkle.leaf_hash(bytes.fromhex(digest)) for *_, digest in found]
    return Reported(
        count=len(found),
        first=found[0][0] if found else None,
        last=found[-1][0] if found else None,
        calls=sum(calls for _, calls, _, _ in found),
        units=sum(units for _, _, units, _ in found),
        root=merkle.root(len(leaves), merkle.in_memory(leaves)).hex(),
    )


def _view(row: Transfer | None, permit: Permit | None, what: str) -> TransferView:
    if row is None:
        raise Unknown(what)
    plain = {
        name: getattr(row, name)
        for name in TransferView.__dataclass_fields__
        if name not in {"id", "permit", "sealed_permit"}
    }
    return TransferView(
        **plain,
        id=row.pk,
        permit=permit.body["id"] if permit else None,
        sealed_permit=permit.sealed if permit else None,
    )

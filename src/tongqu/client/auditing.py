"""What a buyer does with its receipts beyond comparing all of them: fetch what it lacks, acknowledge, audit by sampling, export
one call's story.

No step believes the node: seals, chains and paths are checked here against what the buyer kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import count
from typing import Any

from tongqu.client.calls import BadAnswer, Node
from tongqu.client.market import Problem
from tongqu.client.receipts import ReceiptBook
from tongqu.wire import merkle, sampling
from tongqu.wire.acknowledgement import Acknowledgement
from tongqu.wire.canonical import digest
from tongqu.wire.message import open_sealed, seal_message
from tongqu.wire.receipt import Receipt
from tongqu.wire.restored import Restored
from tongqu.wire.seals import KeyRing, Signer
from tongqu.wire.statement import Statement
from tongqu.wire.words import Words

SURE = Fraction(95, 100)

_FALSE = {
    "not-ours": Words("买方没有这份回执。", "The buyer holds no such receipt."),
    "other-receipt": Words(
        "节点的回执与买方保存的不同。", "The node's receipt is another than the one the buyer kept."
    ),
    "not-in-statement": Words("回执不在结算单的默克尔树中。", "The receipt is not in the statement's tree."),
    "not-told": Words("节点拿不出这份回执。", "The node cannot show this receipt."),
}


@dataclass(frozen=True)
class Doubt:
    """A drawn receipt that does not hold."""

    statement: int
    sequence: int
    code: str
    words: Words


@dataclass(frozen=True)
class Audited:
    """What came of an audit by sampling: of `count` receipts `drawn` were looked at, by `seed`."""

    statement: int
    seed: str
    count: int
    drawn: Sequence[int]
    found: Sequence[Doubt]

    @property
    def holds(self) -> bool:
        return not self.found

    def chance_of_missing(self, false: int) -> Fraction:
        return sampling.chance_of_missing(self.count, len(self.drawn), false)

    @property
    def would_have_found(self) -> int:
        """So many false receipts, or more, would have been found with 95 % certainty; 0 when no number would."""
        return sampling.false_found(self.count, len(self.drawn), SURE)


class NothingToAcknowledge(Exception):
    """The book does not begin with the contract's first receipt, or its chain is broken at `sequence`."""

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence
        super().__init__(f"the book has no unbroken chain at receipt {sequence}")


def audit(node: Node, held: Mapping[int, Mapping[str, Any]], sealed: Any, *, fixed_after: str, size: int) -> Audited:
    """Draws receipts of one sealed statement and looks at each. `held` are the buyer's sealed receipts by number;
    `fixed_after` is what was fixed after the statement. Raises BadSeal for a statement that is not the node's."""
    statement = open_sealed(Statement, sealed, node.keys)
    seed = sampling.seed(digest(sealed["body"]), fixed_after)
    drawn = sampling.draw(seed, statement.from_sequence, statement.count, size)
    found = [
        Doubt(statement.number, sequence, code, _FALSE[code])
        for sequence in drawn
        if (code := _fault(node, held, statement, sequence)) is not None
    ]
    return Audited(statement.number, seed, statement.count, drawn, found)


def _fault(node: Node, held: Mapping[int, Mapping[str, Any]], statement: Statement, sequence: int) -> str | None:
    try:
        told = node.receipt(sequence)
        receipt = open_sealed(Receipt, told["receipt"], node.keys)
        path = [bytes.fromhex(one) for one in told["path"]]
    except (Problem, ValueError, KeyError, TypeError):
        return "not-told"
    if sequence not in held:
        return "not-ours"
    if held[sequence]["body"] != told["receipt"]["body"] or (receipt.contract, receipt.sequence) != (
        statement.contract, sequence,
    ):  # fmt: skip
        return "other-receipt"
    try:
        place = sequence - statement.from_sequence
        merkle.verify_inclusion(place, statement.count, receipt.leaf, path, bytes.fromhex(statement.root))
    except ValueError:
        return "not-in-statement"
    return None


def fetch(node: Node, book: ReceiptBook) -> list[Receipt]:
    """Takes into the book what the node holds and the book lacks: calls that another program made, or whose answer was lost.

    Each is sealed by the node and follows from the one before it, or from the mark under which the node went on after a restoration, and
    those the book had are the same at the node; else BadAnswer, and nothing is taken. That they were the buyer's own calls only the
    buyer can say. Raises Problem, Unreachable too.
    """
    held = {int(one["body"]["sequence"]): one for one in book.receipts()}
    gap = next(sequence for sequence in count(1) if sequence not in held)
    before = open_sealed(Receipt, held[gap - 1], node.keys) if gap > 1 else None
    found: list[tuple[Receipt, dict[str, Any]]] = []
    for receipt, sealed in node.receipts(after=gap - 1):
        if receipt.previous != _end_before(node, receipt, before):
            raise BadAnswer("chain-broken", f"({receipt.sequence})")
        if receipt.sequence not in held:
            found.append((receipt, sealed))
        elif held[receipt.sequence]["body"] != sealed["body"]:
            raise BadAnswer("sequence-twice", f"({receipt.sequence})")
        before = receipt
    book.keep_fetched([sealed for _, sealed in found])
    return [receipt for receipt, _ in found]


def _end_before(node: Node, receipt: Receipt, before: Receipt | None) -> str | None:
    """The digest that the receipt must follow. Raises BadAnswer for a gap that the node has not signed."""
    reached, digest = (before.sequence, before.digest) if before else (0, None)
    if receipt.sequence == reached + 1 and receipt.previous == digest:
        return digest
    try:
        mark = open_sealed(Restored, node.receipt(receipt.sequence)["before"], node.keys)
    except (ValueError, KeyError, TypeError):  # it is a receipt, or nothing
        raise BadAnswer("chain-broken", f"({receipt.sequence})") from None
    if mark.contract != receipt.contract or not mark.held_to <= reached <= mark.resumes_after == receipt.sequence - 1:
        raise BadAnswer("chain-broken", f"({receipt.sequence})")
    return mark.digest


def unbroken(
    receipts: Sequence[Mapping[str, Any]], node_public_key: bytes | KeyRing, contract: str, marks: Sequence[Any] = ()
) -> Receipt:
    """The last receipt of the chain that the book holds from the first on, over the gaps that the node has signed: `marks` are
    those of its restorations, sealed, as statements carry them. Raises NothingToAcknowledge."""
    gaps = [open_sealed(Restored, mark, node_public_key) for mark in marks]
    opened = (open_sealed(Receipt, dict(one), node_public_key) for one in receipts)
    held = {one.sequence: one for one in opened if one.contract == contract}
    last: Receipt | None = None
    while True:
        reached, end = (last.sequence, last.digest) if last else (0, None)
        following = held.get(reached + 1)
        if following is None:
            gap = next(
                (one for one in gaps if one.contract == contract and one.held_to <= reached < one.resumes_after), None
            )
            following = held.get(gap.resumes_after + 1) if gap else None
            end = gap.digest if gap else None
        if following is None:
            break
        if following.previous != end:
            raise NothingToAcknowledge(following.sequence)
        last = following
    if last is None:
        raise NothingToAcknowledge(1)
    return last


def acknowledge(
    node: Node, receipts: Sequence[Mapping[str, Any]], signer: Signer, at: datetime, marks: Sequence[Any] = ()
) -> int:
    """Acknowledges every receipt of the book's unbroken chain; returns up to where the node holds it."""
    last = unbroken(receipts, node.keys, node.permit.contract, marks)
    told = Acknowledgement(last.node, last.contract, last.sequence, last.digest, at)
    return node.acknowledge(seal_message(told, signer))

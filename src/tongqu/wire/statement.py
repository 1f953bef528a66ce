"""The statement: what a node reports of a contract's calls, by totals and one Merkle root; bills are made from it.

It names no key and no answer. The buyer holds the receipts and can check that the statement is about exactly these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, ClassVar

from tongqu.wire import merkle
from tongqu.wire.message import (
    BadMessage,
    Message,
    Shape,
    envelope,
    hex_digest,
    moment,
    name,
    open_sealed,
    optional,
    spare,
    table_of,
    whole,
)
from tongqu.wire.receipt import Receipt
from tongqu.wire.restored import STRIDE
from tongqu.wire.seals import BadSeal, KeyRing
from tongqu.wire.words import Words

MISSING_NAMED_MAX = 1_000  # a lying statement may claim any range; naming a thousand gaps is enough


@dataclass(frozen=True)
class Statement(Message):
    """Receipts `from_sequence`..`to_sequence` of one contract, both inside. `number` runs 1, 2, 3 … in the contract;
    `previous` is the digest of the statement before it. `units` and `calls` are totals for each mode. `acknowledged` is
    the last receipt that the buyer had acknowledged when it was made; none, where it had acknowledged none. `restored` is the
    sealed `Restored` that the first receipt follows, where it follows no receipt. `consent`: in how many of its receipts consent was
    checked, and the sums of who was told of and left out there; none, where it was in none of them."""

    KIND: ClassVar[str] = "statement"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "node": name(),
        "contract": name(),
        "number": whole(1),
        "previous": optional(hex_digest()),
        "from_sequence": whole(1),
        "to_sequence": whole(1),
        "count": whole(1),
        "calls": table_of(whole(0), most=10),
        "units": table_of(whole(0), most=10),
        "first_at": moment(),
        "last_at": moment(),
        "root": hex_digest(),
        "made_at": moment(),
        "acknowledged": spare(optional(whole(1))),
        "restored": spare(optional(envelope())),
        "consent": spare(optional(table_of(whole(0), most=3))),
    }

    node: str
    contract: str
    number: int
    previous: str | None
    from_sequence: int
    to_sequence: int
    count: int
    calls: dict[str, int]
    units: dict[str, int]
    first_at: datetime
    last_at: datetime
    root: str
    made_at: datetime
    acknowledged: int | None = None
    restored: dict[str, Any] | None = None
    consent: dict[str, int] | None = None

    def contradictions(self) -> list[str]:
        found = ["previous"] if (self.number == 1) != (self.previous is None) else []
        if self.restored is None and (self.number == 1) != (self.from_sequence == 1):
            found.append("from_sequence")
        if self.restored is not None and self.from_sequence % STRIDE != 1:
            found.append("restored")
        if self.count != self.to_sequence - self.from_sequence + 1:
            found.append("count")
        if self.last_at < self.first_at:
            found.append("last_at")
        if set(self.calls) != set(self.units) or any(self.units[mode] > self.calls[mode] for mode in self.units):
            found.append("units")
        return found


def consent_of(checked: Iterable[Mapping[str, int] | None]) -> dict[str, int] | None:
    """What a statement says of consents, from what each of its receipts says."""
    told = [each for each in checked if each is not None]
    if not told:
        return None
    return {
        "receipts": len(told),
        "consented": sum(each["consented"] for each in told),
        "left_out": sum(each.get("left_out", 0) for each in told),
    }


def root_of(leaves: Sequence[bytes]) -> str:
    """Hex Merkle root over the receipts' leaf hashes, in order of their sequence."""
    return merkle.root(len(leaves), merkle.in_memory(leaves)).hex()


@dataclass(frozen=True)
class Disagreement:
    """One way in which a statement and the receipts do not fit; `sequence` where one receipt is to blame."""

    code: str
    words: Words
    sequence: int | None = None


_WORDS = {
    "statement-seal": Words("结算单的签章与节点公钥不符。", "The statement is not sealed with the node's key."),
    "statement-form": Words("结算单格式不正确。", "The statement is not well formed."),
    "receipt-seal": Words("回执的签章与节点公钥不符。", "This receipt is not sealed with the node's key."),
    "receipt-form": Words("回执格式不正确。", "This receipt is not well formed."),
    "other-contract": Words("回执属于另一合同或另一节点。", "This receipt belongs to another contract or node."),
    "out-of-range": Words("回执序号不在结算单范围内。", "This receipt's number lies outside the statement."),
    "sequence-twice": Words("同一序号有两份不同的回执。", "Two different receipts carry this number."),
    "call-twice": Words("同一次调用被计量两次。", "One call was metered twice."),
    "receipt-missing": Words(
        "结算单计入了买方没有回执的调用。", "The statement counts a call for which there is no receipt."
    ),
    "chain-broken": Words("回执与前一份回执不相接。", "This receipt does not follow from the one before it."),
    "calls-differ": Words("调用次数合计不一致。", "The totals of calls differ."),
    "units-differ": Words("计费单位合计不一致。", "The totals of billed units differ."),
    "consent-differs": Words("同意核对的合计不一致。", "The totals of checked consents differ."),
    "moments-differ": Words("首末调用时间不一致。", "The first or last moment differs."),
    "root-differs": Words(
        "默克尔根不一致: 结算单依据的不是这些回执。", "The Merkle root differs: other receipts were used."
    ),
}


def _says(code: str, sequence: int | None = None) -> Disagreement:
    return Disagreement(code, _WORDS[code], sequence)


def check_receipts(statement: Any, receipts: Iterable[Any], node_public_key: bytes | KeyRing) -> list[Disagreement]:
    """Every disagreement between a sealed statement and the buyer's sealed receipts; empty when they agree.

    `receipts` are all sealed receipts the buyer holds of the contract that this statement should cover, in any order;
    the same receipt held twice counts once. `node_public_key` is the raw 32 bytes that the exchange publishes.
    """
    try:
        told = open_sealed(Statement, statement, node_public_key)
    except BadSeal:
        return [_says("statement-seal")]
    except BadMessage:
        return [_says("statement-form")]
    held, found = _open_all(receipts, told, node_public_key)
    covered = range(told.from_sequence, told.to_sequence + 1)
    found += islice((_says("receipt-missing", n) for n in covered if n not in held), MISSING_NAMED_MAX)
    ordered = [held[sequence] for sequence in sorted(held)]
    found += _chain(ordered)
    return found + list(_totals(told, ordered)) if ordered else found


def _open_all(
    receipts: Iterable[Any], told: Statement, node_public_key: bytes | KeyRing
) -> tuple[dict[int, Receipt], list[Disagreement]]:
    held: dict[int, Receipt] = {}
    found: list[Disagreement] = []
    for sealed in receipts:
        try:
            receipt = open_sealed(Receipt, sealed, node_public_key)
        except BadSeal:
            found.append(_says("receipt-seal"))
        except BadMessage:
            found.append(_says("receipt-form"))
        else:
            if (receipt.contract, receipt.node) != (told.contract, told.node):
                found.append(_says("other-contract", receipt.sequence))
            elif not told.from_sequence <= receipt.sequence <= told.to_sequence:
                found.append(_says("out-of-range", receipt.sequence))
            elif held.setdefault(receipt.sequence, receipt) != receipt:
                found.append(_says("sequence-twice", receipt.sequence))
    return held, found


def _chain(ordered: Sequence[Receipt]) -> Iterator[Disagreement]:
    before: Receipt | None = None
    calls: set[str] = set()
    for receipt in ordered:
        if before and receipt.sequence == before.sequence + 1 and receipt.previous != before.digest:
            yield _says("chain-broken", receipt.sequence)
        if receipt.call in calls:
            yield _says("call-twice", receipt.sequence)
        calls.add(receipt.call)
        before = receipt


def _totals(told: Statement, ordered: Sequence[Receipt]) -> Iterator[Disagreement]:
    calls: Counter[str] = Counter()
    units: Counter[str] = Counter()
    for receipt in ordered:
        calls[receipt.mode] += receipt.calls
        units[receipt.mode] += receipt.units
    if dict(calls) != told.calls:
        yield _says("calls-differ")
    if dict(units) != told.units:
        yield _says("units-differ")
    if consent_of(receipt.consent for receipt in ordered) != told.consent:
        yield _says("consent-differs")
    if (ordered[0].at, ordered[-1].at) != (told.first_at, told.last_at):
        yield _says("moments-differ")
    if root_of([receipt.leaf for receipt in ordered]) != told.root:
        yield _says("root-differs")

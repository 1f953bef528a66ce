"""One call's whole story in one document: what was agreed, permitted, asked, receipted, stated and acknowledged. Pure.

`verify_story` checks every step offline and says which hold. It believes three keys: the exchange's for permits, the
node's for receipts and statements, the log's for facts; who gives none believes those that the document brings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tongqu.wire import merkle
from tongqu.wire.acknowledgement import Acknowledgement
from tongqu.wire.canonical import digest
from tongqu.wire.constraints import Before, ForDays, KeysAtOnce, NotBefore
from tongqu.wire.message import open_sealed
from tongqu.wire.odrl import read
from tongqu.wire.permit import Permit
from tongqu.wire.policy import Policy
from tongqu.wire.proofs import verify_proof
from tongqu.wire.receipt import Receipt, answer_digest, request_digest
from tongqu.wire.restored import Restored
from tongqu.wire.seals import KeyRing, key_ring
from tongqu.wire.statement import Statement
from tongqu.wire.sync import key_bytes
from tongqu.wire.words import Words

FORMAT = "tongqu-story/1"
PARTS = frozenset({
    "format", "contract", "permit", "exchange_public_key", "node_public_key", "receipt", "before", "after", "statement", "path",
    "acknowledgement", "chain", "disclosed", "facts",
})  # fmt: skip
KEYS_BEFORE = frozenset({"node_keys", "exchange_keys"})
"""Told where a key was changed; a document from before keys could be changed has neither."""

CHAIN_MAX = 2_000
"""Receipts from the one after to the one that the buyer signed; further off, the document says nothing of the acknowledgement."""
FACTS_MAX = 200


@dataclass(frozen=True)
class Step:
    """One step of the story. `holds` is None where the document says nothing of it."""

    code: str
    words: Words
    holds: bool | None


@dataclass(frozen=True)
class Keys:
    """The keys that the reader trusts, raw; None believes the document's own."""

    exchange: bytes | KeyRing | None = None
    node: bytes | KeyRing | None = None
    log: str | None = None


class BadStory(ValueError):
    """Not such a document at all."""

    def __init__(self) -> None:
        self.words = Words("这不是一份完整的调用过程文件", "this is not a whole story of a call")
        super().__init__(self.words.en)


_WORDS = {
    "contract": Words("合同文本与其摘要相符", "the contract's text fits its digest"),
    "permit": Words("许可由交易所签章，属于本合同", "the permit is the exchange's and of this contract"),
    "policy": Words("许可的使用策略就是合同签署的策略", "the permit's policy is the one that was signed"),
    "receipt": Words("回执由节点签章，属于该许可", "the receipt is the node's and of this permit"),
    "neighbours": Words("回执与前后回执首尾相接", "the receipt follows from the one before and leads to the one after"),
    "within-policy": Words(
        "回执所载用途、时间和次数在许可之内", "purpose, moment and calls of the receipt are permitted"
    ),
    "disclosed": Words("所披露的请求与回答就是回执所指的", "the request and answer disclosed are those of the receipt"),
    "statement": Words("回执在节点的结算单之内", "the receipt is in the node's statement"),
    "acknowledgement": Words("买方已签名确认该回执", "the buyer acknowledged the receipt"),
    "facts": Words("所附事实都在存证日志中", "the facts attached are in the evidence log"),
    "signed": Words("双方对该合同文本的签署在存证日志中", "both signatures on this text are in the evidence log"),
    "metered": Words("该结算单的计量在存证日志中", "the metering of this statement is in the evidence log"),
}


def verify_story(document: Any, keys: Keys = Keys()) -> list[Step]:
    """Every step, in the order of the story. It holds when none is false. Raises BadStory."""
    if not isinstance(document, Mapping) or document.get("format") != FORMAT or set(document) - KEYS_BEFORE != PARTS:
        raise BadStory
    try:
        told = _Told(document, keys)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadStory from error
    return [Step(code, _WORDS[code], _held(check)) for code, check in told.checks().items()]


def _held(check: Callable[[], bool | None]) -> bool | None:
    """What is malformed does not hold."""
    try:
        return check()
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
    ):  # a bad seal, message, policy, proof or path is a ValueError
        return False


class _Told:
    """A document, taken apart; each message is opened when its step is checked."""

    def __init__(self, document: Mapping[str, Any], keys: Keys) -> None:
        self._said = document
        self._exchange = keys.exchange or key_ring(document, "exchange")
        self._node = keys.node or key_ring(document)
        self._log = keys.log
        self._text: Mapping[str, Any] = document["contract"]["text"]

    def checks(self) -> dict[str, Callable[[], bool | None]]:
        return {
            "contract": self._contract, "permit": self._permit_fits, "policy": self._policy, "receipt": self._receipt_fits,
            "neighbours": self._neighbours, "within-policy": self._within, "disclosed": self._disclosed,
            "statement": self._stated, "acknowledgement": self._acknowledged, "facts": self._facts, "signed": self._signed,
            "metered": self._metered,
        }  # fmt: skip

    def _contract(self) -> bool:
        return bool(digest(self._text) == self._said["contract"]["digest"])

    def _permit(self) -> Permit:
        return open_sealed(Permit, self._said["permit"], self._exchange)

    def _receipt(self) -> Receipt:
        return open_sealed(Receipt, self._said["receipt"], self._node)

    def _permit_fits(self) -> bool:
        return bool(self._permit().contract == self._said["contract"]["number"])

    def _policy(self) -> bool:
        """Word for word but for what a permit says otherwise: from when to when instead of for how many days, and the
        keys of one request, which the mode decides."""
        permitted = self._permit().policy
        return permitted is not None and _core(permitted) == _core(read(self._text["policy"]))

    def _receipt_fits(self) -> bool:
        permit, receipt = self._permit(), self._receipt()
        return (receipt.contract, receipt.permit, receipt.node, receipt.source, receipt.mode) == (
            permit.contract, permit.id, permit.node, permit.source, permit.mode,
        )  # fmt: skip

    def _neighbours(self) -> bool:
        receipt, before, after = self._receipt(), self._said["before"], self._said["after"]
        first = receipt.sequence == 1 if before is None else self._leads(before, receipt)
        return first and (after is None or self._leads(self._said["receipt"], open_sealed(Receipt, after, self._node)))

    def _leads(self, sealed: Any, to: Receipt) -> bool:
        if sealed["body"].get("kind") == Restored.KIND:  # the node lost receipts, and said so
            mark = open_sealed(Restored, sealed, self._node)
            return (mark.contract, mark.resumes_after + 1, mark.digest) == (to.contract, to.sequence, to.previous)
        one = open_sealed(Receipt, sealed, self._node)
        return (one.contract, one.sequence + 1, one.digest) == (to.contract, to.sequence, to.previous)

    def _within(self) -> bool:
        """As far as one receipt shows it; a permit of a later revision may have been tightened since."""
        permit, receipt = self._permit(), self._receipt()
        return (
            receipt.purpose in permit.purposes
            and permit.not_before <= receipt.at < permit.not_after
            and receipt.calls <= min(permit.batch_max, permit.calls_max)
        )

    def _disclosed(self) -> bool | None:
        shown = self._said["disclosed"]
        if shown is None:
            return None
        receipt = self._receipt()
        return (
            request_digest(shown["request"], shown["salt"]) == receipt.request_digest
            and answer_digest(shown["answer"], shown["salt"]) == receipt.answer_digest
        )

    def _stated(self) -> bool | None:
        if self._said["statement"] is None:
            return None
        receipt, statement = self._receipt(), open_sealed(Statement, self._said["statement"], self._node)
        path = [bytes.fromhex(one) for one in self._said["path"]]
        merkle.verify_inclusion(
            receipt.sequence - statement.from_sequence,
            statement.count,
            receipt.leaf,
            path,
            bytes.fromhex(statement.root),
        )
        return statement.contract == receipt.contract

    def _acknowledged(self) -> bool | None:
        permit = self._permit()
        if self._said["acknowledgement"] is None or permit.acknowledgement_key is None:
            return None
        told = open_sealed(Acknowledgement, self._said["acknowledgement"], key_bytes(permit.acknowledgement_key))
        receipt = self._receipt()
        if (told.contract, told.node) != (receipt.contract, receipt.node):
            return False
        if told.sequence < receipt.sequence:
            return None
        return self._reached(receipt, told.sequence, told.receipt)

    def _reached(self, receipt: Receipt, sequence: int, wanted: str) -> bool | None:
        """Whether the chain leads from the receipt to the one that was signed, whose digest then stands for both."""
        after, chain = self._said["after"], self._said["chain"]
        if len(chain) > CHAIN_MAX:
            return False
        one = receipt
        for body in [*([] if after is None else [after["body"]]), *chain]:
            if one.sequence == sequence:
                break
            following = Receipt.from_json(body)
            if (following.contract, following.sequence, following.previous) != (
                one.contract, one.sequence + 1, one.digest,
            ):  # fmt: skip
                return False
            one = following
        return one.digest == wanted if one.sequence == sequence else None

    def _envelopes(self) -> list[Mapping[str, Any]]:
        if len(self._said["facts"]) > FACTS_MAX:
            raise ValueError("too many facts")
        return [verify_proof(one, self._log).envelope for one in self._said["facts"]]

    def _facts(self) -> bool | None:
        return bool(self._envelopes()) or None

    def _bodies(self, procedure: str, act: str) -> list[Mapping[str, Any]]:
        return [one["body"] for one in self._envelopes() if (one["procedure"], one["act"]) == (procedure, act)]

    def _signed(self) -> bool | None:
        if not self._said["facts"]:
            return None
        wanted = self._said["contract"]["digest"]
        return all(
            any(_holds(body, wanted) for body in self._bodies("negotiation", act)) for act in ("agree", "verify")
        )

    def _metered(self) -> bool | None:
        if not self._said["facts"] or self._said["statement"] is None:
            return None
        wanted = digest(self._said["statement"]["body"])
        return any(_holds(body, wanted) for body in self._bodies("transfer", "meter"))


def _holds(body: Any, wanted: str) -> bool:
    """Whether a fact's body says this digest anywhere."""
    if isinstance(body, Mapping):
        return any(_holds(one, wanted) for one in body.values())
    if isinstance(body, list):
        return any(_holds(one, wanted) for one in body)
    return bool(body == wanted)


_OTHERWISE = (ForDays, NotBefore, Before, KeysAtOnce)


def _core(policy: Policy) -> tuple[Any, ...]:
    terms = sorted(
        (one.left, one.operator, one.right) for one in policy.constraints if not isinstance(one.meant, _OTHERWISE)
    )
    return (
        policy.assigner, policy.assignee, policy.target, policy.action, terms, sorted(policy.prohibitions),
        sorted((duty.action, [term.right for term in duty.terms]) for duty in policy.obligations),
    )  # fmt: skip

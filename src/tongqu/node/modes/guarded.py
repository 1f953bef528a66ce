"""Verification under guards: keys that come blinded, counts instead of answers, and a limit on probing for who is there.

What is asked so is waited for: a blinded index is made once for a contract's key and version, and what was probed stands on
the disk before the answer leaves.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from tongqu.node.modes.mode import Room
from tongqu.node.permits import Reason
from tongqu.node.refusals import Refusal
from tongqu.node.turns import Turns
from tongqu.wire.blinding import BLINDED_FORM, agreed_key, private_key
from tongqu.wire.permit import Permit
from tongqu.wire.source import Question
from tongqu.wire.words import Words

INDEXES_MAX = 4
"""Blinded indexes held at once; each takes some 57 bytes a key on the disk."""

AGREED_MAX = 5
"""Different keys that a contract may agree on while the node runs: for each the whole source is blinded."""

_BLINDED = re.compile(BLINDED_FORM)


class Blinded:
    """Finds keys that came blinded. One for a node."""

    def __init__(self, secret: bytes) -> None:
        self._own = private_key(secret)
        self._indexes: OrderedDict[tuple[str, str, str, str], Any] = OrderedDict()
        self._agreed: dict[str, set[str]] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="blinding")
        self._turns = Turns(1)

    async def find(self, permit: Permit, held: Any, keys: list[str], public: str) -> npt.NDArray[np.int64]:
        """The position of each key, or -1. Raises Refusal."""
        if not all(_BLINDED.fullmatch(key) for key in keys):
            raise Refusal((NOT_BLINDED,))
        name = (permit.source, held.declaration.source_version, permit.contract, public)
        index: Any = self._used(name)
        if index is None:
            known = self._agreed.setdefault(permit.contract, set())
            if public not in known and len(known) >= AGREED_MAX:
                raise Refusal((TOO_MANY_BLINDINGS,))
            try:
                agreed = agreed_key(self._own, public, permit.contract)
            except ValueError:
                raise Refusal((BAD_BLINDING,)) from None
            known.add(public)
            # Of one contract one index waits for the thread, not five.
            index = await self._turns.run(permit.contract, self._thread, self._made, name, held.keys, agreed)
        positions: npt.NDArray[np.int64] = index.find_many(keys)
        return positions

    def _used(self, name: tuple[str, str, str, str]) -> Any:
        index = self._indexes.get(name)
        if index is not None:
            with suppress(KeyError):  # it went meanwhile, on the other thread
                self._indexes.move_to_end(name)
        return index

    def _made(self, name: tuple[str, str, str, str], keys: Any, agreed: bytes) -> Any:
        """Kept even when whoever asked has gone meanwhile: it is there when the call comes again."""
        index = self._indexes.get(name)
        if index is None:
            index = keys.blinded(agreed)
            for other in list(self._indexes):  # by another key or of a former version: one contract has one place
                if (other[0], other[2]) == (name[0], name[2]):
                    del self._indexes[other]
            self._indexes[name] = index
            while len(self._indexes) > INDEXES_MAX:
                self._indexes.popitem(last=False)
        return index


def may_be_asked(question: Question, permit: Permit, room: Room, keys: list[str], *, blinded: bool) -> None:
    """Raises Refusal, before anything is looked up: after the limit nothing is answered, or a refusal would tell who is
    not there."""
    reasons = []
    if blinded and question.blinded is None:
        reasons.append(BLINDING_NOT_DECLARED)
    if not blinded and question.blinded == "required":
        reasons.append(BLINDING_REQUIRED)
    if question.misses_max is not None and room.probes.missed(permit.contract) >= question.misses_max:
        reasons.append(PROBING_LIMIT)
    if question.least is not None:
        if len(set(keys)) < len(keys):
            reasons.append(KEYS_REPEATED)
        if len(keys) < question.least:
            reasons.append(_too_few(question.least))
    if reasons:
        raise Refusal(tuple(reasons))


def _too_few(least: int) -> Reason:
    return Reason(
        "batch-too-small",
        "least",
        Words(f"少于 {least} 个键不计数。", f"Fewer than {least} keys are not counted."),
        Words(f"请一次至少送 {least} 个不同的键。", f"Send at least {least} different keys at once."),
    )


KEYS_REPEATED = Reason(
    "keys-repeated",
    "least",
    Words("同一批中有重复的键。", "The batch repeats a key."),
    Words("计数的每批须由不同的键组成。", "What is counted must be different keys."),
)
TOO_NEAR = Reason(
    "batch-too-near",
    "least",
    Words("这一批与先前计数过的一批相差太少。", "This batch differs too little from one that was counted before."),
    Words("两批之差会透露个别人的情况。请换一批, 或重复原来的一批。",
          "Their difference would tell of single persons. Send another batch, or the former one again."),
)  # fmt: skip
TOO_MANY_COUNTS = Reason(
    "counts-exhausted",
    "least",
    Words("该合同计数过的批次已达上限。", "The contract has had as many batches counted as it may."),
    Words("可以重复已计数的批次; 更多须新的合同。", "Batches counted before may come again; more need a new contract."),
)
PROBING_LIMIT = Reason(
    "probing-limit",
    "probing",
    Words("该合同查询的不存在的键已达上限。", "The contract has asked for as many keys that are not there as it may."),
    Words(
        "请核对所送的键, 并与提供方变更合同。",
        "Check the keys you send, and agree on a new contract with the provider.",
    ),
)
BLINDING_REQUIRED = Reason(
    "blinding-required",
    "action",
    Words("该问题只接受盲化的键。", "This question takes blinded keys only."),
    Words("请先与节点商定盲化密钥, 再送盲化的键。", "Agree on a blinding key with the node and send blinded keys."),
)
BLINDING_NOT_DECLARED = Reason(
    "blinding-not-declared",
    "action",
    Words("该问题不接受盲化的键。", "This question does not take blinded keys."),
    Words("请送原样的键。", "Send the keys as they are."),
)
NOT_BLINDED = Reason(
    "key-not-blinded",
    "request",
    Words("有的键不是盲化的键。", "A key is not a blinded one."),
    Words("盲化的键是 64 位小写十六进制。", "A blinded key is 64 lower-case hexadecimal characters."),
)
BAD_BLINDING = Reason(
    "blinding-wrong",
    "request",
    Words("所送的盲化公钥不可用。", "The public key for the blinding cannot be used."),
    Words("请重新生成 X25519 密钥。", "Make a new X25519 key."),
)
TOO_MANY_BLINDINGS = Reason(
    "blindings-exhausted",
    "request",
    Words("该合同商定过的盲化密钥过多。", "The contract has agreed on too many blinding keys."),
    Words("请一直使用同一个密钥。", "Keep to one key for a contract."),
)

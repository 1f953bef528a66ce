"""Asks at a call whose consent stands: of each key by its reference, deny by default.

Who has not consented is answered as if the source did not have them, so that nobody learns from a call that somebody is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from tongqu.node.consents.store import ConsentStore
from tongqu.node.permits import Reason
from tongqu.node.refusals import Refusal
from tongqu.wire.consents import reference_of, reference_salt
from tongqu.wire.permit import Permit
from tongqu.wire.words import Words

STALE = Reason(
    "consents-not-fresh",
    "consent",
    Words("节点所知的同意情况已过时或尚未取齐。", "What the node knows of consents is too old, or not complete yet."),
    Words(
        "节点与交易所同步后即可继续, 请稍后重试。", "It answers again once it is in step with the exchange; try later."
    ),
    retry_after_seconds=5,
)
NO_CONSENT = Reason(
    "consent-missing",
    "consent",
    Words(
        "所问的人没有有效的同意, 或不在数据中。", "Nobody asked about has a consent in force, or is in the data at all."
    ),
    Words(
        "未计费。须由本人就本接收方、本用途另行同意。",
        "Nothing was billed. The subject must consent to this receiver and purpose.",
    ),
)
CONSENT_ENDED_SINCE = Reason(
    "consent-ended-since",
    "call",
    Words(
        "该次调用之后有人撤回了同意, 答案不再重发。", "A consent ended after this call: its answer is not given again."
    ),
    Words("请以新的调用编号重新提问。", "Ask anew with a new call key."),
)


@dataclass(frozen=True)
class UsedFor:
    """What a subject is told of a use: under which contract, for whom, for what, how, and on which day (UTC)."""

    source: str
    contract: str
    receiver: str
    purpose: str
    mode: str
    day: str


class Consents:
    """The consents of one node. `of` is asked for each call whose permit wants consent, and for no other."""

    def __init__(self, store: ConsentStore, secret: bytes) -> None:
        self.store = store
        self._salt = reference_salt(secret)

    def reference(self, source: str, key: str) -> bytes:
        return reference_of(self._salt, source, key)

    def of(self, permit: Permit, purpose: str, recipient: str | None, now: datetime) -> Consent:
        """What stands for this call. Raises Refusal when it is not known whether it still does."""
        assert permit.consent is not None
        assert permit.conditions is not None
        if not self.store.is_fresh(now):
            raise Refusal((STALE,))
        receiver = recipient or permit.conditions.assignee
        groups = self.store.standing(permit.source, receiver, purpose, permit.consent)
        of_call = UsedFor(permit.source, permit.contract, receiver, purpose, permit.mode, now.date().isoformat())
        return Consent(self, of_call, groups, self.store.cursor)


class Consent:
    """Of one call: asked key by key, it remembers how many were told of and how many were left out."""

    def __init__(self, consents: Consents, of_call: UsedFor, groups: Sequence[Any], as_of: int) -> None:
        self._consents, self.of_call, self.groups, self._as_of = consents, of_call, groups, as_of
        self._source = of_call.source
        self.consented, self.left_out, self.used = 0, 0, list[bytes]()
        self._tells_left_out = True

    def keep_quiet(self) -> None:
        """How many were left out is not said: of rows that a filter found it would tell that somebody is there."""
        self._tells_left_out = False

    def one(self, key: str) -> bool:
        reference = self._consents.reference(self._source, key)
        stands = any(group.has(reference) for group in self.groups)
        self._count([reference], np.array([stands]))
        return stands

    def many(self, keys: Sequence[str | None]) -> npt.NDArray[np.bool_]:
        """Of each key whether consent stands; None, nobody known, is left out."""
        known = [place for place, key in enumerate(keys) if key is not None]
        references = [self._consents.reference(self._source, keys[place] or "") for place in known]
        stands = np.zeros(len(keys), dtype=np.bool_)
        if references:
            of_known = np.zeros(len(references), dtype=np.bool_)
            for group in self.groups:
                of_known |= group.has_many(references)
            stands[known] = of_known
            self._count(references, of_known)
        self.left_out += len(keys) - len(known)
        return stands

    def looked_up(self, keys: Sequence[str | None]) -> npt.NDArray[np.bool_]:
        """The same without being remembered: what was found may not all be told."""
        other = Consent(self._consents, self.of_call, self.groups, self._as_of)
        return other.many(keys)

    def ended_since(self) -> bool:
        """Whether anybody's consent to this ended since the call was begun."""
        groups = self._consents.store.groups
        return not self.stood_at(self._as_of, [groups.get(one.told.basis) for one in self.groups])

    def stood_at(self, number: int, groups: Sequence[Any] | None = None) -> bool:
        """Whether nobody's consent to this ended after the exchange's change of that number."""
        return all(one is not None and one.ended_at <= number for one in (self.groups if groups is None else groups))

    def may_repeat(self, told: Mapping[str, Any]) -> bool:
        """Whether the answer that this receipt is of may be given once more."""
        checked = told.get("consent")
        if checked is None or not self.groups:  # no notice in force tells of such a use any more
            return False
        number, of_call = int(checked["as_of"]), self.of_call
        over = self._consents.store.ended_whole_since(of_call.source, of_call.receiver, number)
        return not over and self.stood_at(number)

    def _count(self, references: list[bytes], stands: npt.NDArray[np.bool_]) -> None:
        kept = [reference for reference, is_one in zip(references, stands.tolist(), strict=True) if is_one]
        self.used += kept
        self.consented += len(kept)
        self.left_out += len(references) - len(kept)

    def told(self) -> dict[str, int]:
        """As it stands in the receipt."""
        found = {"as_of": self._as_of, "consented": self.consented}
        return {**found, "left_out": self.left_out} if self._tells_left_out else found

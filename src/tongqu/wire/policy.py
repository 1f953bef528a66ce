"""The usage policy of an offer or an agreement: one permission with its constraints, what is forbidden, what is owed. Pure.

It is our profile of ODRL 2.2 (`wire.odrl` spells it), closed: what is not in it is refused, not passed over. A permit
carries what its own fields do not say as `Conditions`; the node judges by the policy put together from both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, ClassVar, TypeVar

from tongqu.wire.constraints import (
    CONSTRAINTS,
    PLAIN,
    Asking,
    Constraint,
    ForDays,
    Names,
    NotUnderstood,
    Used,
    read_days,
    understood,
)
from tongqu.wire.message import Message, Shape, list_of, message, text
from tongqu.wire.reason import Reason
from tongqu.wire.words import Words

PROFILE = "urn:tongqu:odrl:1"
OFFER, AGREEMENT = "Offer", "Agreement"
ACTIONS = {
    "verification": "tq:verify",
    "dataset": "tq:download",
    "api": "tq:query",
    "model": "tq:score",
    "report": "tq:report",
}
"""The action of each mode of delivery; each is included in `odrl:use`."""

DISTRIBUTE, DERIVE = "distribute", "derive"
COMPENSATE, WATERMARK, DELETE, ACKNOWLEDGE = "compensate", "watermark", "delete", "tq:acknowledge"
PROHIBITIONS = frozenset({DISTRIBUTE, DERIVE})

C = TypeVar("C")
Judge = Callable[[Asking, Used, datetime], Reason | None]
_TERM = text(most=200)


@dataclass(frozen=True)
class Term(Message):
    """A constraint as it is written: left operand, operator, right operands."""

    KIND: ClassVar[str] = "term"
    FIELDS: ClassVar[Mapping[str, Shape]] = {"left": _TERM, "operator": _TERM, "right": list_of(_TERM, most=100)}

    left: str
    operator: str
    right: tuple[str, ...]

    @classmethod
    def of(cls, one: Constraint) -> Term:
        return cls(one.LEFT, one.OPERATOR, one.right)

    @cached_property
    def meant(self) -> Constraint | NotUnderstood:
        return understood(self.left, self.operator, self.right)


@dataclass(frozen=True)
class Duty(Message):
    """An action that is owed, within its terms."""

    KIND: ClassVar[str] = "duty"
    FIELDS: ClassVar[Mapping[str, Shape]] = {"action": _TERM, "terms": list_of(message(Term), most=20)}

    action: str
    terms: tuple[Term, ...] = ()

    @property
    def understood(self) -> bool:
        """Whether it is one of the duties that may stand beside a permission, written as the profile has it."""
        if self.action in {WATERMARK, ACKNOWLEDGE}:
            return not self.terms
        return self.action == DELETE and len(self.terms) == 1 and isinstance(self.terms[0].meant, ForDays)


@dataclass(frozen=True)
class Conditions(Message):
    """The part of a permit's policy that its other fields do not say. `assigner` and `assignee` are codes of organisations."""

    KIND: ClassVar[str] = "conditions"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "assigner": _TERM,
        "assignee": _TERM,
        "target": _TERM,
        "constraints": list_of(message(Term), most=100),
        "prohibitions": list_of(_TERM, most=20, distinct=True),
        "obligations": list_of(message(Duty), most=20),
    }

    assigner: str
    assignee: str
    target: str
    constraints: tuple[Term, ...] = ()
    prohibitions: tuple[str, ...] = ()
    obligations: tuple[Duty, ...] = ()


@dataclass(frozen=True)
class Price:
    """What is owed for the use: whole micro-yuan, for each call or for all."""

    micro_yuan: int
    per_call: bool


@dataclass(frozen=True)
class Policy:
    """One offer or agreement. `action` is that of its mode; `constraints` all hold together."""

    kind: str
    uid: str
    assigner: str
    assignee: str | None
    target: str
    action: str
    constraints: tuple[Term, ...]
    prohibitions: tuple[str, ...] = ()
    obligations: tuple[Duty, ...] = ()
    price: Price | None = None

    def find(self, kind: type[C]) -> C | None:
        """The constraint of that kind, where there is one."""
        return next((term.meant for term in self.constraints if isinstance(term.meant, kind)), None)

    def owes(self, action: str) -> bool:
        return any(duty.action == action for duty in self.obligations)

    @property
    def delete_within_days(self) -> int | None:
        duty = next((duty for duty in self.obligations if duty.action == DELETE and duty.understood), None)
        return read_days(duty.terms[0].right[0]) if duty else None

    @cached_property
    def judges(self) -> tuple[Judge, ...]:
        """Every check of one call, made ready once."""
        found: list[Judge] = [_judge_of(_Acts(self.action))]
        found += [_judge_of(term.meant) for term in sorted(self.constraints, key=_place)]
        for action in self.prohibitions:
            if action in {"use", self.action}:  # the prohibition wins over the permission
                found.append(_Forbidden().judge)
            elif action not in PROHIBITIONS:
                found.append(NotUnderstood(action, "prohibition").judge)
        found += [NotUnderstood(duty.action, "duty").judge for duty in self.obligations if not duty.understood]
        return tuple(found)

    def sentences(self, names: Names = PLAIN) -> list[Words]:
        """Constraints, then what is forbidden, then what is owed, as people read them. What is not understood is said so."""
        said = []
        for term in sorted(self.constraints, key=_place):
            meant = term.meant
            said.append(_unclear(term.left) if isinstance(meant, NotUnderstood) else meant.sentence(names))
        said += [_FORBIDDEN.get(action) or _unclear(action) for action in self.prohibitions]
        said += [_owed(duty) for duty in self.obligations]
        return said


NO_POLICY = Reason(
    "policy-missing",
    "policy",
    Words("该许可没有使用策略, 不能调用。", "This permit has no usage policy and cannot be used."),
    Words("请交易所重新签发许可。", "Ask the exchange to issue the permit anew."),
)


def judged(policy: Policy | None, call: Asking, usage: Used, now: datetime) -> list[Reason]:
    """Every reason for which the policy refuses this call; none without a policy is allowed. No reason is said twice."""
    if policy is None:
        return [NO_POLICY]
    found = [reason for judge in policy.judges if (reason := judge(call, usage, now)) is not None]
    return list(dict.fromkeys(found)) if len(found) > 1 else found


_PLACES = {(kind.LEFT, kind.OPERATOR): place for place, kind in enumerate(CONSTRAINTS)}


def _place(term: Term) -> tuple[int, str, str, tuple[str, ...]]:
    """The table's order, so that nothing hangs on the order in which a policy is written."""
    return _PLACES.get((term.left, term.operator), len(_PLACES)), term.left, term.operator, term.right


@lru_cache(maxsize=4_096)
def _judge_of(one: Any) -> Judge:
    """The same for all that are equal: many policies say the same, and whoever judges by one after the other has it at hand."""
    judge: Judge = one.judge
    return judge


@dataclass(frozen=True)
class _Acts:
    """The call's mode is the action that is permitted."""

    action: str

    def judge(self, call: Asking, usage: Used, now: datetime) -> Reason | None:
        if ACTIONS.get(call.mode) == self.action:
            return None
        mode = next((mode for mode, action in ACTIONS.items() if action == self.action), None)
        if mode is None:
            return NotUnderstood(self.action, "action").judge(call, usage, now)
        return Reason(
            "mode-not-permitted",
            "action",
            Words("该许可不允许这种交付方式。", "The permit is for another mode of delivery."),
            Words(f"该许可的交付方式: {mode}。", f"This permit's mode: {mode}."),
        )


@dataclass(frozen=True)
class _Forbidden:
    """The policy forbids what it permits: forbidden it is."""

    def judge(self, call: Asking, usage: Used, now: datetime) -> Reason | None:
        return Reason(
            "policy-forbids",
            "policy",
            Words("使用策略禁止此种使用。", "The usage policy forbids this use."),
            Words("需要变更合同。", "An amended contract is needed."),
        )


_FORBIDDEN = {
    DISTRIBUTE: Words("不得转让、转售或再提供给第三方。", "Not to be passed on, resold or provided to third parties."),
    DERIVE: Words(
        "不得据以加工形成并对外提供衍生数据产品。",
        "No data product derived from it may be made and provided to others.",
    ),
}


def _unclear(term: str) -> Words:
    return Words(
        f"含有本所不认识的条件：{term}，节点将拒绝一切调用。",
        f"A term unknown here, {term}: the node refuses every call.",
    )


def _owed(duty: Duty) -> Words:
    if not duty.understood:
        return _unclear(duty.action)
    if duty.action == WATERMARK:
        return Words(
            "交付的副本带有可追溯到本合同的水印。",
            "The copy that is delivered bears marks that can be traced to this contract.",
        )
    if duty.action == ACKNOWLEDGE:
        return Words(
            "买方对收到的每份回执签名确认；未确认的在结算单中列明，不影响计费。",
            "The buyer acknowledges each receipt by its signature; what lacks one is told in the statement and billed the same.",
        )
    days = read_days(duty.terms[0].right[0])
    return Words(
        f"使用期结束后 {days} 日内删除所取得的数据及其副本。",
        f"The data and its copies are deleted within {days} days of the end of the period of use.",
    )


@dataclass(frozen=True)
class Difference:
    """One line in which two policies differ: of which term, what was said, what is said now, and whether that allows less
    (`tighter`), more (`looser`), or something else (`other`)."""

    term: str
    was: Words | None
    now: Words | None
    direction: str


def differences(before: Policy, after: Policy, names: Names = PLAIN) -> list[Difference]:
    """What a counter-offer changes, line by line, in the order in which a policy is read."""
    found = []
    for kind in CONSTRAINTS:
        was, now = before.find(kind), after.find(kind)
        if was != now:
            old, new = was.sentence(names) if was else None, now.sentence(names) if now else None
            found.append(Difference(kind.LEFT, old, new, _direction(was, now)))
    said = [_FORBIDDEN, {duty.action: _owed(duty) for duty in (*before.obligations, *after.obligations)}]
    was_all: Sequence[set[str]] = (set(before.prohibitions), {duty.action for duty in before.obligations})
    now_all: Sequence[set[str]] = (set(after.prohibitions), {duty.action for duty in after.obligations})
    for words, olds, news in zip(said, was_all, now_all, strict=True):
        found += [Difference(one, words.get(one), None, "looser") for one in sorted(olds - news)]
        found += [Difference(one, None, words.get(one), "tighter") for one in sorted(news - olds)]
    was_days, now_days = before.delete_within_days, after.delete_within_days
    if was_days is not None and now_days is not None and was_days != now_days:
        was_duty, now_duty = (
            next(duty for duty in policy.obligations if duty.action == DELETE) for policy in (before, after)
        )
        direction = "tighter" if now_days < was_days else "looser"
        found.append(Difference(DELETE, _owed(was_duty), _owed(now_duty), direction))
    return found


def _direction(was: Constraint | None, now: Constraint | None) -> str:
    if was is None or now is None:
        return "tighter" if was is None else "looser"
    if was.admits(now):
        return "tighter"
    return "looser" if now.admits(was) else "other"

"""The closed language of constraints: each is judged at the node, said in both languages, and spelled in ODRL. Pure.

A class is one row of the profile: its left operand and operator, how its right operand is read, when a call keeps it, and
whether it admits all that another of its kind admits. What no class reads is `NotUnderstood`, which refuses every call.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Protocol, Self

from tongqu.wire.message import moment_of, moment_text
from tongqu.wire.reason import Reason
from tongqu.wire.words import Words

RATE_WINDOW = timedelta(seconds=60)
REGION = re.compile(r"[1-9]\d{5}")
PERIOD_DAYS_MAX = 36_500


class Asking(Protocol):
    """What a constraint may know of a call."""

    @property
    def mode(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def keys(self) -> int: ...
    @property
    def group(self) -> int: ...
    @property
    def region(self) -> str | None: ...
    @property
    def stands(self) -> str | None: ...
    @property
    def recipient(self) -> str | None: ...


class Used(Protocol):
    """What a permit has used so far."""

    @property
    def calls(self) -> int: ...
    @property
    def requests_in_window(self) -> int: ...
    @property
    def oldest_in_window(self) -> datetime | None: ...


def _as_told(code: str) -> Words:
    return Words(code, code)


@dataclass(frozen=True, slots=True)
class Names:
    """How codes are said to people: purposes, regions, organisations and kinds of personal information. By default as they stand."""

    purpose: Callable[[str], Words] = _as_told
    region: Callable[[str], Words] = _as_told
    organisation: Callable[[str], Words] = _as_told
    kind: Callable[[str], Words] = _as_told


PLAIN = Names()


def _listed(codes: tuple[str, ...], name: Callable[[str], Words]) -> tuple[str, str]:
    said = [name(code) for code in codes]
    return "、".join(one.zh for one in said), ", ".join(one.en for one in said)


class Constraint(Protocol):
    """One understood constraint."""

    LEFT: ClassVar[str]
    OPERATOR: ClassVar[str]

    @classmethod
    def read(cls, right: tuple[str, ...]) -> Self:
        """Raises ValueError for a right operand that is none."""

    @property
    def right(self) -> tuple[str, ...]: ...
    def __hash__(self) -> int: ...
    def judge(self, call: Asking, usage: Used, now: datetime) -> Reason | None: ...
    def admits(self, other: Any) -> bool:
        """Whether this allows whatever the other, of the same kind, allows."""

    def sentence(self, names: Names = PLAIN) -> Words: ...


def _one(right: tuple[str, ...]) -> str:
    if len(right) != 1:
        raise ValueError("one value")
    return right[0]


def _number(right: tuple[str, ...], least: int) -> int:
    text = _one(right)
    if not (text.isascii() and text.isdigit() and len(text) <= 16) or int(text) < least:
        raise ValueError("a whole number")
    return int(text)


def _some(right: tuple[str, ...]) -> tuple[str, ...]:
    if not right or not all(right) or len(set(right)) != len(right):
        raise ValueError("some values, none twice")
    return right


@dataclass(frozen=True, slots=True)
class ForPurposes:
    """The purpose that the call states is one of these."""

    LEFT: ClassVar[str] = "purpose"
    OPERATOR: ClassVar[str] = "isAnyOf"

    purposes: tuple[str, ...]

    @classmethod
    def read(cls, right: tuple[str, ...]) -> Self:
        return cls(_some(right))

    @property
    def right(self) -> tuple[str, ...]:
        return self.purposes

    def judge(self, call: Asking, usage: Used, now: datetime) -> Reason | None:
        if call.purpose in self.purposes:
            return None
        return Reason(
            "purpose-not-permitted",
            "purpose",
            Words("所述用途不在许可之内。", "The stated purpose is not permitted."),
            Words(
                f"许可的用途: {'、'.join(self.purposes)}。其他用途须变更合同。",
                f"Permitted: {', '.join(self.purposes)}. Another purpose needs an amended contract.",
            ),
        )

    def admits(self, other: ForPurposes) -> bool:
        return set(other.purposes) <= set(self.purposes)

    def sentence(self, names: Names = PLAIN) -> Words:
        zh, en = _listed(self.purposes, names.purpose)
        return Words(f"只可用于：{zh}。", f"Use only for: {en}.")


@dataclass(frozen=True, slots=True)
class NotBefore:
    """From this moment, which is inside."""

    LEFT: ClassVar[str] = "dateTime"
    OPERATOR: ClassVar[str] = "gteq"

    at: datetime

    @classmethod
    def read(cls, right: tuple[str, ...]) -> Self:
        return cls(moment_of(_one(right)))

    @property
    def right(self) -> tuple[str, ...]:
        return (moment_text(self.at),)

    def judge(self, call: Asking, usage: Used, now: datetime) -> Reason | None:
        if now >= self.at:
            return None
        return Reason(
            "period-not-begun",
            "period",
            Words("许可期限尚未开始。", "The permit's period has not begun."),
            Words("请在期限开始后调用。", "Call once it has begun."),
        )

    def admits(self, other: NotBefore) -> bool:
        return self.at <= other.at

    def sentence(self, names: Names = PLAIN) -> Words:
        text = f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        return Words(f"自 {text} UTC（含）起可用。", f"Usable from {text} UTC on.")


@dataclass(frozen=True, slots=True)
class Before:
    """Until this moment, which is outside."""

    LEFT: ClassVar[str] = "dateTime"
    OPERATOR: ClassVar[str] = "lt"

    at: datetime

    @classmethod
    def read(cls, right: tuple[str, ...]) -> Self:
        return cls(moment_of(_one(right)))

    @property
    def right(self) -> tuple[str, ...]:
        return (moment_text(self.at),)

    def judge(self, call: Asking, usage: Used, now: datetime) -> Reason | None:
        if now < self.at:
            return None
        return Reason(
            "period-ended",
            "period",
            Words("许可期限已结束。", "The permit's period has ended."),
            Words("请续签合同。", "Renew the contract."),
        )

    def admits(self, other: Before) -> bool:
        return other.at <= self.at

    def sentence(self, names: Names = PLAIN) -> Words:
        text = f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        return Words(f"可用至 {text} UTC（不含）。", f"Usable until {text} UTC.")


@dataclass(frozen=True, slots=True)
class ForDays:
    """So many days from taking effect. A permit says from when to when instead: alone, it names no moment to judge by."""

    LEFT: ClassVar[str] = "elapsedTime"
    OPERATOR: ClassVar[str] = "lteq"

    days: int

    @classmethod
    def read(cls, right: tuple[str, ...]) -> Self:
        return cls(read_days(_one(right)))

    @property
    def right(self) -> tuple[str, ...]:
        return (f"P{self.days}D",)

    def judge(self, call: Asking, usage: Used, now: datetime) -> Reason | None:
        return Reason(
            "period-without-beginning",
            "period",
            Words("许可的期限没有起点, 无法判断。", "The permit's period has no beginning and cannot be judged."),
            Words("请交易所重新签发许可。", "Ask the exchange to issue the permit anew."),
        )

    def admits(self, other: ForDays) -> bool:
        return other.days <= self.days

    def sentence(self, names: Names = PLAIN) -> Words:
        return Words(f"自生效起 {self.days} 日内可用。", f"Usable for {self.days} days from taking effect.")


def read_days(text: str) -> int:
    """The days of an ISO 8601 duration in days, such as `P30D`. Raises ValueError."""
    found = re.fullmatch(r"P([1-9][0-9]{0,4})D", text)
    if found is None or int(found[1]) > PERIOD_DAYS_MAX:
        raise ValueError("a duration in days")
    return int(found[1])


@dataclass(frozen=True, slots=True)
class CallsAtMost:
    """All calls of the permit together: a key asked is one call, so is a download."""

    LEFT: ClassVar[str] = "count"
    OPERATOR: ClassVar[str] = "lteq"

    calls: int

    @classmethod
    def read(cls, right: tuple[str, ...]) -> Self:
        return cls(_number(right, 0))

    @property
    def right(self) -> tuple[str, ...]:
        return (str(self.calls),)

    def judge(self, call: Asking, usage: Used, now: datetime) -> Reason | None:
        left = self.calls - usage.calls
        if call.keys <= left:
            return None
        left = max(0, left)
        return Reason(
            "calls-exhausted",
            "count",
            Words(
                f"剩余次数不足: 许可 {self.calls} 次, 还剩 {left} 次。",
                f"Not enough calls left: {self.calls} permitted, {left} left.",
            ),
            Words("请减少本批数量或加购次数。", "Ask fewer keys or buy more calls."),
        )

    def admits(self, other: CallsAtMost) -> bool:
        return other.calls <= self.calls

    def sentence(self, names: Names = PLAIN) -> Words:
        return Words(f"最多调用 {self.calls:,} 次。", f"At most {self.calls:,} calls.")


@dataclass(frozen=True, slots=True)
class KeysAtOnce:
    """The keys of one request."""

    LEFT: ClassVar[str] = "tq:keysPerRequest"
    OPERATOR: ClassVar[str] = "lteq"

    keys: int

    @classmethod
    def read(cls, right: tuple[str, ...]) -> Self:
        return cls(_number(right, 1))

    @property
    def right(self) -> tuple[str, ...]:
        return (str(self.keys),)

    def judge(self, call: Asking, usage: Used, now: datetime) -> Reason | None:
        if call.keys <= self.keys:
            return None
        return Reason(
            "batch-too-large",
            "batch",
            Words(f"一批最多 {self.keys} 个键。", f"A batch may hold at most {self.keys} keys."),
            Words("请分批调用。", "Split the batch."),
        )

    def admits(self, other: KeysAtOnce) -> bool:
        return other.keys <= self.keys

    def sentence(self, names: Names = PLAIN) -> Words:
        return Words(f"每次请求最多 {self.keys:,} 个键。", f"At most {self.keys:,} keys in one request.")


@dataclass(frozen=True, slots=True)
class RequestsAMinute:
    """Requests answered in any 60 seconds: a batch is one."""

    LEFT: ClassVar[str] = "tq:requestsPerMinute"
    OPERATOR: ClassVar[str] = "lteq"

    requests: int

    @classmethod
    def read(cls, right: tuple[str, ...]) -> Self:
        return cls(_number(right, 1))

    @property
    def right(self) -> tuple[str, ...]:
        return (str(self.requests),)

    def judge(self, call: Asking, usage: Used, now: datetime) -> Reason | None:
        if usage.requests_in_window < self.requests:
            return None
        oldest = usage.oldest_in_window or now
        wait = max(1, -int(-(oldest + RATE_WINDOW - now).total_seconds() // 1))
        return Reason(
            "rate-exceeded",
            "rate",
            Words(f"每 60 秒最多 {self.requests} 次请求。", f"At most {self.requests} requests in 60 seconds."),
            Words(f"请在 {wait} 秒后重试。", f"Try again in {wait} seconds."),
            retry_after_seconds=wait,
        )

    def admits(self, other: RequestsAMinute) -> bool:
        return other.requests <= self.requests

    def sentence(self, names: Names = PLAIN) -> Words:
        return Words(
            f"任意 60 秒内不超过 {self.requests:,} 次请求。",
            f"No more than {self.requests:,} requests in any 60 seconds.",
        )


@dataclass(frozen=True, slots=True)
class WithinRegions:
    """Where the answer is used, as the call states it, lies in one of these (GB/T 2260); and so does the network the call
    comes from, where the node knows of that network where it stands."""

    LEFT: ClassVar[str] = "spatial"
    OPERATOR: ClassVar[str] = "isPartOf"

    regions: tuple[str, ...]

    @classmethod
    def read(cls, right: tuple[str, ...]) -> Self:
        if not all(REGION.fullmatch(region) for region in right):
            raise ValueError("codes of GB/T 2260")
        return cls(_some(right))

    @property
    def right(self) -> tuple[str, ...]:
        return self.regions

    def holds(self, region: str) -> bool:
        return REGION.fullmatch(region) is not None and any(region.startswith(reach(one)) for one in self.regions)

    def judge(self, call: Asking, usage: Used, now: datetime) -> Reason | None:
        if call.region is None:
            return Reason(
                "region-not-stated",
                "region",
                Words("没有说明使用地域。", "Where the answer is used is not stated."),
                Words(
                    "请在 Tongqu-Region 头中写明使用地的六位行政区划代码。",
                    "State the six digits of the region of use (GB/T 2260) in the Tongqu-Region header.",
                ),
            )
        if self.holds(call.region) and (call.stands is None or self.holds(call.stands)):
            return None
        listed = ", ".join(self.regions)
        return Reason(
            "region-not-permitted",
            "region",
            Words(
                "使用地域或调用所在网络不在许可之内。",
                "The region of use, or of the calling network, is not permitted.",
            ),
            Words(
                f"许可的地域: {listed}。其他地域须变更合同。",
                f"Permitted: {listed}. Another region needs an amended contract.",
            ),
        )

    def admits(self, other: WithinRegions) -> bool:
        return all(self.holds(region) for region in other.regions)

    def sentence(self, names: Names = PLAIN) -> Words:
        zh, en = _listed(self.regions, names.region)
        return Words(f"只可在以下地域使用：{zh}。", f"Use only in: {en}.")


def reach(region: str) -> str:
    """What the codes of a region's parts begin with: `420000` -> `42`, `420100` -> `4201`, `420102` -> itself."""
    if region.endswith("0000"):
        return region[:2]
    return region[:4] if region.endswith("00") else region


@dataclass(frozen=True, slots=True)
class ForRecipients:
    """Whom the answer is for, as the call states it: one of these. A call that states nobody is for the assignee."""

    LEFT: ClassVar[str] = "recipient"
    OPERATOR: ClassVar[str] = "isAnyOf"

    recipients: tuple[str, ...]

    @classmethod
    def read(cls, right: tuple[str, ...]) -> Self:
        return cls(_some(right))

    @property
    def right(self) -> tuple[str, ...]:
        return self.recipients

    def judge(self, call: Asking, usage: Used, now: datetime) -> Reason | None:
        if call.recipient is None or call.recipient in self.recipients:
            return None
        return Reason(
            "recipient-not-permitted",
            "recipient",
            Words("所述接收方不在合同约定之内。", "The stated recipient is not among those agreed."),
            Words(
                f"约定的接收方: {'、'.join(self.recipients)}。其他接收方须变更合同。",
                f"Agreed: {', '.join(self.recipients)}. Another recipient needs an amended contract.",
            ),
        )

    def admits(self, other: ForRecipients) -> bool:
        return set(other.recipients) <= set(self.recipients)

    def sentence(self, names: Names = PLAIN) -> Words:
        zh, en = _listed(self.recipients, names.organisation)
        return Words(f"结果只可提供给：{zh}。", f"Answers only for: {en}.")


@dataclass(frozen=True, slots=True)
class GroupsOf:
    """No answer tells of a group with fewer members."""

    LEFT: ClassVar[str] = "tq:groupSize"
    OPERATOR: ClassVar[str] = "gteq"

    least: int

    @classmethod
    def read(cls, right: tuple[str, ...]) -> Self:
        return cls(_number(right, 2))

    @property
    def right(self) -> tuple[str, ...]:
        return (str(self.least),)

    def judge(self, call: Asking, usage: Used, now: datetime) -> Reason | None:
        if call.group >= self.least:
            return None
        return Reason(
            "group-too-small",
            "group",
            Words(
                f"该许可只回答不少于 {self.least} 个对象的汇总。",
                f"This permit answers about groups of {self.least} or more only.",
            ),
            Words("请扩大汇总范围, 或改用汇总方式的产品。", "Ask about a larger group, or by a product that sums up."),
        )

    def admits(self, other: GroupsOf) -> bool:
        return other.least >= self.least

    def sentence(self, names: Names = PLAIN) -> Words:
        return Words(f"每个结果至少汇总 {self.least} 个对象。", f"Each answer sums up {self.least} subjects at least.")


@dataclass(frozen=True, slots=True)
class WithConsent:
    """Only of subjects whose consent to this receiver, for this purpose and of all these kinds is in force at the call. Whose
    it is, the node looks up key by key; here is judged what can be judged of the whole call."""

    LEFT: ClassVar[str] = "tq:consent"
    OPERATOR: ClassVar[str] = "hasPart"

    kinds: tuple[str, ...]

    @classmethod
    def read(cls, right: tuple[str, ...]) -> Self:
        return cls(_some(right))

    @property
    def right(self) -> tuple[str, ...]:
        return self.kinds

    def judge(self, call: Asking, usage: Used, now: datetime) -> Reason | None:
        if call.mode in CONSENT_MODES:
            return None
        return consent_not_checkable()

    def admits(self, other: WithConsent) -> bool:
        return set(self.kinds) <= set(other.kinds)

    def sentence(self, names: Names = PLAIN) -> Words:
        zh, en = _listed(self.kinds, names.kind)
        return Words(
            f"只限已就本接收方、本用途单独同意提供以下个人信息且未撤回的人：{zh}；节点逐次核对。",
            f"Only of people whose separate consent to this receiver and purpose is in force, for: {en}; the node checks each call.",
        )


CONSENT_MODES = frozenset({"verification", "api", "model"})
"""Modes in which a call names its subjects. A file or a sum holds all of them at once: nobody could be left out any more."""


def consent_not_checkable() -> Reason:
    return Reason(
        "consent-not-checkable",
        "consent",
        Words("这种调用不能逐人核对同意。", "Consent cannot be checked person by person in such a call."),
        Words(
            "请改用按键的核验、模型评分, 或返回键列的接口查询。",
            "Use verification or a model by key, or a query that returns the key column.",
        ),
    )


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """What this profile does not know: whoever wrote it meant something by it, so no call is allowed."""

    left: str
    operator: str

    def judge(self, call: Asking, usage: Used, now: datetime) -> Reason | None:
        return Reason(
            "policy-not-understood",
            "policy",
            Words(
                "许可的使用策略含有节点不认识的条件、行为或写法, 因此一律不作答。",
                "The permit's policy holds a constraint, an action or a spelling that this node does not know: it answers nothing.",
            ),
            Words(
                "请提供方升级节点, 或由交易所按所公布的策略规格重新签发许可。",
                "Update the node, or have the permit issued anew by the published profile.",
            ),
        )


CONSTRAINTS: tuple[type[Constraint], ...] = (
    ForPurposes, NotBefore, Before, ForDays, CallsAtMost, KeysAtOnce, RequestsAMinute, WithinRegions, ForRecipients, GroupsOf,
    WithConsent,
)  # fmt: skip
"""The table: the order in which constraints are said and judged."""

_BY_TERM = {(kind.LEFT, kind.OPERATOR): kind for kind in CONSTRAINTS}


def understood(left: str, operator: str, right: tuple[str, ...]) -> Constraint | NotUnderstood:
    """The constraint of the closed language that is written so, or the one that refuses everything."""
    kind = _BY_TERM.get((left, operator))
    if kind is None:
        return NotUnderstood(left, operator)
    try:
        return kind.read(right)
    except ValueError:
        return NotUnderstood(left, operator)

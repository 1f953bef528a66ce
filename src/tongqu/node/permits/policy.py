"""The one decision: may this call run? Pure; knows no clock, disk or network. A refusal carries every failing reason.

Who asks is settled first and alone: a stranger learns nothing about the permit, not even whether it exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from tongqu.wire.constraints import Before, NotBefore, WithinRegions
from tongqu.wire.lease import Lease
from tongqu.wire.permit import ACTIVE, CARRIED, REVOKED, SUSPENDED, Permit
from tongqu.wire.policy import judged
from tongqu.wire.reason import Reason
from tongqu.wire.source import DATASET, Use
from tongqu.wire.sync import SKEW_SECONDS_MAX
from tongqu.wire.words import Words

_SKEW = timedelta(seconds=SKEW_SECONDS_MAX)
NOUNS = {
    "question": Words("问题", "question"),
    "query": Words("查询", "query"),
    "scoring": Words("模型", "model"),
    "report": Words("报告", "report"),
}
"""What a mode's declared use is called, by the permit's field."""


class Call(NamedTuple):
    """What a buyer asks, without the keys themselves: the policy needs only their number."""

    token: str
    mode: str
    purpose: str
    keys: int = 1
    use: str | None = None
    region: str | None = None
    """Where the answer is to be used, as the caller states it."""
    recipient: str | None = None
    """Whom it is for, as the caller states it; nobody stated is the buyer."""
    stands: str | None = None
    """Where the network stands that the call comes from, if the node's owner told it of that network."""
    group: int = 1
    """How many subjects the smallest answer sums up."""


@dataclass(frozen=True)
class Offer:
    """What the node's owner allows of one source today, and which versions of it stand ready."""

    modes: tuple[str, ...]
    uses: dict[tuple[str, str], Use]
    """By mode and id."""
    versions: frozenset[str]
    marked: bool = False
    """Whether copies of a dataset bear marks that name the contract."""
    changed: Words | None = None
    """What changed in the newest data, where its owner wants calls refused meanwhile."""


class Usage(NamedTuple):
    """What a permit has used: keys asked so far, requests in the last 60 seconds, and the oldest of these."""

    calls: int = 0
    requests_in_window: int = 0
    oldest_in_window: datetime | None = None


class Allowed(NamedTuple):
    permit: Permit


@dataclass(frozen=True)
class Denied:
    """Never without a reason."""

    reasons: tuple[Reason, ...]


NOT_SERVED = "source-not-served"
STRANGER = Reason(
    "permit-or-token-wrong",
    "assignee",
    Words("许可编号或令牌不正确。", "The permit or the token is not right."),
    Words(
        "请使用交易所为本合同发放的许可编号与令牌。", "Use the permit id and token the exchange gave for this contract."
    ),
)


def known(permit: Permit | None, token: str) -> Permit | None:
    """The permit, if the token is its own."""
    return permit if permit is not None and permit.is_token(token) else None


def standing(permit: Permit, lease: Lease | None, node: str, now: datetime) -> list[Reason]:
    """Reasons that concern the permit's and the node's standing, not the single call. A repeated call is judged by
    these alone: it was counted and billed the first time."""
    found = [] if permit.status == ACTIVE else _status(permit)
    found += _lease(lease, node, now)
    if permit.node != node:
        found.append(
            Reason(
                "other-node",
                "node",
                Words("该许可属于另一节点。", "This permit is for another node."),
                Words("请向许可所列节点调用。", "Call the node that the permit names."),
            )
        )
    return found


def period(permit: Permit, now: datetime) -> list[Reason]:
    """Reasons that concern the permit's period, of a call that was allowed before and still goes on."""
    call, usage = Call("", permit.mode, ""), Usage()
    judges = (NotBefore(permit.not_before).judge, Before(permit.not_after).judge)
    return [reason for judge in judges if (reason := judge(call, usage, now)) is not None]


def whence(permit: Permit, stands: str | None, now: datetime) -> list[Reason]:
    """Reasons that concern the network that the rest of an allowed call comes from, where it is known to stand."""
    within = permit.policy.find(WithinRegions) if permit.policy is not None else None
    if within is None or stands is None:
        return []
    reason = within.judge(Call("", permit.mode, "", region=stands, stands=stands), Usage(), now)
    return [] if reason is None else [reason]


def decide(
    *,
    permit: Permit | None,
    lease: Lease | None,
    call: Call,
    usage: Usage,
    offer: Offer | None,
    node: str,
    now: datetime,
) -> Allowed | Denied:
    """Allowed, or denied with every reason. Whatever is not expressly permitted is denied."""
    if known(permit, call.token) is None or permit is None:
        return Denied((STRANGER,))
    reasons = [
        *standing(permit, lease, node, now),
        *judged(permit.policy, call, usage, now),
        *_use(permit, call),
        *_offer(permit, offer),
    ]
    return Denied(tuple(reasons)) if reasons else Allowed(permit)


def _status(permit: Permit) -> list[Reason]:
    if permit.status == SUSPENDED:
        return [
            Reason(
                "permit-suspended",
                "status",
                Words("该许可已被暂停。", "This permit is suspended."),
                Words(
                    "请到交易所查看暂停原因; 恢复后可继续调用。",
                    "See the reason at the exchange; call again once it is lifted.",
                ),
            )
        ]
    if permit.status == REVOKED:
        return [
            Reason(
                "permit-revoked",
                "status",
                Words("该许可已被撤销。", "This permit is revoked."),
                Words("需要新的合同与许可。", "A new contract and permit are needed."),
            )
        ]
    raise ValueError(f"unknown status {permit.status!r}")


def _lease(lease: Lease | None, node: str, now: datetime) -> list[Reason]:
    if lease is not None and lease.node == node and lease.issued_at - _SKEW <= now < lease.until:
        return []
    mend = Words(
        "节点恢复与交易所的联系后即可继续, 请稍后重试。",
        "The node serves again once it reaches the exchange; try later.",
    )
    if lease is None or lease.node != node:
        words = Words("节点没有有效的租约。", "The node holds no lease of the exchange.")
        return [Reason("lease-missing", "lease", words, mend, retry_after_seconds=5)]
    if now >= lease.until:
        words = Words("节点与交易所失去联系, 租约已到期。", "The node lost the exchange and its lease has ended.")
        return [Reason("lease-ended", "lease", words, mend, retry_after_seconds=5)]
    words = Words("节点时钟早于租约签发时间。", "The node's clock is before its lease was issued.")
    return [Reason("clock-skew", "lease", words, Words("请校准节点时钟。", "Set the node's clock right."))]


def _use(permit: Permit, call: Call) -> list[Reason]:
    """A call by another mode is refused by the policy; what it asks for there is beside the point."""
    if permit.mode != call.mode:
        return []
    if (use := permit.use) is not None and call.use != use.id:
        field = CARRIED[permit.mode]
        noun = NOUNS[field]
        return [
            Reason(
                f"{field}-not-permitted",
                "action",
                Words(f"该许可不允许这个{noun.zh}。", f"The permit is for another {noun.en}."),
                Words(f"该许可的{noun.zh}: {use.id}。", f"This permit's {noun.en}: {use.id}."),
            )
        ]
    return []


def _offer(permit: Permit, offer: Offer | None) -> list[Reason]:
    if offer is None:
        return [
            Reason(
                NOT_SERVED,
                "target",
                Words("节点上没有可用的该数据源。", "The node does not serve this source now."),
                Words("请联系提供方恢复数据源。", "Ask the provider to restore the source."),
            )
        ]
    found = []
    use = permit.use
    if offer.changed is not None and permit.mode != DATASET:  # of a data set the version that was agreed stands ready
        found.append(
            Reason(
                "source-changed",
                "target",
                Words(
                    f"数据的列已变更, 提供方设定期间拒绝调用: {offer.changed.zh}。",
                    f"The data's columns changed, and its owner has calls refused meanwhile: {offer.changed.en}.",
                ),
                Words(
                    "请联系提供方; 数据更正或确认后自动恢复, 被拒绝的不计费。",
                    "Ask the provider; calls are answered once it corrects or accepts the data. Nothing refused is billed.",
                ),
            )
        )
    if permit.mode not in offer.modes or (use is not None and not _declares(offer, permit.mode, use)):
        found.append(
            Reason(
                "not-declared",
                "target",
                Words(
                    "提供方未在节点上声明允许此种使用。", "The provider's node does not declare this use as allowed."
                ),
                Words(
                    "请提供方在节点配置中声明后重新签约。", "The provider must declare it and the contract be renewed."
                ),
            )
        )
    if permit.mode == DATASET and permit.marked != offer.marked:
        found.append(
            Reason(
                "mark-not-agreed",
                "watermark",
                Words(
                    "许可与节点配置对副本是否加水印的约定不一致。",
                    "The permit and the node do not agree on whether the copy is marked.",
                ),
                Words(
                    "请双方就是否加水印重新约定后签发新许可。",
                    "Agree on the mark anew, so that a new permit is issued.",
                ),
            )
        )
    if permit.source_version is not None and permit.source_version not in offer.versions:
        found.append(
            Reason(
                "version-not-held",
                "target",
                Words("许可固定的数据版本不在节点上。", "The version that the permit pins is not at the node."),
                Words(
                    "请提供方恢复该版本, 或就新版本变更合同。",
                    "Restore that version, or amend the contract to the new one.",
                ),
            )
        )
    return found


def _declares(offer: Offer, mode: str, use: Use) -> bool:
    declared = offer.uses.get((mode, use.id))
    return declared is not None and declared.stamp == use.stamp

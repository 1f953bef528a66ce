"""Which nodes may be enrolled and registered. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2020, 1, 1)
ENROLMENT_DAYS_MAX = 30


@dataclass(frozen=True)
class NodeSeen:
    """A node about to be enrolled, or to register."""

    at: datetime
    until_at: datetime | None = None
    own: bool = True
    by_exchange: bool = False
    provider_admitted: bool = True
    key_used: bool = False


@rule("HOUSE:node", title=Words("节点属于已入场的提供方", "A node is a member's"), since=SINCE, asks=("provider",))
def node_of_a_member(seen: NodeSeen) -> Finding:
    if not (seen.own or seen.by_exchange):
        return refuses(
            Words("只能为本单位设节点", "You may enrol nodes of your own organisation only"),
            mend=Words("不填提供方，或请交易场所代设。", "Leave the provider empty, or let the exchange do it."),
        )
    if not seen.provider_admitted:
        return refuses(
            Words("提供方未入场或已暂停", "The provider is not admitted, or is suspended"),
            mend=Words("入场或恢复后再设节点。", "Enrol the node once it is admitted."),
        )
    return complies()


@rule("HOUSE:node", title=Words("注册密钥的期限", "How long an enrolment key lasts"), since=SINCE, asks=("until_at",))
def enrolment_period(seen: NodeSeen) -> Finding:
    if seen.until_at is not None and seen.at < seen.until_at <= seen.at + timedelta(days=ENROLMENT_DAYS_MAX):
        return complies()
    return refuses(
        Words("注册密钥须在三十日以内到期", "An enrolment key ends within thirty days"),
        mend=Words("改填截止时间。", "Give another end."),
    )


@rule("HOUSE:node", title=Words("一个公钥一个节点", "One node for each public key"), since=SINCE, asks=("public_key",))
def node_key_is_new(seen: NodeSeen) -> Finding:
    if not seen.key_used:
        return complies()
    return refuses(
        Words("这个公钥已属于另一个节点", "Another node has this public key"),
        mend=Words("在节点上生成新的密钥。", "Make a new key at the node."),
    )


@dataclass(frozen=True)
class Noting:
    """Whether a source has other columns than it declared, of which the provider has not taken note."""

    open: bool


@rule("HOUSE:node", title=Words("知悉的是已告知的变更", "What was told is taken note of"), since=SINCE)
def a_change_is_not_noted_yet(seen: Noting) -> Finding:
    if not seen.open:
        return refuses(
            Words("没有待知悉的数据变更", "There is no change to take note of"),
            mend=Words("无须办理。", "There is nothing to do."),
        )
    return complies()

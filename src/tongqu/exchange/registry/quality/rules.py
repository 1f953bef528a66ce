"""When quality may be measured. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import MUST, Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2026, 1, 1)
LEFT_OUT_SHOWN = 10


@dataclass(frozen=True)
class Seen:
    """A check about to be asked for. `columns_missing`: named by a rule, and not at the source as it was last declared.
    `key_searched`: a rule compares the cells of the key column with what the asker chose. `left_out`: rules of the check
    that stands which this one does not check, `fewer` that the asker says so."""

    holds_resource: bool
    catalogued: bool
    asked_already: bool
    node_knows_how: bool
    columns_missing: tuple[str, ...]
    key_searched: bool = False
    left_out: tuple[Words, ...] = ()
    fewer: bool = False


@rule(
    "HOUSE:quality",
    strength=MUST,
    since=SINCE,
    title=Words("由持有方对已编目的资源提出", "The holder asks, of a catalogued resource"),
    asks=("resource",),
)
def quality_of_ones_own(seen: Seen) -> Finding:
    if not seen.holds_resource:
        return refuses(
            Words("这不是本单位的数据资源", "This resource is not yours"),
            mend=Words("请选择本单位的资源。", "Choose a resource of your own."),
        )
    if not seen.catalogued:
        return refuses(
            Words("资源尚未编目", "The resource is not catalogued yet"),
            mend=Words("请先完成编目测量。", "Have it catalogued first."),
        )
    if seen.asked_already:
        return refuses(
            Words("上一次质量测量还没有结束", "The check before is still under way"),
            mend=Words("请等待节点答复，或先停止上一次测量。", "Wait for the node, or stop that check."),
        )
    return complies()


@rule(
    "HOUSE:quality",
    strength=MUST,
    since=SINCE,
    title=Words("规则所列的列在数据源中", "The columns of the rules stand at the source"),
    asks=("rules",),
)
def rules_fit_the_source(seen: Seen) -> Finding:
    """What cannot be looked at would stand there for ever as not measured."""
    if seen.columns_missing:
        names = "、".join(seen.columns_missing[:10])
        return refuses(
            Words(f"数据源中没有这些列：{names}", f"The source has no column: {names}"),
            mend=Words("请核对列名。", "Compare the names with the columns of the source."),
        )
    return complies()


@rule(
    "HOUSE:quality",
    strength=MUST,
    since=SINCE,
    title=Words("不以规则逐一试探主键列", "No rule tries out single keys"),
    asks=("rules",),
)
def key_is_not_searched(seen: Seen) -> Finding:
    """Two counts that differ by one listed key would say whether somebody is in the data."""
    if seen.key_searched:
        return refuses(
            Words("主键列不能用代码表、正则表达式或值域规则",
                  "The key column takes no list of codes, expression or range"),
            mend=Words("请改用必填、不重复或已知格式规则。", "Ask whether it is filled, not repeated, or of a known form."),
        )  # fmt: skip
    return complies()


@rule(
    "HOUSE:quality",
    strength=MUST,
    since=SINCE,
    title=Words("不在无意中少查规则", "No rule is left out unawares"),
    asks=("fewer",),
)
def rules_are_left_out_knowingly(seen: Seen) -> Finding:
    """The newest check takes the place of the one before: what it does not check would silently be measured less."""
    if seen.left_out and not seen.fewer:
        shown = seen.left_out[:LEFT_OUT_SHOWN]
        more = len(seen.left_out) - len(shown)
        zh = "；".join(one.zh for one in shown) + (f"；另 {more} 条" if more else "")
        en = "; ".join(one.en for one in shown) + (f"; {more} more" if more else "")
        return refuses(
            Words(
                f"本次省去了现行测量检查的 {len(seen.left_out)} 条规则：{zh}",
                f"This leaves out {len(seen.left_out)} rules of the check that stands: {en}",
            ),
            mend=Words(
                "把它们加回来；确实不再检查的，请勾选确认。", "Add them again; or confirm that they are left out."
            ),
        )
    return complies()


@rule(
    "HOUSE:quality", strength=MUST, since=SINCE, title=Words("节点软件能够测量", "The node's software can measure this")
)
def node_can_check_quality(seen: Seen) -> Finding:
    if not seen.node_knows_how:
        return refuses(
            Words("节点软件版本较旧，不能测量质量", "The node's software is too old to check quality"),
            mend=Words("请节点管理方升级节点软件。", "Have the node's software updated."),
        )
    return complies()


QUALITY_RULES = (
    quality_of_ones_own, rules_fit_the_source, key_is_not_searched, rules_are_left_out_knowingly, node_can_check_quality,
)  # fmt: skip

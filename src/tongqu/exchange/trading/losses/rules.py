"""What must be so before anything falls with a ground. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import Finding, Rule, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2026, 1, 1)


@dataclass(frozen=True)
class Listed:
    """A list beside what would be listed now."""

    as_drawn: bool = True
    reviewer_concerned: bool = False


@rule("HOUSE:grants", title=Words("核对的是现在的清单", "What is confirmed is the list as it is now"), since=SINCE)
def the_list_is_as_it_is_now(seen: Listed) -> Finding:
    if not seen.as_drawn:
        return refuses(
            Words("清单列出后情况已有变化", "Things have changed since the list was drawn up"),
            mend=Words("重新列出清单，再核对确认。", "Draw it up anew, then confirm."),
        )
    return complies()


@dataclass(frozen=True)
class Sparing:
    strange: tuple[int, ...] = ()
    reviewer_concerned: bool = False


@dataclass(frozen=True)
class Deciding:
    is_open: bool = True
    waiting: int = 0
    reviewer_concerned: bool = False


@rule("HOUSE:grants", title=Words("当事方不核对自己的事项", "Nobody confirms in its own matter"), since=SINCE)
def nobody_confirms_in_its_own_matter(seen: Listed | Sparing | Deciding) -> Finding:
    if seen.reviewer_concerned:
        return refuses(
            Words("核对单位是当事方", "The reviewer is a party to it"),
            mend=Words("由另一审查单位办理。", "Let another reviewer do it."),
        )
    return complies()


@rule(
    "HOUSE:grants",
    title=Words("列为不受影响的是清单中的交付", "What is spared is a delivery of the list"),
    since=SINCE,
    asks=("items",),
)
def what_is_spared_is_listed(seen: Sparing) -> Finding:
    """Products stop by themselves when their grounds are gone; of what is being delivered a person may say otherwise."""
    if seen.strange:
        named = "、".join(str(one) for one in seen.strange)
        return refuses(
            Words(f"清单中没有这些交付：{named}", f"The list has no such deliveries: {named}"),
            mend=Words("从清单所列的交付中选择。", "Choose among the deliveries that it lists."),
        )
    return complies()


@dataclass(frozen=True)
class Appealing:
    affected: bool = True
    open_already: bool = False
    papers_unknown: tuple[str, ...] = ()


@rule("HOUSE:grants", title=Words("受影响的一方可以申诉", "Whoever is affected may appeal"), since=SINCE)
def the_affected_appeal(seen: Appealing) -> Finding:
    if not seen.affected:
        return refuses(
            Words("本单位不在清单所列的各方之中", "You are not among those whom the list concerns"),
            mend=Words("由受影响的一方申诉。", "Whoever is affected may appeal."),
        )
    if seen.open_already:
        return refuses(
            Words("本单位的申诉尚待决定", "Your appeal waits to be decided"),
            mend=Words("等待决定。", "Wait for the decision."),
        )
    if seen.papers_unknown:
        return refuses(
            Words("佐证材料不是本单位提交的", "The evidence was not handed in by you"),
            mend=Words("请先上传材料。", "Hand it in first."),
        )
    return complies()


@rule("HOUSE:grants", title=Words("决定的是待决的申诉", "What is decided is an open appeal"), since=SINCE)
def the_appeal_is_open(seen: Deciding) -> Finding:
    if not seen.is_open:
        return refuses(
            Words("没有这件待决的申诉", "There is no such open appeal"),
            mend=Words("从待决的申诉中选择。", "Choose among those that wait."),
        )
    return complies()


@rule("HOUSE:grants", title=Words("申诉决定后才了结", "It is closed once every appeal is decided"), since=SINCE)
def every_appeal_is_decided(seen: Deciding) -> Finding:
    if seen.waiting:
        return refuses(
            Words(f"还有 {seen.waiting} 件申诉待决", f"{seen.waiting} appeals wait to be decided"),
            mend=Words("先决定申诉。", "Decide them first."),
        )
    return complies()


CONFIRM_RULES: tuple[Rule, ...] = (the_list_is_as_it_is_now, nobody_confirms_in_its_own_matter)

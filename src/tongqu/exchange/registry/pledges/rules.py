"""When a right may be pledged or given into custody. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2026, 7, 3)


@dataclass(frozen=True)
class PledgeSeen:
    on: date
    right_is_own: bool = True
    right_stands: bool = True
    seized: bool = False
    leaving: bool = False
    secured_is_member: bool = True
    secured_is_registrar: bool = False
    until_date: date | None = None
    papers_unknown: tuple[str, ...] = ()


@rule(
    "PROP35:31",
    title=Words("出质的是本单位有效的登记权利", "What is pledged is one's own standing right"),
    since=SINCE,
    asks=("registration",),
)
def ones_own_standing_right_is_pledged(seen: PledgeSeen) -> Finding:
    if not seen.right_is_own or not seen.right_stands:
        return refuses(
            Words("所选登记不是出质人有效的登记", "The registration chosen is not a standing one of the pledgor"),
            Words("请选择有效的登记。", "Choose one that stands."),
        )
    return complies()


@rule("PROP35:23", title=Words("被查封或管制的权利不得出质", "What is seized is not pledged"), since=SINCE)
def what_is_seized_is_not_pledged(seen: PledgeSeen) -> Finding:
    if seen.seized:
        return refuses(
            Words("该权利被查封或临时管制", "The right is seized or under an authority's control"),
            Words("待解除后再办理。", "Wait until that is lifted."),
        )
    return complies()


@rule(
    "HOUSE:pledges",
    title=Words("正在转让或注销的权利不得出质", "What is being disposed of is not pledged"),
    since=SINCE,
)
def what_is_leaving_is_not_pledged(seen: PledgeSeen) -> Finding:
    """A transfer that was asked for first goes first."""
    if seen.leaving:
        return refuses(
            Words("该权利的转让或注销正在办理", "A transfer or cancellation of the right is under way"),
            Words("请等它办结，或先撤回。", "Wait until it is done, or withdraw it."),
        )
    return complies()


@rule(
    "HOUSE:pledges",
    title=Words("质权人是另一入场主体", "The secured party is another member"),
    since=SINCE,
    asks=("secured",),
)
def the_secured_is_another_member(seen: PledgeSeen) -> Finding:
    if not seen.secured_is_member or seen.secured_is_registrar:
        return refuses(
            Words("质权人、托管人须是另一入场主体，且不是该权利的登记机构", "It must be another member, and not the registrar of the right"),
            Words("请另选。", "Choose another."),
        )  # fmt: skip
    return complies()


@rule(
    "HOUSE:pledges", title=Words("约定期限在将来", "What is agreed ends after today"), since=SINCE, asks=("until_date",)
)
def the_term_lies_ahead(seen: PledgeSeen) -> Finding:
    if seen.until_date is not None and seen.until_date < seen.on:
        return refuses(Words("约定日期已过", "The day is past"), Words("请核对日期。", "Check the day."))
    return complies()


@rule("HOUSE:pledges", title=Words("合同存于本所", "The contract is on file"), since=SINCE, asks=("paper",))
def the_contract_is_on_file(seen: PledgeSeen) -> Finding:
    if seen.papers_unknown:
        named = "、".join(seen.papers_unknown)
        return refuses(
            Words(f"没有这些材料，或不是本单位提交的：{named}", f"Not on file, or not handed in by you: {named}"),
            Words("请先上传。", "Hand it in first."),
        )
    return complies()


STANDING_RULES = (ones_own_standing_right_is_pledged, what_is_seized_is_not_pledged, what_is_leaving_is_not_pledged)
PLEDGE_RULES = (*STANDING_RULES, the_secured_is_another_member, the_term_lies_ahead, the_contract_is_on_file)

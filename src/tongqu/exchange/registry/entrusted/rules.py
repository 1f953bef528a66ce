"""Who may be let look at assets, and what a look may open. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2024, 1, 1)


@dataclass(frozen=True)
class MandateSeen:
    on: date
    until_date: date
    strange: tuple[int, ...] = ()
    viewer_is_another_member: bool = True


@dataclass(frozen=True)
class LookSeen:
    at: datetime
    until_at: datetime
    named: bool = True
    held_still: bool = True


def longest(on: date) -> date:
    """The last day of the longest mandate that begins on a day, included."""
    return calendar.add_months(on, int(law.figure("house.asset_view_months", on=on).value)).day


@rule(
    "HOUSE:assets", title=Words("授权查阅的是本单位的资产", "One opens one's own assets"), since=SINCE, asks=("assets",)
)
def one_opens_ones_own(seen: MandateSeen) -> Finding:
    if seen.strange:
        named = "、".join(str(one) for one in seen.strange[:10])
        return refuses(
            Words(f"不是本单位的在册资产：{named}", f"Not standing assets of yours: {named}"),
            Words("请核对编号。", "Check the numbers."),
        )
    return complies()


@rule("HOUSE:assets", title=Words("授权给另一入场主体", "Another member is let look"), since=SINCE, asks=("viewer",))
def another_member_is_let_look(seen: MandateSeen) -> Finding:
    if not seen.viewer_is_another_member:
        return refuses(
            Words("被授权方须是另一入场主体", "It must be another member"), Words("请另选。", "Choose another.")
        )
    return complies()


@rule("HOUSE:assets", title=Words("授权有期限", "A mandate is for a time"), since=SINCE, asks=("until_date",))
def a_mandate_is_for_a_time(seen: MandateSeen) -> Finding:
    last = longest(seen.on)
    if not seen.on <= seen.until_date <= last:
        return refuses(
            Words(f"有效期须在今天至 {last} 之间", f"It ends between today and {last}"),
            Words("请改填日期。", "Give another day."),
        )
    return complies()


@rule("HOUSE:assets", title=Words("只看授权所列的资产", "Only what is named is opened"), since=SINCE)
def only_what_is_named_is_opened(seen: LookSeen) -> Finding:
    if not seen.named or not seen.held_still:
        return refuses(
            Words(
                "该资产不在授权所列之中，或已不归授权方",
                "The asset is not among those named, or is its holder's no more",
            ),
            Words("请向授权方申请。", "Ask whoever gave the mandate."),
        )
    return complies()


@rule("HOUSE:assets", title=Words("期满即止", "Its time is its time"), since=SINCE)
def its_time_has_not_passed(seen: LookSeen) -> Finding:
    """From the first moment after the last day on, whether or not the clock was there already."""
    if seen.at >= seen.until_at:
        return refuses(Words("授权已期满", "The mandate is over"), Words("请向授权方申请。", "Ask whoever gave it."))
    return complies()


MANDATE_RULES = (one_opens_ones_own, another_member_is_let_look, a_mandate_is_for_a_time)
LOOK_RULES = (only_what_is_named_is_opened, its_time_has_not_passed)

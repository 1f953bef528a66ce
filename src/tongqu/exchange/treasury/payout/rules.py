"""Who may take money out, and who may let it go. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import Finding, complies, needs_person, refuses, rule
from tongqu.exchange.bedrock.values import Words


@dataclass(frozen=True)
class Leaving:
    """Money about to leave. The numbers are persons; None for one who has not acted yet."""

    party_state: str
    for_another: bool
    by_finance: bool
    by: int | None
    requested_by: int | None
    approved_by: int | None
    reference_taken: bool
    paid_after_today: bool
    paid_before_request: bool


@rule("HOUSE:payout", title=Words("只付给在场单位", "Money is paid out to members"), since=date(2026, 1, 1))
def who_may_take_money_out(seen: Leaving) -> Finding:
    if seen.for_another and not (seen.by_finance and seen.party_state == "left"):
        return refuses(
            Words(
                "只有结算员可以代办，且只能为已退出的单位",
                "Only finance asks for another, and only for one that has left",
            ),
            mend=Words("由该单位自行申请。", "Let the party ask itself."),
        )
    if seen.party_state == "suspended":
        return needs_person(
            Words(
                "该单位已暂停，是否付款须由交易场所决定",
                "The party is suspended: the exchange decides whether it is paid",
            ),
            office="reviewer",
        )
    if seen.party_state == "left" and seen.by_finance:  # what came in after it left
        return complies()
    if seen.party_state != "admitted":
        return refuses(
            Words("该单位未入场", "The party is not admitted"), mend=Words("完成入场核验。", "Complete admission.")
        )
    return complies()


@rule("HOUSE:payout", title=Words("申请、复核、付款由不同的人办理", "Asking, approving and paying are for different people"),
      since=date(2026, 1, 1))  # fmt: skip
def nobody_pays_alone(seen: Leaving) -> Finding:
    if seen.by is not None and seen.by in {seen.requested_by, seen.approved_by}:
        return refuses(
            Words("您已办理过这笔付款的前一步", "You have taken an earlier step of this payout yourself"),
            mend=Words("由另一名结算员办理。", "Let another person of finance do it."),
        )
    return complies()


@rule(
    "HOUSE:payout",
    title=Words("一笔银行付款只记一次", "A bank payment is recorded once"),
    since=date(2026, 1, 1),
    asks=("bank_reference",),
)
def bank_payment_is_new(seen: Leaving) -> Finding:
    if seen.reference_taken:
        return refuses(
            Words("该银行流水号已记在另一笔付款上", "The bank's reference stands on another payout already"),
            mend=Words("核对银行回单。", "Check the bank's receipt."),
        )
    if seen.paid_after_today or seen.paid_before_request:
        return refuses(
            Words("付款日期应在申请之日与今日之间", "The payment's day lies between the request and today"),
            mend=Words("核对银行回单。", "Check the bank's receipt."),
        )
    return complies()

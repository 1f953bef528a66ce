"""Who divides a trust's money, and who takes out what was divided. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words, yuan


@dataclass(frozen=True)
class Dividing:
    """Money held for a trust that somebody wants to divide. Whole fen; `each_fen` is what a mandate would get."""

    by_trustee: bool
    by_finance: bool
    trust_stands: bool
    divided_today: bool
    heads: int
    held_fen: int
    each_fen: int
    trustee_acts: bool = True


@rule("HOUSE:trust", title=Words("信托资金由受托者分配", "The trustee divides a trust's money"), since=date(2026, 1, 1))
def the_trustee_divides(seen: Dividing) -> Finding:
    if not seen.by_trustee and not (seen.by_finance and not (seen.trust_stands and seen.trustee_acts)):
        return refuses(
            Words("信托存续期间由受托者分配；信托终止或受托者被暂停、退出后，结算员也可以分配",
                  "While the trust stands its trustee divides; once it has ended, or its trustee is suspended or has left, finance may too"),
            mend=Words("请受托者办理。", "Let the trustee do it."),
        )  # fmt: skip
    if seen.divided_today:
        return refuses(
            Words("今天已经分配过一次", "It was divided today already"),
            mend=Words("明天再分配。", "Divide again tomorrow."),
        )
    return complies()


@rule("HOUSE:trust", title=Words("每份委托至少分得一分", "Each mandate gets a fen at least"), since=date(2026, 1, 1))
def each_mandate_gets_a_fen(seen: Dividing) -> Finding:
    if not seen.heads:
        return refuses(
            Words("本期没有任何有效委托，资金继续保管", "No mandate was in force in this period: the money stays held"),
            mend=Words("有人委托后再分配。", "Divide once somebody has given a mandate."),
        )
    if seen.each_fen < 1:
        return refuses(
            Words(f"保管的 {yuan(seen.held_fen)} 扣除报酬后不够 {seen.heads:,} 份委托每份一分",
                  f"The {yuan(seen.held_fen)} held are, after the fee, less than a fen for each of {seen.heads:,} mandates"),
            mend=Words("等待更多收益后再分配。", "Wait for more proceeds."),
        )  # fmt: skip
    return complies()


@dataclass(frozen=True)
class Claiming:
    """A person's share on its way out. The numbers are persons; None for one who has not acted yet."""

    owed_fen: int = 0
    least_fen: int = 0
    trust_stands: bool = True
    by_itself: bool = True
    by: int | None = None
    person: int | None = None
    approved_by: int | None = None
    reference_taken: bool = False
    paid_after_today: bool = False
    paid_before_request: bool = False


@rule("HOUSE:trust", title=Words("本人领取自己应得的", "A person claims what is its own"), since=date(2026, 1, 1))
def a_claim_is_of_ones_own(seen: Claiming) -> Finding:
    if not seen.by_itself:
        return refuses(
            Words("您正代表单位办理；信托收益只能由本人领取", "You act for an organisation; a share in a trust is claimed by oneself"),
            mend=Words("切换为本人身份。", "Act for yourself."),
        )  # fmt: skip
    if seen.owed_fen < 1:
        return refuses(
            Words("没有可领取的收益", "Nothing is owed to you here"),
            mend=Words("已申请的正在办理；否则等下一次分配。", "What you asked for is under way; else wait for the next division."),
        )  # fmt: skip
    if seen.trust_stands and seen.owed_fen < seen.least_fen:
        return refuses(
            Words(f"应得 {yuan(seen.owed_fen)}，满 {yuan(seen.least_fen)} 可以领取",
                  f"{yuan(seen.owed_fen)} is owed; from {yuan(seen.least_fen)} on it can be claimed"),
            mend=Words("积累到起付金额，或信托终止后一并领取。", "Wait until it is that much, or until the trust has ended."),
        )  # fmt: skip
    return complies()


@rule("HOUSE:trust", title=Words("领取、复核、付款由不同的人办理", "Claiming, approving and paying are for different people"),
      since=date(2026, 1, 1))  # fmt: skip
def nobody_pays_a_claim_alone(seen: Claiming) -> Finding:
    if seen.by is not None and seen.by in {seen.person, seen.approved_by}:
        return refuses(
            Words(
                "这笔领取是您本人的，或您已办理过前一步", "The claim is your own, or you have taken its earlier step"
            ),
            mend=Words("由另一名结算员办理。", "Let another person of finance do it."),
        )
    return complies()


@rule(
    "HOUSE:trust",
    title=Words("一笔银行付款只记一次", "A bank payment is recorded once"),
    since=date(2026, 1, 1),
    asks=("bank_reference",),
)
def a_claims_payment_is_new(seen: Claiming) -> Finding:
    if seen.reference_taken:
        return refuses(
            Words("该银行流水号已记在另一笔付款上", "The bank's reference stands on another payment already"),
            mend=Words("核对银行回单。", "Check the bank's receipt."),
        )
    if seen.paid_after_today or seen.paid_before_request:
        return refuses(
            Words("付款日期应在申请之日与今日之间", "The payment's day lies between the request and today"),
            mend=Words("核对银行回单。", "Check the bank's receipt."),
        )
    return complies()

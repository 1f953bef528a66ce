"""Who may propose and agree to a share plan. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words


@dataclass(frozen=True)
class Agreeing:
    """A plan, who speaks, whose word it needs, and who has agreed already."""

    owns_product: bool
    party: int | None
    asked: frozenset[int]
    holders_admitted: bool
    agreed: frozenset[int]
    act: str
    own_before: int = 10_000
    own_after: int = 10_000
    due_to_trusts: int = 0
    """Basis points: the provider's own part as it is and as it would be, and what it promised to data trusts of it."""


@rule(
    "SEED:13",
    title=Words("按贡献分配，由各方约定", "Shared by contribution, as the parties agree"),
    since=date(2023, 1, 1),
)
def parties_agree(seen: Agreeing) -> Finding:
    if seen.act == "begin" and not seen.owns_product:
        return refuses(
            Words("只有产品的提供方可以提出分配方案", "Only the product's provider proposes its plan"),
            mend=Words("由提供方提出。", "Let the provider propose it."),
        )
    if seen.act != "take_effect" and not seen.holders_admitted:
        return refuses(
            Words("方案中有未入场的单位", "The plan names a party that is not admitted"),
            mend=Words("请该单位先完成入场核验。", "That party completes admission first."),
        )
    if seen.act == "agree" and seen.party not in seen.asked:
        return refuses(
            Words("分配方案与您的单位无关", "The plan does not concern your organisation"),
            mend=Words("由方案和原方案所列单位确认。", "Those named in it or in the plan before it confirm it."),
        )
    if seen.act == "agree" and seen.party in seen.agreed:
        return refuses(
            Words("您的单位已经确认过", "Your organisation has agreed already"),
            mend=Words("等待其他单位确认。", "Wait for the others."),
        )
    if seen.act == "take_effect" and not seen.asked <= seen.agreed:
        return refuses(
            Words("还有单位没有确认", "Not everyone has agreed"),
            mend=Words("等待其他单位确认。", "Wait for the others."),
        )
    return complies()


@rule(
    "HOUSE:trust",
    title=Words("分配方案不减少已约定归信托的部分", "A plan takes nothing from what a trust is due"),
    since=date(2026, 1, 1),
    asks=("shares",),
)
def a_plan_leaves_trusts_their_part(seen: Agreeing) -> Finding:
    """What is due to trusts comes out of the provider's own part: a plan that makes it smaller than that would take it back."""
    least = min(seen.due_to_trusts, seen.own_before)
    if seen.act != "take_effect" and seen.own_after < least:
        return refuses(
            Words(
                f"提供方已约定将 {least} 个万分点归数据信托，方案只给提供方留 {seen.own_after} 个",
                f"{least} basis points of the provider's part are agreed for data trusts; the plan leaves it {seen.own_after}",
            ),
            mend=Words(
                f"提供方至少保留 {least} 个万分点，或先终止信托使用条件。",
                f"Leave the provider {least} basis points, or end the terms first.",
            ),
        )
    return complies()

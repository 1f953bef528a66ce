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

"""When a deal's money may be held, and how much of it may be charged. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words, yuan


@dataclass(frozen=True)
class Holding:
    """A deal whose money is about to be held."""

    both_signed: bool
    parties_admitted: bool


@rule(
    "HOUSE:settlement", title=Words("成交前须双方已签且在场", "Both have signed and take part"), since=date(2026, 1, 1)
)
def deal_awaits_its_money(seen: Holding) -> Finding:
    if not seen.both_signed:
        return refuses(
            Words(
                "协商已终止或尚未由双方签署，不冻结资金",
                "The negotiation has ended, or not both have signed: nothing is held",
            ),
            mend=Words("双方签署后自动冻结。", "Money is held once both have signed."),
        )
    if not seen.parties_admitted:
        return refuses(
            Words("买方或提供方已暂停，不冻结资金", "A party is suspended: nothing is held"),
            mend=Words("恢复后自动继续。", "It goes on by itself once the party is restored."),
        )
    return complies()


@dataclass(frozen=True)
class Charging:
    """What a bill came to against what was held. Whole fen."""

    total_fen: int
    charged_fen: int


@rule("HOUSE:settlement", title=Words("应付不超过冻结金额", "No more is charged than is held"), since=date(2026, 1, 1))
def charge_is_within_the_hold(seen: Charging) -> Finding:
    if seen.charged_fen > seen.total_fen:
        return refuses(
            Words(f"应付 {yuan(seen.charged_fen)} 超过冻结的 {yuan(seen.total_fen)}",
                  f"{yuan(seen.charged_fen)} charged is more than the {yuan(seen.total_fen)} held"),
            mend=Words("核查结算单与合同约定的次数。", "Examine the statements against the calls that were agreed."),
        )  # fmt: skip
    return complies()

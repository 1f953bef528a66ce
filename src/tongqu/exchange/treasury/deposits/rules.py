"""Whose account a bank line may be credited to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words


@dataclass(frozen=True)
class Crediting:
    """A line about to be credited: the state of the party, and whether a person decides."""

    party_state: str
    by_person: bool


@rule("HOUSE:deposit", title=Words("只为在场单位入账", "Money is credited to members alone"), since=date(2026, 1, 1))
def credited_party_is_a_member(seen: Crediting) -> Finding:
    if seen.party_state == "suspended" and not seen.by_person:
        return refuses(
            Words("该单位已暂停，由结算员决定是否入账", "The party is suspended: finance decides"),
            mend=Words("结算员人工入账或退回付款人。", "Finance assigns it, or returns it to the payer."),
        )
    if seen.party_state not in {"admitted", "suspended"}:
        return refuses(
            Words("该单位未入场或已退出，不能入账", "The party is not admitted, or has left"),
            mend=Words("退回付款人，或待其入场。", "Return it to the payer, or wait until it is admitted."),
        )
    return complies()

"""Who may end a contract: the side that did not propose it, or a reviewer. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words


@dataclass(frozen=True)
class Ending:
    """An early end as the rules see it: party numbers, or None for an office."""

    proposed_by: int | None
    by: int | None
    act: str


@rule(
    "HOUSE:contract", title=Words("解除须另一方同意", "The other side agrees to an early end"), since=date(2026, 1, 1)
)
def the_other_side_agrees(seen: Ending) -> Finding:
    own = seen.proposed_by is not None and seen.by == seen.proposed_by
    if seen.act == "terminate" and own:
        return refuses(
            Words("提出解除的一方不能自行同意", "The side that proposed the end cannot agree to it"),
            mend=Words("由另一方同意，或由交易场所调解。", "The other side agrees, or the exchange mediates."),
        )
    if seen.act == "keep" and not own:
        return refuses(
            Words("只有提出解除的一方可以撤回", "Only the side that proposed the end can take it back"),
            mend=Words("另一方可以同意解除或请求调解。", "The other side may agree or ask for mediation."),
        )
    return complies()

"""Proceeds to those who contributed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tongqu.exchange.bedrock.ledger.entries import Move
from tongqu.exchange.bedrock.values import shares
from tongqu.exchange.treasury.settlement.entries import available, proceeds
from tongqu.exchange.treasury.trusts.entries import WHOLE, Cut, held

TO_TRUST = "数据信托"


def own_part(provider: int, plan: Sequence[Mapping[str, Any]]) -> int:
    """Basis points that are the provider's by a plan; all of them without one."""
    return sum(int(share["basis_points"]) for share in plan if int(share["party"]) == provider) if plan else WHOLE


def parts(
    fen: int, plan: Sequence[Mapping[str, Any]], due: Sequence[Cut] = (), *, provider: int = 0
) -> list[dict[str, Any]]:
    """What is due to data trusts, in whole fen rounded down; then each holder's whole fen, in the plan's order, the odd fen to
    the first. What is due comes out of the provider's own part, who alone agreed to it. They sum to `fen` exactly."""
    to_trusts = [
        {
            "party": cut.trustee,
            "basis_points": cut.basis_points,
            "ground": TO_TRUST,
            "trust": cut.trust,
            "terms": cut.terms,
            "fen": cut.fen,
        }
        for cut in due
    ]
    amounts = shares(fen, [int(share["basis_points"]) for share in plan], odd_to=0)
    given = sum(cut.fen for cut in due)
    return [
        *to_trusts,
        *(
            {**share, "fen": amount - (given if int(share["party"]) == provider else 0)}
            for share, amount in zip(plan, amounts, strict=True)
        ),
    ]


def moves(provider: int, divided: Sequence[Mapping[str, Any]], what: str = "") -> tuple[Move, ...]:
    """Out of the provider's proceeds to each holder, and to what each trust holds; `what` names the deal in the memos."""
    return tuple(
        Move(proceeds(provider), held(int(part["trust"])), int(part["fen"]), f"trust cut {what}".strip())
        if "trust" in part
        else Move(
            proceeds(provider), available(int(part["party"])), int(part["fen"]), f"share of proceeds {what}".strip()
        )
        for part in divided
        if part["fen"]
    )

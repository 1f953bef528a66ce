"""Proceeds to those who contributed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tongqu.exchange.bedrock.ledger.entries import Move
from tongqu.exchange.bedrock.values import shares
from tongqu.exchange.treasury.settlement.entries import available, proceeds


def parts(fen: int, plan: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each holder's whole fen, in the plan's order; the odd fen go to the first. They sum to `fen` exactly."""
    amounts = shares(fen, [int(share["basis_points"]) for share in plan], odd_to=0)
    return [{**share, "fen": amount} for share, amount in zip(plan, amounts, strict=True)]


def moves(provider: int, divided: Sequence[Mapping[str, Any]], what: str = "") -> tuple[Move, ...]:
    """Out of the provider's proceeds to each holder; `what` names the deal in the memos."""
    return tuple(
        Move(proceeds(provider), available(int(part["party"])), int(part["fen"]), f"share of proceeds {what}".strip())
        for part in divided
        if part["fen"]
    )

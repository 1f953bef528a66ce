"""How the money of a data trust moves: cut from proceeds, held, divided, claimed. Pure: numbers in, entries out.

Nothing is rounded up: the odd fen of a cut is the provider's, that of a division stays held for the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongqu.exchange.bedrock.ledger.entries import Entry, Hold, Move, Post, Void
from tongqu.exchange.treasury.payout.entries import BANK
from tongqu.exchange.treasury.settlement.entries import available

WHOLE = 10_000


def held(trust: int) -> str:
    """What a trust has received and not yet divided."""
    return f"trust/{trust}/held"


def owed(trust: int) -> str:
    """What is divided among those who gave mandates and has not been claimed."""
    return f"trust/{trust}/owed"


@dataclass(frozen=True)
class Cut:
    """What one agreement on terms takes of a deal's net proceeds."""

    terms: int
    trust: int
    trustee: int
    basis_points: int
    fen: int


def cuts(fen: int, agreed: Sequence[tuple[int, int, int, int]], *, most: int = WHOLE) -> tuple[Cut, ...]:
    """Of (terms, trust, trustee, basis points), those agreed first first. Together never more than `most`, the part that is the
    provider's own: what is left of it bounds each, and each is rounded down."""
    found, left = [], most
    for terms, trust, trustee, asked in agreed:
        points = min(asked, left)
        left -= points
        if points > 0:
            found.append(Cut(terms, trust, trustee, points, fen * points // WHOLE))
    return tuple(found)


@dataclass(frozen=True)
class Division:
    """What is held, divided: the trustee's fee, the same whole fen for each head, and what stays held."""

    held_fen: int
    fee_fen: int
    each_fen: int
    heads: int

    @property
    def divided_fen(self) -> int:
        return self.each_fen * self.heads

    @property
    def left_fen(self) -> int:
        return self.held_fen - self.fee_fen - self.divided_fen


def divide(held_fen: int, *, carried_fen: int, fee_basis_points: int, heads: int) -> Division:
    """`carried_fen` of what is held was left over by the division before: its fee was paid then, and is not paid again."""
    fee = (held_fen - carried_fen) * fee_basis_points // WHOLE
    return Division(held_fen, fee, (held_fen - fee) // heads if heads else 0, heads)


def divided(division: Division, *, trust: int, trustee: int, what: str = "") -> tuple[Move, ...]:
    """The fee to the trustee, and the sum of all entitlements to what is owed; `what` names the trust in the memos."""
    moves = []
    if division.fee_fen:
        moves.append(Move(held(trust), available(trustee), division.fee_fen, f"trust fee {what}".strip()))
    if division.divided_fen:
        moves.append(Move(held(trust), owed(trust), division.divided_fen, f"trust division {what}".strip()))
    return tuple(moves)


def reserve(name: str, *, trust: int, fen: int) -> tuple[Entry, ...]:
    return (Hold(name=name, source=owed(trust), target=BANK, fen=fen, memo="trust claim asked for"),)


def pay(name: str, *, trust: int, fen: int, reference: str) -> tuple[Entry, ...]:
    return (Post(hold=name, moves=(Move(owed(trust), BANK, fen, f"trust claim {reference}"),)),)


def free(name: str, why: str) -> tuple[Entry, ...]:
    return (Void(hold=name, memo=f"trust claim {why}"),)

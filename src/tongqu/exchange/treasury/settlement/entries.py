"""How the money of a deal moves. Pure: numbers in, entries out."""

from __future__ import annotations

from dataclasses import dataclass

from tongqu.exchange.bedrock.ledger.entries import Entry, Hold, Move, Post, Void


def available(party: int) -> str:
    """The account a party can spend from."""
    return f"party/{party}/available"


def proceeds(party: int) -> str:
    """What a party has earned and not yet shared out."""
    return f"party/{party}/proceeds"


FEES = "exchange/fees"


@dataclass(frozen=True)
class Split:
    """What a charge comes to: the exchange's fee, rounded down to a fen, and the rest for the provider."""

    fee_fen: int
    proceeds_fen: int


def split(charged_fen: int, fee_basis_points: int) -> Split:
    """The fee is rounded down: the odd fen is the provider's."""
    fee = charged_fen * fee_basis_points // 10_000
    return Split(fee, charged_fen - fee)


def hold(name: str, *, consumer: int, provider: int, total_fen: int) -> tuple[Entry, ...]:
    """Reserves the most the deal can cost; nothing when it is free."""
    if total_fen == 0:
        return ()
    return (Hold(name=name, source=available(consumer), target=proceeds(provider), fen=total_fen, memo="deal held"),)


def release(
    name: str, *, consumer: int, provider: int, total_fen: int, charged_fen: int, fee_basis_points: int, what: str = ""
) -> tuple[Entry, ...]:
    """Pays fee and proceeds out of the hold; what was not charged returns to the consumer by itself.

    `what` names the deal in the memos that the parties' statements show.
    """
    if total_fen == 0:
        return ()
    if charged_fen == 0:
        return (Void(hold=name, memo="nothing charged"),)
    parts = split(charged_fen, fee_basis_points)
    moves = (
        [Move(available(consumer), proceeds(provider), parts.proceeds_fen, f"proceeds {what}".strip())]
        if parts.proceeds_fen
        else []
    )
    if parts.fee_fen:
        moves.append(Move(available(consumer), FEES, parts.fee_fen, f"exchange fee {what}".strip()))
    return (Post(hold=name, moves=tuple(moves)),)


def refund(name: str, *, total_fen: int) -> tuple[Entry, ...]:
    return (Void(hold=name, memo="deal refunded"),) if total_fen else ()

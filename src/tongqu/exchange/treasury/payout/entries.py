"""How a payout moves money: reserved at the request, gone when the bank has paid, free again otherwise. Pure."""

from __future__ import annotations

from tongqu.exchange.bedrock.ledger.entries import Entry, Hold, Move, Post, Void
from tongqu.exchange.treasury.settlement.entries import available

BANK = "bank/clearing"


def reserve(name: str, *, party: int, fen: int) -> tuple[Entry, ...]:
    return (Hold(name=name, source=available(party), target=BANK, fen=fen, memo="payout asked for"),)


def pay(name: str, *, party: int, fen: int, reference: str) -> tuple[Entry, ...]:
    return (Post(hold=name, moves=(Move(available(party), BANK, fen, f"payout {reference}"),)),)


def free(name: str, why: str) -> tuple[Entry, ...]:
    return (Void(hold=name, memo=f"payout {why}"),)

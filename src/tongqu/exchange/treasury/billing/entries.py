"""Meters to money. Pure: exact micro-yuan in, whole fen and a residue out."""

from __future__ import annotations

from dataclasses import dataclass

MICRO_YUAN_PER_FEN = 10_000


@dataclass(frozen=True)
class Charge:
    """What a delivery comes to. metered = fen * 10,000 + carried_out - carried_in, exactly."""

    metered_micro_yuan: int
    carried_in_micro_yuan: int
    carried_out_micro_yuan: int
    fen: int


def by_call(units: int, price_micro_yuan: int, carried_in: int) -> Charge:
    """Rounds once, down to a whole fen; what is left is carried to the next bill between the two parties."""
    metered = units * price_micro_yuan
    fen, left = divmod(metered + carried_in, MICRO_YUAN_PER_FEN)
    return Charge(metered, carried_in, left, fen)


def fixed(price_fen: int, carried_in: int) -> Charge:
    """A fixed price has no residue of its own; what was carried in stays carried."""
    return Charge(price_fen * MICRO_YUAN_PER_FEN, carried_in, carried_in, price_fen)

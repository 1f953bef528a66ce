"""Whom a client acts for. Plain values without Django, for they are handed to another process before it is set up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Buyer:
    """A person of a party, and the product that it buys."""

    person: int
    party: int
    listing: int

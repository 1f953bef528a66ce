"""What a query asks of its engine: comparisons and a place to go on from. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class TooHeavy(Exception):
    """The engine did not finish within its time or memory."""


class EngineLost(Exception):
    """The engine ended while it was asked, or is not ready yet."""


@dataclass(frozen=True)
class Compared:
    """One comparison with its values, which are bound and never written into a statement."""

    column: str
    compare: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Filtered:
    """What to read: every comparison holds, after which row, how many at most."""

    compared: tuple[Compared, ...]
    after: int
    rows: int

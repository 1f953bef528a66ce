"""Small values that every floor speaks: words in two languages, money, periods. No Django, no trade."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Words:
    """One sentence or label in Chinese and English. `str()` is the Chinese; pages choose with `of`."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh

    def of(self, language: str | None) -> str:
        return self.en if (language or "").startswith("en") else self.zh

    def format(self, **values: object) -> Words:
        return Words(self.zh.format(**values), self.en.format(**values))


def yuan(fen: int) -> str:
    """Whole fen as people read money: 123456 -> '¥ 1,234.56', -5 -> '-¥ 0.05'."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}¥ {fen // 100:,}.{fen % 100:02d}"


def shares(fen: int, basis_points: Iterable[int], *, odd_to: int = 0) -> list[int]:
    """Split whole fen by basis points that sum to 10,000; the odd fen go to the holder at index `odd_to`.

    Each share is rounded down, so no holder but the named one ever receives more than its fraction.
    Raises ValueError when the basis points do not sum to 10,000 or the amount is negative.
    """
    points = list(basis_points)
    if sum(points) != 10_000 or any(p < 0 for p in points):
        raise ValueError("basis points must be non-negative and sum to 10,000")
    if fen < 0:
        raise ValueError("only a non-negative amount can be shared")
    parts = [fen * p // 10_000 for p in points]
    parts[odd_to] += fen - sum(parts)
    return parts


@dataclass(frozen=True)
class Period:
    """Half-open: `since` is inside, `until` is the first moment outside; None is without end."""

    since: datetime
    until: datetime | None = None

    def covers(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)

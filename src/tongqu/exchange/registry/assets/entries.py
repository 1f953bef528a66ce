"""Amortisation in whole fen, and what the ledger adds up to. Pure.

Straight-line: every month the same, the odd fen in the last; it begins in the month in which the asset is ready. Cost that
comes later is spread over the months that are left; cost that comes after the end is amortised at once. A reversal takes back
what was amortised of its line as well, so that nothing of the two is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Entered:
    """A line as the sums see it."""

    treatment: str
    amount_fen: int
    booked_date: date
    undoes_date: date | None = None
    """Of a reversal: the day of the line that it takes back, with all that was amortised of it."""


@dataclass(frozen=True)
class Carried:
    """An asset's sums at the end of a day. Whole fen; `carrying` = cost - amortised - written_down."""

    cost: int
    expensed: int
    written_down: int
    amortised: int

    @property
    def carrying(self) -> int:
        return self.cost - self.amortised - self.written_down


def month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


def instalments(amount_fen: int, months: int) -> list[int]:
    """Equal parts whose sum is the amount; the last takes the odd fen. A negative amount mirrors the positive one."""
    if months < 1:
        raise ValueError("an amount is spread over one month at least")
    sign = -1 if amount_fen < 0 else 1
    each, odd = divmod(abs(amount_fen), months)
    return [sign * each] * (months - 1) + [sign * (each + odd)]


def amortised(lines: Iterable[Entered], ready: date | None, months: int | None, on: date) -> int:
    """What was amortised by the end of the month of a day: of cost and of what was written down alike.

    A month counts from its first day. What is carried is spread over the months left when a line comes.
    """
    if ready is None or months is None:
        return 0
    first, end = month_of(ready), month_of(ready) + months
    total = 0
    for line in lines:
        if line.treatment not in {"capitalise", "impair"} or line.booked_date > on:
            continue
        begins = max(first, month_of(line.undoes_date or line.booked_date))
        left = end - begins
        passed = month_of(on) - begins + 1
        if passed <= 0:
            continue
        parts = instalments(line.amount_fen, left) if left > 0 else [line.amount_fen]
        total += sum(parts[:passed])
    return total


def carried(lines: Sequence[Entered], ready: date | None, months: int | None, on: date) -> Carried:
    """The sums at the end of a day; lines booked after it are not in them."""
    known = [line for line in lines if line.booked_date <= on]
    return Carried(
        cost=sum(line.amount_fen for line in known if line.treatment == "capitalise"),
        expensed=sum(line.amount_fen for line in known if line.treatment == "expense"),
        written_down=-sum(line.amount_fen for line in known if line.treatment == "impair"),
        amortised=amortised(known, ready, months, on),
    )

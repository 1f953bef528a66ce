"""An audit by sampling: which receipts are drawn, and how sure one may be after it. Pure.

Who draws must not choose, and who is audited must not foresee: the seed is made of the statement and of something that was
fixed after it, such as the checkpoint under which the exchange's log holds that statement.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fractions import Fraction

_DOMAIN = b"tongqu/audit-by-sampling/1\n"


def seed(statement_digest: str, fixed_after: str) -> str:
    """Hex SHA-256 over both; whoever has both draws the same receipts."""
    return hashlib.sha256(_DOMAIN + f"{statement_digest}\n{fixed_after}".encode()).hexdigest()


def draw(seed: str, first: int, count: int, size: int) -> list[int]:
    """`size` different numbers of `first`..`first + count - 1`, in order; all of them when there are no more.

    A partial shuffle (Fisher and Yates) by numbers without bias.
    """
    size = min(size, count)
    moved: dict[int, int] = {}
    chosen = []
    numbers = _numbers(seed)
    for place in range(size):
        other = place + _below(numbers, count - place)
        chosen.append(first + moved.get(other, other))
        moved[other] = moved.get(place, place)
    return sorted(chosen)


def _numbers(seed: str) -> Iterator[int]:
    """64 bits at a time, as far as anybody asks."""
    counter = 0
    while True:
        block = hashlib.sha256(f"{seed}\n{counter}".encode()).digest()
        yield from (int.from_bytes(block[at : at + 8]) for at in range(0, 32, 8))
        counter += 1


def _below(numbers: Iterator[int], limit: int) -> int:
    """Each of 0..limit-1 equally: what would favour the small ones is thrown away."""
    whole = 2**64 - 2**64 % limit
    return next(number for number in numbers if number < whole) % limit


def chance_of_missing(count: int, size: int, false: int) -> Fraction:
    """How likely it is that none of `false` false receipts among `count` is drawn. Exact: C(n-f, s) / C(n, s)."""
    if not 0 <= size <= count or not 0 <= false <= count:
        raise ValueError("more than there are")
    chance = Fraction(1)
    for one in range(false):
        chance *= Fraction(max(0, count - size - one), count - one)
    return chance


def false_found(count: int, size: int, chance: Fraction) -> int:
    """The fewest false receipts that would have been found with this chance or better; 0 when no number would."""
    low, high = 1, count
    if size == 0 or 1 - chance_of_missing(count, size, count) < chance:
        return 0
    while low < high:
        middle = (low + high) // 2
        if 1 - chance_of_missing(count, size, middle) >= chance:
            high = middle
        else:
            low = middle + 1
    return low

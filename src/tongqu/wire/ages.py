"""When somebody reaches an age. Pure; node and exchange count alike."""

from __future__ import annotations

from datetime import date


def reaches(born: date, years: int, on: date) -> bool:
    """Whether who was born then is so many years old on that day: from the birthday on; who was born on 29 February, from
    1 March of a common year."""
    try:
        birthday = born.replace(year=born.year + years)
    except ValueError:
        birthday = date(born.year + years, 3, 1)
    return on >= birthday

"""The guard over counts: what few rows stand behind is not told, nor what leaves so few of the rows uncounted."""

from __future__ import annotations


def guarded_count(count: int | None, rows: int, guard: int) -> tuple[int | None, bool]:
    """97 of 100 empty says of three that they are not: what is left counts as much as what is counted."""
    if count is None:
        return None, False
    few = range(1, guard)
    return (None, True) if count in few or rows - count in few else (count, False)


def at_least(count: int, rows: int, guard: int) -> int:
    """The count, rounded down to `guard` less than the rows where fewer than that are left."""
    return max(0, rows - guard) if rows - count in range(1, guard) else count


def found(count: int, filled: int, rows: int, guard: int) -> int | None:
    """How many rows were found, rounded down where few are left over; null says: some, and fewer than `guard`."""
    told = min(at_least(count, filled, guard), at_least(count, rows, guard))
    return told if told >= guard else None


def span(count: int, rows: int, guard: int) -> tuple[int, int]:
    """Between which numbers the count lies: itself twice, unless it or what it leaves is few. A guard of two leaves one
    number for a few, so it says as well that there may be none."""
    some = 1 if guard > 2 else 0
    if count in range(1, guard):
        return some, guard - 1
    if rows - count in range(1, guard):
        return max(0, rows - guard + 1), rows - some
    return count, count

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


def span(failed: int, checked: int, told: int, guard: int, *, all_are_few: bool) -> tuple[int, int]:
    """Between which numbers those that failed lie, of `checked` rows of which `told` are told of (`at_least`): their number twice,
    unless it or what it leaves of those is few; `all_are_few`: that nothing is left is told like few. Of a few so much is said as
    is true of any few, and where few that failed cannot be told from few that passed, of both. A guard of two leaves one number
    for a few, so it says as well that there may be none."""
    passed, some = told - failed, 1 if guard > 2 else 0
    few_failed = failed in range(1, guard)
    few_passed = passed < guard > 1 and (passed > 0 or all_are_few or told < checked)
    if (few_failed or few_passed) and told < 2 * guard:
        return min(some, failed), told
    if few_failed:
        return some, guard - 1
    if few_passed:
        return max(0, told - guard + 1), told if all_are_few or told < checked else told - some
    return failed, failed

"""The guard over counts: what few rows stand behind is not told, nor what leaves so few of the rows uncounted."""

from __future__ import annotations

from collections.abc import Mapping

Span = tuple[int, int]
"""The least and the most that a number can be, as it is told; equal where it is told as it is."""


def guarded_count(count: int | None, rows: int, guard: int) -> tuple[int | None, bool]:
    """97 of 100 empty says of three that they are not: what is left counts as much as what is counted."""
    if count is None:
        return None, False
    few = range(1, guard)
    return (None, True) if count in few or rows - count in few else (count, False)


def at_least(count: int, rows: int, guard: int) -> int:
    """The count, rounded down to `guard` less than the rows where fewer than that are left."""
    return max(0, rows - guard) if rows - count in range(1, guard) else count


def at_least_of_all(empty: Mapping[int, int], columns: int, guard: int) -> int:
    """The rows in which all of the columns are filled, by how many rows lack which (a bit for each column that is empty). A column
    of which few cells are empty is counted as filled, and the guard is taken off for it: what it lacks beside other columns, whose
    number is told, must not say how many those few are. Of one column the same as `at_least`."""
    few = [at for at in range(columns) if sum(n for lacks, n in empty.items() if lacks >> at & 1) in range(1, guard)]
    counted_as_filled = sum(1 << at for at in few)
    return max(0, sum(n for lacks, n in empty.items() if not lacks & ~counted_as_filled) - guard * len(few))


def found(count: int, filled: int, rows: int, guard: int) -> int | None:
    """How many rows were found, rounded down where few are left over; null says: some, and fewer than `guard`."""
    told = min(at_least(count, filled, guard), at_least(count, rows, guard))
    return told if told >= guard else None


def span(failed: int, checked: int, told: int, guard: int, *, all_are_few: bool) -> Span:
    """Between which numbers those that failed lie, of `checked` rows of which `told` are told of (`at_least`, `at_least_of_all`):
    their number twice, unless it or what it leaves of those is few; `all_are_few`: that nothing is left is told like few. Of a few
    so much is said as is true of any few, and where few that failed cannot be told from few that passed, of both."""
    passed = told - failed
    few_failed = failed in range(1, guard)
    few_passed = passed < guard > 1 and (passed > 0 or all_are_few or told < checked)
    if (few_failed or few_passed) and told < 2 * guard:
        return 1, told
    if few_failed:
        return 1, guard - 1
    if few_passed:
        return told - guard + 1, told if all_are_few or told < checked else told - 1
    return failed, failed


def told_of(failed: int, checked: int, told: int, guard: int, *, all_are_few: bool) -> tuple[int, Span] | None:
    """Of how many rows is told, and between which numbers those that failed lie. None where fewer were looked at than the guard,
    or are told of: where less is told than was looked at, that little would say how many are empty."""
    return None if min(checked, told) < guard else (told, span(failed, checked, told, guard, all_are_few=all_are_few))


def near(one: Span, other: Span, guard: int) -> bool:
    """Whether two numbers may differ by less than the guard, by what is told of them alone: which few a span stands for must not
    change the answer, else the answer tells it."""
    return max(one[0], other[0]) - min(one[1], other[1]) < guard > 1

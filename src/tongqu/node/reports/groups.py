"""The groups that a report can tell of, as they are worked out once for a version (`node.engines.groups`). Pure.

What is kept is small, whatever the size of the source: one line for each period, section and group.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

GROUPS_MAX = 200_000
EMPTY = "—"
"""Stands for a cell without a value."""


class UnfitForm(ValueError):
    """A column is missing or of another type, or there would be too many groups."""


@dataclass(frozen=True)
class Cell:
    """A figure of one group: its exact value, how many rows stand behind it, and which share the largest of them has."""

    value: Fraction | None
    rows: int
    largest_share: Fraction = Fraction(0)


@dataclass(frozen=True)
class Group:
    """`name` is the value that the rows of a group have in common. `within` names, for each section of the form, the one group
    of it that holds all these rows; None where they are in several, and for the section itself."""

    name: str
    rows: int
    cells: tuple[Cell, ...]
    within: tuple[str | None, ...] = ()


Groups = dict[str, tuple[tuple[Group, ...], ...]]
"""By period; then for each section of the form."""

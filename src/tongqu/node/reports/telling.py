"""What may be told of groups: rounded, none of fewer rows than the form allows, and none that could be worked out. Pure.

A group that is withheld alone could be found by taking the others from a total known elsewhere; so where one is withheld,
at least one more is, until those withheld have as many rows together as a single group must. A sum or mean that one row
makes nearly alone is withheld, too: four fifths, which is the house's choice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from tongqu.node.reports.groups import Cell, Group
from tongqu.wire.report_form import COUNT, LINE, Figure, ReportForm, Section

LARGEST_SHARE_MAX = 0.8
DIGITS_MAX = 400
"""As many as the largest floating number has, and the decimals of a figure."""


@dataclass(frozen=True)
class Line:
    """A line of a table as it is told; a figure that is withheld is None."""

    name: str
    figures: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class Told:
    """`withheld` groups are too small to tell of, `left_out` would be too many lines."""

    section: Section
    lines: tuple[Line, ...]
    withheld: int
    left_out: int


def told(form: ReportForm, groups: Sequence[Sequence[Group]]) -> tuple[Told, ...]:
    return tuple(_section(section, found, form.group_min) for section, found in zip(form.sections, groups, strict=True))


def _section(section: Section, groups: Sequence[Group], least: int) -> Told:
    small = _withheld(groups, least)
    lines = [
        Line(
            group.name,
            tuple(_figure(figure, cell, least) for figure, cell in zip(section.figures, group.cells, strict=True)),
        )
        for group in groups
        if group.name not in small
    ]
    if section.chart == LINE:
        lines.sort(key=_in_order)
    else:
        lines.sort(key=lambda line: (line.figures[0] is None, -(line.figures[0] or 0), line.name))
    return Told(section, tuple(lines[: section.rows_max]), len(small), max(0, len(lines) - section.rows_max))


def _in_order(line: Line) -> tuple[int, Decimal, str]:
    number = line.name if line.name.isascii() and line.name.isdigit() else None
    return (0, Decimal(number), "") if number is not None else (1, Decimal(0), line.name)


def _withheld(groups: Sequence[Group], least: int) -> set[str]:
    """The names of the groups that are not told of."""
    rising = sorted(groups, key=lambda group: (group.rows, group.name))
    small = [group for group in rising if group.rows < least]
    others = rising[len(small) :]
    while small and others and (len(small) < 2 or sum(group.rows for group in small) < least):
        small.append(others.pop(0))
    return {group.name for group in small}


def _figure(figure: Figure, cell: Cell, least: int) -> Decimal | None:
    if cell.value is None or cell.rows < least or not math.isfinite(cell.value):
        return None
    if figure.figure != COUNT and not cell.largest_share <= LARGEST_SHARE_MAX:  # a share that is no number is none
        return None
    with localcontext(prec=DIGITS_MAX):
        unit = Decimal(1).scaleb(-figure.digits)
        rounded = (Decimal(repr(cell.value)) / unit).to_integral_value(ROUND_HALF_EVEN) * unit
        return rounded.quantize(Decimal(1).scaleb(-max(0, figure.digits))) + 0

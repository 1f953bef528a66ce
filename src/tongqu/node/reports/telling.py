"""What may be told of groups: rounded, none of fewer rows than the form allows, and none that could be worked out. Pure.

A group that is withheld alone could be found by taking the others from a total known elsewhere; so where one is withheld,
at least one more is, until those withheld have as many rows together as a single group must. A total known elsewhere may stand
in the report itself: where the groups of one section lie within those of another (districts within cities), the same holds within
each of these, and a group that is withheld is not told by its parts. A sum or mean that one row makes nearly alone is withheld,
too: four fifths, which is the house's choice; and never alone, for the same reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import permutations

from tongqu.node.reports.groups import Cell, Group
from tongqu.wire.report_form import COUNT, LINE, Figure, ReportForm, Section

LARGEST_SHARE_MAX = Fraction(4, 5)
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
    least, pairs = form.group_min, list(permutations(range(len(groups)), 2))
    withheld = [{group.name for group in found if group.rows < least} for found in groups]
    # What is withheld for one reason may ask for more elsewhere; it only grows, so this ends. Those of one city go together first.
    while any(_guarded(fine, coarse, groups, withheld, least) for fine, coarse in pairs) or any(
        _accompanied(found, hidden, least) for found, hidden in zip(groups, withheld, strict=True)
    ):
        pass
    return tuple(
        _section(section, found, hidden, least)
        for section, found, hidden in zip(form.sections, groups, withheld, strict=True)
    )


def _section(section: Section, groups: Sequence[Group], withheld: set[str], least: int) -> Told:
    silent = [_silent(at, figure, groups, withheld, least) for at, figure in enumerate(section.figures)]
    lines = [
        Line(
            group.name,
            tuple(
                None if group.name in hidden else _rounded(figure, cell)
                for figure, cell, hidden in zip(section.figures, group.cells, silent, strict=True)
            ),
        )
        for group in groups
        if group.name not in withheld
    ]
    if section.chart == LINE:
        lines.sort(key=_in_order)
    else:
        lines.sort(key=lambda line: (line.figures[0] is None, -(line.figures[0] or 0), line.name))
    left_out = max(0, len(lines) - section.rows_max)
    return Told(section, tuple(lines[: section.rows_max]), len(withheld), left_out)


def _in_order(line: Line) -> tuple[int, Decimal, str]:
    number = line.name if line.name.isascii() and line.name.isdigit() else None
    return (0, Decimal(number), "") if number is not None else (1, Decimal(0), line.name)


def _rising(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: (group.rows, group.name))


def _accompanied(groups: Sequence[Group], withheld: set[str], least: int) -> bool:
    """Withholds more of a section, where its total would tell. Whether it was anything."""
    more = _joined(groups, withheld, least) if withheld else set()
    withheld |= more
    return bool(more)


def _joined(groups: Iterable[Group], withheld: set[str], least: int) -> set[str]:
    """Who must be withheld besides, the smallest first, so that those withheld of these groups are two or more and have as many
    rows together as one must have; all, where that is not enough."""
    rising = _rising(groups)
    hidden = [group for group in rising if group.name in withheld]
    others, more = [group for group in rising if group.name not in withheld], set[str]()
    while others and (len(hidden) < 2 or sum(group.rows for group in hidden) < least):
        hidden.append(others.pop(0))
        more.add(hidden[-1].name)
    return more


def _guarded(
    fine: int, coarse: int, groups: Sequence[Sequence[Group]], withheld: Sequence[set[str]], least: int
) -> bool:
    """Withholds what the groups of one section would tell of those of another that they lie within. Whether it was anything."""
    parts: dict[str, list[Group]] = defaultdict(list)
    for group in groups[fine]:
        if group.within and (whole := group.within[coarse]) is not None:
            parts[whole].append(group)
    before = len(withheld[fine]) + len(withheld[coarse])
    for whole, within in parts.items():
        hidden = {group.name for group in within} & withheld[fine]
        if not hidden and whole not in withheld[coarse]:
            continue
        withheld[fine] |= _joined(within, hidden, least)
        silent = [group for group in within if group.name in withheld[fine]]
        if len(silent) < 2 or sum(group.rows for group in silent) < least:  # the whole is as good as its parts
            withheld[coarse].add(whole)
    return len(withheld[fine]) + len(withheld[coarse]) > before


def _silent(at: int, figure: Figure, groups: Sequence[Group], withheld: set[str], least: int) -> set[str]:
    """Of which groups a figure is not told; if of one alone, then of the smallest other too, and within the same group of
    another section where there is one."""
    if figure.figure == COUNT:
        return set(withheld)
    summed = [group for group in groups if group.cells[at].value is not None]  # the others add nothing to any total
    silent = {group.name for group in summed if group.name in withheld or _hidden(group.cells[at], least)}
    for section in range(max((len(group.within) for group in summed), default=0)):
        parts: dict[str, list[Group]] = defaultdict(list)
        for group in summed:
            if (whole := group.within[section]) is not None:
                parts[whole].append(group)
        for within in parts.values():
            silent |= _second(within, silent)
    return silent | _second(summed, silent)


def _second(groups: Sequence[Group], silent: set[str]) -> set[str]:
    others = [group for group in _rising(groups) if group.name not in silent]
    return {others[0].name} if others and len(groups) - len(others) == 1 else set()


def _hidden(cell: Cell, least: int) -> bool:
    return cell.rows < least or cell.largest_share > LARGEST_SHARE_MAX


def _rounded(figure: Figure, cell: Cell) -> Decimal | None:
    if cell.value is None:
        return None
    units = round(cell.value * Fraction(10) ** figure.digits)  # to the even one where it lies between two
    with localcontext(prec=DIGITS_MAX):
        return Decimal(units).scaleb(-figure.digits).quantize(Decimal(1).scaleb(-max(0, figure.digits))) + 0

"""Brings a comparison to what the column itself can hold, so that both engines compare like with like. Pure.

`age < 30.5` of whole numbers is `age <= 30`, and `price < 0.005` of cents `price <= 0.00`: nothing is rounded, no cell is
converted, and what no cell of the column can be is known without looking. Floating numbers are compared with the nearest
floating number; one that is none (NaN) fits no comparison.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tongqu.node.engines.columns import FLAG, FLOAT, MOMENT, OTHER, TEXT, WHOLE, Kind
from tongqu.wire.query import EQUAL, IN, STARTS

LT, LE, GT, GE = "lt", "le", "gt", "ge"

_ORDERED = (EQUAL, IN, LT, LE, GT, GE)
_KNOWN = {TEXT: (*_ORDERED, STARTS), FLAG: (EQUAL, IN), MOMENT: (), OTHER: ()}


@dataclass(frozen=True)
class Fitted:
    """A comparison that the column can decide; without values none of its cells fits."""

    compare: str
    values: tuple[Any, ...]


NOTHING = Fitted(EQUAL, ())


def fitted(kind: Kind, compare: str, values: Sequence[Any]) -> Fitted:
    """`values` are of the column's kind: whole numbers or decimals, text, days, flags. Raises ValueError for a comparison
    that the kind does not know."""
    if compare not in _KNOWN.get(kind.word, _ORDERED):
        raise ValueError(compare)
    if kind.word == FLOAT:
        return Fitted(compare, tuple(float(value) for value in values))
    if not kind.is_exact:
        return Fitted(compare, tuple(values))
    units = [Fraction(value) * 10**kind.scale for value in values]
    least, most = kind.units
    if compare in (EQUAL, IN):
        there = [int(unit) for unit in units if unit.denominator == 1 and least <= unit <= most]
        return Fitted(compare, tuple(_cell(unit, kind) for unit in there)) if there else NOTHING
    (unit,) = units
    if compare in (LT, LE):
        bound = math.floor(unit) if compare == LE else math.ceil(unit) - 1
        return Fitted(LE, (_cell(min(bound, most), kind),)) if bound >= least else NOTHING
    bound = math.ceil(unit) if compare == GE else math.floor(unit) + 1
    return Fitted(GE, (_cell(max(bound, least), kind),)) if bound <= most else NOTHING


def _cell(units: int, kind: Kind) -> int | Decimal:
    if kind.word == WHOLE and not kind.precision:
        return units
    return Decimal((int(units < 0), tuple(int(digit) for digit in str(abs(units))), -kind.scale))

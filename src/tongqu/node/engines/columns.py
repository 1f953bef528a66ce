"""What kinds of cells there are for an engine, and what it may do with each: compare, count, add up, put in order. Pure.

Whatever width a file keeps a number in, an engine sees one of few kinds, each exact: whole numbers and decimals with their
range, floating numbers of 64 bits, text by code points, days, clock times to the microsecond, flags. `other` may only be
handed on as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

WHOLE, DECIMAL, FLOAT, TEXT, DATE, MOMENT, FLAG, OTHER = (
    "whole", "decimal", "float", "text", "date", "moment", "flag", "other",
)  # fmt: skip

_INT64 = 2**63


@dataclass(frozen=True)
class Kind:
    """`precision` and `scale` are of decimals, and of whole numbers that 64 signed bits do not hold."""

    word: str
    precision: int = 0
    scale: int = 0

    @property
    def is_exact(self) -> bool:
        return self.word in (WHOLE, DECIMAL)

    @property
    def is_number(self) -> bool:
        return self.is_exact or self.word == FLOAT

    @property
    def units(self) -> tuple[int, int]:
        """The least and the greatest number there can be, in units of the last decimal place."""
        if self.word == WHOLE and not self.precision:
            return -_INT64, _INT64 - 1
        return 1 - 10**self.precision, 10**self.precision - 1

    @property
    def typed(self) -> str:
        """The type as the expression has it."""
        if self.word == DECIMAL or self.precision:
            return f"decimal({self.precision}, {self.scale})"
        return _TYPED[self.word]


_TYPED = {
    WHOLE: "int64", FLOAT: "float64", TEXT: "string", DATE: "date", MOMENT: "timestamp", FLAG: "boolean", OTHER: "string",
}  # fmt: skip


def kind_of(found: pa.DataType) -> Kind:
    """What a column of this type is for an engine."""
    if pa.types.is_uint64(found):
        return Kind(WHOLE, 20, 0)
    if pa.types.is_decimal(found):
        return (
            Kind(DECIMAL, found.precision, found.scale) if found.precision <= 38 and found.scale >= 0 else Kind(OTHER)
        )
    if pa.types.is_timestamp(found):
        return Kind(MOMENT if found.tz is None else OTHER)
    tests = (
        (pa.types.is_boolean, FLAG),
        (pa.types.is_integer, WHOLE),
        (pa.types.is_float32, FLOAT),
        (pa.types.is_float64, FLOAT),
        (pa.types.is_date, DATE),
        (pa.types.is_string, TEXT),
        (pa.types.is_large_string, TEXT),
    )
    return Kind(next((word for test, word in tests if test(found)), OTHER))


@dataclass(frozen=True)
class Columns:
    """Columns under numbers for names (`c0`, `c1`, …): no name of the data stands in a statement."""

    names: tuple[str, ...]
    types: tuple[pa.DataType, ...]

    @property
    def kinds(self) -> dict[str, Kind]:
        return {name: kind_of(found) for name, found in zip(self.names, self.types, strict=True)}

    @property
    def places(self) -> dict[str, str]:
        return {name: f"c{at}" for at, name in enumerate(self.names)}


class NoColumn(ValueError):
    """A column is not there."""


def columns_of(schema: pa.Schema, names: Sequence[str]) -> Columns:
    """Raises NoColumn with the name of the first that is missing."""
    wanted = tuple(dict.fromkeys(names))
    types = {field.name: field.type for field in schema}
    if missing := [name for name in wanted if name not in types]:
        raise NoColumn(missing[0])
    return Columns(wanted, tuple(types[name] for name in wanted))

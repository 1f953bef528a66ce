"""What is shown of a cell. Pure.

A mask is put on after the row has left the engine and before anything else sees it.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from bisect import bisect_right
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tongqu.wire.message import WHOLE_MAX
from tongqu.wire.query import AS_IT_IS, BAND, FIRST, HASH, LAST, REMOVED, Cell, Returned

HIDDEN = "***"
HASH_CHARS = 32

Mask = Callable[[Any], Cell]


def plain(value: Any) -> Cell:
    """A value of the engine as a cell of the answer; whatever has no place there is told as text, unrounded."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= WHOLE_MAX else str(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def mask_of(column: Returned, contract_key: bytes) -> Mask:
    """How the cells of a column are shown to one contract."""
    if column.mask == AS_IT_IS:
        return plain
    if column.mask == REMOVED:
        return lambda _value: None
    return {FIRST: _first, LAST: _last, BAND: _band, HASH: _hash}.get(column.mask, _year)(column, contract_key)


def _text(value: Any) -> str | None:
    cell = plain(value)
    return None if cell is None else str(cell)


def _first(column: Returned, _key: bytes) -> Mask:
    chars = column.chars or 0

    def shown(value: Any) -> Cell:
        text = _text(value)
        return None if text is None else HIDDEN if len(text) <= chars else text[:chars] + HIDDEN

    return shown


def _last(column: Returned, _key: bytes) -> Mask:
    chars = column.chars or 0

    def shown(value: Any) -> Cell:
        text = _text(value)
        return None if text is None else HIDDEN if len(text) <= chars else HIDDEN + text[-chars:]

    return shown


def _band(column: Returned, _key: bytes) -> Mask:
    edges = [Decimal(edge) for edge in column.edges]
    inner = [f"[{low},{high})" for low, high in pairwise(column.edges)]
    names = [f"<{column.edges[0]}", *inner, f">={column.edges[-1]}"]

    def shown(value: Any) -> Cell:
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return None
        return names[bisect_right(edges, Decimal(repr(value)) if isinstance(value, float) else Decimal(value))]

    return shown


def _hash(column: Returned, key: bytes) -> Mask:
    """Under the column's name too: equal values of two columns are not to be seen to be equal."""

    def shown(value: Any) -> Cell:
        text = _text(value)
        if text is None:
            return None
        told = hmac.new(key, f"{column.column}\n{text}".encode(), hashlib.sha256)
        return told.hexdigest()[:HASH_CHARS]

    return shown


def _year(_column: Returned, _key: bytes) -> Mask:
    return lambda value: value.year if isinstance(value, date | datetime) else None

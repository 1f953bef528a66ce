"""A query that a provider declares and a buyer runs with parameters (mode `api`): what may be asked, what is returned.

There is no language in it: parameters compare declared columns, all of them at once, and columns come back as they are or
behind a mask. A filter on a column that is not shown as it is would tell what the mask hides, a guess at a time; so it
must be declared to do that (`unmasks`), or there is no such query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, ClassVar

from tongqu.wire.message import (
    WHOLE_MAX,
    Faults,
    Message,
    Shape,
    envelope,
    flag,
    hex_digest,
    list_of,
    message,
    name,
    one_of,
    optional,
    text,
    whole,
)
from tongqu.wire.title import Title

EQUAL, IN, STARTS = "eq", "in", "starts"
COMPARISONS = (EQUAL, IN, "lt", "le", "gt", "ge", STARTS)
TYPES = ("text", "whole", "number", "date", "flag")

AS_IT_IS, FIRST, LAST, BAND, HASH, YEAR, REMOVED = "as_it_is", "first", "last", "band", "hash", "year", "removed"
MASKS = (AS_IT_IS, FIRST, LAST, BAND, HASH, YEAR, REMOVED)

PAGE_ROWS_MAX = 1_000
VALUES_MAX = 100
VALUE_CHARS_MAX = 200
NUMBER = r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?"


@dataclass(frozen=True)
class Parameter(Message):
    """What the buyer may set, and which column it is compared with. All that are set must hold.

    `allowed` lists the values there are; `least` and `most`, for numbers and dates, are included. `unmasks` says that its
    owner accepts what the filter tells of a column that is not shown as it is.
    """

    KIND: ClassVar[str] = "parameter"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "name": name(),
        "title": message(Title),
        "column": text(most=200),
        "type": one_of(*TYPES),
        "compare": one_of(*COMPARISONS),
        "required": flag(),
        "allowed": list_of(text(most=VALUE_CHARS_MAX), most=1_000, distinct=True),
        "least": optional(text(most=32)),
        "most": optional(text(most=32)),
        "unmasks": flag(),
    }

    name: str
    title: Title
    column: str
    type: str
    compare: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    least: str | None = None
    most: str | None = None
    unmasks: bool = False

    def contradictions(self) -> list[str]:
        found = []
        if (self.compare == STARTS and self.type != "text") or (
            self.type in ("text", "flag") and self.compare in ("lt", "le", "gt", "ge")
        ):
            found.append("compare")
        try:
            bounds = [_ordered(each, self.type) for each in (self.least, self.most) if each is not None]
        except (ValueError, ArithmeticError):
            return [*found, "least"]
        return [*found, "least"] if len(bounds) == 2 and bounds[0] > bounds[1] else found


def _ordered(value: str, kind: str) -> Any:
    """A bound as what can be compared. Raises ValueError or ArithmeticError."""
    if kind in ("whole", "number"):
        return Decimal(value)
    if kind == "date":
        return date.fromisoformat(value)
    raise ValueError(kind)


@dataclass(frozen=True)
class Condition(Message):
    """A comparison that its owner fixes. `values`: one, or up to 100 for `in`."""

    KIND: ClassVar[str] = "condition"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "column": text(most=200),
        "compare": one_of(*COMPARISONS),
        "values": list_of(text(most=VALUE_CHARS_MAX), least=1, most=VALUES_MAX, distinct=True),
    }

    column: str
    compare: str
    values: tuple[str, ...]

    def contradictions(self) -> list[str]:
        return ["values"] if self.compare != IN and len(self.values) != 1 else []


@dataclass(frozen=True)
class RowsFor(Message):
    """Which rows a purpose sees: those for which every condition holds; all of them where there is none."""

    KIND: ClassVar[str] = "rows-for"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "purpose": text(most=100),
        "where": list_of(message(Condition), most=20),
    }

    purpose: str
    where: tuple[Condition, ...]


@dataclass(frozen=True)
class Returned(Message):
    """A column of the answer.

    `first`, `last`: so many characters (`chars`), the rest as ***; a value that is no longer is hidden whole. `band`: the
    band of its number (`edges`, half-open, each with its lower edge). `hash`: an HMAC-SHA-256 under a key of the contract,
    so that equal values are equal within a contract and tell nothing between two. `year`: of a date. `removed`: always
    empty.
    """

    KIND: ClassVar[str] = "returned"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "column": text(most=200),
        "title": message(Title),
        "mask": one_of(*MASKS),
        "chars": optional(whole(1, 100)),
        "edges": list_of(text(most=32, pattern=NUMBER), most=100),
    }

    column: str
    title: Title
    mask: str = AS_IT_IS
    chars: int | None = None
    edges: tuple[str, ...] = ()

    def contradictions(self) -> list[str]:
        found = ["chars"] if (self.mask in (FIRST, LAST)) != (self.chars is not None) else []
        numbers = [Decimal(edge) for edge in self.edges]
        rising = all(low < high for low, high in pairwise(numbers))
        return [*found, "edges"] if (self.mask == BAND) != bool(numbers) or not rising else found


@dataclass(frozen=True)
class Ordering(Message):
    """One column to sort by; rows that are equal stand as in the source."""

    KIND: ClassVar[str] = "ordering"
    FIELDS: ClassVar[Mapping[str, Shape]] = {"column": text(most=200), "descending": flag()}

    column: str
    descending: bool = False


@dataclass(frozen=True)
class Query(Message):
    """What the provider's node declares and the permit repeats word for word.

    `open`: there need be no required parameter that is compared for equality; without it there must be one, so that nobody
    reads a whole source who was to look up one thing. `page_max` rows come in one answer, `rows_max` in all pages of one
    question. Where `rows` is filled, a purpose that it does not name sees nothing.
    """

    KIND: ClassVar[str] = "query"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "id": name(),
        "title": message(Title),
        "parameters": list_of(message(Parameter), most=50),
        "columns": list_of(message(Returned), least=1, most=200),
        "where": list_of(message(Condition), most=20),
        "rows": list_of(message(RowsFor), most=50),
        "order": list_of(message(Ordering), most=10),
        "page_max": whole(1, PAGE_ROWS_MAX),
        "rows_max": whole(1),
        "open": flag(),
    }

    id: str
    title: Title
    parameters: tuple[Parameter, ...]
    columns: tuple[Returned, ...]
    where: tuple[Condition, ...] = ()
    rows: tuple[RowsFor, ...] = ()
    order: tuple[Ordering, ...] = ()
    page_max: int = 100
    rows_max: int = 1_000
    open: bool = False

    @property
    def shown(self) -> frozenset[str]:
        """Columns that are returned as they are."""
        masked = {each.column for each in self.columns if each.mask != AS_IT_IS}
        return frozenset(each.column for each in self.columns) - masked

    @property
    def used(self) -> tuple[str, ...]:
        """Every column that the query looks at, once each."""
        conditions = [*self.where, *(each for rows in self.rows for each in rows.where)]
        named = [each.column for each in self.columns] + [each.column for each in self.parameters]
        named += [each.column for each in conditions] + [each.column for each in self.order]
        return tuple(dict.fromkeys(named))

    def _unmasking(self) -> list[str]:
        """Where parameters and the order would tell of a column what is not shown of it, and are not declared to."""
        shown = self.shown
        told = [
            f"parameters[{at}].unmasks"
            for at, each in enumerate(self.parameters)
            if not each.unmasks and each.column not in shown
        ]
        return [*told, *(f"order[{at}].column" for at, each in enumerate(self.order) if each.column not in shown)]

    @property
    def selective(self) -> bool:
        """Whether every call must name what it looks for."""
        return any(each.required and each.compare == EQUAL for each in self.parameters)

    def contradictions(self) -> list[str]:
        found = self._unmasking()
        names = [each.name for each in self.parameters]
        if len(set(names)) < len(names):
            found.append("parameters")
        returned = [each.column for each in self.columns]
        if len(set(returned)) < len(returned):
            found.append("columns")
        purposes = [each.purpose for each in self.rows]
        if len(set(purposes)) < len(purposes):
            found.append("rows")
        if self.rows_max < self.page_max:
            found.append("rows_max")
        return found if self.open or self.selective else [*found, "open"]


Cell = str | int | bool | None
"""Text, a whole number up to 2^53, true, false or nothing. Decimals, dates and moments are text: nothing is rounded."""


def _read_cell(value: Any, path: str, faults: Faults) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        if abs(value) > WHOLE_MAX:
            faults.add(path, "out-of-range")
    elif not isinstance(value, str):
        faults.add(path, "not-text")
    return value


@dataclass(frozen=True)
class QueryAnswer(Message):
    """One page of a query's answer and its receipt. `next` asks for the page after it; `limited` says that there are more
    rows than one question may bring."""

    KIND: ClassVar[str] = "query-answer"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "call": text(least=36, most=36),
        "query": name(),
        "columns": list_of(text(most=200), most=200),
        "rows": list_of(list_of(Shape(_read_cell), most=200), most=PAGE_ROWS_MAX),
        "next": optional(text(most=500)),
        "limited": flag(),
        "source_version": hex_digest(),
        "salt": text(least=32, most=32, pattern=r"[0-9a-f]{32}"),
        "receipt": envelope(),
    }

    call: str
    query: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    next: str | None
    limited: bool
    source_version: str
    salt: str
    receipt: dict[str, Any]

    @property
    def answer(self) -> dict[str, Any]:
        """What the receipt's digest is over."""
        rows = [list(row) for row in self.rows]
        return query_answer(list(self.columns), rows, self.next, self.source_version, limited=self.limited)


def query_request(
    permit: str, purpose: str, query: str, values: Mapping[str, Any], rows: int | None, cursor: str | None
) -> dict[str, Any]:
    """What a query asks, as it is digested. `values` are whole numbers, texts, flags and lists of them."""
    asked = {"permit": permit, "purpose": purpose, "query": query}
    return {**asked, "values": dict(values), "rows": rows, "cursor": cursor}


def query_answer(
    columns: list[str], rows: list[list[Cell]], following: str | None, source_version: str, *, limited: bool
) -> dict[str, Any]:
    told = {"columns": columns, "rows": rows, "next": following, "limited": limited}
    return {**told, "source_version": source_version}

"""Decision tables: where a text is a table, it is a table here. Every row has its basis; no row fitting is an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from tongqu.exchange.bedrock.law.certainty import Certainty
from tongqu.exchange.bedrock.law.citations import Citation
from tongqu.exchange.bedrock.law.files import BadLaw, Entry, Said, check_order, in_force
from tongqu.exchange.bedrock.values import Words

Plain = bool | int | str


class UnknownTable(LookupError):
    """No table has that key."""


class NoRowFits(LookupError):
    """No row in force that day speaks to these facts. A person must decide, or the table needs a row with its basis."""


class BadFacts(ValueError):
    """A fact is missing, unknown, or of the wrong kind. Every fact the table declares must be given."""


class Bounds(Entry):
    """A whole number between bounds. `at_least`, `at_most` include the number (以上、以内); `above`, `below` do not."""

    at_least: int | None = None
    at_most: int | None = None
    above: int | None = None
    below: int | None = None

    def holds(self, n: int) -> bool:
        return (
            (self.at_least is None or n >= self.at_least)
            and (self.at_most is None or n <= self.at_most)
            and (self.above is None or n > self.above)
            and (self.below is None or n < self.below)
        )

    def edges(self) -> list[int]:
        given = [n for n in (self.at_least, self.at_most, self.above, self.below) if n is not None]
        return [edge for n in given for edge in (n - 1, n, n + 1)]


Condition = StrictBool | StrictInt | StrictStr | tuple[StrictStr, ...] | Bounds
Shape = Literal["boolean", "integer"] | tuple[StrictStr, ...]


class Line(Entry):
    """One row as its file writes it. A fact that `when` does not name may be anything."""

    key: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    when: dict[str, Condition]
    then: dict[str, StrictBool | StrictInt | StrictStr | tuple[StrictStr, ...]]
    words: Said
    mend: Said | None = None
    cite: str
    certainty: Certainty = Field(strict=False)
    since: date
    until: date | None = None
    approved_by: str = ""

    def fits(self, facts: Mapping[str, Plain]) -> bool:
        return all(_holds(condition, facts[name]) for name, condition in self.when.items())


def _holds(condition: Any, fact: Plain) -> bool:
    if isinstance(condition, Bounds):
        return isinstance(fact, int) and condition.holds(fact)
    if isinstance(condition, tuple):
        return fact in condition
    return bool(condition == fact)


@dataclass(frozen=True)
class Row:
    """A row that fitted: what it answers, in which words, on which basis."""

    table: str
    key: str
    outcome: Mapping[str, Any]
    words: Words
    mend: Words | None
    citation: Citation
    certainty: Certainty
    since: date
    until: date | None

    @property
    def cite(self) -> str:
        return self.citation.key

    @property
    def label(self) -> Words | None:
        """The mark that must stand beside the basis: draft, second-hand, to be verified, set by the exchange."""
        marks = [m for m in (self.citation.label, self.certainty.label) if m]
        if not marks:
            return None
        parts = dict.fromkeys(p for m in marks for p in zip(m.zh.split("；"), m.en.split("; "), strict=False))
        return Words("；".join(zh for zh, _ in parts), "; ".join(en for _, en in parts))


class Sheet(Entry):
    """A decision table as its file writes it. `hits: first` answers with one row, `hits: all` with all that fit."""

    key: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: Said
    hits: Literal["first", "all"]
    facts: dict[str, Shape] = Field(min_length=1)
    gives: tuple[StrictStr, ...] = Field(min_length=1)
    rows: tuple[Line, ...] = Field(min_length=1)
    approved_by: str = ""

    def check(self) -> None:
        """Refuses a row that names an unknown fact, a value the fact cannot have, or other outcomes than declared."""
        for row in self.rows:
            for name, condition in row.when.items():
                if name not in self.facts:
                    raise BadLaw(f"table {self.key}, row {row.key}: unknown fact {name}")
                if not _possible(self.facts[name], condition):
                    raise BadLaw(f"table {self.key}, row {row.key}: {name} can never be {condition!r}")
            if set(row.then) != set(self.gives):
                raise BadLaw(f"table {self.key}, row {row.key}: must give exactly {', '.join(self.gives)}")
        for key in {row.key for row in self.rows}:
            check_order(f"table {self.key}, row {key}", [(r.since, r.until) for r in self.rows if r.key == key])


def _possible(shape: Any, condition: Any) -> bool:
    if shape == "boolean":
        return isinstance(condition, bool)
    if shape == "integer":
        return isinstance(condition, Bounds) or (isinstance(condition, int) and not isinstance(condition, bool))
    wanted = condition if isinstance(condition, tuple) else (condition,)
    return all(isinstance(one, str) and one in shape for one in wanted)


def check_facts(sheet: Sheet, facts: Mapping[str, Any]) -> None:
    """Raises BadFacts naming every fault."""
    faults = [f"{name} is missing" for name in sheet.facts if name not in facts]
    faults += [f"{name} is not a fact of this table" for name in facts if name not in sheet.facts]
    for name, shape in sheet.facts.items():
        if name not in facts:
            continue
        given = facts[name]
        if isinstance(given, (tuple, list, Bounds)) or not _possible(shape, given):
            faults.append(f"{name} cannot be {given!r}")
    if faults:
        raise BadFacts(f"table {sheet.key}: " + "; ".join(faults))


def possible_facts(sheet: Sheet) -> Iterator[dict[str, Plain]]:
    """Every combination of facts worth trying: each choice, both booleans, and whole numbers around each bound."""
    yield from (
        dict(zip(sheet.facts, values, strict=True))
        for values in product(*(_values(sheet, name) for name in sheet.facts))
    )


def _values(sheet: Sheet, name: str) -> list[Plain]:
    shape = sheet.facts[name]
    if shape == "boolean":
        return [False, True]
    if shape == "integer":
        edges = {0}
        for row in sheet.rows:
            condition = row.when.get(name)
            if isinstance(condition, Bounds):
                edges |= set(condition.edges())
            elif isinstance(condition, int):
                edges.add(condition)
        return [*sorted(edge for edge in edges if edge >= 0)]
    return list(shape)


def fitting(sheet: Sheet, on: date, facts: Mapping[str, Plain]) -> list[Line]:
    """The rows in force that day that fit, in the order of the file; only the first where the table says so."""
    rows = [row for row in sheet.rows if in_force(row.since, row.until, on) and row.fits(facts)]
    return rows[:1] if sheet.hits == "first" else rows

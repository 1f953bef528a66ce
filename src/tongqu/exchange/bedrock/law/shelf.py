"""The shelf holds all that the law folders say. A later folder wins, and must say who approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tongqu.exchange.bedrock.law import files
from tongqu.exchange.bedrock.law.certainty import Certainty
from tongqu.exchange.bedrock.law.citations import Citation, Instrument, UnknownInstrument, place
from tongqu.exchange.bedrock.law.days import Arrangement
from tongqu.exchange.bedrock.law.decisions import Line, NoRowFits, Row, Sheet, UnknownTable, check_facts, fitting
from tongqu.exchange.bedrock.law.files import BadLaw
from tongqu.exchange.bedrock.law.numbers import Dated, Figure, UnknownFigure
from tongqu.exchange.bedrock.values import Words


@dataclass(frozen=True)
class Table:
    """A decision table on one day."""

    sheet: Sheet
    on: date
    shelf: Shelf

    @property
    def key(self) -> str:
        return self.sheet.key

    @property
    def title(self) -> Words:
        return self.sheet.title.words

    def rows(self) -> tuple[Row, ...]:
        """Every row in force that day, for a page that shows the whole table."""
        return tuple(self._row(line) for line in self.sheet.rows if files.in_force(line.since, line.until, self.on))

    def decide(self, **facts: bool | int | str) -> tuple[Row, ...]:
        """The rows that fit: one where the table is first-hit, all where it is all-hits.

        Every declared fact must be given (BadFacts). Raises NoRowFits when no row speaks: there is no silent default.
        """
        check_facts(self.sheet, facts)
        lines = fitting(self.sheet, self.on, facts)
        if not lines:
            raise NoRowFits(f"table {self.key} on {self.on}: no row fits {facts}")
        return tuple(self._row(line) for line in lines)

    def _row(self, line: Line) -> Row:
        return Row(
            table=self.key, key=line.key, outcome=MappingProxyType(dict(line.then)), words=line.words.words,
            mend=line.mend.words if line.mend else None, citation=self.shelf.cite(line.cite), certainty=line.certainty,
            since=line.since, until=line.until,
        )  # fmt: skip


@dataclass(frozen=True)
class Shelf:
    """Everything the law folders say. Pure: made by `load`, never changed."""

    texts: Mapping[str, Instrument]
    dated: Mapping[str, tuple[Dated, ...]]  # the latest layer first
    sheets: Mapping[str, Sheet]
    arrangements: tuple[Arrangement, ...] = ()  # the earliest layer and announcement first

    def instrument(self, key: str) -> Instrument:
        """Raises UnknownInstrument."""
        if key not in self.texts:
            raise UnknownInstrument(f"no instrument {key!r} in law/texts")
        return self.texts[key]

    def cite(self, key: str) -> Citation:
        """`PROP35:15(1)` in words. Raises UnknownInstrument or BadCitation."""
        instrument, _, article = key.partition(":")
        return place(self.instrument(instrument), article)

    def figure(self, key: str, *, on: date) -> Figure:
        """The figure that day. Raises UnknownFigure when there is none: a missing number is never zero."""
        for layer in self.dated.get(key, ()):
            value = layer.on(on)
            if value is not None:
                source = self.cite(value.cite)
                return Figure(
                    key, value.value, layer.unit, source, value.certainty, value.since, value.until,
                    layer.note.words, value.approved_by,
                )  # fmt: skip
        raise UnknownFigure(f"no figure {key!r} on {on}")

    def figures(self, *, on: date) -> tuple[Figure, ...]:
        """Every figure in force that day, by key."""
        return tuple(
            self.figure(key, on=on) for key in sorted(self.dated) if any(layer.on(on) for layer in self.dated[key])
        )

    def table(self, key: str, *, on: date) -> Table:
        """Raises UnknownTable."""
        if key not in self.sheets:
            raise UnknownTable(f"no table {key!r} in law/tables")
        return Table(self.sheets[key], on, self)

    def tables(self, *, on: date) -> tuple[Table, ...]:
        return tuple(Table(sheet, on, self) for _, sheet in sorted(self.sheets.items()))


def load(folders: Sequence[Path]) -> Shelf:
    """Reads the folders in order, strictly. Raises BadLaw naming the file and the fault; nothing is half loaded.

    The first folder is the house's. What a later folder says must name `approved_by`: a figure's value wins in its own
    period, an instrument or table replaces the earlier one of its key.
    """
    texts: dict[str, Instrument] = {}
    dated: dict[str, list[Dated]] = {}
    sheets: dict[str, Sheet] = {}
    arrangements: list[Arrangement] = []
    for layer, folder in enumerate(folders):
        if not folder.is_dir():
            raise BadLaw(f"{folder}: no such folder")
        texts |= _layer(folder, "texts", Instrument, layer)
        for key, figure in _layer(folder, "figures", Dated, layer).items():
            _check_same_unit(figure, dated.get(key, []))
            dated.setdefault(key, []).insert(0, figure)
        sheets |= _layer(folder, "tables", Sheet, layer)
        days = _layer(folder, "calendar", Arrangement, layer).values()
        arrangements += sorted(days, key=lambda one: (one.announced, one.key))
    shelf = Shelf(texts, {key: tuple(layers) for key, layers in dated.items()}, sheets, tuple(arrangements))
    _check_sources(shelf)
    return shelf


def _layer(folder: Path, part: str, kind: type[Any], layer: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, raw in files.files(folder, part):
        for one in [raw] if part in {"tables", "calendar"} else files.listed(raw, path):
            entry = files.shape(kind, one, path)
            if entry.key in found:
                raise BadLaw(f"{path}: {entry.key} is already said in this folder")
            _check_entry(entry, path)
            if layer and not _approved(entry):
                raise BadLaw(f"{path}: {entry.key}: an operator's own entry must name approved_by")
            found[entry.key] = entry
    return found


def _check_entry(entry: Any, path: Path) -> None:
    try:
        if isinstance(entry, Instrument):
            files.check_order(entry.key, [(entry.in_force, entry.until)])
        else:
            entry.check()
    except ValueError as error:
        raise BadLaw(f"{path}: {error}") from error


def _approved(entry: Any) -> bool:
    if isinstance(entry, Dated):
        return all(value.approved_by for value in entry.values)
    return bool(entry.approved_by)


def _check_same_unit(figure: Dated, earlier: Sequence[Dated]) -> None:
    for other in earlier:
        if other.unit != figure.unit:
            raise BadLaw(f"figure {figure.key}: is counted in {other.unit}, not in {figure.unit}")


def _check_sources(shelf: Shelf) -> None:
    """Every source exists, and nothing is called surer than the text it stands on."""
    sourced: list[tuple[str, str, Certainty]] = [
        (f"figure {layer.key}", value.cite, value.certainty)
        for layers in shelf.dated.values() for layer in layers for value in layer.values
    ]  # fmt: skip
    sourced += [
        (f"table {sheet.key}, row {row.key}", row.cite, row.certainty)
        for sheet in shelf.sheets.values()
        for row in sheet.rows
    ]
    sourced += [(f"calendar {one.key}", one.cite, one.certainty) for one in shelf.arrangements]
    for what, cite, certainty in sourced:
        try:
            known = shelf.cite(cite).certainty
        except (LookupError, ValueError) as error:
            raise BadLaw(f"{what}: {error}") from error
        if not certainty.no_better_than(known):
            raise BadLaw(f"{what}: is called {certainty}, but {cite} is only {known}")


@cache
def installed() -> Shelf:
    """What this installation's folders say; read once. `reload` reads them again."""
    return load(files.folders())


def reload() -> None:
    """Forgets what was read, so that the next question reads the folders again. The calendar has its own."""
    installed.cache_clear()

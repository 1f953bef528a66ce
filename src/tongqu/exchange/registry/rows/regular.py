"""Rows in which there is nothing to mend, many at a time: column after column, each value that comes again looked at once. Pure.

Nine in ten rows of real catalogues are so. What comes out for one is what `clean` and `understood` make of it, by the same
functions; a row of which anything is to be told is left to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from tongqu.exchange.registry.rows import cleaning
from tongqu.exchange.registry.rows.cleaning import Fault, day, digested, likened, shape_of
from tongqu.exchange.registry.rows.reading import Line
from tongqu.exchange.registry.rows.understanding import (
    NULL,
    Terms,
    array_of,
    copied_line,
    meant_by_table,
    place_of,
)

FEWEST = 8
"""Rows with the same columns for which it is worth while."""


class Regular(NamedTuple):
    """A row as a line of COPY, with the key of its catalogue and its own."""

    portal: str
    key: str
    text: str


Given = Sequence[Any]
"""What one column says in each row."""
Column = list[Any]
"""The same, clean; None for a row of which something is to be told."""


def regular(lines: Sequence[Line], terms: Terms) -> list[Regular | None]:
    """For each line, in order; None for one that has to be looked at by itself."""
    made: list[Regular | None] = [None] * len(lines)
    alike: dict[tuple[str, ...], list[int]] = {}
    for place, line in enumerate(lines):
        if line.row is not None and line.fault is None:
            alike.setdefault(tuple(line.row), []).append(place)
    for places in alike.values():
        same = [lines[place] for place in places]
        if len(same) >= FEWEST and (fields := _fields(same)) is not None:
            for place, one in zip(places, _regular(same, fields, terms), strict=True):
                made[place] = one
    return made


def _fields(lines: Sequence[Line]) -> dict[str, Given] | None:
    """What each field is told by; None where one is told by several columns, or what every row needs by none."""
    rows = [line.row for line in lines if line.row is not None]
    shape = shape_of(rows[0])
    if shape.further or not {"title", "key"} <= set(shape.fields):
        return None
    told = zip(*map(itemgetter(*shape.columns), rows), strict=True)
    return dict(zip(shape.fields, told, strict=True))


def _regular(lines: Sequence[Line], told: Mapping[str, Given], terms: Terms) -> Iterator[Regular | None]:
    columns = (
        made(told[name], terms) if name in told else [nothing] * len(lines) for name, (made, nothing) in _MADE.items()
    )
    for line, row in zip(lines, zip(*columns, strict=True), strict=True):
        yield None if None in row else _copied(line.number, row, terms)


def _copied(number: int, row: tuple[Any, ...], terms: Terms) -> Regular | None:
    (
        key, title, text, portal, department, province, city, district, category, industry, region, opening, cycle, formats,
        tags, published, updated, url, *_,
    ) = row  # fmt: skip
    meant = meant_by_table(terms, opening, cycle, formats)
    if meant.unknown or (updated and updated < published):
        return None
    digest = digested(
        key, portal, title, text, department, province, city, district, category, industry, "\x1e".join(tags), opening, cycle,
        "\x1e".join(formats), published, updated, url, region,
    )  # fmt: skip
    shelf = terms.stated or portal or terms.own
    told = copied_line(
        shelf, str(number), key, title, text, department, place_of(terms, region, province, city, district), category,
        industry, array_of(tags), meant.opening, opening, meant.cycle, cycle, meant.formats, array_of(formats),
        published or NULL, updated or NULL, url, digest, likened(title, text, department),
    )  # fmt: skip
    return Regular(shelf, key, told)


def _silently(clean: Callable[[str, list[Fault]], Any]) -> Callable[[Any], Any]:
    """What a value becomes when there is nothing to tell of it. One that is neither text nor nothing is left to `clean`."""

    def made(value: Any) -> Any:
        if value is None:
            return ""
        faults: list[Fault] = []
        if type(value) is not str or (told := clean(value, faults)) is None or faults:
            return None
        return told

    return made


def _once(clean: Callable[[str, list[Fault]], Any]) -> Callable[[Given, Terms], Column]:
    """Of a column whose values come again and again: each is looked at once."""
    one = _silently(clean)

    def made(given: Given, _: Terms) -> Column:
        try:
            known = {value: one(value) for value in set(given)}
        except TypeError:  # a list or an object in it
            return [one(value) for value in given]
        return [known[value] for value in given]

    return made


def _named(name: str) -> Callable[[Given, Terms], Column]:
    return _once(lambda value, faults: cleaning.named(value, name, faults))


def _wording(question: str) -> Callable[[Given, Terms], Column]:
    return _once(lambda value, faults: cleaning.worded(question, value, faults))


def _plain(clean: Callable[[str, list[Fault]], Any], most: int) -> Callable[[Given, Terms], Column]:
    """Of a column of texts that are mostly such as need nothing but single spaces; of those, one of so many signs at most."""
    one = _silently(clean)

    def made(given: Given, _: Terms) -> Column:
        return [
            told
            if type(value) is str
            and value.isprintable()
            and "<" not in value
            and "&" not in value
            and len(told := " ".join(value.split())) <= most
            else one(value)
            for value in given
        ]

    return made


def _needed(most: int) -> Callable[[Given, Terms], Column]:
    """One line that must not be empty."""
    every = _plain(lambda value, faults: cleaning.one_line(value, most, "", faults), most)
    return lambda given, terms: [one or None for one in every(given, terms)]


def _addresses(given: Given, _: Terms) -> Column:
    one, fits = _silently(cleaning.address), cleaning.URL.match
    return [
        value
        if type(value) is str and len(value) <= cleaning.URL_MAX and value.isprintable() and fits(value)
        else one(value)
        for value in given
    ]


def _portals(given: Given, terms: Terms) -> Column:
    made = _once(lambda value, faults: cleaning.numbered(value, cleaning.PORTAL_MAX, "portal", faults))(given, terms)
    if not terms.stated:
        return made
    return [one if one in {"", terms.stated, terms.catalog_name} else None for one in made]


def _days(given: Given, terms: Terms) -> Column:
    return _once(lambda value, faults: day(cleaning.dated(value, "", terms.today, faults)) or "")(given, terms)


def _lists(clean: Callable[[Any, list[Fault]], tuple[str, ...]]) -> Callable[[Given, Terms], Column]:
    """Of a column of lists, or of texts that hold one."""

    def one(value: Any) -> tuple[str, ...] | None:
        faults: list[Fault] = []
        told = clean(value, faults)
        return None if faults else told

    def made(given: Given, _: Terms) -> Column:
        try:
            known = {value: one(value) for value in {tuple(value) if type(value) is list else value for value in given}}
        except TypeError:
            return [one(value) for value in given]
        return [known[tuple(value) if type(value) is list else value] for value in given]

    return made


_MADE: dict[str, tuple[Callable[[Given, Terms], Column], Any]] = {
    "key": (_needed(cleaning.KEY_MAX), None),
    "title": (_needed(cleaning.TITLE_MAX), None),
    "text": (_plain(cleaning.description, cleaning.TEXT_MAX), ""),
    "portal": (_portals, ""),
    "department": (_named("department"), ""),
    "province": (_named("province"), ""),
    "city": (_named("city"), ""),
    "district": (_named("district"), ""),
    "category": (_named("category"), ""),
    "industry": (_named("industry"), ""),
    "region": (_once(cleaning.coded), ""),
    "opening": (_wording("opening"), ""),
    "cycle": (_wording("cycle"), ""),
    "formats": (_lists(cleaning.formatted), ()),
    "tags": (_lists(lambda value, faults: tuple(cleaning.listed(value, "tags", faults))), ()),
    "published": (_days, ""),
    "updated": (_days, ""),
    "url": (_addresses, ""),
    "portal_name": (_once(lambda value, faults: cleaning.one_line(value, cleaning.NAME_MAX, "", faults)), ""),
    "portal_region": (_once(cleaning.coded), ""),
}
"""Of each field, in the order in which a row is put together: how its column is made, and what stands where there is none."""

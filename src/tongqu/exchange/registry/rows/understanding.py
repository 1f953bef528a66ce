"""A clean row with what its words mean by the reviewed table, and as PostgreSQL's COPY reads it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.rows.cleaning import Clean, Fault, day
from tongqu.exchange.registry.rows.places import Places
from tongqu.exchange.registry.rows.written import UNDECIDED

COLUMNS = (
    "key", "title", "text", "department", "region", "category", "industry", "tags", "opening", "opening_as_written", "cycle",
    "cycle_as_written", "formats", "formats_as_written", "published_date", "updated_date", "url", "digest", "likeness",
)  # fmt: skip
Meanings = Mapping[str, Mapping[str, str]]
"""Question to spelling to meaning."""

_NONE: Meanings = {}
NULL = "\x01"
"""What stands for no value: no text has it, for signs that control are taken out of all."""
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_BETWEEN = len(COLUMNS) + 1


@dataclass(frozen=True, eq=False)
class Terms:
    """By what the rows of one import are understood, all of it of one day.

    `stated`: the key of the catalogue that the import names, called `catalog_name`, which then holds all of its rows; `own`
    that of one for rows that name none. `region`: of rows that name no place.
    """

    today: date
    stated: str
    catalog_name: str
    own: str
    region: str
    places: Places
    reviewed: Meanings

    def portal(self, row: Clean) -> str:
        """The key of the catalogue in which a row is kept."""
        return self.stated or row.portal or self.own

    def strays(self, row: Clean) -> Fault | None:
        """Told of a row that names another catalogue than the import does: the import's word counts."""
        if not self.stated or row.portal in {"", self.stated, self.catalog_name}:
            return None
        return Fault(
            "other-portal",
            Words(
                "这一行写的是另一个平台；按导入时填写的所属目录采用",
                "It names another portal; it was taken for the catalogue that the import names",
            ),
            row.portal,
        )


@dataclass(frozen=True)
class Understood:
    """A row with its columns as texts. `unknown`: question and spelling of what the table does not have."""

    line: int
    row: Clean
    columns: tuple[str, ...]
    unknown: tuple[tuple[str, str], ...]


def understood(line: int, row: Clean, terms: Terms, decided: Meanings = _NONE) -> Understood:
    """`decided`: what people have said of spellings that the table does not have."""
    meant = meant_by_table(terms, row.opening, row.cycle, row.formats)
    if decided and meant.unknown:
        meant = _meant_by(terms, decided, row.opening, row.cycle, row.formats)
    columns = (
        row.key, row.title, row.text, row.department, place_of(terms, row.region, row.province, row.city, row.district),
        row.category, row.industry, array_of(tuple(row.tags)), meant.opening, row.opening, meant.cycle, row.cycle, meant.formats,
        array_of(row.formats), day(row.published) or NULL, day(row.updated) or NULL, row.url, row.digest, row.likeness,
    )  # fmt: skip
    return Understood(line, row, columns, meant.unknown)


@lru_cache(maxsize=4_096)
def place_of(terms: Terms, region: str, province: str, city: str, district: str) -> str:
    known = region if region in terms.places.standing else ""
    return known or terms.places.region_of(province, city, district) or terms.region


class _Meant(NamedTuple):
    opening: str
    cycle: str
    formats: str
    unknown: tuple[tuple[str, str], ...]


@lru_cache(maxsize=4_096)
def meant_by_table(terms: Terms, opening: str, cycle: str, formats: tuple[str, ...]) -> _Meant:
    """By the reviewed table alone. Files say few such things, again and again."""
    return _meant_by(terms, _NONE, opening, cycle, formats)


def _meant_by(terms: Terms, decided: Meanings, opening: str, cycle: str, formats: tuple[str, ...]) -> _Meant:
    unknown: list[tuple[str, str]] = []

    def meaning(question: str, spelling: str) -> str:
        found = terms.reviewed[question].get(spelling) or decided.get(question, {}).get(spelling)
        if found is None:
            unknown.append((question, spelling))
        return found or UNDECIDED

    opened, cycled = meaning("opening", opening), meaning("cycle", cycle)
    formed = array_of(tuple(dict.fromkeys([meaning("format", one) for one in formats])))
    return _Meant(opened, cycled, formed, tuple(unknown))


@lru_cache(maxsize=8_192)
def array_of(values: tuple[str, ...]) -> str:
    """As PostgreSQL writes an array of text."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join([f'"{value}"' for value in quoted]) + "}"


def copied(one: Understood, portal: str) -> str:
    """As a line of COPY in its text format: portal, line and the columns."""
    return copied_line(portal, str(one.line), *one.columns)


def copied_line(*cells: str) -> str:
    told = "\t".join(cells)
    if "\\" in told or "\n" in told or "\r" in told or told.count("\t") != _BETWEEN:
        told = "\t".join([_escaped(cell) for cell in cells])
    return told + "\n"


def _escaped(text: str) -> str:
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)

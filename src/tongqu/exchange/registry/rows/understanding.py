"""A clean row with what its words mean by the reviewed table, and as PostgreSQL's COPY reads it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

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
    unknown: list[tuple[str, str]] = []
    opening = _meaning("opening", row.opening, terms, decided, unknown)
    cycle = _meaning("cycle", row.cycle, terms, decided, unknown)
    written = tuple(row.formats)
    known = _known_formats(terms, written)
    formats = known or _array(tuple(dict.fromkeys(_meaning("format", one, terms, decided, unknown) for one in written)))
    places = terms.places
    region = row.region if row.region in places.standing else ""
    columns = (
        row.key, row.title, row.text, row.department,
        region or places.region_of(row.province, row.city, row.district) or terms.region,
        row.category, row.industry, _array(tuple(row.tags)), opening, row.opening, cycle, row.cycle, formats, _array(written),
        day(row.published) or NULL, day(row.updated) or NULL, row.url, row.digest, row.likeness,
    )  # fmt: skip
    return Understood(line, row, columns, tuple(unknown))


def _meaning(question: str, spelling: str, terms: Terms, decided: Meanings, unknown: list[tuple[str, str]]) -> str:
    if found := terms.reviewed[question].get(spelling):
        return found
    found = decided.get(question, {}).get(spelling) if decided else None
    if found is None:
        unknown.append((question, spelling))
    return found or UNDECIDED


@lru_cache(maxsize=4_096)
def _known_formats(terms: Terms, written: tuple[str, ...]) -> str:
    """What formats mean, each once, as an array; empty when the table does not have them all. Files have few such lists."""
    meanings = [terms.reviewed["format"].get(one) for one in written]
    return _array(tuple(dict.fromkeys(filter(None, meanings)))) if all(meanings) else ""


@lru_cache(maxsize=8_192)
def _array(values: tuple[str, ...]) -> str:
    """As PostgreSQL writes an array of text."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join([f'"{value}"' for value in quoted]) + "}"


def copied(one: Understood, portal: str) -> str:
    """As a line of COPY in its text format: portal, line and the columns."""
    told = "\t".join((portal, str(one.line), *one.columns))
    if "\\" in told or "\n" in told or "\r" in told or told.count("\t") != _BETWEEN:
        told = "\t".join([_escaped(portal), str(one.line), *map(_escaped, one.columns)])
    return told + "\n"


def _escaped(text: str) -> str:
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)

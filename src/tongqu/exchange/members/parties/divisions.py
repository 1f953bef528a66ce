"""Administrative divisions by GB/T 2260 code, dated: codes change, and an old paper means the code of its day. Pure.

Two editions are packaged (see data/README.md). A division is in force on [valid_from, valid_until): from the first
edition that has it until the first that has it no more. Container entries ("市辖区" and the like, which are not places)
are left out; what stands under them belongs to the level above.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources

FIRST = date(2020, 1, 1)
SECOND = date(2023, 1, 1)
_CONTAINERS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
# The 2023 source lists the mainland only; these three go on as they were.
_KEPT = ("710000", "810000", "820000")


@dataclass(frozen=True)
class Division:
    """`level`: province, city or county. `parent` is empty for a province."""

    code: str
    name: str
    level: str
    parent: str
    valid_from: date
    valid_until: date | None

    def in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)


def _rows(name: str) -> Iterator[list[str]]:
    text = (resources.files(__package__) / "data" / name).read_text(encoding="utf-8-sig")
    rows = csv.reader(text.splitlines())
    next(rows)
    return rows


def _edition_2020() -> dict[str, str]:
    return {row[0]: row[1] for row in _rows("codes_2020.csv")}


def _edition_2023() -> dict[str, str]:
    names: dict[str, str] = {}
    for name, zeros in (("provinces.csv", "0000"), ("cities.csv", "00"), ("areas.csv", "")):
        names |= {row[0] + zeros: row[1] for row in _rows(name) if row[1] not in _CONTAINERS}
    old = _edition_2020()
    return names | {code: old[code] for code in _KEPT}


def _parent(code: str, names: dict[str, str]) -> str:
    if code.endswith("0000"):
        return ""
    city = f"{code[:4]}00"
    return city if code != city and city in names else f"{code[:2]}0000"


def _level(code: str) -> str:
    return "province" if code.endswith("0000") else "city" if code.endswith("00") else "county"


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[Division, ...]]:
    """Every code with its entries, oldest first; a renamed code has two."""
    old, new = _edition_2020(), _edition_2023()
    table: dict[str, tuple[Division, ...]] = {}
    for code in sorted(old | new):
        level = _level(code)
        before, after = old.get(code), new.get(code)
        entries = []
        if before is not None:
            until = None if before == after else SECOND
            entries.append(Division(code, before, level, _parent(code, old), FIRST, until))
        if after is not None and after != before:
            entries.append(Division(code, after, level, _parent(code, new), SECOND, None))
        table[code] = tuple(entries)
    return table


def division(code: str, *, on: date) -> Division | None:
    """The division of a code on a day, or None: no such code, or not in force that day."""
    return next((entry for entry in _table().get(code, ()) if entry.in_force(on)), None)


def ever(code: str) -> tuple[Division, ...]:
    """Every entry that a code has had, oldest first."""
    return _table().get(code, ())


def entries() -> Iterator[Division]:
    """Every entry of every code, of all editions, by code."""
    return (entry for entries in _table().values() for entry in entries)


def children(code: str, *, on: date) -> tuple[Division, ...]:
    """The divisions directly under a code on a day, by code; under "" the provinces."""
    return tuple(
        entry for entries in _table().values() for entry in entries if entry.parent == code and entry.in_force(on)
    )


def path(code: str, *, on: date) -> tuple[Division, ...]:
    """From the province down to the code itself; empty when the code is not in force that day."""
    here = division(code, on=on)
    if here is None:
        return ()
    return (*path(here.parent, on=on), here) if here.parent else (here,)


def full_name(code: str, *, on: date) -> str:
    """湖北省武汉市江岸区. The code itself when it is not known that day."""
    return "".join(step.name for step in path(code, on=on)) or code


@lru_cache(maxsize=4_096)
def standing(code: str, *, on: date) -> Division | None:
    """Where a code of an earlier day belongs on this one: itself while it is in force, else its successor where the
    tables tell it (the same name of place with another code under the same city, as 监利县 421023 → 监利市 421088), else
    the nearest division above it that still stands. None for a code that never was, or with nothing above it.
    """
    here = division(code, on=on)
    if here is not None:
        return here
    was = ever(code)
    if not was or was[-1].valid_from > on:
        return None
    place, above = _place(was[-1].name), was[-1].parent
    same = [
        one
        for one in children(above, on=on)
        if one.valid_from >= (was[-1].valid_until or on) and _place(one.name) == place
    ]
    return same[0] if len(same) == 1 else standing(above, on=on) if above else None


def _place(name: str) -> str:
    """The place itself: counties become cities and districts, and keep their names."""
    return name[:-1] if len(name) > 2 and name[-1] in "县市区" else name


@lru_cache(maxsize=8_192)
def lineage(code: str) -> tuple[str, ...]:
    """The codes that a code has stood under in any edition, itself first: data of an old day still belongs somewhere.

    Empty for a code that never was.
    """
    found = dict.fromkeys(entry.code for entry in ever(code))
    for entry in ever(code):
        found |= dict.fromkeys(lineage(entry.parent) if entry.parent else ())
    return tuple(found)

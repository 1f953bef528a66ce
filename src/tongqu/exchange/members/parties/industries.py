"""Industries by GB/T 4754-2017: sections A to T (门类) and the two-digit divisions under each (大类). Pure.

Written out from memory of the standard, which was not read here: pages that show it say so (`CERTAINTY`).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from tongqu.exchange.bedrock.values import Words

STANDARD = "GB/T 4754-2017"
CERTAINTY = "to-be-verified"


@dataclass(frozen=True)
class Industry:
    """A section (`code` A, `parent` empty) or a division (`code` C31, `parent` C, `number` 31)."""

    code: str
    number: str
    words: Words
    parent: str

    @property
    def level(self) -> str:
        return "division" if self.parent else "section"


@lru_cache(maxsize=1)
def _table() -> dict[str, Industry]:
    """By code in the order of the standard; a division is named by its section and its number, as C31."""
    text = (resources.files(__package__) / "data" / "industries_2017.csv").read_text(encoding="utf-8")
    table: dict[str, Industry] = {}
    section = ""
    for code, zh, en in list(csv.reader(text.splitlines()))[1:]:
        if code.isalpha():
            section = code
            table[code] = Industry(code, "", Words(zh, en), "")
        else:
            table[section + code] = Industry(section + code, code, Words(zh, en), section)
    return table


def industry(code: str) -> Industry | None:
    """By section (C), by section and division (C31) or by the division's number alone (31); None for no such code."""
    code = code.strip().upper()
    if code.isdigit():
        return next((one for one in _table().values() if one.number == code), None)
    return _table().get(code)


def sections() -> tuple[Industry, ...]:
    return tuple(one for one in _table().values() if not one.parent)


def divisions_of(section: str) -> tuple[Industry, ...]:
    """The divisions under a section, in their order; empty when there is no such section."""
    return tuple(one for one in _table().values() if one.parent == section)


def full_name(code: str) -> Words:
    """制造业 · 黑色金属冶炼和压延加工业. The code itself when it is not known."""
    found = industry(code)
    if found is None:
        return Words(code, code)
    if not found.parent:
        return found.words
    section = _table()[found.parent].words
    return Words(f"{section.zh} · {found.words.zh}", f"{section.en} · {found.words.en}")

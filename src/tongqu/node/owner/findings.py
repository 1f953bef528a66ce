"""What the doctor found: one finding for each thing looked at, with what would mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tongqu.node.faults import NodeFault
from tongqu.wire.words import Words

GOOD, WARNING, BAD, NOT_LOOKED = "good", "warning", "bad", "not-looked"
NOTHING = Words("", "")


@dataclass(frozen=True)
class Finding:
    """`about` is what was looked at; `mend` is empty where nothing is to be done."""

    about: str
    level: str
    words: Words
    mend: Words = NOTHING

    def to_json(self) -> dict[str, Any]:
        return {
            "about": self.about, "level": self.level, "words": self.words.to_json(), "mend": self.mend.to_json(),
        }  # fmt: skip


def good(about: str, zh: str, en: str) -> Finding:
    return Finding(about, GOOD, Words(zh, en))


def warning(about: str, zh: str, en: str, mend_zh: str, mend_en: str) -> Finding:
    return Finding(about, WARNING, Words(zh, en), Words(mend_zh, mend_en))


def bad(about: str, zh: str, en: str, mend_zh: str, mend_en: str) -> Finding:
    return Finding(about, BAD, Words(zh, en), Words(mend_zh, mend_en))


def not_looked(about: str, zh: str, en: str) -> Finding:
    return Finding(about, NOT_LOOKED, Words(zh, en))


def at_fault(about: str, fault: NodeFault) -> Finding:
    return Finding(about, BAD, fault.words, fault.mend)


def worst(findings: list[Finding]) -> str:
    """The gravest level among them."""
    levels = {finding.level for finding in findings}
    return BAD if BAD in levels else WARNING if WARNING in levels else GOOD

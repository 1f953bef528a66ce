"""What a rule answers: complies, refuses, or a person must look; in a sentence a citizen can understand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tongqu.exchange.bedrock.values import Words


class Verdict(StrEnum):
    COMPLIES = "complies"
    REFUSES = "refuses"
    NEEDS_PERSON = "needs a person"


class Strength(StrEnum):
    """应当必须 · 应 · 鼓励: only a must can stop an act; the others are carried as advice."""

    MUST = "must"
    SHOULD = "should"
    ENCOURAGED = "encouraged"


_COMPLIES = Words("符合", "Complies")


@dataclass(frozen=True)
class Finding:
    """One rule's answer. `rule`, `cite`, `strength` and `asks` are filled in by `judge`; `office` names who must look."""

    verdict: Verdict
    words: Words
    mend: Words | None = None
    office: str = ""
    rule: str = ""
    cite: str = ""
    strength: Strength = Strength.MUST
    asks: tuple[str, ...] = ()

    @property
    def complies(self) -> bool:
        return self.verdict is Verdict.COMPLIES

    @property
    def refuses(self) -> bool:
        return self.verdict is Verdict.REFUSES

    @property
    def needs_person(self) -> bool:
        return self.verdict is Verdict.NEEDS_PERSON

    @property
    def blocks(self) -> bool:
        """A refusal by a rule that must be kept. What should be kept, or is encouraged, advises."""
        return self.refuses and self.strength is Strength.MUST


def complies(words: Words = _COMPLIES) -> Finding:
    return Finding(Verdict.COMPLIES, words)


def refuses(words: Words, mend: Words | None = None) -> Finding:
    """`words` says what is wrong, `mend` what would put it right."""
    return Finding(Verdict.REFUSES, words, mend)


def needs_person(words: Words, office: str, mend: Words | None = None) -> Finding:
    """The rule cannot decide: the named office (a role, such as reviewer) looks at it."""
    return Finding(Verdict.NEEDS_PERSON, words, mend, office)

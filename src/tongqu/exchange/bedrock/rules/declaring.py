"""Rules: citation first, then a pure check, with the days on which it is in force. Judging gathers every finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.rules.findings import Finding, Strength
from tongqu.exchange.bedrock.values import Words


class RuleNamedTwice(ValueError):
    """Two rules have one name. Cases and findings know a rule by its name: give one of them another."""


@dataclass(frozen=True)
class Rule:
    """A check with its basis. In force on `since`, no longer on `until`. `words` is its title.

    `asks`: the questions of a form whose answers it judges, by name, so that a refusal can stand beside these too."""

    cite: str
    check: Callable[[Any], Finding]
    strength: Strength
    since: date
    until: date | None
    name: str
    words: Words
    asks: tuple[str, ...] = ()

    def is_in_force(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on < self.until)

    @property
    def citation(self) -> law.Citation:
        return law.cite(self.cite)

    @property
    def home(self) -> str:
        """The module that declares it, for the page that lists every rule."""
        return str(self.check.__module__)

    def __call__(self, facts: Any) -> Finding:
        """The finding, whatever the day; `judge` looks at dates. An exception is a programming error."""
        finding = self.check(facts)
        if not isinstance(finding, Finding):
            raise TypeError(f"rule {self.name} must answer with a Finding, not {finding!r}")
        return replace(finding, rule=self.name, cite=self.cite, strength=self.strength, asks=self.asks)


_RULES: dict[str, Rule] = {}


def rule(
    cite: str,
    *,
    title: Words,
    strength: Strength = Strength.MUST,
    since: date,
    until: date | None = None,
    asks: tuple[str, ...] = (),
) -> Callable[[Callable[[Any], Finding]], Rule]:
    """Declares a pure function `(facts) -> Finding` as a rule.

    Refused at import: an unknown instrument (UnknownInstrument), a place its text cannot have (BadCitation), a name
    that another rule bears (RuleNamedTwice), an end before the beginning (ValueError).
    """
    law.cite(cite)
    if until is not None and until <= since:
        raise ValueError(f"{cite}: ends {until} before it begins {since}")

    def declare(check: Callable[[Any], Finding]) -> Rule:
        made = Rule(cite, check, Strength(strength), since, until, check.__name__, title, asks)
        known = _RULES.get(made.name)
        if known is not None and known.home != made.home:
            raise RuleNamedTwice(f"{made.name}: in {known.home} and in {made.home}")
        _RULES[made.name] = made
        return made

    return declare


def judge(rules: Iterable[Rule], facts: Any, *, on: date) -> tuple[Finding, ...]:
    """Every finding of the rules in force that day, in their order; it never stops at the first."""
    return tuple(one(facts) for one in rules if one.is_in_force(on))


def all_rules() -> tuple[Rule, ...]:
    """Every rule of the modules imported so far, by instrument and article."""
    return tuple(sorted(_RULES.values(), key=lambda r: (law.order(r.cite), r.name)))


def in_force(on: date) -> list[Rule]:
    """The rules in force that day; those of one instrument stand together, in the order of its articles."""
    return [one for one in all_rules() if one.is_in_force(on)]


def chapters(on: date) -> list[tuple[law.Instrument, list[Rule]]]:
    """The rules in force that day under the instrument each stands on: the list of rules that the exchange enforces."""
    found: dict[str, list[Rule]] = {}
    for one in in_force(on):
        found.setdefault(one.cite.partition(":")[0], []).append(one)
    return [(law.instrument(key), rules) for key, rules in found.items()]

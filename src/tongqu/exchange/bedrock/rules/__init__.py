"""Rules: a citation, a pure check and its dates. Each finding complies, refuses or asks for a person."""

from __future__ import annotations

from tongqu.exchange.bedrock.rules.declaring import Rule, RuleNamedTwice, all_rules, chapters, in_force, judge, rule
from tongqu.exchange.bedrock.rules.findings import Finding, Strength, Verdict, complies, needs_person, refuses

MUST, SHOULD, ENCOURAGED = Strength.MUST, Strength.SHOULD, Strength.ENCOURAGED
COMPLIES, REFUSES, NEEDS_PERSON = Verdict.COMPLIES, Verdict.REFUSES, Verdict.NEEDS_PERSON

__all__ = [
    "COMPLIES", "ENCOURAGED", "MUST", "NEEDS_PERSON", "REFUSES", "SHOULD", "Finding", "Rule", "RuleNamedTwice",
    "Strength", "Verdict", "all_rules", "chapters", "complies", "in_force", "judge", "needs_person", "refuses", "rule",
]  # fmt: skip

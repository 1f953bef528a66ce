"""Every rule of every module stands on a text in force, on a place that has a name, with a title in both languages."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import date, timedelta

import pytest

import tongqu.exchange
from tongqu.exchange.bedrock.rules import MUST, Rule, all_rules, chapters, in_force

TODAY = date(2026, 11, 23)


def _rules() -> list[Rule]:
    for module in pkgutil.walk_packages(tongqu.exchange.__path__, "tongqu.exchange."):
        if module.name.endswith(".rules"):
            importlib.import_module(module.name)
    return [rule for rule in all_rules() if rule.home.startswith("tongqu.")]


@pytest.mark.parametrize("rule", _rules(), ids=lambda rule: rule.name)
def test_a_rule_stands_on_a_text_that_was_in_force_and_says_what_it_is(rule: Rule) -> None:
    text = rule.citation.instrument
    assert rule.since >= text.in_force, f"begins before {text.key} ({text.in_force})"
    last = (rule.until or date.max) - timedelta(days=1)
    assert text.until is None or rule.until is None or text.is_in_force(last), f"outlives {text.key} ({text.until})"
    assert rule.words.zh
    assert rule.words.en
    if text.cited_by == "name" and rule.citation.article:
        assert rule.citation.article in text.articles, "name the article in law/texts, in both languages"


def test_every_rule_in_force_is_listed_once_under_its_text() -> None:
    _rules()
    listed = [rule for _, rules in chapters(TODAY) for rule in rules]
    assert listed == in_force(TODAY)
    assert len({rule.name for rule in listed}) == len(listed)


def test_nothing_must_be_done_because_a_draft_says_so() -> None:
    bound = [rule.name for rule in _rules() if rule.strength is MUST and rule.citation.instrument.kind == "draft"]
    assert bound == []

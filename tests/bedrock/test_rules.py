"""Rules: citation first, dates, strength; judging gathers every finding and never stops at the first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import FrozenInstanceError, dataclass
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.rules import (
    ENCOURAGED,
    MUST,
    SHOULD,
    Finding,
    Rule,
    RuleNamedTwice,
    Strength,
    all_rules,
    chapters,
    complies,
    declaring,
    in_force,
    judge,
    needs_person,
    refuses,
    rule,
)
from tongqu.exchange.bedrock.values import Words

ON = date(2026, 9, 1)
TITLE = Words("示例规则", "An example rule")


@dataclass(frozen=True)
class Application:
    """A small picture for these rules."""

    raw: bool = False
    notes: str = "有"


@pytest.fixture(autouse=True)
def a_registry_of_its_own() -> Iterator[None]:
    """Rules declared here are not seen by other tests. `monkeypatch` would give the house's back too late to put the toy away."""
    with patch.object(declaring, "_RULES", {}):
        yield


def _raw_data(strength: Strength = MUST, since: date = date(2026, 7, 3), until: date | None = None) -> Rule:
    @rule("PROP35:15(1)", title=TITLE, strength=strength, since=since, until=until)
    def raw_data(seen: Application) -> Finding:
        if seen.raw:
            return refuses(Words("原始数据不登记", "Raw data is refused"), mend=Words("改为产品", "A product"))
        return complies()

    return raw_data


def _notes(strength: Strength = MUST) -> Rule:
    @rule("PROP35:3", title=TITLE, strength=strength, since=date(2026, 7, 3))
    def notes(seen: Application) -> Finding:
        if seen.notes == "":
            return refuses(Words("没有说明", "No notes"))
        if seen.notes == "?":
            return needs_person(Words("说明不清", "The notes are unclear"), office="registrar")
        return complies(Words("说明齐全", "The notes are complete"))

    return notes


def test_a_refusal_says_what_is_wrong_what_mends_it_and_where_it_stands() -> None:
    (found,) = judge((_raw_data(),), Application(raw=True), on=ON)
    assert found.refuses
    assert found.blocks
    assert (found.rule, found.cite, found.strength) == ("raw_data", "PROP35:15(1)", MUST)
    assert found.mend is not None
    assert law.cite(found.cite).zh.endswith("第十五条第一项")


def test_judging_gathers_every_finding_in_the_order_of_the_rules() -> None:
    findings = judge((_raw_data(), _notes()), Application(raw=True, notes=""), on=ON)
    assert [f.rule for f in findings] == ["raw_data", "notes"]
    assert all(f.blocks for f in findings)


def test_what_complies_is_a_finding_too() -> None:
    findings = judge((_raw_data(), _notes()), Application(), on=ON)
    assert all(f.complies and not f.blocks for f in findings)
    assert findings[1].words.zh == "说明齐全"


@pytest.mark.parametrize("strength", [SHOULD, ENCOURAGED])
def test_what_should_be_kept_advises_and_does_not_stop(strength: Strength) -> None:
    (found,) = judge((_notes(strength),), Application(notes=""), on=ON)
    assert found.refuses
    assert not found.blocks


def test_a_person_is_asked_with_the_office_that_decides() -> None:
    (found,) = judge((_notes(),), Application(notes="?"), on=ON)
    assert (found.needs_person, found.blocks, found.office) == (True, False, "registrar")


def test_a_mistake_in_a_rule_is_a_mistake_and_not_a_finding() -> None:
    with pytest.raises(AttributeError):
        judge((_raw_data(),), object(), on=ON)

    @rule("PROP35:3", title=TITLE, since=ON)
    def says_nothing(seen: Any) -> Finding:
        return None  # type: ignore[return-value]

    with pytest.raises(TypeError, match="says_nothing"):
        judge((says_nothing,), None, on=ON)


@pytest.mark.parametrize("cite", ["NOLAW:1", "prop35:1", ""])
def test_a_rule_on_an_unknown_text_is_refused_when_it_is_declared(cite: str) -> None:
    with pytest.raises(law.UnknownInstrument):
        rule(cite, title=TITLE, since=ON)


def test_a_rule_on_a_place_its_text_cannot_have_is_refused() -> None:
    with pytest.raises(law.BadCitation):
        rule("PROP35:fifteen", title=TITLE, since=ON)


def test_a_rule_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        rule("PROP35:3", title=TITLE, since=ON, until=ON)


def test_two_rules_of_one_name_are_refused_but_a_module_read_again_is_not() -> None:
    first = _raw_data()
    assert _raw_data().name == first.name

    def raw_data(seen: Application) -> Finding:
        return complies()

    raw_data.__module__ = "elsewhere"
    with pytest.raises(RuleNamedTwice, match="elsewhere"):
        rule("PROP35:3", title=TITLE, since=ON)(raw_data)


def test_a_rule_and_a_finding_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        _raw_data().since = ON  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        complies().words = TITLE  # type: ignore[misc]


@given(
    since=st.dates(date(2024, 1, 1), date(2028, 1, 1)),
    days=st.none() | st.integers(1, 900),
    on=st.dates(date(2023, 1, 1), date(2031, 1, 1)),
)
def test_a_rule_speaks_only_on_its_days(since: date, days: int | None, on: date) -> None:
    until = None if days is None else since + timedelta(days=days)
    one = _raw_data(since=since, until=until)
    findings = judge((one,), Application(raw=True), on=on)
    assert bool(findings) == (since <= on and (until is None or on < until))


def test_the_edges_of_a_rules_days() -> None:
    one = _raw_data(since=date(2026, 7, 3), until=date(2026, 8, 1))
    spoken = [bool(judge((one,), Application(), on=date(2026, m, d))) for m, d in ((7, 2), (7, 3), (7, 31), (8, 1))]
    assert spoken == [False, True, True, False]


def test_the_same_deal_is_judged_by_the_rule_of_its_day() -> None:
    @rule("PROP35:3", title=TITLE, since=date(2025, 1, 1), until=date(2026, 1, 1), strength=SHOULD)
    def by_the_old_text(seen: Application) -> Finding:
        return refuses(Words("旧文：应", "old: should"))

    @rule("PROP35:3", title=TITLE, since=date(2026, 1, 1))
    def by_the_new_text(seen: Application) -> Finding:
        return refuses(Words("新文：必须", "new: must"))

    pack = (by_the_old_text, by_the_new_text)
    (old,), (new,) = (judge(pack, Application(), on=day) for day in (date(2025, 12, 31), date(2026, 1, 1)))
    assert (old.rule, old.blocks) == ("by_the_old_text", False)
    assert (new.rule, new.blocks) == ("by_the_new_text", True)


def test_the_rules_in_force_stand_under_their_text_in_the_order_of_its_articles() -> None:
    fifteen, three = _raw_data(), _notes()

    @rule("DSL:33", title=TITLE, since=date(2021, 9, 1), until=date(2026, 9, 1))
    def over(seen: Application) -> Finding:
        return complies()

    assert [r.name for r in all_rules()] == ["over", "notes", "raw_data"]
    assert in_force(ON) == [three, fifteen]
    assert [(text.key, rules) for text, rules in chapters(ON)] == [("PROP35", [three, fifteen])]
    assert [text.key for text, _ in chapters(date(2026, 8, 31))] == ["DSL", "PROP35"]
    assert in_force(date(2020, 1, 1)) == []


def test_a_rule_can_be_asked_alone_whatever_the_day() -> None:
    found = _raw_data()(Application(raw=True))
    assert (found.rule, found.blocks) == ("raw_data", True)

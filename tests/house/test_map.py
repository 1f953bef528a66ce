"""docs/map is what the tables say today, and the tables agree with each other across modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.repository import ROOT
from tongqu.exchange.atlas.drawing import draw, write
from tongqu.exchange.atlas.steps import brings
from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import CLOCK, all_procedures, procedure
from tongqu.exchange.bedrock.rules import all_rules
from tongqu.exchange.flow import FLOW

MAP = ROOT / "docs" / "map"
HOW = "run: .venv/bin/python -m tongqu.exchange.atlas"


def _kept(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in sorted(folder.rglob("*.md"))}


def test_the_map_is_up_to_date() -> None:
    drawn, kept = dict(draw()), _kept(MAP)
    assert sorted(set(drawn) ^ set(kept)) == [], HOW
    assert [name for name, text in drawn.items() if kept[name] != text] == [], HOW


def test_writing_takes_away_what_is_gone(tmp_path: Path) -> None:
    (tmp_path / "procedures").mkdir()
    (tmp_path / "procedures" / "renamed.md").write_text("old")
    write({"procedures/new.md": "new\n"}, tmp_path)
    assert _kept(tmp_path) == {"procedures/new.md": "new\n"}


def test_every_procedure_and_rule_has_its_place_on_the_map() -> None:
    pages = draw()
    assert [each.name for each in all_procedures() if f"procedures/{each.name}.md" not in pages] == []
    assert [rule.name for rule in all_rules() if f'<a id="{rule.name}"></a>' not in pages["rules.md"]] == []


def test_every_rule_is_asked_by_some_act() -> None:
    asked = {
        rule.name
        for each in all_procedures()
        for entry in (each.begins, *each.also, *each.acts)
        for rule in entry.rules
    }
    assert [rule.name for rule in all_rules() if rule.name not in asked] == []


def test_every_citation_of_a_table_leads_to_a_text() -> None:
    for each in all_procedures():
        for cited in (each.cite, *(act.cite for act in each.acts), *(clock.cite for clock in each.clocks)):
            if cited:
                law.cite(cited)


@pytest.mark.parametrize("step", sorted({s for steps in FLOW.values() for s in steps}, key=lambda s: s.__name__))
def test_a_step_performs_what_the_house_itself_may_perform(step) -> None:  # type: ignore[no-untyped-def]
    """Read from its code: a misspelt act would else be found on the day it is due."""
    done = brings(step)
    assert done, "the atlas cannot see what this step brings about"
    for name in done:
        table, _, act = name.partition(".")
        if act in {"hold", "lift"}:
            assert procedure(table).house_holds, name
            continue
        also = {one.name: one for one in (procedure(table).begins, *procedure(table).also)}
        entry = also.get(act) or procedure(table).act(act)
        assert CLOCK in entry.by, name


def test_clocks_count_by_figures_that_exist() -> None:
    keys = set(law.load([ROOT / "src" / "tongqu" / "law"]).dated)
    used = {
        length.figure
        for each in all_procedures()
        for clock in each.clocks
        for length in (clock.length, clock.most)
        if length is not None and length.figure
    }
    assert sorted(used - keys) == []

"""Every setting, procedure and rule is in the documents, and the documents name nothing that is gone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import tongqu.exchange.flow  # noqa: F401 - brings every table and rule that takes part in a trade
from bench.readme import MARKS, README, RESULTS, with_figures
from tests.house.repository import ROOT, SOURCE, files, name, python
from tongqu.exchange.bedrock.procedures import all_procedures
from tongqu.exchange.bedrock.rules import all_rules

DOCS = ROOT / "docs"
SETTINGS = DOCS / "guides" / "settings.md"


def _written() -> str:
    return "\n".join(path.read_text("utf-8") for path in files(".md") if path.is_relative_to(DOCS))


def test_every_setting_is_described_and_every_described_setting_is_read() -> None:
    quoted = re.compile(r'"(TONGQU_[A-Z_]+|DATABASE_URL)"')
    read = {found for path in python(SOURCE) for found in quoted.findall(path.read_text("utf-8"))}
    described = {found.group(1) for found in re.finditer(r"^\| `(\w+)`", SETTINGS.read_text("utf-8"), re.MULTILINE)}
    assert sorted(read - described) == [], "read, but not in docs/guides/settings.md"
    assert sorted(described - read) == [], "in docs/guides/settings.md, but nobody reads it"


def test_every_procedure_is_in_the_documents() -> None:
    text = _written()
    assert [table.name for table in all_procedures() if not re.search(rf"\b{table.name}\b", text)] == []


def test_every_rule_is_in_the_documents() -> None:
    text = _written()
    assert [rule.name for rule in all_rules() if rule.name not in text] == []


NO_CODES = frozenset(
    {
        "a-2b", "as-it-is", "back-up", "ibis-framework", "if-range", "in-memory", "latin-1", "lock-copies", "lock-sources",
        "no-referrer", "no-store", "tongqu-console", "tongqu-node", "utf-32",
    }
)  # fmt: skip
"""Names of files, formats, headers and the like that look as codes do."""

CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


def test_every_code_that_a_node_gives_is_in_a_guide() -> None:
    """A code is a word with strokes that stands by itself: whoever adds one says in a guide what it means, or that it is none."""
    guides = "\n".join(path.read_text("utf-8") for path in files(".md") if path.parent == SETTINGS.parent)
    told = set(re.findall(r"`(?:unmarkable-)?([a-z0-9]+(?:-[a-z0-9]+)+)`", guides))
    given = {
        each.value
        for path in python(SOURCE / "node")
        for each in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and CODE.fullmatch(each.value)
    }
    assert sorted(given - told - NO_CODES) == []
    assert sorted(NO_CODES - given) == [], "nobody writes them any more"


def test_links_inside_the_repository_lead_somewhere() -> None:
    broken = []
    for path in files(".md"):
        text = re.sub(r"`[^`\n]*`", "", path.read_text("utf-8"))  # what is quoted as code is no link
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
                broken.append(f"{name(path)} → {target}")
    assert broken == []


def test_the_figures_in_the_readme_are_those_that_were_measured() -> None:
    """`make bench` writes bench/RESULTS.md; `python -m bench.readme` carries its table over."""
    results = RESULTS.read_text("utf-8") if RESULTS.exists() else ""
    readme = README.read_text("utf-8")
    assert MARKS.search(readme), "the marks are gone"
    assert with_figures(readme, results) == readme, "run: .venv/bin/python -m bench.readme"
    assert with_figures("<!-- figures -->\nold\n<!-- /figures -->", "# x\n\n| a |\n|---|\n| 1 |\n\n| b |\n") == (
        "<!-- figures -->\n\n| a |\n|---|\n| 1 |\n\n<!-- /figures -->"
    )


def test_paths_that_the_code_names_exist() -> None:
    """A docstring that points to a page which was renamed is worse than none."""
    gone = {
        f"{name(path)} → {target}"
        for path in python(SOURCE)
        for target in re.findall(r"\bdocs/[\w/.-]+\.md\b", path.read_text("utf-8"))
        if not (ROOT / target).exists()
    }
    assert sorted(gone) == []


@pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("*.md")), ids=lambda page: page.stem)
def test_a_decision_is_one_dated_page(page: Path) -> None:
    """Decision, reason, what we gave up; on one page, with its day in the name."""
    text = page.read_text("utf-8")
    assert re.match(r"\d{4}-\d{2}-\d{2}-[a-z0-9-]+$", page.stem)
    assert text.startswith("# ")
    assert len(text.splitlines()) <= 60

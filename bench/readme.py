"""Puts the first table of RESULTS.md between the marks in README.md: `python -m bench.readme`. A test compares the two."""

from __future__ import annotations

import re
from itertools import dropwhile, takewhile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README, RESULTS = ROOT / "README.md", ROOT / "bench" / "RESULTS.md"
MARKS = re.compile(r"(<!-- figures -->\n).*?(<!-- /figures -->)", re.DOTALL)


def measured(results: str) -> str:
    """The first table of the page, or nothing."""
    lines = dropwhile(lambda line: not line.startswith("|"), results.splitlines())
    return "".join(f"{line}\n" for line in takewhile(lambda line: line.startswith("|"), lines))


def with_figures(readme: str, results: str) -> str:
    """The README with the table in its place. What surrounds the marks stays as it is."""
    table = measured(results)
    return MARKS.sub(lambda found: f"{found[1]}\n{table}\n{found[2]}" if table else f"{found[1]}{found[2]}", readme)


if __name__ == "__main__":
    README.write_text(with_figures(README.read_text("utf-8"), RESULTS.read_text("utf-8")), encoding="utf-8")

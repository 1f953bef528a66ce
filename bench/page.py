"""RESULTS.md, benchmark by benchmark: each section says when it was measured, on what and of which revision. Pure.

One that is measured again takes the place of what it said before; the first table is made from the figures of all sections.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from bench.figures import Figure, Report

HEAD = (
    "# Results\n\nBy `make bench`; each benchmark says when it was measured, on what and of which revision. A ratio above 1 means"
    " that ours is faster\nor cheaper.\n"
)
_SECTION = re.compile(r"^## (?P<title>\S+)\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
_FIGURES = re.compile(r"^```json\n(.*?)^```", re.DOTALL | re.MULTILINE)


def page(before: str, reports: Iterable[Report], measured: str, order: Iterable[str]) -> str:
    """The page with these reports in it. `measured` says when and on what; sections not in `order` are left out."""
    sections = {found["title"]: found[0].rstrip() + "\n" for found in _SECTION.finditer(before)}
    sections |= {report.title: _section(report, measured) for report in reports}
    stand = [sections[title] for title in order if title in sections]
    return "\n".join([HEAD, _table(stand), *stand])


def _section(report: Report, measured: str) -> str:
    heading, _, rest = report.markdown().partition("\n")
    return f"{heading}\n\n{measured}\n{rest}".rstrip() + "\n"


def _table(sections: Iterable[str]) -> str:
    lines = ["| bench | ours | against | theirs | ratio | unit |", "|---|---:|---|---:|---:|---|"]
    for section in sections:
        for block in _FIGURES.findall(section):
            for line in block.splitlines():
                lines.append(_figure(Figure(**json.loads(line))))
    return "\n".join(lines) + "\n"


def _figure(f: Figure) -> str:
    ours, ratio = ("≤ ", "≥ ") if f.at_most else ("", "")
    return f"| {f.bench} | {ours}{f.ours:,.4g} | {f.against} | {f.theirs:,.4g} | {ratio}{f.ratio:.3f} | {f.unit} |"

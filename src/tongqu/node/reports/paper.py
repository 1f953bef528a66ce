"""Sets a report as PDF/A-2b. The same form, version and period give the same bytes; nothing in it says when it was made.

What was worked out reaches the template as data, never as text of it, so nothing in it can be a command. The house's own
Chinese font is embedded; nothing is fetched.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import typst

from tongqu.node.reports.telling import Told
from tongqu.wire.report_form import ReportForm
from tongqu.wire.title import Title

FONTS = Path(__file__).parents[2] / "fonts"
TEMPLATE = Path(__file__).parent / "report.typ"


@cache
def _fonts() -> tuple[typst.Fonts, str]:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    return fonts, fonts.families()[0]


def paper(form: ReportForm, period: str, sections: Sequence[Told], *, source_version: str) -> bytes:
    """The PDF. Its date is the first day of the period, so that it is a matter of what was asked and not of when."""
    fonts, family = _fonts()
    data = {
        "family": family,
        "title": _both(form.title),
        "about": _both(form.about),
        "period": period,
        "group_min": form.group_min,
        "form": form.digest,
        "version": source_version,
        "sections": [_section(section) for section in sections],
    }
    year, _, rest = period.partition("-")
    month = 3 * int(rest[1]) - 2 if rest.startswith("Q") else int(rest or 1)
    pdf = typst.compile(
        TEMPLATE.read_bytes(),
        format="pdf",
        font_paths=fonts,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["a-2b"],
        timestamp=datetime(int(year), month, 1, tzinfo=UTC),
    )
    return bytes(pdf)


def _both(title: Title) -> dict[str, str]:
    return {"zh": title.zh, "en": title.en}


def _section(told: Told) -> dict[str, object]:
    firsts = [line.figures[0] for line in told.lines]
    return {
        "title": _both(told.section.title),
        "text": _both(told.section.text),
        "by": _both(told.section.by_title),
        "figures": [_both(figure.title) for figure in told.section.figures],
        "lines": [[line.name, *(_written(figure) for figure in line.figures)] for line in told.lines],
        "chart": told.section.chart,
        "heights": _heights(firsts),
        "withheld": told.withheld,
        "left_out": told.left_out,
    }


def _heights(values: Sequence[Decimal | None]) -> list[float | None]:
    """Each value as a share of the largest; negative ones are drawn as nothing."""
    most = max((value for value in values if value is not None), default=Decimal(0))
    return [None if value is None else float(max(Decimal(0), value) / most) if most > 0 else 0.0 for value in values]


def _written(value: Decimal | None) -> str:
    return "—" if value is None else f"{value:,f}"

"""Bars by the hour as inline SVG: no script, nothing fetched, and the numbers stand in a list beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

INDIGO, JADE, AMBER, VIOLET, SLATE = "#2f4b7c", "#17694c", "#c27a1a", "#7d5a94", "#6a97b5"
VERMILION, GREY = "#b0302a", "#8d8678"
"""Vermilion is what somebody must look at, here as on every page."""
INK, RULE = "#454b53", "#e4dfd6"


@dataclass(frozen=True)
class Bar:
    """One hour: its label (shown where it is not empty), its full name, and how much of which series."""

    label: str
    name: str
    parts: Mapping[str, int]


@dataclass(frozen=True)
class Sheet:
    """A picture's size in units that come out as pixels, near enough, where it is shown; so its words can be read there."""

    width: int
    height: int
    font: float = 12.5

    @property
    def top(self) -> float:
        return self.font * 0.8

    @property
    def bottom(self) -> float:
        return self.height - self.font * 1.8


WIDE, PHONE = Sheet(600, 200), Sheet(330, 190)


def stacked(bars: Sequence[Bar], colours: Mapping[str, str], *, title: str, sheet: Sheet) -> str:
    """A bar for each hour, its series one above the other in the order of their colours."""
    most = _ceiling(max((sum(bar.parts.values()) for bar in bars), default=0))
    left = _wide(f"{most:,}", sheet) + 7
    high, wide = sheet.bottom - sheet.top, (sheet.width - left) / max(1, len(bars))
    drawn = [_lines(most, left, sheet)]
    for at, bar in enumerate(bars):
        x, y = left + at * wide, sheet.bottom
        told = ", ".join(f"{name} {bar.parts[name]:,}" for name in colours if bar.parts.get(name)) or "0"
        shapes = []
        for name, colour in colours.items():
            if tall := bar.parts.get(name, 0) / most * high:
                y -= tall
                shapes.append(
                    f'<rect x="{x + wide * 0.12:.1f}" y="{y:.1f}" width="{wide * 0.76:.1f}" height="{tall:.1f}" fill="{colour}"/>'
                )
        drawn.append(f"<g><title>{escape(bar.name)}: {escape(told)}</title>{''.join(shapes)}</g>")
        if bar.label:
            drawn.append(_tick(bar.label, x + wide / 2, sheet))
    return (
        f'<svg class="bars" viewBox="0 0 {sheet.width} {sheet.height}" role="img" aria-label="{escape(title)}" '
        f'preserveAspectRatio="xMidYMid meet">{"".join(drawn)}</svg>'
    )


def _wide(text: str, sheet: Sheet) -> float:
    """Room for digits and the marks between them, in any face."""
    return len(text) * sheet.font * 0.62


def _tick(label: str, middle: float, sheet: Sheet) -> str:
    """Under its bar, but within the picture."""
    half = _wide(label, sheet) / 2
    x = min(max(middle, half), sheet.width - half)
    return (
        f'<text x="{x:.1f}" y="{sheet.height - sheet.font * 0.4:.1f}" text-anchor="middle" font-size="{sheet.font}" '
        f'fill="{INK}">{escape(label)}</text>'
    )


def _lines(most: int, left: float, sheet: Sheet) -> str:
    drawn = []
    for share in (0, 0.5, 1):
        if most == 1 and share == 0.5:
            continue
        y = sheet.bottom - (sheet.bottom - sheet.top) * share
        drawn.append(
            f'<line x1="{left:.1f}" x2="{sheet.width}" y1="{y:.1f}" y2="{y:.1f}" stroke="{RULE}"/>'
            f'<text x="{left - 6:.1f}" y="{y + sheet.font * 0.35:.1f}" text-anchor="end" font-size="{sheet.font}" fill="{INK}">'
            f"{int(most * share):,}</text>"
        )
    return "".join(drawn)


def _ceiling(count: int) -> int:
    """The next of 1, 2, 4, 6, 8, 10, 20 … that holds it: the half of all but the first is whole, too."""
    step = 1
    while True:
        for factor in (1, 2, 4, 6, 8):
            if factor * step >= count:
                return factor * step
        step *= 10

"""Bars by the hour as inline SVG: no script, nothing fetched, and the numbers stand in a table beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 190, 46, 22, 8
COLOURS = ("#2f4b7c", "#17694c", "#8a5100", "#b0302a", "#6b5b95", "#626970")
"""Of the house: indigo, jade, amber, vermilion, and two quiet ones."""


@dataclass(frozen=True)
class Bar:
    """One hour: its label (shown where it is not empty), its full name, and how much of which series."""

    label: str
    name: str
    parts: Mapping[str, int]


def colours(series: Sequence[str]) -> dict[str, str]:
    return {name: COLOURS[at % len(COLOURS)] for at, name in enumerate(series)}


def stacked(bars: Sequence[Bar], series: Sequence[str], *, title: str) -> str:
    """A bar for each hour, its series one above the other."""
    most = _ceiling(max((sum(bar.parts.values()) for bar in bars), default=0))
    high, wide = HEIGHT - BOTTOM - TOP, (WIDTH - LEFT) / max(1, len(bars))
    colour = colours(series)
    drawn = [_lines(most, high)]
    for at, bar in enumerate(bars):
        x, y = LEFT + at * wide, float(HEIGHT - BOTTOM)
        told = ", ".join(f"{name} {bar.parts[name]:,}" for name in series if bar.parts.get(name)) or "0"
        shapes = []
        for name in series:
            if tall := bar.parts.get(name, 0) / most * high:
                y -= tall
                shapes.append(
                    f'<rect x="{x + wide * 0.12:.1f}" y="{y:.1f}" width="{wide * 0.76:.1f}" height="{tall:.1f}" fill="{colour[name]}"/>'
                )
        drawn.append(f"<g><title>{escape(bar.name)}: {escape(told)}</title>{''.join(shapes)}</g>")
        if bar.label:
            drawn.append(
                f'<text x="{x + wide / 2:.1f}" y="{HEIGHT - 6}" text-anchor="middle" font-size="11" fill="#626970">{escape(bar.label)}</text>'
            )
    return (
        f'<svg class="bars" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}" '
        f'preserveAspectRatio="xMidYMid meet">{"".join(drawn)}</svg>'
    )


def _lines(most: int, high: int) -> str:
    drawn = []
    for share in (0, 0.5, 1):
        if most % 2 and share == 0.5:
            continue
        y = TOP + high * (1 - share)
        drawn.append(
            f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e4dfd6"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" font-size="11" fill="#626970">{int(most * share):,}</text>'
        )
    return "".join(drawn)


def _ceiling(count: int) -> int:
    """The next of 1, 2, 5, 10, 20 … that holds it."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if factor * step >= count:
                return factor * step
        step *= 10

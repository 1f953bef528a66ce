"""A radar plot drawn here, as SVG: one axis for each name, rings at whole levels. No script, no Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import cos, pi, sin

from tongqu.exchange.bedrock.values import Words

WIDTH, HEIGHT, RADIUS = 420, 330, 112
GROUND, EDGE, INK, AREA = "#e4dfd6", "#8d8678", "#454b53", "#2f4b7c"


@dataclass(frozen=True)
class Axis:
    """One direction: its name and how far, in hundredths of a level."""

    words: Words
    hundredths: int


@dataclass(frozen=True)
class Radar:
    """`levels` rings; a value is between 0 and so many levels."""

    title: Words
    axes: Sequence[Axis]
    levels: int = 5


def _at(number: int, of: int, share: float) -> tuple[float, float]:
    """The first axis points up, the others follow clockwise."""
    turn = 2 * pi * number / of - pi / 2
    return WIDTH / 2 + RADIUS * share * cos(turn), HEIGHT / 2 + RADIUS * share * sin(turn)


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _anchor(x: float) -> str:
    return "middle" if abs(x - WIDTH / 2) < 8 else "start" if x > WIDTH / 2 else "end"


def svg(plot: Radar, language: str | None) -> str:
    """The picture as text; every name is escaped. What it shows is read out in its title."""
    many = len(plot.axes)
    if many < 3:
        raise ValueError("a radar has three axes at least")
    told = "; ".join(f"{axis.words.of(language)} {axis.hundredths / 100:.2f}" for axis in plot.axes)
    lines = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" role="img" class="tq-radar" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(plot.title.of(language))}: {escape(told)}</title>",
    ]
    for level in range(1, plot.levels + 1):
        ring = _points([_at(n, many, level / plot.levels) for n in range(many)])
        lines.append(f'<polygon points="{ring}" fill="none" stroke="{GROUND if level < plot.levels else EDGE}"/>')
    for number, axis in enumerate(plot.axes):
        x, y = _at(number, many, 1)
        lines.append(f'<line x1="{WIDTH / 2:.1f}" y1="{HEIGHT / 2:.1f}" x2="{x:.1f}" y2="{y:.1f}" stroke="{GROUND}"/>')
        x, y = _at(number, many, 1.13)
        y -= 12 if number == 0 else 0  # two lines stand above the first axis
        lines.append(
            f'<text x="{x:.1f}" y="{y + 1:.1f}" font-size="12.5" fill="{INK}" text-anchor="{_anchor(x)}">'
            f'{escape(axis.words.of(language))}<tspan x="{x:.1f}" dy="14" font-size="11">{axis.hundredths / 100:.2f}</tspan></text>'
        )
    places = [_at(n, many, min(max(axis.hundredths / 100 / plot.levels, 0), 1)) for n, axis in enumerate(plot.axes)]
    lines.append(
        f'<polygon points="{_points(places)}" fill="{AREA}" fill-opacity="0.16" stroke="{AREA}" stroke-width="2"/>'
    )
    lines += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{AREA}"/>' for x, y in places]
    lines += [
        f'<text x="{WIDTH / 2 + 4:.1f}" y="{HEIGHT / 2 - RADIUS * level / plot.levels + 4:.1f}" font-size="10" fill="{EDGE}">{level}</text>'
        for level in range(1, plot.levels)
    ]
    return "".join([*lines, "</svg>"])

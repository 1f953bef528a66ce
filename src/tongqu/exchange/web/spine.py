"""A procedure's picture for a narrow place: the usual way as a spine from top to bottom, other states beside it. Pure.

A line leads only from one box to the next below. Every other step stands beside the box that it leaves, as an arrow to
the name of where it leads; so no two lines cross, however many states there are, and each step can be read by itself.
States that one comes back from stand indented under the station they belong to; ends aside, in their own rows, are last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.web.diagram import (
    COLOURS,
    LABEL,
    LINE,
    WALKED,
    Edge,
    Node,
    broken,
    described,
    noted,
    text_width,
    wrapped,
)

WIDTH = 300.0
BOX = 128.0
INDENT = 20.0
FONT, SMALL = 12.5, 12.0
LEAD = 1.32
GAP = 15.0
PAD = 7.0
STEM = 12.0
ASIDE = BOX + INDENT + 12
EXITS = Words("其他结局", "Other ends")


@dataclass(frozen=True)
class Exit:
    """A step beside the box that it leaves: to which state, in lines."""

    edge: Edge
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """A state where it stands, and its steps that go elsewhere than down."""

    node: Node
    left: float
    top: float
    width: float
    height: float
    lines: tuple[str, ...]
    exits: tuple[Exit, ...] = ()

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True)
class Spine:
    """`down`: the steps drawn as lines, each between the boxes of these two rows."""

    width: float
    height: float
    rows: tuple[Row, ...]
    down: tuple[tuple[Edge, Row, Row], ...]
    heading: tuple[float, str] | None


def layout(nodes: Sequence[Node], edges: Sequence[Edge], *, way: Sequence[str], language: str) -> Spine:
    """Raises KeyError for a state in edges or way that is none of the nodes."""
    by_id = {node.id: node for node in nodes}
    steps = [edge for edge in edges if edge.source != edge.target]
    for name in [*way, *(end for edge in edges for end in (edge.source, edge.target))]:
        by_id[name]
    beside, ends = _aside(nodes, steps, way)
    order = [(name, 0.0) for name in way]
    for name, station in reversed(beside):
        at = next((i for i, (one, _) in enumerate(order) if one == station), len(order) - 1)
        order.insert(at + 1, (name, INDENT))
    follows = dict(pairwise(way))
    down = {(edge.source, edge.target) for edge in steps if follows.get(edge.source) == edge.target}
    down |= {(station, name) for name, station in beside if any((e.source, e.target) == (station, name) for e in steps)}
    rows: list[Row] = []
    top = 4.0
    for name, indent in order:
        exits = [edge for edge in steps if edge.source == name and (edge.source, edge.target) not in down]
        row = _row(by_id[name], 2 + indent, top, exits, by_id, language)
        rows.append(row)
        top = max(row.bottom, row.top + sum(len(one.lines) for one in row.exits) * SMALL * LEAD + PAD) + GAP
    heading = (top + FONT, EXITS.of(language)) if ends and rows else None
    top += FONT + 10 if heading else 0
    across, used = 0, 0.0
    for name in ends:
        wide = (WIDTH - 4 - 10) / 2
        row = _row(by_id[name], 2 + across * (wide + 10), top, [], by_id, language, width=wide)
        rows.append(row)
        used, across = max(used, row.height), across + 1
        if across == 2:
            top, across, used = top + used + 8, 0, 0.0
    if across:
        top += used + 8
    placed = {row.node.id: row for row in rows}
    drawn = tuple((e, placed[e.source], placed[e.target]) for e in steps if (e.source, e.target) in down)
    return Spine(WIDTH, top, tuple(rows), drawn, heading)


def _aside(nodes: Sequence[Node], steps: Sequence[Edge], way: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """States off the way: those that lead on, each with the station it stands under, and the ends."""
    leaves = {edge.source for edge in steps}
    beside: list[tuple[str, str]] = []
    under = {name: name for name in way}
    waiting = [node.id for node in nodes if node.id not in under and node.id in leaves]
    while waiting:
        name = next((n for n in waiting if any(e.target == n and e.source in under for e in steps)), waiting[0])
        waiting.remove(name)
        before = [edge.source for edge in steps if edge.target == name and edge.source in under]
        first = min((under[one] for one in before), key=list(way).index) if before else (way[0] if way else name)
        under[name] = first
        beside.append((name, first))
    return beside, [node.id for node in nodes if node.id not in under]


def _row(
    node: Node,
    left: float,
    top: float,
    exits: Sequence[Edge],
    by_id: dict[str, Node],
    language: str,
    width: float = BOX,
) -> Row:
    lines = wrapped(node.words.of(language), width - 14, FONT)
    told = tuple(
        Exit(edge, wrapped(by_id[edge.target].words.of(language), WIDTH - ASIDE - STEM - 6, SMALL)) for edge in exits
    )
    return Row(node, left, top, width, len(lines) * FONT * LEAD + 2 * PAD, lines, told)


def draw(nodes: Sequence[Node], edges: Sequence[Edge], *, way: Sequence[str], title: str, language: str) -> str:
    """SVG text with a title and a description for those who do not see it."""
    spine = layout(nodes, edges, way=way, language=language)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="diagram" role="img" aria-label={quoteattr(title)} '
        f'width="{spine.width:.0f}" height="{spine.height:.0f}" viewBox="0 0 {spine.width:.1f} {spine.height:.1f}">',
        f"<title>{escape(title)}</title><desc>{escape(described(nodes, edges, language))}</desc>",
        *[_down(spine, edge, one, two, language) for edge, one, two in spine.down],
        *[_box(row, language) for row in spine.rows],
        *[_exits(row, language) for row in spine.rows if row.exits],
    ]
    if spine.heading:
        y, words = spine.heading
        parts.append(f'<text x="2" y="{y:.1f}" font-size="{SMALL}" fill="{LABEL}">{escape(words)}</text>')
    return "".join([*parts, "</svg>"])


def _down(spine: Spine, edge: Edge, one: Row, two: Row, language: str) -> str:
    """Straight down the left side between stations; from a station into the side of a box indented under it."""
    x = 2 + INDENT / 2
    if two.left > one.left:
        y = two.top + two.height / 2
        path = f"M{x:.1f} {one.bottom:.1f}L{x:.1f} {y:.1f}L{two.left:.1f} {y:.1f}"
        head = f"M{two.left:.1f} {y:.1f}l-6.5 -3.2l0 6.4Z"
    else:
        path = f"M{x:.1f} {one.bottom:.1f}L{x:.1f} {two.top:.1f}"
        head = f"M{x:.1f} {two.top:.1f}l-3.2 -6.5l6.4 0Z"
    return _step(edge, language, path, head)


def _step(edge: Edge, language: str, path: str, head: str) -> str:
    colour = WALKED if edge.walked else LINE
    words = edge.words.of(language)
    return (
        f"<g data-edge={quoteattr(edge.source + '>' + edge.target)}>"
        + (f"<title>{escape(words)}</title>" if words else "")
        + f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.4"/><path d="{head}" fill="{colour}"/></g>'
    )


def _box(row: Row, language: str) -> str:
    fill, stroke, ink = COLOURS[row.node.kind]
    now = row.node.kind == "now"
    first = row.top + PAD + FONT * 0.98
    text = "".join(
        f'<text x="{row.left + row.width / 2:.1f}" y="{first + i * FONT * LEAD:.1f}" text-anchor="middle" '
        f'font-size="{FONT}" fill="{ink}"{" font-weight=" + quoteattr("600") if now else ""}>{escape(line)}</text>'
        for i, line in enumerate(row.lines)
    )
    return (
        f'<g data-state={quoteattr(row.node.id)}>{noted(row.node.kind, language)}<rect x="{row.left:.1f}" y="{row.top:.1f}" width="{row.width:.1f}" '
        f'height="{row.height:.1f}" rx="{13 if row.node.kind == "end" else 6}" fill="{fill}" stroke="{stroke}" '
        f'stroke-width="{2.2 if now else 1.3}"{broken(row.node.kind)}/>{text}</g>'
    )


def _exits(row: Row, language: str) -> str:
    parts: list[str] = []
    y = row.top + PAD + SMALL * 0.98
    for one in row.exits:
        middle = y - SMALL * 0.34
        path = f"M{ASIDE:.1f} {middle:.1f}L{ASIDE + STEM:.1f} {middle:.1f}"
        head = f"M{ASIDE + STEM:.1f} {middle:.1f}l-5.5 -3l0 6Z"
        parts.append(_step(one.edge, language, path, head))
        for line in one.lines:
            parts.append(
                f'<text x="{ASIDE + STEM + 5:.1f}" y="{y:.1f}" font-size="{SMALL}" fill="{LABEL}">{escape(line)}</text>'
            )
            y += SMALL * LEAD
    return "".join(parts)


def widest(spine: Spine) -> float:
    """How far to the right anything stands; tests ask."""
    told = [ASIDE + STEM + 5 + text_width(line, SMALL) for row in spine.rows for one in row.exits for line in one.lines]
    return max([*told, *(row.right for row in spine.rows)])

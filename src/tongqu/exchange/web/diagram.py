"""A procedure's picture as SVG for the width of a page; `spine` draws it for a narrow place. Pure: plain nodes and edges
in, text out (Mermaid text: `procedures.mermaid`).

The usual way runs left to right on the middle row and continues on a further row when it is long; other states stand
above it (those one comes back from) or below it (those where it ends). Edges run in the gaps between boxes, each on a
track of its own, so that none lies upon another and none crosses a box. Colours are SVG attributes: no style attribute,
no script, no ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from tongqu.exchange.bedrock.values import Words

NO_WORDS = Words("", "")
Kind = Literal["done", "now", "skipped", "end", "other"]


@dataclass(frozen=True)
class Node:
    """A state. `done`: the subject was in it; `now`: it stands there; `skipped`: it went past it; `end`: nobody leaves it."""

    id: str
    words: Words
    kind: Kind = "other"


@dataclass(frozen=True)
class Edge:
    source: str
    target: str
    words: Words = NO_WORDS
    walked: bool = False
    """Whether the subject went this way."""


@dataclass(frozen=True)
class Diagram:
    """What `{% diagram %}` draws: states, steps, the usual way by state id, and a title for those who do not see it."""

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    way: Sequence[str]
    title: Words


@dataclass(frozen=True)
class Measure:
    """Sizes in user units, which are pixels at natural width."""

    columns: int
    font: float
    box_min: float
    box_max: float
    track: float
    gap: float


WIDE = Measure(columns=6, font=13.5, box_min=92, box_max=132, track=20, gap=44)

# Vermilion says that something is wrong; where a subject stands is indigo.
COLOURS: dict[Kind, tuple[str, str, str]] = {  # fill, stroke, text
    "done": ("#e6f3ee", "#17694c", "#17694c"),
    "now": ("#e9eef6", "#2f4b7c", "#1f3560"),
    "skipped": ("#ffffff", "#8d8678", "#626970"),
    "end": ("#f6f3ed", "#8d8678", "#1d2126"),
    "other": ("#ffffff", "#8d8678", "#1d2126"),
}
SKIPPED = Words("略过", "Skipped")
LINE, WALKED, LABEL = "#8d8678", "#17694c", "#454b53"


@dataclass(frozen=True)
class Box:
    """Where a node stands: grid place, and centre and size once measured."""

    node: Node
    row: int
    column: int
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    lines: tuple[str, ...] = ()

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Route:
    """An edge as drawn: its corners, and where its words stand (empty when they do not fit the picture)."""

    edge: Edge
    points: tuple[tuple[float, float], ...]
    label: tuple[str, ...] = ()
    label_x: float = 0
    label_y: float = 0
    anchor: Literal["start", "middle", "end"] = "middle"


@dataclass(frozen=True)
class Picture:
    width: float
    height: float
    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]


def text_width(text: str, size: float) -> float:
    """How wide text stands: a Chinese character is as wide as it is high, others a little over half."""
    return sum(size if ord(char) > 0x2E7F else size * (0.74 if char.isupper() else 0.56) for char in text)


def wrapped(text: str, width: float, size: float) -> tuple[str, ...]:
    """Lines no wider than asked: Chinese breaks anywhere, other text between words, a longer word keeps its line."""
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and text_width((lines[-1] + piece).rstrip(), size) > width:
            lines.append(piece.lstrip())
        else:
            lines[-1] += piece
    return tuple(line.strip() for line in lines if line.strip())


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for char in text:
        joins = (
            pieces and ord(char) <= 0x2E7F and char != " " and ord(pieces[-1][-1]) <= 0x2E7F and pieces[-1][-1] != "/"
        )
        if joins or (pieces and char in "，、）；/"):
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def draw(
    nodes: Sequence[Node],
    edges: Sequence[Edge],
    *,
    way: Sequence[str],
    title: str,
    language: str = "zh",
    measure: Measure = WIDE,
    description: str = "",
) -> str:
    """SVG text. `way` is the usual path by node id; unknown ids in edges or way raise KeyError."""
    return svg(layout(nodes, edges, way=way, language=language, measure=measure), title, description, language, measure)


def layout(
    nodes: Sequence[Node], edges: Sequence[Edge], *, way: Sequence[str], language: str, measure: Measure
) -> Picture:
    """Where everything stands."""
    by_id = {node.id: node for node in nodes}
    for name in [*way, *(end for edge in edges for end in (edge.source, edge.target))]:
        by_id[name]
    places = _places(nodes, edges, way, measure.columns)
    return _Sheet(by_id, places, [e for e in edges if e.source != e.target], language, measure).picture()


def _places(
    nodes: Sequence[Node], edges: Sequence[Edge], way: Sequence[str], columns: int
) -> dict[str, tuple[int, int]]:
    """Row and column of each node, rows counted from the top without gaps."""
    taken: dict[tuple[float, int], str] = {}
    spot: dict[str, tuple[float, int]] = {}

    def put(name: str, row: float, column: int) -> None:
        taken[(row, column)], spot[name] = name, (row, column)

    for index, name in enumerate(way):
        put(name, index // columns * 10, index % columns)  # ten rows apart: room for those beside
    leaves = {edge.source for edge in edges}
    waiting = [node.id for node in nodes if node.id not in spot]
    while waiting:
        name = next((n for n in waiting if _neighbours(n, edges) & spot.keys()), waiting[0])
        waiting.remove(name)
        row, column = _anchor(name, edges, spot, way)
        band = round(row / 10) * 10
        sides = (1, 2, 3, 4) if name not in leaves else (-1, -2, 1, 2, -3, 3, 4)
        used = max((c for _, c in spot.values()), default=0)
        put(name, *_free(taken, band, column, sides, max(used, min(columns, len(way)) - 1)))
    order = {row: index for index, row in enumerate(sorted({row for row, _ in spot.values()}))}
    return {name: (order[row], column) for name, (row, column) in spot.items()}


def _neighbours(name: str, edges: Sequence[Edge]) -> set[str]:
    return {e.source for e in edges if e.target == name} | {e.target for e in edges if e.source == name}


def _anchor(
    name: str, edges: Sequence[Edge], spot: dict[str, tuple[float, int]], way: Sequence[str]
) -> tuple[float, int]:
    """Where the node stands beside which an exit goes: the middle one that leads to it, else any neighbour."""
    before = [e.source for e in edges if e.target == name and e.source in spot]
    near = (
        [n for n in before if n in way] or before or [e.target for e in edges if e.source == name and e.target in spot]
    )
    near.sort(key=lambda n: spot[n])
    return spot[near[len(near) // 2]] if near else (0.0, 0)


def _free(
    taken: dict[tuple[float, int], str], band: int, column: int, sides: Iterable[int], last: int
) -> tuple[float, int]:
    for side in sides:
        for shift in (0, 1, -1, 2, -2) if abs(side) > 1 else (0, 1, -1):
            if 0 <= column + shift <= last and (band + side, column + shift) not in taken:
                return band + side, column + shift
    side = 5
    while (band + side / 10, column) in taken:
        side += 1
    return band + side / 10, column


@dataclass
class _Lane:
    """A gap between rows or columns: tracks with the stretches already used on each."""

    tracks: list[list[tuple[float, float]]] = field(default_factory=list)

    def take(self, start: float, end: float) -> int:
        low, high = min(start, end) - 3, max(start, end) + 3
        for index, track in enumerate(self.tracks):
            if all(high <= a or low >= b for a, b in track):
                track.append((low, high))
                return index
        self.tracks.append([(low, high)])
        return len(self.tracks) - 1


@dataclass
class _Leg:
    """An edge on its way: the ports it uses, its stretch in a row gap at each end, and the column gap between."""

    edge: Edge
    label: tuple[str, ...]
    source_side: str
    target_side: str
    source_lane: int = 0
    target_lane: int = 0
    column_lane: int | None = None
    source_track: int = 0
    target_track: int = 0
    column_track: int = 0
    source_x: float = 0
    target_x: float = 0
    direct: bool = False  # to the box right above or below: one straight line
    anchor: Literal["start", "middle", "end"] = "middle"


def _near_its_box(leg: _Leg) -> tuple[int, float]:
    """Tracks are given from the top: first to edges that leave a box downwards, last to those that leave upwards."""
    return (1 if leg.direct else 0 if leg.source_side == "bottom" else 2), abs(leg.source_x - leg.target_x)


class _Sheet:
    """One picture being laid out: ports, then tracks, then sizes, then corners."""

    def __init__(
        self,
        nodes: dict[str, Node],
        places: dict[str, tuple[int, int]],
        edges: list[Edge],
        language: str,
        measure: Measure,
    ) -> None:
        self.nodes, self.places, self.edges, self.language, self.m = nodes, places, edges, language, measure
        self.rows = max(row for row, _ in places.values()) + 1
        self.columns = max(column for _, column in places.values()) + 1
        self.row_lanes = [_Lane() for _ in range(self.rows + 1)]
        self.column_lanes = [_Lane() for _ in range(self.columns + 1)]
        self.pairs = {(e.source, e.target) for e in edges}

    def picture(self) -> Picture:
        self._size_boxes()
        straight = [e for e in self.edges if self._beside(e)]
        legs = [self._leg(e) for e in self.edges if not self._beside(e)]
        self._straight_groups(legs)
        self._columns(straight, legs)
        self._ports(legs)
        for leg in sorted(legs, key=_near_its_box):
            self._tracks(leg)
        self._rows(max((len(leg.label) for leg in legs), default=1))
        boxes = {name: self._box(name) for name in self.nodes}
        routes = [self._straight(e, boxes) for e in straight] + [self._bent(leg, boxes) for leg in legs]
        ys = (
            [box.bottom for box in boxes.values()]
            + [y for r in routes for _, y in r.points]
            + [r.label_y + self.m.font * 0.4 for r in routes if r.label]
        )
        tops = (
            [box.top for box in boxes.values()]
            + [y for r in routes for _, y in r.points]
            + [r.label_y - self.m.font for r in routes if r.label]
        )
        shift = 5 - min(tops)
        moved = tuple(_moved_route(r, shift) for r in routes)
        return Picture(self.width, max(ys) + shift + 5, tuple(_moved_box(b, shift) for b in boxes.values()), moved)

    # sizes

    def _size_boxes(self) -> None:
        words = {name: node.words.of(self.language) for name, node in self.nodes.items()}
        longest = max(
            (
                text_width(piece, self.m.font)
                for text in words.values()
                for piece in text.split()
                if ord(piece[0]) < 0x2E80
            ),
            default=0,
        )
        one_line = max(text_width(text, self.m.font) for text in words.values())
        self.box_width = max(self.m.box_min, min(self.m.box_max, one_line + 16), longest + 8)
        self.lines = {name: wrapped(text, self.box_width - 10, self.m.font) for name, text in words.items()}
        self.box_height = max(len(lines) for lines in self.lines.values()) * self.m.font * 1.3 + 13

    def _label(self, edge: Edge, width: float) -> tuple[str, ...]:
        return wrapped(edge.words.of(self.language), width, self.m.font - 1.5)

    def _label_width(self, label: Sequence[str]) -> float:
        return max((text_width(line, self.m.font - 1.5) for line in label), default=0)

    # which way an edge goes

    def _beside(self, edge: Edge) -> bool:
        """A step to the next box in the row is a straight line."""
        (r1, c1), (r2, c2) = self.places[edge.source], self.places[edge.target]
        return r1 == r2 and (c2 == c1 + 1 or (c2 == c1 - 1 and (edge.target, edge.source) not in self.pairs))

    def _leg(self, edge: Edge) -> _Leg:
        (r1, c1), (r2, c2) = self.places[edge.source], self.places[edge.target]
        label = self._label(edge, 150)
        if r1 == r2:
            side, lane = ("top", r1) if c2 > c1 else ("bottom", r1 + 1)
            return _Leg(edge, label, side, side, lane, lane)
        down = r2 > r1
        leg = _Leg(edge, label, "bottom" if down else "top", "top" if down else "bottom")
        if c1 == c2 and abs(r1 - r2) == 1:
            leg.direct, leg.label = True, self._label(edge, 84)
        leg.source_lane, leg.target_lane = (r1 + 1, r2) if down else (r1, r2 + 1)
        if leg.source_lane != leg.target_lane:
            leg.column_lane = c1 + 1 if c2 > c1 else c1 if c2 < c1 else (c1 + 1)
        return leg

    def _straight_groups(self, legs: Sequence[_Leg]) -> dict[frozenset[str], list[_Leg]]:
        """The straight ones between the same two boxes; of two, the first has its words on the left."""
        groups: dict[frozenset[str], list[_Leg]] = {}
        for leg in legs:
            if leg.direct:
                groups.setdefault(frozenset((leg.edge.source, leg.edge.target)), []).append(leg)
        for group in groups.values():
            for index, leg in enumerate(group):
                leg.anchor = "end" if index == 0 and len(group) > 1 else "start"
        return groups

    # horizontal positions: the column gaps are as wide as their tracks and straight labels need

    def _columns(self, straight: Sequence[Edge], legs: Sequence[_Leg]) -> None:
        for leg in legs:
            if leg.column_lane is not None:
                low, high = sorted((leg.source_lane, leg.target_lane))
                leg.column_track = self.column_lanes[leg.column_lane].take(low * 100 + 4, high * 100 - 4)
        self.straight_labels = {edge: self._label(edge, 96) for edge in straight}
        gaps: list[float] = []
        zones: list[float] = []  # the words' part of a gap; the tracks stand behind it
        for index in range(self.columns + 1):
            inner = 0 < index < self.columns
            words = max(
                (self._label_width(label) for e, label in self.straight_labels.items() if self._gap_of(e) == index),
                default=0,
            )
            tracks = len(self.column_lanes[index].tracks) * self._track_width()
            zones.append(max(self.m.gap if inner else 4, words + 26 if words else 0))
            gaps.append(zones[-1] + (tracks + 4 + max(0.0, self._jutting(legs, index)) if tracks else 0))
        self.column_left: list[float] = []
        self.column_x: list[float] = []
        at = 2.0
        for index, gap in enumerate(gaps):
            self.column_left.append(at)
            at += gap
            if index < self.columns:
                self.column_x.append(at + self.box_width / 2)
                at += self.box_width
        self.gaps, self.zones, self.width = gaps, zones, at + 2

    def _jutting(self, legs: Sequence[_Leg], column: int) -> float:
        """How far words left of a vertical line stand out of their column, into the gap before it."""
        left = [leg for leg in legs if leg.direct and leg.anchor == "end" and self.places[leg.edge.source][1] == column]
        return max((self._label_width(leg.label) + 22 - self.box_width / 2 for leg in left if leg.label), default=0)

    def _gap_of(self, edge: Edge) -> int:
        return max(self.places[edge.source][1], self.places[edge.target][1])

    def _ports(self, legs: Sequence[_Leg]) -> None:
        """Straight ones share one line at both ends, in the middle of the side; the others spread beside them.

        Tops and bottoms of the others are offset, so that two of them never lie on one line.
        """
        straight = self._straight_groups(legs)
        for group in straight.values():
            centre = self.column_x[self.places[group[0].edge.source][1]]
            for index, leg in enumerate(group):
                leg.source_x = leg.target_x = centre + (index - (len(group) - 1) / 2) * 20
        spans = {
            (name, side): len(group) * 10.0
            for group in straight.values()
            for leg in group
            for name, side in ((leg.edge.source, leg.source_side), (leg.edge.target, leg.target_side))
        }
        ends: dict[tuple[str, str], list[tuple[float, int, bool, _Leg]]] = {}
        for number, leg in enumerate(legs):
            for at_source in (True, False) if not leg.direct else ():
                name = leg.edge.source if at_source else leg.edge.target
                other = leg.edge.target if at_source else leg.edge.source
                side = leg.source_side if at_source else leg.target_side
                toward = self.places[other][1] - self.places[name][1]
                ends.setdefault((name, side), []).append((toward, number, at_source, leg))
        for (name, side), those in ends.items():
            those.sort(key=lambda end: (end[0], end[1], end[2]))
            centre = self.column_x[self.places[name][1]]
            for at, (_, _, at_source, leg) in zip(
                self._spread(those, side, spans.get((name, side), 0)), those, strict=True
            ):
                if at_source:
                    leg.source_x = centre + at
                else:
                    leg.target_x = centre + at

    def _spread(self, those: Sequence[tuple[float, int, bool, _Leg]], side: str, taken: float) -> list[float]:
        """Distances of a side's ends from its middle, from left to right; `taken` about the middle is kept free."""
        room, shift = self.box_width / 2 - 7, -2.5 if side == "top" else 2.5
        if not taken:
            step = min(20.0, 2 * room / len(those))
            return [(index - (len(those) - 1) / 2) * step + shift for index in range(len(those))]
        left = [end for end in those if end[0] < 0]
        right = len(those) - len(left)
        step_left, step_right = (room - taken) / (len(left) + 0.5), (room - taken) / (right + 0.5)
        return [-taken - step_left * (len(left) - i) + shift for i in range(len(left))] + [
            taken + step_right * (i + 1) + shift for i in range(right)
        ]

    def _channel_x(self, leg: _Leg) -> float:
        assert leg.column_lane is not None
        lane = leg.column_lane
        return self.column_left[lane] + self.zones[lane] + leg.column_track * self._track_width() + 2

    def _track_width(self) -> float:
        return max(6.0, self.m.track / 2)

    # vertical positions: the row gaps are as high as their tracks need

    def _tracks(self, leg: _Leg) -> None:
        through = self._channel_x(leg) if leg.column_lane is not None else leg.target_x
        low, high = sorted((leg.source_x, through))
        width = self._label_width(leg.label)
        if leg.direct:
            start = leg.source_x - width - 9 if leg.anchor == "end" else leg.source_x
            leg.source_track = leg.target_track = self.row_lanes[leg.source_lane].take(start, start + width + 9)
            return
        half, middle = width / 2, (low + high) / 2
        leg.source_track = self.row_lanes[leg.source_lane].take(min(low, middle - half), max(high, middle + half))
        if leg.column_lane is not None:
            leg.target_track = self.row_lanes[leg.target_lane].take(through, leg.target_x)
        else:
            leg.target_track = leg.source_track

    def _rows(self, lines: int) -> None:
        self.lane_top: list[float] = []
        self.row_y: list[float] = []
        self.track = self.m.track + max(0, lines - 1) * (self.m.font - 1.5) * 1.2
        at = 0.0
        for index, lane in enumerate(self.row_lanes):
            self.lane_top.append(at)
            tracks = len(lane.tracks)
            at += tracks * self.track + 12 if tracks else (16 if 0 < index < self.rows else 0)
            if index < self.rows:
                self.row_y.append(at + self.box_height / 2)
                at += self.box_height

    def _track_y(self, lane: int, track: int) -> float:
        return self.lane_top[lane] + (track + 1) * self.track

    # corners

    def _box(self, name: str) -> Box:
        row, column = self.places[name]
        x, y = self.column_x[column], self.row_y[row]
        return Box(self.nodes[name], row, column, x, y, self.box_width, self.box_height, self.lines[name])

    def _straight(self, edge: Edge, boxes: dict[str, Box]) -> Route:
        one, two = boxes[edge.source], boxes[edge.target]
        forth = two.x > one.x
        points = ((one.right, one.y), (two.left, two.y)) if forth else ((one.left, one.y), (two.right, two.y))
        label = self.straight_labels[edge]
        return Route(edge, points, label, self._words_x(edge), one.y - 6)

    def _words_x(self, edge: Edge) -> float:
        gap = self._gap_of(edge)
        return self.column_left[gap] + self.zones[gap] / 2 - 3

    def _bent(self, leg: _Leg, boxes: dict[str, Box]) -> Route:
        one, two = boxes[leg.edge.source], boxes[leg.edge.target]
        start = (leg.source_x, one.top if leg.source_side == "top" else one.bottom)
        end = (leg.target_x, two.top if leg.target_side == "top" else two.bottom)
        first = self._track_y(leg.source_lane, leg.source_track)
        if leg.direct:
            x = leg.source_x + (-7 if leg.anchor == "end" else 7)
            return Route(leg.edge, (start, end), leg.label, x, first - 5, leg.anchor)
        if leg.column_lane is None:
            points = [start, (start[0], first), (end[0], first), end]
            through = end[0]
        else:
            through, second = self._channel_x(leg), self._track_y(leg.target_lane, leg.target_track)
            points = [start, (start[0], first), (through, first), (through, second), (end[0], second), end]
        half = self._label_width(leg.label) / 2
        x = min(max((start[0] + through) / 2, half + 3), self.width - half - 3)
        return Route(leg.edge, _simplified(points), leg.label, x, first - 5)


def _simplified(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    kept = [points[0]]
    for point in points[1:]:
        if abs(point[0] - kept[-1][0]) > 0.5 or abs(point[1] - kept[-1][1]) > 0.5:
            kept.append(point)
    return tuple(kept)


def _moved_box(box: Box, dy: float) -> Box:
    return Box(box.node, box.row, box.column, box.x, box.y + dy, box.width, box.height, box.lines)


def _moved_route(route: Route, dy: float) -> Route:
    return Route(
        route.edge,
        tuple((x, y + dy) for x, y in route.points),
        route.label,
        route.label_x,
        route.label_y + dy,
        route.anchor,
    )


# drawing


def svg(picture: Picture, title: str, description: str, language: str, measure: Measure) -> str:
    """The picture as SVG with a title and a description for those who do not see it."""
    said = description or described([box.node for box in picture.boxes], [r.edge for r in picture.routes], language)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="diagram" role="img" aria-label={quoteattr(title)} '
        f'width="{picture.width:.0f}" height="{picture.height:.0f}" '
        f'viewBox="0 0 {picture.width:.1f} {picture.height:.1f}">',
        f"<title>{escape(title)}</title><desc>{escape(said)}</desc>",
        *[_drawn_route(route, language, picture) for route in picture.routes],
        *[_drawn_box(box, measure.font, language) for box in picture.boxes],
        *[_drawn_label(route, measure.font - 1.5) for route in picture.routes if route.label],
        "</svg>",
    ]
    return "".join(parts)


def described(nodes: Sequence[Node], edges: Sequence[Edge], language: str) -> str:
    """The same in sentences: where it stands, what it was in and what it went past, and every step."""
    names = {node.id: node.words.of(language) for node in nodes}
    english = language.startswith("en")
    steps = "; ".join(f"{names[e.source]} → {names[e.target]}" for e in edges if e.source != e.target)
    told = []
    for kind, words in (("now", Words("当前", "Now")), ("done", Words("经过", "Passed")), ("skipped", SKIPPED)):
        some = (", " if english else "、").join(names[node.id] for node in nodes if node.kind == kind)
        if some:
            told.append(f"{words.of(language)}{': ' if english else '：'}{some}{'. ' if english else '。'}")
    return "".join(told) + steps


def broken(kind: Kind) -> str:
    """The outline of a state that the subject went past."""
    return ' stroke-dasharray="4 3"' if kind == "skipped" else ""


def noted(kind: Kind, language: str) -> str:
    return f"<title>{escape(SKIPPED.of(language))}</title>" if kind == "skipped" else ""


def _drawn_box(box: Box, font: float, language: str) -> str:
    fill, stroke, ink = COLOURS[box.node.kind]
    weight = 2.2 if box.node.kind == "now" else 1.3
    round_ = 13 if box.node.kind == "end" else 6
    first = box.y - (len(box.lines) - 1) * font * 0.65 + font * 0.36
    bold = ' font-weight="600"' if box.node.kind == "now" else ""
    lines = "".join(
        f'<text x="{box.x:.1f}" y="{first + i * font * 1.3:.1f}" text-anchor="middle" '
        f'font-size="{font}" fill="{ink}"{bold}>'
        f"{escape(line)}</text>"
        for i, line in enumerate(box.lines)
    )
    return (
        f'<g data-state={quoteattr(box.node.id)}>{noted(box.node.kind, language)}<rect x="{box.left:.1f}" y="{box.top:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="{round_}" fill="{fill}" stroke="{stroke}" stroke-width="{weight}"'
        f"{broken(box.node.kind)}/>{lines}</g>"
    )


def _drawn_route(route: Route, language: str, picture: Picture) -> str:
    colour = WALKED if route.edge.walked else LINE
    corners = "".join(f"{'L' if i else 'M'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(route.points))
    words = route.edge.words.of(language)
    return (
        f"<g data-edge={quoteattr(route.edge.source + '>' + route.edge.target)}>"
        + (f"<title>{escape(words)}</title>" if words else "")
        + f'<path d="{corners}" fill="none" stroke="{colour}" stroke-width="1.4" stroke-linejoin="round"/>'
        + f'<path d="{_arrow(route.points)}" fill="{colour}"/></g>'
    )


def _arrow(points: Sequence[tuple[float, float]]) -> str:
    (x1, y1), (x2, y2) = points[-2:]
    long = max(abs(x2 - x1), abs(y2 - y1)) or 1
    ux, uy = (x2 - x1) / long, (y2 - y1) / long
    bx, by = x2 - ux * 6.5, y2 - uy * 6.5
    return f"M{x2:.1f} {y2:.1f}L{bx - uy * 3.2:.1f} {by + ux * 3.2:.1f}L{bx + uy * 3.2:.1f} {by - ux * 3.2:.1f}Z"


def _drawn_label(route: Route, font: float) -> str:
    lines = route.label
    top = route.label_y - (len(lines) - 1) * font * 1.2
    return "".join(
        f'<text x="{route.label_x:.1f}" y="{top + i * font * 1.2:.1f}" text-anchor="{route.anchor}" '
        f'font-size="{font}" fill="{LABEL}" '
        f'stroke="#ffffff" stroke-width="4" stroke-linejoin="round" paint-order="stroke">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )


def marked(
    nodes: Iterable[tuple[str, Words, bool]], way: Sequence[str], *, now: str | None = None, passed: Iterable[str] = ()
) -> list[Node]:
    """Nodes from (state, words, is it an end): those it was in are done, where it stands is now, and what lies before these
    on the usual way without its having been there was skipped."""
    been = set(passed) | ({now} if now else set())
    reached = max((place for place, state in enumerate(way) if state in been), default=0)
    skipped = set(way[:reached]) - been
    return [
        Node(
            state,
            words,
            "now" if state == now
            else "done" if state in been
            else "skipped" if state in skipped
            else "end" if end
            else "other",
        )
        for state, words, end in nodes
    ]  # fmt: skip


def crossings(picture: Picture) -> list[tuple[str, str]]:
    """Boxes that an edge runs through, which the layout promises never to happen; tests ask."""
    found = []
    for route in picture.routes:
        for (x1, y1), (x2, y2) in pairwise(route.points):
            for box in picture.boxes:
                if (
                    max(x1, x2) > box.left + 0.5 and min(x1, x2) < box.right - 0.5
                    and max(y1, y2) > box.top + 0.5 and min(y1, y2) < box.bottom - 0.5
                ):  # fmt: skip
                    found.append((f"{route.edge.source}>{route.edge.target}", box.node.id))
    return found

"""Draws a graph of what stands on what: layers from left to right on a wide page, one under the other on a phone. Pure."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BOX, TALL, GAP_X, GAP_Y, EDGE = 168, 62, 36, 18, 8
PHONE_BOX, INDENT, GUTTER = 300, 14, 10


@dataclass(frozen=True)
class Placed:
    """A box with its upper left corner."""

    key: str
    x: int
    y: int
    width: int
    height: int
    layer: int


@dataclass(frozen=True)
class Drawing:
    """`lines` are SVG paths from what is above to what stands on it."""

    width: int
    height: int
    boxes: tuple[Placed, ...]
    lines: tuple[str, ...]


def layers(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> Mapping[str, int]:
    """The longest way to each from what stands on nothing. Raises ValueError for a circle."""
    above: Mapping[str, list[str]] = defaultdict(list)
    below: Mapping[str, list[str]] = defaultdict(list)
    for one, other in edges:
        above[other].append(one)
        below[one].append(other)
    waiting = {key: len(above[key]) for key in keys}
    ready, found = [key for key in keys if not waiting[key]], dict.fromkeys(keys, 0)
    done = 0
    while ready:
        key = ready.pop(0)
        done += 1
        for other in below[key]:
            found[other] = max(found[other], found[key] + 1)
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    if done != len(keys):
        raise ValueError("a circle")
    return found


def _late(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> Mapping[str, int]:
    """Each as near as can be to what stands on it: what comes in late along the way is drawn late."""
    level = dict(layers(keys, edges))
    below: Mapping[str, list[str]] = defaultdict(list)
    for one, other in edges:
        below[one].append(other)
    for key in sorted(keys, key=lambda one: -level[one]):
        if below[key]:
            level[key] = min(level[other] for other in below[key]) - 1
    return level


def _rows(keys: Sequence[str], edges: Sequence[tuple[str, str]], level: Mapping[str, int]) -> list[list[str]]:
    """The layers in order; within one, whoever stands on the same stands together."""
    rows: list[list[str]] = [[] for _ in range(max(level.values(), default=0) + 1)]
    for key in keys:
        rows[level[key]].append(key)
    place = {key: n for row in rows for n, key in enumerate(row)}
    above: Mapping[str, list[str]] = defaultdict(list)
    for one, other in edges:
        above[other].append(one)
    for row in rows[1:]:
        row.sort(key=lambda key: (sum(place[one] for one in above[key]) / max(1, len(above[key])), place[key]))
        place.update({key: n for n, key in enumerate(row)})
    return rows


def wide(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> Drawing:
    """Layers from left to right. A line over several layers has a place of its own in each, so it runs behind no box."""
    level = dict(_late(keys, edges))
    every, short, ways = list(keys), [], {}
    for one, other in edges:
        between = [f"{one}>{other}@{layer}" for layer in range(level[one] + 1, level[other])]
        level |= {key: layer for layer, key in enumerate(between, level[one] + 1)}
        every += between
        way = [one, *between, other]
        ways[(one, other)] = way
        short += list(itertools.pairwise(way))
    rows = _rows(every, short, level)
    tallest = max(len(row) for row in rows)
    boxes: dict[str, Placed] = {}
    for layer, row in enumerate(rows):
        top = EDGE + (tallest - len(row)) * (TALL + GAP_Y) // 2
        for n, key in enumerate(row):
            boxes[key] = Placed(key, EDGE + layer * (BOX + GAP_X), top + n * (TALL + GAP_Y), BOX, TALL, layer)
    lines = tuple(_curve([boxes[key] for key in ways[edge]]) for edge in edges)
    width, height = 2 * EDGE + len(rows) * (BOX + GAP_X) - GAP_X, tallest * (TALL + GAP_Y) - GAP_Y + 2 * EDGE
    return Drawing(width, height, tuple(boxes[key] for key in keys), lines)


def _curve(way: Sequence[Placed]) -> str:
    """From the right of the first box to the left of the last, straight through the places between."""
    bend, said = GAP_X * 2 // 3, [f"M{way[0].x + BOX} {way[0].y + TALL // 2}"]
    for one, other in itertools.pairwise(way):
        x1, y1, x2, y2 = one.x + BOX, one.y + TALL // 2, other.x, other.y + TALL // 2
        said.append(f"C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}")
        if other is not way[-1]:
            said.append(f"H{other.x + BOX}")
    return " ".join(said)


def narrow(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> Drawing:
    """One under the other, each layer a little further in; lines run down a gutter at the left."""
    rows = _rows(keys, edges, _late(keys, edges))
    ordered = [(layer, key) for layer, row in enumerate(rows) for key in row]
    lanes = _lanes({key: n for n, (_, key) in enumerate(ordered)}, edges)
    gutter = EDGE + (max(lanes.values(), default=-1) + 1) * GUTTER + 8
    boxes: dict[str, Placed] = {}
    for n, (layer, key) in enumerate(ordered):
        boxes[key] = Placed(key, gutter + min(layer, 5) * INDENT, EDGE + n * (TALL + GAP_Y), PHONE_BOX, TALL, layer)
    lines = []
    for (one, other), lane in lanes.items():
        a, b, x = boxes[one], boxes[other], gutter - 8 - lane * GUTTER
        y1, y2 = a.y + TALL // 2 + 8, b.y + TALL // 2 - 8
        lines.append(f"M{a.x} {y1} H{x} V{y2} H{b.x}")
    width = gutter + 5 * INDENT + PHONE_BOX + EDGE
    if rows:
        width = gutter + min(len(rows) - 1, 5) * INDENT + PHONE_BOX + EDGE
    return Drawing(width, 2 * EDGE + len(ordered) * (TALL + GAP_Y) - GAP_Y, tuple(boxes.values()), tuple(lines))


def _lanes(place: Mapping[str, int], edges: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """A lane in the gutter for each line, so that none runs over another."""
    taken: list[list[tuple[int, int]]] = []
    found: dict[tuple[str, str], int] = {}
    for one, other in sorted(edges, key=lambda edge: (abs(place[edge[1]] - place[edge[0]]), place[edge[0]])):
        first, last = sorted((place[one], place[other]))
        lane = next((n for n, used in enumerate(taken) if all(last < a or b < first for a, b in used)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((first, last))
        found[(one, other)] = lane
    return found

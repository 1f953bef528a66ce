"""What every benchmark ends with: a table for people, and one line of JSON for each figure."""

from __future__ import annotations

import json
import statistics
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One answer. `ratio` above 1 means that ours is faster or cheaper than what it is measured against.

    `at_most`: ours was too little to be told; it is `ours` at the most, and so the ratio is `ratio` at the least.
    """

    bench: str
    ours: float
    against: str
    theirs: float
    ratio: float
    unit: str
    n: int
    at_most: bool = False

    def line(self) -> str:
        told = {name: value for name, value in vars(self).items() if name != "at_most" or value}
        rounded = {name: round(value, 3) if isinstance(value, float) else value for name, value in told.items()}
        return json.dumps(rounded, ensure_ascii=False)


@dataclass(frozen=True)
class Report:
    """A benchmark's answer: what was asked, rows for people, and figures."""

    title: str
    asks: str
    head: Sequence[str]
    rows: Sequence[Sequence[object]]
    figures: Sequence[Figure]
    notes: Sequence[str] = ()

    def show(self) -> None:
        print(f"\n{self.title}\n{self.asks}\n")
        print("\n".join(_aligned([self.head, *self.rows])))
        for note in self.notes:
            print(f"  {note}")
        for figure in self.figures:
            print(figure.line(), flush=True)

    def markdown(self) -> str:
        lines = [f"## {self.title}", "", self.asks, ""]
        lines += [_row(self.head), _row(["---"] * len(self.head)), *(_row(row) for row in self.rows), ""]
        lines += [*(f"- {note}" for note in self.notes), ""] if self.notes else []
        return "\n".join([*lines, "```json", *(figure.line() for figure in self.figures), "```", ""])


def rates_compared(
    bench: str, ours: Sequence[float], against: str, theirs: Sequence[float], unit: str = "1/s"
) -> Figure:
    """Two rates measured in alternating rounds: the medians, and the median of the rounds' own ratios."""
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    medians = statistics.median(ours), statistics.median(theirs)
    return Figure(bench, medians[0], against, medians[1], statistics.median(ratios), unit, len(ours))


def within_limit(bench: str, ours: float, limit: float, *, least: float, against: str, unit: str, n: int) -> Figure:
    """What is taken of a limit. Less than `least` cannot be told, nought neither: it is shown as that much at the most."""
    shown = max(ours, least)
    return Figure(bench, shown, against, limit, limit / shown, unit, n, at_most=ours < least)


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that is not below `share` of them."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _aligned(rows: Sequence[Sequence[object]]) -> list[str]:
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(_width(row[column]) for row in texts) for column in range(len(texts[0]))]
    return [
        "  " + "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in texts
    ]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)

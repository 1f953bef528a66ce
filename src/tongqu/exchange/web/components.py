"""The plain values that the page components draw: steps, clocks, lines, tables. No Django.

Views make them, templates show them.

`Label` is text in the reader's language already, or Words of which the template picks one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import ceil
from typing import Literal

from tongqu.exchange.bedrock.values import Words

Label = str | Words
Tone = Literal["", "ok", "due", "bad", "info"]


@dataclass(frozen=True)
class Page:
    """Which slice of a list is shown: `number` counts from 1, `total` is all entries of the list."""

    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        return max(1, ceil(self.total / self.size))

    @property
    def first_entry(self) -> int:
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last_entry(self) -> int:
        return min(self.number * self.size, self.total)

    @property
    def span(self) -> slice:
        """The slice to take of a queryset or list."""
        return slice((self.number - 1) * self.size, self.number * self.size)

    def numbers(self) -> list[int | None]:
        """Page numbers to offer: the ends and two around the present one; None stands for a gap."""
        near = {1, self.last, *range(self.number - 2, self.number + 3)}
        shown = sorted(n for n in near if 1 <= n <= self.last)
        out: list[int | None] = []
        for n in shown:
            if out and out[-1] is not None and n - out[-1] > 1:
                out.append(None)
            out.append(n)
        return out


def page(asked: str | None, *, size: int, total: int) -> Page:
    """The page that was asked for in the address, kept inside the list. Anything unreadable is the first page."""
    number = int(asked) if asked and asked.isascii() and asked.isdigit() and len(asked) < 8 else 1
    return Page(min(max(number, 1), max(1, ceil(total / size))), size, total)


@dataclass(frozen=True)
class Column:
    """A column of a table. `phone=False` leaves it out on a phone; its text then moves beneath the first cell."""

    words: Label
    num: bool = False
    phone: bool = True


@dataclass(frozen=True)
class Cell:
    """One cell: what, and beneath it in grey which. `cut` keeps one line and shows the whole in a title attribute."""

    text: Label = ""
    sub: Label = ""
    href: str = ""
    tag: Tone | None = None
    cite: bool = False
    cut: bool = False


@dataclass(frozen=True)
class Table:
    """A table for `{% table %}`. Rows have one cell for each column; text alone is a cell too.

    `page_name` is what the address calls its page, where one address shows several lists.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell | Label]]
    caption: Label = ""
    page: Page | None = None
    totals: Sequence[Cell | Label] = ()
    empty: Empty | None = None
    page_name: str = "page"

    def lines(self) -> list[list[tuple[Column, Cell]]]:
        return [self.line(row) for row in self.rows]

    def total_line(self) -> list[tuple[Column, Cell]]:
        return self.line(self.totals)

    def line(self, row: Sequence[Cell | Label]) -> list[tuple[Column, Cell]]:
        cells = [cell if isinstance(cell, Cell) else Cell(cell) for cell in row]
        return list(zip(self.columns, cells, strict=True))


@dataclass(frozen=True)
class Empty:
    """What a list says when it has nothing: what will appear here and when."""

    words: Label
    note: Label = ""
    href: str = ""
    button: Label = ""


@dataclass(frozen=True)
class Step:
    """One station of the usual way. `stopped` is an end that is not the usual one."""

    words: Label
    state: Literal["done", "now", "todo", "stopped"] = "todo"
    note: Label = ""


@dataclass(frozen=True)
class ClockFace:
    """A deadline: what for, how much is left in the law's unit, the day, what does not count, what silence means."""

    words: Label
    left: Label
    until: date | datetime | None = None
    used: Label = ""
    excluded: Label = ""
    silence: Label = ""
    cite: Label = ""
    mood: Literal["due", "calm", "late", "done"] = "due"


@dataclass(frozen=True)
class Line:
    """What happened, by whom. `position` is the fact's place in the log; None while it has none yet."""

    at: datetime
    words: Label
    who: Label = ""
    note: Label = ""
    position: int | None = None
    href: str = ""


@dataclass(frozen=True)
class Pair:
    """A label and its value; `href` makes the value a link, `mono` sets it in fixed width, `tag` colours it."""

    words: Label
    value: Label | int | date | datetime | None
    href: str = ""
    mono: bool = False
    tag: Tone | None = None


@dataclass(frozen=True)
class Obstacle:
    """What stands in the way, the article that says so, what would mend it, and where mending begins."""

    words: Label
    cite: Label = ""
    mend: Label = ""
    href: str = ""
    button: Label = ""


@dataclass(frozen=True)
class Series:
    """One named row of numbers of a chart."""

    words: Label
    values: Sequence[float | int | None]


@dataclass(frozen=True)
class Chart:
    """A chart with its table. Bars start at zero; a line is named where it ends, several bars in a legend.

    `beside`: the page shows the same in a table of its own beneath, so that the chart needs none.
    """

    id: str
    title: Label
    labels: Sequence[str]
    series: Sequence[Series]
    kind: Literal["bar", "line"] = "bar"
    unit: Label = ""
    low: bool = False
    beside: bool = False


@dataclass(frozen=True)
class Division:
    """A division of Hubei in the tile grid, by its six-digit code; place counts columns and rows from 1."""

    code: str
    words: Words
    column: int
    row: int


def _division(code: str, zh: str, en: str, column: int, row: int) -> Division:
    return Division(code, Words(zh, en), column, row)


# The seventeen divisions of the province (GB/T 2260), placed roughly as they lie. A scheme, not a map.
# The soft hyphens let the longer names break in a small tile.
DIVISIONS: tuple[Division, ...] = (
    _division("420300", "十堰", "Shiyan", 1, 1),
    _division("429021", "神农架", "Shennong\u00adjia", 2, 2),
    _division("420600", "襄阳", "Xiang\u00adyang", 3, 2),
    _division("421300", "随州", "Suizhou", 4, 2),
    _division("420800", "荆门", "Jing\u00admen", 3, 3),
    _division("420900", "孝感", "Xiao\u00adgan", 4, 3),
    _division("422800", "恩施", "Enshi", 1, 4),
    _division("420500", "宜昌", "Yi\u00adchang", 2, 4),
    _division("421000", "荆州", "Jing\u00adzhou", 3, 4),
    _division("429006", "天门", "Tian\u00admen", 4, 4),
    _division("420100", "武汉", "Wuhan", 5, 4),
    _division("421100", "黄冈", "Huang\u00adgang", 6, 4),
    _division("429005", "潜江", "Qian\u00adjiang", 3, 5),
    _division("429004", "仙桃", "Xian\u00adtao", 4, 5),
    _division("420700", "鄂州", "Ezhou", 5, 5),
    _division("420200", "黄石", "Huang\u00adshi", 6, 5),
    _division("421200", "咸宁", "Xian\u00adning", 5, 6),
)


@dataclass(frozen=True)
class Tile:
    division: Division
    count: int
    shade: int  # 0 for none, 1 … 7 by share of the largest
    href: str = ""


def tiles(counts: Mapping[str, int], *, href: str = "") -> list[Tile]:
    """A tile for each division. `counts` by code; `href` is an address with `{code}`. Shades follow the square root."""
    most = max([*counts.values(), 1])

    def shade(count: int) -> int:
        return 0 if count <= 0 else max(1, ceil(7 * (count / most) ** 0.5))

    return [
        Tile(d, counts.get(d.code, 0), shade(counts.get(d.code, 0)), href.format(code=d.code) if href else "")
        for d in DIVISIONS
    ]


@dataclass(frozen=True)
class Field:
    """One question of a form, as the template draws it. `value` is what stands in it, as text or a list of texts."""

    name: str
    words: Label
    kind: Literal[
        "text", "textarea", "number", "money", "date", "datetime", "select", "listed", "radios", "checkboxes", "checkbox",
        "file", "files", "password", "email", "hidden", "code",
    ] = "text"  # fmt: skip
    value: str | Sequence[str] = ""
    hint: Label = ""
    required: bool = True
    choices: Sequence[tuple[str, Label]] = ()
    faults: Sequence[Label] = ()
    unit: Label = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    when: tuple[str, tuple[str, ...]] | None = None
    """Asked only where the question of that name has one of these answers."""
    asked: bool = True

    @property
    def id(self) -> str:
        return f"id_{self.name}"

    @property
    def chosen(self) -> frozenset[str]:
        return frozenset([self.value] if isinstance(self.value, str) else self.value)

    @property
    def text(self) -> str:
        """As a text area holds it: one entry a line."""
        return self.value if isinstance(self.value, str) else "\n".join(str(one) for one in self.value)

    @property
    def input_type(self) -> str:
        return {"datetime": "datetime-local", "code": "text", "listed": "text"}.get(self.kind, self.kind)

    @property
    def must(self) -> bool:
        """Whether the browser should insist: a paper that the form already carries need not be chosen again."""
        return self.required and not (self.kind in {"file", "files"} and bool(self.value))

    @property
    def described_by(self) -> str:
        return " ".join([f"{self.id}_hint"] * bool(self.hint) + [f"{self.id}_fault"] * bool(self.faults))

"""Tables with the values that engines disagree on, and what plain Python says of them: no engine, no expression."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from tests.node.parts import parted
from tongqu.node.engines import Engine, Pages, codes, columns_of, groups, layout_of
from tongqu.node.modes.filtered import Compared, Filtered
from tongqu.wire.message import dressed
from tongqu.wire.query import Ordering, Query, Returned
from tongqu.wire.report_form import ReportForm, Section
from tongqu.wire.source import Question
from tongqu.wire.title import Title

TITLE = Title("示例", "sample")
TEXTS = ["", " ", "a", "A", "ａ", "a'b", 'a"b', "a\\b", "é", "e\u0301", "ß", "SS", "İ", "武汉", "\U0001f600", "\uffff", "a\nb", "$p0",
         ":p1", "—", "null", "NaN", "0", "a "]  # fmt: skip
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.1, 2.5, 1 / 3, 1e-30, 5e-324, 2.0**53, 2.0**53 + 2, 1e17, 2.0**62, 1e300, -1e300, math.inf, -math.inf,
          math.nan]  # fmt: skip
WHOLES = [0, 1, -1, 2, 3, 10**17, -(2**63), 2**63 - 1]
CENTS = [Decimal(text) for text in ("0.00", "0.01", "-0.01", "0.05", "1.00", "2.50", "9999999.99", "-9999999.99")]
LONG = [
    Decimal(text)
    for text in ("0E-10", "1E-10", "-1E-10", "0.1000000000", "12345678901234567.0000000001", "9" * 28 + "." + "9" * 10)
]
DAYS = [date(1, 1, 1), date(1582, 10, 4), date(1582, 10, 15), date(1969, 12, 31), date(2020, 2, 29), date(9999, 12, 31)]
MOMENTS = [
    datetime(1, 1, 1),
    datetime(1969, 12, 31, 23, 59, 59, 999999),
    datetime(2020, 3, 31, 23, 59, 59),
    datetime(2020, 4, 1, 0, 0, 0, 1),
]
NANOS = [datetime(1969, 12, 31, 23, 59, 59, 999999), datetime(2020, 1, 1), datetime(2020, 12, 31, 1, 2, 3, 4)]

KINDS: dict[str, tuple[pa.DataType, list[Any]]] = {
    "w": (pa.int64(), WHOLES),
    "i": (pa.int8(), [0, 1, -128, 127]),
    "u": (pa.uint64(), [0, 1, 2**63, 2**64 - 1]),
    "e": (pa.decimal128(9, 2), CENTS),
    "d": (pa.decimal128(38, 10), LONG),
    "f": (pa.float64(), FLOATS),
    "g": (pa.float32(), [0.0, -0.0, 0.5, 0.10000000149011612, math.nan, math.inf, None]),
    "t": (pa.string(), TEXTS),
    "l": (pa.large_string(), TEXTS),
    "day": (pa.date32(), DAYS),
    "m": (pa.timestamp("us"), MOMENTS),
    "n": (pa.timestamp("ns"), NANOS),
    "b": (pa.bool_(), [True, False]),
}
NUMBERS = ("w", "i", "u", "e", "d", "f", "g")
EDGES = [
    "-1000000000000000.5",
    "-1",
    "-0.01",
    "0",
    "0.000000000001",
    "0.005",
    "0.1",
    "1",
    "2.5",
    "127",
    "100000000000000000",
]
COMPARES = ("eq", "lt", "le", "gt", "ge")


@dataclass(frozen=True)
class Case:
    """A table, in parts of so many rows, and what is asked of it."""

    table: pa.Table
    part_rows: int
    questions: tuple[Question, ...]
    pages: tuple[tuple[tuple[Compared, ...], int, int], ...]
    order: tuple[Ordering, ...]
    by: str
    period: str


def table_of(columns: dict[str, list[Any]]) -> pa.Table:
    return pa.table({name: pa.array(columns[name], kind) for name, (kind, _) in KINDS.items()})


def every_value() -> Case:
    """All values of all kinds at once, and each comparison at each of them."""
    length = 3 * max(len(values) for _, values in KINDS.values())
    columns = {
        name: [None if at % 7 == 6 else values[(at * step) % len(values)] for at in range(length)]
        for step, (name, (_, values)) in zip((1, 1, 1, 3, 5, 1, 1, 1, 5, 1, 1, 1, 1), KINDS.items(), strict=True)
    }
    questions = [
        Question(f"{name}-{compare}-{at}", TITLE, "k", name, "yes_no", compare, (edge,))
        for name in NUMBERS for at, edge in enumerate(EDGES[2::2]) for compare in ("eq", "gt")
    ]  # fmt: skip
    questions += [Question(f"{name}-bands", TITLE, "k", name, "bands", edges=tuple(EDGES)) for name in NUMBERS]
    questions += [Question(f"t-{at}", TITLE, "k", "t", "yes_no", "ne", (text,)) for at, text in enumerate(TEXTS[::5])]
    questions += [
        Question(f"day-{at}", TITLE, "k", "day", "yes_no", "le", (day.isoformat(),)) for at, day in enumerate(DAYS)
    ]
    questions += [
        Question("b", TITLE, "k", "b", "yes_no", "eq", ("true",)),
        Question("in", TITLE, "k", "l", "yes_no", "in", tuple(TEXTS[:9])),
    ]
    pages = [
        ((Compared("f", "gt", (Decimal("0"),)),), 0, 100), ((Compared("t", "starts", ("a",)),), 0, 7),
        ((Compared("l", "in", tuple(TEXTS[3:8])), Compared("w", "le", (Decimal("2.5"),))), 3, 100),
        ((Compared("d", "ge", (Decimal("0.000000000001"),)), Compared("b", "eq", (True,))), 0, 100),
        ((Compared("u", "gt", (10**17,)), Compared("day", "lt", (date(9999, 12, 31),))), 0, 100), ((), 5, 1000),
    ]  # fmt: skip
    order = tuple(Ordering(name, name in ("g", "l", "m")) for name in ("f", "g", "l", "m"))
    return Case(table_of(columns), 11, tuple(questions), tuple(pages), order, "t", "m")


@st.composite
def cases(draw: st.DrawFn) -> Case:
    length = draw(st.integers(0, 24))
    columns = {
        name: draw(st.lists(st.none() | st.sampled_from(values), min_size=length, max_size=length))
        for name, (_, values) in KINDS.items()
    }
    edges = st.sampled_from(EDGES) | st.decimals(-100, 100, places=3).map(lambda value: f"{abs(value):f}")
    questions = [
        Question(f"q{at}", TITLE, "k", draw(st.sampled_from(NUMBERS)), "yes_no", draw(st.sampled_from([*COMPARES, "ne"])), (draw(edges),))
        for at in range(3)
    ]  # fmt: skip
    pages = [
        (tuple(draw(st.lists(_compared(), max_size=3))), draw(st.integers(0, 4)), draw(st.integers(1, 30)))
        for _ in range(2)
    ]
    names = draw(st.lists(st.sampled_from(sorted(KINDS)), unique=True, max_size=3))
    order = tuple(Ordering(name, draw(st.booleans())) for name in names)
    return Case(
        table_of(columns), draw(st.integers(1, 25)), tuple(questions), tuple(pages), order,
        draw(st.sampled_from(sorted(KINDS))), draw(st.sampled_from(["day", "m", "n"])),
    )  # fmt: skip


@st.composite
def _compared(draw: st.DrawFn) -> Compared:
    name = draw(st.sampled_from([name for name in sorted(KINDS) if name not in ("m", "n")]))
    if name in NUMBERS:
        value = st.sampled_from(EDGES).map(Decimal) | st.integers(-200, 200)
        compare = draw(st.sampled_from([*COMPARES, "in"]))
    elif name in ("t", "l"):
        value, compare = st.sampled_from(TEXTS), draw(st.sampled_from(["eq", "in", "starts"]))
    elif name == "day":
        value, compare = st.sampled_from(DAYS), draw(st.sampled_from(COMPARES))
    else:
        value, compare = st.booleans(), "eq"
    return Compared(name, compare, tuple(draw(st.lists(value, min_size=1, max_size=5 if compare == "in" else 1))))


# -- what an engine says -------------------------------------------------------------------------------------------------


def query_of(case: Case) -> Query:
    return Query(
        "q", TITLE, (), tuple(Returned(name, TITLE) for name in KINDS), order=case.order, rows_max=10**6, open=True
    )


def form_of(case: Case) -> ReportForm:
    figures = [{"title": TITLE.to_json(), "figure": figure, "column": name, "digits": 2}
               for name in ("w", "e", "d", "f", "g", "u") for figure in ("sum", "mean")]  # fmt: skip
    names = sorted(KINDS)
    other = names[(names.index(case.by) + 1) % len(names)]
    sections = [
        {"title": TITLE.to_json(), "text": TITLE.to_json(), "by": by, "by_title": TITLE.to_json(), "chart": "bars", "rows_max": 9,
         "figures": [*some, {"title": TITLE.to_json(), "figure": "count", "digits": 0}]}
        for by, some in ((case.by, figures[:5]), (case.by, figures[5:10]), (case.by, figures[10:]), (other, []))
    ]  # fmt: skip
    body = {"id": "r", "title": TITLE.to_json(), "about": TITLE.to_json(), "period": "quarter", "period_column": case.period,
            "group_min": 2, "sections": sections}  # fmt: skip
    return ReportForm.from_json(dressed(ReportForm, body))


def answers(engine: Engine, case: Case, folder: Path) -> dict[str, Any]:
    """Everything that is asked, as one engine has it."""
    kept, query = parted(folder / "kept", case.table, part_rows=case.part_rows), query_of(case)
    columns = columns_of(kept.schema, query.used)
    laid = engine.lay(kept, layout_of(query, columns), "rows", folder / "queries")
    pages = Pages(query, columns, laid, dialect=engine.dialect, held=engine.held_name("rows"))
    first = {row[0]: at for at, row in enumerate(pages.read(Filtered((), 0, 10**6), 600), start=1)}
    place_of = {at: place for place, at in first.items()}
    read = [
        pages.read(Filtered(tests, place_of.get(after, 0 if after == 0 else 10**9), rows), 600)
        for tests, after, rows in case.pages
    ]
    return {
        "codes": {
            name: found.tolist() for name, found in codes.work_out(engine, kept, kept.rows, case.questions).items()
        },
        "pages": [[(first[row[0]], *map(shown, row[1:])) for row in page] for page in read],
        "groups": groups.work_out(engine, kept, form_of(case)),
    }


def shown(value: Any) -> Any:
    """A cell so that equal is the same: NaN is NaN, a moment is a moment whatever library made it."""
    if isinstance(value, float):
        return repr(value)
    return value.isoformat() if isinstance(value, datetime) else value


# -- what plain Python says ----------------------------------------------------------------------------------------------------


def expected(case: Case) -> dict[str, Any]:
    rows = case.table.to_pylist()
    ordered = sorted(
        range(len(rows)), key=lambda at: [_Key(rows[at][each.column], each.descending) for each in case.order]
    )
    return {
        "codes": {question.id: [_code(question, row[question.column]) for row in rows] for question in case.questions},
        "pages": [_page(case, rows, ordered, *page) for page in case.pages],
        "groups": _groups(case, rows),
    }


class _Key:
    """Empty last either way; floating numbers that are none above all others."""

    def __init__(self, value: Any, descending: bool) -> None:
        self.value, self.descending = value, descending

    def _rank(self) -> tuple[int, Any]:
        if isinstance(self.value, float):
            return (1, 0.0) if math.isnan(self.value) else (0, self.value)
        return 0, self.value.encode() if isinstance(self.value, str) else self.value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and not self < other and not other < self

    def __lt__(self, other: _Key) -> bool:
        if self.value is None or other.value is None:
            return self.value is not None and other.value is None
        return other._rank() < self._rank() if self.descending else self._rank() < other._rank()


def _is(cell: Any, compare: str, values: Sequence[Any]) -> bool:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return False
    if isinstance(cell, float):
        values = [float(value) for value in values]
    elif isinstance(cell, int | Decimal) and not isinstance(cell, bool):
        cell, values = Fraction(cell), [Fraction(value) for value in values]
    value = values[0]
    return {
        "eq": lambda: cell == value, "ne": lambda: cell != value, "in": lambda: cell in values, "lt": lambda: cell < value,
        "le": lambda: cell <= value, "gt": lambda: cell > value, "ge": lambda: cell >= value, "starts": lambda: cell.startswith(value),
    }[compare]()  # fmt: skip


def _code(question: Question, cell: Any) -> int:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return 0
    if question.answer == "bands":
        return 1 + sum(not _is(cell, "lt", [Decimal(edge)]) for edge in question.edges)
    values: list[Any] = list(question.values)
    if isinstance(cell, bool):
        values = [value == "true" for value in values]
    elif isinstance(cell, date):
        values = [date.fromisoformat(value) for value in values]
    elif not isinstance(cell, str):
        values = [Decimal(value) for value in values]
    return 1 if _is(cell, question.operator or "", values) else 2


def _page(
    case: Case, rows: list[Any], ordered: list[int], tests: Sequence[Compared], after: int, most: int
) -> list[Any]:
    found = []
    for place, at in enumerate(ordered, start=1):
        if place > after and all(_is(rows[at][test.column], test.compare, test.values) for test in tests):
            found.append((place, *(shown(_micros(_plus(rows[at][name]))) for name in KINDS)))
    return found[:most]


def _micros(value: Any) -> Any:
    return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value


def _groups(case: Case, rows: list[Any]) -> Any:
    form = form_of(case)
    periods: dict[str, list[Any]] = {}
    for row in rows:
        moment = _micros(row[case.period])
        if moment is not None:
            periods.setdefault(f"{moment.year:04d}-Q{(moment.month + 2) // 3}", []).append(row)
    return {
        period: tuple(tuple(_section_of(form, section, periods[period])) for section in form.sections)
        for period in sorted(periods)
    }


def _section_of(form: ReportForm, section: Section, rows: list[Any]) -> Iterator[groups.Group]:
    sorted_out: dict[str, list[Any]] = {}
    for row in rows:
        sorted_out.setdefault(_name_in(section, row), []).append(row)
    for name, members in sorted(sorted_out.items()):
        cells = [
            _cell(figure.figure, [row[figure.column] for row in members] if figure.column else members)
            for figure in section.figures
        ]
        within = [
            {_name_in(other, row) for row in members} if other.by != section.by else set[str]()
            for other in form.sections
        ]
        yield groups.Group(
            name, len(members), tuple(cells), tuple(min(names) if len(names) == 1 else None for names in within)
        )


def _name_in(section: Section, row: Any) -> str:
    return groups._named(_micros(_plus(row[section.by])))


def _plus(value: Any) -> Any:
    return value + 0.0 if isinstance(value, float) else value


def _cell(figure: str, cells: list[Any]) -> Any:
    if figure == "count":
        return groups.Cell(Fraction(len(cells)), len(cells))
    filled = [cell for cell in cells if cell is not None]
    floating = any(isinstance(cell, float) for cell in filled)
    fitting = [cell for cell in filled if _fits(cell)]
    sizes = sum((_exact(abs(cell)) for cell in fitting), Fraction(0))
    share = max((Fraction(abs(cell)) for cell in fitting), default=Fraction(0)) / sizes if sizes else Fraction(0)
    if not filled or len(fitting) < len(filled):
        return groups.Cell(None, len(filled), share)
    value = sum((_exact(cell) for cell in fitting), Fraction(0)) / (len(filled) if figure == "mean" else 1)
    return groups.Cell(Fraction(Decimal(repr(float(value)))) if floating else value, len(filled), share)


def _fits(cell: Any) -> bool:
    if isinstance(cell, float):
        return abs(cell) < 2.0**62
    return not (isinstance(cell, Decimal) and cell.as_tuple().exponent == -10) or abs(cell) < Decimal(10) ** 18


def _exact(cell: Any) -> Fraction:
    """A floating number to 2^-80, downwards."""
    return Fraction(math.floor(Fraction(cell) * 2**80), 2**80) if isinstance(cell, float) else Fraction(cell)

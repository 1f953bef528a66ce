"""How well people are hidden: against a plain count, for a real table of patients, and never more than may be told."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tongqu.demo
from tests.node.rows import Given
from tongqu.node.sources import hiding
from tongqu.node.sources.hiding import measure_hiding
from tongqu.node.sources.tables import SourceFault
from tongqu.wire.measures import DeidentificationMeasured, DeidentificationOrder, QuasiIdentifier, Step
from tongqu.wire.message import BadMessage

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
PATIENTS = Path(tongqu.demo.__file__).parent / "data" / "wuhan_tongji_covid_375.csv"
KEEP = Step("keep")


def periods(*cycles: str) -> tuple[Step, ...]:
    return tuple(Step("period", cycle=cycle) for cycle in cycles)


def widths(*told: str) -> tuple[Step, ...]:
    return tuple(Step("interval", width=width) for width in told)


def order(*quasi: tuple[str, tuple[Step, ...]], **changes: Any) -> DeidentificationOrder:
    given = {"person": None, "sensitive": (), "k": 1, "suppressed_most": 0} | changes
    return DeidentificationOrder(source="s", quasi=tuple(QuasiIdentifier(*one) for one in quasi), **given)


def measured(table: pa.Table, asked: DeidentificationOrder, guard: int = 1) -> DeidentificationMeasured:
    assert DeidentificationOrder.from_json(asked.to_json()) == asked
    told = measure_hiding(Given(table), asked, source_version="a" * 64, small_counts=guard, now=NOW)
    assert DeidentificationMeasured.from_json(told.to_json()) == told
    return told


def distance(part: list[Any], whole: list[Any], ordered: bool) -> Fraction:
    """The earth mover's distance by its definition."""
    values = sorted(set(whole))
    here, there = Counter(part), Counter(whole)
    apart = [Fraction(here[v], len(part)) - Fraction(there[v], len(whole)) for v in values]
    if not ordered or len(values) < 2:
        return sum((abs(one) for one in apart), Fraction()) / 2
    running, moved = Fraction(), Fraction()
    for one in apart:
        running += one
        moved += abs(running)
    return moved / (len(values) - 1)


rows = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.sampled_from("ab"),
        st.integers(0, 3),
        st.integers(0, 4),
        st.sampled_from(["x", "y", None]),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(rows=rows, by_person=st.booleans())
def test_k_l_and_t_are_what_a_plain_count_says(rows: list[tuple[Any, ...]], by_person: bool) -> None:
    table = pa.table({name: [row[at] for row in rows] for at, name in enumerate(("who", "sex", "age", "dose", "ill"))})
    told = measured(
        table,
        order(("sex", (KEEP,)), ("age", (KEEP,)), person="who" if by_person else None, sensitive=("dose", "ill")),
    ).before
    people = [(row[0] if by_person else at, row[1:3], row) for at, row in enumerate(rows)]
    classes = {key: {who for who, its, _ in people if its == key} for _, key, _ in people}
    sizes = [len(one) for one in classes.values()]
    assert (told.records, told.classes, told.k) == (sum(sizes), len(sizes), min(sizes))
    assert told.unique == sizes.count(1)
    assert told.risk_mean == -(-len(sizes) * 10_000 // sum(sizes))
    assert sum(band.records or 0 for band in told.bands) == sum(sizes)
    for found, at in zip(told.sensitive, (3, 4), strict=True):
        values = {(who, key, str(row[at])): key for who, key, row in people}
        everywhere = [value for _, _, value in values]
        parts = [[value for _, its, value in values if its == key] for key in classes]
        assert found.l == min(len(set(part)) for part in parts)
        t = max(distance(part, everywhere, found.ordered) for part in parts) * 10_000
        assert found.t == pytest.approx(float(t), abs=1.001)


def test_the_patients_of_a_hospital_are_each_alone_before_and_among_five_after() -> None:
    """The real case: with age, sex and the minutes of admission and discharge every one of 375 is unique."""
    table = pyarrow.csv.read_csv(PATIENTS)
    cycles = periods("day", "week", "month", "quarter")
    asked = order(
        ("age", widths("5", "10", "20", "40")), ("gender", (KEEP,)), ("Admission time", cycles), ("Discharge time", cycles),
        person="PATIENT_ID", sensitive=("outcome",), k=5, suppressed_most=500,
    )  # fmt: skip
    told = measured(table, asked, guard=5)
    before, after = told.before, told.after
    assert (before.records, before.k, before.unique, before.risk_most) == (375, 1, 375, 10_000)
    assert told.reached
    assert after.k >= 5
    assert after.unique == 0
    assert after.risk_most <= 2_000
    assert told.suppressed is not None
    assert told.suppressed <= 500
    # Against the file itself, read without any of the machinery.
    with PATIENTS.open() as file:
        patients = {row["PATIENT_ID"]: row for row in csv.DictReader(file)}
    width = int(told.applied[0].width or 0)
    assert [step.cycle for step in told.applied[2:]] == ["quarter", "quarter"]

    def quarter(text: str) -> tuple[int, int]:
        at = datetime.fromisoformat(text)
        return at.year, (at.month - 1) // 3

    classes = Counter(
        (int(row["age"]) // width, row["gender"], quarter(row["Admission time"]), quarter(row["Discharge time"]))
        for row in patients.values()
    )
    kept = [size for size in classes.values() if size >= 5]
    assert (after.records, after.classes, after.k) == (sum(kept), len(kept), min(kept))


def test_the_search_takes_the_least_loss_and_is_the_same_each_time() -> None:
    table = pa.table({"age": list(range(20, 60)), "sex": ["a", "b"] * 20})
    asked = order(("age", (KEEP, *widths("5", "10", "20"))), ("sex", (KEEP, Step("drop"))), k=5, suppressed_most=0)
    told = measured(table, asked)
    assert told == measured(table, asked)
    assert told.reached
    assert told.applied == (Step("interval", width="10"), KEEP)  # two thirds of the way; dropping the sex is all of it
    assert told.tried < asked.combinations


def test_what_cannot_be_reached_is_said_and_the_best_is_shown() -> None:
    table = pa.table({"age": [1, 2, 3, 100]})
    told = measured(table, order(("age", (KEEP, *widths("10"))), k=2, suppressed_most=0))
    assert (told.reached, told.after.k, told.after.records, told.suppressed) == (False, 3, 3, 2_500)
    nobody = measured(pa.table({"age": [1, 2]}), order(("age", (KEEP,)), k=2, suppressed_most=0))
    assert (nobody.reached, nobody.after.records, nobody.after.k, nobody.after.sensitive) == (False, 0, 0, ())


def test_rows_without_a_person_are_people_of_their_own() -> None:
    table = pa.table({"who": ["a", "a", None, None], "sex": ["f"] * 4})
    assert measured(table, order(("sex", (KEEP,)), person="who")).before.records == 3


def test_few_records_are_not_counted_out() -> None:
    """Three alone among a hundred: that there are some is told by k, not how many."""
    table = pa.table({"age": [1] * 97 + [2, 3, 4]})
    told = measured(table, order(("age", (KEEP,)), k=5, suppressed_most=500), guard=5)
    assert (told.before.k, told.before.unique) == (1, None)
    assert [band.records for band in told.before.bands] == [None, 0, 0, 0, 0, None]
    assert told.suppressed is None
    assert (told.after.records, told.after.classes) == (95, None)
    assert [band.records for band in told.after.bands] == [0, 0, 0, 0, 0, None]


def test_few_left_out_are_not_counted_back_from_the_classes_that_stay() -> None:
    """Six and fifty of sixty stay: were both bands told, everybody could say that four were left out."""
    table = pa.table({"age": [1] * 6 + [2] * 50 + [3] * 4})
    told = measured(table, order(("age", (KEEP,)), k=5, suppressed_most=1_000), guard=5)
    assert (told.suppressed, told.after.records) == (None, 55)
    assert [band.records for band in told.after.bands] == [0, 0, None, 0, 0, None]


@pytest.mark.parametrize(
    ("quasi", "code"),
    [
        (("absent", (KEEP,)), "column-missing"),
        (("name", periods("month")), "step-unfit"),
        (("name", widths("5")), "step-unfit"),
    ],
)
def test_an_order_that_does_not_fit_the_table_says_why(quasi: tuple[str, tuple[Step, ...]], code: str) -> None:
    with pytest.raises(SourceFault) as fault:
        measured(pa.table({"name": ["x", "y"]}), order(quasi))
    assert fault.value.code == code


@pytest.mark.parametrize("changes", [{"sensitive": ("nest",)}, {"person": "nest"}])
def test_a_column_of_lists_is_unfit_in_any_part(changes: dict[str, Any]) -> None:
    table = pa.table({"age": [1, 2], "nest": [[1], [2]]})
    with pytest.raises(SourceFault, match="step-unfit"):
        measured(table, order(("age", (KEEP,)), **changes))


def test_more_than_can_be_measured_is_refused_and_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pa.table({"age": list(range(100))})
    monkeypatch.setattr(hiding, "SEARCH_MAX", 199)
    with pytest.raises(SourceFault, match="search-too-large"):
        measured(table, order(("age", (KEEP, Step("drop"))), k=2))
    monkeypatch.setattr(hiding, "ROWS_MAX", 99)
    with pytest.raises(SourceFault, match="too-many-records"):
        measured(table, order(("age", (KEEP,))))


@pytest.mark.parametrize(
    "wrong",
    [
        order(("a", (KEEP,)), ("a", (KEEP,))),
        order(("a", (KEEP,)), person="a"),
        order(("a", (KEEP,)), sensitive=("a",)),
        order(*((name, (KEEP,) * 8) for name in "abcd")),
        order(("a", (Step("interval", width="0"),))),
        order(("a", (Step("interval"),))),
        order(("a", (Step("keep", chars=3),))),
    ],
)
def test_an_order_that_contradicts_itself_is_no_message(wrong: DeidentificationOrder) -> None:
    with pytest.raises(BadMessage):
        DeidentificationOrder.from_json(wrong.to_json())

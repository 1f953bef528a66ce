"""The page of results: what is measured again takes the place of what was measured before, and nothing else changes."""

from __future__ import annotations

from bench.figures import Figure, Report
from bench.page import page

ORDER = ("acts", "search")


def report(title: str, ours: float) -> Report:
    figure = Figure(title, ours, "a peer", 100.0, ours / 100, "1/s", 3)
    return Report(title, f"How fast is {title}?", ("round", "ours"), [("1", ours)], [figure], ["A note."])


def test_a_benchmark_that_is_measured_again_takes_its_own_place() -> None:
    first = page("", [report("search", 50.0), report("acts", 10.0)], "Measured on Monday.", ORDER)
    assert first.index("## acts") < first.index("## search")
    second = page(first, [report("search", 75.0)], "Measured on Tuesday.", ORDER)
    assert second.count("## search") == 1
    assert second.count("Measured on Tuesday.") == 1
    assert second.count("Measured on Monday.") == 1
    assert "| search | 75 | a peer | 100 | 0.750 | 1/s |" in second
    assert "| acts | 10 | a peer | 100 | 0.100 | 1/s |" in second
    assert "0.500" not in second


def test_what_is_written_again_stays_as_it_is() -> None:
    once = page("", [report("acts", 10.0)], "Measured on Monday.", ORDER)
    assert page(once, [], "", ORDER) == once


def test_a_benchmark_that_is_no_more_leaves_the_page() -> None:
    once = page("", [report("acts", 10.0), report("search", 1.0)], "Measured on Monday.", ORDER)
    assert "search" not in page(once, [], "", ("acts",))

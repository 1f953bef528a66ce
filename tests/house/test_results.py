"""The page of results: what is measured again takes the place of what was measured before, and nothing else changes."""

from __future__ import annotations

import pytest

from bench.figures import Figure, Report, within_limit
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


def memory(grown: float) -> Figure:
    return within_limit("memory", grown, 64.0, least=1.0, against="64 MB allowed", unit="MB", n=3)


@pytest.mark.parametrize(
    ("grown", "row"),
    [
        (0.0, "| memory | ≤ 1 | 64 MB allowed | 64 | ≥ 64.000 | MB |"),
        (-0.5, "| memory | ≤ 1 | 64 MB allowed | 64 | ≥ 64.000 | MB |"),
        (0.999, "| memory | ≤ 1 | 64 MB allowed | 64 | ≥ 64.000 | MB |"),
        (1.0, "| memory | 1 | 64 MB allowed | 64 | 64.000 | MB |"),
        (16.0, "| memory | 16 | 64 MB allowed | 64 | 4.000 | MB |"),
        (128.0, "| memory | 128 | 64 MB allowed | 64 | 0.500 | MB |"),
    ],
)
def test_what_is_too_little_to_be_told_is_shown_as_that_much_at_the_most(grown: float, row: str) -> None:
    told = page("", [Report("acts", "?", ("round",), [("1",)], [memory(grown)])], "Measured on Monday.", ORDER)
    assert row in told.splitlines()
    assert page(told, [], "", ORDER) == told


def test_a_figure_that_could_be_told_says_nothing_of_limits() -> None:
    assert "at_most" not in memory(2.0).line()
    assert '"at_most": true' in memory(0.0).line()

"""Which receipts an audit draws, and how sure it makes: against counting, and against simulation of the worst case."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.wire.sampling import chance_of_missing, draw, false_found, seed

SEED = seed("a" * 64, "checkpoint")


@given(st.integers(1, 10**6), st.integers(1, 500), st.integers(0, 600))
def test_what_is_drawn_is_of_the_statement_and_drawn_once(first: int, count: int, size: int) -> None:
    drawn = draw(SEED, first, count, size)
    assert len(drawn) == len(set(drawn)) == min(size, count)
    assert drawn == sorted(drawn)
    assert all(first <= number < first + count for number in drawn)
    assert draw(SEED, first, count, size) == drawn


def test_the_seed_hangs_on_the_statement_and_on_what_came_after_it() -> None:
    seeds = {seed("a" * 64, "one"), seed("a" * 64, "two"), seed("b" * 64, "one"), seed("a" * 64 + "\n", "one")}
    assert len(seeds) == 4


def test_every_receipt_is_drawn_as_often_as_any_other() -> None:
    times = dict.fromkeys(range(1, 11), 0)
    for number in range(2_000):
        for one in draw(seed(str(number), "x"), 1, 10, 3):
            times[one] += 1
    assert all(480 < count < 720 for count in times.values()), times  # 600 expected, five standard deviations


@given(st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n))))
def test_the_chance_is_that_of_counting_every_sample(told: tuple[int, int, int]) -> None:
    count, size, false = told
    samples = list(combinations(range(count), size))
    missed = sum(all(one >= false for one in sample) for sample in samples)
    assert chance_of_missing(count, size, false) == Fraction(missed, len(samples))


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_so_many_false_ones_are_found_and_one_fewer_is_not_sure(told: tuple[int, int]) -> None:
    count, size = told
    least, sure = false_found(count, size, Fraction(95, 100)), Fraction(95, 100)
    if least == 0:
        assert size == 0
        return
    assert 1 - chance_of_missing(count, size, least) >= sure
    assert least == 1 or 1 - chance_of_missing(count, size, least - 1) < sure


def test_known_figures() -> None:
    assert chance_of_missing(50_000, 200, 0) == 1
    assert chance_of_missing(50_000, 200, 50_000) == 0
    assert chance_of_missing(50_000, 200, 750) == Fraction(comb(49_250, 200), comb(50_000, 200))
    least = false_found(50_000, 200, Fraction(95, 100))
    missed = [Fraction(comb(50_000 - false, 200), comb(50_000, 200)) for false in (least - 1, least)]
    assert missed[0] > Fraction(5, 100) >= missed[1]
    assert false_found(50_000, 50_000, Fraction(95, 100)) == 1


@pytest.mark.parametrize(("count", "size", "false"), [(10, 11, 1), (10, 1, 11), (10, -1, 0)])
def test_more_than_there_are_is_no_question(count: int, size: int, false: int) -> None:
    with pytest.raises(ValueError, match="more than there are"):
        chance_of_missing(count, size, false)

"""Amortisation to the fen, the three methods as exact arithmetic, eight domains from twenty-eight answers."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tongqu.exchange.bedrock.inputs import BadInput, read
from tongqu.exchange.registry.assets.entries import Entered, amortised, carried, instalments
from tongqu.exchange.registry.assets.factors import CostValue, IncomeValue, MarketValue
from tongqu.exchange.registry.assets.valuing import by_cost, by_income, by_market, rounded, told
from tongqu.exchange.registry.maturity import scale
from tongqu.exchange.registry.maturity.inputs import SelfAssessment

READY = date(2026, 3, 31)
FEN = some.integers(-(10**12), 10**12)


@given(amount=FEN, months=some.integers(1, 600))
def test_instalments_are_equal_and_the_last_takes_the_odd_fen(amount: int, months: int) -> None:
    parts = instalments(amount, months)
    assert sum(parts) == amount
    assert len(parts) == months
    assert len(set(parts[:-1])) <= 1
    assert 0 <= abs(parts[-1]) - abs(parts[0]) < months or months == 1


def test_twelve_months_of_a_thousand_yuan_by_hand() -> None:
    """100000 fen over 12: eleven times 8333, then 8337. The month in which it is ready counts whole."""
    lines = [Entered("capitalise", 100_000, date(2026, 3, 31))]
    on = {date(2026, 2, 28): 0, date(2026, 3, 1): 0, date(2026, 3, 31): 8_333, date(2027, 1, 31): 91_663,
          date(2027, 2, 1): 100_000, date(2030, 1, 1): 100_000}  # fmt: skip
    assert {day: amortised(lines, READY, 12, day) for day in on} == on


def test_what_comes_later_is_spread_over_what_is_left_and_after_the_end_at_once() -> None:
    late = [Entered("capitalise", 100, date(2027, 1, 5))]  # two months are left
    assert [amortised(late, READY, 12, day) for day in (date(2027, 1, 31), date(2027, 2, 1))] == [50, 100]
    after = [Entered("capitalise", 100, date(2027, 3, 1))]
    assert amortised(after, READY, 12, date(2027, 3, 1)) == 100


def test_an_indefinite_life_is_not_amortised() -> None:
    lines = [Entered("capitalise", 100, date(2026, 3, 1))]
    assert amortised(lines, READY, None, date(2099, 1, 1)) == 0
    assert amortised(lines, None, 12, date(2099, 1, 1)) == 0


LINE = some.builds(
    Entered, some.sampled_from(["capitalise", "expense"]), FEN, some.dates(date(2024, 1, 1), date(2030, 12, 31))
)


@given(lines=some.lists(LINE, max_size=8), months=some.integers(1, 120))
def test_in_the_end_everything_is_amortised_and_nothing_twice(lines: list[Entered], months: int) -> None:
    end = carried(lines, READY, months, date(2060, 1, 1))
    assert end.cost == sum(one.amount_fen for one in lines if one.treatment == "capitalise")
    assert (end.amortised, end.carrying) == (end.cost, 0)
    assert end.expensed == sum(one.amount_fen for one in lines if one.treatment == "expense")


COST = some.builds(
    Entered, some.just("capitalise"), some.integers(1, 10**12), some.dates(date(2026, 1, 1), date(2027, 1, 1))
)


@given(
    lines=some.lists(COST, min_size=1, max_size=5),
    months=some.integers(1, 60), on=some.dates(date(2026, 1, 1), date(2032, 1, 1)),
)  # fmt: skip
def test_never_more_is_amortised_than_there_is(lines: list[Entered], months: int, on: date) -> None:
    now = carried(lines, READY, months, on)
    assert 0 <= now.amortised <= now.cost
    assert now.carrying >= 0


@given(lines=some.lists(LINE, min_size=1, max_size=6), on=some.dates(date(2024, 1, 1), date(2031, 1, 1)))
def test_a_line_and_its_reversal_on_one_day_leave_nothing(lines: list[Entered], on: date) -> None:
    both = [*lines, *(Entered(one.treatment, -one.amount_fen, one.booked_date) for one in lines)]
    assert carried(both, READY, 12, on) == carried([], READY, 12, on)


@given(
    lines=some.lists(LINE, min_size=1, max_size=6), months=some.integers(1, 60),
    days=some.integers(0, 2_000), on=some.dates(date(2024, 1, 1), date(2031, 1, 1)),
)  # fmt: skip
def test_a_line_reversed_on_a_later_day_leaves_nothing_from_that_day_on(
    lines: list[Entered], months: int, days: int, on: date
) -> None:
    """What was amortised of it meanwhile is taken back with it: nothing is carried below nought for months."""
    back = max(one.booked_date for one in lines) + timedelta(days=days)
    both = [*lines, *(Entered(one.treatment, -one.amount_fen, back, one.booked_date) for one in lines)]
    now = carried(both, READY, months, max(on, back))
    assert (now.cost, now.expensed, now.written_down, now.amortised, now.carrying) == (0, 0, 0, 0, 0)


# The three methods.


def form(**more: Any) -> dict[str, Any]:
    return {"asset": 1, "base_date": date(2026, 11, 1), "purpose": "内部参考", **more}


def component(kind: str, fen: int) -> dict[str, Any]:
    return {"kind": kind, "amount_fen": fen, "source": "stated", "basis": "示例依据"}


def test_the_cost_method_by_hand() -> None:
    """(100.00 + 20.01) × 0.85 = 102.0085 → 102.01."""
    asked = read(CostValue, form(
        components=[component("direct", 10_000), component("tax", 2_001)], delta="0.85", delta_source="stated", delta_basis="示例依据",
    ))  # fmt: skip
    assert isinstance(asked, CostValue)
    worked = by_cost(asked)
    assert worked.exact == Fraction(12_001 * 85, 100)
    assert worked.fen == 10_201
    assert worked.steps[-1].result == "¥ 102.0085"


def income(kind: str, rate: str, *years: dict[str, Any]) -> IncomeValue:
    asked = read(IncomeValue, form(
        kind=kind, rate=rate, rate_source="stated", rate_basis="示例依据",
        years=[{"source": "stated", "basis": "示例依据", **one} for one in years],
    ))  # fmt: skip
    assert isinstance(asked, IncomeValue)
    return asked


@pytest.mark.parametrize(
    ("kind", "first"),
    [("direct", 11_000), ("share", 5_500), ("excess", 7_000), ("increment", 8_000)],
)
def test_four_kinds_of_income_by_hand(kind: str, first: int) -> None:
    """A year of 110.00 at 10%: each kind's own F, divided by 1.1."""
    year = {"income_fen": 11_000, "share": "50", "others_fen": 4_000, "without_fen": 3_000}
    assert by_income(income(kind, "10", year)).exact == Fraction(first * 10, 11)
    assert by_income(income(kind, "0", year, year)).exact == 2 * first


def test_a_rate_with_places_is_not_a_float() -> None:
    """100.00 in one year at 8.5%: 10000 ÷ 1.085 exactly, not what a binary fraction makes of it."""
    assert by_income(income("direct", "8.5", {"income_fen": 10_000})).exact == Fraction(10_000_000, 1_085)


def test_the_market_method_by_hand() -> None:
    ratios = {"quality": "1.1", "demand": "1", "moment": "0.95", "volume": "2", "other": "1", "basis": "示例依据"}
    asked = read(MarketValue, form(comparables=[{"invoice": 5, **ratios}, {"invoice": 6, **ratios, "volume": "1"}]))
    assert isinstance(asked, MarketValue)
    worked = by_market(asked, {5: 10_000, 6: 5_000})
    assert worked.exact == Fraction(10_000 * 11 * 95 * 2, 1_000) + Fraction(5_000 * 11 * 95, 1_000)
    assert worked.steps[0].formula == "¥ 100.00 × 1.1 × 1 × 0.95 × 2 × 1"


@given(exact=some.fractions(min_value=-(10**15), max_value=10**15))
def test_half_a_fen_goes_up_and_rounding_errs_by_half_a_fen_at_most(exact: Fraction) -> None:
    assert abs(rounded(exact) - exact) <= Fraction(1, 2)
    assert rounded(-exact) == -rounded(exact)
    assert rounded(Fraction(1, 2)) == 1


@given(fens=some.lists(some.integers(0, 10**12), min_size=1, max_size=6), delta=some.integers(0, 999_999_999))
def test_the_cost_method_is_exact_whatever_the_coefficient(fens: list[int], delta: int) -> None:
    text = f"{delta // 10**6}.{delta % 10**6:06d}"
    asked = read(CostValue, form(
        components=[component("direct", fen) for fen in fens], delta=text, delta_source="stated", delta_basis="示例依据",
    ))  # fmt: skip
    assert isinstance(asked, CostValue)
    assert by_cost(asked).exact * 10**6 == sum(fens) * delta


@pytest.mark.parametrize(
    "bad", ["-1", "1e3", "0,5", "NaN", "1.", ".5", "1000", "0.1234567", "１", "Infinity", "1/2", ""]
)
def test_what_is_no_plain_decimal_is_refused(bad: str) -> None:
    with pytest.raises(BadInput):
        read(CostValue, form(
            components=[component("direct", 1)], delta=bad, delta_source="stated", delta_basis="示例依据",
        ))  # fmt: skip


def test_one_trade_is_no_two_comparables() -> None:
    ratios = {"quality": "1", "demand": "1", "moment": "1", "volume": "1", "other": "1", "basis": "示例依据"}
    with pytest.raises(BadInput) as bad:
        read(MarketValue, form(comparables=[{"invoice": 5, **ratios}, {"invoice": 5, **ratios}]))
    assert "同一成交填了两次" in bad.value.words.zh


def test_yuan_are_told_to_six_places() -> None:
    assert told(Fraction(1, 3)) == "¥ 0.003333"
    assert told(Fraction(123_456_789)) == "¥ 1,234,567.89"
    assert told(Fraction(100)) == "¥ 1.00"
    assert told(Fraction(1, 3)) == "¥ 0.003333"
    assert told(Fraction(-1, 4)) == "¥ -0.0025"


# Eight domains.


def test_eight_domains_twenty_eight_items_five_levels() -> None:
    assert [len(domain.items) for domain in scale.DOMAINS] == [3, 3, 4, 3, 3, 4, 4, 4]
    assert len(scale.QUESTIONS) == 28
    assert len(scale.LEVELS) == 5
    assert set(scale.QUESTIONS) <= set(SelfAssessment.model_fields)


@given(levels=some.lists(some.integers(1, 5), min_size=28, max_size=28))
def test_a_domain_is_the_mean_of_its_items_and_lies_between_them(levels: list[int]) -> None:
    found = scale.scored(dict(zip(scale.QUESTIONS, levels, strict=True)))
    for one in found:
        assert 100 * min(one.levels) <= one.hundredths <= 100 * max(one.levels)
        assert one.lowest == min(one.levels)
    assert scale.mean(found) == sum(levels) * 100 // 28


def test_an_answer_that_is_missing_or_no_level_is_an_error() -> None:
    good = dict.fromkeys(scale.QUESTIONS, 3)
    with pytest.raises(KeyError):
        scale.scored({name: level for name, level in good.items() if name != "quality_4"})
    with pytest.raises(ValueError, match="security"):
        scale.scored(good | {"security_2": 6})

"""What must hold of every day and every count, tried over published and provisional years."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tongqu.exchange.bedrock import calendar

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
COUNTS = st.integers(0, 60)


@given(DAYS, COUNTS)
def test_counting_between_undoes_adding(day: date, n: int) -> None:
    last = calendar.add_working_days(day, n).day
    assert calendar.working_days_between(day, last) == n
    assert n == 0 or calendar.is_working(last)


@given(DAYS, st.integers(1, 60))
def test_subtracting_from_a_working_day_undoes_adding(day: date, n: int) -> None:
    start = calendar.first_working_day(day).day
    assert calendar.subtract_working_days(calendar.add_working_days(start, n).day, n).day == start


@given(DAYS, DAYS, COUNTS)
def test_a_later_event_never_ends_earlier(a: date, b: date, n: int) -> None:
    first, second = sorted((a, b))
    assert calendar.add_working_days(first, n).day <= calendar.add_working_days(second, n).day


@given(DAYS, COUNTS)
def test_one_day_more_ends_later(day: date, n: int) -> None:
    assert calendar.add_working_days(day, n).day < calendar.add_working_days(day, n + 1).day


@given(DAYS, COUNTS, COUNTS)
def test_adding_in_two_steps_is_adding_at_once(day: date, n: int, m: int) -> None:
    """So a pause that begins and ends on one day changes nothing."""
    halfway = calendar.add_working_days(day, n).day
    assert calendar.add_working_days(halfway, m).day == calendar.add_working_days(day, n + m).day


@given(DAYS, st.integers(0, 20), st.integers(0, 40), st.integers(1, 20))
def test_a_pause_moves_the_end_by_the_working_days_it_lasted(day: date, ran: int, pause: int, length: int) -> None:
    """The end of a paused clock is that of an unpaused one, moved on by the working days of the pause."""
    stopped = day + timedelta(days=ran)
    returned = stopped + timedelta(days=pause)
    used = calendar.working_days_between(day, stopped)
    if used >= length:
        return
    end = calendar.add_working_days(returned, length - used).day
    lasted = calendar.working_days_between(stopped, returned)
    assert end == calendar.add_working_days(day, length + lasted).day


@given(DAYS, COUNTS)
def test_provisional_exactly_when_a_counted_day_lies_in_such_a_year(day: date, n: int) -> None:
    found = calendar.add_working_days(day, n)
    counted = (day + timedelta(days=k) for k in range(1, (found.day - day).days + 1))
    assert found.provisional == any(calendar.provisional(one.year) for one in counted)


@given(DAYS, st.integers(0, 400))
def test_a_rolled_end_is_worked_and_never_earlier(day: date, n: int) -> None:
    plain = calendar.add_natural_days(day, n, rolls=False).day
    rolled = calendar.add_natural_days(day, n, rolls=True).day
    assert plain == day + timedelta(days=n)
    assert rolled >= plain
    assert n == 0 or calendar.is_working(rolled)


@given(DAYS, st.integers(0, 120))
def test_months_keep_the_day_or_end_with_the_month(day: date, n: int) -> None:
    last = calendar.add_months(day, n).day
    assert (last.year * 12 + last.month) - (day.year * 12 + day.month) == n
    assert last.day == day.day or (last.day < day.day and (last + timedelta(days=1)).day == 1)


@given(DAYS)
def test_a_deadline_is_in_time_to_its_last_moment(day: date) -> None:
    end = calendar.end_of(day)
    assert calendar.local_day(end - timedelta(microseconds=1)) == day
    assert calendar.local_day(end) == day + timedelta(days=1)

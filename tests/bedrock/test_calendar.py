"""Working days of 2026, by the State Council's arrangement, each answer counted by hand; and what happens without one.

2026: Spring Festival 15–23 February off, 14 and 28 February (Saturdays) worked. Mid-autumn 25–27 September off.
National Day 1–7 October off, 20 September (Sunday) and 10 October (Saturday) worked.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.calendar import Calendar, Deadline
from tongqu.exchange.bedrock.law.files import HOUSE_FOLDER

SHANGHAI = ZoneInfo("Asia/Shanghai")


def _day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def _extra(tmp_path: Path, name: str, text: str) -> Calendar:
    folder = tmp_path / "extra"
    (folder / "calendar").mkdir(parents=True, exist_ok=True)
    (folder / "calendar" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return calendar.over(law.load([HOUSE_FOLDER, folder]).arrangements)


ARRANGED_2027 = """
key: arrangement-2027
kind: arrangement
year: 2027
announced: 2026-11-30
cite: ARRANGEMENTS
source: {zh: 测试用安排, en: an arrangement for the test}
certainty: secondary
approved_by: 示例管理员
days:
- {day: 2026-12-26, what: working, reason: {zh: 元旦调休, en: worked for New Year}}
- {day: 2027-01-01, what: off, reason: {zh: 元旦, en: New Year}}
- {day: 2027-01-04, what: off, reason: {zh: 元旦, en: New Year}}
- {day: 2027-01-09, what: working, reason: {zh: 元旦调休, en: worked for New Year}}
"""


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("02-13", True), ("02-14", True), ("02-15", False), ("02-16", False), ("02-23", False), ("02-24", True),
        ("02-28", True), ("03-01", False), ("09-20", True), ("09-24", True), ("09-25", False), ("09-27", False),
        ("09-28", True), ("09-30", True), ("10-01", False), ("10-07", False), ("10-08", True), ("10-10", True),
        ("10-11", False), ("01-01", False), ("01-02", False), ("01-04", True),
    ],
)  # fmt: skip
def test_days_of_2026_are_worked_as_announced(day: str, works: bool) -> None:
    assert calendar.is_working(_day(day)) is works


@pytest.mark.parametrize(
    ("event", "n", "last"),
    [
        ("02-11", 3, "02-14"),  # 12 · 13 · 14 (Saturday, worked)
        ("02-12", 3, "02-24"),  # 13 · 14 · 24
        ("02-13", 3, "02-25"),  # 14 · 24 · 25
        ("02-14", 3, "02-26"),  # 24 · 25 · 26
        ("02-17", 3, "02-26"),  # an event on New Year's day itself: 24 · 25 · 26
        ("02-23", 5, "02-28"),  # 24 · 25 · 26 · 27 · 28 (Saturday, worked)
        ("02-27", 2, "03-02"),  # 28 · 2 (1 March is a Sunday)
        ("02-12", 10, "03-04"),  # 13 · 14 · 24 · 25 · 26 · 27 · 28 · 2 · 3 · 4
        ("09-18", 1, "09-20"),  # Friday; the Sunday is worked
        ("09-24", 3, "09-30"),  # 28 · 29 · 30
        ("09-24", 5, "10-09"),  # 28 · 29 · 30 · 8 · 9
        ("09-30", 1, "10-08"),
        ("09-30", 3, "10-10"),  # 8 · 9 · 10 (Saturday, worked)
        ("10-01", 3, "10-10"),  # an event on the holiday counts like one on its eve
        ("10-10", 1, "10-12"),
        ("09-18", 9, "10-08"),  # 20 (Sunday, worked) · 21 · 22 · 23 · 24 · 28 · 29 · 30 · 8
    ],
)
def test_working_days_over_the_holidays_of_2026(event: str, n: int, last: str) -> None:
    assert calendar.add_working_days(_day(event), n) == Deadline(_day(last), provisional=False)
    assert calendar.working_days_between(_day(event), _day(last)) == n


def test_the_kept_library_knows_the_years_we_rely_on() -> None:
    assert [year for year in range(2024, 2028) if not calendar.provisional(year)] == [2024, 2025, 2026]


def test_a_deadline_ends_at_midnight_in_shanghai_and_that_moment_is_outside() -> None:
    end = calendar.end_of(_day("10-08"))
    assert end == datetime(2026, 10, 9, tzinfo=SHANGHAI)
    assert datetime(2026, 10, 8, 23, 59, 59, 999999, tzinfo=SHANGHAI) < end
    assert calendar.local_day(datetime(2026, 10, 8, 16, 0, tzinfo=UTC)) == _day("10-09")
    with pytest.raises(ValueError, match="zone"):
        calendar.local_day(datetime(2026, 10, 8))


def test_notice_is_counted_backwards_over_the_holiday() -> None:
    assert calendar.subtract_working_days(_day("10-08"), 5) == Deadline(_day("09-23"), provisional=False)
    assert calendar.subtract_working_days(date(2027, 1, 4), 1) == Deadline(_day("12-31"), provisional=True)


def test_silence_takes_effect_on_the_first_working_day_after_the_period() -> None:
    last = calendar.add_working_days(_day("09-30"), 3).day
    assert last == _day("10-10")
    assert calendar.first_working_day(last + timedelta(days=1)) == Deadline(_day("10-12"), provisional=False)
    assert calendar.first_working_day(last) == Deadline(last, provisional=False)


def test_natural_days_that_end_on_a_holiday_move_on_only_where_the_figure_says_so() -> None:
    assert calendar.add_natural_days(_day("09-28"), 3).day == _day("10-08")
    assert calendar.add_natural_days(_day("09-28"), 3, rolls=False).day == _day("10-01")
    assert calendar.add_natural_days(_day("09-28"), 2).day == _day("09-30")
    figure = law.figure("calendar.last_day_rolls", on=_day("09-28"))
    assert figure.value == 1
    assert figure.label is not None, "the Civil Code was not read, so the figure must carry its mark"


def test_months_end_with_the_month_and_validity_does_not_move_to_a_working_day() -> None:
    assert calendar.add_months(date(2026, 1, 31), 1).day == date(2026, 2, 28)
    assert calendar.add_months(date(2028, 1, 31), 1).day == date(2028, 2, 29)
    assert calendar.add_months(_day("09-01"), 1).day == _day("10-01")
    assert calendar.add_months(_day("09-01"), 1, rolls=True).day == _day("10-08")
    assert calendar.shift_months(date(2027, 3, 31), -1) == date(2027, 2, 28)
    assert calendar.shift_months(date(2027, 1, 15), -1) == date(2026, 12, 15)


def test_counting_backwards_by_a_minus_is_refused() -> None:
    for count in (calendar.add_working_days, calendar.subtract_working_days, calendar.add_months):
        with pytest.raises(ValueError, match="count forwards"):
            count(_day("02-12"), -1)
    with pytest.raises(ValueError, match="before"):
        calendar.working_days_between(_day("02-13"), _day("02-12"))


def test_a_year_without_an_arrangement_is_provisional_and_every_answer_that_touches_it_says_so() -> None:
    assert calendar.provisional(2027)
    assert calendar.provisional(2031)
    assert calendar.add_working_days(_day("12-30"), 1) == Deadline(_day("12-31"), provisional=False)
    assert calendar.add_working_days(_day("12-30"), 2) == Deadline(date(2027, 1, 4), provisional=True)
    assert calendar.add_working_days(date(2025, 12, 31), 2).provisional is False
    assert calendar.look_at(date(2031, 5, 2)).provisional


def test_a_provisional_year_knows_weekends_statutory_days_and_no_make_up_days() -> None:
    for off in ("01-01", "02-05", "02-06", "02-08", "04-05", "05-01", "05-02", "06-09", "09-15", "10-01", "10-03"):
        assert not calendar.is_working(date.fromisoformat(f"2027-{off}")), off
    for worked in ("02-09", "05-04", "06-10", "10-04", "10-05"):
        assert calendar.is_working(date.fromisoformat(f"2027-{worked}")), worked
    saturdays = (date(2027, 1, 2) + timedelta(weeks=n) for n in range(52))
    assert not any(calendar.is_working(day) for day in saturdays)
    assert not calendar.is_working(date(2040, 10, 2)), "fixed holidays are known for any year"


def test_a_day_says_why_it_is_off() -> None:
    assert str(calendar.look_at(_day("02-17")).reason) == "春节"
    assert str(calendar.look_at(_day("02-28")).reason) == "调休上班"
    assert str(calendar.look_at(_day("03-01")).reason) == "周末"
    assert calendar.look_at(_day("03-02")).reason is None


def test_when_the_arrangement_arrives_the_answers_change_and_so_does_the_edition(tmp_path: Path) -> None:
    before = calendar.over(law.load([HOUSE_FOLDER]).arrangements)
    after = _extra(tmp_path, "2027", ARRANGED_2027)
    event = _day("12-31")
    assert before.add_working_days(event, 1) == Deadline(date(2027, 1, 4), provisional=True)
    assert after.add_working_days(event, 1) == Deadline(date(2027, 1, 5), provisional=False)
    assert after.is_working(date(2027, 1, 9))
    assert after.is_working(date(2027, 2, 8)), "an arrangement is complete: what it does not name is an ordinary day"
    assert before.edition(2027) != after.edition(2027)
    assert before.edition(2025) == after.edition(2025)


def test_an_arrangement_may_reach_into_the_december_before(tmp_path: Path) -> None:
    before, after = calendar.over(()), _extra(tmp_path, "2027", ARRANGED_2027)
    assert (before.is_working(_day("12-26")), after.is_working(_day("12-26"))) == (False, True)
    assert before.edition(2026) != after.edition(2026)
    assert not after.provisional(2026)


def test_one_day_changed_later_does_not_make_a_year_published(tmp_path: Path) -> None:
    changed = ARRANGED_2027.replace("kind: arrangement", "kind: amendment")
    one = _extra(tmp_path, "2027", changed)
    assert one.provisional(2027)
    assert not one.is_working(date(2027, 1, 4))
    assert not one.is_working(date(2027, 2, 8)), "statutory days stay"


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ("approved_by: 示例管理员\n", "approved_by"),
        ("announced: 2026-11-30\n", "announced"),
        ("source: {zh: 测试用安排, en: an arrangement for the test}\n", "source"),
    ],
)
def test_an_arrangement_without_source_day_or_approval_is_refused(tmp_path: Path, wrong: str, fault: str) -> None:
    with pytest.raises(law.BadLaw, match=fault):
        _extra(tmp_path, "2027", ARRANGED_2027.replace(wrong, ""))


def test_a_day_said_twice_or_in_another_year_is_refused(tmp_path: Path) -> None:
    twice = ARRANGED_2027 + "- {day: 2027-01-04, what: working, reason: {zh: 甲, en: a}}\n"
    with pytest.raises(law.BadLaw, match="twice"):
        _extra(tmp_path, "2027", twice)
    far = ARRANGED_2027 + "- {day: 2029-01-04, what: off, reason: {zh: 甲, en: a}}\n"
    with pytest.raises(law.BadLaw, match="outside 2027"):
        _extra(tmp_path, "2027", far)


def test_the_installation_reads_what_arrives_in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert calendar.provisional(2027)
    edition = calendar.edition(2027)
    _extra(tmp_path, "2027", ARRANGED_2027)
    monkeypatch.setenv("TONGQU_LAW_EXTRA", str(tmp_path / "extra"))
    try:
        calendar.reload()
        assert not calendar.provisional(2027)
        assert calendar.edition(2027) != edition
    finally:
        monkeypatch.undo()
        calendar.reload()
    assert calendar.edition(2027) == edition

"""A deadline in a year whose holidays are not announced yet: provisional, alarmed, and counted anew when they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.bedrock.toy import LENDING, WUCHANG, Loan, reader
from tongqu.exchange import keeper
from tongqu.exchange.bedrock import calendar
from tongqu.exchange.bedrock.procedures import Alarm, RunningClock, begin, clocks_of, recompute, tick
from tongqu.exchange.bedrock.procedures.models import SubjectHold

pytestmark = pytest.mark.django_db(transaction=True)

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEDNESDAY = datetime(2026, 12, 30, 2, tzinfo=UTC)  # 10:00 in Wuhan
ARRANGED_2027 = """
key: arrangement-2027
kind: arrangement
year: 2027
announced: 2026-12-31
cite: ARRANGEMENTS
source: {zh: 测试用安排, en: an arrangement for the test}
certainty: secondary
approved_by: 示例管理员
days:
- {day: 2027-01-01, what: off, reason: {zh: 元旦, en: New Year}}
- {day: 2027-01-04, what: off, reason: {zh: 元旦, en: New Year}}
"""


@pytest.fixture
def announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets the arrangement of 2027 arrive in the installation's own folder."""

    def arrive() -> None:
        (tmp_path / "extra" / "calendar").mkdir(parents=True)
        (tmp_path / "extra" / "calendar" / "2027.yaml").write_text(ARRANGED_2027, encoding="utf-8")
        monkeypatch.setenv("TONGQU_LAW_EXTRA", str(tmp_path / "extra"))

    yield arrive
    monkeypatch.undo()
    calendar.reload()


def answer(loan: int) -> Any:
    return next(clock for clock in clocks_of(LENDING, loan) if clock.name == "answer")


def wuhan(day: int, hour: int = 0) -> datetime:
    return datetime(2027, 1, day, hour, tzinfo=SHANGHAI)


def test_a_deadline_over_the_turn_of_the_year_is_counted_anew_when_the_holidays_are_announced(announced: Any) -> None:
    # Three working days after Wednesday 30 December: 31 December, and, with New Year's Day alone off, 4 and 5 January.
    loan = begin(LENDING, by=reader(), at=WEDNESDAY, book="红楼梦", desk=WUCHANG).subject
    assert (answer(loan).due_at, answer(loan).provisional) == (wuhan(6), True)

    # The keeper says once that the year is provisional, and goes on counting by what is known.
    for _ in range(3):
        keeper.recount(WEDNESDAY)
    assert list(Alarm.objects.filter(kind="calendar", cleared_at=None).values_list("key", flat=True)) == [
        "calendar/2027"
    ]

    # The arrangement takes 4 January off: the third working day is 6 January now. The alarm is over.
    announced()
    keeper.recount(datetime(2026, 12, 31, 2, tzinfo=UTC))
    assert (answer(loan).due_at, answer(loan).provisional) == (wuhan(7), False)
    assert not Alarm.objects.filter(kind="calendar", cleared_at=None).exists()

    tick(wuhan(6, 23))
    assert Loan.objects.get(pk=loan).state == "asked"  # by the old count it would have been refused
    tick(wuhan(7))
    assert Loan.objects.get(pk=loan).state == "refused"


def test_what_is_counted_by_an_announced_year_stays_as_it_is(announced: Any) -> None:
    loan = begin(LENDING, by=reader(), at=datetime(2026, 3, 2, 2, tzinfo=UTC), book="红楼梦", desk=WUCHANG).subject
    before = answer(loan).due_at
    announced()
    calendar.reload()
    assert recompute(datetime(2026, 3, 2, 3, tzinfo=UTC)) == 0
    assert (answer(loan).due_at, answer(loan).provisional) == (before, False)
    assert not Alarm.objects.filter(kind="calendar").exists()


def test_a_clock_that_a_later_version_brought_begins_for_what_stood_there_already() -> None:
    """From the day of the new version on, whole; not twice; not where the state has none; not while a hold stands."""
    old = begin(LENDING, by=reader(), at=datetime(2026, 3, 2, 2, tzinfo=UTC), book="红楼梦", desk=WUCHANG).subject
    held = begin(LENDING, by=reader(), at=datetime(2026, 3, 2, 2, tzinfo=UTC), book="西游记", desk=WUCHANG).subject
    gone = begin(LENDING, by=reader(), at=datetime(2026, 3, 2, 2, tzinfo=UTC), book="水浒传", desk=WUCHANG).subject
    clocks = RunningClock.objects.filter(procedure="toy_lending")
    clocks.delete()
    Loan.objects.filter(pk=gone).update(state="refused")
    SubjectHold.objects.create(procedure="toy_lending", subject=held, ground="核查", placed_at=WEDNESDAY)
    upgraded = datetime(2026, 4, 1, 2, tzinfo=UTC)
    keeper.recount(upgraded)
    assert [row.subject for row in clocks.all()] == [old]
    assert (answer(old).status, answer(old).started_at) == ("running", upgraded)
    assert answer(old).due_at > upgraded
    due = answer(old).due_at
    assert recompute(upgraded + timedelta(days=1)) == 0
    assert answer(old).due_at == due
    SubjectHold.objects.update(lifted_at=upgraded)
    assert recompute(upgraded + timedelta(days=1)) == 1
    assert {row.subject for row in clocks.all()} == {old, held}

"""The flow's runner: every step of every fact once, whoever runs, whatever fails, whenever it is killed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from tests.bedrock.apart import act_or_tick, lend_two, mark, noticing, run_flow, shelving, together
from tests.bedrock.toy import INSPECTING, LENDING, WUCHANG, Loan, librarian, reader
from tongqu.exchange.bedrock import evidence, procedures
from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import (
    HOUSE,
    Alarm,
    RunningClock,
    StuckStep,
    begin,
    follow_flow,
    lift_hold,
    perform,
    place_hold,
    retry_stuck,
    tick,
)
from tongqu.exchange.bedrock.procedures.following import TRIES_MAX
from tongqu.exchange.bedrock.procedures.models import FlowCursor

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def slate(transactional_db: None) -> None:
    """A table outside the house where steps leave a mark for each time they are taken."""
    with connection.cursor() as cursor:
        cursor.execute("create table if not exists toy_mark (fact bigint, step text)")
        cursor.execute("truncate toy_mark")


def marks() -> Counter[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute("select fact, step, count(*) from toy_mark group by 1, 2")
        return Counter({(fact, step): n for fact, step, n in cursor.fetchall()})


def asked(count: int = 1) -> list[int]:
    """Loans asked for and in the log."""
    loans = [begin(LENDING, by=reader(), at=MONDAY, book="红楼梦", desk=WUCHANG).subject for _ in range(count)]
    evidence.integrate()
    return loans


def positions(count: int) -> list[int]:
    return [fact.position for fact in evidence.follow(after=-1, limit=1_000)][-count:]


FLOW = {"toy_lending.begin": (noticing, shelving)}


def test_every_step_is_taken_once_and_in_the_order_of_the_log() -> None:
    asked(3)
    assert follow_flow("toy", FLOW, at=MONDAY) == 3
    assert follow_flow("toy", FLOW, at=MONDAY) == 0
    assert marks() == Counter({(place, step): 1 for place in positions(3) for step in ("noticing", "shelving")})


def test_facts_without_a_step_are_passed() -> None:
    (loan,) = asked()
    perform(LENDING, "lend", loan, by=librarian(), at=MONDAY)
    evidence.integrate()
    assert follow_flow("toy", {"toy_lending.lend": (noticing,)}, at=MONDAY) == 2
    assert sum(marks().values()) == 1


def test_each_reader_has_its_own_place() -> None:
    asked(2)
    follow_flow("toy", FLOW, at=MONDAY)
    assert follow_flow("other", FLOW, at=MONDAY) == 2
    assert set(marks().values()) == {2}


def test_what_a_step_brings_about_is_followed_in_its_turn() -> None:
    def lending(fact: SequencedFact, at: datetime) -> None:
        perform(LENDING, "refuse", fact.subject_id, by=HOUSE, at=at, key=f"flow/{fact.position}/refuse")

    (loan,) = asked()
    flow = {"toy_lending.begin": (lending,), "toy_lending.refuse": (noticing,)}
    while evidence.integrate() + follow_flow("toy", flow, at=MONDAY):
        pass
    assert Loan.objects.get(pk=loan).state == "refused"
    assert sum(marks().values()) == 1


# -- what fails -----------------------------------------------------------------------------------------------------------


class Failing:
    """A step that fails for chosen facts until it is mended."""

    __name__ = "failing"

    def __init__(self, bad: set[int]) -> None:
        self.bad = bad

    def __call__(self, fact: SequencedFact, at: datetime) -> None:
        mark(fact.position, "failing")
        if fact.position in self.bad:
            raise RuntimeError("纸带断了")


def test_a_failing_step_is_set_aside_and_blocks_nothing() -> None:
    asked(3)
    first, second, third = positions(3)
    failing = Failing({second})
    flow = {"toy_lending.begin": (noticing, failing, shelving)}
    assert follow_flow("toy", flow, at=MONDAY) == 3
    assert marks() == Counter(
        {(place, step): 1 for place in (first, second, third) for step in ("noticing", "failing", "shelving")}
    ) - Counter({(second, "failing"): 1})  # what a failing step wrote is gone with it
    (stuck,) = StuckStep.objects.filter(solved_at=None)
    assert (stuck.step, stuck.position, stuck.tries) == ("failing", second, 1)
    assert "纸带断了" in stuck.error

    failing.bad.clear()
    assert retry_stuck("toy", flow, at=MONDAY) == 0  # not before its time
    assert retry_stuck("toy", flow, at=MONDAY + timedelta(seconds=2)) == 1
    assert retry_stuck("toy", flow, at=MONDAY + timedelta(days=1)) == 0
    assert marks()[second, "failing"] == 1


def test_tries_come_with_growing_pauses_and_end_in_one_alarm() -> None:
    asked()
    (place,) = positions(1)
    failing = Failing({place})
    flow = {"toy_lending.begin": (failing,)}
    follow_flow("toy", flow, at=MONDAY)
    at, pauses = MONDAY, []
    while (due := StuckStep.objects.get(position=place).next_at) is not None:
        pauses.append((due - at).total_seconds())
        at = due
        assert not Alarm.objects.filter(kind="stuck-step").exists()
        retry_stuck("toy", flow, at=at)
    assert pauses == [2, 4, 8, 16, 32, 64, 128]
    assert StuckStep.objects.get(position=place).tries == TRIES_MAX
    assert Alarm.objects.filter(kind="stuck-step", cleared_at=None).count() == 1
    assert retry_stuck("toy", flow, at=at + timedelta(days=30)) == 0  # a person's turn now

    failing.bad.clear()
    assert retry_stuck("toy", flow, at=at, force=True) == 1
    assert not Alarm.objects.filter(kind="stuck-step", cleared_at=None).exists()
    assert marks()[place, "failing"] == 1


def test_a_hold_is_waited_for_and_is_no_failure() -> None:
    """It may stand for weeks: no try is used up, no alarm is raised, and the step is taken when it is lifted."""
    (loan,) = asked()

    def refusing(fact: SequencedFact, at: datetime) -> None:
        perform(LENDING, "refuse", fact.subject_id, by=HOUSE, at=at, key=f"flow/{fact.position}/refuse")

    flow = {"toy_lending.begin": (refusing,)}
    hold = place_hold(LENDING, loan, by=INSPECTING, at=MONDAY, ground="核查")
    follow_flow("toy", flow, at=MONDAY)
    for day in range(1, 30):
        assert retry_stuck("toy", flow, at=MONDAY + timedelta(days=day)) == 0
    assert StuckStep.objects.get().tries == 1
    assert not Alarm.objects.filter(kind="stuck-step").exists()
    lift_hold(hold, by=INSPECTING, at=MONDAY + timedelta(days=30), reason="核毕", table=LENDING)
    assert retry_stuck("toy", flow, at=MONDAY + timedelta(days=30)) == 1
    assert Loan.objects.get(pk=loan).state == "refused"


def test_a_step_and_the_cursor_move_together() -> None:
    """When the transaction does not come to its end, neither has moved, and the next runner takes the step."""
    asked(2)
    before = FlowCursor.objects.filter(reader="toy").first()
    with transaction.atomic():
        follow_flow("toy", FLOW, at=MONDAY)
        assert sum(marks().values()) == 4
        transaction.set_rollback(True)
    assert FlowCursor.objects.filter(reader="toy").first() == before
    assert marks() == Counter()
    follow_flow("toy", FLOW, at=MONDAY)
    assert set(marks().values()) == {1}


# -- clocks ---------------------------------------------------------------------------------------------------------------


def test_a_clock_whose_act_fails_keeps_no_other_from_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = asked(2)
    due = MONDAY + timedelta(days=5)
    real = procedures.ticking.perform  # type: ignore[attr-defined]

    def failing(table: Any, act: str, subject: int, /, **rest: Any) -> Any:
        if subject == bad:
            raise RuntimeError("磁盘满")
        return real(table, act, subject, **rest)

    monkeypatch.setattr("tongqu.exchange.bedrock.procedures.ticking.perform", failing)
    assert tick(due) == 1
    assert Loan.objects.get(pk=good).state == "refused"
    clock = RunningClock.objects.get(procedure="toy_lending", subject=bad, name="answer")
    assert clock.status == "running"
    assert tick(due) == 0  # it pauses, and the round is quiet meanwhile
    at = due
    for _ in range(TRIES_MAX + 3):
        at += timedelta(seconds=301)
        tick(at)
    assert Alarm.objects.filter(kind="stuck-clock", cleared_at=None).count() == 1
    monkeypatch.undo()
    assert tick(at + timedelta(seconds=301)) == 1  # a deadline is never given up
    assert Loan.objects.get(pk=bad).state == "refused"
    assert not Alarm.objects.filter(kind="stuck-clock", cleared_at=None).exists()
    assert not StuckStep.objects.filter(solved_at=None).exists()


# -- several at once, in processes of their own ---------------------------------------------------------------------------


@pytest.mark.slow
def test_two_runners_at_once_take_each_step_once(settings: Any) -> None:
    asked(120)
    passed = together(run_flow, 2, settings)
    assert sum(passed) == 120
    assert marks() == Counter({(place, step): 1 for place in positions(120) for step in ("noticing", "shelving")})
    assert not StuckStep.objects.exists()


@pytest.mark.slow
def test_one_key_for_two_subjects_at_once_is_used_for_one_of_them(settings: Any) -> None:
    asked(2)
    said = together(lend_two, 4, settings)
    assert Counter(word for words in said for word in words) == Counter({"lend": 4, "key-reused": 4})
    assert Loan.objects.filter(state="lent").count() == 1


@pytest.mark.slow
def test_a_party_and_the_clock_at_one_moment_neither_wait_for_each_other_nor_both_win(settings: Any) -> None:
    """Both want the subject and its clocks. Whoever comes second finds that it is too late, and nobody is thrown out."""
    loans = asked(40)
    said = together(act_or_tick, 4, settings)
    assert not [word for word in said if isinstance(word, str)], said
    lent, refused = (Loan.objects.filter(state=state).count() for state in ("lent", "refused"))
    assert lent + refused == len(loans)
    assert sum((Counter(word) for word in said), Counter())["lent"] == lent
    for loan in loans:
        assert len(evidence.facts_of("toy_lending", loan)) == 2

"""The one door: what it lets through, what it refuses, and that nothing has happened when it refuses."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event, Thread, local
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.bedrock.toy import ALICE, DAVE, INSPECTING, LENDING, REVIEWING, WUCHANG, Loan, librarian, reader
from tongqu.exchange.bedrock import evidence, ledger, procedures, statements
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.ledger.entries import Move
from tongqu.exchange.bedrock.procedures import (
    CASE,
    HOUSE,
    Alarm,
    AlreadyExtended,
    Held,
    KeyReused,
    NeedsReview,
    NeedsSecondFactor,
    NotNow,
    NotYours,
    Refusal,
    Refused,
    RunningClock,
    Unknown,
    begin,
    clocks_of,
    lift_hold,
    perform,
    place_hold,
    tick,
)
from tongqu.exchange.bedrock.procedures.models import Case
from tongqu.exchange.bedrock.values import Period

pytestmark = pytest.mark.django_db(transaction=True)

WUHAN = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)  # 10:00 in Wuhan, an ordinary working week


def asked(book: str = "红楼梦", **inputs: object) -> int:
    return begin(LENDING, by=reader(), at=MONDAY, book=book, desk=WUCHANG, **inputs).subject


def lent(**inputs: object) -> int:
    loan = asked(**inputs)  # type: ignore[arg-type]
    perform(LENDING, "lend", loan, by=librarian(), at=MONDAY)
    return loan


def facts(loan: int) -> list[str]:
    return [fact.act for fact in evidence.facts_of("toy_lending", loan)]


def give_money(party: int, fen: int) -> None:
    ledger.post([Move("bank/clearing", f"party/{party}/available", fen, "deposit")], at=MONDAY, fact_id=None)


def test_an_act_changes_state_money_and_evidence_together() -> None:
    give_money(ALICE, 500)
    loan = asked(deposit_fen=300)
    perform(LENDING, "lend", loan, by=librarian(), at=MONDAY)
    assert Loan.objects.get(pk=loan).state == "lent"
    assert ledger.balance(f"party/{ALICE}/available").available == 200
    assert ledger.balance(f"party/{WUCHANG}/available").available == 300
    assert facts(loan) == ["begin", "lend"]


def test_when_the_money_is_short_nothing_has_happened() -> None:
    give_money(DAVE, 299)
    loan = begin(LENDING, by=reader(DAVE), at=MONDAY, book="三国", desk=WUCHANG, deposit_fen=300).subject
    with pytest.raises(ledger.Overdraft):
        perform(LENDING, "lend", loan, by=librarian(), at=MONDAY)
    assert Loan.objects.get(pk=loan).state == "asked"
    assert facts(loan) == ["begin"]
    assert ledger.balance(f"party/{DAVE}/available").available == 299


def test_the_same_key_gets_the_first_answer() -> None:
    loan = asked()
    first = perform(LENDING, "lend", loan, by=librarian(), at=MONDAY, key="k1")
    again = perform(LENDING, "lend", loan, by=librarian(), at=MONDAY + timedelta(days=1), key="k1")
    assert again == replace(first, repeated=True)
    assert facts(loan) == ["begin", "lend"]


def test_the_same_key_with_other_content_is_refused() -> None:
    begin(LENDING, by=reader(), at=MONDAY, key="k2", book="红楼梦", desk=WUCHANG)
    with pytest.raises(KeyReused):
        begin(LENDING, by=reader(), at=MONDAY, key="k2", book="西游记", desk=WUCHANG)


def test_two_parties_may_use_the_same_key() -> None:
    one = begin(LENDING, by=reader(ALICE), at=MONDAY, key="k3", book="红楼梦", desk=WUCHANG)
    other = begin(LENDING, by=reader(DAVE), at=MONDAY, key="k3", book="红楼梦", desk=WUCHANG)
    assert one.subject != other.subject


def test_an_act_out_of_turn_names_what_is_possible() -> None:
    loan = asked()
    with pytest.raises(NotNow) as refused:
        perform(LENDING, "mend", loan, by=librarian(), at=MONDAY)
    assert "已申请" in refused.value.words.zh
    assert "借出" in refused.value.mend.zh


def test_a_stranger_in_the_right_role_is_still_a_stranger() -> None:
    loan = asked()
    with pytest.raises(NotYours):
        perform(LENDING, "lend", loan, by=librarian(WUCHANG + 1), at=MONDAY)


def test_the_right_party_without_the_role_is_refused() -> None:
    loan = asked()
    with pytest.raises(NotYours):
        perform(LENDING, "lend", loan, by=replace(librarian(), roles=frozenset()), at=MONDAY)


def test_an_expired_mandate_is_refused_from_its_last_moment_on() -> None:
    loan = asked()
    until = MONDAY + timedelta(hours=1)
    clerk = librarian(mandate=Period(MONDAY - timedelta(days=1), until))
    with pytest.raises(NotYours):
        perform(LENDING, "lend", loan, by=clerk, at=until)
    perform(LENDING, "lend", loan, by=clerk, at=until - timedelta(microseconds=1))


def test_nobody_but_the_clock_performs_what_is_the_clocks() -> None:
    loan = lent()
    with pytest.raises(NotYours):
        perform(LENDING, "lose", loan, by=librarian(), at=MONDAY)


def test_the_clock_does_not_act_for_parties() -> None:
    loan = asked()
    with pytest.raises(NotYours):
        perform(LENDING, "lend", loan, by=HOUSE, at=MONDAY)


def test_a_refusal_carries_every_reason_and_is_kept() -> None:
    with pytest.raises(Refused) as refused:
        asked(book="x")
    assert [f.rule for f in refused.value.findings if f.blocks] == ["title_is_long_enough"]
    with pytest.raises(Refused) as refused:
        asked(book="forbidden")
    assert refused.value.findings[0].cite == "HOUSE:toy"
    assert Refusal.objects.filter(procedure="toy_lending", code="refused").count() == 2
    assert not Loan.objects.filter(book="forbidden").exists()


def test_what_the_rules_leave_open_becomes_a_case_and_passes_once_allowed() -> None:
    with pytest.raises(NeedsReview) as review:
        asked(book="rare book")
    with pytest.raises(NeedsReview) as again:
        asked(book="rare book")
    assert again.value.case_id == review.value.case_id
    perform(CASE, "allow", review.value.case_id, by=REVIEWING, at=MONDAY, reason="已核对")
    loan = asked(book="rare book")
    assert Loan.objects.get(pk=loan).book == "rare book"
    with pytest.raises(NeedsReview):
        asked(book="rare book II")


def test_bad_input_names_every_field_in_both_languages() -> None:
    with pytest.raises(BadInput) as bad:
        begin(LENDING, by=reader(), at=MONDAY, book="", desk=0, colour="red")
    assert {name for name, _ in bad.value.faults} == {"book", "desk", "colour"}
    assert "至少 1 字" in bad.value.words.zh
    assert "at least 1" in bad.value.words.en


def test_a_hold_stops_every_act_that_the_table_does_not_except() -> None:
    loan = lent()
    place_hold(LENDING, loan, by=INSPECTING, at=MONDAY, ground="法院查封（示例）", cite="PROP35:23")
    with pytest.raises(Held) as held:
        perform(LENDING, "return", loan, by=reader(), at=MONDAY)
    assert "法院查封（示例）" in held.value.words.zh
    perform(LENDING, "report", loan, by=INSPECTING, at=MONDAY)
    assert facts(loan)[-2:] == ["hold", "report"]


def test_days_under_a_hold_count_against_nobody() -> None:
    """The desk has three working days to answer; after one a hold stands for three weeks."""
    loan = asked()
    hold = place_hold(LENDING, loan, by=INSPECTING, at=MONDAY + timedelta(days=1), ground="检查（示例）")
    assert tick(MONDAY + timedelta(days=22)) == 0
    lift_hold(hold, by=INSPECTING, at=MONDAY + timedelta(days=22), reason="检查结束", table=LENDING)
    assert tick(MONDAY + timedelta(days=22)) == 0
    perform(LENDING, "lend", loan, by=librarian(), at=MONDAY + timedelta(days=23))
    (answer,) = (clock for clock in clocks_of(LENDING, loan) if clock.name == "answer")
    assert (answer.used, answer.status) == (2, "paused")


def test_the_rest_of_a_period_runs_from_the_day_the_last_hold_is_lifted() -> None:
    loan = asked()
    first = place_hold(LENDING, loan, by=INSPECTING, at=MONDAY + timedelta(days=1), ground="检查（示例）")
    second = place_hold(LENDING, loan, by=INSPECTING, at=MONDAY + timedelta(days=2), ground="复查（示例）")
    lift_hold(first, by=INSPECTING, at=MONDAY + timedelta(days=7), reason="检查结束", table=LENDING)
    assert [clock.due_at for clock in clocks_of(LENDING, loan)] == [None]
    lift_hold(second, by=INSPECTING, at=MONDAY + timedelta(days=14), reason="复查结束", table=LENDING)
    (answer,) = clocks_of(LENDING, loan)
    # Two of the three working days are left: Tuesday and Wednesday, to their end.
    assert answer.due_at == (MONDAY + timedelta(days=17)).astimezone(WUHAN).replace(hour=0, minute=0, second=0)
    assert tick(MONDAY + timedelta(days=16)) == 0
    assert tick(MONDAY + timedelta(days=17)) == 1
    assert Loan.objects.get(pk=loan).state == "refused"


def test_what_is_allowed_is_allowed_once() -> None:
    with pytest.raises(NeedsReview) as review:
        asked(book="rare book")
    perform(CASE, "allow", review.value.case_id, by=REVIEWING, at=MONDAY, reason="可以出借")
    asked(book="rare book")
    with pytest.raises(NeedsReview) as again:
        asked(book="rare book")
    assert again.value.case_id != review.value.case_id


def test_a_clock_that_the_rules_stop_tells_people_and_tries_again() -> None:
    loan = lent()
    Loan.objects.filter(pk=loan).update(book="on display")
    for minutes in (0, 1, 6, 12):
        assert tick(MONDAY + timedelta(days=30, minutes=minutes)) == 0
    assert Alarm.objects.filter(kind="overdue", subject=loan).count() == 1
    assert facts(loan).count("overdue") == 1
    Loan.objects.filter(pk=loan).update(book="红楼梦")
    assert tick(MONDAY + timedelta(days=30, minutes=20)) == 1
    assert Loan.objects.get(pk=loan).state == "lost"


def test_a_clock_that_needs_a_person_opens_a_case_and_goes_on_once_it_is_allowed() -> None:
    loan = lent()
    Loan.objects.filter(pk=loan).update(book="disputed")
    assert tick(MONDAY + timedelta(days=30)) == 0
    (case,) = Case.objects.filter(about="toy_lending", subject=loan)
    perform(CASE, "allow", case.pk, by=REVIEWING, at=MONDAY + timedelta(days=31), reason="确已遗失")
    assert tick(MONDAY + timedelta(days=31)) == 1
    assert Loan.objects.get(pk=loan).state == "lost"


def test_a_suspended_reader_can_still_bring_the_book_back_and_nothing_else() -> None:
    loan = lent()
    suspended = reader()
    suspended = replace(suspended, roles=frozenset(), dormant=suspended.roles)
    with pytest.raises(NotYours):
        perform(LENDING, "note", loan, by=suspended, at=MONDAY, text="备注")
    assert [w.acts[0].name for w in procedures.waiting(suspended) if w.procedure is LENDING] == ["return"]
    perform(LENDING, "return", loan, by=suspended, at=MONDAY)
    with pytest.raises(NotYours):
        begin(LENDING, by=suspended, at=MONDAY, book="西游记", desk=WUCHANG)


def test_two_acts_that_wait_for_each_other_both_come_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has its own loan and wants the other's: the database undoes one of them, which is then done again."""
    one, other = lent(), lent()
    both, first, append = Barrier(2), local(), evidence.append

    def want_the_others(fact: evidence.NewFact, **more: Any) -> int:
        if not getattr(first, "been", False):
            first.been = True
            both.wait(10)
            wanted = other if fact.subject_id == one else one
            Loan.objects.select_for_update().get(pk=wanted)
        return append(fact, **more)

    monkeypatch.setattr(evidence, "append", want_the_others)
    faults: list[Any] = []

    def note(loan: int) -> None:
        try:
            perform(LENDING, "note", loan, by=reader(), at=MONDAY, text="备注")
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [Thread(target=note, args=[loan]) for loan in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert faults == []
    assert [facts(loan)[-1] for loan in (one, other)] == ["note", "note"]


def has_waiter(pid: int) -> bool:
    """Whether some session waits for a lock that the session ``pid`` holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid)))", [pid])
        return bool(cursor.fetchone()[0])


def test_a_deadlock_in_the_posting_is_tried_again_too() -> None:
    """The posting waits for a balance whose holder waits for the loan: the act is the one that the database undoes."""
    give_money(ALICE, 1500)
    connection.ensure_connection()

    def spend_then_read(loan: int, locked: Event, undone: Event) -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                ledger.post([Move(f"party/{ALICE}/available", "bank/clearing", 1, "spent")], at=MONDAY, fact_id=None)
                cursor.execute("SELECT pg_backend_pid()")
                own = cursor.fetchone()[0]
                locked.set()
                while not has_waiter(own):
                    time.sleep(0.01)
                time.sleep(
                    0.5
                )  # the act, which waits longer, is the first to look for a deadlock (each looks once, after a second)
                Loan.objects.select_for_update().get(pk=loan)
        except OperationalError:
            undone.set()
        finally:
            connection.close()

    for attempt in range(1, 4):  # on a machine that stands still for half a second the database may undo the other one
        loan, locked, undone = asked(deposit_fen=300), Event(), Event()
        other = Thread(target=spend_then_read, args=[loan, locked, undone])
        other.start()
        assert locked.wait(30)
        perform(LENDING, "lend", loan, by=librarian(), at=MONDAY)
        other.join(30)
        assert ledger.balance(f"party/{WUCHANG}/available").posted == 300 * attempt
        if not undone.is_set():
            return
    pytest.fail("the act was never the one undone")


def test_only_the_named_office_places_a_hold() -> None:
    loan = lent()
    with pytest.raises(NotYours):
        place_hold(LENDING, loan, by=librarian(), at=MONDAY, ground="不想借了")


def test_a_signature_needs_the_second_factor() -> None:
    loan = lent()
    with pytest.raises(NeedsSecondFactor):
        perform(LENDING, "sign", loan, by=reader(), at=MONDAY)
    perform(LENDING, "sign", loan, by=reader(second_factor=True), at=MONDAY)


def test_secrets_stay_out_of_the_evidence() -> None:
    loan = lent()
    perform(LENDING, "note", loan, by=reader(), at=MONDAY, text="小心", password="opensesame")
    body = evidence.facts_of("toy_lending", loan)[-1].body
    assert body["inputs"] == {"text": "小心"}


def test_silence_for_three_working_days_is_an_act_of_the_clock() -> None:
    loan = asked()
    due = RunningClock.objects.get(procedure="toy_lending", subject=loan, name="answer").due_at
    assert due == datetime(2026, 3, 5, 16, tzinfo=UTC)  # the end of Thursday in Wuhan
    assert tick(due - timedelta(microseconds=1)) == 0
    assert tick(due) == 1
    assert Loan.objects.get(pk=loan).state == "refused"
    assert tick(due) == 0
    assert evidence.facts_of("toy_lending", loan)[-1].actor == {"kind": "clock"}


def test_a_clock_pauses_outside_its_states_and_goes_on_with_the_rest() -> None:
    loan = lent()
    perform(LENDING, "mend", loan, by=librarian(), at=MONDAY + timedelta(days=2))  # two working days used
    clock = RunningClock.objects.get(procedure="toy_lending", subject=loan, name="loan")
    assert (clock.status, clock.used, clock.due_at) == ("paused", 2, None)
    perform(LENDING, "mended", loan, by=librarian(), at=MONDAY + timedelta(days=9))
    clock.refresh_from_db()
    assert clock.due_at == datetime(2026, 3, 23, 16, tzinfo=UTC)  # eight working days after Wednesday 11 March


def test_a_period_is_extended_once_and_no_longer_than_allowed() -> None:
    loan = lent()
    with pytest.raises(AlreadyExtended):
        perform(LENDING, "extend", loan, by=librarian(), at=MONDAY, days=6, reason="太长")
    perform(LENDING, "extend", loan, by=librarian(), at=MONDAY, days=5, reason="复杂")
    assert RunningClock.objects.get(procedure="toy_lending", subject=loan, name="loan").due_at == datetime(
        2026, 3, 23, 16, tzinfo=UTC
    )
    with pytest.raises(AlreadyExtended):
        perform(LENDING, "extend", loan, by=librarian(), at=MONDAY, days=1, reason="再来")


def test_a_clock_without_an_act_raises_an_alarm_once() -> None:
    loan = lent()
    perform(LENDING, "mend", loan, by=librarian(), at=MONDAY)
    late = MONDAY + timedelta(days=7)
    tick(late)
    tick(late)
    assert procedures.Alarm.objects.filter(kind="overdue", subject=loan).count() == 1
    assert facts(loan)[-1] == "overdue"


def test_what_is_not_yours_looks_as_if_it_did_not_exist() -> None:
    loan = asked()
    with pytest.raises(Unknown) as stranger:
        procedures.see(LENDING, loan, reader(DAVE))
    with pytest.raises(Unknown) as nothing:
        procedures.see(LENDING, 10**9, reader(DAVE))
    assert stranger.value.code == nothing.value.code
    assert procedures.see(LENDING, loan, reader()).pk == loan
    assert procedures.see(LENDING, loan, INSPECTING).pk == loan


def test_a_desk_shows_what_waits_for_its_party_only() -> None:
    loan = asked()
    mine = [
        (w.subject.pk, tuple(a.name for a in w.acts)) for w in procedures.waiting(librarian()) if w.procedure is LENDING
    ]
    assert (loan, ("lend", "refuse", "note")) in mine
    assert not [w for w in procedures.waiting(librarian(WUCHANG + 1)) if w.procedure is LENDING]


def test_an_unknown_subject_or_act_is_unknown() -> None:
    with pytest.raises(Unknown):
        perform(LENDING, "lend", 10**9, by=librarian(), at=MONDAY)
    with pytest.raises(Unknown):
        perform(LENDING, "fly", asked(), by=librarian(), at=MONDAY)


def test_the_statements_of_an_act_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The door is crossed often; a statement or a journey more is noticed here. BEGIN and COMMIT travel along."""
    give_money(ALICE, 500)
    loan = asked(deposit_fen=300)
    journeys: list[int] = []
    sent_before = statements._Prepared._journey
    monkeypatch.setattr(
        statements._Prepared, "_journey",
        lambda kept, sent, **more: journeys.append(len(sent)) or sent_before(kept, sent, **more),
    )  # fmt: skip
    with CaptureQueriesContext(
        connection,
    ) as plain:
        perform(LENDING, "note", loan, by=reader(), at=MONDAY + timedelta(hours=1), text="一")
    sent = [q["sql"] for q in plain if not q["sql"].upper().startswith(("BEGIN", "COMMIT"))]
    assert [s.split()[0].lower() for s in sent] == ["select", "select", "select", "update", "with", "insert"], sent
    assert journeys[-2:] == [3, 3]  # what it reads, and all that it writes
    with CaptureQueriesContext(connection) as moving:
        perform(LENDING, "lend", loan, by=librarian(), at=MONDAY)
    sent = [q["sql"] for q in moving if not q["sql"].upper().startswith(("BEGIN", "COMMIT"))]
    assert len(sent) <= 9, sent  # and: one clock paused, one started, moves
    assert journeys[-2:] == [3, 6]

"""Many at once, and how many statements an act sends."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.registry.conftest import World, day
from tests.registry.operating import Operating
from tongqu.exchange.bedrock import calendar
from tongqu.exchange.bedrock.procedures import Alarm, begin, perform, tick
from tongqu.exchange.registry import catalogue, ownership
from tongqu.exchange.registry.authorisation import OPERATION_BID, acts
from tongqu.exchange.registry.catalogue.numbers import next_code as next_resource_code
from tongqu.exchange.registry.models import ClassNumber, OperationBid, OperatorSelection, SerialSeries
from tongqu.exchange.registry.ownership.certificate_code import Series
from tongqu.exchange.registry.ownership.numbers import SerialsUsedUp, next_code

AT = day(2026, 11, 2)
SERIES = Series("SJ", "42", "1", 2026, 11)


def at_once(work: Any, times: int, workers: int = 8) -> list[Any]:
    def one(_: int) -> Any:
        try:
            with transaction.atomic():
                return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(times)))


@pytest.mark.django_db(transaction=True)
def test_serials_given_at_once_are_all_different_and_without_a_gap() -> None:
    codes = at_once(lambda: str(next_code(SERIES, AT)), 60)
    assert sorted(codes) == [f"SJ421202611{serial:04d}" for serial in range(1, 61)]


@pytest.mark.django_db(transaction=True)
def test_resource_numbers_given_at_once_are_all_different() -> None:
    codes = at_once(lambda: str(next_resource_code("306012")), 40)
    assert sorted(codes) == [f"306012/{number:06d}" for number in range(1, 41)]
    assert ClassNumber.objects.get().last == 40


@pytest.mark.django_db
def test_the_last_serial_raises_an_alarm_and_there_is_none_after_it() -> None:
    next_code(SERIES, AT)
    SerialSeries.objects.update(last=9_998)
    assert str(next_code(SERIES, AT)) == "SJ4212026119999"
    assert Alarm.objects.filter(kind="certificate-serials").count() == 1
    with pytest.raises(SerialsUsedUp):
        next_code(SERIES, AT)
    assert next_code(Series("SJ", "42", "1", 2026, 12), AT).serial == 1


@pytest.mark.django_db
def test_a_transaction_that_fails_gives_its_serial_back() -> None:
    def fail() -> None:
        with transaction.atomic():
            next_code(SERIES, AT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert next_code(SERIES, AT).serial == 1


def test_two_entries_of_one_source_at_once_leave_one(transactional_db: None, settings: Any, tmp_path: Path) -> None:
    settings.PAPERS_ROOT = tmp_path
    world = World()
    actor, entry = world.supplier, world.entry()

    def draft() -> str:
        try:
            return str(begin(catalogue.RESOURCE, by=actor, at=AT, **entry).state)
        except Exception as shut:
            return str(getattr(shut, "code", repr(shut)))

    assert sorted(at_once(draft, 4, 4)) == ["drafted", "refused", "refused", "refused"]


def statements(work: Any) -> int:
    with CaptureQueriesContext(connection) as sent:
        work()
    return len([one for one in sent.captured_queries if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))])


# `apply` looks once at what the applicant got by sharing (OP27:5).
MOST = {"apply": 15, "accept": 8, "find": 8, "publicise": 13, "object": 12, "dismiss": 10, "keep_evidence": 22}


def test_acts_send_no_more_statements_than_they_need(world: World) -> None:
    """The figures are what was measured; an act that sends more has a reason, or a loop that should not be there."""
    resource = world.catalogued(AT)
    asked = world.application(resource)
    citizen_paper, paper = world.paper("objection", None), world.paper("sample")
    table, registrar = ownership.OWNERSHIP, world.registrar
    sent: dict[str, int] = {}
    made: list[int] = []
    sent["apply"] = statements(lambda: made.append(begin(table, by=world.supplier, at=AT, **asked).subject))
    subject = made[0]
    sent["accept"] = statements(lambda: world.act("accept", subject, AT, by=registrar))
    for head in ("description", "source", "ownership"):
        sent["find"] = statements(
            lambda head=head: world.act(
                "find", subject, AT, by=registrar, head=head, passes=True, finding="与材料一致", evidence=[paper]
            )
        )
    sent["publicise"] = statements(lambda: world.act("publicise", subject, AT, by=registrar))
    objection = {"reason": "数据是我方采集的", "evidence": [citizen_paper], "contact": "13900000000"}
    sent["object"] = statements(lambda: world.act("object", subject, AT, by=world.citizen, **objection))
    sent["dismiss"] = statements(lambda: world.act("dismiss", subject, AT, by=registrar, finding="证据不足"))
    sent["keep_evidence"] = statements(lambda: tick(day(2026, 11, 10, 0)))
    assert {name: count for name, count in sent.items() if count > MOST[name]} == {}, sent
    assert ownership.right(subject).state == "evidenced"


def test_lists_send_the_same_number_of_statements_however_long_they_are(world: World) -> None:
    def readings() -> list[int]:
        return [
            statements(lambda: catalogue.catalogued()),
            statements(lambda: ownership.rights_of(world.parties["supplier"].pk)),
            statements(lambda: ownership.publicity()),
        ]

    world.registered(AT)
    world.publicised(day(2026, 12, 7), "rival")
    few = readings()
    third = world.catalogued(AT, source="meters", name="第二份数据")
    world.registered(AT, resource=third)
    world.publicised(day(2026, 12, 8), resource=third)
    assert ownership.publicity().total == 2
    assert readings() == few


def somebody_waits() -> bool:
    """Whether some session of this database waits for a lock of another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pg_blocking_pids(pid) <> '{}')"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("last", ["bid", "withdraw"])
def test_bidding_ends_after_who_bids_at_its_last_moment_and_counts_it(
    transactional_db: None, settings: Any, tmp_path: Path, last: str
) -> None:
    """The bid is judged in time and not yet committed when the clock comes: the clock waits for it."""
    settings.PAPERS_ROOT = tmp_path
    operating = Operating(World())
    selection = operating.call(operating.filed())
    end = calendar.end_of(date(2026, 6, 1))
    made = operating.bid(selection) if last == "withdraw" else 0
    judged, go_on = Event(), Event()
    done = acts.end_bid if last == "withdraw" else acts.bid

    def slowly(matter: Any) -> Any:
        judged.set()
        assert go_on.wait(60)
        return done(matter)

    act = OPERATION_BID.act("withdraw") if last == "withdraw" else OPERATION_BID.begins
    before = act.do
    object.__setattr__(act, "do", slowly)

    def alone(work: Any) -> Any:
        try:
            return work()
        finally:
            connection.close()

    by, moment = operating.actor("first"), end - timedelta(microseconds=1)
    try:
        with ThreadPoolExecutor(2) as pool:
            if last == "withdraw":
                asked = pool.submit(alone, lambda: perform(OPERATION_BID, "withdraw", made, by=by, at=moment))
            else:
                form = operating.bid_form(selection)
                asked = pool.submit(alone, lambda: begin(OPERATION_BID, by=by, at=moment, **form))
            assert judged.wait(60)
            closing = pool.submit(alone, lambda: tick(end))
            while not (somebody_waits() or closing.done()):
                time.sleep(0.01)
            closed_before = closing.done()
            go_on.set()
            asked.result(60)
            closing.result(60)
    finally:
        object.__setattr__(act, "do", before)
    assert not closed_before
    assert OperatorSelection.objects.get(pk=selection).state == "closed"
    assert OperationBid.objects.get(selection=selection).state == ("withdrawn" if last == "withdraw" else "sealed")

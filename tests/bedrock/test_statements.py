"""Statements that travel together: their order, their answers, what fails among them, and what others may do meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from tongqu.exchange.bedrock import statements
from tongqu.exchange.bedrock.statements import Statement

pytestmark = pytest.mark.django_db(transaction=True)

PUT = "insert into slips (number, text) values (%s, %s)"
READ = "select number, text from slips order by number"


@pytest.fixture(autouse=True)
def slips(transactional_db: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists slips")
        cursor.execute("create table slips (number int primary key, text text, check (text <> 'never'))")
    yield
    with connection.cursor() as cursor:
        cursor.execute("drop table slips")


class Taken(Exception):
    pass


def taken(error: DatabaseError) -> Exception:
    return Taken() if isinstance(error, IntegrityError) else error


def put(*slips: tuple[int, str], commit: bool = False) -> None:
    """Puts off slips in one transaction, all but the first as numbers that may be taken, and settles them."""
    with transaction.atomic():
        for place, (number, text) in enumerate(slips):
            statements.later(PUT, [number, text], refused=taken if place else None)
        statements.settle(commit=commit)


def numbers() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("select number from slips order by number")
        return [number for (number,) in cursor.fetchall()]


def test_several_go_in_one_journey_and_each_has_its_own_answer() -> None:
    with transaction.atomic():
        one, _, both = statements.together(
            Statement("select 1 + %s::int", [2]), Statement(PUT, [1, "一"]), Statement(READ)
        )
    assert (one, both) == ([(3,)], [(1, "一")])


def test_what_is_put_off_comes_before_what_follows_and_with_the_end_at_the_latest() -> None:
    with transaction.atomic():
        statements.later(PUT, [1, "一"])
        statements.later(PUT, [2, None])
        assert statements.execute(READ) == [(1, "一"), (2, None)]
        statements.later(PUT, [3, "三"])
        statements.settle(commit=False)
    assert numbers() == [1, 2, 3]


def test_the_end_of_the_transaction_can_travel_along() -> None:
    done: list[str] = []
    with transaction.atomic():
        transaction.on_commit(lambda: done.append("told"))
        statements.later(PUT, [1, "一"])
        statements.settle(commit=True)
        assert done == []
    assert (numbers(), done) == ([1], ["told"])


def test_one_that_fails_says_what_it_means_and_nothing_has_happened() -> None:
    with pytest.raises(Taken):
        put((1, "一"), (1, "again"), (2, "二"), commit=True)
    assert numbers() == []
    with transaction.atomic():  # the connection is as good as before
        statements.execute(PUT, [5, "五"])
    assert numbers() == [5]


def test_one_whose_failure_means_nothing_special_raises_what_django_would() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        statements.together(Statement(PUT, [1, "never"]), Statement(READ))
    assert numbers() == []


def test_a_savepoint_takes_back_what_was_sent_within_it() -> None:
    with transaction.atomic():
        statements.execute(PUT, [1, "一"])
        with pytest.raises(Taken):
            put((2, "二"), (1, "again"))
        statements.execute(PUT, [3, "三"])
    assert numbers() == [1, 3]


def test_what_is_forgotten_is_never_sent() -> None:
    with transaction.atomic():
        statements.later(PUT, [1, "一"])
        statements.forget()
        statements.execute(PUT, [2, "二"])
    assert numbers() == [2]


def test_a_plan_that_no_longer_fits_is_made_anew_for_the_next_transaction() -> None:
    assert statements.execute("select * from slips") == []
    with connection.cursor() as cursor:
        cursor.execute("alter table slips alter column number type bigint")
    with pytest.raises(DatabaseError):
        statements.execute("select * from slips")
    assert statements.execute("select * from slips") == []


def test_others_work_while_a_journey_waits_for_the_server() -> None:
    """A thread that waits for the database must not hold the interpreter: requests are read on another."""
    holder = connection.copy()
    holder.inc_thread_sharing()
    with holder.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(20)")

    def work_then_let_go() -> None:
        for _ in range(20):
            time.sleep(0.001)
        holder.close()  # and with it the lock

    other = threading.Thread(target=work_then_let_go)
    other.start()
    try:
        with transaction.atomic():
            statements.execute("set local lock_timeout = '60s'")
            statements.together(Statement("select 1"), Statement("select pg_advisory_xact_lock(20)::text"))
    finally:
        other.join()


def test_a_connection_that_is_cut_raises_and_the_next_one_works() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        ((pid,),) = cursor.fetchall()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(%s)", [pid])
    other.close()
    with pytest.raises(OperationalError):
        put((1, "一"), commit=True)
    connection.close()
    assert numbers() == []


def test_a_moment_that_python_cannot_keep_is_the_database_s_error() -> None:
    for text in ("select 'infinity'::timestamptz", "select '0044-03-15 12:00+00 BC'::timestamptz"):
        with transaction.atomic(), pytest.raises(DatabaseError):
            statements.execute(text)

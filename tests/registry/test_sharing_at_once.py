"""Two at one moment: an answer and a withdrawal, two of the same request, two workers at one edition."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from tests.registry.departments import NOON, Departments
from tests.registry.test_flowback import handed_in
from tongqu.exchange.bedrock.procedures import NotNow, Refused, tick
from tongqu.exchange.registry import flowback
from tongqu.exchange.registry.models import Portion, ShareRequest
from tongqu.exchange.registry.provision import SHARE_REQUEST

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each answers, or the refusal it met."""

    def one(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except (NotNow, Refused) as shut:
            return shut
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


@pytest.mark.parametrize("turn", range(3))
def test_an_answer_and_a_withdrawal_at_one_moment_one_of_them_holds(offices: Departments, turn: int) -> None:
    request = offices.ask(offices.resource())
    answers = at_once(
        lambda: offices.act("refuse", request, "health", kind="no_duty", provision="三定规定", reason="与职责不符"),
        lambda: offices.act("withdraw", request, "civil", reason="不再需要"),
    )
    assert [isinstance(one, NotNow) for one in answers].count(True) == 1
    assert offices.state(request) == ("withdrawn" if isinstance(answers[0], NotNow) else "refused")


def test_an_answer_in_the_moment_in_which_the_time_is_over_is_counted_once(offices: Departments) -> None:
    request = offices.ask(offices.resource())
    due = offices.due(SHARE_REQUEST, request, "answer")
    at_once(lambda: offices.act("accept", request, "health", due), lambda: tick(due))
    row = offices.row(request)
    assert row.answered_late
    assert row.state == "accepted"


def test_the_same_request_sent_by_two_colleagues_at_once_is_open_once(offices: Departments) -> None:
    resource = offices.resource()
    answers = at_once(*[lambda: offices.ask(resource)] * 4)
    assert [isinstance(one, Refused) for one in answers].count(True) == 3
    assert ShareRequest.objects.count() == 1


def test_two_workers_at_one_edition_deliver_it_once(offices: Departments) -> None:
    resource = offices.resource()
    offices.subscribed(resource)
    number = handed_in(offices, resource)
    at_once(*[lambda: flowback.divide(number, now=lambda: NOON)] * 3)
    assert flowback.divide(number, now=lambda: NOON) == "delivered"
    assert Portion.objects.count() == 1

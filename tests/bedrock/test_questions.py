"""Questions that do not need each other's answers take one journey; each answer is what its own function would have given."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tongqu.exchange.bedrock import statements
from tongqu.exchange.bedrock.questions import Question, answers, query
from tongqu.exchange.bedrock.statements import Rows, Statement

pytestmark = pytest.mark.django_db


class Missing(Exception):
    pass


@query
def double(number: int) -> Question[int]:
    """Twice the number, as the database counts."""
    return Question(Statement("select 2 * %s::int", [number]), lambda rows: int(rows[0][0]))


@query
def named(wanted: str) -> Question[str]:
    def meant(rows: Rows) -> str:
        if not rows:
            raise Missing(wanted)
        return str(rows[0][0])

    return Question(Statement("select x from (values ('甲'), ('乙')) t (x) where x = %s", [wanted]), meant)


@pytest.fixture
def journeys(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements went in each journey."""
    went: list[int] = []
    send = statements._Prepared._journey

    def counted(self: statements._Prepared, sent: list[Statement], *, commit: bool = False) -> list[Rows]:
        went.append(len(sent))
        return send(self, sent, commit=commit)

    monkeypatch.setattr(statements._Prepared, "_journey", counted)
    return went


def test_a_query_is_called_for_its_answer(journeys: list[int]) -> None:
    assert double(21) == 42
    assert journeys == [1]


def test_several_are_answered_in_one_journey_each_with_its_own_meaning(journeys: list[int]) -> None:
    assert answers(double.asked(4), named.asked("乙"), double.asked(5)) == (8, "乙", 10)
    assert journeys == [3]


def test_an_answer_may_be_taken_further(journeys: list[int]) -> None:
    assert answers(double.asked(4).then(lambda number: number + 1), named.asked("甲")) == (9, "甲")
    assert journeys == [2]


def test_what_an_answer_raises_is_raised_and_the_others_were_asked_all_the_same() -> None:
    with CaptureQueriesContext(connection) as seen, pytest.raises(Missing, match="丙"):
        answers(double.asked(1), named.asked("丙"))
    assert len(seen) == 2


def test_it_keeps_the_name_and_the_words_of_the_function_it_was_made_from() -> None:
    assert double.__name__ == "double"
    assert double.__doc__ == "Twice the number, as the database counts."

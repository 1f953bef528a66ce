"""Questions to the database as values, so that one journey brings the answers of several that do not need each other.

@query
def listing(listing_id: int) -> Question[ListingView]:
    return rows.finding(Listing, id=listing_id).then(_view)

listing(7)                                                          # asks now
product, known = answers(listing.asked(7), organisations.asked(...))   # both in one journey
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar, overload

from tongqu.exchange.bedrock.statements import Rows, Statement, together

P = ParamSpec("P")
T = TypeVar("T")
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """A statement, and what its rows mean to who asks. `meant` may raise, and may ask further."""

    statement: Statement
    meant: Callable[[Rows], T]

    def then(self, further: Callable[[T], U]) -> Question[U]:
        """The same statement, its answer taken one step further."""
        meant = self.meant
        return Question(self.statement, lambda rows: further(meant(rows)))


class Query(Generic[P, T]):
    """A function of a face that asks one question: called, it asks now; `asked` gives the question for `answers`."""

    def __init__(self, made: Callable[P, Question[T]]) -> None:
        self.asked = made
        update_wrapper(self, made)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        return answers(self.asked(*args, **kwargs))[0]


def query(made: Callable[P, Question[T]]) -> Query[P, T]:
    """Makes a function that returns a question into one that may also be called for its answer."""
    return Query(made)


@overload
def answers(q1: Question[T1], /) -> tuple[T1]: ...
@overload
def answers(q1: Question[T1], q2: Question[T2], /) -> tuple[T1, T2]: ...
@overload
def answers(q1: Question[T1], q2: Question[T2], q3: Question[T3], /) -> tuple[T1, T2, T3]: ...
@overload
def answers(q1: Question[T1], q2: Question[T2], q3: Question[T3], q4: Question[T4], /) -> tuple[T1, T2, T3, T4]: ...
def answers(*questions: Question[Any]) -> tuple[Any, ...]:
    """The answers of all, from one journey to the database. Raises what the first of them raises that does."""
    found = together(*(each.statement for each in questions))
    return tuple(each.meant(rows) for each, rows in zip(questions, found, strict=True))

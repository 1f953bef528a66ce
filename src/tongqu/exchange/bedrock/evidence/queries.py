"""Reading facts: in the order of the log, or of one subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True)
class SequencedFact:
    """A fact that has its place in the log. Positions are dense from 0 and never change."""

    position: int
    id: int
    at: datetime
    procedure: str
    act: str
    subject_id: int
    actor: dict[str, Any]
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TimelineFact:
    """A fact in the story of its subject. `position` is None for the moment until the integrator has placed it."""

    position: int | None
    id: int
    at: datetime
    procedure: str
    act: str
    subject_id: int
    actor: dict[str, Any]
    body: dict[str, Any]


def follow(after: int, limit: int = 500) -> list[SequencedFact]:
    """Facts at the positions above `after`, in order; -1 is before the first.

    Keep the last position you have taken and give it as the next `after`: no fact is ever placed behind it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT leaf.position, fact.id, at, procedure, act, subject_id, actor, body
               FROM bedrock_leaf leaf JOIN bedrock_fact fact ON fact.id = leaf.fact_id
               WHERE leaf.position > %s ORDER BY leaf.position LIMIT %s""",
            (after, limit),
        )
        return [SequencedFact(*row) for row in cursor.fetchall()]


def facts_of(procedure: str, subject_id: int, *, after: int = 0, limit: int = 500) -> list[TimelineFact]:
    """The facts of one subject in the order in which they happened; `after` is a fact's id, for the next page."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT leaf.position, fact.id, at, procedure, act, subject_id, actor, body
               FROM bedrock_fact fact LEFT JOIN bedrock_leaf leaf ON leaf.fact_id = fact.id
               WHERE procedure = %s AND subject_id = %s AND fact.id > %s ORDER BY fact.id LIMIT %s""",
            (procedure, subject_id, after, limit),
        )
        return [TimelineFact(*row) for row in cursor.fetchall()]


def fact(fact_id: int) -> TimelineFact | None:
    """One fact, placed or not; whether the reader may see it, the subject it belongs to decides."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT leaf.position, fact.id, at, procedure, act, subject_id, actor, body
               FROM bedrock_fact fact LEFT JOIN bedrock_leaf leaf ON leaf.fact_id = fact.id WHERE fact.id = %s""",
            (fact_id,),
        )
        row = cursor.fetchone()
    return TimelineFact(*row) if row else None


def waiting() -> int:
    """How many facts have no place yet: the integrator's lag."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bedrock_fresh")
        (count,) = cursor.fetchone()
    return int(count)

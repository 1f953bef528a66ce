"""Reading facts: in the order of the log, or of one subject."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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


@dataclass(frozen=True, slots=True)
class Passage:
    """Facts of one kind in a row, told as one: the first, the last, and how many they are."""

    first: TimelineFact
    last: TimelineFact
    count: int


@dataclass(frozen=True, slots=True)
class Story:
    """A page of a subject's passages, the newest first; how many passages and how many facts there are in all."""

    passages: tuple[Passage, ...]
    total: int
    facts: int


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


_TIMELINE = """SELECT leaf.position, fact.id, at, procedure, act, subject_id, actor, body
                FROM bedrock_fact fact LEFT JOIN bedrock_leaf leaf ON leaf.fact_id = fact.id"""


def facts_of(
    procedure: str,
    subject_id: int,
    *,
    acts: Collection[str] | None = None,
    naming: str = "",
    after: int = 0,
    offset: int = 0,
    limit: int = 500,
) -> list[TimelineFact]:
    """The facts of one subject in the order in which they happened; `after` is a fact's id, for the next page.

    `acts` takes only facts of these acts, `naming` those in whose body this text (a digest, say) stands.
    """
    return _timeline(
        """WHERE procedure = %s AND subject_id = %s AND fact.id > %s
             AND (%s::text[] IS NULL OR act = ANY(%s)) AND (%s = '' OR strpos(body::text, %s) > 0)
           ORDER BY fact.id OFFSET %s LIMIT %s""",
        (procedure, subject_id, after, *[acts if acts is None else sorted(acts)] * 2, naming, naming, offset, limit),
    )


def outline(procedure: str, subject_id: int) -> list[TimelineFact]:
    """The first and the last fact of each act of a subject, in order: enough to see its way, however long its story is."""
    return _timeline(
        """WHERE fact.id IN (
             SELECT unnest(ARRAY[min(id), max(id)]) FROM bedrock_fact WHERE procedure = %s AND subject_id = %s GROUP BY act
           ) ORDER BY fact.id""",
        (procedure, subject_id),
    )


# One way along the index, whose entries hold the act: the facts themselves are fetched for the page alone.
_PASSAGES = """
WITH told AS (
  SELECT id, act = ANY(%(folding)s) AS folded,
         count(*) FILTER (WHERE act <> ALL(%(folding)s)) OVER (ORDER BY id) AS part
  FROM bedrock_fact WHERE procedure = %(procedure)s AND subject_id = %(subject)s
), passage AS (
  SELECT min(id) AS first, max(id) AS last, count(*) AS facts FROM told GROUP BY part, folded
)
SELECT (SELECT count(*) FROM passage), (SELECT coalesce(sum(facts), 0)::bigint FROM passage),
       coalesce(array_agg(ARRAY[first, last, facts] ORDER BY last DESC), '{}')
FROM (SELECT * FROM passage ORDER BY last DESC OFFSET %(offset)s LIMIT %(limit)s) page
"""


def story(procedure: str, subject_id: int, *, folding: Collection[str] = (), offset: int = 0, limit: int = 50) -> Story:
    """A page of what happened to a subject, the newest first. Facts of the acts in `folding` that stand in a row are one."""
    asked: dict[str, Any] = {
        "folding": sorted(folding), "procedure": procedure, "subject": subject_id, "offset": offset, "limit": limit,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_PASSAGES, asked)
        total, facts, passages = cursor.fetchone()
    wanted = sorted({number for first, last, _ in passages for number in (first, last)})
    known = {one.id: one for one in _timeline("WHERE fact.id = ANY(%s)", (wanted,))} if wanted else {}
    return Story(tuple(Passage(known[first], known[last], count) for first, last, count in passages), total, facts)


def _timeline(condition: str, values: Sequence[Any]) -> list[TimelineFact]:
    """Every text given here is constant."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_TIMELINE} {condition}", values)
        return [TimelineFact(*row) for row in cursor.fetchall()]


def fact(fact_id: int) -> TimelineFact | None:
    """One fact, placed or not; whether the reader may see it, the subject it belongs to decides."""
    return next(iter(_timeline("WHERE fact.id = %s", (fact_id,))), None)


def waiting() -> int:
    """How many facts have no place yet: the integrator's lag."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bedrock_fresh")
        (count,) = cursor.fetchone()
    return int(count)


def tally(procedure: str, subjects: Sequence[int], *, since: datetime | None, until: datetime) -> dict[str, int]:
    """How often each act was done on these subjects, from `since` (from the beginning, without it) up to `until`."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT act, count(*) FROM bedrock_fact
               WHERE procedure = %s AND subject_id = ANY(%s) AND (%s::timestamptz IS NULL OR at >= %s) AND at < %s
               GROUP BY act""",
            (procedure, list(subjects), since, since, until),
        )
        return {act: int(many) for act, many in cursor.fetchall()}

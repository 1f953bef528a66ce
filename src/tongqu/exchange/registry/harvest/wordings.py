"""Wordings that the reviewed table does not have: those that nobody was asked yet, and what follows when somebody answers."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import connection

from tongqu.exchange.registry.harvest import keeping
from tongqu.exchange.registry.harvest.models import Spelling
from tongqu.exchange.registry.harvest.spellings import meaning, reviewed
from tongqu.exchange.registry.rows import UNDECIDED

WRITTEN = """
written(question, spelling, catalog, title) as (
  select told.question, told.spelling, catalog_id, title
    from registry_entry cross join lateral (
      select 'opening', opening_as_written where opening = 'undecided'
      union all
      select 'cycle', cycle_as_written where cycle = 'undecided'
      union all
      select 'format', format from unnest(formats_as_written) format where 'undecided' = any(formats)
    ) told(question, spelling)
   where gone_at is null and (opening = 'undecided' or cycle = 'undecided' or 'undecided' = any(formats))
)
"""
"""What entries have that is not decided; of formats, also what stands beside it."""

_UNMET = f"""
with {WRITTEN}
select question, spelling, count(*) over () from written
 where not exists (select from registry_spelling s where s.question = written.question and s.spelling = written.spelling)
   and not (question = 'format' and spelling = any(%s))
 group by question, spelling order by count(*) desc, question, spelling limit %s
"""  # noqa: S608 -- our own text

_FORMATS = """
update registry_entry e set changed_at = %(at)s, formats = now.formats
  from (select id, array(
          select meaning from (
            select coalesce(%(known)s::jsonb ->> one, %(undecided)s) as meaning, min(place) as place
              from unnest(formats_as_written) with ordinality as written(one, place) group by 1
          ) told order by place)::varchar[] as formats
          from registry_entry where formats_as_written @> array[%(spelling)s]::varchar[]) now
 where now.id = e.id and now.formats is distinct from e.formats::varchar[]
"""


def decided() -> dict[tuple[str, str], str]:
    """What people have said, by question and spelling."""
    return {(s.question, s.spelling): s.meaning for s in Spelling.objects.filter(state="decided")}


def by_question() -> dict[str, dict[str, str]]:
    """The same: question to spelling to meaning."""
    told: dict[str, dict[str, str]] = {}
    for (question, spelling), meaning_ in decided().items():
        told.setdefault(question, {})[spelling] = meaning_
    return told


def unmet(most: int) -> tuple[list[tuple[str, str]], int]:
    """Question and spelling of what waits in entries and was put to nobody, that of most entries first; how many in all."""
    with connection.cursor() as cursor:
        cursor.execute(_UNMET, [list(reviewed()["format"]), most])
        found = cursor.fetchall()
    return [(question, spelling) for question, spelling, _ in found], found[0][2] if found else 0


def understand(question: str, spelling: str, value: str, at: datetime) -> int:
    """A person has said what a spelling means: the entries that have it say so from now on. Returns how many.

    In the caller's transaction. No import writes meanwhile, so none goes on with what was not decided before.
    """
    keeping.alone()
    said = decided() | {(question, spelling): value}
    with connection.cursor() as cursor:
        if question == "format":
            known = {one: told for (asked, one), told in said.items() if asked == "format"} | reviewed()["format"]
            told: dict[str, Any] = {"at": at, "known": json.dumps(known), "undecided": UNDECIDED, "spelling": spelling}
            cursor.execute(_FORMATS, told)
        else:
            value = meaning(question, spelling, said)
            cursor.execute(
                f"update registry_entry set changed_at = %s, {question} = %s"  # noqa: S608 -- a question is a column
                f" where {question}_as_written = %s and {question} <> %s",
                [at, value, spelling, value],
            )
        return int(cursor.rowcount)

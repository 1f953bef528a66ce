"""Groups of related parties: whoever is joined by control, upwards, downwards and sideways through a common parent.

State organs (credit codes that begin with 11) do not join: companies are not related merely because the state holds
them both. Without that, every state-owned company of a province would be one group.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import connection

_REACH = """
with recursive edge(a, b) as (
    select controller_code, controlled_code from members_control
    where since_date <= %(on)s and (until_date is null or until_date > %(on)s)
), both_ways(a, b) as (select a, b from edge union select b, a from edge),
reach(seed, code) as (
    select code, code from unnest(%(codes)s::text[]) as seeds(code)
    union
    select reach.seed, both_ways.b from reach join both_ways on both_ways.a = reach.code
    where reach.code not like '11%%' or reach.code = reach.seed
)
select seed, code from reach
"""


def reached(codes: Collection[str], *, on: date) -> dict[str, frozenset[str]]:
    """For each credit code those it is joined with on that day, itself included."""
    found: dict[str, set[str]] = {code: {code} for code in codes}
    with connection.cursor() as cursor:
        cursor.execute(_REACH, {"on": on, "codes": list(codes)})
        for seed, code in cursor.fetchall():
            found[seed].add(code)
    return {seed: frozenset(joined) for seed, joined in found.items()}


def group_name(code: str, joined: frozenset[str]) -> str | None:
    """A group is called by its first credit code; None for one that is joined with nobody, and for a state organ."""
    members = {each for each in joined if not each.startswith("11")}
    return min(members) if code in members and len(members) > 1 else None

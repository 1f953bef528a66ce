"""The sub-ledger of what trusts owe: rows by division and mandate, written and taken set by set, never one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

_WRITE = """
insert into treasury_trust_entitlement (distribution_id, mandate_id, fen)
select %s, mandate, %s from unnest(%s::bigint[]) mandate
"""

_MANDATES = "select mandate_id from treasury_trust_entitlement where distribution_id = %s order by mandate_id"

_OPEN = """
select distribution_id, mandate_id, fen from treasury_trust_entitlement where mandate_id = any(%s) and claim_id is null
 order by distribution_id, mandate_id for update
"""

_TAKE = """
update treasury_trust_entitlement e set claim_id = %s from unnest(%s::bigint[], %s::bigint[]) as taken (distribution, mandate)
 where e.distribution_id = taken.distribution and e.mandate_id = taken.mandate
"""
_GIVE_BACK = "update treasury_trust_entitlement set claim_id = null where claim_id = %s"


def write_down(distribution: int, mandates: Sequence[int], *, fen: int) -> None:
    """The same for every mandate, in one statement. The database refuses rows for a division that is there already."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [distribution, fen, list(mandates)])


def mandates_of(distribution: int) -> list[int]:
    """Among which mandates it was divided."""
    with connection.cursor() as cursor:
        cursor.execute(_MANDATES, [distribution])
        return [mandate for (mandate,) in cursor.fetchall()]


@dataclass(frozen=True)
class Open:
    """Entitlements that no claim has taken, locked: by division and mandate, and what they come to."""

    keys: tuple[tuple[int, int], ...]
    fen: int


NONE = Open((), 0)


def lock_open(mandates: Sequence[int]) -> Open:
    """What is open to these mandates, for this transaction alone."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [list(mandates)])
        rows = cursor.fetchall()
    return Open(tuple((distribution, mandate) for distribution, mandate, _ in rows), sum(fen for _, _, fen in rows))


def take(claim: int, found: Open) -> None:
    """Those that were looked at and no others: a division may have brought more meanwhile, for the next claim."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [claim, [one for one, _ in found.keys], [one for _, one in found.keys]])


def give_back(claim: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, [claim])

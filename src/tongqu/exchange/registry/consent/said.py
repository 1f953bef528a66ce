"""Writes and reads what was said to notices. Whoever writes holds the node's count, so numbers have no gap and no reader misses one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from tongqu.exchange.registry.consent.models import ConsentCount, ConsentFact

_LAST = """
select distinct on (basis, reference) basis, what, form, channel, said_at, number from registry_consent_fact
 where basis = any(%s) and reference = any(%s) order by basis, reference, number desc
"""


@dataclass(frozen=True)
class Said:
    """The last that one reference said to one basis."""

    basis: int
    what: str
    form: str
    channel: str
    said_at: datetime
    number: int


def lasts(bases: Iterable[int], references: Iterable[str]) -> list[Said]:
    """The last word of each to each."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [list(bases), [bytes.fromhex(one) for one in references]])
        return [Said(*row) for row in cursor.fetchall()]


def last(basis: int, reference: str) -> Said | None:
    return next(iter(lasts([basis], [reference])), None)


def counted(node_id: int) -> int:
    """The last number of a node, held by this transaction from here to its end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into registry_consent_count (node_id, last) values (%s, 0) on conflict (node_id) do nothing",
            [node_id],
        )
        cursor.execute("select last from registry_consent_count where node_id = %s for update", [node_id])
        return int(cursor.fetchone()[0])


def set_count(node_id: int, last: int) -> None:
    ConsentCount.objects.filter(pk=node_id).update(last=last)


def write_down(
    node_id: int, *, notice: int, basis: int, reference: str, what: str, form: str, channel: str, at: datetime
) -> int:
    """One fact, in the caller's transaction. Its number."""
    number = counted(node_id) + 1
    ConsentFact.objects.create(
        node_id=node_id, number=number, basis=basis, notice_id=notice, reference=bytes.fromhex(reference), what=what,
        form=form, channel=channel, said_at=at, taken_at=at,
    )  # fmt: skip
    set_count(node_id, number)
    return number

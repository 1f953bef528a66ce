"""The job that deletes: only what every class has released, that no other matter names, and that nobody has put on hold.

A paper that was never classed is never deleted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import connection, transaction

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.calendar import local_day
from tongqu.exchange.bedrock.retention.models import Disposal, Retention


@dataclass(frozen=True)
class Disposed:
    """What one round did: how many papers were deleted, and how many stay though their days have passed."""

    deleted: int
    stayed: int


_ENDED = """
select sha256, max(until_date) from bedrock_retention
where sha256 > %s
group by sha256 having bool_and(until_date is not null and until_date < %s)
order by sha256 limit %s
"""
_STAYS = """
select exists (select 1 from bedrock_hold_on_subject h
               join bedrock_retention r on r.procedure = h.procedure and r.subject = h.subject
               where r.sha256 = %(sha)s and h.lifted_at is null)
    or exists (select 1 from bedrock_fact f where strpos(f.body::text, %(sha)s) > 0
               and not exists (select 1 from bedrock_retention r where r.sha256 = %(sha)s
                               and r.procedure = f.procedure and r.subject = f.subject_id))
"""


def dispose(at: datetime, *, limit: int = 50) -> Disposed:
    """Deletes papers whose last day has passed, looking at up to `limit`; each in a transaction of its own.

    Every round begins at another place, so that papers which stay keep none behind them from its turn.
    """
    deleted = stayed = 0
    start = hashlib.sha256(at.isoformat().encode()).hexdigest()
    first = _ended(start, local_day(at), limit)
    more = (
        [one for one in _ended("", local_day(at), limit - len(first)) if one[0] <= start] if len(first) < limit else []
    )
    for sha256, until_date in (*first, *more):
        if _delete(sha256, until_date, at):
            deleted += 1
        else:
            stayed += 1
    return Disposed(deleted, stayed)


def _ended(after: str, today: date, limit: int) -> list[tuple[str, date]]:
    with connection.cursor() as cursor:
        cursor.execute(_ENDED, [after, today, limit])
        return list(cursor.fetchall())


def _delete(sha256: str, until_date: date, at: datetime) -> bool:
    """The record first, then the file: a crash between the two leaves a file that nothing names any more."""
    with transaction.atomic():
        rows = list(Retention.objects.select_for_update().filter(sha256=sha256))
        open_now = any(row.until_date is None or row.until_date >= local_day(at) for row in rows)
        if open_now or not rows or _stays(sha256):
            return False
        known = papers.paper(sha256)
        Disposal.objects.create(
            sha256=sha256, size=known.size if known else 0, kept_until_date=until_date, disposed_at=at
        )
        with connection.cursor() as cursor:
            cursor.execute("delete from bedrock_paper where sha256 = %s", [sha256])
        Retention.objects.filter(sha256=sha256).delete()
    papers.FolderStore(settings.PAPERS_ROOT).remove(sha256)
    return True


def _stays(sha256: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_STAYS, {"sha": sha256})
        (stays,) = cursor.fetchone()
    return bool(stays)

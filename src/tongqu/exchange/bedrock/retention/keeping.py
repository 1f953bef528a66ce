"""Puts papers of a matter under their class, and says until when that keeps them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Q

from tongqu.exchange.bedrock import calendar, evidence, law
from tongqu.exchange.bedrock.retention.models import Retention

_DIGEST = re.compile(r"[0-9a-f]{64}")
_FACTS_AT_ONCE = 500


@dataclass(frozen=True)
class Kept:
    """For which matter a paper is kept; `until_date` is None while that is open."""

    procedure: str
    subject: int
    kept_as: str
    until_date: date | None


def until(kept_as: str, ended: date) -> date:
    """The last day on which papers of the class are kept, when their matter ended on that day: the day of the event is not
    counted.

    Raises law.NoRowFits for a class that the table `retention` does not have.
    """
    row = law.table("retention", on=ended).decide(kept_as=kept_as)[0]
    years = int(law.figure(str(row.outcome["years"]), on=ended).value)
    return calendar.add_months(ended, years * 12).day


def retain(procedure: str, subject: int, kept_as: str, *, until_date: date | None) -> int:
    """Every paper that the matter's facts name is kept in the class; how many there are. May be said again at any time.

    A day once given is never moved forward to an earlier one.
    """
    named = _named(procedure, subject)
    with connection.cursor() as cursor:
        cursor.execute("select distinct sha256 from bedrock_paper where sha256 = any(%s)", [sorted(named)])
        known = {sha256 for (sha256,) in cursor.fetchall()}
    rows = [
        Retention(sha256=one, procedure=procedure, subject=subject, kept_as=kept_as, until_date=until_date)
        for one in sorted(known)
    ]
    Retention.objects.bulk_create(rows, ignore_conflicts=True)
    later = Retention.objects.filter(procedure=procedure, subject=subject)
    if until_date is None:
        later.filter(until_date__isnull=False).update(until_date=None)
    else:
        later.filter(Q(until_date__isnull=True) | Q(until_date__lt=until_date)).update(until_date=until_date)
    return len(known)


def keep_paper(sha256: str, procedure: str, subject: int, kept_as: str, *, until_date: date | None) -> None:
    """One paper is kept in the class for a matter whose facts do not name it. A later day stays."""
    row, fresh = Retention.objects.get_or_create(
        sha256=sha256, procedure=procedure, subject=subject, defaults={"kept_as": kept_as, "until_date": until_date}
    )
    if not fresh and row.until_date is not None and (until_date is None or row.until_date < until_date):
        Retention.objects.filter(pk=row.pk).update(until_date=until_date)


def _named(procedure: str, subject: int) -> set[str]:
    """Whatever looks like the digest of a paper in the facts of a matter; what is none has no paper."""
    found: set[str] = set()
    after = 0
    while page := evidence.facts_of(procedure, subject, after=after, limit=_FACTS_AT_ONCE):
        for fact in page:
            found.update(_DIGEST.findall(json.dumps(fact.body)))
        after = page[-1].id
    return found


def kept_for(sha256: str) -> tuple[Kept, ...]:
    """The matters for which a paper is kept."""
    rows = Retention.objects.filter(sha256=sha256).order_by("procedure", "subject")
    return tuple(Kept(row.procedure, row.subject, row.kept_as, row.until_date) for row in rows)

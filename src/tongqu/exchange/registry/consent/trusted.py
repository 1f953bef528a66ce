"""What a trustee says for many at once, each under a mandate. Whoever has said something themselves is left to their own word.

Whoever writes holds the node's count from before it looks whom it concerns, so neither a word nor a mandate slips in between.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from tongqu.exchange.registry.consent import said
from tongqu.exchange.registry.consent.models import ConsentFact, ConsentNotice, DataSubject
from tongqu.exchange.registry.consent.notices import NoticeView, view

_GIVE = """
insert into registry_consent_fact (node_id, number, basis, notice_id, reference, what, form, channel, said_at, taken_at, mandate, terms)
select %s, %s + row_number() over (order by c.mandate), %s, %s, c.reference, 'given', 'trustee', 'trust', %s, %s, c.mandate, %s
  from (select mandate, decode(hex, 'hex') as reference from ({candidates}) as named(mandate, hex)) c
  left join lateral (
    select f.what from registry_consent_fact f where f.basis = %s and f.reference = c.reference order by f.number desc limit 1
  ) last on true
  left join lateral (
    select f.what from registry_consent_fact f where f.basis = %s and f.reference = c.reference and f.channel <> 'trust'
     order by f.number desc limit 1
  ) own on true
 where last.what is distinct from 'given' and (own.what is null or own.what = 'given')
   and not exists (
    select 1 from registry_consent_fact g where g.reference = c.reference and g.form = 'guardian' and g.basis = any(%s)
   )
"""
_WITHDRAW = """
insert into registry_consent_fact (node_id, number, basis, notice_id, reference, what, form, channel, said_at, taken_at, mandate, terms)
select %s, %s + row_number() over (order by l.number), l.basis, l.notice_id, l.reference, 'withdrawn', 'trustee', 'trust', %s, %s,
       l.mandate, l.terms
  from (select distinct on (basis, reference) * from registry_consent_fact
         where basis = any(%s) {narrowed} order by basis, reference, number desc) l
 where l.what = 'given' and l.channel = 'trust' and l.terms = any(%s)
"""
_STANDING = """
select terms, count(*) from (
    select distinct on (basis, reference) what, channel, terms from registry_consent_fact where basis = any(%s)
     order by basis, reference, number desc) last
 where what = 'given' and channel = 'trust' and terms = any(%s) group by terms
"""


@dataclass(frozen=True)
class LinkView:
    """The data that a person is behind."""

    id: int
    node_id: int
    source: str
    reference: str


def link_of(number: int, person: int) -> LinkView | None:
    """A link of this person's that stands, and does until this transaction is over."""
    with connection.cursor() as cursor:
        cursor.execute("select id from registry_datasubject where id = %s for share", [number])
    row = DataSubject.objects.filter(pk=number, person_id=person, state="linked").first()
    return None if row is None else LinkView(row.pk, row.node_id, row.source, row.reference)


def by_guardian(link: LinkView) -> bool:
    """Whether a guardian ever spoke for whoever is behind this data, to any notice about it, whatever was said since."""
    return ConsentFact.objects.filter(
        basis__in=_bases(link.node_id, link.source), reference=bytes.fromhex(link.reference), form="guardian"
    ).exists()


def _bases(node: int, source: str) -> list[int]:
    """What consents about this data, to any notice there ever was, are to."""
    rows = ConsentNotice.objects.filter(node_id=node, source=source, basis__isnull=False)
    return [int(one) for one in rows.values_list("basis", flat=True).distinct() if one is not None]


def current(basis: int) -> NoticeView | None:
    """The version in force to which consents of this basis are."""
    row = ConsentNotice.objects.filter(basis=basis, state="published").order_by("-version").first()
    return None if row is None else view(row)


def hold(node: int) -> int:
    """The node's count, held by this transaction: until its end nothing else is said there."""
    return said.counted(node)


def give(notice: NoticeView, *, terms: int, candidates: tuple[str, Sequence[Any]], at: datetime) -> int:
    """Consents of these, in one statement; how many. `candidates` is a query for mandates and the references they are about.

    Left out is who has one that stands, whoever said no themselves, until they say otherwise themselves, and everybody for whom a
    guardian ever spoke about this data: for them the guardian decides on each notice.
    """
    last, bases = said.counted(notice.node_id), _bases(notice.node_id, notice.source)
    query, values = candidates
    basis, written = notice.basis, (notice.node_id, last, notice.basis, notice.id, at, at, terms)
    with connection.cursor() as cursor:
        cursor.execute(_GIVE.format(candidates=query), [*written, *values, basis, basis, bases])
        many = int(cursor.rowcount)
    said.set_count(notice.node_id, last + many)
    return many


def withdraw(
    node: int, bases: Collection[int], terms: Collection[int], at: datetime, *, reference: str | None = None
) -> int:
    """Ends the consents that a trustee gave under these terms, of everybody or behind one reference; how many. Others stay."""
    last = said.counted(node)
    if not terms:
        return 0
    narrowed, of = ("and reference = %s", [bytes.fromhex(reference)]) if reference is not None else ("", [])
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW.format(narrowed=narrowed), [node, last, at, at, list(bases), *of, list(terms)])
        many = int(cursor.rowcount)
    said.set_count(node, last + many)
    return many


def standing(bases: Collection[int], terms: Collection[int]) -> dict[int, int]:
    """How many consents of a trustee's stand, by terms."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [list(bases), list(terms)])
        return dict(cursor.fetchall())


def under(bases: Collection[int], reference: str) -> dict[int, said.Said]:
    """What counts of one reference, by basis; where a trustee said it, its channel tells."""
    return {one.basis: one for one in said.lasts(bases, [reference])}

"""Gathers from a matter the plain picture that the rules judge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Matter, Unknown, local_day
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.lineage import rules, standing
from tongqu.exchange.registry.lineage.grounds import ground
from tongqu.exchange.registry.lineage.inputs import Declared
from tongqu.exchange.registry.lineage.models import ENDED, Derivation, DerivationEdge


def alone() -> None:
    """Edges are written one after the other in the whole house: of two that would close a circle the second sees the first."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('lineage', 7))")


def declared(matter: Matter) -> rules.Seen:
    asked: Declared = matter.inputs
    alone()
    return _picture(matter, asked.resource, [one.ground for one in asked.grounds], asked)


def another(matter: Matter) -> rules.Seen:
    alone()
    row: Derivation = matter.subject
    return _picture(matter, row.resource_id, [matter.inputs.ground], row)


def confirmation(matter: Matter) -> rules.Seen:
    """What it stands on, looked at again when it is confirmed."""
    row: Derivation = matter.subject
    edges = DerivationEdge.objects.filter(derivation=row, until_at=None).order_by("pk")
    return _picture(matter, row.resource_id, [named(one) for one in edges], row)


def named(edge: DerivationEdge) -> str:
    return f"{edge.kind}:{edge.number}" + (f":{edge.source_id}" if edge.kind == "agreement" else "")


def _picture(matter: Matter, resource: int, grounds: Iterable[str], said: Any) -> rules.Seen:
    holder = matter.subject.holder_id if matter.act != "begin" else int(matter.by.party or 0)
    looks = [standing.look(ground(text), matter.at) for text in grounds]
    matter.known = looks
    try:
        entry = catalogue.resource(resource)
    except Unknown:
        return rules.Seen(on=local_day(matter.at), own=False)
    sources = {one.source for one in looks if one.source is not None}
    others = Derivation.objects.filter(resource=resource).exclude(state__in=ENDED).exclude(pk=matter.subject.pk)
    contract = said.contract or None
    new_paper = matter.act == "begin" and contract is not None
    return rules.Seen(
        on=local_day(matter.at),
        grounds=tuple(
            rules.GroundSeen(one.words, one.stands and one.holder in (None, holder), one.gives_use, one.lets_derive)
            for one in looks
        ),
        own=entry.holder_id == holder,
        catalogued=entry.state == "catalogued",
        declared_already=others.exists(),
        circular=resource in sources or bool(sources & derived_from(resource)),
        contract_assigns=said.contract_assigns,
        changed=bool(said.changed.strip()),
        valued=bool(said.valued.strip()),
        papers_unknown=(str(contract)[:8],) if new_paper and not papers.paper_of(str(contract), holder) else (),
    )


def derived_from(resource: int) -> set[int]:
    """Everything that is derived from a resource, however far."""
    with connection.cursor() as cursor:
        cursor.execute(_DOWN, [resource])
        return {pk for (pk,) in cursor.fetchall()}


_DOWN = """
with recursive down as (
  select resource_id from registry_derivation_edge where source_id = %s and until_at is null
  union select e.resource_id from registry_derivation_edge e join down d on e.source_id = d.resource_id where e.until_at is null)
select resource_id from down
"""


def dropping(matter: Matter) -> rules.DropSeen:
    """Which edge is ended, while nobody else writes one."""
    alone()
    row: Derivation = matter.subject
    edge = DerivationEdge.objects.filter(derivation=row, pk=matter.inputs.edge, until_at=None).first()
    if edge is None:
        return rules.DropSeen(live=False)
    same = DerivationEdge.objects.filter(derivation=row, source=edge.source_id, until_at=None).exclude(pk=edge.pk)
    return rules.DropSeen(last_of_source=not same.exists())

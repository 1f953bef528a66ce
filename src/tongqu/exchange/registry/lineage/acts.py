"""What happens when grounds are declared, added and ended."""

from __future__ import annotations

from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.lineage.inputs import Declared
from tongqu.exchange.registry.lineage.models import Derivation, DerivationEdge
from tongqu.exchange.registry.lineage.standing import Standing


def declare(matter: Matter) -> Done:
    """The declaration with its edges; what the grounds are was read by the rules."""
    asked: Declared = matter.inputs
    row: Derivation = matter.subject
    row.holder_id, row.resource_id = int(matter.by.party or 0), asked.resource
    row.name = catalogue.resource(asked.resource).name
    row.contract_assigns, row.contract = asked.contract_assigns, asked.contract or ""
    row.changed, row.valued, row.method = asked.changed, asked.valued, asked.method
    for one in matter.known:
        _edge(row, one, matter)
    return Done({"resource": row.resource_id, "grounds": [str(one.ground) for one in matter.known]})


def _edge(row: Derivation, one: Standing, matter: Matter) -> None:
    if one.source is None:
        raise Unknown(f"ground {one.ground}")
    DerivationEdge.objects.create(
        derivation_id=row.pk, resource_id=row.resource_id, source_id=one.source, kind=one.ground.kind, number=one.ground.number,
        since_at=matter.at,
    )  # fmt: skip


def add(matter: Matter) -> Done:
    for one in matter.known:
        _edge(matter.subject, one, matter)
    return Done({"resource": matter.subject.resource_id, "ground": str(matter.known[0].ground)})


def drop(matter: Matter) -> Done:
    edge = DerivationEdge.objects.get(pk=matter.inputs.edge)
    edge.until_at, edge.ended_because = matter.at, matter.inputs.reason
    edge.save(update_fields=["until_at", "ended_because"])
    return Done({"resource": matter.subject.resource_id, "ground": f"{edge.kind}:{edge.number}"})


def confirm(matter: Matter) -> Done:
    row: Derivation = matter.subject
    row.finding, row.confirmed_at = matter.inputs.finding, matter.at
    return Done({"resource": row.resource_id})


def end(matter: Matter) -> Done:
    """Its edges end with it: they no longer count, and stay on record."""
    row: Derivation = matter.subject
    row.reason = getattr(matter.inputs, "reason", "") or getattr(matter.inputs, "finding", "")
    live = DerivationEdge.objects.filter(derivation=row, until_at=None)
    live.update(until_at=matter.at, ended_because=row.reason)
    return Done({"resource": row.resource_id})

"""What the catalogue does when something happened elsewhere: named in the flow, called once for each fact."""

from __future__ import annotations

from datetime import datetime

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, perform
from tongqu.exchange.members import nodes
from tongqu.exchange.registry.catalogue.models import Resource
from tongqu.exchange.registry.catalogue.procedure import RESOURCE


def catalogue_measured(fact: SequencedFact, at: datetime) -> None:
    """After `node.measured`: the entry bound to that source is catalogued by the measurement."""
    data = fact.body["data"]
    for resource in _bound(fact.subject_id, data["source"], ["measuring", "catalogued"]):
        key = f"flow/{fact.position}/resource/{resource}"
        perform(RESOURCE, "measured", resource, by=HOUSE, at=at, key=key, profile=data["digest"])


def measure_declared(fact: SequencedFact, at: datetime) -> None:
    """After `node.declare`: data that is no longer what was measured is measured anew, without anybody asking."""
    for name in fact.body["data"]["changed"]:
        for declared in nodes.sources(fact.subject_id, named=name):
            for resource in _bound(fact.subject_id, name, ["catalogued"], declared.source_version):
                key = f"flow/{fact.position}/resource/{resource}"
                perform(RESOURCE, "remeasure", resource, by=HOUSE, at=at, key=key)


def return_unmeasured(fact: SequencedFact, at: datetime) -> None:
    """After `node.failed`: the entry goes back to its holder with the node's reason."""
    data = fact.body["data"]
    if data.get("work", "profile") != "profile":
        return
    for resource in _bound(fact.subject_id, data["source"], ["measuring"]):
        key = f"flow/{fact.position}/resource/{resource}"
        perform(RESOURCE, "give_up", resource, by=HOUSE, at=at, key=key, fault=data["fault"])


def _bound(node_id: int, source: str, states: list[str], other_than: str = "") -> list[int]:
    """Entries bound to a source, or those of them that were not measured on a version; locked, so that their state is still the same when the act comes."""
    rows = Resource.objects.select_for_update().filter(node_id=node_id, source=source, state__in=states)
    if other_than:
        rows = rows.exclude(profile__source_version=other_than)
    return list(rows.order_by("pk").values_list("pk", flat=True))

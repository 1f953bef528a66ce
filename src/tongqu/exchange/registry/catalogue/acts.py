"""What happens when a resource is drafted, measured, catalogued, changed and withdrawn."""

from __future__ import annotations

from django.db import connection

from tongqu.exchange.bedrock.procedures import Actor, Done, Matter, Unknown, local_day
from tongqu.exchange.members import nodes, parties
from tongqu.exchange.registry.catalogue import versions
from tongqu.exchange.registry.catalogue.inputs import Entry
from tongqu.exchange.registry.catalogue.models import Resource
from tongqu.exchange.registry.catalogue.numbers import next_code
from tongqu.exchange.registry.catalogue.queries import is_source_of
from tongqu.exchange.registry.catalogue.rules import Seen
from tongqu.wire.canonical import digest


def seen(matter: Matter) -> Seen:
    """The entry beside its node. Entries of one holder wait for each other here, so no two pass as the only one."""
    asked: Entry = matter.inputs
    holder = int(matter.by.party or 0)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"resource/{holder}"])
    node = _node(asked.node)
    declared = None if node is None else next(iter(nodes.sources(asked.node, named=asked.source)), None)
    columns = frozenset(column.name for column in declared.columns) if declared else None
    others = Resource.objects.exclude(state="withdrawn").exclude(pk=matter.subject.pk)
    return Seen(
        kind=asked.kind.value,
        holder_kind=parties.organisation(holder).kind,
        node_serves_holder=node is not None and _serves(node, holder),
        node_active=node is not None and node.state == "active",
        source_declared=declared is not None,
        source_is_anothers=bool(node and declared and not is_source_of(declared, node, parties.organisation(holder))),
        source_taken=others.filter(node_id=asked.node, source=asked.source).exists(),
        name_taken=others.filter(holder_id=holder, name=asked.name).exists(),
        columns_missing=tuple(item.name for item in asked.items if columns is not None and item.name not in columns),
        class_changed=matter.subject.class_code not in ("", asked.class_code),
        source_changed=bool(matter.subject.source)
        and (matter.subject.node_id, matter.subject.source) != (asked.node, asked.source),
    )


def _serves(node: nodes.NodeView, holder: int) -> bool:
    """A holder's own node, or one that the exchange runs for those who have none."""
    return node.provider_id == holder or parties.organisation(node.provider_id).operates_exchange


def _node(node_id: int) -> nodes.NodeView | None:
    try:
        return nodes.node(node_id)
    except Unknown:
        return None


def draft(matter: Matter) -> Done:
    """Fills the entry and gives it the next code of its class."""
    resource: Resource = matter.subject
    resource.holder_id = int(matter.by.party or 0)
    resource.code = str(next_code(matter.inputs.class_code))
    _fill(resource, matter.inputs)
    return Done({"name": resource.name, "code": resource.code})


def amend(matter: Matter) -> Done:
    """Replaces the draft's content. A draft that changes its class gets a new code; nobody has seen the old one."""
    resource: Resource = matter.subject
    if matter.inputs.class_code != resource.class_code:
        resource.code = str(next_code(matter.inputs.class_code))
    _fill(resource, matter.inputs)
    return Done({"name": resource.name, "code": resource.code})


def update(matter: Matter) -> Done:
    """Replaces the metadata of a catalogued entry, as a new version; its code, its source and its measurement stay."""
    resource: Resource = matter.subject
    _fill(resource, matter.inputs)
    number = versions.keep(resource, matter.by, matter.at)
    return Done({"name": resource.name, "code": resource.code, "version": number})


def _fill(resource: Resource, asked: Entry) -> None:
    for name in (
        "name", "personal", "class_code", "abstract", "sharing_condition", "sharing_mode", "opening_condition",
        "related", "source",
    ):  # fmt: skip
        setattr(resource, name, getattr(asked, name))
    for name in ("kind", "format", "sharing", "opening", "cycle"):
        setattr(resource, name, getattr(asked, name).value)
    resource.class_names = [asked.class_name, asked.group_name, asked.heading_name, asked.detail_name]
    resource.items = [item.plain() for item in asked.items]
    resource.node_id = asked.node


def ask_measurement(matter: Matter) -> Done:
    """Asks the node to measure the source; the answer comes with one of its next calls."""
    resource: Resource = matter.subject
    resource.fault = ""
    nodes.tasks.ask_profile(resource.node_id, resource.source, at=matter.at)
    return Done({"node": resource.node_id, "source": resource.source})


def take_measurement(matter: Matter) -> Done:
    """Catalogues the entry by what the node measured: the copy here is what the public sees."""
    resource: Resource = matter.subject
    measured = nodes.profile(resource.node_id, resource.source)
    profile = measured.profile.to_json()
    resource.profile, resource.profile_digest = profile, digest(profile)
    resource.measured_at, resource.fault = measured.measured_at, ""
    if resource.published_date is None:
        resource.published_date = local_day(matter.at)
        versions.keep(resource, Actor(party=resource.holder_id), matter.at)
    return Done({"rows": profile["rows"], "columns": len(profile["columns"]), "profile": resource.profile_digest})


def give_up(matter: Matter) -> Done:
    matter.subject.fault = getattr(matter.inputs, "fault", "") or "no-answer"
    return Done({"fault": matter.subject.fault})


def withdraw(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done({"name": matter.subject.name, "code": matter.subject.code})

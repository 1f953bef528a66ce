"""What happens when a report is asked for, measured, read, confirmed, handed back or revoked."""

from __future__ import annotations

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown, local_day
from tongqu.exchange.members import nodes
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.deidentification.inputs import Ask
from tongqu.exchange.registry.deidentification.models import Deidentification
from tongqu.exchange.registry.deidentification.rules import Asked, Read
from tongqu.wire.canonical import digest
from tongqu.wire.sync import DEIDENTIFICATION


def target(report_id: int) -> str:
    """How the node's answer is known here; a stroke stands in no name of the wire, so it is no source's."""
    return f"deidentification/{report_id}"


def seen_asked(matter: Matter) -> Asked:
    asked: Ask = matter.inputs
    try:
        resource = catalogue.resource(asked.resource)
    except Unknown:
        return Asked(False, False, False, True, ())
    node = nodes.node(resource.node_id)
    declared = next(iter(nodes.sources(node.id, named=resource.source)), None)
    columns = {column.name for column in declared.columns} if declared else set()
    return Asked(
        holds_resource=resource.holder_id == matter.by.party,
        catalogued=resource.state == "catalogued",
        asked_already=Deidentification.objects.filter(resource=resource.id, state="asked").exists(),
        node_knows_how=node.can(DEIDENTIFICATION),
        columns_missing=tuple(name for name in asked.columns if name not in columns),
    )


def start(matter: Matter) -> Done:
    """Asks the node; the answer comes with one of its next calls."""
    row: Deidentification = matter.subject
    asked: Ask = matter.inputs
    resource = catalogue.resource(asked.resource)
    row.resource_id, row.holder_id = resource.id, resource.holder_id
    order = asked.order(resource.source)
    row.order = order.to_json()
    nodes.tasks.ask_examination(resource.node_id, target(row.pk), order, at=matter.at)
    return Done({"resource": resource.id, "combinations": order.combinations})


def take(matter: Matter) -> Done:
    row: Deidentification = matter.subject
    resource = catalogue.resource(row.resource_id)
    told = dict(nodes.tasks.examination(resource.node_id, target(row.pk)))
    row.result, row.result_digest, row.source_version = told, digest(told), told["source_version"]
    if resource.profile and resource.profile["source_version"] == row.source_version:
        row.profile_digest = resource.profile_digest
    row.measured_at = matter.at
    return Done(
        {"resource": resource.id, "source_version": row.source_version, "k_before": told["before"]["k"],
         "k_after": told["after"]["k"], "reached": told["reached"]}
    )  # fmt: skip


def give_up(matter: Matter) -> Done:
    row: Deidentification = matter.subject
    row.fault = getattr(matter.inputs, "fault", "") or "no-answer"
    nodes.tasks.drop_examination(catalogue.resource(row.resource_id).node_id, target(row.pk), at=matter.at)
    return Done({"resource": row.resource_id, "fault": row.fault})


def seen_read(matter: Matter) -> Read:
    row: Deidentification = matter.subject
    told = row.result
    assert told is not None
    on = local_day(matter.at)
    profile = catalogue.resource(row.resource_id).profile
    return Read(
        k=told["after"]["k"],
        k_min=law.figure("house.deidentification_k_min", on=on).number,
        reached=told["reached"],
        suppressed=told["suppressed"],
        suppressed_max=law.figure("house.deidentification_suppressed_max", on=on).number,
        current=profile is not None and profile["source_version"] == row.source_version,
        by_holder=row.holder_id == matter.by.party,
        diverse=all(one["l"] > 1 for one in told["after"]["sensitive"]),
    )


def confirm(matter: Matter) -> Done:
    """Reports of the resource that were confirmed before give way with the next step of the flow."""
    row: Deidentification = matter.subject
    row.opinion, row.reviewer_id, row.confirmed_at = matter.inputs.opinion, matter.by.party, matter.at
    return Done({"resource": row.resource_id, "source_version": row.source_version, "result": row.result_digest})


def hand_back(matter: Matter) -> Done:
    row: Deidentification = matter.subject
    row.opinion, row.reviewer_id = matter.inputs.opinion, matter.by.party
    return Done({"resource": row.resource_id})


def end(matter: Matter) -> Done:
    """A revoked report keeps its opinion beside the reason why it no longer counts."""
    if matter.act == "revoke":
        matter.subject.reason = matter.inputs.reason
    return Done({"resource": matter.subject.resource_id})

"""What happens when quality is asked for, measured, given up."""

from __future__ import annotations

from datetime import timedelta

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown, local_day
from tongqu.exchange.bedrock.statements import execute
from tongqu.exchange.members import nodes
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.quality.inputs import Ask, left_out
from tongqu.exchange.registry.quality.models import QualityCheck
from tongqu.exchange.registry.quality.rules import Seen
from tongqu.wire.canonical import digest
from tongqu.wire.measures import SEARCHES, QualityOrder
from tongqu.wire.sync import QUALITY


def target(check_id: int) -> str:
    """How the node's answer is known here; a stroke stands in no name of the wire, so it is no source's."""
    return f"quality/{check_id}"


def seen(matter: Matter) -> Seen:
    """Requests for one resource wait for each other here, so the second is refused in words, not by the constraint."""
    asked: Ask = matter.inputs
    execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"quality/{asked.resource}"])
    try:
        resource = catalogue.resource(asked.resource)
    except Unknown:
        return Seen(False, False, False, True, ())
    node = nodes.node(resource.node_id)
    declared = next(iter(nodes.sources(node.id, named=resource.source)), None)
    columns = {column.name for column in declared.columns} if declared else set()
    named = [name for rule in asked.rules for name in (rule.column, *rule.others)]
    standing = (
        QualityCheck.objects.filter(resource=resource.id, state="standing").values_list("rules", flat=True).first()
    )
    return Seen(
        holds_resource=matter.by.kind == "clock" or resource.holder_id == matter.by.party,
        catalogued=resource.state == "catalogued",
        asked_already=QualityCheck.objects.filter(resource=resource.id, state="asked")
        .exclude(pk=matter.subject.pk)
        .exists(),
        node_knows_how=node.can(QUALITY),
        columns_missing=tuple(dict.fromkeys(name for name in named if name not in columns)),
        key_searched=declared is not None
        and any(rule.check in SEARCHES and rule.column == declared.key_column for rule in asked.rules),
        left_out=left_out(standing or (), [rule.plain() for rule in asked.rules]),
        fewer=asked.fewer,
    )


def start(matter: Matter) -> Done:
    """Asks the node; the answer comes with one of its next calls."""
    row: QualityCheck = matter.subject
    asked: Ask = matter.inputs
    resource = catalogue.resource(asked.resource)
    row.resource_id, row.holder_id = resource.id, resource.holder_id
    row.rules = [rule.plain() for rule in asked.rules]
    order = QualityOrder(resource.source, tuple(rule.message(at) for at, rule in enumerate(asked.rules, start=1)))
    nodes.tasks.ask_examination(resource.node_id, target(row.pk), order, at=matter.at)
    return Done({"resource": resource.id, "rules": len(row.rules)})


def take(matter: Matter) -> Done:
    """The counts, bound to the version they were taken on and to the catalogue's measurement of that version."""
    row: QualityCheck = matter.subject
    resource = catalogue.resource(row.resource_id)
    told = dict(nodes.tasks.examination(resource.node_id, target(row.pk)))
    row.result, row.result_digest, row.source_version = told, digest(told), told["source_version"]
    if resource.profile and resource.profile["source_version"] == row.source_version:
        row.profile_digest = resource.profile_digest
    window = law.figure("house.accessibility_window", on=local_day(matter.at)).number
    answer = law.figure("house.measurement_answer", on=local_day(matter.at)).number
    row.asked, row.answered = nodes.tasks.answered(
        resource.node_id,
        resource.source,
        since=matter.at - timedelta(days=window),
        due_at=matter.at - timedelta(days=answer),
    )
    row.measured_at, row.fault = matter.at, ""
    return Done(
        {"resource": resource.id, "source_version": row.source_version, "profile": row.profile_digest,
         "asked": row.asked, "answered": row.answered}
    )  # fmt: skip


def give_up(matter: Matter) -> Done:
    row: QualityCheck = matter.subject
    row.fault = getattr(matter.inputs, "fault", "") or "no-answer"
    nodes.tasks.drop_examination(catalogue.resource(row.resource_id).node_id, target(row.pk), at=matter.at)
    return Done({"resource": row.resource_id, "fault": row.fault})


def supersede(matter: Matter) -> Done:
    return Done({"resource": matter.subject.resource_id})

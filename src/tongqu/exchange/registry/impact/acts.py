"""What happens to assessments and incidents."""

from __future__ import annotations

from contextlib import suppress

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown, local_day
from tongqu.exchange.members import nodes, parties
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.impact.models import ImpactAssessment, Incident
from tongqu.exchange.registry.impact.rules import AssessmentSeen, IncidentSeen, TellingSeen


def seen_assessment(matter: Matter) -> AssessmentSeen:
    asked, own = matter.inputs, False
    with suppress(Unknown):
        own = catalogue.resource(asked.resource).holder_id == matter.by.party
    paper = papers.paper_of(asked.report, matter.by.party)
    return AssessmentSeen(local_day(matter.at), asked.assessed_date, own, paper is not None)


def assess(matter: Matter) -> Done:
    row: ImpactAssessment = matter.subject
    asked = matter.inputs
    row.holder_id, row.resource_id = int(matter.by.party or 0), asked.resource
    for name in ("name", "lawful", "impact", "measures", "report", "assessed_date"):
        setattr(row, name, getattr(asked, name))
    row.situations = [one.value for one in asked.situations]
    return Done({"resource": row.resource_id, "situations": row.situations})


def retire(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done({"resource": matter.subject.resource_id})


def seen_incident(matter: Matter) -> IncidentSeen:
    asked, own = matter.inputs, False
    with suppress(Unknown):
        node, holder = nodes.node(asked.node), parties.organisation(int(matter.by.party or 0))
        declared = nodes.sources(asked.node, named=asked.source)
        own = any(catalogue.is_source_of(one, node, holder) for one in declared)
    return IncidentSeen(local_day(matter.at), asked.found_date, own)


def report(matter: Matter) -> Done:
    row: Incident = matter.subject
    asked = matter.inputs
    row.reporter_id, row.node_id = int(matter.by.party or 0), asked.node
    for name in ("name", "source", "cause", "harm", "remedy", "advice", "contact", "found_date", "people"):
        setattr(row, name, getattr(asked, name))
    row.kinds = [one.value for one in asked.kinds]
    return Done({"source": row.source, "kinds": row.kinds, "people": row.people})


def seen_telling(matter: Matter) -> TellingSeen:
    return TellingSeen(matter.inputs.how.value, required=matter.subject.state == "required")


def tell(matter: Matter) -> Done:
    row: Incident = matter.subject
    row.how, row.reason, row.told_at = matter.inputs.how.value, matter.inputs.reason, matter.at
    return Done({"how": row.how})


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()

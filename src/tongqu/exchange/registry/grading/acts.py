"""The steps of a grading."""

from __future__ import annotations

from django.db import connection

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Done, Matter, local_day
from tongqu.exchange.members import parties
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.grading import rules
from tongqu.exchange.registry.grading.inputs import Degree, Ground, Proposal
from tongqu.exchange.registry.grading.models import IN_FORCE, PREPARING, Grading
from tongqu.exchange.registry.grading.suggesting import names_of, suggest


def items(resource: catalogue.ResourceView) -> list[dict[str, str]]:
    return [{"name": one.name, "type": one.type} for one in resource.elements]


def seen_opening(matter: Matter) -> rules.Opened:
    """Openings of one resource wait for each other here, so the second is refused in words, not by the constraint."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"grading/{matter.inputs.resource}"])
    matter.known = resource = catalogue.resource(matter.inputs.resource)
    others = set(Grading.objects.filter(resource_id=resource.id).values_list("state", flat=True))
    house = matter.by.kind == "clock"
    return rules.Opened(
        own=house or resource.holder_id == matter.by.party,
        catalogued=resource.state == "catalogued",
        preparing=bool(others & set(PREPARING)),
        ground=matter.inputs.why,
        graded=bool(others & set(IN_FORCE)),
        by_house=house,
    )


def open_grading(matter: Matter) -> Done:
    """Whoever opens it, it is the holder's to propose."""
    row: Grading = matter.subject
    resource: catalogue.ResourceView = matter.known
    row.resource_id, row.holder_id, row.name = resource.id, resource.holder_id, resource.name
    row.ground, row.note = matter.inputs.why.value, matter.inputs.note
    return Done({"resource": resource.id, "ground": row.ground})


def seen_proposal(matter: Matter) -> rules.Proposed:
    row: Grading = matter.subject
    asked: Proposal = matter.inputs
    matter.known = resource = catalogue.resource(row.resource_id)
    named = [one for one in (asked.anonymisation, asked.method_paper) if one]
    return rules.Proposed(
        ground=Ground(row.ground),
        expected=tuple(names_of(items(resource), resource.profile)),
        elements=tuple(asked.elements),
        person_harmed=asked.person is not Degree.NONE,
        anonymised=asked.anonymisation is not None,
        papers_known=all(papers.paper_of(digest, matter.by.party) is not None for digest in named),
        method=asked.method,
        method_reviewer=asked.method_reviewer,
        method_paper=asked.method_paper is not None,
    )


def propose(matter: Matter) -> Done:
    """The level follows from the harm by the law of the day; what was suggested is kept beside what was decided."""
    row: Grading = matter.subject
    asked: Proposal = matter.inputs
    resource: catalogue.ResourceView = matter.known
    level = rules.level_of(asked.harms(), on=local_day(matter.at))
    names = [one.name for one in asked.elements]
    suggested = {name: one.plain() for name, one in suggest(names, resource.profile).items()}
    row.industry, row.business = asked.industry, asked.business
    row.harms = {name: degree.value for name, degree in asked.harms().items()}
    row.reasons, row.level, row.business_critical = asked.reasons(), level.value, asked.business_critical
    row.personal = rules.personal_of(asked.elements, anonymised=asked.anonymisation is not None).value
    row.elements = [one.plain() for one in asked.elements]
    row.suggested, row.graded_of = suggested, rules.about(items(resource), resource.profile)
    row.anonymisation, row.method_paper = asked.anonymisation or "", asked.method_paper or ""
    row.method, row.method_reviewer, row.opinion = asked.method, asked.method_reviewer, ""
    to_authority = is_the_authoritys(row)
    return Done(
        {"resource": row.resource_id, "level": row.level, "personal": row.personal, "suggested": suggested,
         "graded_of": row.graded_of, "to_authority": to_authority}
    )  # fmt: skip


def is_the_authoritys(row: Grading) -> bool:
    """Whether the data authority confirms it; asked once of a row as it was read."""
    known: bool | None = getattr(row, "_authoritys", None)
    if known is None:
        holder = parties.organisation(row.holder_id)
        known = rules.is_the_authoritys(holder.kind, holder.roles)
        row._authoritys = known  # type: ignore[attr-defined]
    return known


def is_the_reviewers(row: Grading) -> bool:
    return not is_the_authoritys(row)


def detours(row: Grading) -> dict[str, str]:
    """What a data authority confirms is referred to it first."""
    return {"referred": "confirmed"} if is_the_authoritys(row) else {}


def seen_confirming(matter: Matter) -> rules.Confirming:
    row: Grading = matter.subject
    resource = catalogue.resource(row.resource_id)
    differing = rules.changes(row.graded_of, rules.about(items(resource), resource.profile))
    return rules.Confirming(
        authoritys=is_the_authoritys(row),
        by_authority=matter.act == "approve",
        own=matter.by.party == row.holder_id,
        differs=tuple(words for _, words in differing),
    )


def confirm(matter: Matter) -> Done:
    row: Grading = matter.subject
    row.opinion, row.confirmed_by_id, row.confirmed_at = matter.inputs.note, matter.by.party, matter.at
    return Done({"resource": row.resource_id, "level": row.level})


def hand_back(matter: Matter) -> Done:
    matter.subject.opinion = matter.inputs.reason
    return Done({"resource": matter.subject.resource_id})


def take_effect(matter: Matter) -> Done:
    row: Grading = matter.subject
    of = rules.data_class(row.level, business_critical=row.business_critical)
    return Done({"resource": row.resource_id, "level": row.level, "class": of, "personal": row.personal})


def fall_due(matter: Matter) -> Done:
    """It stays in force until the next one is; that one is opened by the flow."""
    row: Grading = matter.subject
    row.due_ground = matter.inputs.why.value
    row.due_changes = list(dict.fromkeys([*row.due_changes, *matter.inputs.changes]))
    return Done({"resource": row.resource_id, "ground": row.due_ground, "changes": row.due_changes})


def run_out(matter: Matter) -> Done:
    """The next should have been proposed by now: what is on sale stands on this one no longer."""
    matter.subject.ran_out_at = matter.at
    return Done({"resource": matter.subject.resource_id})


def supersede(matter: Matter) -> Done:
    return Done({"resource": matter.subject.resource_id, "by": matter.inputs.grading})


def seen_leaving(matter: Matter) -> rules.Leaving:
    return rules.Leaving(Ground(matter.subject.ground))


def leave(matter: Matter) -> Done:
    return Done({"resource": matter.subject.resource_id})

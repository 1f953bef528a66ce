"""What a self-assessment writes."""

from __future__ import annotations

from tongqu.exchange.bedrock.procedures import Done, Matter, local_day
from tongqu.exchange.registry.maturity import rules, scale
from tongqu.exchange.registry.maturity.models import MaturityAssessment


def seen(matter: Matter) -> rules.AssessmentSeen:
    others = MaturityAssessment.objects.filter(holder=matter.by.party, state="drafted").exclude(
        pk=matter.subject.pk or 0
    )
    return rules.AssessmentSeen(local_day(matter.at), matter.inputs.assessed_date, others.exists())


def answer(matter: Matter) -> Done:
    row: MaturityAssessment = matter.subject
    asked = matter.inputs
    row.holder_id, row.edition = int(matter.by.party or 0), scale.EDITION
    row.scope, row.assessed_date, row.public = asked.scope, asked.assessed_date, asked.public
    row.form = asked.model_dump(mode="json")
    found = scale.scored({name: int(row.form[name]) for name in scale.QUESTIONS})
    return Done({"edition": row.edition, "domains": {one.domain.key: one.hundredths for one in found}})


def state(matter: Matter) -> Done:
    matter.subject.stated_at = matter.at
    return Done({"edition": matter.subject.edition})


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()

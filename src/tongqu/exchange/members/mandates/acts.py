"""What granting, amending and ending a mandate or an API key does beyond the state."""

from __future__ import annotations

from tongqu.exchange.bedrock.procedures import Done, Matter
from tongqu.exchange.members.mandates.models import ApiKey, Mandate
from tongqu.exchange.members.mandates.queries import organisation_meant


def grant(matter: Matter) -> Done:
    mandate: Mandate = matter.subject
    asked = matter.inputs
    organisation_id = organisation_meant(matter)
    mandate.organisation_id, mandate.person_id = organisation_id, asked.person
    mandate.roles = [role.value for role in asked.roles]
    mandate.since_at, mandate.until_at = asked.since_at or matter.at, asked.until_at
    mandate.granted_by_id, mandate.reason = matter.by.person, asked.reason
    return Done({"organisation": organisation_id, "since_at": mandate.since_at.isoformat()})


def amend(matter: Matter) -> Done:
    mandate: Mandate = matter.subject
    were = list(mandate.roles)
    mandate.roles = [role.value for role in matter.inputs.roles]
    mandate.until_at, mandate.reason = matter.inputs.until_at, matter.inputs.reason
    return Done({"organisation": mandate.organisation_id, "person": mandate.person_id, "roles_before": were})


def end(matter: Matter) -> Done:
    mandate: Mandate = matter.subject
    mandate.reason = getattr(matter.inputs, "reason", mandate.reason)
    return Done({"organisation": mandate.organisation_id, "person": mandate.person_id})


def make_key(matter: Matter) -> Done:
    key: ApiKey = matter.subject
    asked = matter.inputs
    assert matter.by.party is not None  # the rules refuse a key without a party
    assert matter.by.person is not None  # only persons begin a key
    key.organisation_id, key.person_id = matter.by.party, matter.by.person
    key.name, key.prefix, key.digest = asked.name, asked.prefix, asked.digest
    key.roles, key.until_at = [role.value for role in asked.roles], asked.until_at
    return Done({"organisation": key.organisation_id, "person": key.person_id})


def end_key(matter: Matter) -> Done:
    key: ApiKey = matter.subject
    key.reason = getattr(matter.inputs, "reason", "")
    return Done({"organisation": key.organisation_id, "person": key.person_id, "prefix": key.prefix})

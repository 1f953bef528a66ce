"""Gathers from a matter the plain picture that the rules judge."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Matter, Unknown, local_day
from tongqu.exchange.members import parties
from tongqu.exchange.registry import catalogue, provision, publicdata
from tongqu.exchange.registry.ownership import rules
from tongqu.exchange.registry.ownership.acts import latest_heads
from tongqu.exchange.registry.ownership.inputs import Application
from tongqu.exchange.registry.ownership.models import Registration
from tongqu.exchange.registry.ownership.queries import SAME_MAX, STANDING


def application(matter: Matter) -> rules.Seen:
    """Form F1 beside the applicant, its catalogue entry, the registrar, the papers, and others with the same right."""
    asked: Application = matter.inputs
    day, party = local_day(matter.at), int(matter.by.party or 0)
    sides = parties.organisations([party, asked.registrar], on=day)
    registrar, entry = sides.get(asked.registrar), _resource(asked.resource)
    return rules.Seen(
        on=day,
        holder_kind=sides[party].kind,
        origin=asked.origin.value,
        source_kind=asked.source_kind.value,
        relation=asked.relation.value,
        rights=tuple(right.value for right in asked.rights),
        is_utility=asked.is_utility,
        public_registration_code=asked.public_registration_code,
        public_registered=_publicly_registered(asked, party, matter.at),
        is_product=asked.is_product,
        substitutes_source=asked.substitutes_source,
        may_use_source=asked.may_use_source,
        contract_assigns=asked.contract_assigns,
        changed_in_substance=asked.changed_in_substance,
        much_more_valuable=asked.much_more_valuable,
        others_consent=asked.others_consent,
        entrustment_allows=asked.entrustment_allows,
        personal=asked.personal,
        important=asked.important,
        evidence=frozenset(one.kind.value for one in asked.evidence),
        papers_unknown=unknown_papers(_papers_of(asked), party),
        name_length=len(asked.data_name),
        overview_length=len(asked.overview),
        right_until_date=asked.right_until_date,
        resource_is_own=entry is not None and entry.holder_id == party,
        resource_ready=entry is not None and entry.state == "catalogued",
        resource_kind=entry.kind if entry else "enterprise",
        resource_personal=entry is not None and entry.personal,
        registrar_is_one=registrar is not None and registrar.has("registrar"),
        registrar_is_applicant=asked.registrar == party,
        registrar_is_related=registrar is not None and parties.related(party, asked.registrar, on=day),
        registrar_changed=matter.subject.registrar_id not in (None, asked.registrar),
        same_rights=_same_rights(matter, entry),
        shared=provision.standing(party, named=asked.share_requests, source_version=_version(entry), at=matter.at),
    )


def _publicly_registered(asked: Application, party: int, at: datetime) -> bool:
    """Whether the register of public data has this very data of the party's under the code that it shows (art. 15(2))."""
    if not asked.public_registration_code:
        return False
    try:
        record = publicdata.by_code(asked.public_registration_code)
    except Unknown:
        return False
    return record.valid_at(at) and (record.resource_id, record.holder_id) == (asked.resource, party)


def _resource(resource_id: int) -> catalogue.ResourceView | None:
    try:
        return catalogue.resource(resource_id)
    except Unknown:
        return None


def _same_rights(matter: Matter, entry: catalogue.ResourceView | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Who else holds or seeks one of these rights in data of the same name, the same entry or the same source bytes."""
    asked: Application = matter.inputs
    rights = [right.value for right in asked.rights]
    alike = Q(name=asked.data_name.text) | Q(resource_id=asked.resource)
    version = _version(entry)
    if version:
        alike |= Q(resource__profile__source_version=version)
    rows = Registration.objects.filter(alike, rights__overlap=rights, state__in=STANDING).exclude(pk=matter.subject.pk)
    found = rows.order_by("pk").values_list("applicant__name", "rights")[:SAME_MAX]
    return tuple((name, tuple(sorted(set(held) & set(rights)))) for name, held in found)


def _version(entry: catalogue.ResourceView | None) -> str:
    """Of the very bytes that the node measured; empty for what is not measured."""
    return str((entry.profile or {}).get("source_version") or "") if entry else ""


def _papers_of(asked: Application) -> list[str]:
    return [asked.identity_paper, asked.sample_paper, *asked.right_papers, *(one.paper for one in asked.evidence)]


def unknown_papers(named: Iterable[str], *givers: int | None, person: int | None = None) -> tuple[str, ...]:
    """The papers that none of these parties has handed in, nor this person where it acts for none, by the first eight
    digits of their hash."""
    return tuple(
        paper[:8]
        for paper in dict.fromkeys(named)
        if not any(papers.paper_of(paper, giver, person) for giver in givers)
    )


def named_papers(matter: Matter) -> rules.PapersSeen:
    """For acts whose inputs name papers under `evidence` or `paper`: they come from the actor or from the applicant."""
    asked: Any = matter.inputs
    named = [getattr(one, "paper", one) for one in getattr(asked, "evidence", ())]
    single = getattr(asked, "paper", None)
    everything = [*named, *([single] if single else [])]
    return rules.PapersSeen(unknown_papers(everything, matter.by.party, matter.subject.applicant_id))


def review(matter: Matter) -> rules.ReviewSeen:
    registration: Registration = matter.subject
    until = registration.form["right_until_date"]
    return rules.ReviewSeen(
        on=local_day(matter.at),
        heads={head: row.passes for head, row in latest_heads(registration).items()},
        waiver_asked=bool(registration.form["no_publicity_reason"]),
        right_until_date=date.fromisoformat(until) if until else None,
        shared=provision.standing(
            registration.applicant_id,
            named=registration.share_requests,
            source_version=_version(_resource(registration.resource_id)),
            at=matter.at,
        ),
    )


def deadline(matter: Matter) -> rules.DeadlineSeen:
    return rules.DeadlineSeen(on=local_day(matter.at), deadline_date=matter.inputs.deadline_date)


def objection(matter: Matter) -> rules.ObjectionSeen:
    registration: Registration = matter.subject
    person = parties.person(int(matter.by.person or 0))
    return rules.ObjectionSeen(
        # A person who gave no name is shown by the sign-in name, which identifies nobody.
        identified=person.active and person.full_name.strip() not in ("", person.username),
        is_applicant=matter.by.party == registration.applicant_id,
        papers_unknown=unknown_papers(matter.inputs.evidence, matter.by.party, person=matter.by.person),
    )

"""Gathers from a matter the plain picture that the rules judge."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection

from tongqu.exchange.bedrock import evidence, papers
from tongqu.exchange.bedrock.procedures import Matter, Unknown, local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.registry import catalogue, provision
from tongqu.exchange.registry.publicdata import rules
from tongqu.exchange.registry.publicdata.acts import code_is_taken, content_of
from tongqu.exchange.registry.publicdata.inputs import Content, EvidenceBy, First
from tongqu.exchange.registry.publicdata.kinds import KINDS, MATTERS, name_of
from tongqu.exchange.registry.publicdata.models import FIRST_ENDS, MATTER_ENDS, PublicRegistration


def _alone(what: str) -> None:
    """Two at once wait for each other here, so that each sees what the other did."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"public-data/{what}"])


def first(matter: Matter) -> rules.Seen:
    """The form beside the applicant, its entry, the registrar, the papers, the evidence and what was shared."""
    asked: First = matter.inputs
    day, party = local_day(matter.at), int(matter.by.party or 0)
    _alone(f"resource/{asked.resource}")
    entry = _resource(asked.resource)
    registrar = parties.organisations([asked.registrar], on=day).get(asked.registrar)
    same = PublicRegistration.objects.filter(resource=asked.resource, what=asked.what.value)
    stands, row = _evidence(matter, asked, entry), matter.subject
    named = (asked.registrar, asked.resource, asked.what.value)
    return rules.Seen(
        same_object=matter.act != "supply" or named == (row.registrar_id, row.resource_id, row.what),
        on=day,
        what=asked.what.value,
        resource_kind=entry.kind if entry else "enterprise",
        resource_is_own=entry is not None and entry.holder_id == party,
        resource_ready=entry is not None and entry.state == "catalogued",
        registrar_is_one=registrar is not None and registrar.has("public_registrar"),
        registrar_kind=registrar.kind if registrar else "",
        registrar_is_applicant=asked.registrar == party,
        registered_already=same.exclude(state__in=FIRST_ENDS).exclude(pk=matter.subject.pk).exists(),
        evidence_stands=stands,
        evidence_date=asked.evidence_date,
        risk_date=asked.risk_date,
        operating_until_date=asked.operating_until_date,
        operated_since_date=asked.operated_since_date,
        papers_unknown=unknown_papers(asked.papers(), party),
        shared=provision.standing(party, named=asked.share_requests, source_version=_version(entry), at=matter.at),
    )


def _resource(resource_id: int) -> catalogue.ResourceView | None:
    try:
        return catalogue.resource(resource_id)
    except Unknown:
        return None


def _version(entry: catalogue.ResourceView | None) -> str:
    return str((entry.profile or {}).get("source_version") or "") if entry else ""


def _evidence(matter: Matter, asked: Content, entry: catalogue.ResourceView | None) -> bool:
    """Whether evidence of the data was kept before: here by the log, which has placed the measurement now in use."""
    if asked.evidence_by is EvidenceBy.OTHER:
        matter.known = {"by": asked.evidence_body, "number": asked.evidence_number, "digest": asked.evidence_digest}
        return True
    if entry is None or not entry.profile_digest:
        return False
    found = evidence.facts_of("resource", entry.id, acts={"measured"}, naming=entry.profile_digest)
    placed = [fact for fact in found if fact.position is not None]
    if not placed:
        return False
    matter.known = {"by": "house", "position": placed[-1].position, "digest": entry.profile_digest}
    return True


def unknown_papers(named: Iterable[str], *givers: int | None, person: int | None = None) -> tuple[str, ...]:
    """The papers that none of these parties has handed in, nor this person, by the first eight digits of their hash."""
    return tuple(
        paper[:8]
        for paper in dict.fromkeys(named)
        if not any(papers.paper_of(paper, giver, person) for giver in givers)
    )


def about(matter: Matter) -> rules.MatterSeen:
    """A matter beside its registration."""
    asked: Any = matter.inputs
    day, party = local_day(matter.at), int(matter.by.party or 0)
    _alone(f"registration/{asked.registration}")
    found = PublicRegistration.objects.filter(pk=asked.registration).first()
    if found is None:
        return rules.MatterSeen(on=day, state="", is_holder=False)
    entry = catalogue.resource(found.resource_id)
    content = isinstance(asked, Content)
    stands = _evidence(matter, asked, entry) if content else True
    return rules.MatterSeen(
        on=day,
        is_holder=found.applicant_id == party,
        state=found.state,
        others_open=_open(found.pk, matter.subject),
        differs=not content or _differs(found, content_of(asked)),
        consented=getattr(asked, "consent_paper", None) is not None
        or getattr(matter.subject, "consented_at", None) is not None,
        proved=bool(getattr(asked, "proof", ())),
        evidence_stands=stands,
        evidence_date=getattr(asked, "evidence_date", None),
        papers_unknown=unknown_papers(_papers(asked), party),
        shared=provision.standing(party, named=asked.share_requests, source_version=_version(entry), at=matter.at)
        if content
        else (),
        what=found.what,
        valid_to_date=found.valid_to_date,
        until_date=getattr(asked, "until_date", None),
        operating_until_date=getattr(asked, "operating_until_date", None),
    )


def _papers(asked: Any) -> list[str]:
    if isinstance(asked, Content):
        return asked.papers()
    single = [getattr(asked, name, None) for name in ("consent_paper", "risk_paper")]
    return [*getattr(asked, "proof", ()), *(one for one in single if one)]


def _differs(found: PublicRegistration, content: dict[str, Any]) -> bool:
    return any(found.form.get(name) != value for name, value in content.items())


# Whoever asks for a correction does not keep the holder from renewing or ending its registration in time, nor it them.
_APART = ({"public_correction", "public_renewal"}, {"public_correction", "public_cancellation"})


def _open(registration: int, besides: Any) -> tuple[Words, ...]:
    """What else is under way on a registration that stands in the way of this matter."""
    said = []
    for name in MATTERS:
        model, words = KINDS[name]
        if {name, name_of(besides)} in _APART:
            continue
        rows = model._default_manager.filter(registration=registration).exclude(state__in=MATTER_ENDS)
        if isinstance(besides, model) and besides.pk is not None:
            rows = rows.exclude(pk=besides.pk)
        if rows.exists():
            said.append(words)
    return tuple(said)


def supplied(matter: Matter) -> rules.MatterSeen:
    """What was missing is supplied: for the same registration, whatever number the form names."""
    if matter.inputs.registration != matter.subject.registration_id:
        raise Unknown(f"public registration {matter.inputs.registration}")
    return about(matter)


def deadline(matter: Matter) -> rules.DeadlineSeen:
    day: date = getattr(matter.inputs, "deadline_date", None) or matter.inputs.review_by_date
    return rules.DeadlineSeen(on=local_day(matter.at), deadline_date=day)


def objection(matter: Matter) -> rules.ObjectionSeen:
    person = parties.person(int(matter.by.person or 0))
    return rules.ObjectionSeen(
        # A person who gave no name is shown by the sign-in name, which identifies nobody.
        identified=person.active and person.full_name.strip() not in ("", person.username),
        is_applicant=matter.by.party == matter.subject.applicant_id,
        papers_unknown=unknown_papers(matter.inputs.evidence, matter.by.party, person=matter.by.person),
    )


def code(matter: Matter) -> rules.CodeSeen:
    _alone(f"code/{matter.inputs.code}")
    row: PublicRegistration = matter.subject
    until = row.operating_until_date if row.what == "product" else None
    return rules.CodeSeen(code_is_taken(matter.inputs.code, row.pk), until, local_day(matter.at))


def shown(matter: Matter) -> rules.CodeSeen:
    """A code of another registrar's: it is not one that stands for other data here."""
    taken = PublicRegistration.objects.filter(code=matter.inputs.code).exclude(resource=matter.subject.resource_id)
    return rules.CodeSeen(
        taken.exists(), on=local_day(matter.at), papers_unknown=unknown_papers([matter.inputs.paper], matter.by.party)
    )


def review(matter: Matter) -> rules.MatterSeen:
    """Before a correction is publicised: what it stands on now, the holder's word of since included."""
    row: Any = matter.subject
    holder = PublicRegistration.objects.get(pk=row.registration_id)
    return rules.MatterSeen(
        on=local_day(matter.at),
        is_holder=row.applicant_id == holder.applicant_id,
        state=holder.state,
        consented=bool(row.form.get("consent_paper")) or row.consented_at is not None,
        proved=bool(row.form.get("proof")),
    )

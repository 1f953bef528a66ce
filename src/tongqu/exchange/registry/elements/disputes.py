"""The steps of a dispute about a source, and of a place that has none."""

from __future__ import annotations

from tongqu.exchange.bedrock.procedures import Done, Matter, local_day
from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry.elements import authorities
from tongqu.exchange.registry.elements.inputs import Decision, Outcome
from tongqu.exchange.registry.elements.models import Authority, Claim, Conflict, Element, Vacancy
from tongqu.exchange.registry.elements.rules import AppointmentSeen, DecisionSeen, ObjectionSeen
from tongqu.exchange.registry.elements.territories import allotted, lies_in

REJECTED = ("rejected", "retracted")


def _element(identifier: str) -> Element:
    """The version in force, or the last there was."""
    rows = Element.objects.filter(identifier=identifier).exclude(state__in=REJECTED)
    return rows.filter(state="in_force").first() or rows.order_by("-version")[0]


def open_case(matter: Matter) -> Done:
    """The challenge names both sides; what the incumbent holds at this moment is what is disputed."""
    row: Conflict = matter.subject
    challenge = Claim.objects.select_related("element").get(pk=matter.inputs.claim)
    authorities.lock(challenge.identifier)
    standing = Claim.objects.get(pk=int(challenge.challenges_id or 0))
    element = _element(challenge.identifier)
    row.identifier, row.element_name, row.scope = challenge.identifier, element.name, element.scope
    row.region, row.challenger_claim_id, row.challenger_id = challenge.region, challenge.pk, challenge.holder_id
    row.incumbent_claim_id, row.incumbent_id = standing.pk, standing.holder_id
    row.held = [one.region for one in authorities.standing(element, [row.region]) if one.claim_id == standing.pk]
    return Done({"identifier": row.identifier, "incumbent": row.incumbent_id, "challenger": row.challenger_id})


def state_ground(matter: Matter) -> Done:
    row: Conflict = matter.subject
    side = "incumbent" if matter.by.party == row.incumbent_id else "challenger"
    setattr(row, f"{side}_statement", matter.inputs.statement)
    row.papers = [*row.papers, *matter.inputs.papers]
    return Done({"side": side, "both": bool(row.incumbent_statement and row.challenger_statement)})


def _claims(row: Conflict) -> tuple[Claim, Claim]:
    found = {one.pk: one for one in Claim.objects.filter(pk__in=[row.incumbent_claim_id, row.challenger_claim_id])}
    return found[row.incumbent_claim_id], found[row.challenger_claim_id]


def _disputed(row: Conflict) -> list[str]:
    return [row.region, *row.held]


def seen_decision(matter: Matter) -> DecisionSeen:
    row: Conflict = matter.subject
    asked: Decision = matter.inputs
    today = local_day(matter.at)
    authorities.lock(row.identifier)
    element = _element(row.identifier)
    inside = [one for one in asked.regions if lies_in(one, row.region)]
    strange = [one for one in asked.regions if divisions.division(one, on=today) is None]
    parts = allotted(row.held, row.region, row.scope, asked.outcome.value, asked.regions, on=today)
    ours = {row.incumbent_claim_id, row.challenger_claim_id}
    others = authorities.standing(element, [*parts[0], *parts[1]])
    return DecisionSeen(
        strange=tuple(strange),
        outside=tuple(one for one in asked.regions if one not in inside),
        nested=any(a != b and lies_in(a, b) for a in asked.regions for b in asked.regions),
        anothers=tuple(one.region for one in others if one.claim_id not in ours),
        same_person=row.decided_by is not None and row.decided_by == matter.by.person,
    )


def decide(matter: Matter) -> Done:
    """Authority changes hands with the decision: not a moment with two sources, nor with none."""
    row: Conflict = matter.subject
    asked: Decision = matter.inputs
    row.outcome, row.regions, row.reason = asked.outcome.value, asked.regions, asked.reason
    row.decided_by = matter.by.person
    return _bring_about(row, matter)


def review(matter: Matter) -> Done:
    """The last word; what was said first stays on record."""
    row: Conflict = matter.subject
    row.first_outcome, row.first_reason = row.outcome, row.reason
    return decide(matter)


def _bring_about(row: Conflict, matter: Matter) -> Done:
    element, claims = _element(row.identifier), _claims(row)
    parts = allotted(row.held, row.region, row.scope, row.outcome, row.regions, on=local_day(matter.at))
    ground = "review" if matter.act == "review" else "decision"
    authorities.divide(element, claims, parts, _disputed(row), at=matter.at, conflict=row.pk, ground=ground)
    Claim.objects.filter(pk=row.challenger_claim_id, settled_at=None).update(settled_at=matter.at)
    vacated = [row.region] if row.outcome == Outcome.NEITHER.value else []
    return Done(
        {
            "identifier": row.identifier, "outcome": row.outcome, "incumbent": parts[0], "challenger": parts[1],
            "vacated": vacated, "claim": row.incumbent_claim_id,
        }
    )  # fmt: skip


def seen_objection(matter: Matter) -> ObjectionSeen:
    row: Conflict = matter.subject
    won = {Outcome.INCUMBENT.value: row.incumbent_id, Outcome.CHALLENGER.value: row.challenger_id}.get(row.outcome)
    return ObjectionSeen(lost=matter.by.party != won)


def object_once(matter: Matter) -> Done:
    row: Conflict = matter.subject
    row.objection, row.objector_id = matter.inputs.reason, matter.by.party
    return Done({"identifier": row.identifier})


def close_case(matter: Matter) -> Done:
    """A side has gone: where it was the incumbent, the challenger takes what it claimed, which is free now."""
    row: Conflict = matter.subject
    authorities.lock(row.identifier)
    element, (incumbent, challenger) = _element(row.identifier), _claims(row)
    row.reason = matter.inputs.reason
    taken = challenger.state == "standing" and incumbent.state != "standing" and element.state == "in_force"
    if taken and not authorities.standing(element, [row.region]):
        authorities.open_at(element, challenger.pk, [row.region], ground="first", at=matter.at, conflict=row.pk)
    else:
        taken = False
    Claim.objects.filter(pk=challenger.pk, settled_at=None).update(settled_at=matter.at)
    return Done({"identifier": row.identifier, "source": row.region if taken else "", "claim": challenger.pk})


# A place without a source.


def fall_vacant(matter: Matter) -> Done:
    row: Vacancy = matter.subject
    row.identifier, row.region, row.claim_id = matter.inputs.identifier, matter.inputs.region, matter.inputs.claim
    row.element_name = _element(row.identifier).name
    return Done({"identifier": row.identifier, "region": row.region})


def fill(matter: Matter) -> Done:
    matter.subject.filled_by_id = matter.inputs.claim
    return Done({"claim": matter.inputs.claim})


def seen_appointment(matter: Matter) -> AppointmentSeen:
    row: Vacancy = matter.subject
    authorities.lock(row.identifier)
    claim = Claim.objects.filter(pk=matter.inputs.claim, identifier=row.identifier, state="standing").first()
    element = _element(row.identifier)
    return AppointmentSeen(
        claim_fits=claim is not None and element.state == "in_force",
        place_free=not authorities.standing(element, [row.region]),
    )


def appoint(matter: Matter) -> Done:
    row: Vacancy = matter.subject
    authorities.open_at(_element(row.identifier), matter.inputs.claim, [row.region], ground="appointed", at=matter.at)
    row.filled_by_id = matter.inputs.claim
    return Done({"claim": matter.inputs.claim, "identifier": row.identifier, "region": row.region})


def leave(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()


def has_source(identifier: str, region: str) -> bool:
    return bool(authorities.standing(_element(identifier), [region]))


def filled_vacancies(identifier: str) -> list[tuple[int, int]]:
    """Open vacancies of an element whose place has a source by now: the vacancy, and the claim that is the source."""
    element, found = _element(identifier), []
    for row in Vacancy.objects.filter(identifier=identifier, state="open").order_by("pk"):
        rows: list[Authority] = authorities.standing(element, [row.region])
        if rows:
            found.append((int(row.pk), int(rows[0].claim_id)))
    return found

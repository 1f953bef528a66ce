"""What follows from facts about standards, links and disputes: named in the flow, called once for each fact."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, begin, local_day, perform
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.elements import authorities, disputes
from tongqu.exchange.registry.elements.models import Claim, Conflict, Element, Vacancy
from tongqu.exchange.registry.elements.procedure import ELEMENT, SOURCE_CLAIM, SOURCE_CONFLICT, SOURCE_VACANCY
from tongqu.exchange.registry.elements.territories import lies_in, without

GONE = "资源已撤下或不再有该信息项 / the resource was withdrawn or has the item no more"
ABOLISHED = "数据元标准已废止 / the standard was withdrawn"
SIDE_GONE = "一方已撤销关联 / a side has withdrawn its link"


def _key(fact: SequencedFact, step: str) -> str:
    return f"flow/{fact.position}/{step}"


def put_standard_in_force(fact: SequencedFact, at: datetime) -> None:
    """The version before it, if any, is superseded in the same step."""
    identifier = fact.body["data"]["identifier"]
    for before in Element.objects.filter(identifier=identifier, state="in_force").values_list("pk", flat=True):
        perform(ELEMENT, "supersede", before, by=HOUSE, at=at, key=_key(fact, f"supersede/{before}"))
    perform(ELEMENT, "take_effect", fact.subject_id, by=HOUSE, at=at, key=_key(fact, "take_effect"))


def end_links_of_standard(fact: SequencedFact, at: datetime) -> None:
    """A standard was withdrawn: nothing is linked to it any more."""
    links = Claim.objects.filter(identifier=fact.body["data"]["identifier"], state="standing")
    _end(list(links.order_by("pk").values_list("pk", flat=True)), ABOLISHED, fact, at)


def end_links_of_resource(fact: SequencedFact, at: datetime) -> None:
    """A resource left the catalogue, or an update took an item away."""
    entry = catalogue.resource(fact.subject_id)
    items = {one.name for one in entry.elements} if entry.state == "catalogued" else set()
    links = Claim.objects.filter(resource_id=fact.subject_id, state="standing").exclude(item__in=items)
    _end(list(links.order_by("pk").values_list("pk", flat=True)), GONE, fact, at)


def _end(links: list[int], reason: str, fact: SequencedFact, at: datetime) -> None:
    for link in links:
        try:
            with transaction.atomic():
                key = _key(fact, f"end/{link}")
                perform(SOURCE_CLAIM, "end", link, by=HOUSE, at=at, key=key, reason=reason)
        except NotNow:
            continue


def open_dispute(fact: SequencedFact, at: datetime) -> None:
    """A second source opens a case; a first one may fill a vacancy."""
    if not fact.body["data"].get("challenges"):
        _fill_vacancies(fact, at)
        return
    opened = begin(SOURCE_CONFLICT, by=HOUSE, at=at, key=_key(fact, "conflict"), claim=fact.subject_id).subject
    row = Conflict.objects.select_related("incumbent_claim", "challenger_claim").get(pk=opened)
    if row.incumbent_claim.state != "standing" or row.challenger_claim.state != "standing":
        _close([opened], fact, at)


def after_link_has_gone(fact: SequencedFact, at: datetime) -> None:
    """Its dispute is over; what it was the source of goes to who claimed it, or is vacant."""
    sides = Conflict.objects.filter(state__in=["opened", "heard"])
    ours = [
        *sides.filter(incumbent_claim=fact.subject_id).values_list("pk", flat=True),
        *sides.filter(challenger_claim=fact.subject_id).values_list("pk", flat=True),
    ]
    _close(sorted(ours), fact, at)
    data = fact.body["data"]
    _fall_vacant(data["identifier"], data["vacated"], fact.subject_id, fact, at)


def _close(cases: list[int], fact: SequencedFact, at: datetime) -> None:
    for case in cases:
        try:
            with transaction.atomic():
                key = _key(fact, f"close/{case}")
                perform(SOURCE_CONFLICT, "close", case, by=HOUSE, at=at, key=key, reason=SIDE_GONE)
        except NotNow:
            continue


def hear_when_both_have_spoken(fact: SequencedFact, at: datetime) -> None:
    if not fact.body["data"]["both"]:
        return
    try:
        with transaction.atomic():
            perform(SOURCE_CONFLICT, "hear", fact.subject_id, by=HOUSE, at=at, key=_key(fact, "hear"))
    except NotNow:
        return


def after_decision(fact: SequencedFact, at: datetime) -> None:
    """Where neither is the source the place is vacant; where one is again, it is vacant no more."""
    data = fact.body["data"]
    _fill_vacancies(fact, at)
    _fall_vacant(data["identifier"], data["vacated"], data["claim"], fact, at)


def after_closing(fact: SequencedFact, at: datetime) -> None:
    """The side that stayed may be the source now."""
    if fact.body["data"]["source"]:
        _fill_vacancies(fact, at)


def _fill_vacancies(fact: SequencedFact, at: datetime) -> None:
    for vacancy, claim in disputes.filled_vacancies(fact.body["data"]["identifier"]):
        try:
            with transaction.atomic():
                key = _key(fact, f"fill/{vacancy}")
                perform(SOURCE_VACANCY, "fill", vacancy, by=HOUSE, at=at, key=key, claim=claim)
        except NotNow:
            continue


def _fall_vacant(identifier: str, regions: list[str], claim: int, fact: SequencedFact, at: datetime) -> None:
    """On the steward's desk, once for each place; a standard that was withdrawn needs no source."""
    element = Element.objects.filter(identifier=identifier, state="in_force").first()
    if element is None:
        return
    known = set(Vacancy.objects.filter(identifier=identifier, state="open").values_list("region", flat=True))
    for region in regions:
        left = [region]
        for source in authorities.standing(element, [region]):
            left = [part for one in left for part in without(one, source.region, on=local_day(at))]
        for place in left:
            if not any(lies_in(place, one) for one in known):
                key = _key(fact, f"vacant/{place}")
                begin(SOURCE_VACANCY, by=HOUSE, at=at, key=key, identifier=identifier, region=place, claim=claim)

"""What follows from facts about surveys, answers and entries: named in the flow, called once for each fact."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, Refused, begin, perform, visible
from tongqu.exchange.members import parties
from tongqu.exchange.registry.survey.models import SupplyEntry, Survey, SurveyAnswer
from tongqu.exchange.registry.survey.procedure import SUPPLY_ENTRY, SURVEY, SURVEY_ANSWER
from tongqu.exchange.registry.survey.queries import within

AT_ONCE = 100


def _key(fact: SequencedFact, step: str) -> str:
    return f"flow/{fact.position}/{step}"


def ask_organisations(fact: SequencedFact, at: datetime) -> None:
    """The next hundred of those whom the survey asks get an answer to fill in; the fact of it asks the next."""
    row = Survey.objects.get(pk=fact.subject_id)
    if row.state != "open":
        return
    members = visible(parties.ADMISSION, HOUSE).filter(state="admitted", pk__gt=row.asked_up_to)
    if row.kinds:
        members = members.filter(kind__in=row.kinds)
    places = Q()
    for region in row.regions:
        places |= Q(region__startswith=within(region))
    chunk = list(members.filter(places).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    asked = set(
        SurveyAnswer.objects.filter(survey=row.pk, respondent__in=chunk).values_list("respondent_id", flat=True)
    )
    for member in chunk:
        if member not in asked and member != row.opened_by_id:
            begin(SURVEY_ANSWER, by=HOUSE, at=at, key=_key(fact, f"ask/{member}"), survey=row.pk, respondent=member)
    if chunk:
        perform(SURVEY, "invite", row.pk, by=HOUSE, at=at, key=_key(fact, "invite"), after=chunk[-1])


def enter_data_sets(fact: SequencedFact, at: datetime) -> None:
    """An answer is final: each data set in it becomes an entry, unless its holder has entered one of that name already."""
    row = SurveyAnswer.objects.get(pk=fact.subject_id)
    for place, data_set in enumerate(row.data_sets):
        try:
            with transaction.atomic():
                begin(
                    SUPPLY_ENTRY, by=HOUSE, at=at, key=_key(fact, f"entry/{place}"), **data_set, answer=row.pk, place=place,
                    contact_name=row.contact_name, contact_phone=row.contact_phone,
                )  # fmt: skip
        except Refused:
            continue


def list_what_is_plain(fact: SequencedFact, at: datetime) -> None:
    """What the rule finds nothing in is listed at once; the rest waits for a person."""
    try:
        with transaction.atomic():
            perform(SUPPLY_ENTRY, "list_by_rule", fact.subject_id, by=HOUSE, at=at, key=_key(fact, "list"))
    except (NotNow, Refused):
        return


def free_entries_of_resource(fact: SequencedFact, at: datetime) -> None:
    """A resource left the catalogue: its entry stands for itself again."""
    for entry in SupplyEntry.objects.filter(resource=fact.subject_id, state="listed").values_list("pk", flat=True):
        perform(SUPPLY_ENTRY, "part", entry, by=HOUSE, at=at, key=_key(fact, f"part/{entry}"))

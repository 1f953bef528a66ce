"""The steps of a survey, of an answer and of an entry."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown, local_day
from tongqu.exchange.bedrock.statements import execute
from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.survey.inputs import Campaign, DataSet
from tongqu.exchange.registry.survey.models import SupplyEntry, Survey, SurveyAnswer
from tongqu.exchange.registry.survey.rules import EntrySeen, LinkSeen, PlacesSeen, TermSeen, TextSeen

COPIED = ("name", "description", "industry", "records", "size_megabytes", "personal", "public")
CHOSEN = ("kind", "cycle", "willing")


# A survey.


def seen_places(matter: Matter) -> PlacesSeen:
    today = local_day(matter.at)
    return PlacesSeen(tuple(one for one in matter.inputs.regions if divisions.division(one, on=today) is None))


def draft(matter: Matter) -> Done:
    matter.subject.opened_by_id = int(matter.by.party or 0)
    return amend(matter)


def amend(matter: Matter) -> Done:
    row: Survey = matter.subject
    asked: Campaign = matter.inputs
    row.name, row.purpose, row.regions = asked.name, asked.purpose, asked.regions
    row.kinds, row.industries = [one.value for one in asked.kinds], asked.industries
    return Done({"name": row.name})


def seen_term(matter: Matter) -> TermSeen:
    today = local_day(matter.at)
    return TermSeen(
        (matter.inputs.closes_date - today).days,
        law.figure("house.survey_days_min", on=today).number,
        law.figure("house.survey_days_max", on=today).number,
    )


def open_survey(matter: Matter) -> Done:
    """Those who have not answered some days before the end are reminded; of a short term, halfway."""
    row: Survey = matter.subject
    row.closes_at = calendar.end_of(matter.inputs.closes_date)
    before = timedelta(days=law.figure("house.survey_reminder", on=local_day(matter.at)).number)
    row.reminds_at = max(row.closes_at - before, matter.at + (row.closes_at - matter.at) / 2)
    return Done({"name": row.name, "closes": matter.inputs.closes_date.isoformat()})


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()


def remind(matter: Matter) -> Done:
    """Members admitted since are asked as well: invitations begin again at the first."""
    row: Survey = matter.subject
    row.asked_up_to = 0
    waiting = SurveyAnswer.objects.filter(survey=row.pk, state="asked").count()
    return Done({"waiting": waiting})


def note_invitations(matter: Matter) -> Done:
    matter.subject.asked_up_to = matter.inputs.after
    return Done({"after": matter.inputs.after})


def count_answers(matter: Matter) -> Done:
    rows = SurveyAnswer.objects.filter(survey=matter.subject.pk)
    answered = rows.filter(state__in=["answered", "kept"]).count()
    return Done({"asked": rows.count(), "answered": answered})


# An answer.


def invite(matter: Matter) -> Done:
    row: SurveyAnswer = matter.subject
    campaign = Survey.objects.get(pk=matter.inputs.survey)
    row.survey_id, row.survey_name, row.respondent_id = campaign.pk, campaign.name, matter.inputs.respondent
    row.closes_at = campaign.closes_at or matter.at
    return Done({"survey": campaign.pk, "respondent": row.respondent_id})


def answer(matter: Matter) -> Done:
    """What was answered before is replaced as a whole."""
    row: SurveyAnswer = matter.subject
    row.data_sets = [one.plain() for one in matter.inputs.data_sets]
    row.nothing_because = matter.inputs.nothing_because
    row.contact_name, row.contact_phone = matter.inputs.contact_name, matter.inputs.contact_phone
    return Done({"data_sets": len(row.data_sets)})


# An entry.


def _only_one(holder: int) -> None:
    """Entries of one holder wait for each other, so that no two of one name pass as the only one."""
    execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"supply/{holder}"])


def seen_entry(matter: Matter) -> EntrySeen:
    asked = matter.inputs
    by_house = matter.by.kind == "clock"
    holder = _holder(matter)
    _only_one(holder)
    return EntrySeen(by_house, asked.answer is not None, _taken(holder, asked.name, matter.subject.pk))


def seen_change(matter: Matter) -> EntrySeen:
    holder = matter.subject.holder_id
    _only_one(holder)
    return EntrySeen(False, False, _taken(holder, matter.inputs.name, matter.subject.pk))


def _taken(holder: int, name: str, but: int) -> tuple[str, ...]:
    same = SupplyEntry.objects.filter(holder=holder, name=name).exclude(state="withdrawn").exclude(pk=but)
    return (name,) if same.exists() else ()


def _holder(matter: Matter) -> int:
    if matter.by.kind == "clock" and matter.inputs.answer is not None:
        return int(SurveyAnswer.objects.values_list("respondent_id", flat=True).get(pk=matter.inputs.answer))
    return int(matter.by.party or 0)


def declare(matter: Matter) -> Done:
    row: SupplyEntry = matter.subject
    row.holder_id, row.answer_id, row.place = _holder(matter), matter.inputs.answer, matter.inputs.place
    return change(matter)


def change(matter: Matter) -> Done:
    row: SupplyEntry = matter.subject
    fill(row, matter.inputs)
    row.contact_name, row.contact_phone = matter.inputs.contact_name, matter.inputs.contact_phone
    return Done({"name": row.name})


def fill(row: SupplyEntry, asked: DataSet) -> None:
    for name in COPIED:
        setattr(row, name, getattr(asked, name))
    for name in CHOSEN:
        setattr(row, name, getattr(asked, name).value)


def seen_text(matter: Matter) -> TextSeen:
    row: SupplyEntry = matter.subject
    return TextSeen(f"{row.name}\n{row.description}", row.personal, row.willing)


def put_on_list(matter: Matter) -> Done:
    matter.subject.listed_at = matter.subject.listed_at or matter.at
    return Done({"name": matter.subject.name, "public": matter.subject.public})


def seen_link(matter: Matter) -> LinkSeen:
    row: SupplyEntry = matter.subject
    entry: Any = None
    try:
        entry = catalogue.resource(matter.inputs.resource)
    except Unknown:
        return LinkSeen(own=False, catalogued=False, taken=False)
    others = SupplyEntry.objects.filter(resource=entry.id).exclude(state="withdrawn").exclude(pk=row.pk)
    return LinkSeen(entry.holder_id == row.holder_id, entry.state == "catalogued", others.exists())


def join(matter: Matter) -> Done:
    matter.subject.resource_id = matter.inputs.resource
    return Done({"resource": matter.inputs.resource})


def part(matter: Matter) -> Done:
    matter.subject.resource_id = None
    return Done({"name": matter.subject.name})

"""What happens at each step of the five matters, to the record, and to the duty to register."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown, local_day
from tongqu.exchange.members import parties
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.publicdata import notices, rules
from tongqu.exchange.registry.publicdata.inputs import Change, Content, Correction, First, Renewal
from tongqu.exchange.registry.publicdata.kinds import KINDS, SHORT, name_of
from tongqu.exchange.registry.publicdata.models import Filing, PublicDuty, PublicObjection, PublicRegistration

# What the form of a registration says beside its content.
_BESIDE = frozenset({"registrar", "resource", "what", "operating_until_date", "registration", "reason"})


def content_of(asked: Content) -> dict[str, Any]:
    """The seven groups alone, as they are kept."""
    return {name: value for name, value in asked.model_dump(mode="json").items() if name not in _BESIDE}


def apply(matter: Matter) -> Done:
    """Fills the registration from its form; again when what was missing is supplied."""
    row: PublicRegistration = matter.subject
    asked: First = matter.inputs
    row.applicant_id, row.registrar_id = int(matter.by.party or 0), asked.registrar
    row.resource_id, row.what = asked.resource, asked.what.value
    row.name, row.summary, row.form = asked.data_name, asked.summary, content_of(asked)
    row.share_requests, row.operating_until_date = list(asked.share_requests), asked.operating_until_date
    row.existing = asked.operated_since_date is not None and asked.operated_since_date < rules.SINCE
    row.evidence = matter.known or {}
    return Done({"name": row.name, "resource": row.resource_id, "existing": row.existing, "evidence": row.evidence})


def _about(matter: Matter, name: str, summary: str, form: dict[str, Any]) -> PublicRegistration:
    """Points a matter at its registration. Raises Unknown."""
    row: Any = matter.subject
    found = PublicRegistration.objects.filter(pk=matter.inputs.registration).first()
    if found is None:
        raise Unknown(f"public registration {matter.inputs.registration}")
    row.registration_id, row.registrar_id = found.pk, found.registrar_id
    row.applicant_id = int(matter.by.party or 0)
    row.name, row.summary, row.form = name or found.name, summary or found.summary, form
    return found


def ask_change(matter: Matter) -> Done:
    asked: Change = matter.inputs
    found = _about(matter, asked.data_name, asked.summary, content_of(asked))
    matter.subject.reason = asked.reason
    changed = sorted(name for name, value in matter.subject.form.items() if found.form.get(name) != value)
    return Done({"registration": found.pk, "changed": changed, "evidence": matter.known or {}})


def ask_correction(matter: Matter) -> Done:
    asked: Correction = matter.inputs
    found = _about(matter, asked.data_name, asked.summary, asked.model_dump(mode="json"))
    matter.subject.holder_id, matter.subject.reason = found.applicant_id, asked.reason
    return Done({"registration": found.pk, "by_holder": found.applicant_id == matter.subject.applicant_id})


def ask_renewal(matter: Matter) -> Done:
    asked: Renewal = matter.inputs
    found = _about(matter, "", "", asked.model_dump(mode="json"))
    matter.subject.until_date, matter.subject.reason = asked.until_date, asked.reason
    return Done({"registration": found.pk, "until": asked.until_date.isoformat()})


def ask_cancellation(matter: Matter) -> Done:
    found = _about(matter, "", "", matter.inputs.model_dump(mode="json"))
    matter.subject.ground, matter.subject.reason = matter.inputs.ground.value, matter.inputs.reason
    return Done({"registration": found.pk, "ground": matter.subject.ground})


# On the way: the same for all.


def accept(matter: Matter) -> Done:
    matter.subject.accepted_date = local_day(matter.at)
    return Done()


def list_missing(matter: Matter) -> Done:
    row: Filing = matter.subject
    row.missing, row.supply_by_at = list(matter.inputs.items), calendar.end_of(matter.inputs.deadline_date)
    return Done()


def explain(matter: Matter) -> Done:
    """The letter goes into the file and into the log, as the applicant receives it."""
    row: Filing = matter.subject
    day = local_day(matter.at)
    row.review_by_at = calendar.end_of(matter.inputs.review_by_date)
    words = notices.explanation(
        **_sides(row),
        reason=matter.inputs.reason,
        accepted=row.accepted_date or day,
        by=matter.inputs.review_by_date,
        on=day,
    )
    row.explanations = [*row.explanations, {"zh": words.zh, "en": words.en, "on": day.isoformat()}]
    return Done({"letter": {"zh": words.zh, "en": words.en}})


def _sides(row: Filing) -> dict[str, Any]:
    sides = parties.organisations([row.applicant_id, row.registrar_id])
    return {
        "applicant": sides[row.applicant_id].name, "registrar": sides[row.registrar_id].name,
        "kind": KINDS[name_of(row)][1], "name": row.name, "number": row.pk,
    }  # fmt: skip


def refuse(matter: Matter) -> Done:
    row: Filing = matter.subject
    words = notices.refusal(**_sides(row), reason=matter.inputs.reason, on=local_day(matter.at))
    row.reason, row.notice = matter.inputs.reason, {"zh": words.zh, "en": words.en}
    return Done({"notice": row.notice})


def publicise(matter: Matter) -> Done:
    """The notice begins: its four fields go into the fact as they are shown."""
    row: Filing = matter.subject
    row.published_at, row.review_note = matter.at, matter.inputs.note
    applicant = parties.organisation(row.applicant_id)
    shown = notices.NoticeFields(applicant.name, SHORT[name_of(row)], row.name, row.summary)
    return Done({"notice": shown.plain()})


def object_to(matter: Matter) -> Done:
    """Files an objection; the first one stops the publicity."""
    asked, name = matter.inputs, name_of(matter.subject)
    number = PublicObjection.objects.filter(procedure=name, subject=matter.subject.pk).count() + 1
    PublicObjection.objects.create(
        procedure=name, subject=matter.subject.pk, number=number, person_id=int(matter.by.person or 0),
        organisation_id=matter.by.party, reason=asked.reason, evidence=list(asked.evidence), contact=asked.contact,
        filed_at=matter.at,
    )  # fmt: skip
    return Done({"objection": number})


def dismiss(matter: Matter) -> Done:
    return Done({"objections": _answer(matter, upheld=False)})


def uphold(matter: Matter) -> Done:
    """Upheld, an objection ends the registration (REG26 art. 12)."""
    matter.subject.reason = matter.inputs.finding
    return Done({"objections": _answer(matter, upheld=True)})


def _answer(matter: Matter, *, upheld: bool) -> list[int]:
    """Answers every open objection with one finding; their numbers."""
    name = name_of(matter.subject)
    waiting = PublicObjection.objects.filter(procedure=name, subject=matter.subject.pk, upheld__isnull=True)
    answered = list(waiting.order_by("number").values_list("number", flat=True))
    waiting.update(upheld=upheld, finding=matter.inputs.finding, answered_at=matter.at)
    return answered


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()


def finish(matter: Matter) -> Done:
    return Done({"registration": matter.subject.registration_id})


def consent(matter: Matter) -> Done:
    matter.subject.consented_at, matter.subject.contested = matter.at, ""
    return Done()


def contest(matter: Matter) -> Done:
    matter.subject.contested, matter.subject.consented_at = matter.inputs.reason, None
    return Done()


# The record.


def assign(matter: Matter) -> Done:
    """Keeps the national code as it came; validity runs from its day (REG26 art. 15)."""
    row: PublicRegistration = matter.subject
    day = local_day(matter.at)
    row.code, row.coded_date = matter.inputs.code, day
    until = row.operating_until_date if row.what == "product" else None
    _valid_to(row, rules.latest(day, until, on=day))
    return Done({"code": row.code, "valid_to": _iso(row.valid_to_date), "existing": row.existing})


def _valid_to(row: PublicRegistration, day: date) -> None:
    row.valid_to_date, row.valid_to_at = day, calendar.end_of(day)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _matter(matter: Matter, name: str) -> Any:
    """The finished matter of that kind. Raises Unknown for one of another registration."""
    model: Any = KINDS[name][0]
    found = model.objects.filter(pk=matter.inputs.matter, registration=matter.subject).first()
    if found is None:
        raise Unknown(f"{name} {matter.inputs.matter}")
    return found


def take_change(matter: Matter) -> Done:
    """The content as it was asked for is the registered one; what was before stays in the facts of the change."""
    row: PublicRegistration = matter.subject
    found = _matter(matter, "public_change")
    row.name, row.summary, row.form = found.name, found.summary, found.form
    row.share_requests = list(found.form.get("share_requests", ()))
    return Done({"name": row.name})


def take_correction(matter: Matter) -> Done:
    """Name and summary as corrected; each other particular is noted beside the form, which stays as it was handed in."""
    row: PublicRegistration = matter.subject
    found = _matter(matter, "public_correction")
    row.name, row.summary = found.name, found.summary
    row.form = {
        **row.form, "data_name": row.name, "summary": row.summary,
        "corrections": [*row.form.get("corrections", ()), *found.form["mistakes"]],
    }  # fmt: skip
    return Done({"name": row.name, "corrected": [one["name"] for one in found.form["mistakes"]]})


def renew(matter: Matter) -> Done:
    row: PublicRegistration = matter.subject
    found = _matter(matter, "public_renewal")
    until = found.form.get("operating_until_date")
    if until:
        row.operating_until_date = date.fromisoformat(until)
    _valid_to(row, found.until_date)
    return Done({"valid_to": _iso(row.valid_to_date)})


def cancel(matter: Matter) -> Done:
    row: PublicRegistration = matter.subject
    row.ended_reason = _matter(matter, "public_cancellation").reason
    return Done({"code": row.code})


def lapse(matter: Matter) -> Done:
    row: PublicRegistration = matter.subject
    row.ended_reason = f"有效期于 {row.valid_to_date} 届满，未续展 / not renewed when validity ended"
    return Done({"code": row.code})


def revoke(matter: Matter) -> Done:
    matter.subject.ended_reason = matter.inputs.reason
    return Done({"code": matter.subject.code, "grounds": [one.value for one in matter.inputs.grounds]})


# The duty to register.


def note_delivery(matter: Matter) -> Done:
    row: PublicDuty = matter.subject
    entry = catalogue.resource(matter.inputs.resource)
    row.holder_id, row.resource_id, row.transfer = entry.holder_id, entry.id, matter.inputs.transfer
    row.delivered_at = matter.at
    days = int(law.figure("reg26.filing", on=local_day(matter.at)).value)
    return Done({"resource": entry.code, "working_days": days})


def fall_late(matter: Matter) -> Done:
    matter.subject.late = True
    return Done({"resource": matter.subject.resource_id})


def show_code(matter: Matter) -> Done:
    matter.subject.code = matter.inputs.code
    return Done({"code": matter.inputs.code})


def code_is_taken(code: str, but: int) -> bool:
    return PublicRegistration.objects.filter(Q(code=code) & ~Q(code="")).exclude(pk=but).exists()

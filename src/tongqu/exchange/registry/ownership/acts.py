"""What happens at each step of a first registration; what later ones bring is in `entering.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown, local_day
from tongqu.exchange.members import parties
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.ownership import notices, numbers
from tongqu.exchange.registry.ownership.certificate_code import CertificateCode, parse
from tongqu.exchange.registry.ownership.content import Party, Registered, content, content_digest
from tongqu.exchange.registry.ownership.inputs import Application, Ground
from tongqu.exchange.registry.ownership.models import Certificate, Encumbrance, HeadReview, Objection, Registration
from tongqu.exchange.registry.ownership.records import evidence_in


def apply(matter: Matter) -> Done:
    """Fills the registration from form F1."""
    registration: Registration = matter.subject
    registration.applicant_id, registration.registrar_id = int(matter.by.party or 0), matter.inputs.registrar
    _fill(registration, matter.inputs)
    return Done({"name": registration.name, "rights": list(registration.rights)})


def _fill(registration: Registration, asked: Application) -> None:
    registration.resource_id = asked.resource
    registration.name, registration.overview = asked.data_name.text, asked.overview
    registration.rights = [right.value for right in asked.rights]
    registration.source_kind, registration.origin = asked.source_kind.value, asked.origin.value
    registration.form = asked.model_dump(mode="json")


def accept(matter: Matter) -> Done:
    matter.subject.accepted_date = local_day(matter.at)
    return Done()


def accept_by_silence(matter: Matter) -> Done:
    """Nobody answered in time: accepted on the first working day after the period."""
    registration: Registration = matter.subject
    registration.accepted_date, registration.accepted_by_silence = local_day(matter.at), True
    return Done({"accepted_by_silence": True})


def list_missing(matter: Matter) -> Done:
    registration: Registration = matter.subject
    registration.missing = list(matter.inputs.items)
    registration.supply_by_at = calendar.end_of(matter.inputs.deadline_date)
    return Done({"deadline_at": registration.supply_by_at.isoformat()})


def supply(matter: Matter) -> Done:
    """The whole form again, completed: the registrar then judges one paper, not two."""
    _fill(matter.subject, matter.inputs)
    return Done({"name": matter.subject.name, "rights": list(matter.subject.rights)})


def find(matter: Matter) -> Done:
    asked = matter.inputs
    HeadReview.objects.create(
        registration=matter.subject, head=asked.head.value, passes=asked.passes, finding=asked.finding,
        evidence=list(asked.evidence), found_by_id=matter.by.person, found_at=matter.at,
    )  # fmt: skip
    return Done()


def ask_more(matter: Matter) -> Done:
    return list_missing(matter)


def add(matter: Matter) -> Done:
    """Adds evidence to the form; what was there stays."""
    registration: Registration = matter.subject
    added = [one.plain() for one in matter.inputs.evidence]
    registration.form = registration.form | {"evidence": registration.form["evidence"] + added}
    return Done({"added": len(added)})


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()


def extend(matter: Matter) -> Done:
    return Done({"days": matter.inputs.days})


def publicise(matter: Matter) -> Done:
    """The notice begins: its four fields go into the fact as they are shown."""
    registration: Registration = matter.subject
    registration.published_at = matter.at
    applicant = parties.organisation(registration.applicant_id)
    return Done({"notice": notices.notice_fields(registration, applicant).plain()})


def object_to(matter: Matter) -> Done:
    """Files an objection. The first one stops the publicity; the investigation keeps the earliest deadline."""
    registration: Registration = matter.subject
    asked = matter.inputs
    number = Objection.objects.filter(registration=registration).count() + 1
    Objection.objects.create(
        registration=registration, number=number, person_id=int(matter.by.person or 0), organisation_id=matter.by.party,
        reason=asked.reason, evidence=list(asked.evidence), contact=asked.contact, filed_at=matter.at,
    )  # fmt: skip
    if registration.state == "publicity" or registration.investigate_by_at is None:
        day = local_day(matter.at)
        days = int(law.figure("prop35.objection_investigation", on=day).value)
        registration.investigate_by_at = calendar.end_of(calendar.add_working_days(day, days).day)
    return Done({"objection": number, "investigate_by_at": registration.investigate_by_at.isoformat()})


def dismiss(matter: Matter) -> Done:
    return Done({"objections": _answer(matter, upheld=False)})


def uphold(matter: Matter) -> Done:
    answered = _answer(matter, upheld=True)
    return Done({"objections": answered} | _refuse(matter, [Ground.DISPUTE], matter.inputs.finding))


def _answer(matter: Matter, *, upheld: bool) -> list[int]:
    """Answers every open objection with one finding; their numbers."""
    waiting = Objection.objects.filter(registration=matter.subject, upheld__isnull=True).order_by("number")
    numbers_answered = list(waiting.values_list("number", flat=True))
    waiting.update(upheld=upheld, finding=matter.inputs.finding, answered_at=matter.at)
    return numbers_answered


def refuse(matter: Matter) -> Done:
    return Done(_refuse(matter, matter.inputs.grounds, matter.inputs.reason))


def _refuse(matter: Matter, grounds: Sequence[Ground], reason: str) -> dict[str, Any]:
    """Keeps the grounds and writes the notice that the applicant receives."""
    registration: Registration = matter.subject
    sides = parties.organisations([registration.applicant_id, registration.registrar_id])
    words = notices.refusal(
        applicant=sides[registration.applicant_id].name, registrar=sides[registration.registrar_id].name,
        name=registration.name, registration=registration.pk, grounds=[ground.words for ground in grounds],
        reason=reason, on=local_day(matter.at),
    )  # fmt: skip
    notice = {"zh": words.zh, "en": words.en}
    registration.refusal = {"grounds": [ground.value for ground in grounds], "reason": reason, "notice": notice}
    return {"grounds": [ground.value for ground in grounds], "notice": notice}


def waive_publicity(matter: Matter) -> Done:
    matter.subject.publicity_waived = matter.inputs.reason
    return keep_evidence(matter)


def keep_evidence(matter: Matter) -> Done:
    """Registration is complete at this moment: the fact that this act leaves in the log is the evidence."""
    registration: Registration = matter.subject
    registration.evidenced_at = matter.at
    registration.valid_to_at = valid_to(matter.at, registration.form["right_until_date"])
    registration.lapses_at = registration.valid_to_at
    reviewed = Reviewed(
        heads=_heads(registration),
        objections=_objections(registration),
        accepted_date=registration.accepted_date or local_day(matter.at),
        accepted_by_silence=registration.accepted_by_silence,
        published_at=registration.published_at,
        publicity_waived=registration.publicity_waived,
    )
    plain = content(as_registered(registration, matter.at, reviewed))
    return Done({"content": plain, "content_digest": content_digest(plain)})


def valid_to(evidenced_at: datetime, right_until: str | None) -> datetime:
    """When validity ends: the longest the guideline allows, or the end of the right if that is sooner."""
    local = evidenced_at.astimezone(calendar.end_of(date(2026, 1, 1)).tzinfo)
    months = int(law.figure("prop35.validity_months", on=local.date()).value)
    longest = datetime.combine(calendar.add_months(local.date(), months).day, local.timetz())
    if right_until is None:
        return longest
    return min(longest, calendar.end_of(date.fromisoformat(right_until)))


@dataclass(frozen=True)
class Reviewed:
    """How a registration came about: accepted when, found what, publicised when, against which objections."""

    heads: Sequence[Mapping[str, Any]]
    objections: Sequence[Mapping[str, Any]]
    accepted_date: date
    accepted_by_silence: bool
    published_at: datetime | None
    publicity_waived: str


def as_registered(
    registration: Registration,
    at: datetime,
    reviewed: Reviewed,
    *,
    kind: str = "first-registration",
    later: Mapping[str, Any] | None = None,
) -> Registered:
    """All that the evidence says of a registration as it stands at this moment."""
    sides = parties.organisations([registration.applicant_id, registration.registrar_id])
    holder, registrar = sides[registration.applicant_id], sides[registration.registrar_id]
    entry = catalogue.resource(registration.resource_id)
    assert registration.valid_to_at is not None
    keep_years = int(law.figure("prop35.keep_years", on=local_day(at)).value)
    return Registered(
        registration=registration.pk,
        national=numbers.listed_digit(registrar.credit_code) is not None,
        holder=Party(holder.id, holder.name, holder.credit_code),
        registrar=Party(registrar.id, registrar.name, registrar.credit_code),
        resource={"id": entry.id, "code": entry.code, "profile": entry.profile_digest},
        name=registration.name,
        form=registration.form,
        rights=registration.rights,
        heads=reviewed.heads,
        objections=reviewed.objections,
        notes=standing_notes(registration, at),
        accepted_date=reviewed.accepted_date,
        accepted_by_silence=reviewed.accepted_by_silence,
        published_at=reviewed.published_at,
        publicity_waived=reviewed.publicity_waived,
        evidenced_at=at,
        valid_to_at=registration.valid_to_at,
        keep_until_date=calendar.add_months(local_day(registration.valid_to_at), keep_years * 12).day,
        limits={k: registration.form[f"limit_{k}"] for k in notices.LIMITS if registration.form[f"limit_{k}"]},
        kind=kind,
        later=later,
    )


def latest_heads(registration: Registration) -> dict[str, HeadReview]:
    """The finding in force under each head: the last one recorded."""
    return {row.head: row for row in HeadReview.objects.filter(registration=registration).order_by("pk")}


def _heads(registration: Registration) -> list[dict[str, Any]]:
    return [
        {"head": row.head, "passes": row.passes, "finding": row.finding, "evidence": list(row.evidence)}
        for row in latest_heads(registration).values()
    ]


def _objections(registration: Registration) -> list[dict[str, Any]]:
    rows = Objection.objects.filter(registration=registration).order_by("number")
    return [{"number": row.number, "upheld": row.upheld, "finding": row.finding} for row in rows]


def standing_notes(registration: Registration, at: datetime) -> list[dict[str, Any]]:
    """The encumbrances that stand at a moment, as plain values."""
    rows = Encumbrance.objects.filter(registration=registration, lifted_at__isnull=True).order_by("pk")
    return [
        {"id": row.pk, "kind": row.kind, "text": row.text, "until_date": row.until_date and row.until_date.isoformat()}
        for row in rows
        if row.until_date is None or local_day(at) <= row.until_date
    ]


def issue(matter: Matter) -> Done:
    """Gives the certificate its code. What it certifies stands in the evidence, whose digest it bears."""
    registration: Registration = matter.subject
    record = evidence_in(matter.inputs.fact, registration.pk)
    if record is None:
        raise Unknown(f"evidence {matter.inputs.fact}")
    registrar = parties.organisation(registration.registrar_id)
    code = _handed_code(record.content)
    if code is None:
        digit = numbers.listed_digit(registrar.credit_code) if record.content["national"] else None
        code = numbers.next_code(numbers.series(digit, registrar.region, matter.at), matter.at)
    Certificate.objects.create(
        registration=registration, holder_id=registration.applicant_id, code=str(code), national=code.national,
        evidence_fact=matter.inputs.fact, evidence_position=matter.inputs.position,
        content_digest=record.content_digest, issued_at=matter.at,
    )  # fmt: skip
    return Done({"code": str(code), "national": code.national, "content_digest": record.content_digest})


def _handed_code(content: Mapping[str, Any]) -> CertificateCode | None:
    """A registration that was handed over keeps its code, unless another bears it here: vouchers of two houses may be alike."""
    if content["kind"] != "take-over":
        return None
    code = parse(content["later"]["replaces"])
    return None if Certificate.objects.filter(code=str(code)).exists() else code


def keep_print(matter: Matter) -> Done:
    """Notes which file is the certificate. A second print changes nothing."""
    latest = Certificate.objects.filter(registration=matter.subject).order_by("-pk").values("pk")[:1]
    rows = Certificate.objects.filter(pk__in=latest, paper="")
    rows.update(paper=matter.inputs.paper, printed_at=matter.at)
    return Done()


def note(matter: Matter) -> Done:
    asked = matter.inputs
    row = Encumbrance.objects.create(
        registration=matter.subject, kind=asked.kind.value, text=asked.text, until_date=asked.until_date,
        paper=asked.paper or "", noted_at=matter.at,
    )  # fmt: skip
    return Done({"note": row.pk, "kind": row.kind})


def lift_note(matter: Matter) -> Done:
    """Raises Unknown for a note that does not stand on this registration."""
    rows = Encumbrance.objects.filter(pk=matter.inputs.note, registration=matter.subject, lifted_at__isnull=True)
    if not rows.update(lifted_at=matter.at, lifted_because=matter.inputs.reason):
        raise Unknown(f"note {matter.inputs.note}")
    return Done()


def lapse(matter: Matter) -> Done:
    elsewhere = matter.subject.elsewhere
    return Done({"code": elsewhere["code"] if elsewhere else code_of(matter.subject)})


def code_of(registration: Registration) -> str | None:
    """The code of the certificate that counts."""
    row = Certificate.objects.filter(registration=registration).order_by("-pk").first()
    return row.code if row else None

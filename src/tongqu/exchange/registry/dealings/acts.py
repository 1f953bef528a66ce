"""What happens at each step of a later registration. What it enters into the register is in `steps.py`."""

from __future__ import annotations

from typing import Any

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.procedures import Done, Matter, local_day
from tongqu.exchange.members import parties
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.dealings import notices
from tongqu.exchange.registry.dealings.inputs import Change, value_of
from tongqu.exchange.registry.dealings.models import Dealing, LateObjection, Opposition
from tongqu.exchange.registry.dealings.notices import NoticeFields


def apply(matter: Matter) -> Done:
    """A matter begins about one of the applicant's registrations, at the registrar that keeps it (art. 33)."""
    dealing, asked = matter.subject, matter.inputs
    right = ownership.right(asked.registration)
    dealing.registration_id, dealing.holder_id = right.registration_id, right.holder_id
    dealing.registrar_id, dealing.name, dealing.code = right.registrar_id, right.name, right.code or ""
    if dealing.kind == "transfer":
        dealing.other_id = asked.receiver
    return _fill(matter)


def _fill(matter: Matter) -> Done:
    dealing, asked = matter.subject, matter.inputs
    dealing.form = asked.model_dump(mode="json")
    if isinstance(asked, Change):
        dealing.before = before(dealing, asked)
        return Done({"before": dealing.before, "code": dealing.code})
    return Done({"code": dealing.code})


def before(dealing: Dealing, asked: Change) -> dict[str, Any]:
    """变更前: what the register says of each item now."""
    form = ownership.dossier(dealing.registration_id).form
    return {one.item.value: form[one.item.value] for one in asked.changes if one.item.value in form}


def join(matter: Matter) -> Done:
    """The receiver applies too: from here it is one application of both (art. 34)."""
    matter.subject.joined = matter.inputs.model_dump(mode="json")
    return Done()


def accept(matter: Matter) -> Done:
    matter.subject.accepted_date = local_day(matter.at)
    return Done()


def accept_by_silence(matter: Matter) -> Done:
    matter.subject.accepted_date, matter.subject.accepted_by_silence = local_day(matter.at), True
    return Done({"accepted_by_silence": True})


def list_missing(matter: Matter) -> Done:
    dealing = matter.subject
    dealing.missing = list(matter.inputs.items)
    dealing.supply_by_at = calendar.end_of(matter.inputs.deadline_date)
    return Done({"deadline_at": dealing.supply_by_at.isoformat()})


def supply(matter: Matter) -> Done:
    return _fill(matter)


def find(matter: Matter) -> Done:
    """A later finding under a head takes the place of the earlier one; both stay in the log."""
    asked = matter.inputs
    found = {"passes": asked.passes, "finding": asked.finding, "evidence": list(asked.evidence)}
    matter.subject.heads = matter.subject.heads | {asked.head.value: found}
    return Done()


def add(matter: Matter) -> Done:
    added = [one.plain() for one in matter.inputs.evidence]
    matter.subject.added = [*matter.subject.added, *added]
    return Done({"added": len(added)})


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()


def extend(matter: Matter) -> Done:
    return Done({"days": matter.inputs.days})


def publicise(matter: Matter) -> Done:
    """The notice begins: its four fields are kept as they are shown."""
    matter.subject.published_at = matter.at
    matter.subject.publicised = fields_of(matter.subject).plain()
    return Done({"notice": matter.subject.publicised})


def fields_of(dealing: Dealing) -> NoticeFields:
    """The four fields of its notice."""
    named = [dealing.holder_id, *([dealing.other_id] if dealing.other_id else [])]
    known, file = parties.organisations(named), ownership.dossier(dealing.registration_id)
    right = {"rights": sorted(file.right.rights), "form": file.form}
    return notices.notice_fields(
        dealing.kind, [(known[one].name, known[one].credit_code) for one in named], dealing.name, file.form["overview"],
        right, dealing.form,
    )  # fmt: skip


def object_to(matter: Matter) -> Done:
    """The first objection stops the publicity; the investigation keeps the earliest deadline."""
    dealing, asked = matter.subject, matter.inputs
    number = Opposition.objects.filter(dealing=dealing).count() + 1
    Opposition.objects.create(
        dealing=dealing, number=number, person_id=int(matter.by.person or 0), organisation_id=matter.by.party,
        reason=asked.reason, evidence=list(asked.evidence), contact=asked.contact, filed_at=matter.at,
    )  # fmt: skip
    if dealing.state == "publicity" or dealing.investigate_by_at is None:
        day = local_day(matter.at)
        days = int(law.figure("prop35.objection_investigation", on=day).value)
        dealing.investigate_by_at = calendar.end_of(calendar.add_working_days(day, days).day)
    return Done({"objection": number, "investigate_by_at": dealing.investigate_by_at.isoformat()})


def dismiss(matter: Matter) -> Done:
    return Done({"objections": _answer(matter, upheld=False)})


def uphold(matter: Matter) -> Done:
    answered = _answer(matter, upheld=True)
    return Done({"objections": answered} | _refuse(matter, ["dispute"], matter.inputs.finding))


def _answer(matter: Matter, *, upheld: bool) -> list[int]:
    waiting = Opposition.objects.filter(dealing=matter.subject, upheld__isnull=True).order_by("number")
    answered = list(waiting.values_list("number", flat=True))
    waiting.update(upheld=upheld, finding=matter.inputs.finding, answered_at=matter.at)
    return answered


def refuse(matter: Matter) -> Done:
    return Done(_refuse(matter, [ground.value for ground in matter.inputs.grounds], matter.inputs.reason))


def _refuse(matter: Matter, grounds: list[str], reason: str) -> dict[str, Any]:
    dealing = matter.subject
    named = [dealing.holder_id, *([dealing.other_id] if dealing.other_id else [])]
    known = parties.organisations([*named, dealing.registrar_id])
    words = notices.refusal(
        kind=dealing.kind, applicants=[known[one].name for one in named], registrar=known[dealing.registrar_id].name,
        name=dealing.name, number=dealing.pk, grounds=notices.grounds(grounds), reason=reason, on=local_day(matter.at),
    )  # fmt: skip
    dealing.notice, dealing.reason = {"zh": words.zh, "en": words.en}, reason
    return {"grounds": grounds, "notice": dealing.notice}


def waive_publicity(matter: Matter) -> Done:
    matter.subject.publicity_waived = matter.inputs.reason
    return keep_evidence(matter)


def keep_evidence(matter: Matter) -> Done:
    """Decided. The register is written by the flow, and what it then says is the evidence."""
    matter.subject.evidenced_at = matter.at
    return Done({"registration": matter.subject.registration_id})


# The registrar's own cancellation.


def give_notice(matter: Matter) -> Done:
    """Written notice first: what, why, and until when the holder is heard (art. 37)."""
    done = apply(matter)
    dealing, asked = matter.subject, matter.inputs
    day = local_day(matter.at)
    days = int(law.figure("house.revocation_hearing", on=day).value)
    until = calendar.add_working_days(day, days).day
    known = parties.organisations([dealing.holder_id, dealing.registrar_id])
    words = notices.revocation(
        holder=known[dealing.holder_id].name, registrar=known[dealing.registrar_id].name, name=dealing.name,
        code=dealing.code, ground=asked.ground.value, reason=asked.reason, until=until, on=day,
    )  # fmt: skip
    dealing.notice = {"zh": words.zh, "en": words.en}
    return Done(dict(done.data) | {"notice": dealing.notice})


def hear(matter: Matter) -> Done:
    matter.subject.answer = matter.inputs.answer
    return Done()


def decide(matter: Matter) -> Done:
    matter.subject.evidenced_at, matter.subject.reason = matter.at, matter.inputs.finding
    return Done({"registration": matter.subject.registration_id})


def drop(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()


# Objections to what is registered already.


def file_late(matter: Matter) -> Done:
    objection, asked = matter.subject, matter.inputs
    shown = ownership.certificate(asked.code)
    right = ownership.right(shown.registration_id)
    objection.registration_id, objection.holder_id = right.registration_id, right.holder_id
    objection.registrar_id, objection.name, objection.code = right.registrar_id, right.name, shown.code
    objection.person_id, objection.objector_id = int(matter.by.person or 0), matter.by.party
    objection.individual_id = matter.by.person if matter.by.party is None else None
    objection.claim, objection.evidence, objection.contact = asked.claim, list(asked.evidence), asked.contact
    return Done({"code": shown.code})


def complete(matter: Matter) -> Done:
    objection: LateObjection = matter.subject
    objection.claim = f"{objection.claim}\n{matter.inputs.note}"
    objection.evidence = [*objection.evidence, *matter.inputs.evidence]
    return Done()


def conclude(matter: Matter) -> Done:
    """`act` says to what end; what follows for the register, the flow does."""
    objection: LateObjection = matter.subject
    objection.finding = matter.inputs.finding
    objection.outcome = {"dismiss": "dismissed", "order_change": "change", "order_cancellation": "cancel"}[matter.act]
    return Done({"outcome": objection.outcome, "registration": objection.registration_id})


def execute(matter: Matter) -> Done:
    objection: LateObjection = matter.subject
    objection.finding, objection.outcome = matter.inputs.finding, matter.inputs.effect.value
    return Done({"outcome": objection.outcome, "registration": objection.registration_id})


def refer(matter: Matter) -> Done:
    matter.subject.finding = matter.inputs.finding
    return Done()


def changed_form(form: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Form F1 with the changes asked for in it. Rights are no particular that could be written over."""
    told = {
        one["item"]: value_of(one["item"], one["after"])
        for one in asked["changes"]
        if one["item"] in form and one["item"] != "rights"
    }
    contacts = ("contact_name", "contact_phone", "contact_address")
    return form | told | {name: asked[name] for name in contacts if asked[name]}

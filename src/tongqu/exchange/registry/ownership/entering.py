"""What later registrations enter into the register: each leaves the whole content in the log as the new evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown, local_day
from tongqu.exchange.registry.ownership.acts import Reviewed, as_registered, code_of, valid_to
from tongqu.exchange.registry.ownership.content import content, content_digest
from tongqu.exchange.registry.ownership.data_name import DataName
from tongqu.exchange.registry.ownership.models import Encumbrance, Registration

KINDS = {
    "receive": "transfer",
    "part_with": "transfer-of-part",
    "change": "change",
    "renew": "renewal",
    "take_over": "take-over",
}


def receive(matter: Matter) -> Done:
    """The receiver's own entry: the same data, the rights it received, no longer than they had left."""
    asked, registration = matter.inputs, matter.subject
    previous = Registration.objects.filter(pk=asked.previous, state="registered").first()
    if previous is None:
        raise Unknown(f"registration {asked.previous}")
    registration.came_from_id = previous.pk
    registration.applicant_id, registration.registrar_id = asked.holder, previous.registrar_id
    registration.resource_id = previous.resource_id
    registration.source_kind, registration.origin = previous.source_kind, previous.origin
    registration.accepted_date, registration.accepted_by_silence = asked.accepted_date, asked.accepted_by_silence
    registration.published_at, registration.publicity_waived = asked.published_at, asked.publicity_waived
    registration.rights, registration.evidenced_at = [right.value for right in asked.rights], matter.at
    assert previous.valid_to_at is not None
    until = valid_to(matter.at, asked.form["right_until_date"])
    registration.valid_to_at = registration.lapses_at = min(until, previous.valid_to_at)
    _carry_notes(previous, registration)
    return _evidence(matter, code_of(previous))


def recognise(matter: Matter) -> Done:
    """What another registrar registered stands here as it stands there: not examined again, and no certificate of ours."""
    asked, registration = matter.inputs, matter.subject
    registration.applicant_id, registration.registrar_id = asked.holder, asked.registrar
    registration.resource_id, registration.form = asked.resource, {}
    registration.name, registration.overview = shortened(asked.name, 40), shortened(asked.overview, 400)
    registration.rights = [right.value for right in asked.rights]
    registration.source_kind = registration.origin = "elsewhere"
    registration.accepted_date, registration.evidenced_at = local_day(matter.at), asked.valid_from_at
    registration.valid_to_at = registration.lapses_at = asked.valid_to_at
    registration.elsewhere = {
        "recognition": asked.recognition, "registrar": asked.registrar_elsewhere, "registrar_code": asked.registrar_code,
        "did": asked.did, "code": asked.code, "national": asked.national, "address": asked.address, "name": asked.name,
        "reasons": [], "noted": True,
    }  # fmt: skip
    return Done({"code": asked.code, "elsewhere": asked.registrar_elsewhere})


def take_over(matter: Matter) -> Done:
    """What another registrar handed over goes on here as it stood: rights, validity, notes, and the code of its certificate."""
    asked, registration = matter.inputs, matter.subject
    registration.applicant_id, registration.registrar_id = asked.holder, asked.registrar
    registration.resource_id, registration.name = asked.resource, asked.name
    registration.form = asked.form | {"registrar": asked.registrar, "resource": asked.resource}
    registration.overview = asked.form["overview"]
    registration.source_kind, registration.origin = asked.form["source_kind"], asked.form["origin"]
    registration.rights = [right.value for right in asked.rights]
    registration.accepted_date, registration.accepted_by_silence = asked.accepted_date, asked.accepted_by_silence
    registration.published_at, registration.publicity_waived = asked.published_at, asked.publicity_waived
    registration.evidenced_at = asked.evidenced_at
    registration.valid_to_at = registration.lapses_at = asked.valid_to_at
    for one in asked.notes:
        Encumbrance.objects.create(registration=registration, **one)
    reviewed = Reviewed(
        asked.heads, asked.objections, asked.accepted_date, asked.accepted_by_silence, asked.published_at,
        asked.publicity_waived,
    )  # fmt: skip
    later = {
        "matter": "take_over", "number": asked.number, "replaces": asked.code, "handed_by": asked.handed_by,
        "content_digest": asked.content_digest, "bundle": asked.bundle,
    }  # fmt: skip
    whole = as_registered(registration, matter.at, reviewed, kind=KINDS["take_over"], later=later)
    plain = content(replace(whole, national=asked.national))
    return Done({"content": plain, "content_digest": content_digest(plain), "matter": "take_over"})


def shortened(text: str, most: int) -> str:
    """Registers elsewhere may allow longer names; the whole one stands beside it."""
    return text if len(text) <= most else text[: most - 1] + "…"


def freeze(matter: Matter) -> Done:
    """Its issuer takes its word back, or cannot be asked: nobody relies on it here, and its holder is told why."""
    reasons = matter.inputs.reasons
    matter.subject.elsewhere = matter.subject.elsewhere | {"reasons": reasons, "noted": False}
    return Done({"code": matter.subject.elsewhere["code"]})


def thaw(matter: Matter) -> Done:
    matter.subject.elsewhere = matter.subject.elsewhere | {"reasons": [], "noted": True}
    return Done({"code": matter.subject.elsewhere["code"]})


def take_note(matter: Matter) -> Done:
    matter.subject.elsewhere = matter.subject.elsewhere | {"noted": True}
    return Done()


def _carry_notes(previous: Registration, registration: Registration) -> None:
    """What is noted beside a right goes with it, whoever holds it: terms, charges, a seizure that came meanwhile."""
    for one in Encumbrance.objects.filter(registration=previous, lifted_at__isnull=True).order_by("pk"):
        Encumbrance.objects.create(
            registration_id=registration.pk, kind=one.kind, text=one.text, until_date=one.until_date, paper=one.paper,
            noted_at=one.noted_at,
        )  # fmt: skip


def part_with(matter: Matter) -> Done:
    """Some rights went to somebody else; the certificate is adjusted to those that stay."""
    gone = {right.value for right in matter.inputs.rights}
    matter.subject.rights = [right for right in matter.subject.rights if right not in gone]
    return _evidence(matter, code_of(matter.subject))


def hand_over(matter: Matter) -> Done:
    """Every right went to somebody else: this entry ends, and its certificate with it."""
    return Done({"code": code_of(matter.subject), "received": matter.inputs.received})


def change(matter: Matter) -> Done:
    """The particulars that may be changed; holder, source, rights and validity stay as they are."""
    return _evidence(matter, code_of(matter.subject))


def renew(matter: Matter) -> Done:
    """Valid anew from this evidence, for at most as long as a first registration is."""
    registration, asked = matter.subject, matter.inputs
    registration.rights, registration.evidenced_at = [right.value for right in asked.rights], matter.at
    registration.valid_to_at = registration.lapses_at = valid_to(matter.at, asked.form["right_until_date"])
    return _evidence(matter, code_of(registration))


def await_renewal(matter: Matter) -> Done:
    """A renewal was asked for in time: the entry does not lapse under it, though nobody may rely on it past its day."""
    registration: Registration = matter.subject
    assert registration.valid_to_at is not None
    months = int(law.figure("house.renewal_decided_months", on=local_day(matter.at)).value)
    registration.lapses_at = calendar.end_of(calendar.add_months(local_day(registration.valid_to_at), months).day)
    return Done({"lapses_at": registration.lapses_at.isoformat()})


def renewal_over(matter: Matter) -> Done:
    """It ended without a renewal: what is past its day lapses now."""
    matter.subject.lapses_at = matter.subject.valid_to_at
    return Done()


def cancel(matter: Matter) -> Done:
    """Out of the register, on one of the four grounds; what stood there stays in the log."""
    matter.subject.reason = matter.inputs.reason
    return Done({"code": code_of(matter.subject), "ground": matter.inputs.ground})


def _evidence(matter: Matter, replaces: str | None) -> Done:
    registration, asked = matter.subject, matter.inputs
    _fill(registration, asked.form)
    reviewed = Reviewed(
        asked.heads, asked.objections, asked.accepted_date, asked.accepted_by_silence, asked.published_at,
        asked.publicity_waived,
    )  # fmt: skip
    later = {"matter": asked.matter, "number": asked.number, "replaces": replaces}
    plain = content(as_registered(registration, matter.at, reviewed, kind=KINDS[matter.act], later=later))
    return Done({"content": plain, "content_digest": content_digest(plain), "matter": asked.matter})


def _fill(registration: Registration, form: dict[str, Any]) -> None:
    registration.form = dict(form)
    registration.overview = form["overview"]
    registration.name = DataName(*(form[f"name_{part}"] for part in NAME_PARTS)).text


NAME_PARTS = ("time", "region", "industry", "content", "type")

"""What happens at each step of a share request."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tongqu.exchange.bedrock import calendar
from tongqu.exchange.bedrock.procedures import Done, Matter, RunningClock, local_day, raise_alarms
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.provision import rules, seeing
from tongqu.exchange.registry.provision.inputs import Request
from tongqu.exchange.registry.provision.models import ShareRequest

NAME = "share_request"
# Whoever opens a thing anew must not find the last answer to it.
_NO_CONSENT: dict[str, Any] = {"consent_asked": "", "consent": "", "consented_at": None, "consent_until_at": None}


def ask(matter: Matter) -> Done:
    """Fills the request. Whether it is agreed to at once is decided by the law of this day and kept."""
    subject: ShareRequest = matter.subject
    asked: Request = matter.inputs
    entry, seen = matter.known
    subject.requester_id, subject.provider_id, subject.resource_id = (
        int(matter.by.party or 0),
        entry.holder_id,
        entry.id,
    )
    for name in ("matter", "ground", "safeguards", "contact_name", "contact_phone"):
        setattr(subject, name, getattr(asked, name))
    for name in ("ground_kind", "mode", "frequency"):
        setattr(subject, name, getattr(asked, name).value)
    subject.items = list(asked.items)
    subject.over_asked = list(rules.over_asked(tuple(asked.items), tuple(asked.ground_items)))
    subject.until_at = calendar.end_of(asked.until_date)
    subject.at_once = rules.agreed_at_once(seen)
    return Done({"resource": entry.code, "at_once": subject.at_once, "over_asked": list(subject.over_asked)})


def counted(subject_id: int, clock: str, at: datetime) -> tuple[int, bool]:
    """The working days that a clock of the request has counted until now, and whether its time is over."""
    row = RunningClock.objects.filter(procedure=NAME, subject=subject_id, name=clock).first()
    if row is None:
        return 0, False
    running = row.status != RunningClock.PAUSED
    days = row.used + (calendar.working_days_between(local_day(row.started_at), local_day(at)) if running else 0)
    return days, row.due_at is not None and row.due_at <= at


def _answer(matter: Matter) -> dict[str, Any]:
    """Notes when it was answered, the first time: by whomever, however."""
    subject: ShareRequest = matter.subject
    if subject.answered_at is None:
        subject.answer_days, subject.answered_late = counted(subject.pk, "answer", matter.at)
        subject.answered_at = matter.at
    return {"answer_days": subject.answer_days, "late": subject.answered_late}


def accept(matter: Matter) -> Done:
    return Done(_answer(matter))


def refuse(matter: Matter) -> Done:
    """Refused, or taken back: with the kind of ground, the provision and the reason."""
    subject: ShareRequest = matter.subject
    asked = matter.inputs
    subject.refusal, subject.refused_ground = asked.plain(), asked.kind.value
    subject.decision = None
    return Done(_answer(matter) | {"ground": subject.refused_ground})


def ask_more(matter: Matter) -> Done:
    subject: ShareRequest = matter.subject
    subject.missing, subject.asked_more = list(matter.inputs.missing), True
    return Done()


def supply(matter: Matter) -> Done:
    matter.subject.ground = matter.inputs.ground
    return Done()


def escalate(matter: Matter) -> Done:
    """Silence is no agreement: the data authority is told, and the department may still answer."""
    subject: ShareRequest = matter.subject
    words = Words(
        f"共享申请 {subject.pk}“{subject.matter}”逾期未答复，已报数据主管部门",
        f"Share request {subject.pk} “{subject.matter}” was not answered in time; the data authority decides",
    )
    raise_alarms([("overdue", f"share-request/{subject.pk}/answer", words)], matter.at, NAME, subject.pk)
    return Done()


def decide(matter: Matter) -> Done:
    """The data authority's word. Where the department never answered, it is the answer."""
    matter.subject.decision = matter.inputs.plain()
    return Done(_answer(matter))


def provide(matter: Matter) -> Done:
    subject: ShareRequest = matter.subject
    asked = matter.inputs
    subject.provided = asked.plain()
    if subject.provided_at is None:
        subject.provision_days, subject.provided_late = counted(subject.pk, "provision", matter.at)
        subject.provided_at = matter.at
    return Done({"provision_days": subject.provision_days, "late": subject.provided_late})


def question(matter: Matter) -> Done:
    subject: ShareRequest = matter.subject
    subject.doubt = {"doubt": matter.inputs.doubt.value, "text": matter.inputs.text}
    return Done()


def answer_question(matter: Matter) -> Done:
    """A corrected file takes the place of the one before it; both stay in the story."""
    subject: ShareRequest = matter.subject
    asked = matter.inputs
    subject.doubt = {**(subject.doubt or {}), "corrected": asked.corrected, "finding": asked.finding}
    if asked.file:
        subject.provided = {**(subject.provided or {}), "file": asked.file}
    return Done({"corrected": asked.corrected})


def ask_renewal(matter: Matter) -> Done:
    matter.subject.renewal_until_at = calendar.end_of(matter.inputs.until_date)
    return Done({"until": _day(matter.inputs.until_date)})


def agree_renewal(matter: Matter) -> Done:
    subject: ShareRequest = matter.subject
    if subject.renewal_until_at is not None:
        subject.until_at = subject.renewal_until_at
    subject.renewal_until_at = None
    return Done({"until": _day(seeing.last_day(subject.until_at))})


def decline_renewal(matter: Matter) -> Done:
    matter.subject.renewal_until_at = None
    matter.subject.reason = matter.inputs.reason
    return Done()


def _day(day: date) -> str:
    return day.isoformat()


def ask_consent(matter: Matter) -> Done:
    """A new question: what was consented to before was for something else, and no longer counts."""
    for name, value in (_NO_CONSENT | {"consent_asked": matter.inputs.use}).items():
        setattr(matter.subject, name, value)
    return Done()


def consent(matter: Matter) -> Done:
    subject: ShareRequest = matter.subject
    subject.consent, subject.consented_at = matter.inputs.scope, matter.at
    until = matter.inputs.consent_until_date
    subject.consent_until_at = calendar.end_of(until) if until else None
    return Done()


def end_consent(matter: Matter) -> Done:
    """Refused, or taken back for what is registered or listed from now on."""
    for name, value in _NO_CONSENT.items():
        setattr(matter.subject, name, value)
    return Done()


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()

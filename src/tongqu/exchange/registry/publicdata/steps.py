"""What follows of itself around public-data registration: finished matters are taken over, duties begin and end."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, Procedure, perform
from tongqu.exchange.registry.publicdata.kinds import KINDS
from tongqu.exchange.registry.publicdata.models import FIRST_ENDS, MATTER_ENDS, PublicDuty, PublicRegistration
from tongqu.exchange.registry.publicdata.procedure import (
    PUBLIC_CANCELLATION,
    PUBLIC_CHANGE,
    PUBLIC_CORRECTION,
    PUBLIC_DUTY,
    PUBLIC_REGISTRATION,
    PUBLIC_RENEWAL,
)


def take_over_change(fact: SequencedFact, at: datetime) -> None:
    """The change is done: the registration says what it says."""
    _try(PUBLIC_REGISTRATION, "take_change", _registration(fact), at, fact, matter=fact.subject_id)


def take_over_correction(fact: SequencedFact, at: datetime) -> None:
    _try(PUBLIC_REGISTRATION, "take_correction", _registration(fact), at, fact, matter=fact.subject_id)


def take_over_renewal(fact: SequencedFact, at: datetime) -> None:
    _try(PUBLIC_REGISTRATION, "renew", _registration(fact), at, fact, matter=fact.subject_id)


def take_over_cancellation(fact: SequencedFact, at: datetime) -> None:
    _try(PUBLIC_REGISTRATION, "cancel", _registration(fact), at, fact, matter=fact.subject_id)


def _registration(fact: SequencedFact) -> int:
    return int(fact.body["data"]["registration"])


def begin_renewal(fact: SequencedFact, at: datetime) -> None:
    """While a renewal asked for in time is under way, its registration is not cancelled for want of it."""
    _try(PUBLIC_REGISTRATION, "begin_renewal", _registration(fact), at, fact)


def end_renewal(fact: SequencedFact, at: datetime) -> None:
    """It came to nothing: validity runs out on its day, or has."""
    model = KINDS["public_renewal"][0]
    for registration in model._default_manager.filter(pk=fact.subject_id).values_list("registration", flat=True):
        _try(PUBLIC_REGISTRATION, "end_renewal", registration, at, fact)


def end_matters(fact: SequencedFact, at: datetime) -> None:
    """A registration is gone: what was under way on it ends."""
    for pk in _under_way("public_change", fact):
        _try(PUBLIC_CHANGE, "fall_away", pk, at, fact)
    for pk in _under_way("public_correction", fact):
        _try(PUBLIC_CORRECTION, "fall_away", pk, at, fact)
    for pk in _under_way("public_renewal", fact):
        _try(PUBLIC_RENEWAL, "fall_away", pk, at, fact)
    for pk in _under_way("public_cancellation", fact):
        _try(PUBLIC_CANCELLATION, "fall_away", pk, at, fact)


def _under_way(name: str, fact: SequencedFact) -> list[int]:
    rows = KINDS[name][0]._default_manager.filter(registration=fact.subject_id).exclude(state__in=MATTER_ENDS)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def file_duty(fact: SequencedFact, at: datetime) -> None:
    """The registration was applied for."""
    for duty in _duties(fact):
        _try(PUBLIC_DUTY, "file", duty, at, fact)
        _try(PUBLIC_DUTY, "file_late", duty, at, fact)


def meet_duty(fact: SequencedFact, at: datetime) -> None:
    """The registration has its code."""
    for duty in _duties(fact):
        _try(PUBLIC_DUTY, "meet", duty, at, fact)


def _duties(fact: SequencedFact) -> list[int]:
    resource = PublicRegistration.objects.values_list("resource", flat=True).get(pk=fact.subject_id)
    return list(PublicDuty.objects.filter(resource=resource).order_by("pk").values_list("pk", flat=True))


def reopen_duty(fact: SequencedFact, at: datetime) -> None:
    """The application came to nothing: the days go on from where they stood."""
    resource = PublicRegistration.objects.values_list("resource", flat=True).get(pk=fact.subject_id)
    if not PublicRegistration.objects.filter(resource=resource).exclude(state__in=FIRST_ENDS).exists():
        for duty in PublicDuty.objects.filter(resource=resource, state="filed"):
            _try(PUBLIC_DUTY, "reopen_late" if duty.late else "reopen", duty.pk, at, fact)


def _try(table: Procedure, act: str, subject: int, at: datetime, fact: SequencedFact, **inputs: object) -> None:
    """Somebody may have ended it in the moment since; a hold only delays."""
    key = f"flow/{fact.position}/{table.name}/{subject}/{act}"
    try:
        with transaction.atomic():
            perform(table, act, subject, by=HOUSE, at=at, key=key, **inputs)
    except NotNow:
        return

"""A renewal was applied for, or the registration has ended: nobody needs reminding any more. Named in the flow."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, perform
from tongqu.exchange.registry.reminders.models import PublicRenewalReminder, RenewalReminder
from tongqu.exchange.registry.reminders.procedure import PUBLIC_RENEWAL_REMINDER, RENEWAL_REMINDER


def renewal_applied_for(fact: SequencedFact, at: datetime) -> None:
    for pk in _standing(int(fact.body["inputs"]["registration"])):
        with suppress(NotNow), transaction.atomic():
            perform(RENEWAL_REMINDER, "apply", pk, by=HOUSE, at=at, key=f"flow/{fact.position}/apply/{pk}")


def registration_ended(fact: SequencedFact, at: datetime) -> None:
    for pk in _standing(fact.subject_id):
        with suppress(NotNow), transaction.atomic():
            perform(RENEWAL_REMINDER, "end", pk, by=HOUSE, at=at, key=f"flow/{fact.position}/end/{pk}")


def _standing(registration: int) -> list[int]:
    return list(RenewalReminder.objects.filter(registration=registration, state="told").values_list("pk", flat=True))


def public_renewal_applied_for(fact: SequencedFact, at: datetime) -> None:
    """The registration goes into renewal."""
    for pk in _public_standing(fact.subject_id):
        with suppress(NotNow), transaction.atomic():
            perform(
                PUBLIC_RENEWAL_REMINDER, "apply", pk, by=HOUSE, at=at, key=f"flow/{fact.position}/public_apply/{pk}"
            )


def public_registration_ended(fact: SequencedFact, at: datetime) -> None:
    for pk in _public_standing(fact.subject_id):
        with suppress(NotNow), transaction.atomic():
            perform(PUBLIC_RENEWAL_REMINDER, "end", pk, by=HOUSE, at=at, key=f"flow/{fact.position}/public_end/{pk}")


def _public_standing(registration: int) -> list[int]:
    rows = PublicRenewalReminder.objects.filter(registration=registration, state="told")
    return list(rows.values_list("pk", flat=True))

"""What follows when a certificate was recognised, its right has ended, or its issuer's entry changed. Named in the flow."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, begin, perform
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.recognition.models import OPEN, Recognition
from tongqu.exchange.registry.recognition.procedure import RECOGNITION


def enter_right(fact: SequencedFact, at: datetime) -> None:
    """The right stands in the register from now on, with where it comes from."""
    row = Recognition.objects.select_related("issuer").get(pk=fact.subject_id)
    if row.state != "recognised" or row.registration_id is not None:
        return
    said = row.said or {}
    made = begin(
        ownership.OWNERSHIP, "recognise", by=HOUSE, at=at, key=f"flow/{fact.position}/recognise", recognition=row.pk,
        holder=row.applicant_id, registrar=row.registrar_id, resource=row.resource_id, name=said["data_name"],
        overview=said["overview"], rights=said["rights"], valid_from_at=said["valid_from_at"],
        valid_to_at=said["valid_to_at"], code=row.code, registrar_elsewhere=row.issuer.name,
        registrar_code=row.issuer.credit_code, did=row.issuer.did, national=row.issuer.national, address=said["id"],
    )  # fmt: skip
    perform(RECOGNITION, "enter", row.pk, by=HOUSE, at=at, key=f"flow/{fact.position}/enter", registration=made.subject)


def end_recognition(fact: SequencedFact, at: datetime) -> None:
    """The right has lapsed or was given up: its issuer is asked no more."""
    reason = "登记已终止 / the right has ended"
    for pk in Recognition.objects.filter(registration=fact.subject_id, state="recognised").values_list("pk", flat=True):
        with suppress(NotNow), transaction.atomic():
            perform(RECOGNITION, "end", pk, by=HOUSE, at=at, key=f"flow/{fact.position}/end/{pk}", reason=reason)


def check_at_once(fact: SequencedFact, at: datetime) -> None:
    """A registrar was struck off, or one of its keys has ended: everything of its is looked at again."""
    rows = Recognition.objects.filter(issuer=fact.subject_id, state__in=OPEN).order_by("pk")
    for pk in rows.values_list("pk", flat=True):
        with suppress(NotNow), transaction.atomic():
            perform(RECOGNITION, "look_again", pk, by=HOUSE, at=at, key=f"flow/{fact.position}/look_again/{pk}")

"""What follows once a registration is complete: the certificate, then its printed file. Named in the flow."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, perform
from tongqu.exchange.registry.ownership import printing
from tongqu.exchange.registry.ownership.procedure import OWNERSHIP
from tongqu.exchange.registry.ownership.queries import certificate_of, right
from tongqu.exchange.registry.ownership.records import evidence_in


def issue_certificate(fact: SequencedFact, at: datetime) -> None:
    """The log has placed the evidence of a registration, so it gets its code."""
    perform(
        OWNERSHIP, "issue", fact.subject_id, by=HOUSE, at=at, key=f"flow/{fact.position}/issue", fact=fact.id,
        position=fact.position,
    )  # fmt: skip


def reissue_certificate(fact: SequencedFact, at: datetime) -> None:
    """What is registered is another from now on: a new certificate takes the place of the old, unless the entry has ended."""
    with suppress(NotNow), transaction.atomic():
        perform(
            OWNERSHIP, "reissue", fact.subject_id, by=HOUSE, at=at, key=f"flow/{fact.position}/reissue", fact=fact.id,
            position=fact.position,
        )  # fmt: skip


def print_certificate(fact: SequencedFact, at: datetime) -> None:
    """A certificate has its code: the file is rendered from the evidence and kept under its hash."""
    if right(fact.subject_id).state != "registered":
        return
    shown = certificate_of(fact.subject_id)
    assert shown is not None
    record = evidence_in(shown.fact, fact.subject_id)
    assert record is not None
    pdf = printing.certificate_pdf(
        shown.code, record.content, record.content_digest, shown.log_position, shown.issued_at
    )
    kept = papers.keep(pdf, name=f"{shown.code}.pdf", media_type="application/pdf", at=at, by=shown.holder_id)
    perform(OWNERSHIP, "print", fact.subject_id, by=HOUSE, at=at, key=f"flow/{fact.position}/print", paper=kept.sha256)

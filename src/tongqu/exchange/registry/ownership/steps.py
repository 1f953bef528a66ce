"""What follows once a registration is complete: the certificate, then its printed file. Named in flow.py."""

from __future__ import annotations

from datetime import datetime

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, perform
from tongqu.exchange.registry.ownership import printing
from tongqu.exchange.registry.ownership.procedure import OWNERSHIP
from tongqu.exchange.registry.ownership.queries import certificate_of
from tongqu.exchange.registry.ownership.records import evidence_of


def issue_certificate(fact: SequencedFact, at: datetime) -> None:
    """After `ownership.keep_evidence` or `.waive_publicity`: the log has placed the evidence, so it gets its code."""
    perform(
        OWNERSHIP, "issue", fact.subject_id, by=HOUSE, at=at, key=f"flow/{fact.position}/issue", fact=fact.id,
        position=fact.position,
    )  # fmt: skip


def print_certificate(fact: SequencedFact, at: datetime) -> None:
    """After `ownership.issue`: the file is rendered from the evidence and kept under its hash."""
    shown, record = certificate_of(fact.subject_id), evidence_of(fact.subject_id)
    assert shown is not None
    assert record is not None
    pdf = printing.certificate_pdf(
        shown.code, record.content, record.content_digest, shown.log_position, shown.issued_at
    )
    kept = papers.keep(pdf, name=f"{shown.code}.pdf", media_type="application/pdf", at=at, by=shown.holder_id)
    perform(OWNERSHIP, "print", fact.subject_id, by=HOUSE, at=at, key=f"flow/{fact.position}/print", paper=kept.sha256)
